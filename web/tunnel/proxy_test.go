package tunnel_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"pop3lab/web/tunnel"
)

var discard = log.New(io.Discard, "", 0)

// A proxy that opens connections to one place, whatever host is asked for, and remembers what it was asked.
type proxy struct {
	behind string // where connections go
	refuse int    // the status of a refusal
	user   string // who may
	asked  atomic.Pointer[string]
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := r.Method + " " + r.RequestURI
	p.asked.Store(&what)
	switch {
	case r.Method != http.MethodConnect:
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	case p.refuse != 0:
		w.WriteHeader(p.refuse)
		return
	case p.user != "":
		basic := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if user, password, _ := basic.BasicAuth(); user+":"+password != p.user {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
	}
	to, err := net.Dial("tcp", p.behind)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, in, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		io.Copy(to, in)
		to.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(from, to)
}

// A proxy is asked for a connection, for ws: as for wss:, and the lab is reached through it.
func TestProxy(t *testing.T) {
	addr := pop3Server(t)
	clear := page(t, bridge(addr))
	encrypted := httptest.NewTLSServer(bridge(addr))
	t.Cleanup(func() { encrypted.CloseClientConnections(); encrypted.Close() })
	roots := encrypted.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, c := range []struct {
		name, url, behind, user, asked string
	}{
		{"ws", "ws://lab.example:8110", strings.TrimPrefix(clear, "ws://"), "", "CONNECT lab.example:8110"},
		{"ws without a port", "ws://lab.example", strings.TrimPrefix(clear, "ws://"), "", "CONNECT lab.example:80"},
		{"ws with a password", "ws://lab.example", strings.TrimPrefix(clear, "ws://"), "me:pass word", "CONNECT lab.example:80"},
		{"wss", "wss://example.com", encrypted.Listener.Addr().String(), "", "CONNECT example.com:443"},
		{"wss with a password", "wss://example.com", encrypted.Listener.Addr().String(), "me:pass word", "CONNECT example.com:443"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &proxy{behind: c.behind, user: c.user}
			s := httptest.NewServer(p)
			defer s.Close()
			u, _ := url.Parse(s.URL)
			if name, password, ok := strings.Cut(c.user, ":"); ok {
				u.User = url.UserPassword(name, password)
			}
			d := tunnel.Dialer{Proxy: http.ProxyURL(u), TLS: &tls.Config{RootCAs: roots}}
			nc, err := d.Dial(t.Context(), c.url)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			greeting, err := bufio.NewReader(nc).ReadString('\n')
			if err != nil || !strings.HasPrefix(greeting, "+OK") {
				t.Errorf("got %q, %v, want a greeting", greeting, err)
			}
			if got := *p.asked.Load(); got != c.asked {
				t.Errorf("the proxy was asked %q, want %q (RFC 6455 section 4.1)", got, c.asked)
			}
		})
	}
}

// What a proxy has against it is told as the proxy's.
func TestProxyRefuses(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, scheme := range []string{"ws", "wss"} {
		for _, c := range []struct {
			name      string
			proxy     *proxy
			want      string
			temporary bool
		}{
			{"password wanted", &proxy{user: "me:secret"}, "http://USER:PASSWORD@HOST:PORT (407)", false},
			{"forbidden", &proxy{refuse: 403}, "it doesn't open connections to that host and port", false},
			{"lab away", &proxy{refuse: 502}, "it can't reach the lab (502 Bad Gateway)", true},
			{"something else", &proxy{refuse: 418}, "it answers 418", false},
		} {
			t.Run(scheme+" "+c.name, func(t *testing.T) {
				s := httptest.NewServer(c.proxy)
				defer s.Close()
				u, _ := url.Parse(s.URL)
				u.User = url.UserPassword("me", "wrong")
				_, err := (&tunnel.Dialer{Proxy: http.ProxyURL(u)}).Dial(t.Context(), scheme+"://lab.example")
				e := hintOf(t, err)
				if !strings.Contains(e.Hint, "the proxy http://me:xxxxx@") || !strings.Contains(e.Hint, c.want) || e.Temporary != c.temporary {
					t.Errorf("got %q, temporary %v, want %q, temporary %v, and no password", e.Hint, e.Temporary, c.want, c.temporary)
				}
			})
		}
	}
	u, _ := url.Parse(gone.URL)
	_, err := (&tunnel.Dialer{Proxy: http.ProxyURL(u)}).Dial(t.Context(), "ws://lab.example")
	if e := hintOf(t, err); !strings.Contains(e.Hint, "it can't be reached") || !e.Temporary {
		t.Errorf("got %q, temporary %v, want that the proxy can't be reached, which may pass", e.Hint, e.Temporary)
	}
}
