package bridge

//lint:file-ignore SA1019 the library goes on as github.com/coder/websocket, with the same API

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	nhooyr "nhooyr.io/websocket"
)

// The bridge's WebSockets are gorilla's. Here gorilla's own client and nhooyr's, which the tunnel uses, both meet them.

// A peer is a WebSocket client, whoever made it.
type peer interface {
	io.ReadWriter                   // of binary messages
	text(s string) error            // sends a text message
	parts(p ...string) error        // sends one message in so many frames
	ping() error                    // sends a ping, and waits for its pong while it reads
	bye(code int, why string) error // sends a Close message, and waits for the answer
	closed() (code int, end string) // reads to the end, and says how it ended
}

func peers(l *lab) map[string]func(protocols ...string) peer {
	return map[string]func(...string) peer{
		"gorilla": func(protocols ...string) peer {
			ws, err := l.dial("/ws/pop3", l.site.URL, protocols...)
			if err != nil {
				l.Fatal(err)
			}
			if got := ws.Subprotocol(); got != subprotocol {
				l.Errorf("gorilla: got subprotocol %q, want pop3 alone: a token is never sent back", got)
			}
			return &gorillaPeer{bridged{ws: ws}}
		},
		"nhooyr": func(protocols ...string) peer {
			ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
			l.Cleanup(cancel)
			c, _, err := nhooyr.Dial(ctx, l.ws("/ws/pop3"), &nhooyr.DialOptions{Subprotocols: protocols,
				HTTPHeader: http.Header{"Origin": {l.site.URL}}, CompressionMode: nhooyr.CompressionContextTakeover})
			if err != nil {
				l.Fatal(err)
			}
			l.Cleanup(func() { c.CloseNow() })
			if got := c.Subprotocol(); got != subprotocol {
				l.Errorf("nhooyr: got subprotocol %q, want pop3 alone: a token is never sent back", got)
			}
			return &nhooyrPeer{ctx: ctx, c: c}
		},
	}
}

type gorillaPeer struct{ bridged }

func (p *gorillaPeer) text(s string) error {
	return p.ws.WriteMessage(websocket.TextMessage, []byte(s))
}

// parts flushes by filling gorilla's buffer, which is the only way it has.
func (p *gorillaPeer) parts(parts ...string) error {
	w, err := p.ws.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return err
	}
	for _, s := range parts {
		if _, err := io.WriteString(w, s); err != nil {
			return err
		}
	}
	return w.Close()
}

func (p *gorillaPeer) ping() error {
	answered := false
	p.ws.SetPongHandler(func(s string) error { answered = s == "are you there"; return nil })
	if err := p.ws.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(patience)); err != nil {
		return err
	}
	// Gorilla's client hands out pongs while it reads messages.
	if _, err := io.WriteString(p, "NOOP\r\n"); err != nil {
		return err
	}
	if _, err := p.Read(make([]byte, 200)); err != nil || !answered {
		return fmt.Errorf("answered: %v, %v", answered, err)
	}
	return nil
}

func (p *gorillaPeer) bye(code int, why string) error {
	p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(patience))
	if got, _ := p.closed(); got != code {
		return fmt.Errorf("answered with %d", got)
	}
	return nil
}

func (p *gorillaPeer) closed() (int, string) {
	for {
		if _, _, err := p.ws.ReadMessage(); err != nil {
			return codeOf(err), err.Error()
		}
	}
}

type nhooyrPeer struct {
	ctx  context.Context
	c    *nhooyr.Conn
	rest []byte
}

func (p *nhooyrPeer) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		_, m, err := p.c.Read(p.ctx)
		if err != nil {
			return 0, err
		}
		p.rest = m
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *nhooyrPeer) Write(b []byte) (int, error) {
	return len(b), p.c.Write(p.ctx, nhooyr.MessageBinary, b)
}

func (p *nhooyrPeer) text(s string) error { return p.c.Write(p.ctx, nhooyr.MessageText, []byte(s)) }

