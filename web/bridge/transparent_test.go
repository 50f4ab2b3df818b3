package bridge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine/memdrop"
	"pop3lab/web/tunnel"
)

// Octet transparency: what goes through the bridge is what goes through plain TCP, both ways, however it's cut.

// A line is one way to the server.
type line interface {
	io.ReadWriter
	CloseWrite() error
}

// ways are plain TCP, a page's WebSocket, and the tunnel's.
func (l *lab) ways() map[string]func() line {
	return map[string]func() line{
		"TCP": func() line {
			nc, err := net.Dial("tcp", l.tcp)
			if err != nil {
				l.Fatal(err)
			}
			l.Cleanup(func() { nc.Close() })
			nc.SetDeadline(time.Now().Add(4 * patience))
			return nc.(*net.TCPConn)
		},
		"bridge": func() line { return l.pop3("") },
		"tunnel": func() line {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			c, err := (&tunnel.Dialer{}).Dial(ctx, l.ws("/ws/pop3"))
			if err != nil {
				l.Fatal(err)
			}
			l.Cleanup(func() { c.Close() })
			return c
		},
	}
}

// converse sends the octets in parts of those sizes, says that nothing more comes, and returns all that came back.
func converse(t testing.TB, c line, octets []byte, parts func() int) string {
	t.Helper()
	said := make(chan error, 1)
	go func() { // ends when all is sent, or the connection is over
		said <- func() error {
			for len(octets) > 0 {
				n := min(parts(), len(octets))
				if _, err := c.Write(octets[:n]); err != nil {
					return err
				}
				octets = octets[n:]
			}
			return c.CloseWrite()
		}()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading answers: %v behind %q", err, got)
	}
	<-said // after QUIT the server may be gone before all is said
	return string(got)
}

// exchange is one command by chance: proper ones, wrong ones and no ones.
func exchange(r *rand.Rand) string {
	num := func() string { return fmt.Sprint(r.IntN(9)) }
	verbs := []func() string{
		func() string { return "NOOP" },
		func() string { return "STAT" },
		func() string { return "LIST" },
		func() string { return "LIST " + num() },
		func() string { return "UIDL" },
		func() string { return "UIDL " + num() },
		func() string { return "RETR " + num() },
		func() string { return "TOP " + num() + " " + num() },
		func() string { return "DELE " + num() },
		func() string { return "RSET" },
		func() string { return "CAPA" },
		func() string { return "USER mrose" },
		func() string { return "" },
		func() string { return strings.Repeat("x", r.IntN(700)) },
		func() string {
			p := make([]byte, r.IntN(40))
			for i := range p {
				if p[i] = byte(r.Uint32()); p[i] == '\n' {
					p[i] = 0
				}
			}
			return string(p)
		},
	}
	ends := []string{"\r\n", "\r\n", "\r\n", "\n", " \r\n", "\r\r\n"}
	return verbs[r.IntN(len(verbs))]() + ends[r.IntN(len(ends))]
}

// TestTransparent: 10,000 random exchanges give the same octets through the bridge and the tunnel as over plain TCP.
func TestTransparent(t *testing.T) {
	l := newLab(t, nil)
	ways := l.ways()
	sessions, each := uint64(200), 50
	if raced {
		sessions = 20
	}
	for n := range sessions {
		r := rand.New(rand.NewPCG(n, 1939))
		script := []byte("USER mrose\r\nPASS " + secret + "\r\n")
		for range each {
			script = append(script, exchange(r)...)
		}
		if n%3 > 0 { // otherwise the client leaves without a word
			script = append(script, "QUIT\r\n"...)
		}
		var want string
		for _, way := range []string{"TCP", "bridge", "tunnel"} {
			l.free()
			if err := l.drops.Reset("mrose", letters()...); err != nil {
				t.Fatal(err)
			}
			most := 1 + r.IntN(200)
			if n%5 == 0 {
				most = 1
			}
			got := converse(t, ways[way](), script, func() int { return 1 + r.IntN(most) })
			if way == "TCP" {
				want = got
				if strings.Count(want, "\r\n") < each {
					t.Fatalf("session %d over TCP: got %d lines, want %d at least: the script is to be a conversation", n, strings.Count(want, "\r\n"), each)
				}
			} else if got != want {
				at := 0
				for at < min(len(got), len(want)) && got[at] == want[at] {
					at++
				}
				t.Fatalf("session %d, %s: octet %d on, got %.80q, want %.80q as over TCP; the script is %q", n, way, at, got[at:], want[at:], script)
			}
		}
	}
}

// free waits until nobody has mrose's maildrop open.
func (l *lab) free() {
	l.Helper()
	l.wait("the lock's release after a session's end", func() bool {
		_, locked := l.drops.Owner("mrose")
		return !locked
	})
}

