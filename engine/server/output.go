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
	bulky  bool    // a message or a long list is being sent
}

// An output is a buffer of what is to be sent, and what writev wants.
type output struct {
	b    []byte
	vec  [2][]byte
	both net.Buffers
}

// Sizes of sending. What a connection holds while it sends is one buffer: a small one for replies,
// a large one while a message goes out, because each write costs as much as copying some ten
// thousand octets, and wakes the client.
const (
	smallOutput = 4 << 10
	largeOutput = 192 << 10
	flushAt     = 128 << 10 // a buffer this full is sent
	ownWrite    = 64 << 10  // octets of this number are sent from where they lie
	kernelCopy  = 64 << 10  // octets of this number in a file are left to the operating system
	chunk       = 32 << 10  // octets of this number are read at a time
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

// lend gives the session room in the buffer for the message it's about to send.
func (c *conn) lend() {
	o := c.room(ownWrite)
	c.sess.Lend(o.b[len(o.b):cap(o.b)])
}

// sendLent is send for octets that may lie in the buffer already.
func (c *conn) sendLent(p []byte) bool {
	o := c.out
	if o == nil || len(p) == 0 || len(o.b) == cap(o.b) || &p[0] != &o.b[:len(o.b)+1][len(o.b)] {
		return c.send(p)
	}
	o.b = o.b[:len(o.b)+len(p)]
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
	ok := false
	switch _, tcp := c.nc.(*net.TCPConn); {
	case c.srv.Protocol.Faults.Has(engine.FaultSplitEveryOctet):
		ok = c.writeApart(o.b) && c.writeApart(p)
	case tcp && len(o.b) > 0 && len(p) > 0:
		o.vec = [2][]byte{o.b, p}
		o.both = o.vec[:]
		ok = c.writeBoth(o)
	default:
		ok = c.writeOne(o.b) && c.writeOne(p)
	}
	o.b = o.b[:0]
	return ok
}

func (c *conn) writeOne(p []byte) bool {
	for len(p) > 0 {
		c.writeSoon()
		n, err := c.nc.Write(p)
		p = p[n:]
		if !c.wrote(int64(n), err) {
			return false
		}
	}
	return true
}

// writeBoth lets both parts leave in one write.
func (c *conn) writeBoth(o *output) bool {
	for len(o.both) > 0 {
		c.writeSoon()
		if n, err := o.both.WriteTo(c.nc); !c.wrote(n, err) {
			return false
		}
	}
	return true
}

// writeSoon sees to it that writing has a deadline at least WriteTimeout away. It's moved in large
// steps, because moving costs more than looking at the clock.
func (c *conn) writeSoon() {
	d := instant(orElse(c.srv.WriteTimeout, 5*time.Minute))
	if now := c.srv.now(); c.warmed < now+d {
		c.warmed = now + d + d/4
		c.raw.SetWriteDeadline(c.srv.at(c.warmed))
	}
}

// wrote counts n octets as sent. It says false when no more will be, and has ended the session then.
// A deadline that passed while some octets left is none: the client is slow, but reads. Inside TLS
// there is no such second chance, because a record may have left in part.
func (c *conn) wrote(n int64, err error) bool {
	c.tally.out += n
	if n > 0 && c.obs != nil {
		c.obs.Segment(time.Now(), Segment{Octets: int(n)})
	}
	late := timedOut(err)
	switch {
	case err == nil:
		return true
	case late && n > 0 && c.nc == c.raw:
		c.warmed = 0
		return true
	case late:
		if tcp, ok := c.raw.(*net.TCPConn); ok {
			tcp.SetLinger(0) // what it didn't read is thrown away
		}
		return c.abort("client doesn't read", err)
	}
	return c.abort("connection lost", err)
}

// copyBody sends N octets of the event's Body as they are: out of a file through the operating
// system, out of memory from where they lie, and otherwise through the buffer.
func (c *conn) copyBody(e *engine.Event) bool {
	if tcp, ok := c.nc.(*net.TCPConn); ok && !c.srv.Protocol.Faults.Has(engine.FaultSplitEveryOctet) {
		switch body := e.Body.(type) {
		case *os.File:
			if e.N >= kernelCopy {
				return c.flush() && c.copyFile(tcp, body, e.N)
			}
		case *bytes.Reader:
			if e.N > ownWrite && e.N == int64(body.Len()) {
				c.room(0)
				_, err := body.WriteTo(sender{c})
				return err == nil
			}
		}
	}
	for left := e.N; left > 0; {
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

// copyFile lets the operating system copy from the file to the network: *net.TCPConn does so when
// it reads from an *os.File.
func (c *conn) copyFile(tcp *net.TCPConn, file *os.File, left int64) bool {
	for left > 0 {
		c.writeSoon()
		n, err := io.CopyN(tcp, file, left)
		left -= n
		if errors.Is(err, io.EOF) {
			c.wrote(n, nil)
			c.sess.Short(io.ErrUnexpectedEOF)
			return true
		}
		if !c.wrote(n, err) {
			return false
		}
	}
	return true
}

// sender is a conn as an io.Writer.
type sender struct{ c *conn }

func (s sender) Write(p []byte) (int, error) {
	if !s.c.write(p) {
		return 0, errLost
	}
	return len(p), nil
}

var errLost = errors.New("server: connection lost")
