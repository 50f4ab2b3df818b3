package engine

import "strings"

// The table as a graph. Nothing here is drawn by hand: nodes and edges come from rows, so a persona
// without APOP has a diagram without it.

// An Edge is one way from a state to a state.
type Edge struct {
	From, To State
	Verb     Verb
	// Outcome is the reply it goes with: OK, Err, More, or Silent for none.
	Outcome Status
}

// Edges returns every way that the rows allow, row by row, in their order. A row of
// Persona.Rules replaces the one before it.
func Edges(rules []Rule) []Edge {
	var edges []Edge
	for i := range rules {
		r := &rules[i]
		if replaced(rules[i+1:], r) {
			continue
		}
		for _, outcome := range outcomes(r) {
			e := Edge{From: r.From, Verb: r.Verb, Outcome: outcome}
			switch outcome {
			case Err:
				e.To = r.Err
			case More:
				e.To = r.More
			default:
				e.To = r.OK
			}
			edges = append(edges, e)
		}
	}
	return edges
}

func replaced(later []Rule, r *Rule) bool {
	for i := range later {
		if later[i].From == r.From && later[i].Verb == r.Verb {
			return true
		}
	}
	return false
}

// outcomes are what a row can come to. Every command can be refused, if only because something is
// wrong with its arguments. What isn't a command has its outcomes by what it is.
func outcomes(r *Rule) []Status {
	switch {
	case r.Verb == Other && r.From == AuthorizationTLS, r.Verb == Hangup, r.Verb == Secured:
		return []Status{Silent}
	case r.Verb == Expire:
		return []Status{Silent, Err} // Err with AnswerTimeout
	case r.Verb == Other:
		return []Status{Err}
	case r.Verb == Connect:
		return []Status{OK}
	case r.Verb == "PASS" && r.From == Authorization:
		return []Status{Err} // it may only follow USER
	case r.OK == Update:
		return []Status{Silent, Err} // UPDATE answers
	case r.More != Closed:
		return []Status{OK, More, Err}
	}
	return []Status{OK, Err}
}

// A Zoom says how much of AUTHORIZATION a diagram shows.
type Zoom uint8

const (
	// Far shows the RFC's three states and the ends.
	Far Zoom = iota
	// Near shows the rooms of AUTHORIZATION too.
	Near
)

// A Node is a state of a diagram.
type Node struct {
	ID   string // letters only
	Name string
	// State is the first state that it stands for, in the order of the constants.
	State State
}

// An Arrow is all edges from one node to another. From or To is empty at the beginning or the end
// of the connection.
type Arrow struct {
	From, To string // IDs of nodes
	Labels   []ArrowLabel
}

// An ArrowLabel is one line of an arrow's text: inputs that have the same answer.
type ArrowLabel struct {
	Outcome Status
	Verbs   []Verb // in the order of the rows, each once
}

// nodeIDs are the nodes' names in diagrams; a state without one is an end.
var nodeIDs = [numStates]string{Authorization: "AUTHORIZATION", AuthorizationUser: "UserGiven", AuthorizationSASL: "SASLExchange",
	AuthorizationTLS: "TLSHandshake", Transaction: "TRANSACTION", Update: "UPDATE"}

func (z Zoom) id(s State) string {
	if z == Far {
		return s.RFC()
	}
	return nodeIDs[s]
}

// Nodes returns the diagram's nodes: the states that edges touch.
func (z Zoom) Nodes(edges []Edge) []Node {
	var nodes []Node
	seen := map[string]bool{"": true}
	for s := Closed; s < numStates; s++ {
		id := z.id(s)
		if seen[id] || !touched(edges, s) {
			continue
		}
		seen[id] = true
		n := Node{ID: id, Name: id, State: s}
		if z == Near {
			n.Name = s.String()
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func touched(edges []Edge, s State) bool {
	for _, e := range edges {
		if e.From == s || e.To == s {
			return true
		}
	}
	return false
}

// Arrows returns the diagram's arrows, in the order of the edges. What leaves everything as it was
// has none unless it's answered otherwise than with -ERR: that is what a refusal does anywhere. The
// idle limit's -ERR, which a switch brings about, has none beside its silence.
func (z Zoom) Arrows(edges []Edge) []Arrow {
	var arrows []Arrow
	for _, e := range edges {
		from, to := z.id(e.From), z.id(e.To)
		if from == to && (e.Outcome == Err || e.Outcome == Silent) || e.Verb == Expire && e.Outcome == Err {
			continue
		}
		at := 0
		for at < len(arrows) && (arrows[at].From != from || arrows[at].To != to) {
			at++
		}
		if at == len(arrows) {
			arrows = append(arrows, Arrow{From: from, To: to})
		}
		arrows[at].add(e)
	}
	return arrows
}

func (a *Arrow) add(e Edge) {
	at := 0
	for at < len(a.Labels) && a.Labels[at].Outcome != e.Outcome {
		at++
	}
	if at == len(a.Labels) {
		a.Labels = append(a.Labels, ArrowLabel{Outcome: e.Outcome})
	}
	if l := &a.Labels[at]; !hasVerb(l.Verbs, e.Verb) {
		l.Verbs = append(l.Verbs, e.Verb)
	}
}

func hasVerb(verbs []Verb, v Verb) bool {
	for _, w := range verbs {
		if v == w {
			return true
		}
	}
	return false
}

// String is the label's text: the inputs, and what is answered. Inputs that are no command are said
// in words.
func (l ArrowLabel) String() string {
	words := make([]string, len(l.Verbs))
	for i, v := range l.Verbs {
		words[i] = v.Words()
		if v == Other && l.Outcome == Silent {
			words[i] = "octets in the clear" // instead of the TLS handshake
		}
	}
	said := strings.Join(words, ", ")
	if l.Outcome != Silent {
		said += " / " + l.Outcome.String()
	}
	return said
}

// Words is the verb for people.
func (v Verb) Words() string {
	switch v {
	case Connect:
		return "connection"
	case Response:
		return "response"
	case Secured:
		return "TLS is up"
	case Commit:
		return "marked messages removed"
	case Expire:
		return "idle limit"
	case Hangup:
		return "hang-up"
	case Other:
		return "anything else"
	}
	return string(v)
}

// String is the status as it stands on the wire; empty for none.
func (s Status) String() string {
	switch s {
	case OK:
		return "+OK"
	case Err:
		return "-ERR"
	case More:
		return "+"
	}
	return ""
}

// Mermaid draws the rows as a Mermaid state diagram, always in the same order.
func Mermaid(rules []Rule, z Zoom) string {
	edges := Edges(rules)
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, n := range z.Nodes(edges) {
		if n.Name != n.ID {
			b.WriteString("    " + n.ID + ": " + n.Name + "\n")
		}
	}
	for _, a := range z.Arrows(edges) {
		b.WriteString("    " + mermaidEnd(a.From) + " --> " + mermaidEnd(a.To) + ": " + mermaidLabel(a) + "\n")
	}
	return b.String()
}

// mermaidEnd is how Mermaid writes the beginning and the end.
func mermaidEnd(id string) string {
	if id == "" {
		return "[*]"
	}
	return id
}

// mermaidLabel is an arrow's text, broken so that no line of it gets long.
func mermaidLabel(a Arrow) string {
	var lines []string
	for _, l := range a.Labels {
		line := ""
		for _, word := range strings.SplitAfter(l.String(), ", ") {
			if len(line)+len(word) > 32 {
				lines, line = append(lines, strings.TrimSpace(line)), ""
			}
			line += word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "<br/>")
}
