//go:build unix && !aix && !solaris

package maildir

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pop3lab/engine"
)

// A message that is kept in memory is served only as long as its file is what it was.
func TestKeptMessageFollowsItsFile(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, path string)
		want   error
	}{
		{"nothing happens", func(*testing.T, string) {}, nil},
		{"it's renamed", func(t *testing.T, path string) {
			check(t, os.Rename(path, filepath.Join(filepath.Dir(path), "..", "cur", filepath.Base(path)+":2,S")))
		}, nil},
		{"it's removed", func(t *testing.T, path string) { check(t, os.Remove(path)) }, engine.ErrGone},
		{"it's written anew, as long as before", func(t *testing.T, path string) {
			check(t, os.WriteFile(path, []byte("Subject: b\n"), 0o600))
			check(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
		}, nil},
		{"it's replaced", func(t *testing.T, path string) {
			check(t, os.WriteFile(path+".other", []byte("Subject: b, and longer\n"), 0o600))
			check(t, os.Rename(path+".other", path))
		}, engine.ErrGone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			uid, err := Deliver(root, "mrose", bytes.NewReader([]byte("Subject: a\n")))
			check(t, err)
			s, err := New(root)
			check(t, err)
			m, err := s.Open("mrose", "test")
			check(t, err)
			defer m.Release()
			body(t, m)
			path := filepath.Join(root, "mrose", "new", uid)
			tt.change(t, path)
			b, err := m.Body(0)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Body after the file changed: got error %v, want %v (RFC 1939 section 4: numbers and sizes stay)", err, tt.want)
			}
			if err != nil {
				return
			}
			got, err := io.ReadAll(b)
			check(t, errors.Join(err, b.Close()))
			if want, err := os.ReadFile(path); err == nil && !bytes.Equal(got, want) {
				t.Errorf("got %q, and the file holds %q: what is kept is older than the file", got, want)
			}
		})
	}
}

// Where nothing happens in the folders, a message that is kept costs no look at its file; as soon as
// something does, it does again.
func TestKeptMessageTrustsFoldersThatStand(t *testing.T) {
	root := t.TempDir()
	uid, err := Deliver(root, "mrose", bytes.NewReader([]byte("Subject: a\n")))
	check(t, err)
	s := newStore(t, root)
	m, err := s.Open("mrose", "test")
	check(t, err)
	defer m.Release()
	o := m.(*session)
	o.drop.known.listKnown = true // as if the folders had been old when they were listed
	body(t, m)                    // reads the file
	body(t, m)                    // looks at it
	f := &o.shot.files[0]
	if f.looked == 0 || !s.foldersStand(o.drop, time.Since(s.begun)) {
		t.Fatalf("looked at the file: %v, folders stand: %v; want both", f.looked, o.drop.stands)
	}
	check(t, os.Remove(filepath.Join(root, "mrose", "new", uid)))
	o.drop.looked = 0 // as if folderTrust were over
	if _, err := m.Body(0); !errors.Is(err, engine.ErrGone) {
		t.Errorf("Body of a removed message: got error %v, want %v", err, engine.ErrGone)
	}
}

// What is kept has a bound, and what goes is what was kept first.
func TestKeeperHasABound(t *testing.T) {
	var k keeper
	message := make([]byte, keepSize)
	first := k.keep(message)
	var last *kept
	for range 2 * keepOctets / keepSize {
		last = k.keep(message)
	}
	if k.octets > keepOctets {
		t.Errorf("%d octets are kept, want at most %d", k.octets, keepOctets)
	}
	if first.get() != nil || last.get() == nil {
		t.Errorf("first kept: %v, last kept: %v; want the first gone", first.get() != nil, last.get() != nil)
	}
	for range 2 * keepMessages {
		k.keep(message[:1])
	}
	if len(k.ring) > keepMessages {
		t.Errorf("%d messages are kept, want at most %d", len(k.ring), keepMessages)
	}
}

func body(t *testing.T, m engine.Maildrop) {
	t.Helper()
	b, err := m.Body(0)
	check(t, err)
	_, err = io.Copy(io.Discard, b)
	check(t, errors.Join(err, b.Close()))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
