package record

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/engine/vectors"
)

func lab(t testing.TB, world string, inputs ...Input) (*sim.Lab, *Builder) {
	t.Helper()
	w, err := sim.ParseWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	l, err := sim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		act(t, l, &inputs[i])
	}
	return l, NewBuilder(l)
}

func act(t testing.TB, l *sim.Lab, in *Input) {
	t.Helper()
	taken, err := in.Sim()
	if err == nil {
		_, err = l.Do(taken)
	}
	if err != nil {
		t.Fatalf("%+v: %v", in, err)
	}
}

func send(device, lines string) Input {
	return Input{Kind: "send", Device: device, Octets: []byte(lines)}
}

// draw is something that may happen next to a world.
func draw(t *rapid.T, l *sim.Lab) Input {
	device := rapid.SampledFrom([]string{"phone", "home"}).Draw(t, "device")
	user := rapid.SampledFrom([]string{"mrose", "dewey"}).Draw(t, "user")
	after := rapid.SampledFrom([]int64{0, 0, 60_000}).Draw(t, "after")
	kind := rapid.SampledFrom([]string{"connect", "send", "send", "send", "send", "login", "login", "hang up", "vanish", "expire", "advance", "deliver", "ail", "network", "serve"}).Draw(t, "kind")
	switch kind {
	case "deliver":
		return Input{Kind: kind, User: user, Octets: []byte("Subject: new\n\n.\n"), After: after}
	case "ail":
		return Input{Kind: kind, User: user, After: after, Ailment: rapid.SampledFrom([]string{"", "busy", "short", "unreadable", "stuck"}).Draw(t, "ailment")}
	case "advance":
		return Input{Kind: kind, Millis: rapid.Int64Range(0, 2*sim.IdleMillis).Draw(t, "milliseconds")}
	case "network":
		return Input{Kind: kind, Device: device, Segment: rapid.IntRange(0, 9).Draw(t, "segment"), Millis: after}
	case "serve":
		return Input{Kind: kind, Persona: rapid.SampledFrom(engine.Personas).Draw(t, "persona").Name,
			Faults: []string{rapid.SampledFrom(engine.AllFaults).Draw(t, "fault").Name}}
	}
	if !l.Connected(device) {
		return Input{Kind: "connect", Device: device, TLS: rapid.Bool().Draw(t, "TLS")}
	}
	switch kind {
	case "connect", "send":
		return send(device, rapid.SampledFrom([]string{"STAT\r\n", "LIST\r\n", "LIST 2\n", "UIDL\r\nRETR 2\r\n", "RETR 9\r\n", "TOP 1 0\r\n", "DELE 1\r\n", "DELE 2\r\nRSET\r\n", "CAPA\r\n",
			"QUIT\r\n", "AUTH PLAIN\r\n", "*\r\n", "STLS\r\n", "LANG de\r\n", "UTF8\r\n", "XYZZY\xff\r\n", "\r\n", "NO", "OP\r", "\n", "APOP a b\r\n", strings.Repeat("long ", 80) + "\r\n"}).Draw(t, "line"))
	case "login":
		return send(device, "USER "+user+"\r\nPASS "+map[string]string{"mrose": "tanstaaf", "dewey": "secret"}[user]+"\r\n")
	}
	return Input{Kind: kind, Device: device}
}

// TestEveryStepIsWhole: whatever happens in a world, every step's record holds together: its octets are labelled to the last, its words
// are there, view, world, states and ways say the same, and what is suggested is legal. And the records are the same
// when the script is replayed and all steps are asked for at once.
//
// req: DUI-01, DUI-02
func TestEveryStepIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := sim.New(sim.Demo())
		if err != nil {
			t.Fatal(err)
		}
		b := NewBuilder(l)
		var live []Step
		for range rapid.IntRange(1, 40).Draw(t, "inputs") {
			asked := draw(t, l)
			in, err := asked.Sim()
			if err != nil {
				t.Fatal(err)
			}
			from := len(l.Steps())
			if _, err := l.Do(in); err != nil && !strings.Contains(err.Error(), "sending side") {
				t.Fatalf("%+v: %v", in, err)
			}
			f := b.Frame(1, from, len(l.Steps()))
			for i := range f.Steps {
				whole(t, l, &f.Steps[i], from+i)
			}
			live = append(live, f.Steps...)
		}
		again, err := l.Script().Replay()
		if err != nil {
			t.Fatal(err)
		}
		all := NewBuilder(again).Frame(1, 0, len(again.Steps()))
		if len(all.Steps) != len(live) {
			t.Fatalf("replayed there are %d steps, want %d", len(all.Steps), len(live))
		}
		for i := range live {
			if got, want := all.Steps[i].Append(nil), live[i].Append(nil); !bytes.Equal(got, want) {
				t.Fatalf("step %d, %s: replayed, its record is another one", i, live[i].Title)
			}
		}
	})
}

