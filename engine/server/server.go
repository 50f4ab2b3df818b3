package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pop3lab/engine"
)

// A Server serves one Protocol on any number of listeners. Its fields are set before the first
// Serve and not changed afterwards; its methods may be called from many goroutines.
type Server struct {
	// Protocol says what is spoken. It's needed.
	Protocol *engine.Protocol
	// TLS has the certificates. Nil means no TLS: ServeTLS refuses to start, and so does Serve
	// when Protocol offers STLS. TLS 1.2 is the least that is spoken, whatever it says (RFC 8314
	// section 4). A certificate is asked of clients only when its ClientAuth says so.
	TLS *tls.Config
	// External returns the mailbox that a verified client certificate stands for, empty for none;
	// AUTH EXTERNAL opens it (RFC 2595 section 4). Nil means the first mail address among its
	// alternative names, or without one its common name.
	External func(*x509.Certificate) string
	// Log gets a line for each login, for each end of a session and for what went wrong. Nil
	// means no log.
	Log *slog.Logger
	// Host is the server's name in the greeting's timestamp. Empty means Protocol.Host.
	Host string
	// Cleartext allows logins that send the password as it is, without TLS, from other machines.
	// From this machine they are allowed anyway: over loopback, Unix sockets and net.Pipe.
	Cleartext bool

	// Idle is how long the server waits for a command. Zero means ten minutes, the least that RFC
	// 1939 section 3 allows. Then the session ends without UPDATE and, unless a persona says
	// otherwise, without a word.
	Idle time.Duration
	// LoginTime is how long a client may take from its connection to its login. Zero means half
	// an hour, or Idle if that is more; negative means no limit. Then the session ends as with
	// Idle.
	LoginTime time.Duration
	// HandshakeTime is how long a TLS handshake may take. Zero means half a minute. Then the
	// connection is closed.
	HandshakeTime time.Duration
	// WriteTimeout is how long a client may read nothing of what is sent to it. Zero means five
	// minutes. The connection is reset after that time at the earliest and three times that at
	// the latest, without UPDATE. A client that reads slowly is served to the end; inside TLS it
	// has to take a full buffer, which is 192 KiB, within WriteTimeout.
	WriteTimeout time.Duration

	// MaxConns is how many connections there may be at once. Zero means 12,000, negative means no
	// limit. One more gets a line with [SYS/TEMP] and is closed.
	MaxConns int
	// MaxConnsPerAddr is the same for each address; of IPv6 the first 64 bits count. Zero means
	// 2,000, so that a classroom behind one address gets in; negative means no limit.
	MaxConnsPerAddr int
	// FailDelay is how long the answer to a failed login waits. The second failure of a session,
	// or in short time of its address, waits twice as long, and so on up to five times. Zero
	// means that answers don't wait. Nobody else waits meanwhile.
	FailDelay time.Duration
	// MaxFailures is how many logins may fail in a session. Zero means twenty, negative means no
	// limit. With the answer to the last one the session ends.
	MaxFailures int

	// Clock tells the time by which idle limits and delays are counted. Nil means the system's. A
	// deadline that is set already rings by the system's clock all the same.
	Clock func() time.Time
	// Stamp returns the timestamp of a connection's greeting, different each time (RFC 1939
	// section 7, APOP). Nil means 64 random bits and the time.
	Stamp func() string

	// Observe is called at the beginning of each connection and returns who is told of all that
	// happens there, or nil for nobody. Nil means that nobody is ever told, and costs nothing.
	Observe func(Conn) Observer

	once     sync.Once
	base     time.Time // what instants count from
	tls      *tls.Config
	fails    failures
	ids      atomic.Uint64
	closing  atomic.Bool
	closed   chan struct{} // closed when closing begins
	refusals chan struct{} // a place for each refusal under way

	mu        sync.Mutex // guards what follows
	listeners map[net.Listener]bool
	conns     list
	count     int
	refused   map[net.Conn]bool // being turned away
	perAddr   map[netip.Addr]int
	empty     chan struct{} // closed when closing has begun and nobody is left
	turnedAway
}

// An instant is a time since Server.base.
type instant int64

func (s *Server) now() instant {
	if s.Clock != nil {
		return instant(s.Clock().Sub(s.base))
	}
	return instant(time.Since(s.base))
}

func (s *Server) at(t instant) time.Time { return s.base.Add(time.Duration(t)) }

// start makes the server ready. It's called by whatever comes first.
func (s *Server) start() {
	s.once.Do(func() {
		s.base = time.Now()
		if s.Clock != nil {
			s.base = s.Clock()
		}
		s.tls = tlsConfig(s.TLS)
		s.closed = make(chan struct{})
		s.refusals = make(chan struct{}, maxRefusals)
		s.listeners = make(map[net.Listener]bool)
		s.refused = make(map[net.Conn]bool)
		s.perAddr = make(map[netip.Addr]int)
		s.empty = make(chan struct{})
	})
}

// Serve lets clients in at l, in the clear, until l fails, Shutdown or Close; it closes l. It
// returns nil after Shutdown or Close.
func (s *Server) Serve(l net.Listener) error {
	if s.Protocol.Caps().Has(engine.CapSTLS) && s.TLS == nil {
		// RFC 8314 section 4: STLS isn't to be announced when it can't succeed.
		return errors.Join(errors.New("server: Protocol offers STLS, but there is no certificate; set TLS or leave STLS out"), l.Close())
	}
	return s.serve(l, false)
}

// ServeTLS is Serve for implicit TLS (RFC 8314 section 3.1): the handshake comes first.
func (s *Server) ServeTLS(l net.Listener) error {
	if s.TLS == nil {
		return errors.Join(errors.New("server: TLS without a certificate; set TLS"), l.Close())
	}
	return s.serve(l, true)
}

// Shutdown closes the listeners and ends every session: one that waits for a command at once, one
// that is sending when its reply is sent. No session enters UPDATE by it and nothing more is said.
// It returns when all connections are closed, or, after it has cut those that are left, when ctx
// ends, with ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	select {
	case <-s.empty:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), s.Close())
	}
}

// Close closes the listeners and cuts every connection, without UPDATE. It returns when all
// sessions have released their maildrops.
func (s *Server) Close() error {
	s.start()
	err := s.stop()
	s.mu.Lock()
	for c := s.conns.first; c != nil; c = c.next {
		c.raw.Close()
	}
	s.mu.Unlock()
	<-s.empty
	return err
}

// stop closes the listeners and wakes every session that waits.
func (s *Server) stop() error {
	s.start()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Swap(true) {
		return nil
	}
	close(s.closed)
	s.emptied()
	for nc := range s.refused {
		nc.Close()
	}
	var errs []error
	for l := range s.listeners {
		errs = append(errs, l.Close())
	}
	for c := s.conns.first; c != nil; c = c.next {
		c.raw.SetReadDeadline(past) // see conn.readBy
	}
	return errors.Join(errs...)
}

// A list links the connections that are open; it's guarded by Server.mu.
type list struct{ first *conn }

func (l *list) add(c *conn) {
	c.next = l.first
	if c.next != nil {
		c.next.prev = c
	}
	l.first = c
}

func (l *list) remove(c *conn) {
	if c.next != nil {
		c.next.prev = c.prev
	}
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	c.next, c.prev = nil, nil
}

// orElse is d, or other if d is zero.
func orElse[T int | time.Duration](d, other T) T {
	if d == 0 {
		return other
	}
	return d
}
