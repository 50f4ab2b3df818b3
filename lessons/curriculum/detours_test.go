package curriculum

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/lessons"
)

// What a student does besides must cost nothing: detours are put into a lesson's reference, and the goals
// are met all the same. A lesson that is about one of them names it in its header.

// A detour is something done before a move of the reference, or instead of it.
type detour struct {
	Kind string
	At   int // the move
	Pick int // which of its kind
}

var kinds = []string{"extra", "typo", "lf", "reconnect"}

// Commands that do no harm and are answered +OK, and lines that are refused, where a session stands.
var (
	extras = map[engine.State][]string{
		engine.Authorization: {"CAPA"},
		engine.Transaction:   {"NOOP", "STAT", "LIST", "UIDL", "CAPA", "LIST 1", "UIDL 1"},
	}
	typos = map[engine.State][]string{
		engine.Authorization: {"XYZZY", "STAT", "RETR 1", "USSR mrose", "NOOP", "", "QUITT"},
		engine.Transaction:   {"XYZZY", "STST", "LIST 999", "LIST  1", "STAT 1", "RETR", "DELE 0", "USER mrose", "", "RETR one"},
	}
)

// A walk is the reference under way.
type walk struct {
	l       *lessons.Lesson
	lab     *sim.Lab
	steps   func() []sim.Step // that there were so far
	answers []lessons.Answer
	taken   int // detours that had an effect
}

// student takes a lesson's reference with detours.
func student(l *lessons.Lesson, moves []lessons.Move, detours []detour) (*walk, error) {
	lab, err := l.Lab()
	if err != nil {
		return nil, err
	}
	w := &walk{l: l, lab: lab, steps: lab.Steps}
	for i, m := range moves {
		for _, d := range detours {
			if d.At == i && d.Kind != "lf" {
				w.detour(d, moves[:i], m)
			}
		}
		if m.Input.Verb == sim.NoVerb {
			if err := w.answer(m.Answer); err != nil {
				return nil, err
			}
			continue
		}
		in := m.Input
		if slices.ContainsFunc(detours, func(d detour) bool { return d.At == i && d.Kind == "lf" }) && in.Verb == sim.Send {
			if octets := strings.ReplaceAll(string(in.Octets), "\r\n", "\n"); octets != string(in.Octets) {
				in.Octets = []byte(octets)
				w.taken++
			}
		}
		if _, err := lab.Do(in); err != nil {
			return nil, fmt.Errorf("line %d: %w", m.Line, err)
		}
	}
	return w, nil
}

func (w *walk) answer(a lessons.Answer) error {
	a.At = len(w.steps())
	if part, ok := strings.CutPrefix(a.Text, "mark "); ok {
		if a.Text, ok = lessons.Find(w.steps(), part); !ok {
			return fmt.Errorf("nothing like %s has come", part)
		}
	}
	w.answers = append(w.answers, a)
	return nil
}

// detour does what d says before the move next, if it makes sense there.
func (w *walk) detour(d detour, before []lessons.Move, next lessons.Move) {
	if next.Input.Verb == sim.NoVerb {
		w.wrongAnswer(d, next.Answer)
		return
	}
	device := next.Input.Device
	state, ok := w.stands(device)
	if !ok {
		return
	}
	var lines []string
	switch d.Kind {
	case "extra":
		lines = extras[state]
	case "typo":
		lines = typos[state]
	case "reconnect":
		w.reconnect(device, before)
		return
	}
	if len(lines) > 0 && !w.closes(device) {
		w.do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(lines[d.Pick%len(lines)] + "\r\n")})
	}
}

// stands is the state of a device's session when it waits for a command, with nothing of one sent yet.
func (w *walk) stands(device string) (engine.State, bool) {
	if !w.lab.Connected(device) {
		return 0, false
	}
	steps := w.lab.Steps()
	for i := len(steps) - 1; i >= 0; i-- {
		if s := &steps[i]; s.Device == device && s.View != nil && s.Side != nil {
			return s.View.State, len(s.Side.Pending) == 0
		}
	}
	return 0, false
}

// closes says whether a device has closed its sending side, so that it can't send any more.
func (w *walk) closes(device string) bool {
	steps := w.lab.Steps()
	for _, d := range steps[len(steps)-1].World.Devices {
		if d.Name == device {
			return d.Shut
		}
	}
	return false
}

func (w *walk) do(in sim.Input) {
	if _, err := w.lab.Do(in); err == nil {
		w.taken++
	}
}

// wrongAnswer tries a question with a wrong answer first. To a prediction the first answer stays, and every
// answer is one.
func (w *walk) wrongAnswer(d detour, a lessons.Answer) {
	if q := w.l.Question(a.Question); d.Kind == "typo" && (q == nil || q.Kind != lessons.Predict) && a.Question != "policy" {
		w.answers = append(w.answers, lessons.Answer{Question: a.Question, Text: []string{"no idea", "", "+NO\r\n", "1:2-3"}[d.Pick%4], At: len(w.lab.Steps())})
		w.taken++
	}
}

