package server

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
)

// A witness writes down what it's told.
type witness struct {
	mu     sync.Mutex
	conn   Conn
	got    []string // "line USER mrose", "reply +OK …", "in 12", "out 40", "view TRANSACTION"
	octets strings.Builder
	in     int
	out    int
	ended  chan string
	times  []time.Time
}

func (w *witness) Event(at time.Time, e engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, at)
	w.octets.Write(e.Out())
	switch e.Kind {
	case engine.KindLine, engine.KindReply:
		w.got = append(w.got, e.Kind.String()+" "+strings.TrimSuffix(string(e.Wire), "\r\n"))
	case engine.KindBody:
		w.got = append(w.got, "body")
	}
	if e.Kind == engine.KindReply && e.Before == engine.AuthorizationUser {
		w.got = append(w.got, "view "+w.conn.View().State.RFC())
	}
}

func (w *witness) Segment(at time.Time, s Segment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, at)
	if s.In {
		w.in += s.Octets
		w.got = append(w.got, "in")
	} else {
		w.out += s.Octets
		w.got = append(w.got, "out")
	}
}

func (w *witness) Closed(_ time.Time, why string, _ error) { w.ended <- why }

// req: DUI-02 DAU-13
func TestObserver(t *testing.T) {
	w := &witness{ended: make(chan string, 1)}
	s := serve(t, func(_ *engine.Config, s *Server) {
		s.Observe = func(c Conn) Observer { w.conn = c; return w }
	})
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nSTAT\r\nQUIT\r\n")
	got, err := io.ReadAll(nc)
	if err != nil {
		t.Fatal(err)
	}
	if why := <-w.ended; why != "quit" {
		t.Errorf("Closed: got %q, want quit", why)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.octets.String() != string(got) || w.out != len(got) || w.in != len("USER mrose\r\nPASS tanstaaf\r\nSTAT\r\nQUIT\r\n") {
		t.Errorf("events sent %q in segments of %d octets, and %d came; the client got %q", w.octets.String(), w.out, w.in, got)
	}
	all := strings.Join(w.got, "\n")
	if strings.Contains(all, "tanstaaf") || !strings.Contains(all, "line PASS ********") {
		t.Errorf("got\n%s\nwant the password masked (DAU-13)", all)
	}
	if !strings.Contains(all, "reply +OK 3 ") || !strings.Contains(all, "view TRANSACTION") {
		t.Errorf("got\n%s\nwant every event, and a view within one", all)
	}
	for i := 1; i < len(w.times); i++ {
		if w.times[i].Before(w.times[i-1]) {
			t.Errorf("call %d is earlier than the one before, want them in order", i)
		}
	}
	if w.conn.ID == "" || w.conn.Remote.String() != nc.LocalAddr().String() || w.conn.TLS {
		t.Errorf("Conn: got %+v, want who it is", w.conn)
	}
}
