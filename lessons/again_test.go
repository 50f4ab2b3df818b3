package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/lessons"
)

// twice is a lesson in which one device has message 1 already.
const twice = `-- lesson.md --
---
id: x
title: X
---
-- world --
device: phone
-- begin.pop3 --
[phone] C connects
[phone] C: USER mrose
[phone] C: PASS tanstaaf
[phone] C: RETR 1
[phone] C: QUIT
-- goals --
# Fetch message 2.
has 2
# Fetch nothing twice.
never again
-- reference.pop3 --
C connects
C: USER mrose
C: PASS tanstaaf
C: TOP 1 9
C: RETR 2
`

// TestAgain: twice is on one device, and whole; another device and a look with TOP don't count.
func TestAgain(t *testing.T) {
	for _, c := range []struct{ name, old, new, why string }{
		{"the reference", "", "", ""},
		{"what the device had before the student came", "C: TOP 1 9", "C: RETR 1", "broken"},
		{"the same one in one session", "C: RETR 2", "C: RETR 2\nC: RETR 2", "broken"},
		{"on another device", "C: TOP 1 9", "C: QUIT\n[home PC] C connects\n[home PC] C: USER mrose\n[home PC] C: PASS tanstaaf\n[home PC] C: RETR 1\n[home PC] C: QUIT\nC connects\nC: USER mrose\nC: PASS tanstaaf", ""},
	} {
		l, err := lessons.Load("x", strings.Replace(twice, c.old, c.new, 1), 0)
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
		p := l.Check(lab.Steps(), answers)
		if !p.Goals[0].Met {
			t.Errorf("%s: message 2 isn't fetched: %s", c.name, p.Why)
		}
		if got := p.Goals[1].Broken; got != (c.why == "broken") {
			t.Errorf("%s: got broken %v: a message counts as fetched again when the device had it whole", c.name, got)
		}
	}
}
