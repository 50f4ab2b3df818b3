package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sasl/binding"
)

// A conn is one connection. It belongs to the goroutine of serve, but for its links, and for the
// deadlines and the closing of raw, which Server.stop and Server.Close may come to as well.
type conn struct {
	srv        *Server
	raw        net.Conn // what was accepted
	nc         net.Conn // what octets go through: raw, later perhaps TLS over it
	addr       netip.Addr
	next, prev *conn // guarded by Server.mu

	sess *engine.Session
	id   string
	obs  Observer
	reader
	writer

	begun              instant
	tally              tally
	retrieved, removed int
	lingers            bool   // the client may still be speaking
	moved              bool   // another goroutine is to go on
	commanded          bool   // a command came since the clock was last looked at
	user               string // whose maildrop was opened
	named              string // whom the last USER named
	mechanism          string // of the last AUTH, while its exchange goes on
	why                string
	err                error
}

// A tally counts the octets of a connection, inside TLS if there is TLS.
type tally struct {
	in, out int64
	lines   int64 // of in: those of lines that were carried out
}

// serve is the life of a connection.
//
// There is one goroutine for it at a time, started by Server.admit and ended by the end of the
// session, whose causes are QUIT, the client's leaving, the clocks of input.go and output.go, and
// Server.stop. It owns the connection, the session and through it the maildrop's lock. When the
// client has been quiet for a while a new goroutine takes its place: a stack stays as large as its
// deepest work was, and with ten thousand quiet clients that would be most of the memory.
//
// A panic ends this session and no other: the lock is released and the connection closed.
func (c *conn) serve(secure bool) {
	s := c.srv
	c.begun = s.now()
	c.id = strconv.FormatUint(s.ids.Add(1), 10)
	defer c.end()
	if c.begin(secure) && c.turn() {
		c.converse()
	}
}

// resume is serve on another goroutine.
func (c *conn) resume() {
	defer c.end()
	c.converse()
}

// converse goes round until the end: wait for octets, do all there is to do, send it. It may leave
// the connection to another goroutine instead.
func (c *conn) converse() {
	for {
		if c.wait() == quiet {
			c.moved = true
			return
		}
		if !c.turn() {
			return
		}
	}
}

