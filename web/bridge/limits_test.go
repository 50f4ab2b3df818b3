package bridge

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/memdrop"
)

// Bounds: of rates, of sizes, of numbers, of memory.

// TestRates: what is done too often is refused with 429 and a sentence, and not for ever.
func TestRates(t *testing.T) {
	l := newLab(t, nil)
	token := l.room().Token
	refused := func(what, method, path string) {
		t.Helper()
		for range 200 {
			if status, body := l.ask(method, path, token, ""); status == 429 {
				if !strings.Contains(body, "wait a moment") {
					t.Errorf("%s: got %s, want a sentence that says what to do", what, body)
				}
				return
			} else if status >= 400 {
				t.Fatalf("%s: got %d %s, want it done, or 429", what, status, body)
			}
		}
		t.Errorf("%s: two hundred at once were done, want a limit", what)
	}
	refused("looking at steps", "GET", "/live/steps")
	refused("making rooms", "POST", "/live/room")
	synctest.Test(t, func(t *testing.T) {
		ours, other := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
		lim := limiter{burst: 3, every: time.Second}
		count := func(a netip.Addr) (n int) {
			for lim.allow(a) {
				n++
			}
			return n
		}
		if n := count(ours); n != 3 {
			t.Errorf("at once: got %d, want the burst of 3", n)
		}
		if n := count(other); n != 3 {
			t.Errorf("another address: got %d, want its own 3", n)
		}
		<-time.After(2 * time.Second)
		if n := count(ours); n != 2 {
			t.Errorf("two intervals later: got %d, want 2", n)
		}
		<-time.After(time.Hour)
		for i := range maxLimited + 1 {
			lim.allow(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}))
		}
		if len(lim.spent) > maxLimited {
			t.Errorf("got %d addresses remembered, want %d at most", len(lim.spent), maxLimited)
		}
	})
}

// TestNumbers: there are so many rooms, of an address and in all, connections, watchers and sockets, and no more; what
// ends gives its place back.
func TestNumbers(t *testing.T) {
	l := newLab(t, func(_ *lab, o *Options) { o.RoomsOfAddr = 2 })
	token := l.room().Token
	l.room()
	if status, _ := l.ask("POST", "/live/room", "", ""); status != 429 {
		t.Errorf("a third room of an address: got %d, want 429", status)
	}
	l.ask("DELETE", "/live/room", token, "")
	token = l.room().Token
	for range roomWatchers {
		if _, err := l.dial("/ws/trace", l.site.URL, traceSubprotocol, tokenPrefix+token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.dial("/ws/trace", l.site.URL, traceSubprotocol, tokenPrefix+token); err == nil || !strings.HasPrefix(err.Error(), "429") {
		t.Errorf("watcher %d of a room: got %v, want 429", roomWatchers+1, err)
	}
	if status, _ := l.ask("GET", "/live/events", token, ""); status != 429 {
		t.Errorf("watcher %d of a room, by events: got %d, want 429", roomWatchers+1, status)
	}
	var last *bridged
	for range roomConns {
		last = l.pop3(token)
		until(t, last, "\r\n")
	}
	if _, err := l.dial("/ws/pop3", l.site.URL, subprotocol, tokenPrefix+token); err == nil || !strings.HasPrefix(err.Error(), "429") {
		t.Errorf("connection %d of a page: got %v, want 429", roomConns+1, err)
	}
	if status, _ := l.ask("POST", "/live/connect", token, ""); status != 429 {
		t.Errorf("connection %d of a page, posted: got %d, want 429", roomConns+1, status)
	}
	last.ws.Close()
	l.wait("a place", func() bool { status, _ := l.ask("POST", "/live/connect", token, ""); return status == 201 })

	few := newLab(t, func(_ *lab, o *Options) { o.Rooms, o.Sockets = 1, 2 })
	token = few.room().Token
	if status, _ := few.ask("POST", "/live/room", "", ""); status != 503 {
		t.Errorf("more rooms than there may be: got %d, want 503", status)
	}
	a, b := few.pop3(""), few.pop3("")
	for _, path := range []string{"/ws/pop3", "/ws/trace"} {
		if _, err := few.dial(path, few.site.URL, subprotocol, traceSubprotocol, tokenPrefix+token); err == nil || !strings.HasPrefix(err.Error(), "503") {
			t.Errorf("%s, a third socket: got %v, want 503", path, err)
		}
	}
	a.ws.Close()
	b.ws.Close()
	few.wait("the sockets' places", func() bool { return few.b.sockets.Load() == 0 })
}

// TestSizes: a letter, a post and a room's mail have bounds.
func TestSizes(t *testing.T) {
	l := newLab(t, nil)
	v := l.room()
	token, in := v.Token, l.b.roomNamed(v.User)
	large := strings.Repeat("x", maxLetter+1)
	if status, _ := l.ask("POST", "/live/room/deliver", token, large); status != 413 {
		t.Errorf("a letter of %d octets: got %d, want 413", len(large), status)
	}
	if status, _ := l.ask("POST", "/live/room/deliver", token, large[1:]); status != 200 {
		t.Errorf("a letter of %d octets: got %d, want 200", maxLetter, status)
	}
	l.ask("POST", "/live/connect", token, "")
	if status, _ := l.ask("POST", "/live/send?connection=1", token, large); status != 413 {
		t.Errorf("octets, %d of them: got %d, want 413", len(large), status)
	}
	for in.deliver([]byte("Subject: x\r\n\r\n")) == nil {
		if n := len(in.store.Drops().Messages(v.User)); n > roomMessages {
			t.Fatalf("got %d messages in a room, want %d at most", n, roomMessages)
		}
	}
	if status, body := l.ask("POST", "/live/room/deliver", token, ""); status != 409 || !strings.Contains(body, "maildrop is full") {
		t.Errorf("a full maildrop: got %d %s, want 409", status, body)
	}
	other := l.b.roomNamed(l.room().User)
	for other.deliver([]byte(large)) == nil {
		if other.octets > roomOctets {
			t.Fatalf("got %d octets delivered, want %d at most", other.octets, roomOctets)
		}
	}
}

// TestRoomIdle: a room in which nothing happens ends, and one in which something does lasts.
func TestRoomIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := quietBridge(Options{RoomIdle: time.Hour})
		in, token, err := b.newRoom(netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(59 * time.Minute)
		in.used()
		<-time.After(59 * time.Minute)
		if b.roomByToken(token) == nil {
			t.Error("a room that was used an hour ago less a minute has ended, want it to last")
		}
		<-time.After(2 * time.Minute)
		select {
		case <-in.ended:
		default:
			t.Error("a room that nobody used for an hour lasts, want it to end")
		}
		if b.roomByToken(token) != nil || b.roomNamed(in.user.Name) != nil || len(b.ofAddr) > 0 {
			t.Error("a room that has ended can still be entered")
		}
	})
}

