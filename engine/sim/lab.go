package sim

import (
	"bytes"
	"errors"
	"strconv"

	"pop3lab/engine"
)

// Timers of a lab, in milliseconds.
const (
	// IdleMillis is how long a silent device keeps its connection.
	//
	// RFC 1939 section 3: "Such a timer MUST be of at least 10 minutes'
	// duration."
	IdleMillis = 10 * 60 * 1000
	// shortIdleMillis is what the fault idle-short makes of it.
	shortIdleMillis = 10 * 1000
	// greetingMillis is by how much the fault greeting-delayed delays.
	greetingMillis = 3 * 1000
)

// A Lab is a world under way. It is used by one goroutine at a time.
type Lab struct {
	world    World
	now      int64
	protocol *engine.Protocol
	store    *Store
	stamps   *Stamps
	devices  []*device
	inputs   []Input
	steps    []Step
}

// A device is a client's end of at most one connection at a time.
type device struct {
	name     string
	sessions int // so far
	session  *engine.Session
	view     *engine.View
	open     bool
	heard    int64 // when the idle timer began anew
	greetAt  int64 // not before this time does the server speak
}

// New begins a world. It fails when the world names something that does not
// exist.
func New(w World) (*Lab, error) {
	l := &Lab{world: w, now: w.Now}
	c, store, err := w.Config(func() int64 { return l.now })
	if err != nil {
		return nil, err
	}
	l.protocol, l.store, l.stamps = engine.New(c), store, l.world.NewStamps()
	return l, nil
}

// Do lets something happen and returns the steps that follow from it: every
// session does what it can do. It fails, and nothing happens, when the input
// makes no sense: octets from a device that isn't connected, mail for a user
// who doesn't exist.
func (l *Lab) Do(in Input) ([]Step, error) {
	from := len(l.steps)
	l.inputs = append(l.inputs, in)
	if err := l.do(in); err != nil {
		l.inputs = l.inputs[:len(l.inputs)-1]
		return nil, err
	}
	return l.steps[from:len(l.steps):len(l.steps)], nil
}

func (l *Lab) do(in Input) error {
	switch in.Verb {
	case Connect:
		return l.connect(in)
	case Advance:
		if in.Millis < 0 {
			return errors.New("sim: time doesn't go backwards; fork at an earlier step instead")
		}
		l.advance(l.now + in.Millis)
		return nil
	case Deliver, Ail:
		if _, there := l.store.users[in.User]; !there {
			return unknown("user", in.User)
		}
		return l.store.Apply(in)
	case Remove:
		return l.store.Apply(in)
	case NoVerb, numVerbs:
		return errors.New("sim: an input needs a verb")
	}
	d := l.device(in.Device)
	if d == nil || !d.open {
		return errors.New("sim: " + in.Device + " isn't connected; connect it first")
	}
	switch in.Verb {
	case Send:
		d.session.Feed(in.Octets)
		if in.Last {
			d.session.Hangup()
		}
	case Hangup:
		d.session.Hangup()
	case Expire:
		l.advance(l.expiry(d))
		return nil
	case Secure:
		if d.session.State() != engine.AuthorizationTLS {
			return errors.New("sim: " + in.Device + " has no TLS handshake to complete; send STLS first")
		}
		if l.protocol.Faults.Has(engine.FaultHandshakeFails) {
			d.session.Hangup()
		} else {
			d.session.Secured(in.User)
			d.heard = l.now
		}
	default:
		return errors.New("sim: there is no such input")
	}
	l.pump(d)
	return nil
}

func (l *Lab) connect(in Input) error {
	d := l.device(in.Device)
	switch {
	case d == nil:
		d = &device{name: in.Device}
		l.devices = append(l.devices, d)
	case d.open:
		return errors.New("sim: " + in.Device + " is connected already; hang up first, or name another device")
	}
	d.sessions++
	d.session = l.protocol.NewSession(engine.Peer{
		ID:        SessionID(d.name, d.sessions),
		Stamp:     l.stamps.Next(l.now),
		Secure:    in.TLS,
		Cleartext: !in.Barred,
		External:  in.User,
	})
	d.open, d.heard, d.greetAt = true, l.now, l.now
	d.view = nil
	if l.protocol.Faults.Has(engine.FaultGreetingDelayed) {
		d.greetAt += greetingMillis
	}
	l.pump(d)
	return nil
}

