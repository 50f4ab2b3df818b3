package live

import (
	"sync"
	"sync/atomic"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
)

// Limits bound what is kept. Zero values mean the defaults.
type Limits struct {
	// Steps and Octets are how large a recording gets: 2,000 steps, and 512 KiB in their octets. Then a step says so,
	// and the stream goes on in another recording.
	Steps, Octets int
	// Recordings are how many of them a stream keeps: 3. The oldest goes first.
	Recordings int
	// Answer is how many octets of one multi-line answer are kept: 128 KiB. Its last step says how many aren't.
	Answer int
	// Connections are how many a stream shows at once: 8. A step says of one more that it isn't recorded.
	Connections int
	// Prelude is how much a session may say before anybody knows whose it is: 64 steps. Those beyond aren't kept, and
	// a step says so.
	Prelude int
	// Preludes is the octets that those beginnings take together: 32 MiB. When they are used up, further sessions
	// that are nobody's yet have no beginning.
	Preludes int64
}

func (l Limits) orDefault() Limits {
	l.Steps = orElse(l.Steps, 2000)
	l.Octets = orElse(l.Octets, 512<<10)
	l.Recordings = orElse(l.Recordings, 3)
	l.Answer = orElse(l.Answer, 128<<10)
	l.Connections = orElse(l.Connections, 8)
	l.Prelude = orElse(l.Prelude, 64)
	l.Preludes = orElse(l.Preludes, 32<<20)
	return l
}

func orElse[T int | int64 | time.Duration](n, other T) T {
	if n == 0 {
		return other
	}
	return n
}

// A Recorder knows the sessions of one server. Its methods may be called from many goroutines.
type Recorder struct {
	protocol *engine.Protocol
	idle     time.Duration
	limits   Limits
	serving  sim.Snapshot // how the server is called
	watching bool         // the sessions are somebody else's

	preludes atomic.Int64 // octets of beginnings that are kept for sessions that are nobody's

	mu       sync.Mutex
	sessions map[string]*session // by server.Conn.ID
}

// New begins with a server that goes by that protocol and has that idle limit; zero means ten minutes.
func New(p *engine.Protocol, idle time.Duration, limits Limits) *Recorder {
	r := &Recorder{protocol: p, idle: orElse(idle, 10*time.Minute), limits: limits.orDefault(), sessions: map[string]*session{}}
	r.serving.Persona = p.Persona.Name
	for _, f := range engine.AllFaults {
		if p.Faults.Has(f.Fault) {
			r.serving.Faults = append(r.serving.Faults, f.Name)
		}
	}
	for _, s := range engine.Switches {
		if p.Switches.Has(s.Switch) && !p.Persona.Switches.Has(s.Switch) {
			r.serving.Switches = append(r.serving.Switches, s.Name)
		}
	}
	return r
}

// Protocol is what the server goes by.
func (r *Recorder) Protocol() *engine.Protocol { return r.protocol }

// A Traced is a remote address that knows whose connection it is: its session is shown there at once.
type Traced interface {
	Trace() (s *Stream, device string)
}

// A Severed is a remote address whose connection is cut in a way of its own.
type Severed interface{ Cut() }

// Observe is for server.Server.Observe.
func (r *Recorder) Observe(c server.Conn) server.Observer {
	if s, ok := c.Remote.(Severed); ok {
		c.Cut = s.Cut
	}
	k := newSession(r, c, native{c.Session})
	r.mu.Lock()
	r.sessions[c.ID] = k
	r.mu.Unlock()
	if t, ok := c.Remote.(Traced); ok {
		if s, device := t.Trace(); s != nil {
			k.device = device
			r.Claim(c.ID, s)
		}
	}
	k.connected()
	return k
}

// Claim shows a session in a stream from its greeting on. A session stays where it was shown first. A store calls it
// when the session opens a maildrop: in the connection's own goroutine, with the owner's name that Open is told.
func (r *Recorder) Claim(session string, s *Stream) {
	if k := r.session(session); k != nil {
		k.claim(s)
	}
}

// Forget is for a session that nobody is to see, called as Claim is. One that is shown already stays.
func (r *Recorder) Forget(session string) {
	if k := r.session(session); k != nil && k.stream == nil {
		k.forget()
	}
}

func (r *Recorder) session(id string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[id]
}

func (r *Recorder) leave(k *session) {
	r.mu.Lock()
	delete(r.sessions, k.conn.ID)
	r.mu.Unlock()
}

// Both tells two observers of the same connections, of a server or of a watch.Proxy; either may be nil.
func Both[C any](a, b func(C) server.Observer) func(C) server.Observer {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return func(c C) server.Observer {
		x, y := a(c), b(c)
		if x == nil {
			return y
		}
		if y == nil {
			return x
		}
		return both{x, y}
	}
}

type both [2]server.Observer

// Event implements server.Observer.
func (o both) Event(at time.Time, e engine.Event) {
	o[0].Event(at, e)
	o[1].Event(at, e)
}

// Segment implements server.Observer.
func (o both) Segment(at time.Time, s server.Segment) {
	o[0].Segment(at, s)
	o[1].Segment(at, s)
}

// Closed implements server.Observer.
func (o both) Closed(at time.Time, why string, err error) {
	o[0].Closed(at, why, err)
	o[1].Closed(at, why, err)
}
