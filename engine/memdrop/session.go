package memdrop

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"pop3lab/engine"
)

// Open opens user's maildrop and locks it for owner. It fails with engine.ErrNoMaildrop or
// engine.ErrLocked and in no other way.
func (s *Store) Open(user, owner string) (engine.Maildrop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[user]
	if d == nil {
		return nil, engine.ErrNoMaildrop
	}
	if d.locked {
		return nil, engine.ErrLocked
	}
	d.locked, d.owner = true, owner
	return &session{store: s, drop: d, msgs: d.msgs, items: d.items}, nil
}

// OpenShared opens user's maildrop without its lock, which it neither takes nor heeds nor gives
// back (see engine.Shared). It fails with engine.ErrNoMaildrop and in no other way.
func (s *Store) OpenShared(user, _ string) (engine.Maildrop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[user]
	if d == nil {
		return nil, engine.ErrNoMaildrop
	}
	return &session{store: s, drop: d, msgs: d.msgs, items: d.items, shared: true}, nil
}

// A session is an open maildrop: the slices as they were when it was opened.
type session struct {
	store *Store
	drop  *drop
	msgs  []engine.Message
	items []*item
	ended bool // guarded by Store.mu
	// shared says that the lock isn't this session's.
	shared bool
}

var errEnded = errors.New("memdrop: the maildrop was released already; open it again")

func (o *session) Messages() []engine.Message { return o.msgs }

func (o *session) Body(i int) (engine.Body, error) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	switch {
	case o.ended:
		return nil, errEnded
	case i < 0 || i >= len(o.items):
		return nil, noMessage(i)
	case o.items[i].gone:
		return nil, engine.ErrGone
	}
	b := &body{item: o.items[i]}
	b.Reset(b.item.octets)
	return b, nil
}

func (o *session) Update(deleted []int) error {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if err := o.end(); err != nil {
		return err
	}
	for _, i := range deleted {
		if i < 0 || i >= len(o.items) {
			return noMessage(i)
		}
	}
	for _, i := range deleted {
		o.items[i].gone = true
	}
	if len(deleted) > 0 {
		o.drop.sweep()
	}
	return nil
}

func (o *session) Release() error {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	return o.end()
}

// end gives the lock back, once: a second call must not take it from the next owner. The caller
// holds Store.mu.
func (o *session) end() error {
	if o.ended {
		return errEnded
	}
	o.ended = true
	if o.shared {
		return nil
	}
	o.drop.locked, o.drop.owner = false, ""
	return nil
}

func noMessage(i int) error {
	return errors.New("memdrop: there is no message " + strconv.Itoa(i) + " (counted from 0)")
}

// A body reads a message where it lies; a message that vanishes now is still read to its end.
type body struct {
	bytes.Reader
	item *item
}

func (b *body) Close() error { return nil }

// Direct returns the octets themselves, as a *bytes.Reader, when their line ends are CRLF.
func (b *body) Direct() (io.Reader, []int64, bool) {
	if !b.item.direct {
		return nil, nil, false
	}
	b.Reset(b.item.octets)
	return &b.Reader, b.item.dots, true
}
