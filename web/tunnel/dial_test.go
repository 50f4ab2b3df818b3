package tunnel_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	pop3 "pop3lab/engine/client"
	"pop3lab/web/tunnel"
)

// status answers every request so.
func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Error(w, text, code) }
}

// Every way in which a WebSocket doesn't come about has a sentence that says what to do.
func TestDialErrors(t *testing.T) {
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/ws/pop3", http.StatusFound)
	}
	other := func(w http.ResponseWriter, r *http.Request) {
		if ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil); err == nil {
			ws.ReadMessage()
			ws.Close()
		}
	}
	wrongKey := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Accept", "nonsense")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}
	encrypted := httptest.NewTLSServer(status(http.StatusNotFound, ""))
	t.Cleanup(encrypted.Close)
	encrypted.Config.ErrorLog = discard
	fingerprint := pop3.Fingerprint(encrypted.Certificate())
	mail := listenTCP(t, func(nc *net.TCPConn) { io.WriteString(nc, "+OK POP3 server ready\r\n"); io.Copy(io.Discard, nc) })
	mute := listenTCP(t, func(nc *net.TCPConn) { io.Copy(io.Discard, nc) })
	slams := listenTCP(t, func(nc *net.TCPConn) {})
	for _, c := range []struct {
		name, url string
		dialer    tunnel.Dialer
		want      string
		temporary bool
	}{
		{name: "no URL", url: "ws://[", want: "is no URL"},
		{name: "a page", url: "https://lab.example/live", want: "is a page's address; the bridge's begins with ws:// or wss://, such as wss://lab.example/ws/pop3"},
		{name: "another scheme", url: "gopher://lab.example", want: "begins with neither ws:// nor wss://"},
		{name: "no host", url: "wss:///ws", want: "names no host"},
		{name: "a user", url: "wss://mrose@lab.example/", want: "no place for a user"},
		{name: "a fragment", url: "wss://lab.example/#x", want: "no fragment (RFC 6455 section 3)"},
		{name: "a page without WebSocket", url: page(t, status(200, "hello")), want: "there is a page, but no WebSocket; check the path, pop3lab has its bridge at /ws/pop3 (200 OK); it says: hello"},
		{name: "bad request", url: page(t, status(400, "")), want: "(400 Bad Request)"},
		{name: "login wanted", url: page(t, status(401, "")), want: "who asks"},
		{name: "origin refused", url: page(t, status(403, "this origin isn't ours")), want: "the server refuses: the origin isn't one that it takes, or this machine isn't; --origin names another origin (403 Forbidden); it says: this origin isn't ours"},
		{name: "no such path", url: page(t, status(404, "")), want: "there is no such path; pop3lab has its bridge at /ws/pop3 (404 Not Found)"},
		{name: "no WebSocket there", url: page(t, status(405, "")), want: "isn't a WebSocket"},
		{name: "upgrade required", url: page(t, status(426, "")), want: "another version of WebSocket"},
		{name: "too many", url: page(t, status(429, "")), want: "too many attempts", temporary: true},
		{name: "fault", url: page(t, status(500, "")), want: "has a fault", temporary: true},
		{name: "no lab behind", url: page(t, status(502, "")), want: "isn't there", temporary: true},
		{name: "full", url: page(t, status(503, "")), want: "full or shutting down", temporary: true},
		{name: "silent lab behind", url: page(t, status(504, "")), want: "doesn't answer", temporary: true},
		{name: "another status", url: page(t, status(418, "")), want: "the answer is 418 I'm a teapot and no WebSocket"},
		{name: "another fault", url: page(t, status(507, "")), want: "the answer is 507", temporary: true},
		{name: "words that order a terminal about", url: page(t, status(403, "\x1b[2Jgone")), want: "it says: ·[2Jgone"},
		{name: "redirect", url: page(t, http.HandlerFunc(redirect)), want: "the server sends us to https://elsewhere.example/ws/pop3 (302 Found)"},
		{name: "another WebSocket", url: page(t, http.HandlerFunc(other)), want: "doesn't speak the subprotocol pop3"},
		{name: "wrong key", url: page(t, http.HandlerFunc(wrongKey)), want: "not in the way of RFC 6455"},
		{name: "TLS where none is", url: "wss" + strings.TrimPrefix(page(t, status(200, "")), "ws"), want: "doesn't speak TLS on that port; write ws://"},
		{name: "none where TLS is", url: "ws" + strings.TrimPrefix(encrypted.URL, "https"), want: "if it speaks TLS write wss://"},
		{name: "unknown certificate", url: "wss" + strings.TrimPrefix(encrypted.URL, "https"), want: "add --pin " + fingerprint},
		{name: "another certificate", url: "wss" + strings.TrimPrefix(encrypted.URL, "https"), dialer: tunnel.Dialer{Pin: strings.Repeat("00:", 31) + "00"}, want: "it isn't the pinned one"},
		{name: "the pinned certificate", url: "wss" + strings.TrimPrefix(encrypted.URL, "https"), dialer: tunnel.Dialer{Pin: strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))}, want: "(404 Not Found)"},
		{name: "any certificate", url: "wss" + strings.TrimPrefix(encrypted.URL, "https"), dialer: tunnel.Dialer{Insecure: true}, want: "(404 Not Found)"},
		{name: "pin and any", url: "wss" + strings.TrimPrefix(encrypted.URL, "https"), dialer: tunnel.Dialer{Pin: fingerprint, Insecure: true}, want: "take one of them"},
		{name: "TLS to POP3", url: "wss://" + mail, want: "doesn't speak TLS"},
		{name: "POP3", url: "ws://" + mail, want: "what answers there isn't HTTP; for a POP3 server write pop://"},
		{name: "silence", url: "ws://" + mute, dialer: tunnel.Dialer{Timeout: 200 * time.Millisecond}, want: "no answer in time", temporary: true},
		{name: "closed at once", url: "ws://" + slams, want: "closed the connection without an answer", temporary: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			nc, err := c.dialer.Dial(t.Context(), c.url)
			if err == nil {
				nc.Close()
				t.Fatal("there is a connection, want an error")
			}
			e := hintOf(t, err)
			if !strings.Contains(e.Hint, c.want) || e.Temporary != c.temporary {
				t.Errorf("got %q, temporary %v, want a hint with %q, temporary %v", e.Hint, e.Temporary, c.want, c.temporary)
			}
		})
	}
}

