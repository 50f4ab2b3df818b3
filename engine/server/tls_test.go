package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"pop3lab/engine"
)

// req: TLS-16 DAU-04
func TestFailedHandshakeIsFatal(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(t)
	c.ok("STLS")
	// What a client says that thinks it may go on in the clear isn't carried out.
	io.WriteString(c.nc, "CAPA\r\nUSER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nQUIT\r\n")
	rest, err := io.ReadAll(c.R)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	if strings.Contains(string(rest), "+OK") {
		t.Errorf("after a failed handshake: got %q, want no reply in the clear (RFC 2595 section 2.5)", rest)
	}
	s.log.wait(t, "session ended", "client speaks in the clear where TLS was due")
	s.count(t, "mrose", 3, "nothing behind a failed handshake is carried out")
}

// req: TLS-06 DAU-01
func TestOctetsBehindSTLSCloseTheConnection(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(t)
	io.WriteString(c.nc, "STLS\r\nUSER mallory\r\n")
	c.err("", "STLS")
	c.closed("octets behind STLS (CVE-2011-0411)")
	s.log.wait(t, "session ended", "octets in the clear behind STLS")
}

// req: DAU-03 DAU-05 TLS-02 TLS-07 TLS-12
func TestTLSIsTheSessionsOwn(t *testing.T) {
	s := serve(t, func(_ *engine.Config, s *Server) {}, "dewey")
	first, second := s.dial(t), s.dial(t)
	first.ok("USER mrose")
	first = first.stls(clientTLS())
	first.err("PASS tanstaaf", "")
	first.err("STLS", "")
	if capa := first.capa(); strings.Contains(capa, "STLS") {
		t.Errorf("CAPA inside TLS: got %q, want no STLS (RFC 2595 section 4)", capa)
	}
	if capa := second.capa(); !strings.Contains(capa, "STLS") {
		t.Errorf("CAPA of a connection without TLS, beside one with: got %q, want STLS", capa)
	}
	second = second.stls(clientTLS())
	first.login("mrose")
	second.login("dewey")
	first.quit()
	second.quit()
	s.dial(t).stls(clientTLS()).quit()
}

func (c *client) capa() string {
	c.t.Helper()
	c.ok("CAPA")
	lines, err := c.ReadDotLines()
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// req: TLS-23
func TestTLSBefore12IsRefused(t *testing.T) {
	s := serve(t, func(_ *engine.Config, s *Server) { s.TLS.MinVersion = tls.VersionTLS10 })
	conf := clientTLS()
	conf.MinVersion, conf.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := tls.Dial("tcp", s.tls, conf); err == nil {
		t.Error("TLS 1.1: got a connection, want the handshake refused (RFC 8314 section 4, RFC 8996)")
	}
	conf.MaxVersion = tls.VersionTLS12
	nc, err := tls.Dial("tcp", s.tls, conf)
	if err != nil {
		t.Fatalf("TLS 1.2: got %v, want a connection", err)
	}
	c := talk(t, nc)
	c.ok("")
	c.quit()
	if s.TLS.MinVersion != tls.VersionTLS10 {
		t.Error("the caller's tls.Config was changed, want it left alone")
	}
}

// A close without TLS's own goodbye could be an attacker's cut (RFC 8314 section 3.4).
//
// req: TLS-22
func TestTLSSaysGoodbye(t *testing.T) {
	s := serve(t, nil)
	for name, end := range map[string]func(*client){
		"after QUIT":     func(c *client) { c.ok("QUIT") },
		"after shutdown": func(*client) { go s.Close() }, // ends before the test's own Close
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dialTLS(t)
			end(c)
			// crypto/tls says io.EOF after close_notify only, and otherwise io.ErrUnexpectedEOF.
			if _, err := c.nc.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("got %v, want EOF after close_notify", err)
			}
		})
		if name == "after shutdown" {
			s = serve(t, nil)
		}
	}
}

// req: TLS-09 TLS-27 TLS-28
func TestClientCertificate(t *testing.T) {
	client := newIdentity("mrose", "", authority())
	asked := func(s *site, by *identity) (bool, *tls.Conn) {
		conf, asked := clientTLS(), false
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &by.tls, nil
		}
		nc, err := tls.Dial("tcp", s.tls, conf)
		if err != nil {
			t.Fatal(err)
		}
		return asked, nc
	}
	t.Run("isn't asked for by default", func(t *testing.T) {
		s := serve(t, nil)
		was, nc := asked(s, client)
		if was {
			t.Error("got a request for a certificate, want none that couldn't be used (RFC 8314 section 4.2)")
		}
		c := talk(t, nc)
		c.ok("")
		if capa := c.capa(); strings.Contains(capa, "EXTERNAL") {
			t.Errorf("CAPA: got %q, want no EXTERNAL without a certificate", capa)
		}
	})
	pool := x509.NewCertPool()
	pool.AddCert(authority().cert)
	verify := func(_ *engine.Config, s *Server) {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.VerifyClientCertIfGiven, pool
	}
	t.Run("opens its mailbox", func(t *testing.T) {
		s := serve(t, verify)
		was, nc := asked(s, client)
		if !was {
			t.Fatal("got no request for a certificate, want one because ClientAuth says so")
		}
		c := talk(t, nc)
		c.ok("")
		c.err("STAT", "") // RFC 2595 section 4: still AUTHORIZATION
		if capa := c.capa(); !strings.Contains(capa, "EXTERNAL") {
			t.Errorf("CAPA: got %q, want EXTERNAL", capa)
		}
		c.ok("AUTH EXTERNAL =")
		c.ok("STAT")
		c.quit()
	})
	t.Run("the same after STLS", func(t *testing.T) {
		s := serve(t, verify)
		conf := clientTLS()
		conf.Certificates = []tls.Certificate{client.tls}
		c := s.dial(t).stls(conf)
		c.ok("AUTH EXTERNAL =")
		c.quit()
	})
	t.Run("the operator's own mapping", func(t *testing.T) {
		s := serve(t, func(c *engine.Config, s *Server) {
			verify(c, s)
			s.External = func(cert *x509.Certificate) string { return strings.TrimSuffix(cert.EmailAddresses[0], "@example.org") }
		})
		_, nc := asked(s, newIdentity("somebody", "mrose@example.org", authority()))
		c := talk(t, nc)
		c.ok("")
		c.ok("AUTH EXTERNAL =")
		c.quit()
	})
	t.Run("that nobody verified opens nothing", func(t *testing.T) {
		s := serve(t, func(_ *engine.Config, s *Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert })
		_, nc := asked(s, newIdentity("mrose", "", nil))
		c := talk(t, nc)
		c.ok("")
		if capa := c.capa(); strings.Contains(capa, "EXTERNAL") {
			t.Errorf("CAPA: got %q, want no EXTERNAL for a certificate that anybody could have made", capa)
		}
	})
	for name, want := range map[string]struct{ cn, mail, mailbox string }{
		"common name":  {"mrose", "", "mrose"},
		"mail address": {"M. Rose", "mrose@example.org", "mrose@example.org"},
	} {
		if got := mailboxOf(newIdentity(want.cn, want.mail, authority()).cert); got != want.mailbox {
			t.Errorf("%s: got %q, want %q", name, got, want.mailbox)
		}
	}
}

