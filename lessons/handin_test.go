package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/lessons"
)

// TestHandIn: what a student hands in is read as it was written, and what no page wrote is refused with the line and
// a sentence.
func TestHandIn(t *testing.T) {
	script := sim.Script{World: sim.Demo(), Inputs: []sim.Input{{Verb: sim.Connect, Device: "phone"}, {Verb: sim.Send, Device: "phone", Octets: []byte("STAT\r\n")}}}
	script.World.Version = sim.Version
	h := lessons.HandIn{Lesson: "dele-rset-quit", Rev: 2, Seed: 1<<64 - 1, Script: script, Hints: []string{"1.1", "2.3"},
		Answers: []lessons.Answer{{Question: "fate", Text: "+OK 1 200", At: 12}, {Question: "reply-0", Text: "+OK\r\n. \\x\r\n.\r\n", At: 0}, {Question: "empty", Text: "", At: 3}}}
	text := h.Text()
	got, err := lessons.ParseHandIn("a.txt", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if again := got.Text(); again != text {
		t.Errorf("read and written again: got\n%s\nwant\n%s", again, text)
	}
	if got.Answers[1] != h.Answers[1] || got.Seed != h.Seed {
		t.Errorf("got %+v, want %+v", got, h)
	}
	for bad, want := range map[string]string{
		"":                        "a.txt:1: this is no hand-in",
		"pop3lab hand-in 2\n":     "a.txt:1: this is no hand-in",
		"pop3lab hand-in 1\n":     "part of this one is missing",
		text + "grade: 100\n":     "has no field \"grade\"",
		text + "answer: fate x\n": "a.txt:11: want the question's name",
		text + `answer: fate 1 \{99999*ten letters}`:            "no answer needs as many",
		strings.Replace(text, "script: 1.", "script: 1.A", 1):   "a.txt:5: ",
		strings.Replace(text, "seed: 1", "seed: -1", 1):         "a.txt:4: ",
		strings.Replace(text, "lesson: dele", "lesson: ../", 1): "part of this one is missing",
	} {
		if _, err := lessons.ParseHandIn("a.txt", bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", bad, err, want)
		}
	}
}
