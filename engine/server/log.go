package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
)

// The log has a line when somebody logs in or is refused, when a session ends, and when something
// goes wrong. Secrets aren't in it, nor names that are nobody's: they may be passwords typed too
// early.

// record writes a line, and which session it's about.
func (c *conn) record(level slog.Level, msg string, attrs ...slog.Attr) {
	log, ctx := c.srv.Log, context.Background()
	if log == nil || !log.Enabled(ctx, level) {
		return
	}
	var all [16]slog.Attr
	all[0] = slog.String("session", c.id)
	all[1] = slog.String("remote", c.raw.RemoteAddr().String())
	log.LogAttrs(ctx, level, msg, append(all[:2], attrs...)...)
}

// record is the same for what concerns no session.
func (s *Server) record(level slog.Level, msg string, attrs ...slog.Attr) {
	if s.Log != nil {
		s.Log.LogAttrs(context.Background(), level, msg, attrs...)
	}
}

// loggedIn notes a login.
//
// RFC 8314 section 4: servers "SHOULD log TLS cipher information along with any connection or
// authentication logs that they maintain".
func (c *conn) loggedIn(e *engine.Event) {
	c.user = c.sess.User()
	c.record(slog.LevelInfo, "login", slog.String("user", c.user), c.verbAttr(e), c.mechanismAttr(), c.tlsAttr())
}

// loginFailed notes a login that was refused because of its credentials.
func (c *conn) loginFailed(e *engine.Event) {
	who := slog.Attr{}
	if c.srv.Log != nil && c.named != "" && e.Verb == "PASS" {
		if _, there, err := c.srv.Protocol.Users.User(c.named); there && err == nil {
			who = slog.String("user", c.named)
		}
	}
	c.record(slog.LevelWarn, "login refused", who, c.verbAttr(e), c.mechanismAttr(), slog.Int("failures", e.Failures),
		errAttr(unnamed(e.Err)), c.tlsAttr())
}

// noteMechanism remembers which mechanism a line asks for: the login may be decided some lines
// later.
func (c *conn) noteMechanism(e *engine.Event) {
	switch e.Verb {
	case engine.Response:
	case "AUTH":
		c.mechanism = ""
		if words := bytes.Fields(e.Wire); len(words) > 1 {
			for _, m := range sasl.Mechanisms {
				if strings.EqualFold(m.Name, string(words[1])) {
					c.mechanism = m.Name
				}
			}
		}
	default:
		c.mechanism = ""
	}
}

// verbAttr is the command that an event belongs to.
func (c *conn) verbAttr(e *engine.Event) slog.Attr {
	verb := e.Verb
	if verb == engine.Response {
		verb = "AUTH"
	}
	return slog.String("verb", string(verb))
}

func (c *conn) mechanismAttr() slog.Attr {
	if c.mechanism == "" {
		return slog.Attr{}
	}
	return slog.String("mechanism", c.mechanism)
}

// errAttr is err without the name of the package that found it, which speaks of SASL where USER and
// PASS were used as well.
func errAttr(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.String("err", strings.TrimPrefix(err.Error(), "sasl: "))
}

// unnamed is err without the name of a user whom there isn't.
func unnamed(err error) error {
	var e *sasl.Error
	if errors.As(err, &e) && strings.HasPrefix(e.Why, "there is no user") {
		return &sasl.Error{Kind: e.Kind, Why: "there is no user of that name", Cause: e.Cause}
	}
	return err
}

// commandFailed notes what the client isn't told about a refusal.
func (c *conn) commandFailed(e *engine.Event) {
	who, num := slog.Attr{}, slog.Attr{}
	if c.user != "" { // the session has forgotten it after QUIT
		who = slog.String("user", c.user)
	} else if e.Verb == "PASS" { // what else can begin a session names its user itself
		who = slog.String("user", c.sess.User())
	}
	if e.Num > 0 {
		num = slog.Int("num", e.Num)
	}
	c.record(slog.LevelWarn, "command refused", who, c.verbAttr(e), c.mechanismAttr(), num, errAttr(e.Err))
}

// ended notes the end of a connection.
func (c *conn) ended() {
	level, wrong := slog.LevelInfo, slog.Attr{}
	if c.err != nil {
		level, wrong = slog.LevelWarn, slog.Any("err", c.err)
	}
	who := slog.Attr{}
	if c.user != "" {
		who = slog.String("user", c.user)
	}
	c.record(level, "session ended", slog.String("why", c.why), who, c.tlsAttr(),
		slog.Int64("in", c.tally.in), slog.Int64("out", c.tally.out),
		slog.Int("retrieved", c.retrieved), slog.Int("removed", c.removed),
		slog.Duration("took", time.Duration(c.srv.now()-c.begun)), wrong)
}

// tlsAttr says whether there is TLS, and which.
func (c *conn) tlsAttr() slog.Attr {
	t, ok := c.nc.(*tls.Conn)
	if !ok {
		return slog.String("tls", "none")
	}
	state := t.ConnectionState()
	return slog.GroupAttrs("tls", slog.String("version", tls.VersionName(state.Version)),
		slog.String("cipher", tls.CipherSuiteName(state.CipherSuite)))
}

// ends are the operator's words for how a session ended.
var ends = map[engine.Text]string{
	engine.TextTLSOnPlain:  "client spoke TLS on the port that begins in the clear",
	engine.TextHTTP:        "client spoke HTTP",
	engine.TextBodyChanged: "a message isn't what it was when the maildrop was opened",
	engine.TextFault:       "a fault that was asked for",
	engine.TextInjected:    "octets in the clear where TLS was due",
	engine.TextAfterSTLS:   "octets in the clear behind STLS",
	engine.TextTooManyBad:  "too many bad commands",
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
	if s.Stamp != nil {
		return s.Stamp()
	}
	var random [8]byte
	rand.Read(random[:]) // never fails
	host := s.Host
	if host == "" {
		host = s.Protocol.Host
	}
	return engine.Stamp(binary.LittleEndian.Uint64(random[:]), uint64(time.Now().UnixMilli()), host)
}
