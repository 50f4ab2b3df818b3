package live

import (
	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
	"pop3lab/engine/watch"
)

// An inside is what a recording needs to know of a session beside its View. It's asked where an Observer may ask.
type inside interface {
	state() engine.State
	pending() []byte // octets that came and make no line yet; they may be secret
	stamp() string   // the greeting's timestamp
	capabilities() []string
	// suggest says whether a client can be told what to send next, and cleartext whether that may be a password.
	suggest() (can, cleartext bool)
	// explain puts an event in words; nil leaves that to the protocol.
	explain() *record.Note
}

// native is a session of this program's server.
type native struct{ *engine.Session }

func (s native) state() engine.State            { return s.Session.State() }
func (s native) pending() []byte                { return s.Session.Pending() }
func (s native) stamp() string                  { return s.Peer().Stamp }
func (s native) capabilities() []string         { return sim.Capabilities(s.Session) }
func (s native) suggest() (can, cleartext bool) { return true, s.Peer().Cleartext }
func (s native) explain() *record.Note          { return nil }

// foreign is a session of somebody else's server, as package watch knows it from what goes by.
type foreign struct{ watch.Conn }

func (s foreign) state() engine.State            { return s.View().State }
func (s foreign) pending() []byte                { return s.Pending() }
func (s foreign) stamp() string                  { return s.Stamp() }
func (s foreign) capabilities() []string         { return s.Capabilities() }
func (s foreign) suggest() (can, cleartext bool) { return false, false }

func (s foreign) explain() *record.Note {
	x := s.Explain()
	return &record.Note{Text: x.Text, Mistake: x.Mistake, RFC: x.Ref.RFC, Section: x.Ref.Section, Place: x.Ref.String(), Reqs: x.Ref.IDs()}
}

// view marks what nobody has told: a message whose octets aren't known has Unknown of them.
func (s foreign) view() engine.View {
	v := s.View()
	if s.Known() {
		return v
	}
	for i := range v.Messages {
		if m := &v.Messages[i]; m.Octets == 0 {
			m.Octets = Unknown
		}
	}
	return v
}

// Unknown stands for the octets of a message in a watched session whose size nobody has told yet.
const Unknown = -1

// Watch begins with connections that are passed on to a server of somebody else's. What a session there knows is what
// went by, and there is no maildrop to look into. Its streams are made by NewStream without a store.
func Watch(showSecrets bool, limits Limits) *Recorder {
	r := New(engine.New(engine.Config{STLS: true, ShowSecrets: showSecrets}), 0, limits)
	r.watching = true
	return r
}

// Follow shows a watched connection in a stream, from its beginning on. It's for watch.Proxy.Observe.
func (r *Recorder) Follow(c watch.Conn, s *Stream) *Following {
	k := newSession(r, c.Conn, foreign{c})
	k.conn.View = foreign{c}.view
	r.mu.Lock()
	r.sessions[c.ID] = k
	r.mu.Unlock()
	k.claim(s)
	k.connected()
	return &Following{k}
}

// A Following is the observer of one watched connection.
type Following struct{ *session }
