package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// What the tests of this package share: a server over loopback, a client made of net/textproto,
// which nobody here has written, and certificates.

// A site is a server under test and what it serves.
type site struct {
	*Server
	store *memdrop.Store
	log   *journal
	plain string // addresses
	tls   string
}

// letters are mrose's: three small messages of known octets.
var letters = []string{
	"Subject: one\r\n\r\nfirst\r\n",
	"Subject: two\r\n\r\n.begins with a dot\r\n",
	"Subject: three\r\n\r\nthird\r\n",
}

// protocol makes the Config that the tests begin with; users without a maildrop of their own get
// an empty one.
func protocol(users ...string) (engine.Config, *memdrop.Store) {
	store := memdrop.New()
	for _, l := range letters {
		store.Deliver("mrose", []byte(l))
	}
	accounts := engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"})
	for _, u := range users {
		store.Create(u)
		accounts[u] = engine.User{Name: u, Secret: "tanstaaf"}
	}
	return engine.Config{Users: accounts, Store: store, STLS: true, Random: func(p []byte) { rand.Read(p) }}, store
}

// serve starts a server on two free ports of the loopback. Its end, which no session may survive,
// is part of every test.
func serve(t testing.TB, change func(*engine.Config, *Server), users ...string) *site {
	t.Helper()
	c, store := protocol(users...)
	s := &site{store: store, log: &journal{late: time.Minute}, Server: &Server{TLS: serverTLS(t)}}
	s.Log = slog.New(slog.NewTextHandler(s.log, nil))
	if change != nil {
		change(&c, s.Server)
	}
	s.Protocol = engine.New(c)
	var ends []chan error
	listen := func(serve func(net.Listener) error) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		end := make(chan error, 1)
		ends = append(ends, end)
		go func() { end <- serve(l) }() // ends with Close below
		return l.Addr().String()
	}
	s.plain, s.tls = listen(s.Serve), listen(s.ServeTLS)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		for _, end := range ends {
			if err := <-end; err != nil {
				t.Errorf("Serve after Close: got %v, want nil", err)
			}
		}
		if _, locked := s.store.Owner("mrose"); locked {
			t.Error("after Close: got mrose's maildrop locked, want every lock released (DST-04)")
		}
	})
	return s
}

// A journal is a log that can be read while it's written.
type journal struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed with the next line
	late time.Duration // how long wait waits
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.more != nil {
		close(j.more)
		j.more = nil
	}
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// wait waits for a line that has all of parts, and returns it.
func (j *journal) wait(t testing.TB, parts ...string) string {
	t.Helper()
	late := time.After(j.late)
	for {
		j.mu.Lock()
		text := j.b.String()
		if j.more == nil {
			j.more = make(chan struct{})
		}
		more := j.more
		j.mu.Unlock()
	lines:
		for line := range strings.Lines(text) {
			for _, part := range parts {
				if !strings.Contains(line, part) {
					continue lines
				}
			}
			return line
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("log: got\n%s\nwant a line with %q", text, parts)
		}
	}
}

// A client is one side of a dialogue.
type client struct {
	t testing.TB
	*textproto.Conn
	nc net.Conn
}

// dial connects and takes the greeting.
func (s *site) dial(t testing.TB) *client {
	t.Helper()
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	c := talk(t, nc)
	c.ok("")
	return c
}

// dialTLS is dial with implicit TLS.
func (s *site) dialTLS(t testing.TB) *client {
	t.Helper()
	nc, err := tls.Dial("tcp", s.tls, clientTLS())
	if err != nil {
		t.Fatal(err)
	}
	c := talk(t, nc)
	c.ok("")
	return c
}

// login is dial, USER and PASS.
func (s *site) login(t testing.TB, user string) *client {
	t.Helper()
	c := s.dial(t)
	c.login(user)
	return c
}

func talk(t testing.TB, nc net.Conn) *client {
	c := &client{t, textproto.NewConn(nc), nc}
	t.Cleanup(func() { nc.Close() })
	return c
}

// ask sends a line, or nothing, and returns the reply's first line.
func (c *client) ask(line string) string {
	c.t.Helper()
	if line != "" {
		if err := c.PrintfLine("%s", line); err != nil {
			c.t.Fatalf("C: %s: %v", line, err)
		}
	}
	reply, err := c.ReadLine()
	if err != nil {
		c.t.Fatalf("C: %s: got %v, want a reply", line, err)
	}
	return reply
}

// ok is ask for which the answer must be positive.
func (c *client) ok(line string) string {
	c.t.Helper()
	reply := c.ask(line)
	if !strings.HasPrefix(reply, "+OK") {
		c.t.Fatalf("C: %s\nS: %s\nwant +OK", line, reply)
	}
	return reply
}

