package client

import (
	"bytes"
	"io"
	"slices"

	"pop3lab/engine"
)

// maxLine is the longest first line of an answer that is read, in octets. RFC 1939 section 3
// allows 512, but a challenge may be longer (RFC 5034 section 4).
const maxLine = 64 << 10

// A Dialogue is the client's side of a session without a network: it knows from the engine's table
// what the lines that were sent mean, how their answers have to be read, and in which state the
// session is. Octets go in with Feed, cut anywhere; Next says what they are.
//
// The zero Dialogue waits for the greeting.
type Dialogue struct {
	state   engine.State
	begun   bool // past engine.Connected; the zero Dialogue is at it
	sent    []command
	in      []byte
	at      int // octets of in that are used up
	scanned int // octets behind at that hold no line end
	lines   *under
	sasl    exchanged
	marked  []int // message-numbers, by DELE
	tls     bool  // KindTLS is due
	shaking bool  // KindTLS was returned, Secured was not called yet
	secured bool
	secure  bool // TLS is active
	hungUp  error
	over    bool // KindClose was returned
	err     error
}

// under is a multi-line answer under way.
type under struct {
	cmd    command
	row    *engine.Rule
	inLine bool
	octets int64
}

// exchanged is what the client has said in an AUTH exchange.
type exchanged struct {
	mechanism string
	responses int
}

// An Event is an engine.Event as the client can know it: Wire is what went over the wire, secrets
// of the client's masked; Text is what an answer means, TextNone where only its words would say.
// Its slices are valid until the next call of Next.
type Event struct {
	engine.Event
	Reply Reply  // of a KindReply
	Lines []byte // of a KindData: Wire without the dot that byte-stuffing put in
	Odd   Odd
	// Secure says that it went through TLS.
	Secure bool
}

// State is where the session stands, as far as the answers read so far say.
func (d *Dialogue) State() engine.State {
	if !d.begun {
		return engine.Connected
	}
	return d.state
}

// Waiting returns the lines that have no answer yet, oldest first, secrets masked. A command whose
// lines are still coming is among them.
func (d *Dialogue) Waiting() []string {
	var out []string
	if d.lines != nil {
		out = append(out, d.lines.cmd.line)
	}
	for _, c := range d.sent {
		out = append(out, c.line)
	}
	return out
}

// Marked returns the message-numbers that are marked as deleted, as far as the answers read so far
// say, in ascending order.
func (d *Dialogue) Marked() []int { return slices.Sorted(slices.Values(d.marked)) }

// Err is why the dialogue broke; nil if it didn't.
func (d *Dialogue) Err() error { return d.err }

// Send notes that the client sent a line, given without its CRLF, and returns that as an event.
// Several lines may be sent before their answers are read: answers come in order.
//
// RFC 2449 section 6.6: a client that pipelines "MUST keep track of which commands it has
// outstanding, and match server responses to commands in order."
func (d *Dialogue) Send(line string) Event {
	state, c := d.State(), readCommand(line)
	if state == engine.AuthorizationSASL && len(d.sent) == 0 {
		c = command{verb: engine.Response}
	}
	shown, hidden := masked(state, c, line)
	if !hidden && line != "" && anyRow(c.verb) == nil && d.exchanging() {
		shown, hidden = mask, true
	}
	c.line = shown
	d.sent = append(d.sent, c)
	row := rowFor(state, c.verb, len(c.args))
	e := Event{Event: engine.Event{Kind: engine.KindLine, Verb: c.verb, Rule: row, Before: state, After: state,
		Wire: append([]byte(shown), '\r', '\n'), Masked: hidden, Num: c.num, N: int64(len(line)) + 2}, Secure: d.secure}
	return e
}

// exchanging says whether an AUTH has no answer yet: what is sent behind it may be a response.
func (d *Dialogue) exchanging() bool {
	return slices.ContainsFunc(d.sent, func(c command) bool { return c.verb == "AUTH" || c.verb == engine.Response })
}

// Feed takes octets from the server, cut anywhere.
func (d *Dialogue) Feed(p []byte) {
	d.makeRoom(0)
	d.in = append(d.in, p...)
}

// fill reads once from r into the buffer, which spares a copy.
func (d *Dialogue) fill(r io.Reader) (int, error) {
	if len(d.in) > 0 && len(d.in) == cap(d.in) && cap(d.in) < maxRead {
		d.makeRoom(2 * cap(d.in)) // the last read was as much as there was room for
	} else {
		d.makeRoom(minRead)
	}
	n, err := r.Read(d.in[len(d.in):cap(d.in)])
	d.in = d.in[:len(d.in)+n]
	return n, err
}

// minRead is how much room a read gets at least. The buffer doubles up to maxRead whenever a read
// fills it, so that an idle connection holds little and a long message costs few reads.
const (
	minRead = 2 << 10
	maxRead = 32 << 10
)

