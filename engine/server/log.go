package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"log/slog"
	"time"

	"pop3lab/engine"
)

var noLog = slog.New(slog.DiscardHandler)

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return noLog
	}
	return s.Log
}

// log is the server's log, with what tells this session from others.
func (c *conn) log() *slog.Logger {
	return c.srv.log().With("session", c.id, "remote", c.raw.RemoteAddr().String())
}

// loggedIn writes a line about a login.
//
// RFC 8314 section 4: servers "SHOULD" log the cipher suite with logins (requirement TLS-25).
func (c *conn) loggedIn(e *engine.Event) {
	c.user = c.sess.User()
	if c.srv.Log == nil {
		return
	}
	c.log().Info("login", "user", c.user, "verb", e.Verb, c.tlsAttr())
}

// loginFailed writes a line about a login that failed. A name that is nobody's isn't in it: it may
// be a password typed too early.
func (c *conn) loginFailed(e *engine.Event) {
	if c.srv.Log == nil {
		return
	}
	log := c.log()
	if _, there, err := c.srv.Protocol.Users.User(c.named); there && err == nil {
		log = log.With("user", c.named)
	}
	log.Warn("login failed", "verb", e.Verb, "failures", e.Failures, "err", e.Err, c.tlsAttr())
}

// tlsAttr says whether there is TLS, and which.
func (c *conn) tlsAttr() slog.Attr {
	t, ok := c.nc.(*tls.Conn)
	if !ok {
		return slog.String("tls", "none")
	}
	state := t.ConnectionState()
	return slog.Group("tls", "version", tls.VersionName(state.Version), "cipher", tls.CipherSuiteName(state.CipherSuite))
}

// finish writes the last line about a connection.
func (c *conn) finish() {
	if c.obs != nil {
		c.obs.Closed(time.Now(), c.why, c.err)
	}
	if c.srv.Log == nil {
		return
	}
	level := slog.LevelInfo
	if c.err != nil {
		level = slog.LevelWarn
	}
	attrs := []any{"why", c.why}
	if c.user != "" {
		attrs = append(attrs, "user", c.user)
	}
	attrs = append(attrs, c.tlsAttr(), "in", c.tally.in, "out", c.tally.out,
		"retrieved", c.retrieved, "removed", c.removed, "seconds", time.Duration(c.srv.now()-c.begun).Seconds())
	if c.err != nil {
		attrs = append(attrs, "err", c.err)
	}
	c.log().Log(context.Background(), level, "session ended", attrs...)
}

// ends are the operator's words for how a session ended.
var ends = map[engine.Text]string{
	engine.TextTLSOnPlain:  "client spoke TLS on the port that speaks in the clear first",
	engine.TextHTTP:        "client spoke HTTP",
	engine.TextBodyChanged: "a message isn't what it was when the maildrop was opened",
	engine.TextFault:       "a fault that was asked for",
	engine.TextInjected:    "octets in the clear where TLS was due",
	engine.TextAfterSTLS:   "octets in the clear behind STLS",
	engine.TextTooManyBad:  "too many bad commands",
	engine.TextIdle:        "idle",
}

// endOf says why an event closes the connection.
func endOf(e *engine.Event) string {
	if why, ok := ends[e.Text]; ok {
		return why
	}
	switch e.Verb {
	case "QUIT", engine.Commit:
		return "quit"
	case engine.Hangup:
		return "client left"
	case engine.Expire:
		return "idle"
	}
	return "refused"
}

// stamp makes a greeting's timestamp: 64 bits of chance, the time and the host.
func (s *Server) stamp() string {
	var random [8]byte
	rand.Read(random[:]) // never fails
	host := s.Host
	if host == "" {
		host = s.Protocol.Host
	}
	return engine.Stamp(binary.LittleEndian.Uint64(random[:]), uint64(time.Now().UnixMilli()), host)
}
