package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	pop3 "pop3lab/engine/client"
)

// An Error is a WebSocket that didn't come about.
type Error struct {
	URL  string
	Hint string // what is wrong and what to do
	// Temporary says that the same attempt may succeed later, without anybody changing anything here.
	Temporary bool
	Err       error // what the network or the library said; nil when Hint says it all
}

func (e *Error) Error() string {
	return "no connection to " + e.URL + ": " + e.Hint
}

func (e *Error) Unwrap() error { return e.Err }

// A refusal is what an HTTP status means where a WebSocket was asked for.
type refusal struct {
	status    int
	temporary bool
	hint      string
}

var refusals = []refusal{
	{http.StatusOK, false, "there is a page, but no WebSocket; check the path, pop3lab has its bridge at " + DefaultPath},
	{http.StatusBadRequest, false, "the server doesn't take the request; if it speaks TLS write wss://, else check the path, pop3lab has its bridge at " + DefaultPath},
	{http.StatusUnauthorized, false, "the server wants to know who asks; this program can't log in to web pages"},
	{http.StatusForbidden, false, "the server refuses: the origin isn't one that it takes, or this machine isn't; --origin names another origin"},
	{http.StatusNotFound, false, "there is no such path; pop3lab has its bridge at " + DefaultPath},
	{http.StatusMethodNotAllowed, false, "that path isn't a WebSocket; pop3lab has its bridge at " + DefaultPath},
	{http.StatusGone, false, "no page with this code is a server any more; open Be the server on the lab's pages, and take the code that it shows"},
	{http.StatusUpgradeRequired, false, "the server wants another version of WebSocket, or something on the way took the Upgrade out; use wss://, which programs on the way can't change"},
	{http.StatusTooManyRequests, true, "too many attempts; wait a while"},
	{http.StatusInternalServerError, true, "the server has a fault"},
	{http.StatusBadGateway, true, "the lab behind the web server isn't there"},
	{http.StatusServiceUnavailable, true, "the lab is full or shutting down; try again later"},
	{http.StatusGatewayTimeout, true, "the lab behind the web server doesn't answer"},
}

// closeMeanings are the codes of Close messages (RFC 6455 section 7.4.1, and IANA's registry).
var closeMeanings = []struct {
	code    int
	meaning string
}{
	{1002, "protocol error"},
	{1003, "it takes binary messages only"},
	{1005, "without saying why"},
	{1007, "a message wasn't what it said"},
	{1008, "policy"},
	{1009, "a message was too big"},
	{1011, "it has a fault"},
	{1012, "it's being restarted"},
	{1013, "it's full, try again later"},
	{1014, "the server behind it isn't there"},
}

// explain makes a sentence of a handshake that failed.
func explain(u *url.URL, resp *http.Response, err error) *Error {
	e := &Error{URL: u.String(), Err: err}
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	var proxy *proxyError
	var network net.Error
	switch {
	case resp != nil:
		e.Hint, e.Temporary = statusHint(resp)
	case errors.As(err, &proxy):
		e.Hint, e.Temporary = proxy.Error(), proxy.temporary
	case errors.As(err, &certificate) && len(certificate.UnverifiedCertificates) > 0:
		cert := certificate.UnverifiedCertificates[0]
		e.Hint = fmt.Sprintf("the certificate isn't accepted: %v; its SHA-256 fingerprint is %s; compare that with what the lab's operator says, and if it's the same add --pin %[2]s",
			certificate.Err, pop3.Fingerprint(cert))
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		e.Hint = "the server doesn't speak TLS on that port; write ws://, or another port"
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Hint = "there is no host of that name; check the spelling, and whether this machine is online"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Hint, e.Temporary = "nothing listens on that port; is the lab running, and is the port right?", true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		e.Hint, e.Temporary = "no answer in time: the lab is down, or a firewall is in the way", true
	case errors.Is(err, context.Canceled):
		e.Hint = "interrupted"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "server closed idle connection"):
		e.Hint, e.Temporary = "the server closed the connection without an answer; does that port speak HTTP?", true
	case strings.Contains(err.Error(), "malformed HTTP"):
		e.Hint = "what answers there isn't HTTP; for a POP3 server write pop:// instead of ws://"
	case strings.Contains(err.Error(), "remote error: tls"):
		e.Hint = "the server ended the TLS handshake: " + err.Error()[strings.Index(err.Error(), "remote error: tls")+len("remote error: "):]
	default:
		e.Hint, e.Temporary = err.Error(), true
	}
	return e
}

// statusHint says what an HTTP answer means that opened no WebSocket, with the server's own words if it has some
// for people.
func statusHint(resp *http.Response) (hint string, temporary bool) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return "the server agrees to a WebSocket, but not in the way of RFC 6455; something on the way may have changed the answer", false
	}
	said := ""
	if resp.Body != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
		if line = plain(line); line != "" && line != http.StatusText(resp.StatusCode) {
			said = fmt.Sprintf("; it says: %s", line)
		}
	}
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		return fmt.Sprintf("the server sends us to %s (%s); if you trust that, write its address", plain(to.String()), status), false
	}
	for _, r := range refusals {
		if r.status == resp.StatusCode {
			return fmt.Sprintf("%s (%s)%s", r.hint, status, said), r.temporary
		}
	}
	return fmt.Sprintf("the answer is %s and no WebSocket%s", status, said), resp.StatusCode >= 500
}

// plain makes somebody else's words safe to print and short.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '·'
		}
		return r
	}, s)
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}