// makeRoom moves what isn't used up to the front, and sees to n octets of room behind it.
func (d *Dialogue) makeRoom(n int) {
	left := len(d.in) - d.at
	if d.at > 0 && left < d.at {
		copy(d.in, d.in[d.at:])
		d.in, d.at = d.in[:left], 0
	}
	if cap(d.in)-len(d.in) < n || d.in == nil {
		grown := make([]byte, len(d.in), max(2*len(d.in), len(d.in)+n, minRead))
		copy(grown, d.in)
		d.in = grown
	}
}

// Pending is how many octets were fed that Next has made nothing of yet.
func (d *Dialogue) Pending() int { return len(d.in) - d.at }

// Secured says that the TLS handshake succeeded that a KindTLS event asked for.
func (d *Dialogue) Secured() { d.secured = true }

// Hangup says that nothing more will come; err is what the network said, io.EOF or nil for a
// proper end. It queues behind what was fed.
func (d *Dialogue) Hangup(err error) { d.hungUp = unexpected(err) }

// Next returns the next thing that happened, and false when more octets are needed to know. The
// kinds are the engine's: KindReply, KindData and KindEnd for the lines behind it, KindExtra for a
// line that nothing asked for, KindTLS when the handshake is due, KindInput when it's done,
// KindClose for the end, with Err set unless it was a proper one.
func (d *Dialogue) Next() (Event, bool) {
	if d.over {
		return Event{}, false
	}
	switch {
	case d.secured:
		d.secured, d.shaking, d.secure = false, false, true
		return d.begin(engine.Secured), true
	case (d.tls || d.shaking) && d.Pending() > 0:
		return d.broken(ErrInjected), true
	case d.tls:
		d.tls, d.shaking = false, true
		row := rowFor(engine.Authorization, "STLS", 0)
		return d.event(engine.KindTLS, row, row.Verb), true
	case d.lines != nil:
		if e, ok := d.payload(); ok {
			return e, true
		}
	default:
		if line, end, ok := d.line(); ok {
			return d.answer(line, end), true
		}
		if d.Pending() > maxLine {
			return d.broken(&ProtocolError{Command: d.waitingFor(), What: "the server's line has more than 64 KiB and goes on",
				Line: string(d.in[d.at : d.at+100])}), true
		}
	}
	if d.hungUp != nil {
		return d.hangup(), true
	}
	return Event{}, false
}

func (d *Dialogue) event(k engine.Kind, row *engine.Rule, verb engine.Verb) Event {
	s := d.State()
	return Event{Event: engine.Event{Kind: k, Rule: row, Verb: verb, Before: s, After: s}, Secure: d.secure}
}

// begin is the row for an input that is no command.
func (d *Dialogue) begin(v engine.Verb) Event {
	row := rowFor(d.State(), v, 0)
	e := d.event(engine.KindInput, row, v)
	d.state = row.OK
	e.After = d.state
	return e
}

// line returns the next whole line without its end, and how it ended.
func (d *Dialogue) line() (line []byte, end engine.LineEnd, ok bool) {
	pending := d.in[d.at:]
	i := bytes.IndexByte(pending[d.scanned:], '\n')
	if i < 0 {
		d.scanned = len(pending)
		return nil, 0, false
	}
	i += d.scanned
	d.scanned = 0
	d.at += i + 1
	if i > 0 && pending[i-1] == '\r' {
		return pending[:i-1], engine.EndCRLF, true
	}
	return pending[:i], engine.EndLF, true
}

// hangup is the end of the connection: no error when nothing was due any more. Its state before
// tells whether the session was over, or the server has left.
func (d *Dialogue) hangup() Event {
	switch {
	case d.lines != nil:
		return d.broken(&HangupError{Command: d.lines.cmd.line, Octets: d.lines.octets, Lines: true, Err: d.hungUp})
	case d.Pending() > 0 && foreign(d.in[d.at:]) != notPOP3:
		return d.broken(&ProtocolError{Command: d.waitingFor(), What: foreign(d.in[d.at:]), Line: string(d.in[d.at:])})
	case !d.begun, len(d.sent) > 0:
		return d.broken(&HangupError{Command: d.waitingFor(), Err: d.hungUp})
	}
	e := d.event(engine.KindClose, nil, "")
	d.state, d.over = engine.Closed, true
	e.After = engine.Closed
	return e
}

// waitingFor is the line whose answer is due.
func (d *Dialogue) waitingFor() string {
	if w := d.Waiting(); len(w) > 0 {
		return w[0]
	}
	return ""
}

// broken ends the dialogue: what comes after can't be understood.
func (d *Dialogue) broken(err error) Event {
	e := d.event(engine.KindClose, nil, "")
	e.Err, e.After = err, engine.Closed
	d.err, d.state, d.begun, d.over = err, engine.Closed, true, true
	d.lines, d.in, d.at, d.scanned = nil, nil, 0, 0
	return e
}
