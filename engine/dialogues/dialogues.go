// Package dialogues is a library of recorded dialogues: each a small story
// about POP3, told by what goes over the wire, and each also a test.
//
// A dialogue is one text file in the form of package transcript. Beside that
// package's fields it has a title, and about: what is worth watching, and where
// it comes from. A line with # is what is said beside the next line. To add one,
// write what the clients do, put its name into a group in groups.go, and let
//
//	go test ./engine/dialogues -update
//
// write the answers. Read them against the RFC before they are committed.
//
// groups.go has the teaching order, walks.go says which dialogue walks which way
// of the state diagram.
package dialogues

import (
	"embed"
	"slices"
	"sync"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
	"pop3lab/engine/transcript"
)

//go:embed *.txtar
var files embed.FS

// A Dialogue is one of the library. It doesn't change, and may be used from many
// goroutines.
type Dialogue struct {
	Name  string // as it stands in an address: rfc1939-stat
	Title string
	Group *Group
	About string // one to four sentences
	RFC   string // the place that it's about: "1939 section 5"
	// Source is the file's text.
	Source string

	run func() *run
}

// A run is a dialogue as it went.
type run struct {
	script  sim.Script
	steps   []sim.Step
	remarks []transcript.Remark
	devices []string
}

// Script is the world, which is narrated and shows its secrets, and what happens
// in it: a Lab that replays it can be taken over at any step.
func (d *Dialogue) Script() sim.Script { return d.run().script }

// Steps are what happened. The caller doesn't change them.
func (d *Dialogue) Steps() []sim.Step { return d.run().steps }

// Remarks are what is said beside steps, in their order.
func (d *Dialogue) Remarks() []transcript.Remark { return d.run().remarks }

// Remark is what is said beside a step, counted from 0; empty for nothing.
func (d *Dialogue) Remark(step int) string {
	for _, r := range d.run().remarks {
		if r.First <= step && step <= r.Last {
			return r.Text
		}
	}
	return ""
}

// Devices are the names of the clients, in the order in which they appear.
func (d *Dialogue) Devices() []string { return d.run().devices }

// Lab is a new lab in which everything of the dialogue has happened.
func (d *Dialogue) Lab() *sim.Lab {
	l, err := d.Script().Replay()
	if err != nil {
		panic("dialogues: " + d.Name + " happened once and doesn't again: " + err.Error()) // a lab is deterministic
	}
	return l
}

// Frame is the record of all steps, as the browser's module makes it of the
// script.
func (d *Dialogue) Frame() *record.Frame {
	l := d.Lab()
	return record.NewBuilder(l).Frame(1, 0, len(l.Steps()))
}

// All are the dialogues, group by group, in the order in which somebody who
// learns may watch them.
func All() []*Dialogue {
	var all []*Dialogue
	for _, g := range Groups() {
		all = append(all, g.Dialogues...)
	}
	return all
}

// Named returns the dialogue of that name.
func Named(name string) (*Dialogue, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return nil, false
}

// open makes a dialogue of its file. The files are part of the program, and the
// tests run each: that one can't be read or played can't happen.
func open(name string, g *Group) *Dialogue {
	source, err := files.ReadFile(name + ".txtar")
	if err != nil {
		panic("dialogues: there is no file " + name + ".txtar; groups.go names it, and every persona and fault has one")
	}
	t, err := parse(name, source)
	if err != nil {
		panic("dialogues: " + err.Error())
	}
	return &Dialogue{Name: name, Title: t.Title, Group: g, About: t.About, RFC: t.RFC, Source: string(source),
		run: sync.OnceValue(func() *run { return play(t) })}
}

// parse reads a file, and makes its world one to look at.
func parse(name string, source []byte) (*transcript.Dialogue, error) {
	t, err := transcript.Parse(name, source)
	if err == nil {
		t.World.Narrated, t.World.ShowSecrets = true, true
	}
	return t, err
}

func play(t *transcript.Dialogue) *run {
	r, err := transcript.Run(t, transcript.Simulation)
	if err != nil {
		panic("dialogues: " + err.Error())
	}
	p := &run{script: sim.Script{World: t.World, Inputs: r.Inputs}, steps: slices.Concat(r.Steps...), remarks: r.Remarks()}
	for _, in := range r.Inputs {
		if in.Verb == sim.Connect && !slices.Contains(p.devices, in.Device) {
			p.devices = append(p.devices, in.Device)
		}
	}
	return p
}
