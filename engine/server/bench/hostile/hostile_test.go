package hostile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A small server that is right, unless flaw names one of its ways to be wrong: then some client
// of the package has to notice.
type small struct {
	flaw  string
	mail  string // message 1, as RETR sends it
	mu    sync.Mutex
	inUse bool
	gone  bool // message 1 was removed
	conns int
}

var account = Account{User: "mrose", Password: "tanstaaf"}

func start(t *testing.T, flaw string, wrap func(net.Listener) net.Listener) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	addr = ln.Addr().String()
	if wrap != nil {
		ln = wrap(ln)
	}
	s := &small{flaw: flaw, mail: strings.Repeat("a line of mail\r\n..and one with a dot\r\n", 3000) + ".\r\n"}
	go func() { // ends when the listener is closed
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go s.serve(c) // ends with its client
		}
	}()
	return addr
}

func (s *small) serve(c net.Conn) {
	defer c.Close()
	s.mu.Lock()
	s.conns++
	n := s.conns
	s.mu.Unlock()
	if s.flaw == "full after a hundred" && n > 100 {
		return
	}
	in, out := bufio.NewReader(c), bufio.NewWriter(c)
	say := func(text string) { out.WriteString(text + "\r\n"); out.Flush() }
	say("+OK ready")
	if s.flaw == "answers early" {
		in.Peek(1)
		say("+OK")
	}
	user, owner, marked := "", false, false
	defer func() {
		s.mu.Lock()
		if owner && s.flaw != "keeps the lock" {
			s.inUse = false
		}
		s.mu.Unlock()
	}()
	for {
		line, err := s.line(in)
		if err != nil && !(s.flaw == "obeys half a command" && len(line) > 0) {
			return
		}
		verb, arg, _ := strings.Cut(string(line), " ")
		switch {
		case len(line) > 255:
			if s.flaw == "closes on a long line" {
				return
			}
			say("-ERR too long")
			if s.flaw == "answers a long line twice" {
				say("-ERR and unknown")
			}
		case strings.HasPrefix(string(line), "GET ") && s.flaw != "talks to browsers", verb != "" && verb[0] == 0x16 && s.flaw != "talks to TLS":
			return
		case verb == "USER":
			user = arg
			say("+OK")
		case verb == "PASS" && user == account.User && arg == account.Password:
			s.mu.Lock()
			free := !s.inUse
			if free {
				s.inUse, owner = true, true
			}
			s.mu.Unlock()
			if !free {
				say("-ERR [IN-USE] somebody has it")
				continue
			}
			say("+OK")
		case verb == "STAT" && owner:
			s.mu.Lock()
			if s.gone || s.flaw == "STAT changes" && n > 3 {
				say("+OK 0 0")
			} else {
				say("+OK 1 1000")
			}
			s.mu.Unlock()
		case verb == "RETR" && owner:
			if _, err := out.WriteString("+OK\r\n" + s.mail); err != nil || out.Flush() != nil {
				return
			}
		case verb == "DELE" && owner:
			if marked = true; s.flaw == "removes at DELE" {
				s.mu.Lock()
				s.gone = true
				s.mu.Unlock()
			}
			say("+OK")
		case verb == "QUIT":
			s.mu.Lock()
			if marked {
				s.gone = true
			}
			if owner && s.flaw != "keeps the lock" {
				s.inUse, owner = false, false
			}
			s.mu.Unlock()
			say("+OK")
			return
		case s.flaw == "likes everything":
			say("+OK")
		case s.flaw == "reply without end":
			say("-ERR " + strings.Repeat("no ", 200))
		default:
			say("-ERR unknown")
		}
		if s.flaw == "forgets what is pipelined" {
			in.Discard(in.Buffered())
		}
	}
}

