package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// StartTLS forgets what was said before and asks anew.
//
// req: TLS-10, TLS-11, TLS-06, TLS-16, SAS-25
func TestCapabilitiesAreForgottenWithTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := play(t, "S: +OK\n"+capa("STLS", "USER", "SASL CRAM-MD5", "X-BEFORE")+"C: STLS\nS: +OK\nTLS\n"+capa("SASL PLAIN")+"C: AUTH PLAIN *\nS: +OK\n")
		c, err := connect(t, nc, func(o *client.Options) { o.AllowCleartext = false })
		if err != nil {
			t.Fatal(err)
		}
		if caps, err := c.Capabilities(); err != nil || !caps.Has("X-BEFORE") {
			t.Fatalf("before: %v, %v", caps, err)
		}
		if err := c.StartTLS(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.TLS(); !ok || c.State() != engine.Authorization {
			t.Errorf("after StartTLS: TLS %v in state %v", ok, c.State())
		}
		caps, err := c.Capabilities()
		if err != nil || caps.Has("X-BEFORE") || !slices.Equal(caps.Mechanisms(), []string{"PLAIN"}) {
			t.Errorf("after: got %v, %v, want what was said inside TLS (RFC 2595 section 4)", caps, err)
		}
		// The mechanism is chosen from the list that came through TLS: CRAM-MD5 was somebody's word.
		login(t, c)
		if err := c.StartTLS(t.Context()); err == nil {
			t.Error("StartTLS again: no error")
		}
		c.Close()
		s.end()
	})
}

// Whatever comes in the clear behind the answer to STLS is an attack.
//
// req: DAU-02, TLS-06
func TestOctetsBehindSTLSAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, answer string }{
		{"a reply", `s: "+OK begin\r\n+OK injected\r\n"`},
		{"half a line", `s: "+OK begin\r\n+"`},
		{"a list of capabilities", `s: "+OK begin\r\n+OK\r\nSASL PLAIN\r\n.\r\n"`},
		{"in a segment of its own", "S: +OK begin\nS: +OK injected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nc, s := play(t, "S: +OK\n"+capa("STLS", "USER")+"C: STLS\n"+tt.answer)
				c, err := connect(t, nc, nil)
				if err != nil {
					t.Fatal(err)
				}
				err = c.StartTLS(t.Context())
				if tt.name == "in a segment of its own" {
					if err == nil || !strings.Contains(err.Error(), "TLS") {
						t.Errorf("got %v, want a handshake that fails", err)
					}
				} else if !errors.Is(err, client.ErrInjected) {
					t.Errorf("got %v, want ErrInjected", err)
				}
				if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err == nil {
					t.Error("Login went on, want the connection closed")
				}
				for _, said := range s.said {
					if strings.Contains(said, "tanstaaf") || strings.Contains(said, "USER") {
						t.Errorf("the client said %q", said)
					}
				}
			})
		})
	}
}

// Without STLS in CAPA nothing is sent and the caller is told; a server without CAPA is asked.
//
// req: TLS-17, TLS-29, TLS-30, CAP-05
func TestSTLSThatIsMissing(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"stripped", "S: +OK\n" + capa("USER") + "C: QUIT\nS: +OK\n", "doesn't announce STLS"},
		{"refused", "S: +OK\n" + capa("USER", "STLS") + "C: STLS\nS: -ERR no\nC: QUIT\nS: +OK\n", "the server says: no"},
		{"no CAPA", "S: +OK\nC: CAPA\nS: -ERR\nC: STLS\nS: -ERR no\nC: QUIT\nS: +OK\n", "the server says: no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc, s := play(t, tt.script)
			c, err := connect(t, nc, func(o *client.Options) { o.RequireTLS = true })
			if err != nil {
				t.Fatal(err)
			}
			if err := c.StartTLS(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, client.ErrNoSTLS) != (tt.name == "stripped") {
				t.Errorf("StartTLS: got %v, want %q", err, tt.want)
			}
			if got, want := c.Odd().Has(client.OddSTLS), tt.name == "stripped"; got != want {
				t.Errorf("odd no-stls: %v, want %v", got, want)
			}
			// TLS is required, so no credentials go out, nor anything else that isn't discovery.
			for name, err := range map[string]error{
				"Login": c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}),
				"APOP":  cmd(c, "APOP", "mrose", strings.Repeat("0", 32)),
				"LANG":  cmd(c, "LANG"),
				"XTND":  cmd(c, "XTND"),
			} {
				if !errors.Is(err, client.ErrTLSRequired) {
					t.Errorf("%s: got %v, want ErrTLSRequired (RFC 8314 section 5.2)", name, err)
				}
			}
			if err := c.Quit(); err != nil {
				t.Errorf("Quit: %v", err)
			}
			s.end()
		})
	}
}

