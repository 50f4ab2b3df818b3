package view

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sim/record"
)

// A Wire is a line of a dialogue as the reference prints it: nothing is folded.
type Wire struct {
	From  string // C or S, or empty for what is no line
	Class string
	Runs  []Run
	End   string
}

// Wires are the lines of steps, all of them.
func Wires(steps []record.Step) []Wire {
	var all []Wire
	for i := range steps {
		s := &steps[i]
		if s.Kind != "data" && s.Kind != "end" {
			l := line(s)
			if s.Direction == "" && s.Change && s.After.RFC != "" {
				l.Runs = append(l.Runs, Run{Text: ": the session is in " + s.After.Name})
			}
			all = append(all, Wire{s.Direction, l.Class, l.Runs, l.End})
			continue
		}
		for _, text := range strings.Split(strings.TrimSuffix(string(s.Octets), "\r\n"), "\r\n") {
			all = append(all, Wire{s.Direction, "s cont", []Run{{Text: text}}, ""})
		}
	}
	return all
}

// readable is octets as text, those without a glyph as \x09.
func readable(octets []byte) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, c := range octets {
		if c >= ' ' && c < 0x7f || c == '\r' || c == '\n' {
			b.WriteByte(c)
		} else {
			b.WriteString(`\x` + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}

// A Row is a requirement row.
type Row struct{ ID, Level, Text, Place string }

func rowOf(q conform.Requirement) Row {
	place := q.Source
	if place != "" && place[0] >= '0' && place[0] <= '9' {
		place = "RFC " + place
	}
	return Row{q.ID, q.Level, q.Text, place}
}

// rows finds the requirement rows: those that the table's rows name, and those whose words, or whose
// group's, name the command.
func (c *Command) rows(own []*engine.Rule) {
	var ids []string
	for _, row := range own {
		for _, id := range row.Ref.IDs() {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(string(c.Verb)) + `\b`)
	for _, q := range conform.Requirements() {
		switch {
		case slices.Contains(ids, q.ID):
			c.Decisive = append(c.Decisive, rowOf(q))
		case c.Verb.Command() && (word.MatchString(q.Text) || word.MatchString(q.GroupTitle)):
			c.Others = append(c.Others, rowOf(q))
		}
	}
}

// rfcURL is where an RFC's section can be read.
func rfcURL(r engine.Ref) string {
	url := "https://www.rfc-editor.org/rfc/rfc" + strconv.Itoa(r.RFC)
	switch {
	case r.Section == "":
		return url
	case r.Section[0] >= 'A':
		return url + "#appendix-" + r.Section
	}
	return url + "#section-" + r.Section
}

// mechanisms are the SASL mechanisms, with a session where the demonstration's world can show one.
func (r *Reference) mechanisms(p *engine.Protocol) error {
	for _, m := range sasl.Mechanisms {
		v := Mechanism{Name: m.Name, Doc: m.Doc, Begins: "the server begins", TLS: "with or without TLS", Place: engine.Ref{RFC: m.RFC, Section: m.Section}}
		if m.ClientFirst {
			v.Begins = "the client begins"
		}
		if m.NeedsTLS {
			v.TLS = "inside TLS only"
		} else if m.Cleartext {
			v.TLS = "inside TLS, unless the operator allows it in the clear"
		}
		if m.Legacy {
			v.TLS += "; older servers offer it, this one doesn't"
		}
		if s, there := mechanismParts[m.Name]; there {
			played, err := play(s)
			if err != nil {
				return err
			}
			begin := 0
			for i, line := range s.say {
				if strings.HasPrefix(line, "AUTH") {
					begin = played.marks[i]
				}
			}
			v.Dialogue = Wires(played.steps[begin:])
			if v.Link, err = played.at(len(played.steps) - 1); err != nil {
				return err
			}
		}
		r.Mechanisms = append(r.Mechanisms, v)
	}
	return nil
}

// A Refused is a reason for a refusal, with the words it had in a session that was played.
type Refused struct {
	Code, Why string
	Place     engine.Ref
	Said      *Answer // nil where none was
	By        *Command
}

// Refused are the reasons of engine.Refusals, in their order.
func (r *Reference) Refused() []Refused {
	var all []Refused
	for _, reason := range engine.Refusals {
		if reason.Doc == "" {
			continue
		}
		f := Refused{Why: reason.Doc, Place: reason.Ref}
		if reason.Code != engine.CodeNone {
			f.Code = "[" + string(reason.Code) + "]"
		}
		for _, c := range slices.Concat(r.Commands, r.Events) {
			for i := range c.Answers {
				if a := &c.Answers[i]; f.Said == nil && a.Status == "-ERR" && strings.HasPrefix(a.Why, reason.Doc) {
					f.Said, f.By = a, c
				}
			}
		}
		all = append(all, f)
	}
	return all
}
