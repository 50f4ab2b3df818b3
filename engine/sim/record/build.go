package record

import (
	"bytes"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A Source has steps to make records of: a lab, or sessions that were recorded elsewhere. Its steps are narrated,
// and those that there are don't change.
type Source interface {
	Steps() []sim.Step
	Now() int64  // milliseconds since 1970
	Inputs() int // so far
	// Servers are the protocols that the steps name by their numbers.
	Servers() []*engine.Protocol
	// Stored is a message as it was delivered, also when it isn't there any more.
	Stored(user, uid string) (octets []byte, was bool)
}

// ofLab is a lab as a Source.
type ofLab struct{ *sim.Lab }

func (l ofLab) Stored(user, uid string) ([]byte, bool) { return l.Store().Stored(user, uid) }

// A Builder makes the records of one source's steps. Records share what the steps share, so it's kept as long as
// the source is. It's used by one goroutine at a time.
type Builder struct {
	lab     Source
	choices map[choiceKey]*Choices
	edges   []map[edgeKey]int // by server
	drops   *Drops
	of      *sim.DropView // what drops was made of
	world   *World
	from    *sim.Snapshot // what world was made of
	last    *View         // of the step before
	lastKey viewKey
}

type viewKey struct {
	view *engine.View
	side *sim.Side
}

type choiceKey struct {
	server int
	state  engine.State
	secure bool
}

type edgeKey struct {
	from    engine.State
	verb    engine.Verb
	outcome engine.Status
	to      engine.State
}

// NewBuilder begins with a lab whose world is Narrated.
func NewBuilder(l *sim.Lab) *Builder { return BuilderOf(ofLab{l}) }

// BuilderOf begins with any source.
func BuilderOf(s Source) *Builder {
	return &Builder{lab: s, choices: map[choiceKey]*Choices{}}
}

// Frame is the record of the steps from..to-1 of the lab, which has that number.
func (b *Builder) Frame(number, from, to int) *Frame {
	all := b.lab.Steps()
	from = min(max(from, 0), len(all))
	to = min(max(to, from), len(all))
	f := &Frame{Lab: number, Clock: b.lab.Now(), Inputs: b.lab.Inputs(), Total: len(all), Steps: make([]Step, 0, to-from)}
	for i := from; i < to; i++ {
		f.Steps = append(f.Steps, b.step(i, &all[i]))
	}
	return f
}

func (b *Builder) step(seq int, s *sim.Step) Step {
	e := &s.Event
	x := s.Protocol.Explain(*e, s.View)
	r := Step{Seq: seq, Input: s.Input, Exchange: s.Exchange, Device: s.Device, Session: s.Session, Clock: s.Now, Travel: s.Travel,
		Kind: e.Kind.String(), Octets: e.Wire, Masked: e.Masked, TooLong: e.TooLong, Cuts: s.Cuts, Lost: s.Lost, Verb: string(e.Verb),
		Before: stateOf(e.Before), After: stateOf(e.After), Edge: -1, Change: e.Before != e.After, Status: e.Status.String(), Code: string(e.Code),
		Multi: e.Multi, Num: e.Num, Count: e.N, Removed: e.Removed, Spec: s.Server,
		Note: Note{Text: x.Text, Mistake: x.Mistake, RFC: x.Ref.RFC, Section: x.Ref.Section, Place: x.Ref.String(), Reqs: x.Ref.IDs()}}
	switch e.Kind {
	case engine.KindLine:
		r.Direction, r.LineEnd = "C", lineEnds[e.End]
	case engine.KindReply, engine.KindData, engine.KindEnd, engine.KindExtra:
		r.Direction = "S"
	case engine.KindNone:
		r.Kind, r.Happening = "world", s.Happening.Verb.String()
		if len(e.Wire) > 0 {
			r.Direction = "C"
		}
		happening(&r, s.Happening, e.Wire, s.Side)
	}
	if r.Kind != "world" {
		for _, l := range engine.Labels(*e) {
			r.Labels = append(r.Labels, Label{Start: l.Start, End: l.End, Part: l.Part.String(), Name: l.Name, Doc: l.Part.Doc()})
		}
		if r.Labels == nil && len(e.Wire) > 0 {
			r.Labels = []Label{{End: len(e.Wire), Part: engine.PartStray.String(), Doc: engine.PartStray.Doc()}}
		}
		r.Edge = b.edge(s)
		r.Title, r.Spoken = title(&r, e)
		if s.Edit != nil {
			edited(&r, s.Edit)
		}
	}
	r.View = b.view(s)
	r.World = b.worldOf(s.World)
	return r
}

var lineEnds = [...]string{engine.EndCRLF: "CR LF", engine.EndLF: "LF", engine.EndCRNUL: "CR NUL"}

func stateOf(s engine.State) State {
	return State{Name: s.String(), RFC: s.RFC(), Node: nodeIn(engine.Near, s)}
}

// view is the record of the session as it stood after a step.
func (b *Builder) view(s *sim.Step) *View {
	key := viewKey{s.View, s.Side}
	if b.last != nil && b.lastKey == key {
		return b.last
	}
	b.lastKey = key
	if s.View == nil {
		b.last = &View{State: stateOf(engine.Closed), Commands: &Choices{}}
		return b.last
	}
	v := s.View
	r := &View{State: stateOf(v.State), Open: v.State != engine.Closed, User: v.User, Secure: v.Secure, UTF8: v.UTF8, Lang: v.Lang, Mechanism: v.Mechanism,
		Live: v.Live, Octets: v.Octets, Stamp: s.Side.Stamp, IdleAt: s.Side.IdleAt, Pending: s.Side.Pending, Held: s.Side.Held, Suggest: s.Side.Suggest,
		Capabilities: s.Side.Capabilities, Commands: b.commands(s, v)}
	for i, m := range v.Messages {
		r.Messages = append(r.Messages, Message{Num: i + 1, Octets: m.Octets, UID: m.UID, Deleted: m.Deleted, Retrieved: m.Retrieved})
	}
	b.last = r
	return r
}

func (b *Builder) worldOf(s *sim.Snapshot) *World {
	if b.world != nil && b.from == s {
		return b.world
	}
	w := &World{Persona: s.Persona, Faults: s.Faults, Switches: s.Switches, Without: s.Without, Holding: s.Holding, Drops: b.dropsOf(s.Drops)}
	for _, d := range s.Devices {
		w.Devices = append(w.Devices, Device{Name: d.Name, Open: d.Open, Closing: d.Shut, Session: d.Session, State: stateOf(d.State), User: d.User,
			Secure: d.Secure, IdleAt: d.IdleAt, Segment: d.Segment, Delay: d.Delay, Ghosts: d.Ghosts})
	}
	for _, l := range s.Later {
		w.Later = append(w.Later, Later{At: l.At, What: toCome(&l.Input)})
	}
	b.world, b.from = w, s
	return w
}

func (b *Builder) dropsOf(views []sim.DropView) *Drops {
	if len(views) == 0 {
		return &Drops{}
	}
	if b.drops != nil && b.of == &views[0] {
		return b.drops
	}
	all := &Drops{}
	for _, v := range views {
		d := Drop{User: v.User, Secret: v.Secret, Ailment: string(v.Ailment)}
		if i := strings.LastIndexByte(v.Owner, '/'); i >= 0 { // as sim.SessionID wrote it
			d.Owner = v.Owner[:i]
			d.Session, _ = strconv.Atoi(v.Owner[i+1:])
		}
		for i, m := range v.Messages {
			octets, _ := b.lab.Stored(v.User, m.UID)
			d.Stored = append(d.Stored, Stored{UID: m.UID, Octets: m.Octets, Subject: subject(octets), Unseen: v.Unseen[i]})
		}
		all.List = append(all.List, d)
	}
	b.drops, b.of = all, &views[0]
	return all
}

// subject is what the first Subject field of a header says, as it stands there.
func subject(octets []byte) string {
	for len(octets) > 0 {
		line, rest, _ := bytes.Cut(octets, []byte{'\n'})
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			return ""
		}
		if name, value, ok := bytes.Cut(line, []byte{':'}); ok && strings.EqualFold(string(name), "Subject") {
			return strings.ToValidUTF8(string(bytes.TrimSpace(value)), "\uFFFD")
		}
		octets = rest
	}
	return ""
}

// edge is the index of the way that a step took, in the edges of its server.
func (b *Builder) edge(s *sim.Step) int {
	e := &s.Event
	if e.Rule == nil || e.Kind != engine.KindReply && e.Kind != engine.KindInput && e.Kind != engine.KindClose {
		return -1
	}
	if e.Kind == engine.KindClose && e.Before == engine.Closed {
		return -1 // the reply took the way
	}
	for len(b.edges) <= s.Server {
		index := map[edgeKey]int{}
		for i, edge := range engine.Edges(b.lab.Servers()[len(b.edges)].ActiveRules()) {
			index[edgeKey{edge.From, edge.Verb, edge.Outcome, edge.To}] = i
		}
		b.edges = append(b.edges, index)
	}
	if i, ok := b.edges[s.Server][edgeKey{e.Rule.From, e.Rule.Verb, e.Status, e.After}]; ok {
		return i
	}
	return -1 // AUTH that lists mechanisms, and a server that hangs up on its own account, go no way of the table's
}
