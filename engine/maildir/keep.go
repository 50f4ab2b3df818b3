//go:build unix && !aix && !solaris

package maildir

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// How much of small messages the store keeps in memory: a client that fetches the same ones again,
// or many clients that fetch the same few, cost one look at the file instead of opening, reading and
// closing it. When it's more, what was kept first goes first.
const (
	keepOctets   = 32 << 20
	keepMessages = 16 << 10
	keepSize     = 16 << 10 // a larger message isn't kept
)

// A kept is a message's octets, until the keeper needs the room.
type kept struct{ octets atomic.Pointer[[]byte] }

// get returns the octets, which aren't to be changed; nil when they are gone.
func (k *kept) get() []byte {
	if k == nil {
		return nil
	}
	if p := k.octets.Load(); p != nil {
		return *p
	}
	return nil
}

// A keeper bounds what is kept. Sessions of all users share it.
type keeper struct {
	mu     sync.Mutex
	ring   []*kept // in the order in which they were kept
	octets int
}

// keep keeps a copy of the octets.
func (k *keeper) keep(octets []byte) *kept {
	own := append([]byte(nil), octets...)
	entry := new(kept)
	entry.octets.Store(&own)
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.ring) > 0 && (k.octets+len(own) > keepOctets || len(k.ring) == keepMessages) {
		k.octets -= len(k.ring[0].get())
		k.ring[0].octets.Store(nil)
		k.ring[0] = nil
		k.ring = k.ring[1:]
	}
	k.ring = append(k.ring, entry)
	k.octets += len(own)
	return entry
}

// For how long a look is trusted: at one file, which nobody who keeps to Maildir's rules writes
// twice, as long as nothing was added to, taken from or renamed in the folders; and at the folders,
// so that a client that fetches many messages at once costs few looks.
const (
	fileTrust   = time.Second
	folderTrust = time.Millisecond
)

// asMeasured says whether f is under its name the file that was measured: the same inode, size and
// time. It's one system call at the most where a session reads a message that is kept.
func (s *Store) asMeasured(d *drop, f *file) bool {
	now := time.Since(s.begun)
	if f.looked > 0 && now-f.looked < fileTrust && s.foldersStand(d, now) {
		return true
	}
	same := false
	s.withBox(d, func(b *box) error {
		var st unix.Stat_t
		same = b.in(f.cur).stat(f.name, &st) == nil && st.Ino == f.ino && st.Size == f.stored &&
			st.Mtim.Nano() == f.mtime && st.Mode&unix.S_IFMT == unix.S_IFREG
		return nil
	})
	f.looked = 0
	if same {
		f.looked = now
	}
	return same
}

// foldersStand says whether new and cur are what they were when they were listed.
func (s *Store) foldersStand(d *drop, now time.Duration) bool {
	if !d.known.listKnown {
		return false
	}
	if d.looked == 0 || now-d.looked >= folderTrust {
		newMark, err1 := s.root.markAt(d.user + "/new")
		curMark, err2 := s.root.markAt(d.user + "/cur")
		d.looked, d.stands = now, err1 == nil && err2 == nil && newMark == d.known.new && curMark == d.known.cur
	}
	return d.stands
}
