//go:build lessons || !wasip1

package main

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
	"pop3lab/lessons"
)

// The calls of a lesson's page. They are in a module of their own, which has all that the other has: lessons add a
// sixth to it, and the first page needs none of that.
//
// A lesson is checked anew after every input, from the lab's first step: so a
// branch, a session that was opened from a file, and a module that was started anew are no cases of their own.

// device is the client of a lesson that names none.
const device = "office PC"

// A school is the lessons that were read: lesson n is lessons[n-1].
type school struct{ lessons []*lessons.Lesson }

// lesson reads a lesson. The text's first line is the seed and the file's name, what follows the file.
func (r *reactor) lesson(n uint32) int32 {
	return r.call(n, func(text []byte) error {
		head, rest, _ := strings.Cut(string(text), "\n")
		number, name, _ := strings.Cut(head, " ")
		seed, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return err
		}
		l, err := lessons.Load(name, rest, seed)
		if err != nil {
			return err
		}
		lab, err := l.Lab()
		if err != nil {
			return err
		}
		c, err := courseOf(l)
		if err != nil {
			return err
		}
		r.lessons = append(r.lessons, l)
		c.Lesson, c.Lab, c.Begun = len(r.lessons), r.add(lab), len(lab.Steps())
		r.out = c.Append(r.out)
		return nil
	})
}

// translate puts a translation's words in the place of a lesson's English ones, and leaves the lesson anew. The text's
// first line is the file's name, what follows the file. The lab is the one that the lesson began with.
func (r *reactor) translate(lesson, lab, n uint32) int32 {
	return r.call(n, func(text []byte) error {
		l, room, err := r.taught(lesson, lab)
		if err != nil {
			return err
		}
		name, words, _ := strings.Cut(string(text), "\n")
		if err := l.Translate(name, words); err != nil {
			return err
		}
		c, err := courseOf(l)
		if err != nil {
			return err
		}
		c.Lesson, c.Lab, c.Begun = int(lesson), int(lab), len(room.Steps())
		r.out = c.Append(r.out)
		return nil
	})
}

// check leaves how far a student has come in a lab that the lesson began. The text has an answer a line, as
// hand-ins have them.
func (r *reactor) check(lesson, number, n uint32) int32 {
	return r.call(n, func(text []byte) error {
		l, lab, err := r.taught(lesson, number)
		if err != nil {
			return err
		}
		var answers []lessons.Answer
		for _, line := range strings.Split(string(text), "\n") {
			if line == "" {
				continue
			}
			a, err := lessons.ParseAnswer(line)
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
		r.out = progressOf(l, l.Check(lab.Steps(), answers), answers).Append(r.out)
		return nil
	})
}

// show plays the lesson's reference in a lab of its own.
func (r *reactor) show(lesson uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.lessonNumbered(lesson)
		if err != nil {
			return err
		}
		way, err := l.Way("reference")
		if err != nil {
			return err
		}
		for i := range way.Moves {
			if in := &way.Moves[i].Input; in.Device == "" && in.Verb != sim.NoVerb {
				in.Device = device
			}
		}
		lab, answers, err := l.Play(way, -1)
		if err != nil {
			return err
		}
		shown := record.Shown{Lab: r.add(lab)}
		for _, a := range answers {
			shown.Answers = append(shown.Answers, record.Given{Question: a.Question, Text: a.Text, At: a.At})
		}
		r.out = shown.Append(r.out)
		return nil
	})
}

// resume makes a lab of a script that began as the lesson does.
func (r *reactor) resume(lesson, n uint32) int32 {
	return r.call(n, func(text []byte) error {
		l, err := r.lessonNumbered(lesson)
		if err != nil {
			return err
		}
		s, err := sim.ParseScript(string(text))
		if err != nil {
			return err
		}
		lab, err := l.Replay(s)
		if err != nil {
			return err
		}
		return r.frame(uint32(r.add(lab)), 0)
	})
}

func (r *reactor) lessonNumbered(n uint32) (*lessons.Lesson, error) {
	if n == 0 || int(n) > len(r.lessons) {
		return nil, errors.New("wasm: there is no lesson " + strconv.FormatUint(uint64(n), 10) + "; lesson reads one")
	}
	return r.lessons[n-1], nil
}

func (r *reactor) taught(lesson, number uint32) (*lessons.Lesson, *room, error) {
	l, err := r.lessonNumbered(lesson)
	if err != nil {
		return nil, nil, err
	}
	lab, err := r.shown(number)
	return l, lab, err
}

