package sim

import (
	"strings"
	"testing"

	"pop3lab/engine"
)

// world is a small one.
func world() World {
	return World{Seed: 7, Now: 1000, Host: "lab", STLS: true, Users: []engine.User{{Name: "mrose", Secret: "tanstaaf"}},
		Mail: []Mail{{User: "mrose", UID: "first", Octets: []byte("Subject: one\r\n\r\n")}}}
}

func mustDo(t testing.TB, l *Lab, inputs ...Input) []Step {
	t.Helper()
	var last []Step
	for _, in := range inputs {
		steps, err := l.Do(in)
		if err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		last = steps
	}
	return last
}

func send(device, lines string) Input {
	return Input{Verb: Send, Device: device, Octets: []byte(lines)}
}

// sent is what steps sent to a device.
func sent(steps []Step, device string) string {
	var b strings.Builder
	for _, s := range steps {
		if s.Device == device {
			b.Write(s.Event.Out())
		}
	}
	return b.String()
}

// TestInputsThatMakeNoSense are refused with a sentence, and nothing happens.
func TestInputsThatMakeNoSense(t *testing.T) {
	for _, test := range []struct {
		name string
		in   Input
	}{
		{"no verb", Input{}},
		{"no such verb", Input{Verb: numVerbs}},
		{"an unknown verb", Input{Verb: 200, Device: "phone"}},
		{"octets from nowhere", send("tablet", "NOOP\r\n")},
		{"a second connection", Input{Verb: Connect, Device: "phone"}},
		{"silence from nowhere", Input{Verb: Expire, Device: "tablet"}},
		{"a handshake that nobody asked for", Input{Verb: Secure, Device: "phone"}},
		{"time that goes backwards", Input{Verb: Advance, Millis: -1}},
		{"mail for nobody", Input{Verb: Deliver, User: "nobody"}},
		{"mail with a unique-id that was used", Input{Verb: Deliver, User: "mrose", UID: "first"}},
		{"a message that isn't there", Input{Verb: Remove, User: "mrose", UID: "second"}},
		{"an illness of nobody", Input{Verb: Ail, User: "nobody", Ailment: Busy}},
		{"an unknown illness", Input{Verb: Ail, User: "mrose", Ailment: "cough"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := New(world())
			if err != nil {
				t.Fatal(err)
			}
			mustDo(t, l, Input{Verb: Connect, Device: "phone"})
			inputs, steps := len(l.Script().Inputs), len(l.Steps())
			if _, err := l.Do(test.in); err == nil || !strings.HasPrefix(err.Error(), "sim: ") && !strings.HasPrefix(err.Error(), "memdrop: ") {
				t.Errorf("got error %v, want a sentence", err)
			}
			if len(l.Script().Inputs) != inputs || len(l.Steps()) != steps {
				t.Error("an input that was refused is recorded or led to steps")
			}
			if got := sent(mustDo(t, l, send("phone", "CAPA\r\n")), "phone"); !strings.HasPrefix(got, "+OK") {
				t.Errorf("afterwards CAPA gets %q, want the session as it was", got)
			}
		})
	}
}

// TestWorldsThatCannotBe are refused.
func TestWorldsThatCannotBe(t *testing.T) {
	for name, w := range map[string]World{
		"a later version":         {Version: Version + 1},
		"an unknown persona":      {Persona: "postman"},
		"an unknown fault":        {Faults: []string{"none"}},
		"an unknown switch":       {Switches: []string{""}},
		"an unknown capability":   {Without: []string{"FISH"}},
		"no capability":           {Without: []string{""}},
		"one unique-id twice":     {Mail: []Mail{{User: "a", UID: "x"}, {User: "a", UID: "x"}}},
		"an impossible unique-id": {Mail: []Mail{{User: "a", UID: "a b"}}},
	} {
		if _, err := New(w); err == nil {
			t.Errorf("%s: got a lab, want an error", name)
		}
	}
}

