package live_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// world is small, so that what is suggested depends on nobody else.
const world = `nobody
seed 5
user mrose tanstaaf
mail mrose
| Subject: one
|
| .dot
| second line
mail mrose
| Subject: two
|
| text
`

// A claiming store says whose a session is, as web/bridge's does.
type claiming struct {
	*sim.Store
	r *rig
}

func (c claiming) Open(user, owner string) (engine.Maildrop, error) {
	if user == "mrose" {
		c.r.rec.Claim(owner, c.r.stream)
	} else {
		c.r.rec.Forget(owner)
	}
	c.r.stream.Touch()
	return c.Store.Open(user, owner)
}

// A rig is a server that is recorded.
type rig struct {
	rec    *live.Recorder
	stream *live.Stream
	store  *sim.Store
	user   engine.User
	addr   string
	t      *testing.T
}

func newRig(t *testing.T, limits live.Limits, change func(*sim.World, *server.Server)) *rig {
	t.Helper()
	w, err := sim.ParseWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	w.STLS = false
	srv := &server.Server{}
	if change != nil {
		change(&w, srv)
	}
	c, store, err := w.Config(func() int64 { return time.Now().UnixMilli() })
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{store: store, t: t}
	c.Store = claiming{store, r}
	srv.Protocol = engine.New(c)
	r.rec = live.New(srv.Protocol, srv.Idle, limits)
	srv.Observe = r.rec.Observe
	stamps := w.NewStamps()
	srv.Stamp = func() string { return stamps.Next(w.Now) }
	r.user, _, _ = store.User("mrose")
	r.stream = r.rec.NewStream(r.user, store)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return r
}

// A client says lines and reads answers.
type client struct {
	net.Conn
	*bufio.Reader
	t *testing.T
}

func (r *rig) dial() *client {
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	r.t.Cleanup(func() { nc.Close() })
	c := &client{nc, bufio.NewReader(nc), r.t}
	c.line()
	return c
}

func (c *client) line() string {
	s, err := c.ReadString('\n')
	if err != nil {
		c.t.Fatalf("reading a line: %v", err)
	}
	return s
}

// say sends a line and reads its answer.
func (c *client) say(line string, multi bool) string {
	io.WriteString(c, line+"\r\n")
	answer := c.line()
	for multi && strings.HasPrefix(answer, "+OK") && !strings.HasSuffix(answer, "\r\n.\r\n") {
		answer += c.line()
	}
	return answer
}

// reader collects frames as a page does.
type reader struct {
	stream *live.Stream
	at     live.Position
	steps  []record.Step
	t      *testing.T
}

// until reads until a step is as wanted.
func (r *reader) until(what string, want func(*record.Step) bool) *record.Step {
	r.t.Helper()
	late := time.After(10 * time.Second)
	for {
		changed := r.stream.Changed()
		f, next := r.stream.Read(r.at, 7)
		r.at = next
		if len(f.Steps) > 0 {
			r.steps = append(r.steps, f.Steps...)
			for i := range f.Steps {
				if want(&f.Steps[i]) {
					return &f.Steps[i]
				}
			}
			continue
		}
		select {
		case <-changed:
		case <-late:
			r.t.Fatalf("no step is %s; there are\n%s", what, r.titles())
		}
	}
}

func (r *reader) titles() string {
	var b strings.Builder
	for i := range r.steps {
		s := &r.steps[i]
		fmt.Fprintf(&b, "%d %s/%d %s cuts %v: %s\n", s.Seq, s.Device, s.Session, s.Kind, s.Cuts, s.Title)
	}
	return b.String()
}

func closed(s *record.Step) bool { return s.Kind == "close" }

// TestAsSimulated: a real session gives the steps that the simulated one gives, in all that isn't time, place or
// chance.
func TestAsSimulated(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	lines := []string{"CAPA", "USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1", "TOP 1 0", "UIDL", "DELE 2", "RETR 9", "nonsense", "RSET", "DELE 1", "QUIT"}
	multi := map[string]bool{"CAPA": true, "LIST": true, "RETR 1": true, "TOP 1 0": true, "UIDL": true}

	w, _ := sim.ParseWorld(world)
	w.STLS = false
	lab, err := sim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	lab.Do(sim.Input{Verb: sim.Connect, Device: "client"})
	for _, line := range lines {
		if _, err := lab.Do(sim.Input{Verb: sim.Send, Device: "client", Octets: []byte(line + "\r\n")}); err != nil {
			t.Fatal(err)
		}
	}
	want := record.NewBuilder(lab).Frame(1, 0, 1000).Steps

	c := r.dial()
	for _, line := range lines {
		c.say(line, multi[line])
	}
	page := &reader{stream: r.stream, t: t}
	page.until("the end", closed)
	got := page.steps[1:] // the first says that the stream is ready
	for i := range min(len(got), len(want)) {
		a, b := told(&got[i]), told(&want[i])
		for j := range a {
			if a[j] != b[j] {
				t.Errorf("step %d, %s:\n got %s\nwant %s", i, want[i].Title, a[j], b[j])
			}
		}
		if got[i].Exchange-got[0].Exchange != want[i].Exchange {
			t.Errorf("step %d: got exchange %d after the first, want %d", i, got[i].Exchange-got[0].Exchange, want[i].Exchange)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d steps, want %d:\n%s", len(got), len(want), page.titles())
	}
}

// told is a step, part by part, without what is a matter of time, place or chance. Secrets are masked in real
// sessions; and what a real server sends at once leaves in one segment.
func told(s *record.Step) []string {
	v := *s.View
	v.IdleAt, v.Commands = 0, nil
	what := []any{s.Octets, s.Labels, s.Title, s.Spoken, s.Cuts}
	if s.Verb == "PASS" && s.Kind == "line" {
		what = []any{"a password", "its labels", "", "", nil}
	}
	if s.Direction == "S" {
		what[4] = nil
	}
	what = append(what, s.Kind, s.Happening, s.Direction, s.Device, s.Session, s.LineEnd, s.Multi, s.Before, s.After, s.Edge, s.Change, s.Status,
		s.Code, s.Num, s.Count, s.Removed, s.TooLong, s.Lost, s.Note, v, *s.View.Commands, *s.World.Drops, s.World.Persona)
	parts := make([]string, len(what))
	for i := range what {
		parts[i] = fmt.Sprintf("%+v", what[i])
	}
	return parts
}