// SessionID is how the owner of a lock is named: the n-th session of device.
func SessionID(device string, n int) string { return device + "/" + strconv.Itoa(n) }

func (l *Lab) device(name string) *device {
	for _, d := range l.devices {
		if d.name == name {
			return d
		}
	}
	return nil
}

// expiry is when d's idle timer runs out.
func (l *Lab) expiry(d *device) int64 {
	if l.protocol.Faults.Has(engine.FaultIdleShort) {
		return d.heard + shortIdleMillis
	}
	return d.heard + IdleMillis
}

// advance moves the clock, and on the way does what is due, in its order.
func (l *Lab) advance(until int64) {
	for {
		at, due := until+1, (*device)(nil)
		for _, d := range l.devices {
			if when := l.dueAt(d); d.open && when < at {
				at, due = when, d
			}
		}
		if due == nil {
			break
		}
		l.now = max(l.now, at)
		if at == due.greetAt && due.session.State() == engine.Connected {
			l.pump(due)
			continue
		}
		due.session.Expire()
		l.pump(due)
	}
	l.now = until
}

// dueAt is when d's next timer runs out.
func (l *Lab) dueAt(d *device) int64 {
	if d.session.State() == engine.Connected {
		return d.greetAt
	}
	return l.expiry(d)
}

// pump lets a session do all it can.
func (l *Lab) pump(d *device) {
	if l.now < d.greetAt {
		return
	}
	for e, ok := d.session.Next(); ok; e, ok = d.session.Next() {
		e.Wire, e.Body = bytes.Clone(e.Wire), nil
		switch e.Kind {
		case engine.KindLine:
			// RFC 1939 section 3: "The receipt of any command from the client
			// during that interval should suffice to reset the autologout timer."
			d.heard = l.now
		case engine.KindClose:
			d.open = false
		}
		if d.view == nil || e.Kind != engine.KindData && e.Kind != engine.KindEnd {
			v := d.session.View()
			d.view = &v
		}
		l.steps = append(l.steps, Step{Input: len(l.inputs) - 1, Now: l.now, Device: d.name, Event: e, View: d.view})
	}
}

// Now is the clock, in milliseconds since 1970.
func (l *Lab) Now() int64 { return l.now }

// Steps are all steps so far. The caller doesn't change them.
func (l *Lab) Steps() []Step { return l.steps }

// Store is the world's maildrops and users.
func (l *Lab) Store() *Store { return l.store }

// Protocol is what the server of the world goes by.
func (l *Lab) Protocol() *engine.Protocol { return l.protocol }

// Connected says whether a device's connection is open.
func (l *Lab) Connected(device string) bool {
	d := l.device(device)
	return d != nil && d.open
}

// A Script is all that has to be kept of a lab: the rest follows from it.
type Script struct {
	World  World
	Inputs []Input
}

// Script returns the world and what happened in it so far.
func (l *Lab) Script() Script {
	return Script{World: l.world, Inputs: append([]Input(nil), l.inputs...)}
}

// Replay makes a lab in which everything of the script has happened.
func (s Script) Replay() (*Lab, error) {
	l, err := New(s.World)
	if err != nil {
		return nil, err
	}
	for _, in := range s.Inputs {
		if _, err := l.Do(in); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Fork makes a lab that stands where this one stood after step n, counted from
// 0, had led to nothing more than its input did; this one stays as it is.
func (l *Lab) Fork(n int) (*Lab, error) {
	if n < 0 || n >= len(l.steps) {
		return nil, errors.New("sim: there is no such step to fork at")
	}
	s := l.Script()
	s.Inputs = s.Inputs[:l.steps[n].Input+1]
	return s.Replay()
}