// end is the last thing that a connection's goroutine does.
func (c *conn) end() {
	if c.moved {
		c.moved = false
		go c.resume()
		return
	}
	if r := recover(); r != nil {
		c.abort("panic", fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
	}
	defer c.srv.leave(c)
	c.close()
}

// begin makes the session.
func (c *conn) begin(secure bool) bool {
	s := c.srv
	if secure && !c.handshake() {
		return false
	}
	peer := engine.Peer{ID: c.id, Stamp: s.stamp(), Secure: secure, Cleartext: s.Cleartext || local(c.raw.RemoteAddr()),
		Direct: s.Observe == nil} // who observes sees every line
	if secure {
		t := c.nc.(*tls.Conn)
		peer.External, peer.Binding = s.external(t), binding.OfTLS(t.ConnectionState())
	}
	c.sess = s.Protocol.NewSession(peer)
	c.observe(secure)
	c.last = s.now()
	if s.Protocol.Faults.Has(engine.FaultGreetingDelayed) {
		s.sleep(greetingDelay)
	}
	return true
}

// local says whether octets from there cross no network. What isn't known to be local isn't.
func local(a net.Addr) bool {
	switch a.Network() {
	case "unix", "unixpacket", "pipe":
		return true
	}
	return addrOf(a).IsLoopback()
}

// turn does all there is to do and sends it; it says false when the session is over.
func (c *conn) turn() bool {
	for {
		if c.bulky {
			c.lend()
		}
		e, ok := c.sess.Next()
		if !ok {
			return c.sess.State() != engine.Closed && c.flush()
		}
		if !c.happened(&e) {
			return false
		}
	}
}

// happened does what an event asks for; it says false when the session is over.
func (c *conn) happened(e *engine.Event) bool {
	if c.obs != nil {
		c.obs.Event(time.Now(), *e)
	}
	switch e.Kind {
	case engine.KindLine:
		c.commanded = true
		c.tally.lines += e.N
		c.named = ""
		c.noteMechanism(e)
		if e.Before == engine.AuthorizationUser {
			c.named = c.sess.User()
		}
		if c.srv.closing.Load() {
			return c.flush() && c.abort("shutdown", nil)
		}
	case engine.KindReply:
		c.bulky = e.Multi && e.N > smallOutput
		return c.reply(e)
	case engine.KindData:
		return c.sendLent(e.Wire)
	case engine.KindExtra:
		return c.send(e.Wire)
	case engine.KindBody:
		return c.copyBody(e)
	case engine.KindEnd:
		c.bulky = false
		if e.Verb == "RETR" {
			c.retrieved++
		}
		return c.send(e.Wire)
	case engine.KindTLS:
		return c.beginTLS()
	case engine.KindClose:
		c.closed(e)
		return false
	}
	return true
}

// reply sends the first line of a reply.
func (c *conn) reply(e *engine.Event) bool {
	switch {
	case e.Failures > 0:
		return c.refuseLogin(e)
	case e.Err != nil:
		c.commandFailed(e)
	case e.After == engine.Transaction && e.Before != engine.Transaction:
		sent := c.send(e.Wire) && c.flush() // the client needn't wait for the log
		c.loggedIn(e)
		return sent
	case e.Verb == engine.Commit:
		c.removed = len(e.Removed)
	}
	return c.send(e.Wire)
}

// closed notes why the session ended by itself, and sends what there is to send.
func (c *conn) closed(e *engine.Event) {
	if c.why == "" {
		c.why = endOf(e)
	}
	if e.Err != nil && c.err == nil {
		c.err = e.Err
	}
	c.lingers = c.flush() && !c.eof && c.unheard()
}

// unheard says whether the client said, or inside TLS is about to say, more than the session has
// heard. If it did, a simple close would make the system reset the connection, and the client
// might lose the last reply.
func (c *conn) unheard() bool {
	if c.rc == nil || c.tally.lines < c.tally.in {
		return true
	}
	more := false
	c.rc.Read(func(fd uintptr) bool {
		more = peekFD(fd)
		return true
	})
	return more
}

// close tells of the end and closes the connection, inside TLS with TLS's own goodbye first (RFC
// 8314 section 3.4).
func (c *conn) close() {
	defer func() {
		if r := recover(); r != nil { // an Observer's, or the log's
			c.abort("panic", fmt.Errorf("panic: %v", r))
		}
	}()
	defer c.raw.Close()
	if c.obs != nil {
		c.obs.Closed(time.Now(), c.why, c.err)
	}
	if !c.lingers {
		c.nc.Close() // the client needn't wait for the log
	}
	c.ended()
	if c.lingers {
		linger(c.nc)
		c.nc.Close()
	}
}

// abort ends the session without another word, and without UPDATE. It always returns false.
func (c *conn) abort(why string, err error) bool {
	if c.why == "" {
		c.why, c.err = why, err
	}
	if c.sess != nil {
		defer func() {
			if r := recover(); r != nil {
				c.record(slog.LevelError, "panic while a session ended", slog.Any("panic", r))
			}
		}()
		c.sess.Abort()
	}
	return false
}

// Bounds of linger.
const (
	lingerTime   = 2 * time.Second
	lingerOctets = 1 << 20
)

// linger closes the sending half and reads what the client still has to say, within bounds.
func linger(nc net.Conn) {
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	raw := nc
	if t, ok := nc.(*tls.Conn); ok {
		raw = t.NetConn() // what comes needn't be deciphered
		if half, ok := raw.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
			return
		}
	}
	raw.SetReadDeadline(time.Now().Add(lingerTime))
	buf := inputs.Get().(*input)
	defer inputs.Put(buf)
	for total := 0; total < lingerOctets; {
		n, err := raw.Read(buf[:])
		total += n
		if err != nil {
			return
		}
	}
}

// past is a deadline that wakes whoever reads.
var past = time.Unix(1, 0)

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