// TestClock: timers run out in their order, whatever the size of the leap, and steps say when.
//
// req: DST-08, TMO-02, TMO-03
func TestClock(t *testing.T) {
	l, err := New(world())
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, l, Input{Verb: Connect, Device: "late"}, Input{Verb: Advance, Millis: 1000}, Input{Verb: Connect, Device: "later"},
		Input{Verb: Advance, Millis: 1000}, send("late", "NOOP\r\n"))
	steps := mustDo(t, l, Input{Verb: Advance, Millis: 24 * 60 * 60 * 1000})
	if len(steps) != 2 || steps[0].Device != "later" || steps[1].Device != "late" {
		t.Fatalf("a day later: got %+v, want the end of later, then of late", steps)
	}
	if a, b := steps[0].Now, steps[1].Now; a != 1000+1000+IdleMillis || b != 1000+2000+IdleMillis {
		t.Errorf("the sessions end at %d and %d, want ten minutes after their last command", a, b)
	}
	if want := int64(1000 + 2000 + 24*60*60*1000); l.Now() != want {
		t.Errorf("it's %d now, want %d", l.Now(), want)
	}
}

// TestWorldsAreApart: what happens in one leaves another alone, and a fork leaves what it came from.
//
// req: DUI-06
func TestWorldsAreApart(t *testing.T) {
	first, err := New(world())
	if err != nil {
		t.Fatal(err)
	}
	second, err := New(world())
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, first, Input{Verb: Connect, Device: "phone"}, send("phone", "USER mrose\r\nPASS tanstaaf\r\n"))
	at := len(first.Steps()) - 1
	mustDo(t, first, send("phone", "DELE 1\r\nQUIT\r\n"))
	if n := len(second.Store().Drops().Messages("mrose")); n != 1 {
		t.Errorf("in the other world mrose has %d messages, want 1", n)
	}
	fork, err := first.Fork(at)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(fork.Store().Drops().Messages("mrose")); n != 1 || !fork.Connected("phone") {
		t.Errorf("in the fork mrose has %d messages and is connected: %v, want 1 and true", n, fork.Connected("phone"))
	}
	mustDo(t, fork, send("phone", "QUIT\r\n"))
	if n := len(first.Store().Drops().Messages("mrose")); n != 0 {
		t.Errorf("after the fork went on mrose has %d messages where it came from, want 0", n)
	}
	for _, n := range []int{-1, len(first.Steps())} {
		if _, err := first.Fork(n); err == nil {
			t.Errorf("Fork(%d): got a lab, want an error: there is no such step", n)
		}
	}
}

// TestSeedDecides: the same seed gives the same chance, another seed another.
//
// req: DST-06, DST-08, DAU-09
func TestSeedDecides(t *testing.T) {
	talk := func(seed uint64) string {
		w := world()
		w.Seed, w.Mail[0].UID = seed, ""
		l, err := New(w)
		if err != nil {
			t.Fatal(err)
		}
		mustDo(t, l, Input{Verb: Connect, Device: "phone"}, send("phone", "AUTH CRAM-MD5\r\n*\r\nUSER mrose\r\nPASS tanstaaf\r\nUIDL\r\n"))
		return sent(l.Steps(), "phone")
	}
	if a, b := talk(1), talk(1); a != b {
		t.Errorf("seed 1 gave two dialogues:\n%s\n%s", a, b)
	}
	a, b := strings.Split(talk(1), "\r\n"), strings.Split(talk(2), "\r\n")
	for i, what := range map[int]string{0: "timestamp", 1: "challenge", 6: "unique-id"} {
		if a[i] == b[i] {
			t.Errorf("seeds 1 and 2 have the same %s: %q", what, a[i])
		}
	}
}

// TestViewsAreKept: a step's view is the session as it was then, whatever happens later.
func TestViewsAreKept(t *testing.T) {
	l, err := New(world())
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, l, Input{Verb: Connect, Device: "phone"})
	steps := mustDo(t, l, send("phone", "USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nRSET\r\n"))
	var marks []bool
	for _, s := range steps {
		if s.Event.Kind == engine.KindReply && s.View.State == engine.Transaction {
			marks = append(marks, s.View.Messages[0].Deleted)
		}
	}
	if len(marks) != 3 || marks[0] || !marks[1] || marks[2] {
		t.Errorf("after login, DELE 1 and RSET the views say deleted: %v, want false, true, false", marks)
	}
}
