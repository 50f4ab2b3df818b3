package watch

import (
	"bytes"
	"strings"

	"pop3lab/engine"
)

// maxLine is how much of a client's line is kept. A server may take such lines or not: here they're only shown.
const maxLine = 64 << 10

// A line is what the client sent up to a line end.
type line struct {
	text   []byte // without its end; of a line that is too long, the beginning
	end    engine.LineEnd
	octets int64 // with its end
}

func (l *line) tooLong() bool { return l.octets > maxLine }

// wire is the line as it went, or its beginning.
func (l *line) wire() []byte {
	end := "\r\n"
	switch {
	case l.tooLong():
		return l.text
	case l.end == engine.EndLF:
		end = "\n"
	case l.end == engine.EndCRNUL:
		end = "\r\x00"
	}
	return append(bytes.Clone(l.text), end...)
}

// A splitter cuts octets into lines as lenient servers do: a line ends with CR LF, with LF alone, or with CR NUL.
type splitter struct {
	part   []byte // of the line under way, not more than maxLine
	octets int64  // of the line under way
	cr     bool   // its last octet is CR
}

// feed takes octets and returns the lines that end in them.
func (s *splitter) feed(p []byte) (lines []line) {
	for len(p) > 0 {
		i := bytes.IndexAny(p, "\n\x00")
		if i < 0 {
			s.keep(p)
			return lines
		}
		s.keep(p[:i])
		c := p[i]
		p = p[i+1:]
		if c == 0 && !s.cr {
			s.keep([]byte{0}) // a NUL in the middle of a line
			continue
		}
		l := line{octets: s.octets + 1, end: engine.EndLF}
		if s.cr {
			l.end = engine.EndCRLF
			if c == 0 {
				l.end = engine.EndCRNUL
			}
			if s.octets == int64(len(s.part)) {
				s.part = s.part[:len(s.part)-1]
			}
		}
		l.text = bytes.Clone(s.part)
		lines = append(lines, l)
		s.part, s.octets, s.cr = s.part[:0], 0, false
	}
	return lines
}

func (s *splitter) keep(p []byte) {
	if len(p) == 0 {
		return
	}
	s.octets += int64(len(p))
	s.cr = p[len(p)-1] == '\r'
	s.part = append(s.part, p[:min(len(p), maxLine-len(s.part))]...)
}

// mask is what displays show instead of a secret, whatever its length.
const mask = "********"

// secretIn finds what may be a secret in a line that engine/client shows as it is; negative when nothing is. A person
// who talks to a server sees what they typed; here it's somebody else's line. So before the login, what follows a word
// that is no command counts as a mistyped PASS, and so does such a word alone when it's too long for a keyword or
// when a password is due; and what follows the name behind USER counts as a password.
func secretIn(state engine.State, verb engine.Verb, text []byte) int {
	word := bytes.TrimLeft(text, " \t")
	at := len(text) - len(word)
	first := word
	if i := bytes.IndexAny(word, " \t"); i >= 0 {
		first = word[:i]
	}
	behind := func(words int) int {
		for n := 0; at < len(text); at++ {
			if space := text[at] == ' ' || text[at] == '\t'; !space {
				continue
			}
			if n++; n == words && at+1 < len(text) {
				return at + 1
			}
		}
		return -1
	}
	switch strings.ToUpper(string(first)) {
	case "PASS", "APOP", "AUTH":
		if verb == "" {
			return behind(1) // blanks stand before it
		}
		return -1
	}
	switch {
	case state == engine.Transaction:
		return -1
	case verb == "USER":
		return behind(2)
	case verb != "" || len(word) == 0:
		return -1
	case len(first) < len(bytes.TrimRight(word, " \t")):
		return behind(1)
	case state == engine.AuthorizationUser || len(first) > 4:
		return at
	}
	return -1
}
