package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"pop3lab/engine"
)

// Options say how a Conn behaves. The zero value is the careful one: certificates are checked, and
// no password goes out that others could read.
type Options struct {
	// Host is the name that the server's certificate has to be for. Empty means the one given to
	// Dial.
	Host string
	// TLS is the configuration to begin TLS with. Nil means the system's roots, TLS 1.2 or later.
	TLS *tls.Config
	// Pin is the SHA-256 fingerprint of the only certificate to accept, in hexadecimal with or
	// without colons. It takes the place of roots and names: who knows the certificate needs nobody
	// to vouch for it.
	Pin string
	// Insecure accepts any certificate. The connection is then encrypted to somebody, and still no
	// password goes out in the clear through it (see AllowCleartext).
	Insecure bool
	// RequireTLS allows nothing but CAPA, STLS and QUIT until TLS is active (RFC 8314 section 5.2).
	RequireTLS bool
	// AllowCleartext lets Login send a password as it is, although TLS isn't active or the
	// certificate wasn't checked. It's allowed anyway when the server is on this machine.
	AllowCleartext bool
	// Timeout is how long an answer may take, and how long the lines behind it may pause. Zero
	// means one minute, negative for ever. A server that removes many messages takes its time at
	// QUIT.
	Timeout time.Duration
	// Observe is told every line, in order, as it goes (see Step). It must not call the Conn.
	Observe func(Step)
	// ShowSecrets leaves passwords and responses in Steps as they were.
	ShowSecrets bool
	// Dial connects, instead of a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// A Step is one thing that happened, and the call that it happened for: what a mail library's one
// call expands to on the wire is the list of its Steps.
type Step struct {
	// Call is the outermost method that was called: "Login", "Retrieve". It's empty for Send and
	// Receive, and "Dial" for the greeting.
	Call string
	Event
}

// A Conn is a client's connection. Its methods are used by one goroutine at a time; two may share
// it when one of them only calls Send and the other only calls Receive. Close may be called at any
// time.
type Conn struct {
	opt  Options
	nc   net.Conn
	tcp  net.Conn // below TLS
	tls  bool
	mu   sync.Mutex // guards d, but for its buffer, which belongs to Receive
	d    Dialogue
	call string
	odd  Odd
	err  error // why the connection can't be used any more

	greeting Reply
	caps     *capabilities
	open     *Lines // lines that aren't read to their end
	utf8     bool
	sizes    map[int]int64 // what LIST said
}

// New makes a Conn of a connection in the clear and reads the greeting. On error it's closed.
func New(ctx context.Context, nc net.Conn, opt Options) (*Conn, error) {
	return opt.begin(ctx, nc, false)
}

// greet reads the greeting; when it fails the connection is closed.
func (c *Conn) greet() error {
	defer c.during("Dial")()
	c.deadline()
	r, err := c.reply()
	if err != nil {
		return err
	}
	c.greeting = r
	if r.Status == engine.Err {
		return c.fail(&ServerError{Command: "greeting", Reply: r})
	}
	return nil
}

// during names the call in progress for observers; the outermost one counts.
func (c *Conn) during(call string) func() {
	if c.call != "" {
		return func() {}
	}
	c.call = call
	return func() { c.call = "" }
}

// Greeting is the server's greeting.
func (c *Conn) Greeting() Reply { return c.greeting }

// State is where the session stands, as far as the answers read so far say.
func (c *Conn) State() engine.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.d.State()
}

// Odd is every oddity of the server's so far.
func (c *Conn) Odd() Odd { return c.odd }

// Marked returns the message-numbers that were marked as deleted, in ascending order.
func (c *Conn) Marked() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.d.Marked()
}

// Pending is how many octets have been read that Receive hasn't returned yet: with a whole answer
// read, the beginning of what nobody asked for.
func (c *Conn) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.d.Pending()
}

// NetConn is the connection below, TLS or not.
func (c *Conn) NetConn() net.Conn { return c.nc }