// err is ask for which the answer must be negative and have part.
func (c *client) err(line, part string) {
	c.t.Helper()
	if reply := c.ask(line); !strings.HasPrefix(reply, "-ERR") || !strings.Contains(reply, part) {
		c.t.Fatalf("C: %s\nS: %s\nwant -ERR with %q", line, reply, part)
	}
}

func (c *client) login(user string) {
	c.t.Helper()
	c.ok("USER " + user)
	c.ok("PASS tanstaaf")
}

// message is RETR, read by net/textproto.
func (c *client) message(num int) string {
	c.t.Helper()
	c.ok(fmt.Sprintf("RETR %d", num))
	octets, err := c.ReadDotBytes()
	if err != nil {
		c.t.Fatalf("RETR %d: %v", num, err)
	}
	return strings.ReplaceAll(string(octets), "\n", "\r\n")
}

// closed checks that the server says nothing more and closes.
func (c *client) closed(why string) {
	c.t.Helper()
	if rest, err := io.ReadAll(c.R); len(rest) > 0 || err != nil {
		c.t.Fatalf("%s: got %q, %v; want the connection closed without another octet", why, rest, err)
	}
}

// quit is QUIT and the end.
func (c *client) quit() {
	c.t.Helper()
	c.ok("QUIT")
	c.closed("after QUIT")
	c.Close()
}

// reset makes the client vanish as a crashed program does, with RST.
func (c *client) reset() {
	if tcp, ok := c.nc.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.nc.Close()
}

// free waits until user's maildrop isn't locked: some session's end is still under way.
func (s *site) free(t testing.TB, user string) *client {
	t.Helper()
	for {
		c := s.dial(t)
		c.ok("USER " + user)
		reply := c.ask("PASS tanstaaf")
		if strings.HasPrefix(reply, "+OK") {
			return c
		}
		if !strings.Contains(reply, "IN-USE") {
			t.Fatalf("PASS: got %s, want +OK", reply)
		}
		c.quit()
	}
}

// count checks how many messages user has.
func (s *site) count(t testing.TB, user string, want int, rule string) {
	t.Helper()
	if got := len(s.store.Messages(user)); got != want {
		t.Errorf("%s has %d messages, want %d: %s", user, got, want, rule)
	}
}

var authority = sync.OnceValue(func() *identity { return newIdentity("the tests' authority", "", nil) })

// An identity is a certificate and its key.
type identity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	tls  tls.Certificate
}

// newIdentity makes a certificate; issuer nil makes one that signs itself and others.
func newIdentity(name, mail string, issuer *identity) *identity {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // chance never fails
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: issuer == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if mail != "" {
		template.EmailAddresses = []string{mail}
	}
	by := &identity{template, key, tls.Certificate{}}
	if issuer != nil {
		by = issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &identity{cert, key, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

var serverIdentity = sync.OnceValue(func() *identity { return newIdentity("localhost", "", authority()) })

func serverTLS(testing.TB) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{serverIdentity().tls}}
}

// clientTLS trusts the tests' authority.
func clientTLS() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(authority().cert)
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// stls is STLS and the handshake.
func (c *client) stls(conf *tls.Config) *client {
	c.t.Helper()
	c.ok("STLS")
	secure := tls.Client(c.nc, conf)
	if err := secure.Handshake(); err != nil {
		c.t.Fatalf("handshake after STLS: %v", err)
	}
	return talk(c.t, secure)
}

// A fileStore keeps messages in files that stand as they go out, so that the operating system can
// send them.
type fileStore struct {
	engine.Store
	dir string
}

func (f fileStore) Open(user, owner string) (engine.Maildrop, error) {
	d, err := f.Store.Open(user, owner)
	return fileDrop{d, f.dir}, err
}

type fileDrop struct {
	engine.Maildrop
	dir string
}

func (d fileDrop) Body(i int) (engine.Body, error) {
	b, err := d.Maildrop.Body(i)
	if err != nil {
		return nil, err
	}
	_, dots, ok := b.(engine.Direct).Direct()
	if !ok {
		return nil, errors.New("the tests' messages have CRLF")
	}
	f, err := os.Open(filepath.Join(d.dir, fmt.Sprint(i)))
	return fileBody{f, dots}, err
}

type fileBody struct {
	*os.File
	dots []int64
}

func (b fileBody) Direct() (io.Reader, []int64, bool) { return b.File, b.dots, true }

// shutdown is Shutdown that has as long as it takes.
func (s *site) shutdown(t testing.TB) {
	t.Helper()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: got %v, want nil", err)
	}
}
