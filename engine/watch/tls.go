package watch

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"pop3lab/engine"
)

// How TLS is ended here after STLS. The server's +OK goes to the client as it is; then there are two handshakes, one
// with each side, and what is said inside TLS is read like anything else. The goroutine that copies from the client
// waits behind STLS until it's known whether TLS begins, so that no octet of a ClientHello is taken for a command.

// handshakeFor is how long a TLS handshake may take.
const handshakeFor = 30 * time.Second

// secure begins TLS with both sides, after the answer to STLS. It's called by the goroutine that reads the server.
func (r *relay) secure(ctx context.Context) error {
	config := r.proxy.UpstreamSTLS
	if config == nil {
		config = &tls.Config{}
	}
	upstream, err := r.proxy.secure(ctx, r.server, config)
	if err != nil {
		return err
	}
	r.mu.Lock()
	early := r.early
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, handshakeFor)
	defer cancel()
	downstream := tls.Server(&prefixed{Conn: r.client, first: bytes.NewReader(early)}, r.proxy.Terminate)
	if err := downstream.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS with the client: %w; does it trust the certificate of this proxy?", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.client, r.server, r.inTLS, r.early = downstream, upstream, true, nil
	r.reader.Secured()
	r.tell(time.Now())
	r.turn.Broadcast()
	return nil
}

// shaking says whether TLS is about to begin. The caller holds mu.
func (r *relay) shaking() bool {
	return r.reader.last.Kind == engine.KindTLS && r.reader.lost == nil
}

// secure begins TLS with the server.
func (p *Proxy) secure(ctx context.Context, nc net.Conn, config *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeFor)
	defer cancel()
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(p.Upstream)
	}
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	t := tls.Client(nc, config)
	if err := t.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("TLS with the server: %w", err)
	}
	return t, nil
}

// prefixed is a connection of which some octets were read already.
type prefixed struct {
	net.Conn
	first *bytes.Reader
}

func (c *prefixed) Read(p []byte) (int, error) {
	if n, err := c.first.Read(p); err != io.EOF {
		return n, err
	}
	return c.Conn.Read(p)
}

// CloseWrite keeps the half-close of what is below.
func (c *prefixed) CloseWrite() error {
	if closeWrite(c.Conn) {
		return nil
	}
	return net.ErrClosed
}

// waiting finds lines that are STLS, in octets that are cut anywhere.
type waiting struct {
	part []byte // how the line under way begins
	cr   bool   // its last octet is CR
	due  bool   // a line that is STLS has just ended
}

// upTo is how many octets of p there are up to the end of the first line that is STLS; all, if there is none.
func (w *waiting) upTo(p []byte) int {
	for i, c := range p {
		if c != '\n' && (c != 0 || !w.cr) {
			if w.cr = c == '\r'; len(w.part) <= len("STLS") {
				w.part = append(w.part, c)
			}
			continue
		}
		word, _, _ := bytes.Cut(w.part, []byte(" "))
		word = bytes.TrimSuffix(word, []byte("\r"))
		w.part, w.cr = w.part[:0], false
		if bytes.EqualFold(word, []byte("STLS")) {
			w.due = true
			return i + 1
		}
	}
	return len(p)
}
