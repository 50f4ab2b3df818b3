// Package view is the pages' HTML: templ components that show, and functions that decide what is
// shown. A component takes a view model that holds just what is on the screen, in the words that
// stand there; the function that builds it has the tests.
//
// bench.go and bench.templ are the bench, the page's first; diagram.go and diagram.templ the
// states; layout.templ what every page has around it. The files *_templ.go are generated: go tool
// templ generate writes them anew.
package view

import (
	"encoding/base64"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

//go:generate go tool templ generate

// A Bench is the page of a session: what it shows before any script has run, which is a recorded
// dialogue up to its first line, with the rest as an example of what can be said.
type Bench struct {
	Page Page
	// World is the record of the world that the page opens (sim.AppendWorld), in Base64.
	World string
	// Device is who speaks.
	Device string
	// Steps is how many steps of the recording have happened: what is on the page is as it was
	// after these.
	Lines, Example []Line
	State          string
	Explanation    engine.Explanation
	// Wire is the line that the explanation is about.
	Wire        string
	Mail        []Mail
	Suggestions []string
}

// A Page is what the frame around each page needs.
type Page struct {
	Title, Description string
	// Script, Style and Module are where the assets are; empty when they aren't built.
	Script, Style, Module string
	// Here is the path of the page, for the navigation.
	Here string
}

// A Line is a row of the conversation.
type Line struct {
	Step    int // counted from 1
	From    string
	Class   string
	Runs    []Run
	End     string // how the line ended, as a chip says it
	Folded  string // what follows it, in a word
	Payload string
}

// A Run is text of a line that is one thing.
type Run struct{ Class, Text, Title string }

// A Mail is a row of the maildrop.
type Mail struct {
	Number, Octets int64
	UID            string
	Deleted        bool
}

// NewBench is the bench of a world in which device connected and said what lines say; only what
// came before the first line has happened, the rest is the example.
func NewBench(p Page, w sim.World, device string, lines []string) (Bench, error) {
	b := Bench{Page: p, World: base64.StdEncoding.EncodeToString(sim.AppendWorld(nil, w)), Device: device,
		Suggestions: lines[:min(3, len(lines))]}
	lab, err := sim.New(w)
	if err != nil {
		return b, err
	}
	steps, err := lab.Do(sim.Input{Verb: sim.Connect, Device: device})
	if err != nil {
		return b, err
	}
	b.Lines = Lines(steps, 1)
	if len(steps) > 0 {
		last := steps[len(steps)-1]
		b.State = last.Event.After.String()
		b.Wire = strings.TrimRight(string(last.Event.Wire), "\r\n")
		b.Explanation = engine.Explain(last.Event, last.View)
	}
	from := len(steps)
	for _, l := range lines {
		if _, err := lab.Do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(l + "\r\n")}); err != nil {
			return b, err
		}
	}
	b.Example = Lines(lab.Steps()[from:], from+1)
	return b, nil
}

// Lines are the rows of steps, the first of which has the number given. What follows the first
// line of a reply is folded into it.
func Lines(steps []sim.Step, number int) []Line {
	var rows []Line
	for i, s := range steps {
		switch e := s.Event; e.Kind {
		case engine.KindLine, engine.KindReply:
			rows = append(rows, line(e, number+i))
		case engine.KindData:
			if n := len(rows); n > 0 {
				rows[n-1].Folded = plural(strings.Count(string(e.Wire), "\n"), "line") + ", ended by “.”"
				rows[n-1].Payload += string(e.Wire)
			}
		case engine.KindEnd:
			if n := len(rows); n > 0 {
				rows[n-1].Payload += string(e.Wire)
			}
		}
	}
	return rows
}

func line(e engine.Event, number int) Line {
	l := Line{Step: number, From: "S→C", Class: "s"}
	if e.Kind == engine.KindLine {
		l.From, l.Class = "C→S", "c"
	}
	if e.Status == engine.Err {
		l.Class += " bad"
	}
	for _, label := range engine.Labels(e) {
		text := string(e.Wire[label.Start:label.End])
		switch label.Part {
		case engine.PartCRLF:
			l.End = "CRLF"
		case engine.PartLF:
			l.End = "LF"
		default:
			l.Runs = append(l.Runs, Run{Class: partClass(label.Part), Text: text, Title: label.Part.Doc()})
		}
	}
	return l
}

// partClass is the class of a part that looks like more than text.
func partClass(p engine.Part) string {
	switch p {
	case engine.PartKeyword, engine.PartStatus:
		return "k"
	case engine.PartTimestamp, engine.PartCode:
		return "u"
	}
	return ""
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