func (p *nhooyrPeer) parts(parts ...string) error {
	w, err := p.c.Writer(p.ctx, nhooyr.MessageBinary)
	if err != nil {
		return err
	}
	for _, s := range parts {
		if _, err := io.WriteString(w, s); err != nil { // one frame
			return err
		}
	}
	return w.Close()
}

func (p *nhooyrPeer) ping() error {
	heard := make(chan error, 1)
	go func() { // ends with the answer to NOOP, which comes behind the pong
		_, m, err := p.c.Read(p.ctx)
		p.rest = nil
		if err == nil && !strings.HasPrefix(string(m), "+OK") {
			err = fmt.Errorf("NOOP: %q", m)
		}
		heard <- err
	}()
	if err := p.c.Ping(p.ctx); err != nil {
		return err
	}
	if _, err := io.WriteString(p, "NOOP\r\n"); err != nil {
		return err
	}
	return <-heard
}

func (p *nhooyrPeer) bye(code int, why string) error { return p.c.Close(nhooyr.StatusCode(code), why) }

func (p *nhooyrPeer) closed() (int, string) {
	for {
		if _, _, err := p.c.Read(p.ctx); err != nil {
			return max(0, int(nhooyr.CloseStatus(err))), err.Error()
		}
	}
}

// TestPeers: both libraries' clients and the bridge agree on frames, control frames and ends.
func TestPeers(t *testing.T) {
	l := newLab(t, nil)
	for name, dial := range peers(l) {
		open := func(t *testing.T, protocols ...string) peer {
			t.Helper()
			p := dial(append([]string{subprotocol}, protocols...)...)
			if got := until(t, p, "\r\n"); !strings.HasPrefix(got, "+OK") {
				t.Fatalf("greeting: got %q", got)
			}
			return p
		}
		ends := func(t *testing.T, p peer, code int, why string) {
			t.Helper()
			if got, end := p.closed(); got != code || !strings.Contains(end, why) {
				t.Errorf("got the end %d (%s), want %d %s", got, end, code, why)
			}
		}
		for what, try := range map[string]func(*testing.T){
			"a session": func(t *testing.T) {
				p := open(t)
				login(t, p, "mrose", secret)
				io.WriteString(p, "QUIT\r\n")
				if got := until(t, p, "\r\n"); !strings.HasPrefix(got, "+OK") {
					t.Errorf("QUIT: got %q, want +OK", got)
				}
				ends(t, p, 1000, "")
				l.free()
			},
			"a command in frames": func(t *testing.T) {
				p := open(t)
				login(t, p, "mrose", secret)
				if err := p.parts("CA", "", "P", "A", "\r", "\n"+strings.Repeat("NOOP\r\n", 3000), "QUIT\r\n"); err != nil {
					t.Fatal(err)
				}
				until(t, p, "\r\n.\r\n")
				for range 3001 {
					until(t, p, "\r\n")
				}
				ends(t, p, 1000, "")
				l.free()
			},
			"a ping": func(t *testing.T) {
				p := open(t)
				login(t, p, "mrose", secret)
				if err := p.ping(); err != nil {
					t.Errorf("ping: got %v, want a pong (RFC 6455 section 5.5.2)", err)
				}
				p.bye(1000, "")
				l.free()
			},
			"as large as may be": func(t *testing.T) {
				p := open(t)
				login(t, p, "mrose", secret)
				n := (maxMessage - 6) / 6
				if _, err := io.WriteString(p, strings.Repeat("NOOP\r\n", n)+strings.Repeat("\r\n", (maxMessage-6*n-6)/2)+"QUIT\r\n"); err != nil {
					t.Fatal(err)
				}
				for range n + (maxMessage-6*n-6)/2 + 1 {
					until(t, p, "\r\n")
				}
				ends(t, p, 1000, "")
				l.free()
			},
			"too large": func(t *testing.T) {
				p := open(t)
				io.WriteString(p, strings.Repeat("x", maxMessage+1))
				ends(t, p, 1009, "")
			},
			"too large in frames": func(t *testing.T) {
				p := open(t)
				p.parts(strings.Repeat("x", maxMessage/2), strings.Repeat("x", maxMessage/2), "x")
				ends(t, p, 1009, "")
			},
			"text": func(t *testing.T) {
				p := open(t)
				if err := p.text("NOOP\r\n"); err != nil {
					t.Fatal(err)
				}
				ends(t, p, 1003, "binary")
			},
			"the client's goodbye": func(t *testing.T) {
				for _, code := range []int{1000, 1001, 1011, 4321} {
					p := open(t)
					login(t, p, "mrose", secret)
					io.WriteString(p, "DELE 1\r\n")
					until(t, p, "\r\n")
					if err := p.bye(code, "enough"); err != nil {
						t.Errorf("Close with %d: %v, want it answered in kind (RFC 6455 section 5.5.1)", code, err)
					}
					l.free()
					if n := len(l.drops.Messages("mrose")); n != len(letters()) {
						t.Errorf("Close with %d: got %d messages, want %d: nothing is removed without QUIT", code, n, len(letters()))
					}
				}
			},
			"a cut": func(t *testing.T) {
				token := l.room().Token
				p := open(t, tokenPrefix+token)
				if status, body := l.ask("POST", "/live/room/cut", token, ""); status != 200 || body != "{\"done\":1}\n" {
					t.Errorf("cut: got %d %s, want 200 {done: 1}", status, body)
				}
				if got, end := p.closed(); got != 0 && got != websocket.CloseAbnormalClosure {
					t.Errorf("a cut connection: got the end %d (%s), want none: the network says no goodbye", got, end)
				}
			},
			"the server goes": func(t *testing.T) {
				one := newLab(t, nil)
				p := peers(one)[name](subprotocol)
				until(t, p, "\r\n")
				one.b.Close()
				go one.srv.Close() // the lab's cleanup waits for it
				ends(t, p, 1001, "shuts down")
			},
		} {
			t.Run(name+"/"+what, try)
		}
	}
}