func cmd(c *client.Conn, verb string, args ...string) error {
	_, err := c.Cmd(verb, args...)
	return err
}

// STLS isn't sent after UTF8: RFC 6856 forbids it.
//
// req: I18-08
func TestNoSTLSAfterUTF8(t *testing.T) {
	converse(t, "S: +OK\n"+capa("STLS", "UTF8")+"C: UTF8\nS: +OK\nC: QUIT\nS: +OK\n", func(c *client.Conn) {
		if err := c.UTF8(); err != nil {
			t.Fatal(err)
		}
		if err := c.StartTLS(t.Context()); err == nil || !strings.Contains(err.Error(), "RFC 6856 section 2.1") {
			t.Errorf("StartTLS: got %v, want a refusal, and nothing sent", err)
		}
		if err := c.Quit(); err != nil {
			t.Error(err)
		}
	})
	converse(t, "S: +OK\n"+capa("STLS"), func(c *client.Conn) {
		if err := c.UTF8(); err == nil || !strings.Contains(err.Error(), "doesn't announce UTF8") {
			t.Errorf("UTF8: got %v, want a refusal: some servers close at it", err)
		}
	})
}

// A certificate has to be for the host that was asked for, valid now, and vouched for by a root.
//
// req: TLS-15, TLS-21, SAS-33
func TestCertificates(t *testing.T) {
	named := func(names ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames = names }
	}
	for _, tt := range []struct {
		name   string
		host   string
		change func(*x509.Certificate)
		want   string // of the error; empty: accepted
	}{
		{"the name", "pop.example.org", named("pop.example.org"), ""},
		{"one of several", "pop.example.org", named("imap.example.org", "pop.example.org"), ""},
		{"in capitals", "POP.Example.Org", named("pop.example.org"), ""},
		{"another name", "pop.example.org", named("pop.example.net"), "pop.example.net"},
		{"a name below", "pop.example.org", named("example.org"), "example.org"},
		{"a name above", "example.org", named("pop.example.org"), "pop.example.org"},
		{"a wildcard", "pop.example.org", named("*.example.org"), ""},
		{"a wildcard for two labels", "a.pop.example.org", named("*.example.org"), "*.example.org"},
		{"a wildcard for no label", "example.org", named("*.example.org"), "*.example.org"},
		{"a wildcard that isn't leftmost", "pop.example.org", named("pop.*.org"), "pop.*.org"},
		{"a wildcard within a label", "pop.example.org", named("p*.example.org"), "p*.example.org"},
		{"the common name alone", "test", func(c *x509.Certificate) { c.DNSNames = nil }, "certificate"},
		{"an address", "192.0.2.1", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} }, ""},
		{"an address as a name", "192.0.2.1", named("192.0.2.1"), "IP SANs"},
		{"expired", "pop.example.org", func(c *x509.Certificate) { c.NotAfter = time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC) }, "expired"},
		{"not yet valid", "pop.example.org", func(c *x509.Certificate) { c.NotBefore = time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC) }, "not yet valid"},
		{"for clients only", "pop.example.org", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, "usage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert := newCertificate("pop.example.org", tt.change)
				nc, s := newScript(t, cert, "TLS\nS: +OK\n"+capa("SASL PLAIN")+"C: AUTH PLAIN *\nS: +OK\n")
				s.begin()
				c, err := client.NewTLS(t.Context(), nc, client.Options{Host: tt.host, TLS: &tls.Config{RootCAs: cert.roots}})
				if tt.want == "" {
					if err != nil {
						t.Fatalf("got %v, want it accepted", err)
					}
					login(t, c)
					c.Close()
					s.end()
					return
				}
				var refused *client.CertificateError
				if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("got %v, want a *CertificateError with %q in it (RFC 9525)", err, tt.want)
				}
				if !strings.Contains(err.Error(), client.Fingerprint(cert.cert.Leaf)) {
					t.Errorf("%v doesn't name the fingerprint", err)
				}
				if len(s.said) > 0 {
					t.Errorf("the client said %q", s.said)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		nc, _ := play(t, "TLS")
		_, err := client.NewTLS(t.Context(), nc, client.Options{Host: "pop.example.org"})
		var refused *client.CertificateError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "unknown authority") {
			t.Errorf("a certificate that no root of the system vouches for: got %v, want a *CertificateError", err)
		}
		nc, _ = play(t, "TLS")
		if _, err := client.NewTLS(t.Context(), nc, client.Options{}); err == nil || !strings.Contains(err.Error(), "Options.Host") {
			t.Errorf("without a name to check: got %v, want an error", err)
		}
	})
}

