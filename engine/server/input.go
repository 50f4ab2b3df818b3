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
	last  instant // the last sign of life
	armed instant // the deadline that is set
	eof   bool
}

// An input is what is read at a time.
type input [32 << 10]byte

var inputs = sync.Pool{New: func() any { return new(input) }}

// smallInput is what a connection that can't be waited for without a buffer reads at a time.
const smallInput = 2 << 10

// wait waits for octets and feeds them, or tells the session that none will come.
//
// RFC 1939 section 3: "The receipt of any command from the client during that interval should
// suffice to reset the autologout timer." Any command: octets that make no line don't.
func (c *conn) wait() {
	if c.commanded {
		c.commanded = false
		c.last = c.srv.now()
	}
	for {
		until := c.deadline()
		if c.armed == 0 {
			c.readBy(until)
		}
		n, err := c.read()
		if n > 0 {
			c.tally.in += int64(n)
			if c.obs != nil {
				c.obs.Segment(time.Now(), Segment{In: true, Octets: n})
			}
			return
		}
		switch {
		case err == nil:
		case c.srv.closing.Load():
			c.abort("shutdown", nil)
			return
		case timedOut(err):
			// The deadline may be one from before the last command: moving it with each one
			// would cost more than looking at the clock now.
			c.armed = 0
			if c.srv.now() >= c.deadline() {
				c.sess.Expire()
				return
			}
		case errors.Is(err, io.EOF):
			c.eof = true
			c.sess.Hangup()
			return
		default:
			c.eof = true
			c.why, c.err = "connection lost", err
			c.sess.Hangup()
			return
		}
	}
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
