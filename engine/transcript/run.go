package transcript

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A Host runs worlds: the simulation, a server over TCP, a module in a
// browser.
type Host interface {
	// Open makes a world ready.
	Open(sim.World) (Lab, error)
}

// A Lab is a world that a host runs.
type Lab interface {
	// Do lets something happen and returns what follows. Of a step the octets
	// of events that have some, and the events KindTLS and KindClose, have to be
	// there; a host that can't see more leaves out the rest.
	Do(sim.Input) ([]sim.Step, error)
	// Close gives back what the lab holds.
	Close() error
}

// Simulation is the host without a network.
var Simulation Host = simulation{}

type simulation struct{}

func (simulation) Open(w sim.World) (Lab, error) {
	l, err := sim.New(w)
	if err != nil {
		return nil, err
	}
	return simulated{l}, nil
}

type simulated struct{ *sim.Lab }

func (simulated) Close() error { return nil }

// A Record is a dialogue as it went.
type Record struct {
	Dialogue *Dialogue
	// Inputs are what happened, and Steps what followed from each.
	Inputs []sim.Input
	Steps  [][]sim.Step

	of []int // for each input the index of its line; -1 for the first connection
}

// Run lets a dialogue happen at a host.
func Run(d *Dialogue, host Host) (_ *Record, err error) {
	lab, err := host.Open(d.World)
	if err != nil {
		return nil, errors.New(d.Name + ": " + err.Error())
	}
	defer func() {
		if closing := lab.Close(); err == nil && closing != nil {
			err = errors.New(d.Name + ": " + closing.Error())
		}
	}()
	r := &Record{Dialogue: d}
	if d.connectsAtOnce() {
		if err := r.do(lab, sim.Input{Verb: sim.Connect, Device: d.Device}, -1); err != nil {
			return nil, errors.New(d.Name + ": " + err.Error())
		}
	}
	for i, l := range d.lines {
		if l.kind != act || l.input.Verb == sim.NoVerb {
			continue
		}
		if err := r.do(lab, l.input, i); err != nil {
			return nil, errors.New(d.Name + ":" + strconv.Itoa(l.number) + ": " + err.Error())
		}
	}
	return r, nil
}

// connectsAtOnce says whether a connection comes before the first line.
func (d *Dialogue) connectsAtOnce() bool {
	for _, l := range d.lines {
		if l.kind == act {
			return !strings.HasPrefix(l.source, "[") && !strings.HasPrefix(l.source, "C connects") && !strings.HasPrefix(l.source, "C's network") && l.source[0] != '*'
		}
	}
	return true
}

func (r *Record) do(lab Lab, in sim.Input, of int) error {
	steps, err := lab.Do(in)
	if err != nil {
		return err
	}
	r.Inputs, r.Steps, r.of = append(r.Inputs, in), append(r.Steps, steps), append(r.of, of)
	return nil
}

// Lines formats the fields and lines of the file, with what the server did in place of
// the answers it held.
func (r *Record) Lines() string {
	var b strings.Builder
	for _, f := range r.Dialogue.fields {
		b.WriteString(f + "\n")
	}
	b.WriteByte('\n')
	next := 0
	for ; next < len(r.of) && r.of[next] == -1; next++ {
		r.answers(&b, r.Steps[next])
	}
	for i, l := range r.Dialogue.lines {
		if l.kind == answer {
			continue
		}
		b.WriteString(l.source + "\n")
		for ; next < len(r.of) && r.of[next] == i; next++ {
			r.answers(&b, r.Steps[next])
		}
	}
	return b.String()
}

// Format formats the whole file.
func (r *Record) Format() []byte {
	var b strings.Builder
	b.WriteString(r.Lines())
	for _, s := range r.Dialogue.sections {
		b.WriteString("-- " + s.name + " --\n")
		for _, l := range s.text {
			b.WriteString(l + "\n")
		}
	}
	b.WriteString("-- events --\n")
	b.WriteString(r.Events())
	return []byte(b.String())
}

// Source is the file as it was.
func (d *Dialogue) Source() []byte { return d.source }

// answers writes what the server did: octets line by line.
func (r *Record) answers(b *strings.Builder, steps []sim.Step) {
	var octets []byte
	for i, s := range steps {
		octets = append(octets, s.Event.Out()...)
		prefix := r.prefix(s.Device)
		more := i+1 < len(steps) && steps[i+1].Device == s.Device && steps[i+1].Event.Kind != engine.KindClose && steps[i+1].Event.Kind != engine.KindTLS
		if !more {
			octetLines(b, prefix, octets)
			octets = nil
		}
		switch s.Event.Kind {
		case engine.KindClose:
			b.WriteString(prefix + closes + "\n")
		case engine.KindTLS:
			b.WriteString(prefix + beginsTLS + "\n")
		}
	}
}

// prefix is what a line of a device begins with.
func (r *Record) prefix(device string) string {
	if device == "" || r.Dialogue != nil && device == r.Dialogue.Device {
		return ""
	}
	return "[" + device + "] "
}

func octetLines(b *strings.Builder, prefix string, octets []byte) {
	for len(octets) > 0 {
		n := bytes.IndexByte(octets, '\n') + 1
		if n == 0 {
			n = len(octets)
		}
		if text, ok := plain(octets[:n]); ok {
			b.WriteString(strings.TrimSuffix(prefix+"S: "+text, " ") + "\n")
		} else {
			b.WriteString(prefix + "S> " + Escape(octets[:n]) + "\n")
		}
		octets = octets[n:]
	}
}