// fatal is what tests and properties have in common.
type fatal interface {
	Helper()
	Fatalf(string, ...any)
}

// whole looks at one step.
func whole(t fatal, l *sim.Lab, s *Step, seq int) {
	fail := func(what string, args ...any) {
		t.Helper()
		t.Fatalf("step %d, %s: "+what, append([]any{seq, s.Title}, args...)...)
	}
	if s.Seq != seq || s.Title == "" || s.Spoken == "" || s.Note.Text == "" {
		fail("its number is %d, its title %q, said %q, and its note %q", s.Seq, s.Title, s.Spoken, s.Note.Text)
	}
	at := 0
	for _, x := range s.Labels {
		if x.Start != at || x.End <= x.Start || x.Part == "" || x.Doc == "" {
			fail("the label %+v stands behind octet %d", x, at)
		}
		at = x.End
	}
	if s.Kind != "world" && at != len(s.Octets) {
		fail("%d octets of %d are labelled", at, len(s.Octets))
	}
	if (s.Direction != "") != (len(s.Octets) > 0) && s.Kind != "end" && s.Kind != "data" {
		fail("it goes %q with %d octets", s.Direction, len(s.Octets))
	}
	if s.Kind != "world" && (s.View.State != s.After || s.Change != (s.Before != s.After)) {
		fail("it leads from %s to %s, the view says %s, change %v", s.Before.Name, s.After.Name, s.View.State.Name, s.Change)
	}
	edges := engine.Edges(l.Servers()[s.Spec].ActiveRules())
	if s.Edge >= 0 {
		if e := edges[s.Edge]; stateOf(e.From) != s.Before || stateOf(e.To) != s.After {
			fail("it goes the way %+v from %s to %s", e, s.Before.Name, s.After.Name)
		}
	} else if s.Kind == "reply" {
		// AUTH that lists mechanisms, and a server that hangs up on its own account, go no way of the table's.
		for _, e := range edges {
			if stateOf(e.From) == s.Before && stateOf(e.To) == s.After && string(e.Verb) == s.Verb && e.Outcome.String() == s.Status {
				fail("a reply of %s in %s to %s goes no way, but there is %+v", s.Verb, s.Before.Name, s.After.Name, e)
			}
		}
	}
	if s.World == nil || s.World.Drops == nil || len(s.World.Drops.List) != len(l.Store().Drops().Users()) {
		fail("the world is %+v", s.World)
	}
	for _, d := range s.World.Devices {
		if d.Name == s.Device && d.Session == s.Session && d.Open && d.State != s.View.State {
			fail("the device is in %s, its session in %s", d.State.Name, s.View.State.Name)
		}
	}
	for _, line := range s.View.Suggest {
		verb, _, _ := strings.Cut(line, " ")
		i := slices.IndexFunc(s.View.Commands.List, func(c Choice) bool { return c.Verb == verb })
		if s.View.State.Node != "SASLExchange" && (i < 0 || !s.View.Commands.List[i].Legal) {
			fail("%q is suggested in %s, and isn't legal there", line, s.View.State.Name)
		}
	}
	for _, c := range s.View.Commands.List {
		if c.Why == "" || !strings.HasPrefix(c.Syntax, c.Verb) {
			fail("the choice %+v", c)
		}
	}
}

// TestVectorsOnAPage: every vector can be shown, a narrated world has the same events, and its script in letters leads to the same
// steps.
//
// req: DUI-01, DUI-02
func TestVectorsOnAPage(t *testing.T) {
	all, err := vectors.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		t.Run(d.Name, func(t *testing.T) {
			plain, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			w := d.World
			w.Narrated = true
			l, err := sim.New(w)
			if err != nil {
				t.Fatal(err)
			}
			for i, in := range plain.Inputs {
				steps, err := l.Do(in)
				if err != nil {
					t.Fatal(err)
				}
				var events []sim.Step
				for _, s := range steps {
					if s.Happening == nil {
						events = append(events, s)
					}
				}
				if len(events) != len(plain.Steps[i]) {
					t.Fatalf("input %d: narrated there are %d events, want %d", i, len(events), len(plain.Steps[i]))
				}
				for k, s := range events {
					if want := plain.Steps[i][k]; !bytes.Equal(s.Event.Wire, want.Event.Wire) || s.Event.Kind != want.Event.Kind || s.Now != want.Now {
						t.Fatalf("input %d: narrated, %s %q at %d, want %s %q at %d", i, s.Event.Kind, s.Event.Wire, s.Now, want.Event.Kind, want.Event.Wire, want.Now)
					}
				}
			}
			f := NewBuilder(l).Frame(1, 0, len(l.Steps()))
			for i := range f.Steps {
				whole(t, l, &f.Steps[i], i)
			}
			script, err := sim.ParseScript(l.Script().Text())
			if err != nil {
				t.Fatal(err)
			}
			again, err := script.Replay()
			if err != nil {
				t.Fatal(err)
			}
			if got := NewBuilder(again).Frame(1, 0, len(again.Steps())); !bytes.Equal(got.Append(nil), f.Append(nil)) {
				t.Error("replayed from its script, the record is another one")
			}
		})
	}
}

