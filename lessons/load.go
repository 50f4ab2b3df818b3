package lessons

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// Load reads a lesson for one student. Seed 0 is the printed edition. What's wrong is said with the file's
// name, the line, and how to mend it.
func Load(name, text string, seed uint64) (*Lesson, error) {
	if len(text) > MaxText {
		return nil, errors.New(name + ": the file has more than " + strconv.Itoa(MaxText) + " octets; a lesson is shorter")
	}
	return load(&Lesson{Seed: seed, source: text, archive: split(name, text)})
}

// load reads what the lesson's archive holds.
func load(l *Lesson) (*Lesson, error) {
	l.Rev, l.Role, l.Browser = 1, Client, true
	for _, read := range []func() error{l.checkFiles, l.readHeader, l.vary, l.repeat, l.fillAll, l.readWorld, l.readBegin, l.readScript,
		l.readQuestions, l.readGoals, l.readFeedback, l.readHints} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	l.Prose = l.text("lesson.md")
	l.Experiment, l.Debrief, l.Notes = l.text("experiment.md"), l.text("debrief.md"), l.text("notes.md")
	return l, nil
}

// The files of a lesson, and what each is for.
var fileDocs = [][2]string{
	{"lesson.md", "the header between two lines ---, and what the student reads first"},
	{"vary", "names in braces, and what they stand for in each student's edition"},
	{"world", "fields of the world, one a line"},
	{"mail/USER/NAME.eml [uid=UID] [lf|octets] [times=N]", "a message in USER's maildrop; with times, so many, in which {i} counts"},
	{"letter/NAME.eml [uid=UID]", "a message that a dialogue delivers later"},
	{"begin.pop3", "what happens before the student comes"},
	{"goals", "what is to be reached"},
	{"questions", "what is to be answered"},
	{"feedback", "why a goal isn't met yet"},
	{"hints", "three rungs for each goal"},
	{"reference.pop3", "a dialogue that meets every goal"},
	{"reject/NAME.pop3", "a dialogue that must not"},
	{"experiment.md", "something odd to try at the end"},
	{"debrief.md", "what is said when all is done"},
	{"notes.md", "notes for whoever stands in front of a class"},
}

// Files are the files of a lesson's archive and what each is for.
func Files() [][2]string { return fileDocs }

func (l *Lesson) checkFiles() error {
	seen := map[string]bool{}
	for i := range l.files {
		f := &l.files[i]
		mail := strings.HasPrefix(f.name, "mail/") || strings.HasPrefix(f.name, "letter/")
		known := mail && strings.HasSuffix(f.name, ".eml") || strings.HasPrefix(f.name, "reject/") && strings.HasSuffix(f.name, ".pop3")
		for _, d := range fileDocs {
			known = known || d[0] == f.name
		}
		if !known {
			return l.fail(f.line, "a lesson has no section "+strconv.Quote(f.name)+"; see pop3lab lesson guide")
		}
		if seen[f.name] {
			return l.fail(f.line, "there is a section "+f.name+" already; put both into one, or give this one another name")
		}
		seen[f.name] = true
		if name, ok := strings.CutPrefix(f.name, "reject/"); ok {
			l.Rejects = append(l.Rejects, strings.TrimSuffix(name, ".pop3"))
		}
	}
	for _, name := range []string{"lesson.md", "goals", "reference.pop3"} {
		if !seen[name] {
			return errors.New(l.name + ": there is no section -- " + name + " --; add it")
		}
	}
	return nil
}

