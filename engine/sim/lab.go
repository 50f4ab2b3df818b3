package sim

import (
	"errors"
	"slices"
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
	// maxMillis bounds leaps and delays: a hundred years.
	maxMillis = 100 * 365 * 24 * 60 * 60 * 1000
)

// A Lab is a world under way. It is used by one goroutine at a time.
type Lab struct {
	world    World // at the beginning
	serving  World // whose Persona, Faults, Switches and Without the server has now
	now      int64
	config   engine.Config // without what the world names
	protocol *engine.Protocol
	servers  []*engine.Protocol // that there were, protocol last
	store    *Store
	stamps   *Stamps
	devices  []*device
	later    []later
	holding  bool // answers wait
	inputs   []Input
	steps    []Step
	narrator narrator
}

// later is an input whose time is to come.
type later struct {
	at int64
	in Input
}

// New begins a world. It fails when the world names something that does not
// exist.
func New(w World) (*Lab, error) {
	l := &Lab{world: w, serving: w, now: w.Now}
	c, store, err := w.Config(func() int64 { return l.now })
	if err != nil {
		return nil, err
	}
	l.store, l.stamps = store, l.world.NewStamps()
	l.config = c
	l.serve(c)
	l.config.Persona, l.config.Faults, l.config.Switches, l.config.Without = engine.Persona{}, 0, 0, 0
	for _, in := range w.Later {
		if err := l.putOff(in); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Lab) serve(c engine.Config) {
	l.protocol = engine.New(c)
	l.servers = append(l.servers, l.protocol)
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
	if err := l.refuse(&in); err != nil {
		return err
	}
	if in.After > 0 && in.Device != "" {
		if in.After > maxMillis || l.now > l.world.Now+maxMillis {
			return errFar
		}
		l.advance(l.now + in.After)
		if l.refuse(&in) != nil { // its connection has ended meanwhile
			if in.Verb == Send {
				l.tell(in, l.device(in.Device).recent, in.Octets)
			}
			return nil
		}
	}
	switch in.Verb {
	case Connect:
		return l.connect(in)
	case Advance:
		if in.Millis < 0 {
			return errors.New("sim: time doesn't go backwards; fork at an earlier step instead")
		}
		if in.Millis > maxMillis || l.now > l.world.Now+maxMillis {
			return errFar
		}
		l.advance(l.now + in.Millis)
		l.tell(in, nil, nil)
		return nil
	case Deliver, Ail, Remove:
		if in.After != 0 {
			return l.putOff(in)
		}
		if err := l.apply(in); err != nil {
			return err
		}
		l.tell(in, nil, nil)
		return nil
	case Network:
		return l.network(in)
	case Serve:
		return l.serveAnew(in)
	case Hold:
		l.hold(in)
		return nil
	}
	d := l.device(in.Device)
	k := d.link
	switch in.Verb {
	case Send:
		l.send(k, in)
	case Answer:
		l.answer(k, in)
	case Hangup:
		k.lost = true
		l.release(k)
		l.feed(k, in.Octets)
		l.tell(in, k, k.tail)
		l.leave(d)
		k.session.Hangup()
		l.pump(k)
	case Vanish:
		k.lost = true
		l.release(k)
		l.feed(k, in.Octets)
		l.leave(d)
		if k.open {
			d.ghosts = append(d.ghosts, k)
		}
		l.tell(in, k, k.tail)
	case Expire:
		l.advance(l.expiry(k))
		l.tell(in, k, nil)
	case Secure:
		if k.protocol.Faults.Has(engine.FaultHandshakeFails) {
			k.session.Hangup()
		} else {
			k.session.Secured(in.User)
			k.heard = l.now
		}
		l.pump(k)
	}
	return nil
}

// refuse says why an input makes no sense for its device.
func (l *Lab) refuse(in *Input) error {
	d := l.device(in.Device)
	open := d != nil && d.link != nil
	who := in.Device
	if who == "" {
		who = "the device"
	}
	switch in.Verb {
	case Connect:
		if open {
			return errors.New("sim: " + who + " is connected already; hang up first, or name another device")
		}
		return nil
	case Send, Hangup, Secure, Expire, Vanish, Answer:
		if !open {
			return errors.New("sim: " + who + " isn't connected; connect it first")
		}
	case NoVerb:
		return errors.New("sim: an input needs a verb")
	default:
		if in.Verb >= numVerbs {
			return errors.New("sim: there is no such input")
		}
		return nil
	}
	k := d.link
	switch {
	case in.Verb == Send && k.shut:
		return errors.New("sim: " + who + " has closed its sending side; hang up, and connect anew")
	case in.Verb == Expire && k.waits():
		return errors.New("sim: an answer to " + who + " waits, and until it has gone the idle timer doesn't run")
	case in.Verb == Answer && !k.waits():
		return errors.New("sim: no answer to " + who + " waits; hold the answers first")
	case in.Verb == Secure && k.session.State() != engine.AuthorizationTLS:
		return errors.New("sim: " + who + " has no TLS handshake to complete; send STLS first")
	}
	return nil
}

var errFar = errors.New("sim: the world's clock goes no further than a hundred years")

// apply carries out what concerns a maildrop.
func (l *Lab) apply(in Input) error {
	if _, there := l.store.users[in.User]; !there && in.Verb != Remove {
		return unknown("user", in.User)
	}
	return l.store.Apply(in)
}

// putOff keeps an input until its time comes. What can be found wrong with it
// now is.
func (l *Lab) putOff(in Input) error {
	switch {
	case in.Verb != Deliver && in.Verb != Remove && in.Verb != Ail:
		return errors.New("sim: only what happens to a maildrop can be put off")
	case in.After < 0:
		return errors.New("sim: what is to come can't lie in the past")
	case in.After > maxMillis:
		return errFar
	case in.Verb == Ail && !in.Ailment.valid():
		return unknown("ailment", string(in.Ailment))
	}
	if _, there := l.store.users[in.User]; !there {
		return unknown("user", in.User)
	}
	l.later = append(l.later, later{l.now + in.After, in})
	l.tell(in, nil, nil)
	return nil
}

// serveAnew puts another server in the place of the one that took connections
// so far. Sessions that are open stay with theirs, and so do the maildrops.
func (l *Lab) serveAnew(in Input) error {
	w := World{Persona: in.Persona, Faults: in.Faults, Switches: in.Switches, Without: in.Without}
	c := l.config
	if err := w.named(&c); err != nil {
		return err
	}
	l.serving = w
	l.serve(c)
	l.tell(in, nil, nil)
	return nil
}

// advance moves the clock, and on the way does what is due, in its order.
func (l *Lab) advance(until int64) {
	for {
		at, due := until+1, (*link)(nil)
		for _, d := range l.devices {
			for _, k := range d.links() {
				if when := l.dueAt(k); k.open && !k.waits() && when < at {
					at, due = when, k
				}
			}
		}
		next := -1
		for i := range l.later {
			if l.later[i].at < at {
				at, next = l.later[i].at, i
			}
		}
		if at > until {
			break
		}
		l.now = max(l.now, at)
		switch {
		case next >= 0:
			in := l.later[next].in
			l.later = slices.Delete(l.later, next, next+1)
			in.After = 0
			if l.apply(in) == nil { // a message that isn't there any more can't be removed: nothing happens then
				l.tell(in, nil, nil)
			}
		case at == due.greetAt && due.session.State() == engine.Connected:
			l.pump(due)
		default:
			due.session.Expire()
			l.pump(due)
		}
	}
	l.now = max(l.now, until)
}

// Now is the clock, in milliseconds since 1970.
func (l *Lab) Now() int64 { return l.now }

// Steps are all steps so far. The caller doesn't change them.
func (l *Lab) Steps() []Step { return l.steps }

// Narrated says whether the world is.
func (l *Lab) Narrated() bool { return l.world.Narrated }

// Inputs is how many inputs there were so far.
func (l *Lab) Inputs() int { return len(l.inputs) }

// Store is the world's maildrops and users.
func (l *Lab) Store() *Store { return l.store }

// Protocol is what the server of the world goes by.
func (l *Lab) Protocol() *engine.Protocol { return l.protocol }

// Servers are the protocols that the world's servers went by, the present one
// last.
func (l *Lab) Servers() []*engine.Protocol { return l.servers }

// Connected says whether a device's connection is open.
func (l *Lab) Connected(device string) bool {
	d := l.device(device)
	return d != nil && d.link != nil
}

// SessionID is how the owner of a lock is named: the n-th session of device.
func SessionID(device string, n int) string { return device + "/" + strconv.Itoa(n) }

// A Script is all that has to be kept of a lab: the rest follows from it.
type Script struct {
	World  World
	Inputs []Input
}

// Script returns the world as it was at the beginning, and what happened in it
// so far.
func (l *Lab) Script() Script { return l.script(len(l.inputs)) }

func (l *Lab) script(inputs int) Script {
	return Script{World: l.world, Inputs: append([]Input(nil), l.inputs[:inputs]...)}
}

// ScriptAt is Script up to the input that led to step n.
func (l *Lab) ScriptAt(n int) (Script, error) {
	if n < 0 || n >= len(l.steps) {
		return Script{}, errors.New("sim: there is no such step to fork at")
	}
	return l.script(l.steps[n].Input + 1), nil
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
	s, err := l.ScriptAt(n)
	if err != nil {
		return nil, err
	}
	return s.Replay()
}
