package watch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
)

// A Proxy passes connections on to a server, octet for octet, and tells an observer what was said on them. It may
// serve one listener at a time.
type Proxy struct {
	// Upstream is the server's address, host and port.
	Upstream string
	// UpstreamTLS begins TLS with the server from the first octet. Nil means in the clear.
	UpstreamTLS *tls.Config
	// Terminate ends the client's TLS here, with this configuration's certificate, so that what is said
	// inside can be read: after STLS, and with UpstreamTLS from the first octet. Nil means that what goes
	// through TLS passes unread.
	Terminate *tls.Config
	// UpstreamSTLS is how TLS with the server begins after an STLS that Terminate ends. Nil means the system's
	// roots, and the name in Upstream.
	UpstreamSTLS *tls.Config
	// ShowSecrets leaves passwords and responses in events as they were.
	ShowSecrets bool
	// Observe is called at the beginning of each connection and returns who is told of all that happens there,
	// in order. What it does with that delays the connection. Nil means nobody.
	Observe func(Conn) server.Observer
	// Dial connects to the server. Nil means a net.Dialer with a time limit of 30 seconds.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Max is how many connections there may be at once; more are told to try again. Zero means 256.
	Max int
	// Log is told of connections that go wrong; nil means nobody is.
	Log *slog.Logger

	open sync.WaitGroup
}

// A Conn is a connection as its observer gets to know it. The functions may be called within the observer's methods
// only; what isn't known is empty. Of server.Conn, Session is nil: the session is somebody else's.
type Conn struct {
	server.Conn
	// Known says whether View's messages are all there.
	Known func() bool
	// Explain puts the event that the observer is being told in words.
	Explain func() engine.Explanation
	// Pending are the octets that the client sent and that make no line yet, as far as they are kept; none as long
	// as lines before them wait. They may be secret.
	Pending func() []byte
	// Stamp is the greeting's timestamp, Capabilities are the lines of the last CAPA.
	Stamp        func() string
	Capabilities func() []string
}

// Serve serves connections of l until ctx ends, closes l and every connection, and returns when all have ended.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	limit := p.Max
	if limit == 0 {
		limit = 256
	}
	slots := make(chan struct{}, limit)
	for id := 1; ; id++ {
		nc, err := l.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			p.open.Wait()
			return nil
		case errors.Is(err, net.ErrClosed):
			cancel()
			p.open.Wait()
			return err
		case err != nil: // out of file descriptors: the end of some connection helps
			p.log().Warn("a connection can't be taken", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			// Ends with the client's closing, or after a while, or with ctx.
			p.open.Go(func() { refuse(ctx, nc, fmt.Sprintf("%d connections are watched already; try again later", limit)) })
			continue
		}
		// Lives as long as the connection; ctx ends both.
		p.open.Go(func() {
			defer func() { <-slots }()
			p.serve(ctx, "w"+strconv.Itoa(id), nc)
		})
	}
}

func (p *Proxy) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}

// serve passes one connection on.
func (p *Proxy) serve(ctx context.Context, id string, nc net.Conn) {
	defer nc.Close()
	log := p.log().With("conn", id)
	implicit := p.UpstreamTLS != nil && p.Terminate != nil
	r := &relay{proxy: p, reader: Reader{ShowSecrets: p.ShowSecrets, TLS: implicit}, client: nc, raw: nc}
	r.turn.L = &r.mu
	r.observe(id, nc, implicit)
	why, err := "the server can't be reached", error(nil)
	if r.server, err = p.reach(ctx); err != nil {
		log.Warn(why, "err", err)
		if implicit {
			nc = tls.Server(nc, p.Terminate)
		}
		refuse(ctx, nc, "the server behind this port can't be reached: "+err.Error())
	} else {
		defer r.server.Close()
		if implicit {
			r.client = tls.Server(nc, p.Terminate)
		}
		if why, err = r.run(ctx); err != nil {
			log.Warn(why, "err", err)
		}
	}
	r.finish(why, err)
}

// reach connects to the server.
func (p *Proxy) reach(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	dial := p.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	nc, err := dial(ctx, "tcp", p.Upstream)
	if err != nil || p.UpstreamTLS == nil {
		return nc, err
	}
	return p.secure(ctx, nc, p.UpstreamTLS)
}

// lingerFor is how long a side that was told of the end may take to close.
const lingerFor = 5 * time.Second

// refuse tells a client in place of a greeting why there is no session.
//
// RFC 3206 section 4: SYS/TEMP is "a problem which is likely to be temporary in nature".
func refuse(ctx context.Context, nc net.Conn, why string) {
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	line := []byte("-ERR [SYS/TEMP] " + why)
	for i, c := range line {
		if c < ' ' || c >= 0x7f {
			line[i] = '?'
		}
	}
	nc.SetDeadline(time.Now().Add(lingerFor))
	if _, err := nc.Write(append(line[:min(len(line), engine.MaxReply-2)], "\r\n"...)); err == nil {
		drain(nc)
	}
}

// drain closes the sending half and waits for the other side to close, for a while: a connection that is closed with
// octets unread is reset, and a reset may overtake the last words.
func drain(nc net.Conn) {
	if !closeWrite(nc) {
		return
	}
	nc.SetReadDeadline(time.Now().Add(lingerFor))
	io.Copy(io.Discard, nc)
}

// closeWrite closes the sending half, if that can be done.
func closeWrite(nc net.Conn) bool {
	half, ok := nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}