// A pin takes the place of roots and names. Accepting anything is possible, and then no password
// goes out as it is.
//
// req: SAS-33, TLS-15
func TestPinnedAndUncheckedCertificates(t *testing.T) {
	fingerprint := client.Fingerprint(goodCertificate().cert.Leaf)
	other := client.Fingerprint(newCertificate("pop.example.org", func(*x509.Certificate) {}).cert.Leaf)
	bare := strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
	const plain = "TLS\nS: +OK\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\n"
	for _, tt := range []struct {
		name   string
		opt    client.Options
		script string
		want   string
	}{
		{"pinned", client.Options{Pin: fingerprint}, plain + "C: AUTH PLAIN *\nS: +OK", ""},
		{"pinned, without colons", client.Options{Pin: bare}, plain + "C: AUTH PLAIN *\nS: +OK", ""},
		{"pinned, as openssl writes it", client.Options{Pin: "sha256 Fingerprint=" + fingerprint}, plain + "C: AUTH PLAIN *\nS: +OK", ""},
		{"pinned, with SHA256:", client.Options{Pin: "SHA256:" + bare}, plain + "C: AUTH PLAIN *\nS: +OK", ""},
		{"another pinned", client.Options{Pin: other}, "TLS", "isn't the pinned one"},
		{"no fingerprint", client.Options{Pin: "AB:CD"}, "TLS", "is no SHA-256 fingerprint"},
		{"unchecked", client.Options{Insecure: true}, plain, "as it is"},
		{"unchecked, cleartext allowed", client.Options{Insecure: true, AllowCleartext: true}, plain + "C: AUTH PLAIN *\nS: +OK", ""},
		{"pinned where TLS is required", client.Options{Pin: fingerprint, RequireTLS: true}, "TLS", "RFC 8314 section 5.3"},
		{"unchecked where TLS is required", client.Options{Insecure: true, RequireTLS: true}, "TLS", "RFC 8314 section 5.3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nc, s := play(t, tt.script)
				c, err := client.NewTLS(t.Context(), nc, tt.opt)
				if err == nil {
					err = c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"})
					c.Close()
					s.end()
				}
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q in it", err, tt.want)
				}
			})
		})
	}
}

// Quit ends TLS as TLS wants it, so that the server knows that nothing was cut off.
//
// req: TLS-22
func TestQuitClosesTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := play(t, "TLS\nS: +OK\nC: QUIT\nS: +OK\n")
		c, err := client.NewTLS(t.Context(), nc, client.Options{Host: "pop.example.org", TLS: &tls.Config{RootCAs: goodCertificate().roots}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Quit(); err != nil {
			t.Error(err)
		}
		s.end()
		if s.ending != io.EOF {
			t.Errorf("the server reads %v at the end, want io.EOF: a close alert (RFC 8446 section 6.1)", s.ending)
		}
	})
}

