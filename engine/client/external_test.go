package client_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/prep"
)

// EXTERNAL: the client's certificate says who it is, and nothing secret is sent.
//
// req: SAS-11, TLS-20
func TestExternal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine := newCertificate("client", func(c *x509.Certificate) {
			c.EmailAddresses = []string{"mrose"}
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})
		l := newLab(t, func(_ *engine.Config, s *serverOf) {
			s.TLS = &tls.Config{Certificates: s.TLS.Certificates, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: mine.roots}
			s.External = func(c *x509.Certificate) string { return c.EmailAddresses[0] }
		})
		c := l.dialTLS(t, func(o *client.Options) {
			o.TLS = &tls.Config{RootCAs: goodCertificate().roots, Certificates: []tls.Certificate{mine.cert}}
		})
		if c.State() != engine.Authorization {
			t.Errorf("state: got %v, want AUTHORIZATION, certificate or not (RFC 8314 section 3.1)", c.State())
		}
		if err := c.Login(client.Credentials{Auth: "EXTERNAL"}); err != nil {
			t.Fatalf("Login: %v", err)
		}
		if n, _, err := c.Stat(); n != 2 || err != nil {
			t.Errorf("Stat: got %d, %v, want mrose's 2", n, err)
		}
		if err := c.Quit(); err != nil {
			t.Error(err)
		}
		// Without a certificate the server doesn't announce it.
		c = l.dialTLS(t, nil)
		if err := c.Login(client.Credentials{Auth: "EXTERNAL"}); err == nil || !strings.Contains(err.Error(), "doesn't announce it") {
			t.Errorf("without a certificate: got %v", err)
		}
	})
}

// SCRAM with channel binding: the proof is worth nothing on any other TLS connection. What is
// behind here is our server's mechanism with the binding of its end.
//
// req: MEC-35
func TestScramWithChannelBinding(t *testing.T) {
	for _, tt := range []struct {
		name string
		// relayed is somebody in the middle, whose TLS connection to the client is another than
		// the one to the server.
		relayed bool
		// hidden takes the mechanism out of the list, as somebody might who wants a weaker one.
		hidden bool
	}{{"straight", false, false}, {"relayed", true, false}, {"taken out of the list", false, true}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				served := make(chan error, 1)
				go func() {
					defer theirs.Close()
					served <- serveScramPlus(theirs, tt.relayed, tt.hidden)
				}()
				c, err := client.NewTLS(t.Context(), ours, client.Options{Host: "pop.example.org", TLS: &tls.Config{RootCAs: goodCertificate().roots}})
				if err != nil {
					t.Fatal(err)
				}
				err = c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"})
				var refused *client.ServerError
				if bad := tt.relayed || tt.hidden; bad != errors.As(err, &refused) || !bad && err != nil {
					t.Errorf("Login: got %v, want a refusal: %v", err, bad)
				}
				c.Close()
				if err := <-served; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// serveScramPlus is a server with one mechanism, up to the end of AUTH.
func serveScramPlus(nc net.Conn, relayed, hidden bool) error {
	conn := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{goodCertificate().cert}})
	if err := conn.Handshake(); err != nil {
		return err
	}
	env := &sasl.Env{
		Random: func(p []byte) {}, Normalize: prep.NFKC, Key: []byte("key"),
		Lookup: func(name string) (sasl.Account, bool, error) {
			return sasl.Account{Name: name, Secret: "tanstaaf"}, true, nil
		},
		Binding: func(kind string) []byte {
			state := conn.ConnectionState()
			data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
			if kind != "tls-exporter" || err != nil {
				return nil
			}
			if relayed {
				data[0] ^= 1
			}
			return data
		},
	}
	r := bufio.NewReader(conn)
	announced := "SCRAM-SHA-256-PLUS SCRAM-SHA-256"
	if hidden {
		announced = "SCRAM-SHA-256"
	}
	fmt.Fprint(conn, "+OK\r\n")
	if line, err := r.ReadString('\n'); err != nil || line != "CAPA\r\n" {
		return fmt.Errorf("got %q, %v, want CAPA", line, err)
	}
	fmt.Fprintf(conn, "+OK\r\nSASL %s\r\n.\r\n", announced)
	line, err := r.ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 || words[0] != "AUTH" || words[1] != strings.Fields(announced)[0] {
		return fmt.Errorf("got %q, %v, want AUTH with the first of %s", line, err, announced)
	}
	m, _ := sasl.Find(words[1])
	exchange, response := m.New(env), words[2]
	for {
		octets, err := sasl.DecodeBase64(response)
		if err != nil {
			return err
		}
		challenge, done, err := exchange.Next(octets)
		switch {
		case err != nil:
			fmt.Fprint(conn, "-ERR [AUTH] no\r\n")
		case done:
			fmt.Fprint(conn, "+OK\r\n")
		default:
			fmt.Fprintf(conn, "+ %s\r\n", base64.StdEncoding.EncodeToString(challenge))
			if response, err = r.ReadString('\n'); err != nil {
				return err
			}
			response = strings.TrimSpace(response)
			continue
		}
		_, err = io.Copy(io.Discard, conn)
		return err
	}
}