// TestRequirementsAreThere: what a happening's note refers to exists.
//
// req: DUI-05
func TestRequirementsAreThere(t *testing.T) {
	known := map[string]bool{}
	for _, r := range conform.Requirements() {
		known[r.ID] = true
	}
	l, b := lab(t, "", Input{Kind: "connect", Device: "phone"}, send("phone", "NO"), send("phone", "OP\n"), send("phone", "USER mrose\r\nPASS tanstaaf\r\n"), send("phone", "NOOP\r"),
		Input{Kind: "deliver", User: "mrose"}, Input{Kind: "deliver", User: "mrose", After: 5}, Input{Kind: "remove", User: "mrose", UID: "QhdPYR:00WBw1Ph7x7"},
		Input{Kind: "ail", User: "dewey", Ailment: "busy"}, Input{Kind: "ail", User: "dewey"}, Input{Kind: "network", Device: "phone", Segment: 2, Millis: 1},
		Input{Kind: "network", Device: "phone", Segment: 2}, Input{Kind: "network", Device: "phone", Millis: 60_000}, Input{Kind: "network", Device: "phone"},
		Input{Kind: "serve", Faults: []string{"idle-short"}}, Input{Kind: "advance", Millis: 90}, Input{Kind: "advance", Millis: sim.IdleMillis},
		Input{Kind: "connect", Device: "home"}, Input{Kind: "hang up", Device: "home", Octets: []byte("QU")}, Input{Kind: "connect", Device: "home"},
		Input{Kind: "vanish", Device: "home"}, Input{Kind: "connect", Device: "home"}, Input{Kind: "expire", Device: "home"})
	seen := map[string]bool{}
	for _, s := range b.Frame(1, 0, len(l.Steps())).Steps {
		seen[s.Happening] = true
		for _, id := range s.Note.Reqs {
			if !known[id] {
				t.Errorf("%s refers to %s, which is no requirement", s.Title, id)
			}
		}
		if strings.ContainsAny(s.Title, "\r\n") || len(s.Title) > 100 {
			t.Errorf("the title %q is no few words", s.Title)
		}
	}
	for _, kind := range []string{"connect", "send", "hang up", "vanish", "expire", "advance", "deliver", "remove", "ail", "network", "serve"} {
		if !seen[kind] {
			t.Errorf("no step says %q", kind)
		}
	}
}

