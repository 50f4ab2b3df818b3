package spec

import (
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
)

// A table gathers rows of Markdown.
type table struct {
	strings.Builder
	columns int
}

func newTable(head ...string) *table {
	t := &table{columns: len(head)}
	t.row(head...)
	t.WriteString(strings.Repeat("|---", t.columns) + "|\n")
	return t
}

// row appends a row. A bar in a cell would end it.
func (t *table) row(cells ...string) {
	for _, c := range cells {
		t.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	t.WriteString("|\n")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// link is a reference as a link to the RFC's text.
func link(r engine.Ref) string {
	if r.RFC == 0 {
		return ""
	}
	n := strconv.Itoa(r.RFC)
	if r.Section == "" {
		return "[" + n + "](https://www.rfc-editor.org/rfc/rfc" + n + ")"
	}
	anchor := "section-" + r.Section
	if r.Section[0] >= 'A' {
		anchor = "appendix-" + r.Section
	}
	return "[" + n + " §" + r.Section + "](https://www.rfc-editor.org/rfc/rfc" + n + "#" + anchor + ")"
}

// A command is every row with one keyword, told as one.
type command struct {
	verb   engine.Verb
	main   engine.Rule // the row that decides syntax and reference
	states []string
	docs   []string // one for each state of the RFC in which it does something else
}

// commands gathers the rows by keyword, in the order of the table. A row that can only refuse is left
// out: that's what any other line gets too.
func commands(p *engine.Protocol) []command {
	rules := p.ActiveRules()
	positive := map[engine.State]map[engine.Verb]bool{}
	for _, e := range engine.Edges(rules) {
		if e.Outcome != engine.Err {
			if positive[e.From] == nil {
				positive[e.From] = map[engine.Verb]bool{}
			}
			positive[e.From][e.Verb] = true
		}
	}
	var all []command
	order := map[engine.Verb]int{}
	for n, r := range rules {
		if _, seen := order[r.Verb]; !seen {
			order[r.Verb] = n
		}
		if !r.Verb.Command() || !positive[r.From][r.Verb] {
			continue
		}
		i := slices.IndexFunc(all, func(c command) bool { return c.verb == r.Verb })
		if i < 0 {
			all = append(all, command{verb: r.Verb, main: r, states: []string{r.From.String()}, docs: []string{r.Doc}})
			continue
		}
		// The rooms of AUTHORIZATION are told by the first that takes it.
		c := &all[i]
		if c.main.From.RFC() == r.From.RFC() || slices.Contains(c.states, r.From.RFC()) {
			continue
		}
		c.states = append(c.states, r.From.String())
		if !slices.Contains(c.docs, r.Doc) {
			c.docs = append(c.docs, r.Doc)
		}
	}
	slices.SortStableFunc(all, func(a, b command) int { return order[a.verb] - order[b.verb] })
	return all
}

// syntax is the command as an RFC writes it: LIST [msg].
func syntax(r *engine.Rule) string {
	s := string(r.Verb)
	for _, a := range r.Args {
		if a.Optional {
			s += " [" + a.Name + "]"
		} else {
			s += " " + a.Name
		}
	}
	return s
}

// lines says when a multi-line reply follows.
func lines(m engine.Multi) string {
	switch m {
	case engine.Always:
		return "always"
	case engine.WithoutArg:
		return "without argument"
	}
	return ""
}

// announced says how a client learns that the row is there.
func announced(c engine.Cap) string {
	if c == 0 {
		return ""
	}
	for i := range engine.Capabilities {
		if d := &engine.Capabilities[i]; d.Cap == c {
			if d.Tag == "" {
				return map[engine.Cap]string{engine.CapAPOP: "the greeting's timestamp", engine.CapCAPA: "its answer"}[c]
			}
			return code(d.Tag)
		}
	}
	return ""
}

// Commands is the command table.
func Commands(p *engine.Protocol) string {
	t := newTable("Command", "State", "Lines follow", "Announced by", "RFC", "What it does")
	for _, c := range commands(p) {
		doc := c.docs[0]
		if len(c.docs) > 1 {
			var told []string
			for i, d := range c.docs {
				told = append(told, c.states[i]+": "+d)
			}
			doc = strings.Join(told, " ")
		}
		t.row(code(syntax(&c.main)), strings.Join(c.states, ", "), lines(c.main.Multi), announced(c.main.Needs), link(c.main.Ref), doc)
	}
	return t.String()
}

// Switched is the table of rows that are there with a switch only.
func Switched(p *engine.Protocol) string {
	t := newTable("Command", "State", "Switch", "RFC", "What it does")
	for _, r := range p.Rules {
		if r.When != 0 {
			t.row(code(syntax(&r)), r.From.String(), codes(switchNames(r.When)), link(r.Ref), r.Doc)
		}
	}
	return t.String()
}

// Capabilities is the table of what CAPA may list.
func Capabilities(p *engine.Protocol) string {
	t := newTable("Tag", "RFC", "What it says")
	for i := range engine.Capabilities {
		if c := &engine.Capabilities[i]; c.Tag != "" && p.Caps().Has(c.Cap) {
			t.row(code(c.Tag), link(c.Ref), c.Doc)
		}
	}
	for _, line := range p.Persona.ExtraCapa {
		t.row(code(line), "", "Isn't registered; this persona lists it.")
	}
	return t.String()
}

// mechanisms are those that the server has.
func mechanisms(p *engine.Protocol) []sasl.Mechanism {
	var all []sasl.Mechanism
	for _, m := range sasl.Mechanisms {
		if p.Persona.Mechanisms == nil && !m.Legacy || slices.Contains(p.Persona.Mechanisms, m.Name) {
			all = append(all, m)
		}
	}
	return all
}

// Mechanisms is the table of SASL mechanisms.
func Mechanisms(p *engine.Protocol) string {
	t := newTable("Mechanism", "Begins", "Only with TLS", "RFC", "What it does")
	for _, m := range mechanisms(p) {
		begins, tls := "server", ""
		if m.ClientFirst {
			begins = "client"
		}
		if m.NeedsTLS {
			tls = "yes"
		} else if m.Cleartext {
			tls = "unless the operator says otherwise"
		}
		t.row(code(m.Name), begins, tls, link(engine.Ref{RFC: m.RFC, Section: m.Section}), m.Doc)
	}
	return t.String()
}

// ResponseCodes is the table of response codes.
func ResponseCodes() string {
	t := newTable("Code", "RFC", "What it says")
	for _, c := range engine.ResponseCodes {
		t.row(code("["+string(c.Code)+"]"), link(c.Ref), sentence(c.Doc))
	}
	return t.String()
}

// sentence makes a clause one.
func sentence(s string) string {
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// Refusals is the table of reasons.
func Refusals() string {
	t := newTable("Code", "RFC", "Why, and what to do")
	for i := range engine.Refusals {
		r := &engine.Refusals[i]
		if r.Doc == "" {
			continue
		}
		c := ""
		if r.Code != engine.CodeNone {
			c = code("[" + string(r.Code) + "]")
		}
		t.row(c, link(r.Ref), r.Doc)
	}
	return t.String()
}

// Personas is the table of personas.
func Personas() string {
	t := newTable("Persona", "What it is", "Lacks", "Switches", "Faults")
	for i := range engine.Personas {
		p := &engine.Personas[i]
		t.row(code(p.Name), p.Doc, strings.Join(capNames(p.Without), ", "), codes(switchNames(p.Switches)), codes(faultNames(p.Faults)))
	}
	return t.String()
}

func codes(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = code(n)
	}
	return strings.Join(out, ", ")
}

// capNames are the tags of capabilities, CAPA and APOP by their keywords.
func capNames(c engine.Cap) []string {
	var names []string
	for i := range engine.Capabilities {
		d := &engine.Capabilities[i]
		switch {
		case !c.Has(d.Cap):
		case d.Tag != "":
			names = append(names, d.Tag)
		case d.Cap == engine.CapAPOP:
			names = append(names, "APOP")
		case d.Cap == engine.CapCAPA:
			names = append(names, "CAPA")
		}
	}
	return names
}

func switchNames(s engine.Switch) []string {
	var names []string
	for _, d := range engine.Switches {
		if s.Has(d.Switch) {
			names = append(names, d.Name)
		}
	}
	return names
}

func faultNames(f engine.Faults) []string {
	var names []string
	for _, d := range engine.AllFaults {
		if f.Has(d.Fault) {
			names = append(names, d.Name)
		}
	}
	return names
}

// Faults is the table of faults.
func Faults() string {
	t := newTable("Fault", "What happens", "Breaks")
	for _, f := range engine.AllFaults {
		t.row(code(f.Name), f.Doc, strings.Join(strings.Fields(f.Reqs), ", "))
	}
	return t.String()
}

// Switches is the table of switches.
func Switches() string {
	t := newTable("Switch", "Off", "On", "Decides")
	for _, s := range engine.Switches {
		t.row(code(s.Name), sentence(s.Off), sentence(s.On), strings.Join(strings.Fields(s.Reqs), ", "))
	}
	return t.String()
}
