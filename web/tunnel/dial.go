package tunnel

//lint:file-ignore SA1019 the library goes on as github.com/coder/websocket, with the same API: moving is one line here

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"

	pop3 "pop3lab/engine/client"
)

// Subprotocol names what the binary messages hold.
const Subprotocol = "pop3"

// DefaultPath is where a lab has its bridge. A URL without a path means it.
const DefaultPath = "/ws/pop3"

// TabPath is where connections to pages are taken that are servers themselves; Dialer.Tab says which page.
const TabPath = "/ws/tab/pop3"

// A Dialer opens WebSockets. Its zero value is the careful one: certificates are checked against the system's
// roots, and proxies are those of the environment.
type Dialer struct {
	// TLS is the configuration for wss:. Nil means the system's roots, TLS 1.2 or later.
	TLS *tls.Config
	// Pin is the SHA-256 fingerprint of the only certificate to accept for wss:, in hexadecimal, with colons
	// or without. It takes the place of roots and names.
	Pin string
	// Insecure accepts any certificate.
	Insecure bool
	// Origin is sent as the page's origin. Empty means none: this is no page.
	Origin string
	// Tab is the code of a page that is the server. Empty means the lab's own server.
	Tab string
	// Proxy chooses the proxy for a request. Nil means http.ProxyFromEnvironment: HTTPS_PROXY for wss:,
	// HTTP_PROXY for ws:, NO_PROXY for neither; this machine is never reached through a proxy.
	Proxy func(*http.Request) (*url.URL, error)
	// Timeout is how long connecting may take, all in all. Zero means 30 seconds.
	Timeout time.Duration
}

// ParseURL reads a ws: or wss: URL. A URL without a path gets DefaultPath.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("%q is no URL: %w", s, err)
	case u.Scheme == "http" || u.Scheme == "https":
		return nil, fmt.Errorf("%q is a page's address; the bridge's begins with ws:// or wss://, such as %s", s, bridgeOf(u))
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, fmt.Errorf("%q begins with neither ws:// nor wss://; write wss://HOST%s", s, DefaultPath)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%q names no host; write wss://HOST%s", s, DefaultPath)
	case u.User != nil:
		return nil, errors.New("a ws: URL has no place for a user; log in with USER and PASS")
	case u.Fragment != "":
		return nil, errors.New("a ws: URL has no fragment (RFC 6455 section 3); leave out what begins with #")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = DefaultPath
	}
	return u, nil
}

// bridgeOf is where the bridge of a page's lab is likely to be.
func bridgeOf(page *url.URL) string {
	return "ws" + strings.TrimPrefix(page.Scheme, "http") + "://" + page.Host + DefaultPath
}

// A Conn is a WebSocket as a connection: what is written goes as binary messages, what is read are the octets
// of the messages that come. Read returns io.EOF after the lab has closed in order, with code 1000 or 1001;
// any other end is an error whose text says why. A deadline that passes closes the connection.
type Conn struct {
	net.Conn
	ws *websocket.Conn
	// reading is odd while a Read waits: pongs are seen only then.
	reading atomic.Int64
	writing atomic.Int64
	closing sync.Once
	failed  atomic.Pointer[error]     // given to Fail
	due     atomic.Pointer[time.Time] // the deadline of reads
	tls     *tls.ConnectionState
}

// Dial opens a WebSocket to where. Its errors are of type *Error. ctx ends the attempt, not the connection.
func (d *Dialer) Dial(ctx context.Context, where string) (*Conn, error) {
	u, err := ParseURL(where)
	if err != nil {
		return nil, &Error{URL: where, Hint: err.Error()}
	}
	transport, err := d.transport(u)
	if err != nil {
		return nil, &Error{URL: where, Hint: err.Error()}
	}
	timeout := d.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	opt := &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader:   http.Header{"User-Agent": {"pop3lab"}},
		Subprotocols: []string{Subprotocol},
		// Mail is often compressed or encrypted already, and a session's secrets and what others
		// send it don't belong into one compression window.
		CompressionMode: websocket.CompressionDisabled,
	}
	if d.Tab != "" {
		opt.Subprotocols = append(opt.Subprotocols, "tab."+d.Tab)
	}
	if d.Origin != "" {
		opt.HTTPHeader.Set("Origin", d.Origin)
	}
	ws, resp, err := websocket.Dial(ctx, u.String(), opt)
	if err != nil {
		return nil, explain(u, resp, err)
	}
	if ws.Subprotocol() != Subprotocol {
		ws.Close(websocket.StatusPolicyViolation, "no subprotocol pop3")
		return nil, &Error{URL: u.String(), Hint: "there is a WebSocket, but it doesn't speak the subprotocol pop3, so it's no bridge to a POP3 server; check the path, pop3lab has it at " + DefaultPath}
	}
	// The context of a NetConn bounds its whole life, so it isn't the one of the attempt.
	return &Conn{Conn: websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws: ws, tls: resp.TLS}, nil
}

