//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gomaildir "github.com/emersion/go-maildir"

	"pop3lab/engine"
	"pop3lab/engine/maildroptest"
)

// In these tests the other mail program is go-maildir: it delivers, moves messages to cur, sets
// flags and removes, while our store has the maildrop open.

// deliverOther delivers as another program does.
func deliverOther(root, user string, message []byte) error {
	dir := filepath.Join(root, user)
	if err := gomaildir.Dir(dir).Init(); err != nil {
		return err
	}
	d, err := gomaildir.NewDelivery(dir)
	if err != nil {
		return err
	}
	if _, err := d.Write(message); err != nil {
		return err
	}
	return d.Close()
}

// vanishOther removes the one file whose base name is uid.
func vanishOther(root, user, uid string) error {
	for _, sub := range []string{"new", "cur"} {
		dir := filepath.Join(root, user, sub)
		names, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range names {
			if uniqueID(e.Name()[:baseLen(e.Name())]) == uid {
				return os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
	return fmt.Errorf("no file has the unique-id %q", uid)
}

func newStore(t testing.TB, root string) *Store {
	t.Helper()
	s, err := New(root)
	if err != nil {
		t.Fatalf("New(%q): got error %q, want a store", root, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("Close: got error %q, want none: every session has ended", err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	maildroptest.Run(t, func(t *testing.T) maildroptest.Subject { return subject(t, deliverOther) })
}

// The same when another mail program moves all new mail to cur, and marks half of it, before each session.
func TestStoreAfterAnotherReader(t *testing.T) {
	maildroptest.Run(t, func(t *testing.T) maildroptest.Subject {
		s := subject(t, deliverOther)
		root := s.Store.(*Store).path
		inner := s.Store
		s.Store = readerFirst{inner, root}
		restart := s.Restart
		s.Restart = func() engine.Store { return readerFirst{restart(), root} }
		return s
	})
}

// readerFirst lets another mail program look through the maildrop before each session.
type readerFirst struct {
	engine.Store
	root string
}

func (r readerFirst) Open(user, owner string) (engine.Maildrop, error) {
	if CheckUser(user) == nil {
		dir := gomaildir.Dir(filepath.Join(r.root, user))
		msgs, err := dir.Unseen()
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for i, m := range msgs {
			if i%2 == 0 {
				if err := m.SetFlags([]gomaildir.Flag{gomaildir.FlagSeen, gomaildir.FlagReplied}); err != nil {
					return nil, err
				}
			}
		}
	}
	return r.Store.Open(user, owner)
}

func subject(t *testing.T, deliver func(root, user string, message []byte) error) maildroptest.Subject {
	root := t.TempDir()
	current := newStore(t, root)
	return maildroptest.Subject{
		Store:   current,
		Deliver: func(user string, message []byte) error { return deliver(root, user, message) },
		Vanish:  func(user, uid string) error { return vanishOther(root, user, uid) },
		Restart: func() engine.Store {
			if err := current.Close(); err != nil {
				t.Errorf("Close before a restart: got error %q, want none", err)
			}
			current = newStore(t, root)
			return current
		},
	}
}

// content returns the messages of user by unique-id.
func content(t testing.TB, s *Store, user string) map[string]string {
	t.Helper()
	m, err := s.Open(user, "test")
	if err != nil {
		t.Fatalf("Open(%q): got error %q, want the maildrop", user, err)
	}
	defer m.Release()
	all := map[string]string{}
	for i, msg := range m.Messages() {
		b, err := m.Body(i)
		if err != nil {
			t.Fatalf("Body(%d): got error %q, want the message", i, err)
		}
		octets, err := io.ReadAll(b)
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
		all[msg.UID] = string(octets)
	}
	return all
}

func TestDeliver(t *testing.T) {
	root := t.TempDir()
	s := newStore(t, root)
	uid, err := Deliver(root, "mrose", strings.NewReader("Subject: one\n\none\n"))
	if err != nil {
		t.Fatalf("Deliver to a user without a folder: got error %q, want a new folder", err)
	}
	second, err := Deliver(root, "mrose", strings.NewReader("Subject: two\n\ntwo\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := content(t, s, "mrose")
	if len(got) != 2 || got[uid] != "Subject: one\n\none\n" || got[second] != "Subject: two\n\ntwo\n" {
		t.Errorf("got %q, want both messages under the unique-ids %s and %s", got, uid, second)
	}
	left, err := os.ReadDir(filepath.Join(root, "mrose", "tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("tmp: got %v and error %v, want it empty", left, err)
	}
}
