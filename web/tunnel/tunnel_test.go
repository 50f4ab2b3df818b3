package tunnel_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
	"pop3lab/web/tunnel"
)

// answerer reads blocks, each behind its length and the length of the answer wanted, and answers with octets
// that follow from the block and all before it.
func answerer(nc *net.TCPConn) {
	in, seed := bufio.NewReader(nc), [32]byte{}
	var head [8]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		block := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(in, block); err != nil {
			return
		}
		seed = sha256.Sum256(append(seed[:], block...))
		answer := make([]byte, binary.BigEndian.Uint32(head[4:]))
		rand.NewChaCha8(seed).Read(answer)
		if _, err := nc.Write(answer); err != nil {
			return
		}
	}
}

// Random exchanges through bridge and tunnel equal those over plain TCP, however the octets are cut.
func TestOctetsUntouched(t *testing.T) {
	exchanges := 10_000
	if testing.Short() {
		exchanges = 500
	}
	addr := listenTCP(t, answerer)
	direct, through := dial(t, addr), dial(t, start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))}))
	random := rand.New(rand.NewPCG(4, 2))
	for i := range exchanges {
		size, want := random.IntN(200), 1+random.IntN(400)
		if i%500 == 0 {
			size, want = 100_000, 150_000
		}
		block := binary.BigEndian.AppendUint32(nil, uint32(size))
		block = binary.BigEndian.AppendUint32(block, uint32(want))
		for range size {
			block = append(block, byte(random.Uint32()))
		}
		if _, err := direct.Write(block); err != nil {
			t.Fatal(err)
		}
		for rest := block; len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			if _, err := through.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		plain, tunnelled := make([]byte, want), make([]byte, want)
		if _, err := io.ReadFull(direct, plain); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(through, tunnelled); err != nil {
			t.Fatalf("exchange %d: %v", i, err)
		}
		if !bytes.Equal(plain, tunnelled) {
			t.Fatalf("exchange %d of %d octets: %d octets differ between tunnel and TCP; a tunnel changes nothing", i, size, want)
		}
	}
}

// pop3Server is a lab's own server. Its greetings are all the same.
func pop3Server(t *testing.T) (addr string) {
	t.Helper()
	s := &server.Server{Protocol: engine.New(engine.Config{
		Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: memdrop.Demo(), Without: engine.CapAPOP,
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-over
	})
	return l.Addr().String()
}

// A whole session, cut at every octet, and octet by octet, is answered as it is over TCP.
func TestEveryChunking(t *testing.T) {
	const session = "USER mrose\r\nPASS tanstaaf\r\nTOP 1 2\r\nQUIT\r\n"
	addr := pop3Server(t)
	talk := func(to string, pieces ...string) string {
		nc := dial(t, to)
		for _, p := range pieces {
			io.WriteString(nc, p)
		}
		nc.CloseWrite()
		said, err := io.ReadAll(nc)
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
		return string(said)
	}
	want, local := talk(addr, session), start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))})
	if strings.Count(want, "+OK") != 5 {
		t.Fatalf("over TCP the session is\n%s\nwant five positive answers", want)
	}
	for i := range session {
		if got := talk(local, session[:i], session[i:]); got != want {
			t.Errorf("cut at octet %d got\n%s\nwant\n%s", i, got, want)
		}
	}
	if got := talk(local, strings.Split(session, "")...); got != want {
		t.Errorf("octet by octet got\n%s\nwant\n%s", got, want)
	}
}

