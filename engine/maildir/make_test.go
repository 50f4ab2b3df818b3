//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pop3lab/engine"
)

// A user without a folder has no maildrop, unless the store makes missing ones: then it's empty.
func TestMakeMissing(t *testing.T) {
	s := newStore(t, t.TempDir())
	if _, err := s.Open("mrose", "test"); !errors.Is(err, engine.ErrNoMaildrop) {
		t.Fatalf("opening a maildrop that isn't there: got error %v, want %v", err, engine.ErrNoMaildrop)
	}
	s = newStore(t, t.TempDir())
	s.MakeMissing = true
	for _, half := range []string{"mrose", "dewey"} {
		if half == "dewey" {
			check(t, os.Mkdir(filepath.Join(s.path, "dewey"), 0o700)) // a folder without new and cur
		}
		m, err := s.Open(half, "test")
		check(t, err)
		if n := len(m.Messages()); n != 0 {
			t.Errorf("%s's new maildrop has %d messages, want none", half, n)
		}
		check(t, m.Release())
	}
	if _, err := s.Open("../mrose", "test"); !errors.Is(err, engine.ErrNoMaildrop) {
		t.Errorf("a name that leaves the root: got error %v, want %v", err, engine.ErrNoMaildrop)
	}
}