// courseOf is a lesson as its page shows it.
func courseOf(l *lessons.Lesson) (*record.Course, error) {
	c := &record.Course{ID: l.ID, Rev: l.Rev, Seed: strconv.FormatUint(l.Seed, 10), Title: l.Title, Summary: l.Summary, Minutes: l.Minutes, Role: l.Role,
		Prose: blocksOf(l.Prose), Experiment: blocksOf(l.Experiment), Debrief: blocksOf(l.Debrief), Par: l.Par()}
	for i := range l.Goals {
		g := &l.Goals[i]
		aim := record.Aim{Text: g.Text, Never: g.Never, Hold: g.Hold, Asks: asks(g.Source)}
		for _, h := range l.HintsFor(i) {
			aim.Hints = append(aim.Hints, record.Hint{Text: h.Text, Line: h.Line})
		}
		c.Goals = append(c.Goals, aim)
	}
	for i := range l.Questions {
		c.Questions = append(c.Questions, questionOf(l, &l.Questions[i]))
	}
	way, err := l.Way("reference")
	if err != nil {
		return nil, err
	}
	devicesOf(c, way)
	for _, name := range l.Rejects {
		reject, err := l.Way(name)
		if err != nil {
			return nil, err
		}
		letters(c, reject.Moves)
	}
	letters(c, way.Moves)
	for _, call := range l.Calls() {
		one := record.Call{Question: call.Question, Sent: call.Sent}
		if v := call.View; v != nil {
			one.State = record.State{Name: v.State.String(), RFC: v.State.RFC()}
			for i, m := range v.Messages {
				one.Messages = append(one.Messages, record.Message{Num: i + 1, Octets: m.Octets, UID: m.UID, Deleted: m.Deleted})
			}
		}
		c.Calls = append(c.Calls, one)
	}
	if l.Role == lessons.Server {
		num := map[string]int{}
		for _, m := range l.World().Mail {
			num[m.User]++
			c.Letters = append(c.Letters, record.Letter{User: m.User, UID: m.UID, Octets: m.Octets, Num: num[m.User]})
		}
	}
	return c, nil
}

// devicesOf says who the student is, by the reference.
func devicesOf(c *record.Course, way *lessons.Dialogue) {
	for i, m := range way.Moves {
		d := m.Input.Device
		if m.Input.Verb == sim.NoVerb {
			continue
		}
		if c.Device == "" {
			c.Device = d
		}
		c.Connect = c.Connect || i == 0 && m.Line == 0 && m.Input.Verb == sim.Connect
		if d != "" && !has(c.Devices, d) {
			c.Devices = append(c.Devices, d)
		}
	}
}

// letters are what moves deliver.
func letters(c *record.Course, moves []lessons.Move) {
	for _, m := range moves {
		in := &m.Input
		if in.Verb != sim.Deliver {
			continue
		}
		known := false
		for i := range c.Letters {
			known = known || c.Letters[i].User == in.User && string(c.Letters[i].Octets) == string(in.Octets)
		}
		if !known {
			c.Letters = append(c.Letters, record.Letter{User: in.User, UID: in.UID, Octets: in.Octets})
		}
	}
}

// asks are the questions that a goal names.
func asks(source string) []string {
	var names []string
	words := strings.Fields(source)
	for i, w := range words {
		if (w == "answered" || w == "predicted") && i+1 < len(words) && !has(names, words[i+1]) {
			names = append(names, words[i+1])
		}
	}
	return names
}

// questionOf is a question; its options come in an order that says nothing, and is each student's own.
func questionOf(l *lessons.Lesson, q *lessons.Question) record.Question {
	r := record.Question{Name: q.Name, Kind: q.Kind, Text: q.Text}
	if q.Kind != lessons.Choice && q.Kind != lessons.Predict {
		return r
	}
	rank := func(text string) string { return lessons.Hash(strconv.FormatUint(l.Seed, 10) + q.Name + text) }
	translated := false
	for i := range q.Options {
		o := &q.Options[i]
		answer := o.Answer()
		translated = translated || answer != o.Text
		at := len(r.Options)
		r.Options, r.Words = append(r.Options, answer), append(r.Words, o.Text)
		for ; at > 0 && rank(r.Options[at-1]) > rank(answer); at-- {
			r.Options[at-1], r.Options[at] = r.Options[at], r.Options[at-1]
			r.Words[at-1], r.Words[at] = r.Words[at], r.Words[at-1]
		}
	}
	if !translated {
		r.Words = nil
	}
	return r
}

func has(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func blocksOf(prose string) []record.Block {
	var blocks []record.Block
	for _, b := range lessons.Blocks(prose) {
		one := record.Block{Kind: b.Kind}
		for _, s := range b.Spans {
			one.Spans = append(one.Spans, record.Span{Kind: s.Kind, Text: s.Text, To: s.To})
		}
		blocks = append(blocks, one)
	}
	return blocks
}

// progressOf is how far a student has come, as the page shows it.
func progressOf(l *lessons.Lesson, p lessons.Progress, answers []lessons.Answer) *record.Progress {
	r := &record.Progress{Done: p.Done, Next: p.Next, Why: p.Why, Commands: p.Commands, Served: p.Served}
	for _, g := range p.Goals {
		r.Goals = append(r.Goals, record.Reached{Met: g.Met, Broken: g.Broken, Step: g.Step, Stage: g.Stage, Stages: g.Stages})
	}
	for _, a := range p.Answers {
		r.Answers = append(r.Answers, record.Judged{Question: a.Question, Text: a.Text, Right: a.Right, Reply: a.Reply})
	}
	if l.Role == lessons.Attacker {
		for _, t := range l.Attack(answers) {
			r.Tapped = append(r.Tapped, record.Tapped{Question: t.Question, Sent: t.Sent, True: t.True, Delivered: t.Delivered, TLS: t.TLS, Thought: t.Thought})
		}
	}
	return r
}