// 100 MB in each direction, with memory that doesn't grow with them.
func TestLargeInBoundedMemory(t *testing.T) {
	const size = 100 << 20
	addr := listenTCP(t, func(nc *net.TCPConn) {
		n, _ := io.Copy(io.Discard, io.LimitReader(nc, size))
		if n == size {
			io.Copy(nc, io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
		}
	})
	nc := dial(t, start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))}))
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	measured := func() {
		runtime.GC() // what is thrown away already doesn't count
		if runtime.ReadMemStats(&now); now.HeapInuse > peak {
			peak = now.HeapInuse
		}
	}
	piece, left := make([]byte, 1<<20), size
	for ; left > 0; left -= len(piece) {
		if _, err := nc.Write(piece); err != nil {
			t.Fatal(err)
		}
		measured()
	}
	got, want := sha256.New(), sha256.New()
	io.Copy(want, io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
	for {
		n, err := nc.Read(piece)
		got.Write(piece[:n])
		left += n
		if left%(1<<20) < n {
			measured()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if left != size || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("got %d octets, want %d, the same ones", left, size)
	}
	const bound = 16 << 20
	if peak > before.HeapInuse+bound {
		t.Errorf("the heap grew by %d octets while %d went each way, want less than %d: buffers are bounded", peak-before.HeapInuse, size, bound)
	}
	t.Logf("heap: %.1f MB before, %.1f MB at most", float64(before.HeapInuse)/1e6, float64(peak)/1e6)
}

// A local program that doesn't read stops the lab, instead of filling the tunnel.
func TestBackPressure(t *testing.T) {
	var sent atomic.Int64
	stuck := make(chan bool, 1)
	addr := listenTCP(t, func(nc *net.TCPConn) {
		nc.SetWriteBuffer(64 << 10)
		piece := make([]byte, 64<<10)
		for {
			nc.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			n, err := nc.Write(piece)
			sent.Add(int64(n))
			if err != nil {
				stuck <- true
				return
			}
			if sent.Load() > 1<<30 {
				stuck <- false
				return
			}
		}
	})
	dial(t, start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))}))
	select {
	case ok := <-stuck:
		if !ok {
			t.Errorf("the lab could send %d octets to a program that reads none; want it to wait", sent.Load())
		}
	case <-time.After(patience):
		t.Fatal("the lab neither waits nor goes on")
	}
}

// What a client sends before it closes its half is answered: printf 'QUIT\r\n' | nc.
func TestHalfClose(t *testing.T) {
	addr := listenTCP(t, func(nc *net.TCPConn) {
		all, _ := io.ReadAll(nc) // until the client's end
		fmt.Fprintf(nc, "you said %q", all)
	})
	nc := dial(t, start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))}))
	io.WriteString(nc, "QUIT\r\n")
	nc.CloseWrite()
	said, err := io.ReadAll(nc)
	if want := `you said "QUIT\r\n"`; err != nil || string(said) != want {
		t.Errorf("got %q, %v, want %q: the end of one direction isn't the end of the other", said, err, want)
	}
}

// When the lab's side ends, the client has all that came before, even if it's sending still.
func TestLastWordsArrive(t *testing.T) {
	const words = "+OK bye\r\n"
	addr := listenTCP(t, func(nc *net.TCPConn) {
		bufio.NewReader(nc).ReadString('\n')
		io.WriteString(nc, words)
	})
	local := start(t, &tunnel.Tunnel{URL: page(t, bridge(addr))})
	for range 20 {
		nc := dial(t, local)
		io.WriteString(nc, "QUIT\r\nNOOP\r\nNOOP\r\n")
		said, err := io.ReadAll(nc)
		if err != nil || string(said) != words {
			t.Fatalf("got %q, %v, want %q and the end: a reset would take the last words away", said, err, words)
		}
		nc.Close()
	}
}

// A client without a lab reads why, where the greeting would be.
func TestLabAway(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, c := range []struct{ name, url, want string }{
		{"nothing listens", "ws://" + gone.Addr().String(), "-ERR [SYS/TEMP] no connection to ws://" + gone.Addr().String() + "/ws/pop3: nothing listens on that port; "},
		{"shutting down", page(t, status(http.StatusServiceUnavailable, "")), "-ERR [SYS/TEMP] "},
		{"no such path", page(t, status(http.StatusNotFound, "")), "-ERR [SYS/PERM] "},
	} {
		t.Run(c.name, func(t *testing.T) {
			nc := dial(t, start(t, &tunnel.Tunnel{URL: c.url}))
			said, err := io.ReadAll(nc)
			if err != nil || !strings.HasPrefix(string(said), c.want) || !strings.HasSuffix(string(said), "\r\n") || len(said) > 512 {
				t.Errorf("got %q, %v, want a line of at most 512 octets that begins with %q (RFC 3206 section 4)", said, err, c.want)
			}
		})
	}
}

