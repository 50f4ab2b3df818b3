// Package view is the pages' HTML: templ components that show, and functions that decide what is
// shown. A component takes a view model that holds just what is on the screen, in the words that
// stand there; the function that builds it has the tests.
//
// bench.go and bench.templ are the bench, the page's first; dialogue.go and dialogue.templ the bench
// with a recorded dialogue, and the library of these; diagram.go and diagram.templ the states;
// layout.templ what every page has around it. The files *_templ.go are generated: go tool templ
// generate writes them anew.
package view

import (
	"context"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
	"pop3lab/lessons"
)

//go:generate go tool templ generate

// A Bench is the page of a session: what it shows before any script has run, which is a recorded
// dialogue up to its first line, with the rest as an example of what can be said.
type Bench struct {
	Page Page
	// World is the world that the page opens, as sim.ParseWorld reads it.
	World string
	// Device is who speaks.
	Device string
	// Lines have happened: all else on the page is as it was after these. Example is what may follow.
	Lines, Example []Line
	State          string
	Note           record.Note
	// Wire is the line that the note is about.
	Wire string
	// Suggestions are what may be said now, Lesson what Enter says while the engine is on its way, a
	// line a line.
	Suggestions []string
	Lesson      string
	// Recording is the frame of the steps that have happened, in base64; Script gives the same
	// steps. So the page is at work before the engine is there.
	Recording, Script string
	// Tale is the dialogue that the page opens instead of a world; nil for none.
	Tale *Tale
	// Course is the lesson that stands beside the bench; nil for none.
	Course *Course
	// Live says that the steps come from the real server, and not from an engine in the page.
	Live bool
	// Desk says that the engine in the page is the server of programs elsewhere, and somebody sits at its desk.
	Desk bool
}

// T is what the page says in its language.
func (b Bench) T(text string, args ...string) string { return b.Page.T(text, args...) }

// panel marks a lens whose words are English.
func (b Bench) panel(id string) templ.Attributes {
	if id == "bytes" {
		return nil // of which only parts are
	}
	return b.Page.English()
}

// placeholder is what the command line suggests at first.
func (b Bench) placeholder() string {
	if len(b.Suggestions) == 0 {
		return ""
	}
	return b.Suggestions[0]
}

// module is the engine that the page loads: with lessons where there is one.
func (b Bench) module() string {
	if b.Course != nil {
		return "lessons.wasm"
	}
	return "pop3lab.wasm"
}

// role is who the student is, where that's no client; empty otherwise. On the page for a file of the reader's
// own it's any.
func (b Bench) role() string {
	switch {
	case b.Course == nil || b.Course.Lesson != nil && b.Course.Role == lessons.Client:
		return ""
	case b.Course.Lesson == nil:
		return "any"
	}
	return b.Course.Role
}

// A Line is a row of the conversation.
type Line struct {
	Step   int // counted from 1
	From   string
	Class  string
	Runs   []Run
	End    string // how the line ended, as a chip says it
	Folded string // what follows it, in a word
}

// A Run is text of a line that is one thing.
type Run struct{ Class, Text string }

// NewBench is the bench of the world that a text describes (sim.ParseWorld), in which device connected
// and then says what lines say. Only what came before the first line has happened; the rest is the
// example.
func NewBench(p Page, world, device string, lines []string) (Bench, error) {
	b := Bench{Page: p, World: world, Device: device, Lesson: strings.Join(lines, "\n")}
	w, err := sim.ParseWorld(world)
	if err != nil {
		return b, err
	}
	lab, err := sim.New(w)
	if err != nil {
		return b, err
	}
	if _, err := lab.Do(sim.Input{Verb: sim.Connect, Device: device}); err != nil {
		return b, err
	}
	begun := len(lab.Steps())
	b.Recording, b.Script = base64.StdEncoding.EncodeToString(record.NewBuilder(lab).Frame(1, 0, begun).Append(nil)), lab.Script().Text()
	for _, l := range lines {
		if _, err := lab.Do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(l + "\r\n")}); err != nil {
			return b, err
		}
	}
	steps := record.NewBuilder(lab).Frame(1, 0, len(lab.Steps())).Steps
	b.Lines, b.Example = Lines(steps[:begun]), Lines(steps[begun:])
	now := steps[begun-1]
	b.State, b.Note, b.Suggestions = now.View.State.Name, now.Note, now.View.Suggest
	b.Wire = strings.TrimRight(string(now.Octets), "\r\n")
	return b, nil
}

// Lines are the rows of steps. What follows the first line of a reply is folded into it.
func Lines(steps []record.Step) []Line {
	var rows []Line
	for i := range steps {
		switch s := &steps[i]; {
		case s.Kind == "data" && len(rows) > 0:
			rows[len(rows)-1].Folded = plural(strings.Count(string(s.Octets), "\n"), "line") + ", ended by “.”"
		case s.Kind == "end":
		default:
			rows = append(rows, line(s))
		}
	}
	return rows
}

func line(s *record.Step) Line {
	l := Line{Step: s.Seq + 1, Class: "w"}
	switch s.Direction {
	case "C":
		l.From, l.Class = "C→S", "c"
	case "S":
		l.From, l.Class = "S→C", "s"
	default:
		l.Runs = []Run{{Text: s.Title}}
	}
	if s.Status == "-ERR" {
		l.Class += " bad"
	}
	for _, label := range s.Labels {
		text := string(s.Octets[label.Start:label.End])
		switch label.Part {
		case "CR LF":
			l.End = "CRLF"
		case "LF alone":
			l.End = "LF"
		default:
			l.Runs = append(l.Runs, Run{Class: partClass(label.Part), Text: text})
		}
	}
	return l
}

// partClass is the class of a part that looks like more than text.
func partClass(part string) string {
	switch part {
	case "keyword", "status indicator":
		return "k"
	case "timestamp", "response code":
		return "u"
	}
	return ""
}

// words are a line's text and chips. They're written here because a template puts white space between
// elements, and on the wire each space counts.
func words(l Line) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		put := func(tag, class, text string) {
			b.WriteString("<" + tag + class + ">" + templ.EscapeString(text) + "</" + tag + ">")
		}
		for _, r := range l.Runs {
			switch r.Class {
			case "k":
				put("b", "", r.Text)
			case "u":
				put("u", "", r.Text)
			default:
				b.WriteString(templ.EscapeString(r.Text))
			}
		}
		if l.End != "" {
			put("span", ` class="eol"`, l.End)
		}
		if l.Folded != "" {
			put("span", ` class="fold"`, l.Folded)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
