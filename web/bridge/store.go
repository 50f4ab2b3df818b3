package bridge

import (
	"pop3lab/engine"
)

// The rooms' maildrops beside those that the operator configured. A room's name is never one of theirs.

// users are the configured users and the rooms' owners.
type users struct {
	b    *Bridge
	base engine.Users
}

// User implements engine.Users.
func (u *users) User(name string) (engine.User, bool, error) {
	if r := u.b.roomNamed(name); r != nil {
		return r.user, true, nil
	}
	return u.base.User(name)
}

// UserByToken implements engine.Tokens. Rooms have no bearer tokens.
func (u *users) UserByToken(token string) (engine.User, bool, error) {
	if t, ok := u.base.(engine.Tokens); ok {
		return t.UserByToken(token)
	}
	return engine.User{}, false, nil
}

// HasTokens implements engine.TokenHolder.
func (u *users) HasTokens() bool {
	if h, ok := u.base.(engine.TokenHolder); ok {
		return h.HasTokens()
	}
	_, ok := u.base.(engine.Tokens)
	return ok
}

// A store is the configured one and the rooms' maildrops. Whoever opens one is known by it: a session that opens a
// room's maildrop is the room's from its greeting on, and one that opens another is nobody's.
type store struct {
	b    *Bridge
	base engine.Store
}

// Open implements engine.Store.
func (s *store) Open(user, owner string) (engine.Maildrop, error) {
	if r := s.claimed(user, owner); r != nil {
		return r.open(r.store.Open(user, owner))
	}
	return s.base.Open(user, owner)
}

// claimed is the room whose maildrop is opened, if it's one's.
func (s *store) claimed(user, owner string) *room {
	r := s.b.roomNamed(user)
	if s.b.rec == nil {
		return r
	}
	if r == nil {
		s.b.rec.Forget(owner)
		return nil
	}
	r.used()
	s.b.rec.Claim(owner, r.stream)
	s.b.relieve()
	return r
}

// sharedStore is a store whose base knows engine.Shared.
type sharedStore struct {
	store
	shared engine.Shared
}

// OpenShared implements engine.Shared.
func (s *sharedStore) OpenShared(user, owner string) (engine.Maildrop, error) {
	if r := s.claimed(user, owner); r != nil {
		return r.open(r.store.OpenShared(user, owner))
	}
	return s.shared.OpenShared(user, owner)
}

// open is a room's maildrop that tells when it changes.
func (r *room) open(d engine.Maildrop, err error) (engine.Maildrop, error) {
	r.stream.Touch()
	if err != nil {
		return nil, err
	}
	return &telling{d, r}, nil
}

type telling struct {
	engine.Maildrop
	room *room
}

// Update implements engine.Maildrop.
func (d *telling) Update(deleted []int) error {
	defer d.room.stream.Touch()
	return d.Maildrop.Update(deleted)
}

// Release implements engine.Maildrop.
func (d *telling) Release() error {
	defer d.room.stream.Touch()
	return d.Maildrop.Release()
}
