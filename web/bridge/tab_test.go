package bridge

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
	"pop3lab/web/tunnel"
)

// A tabLab is a bridge with its pages' address.
type tabLab struct {
	*testing.T
	b    *Bridge
	site *httptest.Server
}

func newTabLab(t *testing.T) *tabLab {
	t.Helper()
	b := New(Options{Users: engine.NewAccounts(), Store: memdrop.New()})
	b.Attach(&server.Server{Protocol: engine.New(engine.Config{Users: b.Users(), Store: b.Store()})})
	mux := http.NewServeMux()
	b.Routes(mux)
	l := &tabLab{t, b, httptest.NewServer(mux)}
	t.Cleanup(func() {
		b.Close()
		l.site.CloseClientConnections()
		l.site.Close()
	})
	return l
}

// token is that of a new room.
func (l *tabLab) token() string {
	l.Helper()
	in, token, err := l.b.newRoom(addressOf(httptest.NewRequest("GET", "/", nil)))
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { in.close("the test is over") })
	return token
}

// dial opens a WebSocket; its error has the status that it was refused with.
func (l *tabLab) dial(path, origin string, protocols ...string) (*websocket.Conn, error) {
	head := http.Header{}
	if origin != "" {
		head.Set("Origin", origin)
	}
	d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: 5 * time.Second}
	ws, resp, err := d.Dial("ws"+strings.TrimPrefix(l.site.URL, "http")+path, head)
	if resp != nil && err != nil {
		return nil, errors.New(resp.Status)
	}
	if err == nil {
		l.Cleanup(func() { ws.Close() })
	}
	return ws, err
}

// A fake is a page that is a server, as a test plays it.
type fake struct {
	*tabLab
	ws         *websocket.Conn
	port, code string
}

func (l *tabLab) serve(token string) *fake {
	l.Helper()
	ws, err := l.dial("/ws/tab", l.site.URL, tabSubprotocol, "token."+token)
	if err != nil {
		l.Fatal(err)
	}
	f := &fake{tabLab: l, ws: ws}
	_, p := f.expect('p')
	var at struct{ Port, Code string }
	if err := json.Unmarshal(p, &at); err != nil {
		l.Fatal(err)
	}
	f.port, f.code = at.Port, at.Code
	return f
}

// expect is the next message, which has to be of that kind.
func (f *fake) expect(kind byte) (number uint16, p []byte) {
	f.Helper()
	f.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, m, err := f.ws.ReadMessage()
	if err != nil || m[0] != kind {
		f.Fatalf("the page gets %q (%v), want a message %c", m, err, kind)
	}
	return binary.BigEndian.Uint16(m[1:]), m[3:]
}

func (f *fake) say(kind byte, number uint16, p string) {
	f.Helper()
	if err := f.ws.WriteMessage(websocket.BinaryMessage, append([]byte{kind, byte(number >> 8), byte(number)}, p...)); err != nil {
		f.Fatal(err)
	}
}

// call connects to the page's port.
func (f *fake) call() (net.Conn, uint16) {
	f.Helper()
	nc, err := net.Dial("tcp", f.port)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	number, _ := f.expect('o')
	return nc, number
}

// gets compares what comes next over a connection.
func gets(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Errorf("the client gets %q (%v), want %q", got, err, want)
	}
}

// TestTabServes: octets go through in both directions, the ends of both too, and the port is this machine's alone.
func TestTabServes(t *testing.T) {
	l := newTabLab(t)
	f := l.serve(l.token())
	if host, _, _ := net.SplitHostPort(f.port); host != "127.0.0.1" {
		t.Errorf("the port is at %s, want this machine alone", f.port)
	}
	nc, number := f.call()
	f.say('d', number, "+OK hello\r\n")
	gets(t, nc, "+OK hello\r\n")
	if n, p := f.expect('a'); n != number || binary.BigEndian.Uint32(p) != 11 {
		t.Errorf("confirmed: %d of connection %d, want 11 of %d", p, n, number)
	}
	io.WriteString(nc, "QU")
	if n, p := f.expect('d'); n != number || string(p) != "QU" {
		t.Errorf("the page gets %q, want QU at once: a server sees octets, not lines", p)
	}
	nc.(*net.TCPConn).CloseWrite()
	f.expect('e')
	f.say('d', number, "+OK bye\r\n")
	f.say('e', number, "")
	gets(t, nc, "+OK bye\r\n")
	if n, err := nc.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("behind the last answer: %d, %v, want the end", n, err)
	}
	f.expect('a')
	if n, _ := f.expect('g'); n != number {
		t.Errorf("gone is connection %d, want %d", n, number)
	}
}

