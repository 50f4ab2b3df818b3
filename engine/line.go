package engine

import "bytes"

// maxShown is how many octets of a line over the limit are kept, for displays.
const maxShown = 64

// A line is what the splitter found.
type line struct {
	text    []byte // without its end; the beginning only when tooLong
	wire    []byte // with its end
	end     LineEnd
	octets  int64 // of the whole line, its end included
	tooLong bool
}

// splitter is the part of a session that cuts octets into lines. Its zero value is ready.
type splitter struct {
	in      []byte
	start   int   // octets of in that are used up
	scanned int   // octets of in, from start on, that hold no line end
	dropped int64 // octets of a line over the limit that are thrown away already
	cr      bool  // the last octet thrown away was a CR
}

// Feed takes octets from the client, cut anywhere. It does no work: Next does, so a client that
// sends a thousand commands at once waits for its answers like any other. A driver that feeds only
// after Next has nothing more bounds what a session holds by what it reads at a time.
func (s *Session) Feed(p []byte) {
	if s.state == Closed || s.hungUp || s.expired {
		return
	}
	if s.start == len(s.in) {
		s.in, s.start, s.scanned = s.in[:0], 0, 0
		if cap(s.in) > keepInput && len(p) <= keepInput {
			s.in = nil // a burst is over: an idle session holds no more than this
		}
	}
	s.in = append(s.in, p...)
}

// keepInput is how large an input buffer an idle session keeps.
const keepInput = 512

// nextLine returns the next whole line of at most limit octets. It doesn't use it up: useLine does.
func (s *splitter) nextLine(limit int, strict bool) (line, bool) {
	pending := s.in[s.start:]
	for at := s.scanned; ; {
		i := bytes.IndexByte(pending[at:], '\n')
		if i < 0 {
			if l, ok := s.nulLine(pending, max(s.scanned-1, 0), limit, strict); ok {
				return l, true
			}
			s.scanned = len(pending)
			s.drop(limit)
			return line{}, false
		}
		i += at
		cr := s.crBefore(pending, i)
		if strict && !cr {
			at = i + 1
			s.scanned = at
			continue
		}
		if l, ok := s.nulLine(pending[:i], max(s.scanned-1, 0), limit, strict); ok {
			return l, true
		}
		l := line{wire: pending[:i+1], text: pending[:i], end: EndLF}
		if cr {
			l.end = EndCRLF
			l.text = pending[:s.textBefore(i)]
		}
		return s.measured(l, limit), true
	}
}

// crBefore says whether the octet that came before pending[i] was a CR.
func (s *splitter) crBefore(pending []byte, i int) bool {
	if s.dropped > 0 && i == maxShown {
		return s.cr
	}
	return i > 0 && pending[i-1] == '\r'
}

// textBefore is where the text ends whose end is a CR and then pending[i].
func (s *splitter) textBefore(i int) int {
	if s.dropped > 0 && i == maxShown {
		return i // the CR was thrown away
	}
	return i - 1
}

// nulLine finds a line that ends with CR NUL.
func (s *splitter) nulLine(pending []byte, from, limit int, strict bool) (line, bool) {
	if strict {
		return line{}, false
	}
	for at := min(from, len(pending)); ; {
		i := bytes.IndexByte(pending[at:], 0)
		if i < 0 {
			return line{}, false
		}
		i += at
		if s.crBefore(pending, i) {
			l := line{wire: pending[:i+1], text: pending[:s.textBefore(i)], end: EndCRNUL}
			return s.measured(l, limit), true
		}
		at = i + 1
	}
}

// measured says whether a line is over the limit.
//
// RFC 2449 section 4: "the maximum length of commands is increased from 47 characters (4 character
// command, single space, 40 character argument, CRLF) to 255 octets, including the terminating CRLF."
func (s *splitter) measured(l line, limit int) line {
	l.octets = s.dropped + int64(len(l.wire))
	if l.tooLong = l.octets > int64(limit); l.tooLong {
		l.text = s.in[s.start : s.start+min(maxShown, len(l.text))]
	}
	return l
}

// drop throws away what a line over the limit has beyond its beginning.
func (s *splitter) drop(limit int) {
	pending := s.in[s.start:]
	if s.dropped == 0 && len(pending) <= limit {
		return
	}
	// The first octets stay for displays, and, in the very place it came, the last one: it may
	// be the CR of the line's end.
	keep := min(maxShown, len(pending))
	if n := len(pending) - keep; n > 0 {
		s.cr = pending[len(pending)-1] == '\r'
		s.dropped += int64(n)
		s.in = s.in[:s.start+keep]
		s.scanned = keep
	}
}

// useLine uses up the line that nextLine found.
func (s *splitter) useLine(l line) {
	s.start += len(l.wire)
	s.scanned, s.dropped, s.cr = 0, 0, false
	if s.start == len(s.in) {
		s.in, s.start = s.in[:0], 0
	}
}
