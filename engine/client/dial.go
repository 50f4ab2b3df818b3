package client

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"pop3lab/engine"
)

// Dial connects in the clear, to port 110 when addr names none, and reads the greeting. StartTLS
// is what should come next, unless the server is on this machine. ctx ends the attempt, not the
// connection.
func Dial(ctx context.Context, addr string, opt Options) (*Conn, error) {
	nc, err := opt.dial(ctx, addr, "110")
	if err != nil {
		return nil, err
	}
	return opt.named(addr).begin(ctx, nc, false)
}

// DialTLS connects with TLS from the first octet, to port 995 when addr names none, and reads the
// greeting. It's the better way: nothing goes in the clear, so nothing can be taken out or put in
// (RFC 8314 section 3).
func DialTLS(ctx context.Context, addr string, opt Options) (*Conn, error) {
	nc, err := opt.dial(ctx, addr, "995")
	if err != nil {
		return nil, err
	}
	return opt.named(addr).begin(ctx, nc, true)
}

// NewTLS is New with TLS from the first octet. Options.Host is the name that the certificate has to
// be for.
func NewTLS(ctx context.Context, nc net.Conn, opt Options) (*Conn, error) {
	return opt.begin(ctx, nc, true)
}

// named is opt with the host of addr, unless it names another.
func (opt Options) named(addr string) Options {
	if opt.Host == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			host = addr
		}
		opt.Host = strings.Trim(host, "[]")
	}
	return opt
}

// begin makes a Conn of a connection. On error the connection is closed.
func (opt Options) begin(ctx context.Context, nc net.Conn, implicit bool) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	c := &Conn{opt: opt, nc: nc, tcp: nc}
	err := error(nil)
	if implicit {
		err = c.handshake(ctx)
		c.d.secure = true
	}
	if err == nil {
		err = c.greet()
	}
	if err != nil {
		nc.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return c, nil
}

// A DialError is a connection that didn't come about.
type DialError struct {
	Addr string
	Err  error
}

func (e *DialError) Error() string {
	var dns *net.DNSError
	hint := "is the address right, and is a server running there?"
	switch {
	case errors.As(e.Err, &dns) && dns.IsNotFound:
		hint = "there is no host of that name, so check the spelling"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		hint = "nothing listens on that port: is the server running, and is the port right?"
	case isTimeout(e.Err):
		hint = "no answer in time: a firewall may be in the way, or the host is down"
	}
	return fmt.Sprintf("client: no connection to %s: %s: %v", e.Addr, hint, e.Err)
}

func (e *DialError) Unwrap() error { return e.Err }

func (opt *Options) dial(ctx context.Context, addr, port string) (net.Conn, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		addr = net.JoinHostPort(strings.Trim(addr, "[]"), port)
	}
	dial := opt.Dial
	if dial == nil {
		d := &net.Dialer{Timeout: time.Minute}
		if opt.Timeout > 0 {
			d.Timeout = opt.Timeout
		}
		dial = d.DialContext
	}
	nc, err := dial(ctx, "tcp", addr)
	if err != nil {
		return nil, &DialError{addr, err}
	}
	return nc, nil
}

// StartTLS switches to TLS with STLS and asks for the capabilities anew: what the server said
// before is forgotten, because anybody could have said it. It fails with ErrNoSTLS when the server
// answers CAPA and doesn't list STLS, and with ErrInjected when something came in between. After an
// error from the handshake the connection is closed.
//
// RFC 2595 section 4: "Once TLS has been started, the client MUST discard cached information about
// server capabilities and SHOULD re-issue the CAPA command."
func (c *Conn) StartTLS(ctx context.Context) error {
	defer c.during("StartTLS")()
	switch {
	case c.tls:
		return errors.New("client: TLS is active already")
	case c.utf8:
		return errors.New("client: STLS isn't sent after UTF8; begin TLS first (RFC 6856 section 2.1)")
	}
	caps, err := c.Capabilities()
	if err != nil {
		return err
	}
	if caps.Known && !caps.Has("STLS") {
		c.odd |= OddSTLS
		return ErrNoSTLS
	}
	if _, err := c.Cmd("STLS"); err != nil {
		return err
	}
	if _, err := c.Receive(); err != nil { // KindTLS, or ErrInjected
		return err
	}
	if err := c.Handshake(ctx); err != nil {
		return err
	}
	_, err = c.Capabilities()
	return err
}

// Handshake begins TLS after a KindTLS event. A program that uses StartTLS has no need of it.
func (c *Conn) Handshake(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.tcp.Close() })
	defer stop()
	if err := c.handshake(ctx); err != nil {
		return c.fail(err)
	}
	c.mu.Lock()
	c.d.Secured()
	c.mu.Unlock()
	c.caps = nil
	_, err := c.Receive() // KindInput: the state after TLS
	return err
}

