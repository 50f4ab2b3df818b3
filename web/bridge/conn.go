package bridge

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine/live"
)

// Sizes and times of a WebSocket.
const (
	maxMessage   = 64 << 10         // octets of a message that comes; a larger one is refused with 1009
	sentAtOnce   = 64 << 10         // octets of a message that goes
	pingEvery    = 30 * time.Second // keeps open what stands between
	aliveFor     = 75 * time.Second // without a sign of life
	goodbyeTime  = 2 * time.Second  // how long the other side may take to close too
	controlWrite = 5 * time.Second
)

// An addr is where a bridged connection comes from: where its HTTP request came from, so that the POP3 server's
// limits and its rule about passwords in the clear hold here as on its port.
type addr struct {
	network string
	where   string
	stream  *live.Stream // whose it is; nil for nobody's yet
	device  string
	cut     func()
}

// Network implements net.Addr.
func (a *addr) Network() string { return a.network }

// String implements net.Addr.
func (a *addr) String() string { return a.where }

// Trace implements live.Traced.
func (a *addr) Trace() (*live.Stream, string) { return a.stream, a.device }

// Cut implements live.Severed.
func (a *addr) Cut() { a.cut() }

// A conn is a WebSocket as the connection that the POP3 server serves. What is written leaves as binary messages.
type conn struct {
	inbox
	ws     *websocket.Conn
	remote *addr
	local  net.Addr
	left   func() // is called when all is over

	until  atomic.Int64 // the deadline of writing, in nanoseconds since 1970
	pumped chan struct{}
	ping   *time.Timer
	going  *atomic.Bool // the whole server is shutting down
	said   sync.Once    // a Close message
	ended  sync.Once
}

// pump brings the messages to the inbox. The goroutine that calls it is started by Bridge.bridge; it ends when the
// WebSocket does. It alone reads from the WebSocket.
func (c *conn) pump() {
	defer close(c.pumped)
	c.ws.SetReadLimit(maxMessage)
	c.ws.SetPongHandler(func(string) error { return c.ws.SetReadDeadline(time.Now().Add(aliveFor)) })
	var p [2 << 10]byte
	ended := false
	for {
		c.ws.SetReadDeadline(time.Now().Add(aliveFor))
		kind, r, err := c.ws.NextReader()
		if err != nil {
			c.end(endOf(err))
			return
		}
		if kind != websocket.BinaryMessage {
			c.refuse(websocket.CloseUnsupportedData, "POP3 octets come in binary messages, not in text")
			return
		}
		for empty := true; ; {
			n, err := r.Read(p[:])
			if n > 0 {
				empty = false
				if ended {
					c.refuse(websocket.ClosePolicyViolation, "octets came behind the empty message, which was the end")
					return
				}
				c.put(p[:n])
				c.ws.SetReadDeadline(time.Now().Add(aliveFor)) // put may have waited
			}
			if err == io.EOF {
				if empty && !ended {
					ended = true
					c.end(io.EOF)
				}
				break
			}
			if err != nil {
				c.end(endOf(err))
				return
			}
		}
	}
}

// endOf is what the end of a WebSocket is to the session: a proper one is the client's leaving.
func endOf(err error) error {
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		return io.EOF
	}
	return err
}

// refuse closes because of what the client did.
func (c *conn) refuse(code int, why string) {
	c.say(code, why)
	c.end(errors.New(why))
}

// say sends a Close message, once.
func (c *conn) say(code int, why string) {
	c.said.Do(func() {
		c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(goodbyeTime))
	})
}

// Write implements net.Conn. When it fails the WebSocket is beyond use.
func (c *conn) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), sentAtOnce)]
		var by time.Time
		if until := c.until.Load(); until > 0 {
			by = time.Unix(0, until)
		}
		c.ws.SetWriteDeadline(by)
		if err := c.ws.WriteMessage(websocket.BinaryMessage, part); err != nil {
			return n, err
		}
		n += len(part)
		p = p[len(part):]
	}
	return n, nil
}

// CloseWrite says that the server has said its last word: a WebSocket closes both ways at once, and what the client
// still says is read until it closes too.
func (c *conn) CloseWrite() error {
	c.say(c.code())
	return nil
}

func (c *conn) code() (int, string) {
	if c.going.Load() {
		return websocket.CloseGoingAway, "the server shuts down"
	}
	return websocket.CloseNormalClosure, ""
}

// Close implements net.Conn. It doesn't wait: a goroutine of its own says goodbye, in at most twice goodbyeTime.
func (c *conn) Close() error {
	c.ended.Do(func() {
		c.inbox.close()
		go func() {
			c.say(c.code())
			select {
			case <-c.pumped:
			case <-time.After(goodbyeTime):
			}
			c.over()
		}()
	})
	return nil
}

// Cut is Close without a goodbye, as if the network had lost the connection.
func (c *conn) Cut() {
	c.ended.Do(func() {
		c.inbox.close()
		c.over()
	})
}

func (c *conn) over() {
	c.ping.Stop()
	c.ws.Close()
	c.left()
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetWriteDeadline implements net.Conn. It holds for writes that begin afterwards.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.until.Store(0)
	} else {
		c.until.Store(t.UnixNano())
	}
	return nil
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.SetWriteDeadline(t)
	return c.SetReadDeadline(t)
}

// A posted is a connection without a WebSocket: a page posts what it sends, and sees in the steps what is answered.
type posted struct {
	inbox
	remote *addr
	local  net.Addr
	left   func()
	ended  sync.Once
}

// Write implements net.Conn: the steps have the octets.
func (c *posted) Write(p []byte) (int, error) { return len(p), nil }

// Close implements net.Conn.
func (c *posted) Close() error {
	c.ended.Do(func() {
		c.inbox.close()
		c.left()
	})
	return nil
}

// LocalAddr implements net.Conn.
func (c *posted) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *posted) RemoteAddr() net.Addr { return c.remote }

// SetWriteDeadline implements net.Conn: nothing is ever waited for.
func (c *posted) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.Conn.
func (c *posted) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// A listener hands bridged connections to the POP3 server.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// hand gives a connection to the server; it says false when the server is gone.
func (l *listener) hand(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.closed:
		return false
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return &addr{network: "bridge", where: "bridge"} }
