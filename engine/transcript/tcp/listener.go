package tcp

import (
	"net"
	"sync"
	"sync/atomic"
)

// A listener listens on loopback and keeps the server's ends of connections.
type listener struct {
	net.Listener
	accepted chan net.Conn
	barred   atomic.Bool // whether the next connection seems to come from elsewhere
	timed    bool        // whether connections are watched; see timed
}

// listen starts a goroutine that serves until the server closes.
func listen(timed bool, serve func(net.Listener) error) (*listener, error) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &listener{Listener: inner, accepted: make(chan net.Conn, 1), timed: timed}
	go serve(l)
	return l, nil
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	switch {
	case l.timed:
		t := &timed{Conn: c}
		t.changed.L = &t.mu
		l.accepted <- t
		return t, nil
	case l.barred.Load():
		c = elsewhere{c}
	}
	l.accepted <- c
	return c, nil
}

// elsewhere is a connection that seems to come from another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// timed is a server's end that knows whether the server waits for octets: the
// world's clock must not move while it's still busy with the last ones.
type timed struct {
	net.Conn
	mu      sync.Mutex
	changed sync.Cond
	waiting bool
	octets  int // read so far
	closed  bool
}

// Close marks the end: nobody need wait for the server any more.
func (t *timed) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.changed.Broadcast()
	return t.Conn.Close()
}

func (t *timed) Read(p []byte) (int, error) {
	t.set(true, 0)
	n, err := t.Conn.Read(p)
	t.set(false, n)
	return n, err
}

func (t *timed) set(waiting bool, octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = waiting
	t.octets += octets
	t.changed.Broadcast()
}

// settle returns when the server has read so many octets and waits for more, or has closed.
func (t *timed) settle(octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !t.closed && (!t.waiting || t.octets < octets) {
		t.changed.Wait()
	}
}