// TLS 1.1 isn't spoken.
//
// req: TLS-18, TLS-16
func TestOldTLSIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{goodCertificate().cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}).Handshake()
		}()
		_, err := client.NewTLS(t.Context(), ours, client.Options{Host: "pop.example.org", TLS: &tls.Config{RootCAs: goodCertificate().roots}})
		if err == nil || !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("got %v, want a handshake that fails over the version (RFC 8997)", err)
		}
	})
}

// A port that speaks the other way is recognised.
func TestTheWrongPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		io.WriteString(nc, "+OK ready\r\n")
		io.Copy(io.Discard, nc)
	}()
	if _, err := client.DialTLS(t.Context(), l.Addr().String(), client.Options{}); err == nil || !strings.Contains(err.Error(), "use STLS") {
		t.Errorf("TLS on the port without: got %v, want advice", err)
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		opt := l.options(l.tls)
		opt.Timeout = 5 * time.Second
		if _, err := client.Dial(t.Context(), "pop.example.org", opt); err == nil || !strings.Contains(err.Error(), "try TLS") {
			t.Errorf("no TLS on the port with it: got %v, want advice", err)
		}
	})
}

// Connections that don't come about say why, and what to do.
func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	_, err = client.Dial(t.Context(), closed, client.Options{})
	var dial *client.DialError
	if !errors.As(err, &dial) || !strings.Contains(err.Error(), "nothing listens on that port") {
		t.Errorf("a closed port: got %v", err)
	}
	_, err = client.Dial(t.Context(), "mail.invalid", client.Options{Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		if addr != "mail.invalid:110" {
			t.Errorf("connects to %s, want port 110 (RFC 1939 section 3)", addr)
		}
		return nil, &net.DNSError{Err: "no such host", Name: "mail.invalid", IsNotFound: true}
	}})
	if !errors.As(err, &dial) || !strings.Contains(err.Error(), "check the spelling") {
		t.Errorf("an unknown host: got %v", err)
	}
	_, err = client.DialTLS(t.Context(), "[2001:db8::1]", client.Options{Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		return nil, errors.New("to " + addr)
	}})
	if err == nil || !strings.Contains(err.Error(), "to [2001:db8::1]:995") {
		t.Errorf("pops: got %v, want port 995 (RFC 8314 section 3.3)", err)
	}
	// A greeting that is -ERR is the server's last word.
	nc, s := play(t, "S: -ERR [SYS/TEMP] too many connections")
	var refused *client.ServerError
	if _, err := connect(t, nc, nil); !errors.As(err, &refused) || !refused.Temporary() {
		t.Errorf("a greeting with -ERR: got %v, want a temporary refusal", err)
	}
	s.end()
	// A context that ends takes the attempt with it.
	ctx, cancel := context.WithCancel(t.Context())
	ours, theirs := net.Pipe()
	defer theirs.Close()
	time.AfterFunc(0, cancel)
	if _, err := client.New(ctx, ours, client.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: got %v, want context.Canceled", err)
	}
}

// Connecting to a URL logs nobody in: that takes a call with credentials for this very server.
// Without TLS a password goes out to this machine only.
//
// req: URL-07, URL-09, URL-05
func TestURLsLogNobodyIn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	script := make(chan *script, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		_, s := newScript(t, goodCertificate(), "S: +OK\n"+capa("USER")+"C: USER mrose\nS: +OK\nC: PASS tanstaaf\nS: +OK\n")
		s.attach(nc)
		s.begin()
		script <- s
	}()
	u, err := client.ParseURL("pop://mrose@" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.DialURL(t.Context(), u, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := <-script
	if caps, err := c.Capabilities(); err != nil || !caps.Has("USER") || c.State() != engine.Authorization {
		t.Errorf("after DialURL: %v, %v in state %v, want AUTHORIZATION", caps, err, c.State())
	}
	if err := c.Login(u.Credentials("tanstaaf")); err != nil {
		t.Errorf("Login over loopback: %v", err)
	}
	c.Close()
	s.end()
}