// TestBrokenFrames: what isn't WebSocket is closed with 1002, and the session ends without UPDATE.
func TestBrokenFrames(t *testing.T) {
	l := newLab(t, nil)
	for what, frame := range map[string]string{
		"not masked":       "\x82\x06NOOP\r\n",                 // RFC 6455 section 5.1
		"a reserved bit":   "\xc2\x86\x00\x00\x00\x00NOOP\r\n", // section 5.2
		"a strange opcode": "\x83\x86\x00\x00\x00\x00NOOP\r\n",
		"a long ping":      "\x89\xfe\x00\x7e\x00\x00\x00\x00" + strings.Repeat("p", 126), // section 5.5
		"a middle alone":   "\x80\x86\x00\x00\x00\x00NOOP\r\n",                            // section 5.4
	} {
		nc, r := l.raw()
		io.WriteString(nc, frame)
		rest, err := io.ReadAll(r)
		if i := strings.LastIndex(string(rest), "\x03\xea"); i < 2 || rest[i-2] != 0x88 {
			t.Errorf("%s: got %q (%v), want a Close frame with 1002, 0x88 .. 0x03ea", what, rest, err)
		}
	}
}

// raw is a WebSocket to /ws/pop3 whose frames a test writes itself.
func (l *lab) raw(heads ...string) (net.Conn, *bufio.Reader) {
	l.Helper()
	nc, err := net.Dial("tcp", strings.TrimPrefix(l.site.URL, "http://"))
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(4 * patience))
	r := bufio.NewReaderSize(nc, 512)
	if err := upgrade(nc, r, "/ws/pop3", append([]string{"Sec-WebSocket-Protocol: pop3"}, heads...)...); err != nil {
		l.Fatal(err)
	}
	return nc, r
}

// upgrade asks for a WebSocket.
func upgrade(nc net.Conn, r *bufio.Reader, path string, heads ...string) error {
	fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n\r\n", path, nc.RemoteAddr(), strings.Join(heads, "\r\n"))
	for first := true; ; first = false {
		line, err := r.ReadString('\n')
		switch {
		case err != nil:
			return err
		case first && !strings.HasPrefix(line, "HTTP/1.1 101 "):
			return errors.New(line)
		case line == "\r\n":
			return nil
		}
	}
}
