package view

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// The reference is the table for people: every command, every thing that happens without one, each with
// what the engine answered when it was asked. What it says comes from engine's rows and from sessions
// that are played when the pages are made (reference_scenes.go): no answer and no rule is written here.

// A Reference is all that the pages under reference and states show.
type Reference struct {
	Commands, Events []*Command
	Mechanisms       []Mechanism
	// walked is a place on the bench where each way of the table was just taken.
	walked map[engine.Edge]string
	edges  []engine.Edge
	// legal are the commands of each state, as the engine's steps tell them, by the state's name.
	legal map[string][]record.Choice
}

// A Command is the page of a command, or the part of a page about an event.
type Command struct {
	Verb   engine.Verb
	Name   string // RETR, or "idle limit"
	ID     string // the last part of its address: RETR, hangup
	Syntax string // RETR msg
	Group  string // where it stands in lists
	// Docs say what it does: once, or for each state in which it does something else.
	Docs []Told
	// States are the RFC's states in which it's legal.
	States []string
	// Lines says when more than one line is answered.
	Lines, Announced string
	Place            engine.Ref
	Where            []Where
	Dialogue         []Wire
	Answers          []Answer
	Mistakes         []Mistake
	Decisive, Others []Row
	// Try opens the bench just before; Suggested says that the bench suggests the command there.
	Try       string
	Suggested bool
	Prev      *Command
	Next      *Command
}

// Told is a sentence and the state it holds in; empty for any.
type Told struct{ State, Text string }

// A Where is a state and whether the command is legal in it.
type Where struct {
	State, Anchor string
	Legal         bool
	Why           string
}

// An Answer is a reply of the server.
type Answer struct {
	Status, Code string
	Runs         []Run
	Asked        string // what was said
	Multi        bool
	Why          string
	After        string // the state the session went to; empty where it stayed
	Link         string // shows it on the bench
	text         engine.Text
}

// A Mistake is what is known to go wrong.
type Mistake struct {
	Text string
	Reqs []string
}

// A Mechanism is a SASL mechanism.
type Mechanism struct {
	Name, Doc, Begins, TLS string
	Place                  engine.Ref
	Dialogue               []Wire
	Link                   string
}

// NewReference plays all scenes. It's made once, whatever the site.
var NewReference = sync.OnceValues(func() (*Reference, error) {
	lab, err := sim.New(sim.Demo())
	if err != nil {
		return nil, err
	}
	protocol := lab.Protocol()
	r := &Reference{walked: map[engine.Edge]string{}, legal: map[string][]record.Choice{}, edges: engine.Edges(protocol.ActiveRules())}
	rules := protocol.ActiveRules()
	for _, p := range commandParts {
		c, err := r.command(p, rules)
		if err != nil {
			return nil, err
		}
		r.Commands = append(r.Commands, c)
	}
	for _, p := range eventParts {
		c, err := r.command(p, rules)
		if err != nil {
			return nil, err
		}
		r.Events = append(r.Events, c)
	}
	for _, c := range r.Commands {
		r.where(c)
	}
	for i, c := range r.Commands {
		if i > 0 {
			c.Prev = r.Commands[i-1]
		}
		if i+1 < len(r.Commands) {
			c.Next = r.Commands[i+1]
		}
	}
	return r, r.mechanisms(protocol)
})

// Lookup finds a command's page.
func (r *Reference) Lookup(name string) (*Command, error) {
	for _, c := range r.Commands {
		if c.ID == name {
			return c, nil
		}
	}
	return nil, fmt.Errorf("view: the reference has no %q", name)
}

// CommandNames are the commands that have a page.
func CommandNames() []string {
	var names []string
	for _, p := range commandParts {
		names = append(names, string(p.verb))
	}
	return names
}

