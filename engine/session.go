package engine

import (
	"bytes"
	"strings"

	"pop3lab/engine/sasl"
)

// A Session is one connection's conversation. Feed, Secured, Expire and Hangup are its inputs; Next
// does the next piece of work and says what happened. It's used by one goroutine at a time.
type Session struct {
	splitter
	p     *Protocol
	peer  Peer
	state State
	stage stage
	cmd   Command // the line at hand, from stageRun on
	after afterwards

	hungUp, expired, secured bool // inputs that queue behind what was fed
	spoken                   bool // a whole line has come
	failures, bad            int
	lang                     uint8 // index in catalogues
	utf8                     bool

	user      string // given by USER
	account   User   // whose maildrop is open
	exchange  sasl.Server
	mechanism string

	drop   Maildrop
	msgs   []Message
	marks  bits // DELE
	seen   bits // RETR, for EXPIRE 0
	live   int  // messages not marked
	octets int64
	last   int // highest message-number accessed, for LAST

	out   []byte // the reply's first line
	multi *multiline
}

// A stage is what Next does next.
type stage uint8

const (
	stageIdle    stage = iota // look for an input
	stageRun                  // carry out cmd
	stagePayload              // send lines
	stageEnd                  // send the end of the lines
	stageAgain                // send the reply once more (a fault)
	stageAfter                // what the reply leads to: TLS, close
)

// afterwards is what follows a reply.
type afterwards struct {
	tls, close bool
	why        Text
	err        error
}

// A multiline is a multi-line reply under way.
type multiline struct {
	framer
	num    int
	want   int64     // octets expected, negative when unknown
	direct bool      // the driver sends them
	dots   []int64   // where a dot goes first
	at     int64     // octets of the direct body sent
	reader directSrc // of a direct body
}

// NewSession begins a session; its greeting waits in Next.
func (p *Protocol) NewSession(peer Peer) *Session {
	return &Session{p: p, peer: peer, state: Connected}
}

// Protocol is what the session was made by.
func (s *Session) Protocol() *Protocol { return s.p }

// State is where the session stands.
func (s *Session) State() State { return s.state }

// Peer is the connection as the session knows it now.
func (s *Session) Peer() Peer { return s.peer }

// Secured says that the TLS handshake asked for by a KindTLS event succeeded. external is the
// mailbox that the client's certificate stands for; empty means none.
func (s *Session) Secured(external string) {
	if s.state == AuthorizationTLS {
		s.secured = true
		s.peer.External = external
	}
}

// Bind tells the channel binding of the TLS connection that a KindTLS event asked for, as Peer.Binding
// does for implicit TLS. It's called before Secured, or not at all.
func (s *Session) Bind(binding func(kind string) []byte) {
	if s.state == AuthorizationTLS {
		s.peer.Binding = binding
	}
}

// Expire says that nothing came for the idle limit. It queues behind what was fed.
func (s *Session) Expire() { s.expired = true }

// Hangup says that the client is gone, or that TLS couldn't be set up. It queues behind what was
// fed: what the client sent before it left counts.
func (s *Session) Hangup() { s.hungUp = true }

// Abort ends the session now: what was fed and not yet carried out is forgotten, nothing is removed,
// the lock is released, and Next has nothing more. It's for a driver that can't go on, because
// octets can't be delivered, because it's shutting down or because something panicked.
func (s *Session) Abort() {
	if s.state != Closed {
		defer s.release() // even when closing a message panics too
		s.closing(TextNone, nil)
	}
}

// User is the mailbox that is open, or before that the name given by USER; empty when there is
// neither.
func (s *Session) User() string {
	if s.loggedIn() {
		return s.account.Name
	}
	return s.user
}

// Lend gives the next call of Next room for the octets of a KindData event: Wire then lies in it, and
// the driver needs no copy. Room for less than 64 KiB isn't used. It's a driver's choice: without it
// Wire lies in a buffer of the session's own.
func (s *Session) Lend(room []byte) {
	if s.stage == stagePayload {
		s.multi.lend(room)
	}
}

