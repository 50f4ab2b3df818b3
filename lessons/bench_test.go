package lessons_test

import (
	"strconv"
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
)

// long is a lesson's lab after a session of at least 500 steps.
func long(tb testing.TB) (*lessons.Lesson, []sim.Step) {
	tb.Helper()
	l, err := curriculum.Load("dele-rset-quit", 7)
	if err != nil {
		tb.Fatal(err)
	}
	lab, err := l.Lab()
	if err != nil {
		tb.Fatal(err)
	}
	w := l.World()
	lines := []string{"USER " + w.Users[0].Name, "PASS " + w.Users[0].Secret}
	for len(lines) < 260 {
		n := strconv.Itoa(1 + len(lines)%3)
		lines = append(lines, "DELE "+n, "STAT", "RETR "+n, "LIST", "RSET", "XYZZY")
	}
	inputs := []sim.Input{{Verb: sim.Connect, Device: "you"}}
	for _, line := range lines {
		inputs = append(inputs, sim.Input{Verb: sim.Send, Device: "you", Octets: []byte(line + "\r\n")})
	}
	for _, in := range inputs {
		if _, err := lab.Do(in); err != nil {
			tb.Fatal(err)
		}
	}
	if n := len(lab.Steps()); n < 500 {
		tb.Fatalf("got %d steps, want 500 at least", n)
	}
	return l, lab.Steps()[:500]
}

// BenchmarkCheck checks a session of 500 steps from its beginning, as after every input.
func BenchmarkCheck(b *testing.B) {
	l, steps := long(b)
	b.ReportAllocs()
	for b.Loop() {
		l.Check(steps, nil)
	}
}
