package lessons

import (
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A Progress is how far a student has come.
type Progress struct {
	Goals []Reached
	// Done says that every goal is met.
	Done bool
	// Next is the first goal that isn't met, counted from 0; -1 when none is left.
	Next int
	// Why says in words why that one isn't met yet, and what is nearest. It never holds the solution.
	Why string
	// Answers are the answers so far, the last one to each question.
	Answers []Judged
	// Commands is how many commands were sent, Par how many the reference sends.
	Commands, Par int
	// Served says of each command of a lesson with role server whether it's answered.
	Served []bool
}

// A Reached is how a goal stands.
type Reached struct {
	Met bool
	// Step is the number of the step that met it, or that broke what must never happen; -1 when there is none.
	Step int
	// Stage is how many conditions of it were met, of Stages.
	Stage, Stages int
	// Broken says that what must never happen did. Only a fresh start helps.
	Broken bool
}

// A Checker follows one attempt. It's used by one goroutine at a time.
type Checker struct {
	l        *Lesson
	m        *memory
	goals    []track
	feedback [][]track
	answers  []Judged
	last     int // number of the step at hand
}

// A track is how far a sequence has come.
type track struct {
	seq   *sequence
	stage int
	s     *session // that the stages were reached in
	step  int      // that completed it last, -1 for none
	first int      // that completed it first, -1 for none
	now   bool     // whether its only condition is true at the moment
	miss  *miss
}

// A miss is a command that came near to what a goal wants.
type miss struct {
	said   said
	status engine.Status
	code   engine.RespCode
	text   engine.Text
}

// Checker begins to follow an attempt at the lesson.
func (l *Lesson) Checker() *Checker {
	c := &Checker{l: l, m: l.memory(), last: -1}
	for i := range l.Goals {
		c.goals = append(c.goals, newTrack(&l.Goals[i].seq))
	}
	for i := range l.Feedback {
		var list []track
		for j := range l.Feedback[i].conds {
			list = append(list, newTrack(&l.Feedback[i].conds[j]))
		}
		c.feedback = append(c.feedback, list)
	}
	return c
}

func newTrack(s *sequence) track { return track{seq: s, step: -1, first: -1} }

// Steps takes in what happened. Steps are given in order, each once, and nobody changes them any more.
func (c *Checker) Steps(steps []sim.Step) {
	for i := range steps {
		if c.last++; c.last >= MaxSteps {
			return
		}
		c.m.steps = append(c.m.steps, &steps[i])
		c.m.step(&steps[i])
		if steps[i].Input < len(c.l.begin) {
			continue
		}
		c.moment()
	}
}

// Answer takes in an answer, given after the steps so far, and judges it. To a prediction the first answer stays.
func (c *Checker) Answer(a Answer) Judged {
	for i := range c.answers {
		if c.answers[i].Question == a.Question {
			if q := c.l.Question(a.Question); q != nil && q.Kind == Predict {
				return c.answers[i]
			}
			c.answers = slices.Delete(c.answers, i, i+1)
			break
		}
	}
	c.m.forget()
	c.m.e, c.m.answer = &nothing, &a
	j := c.l.judge(c.m, &a)
	c.m.right = j.Right
	if n, ok := c.l.callNumber(a.Question); ok && n < len(c.m.served) {
		c.m.served[n] = j.Right
	}
	c.answers = append(c.answers, j)
	c.moment()
	return j
}

// moment lets every sequence see what happens. What's answered before any step counts to the first.
func (c *Checker) moment() {
	at := max(c.last, 0)
	for i := range c.goals {
		c.goals[i].see(c.m, at)
	}
	for i := range c.feedback {
		for j := range c.feedback[i] {
			c.feedback[i][j].see(c.m, at)
		}
	}
}

func (t *track) see(m *memory, step int) {
	conds := t.seq.conds
	if t.seq.one && t.stage > 0 && t.s != m.s && conds[0].holds(m) {
		t.stage = 0 // another session begins it anew
	}
	if t.stage == len(conds) {
		t.stage = 0
		if t.first >= 0 && !conds[0].holds(m) {
			t.stage = len(conds)
		}
	}
	cond := &conds[min(t.stage, len(conds)-1)]
	is := cond.holds(m)
	t.now = is
	switch {
	case t.stage == len(conds):
	case is && t.seq.one && t.stage > 0 && t.s != m.s:
	case is:
		t.s = m.s
		t.miss = nil
		if t.stage++; t.stage == len(conds) {
			if t.step = step; t.first < 0 {
				t.first = step
			}
		}
	case cond.word.Name == "sent" && m.reply != nil:
		if verb, _, _, _ := splitSent(cond.args); either(verb, m.s.line.verb) {
			t.miss = &miss{m.s.line, m.reply.Status, m.reply.Code, m.reply.Text}
		}
	}
}

// met says whether a sequence has ever been completed, or, of one word about how things stand, whether
// it's so now.
func (t *track) met() bool {
	if t.seq.conds[len(t.seq.conds)-1].word.Level && len(t.seq.conds) == 1 {
		return t.now
	}
	return t.first >= 0
}

// Progress tells how things stand.
func (c *Checker) Progress() Progress {
	p := Progress{Next: -1, Done: true, Answers: slices.Clone(c.answers), Commands: c.m.lines, Served: slices.Clone(c.m.served)}
	others := true
	for i := range c.goals {
		g, t := &c.l.Goals[i], &c.goals[i]
		r := Reached{Step: t.first, Stage: min(t.stage, len(t.seq.conds)), Stages: len(t.seq.conds)}
		switch {
		case g.Never:
			r.Broken = t.first >= 0
		case g.Hold:
			r.Met = t.now
			r.Step = c.last
			others = others && r.Met
		default:
			r.Met = t.first >= 0
			others = others && r.Met
		}
		if r.Met {
			r.Stage = r.Stages
		} else if !g.Never {
			r.Step = -1
		}
		p.Goals = append(p.Goals, r)
	}
	for i := range c.goals {
		if g := &c.l.Goals[i]; g.Never {
			p.Goals[i].Met = others && !p.Goals[i].Broken
		}
		if !p.Goals[i].Met {
			p.Done = false
			// What is broken comes first; what must never happen, and hasn't, only waits for the others.
			waits := c.l.Goals[i].Never && !p.Goals[i].Broken
			if p.Next < 0 && !waits || p.Goals[i].Broken && (p.Next < 0 || !p.Goals[p.Next].Broken) {
				p.Next = i
			}
		}
	}
	if p.Next >= 0 {
		p.Why = c.why(p)
	}
	return p
}

// why is the lesson's own feedback, the latest that fits, or what the word says.
func (c *Checker) why(p Progress) string {
	g, t := &c.l.Goals[p.Next], &c.goals[p.Next]
	cond := &t.seq.conds[min(t.stage, len(t.seq.conds)-1)]
	if cond.word.Name == "answered" {
		for i := range c.answers {
			if a := &c.answers[i]; a.Question == cond.args[0] && !a.Right && a.Reply != "" {
				return a.Reply
			}
		}
	}
	if cond.word.Name == "served" {
		for i := len(c.answers) - 1; i >= 0; i-- {
			a := &c.answers[i]
			if n, ok := c.l.callNumber(a.Question); ok && !a.Right && n < len(c.l.script) && (cond.args[0] == "all" || cond.args[0] == c.l.script[n].verb()) {
				return a.Reply
			}
		}
	}
	best, at := "", -2
	for i := range c.l.Feedback {
		f := &c.l.Feedback[i]
		if f.Goal-1 != p.Next || !c.applies(f, p) {
			continue
		}
		when := -1
		for j := range c.feedback[i] {
			when = max(when, c.feedback[i][j].step)
		}
		if when > at {
			best, at = f.Text, when
		}
	}
	if best != "" {
		return best
	}
	if g.Never {
		if p.Goals[p.Next].Broken {
			return "What must not happen has happened. The goal says: \"" + strings.TrimRight(g.Text, ".") + ".\" Begin the lesson's world anew."
		}
		return ""
	}
	if t.miss != nil {
		return t.miss.words(cond)
	}
	why := cond.word.Missing
	if t.seq.one && t.stage > 0 {
		why += " It has to happen in the same session as what came before."
	}
	return why
}

// applies says whether a feedback's conditions are all met.
func (c *Checker) applies(f *Feedback, p Progress) bool {
	for _, n := range f.ifMet {
		if !p.Goals[n-1].Met {
			return false
		}
	}
	for _, n := range f.notMet {
		if p.Goals[n-1].Met {
			return false
		}
	}
	i := slices.IndexFunc(c.l.Feedback, func(g Feedback) bool { return g.line == f.line })
	for j := range c.feedback[i] {
		if !c.feedback[i][j].met() {
			return false
		}
	}
	return true
}

// words says what was near, without saying what would have been right.
func (m *miss) words(c *condition) string {
	verb, rest, status, code := splitSent(c.args)
	name := strings.ReplaceAll(verb, "|", " or ")
	if m.said.verb != "other" && m.said.verb != "response" && verb != "*" {
		name = m.said.verb
	}
	switch {
	case len(rest) == 0 && len(m.said.args) > 0:
		return "You sent " + name + " with an argument. Here it's wanted without."
	case !arguments(rest, m.said.args) && len(m.said.args) < len(rest) && !contains(rest, "..."):
		return "You sent " + name + ", but something is missing behind it."
	case !arguments(rest, m.said.args):
		return "You sent " + name + ", but about something else than this goal asks for."
	case status == engine.Err && m.status == engine.OK:
		return "You sent " + name + ", and the server said yes. This goal wants it to say no."
	case code != "" && code != string(m.code):
		return "The server refused " + name + ", but for another reason than this goal wants: " + engine.Refusals[m.text].Doc
	case m.status == engine.Err:
		return "The server refused " + name + ". " + engine.Refusals[m.text].Doc
	case c.state != "":
		return "You sent " + name + ", but not in the state " + c.state + "."
	case c.over != "":
		return "You sent " + name + ", but " + map[bool]string{true: "not over TLS.", false: "over TLS."}[c.over == "TLS"]
	case c.device != "":
		return name + " was sent, but not by " + c.device + "."
	}
	return c.word.Missing
}

// Check follows an attempt from its beginning: all steps of a lab that Lab began, and the answers.
func (l *Lesson) Check(steps []sim.Step, answers []Answer) Progress {
	return l.Follow(steps, answers).Progress()
}

// Follow is a checker that has followed an attempt to its end.
func (l *Lesson) Follow(steps []sim.Step, answers []Answer) *Checker {
	c := l.Checker()
	done := 0
	for _, a := range answers {
		if at := min(max(a.At, done), len(steps)); at > done {
			c.Steps(steps[done:at])
			done = at
		}
		c.Answer(a)
	}
	c.Steps(steps[done:])
	return c
}

// Why says why one goal isn't met, counted from 0, as Progress.Why says it of the next one.
func (c *Checker) Why(goal int) string {
	p := c.Progress()
	p.Next = goal
	return c.why(p)
}

// callNumber reads the name of the question that a client's command is in a lesson with role server.
func (l *Lesson) callNumber(question string) (int, bool) {
	text, ok := strings.CutPrefix(question, "reply-")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil && n >= 0 && l.Role == Server
}