// Next does the next piece of work and returns what happened; false when there is nothing to do
// until the next input. The pull does the work, so a driver that asks only after it has written
// holds one reply, or one chunk of it, at a time.
func (s *Session) Next() (Event, bool) {
	switch s.stage {
	case stageIdle:
		return s.nextInput()
	case stageRun:
		return s.run(), true
	case stagePayload:
		return s.payload(), true
	case stageEnd:
		return s.end(), true
	case stageAgain:
		s.stage = stageAfter
		return Event{Kind: KindExtra, Before: s.state, After: s.state, Wire: s.out}, true
	}
	return s.afterReply()
}

// nextInput looks for something to do: the greeting, a line, and when there is none the inputs that
// queue behind lines.
func (s *Session) nextInput() (Event, bool) {
	if s.state == Closed {
		return Event{}, false
	}
	if s.state == Connected {
		return s.input(Connect), true
	}
	if s.state == Update {
		return s.input(Commit), true
	}
	if s.state == AuthorizationTLS {
		if s.start < len(s.in) {
			return s.input(Other), true
		}
		if s.secured {
			s.secured = false
			return s.input(Secured), true
		}
	} else if !s.spoken && s.start < len(s.in) && s.in[s.start] == tlsHandshake {
		// Before any line is looked for: nearly every ClientHello has an LF somewhere.
		return s.closing(TextTLSOnPlain, nil), true
	} else if l, ok := s.nextLine(s.limit(), s.p.Switches.Has(StrictLines)); ok {
		s.spoken = true
		s.cmd = s.read(l)
		s.stage = stageRun
		return s.lineEvent(), true
	}
	switch {
	case s.hungUp:
		return s.input(Hangup), true
	case s.expired:
		return s.input(Expire), true
	}
	if cap(s.out) > keepOutput {
		s.out = nil
	}
	return Event{}, false
}

// tlsHandshake is the first octet of a TLS record with a ClientHello (RFC 8446 section 5.1); no
// POP3 command begins with it.
const tlsHandshake = 0x16

// keepOutput is how large an output buffer an idle session keeps.
const keepOutput = 128

func (s *Session) limit() int {
	if s.state == AuthorizationSASL {
		return s.p.MaxResponse
	}
	return s.p.MaxLine
}

// input does a piece of work that no line asked for.
func (s *Session) input(v Verb) Event {
	r := s.p.inputs[s.state][v]
	if v == Other {
		r = s.p.others[s.state]
	}
	s.cmd = Command{Rule: r, Verb: v, secret: -1}
	return s.run()
}

func (s *Session) lineEvent() Event {
	c := &s.cmd
	wire, masked := s.shown(c)
	return Event{Kind: KindLine, Verb: c.Verb, Rule: c.Rule, Before: s.state, After: s.state, Wire: wire, Masked: masked,
		TooLong: c.line.tooLong, End: c.line.end, Num: c.Num, N: c.line.octets}
}

// run carries out the row at hand: its function returns one reply, the reply chooses the state.
func (s *Session) run() Event {
	c, before := &s.cmd, s.state
	rule := c.Rule
	var r Reply
	switch {
	case s.spokeHTTP():
		s.useLine(c.line)
		return s.closing(TextHTTP, nil)
	case c.Refusal != TextNone && rule.Verb != Other:
		r = s.refused(c)
	default:
		r = rule.Do(s, c)
	}
	s.useLine(c.line)
	switch {
	case r.stay:
	case r.Status == Silent, r.Status == OK:
		s.state = rule.OK
	case r.Status == Err:
		s.state = rule.Err
	case r.Status == More:
		s.state = rule.More
	}
	s.leave(before, &r)
	if r.Status == Silent {
		return s.silent(before, rule, &r)
	}
	s.stage = stageAfter
	e := Event{Kind: KindReply, Verb: c.Verb, Rule: rule, Before: before, After: s.state, Status: r.Status, Text: r.Text,
		Code: s.codeOf(&r), Num: r.Msg, N: r.Size, Multi: r.Lines != nil, Removed: r.removed, Err: r.err}
	if r.failed {
		s.failures++
		e.Failures = s.failures
	}
	s.out = s.appendReply(s.out[:0], &r)
	e.Wire = s.out
	s.spoil(&e, &r)
	if r.Lines != nil {
		s.begin(&r)
	}
	return e
}

