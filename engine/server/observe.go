package server

import (
	"net"
	"time"

	"pop3lab/engine"
)

// An Observer is told of everything that happens on one connection, in order, by the connection's
// own goroutine: what it does with it delays the client.
type Observer interface {
	// Event tells what happened in the session. What the event points to is valid until Event
	// returns; keep a copy of Wire. Replies gather before they leave, so that a Segment may carry
	// several.
	Event(at time.Time, e engine.Event)
	// Segment tells that octets came in one read or were given to the network in one write.
	// Inside TLS they are counted as they are before it.
	Segment(at time.Time, s Segment)
	// Closed is told last, once: why the connection ended, in an operator's words, and what went
	// wrong if something did.
	Closed(at time.Time, why string, err error)
}

// A Segment is the octets of one read or write. It doesn't hold them: they may be secret, and the
// events have those that aren't.
type Segment struct {
	In     bool // from the client
	Octets int
}

// A Conn is a connection as an Observer gets to know it.
type Conn struct {
	ID            string // as in the log and in Peer.ID
	Local, Remote net.Addr
	TLS           bool // from the first octet on
	// View returns a copy of what the session knows. It may be called within Event only.
	View func() engine.View
	// Session is for what View doesn't tell. An Observer looks at it within Event and Segment only, and
	// changes nothing.
	Session *engine.Session
	// Cut closes the connection as if the network had lost it: without UPDATE, and without another word.
	// It may be called from any goroutine, at any time.
	Cut func()
}

// observe begins observation, if anybody wants it.
func (c *conn) observe(secure bool) {
	if c.srv.Observe == nil {
		return
	}
	c.obs = c.srv.Observe(Conn{ID: c.id, Local: c.raw.LocalAddr(), Remote: c.raw.RemoteAddr(), TLS: secure, View: c.sess.View,
		Session: c.sess, Cut: func() { c.raw.Close() }})
}
