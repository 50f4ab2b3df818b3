package lessons

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine"
)

// A condition is a word with its arguments: [DEVICE] WORD ARGUMENT... in STATE|in clear|over TLS.
type condition struct {
	word   *Word
	device string // in brackets; empty for any
	args   []string
	n      int    // of a word that takes one number
	state  string // in STATE
	over   string // clear or TLS
}

// A sequence is conditions that have to come true one after the other.
type sequence struct {
	conds []condition
	// one says that all of it has to happen in one session.
	one bool
}

const oneSession = "in one session:"

// sequence reads COND then COND ..., with "in one session:" before it or not.
func (l *Lesson) sequence(text string) (sequence, error) {
	var s sequence
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, oneSession); ok {
		s.one, text = true, rest
	}
	for _, part := range strings.Split(text, " then ") {
		c, err := l.condition(part)
		if err != nil {
			return s, err
		}
		s.conds = append(s.conds, c)
	}
	return s, nil
}

func (l *Lesson) condition(text string) (condition, error) {
	var c condition
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		device, rest, ok := strings.Cut(text[1:], "]")
		if !ok {
			return c, errors.New("want [DEVICE] before the word")
		}
		c.device, text = device, rest
	}
	w := strings.Fields(text)
	for len(w) > 2 {
		before, last := w[len(w)-2], w[len(w)-1]
		if before == "in" && last == "clear" || before == "over" && last == "TLS" {
			c.over = last
		} else if before == "in" && contains(states, last) {
			c.state = last
		} else {
			break
		}
		w = w[:len(w)-2]
	}
	if len(w) == 0 {
		return c, errors.New("a goal word is missing; there are " + wordNames())
	}
	if c.word = wordNamed(w[0]); c.word == nil {
		return c, errors.New("there is no goal word " + strconv.Quote(w[0]) + "; there are " + wordNames())
	}
	c.args = w[1:]
	if err := c.word.check(l, c.args); err != nil {
		return c, errors.New(c.word.Name + ": " + err.Error())
	}
	if len(c.args) == 1 {
		c.n, _ = strconv.Atoi(c.args[0])
	}
	return c, nil
}

func wordNames() string {
	var names []string
	for _, w := range words {
		names = append(names, w.Name)
	}
	return strings.Join(names, ", ")
}

// holds says whether the condition is true at this moment.
func (c *condition) holds(m *memory) bool {
	if m.answer == nil && c.device != "" && c.device != m.device {
		return false
	}
	if c.state != "" && stateName(m.before) != c.state {
		return false
	}
	if c.over != "" && m.secure != (c.over == "TLS") {
		return false
	}
	return c.word.met(c, m)
}

// list is the messages that the arguments name.
func (c *condition) list(n int) []int {
	switch c.args[0] {
	case "none":
		return nil
	case "all":
		all := make([]int, n)
		for i := range all {
			all[i] = i + 1
		}
		return all
	}
	var list []int
	for _, a := range c.args {
		k, _ := strconv.Atoi(a) // messages has seen that it is one
		list = append(list, k)
	}
	return list
}

// same says whether two lists hold the same numbers.
func same(a, b []int) bool { return within(a, b) && within(b, a) }

// within says whether every number of a is in b.
func within(a, b []int) bool {
	for _, x := range a {
		if !has(b, x) {
			return false
		}
	}
	return true
}

func has(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// How a command may be answered, as sent says it.
const anyStatus = engine.Silent

// split cuts sent's arguments into the verb, what stands behind it, and how it's answered.
func splitSent(args []string) (verb string, rest []string, status engine.Status, code string) {
	verb, rest = args[0], args[1:]
	for i, a := range rest {
		switch {
		case a == "ok" && i == len(rest)-1:
			return verb, rest[:i], engine.OK, ""
		case a == "more" && i == len(rest)-1:
			return verb, rest[:i], engine.More, ""
		case a == "err" && i >= len(rest)-2:
			if i == len(rest)-2 {
				code = rest[i+1]
			}
			return verb, rest[:i], engine.Err, code
		}
	}
	return verb, rest, anyStatus, ""
}

func checkSent(l *Lesson, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command behind it")
	}
	verb, _, _, _ := splitSent(args)
	for _, v := range strings.Split(verb, "|") {
		if v == "response" || v == "other" {
			continue
		}
		if v != strings.ToUpper(v) || len(v) < 3 || len(v) > 4 {
			return errors.New("want a command in capitals, not " + strconv.Quote(v))
		}
		if !IsCommand(v) {
			return errors.New("there is no command " + v + "; the protocol's table has none. A line that is no command is other")
		}
	}
	return nil
}

// IsCommand says whether the protocol's table has a row for a keyword, given in capitals.
func IsCommand(keyword string) bool {
	for i := range engine.POP3 {
		if string(engine.POP3[i].Verb) == keyword {
			return true
		}
	}
	return false
}

// metSent: a reply came to a line of this form.
func metSent(c *condition, m *memory) bool {
	if m.reply == nil {
		return false
	}
	verb, rest, status, code := splitSent(c.args)
	said := &m.s.line
	return either(verb, said.verb) && arguments(rest, said.args) &&
		(status == anyStatus || status == m.reply.Status) && (code == "" || code == string(m.reply.Code))
}

// either says whether word is one of those in pattern, which a bar separates.
func either(pattern, word string) bool {
	for {
		one, rest, more := strings.Cut(pattern, "|")
		if one == "*" || one == word {
			return true
		}
		if !more {
			return false
		}
		pattern = rest
	}
}

func arguments(pattern, args []string) bool {
	for i, p := range pattern {
		if p == "..." {
			return true
		}
		if i >= len(args) || !either(p, args[i]) {
			return false
		}
	}
	return len(pattern) == len(args)
}
