package tcp

import (
	"bytes"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
)

// A connection is one as the server tells of it.
type connection struct {
	lab    *Lab
	seen   server.Conn
	device string
	number int
	events []engine.Event
	read   int  // octets that the server has read
	told   int  // octets of those that make no line yet and have a step
	closed bool // nothing more comes
}

// observe keeps what happens on a connection.
func (l *Lab) observe(c server.Conn) server.Observer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.numbers[l.next]++
	k := &connection{lab: l, seen: c, device: l.next, number: l.numbers[l.next]}
	l.connections = append(l.connections, k)
	return k
}

// Event implements server.Observer.
func (k *connection) Event(_ time.Time, e engine.Event) {
	e.Wire, e.Body = append([]byte(nil), e.Wire...), nil
	view := k.seen.View()
	k.lab.mu.Lock()
	defer k.lab.mu.Unlock()
	k.events = append(k.events, e)
	if e.Kind == engine.KindLine {
		k.told = 0
	}
	k.step(sim.Step{Event: e, View: &view})
}

// step adds a step of the connection. The caller holds the lab's mu.
func (k *connection) step(s sim.Step) {
	s.Input, s.Now, s.Device, s.Session = k.lab.at-1, k.lab.clock.Load(), k.device, k.number
	k.lab.steps = append(k.lab.steps, s)
}

// Segment implements server.Observer. Octets that make no line yet are a step, as in a narrated world.
func (k *connection) Segment(_ time.Time, s server.Segment) {
	if !s.In {
		return
	}
	pending := append([]byte(nil), k.seen.Session.Pending()...)
	view := k.seen.View()
	lineEnd := []byte("\n")
	if k.seen.Session.Protocol().Switches.Has(engine.StrictLines) {
		lineEnd = []byte("\r\n")
	}
	k.lab.mu.Lock()
	defer k.lab.mu.Unlock()
	k.read += s.Octets
	if len(pending) > k.told && !bytes.Contains(pending, lineEnd) {
		k.step(sim.Step{Happening: &sim.Input{Verb: sim.Send}, Event: engine.Event{Wire: pending[k.told:], Before: view.State, After: view.State}, View: &view})
		k.told = len(pending)
	}
	k.lab.changed.Broadcast()
}

// Closed implements server.Observer.
func (k *connection) Closed(time.Time, string, error) {
	k.lab.mu.Lock()
	defer k.lab.mu.Unlock()
	k.closed = true
	k.lab.changed.Broadcast()
}

// arrive returns when the server has read so many octets on the device's last connection, or has closed it.
func (l *Lab) arrive(device string, octets int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for _, k := range l.connections {
			if k.device == device && k.number == l.numbers[device] && (k.closed || k.read >= octets) {
				return
			}
		}
		l.changed.Wait()
	}
}

// Steps are what the server has told of so far: events and views, as a simulated world has them.
func (l *Lab) Steps() []sim.Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]sim.Step(nil), l.steps...)
}

// Events are what the server has told of so far, for each connection, in the order of their greetings.
func (l *Lab) Events() [][]engine.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all [][]engine.Event
	for _, k := range l.connections {
		all = append(all, append([]engine.Event(nil), k.events...))
	}
	return all
}
