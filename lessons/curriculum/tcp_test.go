package curriculum

import (
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/engine/transcript/tcp"
	"pop3lab/lessons"
)

// overTCP does a dialogue of a lesson with a real server, and checks it by what the server tells.
func overTCP(t *testing.T, l *lessons.Lesson, name string) lessons.Progress {
	t.Helper()
	d, err := l.Way(name)
	if err != nil {
		t.Fatal(err)
	}
	d.Text.World = l.World()
	d.Text.World.Narrated = false // what a real server tells has no narrator either
	native, err := transcript.Run(d.Text, transcript.Simulation)
	if err != nil {
		t.Fatal(err)
	}
	h := &tcp.Host{Native: native}
	lab, err := h.Open(d.Text.World)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lab.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}()
	var answers []lessons.Answer
	for _, m := range d.Moves {
		if m.Input.Verb != sim.NoVerb {
			if _, err := lab.Do(m.Input); err != nil {
				t.Fatalf("%s, line %d: %v", name, m.Line, err)
			}
			continue
		}
		w := walk{l: l, steps: h.Lab().Steps}
		if err := w.answer(m.Answer); err != nil {
			t.Fatalf("%s, line %d: %v", name, m.Line, err)
		}
		answers = append(answers, w.answers...)
	}
	return l.Check(h.Lab().Steps(), answers)
}

// TestOverTCP: where a lesson says that it can be done over TCP, its reference meets every goal with a real
// server too, and each reject fails as it does in the page.
func TestOverTCP(t *testing.T) {
	some := false
	for _, id := range Order {
		l, err := Load(id, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !l.TCP {
			continue
		}
		some = true
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			if p := overTCP(t, l, "reference"); !p.Done {
				t.Errorf("over TCP the reference doesn't meet goal %d, %s: %s", p.Next+1, l.Goals[p.Next].Source, p.Why)
			}
			for _, name := range l.Rejects {
				d, err := l.Way(name)
				if err != nil {
					t.Fatal(err)
				}
				lab, answers, err := l.Play(d, -1)
				if err != nil {
					t.Fatal(err)
				}
				want := l.Check(lab.Steps(), answers)
				if got := overTCP(t, l, name); got.Done || got.Next != want.Next || got.Why != want.Why {
					t.Errorf("reject %s fails otherwise over TCP\n  got:  goal %d: %s\n  want: goal %d: %s", name, got.Next+1, got.Why, want.Next+1, want.Why)
				}
			}
		})
	}
	if !some {
		t.Error("no lesson has the mode tcp; then this test shows nothing")
	}
}
