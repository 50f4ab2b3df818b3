package lessons

import (
	"errors"
	"pop3lab/engine/transcript"
	"strconv"
	"strings"
)

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
