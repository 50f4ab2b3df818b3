package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"pop3lab/engine"
)

// A writer is the half of a conn that sends. Small replies gather in a buffer and leave together;
// between commands there is no buffer.
type writer struct {
	out    *output
	warmed instant // the deadline of writing that is set
}

// An output is a buffer of what is to be sent.
type output struct {
	b    []byte
	vec  [2][]byte
	bufs net.Buffers
}

// Sizes of sending.
const (
	outputSize = 64 << 10
	flushAt    = 32 << 10 // a buffer this full is sent
	ownWrite   = 8 << 10  // octets of this number are sent from where they lie
	kernelCopy = 48 << 10 // octets of this number in a file are left to the operating system
	bodySlice  = 1 << 20  // as many of them as have to leave within WriteTimeout
)

var outputs = sync.Pool{New: func() any { return &output{b: make([]byte, 0, outputSize)} }}

// buffer returns the buffer, with room for n more octets, of which there are at most flushAt.
func (c *conn) buffer() *output {
	if c.out == nil {
		c.out = outputs.Get().(*output)
	}
	return c.out
}

// send sends p sooner or later; p is the caller's again at once. It says false when the connection
// is beyond use, and has ended the session then.
func (c *conn) send(p []byte) bool {
	o := c.buffer()
	if len(p) >= ownWrite {
		return c.write(p)
	}
	o.b = append(o.b, p...)
	return len(o.b) < flushAt || c.flush()
}

// flush sends what has gathered.
func (c *conn) flush() bool {
	if c.out == nil {
		return true
	}
	if len(c.out.b) > 0 && !c.write(nil) {
		return false
	}
	if cap(c.out.b) == outputSize {
		outputs.Put(c.out)
	}
	c.out = nil
	return true
}

// write sends what has gathered, and p behind it.
func (c *conn) write(p []byte) bool {
	o := c.out
	if c.srv.Protocol.Faults.Has(engine.FaultSplitEveryOctet) {
		gathered := o.b
		o.b = o.b[:0]
		return c.writeApart(gathered) && c.writeApart(p)
	}
	c.writeSoon()
	_, tcp := c.nc.(*net.TCPConn)
	var n int64
	var err error
	switch {
	case len(o.b) == 0:
		var m int
		m, err = c.nc.Write(p)
		n = int64(m)
	case len(p) == 0:
		var m int
		m, err = c.nc.Write(o.b)
		n = int64(m)
	case tcp:
		o.vec = [2][]byte{o.b, p}
		o.bufs = o.vec[:]
		n, err = o.bufs.WriteTo(c.nc)
		o.vec = [2][]byte{}
	default:
		var m int
		o.b = append(o.b, p...)
		m, err = c.nc.Write(o.b)
		n = int64(m)
	}
	o.b = o.b[:0]
	return c.wrote(n, err)
}

// wrote counts n octets as sent, and ends the session if they weren't all.
func (c *conn) wrote(n int64, err error) bool {
	c.tally.out += n
	if n > 0 && c.obs != nil {
		c.obs.Segment(time.Now(), Segment{Octets: int(n)})
	}
	if err == nil {
		return true
	}
	c.out = nil
	if timedOut(err) {
		if tcp, ok := c.raw.(*net.TCPConn); ok {
			tcp.SetLinger(0) // what it didn't read is thrown away
		}
		return c.abort("client doesn't read", err)
	}
	return c.abort("connection lost", err)
}

// writeSoon sees to it that writing has a deadline at least WriteTimeout away. It's moved in large
// steps, because moving costs more than looking at the clock.
func (c *conn) writeSoon() {
	d := instant(orElse(c.srv.WriteTimeout, 5*time.Minute))
	if now := c.srv.now(); c.warmed < now+d {
		c.warmed = now + d + d/2
		c.raw.SetWriteDeadline(c.srv.at(c.warmed))
	}
}

// copyBody sends N octets of the event's Body as they are.
func (c *conn) copyBody(e *engine.Event) bool {
	file, isFile := e.Body.(*os.File)
	tcp, isTCP := c.nc.(*net.TCPConn)
	left := e.N
	if isFile && isTCP && left >= kernelCopy && !c.srv.Protocol.Faults.Has(engine.FaultSplitEveryOctet) {
		if !c.flush() {
			return false
		}
		for left > 0 {
			c.writeSoon()
			n, err := io.CopyN(tcp, file, min(left, bodySlice))
			left -= n
			if err != nil && !errors.Is(err, io.EOF) {
				return c.wrote(n, err)
			}
			c.wrote(n, nil)
			if err != nil {
				c.sess.Short(io.ErrUnexpectedEOF)
				return true
			}
		}
		return true
	}
	if r, ok := e.Body.(*bytes.Reader); ok && left == int64(r.Len()) && left >= ownWrite {
		c.buffer()
		_, err := r.WriteTo(sender{c})
		return err == nil
	}
	for left > 0 {
		o := c.buffer()
		have := len(o.b)
		want := int(min(left, int64(cap(o.b)-have)))
		n, err := io.ReadFull(e.Body, o.b[have:have+want])
		o.b = o.b[:have+n]
		left -= int64(n)
		if err != nil {
			c.sess.Short(err)
			return true
		}
		if len(o.b) >= flushAt && !c.flush() {
			return false
		}
	}
	return true
}

// sender is a conn as an io.Writer.
type sender struct{ c *conn }

func (s sender) Write(p []byte) (int, error) {
	for n := 0; n < len(p); n += bodySlice {
		if !s.c.write(p[n:min(n+bodySlice, len(p))]) {
			return n, errGone
		}
	}
	return len(p), nil
}

var errGone = errors.New("server: connection lost")
