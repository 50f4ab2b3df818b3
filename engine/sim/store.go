package sim

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// An Ailment is what is wrong with a user's maildrop for the time being.
type Ailment string

// The ailments. A maildrop has one at a time.
const (
	Healthy    Ailment = ""
	Busy       Ailment = "busy"       // it can't be opened at the moment
	Missing    Ailment = "missing"    // there is none
	Damaged    Ailment = "damaged"    // it can't be opened until somebody mends it
	Unreadable Ailment = "unreadable" // its messages can't be read
	Short      Ailment = "short"      // its messages end before their size is reached
	Stuck      Ailment = "stuck"      // UPDATE removes half of what is marked, then fails
	Unknown    Ailment = "unknown"    // it can't be found out who the user is
)

// Ailments describes every ailment for people.
var Ailments = []struct {
	Ailment Ailment
	Doc     string
}{
	{Busy, "It can't be opened at the moment; later it can."},
	{Missing, "There is none, although the user is known."},
	{Damaged, "It can't be opened until somebody mends it."},
	{Unreadable, "It can be opened, but its messages can't be read."},
	{Short, "Its messages end before their size is reached."},
	{Stuck, "UPDATE removes half of what is marked, then fails."},
	{Unknown, "It can't be found out who the user is."},
}

func (a Ailment) valid() bool {
	for _, known := range Ailments {
		if a == known.Ailment {
			return true
		}
	}
	return a == Healthy
}

// A Store is a world's maildrops and users: memdrop's, which may fall ill. It
// may be used from many goroutines.
type Store struct {
	drops *memdrop.Store
	users engine.Accounts

	mu      sync.Mutex
	ill     map[string]Ailment
	kept    map[[2]string][]byte // by user and unique-id: every message that ever was there
	changes int                  // of what there is, and of who has it open
}

// Drops are the maildrops themselves, for display.
func (s *Store) Drops() *memdrop.Store { return s.drops }

// Apply carries out an input that concerns maildrops: Deliver, Remove or
// Ail. It does nothing for others.
func (s *Store) Apply(in Input) error {
	defer s.changed()
	switch in.Verb {
	case Deliver:
		if in.UID == "" {
			in.UID = s.drops.Deliver(in.User, in.Octets)
		} else if err := s.drops.DeliverAs(in.User, in.UID, in.Octets); err != nil {
			return err
		}
		s.mu.Lock()
		s.kept[[2]string{in.User, in.UID}] = bytes.Clone(in.Octets)
		s.mu.Unlock()
	case Remove:
		if !s.drops.Remove(in.User, in.UID) {
			return errors.New("sim: " + in.User + " has no message with unique-id " + in.UID)
		}
	case Ail:
		if !in.Ailment.valid() {
			return unknown("ailment", string(in.Ailment))
		}
		s.mu.Lock()
		s.ill[in.User] = in.Ailment
		s.mu.Unlock()
	}
	return nil
}

// Stored is a message as it was delivered, line ends and all, also when it
// isn't there any more.
func (s *Store) Stored(user, uid string) (octets []byte, was bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	octets, was = s.kept[[2]string{user, uid}]
	return octets, was
}

func (s *Store) version() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func (s *Store) changed() {
	s.mu.Lock()
	s.changes++
	s.mu.Unlock()
}

func (s *Store) ailment(user string) Ailment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ill[user]
}

var errIll = errors.New("sim: the maildrop is ill")

// User implements engine.Users.
func (s *Store) User(name string) (engine.User, bool, error) {
	if s.ailment(name) == Unknown {
		return engine.User{}, false, errIll
	}
	return s.users.User(name)
}

// UserByToken implements engine.Tokens.
func (s *Store) UserByToken(token string) (engine.User, bool, error) {
	return s.users.UserByToken(token)
}

// Open implements engine.Store.
func (s *Store) Open(user, owner string) (engine.Maildrop, error) {
	return s.open(user, owner, s.drops.Open)
}

// OpenShared implements engine.Shared.
func (s *Store) OpenShared(user, owner string) (engine.Maildrop, error) {
	return s.open(user, owner, s.drops.OpenShared)
}

func (s *Store) open(user, owner string, inner func(user, owner string) (engine.Maildrop, error)) (engine.Maildrop, error) {
	switch s.ailment(user) {
	case Busy:
		return nil, errIll
	case Missing:
		return nil, engine.ErrNoMaildrop
	case Damaged:
		return nil, engine.ErrDamaged
	}
	d, err := inner(user, owner)
	if err != nil {
		return nil, err
	}
	s.changed()
	return &maildrop{Maildrop: d, store: s, user: user}, nil
}

// A maildrop is one that may fall ill while it is open.
type maildrop struct {
	engine.Maildrop
	store *Store
	user  string
}

func (m *maildrop) Body(i int) (engine.Body, error) {
	b, err := m.Maildrop.Body(i)
	if err != nil {
		return nil, err
	}
	switch m.store.ailment(m.user) {
	case Unreadable:
		b.Close()
		return nil, errIll
	case Short:
		half := m.Messages()[i].Octets / 2
		return body{io.LimitReader(b, half), b}, nil
	}
	return b, nil
}

// A body reads from elsewhere what it closes here.
type body struct {
	io.Reader
	io.Closer
}

func (m *maildrop) Release() error {
	defer m.store.changed()
	return m.Maildrop.Release()
}

func (m *maildrop) Update(deleted []int) error {
	defer m.store.changed()
	if m.store.ailment(m.user) != Stuck {
		return m.Maildrop.Update(deleted)
	}
	if err := m.Maildrop.Update(deleted[:len(deleted)/2]); err != nil {
		return err
	}
	return errIll
}
