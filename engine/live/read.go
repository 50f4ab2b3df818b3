package live

import (
	"errors"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// A Position is a place in a stream: before a step, counted from 0, of a recording, counted from 1.
type Position struct{ Recording, Step int }

// Read returns at most so many steps from a position on, and the position behind them. The frame's Lab is the number of
// the recording. What isn't kept any more is left out; a position that there never was means the present recording
// from its beginning. A frame has steps of one recording; without any the reader has all there is. What the frame
// points to is shared: the caller doesn't change it.
func (s *Stream) Read(at Position, most int) (f *record.Frame, next Position) {
	s.build.Lock()
	defer s.build.Unlock()
	r, from, until := s.find(at, most)
	return r.frame(from, until), Position{r.number, until}
}

// find is where to read.
func (s *Stream) find(at Position, most int) (r *recording, from, until int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest, newest := s.kept[0], s.kept[len(s.kept)-1]
	switch {
	case at.Recording < 1 || at.Recording > newest.number:
		at = Position{newest.number, 0}
	case at.Recording < oldest.number:
		at = Position{oldest.number, 0}
	}
	r = s.kept[at.Recording-oldest.number]
	if at.Step < 0 || at.Step > len(r.steps) {
		at.Step = 0
	}
	if at.Step == len(r.steps) && r != newest {
		r, at.Step = s.kept[at.Recording-oldest.number+1], 0
	}
	until = at.Step
	for octets := 0; until < len(r.steps) && until-at.Step < most && octets < maxFrame; until++ {
		octets += len(r.steps[until].Event.Wire)
	}
	return r, at.Step, until
}

// maxFrame is how many octets the steps of a frame have before it's closed.
const maxFrame = 256 << 10

// Behind is how many steps there are from a position on.
func (s *Stream) Behind(at Position) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.kept {
		switch {
		case r.number == at.Recording:
			n += max(0, len(r.steps)-at.Step)
		case r.number > at.Recording:
			n += len(r.steps)
		}
	}
	return n
}

// Changed is closed when there are further steps.
func (s *Stream) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// Recordings are the numbers of the recordings that are kept, the first and the last.
func (s *Stream) Recordings() (first, last int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[0].number, s.kept[len(s.kept)-1].number
}

// Lanes lays the message of a step three times side by side, as record.Builder.Lanes does. It fails when the step is
// about none, or isn't kept.
func (s *Stream) Lanes(at Position) ([]byte, error) {
	s.build.Lock()
	defer s.build.Unlock()
	r, from, until := s.find(at, 1)
	if r.number != at.Recording || from != at.Step || until == from {
		return nil, errors.New("live: there is no such step, or it isn't kept any more")
	}
	r.ready()
	lanes, err := r.builder.Lanes(from)
	if err != nil {
		return nil, err
	}
	return lanes.Append(nil), nil
}

func (r *recording) ready() {
	if r.builder == nil {
		r.builder = record.BuilderOf(r)
	}
}

// frame makes the records. The caller holds Stream.build.
func (r *recording) frame(from, until int) *record.Frame {
	r.ready()
	f := r.builder.Frame(r.number, from, until)
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	for i := range f.Steps {
		if w := r.words[f.Steps[i].Seq]; w != nil {
			w.put(&f.Steps[i])
		}
	}
	return f
}

// Steps implements record.Source. Steps that are there don't change, so the slice may be read without a lock.
func (r *recording) Steps() []sim.Step {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	return r.steps
}

// Now implements record.Source.
func (r *recording) Now() int64 { return now() }

// Inputs implements record.Source.
func (r *recording) Inputs() int {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	return r.stream.inputs
}

// Servers implements record.Source: there is one.
func (r *recording) Servers() []*engine.Protocol { return []*engine.Protocol{r.stream.rec.protocol} }

// Stored implements record.Source.
func (r *recording) Stored(user, uid string) ([]byte, bool) {
	if r.stream.store == nil {
		return nil, false
	}
	return r.stream.store.Stored(user, uid)
}
