package tunnel_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/web/tunnel"
)

// A lab for the tests: a TCP server behind a bridge made with the other WebSocket library.

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

var upgrader = websocket.Upgrader{Subprotocols: []string{tunnel.Subprotocol}, CheckOrigin: func(*http.Request) bool { return true }}

// bridge joins WebSockets to a TCP server as a lab does: an empty message is the end of what the client sends.
func bridge(addr string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
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
		go func() { // ends when ws or nc is closed
			for {
				kind, p, err := ws.ReadMessage()
				switch {
				case err != nil:
					nc.Close()
					return
				case kind != websocket.BinaryMessage:
					ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseUnsupportedData, "binary only"), time.Now().Add(time.Second))
					nc.Close()
					return
				case len(p) == 0:
					nc.(*net.TCPConn).CloseWrite()
				default:
					if _, err := nc.Write(p); err != nil {
						return
					}
				}
			}
		}()
		buffer := make([]byte, 32<<10)
		for {
			n, err := nc.Read(buffer)
			if n > 0 && ws.WriteMessage(websocket.BinaryMessage, buffer[:n]) != nil {
				return
			}
			if err == io.EOF {
				ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
				// The other side's Close ends the goroutine above; gone after this if it never comes.
				nc.SetReadDeadline(time.Now().Add(patience))
				return
			}
			if err != nil {
				return
			}
		}
	}
}

// page serves a handler, and says where its WebSocket is.
func page(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// listenTCP serves each connection with do.
func listenTCP(t *testing.T, do func(*net.TCPConn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer nc.Close()
				do(nc.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		served.Wait()
	})
	return l.Addr().String()
}

// start runs a tunnel until the test ends.
func start(t *testing.T, tun *tunnel.Tunnel) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- tun.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-over:
			if err != nil {
				t.Errorf("Serve returned %v after its context ended, want nil", err)
			}
		case <-time.After(patience):
			t.Error("the tunnel doesn't end with its context")
		}
	})
	return l.Addr().String()
}

// dial connects to a TCP port.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(4 * patience))
	return nc.(*net.TCPConn)
}

// hintOf is the hint of a dial that has to fail.
func hintOf(t *testing.T, err error) *tunnel.Error {
	t.Helper()
	var e *tunnel.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *tunnel.Error: a person's program is to say what to do", err)
	}
	return e
}
