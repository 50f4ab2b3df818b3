package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sasl/prep"
	"pop3lab/engine/server"
)

// A pipes is a listener of pipes: dial makes one.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	over  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), over: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.over) }); return nil }
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

// serverOf is what newLab lets a test change.
type serverOf = server.Server

// A lab is a server of ours at the other end of pipes.
type lab struct {
	store *memdrop.Store
	plain *pipes
	tls   *pipes
}

// users are mrose and dewey, with the password and a token that every test knows.
var users = engine.NewAccounts(
	engine.User{Name: "mrose", Secret: "tanstaaf", Tokens: []string{"teaching-token"}},
	engine.User{Name: "dewey", Secret: "secret"},
)

// newLab starts a server; change may alter it first.
func newLab(t testing.TB, change func(*engine.Config, *serverOf)) *lab {
	t.Helper()
	l := &lab{store: memdrop.Demo(), plain: newPipes(), tls: newPipes()}
	config := engine.Config{Users: users, Store: l.store, STLS: true, Random: func(p []byte) { rand.Read(p) }, Normalize: prep.NFKC, Anonymous: "dewey"}
	s := &server.Server{TLS: &tls.Config{Certificates: []tls.Certificate{goodCertificate().cert}}}
	if change != nil {
		change(&config, s)
	}
	s.Protocol = engine.New(config)
	var served sync.WaitGroup
	served.Go(func() { s.Serve(l.plain) })
	served.Go(func() { s.ServeTLS(l.tls) })
	t.Cleanup(func() {
		s.Close()
		served.Wait()
	})
	return l
}

// options are those that trust the lab's certificate.
func (l *lab) options(p *pipes) client.Options {
	return client.Options{Host: "pop.example.org", TLS: &tls.Config{RootCAs: goodCertificate().roots}, Dial: p.dial}
}

// dial connects in the clear, with passwords allowed.
func (l *lab) dial(t testing.TB, change func(*client.Options)) *client.Conn {
	t.Helper()
	opt := l.options(l.plain)
	opt.AllowCleartext = true
	if change != nil {
		change(&opt)
	}
	c, err := client.Dial(t.Context(), "pop.example.org", opt)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// dialTLS connects with TLS.
func (l *lab) dialTLS(t testing.TB, change func(*client.Options)) *client.Conn {
	t.Helper()
	opt := l.options(l.tls)
	if change != nil {
		change(&opt)
	}
	c, err := client.DialTLS(t.Context(), "pop.example.org", opt)
	if err != nil {
		t.Fatalf("DialTLS: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// login is dial and Login as mrose.
func (l *lab) login(t testing.TB, change func(*client.Options)) *client.Conn {
	t.Helper()
	c := l.dial(t, change)
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err != nil {
		t.Fatalf("Login: %v", err)
	}
	return c
}

// A certificate and the roots that vouch for it.
type certificate struct {
	cert  tls.Certificate
	roots *x509.CertPool
}

var goodCertificate = sync.OnceValue(func() certificate {
	return newCertificate("pop.example.org", func(*x509.Certificate) {})
})

// newCertificate makes a certificate for name that vouches for itself.
func newCertificate(name string, change func(*x509.Certificate)) certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // no test can go on without randomness
	}
	// The times are wide enough for synctest's clock, which begins in 2000.
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{name},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	c := certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, x509.NewCertPool()}
	c.roots.AddCert(leaf)
	return c
}

// read reads lines to their end.
func read(t testing.TB, lines io.Reader, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
