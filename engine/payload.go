package engine

import (
	"errors"
	"io"
)

// directSrc is what a driver copies from.
type directSrc = io.Reader

// begin starts the lines that follow a reply.
func (s *Session) begin(r *Reply) {
	m := &multiline{num: r.Msg, want: r.want}
	m.src = r.Lines
	if s.peer.Direct && r.want >= 0 && s.p.Faults&wireFaults == 0 {
		if d, ok := r.Lines.(Direct); ok {
			if reader, dots, ok := d.Direct(); ok {
				m.direct, m.reader, m.dots = true, reader, dots
			}
		}
	}
	s.multi = m
	s.stage = stagePayload
}

// payload returns the next lines, or where the driver finds them.
func (s *Session) payload() Event {
	m := s.multi
	if m.direct {
		return s.directPayload()
	}
	wire, octets := m.next(s.stuffing())
	e := Event{Kind: KindData, Verb: s.cmd.Verb, Rule: s.cmd.Rule, Before: s.state, After: s.state, Wire: wire, N: octets, Num: m.num}
	switch {
	case m.err != nil:
		return s.broken(m.err)
	case m.done():
		if m.want >= 0 && m.octets != m.want {
			return s.broken(errChanged)
		}
		s.stage = stageEnd
		if len(wire) == 0 {
			return s.end()
		}
	}
	return e
}

// directPayload splits the body at its dots: what lies between goes out as it stands.
func (s *Session) directPayload() Event {
	m := s.multi
	e := Event{Kind: KindBody, Verb: s.cmd.Verb, Rule: s.cmd.Rule, Before: s.state, After: s.state, Num: m.num, Body: m.reader}
	if len(m.dots) > 0 && m.dots[0] == m.at {
		// The dot of the line itself is sent with the rest of its line.
		m.dots = m.dots[1:]
		e.Kind, e.Body, e.Wire = KindData, nil, dot
		return e
	}
	until := m.want
	if len(m.dots) > 0 {
		until = m.dots[0]
	}
	e.N = until - m.at
	m.at, m.octets = until, until
	if m.at == m.want {
		s.stage = stageEnd
		if e.N == 0 {
			return s.end()
		}
	}
	return e
}

var dot = []byte{'.'}

// Short tells the session that the driver couldn't copy all of a KindBody event's octets from its
// Body: the message isn't what it was, so its end isn't sent. The next event closes the connection.
func (s *Session) Short(err error) {
	if s.multi == nil {
		return
	}
	if err == nil || err == io.EOF {
		err = errChanged
	}
	s.abandon()
	s.after = afterwards{close: true, why: TextBodyChanged, err: err}
	s.stage = stageAfter
}

var errChanged = errors.New("engine: message has other octets than when the maildrop was opened")

// broken closes the connection in the middle of a message: there is no other way to say after +OK
// that it can't be sent.
func (s *Session) broken(err error) Event { return s.closing(TextBodyChanged, err) }

// abandon gives up what a multi-line reply holds.
func (s *Session) abandon() {
	if s.multi != nil {
		s.multi.close()
		s.multi = nil
	}
}

// end finishes a multi-line reply.
//
// RFC 1939 section 3: "When all lines of the response have been sent, a final line is sent,
// consisting of a termination octet (decimal code 046, ".") and a CRLF pair."
func (s *Session) end() Event {
	m := s.multi
	e := Event{Kind: KindEnd, Verb: s.cmd.Verb, Rule: s.cmd.Rule, Before: s.state, After: s.state, Wire: terminator, N: m.octets, Num: m.num}
	s.stage = stageAfter
	s.abandon()
	s.spoilEnd(&e)
	return e
}

var terminator = []byte(".\r\n")
