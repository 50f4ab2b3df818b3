package lessons

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
)

// Play does the first n moves of a dialogue, all of them when n is negative. The lab and the answers are
// what a student who did the same would have.
func (l *Lesson) Play(d *Dialogue, n int) (*sim.Lab, []Answer, error) {
	lab, err := l.Lab()
	if err != nil {
		return nil, nil, err
	}
	var answers []Answer
	for i, m := range d.Moves {
		if i == n {
			break
		}
		if m.Input.Verb != sim.NoVerb {
			if _, err := lab.Do(m.Input); err != nil {
				return nil, nil, l.fail(m.Line, err.Error())
			}
			continue
		}
		a := m.Answer
		a.At = len(lab.Steps())
		if part, ok := strings.CutPrefix(a.Text, "mark "); ok {
			if a.Text, ok = Find(lab.Steps(), part); !ok {
				return nil, nil, l.fail(m.Line, "nothing like "+part+" has come so far")
			}
		}
		answers = append(answers, a)
	}
	return lab, answers, nil
}

// Par is how many commands the reference sends, 0 when there's no reference that can be read.
func (l *Lesson) Par() int {
	d, err := l.Way("reference")
	if err != nil {
		return 0
	}
	n := 0
	for _, m := range d.Moves {
		if m.Input.Verb == sim.Send {
			n += strings.Count(string(m.Input.Octets), "\n")
		}
	}
	return n
}

// Replay lets happen what a script holds, and checks that it's this lesson, for this seed, from its beginning.
func (l *Lesson) Replay(s sim.Script) (*sim.Lab, error) {
	if string(sim.AppendWorld(nil, s.World)) != string(sim.AppendWorld(nil, l.withVersion())) {
		return nil, ErrOtherWorld
	}
	if len(s.Inputs) < len(l.begin) {
		return nil, ErrOtherWorld
	}
	for i, in := range l.begin {
		if string(sim.AppendInput(nil, in)) != string(sim.AppendInput(nil, s.Inputs[i])) {
			return nil, ErrOtherWorld
		}
	}
	if len(s.Inputs) > MaxSteps {
		return nil, errors.New("lessons: the session has more than " + strconv.Itoa(MaxSteps) + " inputs")
	}
	s.World = l.world
	return s.Replay()
}

// ErrOtherWorld says that a session doesn't begin where the lesson does.
var ErrOtherWorld = errors.New("lessons: the session doesn't begin as this lesson does for its seed")

// withVersion is the world as a script that was written and read has it.
func (l *Lesson) withVersion() sim.World {
	w := l.world
	w.Version = sim.Version
	return w
}
