// Package grade judges hand-ins: each is replayed from its first input, and what the replay shows counts,
// nothing that the file claims.
//
// grade.go replays and judges; report.go writes tables, CSV, JSON; page.go writes HTML pages.
package grade

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"pop3lab/engine/sim"
	"pop3lab/lessons"
)

// A File is a hand-in as it came.
type File struct{ Name, Text string }

// The verdicts on a hand-in.
const (
	Done    = "done"    // every goal is met
	Partly  = "partly"  // some aren't
	Refused = "refused" // it can't be judged; Trouble says why
)

// A Result is what a hand-in shows.
type Result struct {
	File    string `json:"file"`
	Lesson  string `json:"lesson"`
	Title   string `json:"title"`
	Rev     int    `json:"rev"`
	Seed    uint64 `json:"seed"`
	Verdict string `json:"verdict"`
	// Trouble says why a hand-in is refused: it's no hand-in, it was changed, or it's of another version.
	Trouble string `json:"trouble,omitempty"`
	// Remarks are what a teacher wants to know besides: a seed that somebody else has too.
	Remarks []string `json:"remarks,omitempty"`
	Goals   []Goal   `json:"goals,omitempty"`
	Met     int      `json:"met"`
	// Commands is how many commands were sent, Par how many the reference sends.
	Commands int      `json:"commands"`
	Par      int      `json:"par"`
	Answers  []Answer `json:"answers,omitempty"`
	Hints    []string `json:"hints,omitempty"`

	script string
}

// A Goal is how one goal stands at the end.
type Goal struct {
	Text string `json:"text"`
	Met  bool   `json:"met"`
	// Step is the number of the step that met it, from 1; 0 for none.
	Step int `json:"step,omitempty"`
	// Why says why it isn't met.
	Why string `json:"why,omitempty"`
}

// An Answer is what was answered to a question, the last time.
type Answer struct {
	Question string `json:"question"`
	Text     string `json:"text"`
	Right    bool   `json:"right"`
}

// MaxSent is how many octets all devices of a hand-in send at most. A lesson's longest way takes less than a
// tenth of it; more would make a replay of gigabytes.
const MaxSent = 64 << 10

// Load finds the lesson that a hand-in names, for its seed.
type Load func(id string, seed uint64) (*lessons.Lesson, error)

// All judges hand-ins, several at a time; the results are in the order of the files.
func All(files []File, load Load) []Result {
	out := make([]Result, len(files))
	next := make(chan int)
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				out[i] = One(files[i], load)
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	work.Wait()
	copies(out)
	return out
}

// One judges a single hand-in.
func One(f File, load Load) (r Result) {
	r = Result{File: f.Name, Verdict: Refused}
	h, err := lessons.ParseHandIn(f.Name, f.Text)
	if err != nil {
		r.Trouble = strings.TrimPrefix(err.Error(), f.Name+": ")
		return r
	}
	r.Lesson, r.Rev, r.Seed, r.Hints, r.script = h.Lesson, h.Rev, h.Seed, h.Hints, h.Script.Text()
	l, err := load(h.Lesson, h.Seed)
	if err != nil {
		r.Trouble = fmt.Sprintf("there is no lesson %s here; name the folder that has it with --lessons", h.Lesson)
		return r
	}
	r.Title = l.Title
	if h.Rev != l.Rev {
		r.Trouble = fmt.Sprintf("wrong version: it was done with revision %d of the lesson, and this is revision %d", h.Rev, l.Rev)
		return r
	}
	lab, err := replay(l, h)
	if err != nil {
		r.Trouble = "tampered or damaged: " + strings.TrimPrefix(err.Error(), "lessons: ")
		return r
	}
	r.judge(l, lab.Steps(), h.Answers)
	return r
}

// replay lets happen what a hand-in says, and refuses what no page writes.
func replay(l *lessons.Lesson, h *lessons.HandIn) (*sim.Lab, error) {
	sent := 0
	for i := range h.Script.Inputs {
		sent += len(h.Script.Inputs[i].Octets)
	}
	if sent > MaxSent {
		return nil, fmt.Errorf("its devices send %d octets, and no lesson needs more than %d", sent, MaxSent)
	}
	lab, err := l.Replay(h.Script)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, a := range h.Answers {
		if a.At < at || a.At > len(lab.Steps()) {
			return nil, errors.New("an answer stands where there was no step to give it at")
		}
		at = a.At
	}
	return lab, nil
}

func (r *Result) judge(l *lessons.Lesson, steps []sim.Step, answers []lessons.Answer) {
	c := l.Follow(steps, answers)
	p := c.Progress()
	r.Verdict, r.Commands, r.Par = Partly, p.Commands, l.Par()
	if p.Done {
		r.Verdict = Done
	}
	for i, g := range p.Goals {
		goal := Goal{Text: l.Goals[i].Text, Met: g.Met}
		if g.Met {
			r.Met++
			goal.Step = g.Step + 1
		} else {
			if goal.Why = c.Why(i); goal.Why == "" {
				goal.Why = "It counts when all the others are met."
			}
		}
		r.Goals = append(r.Goals, goal)
	}
	for _, a := range p.Answers {
		r.Answers = append(r.Answers, Answer{a.Question, a.Text, a.Right})
	}
}

// copies remarks on hand-ins for the same lesson and seed: a seed is drawn for each student, so two students
// have the same one only if one has the other's page.
func copies(all []Result) {
	type key struct {
		lesson string
		seed   uint64
	}
	same := map[key][]int{}
	for i := range all {
		r := &all[i]
		if r.Lesson == "" || r.Seed == 0 { // edition 0 is the printed one, and everybody's
			continue
		}
		k := key{r.Lesson, r.Seed}
		for _, j := range same[k] {
			what := "the same seed as "
			if r.script == all[j].script {
				what = "the same seed and the same inputs as "
			}
			r.Remarks = append(r.Remarks, what+all[j].File)
			all[j].Remarks = append(all[j].Remarks, what+r.File)
		}
		same[k] = append(same[k], i)
	}
}
