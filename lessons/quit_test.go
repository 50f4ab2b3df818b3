package lessons_test

import (
	"testing"

	"pop3lab/lessons"
)

// unanswered is a lesson whose server does UPDATE and loses the line before it can say so.
const unanswered = `-- lesson.md --
---
id: x
title: X
---
-- world --
fault: drops-before-quit-reply
-- goals --
# Remove message 1.
left 2
# Leave by QUIT.
ended quit
-- reference.pop3 --
C: USER mrose
C: PASS tanstaaf
C: DELE 1
C: QUIT
-- reject/kept.pop3 --
C: USER mrose
C: PASS tanstaaf
C: QUIT
`

// TestQuitWithoutAnswer: what UPDATE removed counts as removed, whether the client was told or not.
func TestQuitWithoutAnswer(t *testing.T) {
	l, err := lessons.Load("x", unanswered, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"reference": true, "kept": false} {
		d, err := l.Way(name)
		if err != nil {
			t.Fatal(err)
		}
		lab, answers, err := l.Play(d, -1)
		if err != nil {
			t.Fatal(err)
		}
		p := l.Check(lab.Steps(), answers)
		if p.Goals[0].Met != want {
			t.Errorf("%s: got met %v for left 2, want %v: UPDATE is done before its answer (RFC 1939 section 6)", name, p.Goals[0].Met, want)
		}
		if !p.Goals[1].Met {
			t.Errorf("%s: got no end by QUIT, want one: the client said it", name)
		}
	}
}