// handshake begins TLS on the connection.
func (c *Conn) handshake(ctx context.Context) error {
	config, err := c.opt.tlsConfig()
	if err != nil {
		return err
	}
	c.deadline()
	t := tls.Client(c.tcp, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return c.opt.explain(err)
	}
	c.nc, c.tls = t, true
	return nil
}

// TLS is the state of TLS, and false when it isn't active.
func (c *Conn) TLS() (tls.ConnectionState, bool) {
	if t, ok := c.nc.(*tls.Conn); ok && c.tls {
		return t.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// tlsConfig is what TLS begins with.
func (opt *Options) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{}
	if opt.TLS != nil {
		config = opt.TLS.Clone()
	}
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	config.ServerName = orElse(config.ServerName, opt.Host)
	switch {
	case opt.RequireTLS && (opt.Pin != "" || opt.Insecure):
		return nil, errors.New("client: Options.RequireTLS wants a certificate that the roots vouch for, so neither Pin nor Insecure goes with it (RFC 8314 section 5.3)")
	case opt.Pin != "":
		pin, err := parseFingerprint(opt.Pin)
		if err != nil {
			return nil, err
		}
		config.InsecureSkipVerify = true // the pin decides, below
		config.VerifyConnection = func(s tls.ConnectionState) error {
			if cert := s.PeerCertificates[0]; sha256.Sum256(cert.Raw) != pin {
				return &CertificateError{Host: opt.Host, Cert: cert, Err: errPin}
			}
			return nil
		}
	case opt.Insecure:
		config.InsecureSkipVerify = true
	case config.ServerName == "":
		return nil, errors.New("client: Options.Host is empty: say which name the server's certificate has to be for (RFC 2595 section 2.4)")
	}
	return config, nil
}

var errPin = errors.New("the certificate isn't the pinned one")

// explain makes an error of the handshake one that says what to do.
func (opt *Options) explain(err error) error {
	var verification *tls.CertificateVerificationError
	var ours *CertificateError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &verification) && len(verification.UnverifiedCertificates) > 0:
		return &CertificateError{Host: opt.Host, Cert: verification.UnverifiedCertificates[0], Err: verification.Err}
	case errors.As(err, &record):
		return fmt.Errorf("client: the TLS handshake failed: what the server says isn't TLS: on a port that begins in the clear use STLS; behind STLS, somebody on the way put octets in: %w", err)
	}
	return fmt.Errorf("client: the TLS handshake failed, and nothing goes on without it: %w", unexpected(err))
}

// A CertificateError is a certificate that isn't accepted. Its text names the fingerprint, which
// can be pinned once it's known to be right.
type CertificateError struct {
	Host string
	Cert *x509.Certificate
	Err  error
}

func (e *CertificateError) Error() string {
	issuer := "issued by " + e.Cert.Issuer.String()
	if e.Cert.Issuer.String() == e.Cert.Subject.String() {
		issuer = "signed by itself"
	}
	return fmt.Sprintf("client: the certificate of %s isn't accepted: %v; it's %s, valid until %s, and its SHA-256 fingerprint is %s; compare that with what the server's operator says, and pin it if it's the same",
		orElse(e.Host, "the server"), e.Err, issuer, e.Cert.NotAfter.UTC().Format("2006-01-02"), Fingerprint(e.Cert))
}

func (e *CertificateError) Unwrap() error { return e.Err }

// Fingerprint is a certificate's SHA-256 as openssl and pop3lab serve print it: 32 octets in
// hexadecimal capitals with colons between.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	var b strings.Builder
	for i, c := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// parseFingerprint reads a fingerprint as people copy it: with or without colons, in any case,
// with "SHA256:" or openssl's "sha256 Fingerprint=" before it.
func parseFingerprint(s string) (pin [sha256.Size]byte, err error) {
	digits := s[strings.LastIndexByte(s, '=')+1:]
	if len(digits) >= 7 && strings.EqualFold(digits[:7], "sha256:") {
		digits = digits[7:]
	}
	raw, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(digits))
	if err != nil || len(raw) != len(pin) {
		return pin, fmt.Errorf("client: %q is no SHA-256 fingerprint: it has 64 hexadecimal digits, with colons or without", s)
	}
	return [sha256.Size]byte(raw), nil
}

// private says whether a password may go as it is: nobody but the server can read it.
//
// RFC 5034 section 4: a client verifies the server's certificate before it sends a password through
// TLS. So TLS with Options.Insecure doesn't count.
func (c *Conn) private() bool {
	if c.tls && !c.opt.Insecure || c.opt.AllowCleartext {
		return true
	}
	addr, ok := c.tcp.RemoteAddr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// errState is what calls that belong to another state fail with.
func (c *Conn) errState(call string, want engine.State) error {
	return fmt.Errorf("client: %s needs the state %s, and the session is %s", call, want, c.State())
}