// headerFields are the fields of the header, with what a writer has to know.
var headerFields = []struct {
	name, doc string
	set       func(l *Lesson, v string) error
}{
	{"id", "permanent: small letters, digits and -; progress is kept under it", func(l *Lesson, v string) error {
		if l.ID = v; !isName(v) {
			return errors.New("want small letters, digits and -, beginning with a letter")
		}
		return nil
	}},
	{"rev", "1, and one more whenever goals change", func(l *Lesson, v string) (err error) { l.Rev, err = positive(v); return }},
	{"title", "a few words", func(l *Lesson, v string) error { l.Title = v; return nil }},
	{"summary", "one sentence, for the list of lessons", func(l *Lesson, v string) error { l.Summary = v; return nil }},
	{"minutes", "how long it takes, 5 to 15", func(l *Lesson, v string) (err error) { l.Minutes, err = positive(v); return }},
	{"needs", "ids of lessons to do before, with commas between", func(l *Lesson, v string) error { l.Needs = list(v); return nil }},
	{"teaches", "ideas that come with this lesson, with commas between", func(l *Lesson, v string) error { l.Teaches = list(v); return nil }},
	{"rfc", "anchors: 1939/5/DELE, 2449/6.4", func(l *Lesson, v string) error { l.RFC = list(v); return nil }},
	{"case", "the real case: OWNER/REPO#NUMBER, with commas between", func(l *Lesson, v string) error { l.Case = v; return nil }},
	{"modes", "browser, or browser, tcp", func(l *Lesson, v string) error {
		modes := list(v)
		l.Browser, l.TCP = contains(modes, "browser"), contains(modes, "tcp")
		for _, m := range modes {
			if m != "browser" && m != "tcp" {
				return errors.New("there is no mode " + m + "; there are browser and tcp")
			}
		}
		return nil
	}},
	{"role", "client (what it is without this field), server or attacker", func(l *Lesson, v string) error {
		if l.Role = v; v != Client && v != Server && v != Attacker {
			return errors.New("there is no role " + v + "; there are client, server and attacker")
		}
		return nil
	}},
	{"victim", "of role attacker: naive or careful", func(l *Lesson, v string) error {
		if l.victim = v; v != Naive && v != Careful {
			return errors.New("want naive or careful")
		}
		return nil
	}},
	{"detours", "detours of the property test that break what this lesson is about: extra, typo, lf, reconnect", func(l *Lesson, v string) error { l.Detours = list(v); return nil }},
}

// HeaderFields are the header's fields and what each is for.
func HeaderFields() [][2]string {
	var docs [][2]string
	for _, f := range headerFields {
		docs = append(docs, [2]string{f.name, f.doc})
	}
	return docs
}

func (l *Lesson) readHeader() error {
	f := l.find("lesson.md")
	inside, end := false, -1
	for i, line := range f.lines {
		number := f.line + 1 + i
		line = strings.TrimSpace(line)
		switch {
		case line == "---" && !inside:
			inside = true
		case line == "---":
			end = i
		case line == "" && !inside, line != "" && line[0] == '#' && inside:
		case !inside:
			return l.fail(number, "want the header first: a line ---, the fields, a line ---")
		default:
			key, value, ok := strings.Cut(line, ":")
			if !ok {
				return l.fail(number, "want a field, NAME: VALUE; a line --- ends the header")
			}
			if value, _, ok = strings.Cut(value, " # "); ok { // a remark behind it
				value = strings.TrimSpace(value)
			}
			i := slices.IndexFunc(headerFields, func(h struct {
				name, doc string
				set       func(l *Lesson, v string) error
			}) bool {
				return h.name == key
			})
			if i < 0 {
				return l.fail(number, "the header has no field "+key+"; see pop3lab lesson guide")
			}
			if err := headerFields[i].set(l, strings.TrimSpace(value)); err != nil {
				return l.fail(number, key+": "+err.Error())
			}
		}
		if end >= 0 {
			break
		}
	}
	if end < 0 {
		return l.fail(f.line, "the header has no end; write a line --- behind its fields")
	}
	if l.ID == "" || l.Title == "" {
		return l.fail(f.line, "the header needs id: and title:")
	}
	f.line, f.lines = f.line+end+1, f.lines[end+1:]
	return nil
}

func positive(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, errors.New("want a number from 1 on")
	}
	return n, nil
}

