package live

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// A Stream is what one person sees: a maildrop, and every session that was claimed for it, as steps. Steps stand in
// recordings, which are numbered from 1; a full one is followed by the next. Its methods may be called from many
// goroutines.
type Stream struct {
	rec   *Recorder
	store *sim.Store
	user  engine.User

	build sync.Mutex // guards the recordings' builders; it's taken before mu

	mu        sync.Mutex // guards what follows; nothing slow is done under it
	kept      []*recording
	devices   []*device
	inputs    int
	exchanges int
	drops     []sim.DropView // nil when they are to be looked at anew
	snapshot  *sim.Snapshot
	focus     *device // whose session was looked at last
	changed   chan struct{}
	weight    atomic.Int64
}

// A recording is some steps of a stream. Those that are there don't change.
type recording struct {
	number  int
	stream  *Stream
	steps   []sim.Step
	words   map[int]*words
	octets  int
	builder *record.Builder
}

// A device is a client in a stream: one connection at a time.
type device struct {
	name    string
	base    string
	number  int // of its connections so far
	session string
	cut     func()
	open    bool
	view    *engine.View
	side    *sim.Side
	idleAt  int64
}

// NewStream begins with a user and a store that has the user's maildrop; for watched sessions there is neither.
func (r *Recorder) NewStream(user engine.User, store *sim.Store) *Stream {
	s := &Stream{rec: r, store: store, user: user}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record()
	return s
}

// Weight is how many octets the stream takes, about.
func (s *Stream) Weight() int64 { return s.weight.Load() }

// Touch says that something about the maildrop may have changed: what is in it, or who has it open.
func (s *Stream) Touch() {
	s.mu.Lock()
	s.drops = nil
	s.mu.Unlock()
}

// Happen adds a step for what happened to the maildrop.
func (s *Stream) Happen(in sim.Input) { s.happen(in, nil) }

// Told adds a step that no input of the simulated world stands for. Happening is one of this package's names.
func (s *Stream) Told(happening, title, text string) {
	s.happen(sim.Input{Verb: sim.Advance}, &words{happening: happening, title: title, text: text})
}

func (s *Stream) happen(in sim.Input, w *words) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = nil
	s.inputs++
	s.say(in, w)
	s.notify()
}

// say adds a step that is no session's. The session that was looked at stays in view. The caller holds mu.
func (s *Stream) say(in sim.Input, w *words) {
	s.exchanges++
	step := sim.Step{Input: s.inputs - 1, Now: now(), Happening: &in, Exchange: s.exchanges - 1, Protocol: s.rec.protocol}
	if d := s.focus; d != nil {
		step.View, step.Side = d.view, d.side
		if d.view != nil {
			step.Event.Before, step.Event.After = d.view.State, d.view.State
		}
	}
	s.keep(step, w)
}

func now() int64 { return time.Now().UnixMilli() }

// Trim gives up the oldest recording, or ends the present one if it's the only one.
func (s *Stream) Trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 1 {
		s.turn()
	}
	if len(s.kept) > 1 { // turn has released it where only one is kept
		s.release()
	}
	s.notify()
}

// Cut cuts the connection of a device, or all if it's empty, and returns how many it cut.
func (s *Stream) Cut(device string) int {
	s.mu.Lock()
	var cuts []func()
	for _, d := range s.devices {
		if d.open && (device == "" || d.name == device) {
			cuts = append(cuts, d.cut)
		}
	}
	s.mu.Unlock()
	for _, cut := range cuts {
		cut()
	}
	return len(cuts)
}

// Open is how many connections there are.
func (s *Stream) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, d := range s.devices {
		if d.open {
			n++
		}
	}
	return n
}

// enter gives a session a device: one that has no connection any more, or a new one. It says false when there are too
// many.
func (s *Stream) enter(k *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var free *device
	open, named := 0, 0
	for _, d := range s.devices {
		if d.open {
			open++
		}
		if d.base == k.device {
			named++
			if free == nil && !d.open {
				free = d
			}
		}
	}
	if open >= s.rec.limits.Connections {
		s.say(sim.Input{Verb: sim.Advance}, crowded(open))
		s.notify()
		return false
	}
	if free == nil {
		free = &device{base: k.device, name: k.device}
		if named > 0 {
			free.name += " " + strconv.Itoa(named+1)
		}
		s.devices = append(s.devices, free)
	}
	free.number++
	free.session, free.cut, free.open, free.view, free.side = k.conn.ID, k.conn.Cut, true, nil, nil
	k.as = free
	s.drops = nil
	return true
}

// close says that a device has no connection any more.
func (s *Stream) close(k *session, _ time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.as.open, k.as.cut, k.as.idleAt = false, nil, 0
	s.drops = nil
}

