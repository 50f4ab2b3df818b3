package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// A script is a server that says what it's told to and insists on what it hears. Its lines:
//
//	S: +OK ready          sends the line with CRLF
//	s: "+OK\n"            sends the octets, quoted as in Go
//	C: USER mrose         wants exactly this line, with CRLF
//	C: AUTH PLAIN *       wants a line that begins so
//	C: \*                 wants a lone *
//	TLS                   does the server's half of a TLS handshake
//	close                 closes the connection
//
// After the last line the client must say nothing more before it closes.
type script struct {
	t    testing.TB
	nc   net.Conn
	r    *bufio.Reader
	cert certificate
	said []string // what the client said
	err  error
	// ending is what reading said when the script was over.
	ending error
	done   sync.WaitGroup
	// hook may change a line before it's played. It's set between newScript and begin.
	hook  func(line string) string
	begin func()
}

// play starts a script at the other end of the connection that it returns.
func play(t testing.TB, text string) (net.Conn, *script) {
	t.Helper()
	nc, s := newScript(t, goodCertificate(), text)
	s.begin()
	return nc, s
}

// newScript is play without the start, which is begin's.
func newScript(t testing.TB, cert certificate, text string) (net.Conn, *script) {
	t.Helper()
	ours, theirs := net.Pipe()
	s := &script{t: t, nc: theirs, r: bufio.NewReader(theirs), cert: cert, hook: func(line string) string { return line }}
	s.begin = func() {
		s.done.Go(func() {
			defer func() { s.nc.Close() }()
			s.err = s.run(strings.Split(strings.TrimSpace(text), "\n"))
		})
	}
	t.Cleanup(func() { ours.Close(); s.done.Wait() })
	return ours, s
}

// attach plays the script on another connection than a pipe.
func (s *script) attach(nc net.Conn) { s.nc, s.r = nc, bufio.NewReader(nc) }

func (s *script) run(lines []string) error {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		l = s.hook(l)
		kind, text, _ := strings.Cut(l, " ")
		var err error
		switch kind {
		case "S:":
			_, err = io.WriteString(s.nc, text+"\r\n")
		case "s:":
			var raw string
			if raw, err = strconv.Unquote(text); err == nil {
				_, err = io.WriteString(s.nc, raw)
			}
		case "C:":
			err = s.expect(text)
		case "TLS":
			c := tls.Server(s.nc, &tls.Config{Certificates: []tls.Certificate{s.cert.cert}})
			err = c.Handshake()
			s.nc, s.r = c, bufio.NewReader(c)
		case "close":
			return s.nc.Close()
		default:
			err = errors.New("the script has no such line")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l, err)
		}
	}
	line, err := s.r.ReadString('\n')
	s.ending = err
	if line != "" {
		s.said = append(s.said, strings.TrimSuffix(line, "\r\n"))
		return fmt.Errorf("the client says %q when the script is over", line)
	}
	return nil
}

func (s *script) expect(want string) error {
	got, err := s.r.ReadString('\n')
	if err != nil {
		return err
	}
	s.said = append(s.said, strings.TrimSuffix(got, "\r\n"))
	if want == `\*` {
		want = "*"
	} else if prefix, any := strings.CutSuffix(want, "*"); any && strings.HasPrefix(got, prefix) && strings.HasSuffix(got, "\r\n") {
		return nil
	}
	if got != want+"\r\n" {
		return fmt.Errorf("the client says %q", got)
	}
	return nil
}

// end waits for the script's end and fails the test unless the client kept to it.
func (s *script) end() {
	s.t.Helper()
	s.done.Wait()
	if s.err != nil {
		s.t.Errorf("the script: %v", s.err)
	}
}

// connect makes a Conn to a script; passwords may go in the clear unless change says otherwise.
func connect(t testing.TB, nc net.Conn, change func(*client.Options)) (*client.Conn, error) {
	opt := client.Options{Host: "pop.example.org", TLS: &tls.Config{RootCAs: goodCertificate().roots}, AllowCleartext: true}
	if change != nil {
		change(&opt)
	}
	return client.New(context.Background(), nc, opt)
}

// converse plays a script and lets do have the connection; the script must come to its end.
func converse(t testing.TB, text string, do func(c *client.Conn)) {
	t.Helper()
	nc, s := play(t, text)
	c, err := connect(t, nc, nil)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	do(c)
	c.Close()
	s.end()
}

// in puts a Conn into TRANSACTION.
const in = `
S: +OK ready
C: CAPA
S: -ERR
C: USER mrose
S: +OK
C: PASS tanstaaf
S: +OK
`

func login(t testing.TB, c *client.Conn) {
	t.Helper()
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err != nil {
		t.Fatalf("Login: %v", err)
	}
	if c.State() != engine.Transaction {
		t.Fatalf("state after Login: got %v, want TRANSACTION", c.State())
	}
}
