package server

import (
	"context"
	"crypto/tls"
	"slices"
	"testing"

	"pop3lab/engine"
	mail "pop3lab/engine/client"
)

// Both ends prove that they sit on the same TLS connection, whichever way it began. With TLS 1.2 the client
// has its binding too, as long as the master secret is extended.
//
// req: MEC-28, MEC-31, MEC-35
func TestChannelBinding(t *testing.T) {
	s := serve(t, nil)
	for name, dial := range map[string]func(*testing.T, mail.Options) *mail.Conn{
		"pop3s": func(t *testing.T, o mail.Options) *mail.Conn {
			c, err := mail.DialTLS(t.Context(), s.tls, o)
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		"STLS": func(t *testing.T, o mail.Options) *mail.Conn {
			c, err := mail.Dial(t.Context(), s.plain, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.StartTLS(context.Background()); err != nil {
				t.Fatal(err)
			}
			return c
		},
	} {
		for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
			for _, mechanism := range []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"} {
				t.Run(name+" "+tls.VersionName(version)+" "+mechanism, func(t *testing.T) {
					conf := clientTLS()
					conf.MinVersion, conf.MaxVersion = version, version
					c := dial(t, mail.Options{Host: "localhost", TLS: conf})
					defer c.Close()
					if err := c.Login(mail.Credentials{User: "mrose", Password: "tanstaaf", Auth: mechanism}); err != nil || c.State() != engine.Transaction {
						t.Fatalf("got %v in %v, want TRANSACTION (RFC 5802 section 6, RFC 9266)", err, c.State())
					}
					if err := c.Quit(); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
}

// Without TLS there is nothing to bind to, and nothing is announced.
//
// req: MEC-31
func TestNoChannelBindingWithoutTLS(t *testing.T) {
	s := serve(t, nil)
	c, err := mail.Dial(t.Context(), s.plain, mail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	caps, err := c.Capabilities()
	if err != nil {
		t.Fatal(err)
	}
	if m := caps.Mechanisms(); slices.Contains(m, "SCRAM-SHA-256-PLUS") || !slices.Contains(m, "SCRAM-SHA-256") {
		t.Errorf("without TLS CAPA announces %v, want SCRAM-SHA-256 and nothing with -PLUS", m)
	}
}

// A server that announces no -PLUS takes a client's "y", which says just that, for the truth.
//
// req: MEC-29
func TestNoPlusAnnouncedNoneExpected(t *testing.T) {
	s := serve(t, func(c *engine.Config, _ *Server) { c.Persona.Mechanisms = []string{"SCRAM-SHA-256"} })
	c, err := mail.DialTLS(t.Context(), s.tls, mail.Options{Host: "localhost", TLS: clientTLS()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(mail.Credentials{User: "mrose", Password: "tanstaaf", Auth: "SCRAM-SHA-256"}); err != nil {
		t.Errorf("SCRAM-SHA-256 at a server without -PLUS: got %v, want a login (RFC 5802 section 6)", err)
	}
}