// command makes a page of the rows and of what is played.
func (r *Reference) command(p part, rules []engine.Rule) (*Command, error) {
	c := &Command{Verb: p.verb, Name: p.verb.Words(), ID: eventID(p.verb)}
	own := rowsOf(p.verb, rules)
	if len(own) == 0 {
		own = rowsOf(p.verb, engine.POP3) // it's there with a switch only
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("view: no row of the table is about %s", p.verb)
	}
	c.told(own)
	c.rows(own)
	show, err := play(scene{p.world, append(p.before[:len(p.before):len(p.before)], p.show...)})
	if err != nil {
		return nil, err
	}
	begin := show.marks[len(p.before)]
	if p.verb == engine.Connect {
		begin = 0
	} else if c.Try, err = show.at(begin - 1); err != nil {
		return nil, err
	}
	if begin > 0 {
		for _, s := range show.steps[begin-1].View.Suggest {
			c.Suggested = c.Suggested || strings.HasPrefix(s, string(p.verb))
		}
	}
	c.Dialogue = Wires(show.steps[begin:])
	for i, s := range append([]scene{{p.world, append(p.before[:len(p.before):len(p.before)], p.show...)}}, p.more...) {
		played := show
		if i > 0 {
			if played, err = play(s); err != nil {
				return nil, err
			}
		}
		if err := r.learn(c, played); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(c.Answers, func(a, b Answer) int { return order(a.Status) - order(b.Status) })
	return c, nil
}

// order puts good answers first.
func order(status string) int { return strings.Index("+OK + -ERR", status) }

// rowsOf are the rows about a verb that can come to more than a refusal, and all when there's no such.
func rowsOf(v engine.Verb, rules []engine.Rule) []*engine.Rule {
	var all, positive []*engine.Rule
	edges := engine.Edges(rules)
	for i := range rules {
		row := &rules[i]
		if row.Verb != v {
			continue
		}
		all = append(all, row)
		if v.Command() && slices.ContainsFunc(edges, func(e engine.Edge) bool { return e.From == row.From && e.Verb == v && e.Outcome != engine.Err }) {
			positive = append(positive, row)
		}
	}
	if len(positive) > 0 {
		return positive
	}
	return all
}

// told fills in what the rows say.
func (c *Command) told(rows []*engine.Rule) {
	first := rows[0]
	c.Place, c.Syntax = first.Ref, syntax(first)
	switch first.Multi {
	case engine.Always:
		c.Lines = "one line, and after +OK further ones up to a lone dot"
	case engine.WithoutArg:
		c.Lines = "one line; after +OK without an argument further ones up to a lone dot"
	default:
		c.Lines = "one line"
	}
	if first.More != engine.Closed {
		c.Lines = "one line, or a challenge, which the client answers with a line that is no command"
	}
	for _, row := range rows {
		state := row.From.RFC()
		if !slices.Contains(c.States, state) && state != "" {
			c.States = append(c.States, state)
			if !slices.ContainsFunc(c.Docs, func(t Told) bool { return t.Text == row.Doc }) {
				c.Docs = append(c.Docs, Told{state, row.Doc})
			}
		}
	}
	if len(c.Docs) == 0 {
		c.Docs = []Told{{Text: first.Doc}}
	}
	if len(c.Docs) == 1 {
		c.Docs[0].State = ""
	}
	switch {
	case !c.Verb.Command():
		c.Group = "Without a command"
	case len(c.States) > 1:
		c.Group = "Before and after login"
	default:
		c.Group = groups[c.States[0]]
	}
	c.Announced = announced(first)
}

var groups = map[string]string{"AUTHORIZATION": "Before login", "TRANSACTION": "After login"}

// groupOrder is the order of the groups in lists.
var groupOrder = []string{"Before login", "After login", "Before and after login"}

// Grouped are the commands of a group.
func (r *Reference) Grouped(group string) []*Command {
	var all []*Command
	for _, c := range r.Commands {
		if c.Group == group {
			all = append(all, c)
		}
	}
	return all
}

// announced says how a client learns that a row is there.
func announced(row *engine.Rule) string {
	switch {
	case row.When != 0:
		for _, d := range engine.Switches {
			if d.Switch == row.When {
				return "nothing; only with the switch " + d.Name
			}
		}
	case row.Needs == 0:
		return "nothing: every server has it"
	case row.Needs == engine.CapCAPA:
		return "its answer"
	case row.Needs == engine.CapAPOP:
		return "a timestamp in the greeting"
	}
	for i := range engine.Capabilities {
		if d := &engine.Capabilities[i]; d.Cap == row.Needs {
			return d.Tag + " in CAPA"
		}
	}
	return ""
}

// syntax is a command as the RFC writes it.
func syntax(row *engine.Rule) string {
	if !row.Verb.Command() {
		return row.Verb.Words()
	}
	s := string(row.Verb)
	for _, a := range row.Args {
		if a.Optional {
			s += " [" + a.Name + "]"
		} else {
			s += " " + a.Name
		}
	}
	return s
}

// learn takes from a session what it tells about a verb, about the ways between the states, and about
// what is legal in each.
func (r *Reference) learn(c *Command, p *replay) error {
	asked := "the connection"
	raw := p.lab.Steps()
	edges := engine.Edges(p.lab.Protocol().ActiveRules())
	for i := range p.steps {
		s := &p.steps[i]
		if p.plain && r.legal[s.View.State.Name] == nil && !s.View.Secure {
			r.legal[s.View.State.Name] = s.View.Commands.List
		}
		if s.Direction == "C" {
			asked = strings.TrimRight(readable(s.Octets), "\r\n")
		}
		if s.Edge >= 0 {
			if _, known := r.walked[edges[s.Edge]]; !known {
				link, err := p.at(i)
				if err != nil {
					return err
				}
				r.walked[edges[s.Edge]] = link
			}
		}
		about := s.Verb == string(c.Verb) || c.Verb == "QUIT" && s.Verb == string(engine.Commit) || c.Verb == engine.Other && raw[i].Event.Rule != nil && raw[i].Event.Rule.Verb == engine.Other
		if !about {
			continue
		}
		c.mistake(&s.Note, &raw[i].Event)
		if s.Kind == "reply" {
			if err := c.answer(p, i, asked, raw[i].Event.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// mistake remembers what goes wrong, once, with the rows that are about it alone.
func (c *Command) mistake(n *record.Note, e *engine.Event) {
	if n.Mistake == "" || slices.ContainsFunc(c.Mistakes, func(m Mistake) bool { return m.Text == n.Mistake }) {
		return
	}
	var known []string
	if e.Rule != nil {
		known = e.Rule.Ref.IDs()
	}
	if e.Status == engine.Err {
		known = append(known, engine.Refusals[e.Text].Ref.IDs()...)
	}
	m := Mistake{Text: n.Mistake}
	for _, id := range n.Reqs {
		if !slices.Contains(known, id) {
			m.Reqs = append(m.Reqs, id)
		}
	}
	if m.Reqs == nil {
		m.Reqs = n.Reqs
	}
	c.Mistakes = append(c.Mistakes, m)
}

// answer remembers a reply, once for each thing said.
func (c *Command) answer(p *replay, i int, asked string, text engine.Text) error {
	s := &p.steps[i]
	link, err := p.at(i)
	if err != nil {
		return err
	}
	a := Answer{Status: s.Status, Code: s.Code, Runs: line(s).Runs, Asked: asked, Multi: s.Multi, Why: s.Note.Text, Link: link}
	if s.Change {
		a.After = s.After.Name
	}
	a.text = text
	if !slices.ContainsFunc(c.Answers, func(b Answer) bool { return a.Status == b.Status && a.text == b.text && a.Code == b.Code }) {
		c.Answers = append(c.Answers, a)
	}
	return nil
}

// wording is what an answer says.
func wording(a Answer) string {
	var b strings.Builder
	for _, r := range a.Runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// where says of each state whether a command is legal in it, and why not.
func (r *Reference) where(c *Command) {
	for s := engine.Authorization; s <= engine.Transaction; s++ {
		for _, x := range r.legal[s.String()] {
			if x.Verb == string(c.Verb) {
				c.Where = append(c.Where, Where{s.String(), stateAnchor(s), x.Legal, x.Why})
			}
		}
	}
}

// stateAnchor is the state's place on the page of states.
func stateAnchor(s engine.State) string {
	nodes := engine.Near.Nodes([]engine.Edge{{From: s, To: s}})
	if len(nodes) == 0 {
		return s.String()
	}
	return nodes[0].ID
}
