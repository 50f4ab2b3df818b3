package author

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/lessons"
)

// A Finding is something that isn't right with a lesson, and how to mend it.
type Finding struct {
	// Rule names what was broken, in a word or two.
	Rule string
	// Text says it.
	Text string
	// Advice says that the lesson works all the same.
	Advice bool
}

func (f Finding) String() string {
	if f.Advice {
		return f.Rule + " (advice): " + f.Text
	}
	return f.Rule + ": " + f.Text
}

// seeds are the editions in which a lesson is proved, besides the printed one.
var seeds = []uint64{0, 1, 2, 3, 4, 5, 6, 7, 0xFFFF_FFFF_FFFF_FFFF}

// Prove runs a lesson's dialogues and says what isn't so that should be: the reference meets every goal and no
// beginning of it does; doing nothing meets none; each reject fails the goal that it names, for the reason
// that it names; what the header names exists. ids are the other lessons there are.
func Prove(name, text string, ids []string) []Finding {
	var p prover
	for _, seed := range seeds {
		l, err := lessons.Load(name, text, seed)
		if err != nil {
			p.bad("format", "%s%s", err, edition(seed))
			return p.found
		}
		p.l = l
		if seed == 0 {
			p.header(ids)
			p.names(text)
			p.hints()
			p.questions()
		}
		p.dialogues()
		if len(p.found) > 0 {
			return p.found
		}
	}
	return append(p.found, p.advice...)
}

func edition(seed uint64) string {
	if seed == 0 {
		return ""
	}
	return " (in the edition with seed " + strconv.FormatUint(seed, 10) + ")"
}

type prover struct {
	l      *lessons.Lesson
	found  []Finding
	advice []Finding
}

func (p *prover) bad(rule, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.l != nil {
		text += edition(p.l.Seed)
	}
	p.found = append(p.found, Finding{Rule: rule, Text: text})
}

func (p *prover) advise(rule, format string, args ...any) {
	p.advice = append(p.advice, Finding{Rule: rule, Text: fmt.Sprintf(format, args...), Advice: true})
}

func (p *prover) header(ids []string) {
	l := p.l
	for _, id := range l.Needs {
		if !slices.Contains(ids, id) {
			p.bad("needs", "there is no lesson %s; there are %s", id, strings.Join(ids, ", "))
		}
		if id == l.ID {
			p.bad("needs", "the lesson needs itself")
		}
	}
	if len(l.RFC) == 0 {
		p.bad("rfc", "the header names no place in an RFC; write rfc: 1939/5/DELE")
	}
	for _, anchor := range l.RFC {
		if !Anchor(anchor) {
			p.bad("rfc", "there is no %s: want RFC/SECTION or RFC/SECTION/COMMAND, with a section that a row of the table or of the requirements cites, as in 1939/5/DELE", anchor)
		}
	}
	if l.Minutes < 1 || l.Minutes > 15 {
		p.bad("minutes", "want minutes: from 5 to 15, got %d", l.Minutes)
	}
	if l.Role != lessons.Client && l.TCP {
		p.bad("modes", "a lesson with role %s can't be done over TCP; write modes: browser", l.Role)
	}
	for what, text := range map[string]string{"summary:": l.Summary, "teaches:": strings.Join(l.Teaches, ""), "-- experiment.md --": l.Experiment, "-- debrief.md --": l.Debrief, "-- notes.md --": l.Notes} {
		if text == "" {
			p.bad("complete", "there is no %s; add it", what)
		}
	}
	if l.Question("exit") == nil {
		p.bad("complete", "there is no question named exit, which ends a lesson; add one to the section questions")
	}
	if len(l.Rejects) == 0 {
		p.bad("rejects", "there is no -- reject/NAME.pop3 --; write down what a student does who hasn't understood it, and what the lesson says then")
	}
}

func (p *prover) hints() {
	for i, g := range p.l.Goals {
		hints := p.l.HintsFor(i)
		switch {
		case g.Never && len(hints) > 0:
			p.bad("hints", "goal %d is never; what must not happen needs no hint", i+1)
		case !g.Never && len(hints) != 3:
			p.bad("hints", "goal %d has %d rungs of hints, want 3: a nudge, the command, the line", i+1, len(hints))
		case !g.Never && len(hints) == 3 && (hints[0].Line || hints[1].Line):
			p.bad("hints", "goal %d: only the third rung is a line to be put in", i+1)
		case !g.Never && hints[2].Line && !strings.Contains(g.Source, "sent response") && !strings.Contains(g.Source, "sent other") && !strings.Contains(g.Source, "refused unknown"):
			keyword, _, _ := strings.Cut(hints[2].Text, " ")
			if !lessons.IsCommand(strings.ToUpper(keyword)) {
				p.bad("hints", "%d.3: there is no command %s in the protocol's table; a goal that wants such a line is sent other or refused unknown, and a line inside AUTH is sent response", i+1, keyword)
			}
		}
	}
}

