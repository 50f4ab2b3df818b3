package server

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
)

// The log says what an operator asks: who, with which command, and why not.

// req: DAU-13
func TestLogNamesCommandsAndMechanisms(t *testing.T) {
	s := serve(t, nil)
	c := s.dialTLS(t)
	plain := func(password string) string { return sasl.EncodeBase64([]byte("\x00mrose\x00" + password)) }
	c.err("AUTH PLAIN "+plain("wrong"), "[AUTH]")
	if got := c.ask("auth plain"); !strings.HasPrefix(got, "+") {
		t.Fatalf("auth plain: got %q, want to be asked", got)
	}
	c.err(plain("wrong"), "[AUTH]")
	c.ok("USER mrose")
	c.err("PASS wrong", "[AUTH]")
	c.ok("USER dewey") // is not who AUTH names
	if got := c.ask("AUTH PLAIN"); !strings.HasPrefix(got, "+") {
		t.Fatalf("AUTH PLAIN: got %q, want to be asked", got)
	}
	c.ok(plain("tanstaaf"))
	c.quit()
	s.log.wait(t, "login refused", "verb=AUTH mechanism=PLAIN failures=1")
	s.log.wait(t, "login refused", "verb=AUTH mechanism=PLAIN failures=2")
	s.log.wait(t, "login refused", "verb=PASS failures=3 ", `err="wrong credentials`)
	s.log.wait(t, "msg=login ", "user=mrose verb=AUTH mechanism=PLAIN")
	if log := s.log.String(); strings.Contains(log, "sasl:") || strings.Contains(log, "(response)") {
		t.Errorf("got the log\n%s\nwant commands by their names, and no package's name: USER and PASS are no SASL", log)
	}
}

// A QUIT whose UPDATE fails is whose it was.
func TestLogNamesUserOfUpdate(t *testing.T) {
	s := serve(t, func(c *engine.Config, _ *Server) { c.Store = stuck{c.Store} })
	c := s.login(t, "mrose")
	c.ok("DELE 1")
	c.err("QUIT", "")
	if line := s.log.wait(t, "command refused", "verb=(commit)", "user=mrose", `err="disk full"`); strings.Contains(line, "num=") {
		t.Errorf("got %q, want no num where no message is concerned", line)
	}
}

// stuck is a store that can't remove.
type stuck struct{ engine.Store }

func (s stuck) Open(user, owner string) (engine.Maildrop, error) {
	d, err := s.Store.Open(user, owner)
	return stuckDrop{d}, err
}

type stuckDrop struct{ engine.Maildrop }

func (d stuckDrop) Update([]int) error { return errors.Join(errors.New("disk full"), d.Release()) }

// A client that speaks in the clear on the TLS port is told, if it speaks text.
func TestPlainOnTheTLSPort(t *testing.T) {
	s := serve(t, nil)
	for said, want := range map[string]string{
		"USER mrose\r\nPASS tanstaaf\r\n": "-ERR this port begins with TLS\r\n",
		"\r\n\r\n\r\n":                    "-ERR this port begins with TLS\r\n",
		"\x00\x01\x02\x03\x04\x05\x06":    "",
	} {
		nc, err := net.Dial("tcp", s.tls)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(nc, said)
		nc.(*net.TCPConn).CloseWrite()
		got, err := io.ReadAll(nc)
		if string(got) != want || err != nil && want != "" { // what isn't text may be reset
			t.Errorf("%q: got %q, %v; want %q", said, got, err, want)
		}
		nc.Close()
	}
	s.log.wait(t, "session ended", "client speaks in the clear where TLS was due", "out=32")
}

func TestLogOfAnUntrustedCertificate(t *testing.T) {
	s := serve(t, nil)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if _, err := tls.Dial("tcp", s.tls, &tls.Config{MaxVersion: version}); err == nil {
			t.Fatal("a client that trusts nobody: got a connection")
		}
		line := s.log.wait(t, "session ended", `why="TLS handshake failed (perhaps the client doesn't trust the certificate)"`)
		s.log.mu.Lock()
		s.log.b.Reset()
		s.log.mu.Unlock()
		if !strings.Contains(line, "remote error") {
			t.Errorf("got %q, want the alert too", line)
		}
	}
}