// add numbers steps of a session and keeps them.
func (s *Stream) add(k *session, shots []shot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := k.as
	for i := range shots {
		sh := &shots[i]
		step := &sh.step
		if sh.read != k.read {
			k.read = sh.read
			s.inputs++
		}
		if sh.begins {
			s.exchanges++
			k.exchange = s.exchanges - 1
		}
		step.Input, step.Exchange = s.inputs-1, k.exchange
		step.Device, step.Session, step.Protocol = d.name, d.number, s.rec.protocol
		if step.Happening != nil {
			step.Happening.Device = d.name
		}
		d.view = step.View
		d.idleAt = 0
		if st := d.view.State; d.open && !s.rec.watching && st != engine.Connected && st != engine.Closed {
			d.idleAt = sh.heard.Add(s.rec.idle).UnixMilli()
		}
		if !sh.same || d.side == nil {
			d.side = &sim.Side{Stamp: k.stamp, Pending: sh.pending, IdleAt: d.idleAt, Capabilities: sh.caps, Suggest: s.suggest(k, d.view)}
		}
		step.Side = d.side
		if step.Event.Before != step.Event.After {
			s.drops = nil
		}
		s.focus = d
		s.keep(*step, sh.words)
	}
	s.notify()
}

// suggest is what a client might send next.
func (s *Stream) suggest(k *session, v *engine.View) []string {
	can, cleartext := k.inside.suggest()
	if !can {
		return nil
	}
	p := sim.Prompt{Protocol: s.rec.protocol, View: v, Stamp: k.stamp, Barred: !cleartext, Said: k.said, Users: []engine.User{s.user},
		Locked: func(string) bool { return false }}
	return p.Suggest()
}

// keep puts a step at the end of the recording under way, and begins another when it's full. The caller holds mu.
func (s *Stream) keep(step sim.Step, w *words) {
	r := s.kept[len(s.kept)-1]
	if len(r.steps) >= s.rec.limits.Steps-1 || r.octets >= s.rec.limits.Octets {
		s.turn()
		r = s.kept[len(s.kept)-1]
	}
	step.World = s.snap()
	r.put(step, w)
}

// put adds a step.
func (r *recording) put(step sim.Step, w *words) {
	if w != nil {
		r.words[len(r.steps)] = w
	}
	r.steps = append(r.steps, step)
	r.octets += len(step.Event.Wire)
	r.stream.weight.Add(int64(shotCost + len(step.Event.Wire)))
}

// turn ends the recording under way and begins the next.
func (s *Stream) turn() {
	r := s.kept[len(s.kept)-1]
	last := r.steps[len(r.steps)-1]
	last.Event, last.Device, last.Session = engine.Event{Before: last.Event.After, After: last.Event.After}, "", 0
	last.Happening, last.Cuts, last.Lost = &sim.Input{Verb: sim.Advance}, nil, false
	r.put(last, full(s.rec.limits.Recordings))
	s.record()
	for len(s.kept) > s.rec.limits.Recordings {
		s.release()
	}
}

// release gives up the oldest recording.
func (s *Stream) release() {
	r := s.kept[0]
	s.kept = slices.Delete(s.kept, 0, 1)
	s.weight.Add(-int64(r.octets + shotCost*len(r.steps)))
}

// record begins a recording. Its first step shows how everything stands.
func (s *Stream) record() {
	r := &recording{number: 1, stream: s, words: map[int]*words{}}
	if n := len(s.kept); n > 0 {
		r.number = s.kept[n-1].number + 1
	}
	s.kept = append(s.kept, r)
	s.inputs++
	s.say(sim.Input{Verb: sim.Advance}, s.rec.opened(r.number, s.user.Name))
}

// snap is how everything stands. It's the last snapshot when nothing changed.
func (s *Stream) snap() *sim.Snapshot {
	views := make([]sim.DeviceView, 0, len(s.devices))
	for _, d := range s.devices {
		v := sim.DeviceView{Name: d.name, Session: d.number, Open: d.open}
		if d.view != nil {
			v.User, v.Secure = d.view.User, d.view.Secure
			if d.open {
				v.State, v.IdleAt = d.view.State, d.idleAt
				v.Open = d.view.State != engine.Closed
			}
		}
		views = append(views, v)
	}
	fresh := s.drops == nil
	if fresh {
		s.drops = []sim.DropView{}
		if s.store != nil {
			s.drops = append(s.drops, s.drop())
		}
	}
	if old := s.snapshot; !fresh && old != nil && slices.EqualFunc(old.Devices, views, sameDevice) {
		return old
	}
	world := s.rec.serving
	world.Devices, world.Drops = views, s.drops
	s.snapshot = &world
	return s.snapshot
}

func sameDevice(a, b sim.DeviceView) bool {
	return a.Name == b.Name && a.Session == b.Session && a.Open == b.Open && a.User == b.User && a.Secure == b.Secure && a.State == b.State && a.IdleAt == b.IdleAt
}

// drop is the maildrop as it is stored.
func (s *Stream) drop() sim.DropView {
	drops := s.store.Drops()
	v := sim.DropView{User: s.user.Name, Secret: s.user.Secret, Messages: drops.Messages(s.user.Name)}
	v.Unseen = make([]bool, len(v.Messages))
	owner, locked := drops.Owner(s.user.Name)
	if !locked {
		return v
	}
	v.Owner = sim.SessionID("another program", 0)
	for _, d := range s.devices {
		if d.session != owner || !d.open {
			continue
		}
		v.Owner = sim.SessionID(d.name, d.number)
		known := map[string]bool{}
		if d.view != nil {
			for _, m := range d.view.Messages {
				known[m.UID] = true
			}
		}
		for i, m := range v.Messages {
			v.Unseen[i] = !known[m.UID]
		}
	}
	return v
}

// notify wakes those who wait for steps. The caller holds mu.
func (s *Stream) notify() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
