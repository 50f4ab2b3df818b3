package view

import (
	"fmt"
	"strconv"

	"pop3lab/engine"
	"pop3lab/engine/dialogues"
)

// A States is the page of the table as a graph: each state with the ways that leave it.
type States struct {
	List  []StateView
	Edges int
}

// A StateView is a state and what can happen in it.
type StateView struct {
	ID, Name, RFC, Doc string
	Legal              []*Command
	// Ways lead elsewhere or are answered with more than a refusal; Refusals leave all as it was.
	Ways, Refusals []Way
}

// A Way is an edge.
type Way struct {
	Words, Answer string
	Command       bool   // Words are a keyword
	Switch        string // without which it isn't there
	To, ToID      string // empty when it stays
	Place         engine.Ref
	Page          string // of the reference, about its input
	// Walk is where it was just taken: in the dialogue of that title, or on the bench.
	Walk, Dialogue string
}

// stateDocs say what a state is, in the order of the constants.
var stateDocs = map[engine.State]string{
	engine.Connected:         "The connection is there and nothing was said yet. The server speaks first.",
	engine.Authorization:     "The server waits to hear who is there. Nothing about mail can be asked here.",
	engine.AuthorizationUser: "A name was given with USER. PASS has to come immediately after it.",
	engine.AuthorizationSASL: "AUTH is under way. Challenges and responses take turns, and no line is a command.",
	engine.AuthorizationTLS:  "STLS was answered. The next octets belong to the TLS handshake.",
	engine.Transaction:       "The maildrop is open and locked for this session. Numbers and sizes stay as they are now, and DELE only marks.",
	engine.Update:            "QUIT was given. The server removes what is marked, releases the lock and answers.",
	engine.Closed:            "Nothing goes either way any more.",
}

// order of the states on the page.
var stateOrder = []engine.State{engine.Connected, engine.Authorization, engine.AuthorizationUser, engine.AuthorizationSASL, engine.AuthorizationTLS,
	engine.Transaction, engine.Update, engine.Closed}

// NewStates gathers the page. Each way has a place where it was just taken: in a dialogue of the library, or, where
// none takes it, in a session on the bench.
func NewStates(r *Reference) (*States, error) {
	s := &States{Edges: len(r.edges)}
	for _, state := range stateOrder {
		v := StateView{ID: stateAnchor(state), Name: state.String(), RFC: state.RFC(), Doc: stateDocs[state]}
		if v.RFC == "" {
			v.Name = upper(v.Name)
		}
		for _, x := range r.legal[state.String()] {
			if c, err := r.Lookup(x.Verb); err == nil && x.Legal {
				v.Legal = append(v.Legal, c)
			}
		}
		for _, e := range r.edges {
			if e.From != state {
				continue
			}
			way, err := r.way(e)
			if err != nil {
				return nil, err
			}
			if e.To == e.From && e.Outcome == engine.Err {
				v.Refusals = append(v.Refusals, way)
			} else {
				v.Ways = append(v.Ways, way)
			}
		}
		s.List = append(s.List, v)
	}
	return s, nil
}

// way is an edge for the page.
func (r *Reference) way(e engine.Edge) (Way, error) {
	w := Way{Words: e.Verb.Words(), Answer: e.Outcome.String(), Walk: r.walked[e]}
	if w.Walk == "" {
		return w, fmt.Errorf("view: no session of the reference walks %s with %q in %s; add one to reference_scenes.go", e.Verb, e.Outcome, e.From)
	}
	if all := dialogues.Walks()[e]; len(all) > 0 {
		w.Walk, w.Dialogue = DialoguePath(all[0].Dialogue.Name)+"#s="+strconv.Itoa(all[0].Step+1), all[0].Dialogue.Title
	}
	if e.To != e.From {
		w.To, w.ToID = e.To.String(), stateAnchor(e.To)
	}
	for i := range engine.POP3 {
		if row := &engine.POP3[i]; row.From == e.From && row.Verb == e.Verb {
			w.Place = row.Ref
			break
		}
	}
	if e.Verb == engine.Other && e.Outcome == engine.Silent {
		w.Words = "octets in the clear"
	}
	if e.Verb == engine.Expire && e.Outcome == engine.Err {
		for _, d := range engine.Switches {
			if d.Switch == engine.AnswerTimeout {
				w.Switch = d.Name
			}
		}
	}
	w.Page = "reference/events#" + eventID(e.Verb)
	if e.Verb.Command() {
		w.Page, w.Command = "reference/"+string(e.Verb), true
	}
	return w, nil
}
