package record_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// The sync contract: what each panel of the page shows at step n follows from the records 0..n-1 alone, and all
// panels show the same step. The page's own half of it is web/sync_test.go.

// TestSync: in random worlds, with faults, cuts and several devices, every step's record agrees with itself, with the
// table, and with the step before; it is the same octets whichever steps are asked for, in whichever order, and in
// a fork.
func TestSync(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lab := randomLab(t)
		n := len(lab.Steps())
		if n == 0 {
			return
		}
		steps := record.NewBuilder(lab).Frame(1, 0, n).Steps
		c := contract{t: t, lab: lab, specs: map[int]*record.Spec{}, last: map[string]*record.Step{}, row: map[string]*record.Step{}}
		for i := range steps {
			c.step(i, &steps[i])
		}
		forth := singles(record.NewBuilder(lab), n, false)
		if back := singles(record.NewBuilder(lab), n, true); !slices.EqualFunc(forth, back, bytes.Equal) {
			t.Fatal("the records of steps that are asked for backwards aren't those of steps that are asked for forwards")
		}
		at := rapid.IntRange(0, n-1).Draw(t, "fork at")
		fork, err := lab.Fork(at)
		if err != nil {
			t.Fatal(err)
		}
		until := len(fork.Steps())
		if until <= at {
			t.Fatalf("a fork at step %d has %d steps, want that one too", at, until)
		}
		if got := singles(record.NewBuilder(fork), until, false); !slices.EqualFunc(got, forth[:until], bytes.Equal) {
			t.Fatalf("a fork at step %d has other records than the world that it's a fork of", at)
		}
	})
}

// singles are the records of steps 0..n-1, each asked for by itself.
func singles(b *record.Builder, n int, backwards bool) [][]byte {
	all := make([][]byte, n)
	for i := range n {
		if backwards {
			i = n - 1 - i
		}
		f := b.Frame(1, i, i+1)
		f.Clock, f.Inputs, f.Total = 0, 0, 0 // of the world as it is now
		all[i] = f.Append(nil)
	}
	return all
}

// A contract checks steps one after the other.
type contract struct {
	t     *rapid.T
	lab   *sim.Lab
	specs map[int]*record.Spec
	last  map[string]*record.Step // by device and session: its last step
	row   map[string]*record.Step // by device: the step that its last row of the conversation begins with
}

func (c *contract) step(i int, s *record.Step) {
	wrong := func(rule string, what ...any) {
		c.t.Fatalf("step %d, %q: %s: %s", i, s.Title, fmt.Sprint(what...), rule)
	}
	if s.Seq != i {
		wrong("the slider, the rows and the arrows count the same steps", "its number is ", s.Seq)
	}
	c.octets(s, wrong)
	c.folded(s, wrong)
	c.place(s, wrong)
	c.maildrop(s, wrong)
	if s.Note.Text == "" || s.Title == "" && s.Kind != "end" {
		wrong("every step has a note and a title", s.Note.Text, "/", s.Title)
	}
}

// octets: labels cover the octets once, without a gap; cuts are places in them.
func (c *contract) octets(s *record.Step, wrong func(string, ...any)) {
	at := 0
	if s.Kind != "world" {
		for _, l := range s.Labels {
			if l.Start != at || l.End <= l.Start {
				wrong("bytes and conversation show each octet once", "a label from ", l.Start, " to ", l.End, " follows ", at)
			}
			at = l.End
		}
		if at != len(s.Octets) {
			wrong("bytes and conversation show each octet once", "labels end at ", at, " of ", len(s.Octets))
		}
	}
	before := 0
	for _, cut := range s.Cuts {
		if cut <= before && cut != 0 || cut > len(s.Octets) {
			wrong("a segment ends within the octets, behind the one before", "cuts at ", s.Cuts, " of ", len(s.Octets))
		}
		before = cut
	}
}

// folded: what is folded into a row, in the conversation and the ladder, belongs to the exchange of the row.
func (c *contract) folded(s *record.Step, wrong func(string, ...any)) {
	head := c.row[s.Device]
	if s.Kind != "data" && s.Kind != "end" {
		c.row[s.Device] = s
		return
	}
	if head == nil || head.Kind != "reply" || !head.Multi || head.Exchange != s.Exchange || head.Session != s.Session {
		wrong("lines follow the reply that announces them", "it is folded into ", head)
	}
}