// transport makes what carries the handshake of one WebSocket.
func (d *Dialer) transport(u *url.URL) (*http.Transport, error) {
	proxy := d.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	t := &http.Transport{
		Proxy: proxy, DialContext: dialSpeaking, DisableKeepAlives: true,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
			return proxyRefused(proxy, resp)
		},
	}
	if u.Scheme == "ws" {
		return t, connectFirst(t, u, proxy)
	}
	config := &tls.Config{}
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	config.NextProtos = []string{"http/1.1"} // WebSockets begin in HTTP/1.1 (RFC 6455 section 4.1)
	switch {
	case d.Pin != "" && d.Insecure:
		return nil, errors.New("a pin accepts one certificate and insecure any; take one of them")
	case d.Pin != "":
		pin := strings.ToUpper(strings.NewReplacer(":", "", " ", "").Replace(d.Pin))
		config.InsecureSkipVerify = true // the pin decides
		config.VerifyConnection = func(s tls.ConnectionState) error {
			cert := s.PeerCertificates[0]
			if strings.ReplaceAll(pop3.Fingerprint(cert), ":", "") != pin {
				return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{cert}, Err: errPin}
			}
			return nil
		}
	case d.Insecure:
		config.InsecureSkipVerify = true
	}
	t.TLSClientConfig = config
	return t, nil
}

// dialSpeaking connects to a port where the client is to speak first.
func dialSpeaking(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &speaking{Conn: nc, spoken: make(chan struct{})}, nil
}

// speaking is a connection on which nothing is read before something was written. A server that speaks first, as
// those of POP3 do, would else be a riddle to net/http, which is easy to fall into by writing ws: for pop:.
type speaking struct {
	net.Conn
	once   sync.Once
	spoken chan struct{}
}

func (c *speaking) Read(p []byte) (int, error) {
	<-c.spoken
	return c.Conn.Read(p)
}

func (c *speaking) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.once.Do(func() { close(c.spoken) })
	return n, err
}

func (c *speaking) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.spoken) })
	return err
}

var errPin = errors.New("it isn't the pinned one")

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Add(1)
	n, err := c.Conn.Read(p)
	c.reading.Add(1)
	if err == nil || err == io.EOF {
		return n, err
	}
	if why := c.failed.Load(); why != nil {
		return n, *why
	}
	// NetConn tells of a deadline as of a closed connection, because it closes it.
	if due := c.due.Load(); due != nil && !due.IsZero() && !time.Now().Before(*due) {
		return n, os.ErrDeadlineExceeded
	}
	return n, ended(err)
}

// SetReadDeadline implements net.Conn. A Read that a deadline ends is the last one.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.due.Store(&t)
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.Conn.SetWriteDeadline(t))
}

// Write implements net.Conn. It sends p as one message; nothing at all when p is empty, because that would say
// that nothing more comes.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return c.write(p)
}

func (c *Conn) write(p []byte) (int, error) {
	c.writing.Add(1)
	defer c.writing.Add(-1)
	n, err := c.Conn.Write(p)
	if err != nil {
		err = ended(err)
	}
	return n, err
}

// CloseWrite says that nothing more will be written, by an empty message; what the lab still sends can be
// read. See the package's comment for what that is worth.
func (c *Conn) CloseWrite() error {
	_, err := c.write(nil)
	return err
}

// Close closes the WebSocket in order, with code 1000, and waits a few seconds for the lab to do the same.
func (c *Conn) Close() error {
	return c.close(websocket.StatusNormalClosure, "")
}

func (c *Conn) close(code websocket.StatusCode, reason string) (err error) {
	c.closing.Do(func() {
		err = c.ws.Close(code, reason) // before NetConn's own, which cuts a Read off without a Close message
		c.Conn.Close()
	})
	return err
}

// Leave closes the WebSocket with code 1001, because this program ends.
func (c *Conn) Leave() { c.close(websocket.StatusGoingAway, "the tunnel was shut down") }

// Fail closes the WebSocket at once; a Read that waits returns err.
func (c *Conn) Fail(err error) {
	c.failed.CompareAndSwap(nil, &err)
	c.closing.Do(func() {
		c.ws.CloseNow()
		c.Conn.Close()
	})
}

// TLS is the state of TLS below the WebSocket; nil for ws:.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls }

// Alive asks for a sign of life, if nothing else is going on: it says false when a Read has waited all along and
// the lab hasn't answered a ping by the end of ctx. While a Read doesn't wait pongs wouldn't be seen, and while
// a Write waits a ping would too, so both count as life.
func (c *Conn) Alive(ctx context.Context) bool {
	before := c.reading.Load()
	if before%2 == 0 || c.writing.Load() > 0 {
		return true
	}
	err := c.ws.Ping(ctx)
	return err == nil || c.reading.Load() != before || c.writing.Load() > 0
}

// A CloseError is how a WebSocket ended, if not in order.
type CloseError struct {
	Code   int    // RFC 6455 section 7.4
	Reason string // in the lab's words
}

func (e *CloseError) Error() string {
	for _, m := range closeMeanings {
		if m.code != e.Code {
			continue
		}
		if e.Reason != "" {
			return fmt.Sprintf("the lab closed the WebSocket: %s (%d, %s)", plain(e.Reason), e.Code, m.meaning)
		}
		return fmt.Sprintf("the lab closed the WebSocket: %s (%d)", m.meaning, e.Code)
	}
	return fmt.Sprintf("the lab closed the WebSocket with code %d: %q", e.Code, e.Reason)
}

// ended makes sense of an error of the library's.
func ended(err error) error {
	var ce websocket.CloseError
	switch {
	case errors.As(err, &ce):
		return &CloseError{int(ce.Code), ce.Reason}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the WebSocket broke off without a Close message: %w", io.ErrUnexpectedEOF)
	case strings.Contains(err.Error(), "unexpected frame type"):
		return errors.New("the lab sent a text message, and POP3 octets come in binary ones; the WebSocket was closed (1003)")
	}
	return err
}