// TestTabGone: when the page goes, its port closes; a client that waits gets a sentence, one in the midst of an answer a
// broken connection, which no client takes for the end of a message.
func TestTabGone(t *testing.T) {
	l := newTabLab(t)
	f := l.serve(l.token())
	waits, _ := f.call()
	midst, number := f.call()
	f.say('m', number, "+OK\r\nSubject: x\r\n")
	gets(t, midst, "+OK\r\nSubject: x\r\n")
	f.expect('a')
	f.ws.Close()
	gets(t, waits, "-ERR [SYS/TEMP] "+tabGone+"\r\n")
	if rest, err := io.ReadAll(waits); len(rest) > 0 || err != nil {
		t.Errorf("behind the sentence: %q, %v, want the end", rest, err)
	}
	if n, err := midst.Read(make([]byte, 100)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("in the midst of an answer: %d octets, %v, want a connection that is reset", n, err)
	}
	l.gone(f)
}

// TestTabRoomEnds: the port closes with the room.
func TestTabRoomEnds(t *testing.T) {
	l := newTabLab(t)
	token := l.token()
	f := l.serve(token)
	l.b.roomByToken(token).close("the test says so")
	f.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _, err := f.ws.ReadMessage()
	if !websocket.IsCloseError(err, closeEnded) {
		t.Errorf("the page gets %v, want code %d", err, closeEnded)
	}
}

// TestTabWhose: only a page of ours with a room's token becomes a server, one for each room; and only who has its code is
// let in by a tunnel.
func TestTabWhose(t *testing.T) {
	l := newTabLab(t)
	token := l.token()
	for _, c := range []struct {
		name, path, origin string
		protocols          []string
		want               string
	}{
		{"no token", "/ws/tab", l.site.URL, []string{tabSubprotocol}, "401"},
		{"somebody's token", "/ws/tab", l.site.URL, []string{tabSubprotocol, "token.x"}, "401"},
		{"a foreign page", "/ws/tab", "https://evil.example", []string{tabSubprotocol, "token." + token}, "403"},
		{"no origin", "/ws/tab", "", []string{tabSubprotocol, "token." + token}, "403"},
		{"no subprotocol", "/ws/tab", l.site.URL, []string{"token." + token}, "400"},
		{"no code", "/ws/tab/pop3", "", []string{subprotocol}, "410"},
		{"somebody's code", "/ws/tab/pop3", "", []string{subprotocol, "tab.x"}, "410"},
		{"a token for a code", "/ws/tab/pop3", "", []string{subprotocol, "tab." + token}, "410"},
	} {
		if _, err := l.dial(c.path, c.origin, c.protocols...); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	f := l.serve(token)
	if _, err := l.dial("/ws/tab", l.site.URL, tabSubprotocol, "token."+token); err == nil || !strings.HasPrefix(err.Error(), "409") {
		t.Errorf("a second page of one room: got %v, want 409", err)
	}
	other := l.serve(l.token())
	ws, err := l.dial("/ws/tab/pop3", "", subprotocol, "tab."+f.code)
	if err != nil {
		t.Fatal(err)
	}
	number, _ := f.expect('o')
	f.say('d', number, "+OK\r\n")
	if _, p, err := ws.ReadMessage(); string(p) != "+OK\r\n" {
		t.Errorf("through a tunnel comes %q (%v), want +OK", p, err)
	}
	other.call() // whose first message is its own connection: the other room's isn't there
}

// TestTabBounds: a page that sends more than was confirmed is closed; a client that sends more than the page uses waits;
// there are no more connections than there may be.
func TestTabBounds(t *testing.T) {
	l := newTabLab(t)
	f := l.serve(l.token())
	nc, number := f.call()
	sent := make(chan int64)
	go func() { // ends when the connection is closed below
		n, _ := io.Copy(nc, io.LimitReader(zeros{}, 64<<20))
		sent <- n
	}()
	got := 0
	for got < tabWindow {
		_, p := f.expect('d')
		got += len(p)
	}
	if got != tabWindow {
		t.Errorf("without a confirmation the page gets %d octets, want %d and no more", got, tabWindow)
	}
	for range tabClients - 1 {
		f.call()
	}
	full, err := net.Dial("tcp", f.port)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	full.SetDeadline(time.Now().Add(10 * time.Second))
	gets(t, full, "-ERR [SYS/TEMP] "+tabFull+"\r\n")
	f.say('a', number, "\x00\x00\x00\x01")
	if _, p := f.expect('d'); len(p) != 1 {
		t.Errorf("after one octet was confirmed come %d, want 1", len(p))
	}
	f.say('x', number, "")
	if n := <-sent; n >= 64<<20 {
		t.Errorf("the client could send %d octets that nobody used", n)
	}
	f.expect('g')
	_, slow := f.call()
	big := strings.Repeat("x", tabWindow)
	for range 200 { // the client reads nothing: the system's own buffers fill first
		if f.ws.WriteMessage(websocket.BinaryMessage, append([]byte{'m', byte(slow >> 8), byte(slow)}, big...)) != nil {
			break
		}
	}
	f.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for err = nil; err == nil; {
		_, _, err = f.ws.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.ClosePolicyViolation) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("a page that sends without waiting gets %v, want code 1008", err)
	}
}

