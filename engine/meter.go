package engine

import "bytes"

// MaxDots is how many offsets of dots a Meter keeps. A message with more lines that begin with a
// dot is still measured, but never sent by the operating system alone.
const MaxDots = 256

// A Meter finds out, in one pass over a message as a store holds it, what the framing writer will
// make of it: write the message into it in pieces of any size, then ask.
//
// The writer sends every line with CRLF. An LF that has no CR before it becomes CRLF; a CR that
// has no LF after it is an octet like any other; a last line without an end gets one. An empty
// message stays empty: it has no line.
//
// RFC 1939 section 11: "if the POP3 server host internally represents end-of-line as a single
// character, then the POP3 server simply counts each occurrence of this character in a message as
// two octets."
type Meter struct {
	stored int64   // octets written so far
	added  int64   // CRs put before bare LFs
	dots   []int64 // stored offsets of dots at the beginning of a line
	many   bool    // more than MaxDots
	inLine bool    // the last octet was no LF
	lastCR bool
	bareLF bool
	head   headScan
}

// Write takes the next octets of the message. It never fails.
func (m *Meter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if !m.inLine && rest[0] == '.' {
			if len(m.dots) < MaxDots {
				m.dots = append(m.dots, m.stored)
			} else {
				m.many = true
			}
		}
		end := bytes.IndexByte(rest, '\n')
		line, whole := rest, false
		if end >= 0 {
			line, whole = rest[:end+1], true
		}
		if !m.head.over {
			m.head.scan(line)
		}
		m.stored += int64(len(line))
		m.inLine = !whole
		if whole {
			cr := m.lastCR
			if len(line) > 1 {
				cr = line[len(line)-2] == '\r'
			}
			if !cr {
				m.added++
				m.bareLF = true
			}
			m.lastCR = false
		} else {
			m.lastCR = line[len(line)-1] == '\r'
		}
		rest = rest[len(line):]
	}
	return len(p), nil
}

// Stored is how many octets were written into the meter.
func (m *Meter) Stored() int64 { return m.stored }

// Octets is the size of the message as RETR sends it, byte-stuffing not counted.
func (m *Meter) Octets() int64 {
	n := m.stored + m.added
	if m.inLine {
		n += 2
	}
	return n
}

// EightBitHeader says whether a field of the header holds UTF-8 beyond ASCII: such a message is an
// internationalized one (RFC 6856 section 1.1). Octets above 127 that aren't UTF-8, or that stand in
// no header field, are old mail as RFC 1939 servers always passed it on.
func (m *Meter) EightBitHeader() bool { return m.head.utf8() }

// Direct says whether the stored octets are what RETR sends, but for a dot to be put before each
// of the offsets it returns.
func (m *Meter) Direct() (dots []int64, ok bool) {
	if m.bareLF || m.inLine || m.many {
		return nil, false
	}
	return m.dots, true
}

// A headScan follows a message's header, piece by piece, up to its end: a blank line, or a line that
// is no header field.
type headScan struct {
	over    bool
	part    headPart
	eight   bool  // a UTF-8 sequence in a field's body
	bad     bool  // an octet above 127 that is part of none
	pending uint8 // continuation octets that are still to come
}

type headPart uint8

const (
	lineStart headPart = iota // initial state; must be zero
	fieldName
	fieldBody
	afterCR // a CR at the beginning of a line: the blank line, unless something else follows
)

func (h *headScan) scan(p []byte) {
	for _, c := range p {
		switch h.part {
		case lineStart:
			switch {
			case c == '\r':
				h.part = afterCR
			case c == ' ' || c == '\t':
				h.part = fieldBody
			case c > ' ' && c < 0x7f && c != ':':
				h.part = fieldName
			default:
				h.over = true
				return
			}
		case afterCR:
			h.over = true
			return
		case fieldName:
			switch {
			case c == ':':
				h.part = fieldBody
			case c <= ' ' || c >= 0x7f:
				h.over = true
				return
			}
		case fieldBody:
			switch {
			case h.pending > 0 && c&0xc0 == 0x80:
				h.pending--
				h.eight = true
			case h.pending > 0:
				h.bad, h.pending = true, 0
			case c >= 0xc2 && c < 0xe0:
				h.pending = 1
			case c >= 0xe0 && c < 0xf0:
				h.pending = 2
			case c >= 0xf0 && c < 0xf5:
				h.pending = 3
			case c >= 0x80:
				h.bad = true
			}
			if c == '\n' {
				h.part = lineStart
			}
		}
	}
}

func (h *headScan) utf8() bool { return h.eight && !h.bad && h.pending == 0 }
