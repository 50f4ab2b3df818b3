package tunnel

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// HTTP proxies. For wss: net/http asks the proxy for a connection with CONNECT by itself. For ws: it would
// send the proxy an ordinary request, and hardly any proxy passes on its Upgrade, so here CONNECT is asked for
// too.
//
// RFC 6455 section 4.1: a client that uses a proxy "SHOULD connect to that proxy and ask it to open a TCP
// connection to the host given by /host/ and the port given by /port/."

// connectFirst sees to it that t reaches a ws: URL through CONNECT, if a proxy that speaks HTTP is in between.
func connectFirst(t *http.Transport, u *url.URL, choose func(*http.Request) (*url.URL, error)) error {
	asked := *u
	asked.Scheme = "http"
	proxy, err := choose(&http.Request{Method: http.MethodGet, URL: &asked, Host: asked.Host, Header: http.Header{}})
	if err != nil {
		return fmt.Errorf("the proxy's address in the environment can't be used: %w", err)
	}
	if proxy == nil || proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil // none, or SOCKS, which net/http does the right way
	}
	dial := t.DialContext
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, hostPort(proxy))
		if err != nil {
			return nil, &proxyError{proxy: proxy, text: "it can't be reached: " + err.Error(), temporary: true, err: err}
		}
		stop := context.AfterFunc(ctx, func() { nc.Close() })
		defer stop()
		open, err := connect(ctx, nc, proxy, addr)
		if err != nil {
			nc.Close()
			return nil, err
		}
		return open, nil
	}
	return nil
}

// connect asks the proxy at the other end of nc for a connection to addr.
func connect(ctx context.Context, nc net.Conn, proxy *url.URL, addr string) (net.Conn, error) {
	if proxy.Scheme == "https" {
		t := tls.Client(nc, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, &proxyError{proxy: proxy, text: "its TLS handshake failed: " + err.Error(), err: err}
		}
		nc = t
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(nc); err != nil {
		return nil, &proxyError{proxy: proxy, text: "it broke off: " + err.Error(), temporary: true, err: err}
	}
	// Nothing can come behind the proxy's answer yet: in HTTP the client speaks first.
	resp, err := http.ReadResponse(bufio.NewReader(nc), req)
	if err != nil {
		return nil, &proxyError{proxy: proxy, text: "it gave no answer that is HTTP: " + err.Error(), temporary: true, err: err}
	}
	return nc, proxyRefused(proxy, resp)
}

// hostPort is where the proxy listens.
func hostPort(proxy *url.URL) string {
	port := proxy.Port()
	switch {
	case port != "":
	case proxy.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// proxyRefused is the error of a proxy that doesn't open the connection.
func proxyRefused(proxy *url.URL, resp *http.Response) error {
	e := &proxyError{proxy: proxy}
	switch status := resp.StatusCode; {
	case status/100 == 2:
		return nil
	case status == http.StatusProxyAuthRequired:
		e.text = "it wants a user and a password; write them into the variable, as http://USER:PASSWORD@HOST:PORT (407)"
	case status == http.StatusForbidden, status == http.StatusMethodNotAllowed:
		e.text = fmt.Sprintf("it doesn't open connections to that host and port; ask whoever runs it, or use a lab on port 443 (%d)", status)
	case status >= 500:
		e.text, e.temporary = fmt.Sprintf("it can't reach the lab (%d %s)", status, http.StatusText(status)), true
	default:
		e.text = fmt.Sprintf("it answers %d %s", status, http.StatusText(status))
	}
	return e
}

// A proxyError is about the proxy in between.
type proxyError struct {
	proxy     *url.URL
	text      string
	temporary bool
	err       error
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s, which the environment names: %s", e.proxy.Redacted(), e.text)
}

func (e *proxyError) Unwrap() error { return e.err }
