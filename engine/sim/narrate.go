package sim

import (
	"pop3lab/engine"
)

// A Side is what stands beside a View: what the client's end knows, and what
// may come next.
type Side struct {
	Stamp   string
	Pending []byte // octets that arrived and make no line yet
	IdleAt  int64  // when the idle timer runs out; 0 for never
	Suggest []string
	// Capabilities are the lines that an honest CAPA would list now.
	Capabilities []string
	Held         []byte // the answer that waits
}

// A Snapshot is everything but a session, as it stood after a step.
type Snapshot struct {
	Devices  []DeviceView
	Drops    []DropView // shared between snapshots while nothing in them changes
	Persona  string
	Faults   []string
	Switches []string
	Without  []string
	Later    []LaterView
	Holding  bool // answers wait
}

// A DeviceView is a client in a Snapshot.
type DeviceView struct {
	Name    string
	Open    bool // it has a connection
	Shut    bool // it has closed its sending side
	Session int  // the number of the connection that it has, or had last
	State   engine.State
	User    string
	Secure  bool
	IdleAt  int64 // 0 for never
	Segment int
	Delay   int64
	Ghosts  []int // the numbers of connections that only the server still has
}

// A DropView is a maildrop in a Snapshot.
type DropView struct {
	User, Secret string
	Owner        string // as SessionID names it; empty when nobody has it locked
	Ailment      Ailment
	Messages     []engine.Message
	// Unseen says of each message that the session with the lock doesn't know
	// it: it came later.
	Unseen []bool
}

// A LaterView is what is to come.
type LaterView struct {
	At    int64
	Input Input
}

// A narrator keeps what steps share.
type narrator struct {
	exchanges int
	snapshot  *Snapshot
	drops     []DropView
	changes   int // of the store, when drops were looked at
	focus     *link
}

// tell makes a step of an input that the engine has no event for. k is the
// connection concerned, if there is one, octets what was sent without becoming
// a line.
func (l *Lab) tell(in Input, k *link, octets []byte) {
	if !l.world.Narrated {
		return
	}
	s := Step{Input: len(l.inputs) - 1, Now: l.now, Device: in.Device, Happening: &in, Server: len(l.servers) - 1, Protocol: l.protocol,
		Exchange: l.nextExchange(), Event: engine.Event{Wire: append([]byte(nil), octets...)}}
	if l.steps == nil && len(l.inputs) == 0 {
		return // the world's own Later is no step: it stands in every snapshot
	}
	if in.Verb == Deliver || in.Verb == Remove || in.Verb == Ail || in.Verb == Serve || in.Verb == Hold {
		s.Device = ""
	}
	if k != nil {
		s.Device, s.Session, s.Server, s.Protocol = k.device.name, k.number, k.server, k.protocol
		s.Lost = len(octets) > 0 && !k.open
		s.Event.Before, s.Event.After = k.session.State(), k.session.State()
		if len(octets) > 0 {
			s.Cuts = k.cutsBehind(len(octets))
			s.Travel = k.device.delay
		}
		l.look(&s, k, true)
	} else if k := l.narrator.focus; k != nil { // the session that was looked at stays in view
		s.Server, s.Protocol = k.server, k.protocol
		l.look(&s, k, true)
	}
	s.World = l.snap()
	l.steps = append(l.steps, s)
}

// narrate adds to a session's step what somebody who looks on wants to see.
func (l *Lab) narrate(s *Step, k *link, fresh bool) {
	e := &s.Event
	s.Session, s.Server, s.Protocol, s.Travel = k.number, k.server, k.protocol, k.device.delay
	switch {
	case e.Kind == engine.KindLine:
		k.exchange = l.nextExchange()
		s.Cuts = k.use(int(e.N))
		if e.Masked {
			s.Cuts = nil
		}
	case e.Before == engine.Connected, e.Kind == engine.KindInput, e.Kind == engine.KindClose && (e.Verb == engine.Expire || e.Verb == engine.Hangup):
		k.exchange = l.nextExchange()
	}
	if e.Kind == engine.KindReply && e.Status == engine.OK {
		k.said[e.Verb] = true
	}
	if e.Kind == engine.KindClose {
		k.tail, k.ends = nil, nil
	}
	s.Exchange = k.exchange
	if out := e.Out(); len(out) > 0 {
		s.Cuts = k.sent(len(out))
		s.Lost = k.lost
	}
	l.look(s, k, fresh)
	s.World = l.snap()
}

