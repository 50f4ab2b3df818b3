// Package sim is a world in a bottle: a server, its clock, its maildrops and
// the devices that talk to it, all of it deterministic.
//
// A World says how everything stands at the beginning; from it and a list of
// inputs everything follows, to the last octet, on every platform. So a list
// of inputs is a recording: it can be replayed, shortened, shown in a page,
// and used as a test.
//
// Read world.go for what a world consists of, input.go for what can happen in
// it, lab.go for how it happens and link.go for what a network does to it;
// hold.go lets answers wait and be changed, breach.go says by which rules such
// an answer is none.
// store.go makes maildrops fall ill; narrate.go and suggest.go say what
// somebody who looks on wants to know beside the events; demo.go has the world
// that demonstrations begin with, and reads worlds from a text; record.go turns
// worlds, inputs and steps into octets and back, script.go a whole script into
// letters that fit into a link.
//
// The package keeps to the engine's list of imports, because it runs in a
// browser. There is no real network here: a device's connection is a Session
// that is fed and asked. engine/server does the same with sockets.
package sim

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sasl"
)

// Version is the version of worlds and inputs that this package makes and
// replays. It changes when the same inputs would lead to other steps.
const Version = 1

// A World is how things stand before anything happens. The zero World has a
// server that nobody can log in to.
type World struct {
	// Version is the format's version. Zero means Version.
	Version int
	// Seed decides whatever is left to chance: timestamps, challenges,
	// unique-ids.
	Seed uint64
	// Now is the clock at the beginning, in milliseconds since 1970.
	Now int64
	// Host is the server's name.
	Host string
	// Persona, Faults, Switches and Without name a server of
	// engine.Personas, defects of engine.AllFaults, choices of
	// engine.Switches, and capabilities to lack, by their CAPA tags or as
	// CAPA and APOP.
	Persona                   string
	Faults, Switches, Without []string

	// Users may log in. Each has a maildrop, if only an empty one.
	Users []engine.User
	// Mail is in the maildrops, in order.
	Mail []Mail

	// STLS offers STLS.
	STLS bool
	// MaxBad, LoginDelay, LoginDelayMax, Expire, ExpireMin, Anonymous,
	// NoUTF8User, Port and Implementation are engine.Config's.
	MaxBad, LoginDelay, LoginDelayMax int
	Expire, ExpireMin                 int
	Anonymous                         string
	NoUTF8User                        bool
	Port                              int
	Implementation                    string
	// ShowSecrets leaves secrets in steps as they were.
	ShowSecrets bool

	// Stamps are the greetings' timestamps of the first connections, one
	// each. Those that follow are made from Seed.
	Stamps []string
	// Chance, Nonce and Salt replace what SASL exchanges draw: octets that
	// repeat, and SCRAM's server nonce and salt. An RFC's example comes out
	// octet for octet with them; otherwise they stay empty.
	Chance      []byte
	Nonce, Salt string

	// Later is what is going to happen to maildrops: Deliver, Remove and Ail,
	// each with After.
	Later []Input
	// Narrated makes steps also of what the engine has no event for, and gives
	// each step what somebody who looks on wants to see beside it.
	Narrated bool
}

// maxNow bounds the clock: with leaps and delays it stays a number that a page
// can hold.
const maxNow = 1 << 52

// Mail is a message in a maildrop.
type Mail struct {
	User string
	// UID is its unique-id. Empty means one made from the seed.
	UID    string
	Octets []byte
}

// Config is the server of the world as an engine.Config, with the store and
// the users of its own that it holds. A driver other than a Lab takes it to
// show the same world over other means; clock returns milliseconds since 1970.
func (w *World) Config(clock func() int64) (engine.Config, *Store, error) {
	c := engine.Config{
		Host: w.Host, STLS: w.STLS, MaxBad: w.MaxBad, LoginDelay: w.LoginDelay, LoginDelayMax: w.LoginDelayMax,
		Expire: w.Expire, ExpireMin: w.ExpireMin, Anonymous: w.Anonymous, NoUTF8User: w.NoUTF8User, Port: w.Port,
		Implementation: w.Implementation, ShowSecrets: w.ShowSecrets, Clock: clock,
	}
	if w.Version != 0 && w.Version != Version {
		return c, nil, errors.New("sim: the world has version " + strconv.Itoa(w.Version) + ", this program replays version " + strconv.Itoa(Version))
	}
	if w.Now < 0 || w.Now > maxNow {
		return c, nil, errors.New("sim: the world begins before 1970, or in more years than its clock has")
	}
	if err := w.named(&c); err != nil {
		return c, nil, err
	}
	store, err := w.store()
	if err != nil {
		return c, nil, err
	}
	c.Store, c.Users = store, store
	c.Random = (&chance{r: rand.NewPCG(w.Seed, streamRandom)}).read
	if w.Chance != nil || w.Nonce != "" || w.Salt != "" {
		c.Exchange = w.exchange
	}
	return c, store, nil
}