func TestDialInterrupted(t *testing.T) {
	mute := listenTCP(t, func(nc *net.TCPConn) { io.Copy(io.Discard, nc) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&tunnel.Dialer{}).Dial(ctx, "ws://"+mute)
	if e := hintOf(t, err); e.Hint != "interrupted" || e.Temporary {
		t.Errorf("got %q, temporary %v, want interrupted", e.Hint, e.Temporary)
	}
}

// The request says what it has to, and no more.
func TestRequest(t *testing.T) {
	asked := make(chan *http.Request, 1)
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		http.NotFound(w, r)
	}))
	(&tunnel.Dialer{Origin: "https://lab.example"}).Dial(t.Context(), url)
	r := <-asked
	for name, want := range map[string]string{"Sec-Websocket-Protocol": "pop3", "Origin": "https://lab.example", "Sec-Websocket-Extensions": ""} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if r.URL.Path != tunnel.DefaultPath {
		t.Errorf("got path %q, want %q, where a URL has none", r.URL.Path, tunnel.DefaultPath)
	}
	(&tunnel.Dialer{}).Dial(t.Context(), url+"/other")
	r = <-asked
	if _, sent := r.Header["Origin"]; sent || r.URL.Path != "/other" {
		t.Errorf("got origin %q and path %q, want none and /other: this is no page", r.Header["Origin"], r.URL.Path)
	}
}

// scripted serves one WebSocket with do.
func scripted(t *testing.T, do func(*websocket.Conn)) *tunnel.Conn {
	t.Helper()
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		do(ws)
	}))
	nc, err := (&tunnel.Dialer{}).Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

// The two libraries agree about ends: 1000 and 1001 are the end of the octets, anything else says why.
func TestCloseCodes(t *testing.T) {
	for _, c := range []struct {
		code   int
		reason string
		want   string // empty: io.EOF
	}{
		{1000, "", ""},
		{1001, "shutting down", ""},
		{1002, "", "protocol error (1002)"},
		{1003, "binary only", "binary only (1003, it takes binary messages only)"},
		{1007, "", "(1007)"},
		{1008, "too slow", "too slow (1008, policy)"},
		{1009, "", "a message was too big (1009)"},
		{1011, "oops\x07", "oops· (1011, it has a fault)"},
		{1012, "", "restarted (1012)"},
		{1013, "full", "full (1013, it's full, try again later)"},
		{1014, "", "(1014)"},
		{4000, "private", `with code 4000: "private"`},
	} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			echoed := make(chan error, 1)
			nc := scripted(t, func(ws *websocket.Conn) {
				ws.WriteMessage(websocket.BinaryMessage, []byte("last words"))
				ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(c.code, c.reason), time.Now().Add(patience))
				_, _, err := ws.ReadMessage()
				echoed <- err
			})
			said, err := io.ReadAll(nc)
			if string(said) != "last words" {
				t.Errorf("got %q, want what was sent before the end", said)
			}
			var ce *tunnel.CloseError
			switch {
			case c.want == "":
				if err != nil {
					t.Errorf("got error %v, want a proper end", err)
				}
			case !errors.As(err, &ce) || ce.Code != c.code || !strings.Contains(err.Error(), c.want):
				t.Errorf("got error %v, want a *CloseError with %q", err, c.want)
			}
			if c.code == 1014 {
				return // gorilla sends this code, and doesn't know it when it comes back
			}
			if err := <-echoed; !websocket.IsCloseError(err, c.code) {
				t.Errorf("the lab got %v, want its own code back (RFC 6455 section 5.5.1)", err)
			}
		})
	}
}

