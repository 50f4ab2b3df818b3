package main

import (
	"errors"
	"strconv"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A reactor is what the exports work on: the labs that are open, and the
// buffers that records go through.
type reactor struct {
	in, out []byte
	labs    []*sim.Lab // lab n is labs[n-1]; nil when it was closed
}

// maxInput bounds a record that comes in.
const maxInput = 64 << 20

var errInput = errors.New("wasm: the record is larger than the buffer that input made for it")

// input makes room for a record of n octets, or returns nil when that is too much.
func (r *reactor) input(n uint32) []byte {
	if n > maxInput {
		return nil
	}
	if int(n) > cap(r.in) || r.in == nil {
		r.in = make([]byte, n)
	}
	r.in = r.in[:cap(r.in)]
	return r.in
}

// call carries out f and leaves its output, or its error's text. It returns the number of
// octets at output; for an error, that number's complement (-1 for 0, -2 for 1), so that it is
// negative. A panic is an error too, though one after which the labs can't be
// trusted: the page then begins again with a fresh module.
func (r *reactor) call(n uint32, f func(record []byte) error) (size int32) {
	defer func() {
		if p := recover(); p != nil {
			size = r.failed("wasm: panic: " + panicText(p))
		}
	}()
	r.out = r.out[:0]
	if int(n) > len(r.in) {
		return r.failed(errInput.Error())
	}
	if err := f(r.in[:n]); err != nil {
		return r.failed(err.Error())
	}
	return int32(len(r.out))
}

func (r *reactor) failed(text string) int32 {
	r.out = append(r.out[:0], text...)
	return ^int32(len(r.out))
}

func panicText(p any) string {
	switch p := p.(type) {
	case error:
		return p.Error()
	case string:
		return p
	}
	return "of another kind"
}

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
		r.labs = append(r.labs, lab)
		r.out = strconv.AppendInt(r.out, int64(len(r.labs)), 10)
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

// close gives up a lab.
func (r *reactor) close(lab uint32) int32 {
	return r.call(0, func([]byte) error {
		if _, err := r.lab(lab); err != nil {
			return err
		}
		r.labs[lab-1] = nil
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

func (r *reactor) lab(n uint32) (*sim.Lab, error) {
	if n == 0 || int(n) > len(r.labs) || r.labs[n-1] == nil {
		return nil, errors.New("wasm: there is no lab " + strconv.FormatUint(uint64(n), 10) + "; open makes one")
	}
	return r.labs[n-1], nil
}