// spokeHTTP says whether the first thing the client said was HTTP.
func (s *Session) spokeHTTP() bool {
	return s.state == Authorization && s.cmd.Rule.Verb == Other && isHTTP(s.cmd.line)
}

// isHTTP recognises the request line of HTTP/1 and the preface of HTTP/2.
func isHTTP(l line) bool {
	first := bytes.IndexByte(l.text, ' ')
	if first <= 0 {
		return false
	}
	if l.tooLong { // the version at its end was thrown away
		return bytes.HasPrefix(l.text[first+1:], []byte{'/'})
	}
	last := bytes.LastIndexByte(l.text, ' ')
	return last > first && bytes.HasPrefix(l.text[last+1:], []byte("HTTP/"))
}

// refused is the reply to a line that its row can't carry out.
func (s *Session) refused(c *Command) Reply {
	if c.Verb == Response {
		s.endExchange()
	}
	r := refuse(c.Refusal)
	r.Name = string(c.Verb)
	switch c.Refusal {
	case TextMissingArg:
		for _, a := range c.Rule.Args {
			if !a.Optional {
				r.tail += " " + a.Name
			}
		}
		r.tail = strings.TrimPrefix(r.tail, " ")
	case TextLineTooLong:
		r.Num = int64(s.limit())
	case TextNoSuchMessage:
		r.Num = int64(len(s.msgs))
	case TextAlreadyDeleted:
		r.Num, r.Msg = int64(c.Num), c.Num
	}
	return r
}

// leave puts things in order when a row has moved the session on.
func (s *Session) leave(before State, r *Reply) {
	switch {
	case r.Status != Err || before == Update:
		s.bad = 0
	case blameless(r.Text):
	default:
		s.bad++
		if s.p.MaxBad > 0 && s.bad >= s.p.MaxBad {
			s.after = afterwards{close: true, why: TextTooManyBad}
			s.state = Closed
		}
	}
	if r.close {
		s.after = afterwards{close: true, why: r.Text}
		s.state = Closed
	}
	if s.state != AuthorizationUser && s.state != Transaction {
		s.user = ""
	}
	switch s.state {
	case Closed:
		if !s.after.close {
			s.after = afterwards{close: true}
		}
		s.release()
	case AuthorizationTLS:
		if before != AuthorizationTLS {
			s.after.tls = true
		}
	}
}

// blameless says of a refusal that the command was right and the time or the message wrong: a client
// that fetches a hundred messages, each of which needs UTF-8 mode, sends no bad commands. The response
// codes tell these reasons from others.
func blameless(t Text) bool {
	code := Refusals[t].Code
	return code != CodeNone && code != CodeAuth
}

// silent goes on without a reply.
func (s *Session) silent(before State, rule *Rule, r *Reply) Event {
	if s.state == Closed {
		e := s.closing(r.Text, r.err)
		e.Before = before
		return e
	}
	s.stage = stageIdle
	return Event{Kind: KindInput, Verb: rule.Verb, Rule: rule, Before: before, After: s.state}
}

// closing ends the session now, without UPDATE.
func (s *Session) closing(why Text, err error) Event {
	before := s.state
	s.state, s.stage = Closed, stageIdle
	s.abandon()
	s.release()
	s.in, s.start = nil, 0
	return Event{Kind: KindClose, Before: before, After: Closed, Verb: s.cmd.Verb, Rule: s.cmd.Rule, Text: why, Err: err}
}

// afterReply does what a reply led to, or goes back to looking for input.
func (s *Session) afterReply() (Event, bool) {
	s.stage = stageIdle
	a := s.after
	s.after = afterwards{}
	switch {
	case a.close:
		return s.closing(a.why, a.err), true
	case a.tls:
		return Event{Kind: KindTLS, Before: s.state, After: s.state, Rule: s.cmd.Rule, Verb: s.cmd.Verb}, true
	}
	return s.nextInput()
}

// release gives the maildrop back without UPDATE, if it's open still.
func (s *Session) release() {
	if s.drop == nil {
		return
	}
	s.drop.Release() // removes nothing; an error leaves nothing to do
	s.drop = nil
}

// bits is a set of message indices.
type bits []uint64

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

func (b *bits) set(i, of int) {
	if *b == nil {
		*b = make(bits, (of+63)/64)
	}
	(*b)[i/64] |= 1 << (i % 64)
}