func list(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

// repeat makes as many of a message as its option times says.
func (l *Lesson) repeat() error {
	var files []file
	for _, f := range l.files {
		at := slices.IndexFunc(f.options, func(o string) bool { return strings.HasPrefix(o, "times=") })
		if at < 0 {
			files = append(files, f)
			continue
		}
		text, err := l.fill(strings.TrimPrefix(f.options[at], "times="))
		if err != nil {
			return l.fail(f.line, err.Error())
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > MaxMessages {
			return l.fail(f.line, "times= wants a number up to "+strconv.Itoa(MaxMessages))
		}
		if n*len(strings.Join(f.lines, "\r\n")) > MaxMail {
			return l.fail(f.line, "these messages have more than "+strconv.Itoa(MaxMail)+" octets together; make them fewer or shorter")
		}
		for i := 1; i <= n; i++ {
			one := f
			one.name += "#" + strconv.Itoa(i)
			one.options = slices.Delete(slices.Clone(f.options), at, at+1)
			one.lines = nil
			for _, line := range f.lines {
				one.lines = append(one.lines, strings.ReplaceAll(line, "{i}", strconv.Itoa(i)))
			}
			files = append(files, one)
		}
	}
	l.files = files
	return nil
}

// A paper is a text that transcript reads, and for each of its lines where in the file it stands.
type paper struct {
	text  strings.Builder
	lines []int
}

func (p *paper) add(number int, line string) {
	p.text.WriteString(line)
	p.text.WriteByte('\n')
	p.lines = append(p.lines, number)
}

// dialogue has transcript read lines of a dialogue in the lesson's world.
func (l *Lesson) dialogue(f *file) (*transcript.Dialogue, []int, error) {
	var p paper
	if w := l.find("world"); w != nil {
		for i, line := range w.lines {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				p.add(w.line+1+i, line)
			}
		}
	}
	p.add(0, "")
	if f != nil {
		for i, line := range f.lines {
			if strings.HasPrefix(line, "A:") {
				line = "#" + line
			}
			p.add(f.line+1+i, line)
		}
	}
	for i := range l.files {
		m := &l.files[i]
		var head string
		if rest, ok := strings.CutPrefix(m.name, "mail/"); ok {
			user, _, _ := strings.Cut(rest, "/")
			head = "mail " + user
		} else if rest, ok := strings.CutPrefix(m.name, "letter/"); ok {
			head = "letter " + strings.TrimSuffix(rest, ".eml")
		} else {
			continue
		}
		p.add(m.line, "-- "+strings.Join(append([]string{head}, m.options...), " ")+" --")
		for j, line := range m.lines {
			p.add(m.line+1+j, line)
		}
	}
	d, err := transcript.Parse(l.name, []byte(p.text.String()))
	if err != nil {
		text := strings.TrimPrefix(err.Error(), l.name+":")
		number, what, _ := strings.Cut(text, ":")
		n, _ := strconv.Atoi(number)
		if n < 1 || n > len(p.lines) {
			n = 1
		}
		return nil, nil, l.fail(p.lines[n-1], strings.TrimSpace(what))
	}
	return d, p.lines, nil
}

// copies bounds what a text asks for in few letters, before it's made: generated messages, whole mailboxes, and
// copies of octets.
func (l *Lesson) copies() error {
	messages, octets := 0, 0
	err := l.each(l.find("world"), func(number int, line string) error {
		key, value, _ := strings.Cut(line, ":")
		switch w := strings.Fields(value); {
		case key == "mailbox":
			messages += 13 // the larger one
		case key == "generate" && len(w) == 3:
			count, _ := strconv.Atoi(w[1])
			size, _ := strconv.Atoi(w[2])
			if count > MaxMessages || size > MaxMail {
				return errManyMails
			}
			messages += max(0, count)
			octets += max(0, count) * max(0, size)
		}
		if messages > MaxMessages || octets > MaxMail {
			return errManyMails
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range l.files {
		for j, line := range l.files[i].lines {
			for rest := line; ; {
				_, after, ok := strings.Cut(rest, `\{`)
				if !ok {
					break
				}
				count, what, _ := strings.Cut(after, "*")
				what, _, _ = strings.Cut(what, "}")
				n, err := strconv.Atoi(count)
				if octets += max(0, n) * len(what); err == nil && (n > MaxMail || octets > MaxMail) {
					return l.fail(l.files[i].line+1+j, "the copies in this lesson have more than "+strconv.Itoa(MaxMail)+" octets together; make them fewer")
				}
				rest = after
			}
		}
	}
	return nil
}

var errManyMails = errors.New("the world has more than " + strconv.Itoa(MaxMessages) + " messages or " + strconv.Itoa(MaxMail) + " octets of mail; make it smaller")

func (l *Lesson) readWorld() error {
	if err := l.copies(); err != nil {
		return err
	}
	d, _, err := l.dialogue(nil)
	if err != nil {
		return err
	}
	w := d.World
	w.Narrated, w.ShowSecrets = true, true
	if l.Seed != 0 {
		w.Seed = l.Seed
		if l.find("world") == nil || !strings.Contains(l.text("world"), "stamp:") {
			w.Stamps = nil
		}
	}
	octets := 0
	for _, m := range w.Mail {
		octets += len(m.Octets)
	}
	if len(w.Mail) > MaxMessages || octets > MaxMail {
		return errors.New(l.name + ": " + errManyMails.Error())
	}
	if _, err := sim.New(w); err != nil {
		line := 1
		if f := l.find("world"); f != nil {
			line = f.line
		}
		return l.fail(line, err.Error())
	}
	l.world = w
	return nil
}

func (l *Lesson) readBegin() error {
	f := l.find("begin.pop3")
	if f == nil {
		return nil
	}
	d, _, err := l.dialogue(f)
	if err != nil {
		return err
	}
	for _, a := range d.Acts() {
		l.begin = append(l.begin, a.Input)
	}
	_, err = l.Lab()
	if err != nil {
		err = l.fail(f.line, err.Error())
	}
	return err
}

// readScript finds, in a lesson with role server, what the client says: the reference's C lines.
func (l *Lesson) readScript() error {
	if l.Role != Server {
		return nil
	}
	f := l.find("reference.pop3")
	d, _, err := l.dialogue(f)
	if err != nil {
		return err
	}
	lab, err := l.Lab()
	if err != nil {
		return err
	}
	for _, a := range d.Acts() {
		steps, err := lab.Do(a.Input)
		if err != nil {
			return l.fail(f.line, err.Error())
		}
		l.script = append(l.script, call{a.Input.Octets, steps})
	}
	return nil
}

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

// Way reads the reference, or one of Rejects.
func (l *Lesson) Way(name string) (*Dialogue, error) {
	f := l.find("reject/" + name + ".pop3")
	if name == "reference" {
		f = l.find("reference.pop3")
	}
	if f == nil {
		return nil, errors.New(l.name + ": there is no dialogue " + name)
	}
	t, lines, err := l.dialogue(f)
	if err != nil {
		return nil, err
	}
	d := &Dialogue{Name: name, Text: t}
	for _, line := range f.lines {
		if !strings.HasPrefix(line, "#") {
			break
		}
		d.Comment = append(d.Comment, strings.TrimSpace(line[1:]))
	}
	acts := t.Acts()
	if len(acts) > MaxActs {
		return nil, l.fail(f.line, "the dialogue has more than "+strconv.Itoa(MaxActs)+" moves")
	}
	next := 0
	flush := func(before int) {
		for ; next < len(acts) && (acts[next].Line == 0 || lines[acts[next].Line-1] < before); next++ {
			m := Move{Input: acts[next].Input}
			if n := acts[next].Line; n > 0 {
				m.Line = lines[n-1]
			}
			if l.Role == Client {
				d.Moves = append(d.Moves, m)
			}
		}
	}
	said := 0 // of role server: which call is being answered
	for i, line := range f.lines {
		number := f.line + 1 + i
		if rest, ok := strings.CutPrefix(line, "A:"); ok {
			flush(number)
			question, text, _ := strings.Cut(strings.TrimSpace(rest), " ")
			a := Answer{Question: question, Text: strings.TrimSpace(text)}
			if l.Question(question) == nil && !strings.HasPrefix(question, "edit-") {
				return nil, l.fail(number, "there is no question "+question+"; want A: QUESTION ANSWER")
			}
			if fact, ok := strings.CutPrefix(a.Text, "= "); ok {
				if a.Text, _, err = l.fact(fact); err != nil {
					return nil, l.fail(number, err.Error())
				}
			}
			if strings.HasPrefix(question, "edit-") {
				octets, err := transcript.Unescape(a.Text)
				if err != nil {
					return nil, l.fail(number, err.Error())
				}
				a.Text = string(octets)
			}
			d.Moves = append(d.Moves, Move{Line: number, Answer: a})
		}
		if l.Role == Server {
			if strings.HasPrefix(line, "C") {
				said++
			}
			if octets, ok := serverOctets(line); ok {
				d.answerCall(said, number, octets)
			}
		}
	}
	flush(int(^uint(0) >> 1))
	return d, nil
}

// answerCall adds octets to what the student answers to a call.
func (d *Dialogue) answerCall(call, line int, octets string) {
	question := "reply-" + strconv.Itoa(call)
	if n := len(d.Moves); n > 0 && d.Moves[n-1].Answer.Question == question {
		d.Moves[n-1].Answer.Text += octets
		return
	}
	d.Moves = append(d.Moves, Move{Line: line, Answer: Answer{Question: question, Text: octets}})
}

func isServerLine(line string) bool {
	if strings.HasPrefix(line, "[") {
		_, line, _ = strings.Cut(line, "] ")
	}
	return line == "S:" || strings.HasPrefix(line, "S: ") || strings.HasPrefix(line, "S> ")
}

// serverOctets is what an S line says.
func serverOctets(line string) (string, bool) {
	if !isServerLine(line) {
		return "", false
	}
	text := strings.TrimPrefix(line[2:], " ")
	if line[1] == '>' {
		octets, err := transcript.Unescape(text)
		return string(octets), err == nil
	}
	return text + "\r\n", true
}
