package dialogues

import (
	"slices"
	"sync"

	"pop3lab/engine"
)

// A Walk is a dialogue that takes a way of the state diagram, and the first step
// in which it does.
type Walk struct {
	Dialogue *Dialogue
	Step     int
}

// Walks says of every way that some dialogue takes which dialogues take it, in
// teaching order. The ways are those of engine.Edges for the server of each
// dialogue.
func Walks() map[engine.Edge][]Walk { return walks() }

var walks = sync.OnceValue(func() map[engine.Edge][]Walk {
	all := map[engine.Edge][]Walk{}
	ways := map[*engine.Protocol][]engine.Edge{}
	for _, d := range All() {
		for i, s := range d.Steps() {
			if ways[s.Protocol] == nil {
				ways[s.Protocol] = engine.Edges(s.Protocol.ActiveRules())
			}
			e, ok := way(ways[s.Protocol], &s.Event)
			if known := all[e]; ok && !slices.ContainsFunc(known, func(w Walk) bool { return w.Dialogue == d }) {
				all[e] = append(known, Walk{d, i})
			}
		}
	}
	return all
})

// way is the way that an event took.
func way(ways []engine.Edge, e *engine.Event) (engine.Edge, bool) {
	switch {
	case e.Rule == nil, e.Kind != engine.KindReply && e.Kind != engine.KindInput && e.Kind != engine.KindClose,
		e.Kind == engine.KindClose && e.Before == engine.Closed: // the reply took it
		return engine.Edge{}, false
	}
	for _, w := range ways {
		if w.From == e.Rule.From && w.Verb == e.Rule.Verb && w.Outcome == e.Status {
			return w, true
		}
	}
	return engine.Edge{}, false
}
