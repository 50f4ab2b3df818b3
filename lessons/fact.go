package lessons

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// A fact is a number or a word that follows from the world, so that every student's edition has its own
// right answer.

// Facts are what may stand in place of an answer, with what it means.
func Facts() [][2]string { return factDocs }

var factDocs = [][2]string{
	{"count", "how many messages the maildrop has at the beginning of the lesson"},
	{"total", "octets of all of them, at the beginning"},
	{"octets MESSAGE", "octets of that one, as LIST says"},
	{"stored MESSAGE", "octets that it takes in the store"},
	{"wire MESSAGE", "octets of RETR's answer behind its first line: the message, dots put in by byte-stuffing, the end"},
	{"lines MESSAGE", "its lines"},
	{"uid MESSAGE", "its unique-id"},
	{"header NAME MESSAGE", "what a header field of it says: header Subject 2"},
	{`"TEXT"`, "just that text; so does a text that begins with none of these words"},
}

// fact reads FACT [of USER]. A text that names no fact is no fact.
func (l *Lesson) fact(text string) (value string, is bool, err error) {
	if strings.HasPrefix(text, `"`) {
		value, err := strconv.Unquote(text)
		if err != nil {
			err = errors.New("a quotation isn't closed")
		}
		return value, true, err
	}
	w := strings.Fields(text)
	user := ""
	if len(l.world.Users) > 0 {
		user = l.world.Users[0].Name
	}
	if n := len(w); n > 2 && w[n-2] == "of" {
		user, w = w[n-1], w[:n-2]
	}
	if len(w) == 0 {
		return "", false, nil
	}
	known := false
	for _, f := range factDocs {
		known = known || strings.Fields(f[0])[0] == w[0] && len(strings.Fields(f[0])) == len(w)
	}
	if !known {
		return text, false, nil
	}
	_, store, err := l.world.Config(func() int64 { return 0 })
	if err != nil {
		return "", true, err
	}
	all := store.Drops().Messages(user)
	switch w[0] {
	case "count":
		return strconv.Itoa(len(all)), true, nil
	case "total":
		var sum int64
		for _, m := range all {
			sum += m.Octets
		}
		return strconv.FormatInt(sum, 10), true, nil
	}
	num, err := strconv.Atoi(w[len(w)-1])
	if err != nil || num < 1 || num > len(all) {
		return "", true, errors.New(user + " has no message " + w[len(w)-1] + "; want a number from 1 to " + strconv.Itoa(len(all)))
	}
	m := all[num-1]
	octets, _ := store.Stored(user, m.UID)
	switch w[0] {
	case "octets":
		return strconv.FormatInt(m.Octets, 10), true, nil
	case "stored":
		return strconv.Itoa(len(octets)), true, nil
	case "wire":
		return strconv.FormatInt(m.Octets+int64(stuffed(octets))+3, 10), true, nil
	case "lines":
		return strconv.Itoa(len(linesOf(octets))), true, nil
	case "uid":
		return m.UID, true, nil
	}
	value, ok := header(octets, w[1])
	if !ok {
		err = errors.New("message " + strconv.Itoa(num) + " has no header field " + w[1])
	}
	return value, true, err
}

func linesOf(octets []byte) [][]byte {
	if len(octets) == 0 {
		return nil
	}
	return bytes.Split(bytes.TrimSuffix(octets, []byte("\n")), []byte("\n"))
}

// stuffed is how many lines begin with a dot.
func stuffed(octets []byte) (n int) {
	for _, line := range linesOf(octets) {
		if len(line) > 0 && line[0] == '.' {
			n++
		}
	}
	return n
}

// header is what a field of the header says; a folded field counts up to its first line's end.
func header(octets []byte, name string) (string, bool) {
	for _, line := range linesOf(octets) {
		line := strings.TrimSuffix(string(line), "\r")
		if line == "" {
			break
		}
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