// req: TLS-25 DAU-13
func TestLogTellsTLSAndNoSecrets(t *testing.T) {
	s := serve(t, nil)
	c := s.dialTLS(t)
	c.ok("USER hunter2") // a password, too early
	c.err("PASS tanstaaf", "[AUTH]")
	c.ok("USER mrose")
	c.err("PASS wrongsecret", "[AUTH]")
	c.err("APOP mrose 0123456789abcdef0123456789abcdef", "[AUTH]")
	c.login("mrose")
	c.quit()
	s.log.wait(t, "msg=login ", "user=mrose", "tls.version=\"TLS 1.3\"", "tls.cipher=TLS_")
	s.log.wait(t, "login refused", "user=mrose", "failures=2")
	s.log.wait(t, "session ended", "why=quit")
	for _, secret := range []string{"tanstaaf", "wrongsecret", "hunter2", "0123456789abcdef"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("log: got\n%s\nwant no %q in it", s.log, secret)
		}
	}
}

// req: DFR-14
func TestTLSAndHTTPOnThePlainPort(t *testing.T) {
	s := serve(t, nil)
	if _, err := tls.Dial("tcp", s.plain, clientTLS()); err == nil {
		t.Error("a ClientHello on the plain port: got a handshake, want none")
	}
	s.log.wait(t, "session ended", "client spoke TLS on the port that begins in the clear")
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	c := talk(t, nc)
	c.ok("")
	io.WriteString(c.nc, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\nUSER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nQUIT\r\n")
	c.closed("HTTP")
	s.log.wait(t, "session ended", "client spoke HTTP")
	s.count(t, "mrose", 3, "a browser that is tricked into speaking POP3 doesn't succeed")
}

// req: DAU-04 DUI-04
func TestFaultHandshakeFails(t *testing.T) {
	s := serve(t, func(c *engine.Config, _ *Server) { c.Faults = engine.FaultHandshakeFails })
	c := s.dial(t)
	c.ok("STLS")
	if err := tls.Client(c.nc, clientTLS()).Handshake(); err == nil {
		t.Error("got a handshake, want it to fail as the fault says")
	}
}

// req: TLS-13 DAU-14 TLS-26
func TestCleartextOffLoopback(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		inBubble(t, func(_ *engine.Config, s *Server) { s.Cleartext = allowed }, func(t *testing.T, b *bubble) {
			c := b.from("192.0.2.7")
			c.ok("")
			if allowed {
				c.login("mrose")
				return
			}
			c.err("USER mrose", "STLS")
			secure := c.stls(clientTLSAt(t))
			secure.login("mrose")
			secure.quit()
		})
	}
	pipe, _ := net.Pipe()
	for _, a := range []net.Addr{tcp("127.0.0.1"), tcp("127.8.9.10"), tcp("::1"), tcp("::ffff:127.0.0.1"),
		&net.UnixAddr{Net: "unix", Name: "@"}, pipe.LocalAddr(), told("127.0.0.1:1")} {
		if !local(a) {
			t.Errorf("%s %s: got not local, want local", a.Network(), a)
		}
	}
	for _, a := range []net.Addr{tcp("192.168.1.1"), tcp("fe80::1"), tcp("::2"), tcp("2001:db8::1"), tcp("0.0.0.0"),
		told("192.0.2.1:1"), told("unknown"), told("")} {
		if local(a) {
			t.Errorf("%s %s: got local, want a network, in which passwords don't travel in the clear", a.Network(), a)
		}
	}
}

func tcp(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 1} }

// told is an address of some other kind, as a listener made of something else has them.
type told string

func (a told) Network() string { return "websocket" }
func (a told) String() string  { return string(a) }

// clientTLSAt is clientTLS at the bubble's time, at which no certificate of today is valid yet.
func clientTLSAt(t *testing.T) *tls.Config {
	conf := clientTLS()
	conf.InsecureSkipVerify = true
	return conf
}
