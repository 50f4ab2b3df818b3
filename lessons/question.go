package lessons

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// The kinds of question.
const (
	Choice  = "choice"  // one of the options; a wrong one may be followed by another try
	Predict = "predict" // one of the options, before it happens; the first answer stays
	Typed   = "typed"   // a few words or a number
	Mark    = "mark"    // octets of a step: STEP:START-END
)

// A Question is something to answer.
type Question struct {
	// Name is what goals call it. The question named exit comes when all is done.
	Name string
	Kind string
	Text string
	// Options are what can be chosen. Of a typed question and one for marks they are the answers that the
	// lesson knows, and nothing to show.
	Options []Option
	// Else is said to an answer that isn't among the options.
	Else string
	line int
}

// An Option is one answer.
type Option struct {
	Text  string
	Right bool
	// Reply is said to whoever chose it.
	Reply   string
	fact    string // what has to be answered, where Text is a fact: octets 2
	english string // Text, where Text is a translation
}

// Answer is how an answer says that this option was chosen: the English words, whatever language Text is in, so
// that what is handed in says the same in every language. In a translated lesson both count.
func (o *Option) Answer() string {
	if o.english != "" {
		return o.english
	}
	return o.Text
}

// A Judged is an answer and what is to be said of it.
type Judged struct {
	Question string
	Text     string
	Right    bool
	Reply    string
}

// Question returns the question of that name; nil when there is none.
func (l *Lesson) Question(name string) *Question {
	for i := range l.Questions {
		if l.Questions[i].Name == name {
			return &l.Questions[i]
		}
	}
	return nil
}

// readQuestions reads the section questions:
//
//	choice fate: What does STAT say now?
//	+ +OK 1 200 :: Marked messages aren't counted.
//	- +OK 2 320 :: Look again.
//	typed size: How many octets has message 2?
//	= octets 2 :: Just that.
//	- total :: That's all of them together.
//	else: Ask LIST.
//	mark end: Click the line that ends the message.
//	= terminator RETR :: A dot, alone.
func (l *Lesson) readQuestions() error {
	return l.each(l.find("questions"), func(number int, line string) error {
		var q *Question
		if n := len(l.Questions); n > 0 {
			q = &l.Questions[n-1]
		}
		if rest, ok := strings.CutPrefix(line, "else:"); ok {
			if q == nil {
				return errors.New("else belongs to a question; write the question before it")
			}
			q.Else = strings.TrimSpace(rest)
			return nil
		}
		if sign := line[0]; (sign == '+' || sign == '-' || sign == '=') && len(line) > 2 && line[1] == ' ' {
			if q == nil {
				return errors.New("an answer belongs to a question; write the question before it")
			}
			return l.option(q, sign, line[2:])
		}
		head, text, ok := strings.Cut(line, ":")
		w := strings.Fields(head)
		if !ok || len(w) != 2 || !contains([]string{Choice, Predict, Typed, Mark}, w[0]) || !isName(w[1]) {
			return errors.New("want choice, predict, typed or mark, then NAME: QUESTION; or an answer that begins with +, - or =")
		}
		if l.Question(w[1]) != nil {
			return errors.New("there is a question " + w[1] + " already; give this one another name")
		}
		l.Questions = append(l.Questions, Question{Kind: w[0], Name: w[1], Text: strings.TrimSpace(text), line: number})
		return nil
	})
}

func (l *Lesson) option(q *Question, sign byte, line string) error {
	text, reply, _ := strings.Cut(line, " :: ")
	o := Option{Text: strings.TrimSpace(text), Right: sign != '-', Reply: strings.TrimSpace(reply)}
	fixed := q.Kind == Choice || q.Kind == Predict
	switch {
	case fixed && sign == '=', !fixed && sign == '+':
		return errors.New("the answers of a " + q.Kind + " question begin with " + map[bool]string{true: "+ or -", false: "= or -"}[fixed])
	case q.Kind == Mark:
		part, _, _ := strings.Cut(o.Text, " of ")
		if !isPart(part) {
			return errors.New("there is no part " + strconv.Quote(part) + "; the parts are those that the page names: terminator, stuffed dot, status indicator, response code, unique-id, ...")
		}
	case q.Kind == Typed:
		if l.raw {
			break
		}
		value, isFact, err := l.fact(o.Text)
		if err != nil {
			return err
		}
		if isFact {
			o.fact, o.Text = o.Text, value
		}
	}
	q.Options = append(q.Options, o)
	return nil
}