// reconnect hangs up, connects again and does once more what the device had sent in the session.
func (w *walk) reconnect(device string, before []lessons.Move) {
	from := -1
	for i, m := range before {
		if m.Input.Verb == sim.Connect && m.Input.Device == device {
			from = i
		}
	}
	if from < 0 {
		return // it was connected before the student came
	}
	w.do(sim.Input{Verb: sim.Hangup, Device: device})
	for _, m := range before[from:] {
		if m.Input.Device == device && (m.Input.Verb == sim.Connect || m.Input.Verb == sim.Send || m.Input.Verb == sim.Secure) {
			w.lab.Do(m.Input)
		}
	}
}

// dialogue is the walk as a person reads it.
func (w *walk) dialogue() string {
	var b strings.Builder
	for _, s := range w.lab.Steps() {
		switch {
		case s.Happening != nil:
			fmt.Fprintf(&b, "[%s] * %s %q\n", s.Device, s.Happening.Verb, s.Event.Wire)
		case s.Event.Kind == engine.KindLine:
			fmt.Fprintf(&b, "[%s] C: %q\n", s.Device, s.Event.Wire)
		case s.Event.Kind == engine.KindReply:
			fmt.Fprintf(&b, "[%s] S: %q\n", s.Device, s.Event.Wire)
		}
	}
	for _, a := range w.answers {
		fmt.Fprintf(&b, "A: %s %q after step %d\n", a.Question, a.Text, a.At)
	}
	return b.String()
}

// fails says why a walk doesn't meet the goals; empty when it does.
func (w *walk) fails() string {
	p := w.l.Check(w.lab.Steps(), w.answers)
	if p.Done {
		return ""
	}
	return fmt.Sprintf("goal %d isn't met: %s\nthe student sees: %s", p.Next+1, w.l.Goals[p.Next].Source, p.Why)
}

func reference(t testing.TB, id string, seed uint64) (*lessons.Lesson, []lessons.Move) {
	t.Helper()
	l, err := Load(id, seed)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Way("reference")
	if err != nil {
		t.Fatal(err)
	}
	return l, d.Moves
}

// attempts is how many references with detours a lesson gets in each round of the property test.
const attempts = 10

// TestDetours: whatever a student does besides, the reference's moves meet every goal. Each lesson gets a
// thousand attempts, of up to four detours each.
func TestDetours(t *testing.T) {
	for _, id := range Order {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			taken := 0
			rapid.Check(t, func(t *rapid.T) {
				seed := rapid.Uint64Range(0, 5).Draw(t, "seed")
				l, err := Load(id, seed)
				if err != nil {
					t.Fatal(err)
				}
				d, err := l.Way("reference")
				if err != nil {
					t.Fatal(err)
				}
				allowed := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return slices.Contains(l.Detours, kind) })
				if l.Role != lessons.Client {
					allowed = []string{"typo"} // there's no session of the student's
				}
				if len(allowed) == 0 {
					t.Fatalf("%s excepts every detour; then its goals are a transcript", id)
				}
				one := rapid.Custom(func(t *rapid.T) detour {
					return detour{rapid.SampledFrom(allowed).Draw(t, "kind"), rapid.IntRange(0, len(d.Moves)-1).Draw(t, "before move"), rapid.IntRange(0, 11).Draw(t, "pick")}
				})
				for range attempts {
					w, err := student(l, d.Moves, rapid.SliceOfN(one, 1, 4).Draw(t, "detours"))
					if err != nil {
						t.Fatal(err)
					}
					taken += w.taken
					if why := w.fails(); why != "" {
						t.Fatalf("%s\nthis is what was done:\n%s", why, w.dialogue())
					}
				}
			})
			if taken < 200 {
				t.Errorf("%s: only %d detours were possible, want hundreds: the test shows nothing", id, taken)
			}
		})
	}
}

// TestExceptions: a lesson excepts a detour only when it breaks something.
func TestExceptions(t *testing.T) {
	for _, id := range Order {
		l, moves := reference(t, id, 0)
		for _, kind := range l.Detours {
			if !slices.Contains(kinds, kind) {
				t.Errorf("%s: there is no detour %q; there are %s", id, kind, strings.Join(kinds, ", "))
				continue
			}
			r := rand.New(rand.NewPCG(1, 2))
			breaks := false
			for i := 0; i < 500 && !breaks; i++ {
				var detours []detour
				for range 1 + r.IntN(4) {
					detours = append(detours, detour{kind, r.IntN(len(moves)), r.IntN(12)})
				}
				w, err := student(l, moves, detours)
				breaks = err != nil || w.fails() != ""
			}
			if !breaks {
				t.Errorf("%s: in 500 attempts the detour %s broke nothing; take it out of the header's detours", id, kind)
			}
		}
	}
}
