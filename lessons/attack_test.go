package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/lessons"
)

const inBetween = "role: attacker\n"

// The server's own list of capabilities, without STLS, and a negative answer.
const (
	stripped = `A: edit-1 +OK\r\nUSER\r\nUIDL\r\n.\r\n`
	refused  = `A: edit-2 -ERR\r\n`
	injected = `A: edit-2 +OK\r\n+OK\r\nSTLS\r\n.\r\n`
)

// TestVictim: what the mail program of either character does when somebody sits in between.
func TestVictim(t *testing.T) {
	for _, c := range []struct{ name, victim, edits, want string }{
		{"nothing is done to it", lessons.Naive, `A: edit-0 +OK hello\r\n`, "safe"},
		{"STLS is taken off the list", lessons.Naive, stripped, "leaked"},
		{"STLS is refused", lessons.Naive, refused, "leaked"},
		{"an answer comes before TLS", lessons.Naive, injected, "fooled"},
		{"STLS is taken off the list", lessons.Careful, stripped, "safe"},
		{"STLS is refused", lessons.Careful, refused, "safe"},
		{"an answer comes before TLS", lessons.Careful, injected, "safe"},
		{"the greeting refuses", lessons.Naive, `A: edit-0 -ERR not now\r\n`, "safe"},
		{"the character is changed", lessons.Naive, stripped + "\nA: policy careful", "safe"},
		{"an edit is taken back", lessons.Naive, stripped + "\n" + `A: edit-1 +OK\r\nSTLS\r\n.\r\n`, "safe"},
	} {
		for _, what := range []string{"leaked", "fooled", "safe"} {
			goal := "victim " + what + "\n-- world --\nstls: yes"
			l, err := lessons.Load("x.txtar", "-- lesson.md --\n---\nid: x\ntitle: X\n"+inBetween+"victim: "+c.victim+"\n---\n-- questions --\n"+
				"choice policy: ?\n+ careful\n- naive\n-- goals --\n# It.\n"+goal+"\n-- reference.pop3 --\n"+c.edits+"\n", 0)
			if err != nil {
				t.Fatal(err)
			}
			d, err := l.Way("reference")
			if err != nil {
				t.Fatal(err)
			}
			var answers []lessons.Answer
			for _, m := range d.Moves {
				answers = append(answers, m.Answer)
			}
			// What counts is how it ended: goals latch.
			got := l.Check(nil, answers).Done
			if last := outcome(l.Attack(answers)); (last == what) != (c.want == what) || c.want == what && !got {
				t.Errorf("%s mail program, %s: got %s (goal victim %s met: %v), want %s", c.victim, c.name, last, what, got, c.want)
			}
		}
	}
}

// outcome reads what passed the attacker as somebody would who knows nothing of the mail program's inside.
func outcome(tapped []lessons.Tapped) string {
	for _, one := range tapped {
		switch {
		case !one.TLS && strings.HasPrefix(string(one.Sent), "PASS "):
			return "leaked"
		case strings.Contains(one.Thought, "as if the server had said it"):
			return "fooled"
		}
	}
	return "safe"
}

// TestTapIsBlindUnderTLS: under TLS nothing can be changed, and nothing has a name to change it by.
func TestTapIsBlindUnderTLS(t *testing.T) {
	l, err := lessons.Load("x.txtar", "-- lesson.md --\n---\nid: x\ntitle: X\n"+inBetween+"victim: naive\n---\n-- world --\nstls: yes\n"+
		"-- goals --\n# It.\nvictim safe\n-- reference.pop3 --\nC: NOOP\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	blind := 0
	for _, one := range l.Attack(nil) {
		if one.TLS != (one.Question == "") {
			t.Errorf("got the name %q for an answer with TLS %v; want a name where the attacker can read, and there only", one.Question, one.TLS)
		}
		if one.TLS {
			blind++
		}
	}
	if blind < 3 {
		t.Errorf("got %d answers under TLS, want CAPA, USER, PASS and more: the mail program found STLS", blind)
	}
}