// A lab that comes back within Wait is reached, without the client's noticing.
func TestTriesAgain(t *testing.T) {
	addr := pop3Server(t)
	var asked atomic.Int32
	open := bridge(addr)
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 3 {
			http.Error(w, "restarting", http.StatusServiceUnavailable)
			return
		}
		open(w, r)
	}))
	nc := dial(t, start(t, &tunnel.Tunnel{URL: url, Wait: patience}))
	greeting, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil || !strings.HasPrefix(greeting, "+OK") || asked.Load() != 3 {
		t.Errorf("got %q, %v after %d attempts, want a greeting at the third", greeting, err, asked.Load())
	}
}

// A refusal that waiting doesn't help isn't tried again.
func TestPermanentRefusalIsTold(t *testing.T) {
	var asked atomic.Int32
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Error(w, "no", http.StatusForbidden)
	}))
	nc := dial(t, start(t, &tunnel.Tunnel{URL: url, Wait: time.Hour}))
	said, err := io.ReadAll(nc)
	if err != nil || !strings.HasPrefix(string(said), "-ERR [SYS/PERM] ") || asked.Load() != 1 {
		t.Errorf("got %q, %v after %d attempts, want [SYS/PERM] after one", said, err, asked.Load())
	}
}

func TestTooManyConnections(t *testing.T) {
	addr := pop3Server(t)
	local := start(t, &tunnel.Tunnel{URL: page(t, bridge(addr)), Max: 1})
	first := dial(t, local)
	if _, err := bufio.NewReader(first).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(dial(t, local))
	if want := "-ERR [SYS/TEMP] the tunnel has 1 connections already"; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("got %q, %v, want %q…", said, err, want)
	}
}

// A lab that was lost without a word is noticed, and the client is let go.
func TestSilentLabIsNoticed(t *testing.T) {
	held := make(chan struct{})
	t.Cleanup(func() { close(held) })
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		ws.WriteMessage(websocket.BinaryMessage, []byte("+OK\r\n"))
		<-held // reads nothing, so no ping is answered
	}))
	nc := dial(t, start(t, &tunnel.Tunnel{URL: url, Ping: 50 * time.Millisecond}))
	said, err := io.ReadAll(nc)
	if err != nil || string(said) != "+OK\r\n" {
		t.Errorf("got %q, %v, want the greeting and then the end", said, err)
	}
}

// A silent session is kept by pings, which the lab sees.
func TestPings(t *testing.T) {
	pinged := make(chan struct{}, 100)
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		answer := ws.PingHandler()
		ws.SetPingHandler(func(data string) error {
			select {
			case pinged <- struct{}{}:
			default:
			}
			return answer(data)
		})
		for {
			if _, p, err := ws.ReadMessage(); err != nil || ws.WriteMessage(websocket.BinaryMessage, p) != nil {
				return
			}
		}
	}))
	nc := dial(t, start(t, &tunnel.Tunnel{URL: url, Ping: 100 * time.Millisecond}))
	for range 3 {
		select {
		case <-pinged:
		case <-time.After(patience):
			t.Fatal("no ping came on a silent WebSocket")
		}
	}
	io.WriteString(nc, "NOOP")
	echo := make([]byte, 4)
	if _, err := io.ReadFull(nc, echo); err != nil || string(echo) != "NOOP" {
		t.Errorf("after pings got %q, %v, want NOOP: a WebSocket that answers pings is kept", echo, err)
	}
}

// The end of the tunnel is told to the lab with code 1001, and no connection stays.
func TestShutdown(t *testing.T) {
	code := make(chan error, 1)
	url := page(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		ws.WriteMessage(websocket.BinaryMessage, []byte("+"))
		_, _, err = ws.ReadMessage()
		code <- err
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- (&tunnel.Tunnel{URL: url}).Serve(ctx, l) }()
	nc := dial(t, l.Addr().String())
	if _, err := io.ReadFull(nc, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-over; err != nil {
		t.Errorf("Serve returned %v, want nil", err)
	}
	if err := <-code; !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the lab got %v, want close code 1001", err)
	}
	if _, err := nc.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the client read %v, want the end of its connection", err)
	}
}
