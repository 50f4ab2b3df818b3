// The race detector makes sync.Pool forget on purpose and allocates itself, so bounds on memory hold
// without it only.

//go:build !race

package engine_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// openMaildrop makes a session in TRANSACTION over one message.
func openMaildrop(t testing.TB, message []byte) *engine.Session {
	t.Helper()
	store := memdrop.New()
	store.Deliver("mrose", message)
	p := engine.New(engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: store})
	s := p.NewSession(engine.Peer{ID: "test", Stamp: "<1.1@x>", Cleartext: true})
	s.Feed([]byte("USER mrose\r\nPASS tanstaaf\r\n"))
	drain(s)
	if s.State() != engine.Transaction {
		t.Fatalf("after USER and PASS the session is in %s, want TRANSACTION", s.State())
	}
	return s
}

// pull lets a session do all it can and throws away what it sends.
func pull(s *engine.Session) (octets int64) {
	for e, ok := s.Next(); ok; e, ok = s.Next() {
		octets += int64(len(e.Out()))
	}
	return octets
}

// TestAmplification: 32 KB of commands that ask for 270 MB cost what one of them costs, because the work is
// done when the driver asks for it, piece by piece.
//
// req: CAP-25, DMS-08, DAU-15
func TestAmplification(t *testing.T) {
	s := openMaildrop(t, bytes.Repeat([]byte("sixty-six octets, to make a message of sixty-six thousand octets\r\n"), 1000))
	commands := bytes.Repeat([]byte("RETR 1\r\n"), 32<<10/8)

	// What is alive at any time: a session, its input, and one reply under way.
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s.Feed(commands)
	var octets, most int64
	for i := 0; ; i++ {
		e, ok := s.Next()
		if !ok {
			break
		}
		octets += int64(len(e.Out()))
		if i%1000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, int64(now.HeapAlloc)-int64(before.HeapAlloc))
		}
	}
	if octets < 270_000_000 {
		t.Fatalf("got %d octets, want more than 270,000,000: were all commands answered?", octets)
	}
	if most > 1<<20 {
		t.Errorf("%d octets more were alive while it lasted, want less than 1 MB", most)
	}

	// What is allocated over all: nothing that grows with the message.
	runtime.ReadMemStats(&before)
	s.Feed(commands)
	pull(s)
	runtime.ReadMemStats(&now)
	if total := now.TotalAlloc - before.TotalAlloc; total > 4096*300+1<<20 {
		t.Errorf("4096 commands allocated %d octets, want at most 300 each and a buffer or two", total)
	}
}

// TestFeedDoesNoWork: what was fed waits until the driver asks.
func TestFeedDoesNoWork(t *testing.T) {
	s := openMaildrop(t, []byte("x\r\n"))
	s.Feed([]byte("DELE 1\r\nQUIT\r\n"))
	if v := s.View(); v.State != engine.Transaction || v.Live != 1 || v.Pending != len("DELE 1\r\nQUIT\r\n") {
		t.Errorf("after Feed the session is in %s with %d messages and %d octets pending, want nothing done yet", v.State, v.Live, v.Pending)
	}
}

// TestAllocations: a command costs no allocation, a message a small constant of them, whatever its size.
func TestAllocations(t *testing.T) {
	small, large := openMaildrop(t, []byte("x\r\n")), openMaildrop(t, bytes.Repeat([]byte("a line\r\n"), 40_000))
	for _, test := range []struct {
		name    string
		session *engine.Session
		command string
		most    float64
	}{
		{"NOOP", small, "NOOP\r\n", 0},
		{"STAT", small, "STAT\r\n", 0},
		{"NOOP with LF alone", small, "noop\n", 0},
		{"LIST 1", small, "LIST 1\r\n", 0},
		{"UIDL 1", small, "UIDL 1\r\n", 0},
		{"RSET", small, "RSET\r\n", 0},
		{"RETR of a small message", small, "RETR 1\r\n", 3},
		{"RETR of a large message", large, "RETR 1\r\n", 3},
		{"TOP of a large message", large, "TOP 1 5\r\n", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := []byte(test.command)
			run := func() {
				test.session.Feed(command)
				pull(test.session)
			}
			run()
			if got := testing.AllocsPerRun(200, run); got > test.most {
				t.Errorf("%s: got %.1f allocations, want at most %.0f", strings.TrimSpace(test.command), got, test.most)
			}
		})
	}
}

// TestLongLineHoldsLittle: ten megabytes without an end, as a driver feeds them, leave next to nothing
// behind.
//
// req: DFR-03, DAU-15
func TestLongLineHoldsLittle(t *testing.T) {
	s := openMaildrop(t, []byte("x\r\n"))
	piece := bytes.Repeat([]byte("x"), 32<<10)
	for range 10 << 20 / len(piece) {
		s.Feed(piece)
		if pull(s) != 0 {
			t.Fatal("a line without an end was answered")
		}
		if n := s.View().Pending; n > 4096 {
			t.Fatalf("%d octets of a line over the limit are held, want only its beginning", n)
		}
	}
	s.Feed([]byte("\r\nNOOP\r\n"))
	if got := drain(s); len(got) != 4 || got[1].Status != engine.Err || got[3].Status != engine.OK {
		t.Errorf("after the line's end: got %d events, want the line and its -ERR, then NOOP and its +OK", len(got))
	}
}