// TestChunks: every way to cut a conversation in two, and every size of equal parts, is the same conversation.
func TestChunks(t *testing.T) {
	l := newLab(t, nil)
	ways := l.ways()
	script := []byte("CAPA\r\nAPOP mrose c4c9334bac560ecc979e58001b3e22fb\r\nNOOP\r\nQUIT\r\n")
	want := converse(t, ways["TCP"](), script, func() int { return len(script) })
	if !strings.Contains(want, "\r\n+OK mrose's") || !strings.HasSuffix(want, "\r\n") {
		t.Fatalf("over TCP: got %q, want a login: it's RFC 1939's own digest", want)
	}
	check := func(what string, parts func() int) {
		l.free()
		if got := converse(t, ways["bridge"](), script, parts); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	for at := 1; at < len(script); at++ {
		next := at
		check(fmt.Sprintf("cut at %d", at), func() int { n := next; next = len(script); return n })
		check(fmt.Sprintf("in parts of %d", at), func() int { return at })
	}
}

// TestHalfClose: a client that has said its last word, without QUIT, hears all that is still answered; and the session
// ends without UPDATE.
func TestHalfClose(t *testing.T) {
	l := newLab(t, nil)
	for name, way := range l.ways() {
		got := converse(t, way(), []byte("USER mrose\r\nPASS "+secret+"\r\nDELE 1\r\nRETR 2\r\nNOOP"), func() int { return 1000 })
		if !strings.HasSuffix(got, "\r\n.\r\n") {
			t.Errorf("%s: got %q, want the whole answer to RETR behind the client's end", name, got)
		}
		l.free()
		if n := len(l.drops.Messages("mrose")); n != len(letters()) {
			t.Errorf("%s: got %d messages, want %d: RFC 1939 section 6 removes nothing without QUIT", name, n, len(letters()))
		}
	}
}

// TestBehindTheEnd: octets behind the empty message are an error of the client's, and close with 1008.
func TestBehindTheEnd(t *testing.T) {
	l := newLab(t, func(l *lab, _ *Options) { l.srv.FailDelay = time.Second }) // so that the session is still there
	c := l.pop3("")
	until(t, c, "\r\n")
	io.WriteString(c, "USER mrose\r\nPASS wrong\r\n")
	c.CloseWrite()
	io.WriteString(c, "NOOP\r\n")
	if _, err := io.ReadAll(c); codeOf(err) != websocket.ClosePolicyViolation {
		t.Errorf("octets behind the end: got %v, want the WebSocket closed with 1008", err)
	}
}

// TestHuge: a message of 100 MB goes through octet by octet, and memory stays what it was: to a program and to a page
// whose room records it.
func TestHuge(t *testing.T) {
	l := newLab(t, nil)
	size := 100_000_000
	if raced {
		size /= 5
	}
	message := []byte("Subject: huge\r\n\r\n")
	for i := 0; len(message) < size; i++ {
		message = fmt.Appendf(message, "line %d of many%s\r\n.%d\r\n", i, strings.Repeat(" x", i%30), i)
	}
	if err := l.drops.Reset("mrose", memdrop.Letter{UID: "huge", Octets: message}); err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256(append(bytes.ReplaceAll(message, []byte("\r\n."), []byte("\r\n..")), ".\r\n"...))
	message = nil
	ways := l.ways()
	ways["a page"] = func() line { return l.pop3(l.room().Token) }
	for _, name := range []string{"TCP", "bridge", "a page", "tunnel"} {
		c := ways[name]()
		until(t, c, "\r\n")
		login(t, c, "mrose", secret)
		before := heap()
		io.WriteString(c, "RETR 1\r\n")
		until(t, c, "\r\n")
		sum := sha256.New()
		var most int64
		tail := ""
		p := make([]byte, 64<<10)
		for total, looked := 0, 0; !strings.HasSuffix(tail, "\r\n.\r\n"); {
			n, err := c.Read(p)
			if err != nil {
				t.Fatalf("%s: %v behind %d octets", name, err, total)
			}
			sum.Write(p[:n])
			tail = (tail + string(p[max(0, n-5):n]))
			tail = tail[max(0, len(tail)-5):]
			if total += n; total-looked > size/10 {
				looked = total
				most = max(most, heap()-before)
			}
		}
		t.Logf("%s: %d KiB more on the heap at most", name, most>>10)
		if got := [sha256.Size]byte(sum.Sum(nil)); got != want {
			t.Errorf("%s: the octets differ from the message as RFC 1939 section 3 has it sent", name)
		}
		if most > 4<<20 {
			t.Errorf("%s: the heap grew by %d KiB, want 4,096 at most: a message is never in memory as a whole", name, most>>10)
		}
		io.WriteString(c, "QUIT\r\n")
		io.Copy(io.Discard, c)
		l.free()
	}
}

// heap is what lives on the heap.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// codeOf is the code that a WebSocket was closed with; 0 for another end.
func codeOf(err error) int {
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		return e.Code
	}
	return 0
}
