package record

import (
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// commands are the commands of the session's server, and which are legal where it stands.
func (b *Builder) commands(s *sim.Step, v *engine.View) *Choices {
	key := choiceKey{s.Server, v.State, v.Secure}
	if c := b.choices[key]; c != nil {
		return c
	}
	c := &Choices{}
	rules := s.Protocol.ActiveRules()
	for i := range engine.POP3 {
		c.add(&engine.POP3[i], rules, v.State)
	}
	for i := range rules {
		c.add(&rules[i], rules, v.State)
	}
	for i := range c.List {
		if x := &c.List[i]; x.Verb == "STLS" && x.Legal && v.Secure {
			x.Legal, x.Why = false, "TLS is active already."
		}
	}
	b.choices[key] = c
	return c
}

// add adds a row's command, once. The protocol's own come first, also those that this server lacks.
func (c *Choices) add(r *engine.Rule, rules []engine.Rule, state engine.State) {
	if !r.Verb.Command() {
		return
	}
	for _, other := range c.List {
		if other.Verb == string(r.Verb) {
			return
		}
	}
	choice := Choice{Verb: string(r.Verb), Syntax: syntax(r)}
	var places []string
	for i := range rules {
		switch active := &rules[i]; {
		case active.Verb != r.Verb:
		case active.From == state:
			choice.Legal, choice.Why, choice.Syntax = true, active.Doc, syntax(active)
		case active.From.RFC() != "" && (len(places) == 0 || places[len(places)-1] != active.From.RFC()):
			places = append(places, active.From.RFC())
		}
	}
	switch {
	case choice.Legal:
	case len(places) == 0:
		choice.Why = "This server doesn't have it."
	case state == engine.Closed:
		choice.Why = "There is no connection."
	case state == engine.Connected:
		choice.Why = "The server hasn't greeted yet."
	case state == engine.AuthorizationSASL:
		choice.Why = "Inside AUTH every line is a response; a lone * gives the exchange up."
	case state == engine.AuthorizationTLS:
		choice.Why = "The TLS handshake has to be completed first."
	default:
		choice.Why = "It belongs to " + strings.Join(places, " and ") + "; the session is in " + state.RFC() + "."
	}
	c.List = append(c.List, choice)
}

// syntax is a command as the RFC writes it: [x] for what may be left out.
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

// SpecOf is the record of what a server goes by.
func SpecOf(p *engine.Protocol) *Spec {
	rules := p.ActiveRules()
	s := &Spec{}
	for i := range rules {
		r := &rules[i]
		s.Rows = append(s.Rows, Row{From: stateOf(r.From), Verb: string(r.Verb), Syntax: syntax(r), Multi: multis[r.Multi], OK: stateOf(r.OK),
			Err: stateOf(r.Err), More: stateOf(r.More), Doc: r.Doc, RFC: r.Ref.RFC, Section: r.Ref.Section, Reqs: r.Ref.IDs()})
	}
	edges := engine.Edges(rules)
	near, far := engine.Near.Arrows(edges), engine.Far.Arrows(edges)
	for _, e := range edges {
		s.Edges = append(s.Edges, Edge{From: stateOf(e.From), To: stateOf(e.To), Verb: string(e.Verb), Words: e.Verb.Words(), Outcome: e.Outcome.String(),
			Near: arrowOf(near, nodeIn(engine.Near, e.From), nodeIn(engine.Near, e.To), e), Far: arrowOf(far, nodeIn(engine.Far, e.From), nodeIn(engine.Far, e.To), e)})
	}
	s.Near, s.Far = diagram(engine.Near, edges, near), diagram(engine.Far, edges, far)
	return s
}

var multis = [...]string{engine.Never: "never", engine.Always: "always", engine.WithoutArg: "without argument"}

// nodeIn is the node of a diagram that stands for a state.
func nodeIn(z engine.Zoom, s engine.State) string {
	nodes := z.Nodes([]engine.Edge{{From: s, To: s}})
	if len(nodes) == 0 {
		return ""
	}
	return nodes[0].ID
}

// arrowOf is the arrow that has an edge, -1 when none does.
func arrowOf(arrows []engine.Arrow, from, to string, e engine.Edge) int {
	for i, a := range arrows {
		if a.From != from || a.To != to {
			continue
		}
		for _, l := range a.Labels {
			if l.Outcome != e.Outcome {
				continue
			}
			for _, v := range l.Verbs {
				if v == e.Verb {
					return i
				}
			}
		}
	}
	return -1
}

func diagram(z engine.Zoom, edges []engine.Edge, arrows []engine.Arrow) Diagram {
	var d Diagram
	for _, n := range z.Nodes(edges) {
		d.Nodes = append(d.Nodes, Node{ID: n.ID, Name: n.Name})
	}
	for _, a := range arrows {
		labels := make([]string, len(a.Labels))
		for i, l := range a.Labels {
			labels[i] = l.String()
		}
		d.Arrows = append(d.Arrows, Arrow{From: a.From, To: a.To, Labels: labels})
	}
	return d
}
