package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
)

// What the tests of this package stand on: a POP3 server with a port of its own, a bridge to it, and pages.

// patience is how long a test waits for what has to come.
const patience = 10 * time.Second

// A lab is a POP3 server behind a bridge. The operator's users are mrose and others that a test adds.
type lab struct {
	testing.TB
	b     *Bridge
	srv   *server.Server
	drops *memdrop.Store
	users engine.Accounts
	site  *httptest.Server
	tcp   string // the POP3 port
	small bool   // the system keeps little of what pages don't read
}

const secret = "tanstaaf" // of every user

// newLab starts everything; change may be nil.
func newLab(t testing.TB, change func(*lab, *Options)) *lab {
	t.Helper()
	l := &lab{TB: t, drops: memdrop.New(), users: engine.NewAccounts(engine.User{Name: "mrose", Secret: secret})}
	l.srv = &server.Server{Stamp: func() string { return "<1896.697170952@dbc.mtview.ca.us>" }} // RFC 1939 section 7
	if err := l.drops.Reset("mrose", letters()...); err != nil {
		t.Fatal(err)
	}
	o := Options{Users: l.users, Store: l.drops}
	if change != nil {
		change(l, &o)
	}
	l.b = New(o)
	l.srv.Protocol = engine.New(engine.Config{Users: l.b.Users(), Store: l.b.Store()})
	l.b.Attach(l.srv)
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.tcp = port.Addr().String()
	served := make(chan error, 2)
	go func() { served <- l.srv.Serve(port) }() // both end with the server
	go func() { served <- l.b.Serve() }()
	mux := http.NewServeMux()
	l.b.Routes(mux)
	l.site = httptest.NewUnstartedServer(mux)
	if l.small {
		l.site.Config.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
			nc.(*net.TCPConn).SetWriteBuffer(16 << 10)
			return ctx
		}
	}
	l.site.Start()
	t.Cleanup(func() {
		l.b.Close()
		l.srv.Close()
		l.site.CloseClientConnections()
		l.site.Close()
		for range 2 {
			if err := <-served; err != nil {
				t.Errorf("Serve: %v", err)
			}
		}
	})
	return l
}

func (l *lab) ws(path string) string { return "ws" + strings.TrimPrefix(l.site.URL, "http") + path }

// dial opens a WebSocket as a page of the lab's own does, unless origin says another; "" names none.
func (l *lab) dial(path, origin string, protocols ...string) (*websocket.Conn, error) {
	head := http.Header{}
	if origin != "" {
		head.Set("Origin", origin)
	}
	d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: patience}
	ws, resp, err := d.Dial(l.ws(path), head)
	if err != nil {
		if resp != nil {
			body, _ := io.ReadAll(resp.Body)
			err = errors.New(resp.Status + " " + string(body))
		}
		return nil, err
	}
	l.Cleanup(func() { ws.Close() })
	ws.SetReadDeadline(time.Now().Add(4 * patience))
	return ws, nil
}

// pop3 is a bridged connection as a stream of octets; a token shows it in a room.
func (l *lab) pop3(token string) *bridged {
	l.Helper()
	protocols := []string{subprotocol}
	if token != "" {
		protocols = append(protocols, tokenPrefix+token)
	}
	ws, err := l.dial("/ws/pop3", l.site.URL, protocols...)
	if err != nil {
		l.Fatal(err)
	}
	return &bridged{ws: ws}
}

// A bridged is a WebSocket as a stream, at the page's end.
type bridged struct {
	ws *websocket.Conn
	r  io.Reader
}

// Read is io.EOF after a Close message with code 1000.
func (c *bridged) Read(p []byte) (int, error) {
	for {
		if c.r == nil {
			kind, r, err := c.ws.NextReader()
			if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				return 0, io.EOF
			}
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errors.New("a message that isn't binary")
			}
			c.r = r
		}
		n, err := c.r.Read(p)
		if err == io.EOF {
			c.r = nil
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *bridged) Write(p []byte) (int, error) {
	return len(p), c.ws.WriteMessage(websocket.BinaryMessage, p)
}

// CloseWrite says that nothing more comes, as doc.go has it.
func (c *bridged) CloseWrite() error { return c.ws.WriteMessage(websocket.BinaryMessage, nil) }

// until reads up to an end.
func until(t testing.TB, r io.Reader, end string) string {
	t.Helper()
	var got []byte
	for p := make([]byte, 1); !bytes.HasSuffix(got, []byte(end)); {
		n, err := r.Read(p)
		got = append(got, p[:n]...)
		if err != nil {
			t.Fatalf("got %q and then %v, want octets up to %q", got, err, end)
		}
	}
	return string(got)
}

// login logs in, behind the greeting.
func login(t testing.TB, c io.ReadWriter, user, password string) {
	t.Helper()
	io.WriteString(c, "USER "+user+"\r\nPASS "+password+"\r\n")
	until(t, c, "\r\n")
	if got := until(t, c, "\r\n"); !strings.HasPrefix(got, "+OK") {
		t.Fatalf("PASS of %s: got %q, want +OK", user, got)
	}
}

// ask sends an HTTP request as a page of the lab's own does; it returns the status and the body. Heads change the
// request's; one with an empty value is taken out.
func (l *lab) ask(method, path, token, body string, heads ...string) (int, string) {
	l.Helper()
	r, err := http.NewRequest(method, l.site.URL+path, strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Origin", l.site.URL)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(heads); i += 2 {
		switch k, v := heads[i], heads[i+1]; {
		case k == "Host":
			r.Host = v
		case v == "":
			r.Header.Del(k)
		default:
			r.Header.Set(k, v)
		}
	}
	resp, err := l.site.Client().Do(r)
	if err != nil {
		l.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp.StatusCode, "" // a WebSocket, which isn't wanted any more
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		l.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

// room makes a room over HTTP.
func (l *lab) room() roomView {
	l.Helper()
	status, body := l.ask("POST", "/live/room", "", "")
	var v roomView
	if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusCreated {
		l.Fatalf("a room: got %d %s (%v), want 201", status, body, err)
	}
	return v
}

// wait waits until something is so.
func (l *lab) wait(what string, so func() bool) {
	l.Helper()
	for late := time.Now().Add(patience); !so(); runtime.Gosched() {
		if time.Now().After(late) {
			l.Fatalf("waited %s for %s", patience, what)
		}
	}
}
