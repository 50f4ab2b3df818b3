package watch

import (
	"bytes"
	"errors"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// maxAhead is how much may be kept of commands that wait for the answers to those before them: their octets, and
// lineCost for each. A client that is further ahead isn't followed any more.
const (
	maxAhead = 4 << 20
	lineCost = 64
)

// A Reader reads both directions of one conversation. Client and Server take octets, cut anywhere; Next says what
// happened, in the order in which a server does it: a command that was sent ahead comes when the one before it is
// answered. It's used by one goroutine at a time. The zero Reader waits for the greeting.
type Reader struct {
	// ShowSecrets leaves passwords and responses in events as they were.
	ShowSecrets bool
	// TLS says that TLS is active from the first octet, and that the octets are those inside it.
	TLS bool

	d       client.Dialogue
	in      splitter
	queue   []line // lines that wait for their turn
	ahead   int    // what they take
	free    bool   // nothing is due: the next line's turn has come
	spoken  bool   // the client has sent something
	tls     bool   // KindTLS was returned, and nothing after it can be read until Secured
	lost    error  // why nothing can be read any more
	ended   bool
	left    bool // the client ended first
	over    bool // KindClose was returned
	cut     bool // an answer was due then
	held    *client.Event
	last    client.Event // for what comes after it
	session session
}

// The reasons for not reading on.
var (
	ErrTLS   = errors.New("watch: TLS began: from here on only the two sides can read along")
	ErrAhead = errors.New("watch: the client is too many commands ahead of their answers, and isn't followed any more")
)

// Lost is why the Reader can't follow any more; nil when it can. The octets that come then are ignored.
func (r *Reader) Lost() error { return r.lost }

// Client takes octets that the client sent.
func (r *Reader) Client(p []byte) {
	if r.lost != nil || r.tls || len(p) == 0 {
		return
	}
	if !r.spoken && p[0] == tlsHandshake {
		r.lost = ErrTLS
		return
	}
	r.spoken = true
	for _, l := range r.in.feed(p) {
		r.queue = append(r.queue, l)
		r.ahead += len(l.text) + lineCost
	}
	if r.ahead > maxAhead {
		r.lost, r.queue = ErrAhead, nil
	}
}

// tlsHandshake is the first octet of a TLS record with a ClientHello (RFC 8446 section 5.1); no command of POP3
// begins with it.
const tlsHandshake = 0x16

// Server takes octets that the server sent.
func (r *Reader) Server(p []byte) {
	if r.lost == nil && !r.tls {
		r.d.Feed(p)
	}
}

// Secured says that TLS was begun on both sides after a KindTLS event, so that the octets to come are those inside
// it. Without it they are taken for TLS's own, and ignored. At any other time it does nothing.
func (r *Reader) Secured() {
	if !r.tls {
		return
	}
	r.tls, r.in, r.queue, r.ahead = false, splitter{}, nil, 0
	r.d.Secured()
}

// End says that the connection is over, and whether it was the client who ended it.
func (r *Reader) End(byClient bool) {
	r.ended, r.left = true, byClient
}

// Waiting says whether the answer to something that the client sent is still due, or a line waits for its turn.
func (r *Reader) Waiting() bool {
	return r.lost == nil && !r.tls && !r.over && (!r.free || len(r.queue) > 0)
}

// Next returns the next thing that happened, and false when more octets are needed to know. What the event's slices
// hold is valid until the next call. The kinds and fields are those of the server's own events; Odd and Lines are
// the client's.
func (r *Reader) Next() (client.Event, bool) {
	e, ok := r.next()
	if ok {
		r.session.follow(&e)
		r.last = e
	}
	return e, ok
}

func (r *Reader) next() (client.Event, bool) {
	if r.held != nil {
		e := *r.held
		r.held = nil
		return e, true
	}
	switch {
	case r.over:
		return client.Event{}, false
	case r.lost == nil && !r.tls && len(r.queue) > 0 && (r.free || r.ended):
		return r.say(), true
	case r.lost == nil:
		if e, ok := r.d.Next(); ok {
			return r.heard(e), true
		}
	}
	if r.ended {
		return r.close(), true
	}
	return client.Event{}, false
}

// say gives the dialogue the client's next line.
func (r *Reader) say() client.Event {
	l := r.queue[0]
	r.queue = r.queue[1:]
	r.ahead -= len(l.text) + lineCost
	if len(r.queue) == 0 {
		r.queue = nil
	}
	r.free = false
	text := string(l.text)
	e := r.d.Send(text)
	e.End, e.N, e.TooLong = l.end, l.octets, l.tooLong()
	e.Secure = e.Secure || r.TLS
	shown := bytes.TrimSuffix(e.Wire, []byte("\r\n"))
	if i := secretIn(e.Before, e.Verb, l.text); !e.Masked && i >= 0 {
		shown, e.Masked = append(bytes.Clone(l.text[:i]), mask...), true
	}
	if e.Masked && !r.ShowSecrets {
		l.text = shown
	} else {
		e.Masked = false
	}
	e.Wire = l.wire()
	r.session.said(e.Event, text)
	return e
}

// heard makes the server's event of the client's.
func (r *Reader) heard(e client.Event) client.Event {
	e.Secure = e.Secure || r.TLS
	switch e.Kind {
	case engine.KindReply:
		r.free = !e.Multi
		if e.Verb == "QUIT" && e.Before == engine.Transaction && e.After == engine.Closed {
			// A server enters UPDATE first, and the answer is that of removing.
			answer := e
			answer.Verb, answer.Rule, answer.Before = engine.Commit, rule(engine.Update, engine.Commit), engine.Update
			r.held = &answer
			return client.Event{Event: engine.Event{Kind: engine.KindInput, Verb: e.Verb, Rule: e.Rule,
				Before: engine.Transaction, After: engine.Update}, Secure: e.Secure}
		}
	case engine.KindEnd:
		r.free = true
	case engine.KindTLS:
		r.tls = true
	case engine.KindInput:
		r.free = true
	case engine.KindClose:
		return r.broken(e)
	}
	return e
}

// broken is the dialogue's own end: the connection ended, or goes on with octets that aren't to be understood.
func (r *Reader) broken(e client.Event) client.Event {
	var protocol *client.ProtocolError
	switch {
	case r.ended:
		return r.close()
	case errors.As(e.Err, &protocol):
		r.lost = protocol
		return client.Event{Event: engine.Event{Kind: engine.KindExtra, Before: e.Before, After: e.Before,
			Wire: append([]byte(protocol.Line), "\r\n"...), Err: protocol}, Secure: e.Secure}
	}
	r.lost = e.Err
	return client.Event{Event: engine.Event{Kind: engine.KindExtra, Before: e.Before, After: e.Before, Err: e.Err}, Secure: e.Secure}
}

// close is the end of the connection. Why a server closes without a word can't be known from the wire.
func (r *Reader) close() client.Event {
	r.cut = r.Waiting() && r.last.After != engine.Closed
	r.over = true
	before := r.last.After
	if r.last.Kind == engine.KindNone {
		before = engine.Connected
	}
	e := engine.Event{Kind: engine.KindClose, Before: before, After: engine.Closed, Err: r.lost}
	switch {
	case before == engine.Closed:
		e.Verb, e.Rule = r.last.Verb, r.last.Rule
	case r.left && r.lost == nil && !r.tls:
		e.Verb, e.Rule = engine.Hangup, rule(before, engine.Hangup)
	case r.tls && r.lost == nil:
		e.Err = ErrTLS
	}
	return client.Event{Event: e, Secure: r.last.Secure}
}

// rule is the row of the protocol for an input that is no command.
func rule(from engine.State, verb engine.Verb) *engine.Rule {
	for i := range engine.POP3 {
		if r := &engine.POP3[i]; r.From == from && r.Verb == verb {
			return r
		}
	}
	return nil
}
