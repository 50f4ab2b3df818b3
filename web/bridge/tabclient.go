package bridge

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
)

// A client is a connection to a page that is a server. Two goroutines belong to it: one reads from the connection, one
// writes to it. run starts both, and returns when both have ended.
type client struct {
	tab    *tab
	nc     net.Conn
	number uint16

	mu     sync.Mutex
	moved  sync.Cond
	credit int    // octets that may be read before the page confirms some
	out    []byte // what waits to be written
	unsent int    // of what the page sent, out included: what it wasn't told of yet
	more   bool   // the rest of an answer is to come
	last   string // said at the end, when no answer is under way
	ended  bool   // nothing is written behind out
	hurry  bool   // the page is gone
	gone   bool
}

func (c *client) run() {
	c.tab.send('o', c.number, []byte(c.nc.RemoteAddr().String()))
	written := make(chan struct{})
	go func() { // ends when the connection is over
		defer close(written)
		c.write()
	}()
	c.read()
	<-written
	c.nc.Close()
	c.tab.mu.Lock()
	delete(c.tab.clients, c.number)
	c.tab.mu.Unlock()
	c.tab.send('g', c.number, nil)
}

// read brings the page what the client says, no more than it has room for.
func (c *client) read() {
	var p [tabPiece]byte
	for {
		c.mu.Lock()
		for c.credit == 0 && !c.gone && !c.ended {
			c.moved.Wait()
		}
		n := min(c.credit, len(p))
		deaf := c.gone || c.ended
		c.mu.Unlock()
		if deaf {
			break
		}
		n, err := c.nc.Read(p[:n])
		if n > 0 {
			c.mu.Lock()
			c.credit -= n
			c.mu.Unlock()
			c.tab.send('d', c.number, p[:n])
		}
		if err == io.EOF {
			c.tab.send('e', c.number, nil)
			return
		}
		if err != nil {
			c.lost()
			return
		}
	}
	// The page says no more. What the client still says is thrown away, for a while: a connection that is closed with
	// octets unread is reset, and a reset may overtake the last words.
	c.nc.SetReadDeadline(time.Now().Add(tabPatience))
	io.Copy(io.Discard, c.nc)
}

// write brings the client what the page says, until the page has said all or the client is gone.
func (c *client) write() {
	for {
		c.mu.Lock()
		for len(c.out) == 0 && !c.ended && !c.gone {
			c.moved.Wait()
		}
		p, gone, patience := c.out, c.gone, tabSlow
		if c.hurry {
			patience = tabPatience
		}
		c.out = nil
		if len(p) == 0 && c.last != "" {
			p, c.last = []byte("-ERR [SYS/TEMP] "+c.last+"\r\n"), ""
		}
		c.mu.Unlock()
		if gone || len(p) == 0 {
			break
		}
		c.nc.SetWriteDeadline(time.Now().Add(patience))
		if _, err := c.nc.Write(p); err != nil {
			c.lost()
			break
		}
		c.mu.Lock()
		n := min(len(p), c.unsent) // the last words aren't the page's
		c.unsent -= n
		c.mu.Unlock()
		c.tab.send('a', c.number, binary.BigEndian.AppendUint32(nil, uint32(n)))
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		c.nc.Close()
	}
	c.nc.SetReadDeadline(time.Now().Add(tabPatience))
}

// put takes octets for the client. It says false when they are more than the page may send.
func (c *client) put(p []byte, more bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unsent+len(p) > tabWindow {
		return false
	}
	if c.ended || c.gone {
		return true
	}
	c.unsent += len(p)
	c.out = append(c.out, p...)
	c.more = more
	c.moved.Broadcast()
	return true
}

// finish closes the connection behind what was said, and a last sentence. In the midst of an answer there is none: the
// client would take it for part of a message, so it sees that the connection broke.
func (c *client) finish(last string) {
	c.mu.Lock()
	c.hurry = c.hurry || last != ""
	cut := last != "" && c.more
	if !c.ended {
		c.ended = true
		c.last = last
	}
	c.moved.Broadcast()
	c.mu.Unlock()
	if cut {
		c.cut()
		return
	}
	if last != "" {
		c.nc.SetDeadline(time.Now().Add(tabPatience))
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(tabSlow))
}

// cut ends the connection without a goodbye.
func (c *client) cut() {
	switch nc := c.nc.(type) {
	case *net.TCPConn:
		nc.SetLinger(0)
	case *conn:
		nc.Cut()
	}
	c.lost()
}

// lost makes both goroutines end.
func (c *client) lost() {
	c.mu.Lock()
	c.gone = true
	c.moved.Broadcast()
	c.mu.Unlock()
	c.nc.Close()
}

// confirmed gives back what the page has used. It says false when that is more than it got.
func (c *client) confirmed(n uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int64(n) > int64(tabWindow-c.credit) {
		return false
	}
	c.credit += int(n)
	c.moved.Broadcast()
	return true
}

// farewell tells a client in the place of a greeting why there is none.
func farewell(nc net.Conn, why string) {
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(tabPatience))
	if _, err := io.WriteString(nc, "-ERR [SYS/TEMP] "+why+"\r\n"); err != nil {
		return
	}
	if half, ok := nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		io.Copy(io.Discard, nc)
	}
}
