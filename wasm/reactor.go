package main

import (
	"errors"
	"strconv"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// A reactor is what the exports work on: the labs that are open, and the
// buffers that records go through.
type reactor struct {
	in, out []byte
	labs    []*room // lab n is labs[n-1]; nil when it was closed
	opening         // what was kept when the module was built
	school          // what lessons need
}

// An opening is a lab that was made of a script before anybody asked for it; nil when it's given away.
type opening struct {
	script string
	kept   *room
}

// A room is a lab, and what makes records for a page of it: nil when its world isn't narrated.
type room struct {
	*sim.Lab
	builder *record.Builder
}

// maxInput bounds a record that comes in.
const maxInput = 64 << 20

var (
	errInput  = errors.New("wasm: the record is larger than the buffer that input made for it")
	errServer = errors.New("wasm: the lab had no such server")
)

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

// add makes room for a lab and returns its number.
func (r *reactor) add(l *sim.Lab) int {
	r.labs = append(r.labs, newRoom(l))
	return len(r.labs)
}

func newRoom(l *sim.Lab) *room {
	m := &room{Lab: l}
	if l.Narrated() {
		m.builder = record.NewBuilder(l)
	}
	return m
}

func (r *reactor) lab(n uint32) (*room, error) {
	if n == 0 || int(n) > len(r.labs) || r.labs[n-1] == nil {
		return nil, errors.New("wasm: there is no lab " + strconv.FormatUint(uint64(n), 10) + "; begin makes one")
	}
	return r.labs[n-1], nil
}

// shown is the lab if a page may look at it.
func (r *reactor) shown(n uint32) (*room, error) {
	m, err := r.lab(n)
	if err == nil && m.builder == nil {
		return nil, errors.New("wasm: the world of this lab isn't narrated; begin makes one that is")
	}
	return m, err
}
