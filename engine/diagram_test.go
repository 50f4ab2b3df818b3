package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// TestEdgesAreWhatHappens: every step of every vector goes along an edge of its server's rows, and every
// edge of the table is walked by some vector. So the diagrams show neither too little nor too
// much.
func TestEdgesAreWhatHappens(t *testing.T) {
	walked := map[engine.Edge]string{}
	edges := map[*engine.Protocol]map[engine.Edge]bool{}
	vectorEvents(t, func(t *testing.T, v told, s sim.Step) {
		e := &s.Event
		if e.Rule == nil || e.Kind != engine.KindReply && e.Kind != engine.KindInput && e.Kind != engine.KindClose {
			return
		}
		if e.Kind == engine.KindClose && (e.Before == engine.Closed || e.Verb != e.Rule.Verb || e.Verb.Command()) || e.Text == engine.TextMechanisms || e.Text == engine.TextTLSOnPlain {
			return // the end of something said before; a listing, which leaves all as it was; TLS, which no row reads
		}
		edge := engine.Edge{From: e.Before, To: e.After, Verb: e.Rule.Verb, Outcome: e.Status}
		if e.After == engine.Closed && e.Status == engine.Err && e.Before != engine.Update || e.Text == engine.TextFault {
			return // a server that has had enough may close with any refusal; and faults break what they break
		}
		if edges[v.server] == nil {
			edges[v.server] = map[engine.Edge]bool{}
			for _, edge := range engine.Edges(v.server.ActiveRules()) {
				edges[v.server][edge] = true
			}
		}
		if !edges[v.server][edge] {
			t.Errorf("%s: the session went %s, and no row says so", v.name, show(edge))
		}
		walked[edge] = v.name
	})
	for _, edge := range engine.Edges(engine.POP3) {
		if edge.Verb == engine.Expire && edge.Outcome == engine.Err && walked[edge] == "" {
			continue // needs the switch answer-timeout in every state
		}
		if walked[edge] == "" {
			t.Errorf("no vector goes %s", show(edge))
		}
	}
}

func show(e engine.Edge) string {
	return fmt.Sprintf("from %v to %v by %s, answered %q", e.From, e.To, e.Verb, e.Outcome)
}

// TestEdgesOfAPersonaRule: a persona's row replaces the table's.
func TestEdgesOfAPersonaRule(t *testing.T) {
	rules := []engine.Rule{
		{From: engine.Transaction, Verb: "NOOP", OK: engine.Transaction, Err: engine.Transaction},
		{From: engine.Transaction, Verb: "NOOP", OK: engine.Closed, Err: engine.Transaction},
	}
	got := engine.Edges(rules)
	want := []engine.Edge{
		{From: engine.Transaction, To: engine.Closed, Verb: "NOOP", Outcome: engine.OK},
		{From: engine.Transaction, To: engine.Transaction, Verb: "NOOP", Outcome: engine.Err},
	}
	if !slices.Equal(got, want) {
		t.Errorf("edges of a row and one that replaces it:\n got %v\nwant %v", got, want)
	}
}

// TestMermaid holds the RFC's own diagram whole, and checks the nearer one by its nodes.
func TestMermaid(t *testing.T) {
	rules := engine.New(engine.Config{STLS: true}).ActiveRules()
	want := `stateDiagram-v2
    [*] --> AUTHORIZATION: connection / +OK
    AUTHORIZATION --> AUTHORIZATION: USER, STLS, UTF8, LANG,<br/>CAPA / +OK<br/>AUTH, response / +
    AUTHORIZATION --> TRANSACTION: APOP, AUTH, PASS, response / +OK
    AUTHORIZATION --> [*]: QUIT / +OK<br/>octets in the clear, hang-up,<br/>idle limit
    TRANSACTION --> TRANSACTION: STAT, LIST, RETR, DELE, NOOP,<br/>RSET, TOP, UIDL, LANG,<br/>CAPA / +OK
    TRANSACTION --> UPDATE: QUIT
    UPDATE --> [*]: marked messages removed / +OK<br/>marked messages removed / -ERR
    TRANSACTION --> [*]: hang-up, idle limit
`
	if got := engine.Mermaid(rules, engine.Far); got != want {
		t.Errorf("the RFC's three states:\n got\n%s\nwant\n%s", got, want)
	}
	near := engine.Mermaid(rules, engine.Near)
	for _, line := range []string{
		"    UserGiven: AUTHORIZATION (user given)\n",
		"    AUTHORIZATION --> UserGiven: USER / +OK\n",
		"    SASLExchange --> AUTHORIZATION: response / -ERR\n",
		"    TLSHandshake --> AUTHORIZATION: TLS is up\n",
	} {
		if !strings.Contains(near, line) {
			t.Errorf("the rooms of AUTHORIZATION: there is no line %q in\n%s", line, near)
		}
	}
	if minimal, _ := engine.PersonaNamed("rfc1939-minimal"); strings.Contains(engine.Mermaid(engine.New(engine.Config{Persona: minimal}).ActiveRules(), engine.Near), "SASL") {
		t.Error("a server without AUTH has a SASL exchange in its diagram: nodes come from rows")
	}
}

// TestArrows: each pair of nodes has one arrow, its ends are nodes, and every edge that changes the state
// is in it.
func TestArrows(t *testing.T) {
	edges := engine.Edges(engine.POP3)
	for _, zoom := range []engine.Zoom{engine.Far, engine.Near} {
		nodes := map[string]engine.State{"": engine.Closed}
		for _, n := range zoom.Nodes(edges) {
			nodes[n.ID] = n.State
		}
		if want := map[engine.Zoom]int{engine.Far: 4, engine.Near: 7}[zoom]; len(nodes) != want {
			t.Errorf("zoom %d: got nodes %v, want %d with the end", zoom, slices.Sorted(maps.Keys(nodes)), want)
		}
		pairs, verbs := map[string]bool{}, map[engine.Verb]bool{}
		for _, a := range zoom.Arrows(edges) {
			pair := a.From + ">" + a.To
			if pairs[pair] {
				t.Errorf("zoom %d: there are two arrows %s", zoom, pair)
			}
			pairs[pair] = true
			for _, end := range []string{a.From, a.To} {
				if _, ok := nodes[end]; !ok {
					t.Errorf("zoom %d: arrow %s ends at %q, which is no node", zoom, pair, end)
				}
			}
			for _, l := range a.Labels {
				for _, v := range l.Verbs {
					verbs[v] = true
				}
			}
		}
		for _, e := range edges {
			if e.From != e.To && e.From.RFC() != e.To.RFC() && !verbs[e.Verb] {
				t.Errorf("zoom %d: no arrow says %s, which leads from %v to %v", zoom, e.Verb, e.From, e.To)
			}
		}
	}
}

// TestPersonaRuleReplaces: of the rows that are there, none is one that another replaced.
func TestPersonaRuleReplaces(t *testing.T) {
	own := engine.Rule{From: engine.Transaction, Verb: "NOOP", OK: engine.Transaction, Err: engine.Transaction, Doc: "The persona's."}
	p := engine.New(engine.Config{Persona: engine.Persona{Rules: []engine.Rule{own}}})
	var docs []string
	for _, r := range p.ActiveRules() {
		if r.From == own.From && r.Verb == own.Verb {
			docs = append(docs, r.Doc)
		}
	}
	if !slices.Equal(docs, []string{own.Doc}) {
		t.Errorf("rows for NOOP in TRANSACTION: got %q, want the persona's alone", docs)
	}
}