// deadline gives the server time to say something.
func (c *Conn) deadline() {
	switch {
	case c.opt.Timeout < 0:
	case c.opt.Timeout == 0:
		c.nc.SetDeadline(time.Now().Add(time.Minute))
	default:
		c.nc.SetDeadline(time.Now().Add(c.opt.Timeout))
	}
}

// Send sends a line as it is, with CRLF behind it, and returns the event. It doesn't wait for an
// answer: Receive reads that. A line that holds CR or LF is refused, because it would be two. When
// the network fails, Receive may still find the server's last words.
func (c *Conn) Send(line string) (Event, error) {
	for i := range len(line) {
		if line[i] == '\r' || line[i] == '\n' {
			return Event{}, errors.New("client: a line can't hold CR or LF: the server would read two commands (RFC 1939 section 3)")
		}
	}
	e := c.note(line)
	_, err := io.WriteString(c.nc, line+"\r\n")
	return e, err
}

// note tells the dialogue, and the observer, of a line that is about to be sent.
func (c *Conn) note(line string) Event {
	c.mu.Lock()
	e := c.d.Send(line)
	c.mu.Unlock()
	shown := e
	if c.opt.ShowSecrets && e.Masked {
		shown.Wire, shown.Masked = []byte(line+"\r\n"), false
	}
	c.observe(shown)
	return shown
}

func (c *Conn) observe(e Event) {
	if c.opt.Observe != nil {
		c.opt.Observe(Step{c.call, e})
	}
}

// Receive returns the next thing that the server said; see Dialogue.Next for the kinds. It waits
// for it, and sets no deadline: NetConn().SetReadDeadline does. After a KindTLS event nothing may
// be received until Handshake was called. A KindClose event is the last one; when its Err is set,
// so is the error, and the connection is closed.
func (c *Conn) Receive() (Event, error) { return c.receive(false) }

// receive is Receive; with renew the server is given time anew for each read.
func (c *Conn) receive(renew bool) (Event, error) {
	for {
		c.mu.Lock()
		e, ok := c.d.Next()
		c.mu.Unlock()
		if ok {
			c.judge(&e)
			c.odd |= e.Odd
			c.observe(e)
			if e.Kind == engine.KindClose {
				return e, c.ended(e.Err)
			}
			return e, nil
		}
		if c.err != nil {
			return Event{}, c.err
		}
		if renew {
			c.deadline()
		}
		n, err := c.d.fill(c.nc)
		if n == 0 && err != nil {
			if isTimeout(err) {
				return Event{}, c.wrap(err)
			}
			c.mu.Lock()
			c.d.Hangup(err)
			c.mu.Unlock()
		}
	}
}

// judge finds what is odd only in the light of earlier answers.
func (c *Conn) judge(e *Event) {
	switch {
	case e.Kind == engine.KindEnd && e.Verb == "RETR":
		if size, ok := c.sizes[e.Num]; ok && size != e.N {
			e.Odd |= OddSize
		}
	case e.Kind == engine.KindReply && e.Status == engine.OK && e.Verb == "UTF8":
		c.utf8 = true
	}
}

// isTimeout says whether err is a deadline that passed.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// ended closes the connection after the dialogue's end.
func (c *Conn) ended(err error) error {
	if err == nil {
		c.shut(ErrClosed)
		return nil
	}
	return c.fail(err)
}

// fail gives the connection up for good: every later call returns err.
func (c *Conn) fail(err error) error {
	c.shut(err)
	return err
}

func (c *Conn) shut(err error) {
	if c.err == nil {
		c.err = err
	}
	c.nc.Close()
}

