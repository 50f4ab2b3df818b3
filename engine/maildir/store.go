//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"pop3lab/engine"
)

// A Store is the maildrops under ROOT. Make one with New.
type Store struct {
	// Log is told what no client hears of: an index that was broken, a message that can't be
	// read, a removal that was completed after a crash. nil means that nobody is. It's set
	// before the first Open.
	Log *slog.Logger
	// MakeMissing gives a user who has no folder an empty maildrop when it's opened, as for users
	// who were named before their first mail came. Without it Open fails with ErrNoMaildrop. It's
	// set before the first Open.
	MakeMissing bool

	root  folder
	path  string
	locks locker

	mu     sync.Mutex // guards the following
	closed bool
	drops  map[string]*drop // open ones and known ones
	idle   idleDrops

	boxes                         boxCache
	keeper                        keeper
	begun                         time.Time
	maxIdleDrops, maxIdleMessages int

	// step is called before each step of Update; a test stops the process there.
	step func(name string)
}

// How much the store remembers of maildrops that nobody has open, and how many users' folders it
// keeps open at the most: each costs up to three file descriptors.
const (
	maxIdleDrops    = 4096
	maxIdleMessages = 250_000
	maxBoxes        = 128
)

// New returns the store of the maildrops under root, which must be a directory that this process
// may write to, because the locks are there. A user's maildrop is the directory of the user's name
// in it.
func New(root string) (*Store, error) {
	d, err := openRoot(root)
	if err != nil {
		return nil, err
	}
	if err := checkLocks(d, root); err != nil {
		d.close()
		return nil, err
	}
	return &Store{
		root: d, path: root, drops: map[string]*drop{}, begun: time.Now(),
		maxIdleDrops: maxIdleDrops, maxIdleMessages: maxIdleMessages,
	}, nil
}

// Close gives back what the store holds of the operating system's. It fails, and does nothing,
// while a maildrop is open.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	for _, d := range s.drops {
		if d.locked {
			return fmt.Errorf("maildir: %q is open in session %q; end it first", d.user, d.owner)
		}
	}
	s.closed = true
	for _, d := range s.drops {
		s.boxes.drop(&d.boxed)
	}
	s.drops = nil
	s.locks.close()
	s.root.close()
	return nil
}

// Owner says which session of this process has user's maildrop locked, if any has.
func (s *Store) Owner(user string) (owner string, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.drops[user]; d != nil && d.locked {
		return d.owner, true
	}
	return "", false
}

// Open opens user's maildrop and locks it for owner, against the sessions of this process and of
// every other one that uses this package. A maildrop that hasn't changed since the last time costs
// five system calls; otherwise the folders are listed, and messages that were never seen are
// measured. A removal that a crash cut short is completed first.
func (s *Store) Open(user, owner string) (engine.Maildrop, error) {
	if err := CheckUser(user); err != nil {
		return nil, fmt.Errorf("maildir: %w: %w", err, engine.ErrNoMaildrop)
	}
	d, err := s.claim(user, owner)
	if err != nil {
		return nil, err
	}
	ok, err := s.locks.lock(s.root, user)
	if err == nil && !ok {
		err = fmt.Errorf("maildir: %q is open in another process: %w", user, engine.ErrLocked)
	}
	if err != nil {
		s.disclaim(d)
		if isForbidden(err) || isLink(err) {
			err = fmt.Errorf("maildir: opening %q in %s; change the owner or mode: %w: %w", user, s.path, err, engine.ErrDamaged)
		}
		return nil, err
	}
	err = s.load(d)
	if s.MakeMissing && (isMissing(err) || errors.Is(err, errNoFolders)) {
		if err = s.make(user); err == nil {
			err = s.load(d)
		}
	}
	if err != nil {
		err = s.classify(user, err)
		return nil, errors.Join(err, s.unlock(d))
	}
	return &session{store: s, drop: d, shot: d.shot}, nil
}

// claim makes user's drop the owner's, within this process.
func (s *Store) claim(user, owner string) (*drop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("maildir: opening %q: %w", user, os.ErrClosed)
	}
	d := s.drops[user]
	if d == nil {
		d = &drop{user: user}
		s.drops[user] = d
	} else if d.locked {
		return nil, fmt.Errorf("maildir: %q is open in session %q: %w", user, d.owner, engine.ErrLocked)
	} else {
		s.idle.remove(d)
	}
	d.locked, d.owner = true, owner
	return d, nil
}

// disclaim undoes claim. What is known of the maildrop is kept for the next session, and for that
// the longest unused is forgotten.
func (s *Store) disclaim(d *drop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.locked, d.owner = false, ""
	if d.shot == nil {
		s.forget(d)
		return
	}
	s.idle.add(d)
	for s.idle.drops > s.maxIdleDrops || s.idle.messages > s.maxIdleMessages {
		last := s.idle.end
		s.idle.remove(last)
		s.forget(last)
	}
}

func (s *Store) forget(d *drop) {
	delete(s.drops, d.user)
	s.boxes.drop(&d.boxed)
}

// unlock ends a session: first the other processes may have the maildrop, then this one. The other
// way round, the lock given back could be that of the next session here.
func (s *Store) unlock(d *drop) error {
	err := s.locks.unlock(s.root, d.user)
	if err != nil {
		err = fmt.Errorf("maildir: giving back the lock on %q: %w", d.user, err)
	}
	s.disclaim(d)
	return err
}

// classify says what an error of opening means to the client: to try again, or to ask somebody.
func (s *Store) classify(user string, err error) error {
	switch {
	case errors.Is(err, errNoFolders):
		return fmt.Errorf("maildir: %q has neither new nor cur in %s: %w", user, s.path, engine.ErrNoMaildrop)
	case isMissing(err):
		return fmt.Errorf("maildir: %q has no folder in %s; the first delivery makes it: %w", user, s.path, engine.ErrNoMaildrop)
	case isLink(err):
		return fmt.Errorf("maildir: the folder of %q in %s, or its new or cur, is a symbolic link or no directory; put a directory there: %w: %w", user, s.path, err, engine.ErrDamaged)
	case isForbidden(err):
		return fmt.Errorf("maildir: this user can't use the folder of %q in %s; change its owner or mode: %w: %w", user, s.path, err, engine.ErrDamaged)
	}
	return fmt.Errorf("maildir: opening %q: %w", user, err)
}

func (s *Store) log(message string, args ...any) {
	if s.Log != nil {
		s.Log.Warn(message, args...)
	}
}

func (s *Store) at(step string) {
	if s.step != nil {
		s.step(step)
	}
}