// TestLanes: for every message of the demonstration and every way to send it, what is kept is what is stored with CRLF line ends, the
// ledger adds up, and with a fault it shows what the fault does.
//
// req: FRM-15, FRM-16, FMT-02, FMT-03
func TestLanes(t *testing.T) {
	l, b := lab(t, "", Input{Kind: "connect", Device: "phone"}, send("phone", "USER dewey\r\nPASS secret\r\n"))
	messages := l.Store().Drops().Messages("dewey")
	for i, m := range messages {
		n := strconv.Itoa(i + 1)
		in := send("phone", "RETR "+n+"\r\n")
		if m.EightBitHeader {
			continue // RETR is refused without UTF8
		}
		from := len(l.Steps())
		act(t, l, &in)
		lanes, err := b.Lanes(from)
		if err != nil {
			t.Errorf("message %s: %v", n, err)
			continue
		}
		var kept, stored, wire []byte
		for _, x := range lanes.Lines {
			kept, stored, wire = append(kept, x.Kept...), append(stored, x.Stored...), append(wire, x.Wire...)
		}
		octets, _ := l.Store().Stored("dewey", m.UID)
		if !bytes.Equal(stored, octets) {
			t.Errorf("message %s: the lanes hold other octets than the store", n)
		}
		if want := bytes.ReplaceAll(bytes.ReplaceAll(octets, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")); !bytes.Equal(bytes.TrimSuffix(kept, []byte("\r\n")), bytes.TrimSuffix(want, []byte("\r\n"))) {
			t.Errorf("message %s: the client keeps\n%.200q\nwant\n%.200q", n, kept, want)
		}
		if lanes.Kept != int64(len(kept)) || lanes.Wire != int64(len(wire)) || lanes.Listed != lanes.Kept ||
			lanes.Wire != lanes.Kept+lanes.Stuffed+lanes.Terminator || lanes.Kept != lanes.Stored+lanes.AddedCR || lanes.Terminator != 3 {
			t.Errorf("message %s: the ledger doesn't add up: %+v", n, *lanes)
		}
	}
	if _, err := b.Lanes(0); err == nil {
		t.Error("a connection has lanes, want a sentence")
	}
	for _, n := range []int{-1, len(l.Steps())} {
		if _, err := b.Lanes(n); err == nil {
			t.Errorf("step %d has lanes, want a sentence", n)
		}
	}

	l, b = lab(t, "fault stuffing-missing\nnobody\nuser carol x\nmail carol\n| Subject: dots\n|\n| before\n| .\n| .hidden\n| after\n",
		Input{Kind: "connect", Device: "phone"}, send("phone", "USER carol\r\nPASS x\r\nRETR 1\r\n"))
	lanes, err := b.Lanes(len(l.Steps()) - 1)
	if err != nil {
		t.Fatal(err)
	}
	var kept string
	for _, x := range lanes.Lines {
		if x.Kept = bytes.TrimSuffix(x.Kept, []byte("\r\n")); x.Stuffed {
			t.Errorf("the server stuffs nothing, yet %q is shown as stuffed", x.Wire)
		}
		kept += string(x.Kept) + "|"
	}
	if want := "Subject: dots||before|"; strings.TrimRight(kept, "|") != strings.TrimRight(want, "|") {
		t.Errorf("without byte-stuffing the client keeps %q, want %q, nothing behind the lone dot", kept, want)
	}
}

// TestSpec: every edge lies on an arrow of the near diagram or leads back to where it began, and every arrow has its nodes.
func TestSpec(t *testing.T) {
	for _, p := range engine.Personas {
		l, _ := lab(t, "persona "+p.Name)
		s := SpecOf(l.Protocol())
		for _, e := range s.Edges {
			if e.Near < 0 && e.From != e.To && !(e.Verb == "(expire)" && e.Outcome == "-ERR") {
				t.Errorf("%s: %s %s from %s to %s lies on no arrow", p.Name, e.Verb, e.Outcome, e.From.Name, e.To.Name)
			}
		}
		for _, d := range []Diagram{s.Near, s.Far} {
			ids := map[string]bool{"": true}
			for _, n := range d.Nodes {
				ids[n.ID] = true
			}
			for _, a := range d.Arrows {
				if !ids[a.From] || !ids[a.To] || len(a.Labels) == 0 {
					t.Errorf("%s: the arrow %+v", p.Name, a)
				}
			}
		}
	}
	c := All()
	if len(c.Personas) != len(engine.Personas) || len(c.Faults) != len(engine.AllFaults) || len(c.Switches) != len(engine.Switches) || len(c.Capabilities) != 13 || len(c.Ailments) != 7 {
		t.Errorf("the catalogue has %d personas, %d faults, %d switches, %d capabilities, %d ailments", len(c.Personas), len(c.Faults), len(c.Switches), len(c.Capabilities), len(c.Ailments))
	}
}

// TestInputs: a page's input is the lab's, field by field.
func TestInputs(t *testing.T) {
	in := Input{Kind: "serve", Device: "a", User: "b", UID: "c", Octets: []byte("d"), Last: true, Millis: 1, After: 2, TLS: true, Barred: true, Ailment: "busy", Segment: 3,
		Persona: "e", Faults: []string{"f"}, Switches: []string{"g"}, Without: []string{"h"}}
	got, err := in.Sim()
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.ValueOf(got)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the field %s of the lab's input is empty", v.Type().Field(i).Name)
		}
	}
	if v.NumField() != reflect.TypeFor[Input]().NumField() {
		t.Errorf("a page's input has %d fields, the lab's %d", reflect.TypeFor[Input]().NumField(), v.NumField())
	}
}

// BenchmarkSend is one line and its answer in a session of 500 steps, records included.
func BenchmarkSend(b *testing.B) {
	l, builder := lab(b, "", Input{Kind: "connect", Device: "phone"}, send("phone", "USER dewey\r\nPASS secret\r\n"))
	for len(l.Steps()) < 500 {
		in := send("phone", "LIST\r\n")
		act(b, l, &in)
	}
	builder.Frame(1, 0, len(l.Steps()))
	var out []byte
	for b.Loop() {
		from := len(l.Steps())
		in := send("phone", "RETR 2\r\n")
		act(b, l, &in)
		out = builder.Frame(1, from, len(l.Steps())).Append(out[:0])
	}
	b.ReportMetric(float64(len(out)), "octets/frame")
}
