package bridge

import (
	"crypto/sha256"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sim"
)

// Bounds of a room.
const (
	roomMessages   = 50       // in its maildrop
	roomDeliveries = 1000     // in all its life
	roomOctets     = 2 << 20  // of all those messages
	maxLetter      = 64 << 10 // of one
	roomConns      = 6        // at once through the page
	roomWatchers   = 8
)

// A room is a visitor's: a maildrop with a user and a password, and what happens on it. Its methods may be called from
// many goroutines.
type room struct {
	b      *Bridge
	user   engine.User
	key    [sha256.Size]byte // of the token
	from   netip.Addr        // who made it
	store  *sim.Store
	stream *live.Stream
	ended  chan struct{} // closed when it ends
	idle   *time.Timer   // nil for one that lasts
	acting limiter       // what its visitor does

	mu         sync.Mutex
	why        string // it ended
	last       time.Time
	deliveries int
	octets     int
	posted     map[int]*posted
	connected  int // posted connections so far
	watchers   int
}

// letters are what is in a room's maildrop at the beginning: the two of RFC 1939's examples, and three that hold what
// a program may get wrong.
func letters() []memdrop.Letter {
	all := memdrop.Mrose()
	for _, l := range memdrop.Dewey() {
		switch l.UID {
		case "0002.dots", "0004.multipart", "0006.utf8-header":
			all = append(all, l)
		}
	}
	return all
}

// newRoom makes a room for a visitor, and the token that opens it.
func (b *Bridge) newRoom(from netip.Addr) (r *room, token string, err error) {
	if b.rec == nil {
		return nil, "", errServer
	}
	r = b.bareRoom()
	r.from = from
	r.user = engine.User{Secret: somePassword()}
	for try := 0; ; try++ {
		r.user.Name = someName()
		_, taken, err := b.Users().User(r.user.Name)
		switch {
		case err != nil:
			return nil, "", err
		case taken && try < 20:
			continue
		case taken:
			return nil, "", errFull
		}
		break
	}
	w := sim.World{Seed: uint64(chance(1 << 53)), Users: []engine.User{r.user}}
	for _, l := range letters() {
		w.Mail = append(w.Mail, sim.Mail{User: r.user.Name, UID: l.UID, Octets: l.Octets})
	}
	_, r.store, err = w.Config(func() int64 { return 0 })
	if err != nil {
		return nil, "", err
	}
	r.stream = b.rec.NewStream(r.user, r.store)
	token = someToken()
	r.key = sha256.Sum256([]byte(token))
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.going.Load() || len(b.byName) >= b.opt.Rooms:
		return nil, "", refusal{http.StatusServiceUnavailable, "the server has as many rooms as it takes; try again in a while"}
	case b.ofAddr[from] >= b.opt.RoomsOfAddr:
		return nil, "", refusal{http.StatusTooManyRequests, "there are as many rooms for this network as there may be; use one that is open, or wait until one has ended"}
	case b.byName[r.user.Name] != nil:
		return nil, "", errFull
	}
	b.byName[r.user.Name] = r
	b.byToken[r.key] = r
	b.ofAddr[from]++
	r.idle = time.AfterFunc(b.opt.RoomIdle, r.look)
	return r, token, nil
}

// bareRoom is a room in which nobody lives yet.
func (b *Bridge) bareRoom() *room {
	return &room{b: b, ended: make(chan struct{}), last: time.Now(), posted: map[int]*posted{}, acting: limiter{burst: 40, every: time.Second / 2}}
}

func (b *Bridge) roomNamed(name string) *room {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byName[name]
}

// used says that something happens in the room, so that it lasts.
func (r *room) used() {
	r.mu.Lock()
	r.last = time.Now()
	r.mu.Unlock()
}

// look ends the room if nothing has happened for as long as rooms last. A connection that is open counts as something:
// the POP3 server ends those by itself.
func (r *room) look() {
	if r.stream.Open() > 0 {
		r.used()
	}
	r.mu.Lock()
	left := r.b.opt.RoomIdle - time.Since(r.last)
	r.mu.Unlock()
	if left > 0 {
		r.idle.Reset(left)
		return
	}
	r.close("nothing happened in the room for a long time; open another")
}

// close ends the room: its connections are cut, and its mail is gone.
func (r *room) close(why string) {
	b := r.b
	b.mu.Lock()
	there := b.byName[r.user.Name] == r
	if there {
		delete(b.byName, r.user.Name)
		delete(b.byToken, r.key)
		if b.ofAddr[r.from]--; b.ofAddr[r.from] == 0 {
			delete(b.ofAddr, r.from)
		}
	}
	b.mu.Unlock()
	if !there {
		return
	}
	if r.idle != nil {
		r.idle.Stop()
	}
	r.mu.Lock()
	r.why = why
	r.mu.Unlock()
	close(r.ended)
	r.stream.Cut("")
}

// allowed says whether the visitor may do one more thing now.
func (r *room) allowed() error {
	if !r.acting.allow(netip.Addr{}) {
		return refusal{http.StatusTooManyRequests, "that was very much at once; wait a moment"}
	}
	return nil
}

// deliver puts a message into the maildrop.
func (r *room) deliver(octets []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(r.store.Drops().Messages(r.user.Name)) >= roomMessages:
		return refusal{http.StatusConflict, "the maildrop is full; delete messages, or reset it"}
	case r.deliveries >= roomDeliveries || r.octets+len(octets) > roomOctets:
		return refusal{http.StatusConflict, "this room has had as much mail as it may; open another"}
	}
	in := sim.Input{Verb: sim.Deliver, User: r.user.Name, Octets: octets}
	if err := r.store.Apply(in); err != nil {
		return err
	}
	r.deliveries++
	r.octets += len(octets)
	in.Octets = nil // the maildrop has them
	r.stream.Happen(in)
	return nil
}

// reset makes the maildrop what it was at the beginning.
func (r *room) reset() error {
	if err := r.store.Drops().Reset(r.user.Name, letters()...); err != nil {
		return err
	}
	r.stream.Told(live.Reset, "the maildrop of "+r.user.Name+" is as it was at the beginning",
		"Its first messages are back, and all others are gone. A session that has it open keeps its numbers, and RETR of what is gone fails.")
	return nil
}

// ail makes the maildrop ill, or well again.
func (r *room) ail(a sim.Ailment) error {
	in := sim.Input{Verb: sim.Ail, User: r.user.Name, Ailment: a}
	if err := r.store.Apply(in); err != nil {
		return refusal{http.StatusBadRequest, err.Error()}
	}
	r.stream.Happen(in)
	return nil
}