func (p *prover) questions() {
	for _, q := range p.l.Questions {
		right := 0
		for _, o := range q.Options {
			if o.Right {
				right++
			}
			if o.Reply == "" {
				p.advise("questions", "question %s: the answer %q has nothing to say; write a sentence behind ::", q.Name, o.Text)
			}
		}
		switch {
		case right == 0:
			p.bad("questions", "question %s has no right answer", q.Name)
		case (q.Kind == lessons.Choice || q.Kind == lessons.Predict) && len(q.Options) < 2:
			p.bad("questions", "question %s has one answer to choose from, want two at least", q.Name)
		case (q.Kind == lessons.Typed || q.Kind == lessons.Mark) && q.Else == "":
			p.bad("questions", "question %s has nothing to say to an answer it doesn't know; write else: SENTENCE", q.Name)
		}
	}
}

// dialogues runs the reference and the rejects.
func (p *prover) dialogues() {
	l := p.l
	ref, err := l.Way("reference")
	if err != nil {
		p.bad("reference", "%v", err)
		return
	}
	p.moves(ref)
	waiting := 0 // moves that no line of the dialogue makes
	if len(ref.Moves) > 0 && ref.Moves[0].Line == 0 {
		waiting = 1
	}
	for n := 0; n <= len(ref.Moves); n++ {
		got, err := play(l, ref, n)
		if err != nil {
			p.bad("reference", "%v", err)
			return
		}
		for i, g := range got.Goals {
			switch {
			case n <= waiting && g.Met:
				p.bad("empty", "goal %d is met before anything was done: %s", i+1, l.Goals[i].Source)
			case n == len(ref.Moves) && !g.Met:
				p.bad("reference", "it doesn't meet goal %d, %s: %s%s", i+1, l.Goals[i].Source, got.Why, chain(l.Goals[i].Source, g.Stage))
			}
		}
		if n < len(ref.Moves) && got.Done {
			p.bad("reference", "every goal is met before its last move, which stands in line %d; take away what isn't needed, or add a goal", ref.Moves[n].Line)
			return
		}
	}
	for _, name := range l.Rejects {
		p.reject(name)
	}
}

// reject checks the first comment: fails goal N: SENTENCE.
func (p *prover) reject(name string) {
	d, err := p.l.Way(name)
	if err != nil {
		p.bad("reject/"+name, "%v", err)
		return
	}
	p.moves(d)
	goal, why, err := Reason(d)
	if err != nil {
		p.bad("reject/"+name, "%v", err)
		return
	}
	got, err := play(p.l, d, -1)
	switch {
	case err != nil:
		p.bad("reject/"+name, "%v", err)
	case got.Done:
		p.bad("reject/"+name, "it meets every goal; make a goal stricter")
	case got.Next != goal-1:
		p.bad("reject/"+name, "it fails goal %d, want goal %d; the lesson says: %s", got.Next+1, goal, got.Why)
	case got.Why != why:
		p.bad("reject/"+name, "it fails for another reason than stated\n  got:  %s\n  want: %s", got.Why, why)
	}
}

// Reason reads what a reject says of itself at its head: "# fails goal 3: You hung up."
func Reason(d *lessons.Dialogue) (goal int, why string, err error) {
	text := strings.Join(d.Comment, " ")
	head, why, ok := strings.Cut(text, ": ")
	number, is := strings.CutPrefix(head, "fails goal ")
	goal, convErr := strconv.Atoi(number)
	if !ok || !is || convErr != nil || why == "" {
		return 0, "", errors.New("its first line has to say why it fails: # fails goal 2: and the sentence that the student sees")
	}
	return goal, why, nil
}

func play(l *lessons.Lesson, d *lessons.Dialogue, n int) (lessons.Progress, error) {
	lab, answers, err := l.Play(d, n)
	if err != nil {
		return lessons.Progress{}, err
	}
	return l.Check(lab.Steps(), answers), nil
}

// Anchor says whether there is such a place: RFC/SECTION, with a section that the table or the requirements
// cite, or RFC/SECTION/COMMAND, with a row of the table for it.
func Anchor(anchor string) bool {
	part := strings.Split(anchor, "/")
	if len(part) < 2 || len(part) > 3 {
		return false
	}
	for i := range engine.POP3 {
		r := &engine.POP3[i]
		if strconv.Itoa(r.Ref.RFC) == part[0] && r.Ref.Section == part[1] && (len(part) == 2 || string(r.Verb) == part[2]) {
			return true
		}
	}
	if len(part) == 3 {
		return false
	}
	for _, r := range engine.Refusals {
		if strconv.Itoa(r.Ref.RFC) == part[0] && r.Ref.Section == part[1] {
			return true
		}
	}
	for _, r := range conform.Requirements() {
		if strings.Contains(r.Source+",", part[0]+" §"+part[1]+",") || r.Source == part[0]+" §"+part[1] {
			return true
		}
	}
	return false
}
