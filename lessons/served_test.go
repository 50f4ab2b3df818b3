package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/lessons"
)

// served is a lesson in which the student is the server, with one answer that breaks a rule.
const served = `-- lesson.md --
---
id: x
title: X
role: server
---
-- world --
without: APOP
-- goals --
# Answer.
served STAT
-- feedback --
when 1: A client waits for an answer.
-- reference.pop3 --
S: +OK
C: USER mrose
S: +OK
C: PASS tanstaaf
S: +OK
C: STAT
S: +OK 2 320
-- reject/wrong.pop3 --
S: -ERR
C: USER mrose
S: +OK
C: PASS tanstaaf
S: +OK
C: STAT
S: 2 320
`

// TestWhyAnAnswerBreaksTheRules: a goal that waits for a right answer says what is wrong with the last one
// to that command, and no other command's.
func TestWhyAnAnswerBreaksTheRules(t *testing.T) {
	l, err := lessons.Load("x", served, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Way("wrong")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"A client waits", "A client waits", "A client waits", "A client waits", "begins with a status indicator"} {
		lab, answers, err := l.Play(d, n)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Check(lab.Steps(), answers).Why; !strings.Contains(got, want) {
			t.Errorf("after %d answers: got %q, want %q in it: the last wrong answer to the goal's command explains itself", n, got, want)
		}
	}
}

// TestPieces: a line's pieces are counted from one end to the next, and a cut between CR and LF is seen.
func TestPieces(t *testing.T) {
	for _, c := range []struct {
		goal, lines string
		met         bool
	}{
		{"pieces 1", "C: STAT", true},
		{"pieces 2", "C: STAT", false},
		{"pieces 3", "C> ST\nC> AT\nC> \\r\\n", true},
		{"pieces 3", "C> ST\nC> AT\\r\\n\nC: NOOP", false},
		{"pieces 2", "C+ STAT\nC: NOOP", false},
		{"pieces 3 CRLF", "C> ST\nC> AT\nC> \\r\\n", false},
		{"pieces 3 CRLF", "C> ST\nC> AT\\r\nC> \\n", true},
		{"pieces 2 CRLF", "C> NOOP\\r\nC> \\n", true},
	} {
		text := "-- lesson.md --\n---\nid: x\ntitle: X\n---\n-- goals --\n# Goal.\n" + c.goal + "\n-- reference.pop3 --\n" + c.lines + "\n"
		l, err := lessons.Load("x", text, 0)
		if err != nil {
			t.Fatal(err)
		}
		d, err := l.Way("reference")
		if err != nil {
			t.Fatal(err)
		}
		lab, answers, err := l.Play(d, -1)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Check(lab.Steps(), answers).Goals[0].Met; got != c.met {
			t.Errorf("%s after %q: got %v, want %v", c.goal, c.lines, got, c.met)
		}
	}
}

// TestStuffedWhereNoDotIs: an answer in which every line got a dot is told so, and not that a second dot is missing.
func TestStuffedWhereNoDotIs(t *testing.T) {
	text := strings.ReplaceAll(served, "STAT", "TOP 1 0")
	text = strings.Replace(text, "served TOP 1 0", "served TOP", 1)
	text = strings.Replace(text, "S: 2 320", "S: +OK\nS: .From: dewey@dbc.mtview.ca.us\nS: Date: Tue, 14 May 1996 09:12:00 -0700\nS: Subject: Friday\nS:\nS: .", 1)
	l, err := lessons.Load("x", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Way("wrong")
	if err != nil {
		t.Fatal(err)
	}
	lab, answers, err := l.Play(d, -1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.Check(lab.Steps(), answers).Why, "doesn't begin with a dot, and goes out with one"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it: the line has a dot too many", got, want)
	}
}