// place: where the session stands goes on from where it stood; the way it took is one of the table's.
func (c *contract) place(s *record.Step, wrong func(string, ...any)) {
	if s.Device == "" {
		return
	}
	id := s.Device + "/" + strconv.Itoa(s.Session)
	before := c.last[id]
	c.last[id] = s
	if s.Kind == "world" {
		return
	}
	if before != nil && before.Kind != "world" && before.After != s.Before {
		wrong("a session goes on from where it stood", "from ", before.After, " to ", s.Before)
	}
	if s.View.State != s.After {
		wrong("the state shown is the one after the step", "view ", s.View.State, ", after ", s.After)
	}
	if s.Change != (s.Before != s.After) {
		wrong("a mark on the slider is a change of state", s.Before, " ", s.After)
	}
	if s.Edge < 0 {
		return
	}
	spec := c.specs[s.Spec]
	if spec == nil {
		spec = record.SpecOf(c.lab.Servers()[s.Spec])
		c.specs[s.Spec] = spec
	}
	if s.Edge >= len(spec.Edges) {
		wrong("the way is one of the table's", "edge ", s.Edge, " of ", len(spec.Edges))
	}
	e := spec.Edges[s.Edge]
	if e.From != s.Before || e.To != s.After || e.Verb != s.Verb && e.Verb != string(engine.Other) || e.Outcome != s.Status {
		wrong("the diagram shows the way that was taken", "the edge is ", e, ", the step went from ", s.Before, " to ", s.After, " by ", s.Verb, " ", s.Status)
	}
	for _, d := range []struct {
		of *record.Diagram
		at int
	}{{&spec.Near, e.Near}, {&spec.Far, e.Far}} {
		if d.at >= len(d.of.Arrows) || d.at >= 0 && !between(d.of.Arrows[d.at], e.From, e.To) {
			wrong("an edge is part of the arrow between its states", "edge ", e, ", arrow ", d.at)
		}
	}
}

// between says whether an arrow leads between two states, in either zoom level.
func between(a record.Arrow, from, to record.State) bool {
	is := func(node string, s record.State) bool { return node == s.Node || node == s.RFC }
	return is(a.From, from) && is(a.To, to)
}

// maildrop: the session's messages are numbered and counted, its marks are those that UPDATE was to remove, and
// what the world says of the device and the lock is what the view says.
func (c *contract) maildrop(s *record.Step, wrong func(string, ...any)) {
	live, octets := 0, int64(0)
	for i, m := range s.View.Messages {
		if m.Num != i+1 {
			wrong("message-numbers count from 1 (RFC 1939 section 5)", "number ", m.Num, " at ", i)
		}
		if !m.Deleted {
			live, octets = live+1, octets+m.Octets
		}
	}
	if live != s.View.Live || octets != s.View.Octets {
		wrong("STAT counts what isn't marked (RFC 1939 section 5)", live, " ", octets, ", view ", s.View.Live, " ", s.View.Octets)
	}
	if s.Kind == "reply" && s.Status == "+OK" {
		switch {
		case s.Verb == "DELE" && !s.View.Messages[s.Num-1].Deleted:
			wrong("DELE marks (RFC 1939 section 5)", "message ", s.Num, " isn't marked")
		case s.Verb == "RSET" && s.View.Live != len(s.View.Messages):
			wrong("RSET unmarks (RFC 1939 section 5)", s.View.Live, " of ", len(s.View.Messages))
		}
	}
	for _, d := range s.World.Devices {
		if d.Name != s.Device || d.Session != s.Session || s.Kind == "world" {
			continue
		}
		if d.Open && s.View.Open && (d.State != s.View.State || d.Secure != s.View.Secure || d.IdleAt != s.View.IdleAt) {
			wrong("the world menu and the server's side agree", d, " ", s.View.State, " ", s.View.IdleAt)
		}
	}
	if !s.View.Open || s.View.State.RFC != "TRANSACTION" {
		return
	}
	for _, d := range s.World.Drops.List {
		if d.User == s.View.User && (d.Owner != s.Device || d.Session != s.Session) && s.Kind != "world" {
			wrong("a session in TRANSACTION holds the lock (RFC 1939 section 4)", "it's held by ", d.Owner, " ", d.Session)
		}
	}
}