// wrap makes sense of an error of the network's, and gives the connection up.
func (c *Conn) wrap(err error) error {
	if c.err != nil {
		return c.err
	}
	c.mu.Lock()
	command, lines := c.d.waitingFor(), c.d.lines
	c.mu.Unlock()
	var octets int64
	if lines != nil {
		octets = lines.octets
	}
	if isTimeout(err) {
		return c.fail(&TimeoutError{Command: command, Lines: lines != nil, Octets: octets, Err: err})
	}
	return c.fail(&HangupError{Command: command, Lines: lines != nil, Octets: octets, Err: unexpected(err)})
}

// Close closes the connection without QUIT: nothing that was marked is removed (RFC 1939 section
// 6). Calls under way on other goroutines fail.
func (c *Conn) Close() error { return c.nc.Close() }

// CloseWrite tells the server that nothing more will be sent; what it still has to say can be
// received. On a connection that can't do that it closes.
func (c *Conn) CloseWrite() error {
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.nc.Close()
}

// Cmd sends a command and returns the first line of its answer. A negative one is an error, a
// *ServerError, and so is a command that isn't valid now: it isn't sent. When the table says that
// lines follow, they have to be read, by Lines, before the next command.
func (c *Conn) Cmd(verb string, args ...string) (Reply, error) {
	defer c.during("Cmd")()
	if err := c.ready(); err != nil {
		return Reply{}, err
	}
	line, err := compose(c.State(), verb, args)
	if err != nil {
		return Reply{}, err
	}
	if err := c.allowed(engine.Verb(strings.ToUpper(verb))); err != nil {
		return Reply{}, err
	}
	return c.exchangeLine(line)
}

// allowed holds back what must not be sent without TLS.
//
// RFC 8314 section 5.2: below the minimum confidentiality that is required, a client "MUST NOT
// attempt to perform any operation other than capability discovery, or STARTTLS".
func (c *Conn) allowed(verb engine.Verb) error {
	if !c.opt.RequireTLS || c.tls {
		return nil
	}
	switch verb {
	case "CAPA", "STLS", "QUIT":
		return nil
	}
	return ErrTLSRequired
}

// ready says whether a command can be sent now.
func (c *Conn) ready() error {
	switch {
	case c.err != nil:
		return c.err
	case c.open != nil:
		return errors.New("client: the lines of " + c.open.command + " are still coming; read them to the end, or close them")
	}
	return c.inStep()
}

// inStep says whether every answer has been read. What lies there unread nobody asked for.
func (c *Conn) inStep() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.d.Pending() > 0 {
		c.odd |= OddUnasked
		return c.fail(ErrUnasked)
	}
	return nil
}

// exchangeLine sends a line and reads the first line of the answer.
func (c *Conn) exchangeLine(line string) (Reply, error) {
	if err := c.inStep(); err != nil {
		return Reply{}, err
	}
	c.deadline()
	e, err := c.Send(line)
	if err != nil && (isTimeout(err) || len(e.Wire) == 0) {
		return Reply{}, c.wrap(err)
	}
	// When the line couldn't be sent, the server's last words explain why.
	r, err := c.reply()
	if err != nil {
		return r, err
	}
	if r.Status == engine.Err {
		return r, &ServerError{Command: shownLine(e), Reply: r}
	}
	return r, nil
}

// shownLine is a sent line, secrets masked, as errors name it.
func shownLine(e Event) string {
	line := string(e.Wire[:len(e.Wire)-2])
	if !e.Masked {
		line, _ = masked(e.Before, readCommand(line), line)
	}
	return line
}

// reply reads the first line of the next answer.
func (c *Conn) reply() (Reply, error) {
	for {
		e, err := c.Receive()
		switch {
		case err != nil:
			return Reply{}, err
		case e.Kind == engine.KindReply:
			if e.Multi {
				c.open = &Lines{c: c, command: c.d.lines.cmd.line, call: c.call}
			}
			return e.Reply, nil
		case e.Kind == engine.KindClose:
			return Reply{}, c.fail(&HangupError{Err: io.ErrUnexpectedEOF})
		case e.Kind == engine.KindExtra:
			return Reply{}, c.fail(ErrUnasked)
		}
	}
}