// zeros are octets without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{'x'}, len(p))), nil }

// TestTabTunnel: a tunnel on somebody's own machine brings a mail program to the page, and says so when the page has gone.
func TestTabTunnel(t *testing.T) {
	l := newTabLab(t)
	f := l.serve(l.token())
	near, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	u := "ws" + strings.TrimPrefix(l.site.URL, "http") + tunnel.TabPath
	go func() { // ends with ctx
		over <- (&tunnel.Tunnel{URL: u, Dialer: tunnel.Dialer{Tab: f.code}}).Serve(ctx, near)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	dial := func() net.Conn {
		nc, err := net.Dial("tcp", near.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nc.Close() })
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		return nc
	}
	nc := dial()
	number, _ := f.expect('o')
	f.say('d', number, "+OK hello\r\n")
	gets(t, nc, "+OK hello\r\n")
	f.expect('a')
	io.WriteString(nc, "QUIT\r\n")
	nc.(*net.TCPConn).CloseWrite()
	if _, p := f.expect('d'); string(p) != "QUIT\r\n" {
		t.Errorf("the page gets %q, want QUIT", p)
	}
	f.expect('e')
	f.say('d', number, "+OK bye\r\n")
	f.say('e', number, "")
	gets(t, nc, "+OK bye\r\n")
	if rest, err := io.ReadAll(nc); len(rest) > 0 || err != nil {
		t.Errorf("behind the last answer: %q, %v, want the end", rest, err)
	}
	f.ws.Close()
	l.gone(f)
	nc = dial()
	got, _ := io.ReadAll(nc)
	if !strings.HasPrefix(string(got), "-ERR [SYS/PERM] ") || !strings.Contains(string(got), "no page with this code") {
		t.Errorf("when the page has gone: %q, want a sentence that says so", got)
	}
}

// gone waits until a page's port is closed.
func (l *tabLab) gone(f *fake) {
	l.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		nc, err := net.DialTimeout("tcp", f.port, time.Second)
		if err != nil {
			return
		}
		nc.Close()
		if time.Now().After(deadline) {
			l.Fatal("the port is still open, want it closed with the page")
		}
	}
}