func TestBreakingOff(t *testing.T) {
	nc := scripted(t, func(ws *websocket.Conn) { ws.UnderlyingConn().Close() })
	_, err := io.ReadAll(nc)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "without a Close message") {
		t.Errorf("got %v, want an error: a broken connection isn't the end of the octets", err)
	}
}

func TestTextMessageRefused(t *testing.T) {
	got := make(chan error, 1)
	nc := scripted(t, func(ws *websocket.Conn) {
		ws.WriteMessage(websocket.TextMessage, []byte("+OK\r\n"))
		_, _, err := ws.ReadMessage()
		got <- err
	})
	_, err := io.ReadAll(nc)
	if err == nil || !strings.Contains(err.Error(), "text message") {
		t.Errorf("got %v, want an error about a text message", err)
	}
	if err := <-got; !websocket.IsCloseError(err, websocket.CloseUnsupportedData) {
		t.Errorf("the lab got %v, want close code 1003", err)
	}
}

// However the lab cuts its octets into messages and frames, they are the same octets.
func TestFrames(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MB
	nc := scripted(t, func(ws *websocket.Conn) {
		ws.WriteMessage(websocket.BinaryMessage, []byte("whole,"))
		ws.WriteMessage(websocket.BinaryMessage, nil)
		w, _ := ws.NextWriter(websocket.BinaryMessage) // frames of gorilla's buffer size
		io.WriteString(w, "cut,"+large)
		w.Close()
		ws.WriteMessage(websocket.BinaryMessage, []byte(large)) // one frame
		ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
		ws.ReadMessage()
	})
	said, err := io.ReadAll(nc)
	if want := "whole,cut," + large + large; err != nil || string(said) != want {
		t.Errorf("got %d octets, %v, want %d", len(said), err, len(want))
	}
}

// Pings of the lab's are answered while octets are awaited.
func TestLabPings(t *testing.T) {
	nc := scripted(t, func(ws *websocket.Conn) {
		pong := make(chan string, 1)
		ws.SetPongHandler(func(data string) error { pong <- data; return nil })
		go ws.ReadMessage()
		ws.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(patience))
		select {
		case data := <-pong:
			ws.WriteMessage(websocket.BinaryMessage, []byte(data))
		case <-time.After(patience):
		}
		ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
	})
	if said, err := io.ReadAll(nc); string(said) != "are you there" {
		t.Errorf("got %q, %v, want the ping's data back in a pong (RFC 6455 section 5.5.3)", said, err)
	}
}

// What the client does is seen by the lab: one binary message for each Write, an empty one for CloseWrite, code
// 1000 for Close.
func TestWhatTheLabSees(t *testing.T) {
	seen := make(chan string, 10)
	nc := scripted(t, func(ws *websocket.Conn) {
		for {
			kind, p, err := ws.ReadMessage()
			if err != nil {
				seen <- err.Error()
				return
			}
			seen <- fmt.Sprintf("%d %q", kind, p)
		}
	})
	nc.Write([]byte("USER mrose\r\n"))
	nc.Write(nil)
	nc.Write([]byte("QUIT\r\n"))
	nc.CloseWrite()
	nc.Close()
	for _, want := range []string{`2 "USER mrose\r\n"`, `2 "QUIT\r\n"`, `2 ""`, "websocket: close 1000 (normal)"} {
		if got := <-seen; got != want {
			t.Errorf("the lab got %s, want %s", got, want)
		}
	}
}

// A deadline is told as net.Conn's users know it.
func TestDeadline(t *testing.T) {
	nc := scripted(t, func(ws *websocket.Conn) { ws.ReadMessage() })
	nc.SetDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := nc.Read(make([]byte, 1))
	var network net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &network) || !network.Timeout() {
		t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
	}
}

// With roots that vouch for it a certificate needs no pin, and the state of TLS is known.
func TestRoots(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := upgrader.Upgrade(w, r, nil); err == nil {
			ws.ReadMessage()
			ws.Close()
		}
	}))
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	nc, err := (&tunnel.Dialer{TLS: &tls.Config{RootCAs: roots}}).Dial(t.Context(), "wss"+strings.TrimPrefix(s.URL, "https"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if nc.TLS() == nil || nc.TLS().Version < tls.VersionTLS12 {
		t.Errorf("got TLS state %v, want TLS 1.2 or later", nc.TLS())
	}
}