// randomLab is a world in which things have happened at random.
func randomLab(t *rapid.T) *sim.Lab {
	users := []engine.User{{Name: "mrose", Secret: "tanstaaf"}, {Name: "dewey", Secret: "huey"}}
	w := sim.World{Seed: rapid.Uint64().Draw(t, "seed"), Host: "lab", Users: users, STLS: true, Narrated: true}
	for i := range rapid.IntRange(0, 4).Draw(t, "messages") {
		w.Mail = append(w.Mail, sim.Mail{User: "mrose", Octets: []byte("Subject: " + strconv.Itoa(i) + "\n\n.\n..\n")})
	}
	lab, err := sim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(1, 60).Draw(t, "inputs") {
		in := randomInput(t, lab, users)
		if _, err := lab.Do(in); err != nil && !slices.Contains([]sim.Verb{sim.Send, sim.Hangup, sim.Vanish, sim.Secure}, in.Verb) {
			t.Fatalf("%+v: %v", in, err)
		}
	}
	return lab
}

// randomInput is something that may happen next.
func randomInput(t *rapid.T, lab *sim.Lab, users []engine.User) sim.Input {
	device := rapid.SampledFrom([]string{"phone", "office"}).Draw(t, "device")
	if !lab.Connected(device) {
		return sim.Input{Verb: sim.Connect, Device: device}
	}
	user := rapid.SampledFrom(users).Draw(t, "user")
	faults := []string{""}
	for _, f := range engine.AllFaults {
		faults = append(faults, f.Name)
	}
	n := strconv.Itoa(rapid.IntRange(0, 5).Draw(t, "n"))
	lines := []string{"DELE " + n, "RETR " + n, "TOP " + n + " 1", "LIST", "LIST " + n, "UIDL", "STAT", "NOOP", "RSET", "QUIT", "XYZZY", "", "USER mrose",
		"PASS wrong", "CAPA", "STLS", "AUTH PLAIN", "AUTH CRAM-MD5", "*", "LANG", "UTF8"}
	send := func(octets string) sim.Input {
		return sim.Input{Verb: sim.Send, Device: device, Octets: []byte(octets), Last: rapid.IntRange(0, 40).Draw(t, "last") == 0}
	}
	switch rapid.IntRange(0, 17).Draw(t, "what") {
	default:
		return send(rapid.SampledFrom(lines).Draw(t, "line") + rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", "\n", "\r", ""}).Draw(t, "end"))
	case 0, 1, 2:
		return send("USER " + user.Name + "\r\nPASS " + user.Secret + "\r\n")
	case 3:
		return send("DELE 1\r\nLIST\r\nRETR 1\r\nQUI")
	case 4:
		return sim.Input{Verb: sim.Vanish, Device: device, Octets: []byte("DELE")}
	case 5:
		return sim.Input{Verb: sim.Network, Device: device, Segment: rapid.SampledFrom([]int{0, 1, 7, 1460}).Draw(t, "segment"),
			Millis: rapid.SampledFrom([]int64{0, 30, 60_000}).Draw(t, "delay")}
	case 6:
		in := sim.Input{Verb: sim.Serve, Persona: rapid.SampledFrom([]string{"", "dovecot", "gmail", "strict"}).Draw(t, "persona")}
		if f := rapid.SampledFrom(faults).Draw(t, "fault"); f != "" {
			in.Faults = []string{f}
		}
		return in
	case 7:
		return sim.Input{Verb: sim.Advance, Millis: rapid.Int64Range(0, sim.IdleMillis).Draw(t, "milliseconds")}
	case 8:
		return sim.Input{Verb: sim.Deliver, User: user.Name, Octets: []byte("Subject: new\r\n\r\n"), After: rapid.SampledFrom([]int64{0, 1, 60_000}).Draw(t, "after")}
	case 9:
		return sim.Input{Verb: sim.Ail, User: user.Name, Ailment: rapid.SampledFrom([]sim.Ailment{sim.Healthy, sim.Busy, sim.Stuck, sim.Unreadable, sim.Short}).Draw(t, "ailment")}
	case 10:
		return sim.Input{Verb: sim.Hangup, Device: device}
	case 11:
		return sim.Input{Verb: sim.Expire, Device: device}
	}
}
