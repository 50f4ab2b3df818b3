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

// An output is a buffer of what is to be sent, and the list that writev wants.
type output struct {
	b    []byte
	vec  [2][]byte
	bufs net.Buffers
}

// Sizes of sending. What a connection holds while it sends is one buffer: a small one for replies,
// a large one while a message goes out, because each write costs as much as copying some ten
// thousand octets, and wakes the client.
const (
	smallOutput = 4 << 10
	largeOutput = 160 << 10
	flushAt     = 128 << 10 // a buffer this full is sent
	ownWrite    = 64 << 10  // octets of this number are sent from where they lie
	kernelCopy  = 96 << 10  // octets of this number in a file are left to the operating system
	chunk       = 32 << 10  // octets of this number are read at a time
	bodySlice   = 1 << 20   // as many of them as have to leave within WriteTimeout
)

var (
	smallOutputs = sync.Pool{New: func() any { return &output{b: make([]byte, 0, smallOutput)} }}
	largeOutputs = sync.Pool{New: func() any { return &output{b: make([]byte, 0, largeOutput)} }}
)

// room returns the buffer, with room for n octets, which are at most ownWrite.
func (c *conn) room(n int) *output {
	o := c.out
	switch {
	case o == nil && n <= smallOutput:
		o = smallOutputs.Get().(*output)
	case o == nil:
		o = largeOutputs.Get().(*output)
	case len(o.b)+n > cap(o.b): // it's a small one: a large one is sent before it's that full
		o = largeOutputs.Get().(*output)
		o.b = append(o.b, c.out.b...)
		c.out.giveBack()
	}
	c.out = o
	return o
}

func (o *output) giveBack() {
	o.b = o.b[:0]
	if cap(o.b) == smallOutput {
		smallOutputs.Put(o)
	} else {
		largeOutputs.Put(o)
	}
}

// send sends p sooner or later; p is the caller's again at once. It says false when the connection
// is beyond use, and has ended the session then.
func (c *conn) send(p []byte) bool {
	if len(p) > ownWrite {
		c.room(0)
		return c.write(p)
	}
	o := c.room(len(p))
	o.b = append(o.b, p...)
	return len(o.b) < flushAt || c.write(nil)
}

// flush sends what has gathered and lets go of the buffer.
func (c *conn) flush() bool {
	if c.out == nil {
		return true
	}
	if len(c.out.b) > 0 && !c.write(nil) {
		return false
	}
	c.out.giveBack()
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
		m, err = c.nc.Write(o.b)
		n = int64(m)
		if err == nil {
			m, err = c.nc.Write(p)
			n += int64(m)
		}
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
	if r, ok := e.Body.(*bytes.Reader); ok && left == int64(r.Len()) && left > ownWrite {
		c.room(0)
		_, err := r.WriteTo(sender{c})
		return err == nil
	}
	for left > 0 {
		want := int(min(left, chunk))
		o := c.room(want)
		have := len(o.b)
		n, err := io.ReadFull(e.Body, o.b[have:have+want])
		o.b = o.b[:have+n]
		left -= int64(n)
		if err != nil {
			c.sess.Short(err)
			return true
		}
		if len(o.b) >= flushAt && !c.write(nil) {
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
