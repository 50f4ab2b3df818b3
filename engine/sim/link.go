package sim

import (
	"bytes"
	"errors"

	"pop3lab/engine"
)

// A device is a client. It has at most one connection that it knows of.
type device struct {
	name     string
	sessions int     // so far
	link     *link   // nil when it has none
	ghosts   []*link // those that it vanished from and the server still has
	recent   *link   // the one it had last
	segment  int     // octets that its network carries at a time; 0 for all
	delay    int64   // of its network, one way
}

// links are the connections that the server may still have.
func (d *device) links() []*link {
	if d.link == nil {
		return d.ghosts
	}
	return append(d.ghosts[:len(d.ghosts):len(d.ghosts)], d.link)
}

// A link is one connection. Its two ends may see it differently: open is the
// server's view, device.link the client's.
type link struct {
	device   *device
	number   int
	stamp    string
	protocol *engine.Protocol
	server   int // index of protocol
	session  *engine.Session
	view     *engine.View
	side     *Side
	open     bool
	heard    int64 // when the idle timer began anew
	greetAt  int64 // not before this time does the server speak
	shut     bool  // the client has closed its sending side
	lost     bool  // what the server sends doesn't arrive any more
	exchange int
	said     map[engine.Verb]bool // what was answered with +OK

	held       []engine.Event // the answer that waits
	whole      bool           // and all of it is there
	heldOctets int
	through    bool // the rest of an answer goes out that is too long to wait

	tail []byte // octets that arrived and make no line yet
	ends []int  // where in tail, and beyond, segments end
	out  int    // octets that the server has sent since it was last asked
}

func (l *Lab) device(name string) *device {
	for _, d := range l.devices {
		if d.name == name {
			return d
		}
	}
	return nil
}

func (l *Lab) connect(in Input) error {
	d := l.device(in.Device)
	if d == nil {
		d = l.newDevice(in.Device)
	}
	d.sessions++
	k := &link{device: d, number: d.sessions, stamp: l.stamps.Next(l.now), protocol: l.protocol, server: len(l.servers) - 1,
		open: true, heard: l.now, greetAt: l.now, said: map[engine.Verb]bool{}}
	k.session = l.protocol.NewSession(engine.Peer{
		ID:        SessionID(d.name, d.sessions),
		Stamp:     k.stamp,
		Secure:    in.TLS,
		Cleartext: !in.Barred,
		External:  in.User,
	})
	d.link, d.recent = k, k
	if l.protocol.Faults.Has(engine.FaultGreetingDelayed) {
		k.greetAt += greetingMillis
	}
	l.tell(in, k, nil)
	l.wait(d)
	l.pump(k)
	l.wait(d)
	return nil
}

func (l *Lab) newDevice(name string) *device {
	d := &device{name: name}
	l.devices = append(l.devices, d)
	return d
}

// network changes what carries a device's octets from now on.
func (l *Lab) network(in Input) error {
	switch {
	case in.Segment < 0:
		return errors.New("sim: a segment holds an octet at least; 0 means all that are sent at once")
	case in.Millis < 0:
		return errors.New("sim: a network takes no less than no time")
	case in.Millis > maxMillis:
		return errFar
	}
	d := l.device(in.Device)
	if d == nil {
		d = l.newDevice(in.Device)
	}
	d.segment, d.delay = in.Segment, in.Millis
	l.tell(in, d.recent, nil)
	return nil
}

// wait lets the time go by that a device's network takes one way.
func (l *Lab) wait(d *device) {
	if d.delay > 0 {
		l.advance(l.now + d.delay)
	}
}

// send brings a device's octets to the server, and the answers back.
func (l *Lab) send(k *link, in Input) {
	l.wait(k.device)
	if !k.open { // the server has closed while they were on their way
		l.tell(in, k, in.Octets)
		return
	}
	last := l.feed(k, in.Octets)
	if len(last) > 0 {
		l.tell(Input{Verb: Send}, k, last)
	}
	if in.Last {
		k.shut = true
		k.session.Hangup()
		l.pump(k)
	}
	l.wait(k.device)
}

// feed gives a session octets segment by segment, and lets it do all it can
// after each. It returns those of them that make no line yet.
func (l *Lab) feed(k *link, octets []byte) (last []byte) {
	if len(octets) == 0 {
		l.pump(k)
	}
	for rest := octets; len(rest) > 0; {
		n := len(rest)
		if s := k.segment(); s > 0 {
			n = min(n, s)
		}
		k.session.Feed(rest[:n])
		if k.open && l.world.Narrated {
			k.tail = append(k.tail, rest[:n]...)
			k.ends = append(k.ends, len(k.tail))
		}
		rest = rest[n:]
		l.pump(k)
	}
	return k.tail[max(0, len(k.tail)-len(octets)):]
}

// segment is how many octets go at a time, 0 for all.
func (k *link) segment() int {
	if k.protocol.Faults.Has(engine.FaultSplitEveryOctet) {
		return 1
	}
	return k.device.segment
}

// leave makes a device forget its connection.
func (l *Lab) leave(d *device) { d.link = nil }

// expiry is when a connection's idle timer runs out.
func (l *Lab) expiry(k *link) int64 {
	if k.protocol.Faults.Has(engine.FaultIdleShort) {
		return k.heard + shortIdleMillis
	}
	return k.heard + IdleMillis
}

// dueAt is when a connection's next timer runs out.
func (l *Lab) dueAt(k *link) int64 {
	if k.session.State() == engine.Connected {
		return k.greetAt
	}
	return l.expiry(k)
}

// pump lets a session do all it can.
func (l *Lab) pump(k *link) {
	if l.now < k.greetAt {
		return
	}
	k.out = 0
	for !k.whole {
		e, ok := k.session.Next()
		if !ok {
			break
		}
		e.Wire, e.Body = bytes.Clone(e.Wire), nil
		if e.Kind == engine.KindLine {
			// RFC 1939 section 3: "The receipt of any command from the client
			// during that interval should suffice to reset the autologout timer."
			k.heard = l.now
		}
		if !l.keep(k, &e) {
			l.happened(k, e, nil)
			continue
		}
		if k.heldOctets > maxHeld {
			k.through = !k.whole
			l.release(k)
		} else if k.whole {
			l.tell(Input{Verb: Answer, Device: k.device.name}, k, nil)
		}
	}
}

// happened makes a step of an event.
func (l *Lab) happened(k *link, e engine.Event, edit *Edit) {
	if e.Kind == engine.KindClose {
		l.closed(k)
	}
	fresh := k.view == nil || e.Kind != engine.KindData && e.Kind != engine.KindEnd
	if fresh {
		v := k.session.View()
		k.view = &v
	}
	s := Step{Input: len(l.inputs) - 1, Now: l.now, Device: k.device.name, Event: e, View: k.view, Edit: edit}
	if l.world.Narrated {
		l.narrate(&s, k, fresh)
	}
	l.steps = append(l.steps, s)
}

// closed is what the end of a session means to its device.
func (l *Lab) closed(k *link) {
	k.open = false
	if d := k.device; d.link == k {
		d.link = nil
	} else {
		for i, g := range d.ghosts {
			if g == k {
				d.ghosts = append(d.ghosts[:i:i], d.ghosts[i+1:]...)
				break
			}
		}
	}
}
