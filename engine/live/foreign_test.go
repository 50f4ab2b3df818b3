package live_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine/live"
	"pop3lab/engine/server"
	"pop3lab/engine/sim/record"
	"pop3lab/engine/watch"
)

// watched puts a proxy before a rig's server, whose connections are recorded in a stream of their own.
func (r *rig) watched() *live.Stream {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	rec := live.Watch(false, live.Limits{})
	s := rec.NewStream(r.user, nil)
	p := &watch.Proxy{Upstream: r.addr, Observe: func(c watch.Conn) server.Observer { return rec.Follow(c, s) }}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(ctx, l) }() // ends with the test
	r.t.Cleanup(func() { cancel(); <-ended })
	r.addr = l.Addr().String()
	return s
}

// next is the first step behind those that it returned before that is as wanted.
type next struct {
	*reader
	seen int
}

func (n *next) step(what string, want func(*record.Step) bool) *record.Step {
	n.t.Helper()
	for {
		for n.seen < len(n.steps) {
			if n.seen++; want(&n.steps[n.seen-1]) {
				return &n.steps[n.seen-1]
			}
		}
		n.until(what, func(*record.Step) bool { return true })
	}
}

// TestWatched: a watched session is in the steps octet for octet, with its segments; what nobody told is unknown.
func TestWatched(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	page := &next{reader: &reader{stream: r.watched(), t: t}}
	c := r.dial()
	wire := ""
	say := func(line string, multi bool) *record.Step {
		t.Helper()
		wire += c.say(line, multi)
		return page.step("the end of the answer to "+line, func(s *record.Step) bool {
			return s.Kind == "end" || s.Kind == "reply" && s.Verb != "" && strings.HasPrefix(line, s.Verb) && !s.Multi
		})
	}
	page.step("the greeting", func(s *record.Step) bool { return s.Kind == "reply" })
	say("USER mrose", false)
	v := say("PASS tanstaaf", false).View
	if v.State.Name != "TRANSACTION" || v.User != "mrose" || len(v.Messages) != 0 || len(v.Suggest) != 0 || v.IdleAt != 0 {
		t.Errorf("after the login: got %+v; want TRANSACTION of mrose, no message, nothing to say and no timer: nobody told", v)
	}
	if m := say("UIDL", true).View.Messages; len(m) != 2 || m[0].Octets != live.Unknown || m[0].UID == "" {
		t.Errorf("after UIDL: got %+v, want two messages with unique-ids and no octets", m)
	}
	if m := say("LIST", true).View.Messages; len(m) != 2 || m[0].Octets == live.Unknown || m[1].Octets == live.Unknown {
		t.Errorf("after LIST: got %+v, want two messages with their octets", m)
	}
	say("RETR 1", true)
	if m := say("DELE 2", false).View.Messages; !m[0].Retrieved || !m[1].Deleted {
		t.Errorf("after RETR 1 and DELE 2: got %+v, want the marks", m)
	}
	sent := ""
	for _, s := range page.steps {
		if s.Direction != "S" {
			continue
		}
		if s.Verb != "(connect)" {
			sent += string(s.Octets)
		}
		if s.Kind == "reply" && !s.Multi && !slices.Equal(s.Cuts, []int{len(s.Octets)}) {
			t.Errorf("%q: got segments that end at %v, want one that ends with it", s.Octets, s.Cuts)
		}
		if n := len(s.Octets); s.Kind == "end" && !slices.Contains(s.Cuts, n) {
			t.Errorf("%q: got segments that end at %v, want one that ends with it", s.Octets, s.Cuts)
		}
	}
	if sent != wire {
		t.Errorf("the steps have\n%q, the wire had\n%q", sent, wire)
	}
	c.say("QUIT", false)
	c.Close()
	page.step("the end", closed)
	if last := page.steps[len(page.steps)-1]; len(last.World.Drops.List) != 0 {
		t.Errorf("got maildrops %+v, want none: they are on the other server", last.World.Drops.List)
	}
}

// TestWatchedPieces: a line that comes in pieces is waited for where it's seen, and what may be a password isn't.
func TestWatchedPieces(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	page := &next{reader: &reader{stream: r.watched(), t: t}}
	c := r.dial()
	piece := func(text, want string) {
		t.Helper()
		io.WriteString(c, text)
		s := page.step("a piece of a line", func(s *record.Step) bool { return s.Happening == "send" })
		if string(s.Octets) != want || string(s.View.Pending) != want {
			t.Errorf("the piece %q: got %q and %q that waits, want %q", text, s.Octets, s.View.Pending, want)
		}
	}
	line := func(want string) {
		t.Helper()
		s := page.step("the line", func(s *record.Step) bool { return s.Kind == "line" })
		if got := fmt.Sprintf("%q %v", s.Octets, s.Cuts); got != want {
			t.Errorf("got the line and its segments %s, want %s", got, want)
		}
	}
	page.step("the greeting", func(s *record.Step) bool { return s.Kind == "reply" })
	c.say("USER mrose", false)
	page.step("its answer", func(s *record.Step) bool { return s.Kind == "reply" })
	piece("PASS tans", "**** ****")
	c.say("taaf", false)
	line(`"PASS ********\r\n" []`)
	page.step("the login", func(s *record.Step) bool { return s.Kind == "reply" })
	piece("NO", "NO")
	c.say("OP", false)
	line(`"NOOP\r\n" [2 6]`)
}
