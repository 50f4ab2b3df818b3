package main

import (
	"strconv"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// The calls of programs that want worlds, inputs and events as package sim has them (record.go there): the
// tests that compare the module with the native engine.

// open makes a lab of the world in the record and leaves its number, in decimal.
func (r *reactor) open(n uint32) int32 {
	return r.call(n, func(record []byte) error {
		w, err := sim.ReadWorld(record)
		if err != nil {
			return err
		}
		lab, err := sim.New(w)
		if err != nil {
			return err
		}
		r.out = strconv.AppendInt(r.out, int64(r.add(lab)), 10)
		return nil
	})
}

// do gives a lab the input in the record and leaves the steps that follow.
func (r *reactor) do(lab, n uint32) int32 {
	return r.call(n, func(record []byte) error {
		l, err := r.lab(lab)
		if err != nil {
			return err
		}
		in, err := sim.ReadInput(record)
		if err != nil {
			return err
		}
		steps, err := l.Do(in)
		if err != nil {
			return err
		}
		r.out = sim.AppendSteps(r.out, steps, l.Protocol().ActiveRules())
		return nil
	})
}

// version leaves the version of worlds and inputs, and the engine's table sizes, so that a page can
// tell that its own tables are of the same build.
func (r *reactor) version() int32 {
	return r.call(0, func([]byte) error {
		r.out = strconv.AppendInt(r.out, sim.Version, 10)
		r.out = append(r.out, ' ')
		r.out = strconv.AppendInt(r.out, int64(len(engine.POP3)), 10)
		return nil
	})
}
