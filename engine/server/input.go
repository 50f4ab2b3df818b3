package server

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"pop3lab/engine"
)

// A reader is the half of a conn that waits for octets. While it waits it holds no buffer: with
// ten thousand clients that say nothing, buffers would be most of the memory.
type reader struct {
	rc    syscall.RawConn // of a plain TCP connection on a system where it can be read from
	try   func(fd uintptr) bool
	n     int     // what try read
	rerr  error   // and what it failed with
	buf   []byte  // without rc
	last  instant // when the last command had been answered
	since instant // when waiting began
	armed instant // the deadline that is set
	still bool    // the client has been quiet since quietTime at least
	eof   bool
}

// An input is what is read at a time.
type input [32 << 10]byte

var inputs = sync.Pool{New: func() any { return new(input) }}

// smallInput is what a connection that can't be waited for without a buffer reads at a time.
const smallInput = 2 << 10

// What came of waiting.
type outcome uint8

const (
	ready outcome = iota // octets were fed, or the session was told that none will come
	quiet                // nothing, for quietTime: time to tidy up
)

// quietTime is how long a client says nothing before its goroutine makes itself small.
const quietTime = 100 * time.Millisecond

// wait waits for octets and feeds them, or tells the session that none will come.
//
// RFC 1939 section 3: "The receipt of any command from the client during that interval should
// suffice to reset the autologout timer." Any command: octets that make no line don't.
func (c *conn) wait() outcome {
	c.since = c.srv.now()
	if c.commanded {
		c.commanded = false
		c.last = c.since
	}
	for {
		// A deadline that is earlier than need be is left as it is: moving it with each command
		// would cost more than finding out, when it has passed, that it was too early.
		if next := c.wake(); c.armed == 0 || c.armed > next {
			c.readBy(next)
		}
		n, err := c.read()
		if n > 0 {
			c.still = false
			c.tally.in += int64(n)
			if c.obs != nil {
				c.obs.Segment(time.Now(), Segment{In: true, Octets: n})
			}
			return ready
		}
		switch {
		case err == nil:
		case c.srv.closing.Load():
			c.abort("shutdown", nil)
			return ready
		case timedOut(err):
			c.armed = 0
			now := c.srv.now()
			if now >= c.deadline() {
				c.sess.Expire()
				return ready
			}
			if !c.still && now >= c.wake() {
				c.still = true
				return quiet
			}
		case errors.Is(err, io.EOF):
			c.eof = true
			c.sess.Hangup()
			return ready
		default:
			c.eof = true
			c.why, c.err = "connection lost", err
			c.sess.Hangup()
			return ready
		}
	}
}

// wake is when waiting has to end, whether something came or not.
func (c *conn) wake() instant {
	if c.still {
		return c.deadline()
	}
	return min(c.deadline(), c.since+instant(quietTime))
}

// deadline is when the client has to have said something.
func (c *conn) deadline() instant {
	s := c.srv
	idle := orElse(s.Idle, 10*time.Minute)
	if s.Protocol.Faults.Has(engine.FaultIdleShort) {
		idle = min(idle, shortIdle)
	}
	until := c.last + instant(idle)
	if c.sess.State() == engine.Transaction || s.LoginTime < 0 {
		return until
	}
	login := orElse(s.LoginTime, max(30*time.Minute, idle))
	return min(until, c.begun+instant(login))
}

// readBy sets the deadline of reading. Server.stop sets one in the past, once, after it has set
// closing: whichever of the two comes last, reading ends.
func (c *conn) readBy(t instant) {
	c.armed = t
	c.raw.SetReadDeadline(c.srv.at(t))
	if c.srv.closing.Load() {
		c.raw.SetReadDeadline(past)
	}
}

// read reads once, and feeds what came.
func (c *conn) read() (int, error) {
	if c.try == nil && c.buf == nil {
		c.chooseReader()
	}
	if c.rc != nil {
		c.n, c.rerr = 0, nil
		if err := c.rc.Read(c.try); err != nil {
			return 0, err
		}
		return c.n, c.rerr
	}
	n, err := c.nc.Read(c.buf)
	c.sess.Feed(c.buf[:n])
	return n, err
}

// chooseReader finds out how nc is read from: now, and after TLS has begun.
func (c *conn) chooseReader() {
	if tcp, ok := c.nc.(*net.TCPConn); ok && readable {
		if rc, err := tcp.SyscallConn(); err == nil {
			c.rc, c.try = rc, c.tryRead
			return
		}
	}
	c.rc, c.buf = nil, make([]byte, smallInput)
}

// tryRead reads if there is something; it says false when there is nothing yet.
func (c *conn) tryRead(fd uintptr) bool {
	in := inputs.Get().(*input)
	n, err := readFD(fd, in[:])
	if err == syscall.EAGAIN {
		inputs.Put(in)
		return false
	}
	if n > 0 {
		c.sess.Feed(in[:n])
		c.n = n
	} else if err == nil {
		c.rerr = io.EOF
	} else {
		c.rerr = err
	}
	inputs.Put(in)
	return true
}
