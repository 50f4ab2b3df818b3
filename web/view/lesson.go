package view

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/engine/sim/record"
	"pop3lab/lessons"
)

// A Course is a lesson on the bench, as it's read without scripts: the printed edition. Scripts put the student's
// own edition in its place, which they make of Text.
type Course struct {
	*lessons.Lesson
	// Text is the lesson's file, Name what it's called in messages. Both are empty on the page that opens a
	// file of the reader's own.
	Text, Name string
	// Lang is the language of its words, empty for English, and Words the file that has them.
	Lang, Words   string
	Goals         []CourseGoal
	Rest          []lessons.Question // that belong to no goal, but the exit question
	Exit          *lessons.Question
	Before, After Neighbour
	Sources       []Passage
}

// A CourseGoal is a goal with what belongs to it.
type CourseGoal struct {
	Text      string
	Questions []lessons.Question
	Hints     []lessons.Hint
}

// LessonPath is where the page of a lesson stands, SheetPath where its print sheet does. OwnLesson is the page
// that opens a file.
func LessonPath(id string) string { return "lesson/" + id }

// SheetPath is where the print sheet of a lesson stands.
func SheetPath(id string) string { return "lesson/" + id + "/sheet" }

// OwnLesson is the page that opens a lesson from a file. No lesson can be called so.
const OwnLesson = "lesson-file"

// NewCourse is the view of a lesson that was loaded from text.
func NewCourse(l *lessons.Lesson, text string) *Course {
	c := &Course{Lesson: l, Text: text, Name: l.ID + ".txtar", Sources: sources(l)}
	asked := map[string]bool{"exit": true}
	for i := range l.Goals {
		g := CourseGoal{Text: l.Goals[i].Text, Hints: l.HintsFor(i)}
		words := strings.Fields(l.Goals[i].Source)
		for j := range words {
			if (words[j] != "answered" && words[j] != "predicted") || j+1 == len(words) {
				continue
			}
			if q := l.Question(words[j+1]); q != nil && !asked[q.Name] {
				asked[q.Name] = true
				g.Questions = append(g.Questions, *q)
			}
		}
		c.Goals = append(c.Goals, g)
	}
	for _, q := range l.Questions {
		if !asked[q.Name] {
			c.Rest = append(c.Rest, q)
		}
	}
	c.Exit = l.Question("exit")
	return c
}

// sources are the RFCs and the real cases of a lesson, with their addresses.
func sources(l *lessons.Lesson) []Passage {
	var all []Passage
	for _, a := range l.RFC {
		part := strings.Split(a, "/")
		text, url := "RFC "+part[0], "https://www.rfc-editor.org/rfc/rfc"+part[0]
		if len(part) > 1 {
			text, url = text+" section "+part[1], url+"#section-"+part[1]
		}
		if len(part) > 2 {
			text += ", " + part[2]
		}
		all = append(all, Passage{text, url})
	}
	for _, c := range strings.FieldsFunc(l.Case, func(r rune) bool { return r == ',' || r == ' ' }) {
		if repository, number, ok := strings.Cut(c, "#"); ok && strings.Count(repository, "/") == 1 {
			all = append(all, Passage{c, "https://github.com/" + repository + "/issues/" + number})
		}
	}
	return all
}

// LessonBench is the bench with a lesson, before the student has done anything.
func LessonBench(p Page, c *Course) (Bench, error) {
	b := Bench{Page: p, Course: c, Device: defaultDevice, Suggestions: []string{"CAPA"}, State: word("not connected")}
	if c.Lesson == nil {
		b.Lesson = b.Suggestions[0]
		return b, nil
	}
	lab, err := c.Lab()
	if err != nil {
		return b, err
	}
	way, err := c.Way("reference")
	if err != nil {
		return b, err
	}
	for i, m := range way.Moves {
		if m.Input.Device != "" && b.Device == defaultDevice {
			b.Device = m.Input.Device
		}
		if i == 0 && m.Line == 0 {
			in := m.Input
			in.Device = b.Device
			if _, err := lab.Do(in); err != nil {
				return b, err
			}
		}
	}
	steps := record.NewBuilder(lab).Frame(1, 0, len(lab.Steps())).Steps
	b.Lines = Lines(steps)
	if n := len(steps); n > 0 {
		b.State, b.Note = steps[n-1].View.State.Name, steps[n-1].Note
		b.Wire = strings.TrimRight(printable(string(steps[n-1].Octets)), "\r\n")
		if s := steps[n-1].View.Suggest; len(s) > 0 {
			b.Suggestions = s
		}
	}
	b.Lesson = strings.Join(b.Suggestions, "\n")
	return b, nil
}

// defaultDevice is who speaks where a lesson doesn't say.
const defaultDevice = "office PC"

// Prose are blocks of a lesson's prose as elements. Whatever a lesson says is text: nothing of it becomes markup.
func Prose(p Page, blocks []lessons.Block) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for i, block := range blocks {
			before, after := i > 0 && blocks[i-1].Kind == lessons.Item, i+1 < len(blocks) && blocks[i+1].Kind == lessons.Item
			tag := block.Kind
			switch block.Kind {
			case lessons.Item:
				if !before {
					b.WriteString("<ul>")
				}
			case lessons.Heading:
				tag = "h2"
			}
			if block.Kind == lessons.Code {
				b.WriteString(`<pre tabindex="0">`) // it may scroll
			} else {
				b.WriteString("<" + tag + ">")
			}
			for _, s := range block.Spans {
				span(&b, p, s)
			}
			b.WriteString("</" + tag + ">")
			if block.Kind == lessons.Item && !after {
				b.WriteString("</ul>")
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func span(b *strings.Builder, p Page, s lessons.Span) {
	text := templ.EscapeString(s.Text)
	switch s.Kind {
	case "em":
		b.WriteString("<em>" + text + "</em>")
	case "code":
		b.WriteString(`<code translate="no">` + text + "</code>")
	case "a":
		to, more := s.To, ""
		if strings.HasPrefix(to, "https://") {
			more = ` rel="noreferrer" target="_blank"`
		} else {
			to = p.Link(to)
		}
		b.WriteString(`<a href="` + templ.EscapeString(to) + `"` + more + ">" + text + "</a>")
	default:
		b.WriteString(text)
	}
}

// A School is the page of all lessons.
type School struct {
	Lessons []*Course
	Paths   []SchoolPath
	Map     Map
	// Problems are files that hold no lesson that can be shown, each with what to mend.
	Problems []string
}

// A SchoolPath is a way through the lessons.
type SchoolPath struct {
	ID, Title, Doc string
	Lessons        []*Course
	Minutes        int
}

// Named is the lesson with an id; nil for none.
func (s *School) Named(id string) *Course {
	i := slices.IndexFunc(s.Lessons, func(c *Course) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return s.Lessons[i]
}

// rung is how a rung of the ladder is introduced.
func rung(i int) string {
	return []string{word("Hint"), word("A stronger hint"), word("The line itself")}[min(i, 2)]
}
