package watch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
)

// A relay is one connection: two goroutines, each of which copies one direction and shows what it copies to the
// Reader first.
type relay struct {
	proxy          *Proxy
	raw            net.Conn // of the client, below TLS
	client, server net.Conn // replaced when TLS begins; the goroutines know when that may be

	mu       sync.Mutex // guards what follows
	turn     sync.Cond  // an answer came, or the end
	reader   Reader
	observer server.Observer
	begin    bool   // TLS is to begin here
	inTLS    bool   // it has begun
	holding  bool   // nothing is read from the client until STLS is answered
	early    []byte // what came behind STLS all the same
	over     bool   // one direction has ended for good

	left bool // the client ended first
}

const bufferSize = 32 << 10

// observe begins observation, if anybody wants it.
func (r *relay) observe(id string, nc net.Conn, secure bool) {
	if r.proxy.Observe == nil {
		return
	}
	r.observer = r.proxy.Observe(Conn{
		Conn: server.Conn{ID: id, Local: nc.LocalAddr(), Remote: nc.RemoteAddr(), TLS: secure,
			View: func() engine.View { v, _ := r.reader.View(); return v },
			Cut:  func() { nc.Close() }},
		Known:        func() bool { _, known := r.reader.View(); return known },
		Explain:      func() engine.Explanation { return r.reader.Explain() },
		Pending:      func() []byte { return r.reader.pending() },
		Stamp:        func() string { return r.reader.Stamp() },
		Capabilities: func() []string { return r.reader.Capabilities() },
	})
}

// pending are the octets of the line under way, when it's the next to be said.
func (r *Reader) pending() []byte {
	if r.Waiting() || r.lost != nil || r.tls || r.over {
		return nil
	}
	return r.in.part
}

// show gives the reader octets of one direction, and the observer what came of them. It says whether TLS is to begin
// behind them.
func (r *relay) show(p []byte, fromClient bool) (begin bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if fromClient {
		r.reader.Client(p)
	} else {
		r.reader.Server(p)
	}
	if r.observer != nil {
		r.observer.Segment(now, server.Segment{In: fromClient, Octets: len(p)})
	}
	r.tell(now)
	r.turn.Broadcast()
	begin, r.begin = r.begin, false
	return begin
}

// tell tells the observer all that the reader has. The caller holds mu.
func (r *relay) tell(now time.Time) {
	for {
		e, ok := r.reader.Next()
		if !ok {
			return
		}
		if e.Kind == engine.KindTLS {
			r.begin = r.holding
		}
		if r.observer != nil {
			r.observer.Event(now, e.Event)
		}
	}
}

// finish tells the observer of the end.
func (r *relay) finish(why string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reader.End(r.left)
	now := time.Now()
	r.tell(now)
	if r.observer != nil {
		r.observer.Closed(now, why, err)
	}
}

// run copies in both directions until the connection is over, and says why it is.
func (r *relay) run(ctx context.Context) (why string, err error) {
	rawServer := r.server
	stop := context.AfterFunc(ctx, func() {
		r.raw.Close()
		rawServer.Close()
	})
	defer stop()
	sent := make(chan struct{})
	// Copies what the client sends. Ends with the client, or when the connections are closed below.
	go func() {
		defer close(sent)
		r.fromClient()
	}()
	vanished, err := r.fromServer(ctx)
	r.mu.Lock()
	r.over = true
	r.turn.Broadcast()
	r.mu.Unlock()
	if !vanished && err == nil {
		drain(r.client) // the server has said its last word
	}
	r.raw.Close()
	rawServer.Close()
	<-sent
	switch {
	case ctx.Err() != nil:
		return "the proxy is shutting down", nil
	case vanished, r.left && errors.Is(err, net.ErrClosed):
		r.left = true
		return "the client is gone", nil
	case err != nil:
		return "the connection broke off", err
	case r.left:
		return "the client closed", nil
	}
	return "the server closed", nil
}

// fromClient copies what the client sends, up to its end.
func (r *relay) fromClient() {
	buffer := make([]byte, bufferSize)
	stls := waiting{}
	for {
		n, err := r.client.Read(buffer)
		for rest := buffer[:n]; len(rest) > 0; {
			piece := rest
			if r.proxy.Terminate != nil {
				piece = rest[:stls.upTo(rest)]
			}
			rest = rest[len(piece):]
			if stls.due {
				r.hold(rest)
			}
			r.show(piece, true)
			if _, err := r.server.Write(piece); err != nil {
				return // the server is gone, which the other direction finds out after its last words
			}
			if stls.due {
				stls.due = false
				begun, over := r.answered()
				if over {
					return
				}
				if begun {
					rest = nil // TLS has them
				}
			}
		}
		if err != nil {
			r.clientEnded(err)
			return
		}
	}
}

// clientEnded passes the client's end on.
func (r *relay) clientEnded(err error) {
	r.mu.Lock()
	r.left = !r.over && !errors.Is(err, net.ErrClosed)
	r.mu.Unlock()
	if !errors.Is(err, io.EOF) || !closeWrite(r.server) {
		r.server.Close()
	}
}

// hold says that nothing more is read from the client before STLS is answered; early is what was read already.
func (r *relay) hold(early []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding, r.early = true, bytes.Clone(early)
}

// answered waits until the server has answered all that was sent, and, if that answer was that TLS begins, until it
// has. over says that the connection is.
func (r *relay) answered() (begun, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.inTLS
	for !r.over && (r.reader.Waiting() || r.shaking()) {
		r.turn.Wait()
	}
	r.holding = false
	return r.inTLS && !before, r.over
}

// fromServer copies what the server sends, up to its end. vanished says that it was the client who couldn't take
// more.
func (r *relay) fromServer(ctx context.Context) (vanished bool, err error) {
	buffer := make([]byte, bufferSize)
	for {
		n, err := r.server.Read(buffer)
		if n > 0 {
			begin := r.show(buffer[:n], false)
			if _, err := r.client.Write(buffer[:n]); err != nil {
				return true, nil
			}
			if begin {
				if err := r.secure(ctx); err != nil {
					return false, err
				}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		}
	}
}
