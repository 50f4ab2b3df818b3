package engine_test

import (
	"sync"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/engine/vectors"
)

// A told is everything that happened in one vector, and the server that it happened at.
type told struct {
	name   string
	world  sim.World
	inputs []sim.Input
	steps  []sim.Step
	server *engine.Protocol
}

var everyVector = sync.OnceValues(func() ([]told, error) {
	dialogues, err := vectors.All()
	if err != nil {
		return nil, err
	}
	var all []told
	for _, d := range dialogues {
		r, err := transcript.Run(d, transcript.Simulation)
		if err != nil {
			return nil, err
		}
		one := told{name: d.Name, world: d.World, inputs: r.Inputs}
		for _, steps := range r.Steps {
			one.steps = append(one.steps, steps...)
		}
		c, _, err := d.World.Config(func() int64 { return 0 })
		if err != nil {
			return nil, err
		}
		one.server = engine.New(c)
		all = append(all, one)
	}
	return all, nil
})

// vectorEvents runs f for every event of every vector.
func vectorEvents(t *testing.T, f func(t *testing.T, v told, s sim.Step)) {
	t.Helper()
	all, err := everyVector()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 200 {
		t.Fatalf("got %d vectors, want the hundreds there are", len(all))
	}
	for _, v := range all {
		for _, s := range v.steps {
			f(t, v, s)
		}
	}
}

// happened runs input against a server and returns its events, their octets copied.
func happened(c engine.Config, peer engine.Peer, input string) []engine.Event {
	s := engine.New(c).NewSession(peer)
	s.Feed([]byte(input))
	var events []engine.Event
	for e, ok := s.Next(); ok; e, ok = s.Next() {
		e.Wire = append([]byte(nil), e.Wire...)
		events = append(events, e)
	}
	return events
}
