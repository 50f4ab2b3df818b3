package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// webLab puts a bridge before a server: one WebSocket for each connection.
func webLab(t interface{ Cleanup(func()) }, addr string) (url string) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"pop3"}, CheckOrigin: func(*http.Request) bool { return true }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer nc.Close()
		go func() { // ends with ws
			defer nc.Close()
			for {
				_, p, err := ws.ReadMessage()
				if err != nil {
					return
				}
				if len(p) == 0 {
					nc.(*net.TCPConn).CloseWrite()
				}
				nc.Write(p)
			}
		}()
		buffer := make([]byte, 4096)
		for {
			n, err := nc.Read(buffer)
			if n > 0 {
				ws.WriteMessage(websocket.BinaryMessage, buffer[:n])
			}
			if err != nil {
				ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
				return
			}
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// Talk over a WebSocket is talk, with a word on what is below it.
func TestTalkWebSocket(t *testing.T) {
	l := newTalkLab(t, 0)
	url := webLab(t, l.plain)
	got, stderr, code := talkTo(t, "USER mrose\nPASS tanstaaf\nSTAT\nQUIT\n", "--quiet", url)
	want := `-- a WebSocket, in the clear: everybody on the way can read along --
S: +OK POP3 server ready <stamp>
C: USER mrose
S: +OK mrose, now send PASS
C: PASS ********
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: QUIT
S: +OK pop3lab POP3 server signing off (2 messages left)`
	if got != want || stderr != "" || code != 0 {
		t.Errorf("exit code %d, standard error %q, got\n%s\nwant\n%s", code, stderr, got, want)
	}
}

// STLS goes through a WebSocket as through any connection, and the pin is then the POP3 server's.
func TestTalkWebSocketSTLS(t *testing.T) {
	l := newTalkLab(t, 0)
	got, stderr, code := talkTo(t, "CAPA\nQUIT\n", "--quiet", "--stls", "--pin", l.pin, webLab(t, l.plain))
	if !strings.Contains(got, "C: STLS\n") || !strings.Contains(got, "the pinned one") || code != 0 {
		t.Errorf("exit code %d, standard error %q, got\n%s\nwant a session that goes on in TLS", code, stderr, got)
	}
}

// The end of the input without QUIT is an end of one direction: the answers still come.
func TestTalkWebSocketEndOfInput(t *testing.T) {
	l := newTalkLab(t, 0)
	got, stderr, code := talkTo(t, "USER mrose\nPASS tanstaaf\nDELE 1\n", "--quiet", webLab(t, l.plain))
	if !strings.Contains(got, "S: +OK message 1 deleted") || !strings.HasSuffix(got, "-- end of input without QUIT: nothing is removed --") || code != 0 {
		t.Errorf("exit code %d, standard error %q, got\n%s\nwant the answer to DELE and a word on the end", code, stderr, got)
	}
}

// A running is a command that was begun by begin.
type running struct {
	out  *bufio.Reader
	err  bytes.Buffer
	stop func() int
}

// begin runs a command that goes on until stop, and reads its first screen up to "Ctrl-C ends it".
func begin(t *testing.T, args ...string) (r *running, screen string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	r = &running{out: bufio.NewReader(out)}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, args, stdio{strings.NewReader(""), in, &r.err})
		in.Close()
	}()
	stopped := -1
	r.stop = func() int {
		if cancel(); stopped < 0 {
			go io.Copy(io.Discard, r.out)
			stopped = <-code
		}
		return stopped
	}
	t.Cleanup(func() { r.stop() })
	for !strings.HasSuffix(screen, "Ctrl-C ends it\n") {
		line, err := r.out.ReadString('\n')
		if screen += line; err != nil {
			t.Fatalf("%s ended with exit code %d after\n%s%s", strings.Join(args, " "), r.stop(), screen, r.err.String())
		}
	}
	return r, screen
}

var listeningOn = regexp.MustCompile(`listening on (\S+) \(pop3\)`)

// A tunnel gives programs a port that is the lab.
func TestTunnel(t *testing.T) {
	l := newTalkLab(t, 0)
	url := webLab(t, l.plain)
	r, screen := begin(t, "tunnel", "--listen", "127.0.0.1:0", "--log", "off", url)
	addr := listeningOn.FindStringSubmatch(screen)[1]
	host, port, _ := net.SplitHostPort(addr)
	for _, want := range []string{url + "/ws/pop3", "telnet " + host + " " + port, "talk " + addr, "ws:// isn't encrypted"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the first screen is\n%s\nwant %q in it", screen, want)
		}
	}
	got, stderr, code := talkTo(t, "USER mrose\nPASS tanstaaf\nDELE 1\nQUIT\n", "--quiet", addr)
	if !strings.HasSuffix(got, "(1 message left)") || code != 0 {
		t.Errorf("exit code %d, standard error %q, got\n%s\nwant a session through the tunnel", code, stderr, got)
	}
	if code := r.stop(); code != 0 || r.err.Len() > 0 {
		t.Errorf("stopped with exit code %d and %q, want 0 and nothing", code, r.err.String())
	}
}

// TestTunnelScripts runs testdata/tunnel: what talk and tunnel say on a command line. $LAB is a bridge, $PROXY a
// proxy that opens connections to it whatever host is asked for, $GONE a port where nothing listens.
func TestTunnelScripts(t *testing.T) {
	lab := newTalkLab(t, 0)
	url := webLab(t, lab.plain)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "lab.example:80" {
			http.Error(w, "CONNECT lab.example:80 only", http.StatusForbidden)
			return
		}
		to, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
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
			to.Close()
		}()
		io.Copy(from, to)
	}))
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/tunnel",
		Setup: func(env *testscript.Env) error {
			env.Setenv("LAB", url)
			env.Setenv("PROXY", proxy.URL)
			env.Setenv("PAGE", strings.TrimPrefix(page.URL, "http://"))
			env.Setenv("GONE", gone.Addr().String())
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(func() { l.Close() })
			env.Setenv("TAKEN", l.Addr().String())
			return nil
		},
	})
}