func (l *Lab) nextExchange() int {
	l.narrator.exchanges++
	return l.narrator.exchanges - 1
}

// look gives a step the session as it stands.
func (l *Lab) look(s *Step, k *link, fresh bool) {
	l.narrator.focus = k
	if k.view == nil {
		v := k.session.View()
		k.view = &v
	}
	s.View = k.view
	if fresh || k.side == nil {
		k.side = &Side{Stamp: k.stamp, Pending: append([]byte(nil), k.tail...), IdleAt: l.idleAt(k), Suggest: l.suggest(k), Capabilities: capabilities(k), Held: k.due()}
	}
	s.Side = k.side
}

// idleAt is when a connection's idle timer runs out, 0 when it doesn't run.
func (l *Lab) idleAt(k *link) int64 {
	if !k.open || k.waits() || k.session.State() == engine.Connected {
		return 0
	}
	return l.expiry(k)
}

// use takes n octets off the front of what arrived, and returns where among
// them segments ended.
func (k *link) use(n int) (cuts []int) {
	n = min(n, len(k.tail))
	var rest []int
	for _, end := range k.ends {
		if end <= n {
			cuts = append(cuts, end)
		} else {
			rest = append(rest, end-n)
		}
	}
	k.tail, k.ends = append([]byte(nil), k.tail[n:]...), rest
	return cuts
}

// cutsBehind is where segments ended among the last n octets that arrived.
func (k *link) cutsBehind(n int) (cuts []int) {
	for _, end := range k.ends {
		if at := end - (len(k.tail) - n); at > 0 {
			cuts = append(cuts, at)
		}
	}
	return cuts
}

// sent is where segments end among the next n octets that the server sends.
func (k *link) sent(n int) (cuts []int) {
	size := k.segment()
	if size == 0 {
		return []int{n}
	}
	for at := size - k.out%size; at <= n; at += size {
		cuts = append(cuts, at)
	}
	k.out += n
	return cuts
}

// snap is how everything stands. It's the last snapshot when nothing changed.
func (l *Lab) snap() *Snapshot {
	n := &l.narrator
	if c := l.store.version(); n.drops == nil || c != n.changes {
		n.drops, n.changes = l.dropViews(), c
	}
	s := &Snapshot{Drops: n.drops, Persona: l.serving.Persona, Faults: l.serving.Faults, Switches: l.serving.Switches, Without: l.serving.Without, Holding: l.holding}
	for _, d := range l.devices {
		s.Devices = append(s.Devices, l.deviceView(d))
	}
	for _, x := range l.later {
		s.Later = append(s.Later, LaterView{x.at, x.in})
	}
	n.snapshot = s
	return s
}

func (l *Lab) deviceView(d *device) DeviceView {
	v := DeviceView{Name: d.name, Open: d.link != nil, Session: d.sessions, Segment: d.segment, Delay: d.delay}
	if k := d.recent; k != nil {
		v.State, v.Shut = k.session.State(), k.shut
		if k.view != nil {
			v.User, v.Secure = k.view.User, k.view.Secure
		}
		if d.link != nil {
			v.IdleAt = l.idleAt(k)
		} else {
			v.State = engine.Closed
		}
	}
	for _, g := range d.ghosts {
		v.Ghosts = append(v.Ghosts, g.number)
	}
	return v
}

func (l *Lab) dropViews() []DropView {
	var views []DropView
	for _, user := range l.store.drops.Users() {
		v := DropView{User: user, Ailment: l.store.ailment(user), Messages: l.store.drops.Messages(user), Secret: l.store.users[user].Secret}
		v.Owner, _ = l.store.drops.Owner(user)
		v.Unseen = make([]bool, len(v.Messages))
		if owner := l.linkOf(v.Owner); owner != nil {
			known := map[string]bool{}
			for _, m := range owner.session.View().Messages {
				known[m.UID] = true
			}
			for i, m := range v.Messages {
				v.Unseen[i] = !known[m.UID]
			}
		}
		views = append(views, v)
	}
	return views
}

// linkOf is the connection that a lock's owner names.
func (l *Lab) linkOf(owner string) *link {
	for _, d := range l.devices {
		for _, k := range d.links() {
			if SessionID(d.name, k.number) == owner {
				return k
			}
		}
	}
	return nil
}
