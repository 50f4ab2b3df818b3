package lessons

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// A HandIn is what a student gives to a teacher: which lesson, of which revision, for which seed, what was
// done, what was answered. Everything else follows from it by replay.
type HandIn struct {
	Lesson string
	Rev    int
	Seed   uint64
	// Script begins with the lesson's own beginning. A lesson that is answers alone has one all the same.
	Script  sim.Script
	Answers []Answer
	// Hints are the rungs that were looked at, GOAL.RUNG. They're told, and cost nothing.
	Hints []string
}

// handInHead begins the text of a hand-in; the number is the form's.
const handInHead = "pop3lab hand-in 1"

// MaxHandIn is how many octets a hand-in has at most.
const MaxHandIn = 4 << 20

// Text is the hand-in as a file, a line a field:
//
//	pop3lab hand-in 1
//	lesson: dele-rset-quit
//	rev: 1
//	seed: 4711
//	script: 1.AAAA
//	answer: fate 12 +OK 1 200
//	hint: 1.2
func (h *HandIn) Text() string {
	var b strings.Builder
	b.WriteString(handInHead + "\nlesson: " + h.Lesson + "\nrev: " + strconv.Itoa(h.Rev) + "\nseed: " + strconv.FormatUint(h.Seed, 10) +
		"\nscript: " + h.Script.Text() + "\n")
	for _, a := range h.Answers {
		b.WriteString("answer: " + AnswerLine(a) + "\n")
	}
	for _, hint := range h.Hints {
		b.WriteString("hint: " + hint + "\n")
	}
	return b.String()
}

// AnswerLine is an answer as one line: the question, how many steps there were, and the answer with the
// escapes of a dialogue.
func AnswerLine(a Answer) string {
	return a.Question + " " + strconv.Itoa(a.At) + " " + transcript.Escape([]byte(a.Text))
}

// ParseAnswer reads what AnswerLine wrote.
func ParseAnswer(line string) (Answer, error) {
	question, rest, _ := strings.Cut(line, " ")
	at, text, ok := strings.Cut(rest, " ")
	n, err := strconv.Atoi(at)
	if !ok || !isName(question) || err != nil || n < 0 {
		return Answer{}, errors.New("want the question's name, how many steps there were, and the answer")
	}
	octets, err := transcript.Unescape(text)
	if err == nil && len(octets) > MaxText {
		err = errors.New("the answer has more than " + strconv.Itoa(MaxText) + " octets; no answer needs as many")
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{question, string(octets), n}, nil
}

// ParseHandIn reads what Text wrote. Name is for messages.
func ParseHandIn(name, text string) (*HandIn, error) {
	if len(text) > MaxHandIn {
		return nil, errors.New(name + ": the file has more than " + strconv.Itoa(MaxHandIn) + " octets; no hand-in has")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if strings.TrimSpace(lines[0]) != handInHead {
		return nil, errors.New(name + ":1: this is no hand-in: its first line should be " + strconv.Quote(handInHead) + "; the page of a lesson writes such a file")
	}
	h := &HandIn{}
	scripted := false
	for i, line := range lines[1:] {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\r"), ": ")
		var err error
		switch key {
		case "lesson":
			h.Lesson = value
		case "rev":
			h.Rev, err = positive(value)
		case "seed":
			h.Seed, err = strconv.ParseUint(value, 10, 64)
		case "script":
			h.Script, err = sim.ParseScript(value)
			scripted = true
		case "answer":
			var a Answer
			a, err = ParseAnswer(value)
			h.Answers = append(h.Answers, a)
		case "hint":
			h.Hints = append(h.Hints, value)
		case "":
		default:
			err = errors.New("a hand-in has no field " + strconv.Quote(key))
		}
		if err != nil {
			return nil, errors.New(name + ":" + strconv.Itoa(i+2) + ": " + err.Error())
		}
	}
	if !isName(h.Lesson) || h.Rev == 0 || !scripted {
		return nil, errors.New(name + ": a hand-in names its lesson, its revision and its script; part of this one is missing")
	}
	return h, nil
}