// line reads a line without its end; of a long one only so much that it's known to be too long.
func (s *small) line(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		if len(line) < 300 {
			line = append(line, piece[:min(len(piece), 300)]...)
		}
		if s.flaw == "resumes in a long line" && err == bufio.ErrBufferFull {
			return line, nil
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if s.flaw == "drops NULs" {
			line = bytes.ReplaceAll(line, []byte("\x00"), nil)
			if string(line) == "NOOP\r\n" {
				return []byte("USER noop"), err
			}
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// smallSize keeps the test short. The line is longer than any buffer of the test server.
var smallSize = Size{Line: 600_000, Connections: 300, Pause: time.Millisecond, Unread: 50}

func TestRightServer(t *testing.T) {
	addr := start(t, "", nil)
	for _, c := range Clients(account, smallSize) {
		t.Run(c.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if err := c.Run(ctx, addr); err != nil {
				t.Errorf("got %v, want no error from a server that is right: %s", err, c.Expect)
			}
		})
	}
}

func TestWrongServers(t *testing.T) {
	clients := Clients(account, smallSize)
	for _, test := range []struct {
		flaw    string
		clients []string // that must notice
		want    string   // in their errors
	}{
		{"closes on a long line", []string{"long line", "long password"}, "the answer to a line of 600000 octets"},
		{"answers a long line twice", []string{"long line", "long password"}, "the answer to QUIT"},
		{"resumes in a long line", []string{"long line", "long password"}, "the answer to QUIT"},
		{"likes everything", []string{"garbage", "NULs", "slow drip"}, "want -ERR"},
		{"drops NULs", []string{"NULs"}, "NO\\x00OP"},
		{"reply without end", []string{"NULs"}, "more than 512 octets"},
		{"talks to browsers", []string{"HTTP"}, "want the connection closed"},
		{"talks to TLS", []string{"TLS on the plain port"}, "want the connection closed"},
		{"answers early", []string{"slow drip"}, "none before the line is whole"},
		{"obeys half a command", []string{"half-close"}, "want -ERR or the end"},
		{"forgets what is pipelined", []string{"half-close"}, "reading answer 2"},
		{"forgets what is pipelined", []string{"unread answers"}, "RETR 2 of 50"},
		{"removes at DELE", []string{"half-close", "reset"}, "nothing is removed without QUIT"},
		{"keeps the lock", []string{"half-close", "reset"}, "a session after"},
		{"full after a hundred", []string{"open and drop"}, "dropping 300 connections"},
	} {
		for _, name := range test.clients {
			t.Run(test.flaw+"/"+name, func(t *testing.T) {
				t.Parallel()
				i := slices.IndexFunc(clients, func(c Client) bool { return c.Name == name })
				// Some of these servers just never close: then the end of the context is the answer.
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := clients[i].Run(ctx, start(t, test.flaw, nil))
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("at a server that %s: got %v, want an error with %q: %s", test.flaw, err, test.want, clients[i].Expect)
				}
			})
		}
	}
}

func TestPlainOnTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	addr := start(t, "", func(ln net.Listener) net.Listener { return tls.NewListener(ln, config) })
	if err := PlainOnTLS(t.Context(), addr); err != nil {
		t.Errorf("a TLS listener: got %v, want no error", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := PlainOnTLS(ctx, start(t, "", nil)); err == nil {
		t.Error("a listener without TLS: got no error, want one")
	}
}

func TestDeafHoldsUntilTheEnd(t *testing.T) {
	addr := start(t, "", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := Deaf(ctx, addr, account); err != nil || ctx.Err() == nil {
		t.Errorf("Deaf: got %v before the end of its context, want nil after it", err)
	}
	if _, err := Alive(t.Context(), addr, account); err != nil {
		t.Errorf("after Deaf: got %v, want the maildrop free", err)
	}
	if err := Deaf(t.Context(), addr, Account{User: "mrose", Password: "wrong"}); err == nil {
		t.Error("Deaf with a wrong password: got no error, want one: it would hold nothing")
	}
}

func TestBystander(t *testing.T) {
	addr := start(t, "", nil)
	ctx, cancel := context.WithCancel(t.Context())
	storm := make(chan error, 1)
	go func() { // ends with the connections it makes
		storm <- OpenAndDrop(200)(ctx, addr)
		cancel()
	}()
	n, longest, err := Bystander(ctx, addr, account)
	if err != nil || n == 0 || longest <= 0 {
		t.Errorf("beside others: got %d sessions, the longest %v, %v, want some and no error", n, longest, err)
	}
	if err := <-storm; err != nil {
		t.Error(err)
	}
	for flaw, want := range map[string]string{
		"STAT changes":         "want \"+OK 1 1000\" as before",
		"full after a hundred": "session 101 beside the hostile ones",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if _, _, err := Bystander(ctx, start(t, flaw, nil), account); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("at a server with the flaw %q: got %v, want an error with %q", flaw, err, want)
		}
	}
}