// TestMemory: recordings together keep their bound, with one recording each, too.
func TestMemory(t *testing.T) {
	for _, most := range []int{1, 3} {
		b := quietBridge(Options{Memory: 1 << 20, Limits: live.Limits{Recordings: most}})
		for range 6 {
			in := quietRoom(t, b)
			in.happen(3000)
			b.relieve()
			var all int64
			for _, r := range b.byName {
				all += r.stream.Weight()
			}
			if all > b.opt.Memory {
				t.Fatalf("%d recordings each: got %d octets with %d rooms, want %d at most", most, all, len(b.byName), b.opt.Memory)
			}
		}
	}
}

// TestNeverRead: a thousand sockets that ask for a message again and again, and never read, cost what they cost on the
// POP3 port, and one is cut off when the server has waited long enough.
func TestNeverRead(t *testing.T) {
	sockets := 1000
	if raced {
		sockets = 100
	}
	message := append([]byte("Subject: large\r\n\r\n"), bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef\r\n"), 1000)...)
	l := newLab(t, func(l *lab, _ *Options) {
		l.small = true
		for i := range sockets {
			user := fmt.Sprint("reader", i)
			l.users[user] = engine.User{Name: user, Secret: secret}
			if err := l.drops.Reset(user, memdrop.Letter{UID: "large", Octets: message}); err != nil {
				l.Fatal(err)
			}
		}
	})
	before := heap()
	conns := make([]net.Conn, sockets)
	var all sync.WaitGroup
	for part := range 100 {
		all.Go(func() {
			for i := part; i < sockets; i += 100 {
				nc, err := net.Dial("tcp", strings.TrimPrefix(l.site.URL, "http://"))
				if err != nil {
					t.Error(err)
					return
				}
				l.Cleanup(func() { nc.Close() })
				conns[i] = nc
				nc.(*net.TCPConn).SetReadBuffer(4 << 10)
				if err := upgrade(nc, bufio.NewReaderSize(nc, 512), "/ws/pop3", "Sec-WebSocket-Protocol: pop3"); err != nil {
					t.Error(err)
					return
				}
				nc.Write(masked(fmt.Sprintf("USER reader%d\r\nPASS %s\r\n", i, secret) + strings.Repeat("RETR 1\r\n", 4000)))
			}
		})
	}
	all.Wait()
	l.wait("all logins", func() bool {
		for i := range sockets {
			if _, locked := l.drops.Owner(fmt.Sprint("reader", i)); !locked {
				return false
			}
		}
		return true
	})
	var most, last int64
	for same := 0; same < 5; same++ { // until it grows no more
		if last = heap() - before; last > most+most/100 {
			same = 0
		}
		most = max(most, last)
	}
	each := most / int64(sockets)
	t.Logf("%d sockets that never read: %d KiB on the heap, %d KiB each", sockets, most>>10, each>>10)
	if n := l.b.sockets.Load(); n != int64(sockets) {
		t.Errorf("got %d sockets, want %d at once", n, sockets)
	}
	if each > 400<<10 {
		t.Errorf("a socket that never reads: got %d KiB on the heap, want 400 at most: the server's buffer of 192 KiB, what waits to be read, and little else", each>>10)
	}
	for _, nc := range conns {
		if nc != nil {
			nc.Close()
		}
	}
	l.wait("the sockets' end", func() bool { return l.b.sockets.Load() == 0 })

	hasty := newLab(t, func(l *lab, _ *Options) {
		l.small = true
		l.srv.WriteTimeout = 100 * time.Millisecond
		if err := l.drops.Reset("mrose", memdrop.Letter{UID: "large", Octets: message}); err != nil {
			l.Fatal(err)
		}
	})
	nc, _ := hasty.raw()
	nc.Write(masked("USER mrose\r\nPASS " + secret + "\r\n" + strings.Repeat("RETR 1\r\n", 4000)))
	hasty.wait("login", func() bool { _, locked := hasty.drops.Owner("mrose"); return locked })
	hasty.wait("the end of a socket that never reads", func() bool { return hasty.b.sockets.Load() == 0 })
}

// masked is a binary message in one frame, with a mask of zeros (RFC 6455 section 5.3).
func masked(octets string) []byte {
	frame := []byte{0x82, 0x80 | 126}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(octets)))
	return append(append(frame, 0, 0, 0, 0), octets...)
}
