package lessons

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

func (l *Lesson) readGoals() error {
	var text []string
	f := l.find("goals")
	for i, line := range f.lines {
		number := f.line + 1 + i
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if line[0] == '#' {
			text = append(text, strings.TrimSpace(line[1:]))
			continue
		}
		g := Goal{Text: strings.Join(text, " "), Source: line, line: number}
		text = nil
		rest := line
		if after, ok := strings.CutPrefix(rest, "never "); ok {
			g.Never, rest = true, after
		} else if after, ok := strings.CutPrefix(rest, "hold "); ok {
			g.Hold, rest = true, after
		}
		var err error
		if g.seq, err = l.sequence(rest); err != nil {
			return l.fail(number, err.Error())
		}
		if g.Text == "" {
			return l.fail(number, "the goal has no sentence for the student; write it above, behind #")
		}
		if g.Hold && (len(g.seq.conds) > 1 || !g.seq.conds[0].word.Level) {
			return l.fail(number, "hold wants one word about how things stand: state or marked")
		}
		l.Goals = append(l.Goals, g)
	}
	ordinary := slices.ContainsFunc(l.Goals, func(g Goal) bool { return !g.Never })
	if len(l.Goals) > MaxGoals || !ordinary {
		return l.fail(f.line, "a lesson has 1 to "+strconv.Itoa(MaxGoals)+" goals, and one at least that isn't never")
	}
	return nil
}

// readFeedback reads "when GOAL [and N met|unmet]... [and SEQUENCE]...: SENTENCE".
func (l *Lesson) readFeedback() error {
	return l.each(l.find("feedback"), func(number int, line string) error {
		rest, ok := strings.CutPrefix(line, "when ")
		head, text, colon := cutSentence(rest)
		if !ok || !colon {
			return errors.New("want when GOAL [and CONDITION]...: SENTENCE")
		}
		f := Feedback{When: head, Text: text, line: number}
		for i, part := range strings.Split(head, " and ") {
			w := strings.Fields(part)
			n := 0
			if len(w) > 0 {
				n, _ = strconv.Atoi(w[0])
			}
			switch {
			case n > len(l.Goals):
				return errors.New("there is no goal " + w[0])
			case i == 0 && n > 0 && len(w) == 1:
				f.Goal = n
			case i == 0:
				return errors.New("want the number of a goal behind when")
			case n > 0 && len(w) == 2 && w[1] == "met":
				f.ifMet = append(f.ifMet, n)
			case n > 0 && len(w) == 2 && w[1] == "unmet":
				f.notMet = append(f.notMet, n)
			default:
				s, err := l.sequence(part)
				if err != nil {
					return err
				}
				f.conds = append(f.conds, s)
			}
		}
		l.Feedback = append(l.Feedback, f)
		return nil
	})
}

// cutSentence cuts at the first colon with a space behind it that doesn't end "in one session:".
func cutSentence(s string) (head, text string, ok bool) {
	skip := 0
	if i := strings.Index(s, oneSession); i >= 0 {
		skip = i + len(oneSession)
	}
	i := strings.Index(s[skip:], ": ")
	if i < 0 {
		return s, "", false
	}
	return strings.TrimSpace(s[:skip+i]), strings.TrimSpace(s[skip+i+2:]), true
}

// readHints reads "GOAL.RUNG: TEXT".
func (l *Lesson) readHints() error {
	return l.each(l.find("hints"), func(number int, line string) error {
		head, text, ok := strings.Cut(line, ":")
		goal, rung, dot := strings.Cut(head, ".")
		h := Hint{Text: strings.TrimSpace(text)}
		h.Goal, _ = strconv.Atoi(goal)
		h.Rung, _ = strconv.Atoi(rung)
		if !ok || !dot || h.Goal < 1 || h.Goal > len(l.Goals) || h.Rung < 1 || h.Rung > 3 {
			return errors.New("want GOAL.RUNG: TEXT, as in 2.1: the first rung for goal 2")
		}
		if after, isLine := strings.CutPrefix(h.Text, "> "); isLine {
			h.Line, h.Text = true, after
		}
		l.Hints = append(l.Hints, h)
		return nil
	})
}

// HintsFor are the rungs for a goal, counted from 0, in their order.
func (l *Lesson) HintsFor(goal int) []Hint {
	var hints []Hint
	for rung := 1; rung <= 3; rung++ {
		for _, h := range l.Hints {
			if h.Goal == goal+1 && h.Rung == rung {
				hints = append(hints, h)
			}
		}
	}
	return hints
}