// named looks up what the world names.
func (w *World) named(c *engine.Config) error {
	if w.Persona != "" {
		p, ok := engine.PersonaNamed(w.Persona)
		if !ok {
			return unknown("persona", w.Persona, names(engine.Personas, func(p engine.Persona) string { return p.Name })...)
		}
		c.Persona = p
	}
	for _, name := range w.Faults {
		f, ok := engine.FaultNamed(name)
		if !ok {
			return unknown("fault", name, names(engine.AllFaults, func(f engine.Fault) string { return f.Name })...)
		}
		c.Faults |= f
	}
	for _, name := range w.Switches {
		s, ok := engine.SwitchNamed(name)
		if !ok {
			return unknown("switch", name, names(engine.Switches, func(d engine.SwitchDoc) string { return d.Name })...)
		}
		c.Switches |= s
	}
	for _, name := range w.Without {
		d, ok := capNamed(name)
		if !ok {
			return unknown("capability", name)
		}
		c.Without |= d
	}
	return nil
}

// unknown says that there is no such name, and which there are.
func unknown(what, name string, there ...string) error {
	text := "sim: there is no " + what + " " + strconv.Quote(name)
	if len(there) > 0 {
		text += "; there are " + strings.Join(there, ", ")
	}
	return errors.New(text)
}

func names[T any](table []T, name func(T) string) []string {
	var all []string
	for _, row := range table {
		all = append(all, name(row))
	}
	return all
}

func capNamed(name string) (engine.Cap, bool) {
	switch name {
	case "CAPA":
		return engine.CapCAPA, true
	case "APOP":
		return engine.CapAPOP, true
	}
	for _, c := range engine.Capabilities {
		if c.Tag == name && name != "" {
			return c.Cap, true
		}
	}
	return 0, false
}

// store fills the maildrops.
func (w *World) store() (*Store, error) {
	s := &Store{drops: memdrop.New(), users: engine.NewAccounts(w.Users...), ill: map[string]Ailment{}, kept: map[[2]string][]byte{}}
	s.drops.Seed = w.Seed
	for _, u := range w.Users {
		s.drops.Create(u.Name)
	}
	if w.Anonymous != "" {
		s.drops.Create(w.Anonymous)
	}
	for _, m := range w.Mail {
		if err := s.Apply(Input{Verb: Deliver, User: m.User, UID: m.UID, Octets: m.Octets}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// exchange makes a SASL exchange come out as in an example.
func (w *World) exchange(e *sasl.Env) {
	if w.Chance != nil {
		e.Random = func(p []byte) {
			for i := range p {
				p[i] = w.Chance[i%len(w.Chance)]
			}
		}
	}
	if w.Nonce != "" {
		e.Nonce = func() string { return w.Nonce }
	}
	if w.Salt != "" {
		e.Salt = func(string, string) []byte { return []byte(w.Salt) }
	}
}

// The streams that a seed is spread over, so that one more challenge doesn't
// change the timestamps.
const (
	streamRandom = iota + 1
	streamStamps
)

// chance hands out octets from a generator. It may be asked from many
// goroutines.
type chance struct {
	mu sync.Mutex
	r  *rand.PCG
}

func (c *chance) read(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var word [8]byte
	for len(p) > 0 {
		binary.LittleEndian.PutUint64(word[:], c.r.Uint64())
		p = p[copy(p, word[:]):]
	}
}

// Stamps makes the timestamps of the world's greetings, one a connection. It
// may be asked from many goroutines.
type Stamps struct {
	mu    sync.Mutex
	world *World
	r     *rand.PCG
	made  int
}

// NewStamps begins with the timestamp of the first connection.
func (w *World) NewStamps() *Stamps {
	return &Stamps{world: w, r: rand.NewPCG(w.Seed, streamStamps)}
}

// Next is the timestamp of the next connection, made at the time given.
func (s *Stamps) Next(now int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	process := s.r.Uint64()
	s.made++
	if s.made <= len(s.world.Stamps) {
		return s.world.Stamps[s.made-1]
	}
	host := s.world.Host
	if host == "" {
		host = "pop3lab"
	}
	return engine.Stamp(process, uint64(now), host)
}
