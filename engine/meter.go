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
	stored  int64   // octets written so far
	added   int64   // CRs put before bare LFs
	dots    []int64 // stored offsets of dots at the beginning of a line
	many    bool    // more than MaxDots
	inLine  bool    // the last octet was no LF
	lastCR  bool
	bareLF  bool
	eight   bool // an octet above 127 in the header
	body    bool // the header is over
	midHead bool // the current header line has octets other than CR
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
		if !m.body {
			m.header(line, whole)
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

// header looks at a piece of a header line, up to its end if whole.
func (m *Meter) header(line []byte, whole bool) {
	for _, c := range line {
		if c >= 0x80 {
			m.eight = true
		}
		if c != '\r' && c != '\n' {
			m.midHead = true
		}
	}
	if whole {
		m.body = !m.midHead // the blank line ends the header
		m.midHead = false
	}
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

// EightBitHeader says whether the header holds an octet above 127.
func (m *Meter) EightBitHeader() bool { return m.eight }

// Direct says whether the stored octets are what RETR sends, but for a dot to be put before each
// of the offsets it returns.
func (m *Meter) Direct() (dots []int64, ok bool) {
	if m.bareLF || m.inLine || m.many {
		return nil, false
	}
	return m.dots, true
}