// judge says whether an answer is right, and what to say to it.
func (l *Lesson) judge(m *memory, a *Answer) Judged {
	j := Judged{Question: a.Question, Text: a.Text}
	if n, ok := l.callNumber(a.Question); ok {
		j.Right, j.Reply = l.serve(m, n, a.Text)
		return j
	}
	if l.Role == Attacker {
		if j.Right, j.Reply = m.victim.told(l, a); j.Right {
			return j
		}
	}
	q := l.Question(a.Question)
	if q == nil {
		return j
	}
	j.Reply = q.Else
	for i := range q.Options {
		o := &q.Options[i]
		if q.Kind == Mark && m.marks(o.Text, a.Text) || q.Kind != Mark && (plain(o.Text) == plain(a.Text) || plain(o.Answer()) == plain(a.Text)) {
			j.Right, j.Reply = o.Right, o.Reply
			break
		}
	}
	return j
}

// units may stand behind a number, in the languages in which there are lessons.
var units = strings.Fields("octets bytes octet byte messages message oktette oktett nachrichten nachricht octetos octeto mensajes mensaje")

// plain is an answer without what doesn't matter: case, spaces, a unit, a full stop, marks between thousands.
func plain(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	s = strings.TrimSuffix(s, ".")
	for _, unit := range units {
		s = strings.TrimSuffix(s, " "+unit)
	}
	digits := strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "\u202f", "").Replace(s)
	if _, err := strconv.Atoi(digits); err == nil {
		return strings.TrimLeft(digits[:len(digits)-1], "0") + digits[len(digits)-1:]
	}
	return s
}

// isPart says whether engine.Label ever says so of octets.
func isPart(name string) bool {
	for p := engine.PartKeyword; p <= engine.PartStray; p++ {
		if p.String() == name {
			return true
		}
	}
	return false
}

// AnswerTo is how marked octets are written as an answer.
func AnswerTo(step, start, end int) string {
	return strconv.Itoa(step) + ":" + strconv.Itoa(start) + "-" + strconv.Itoa(end)
}

// marks says whether the octets that an answer names are the part: "terminator", or "terminator of RETR".
// Octets around the part count as it as long as they're of its line.
func (m *memory) marks(part, text string) bool {
	part, verb, _ := strings.Cut(part, " of ")
	number, span, _ := strings.Cut(text, ":")
	from, to, _ := strings.Cut(span, "-")
	n, err1 := strconv.Atoi(number)
	start, err2 := strconv.Atoi(from)
	end, err3 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || err3 != nil || n < 0 || n >= len(m.steps) {
		return false
	}
	return part == partAt(m.steps[n], start, end) && (verb == "" || verb == string(m.steps[n].Event.Verb))
}

// partAt is what the octets from start to end of a step are: the first part that begins among them, line
// ends left aside.
func partAt(s *sim.Step, start, end int) string {
	for _, label := range engine.Labels(s.Event) {
		if label.Part == engine.PartCRLF && end-start > 2 {
			continue
		}
		if label.Start >= start && label.End <= end || label.Start <= start && end <= label.End {
			return label.Part.String()
		}
	}
	return ""
}

// Find looks for the last step that has a part, for "mark terminator of RETR" in a dialogue.
func Find(steps []sim.Step, part string) (string, bool) {
	part, verb, _ := strings.Cut(part, " of ")
	for i := len(steps) - 1; i >= 0; i-- {
		e := steps[i].Event
		if verb != "" && verb != string(e.Verb) || len(e.Wire) == 0 {
			continue
		}
		for _, label := range engine.Labels(e) {
			if label.Part.String() == part {
				return AnswerTo(i, label.Start, label.End), true
			}
		}
	}
	return "", false
}
