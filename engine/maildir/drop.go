//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"pop3lab/engine"
)

// A drop is what the store knows of one maildrop. Who has it locked may touch the second part; the
// other parts say what guards them.
type drop struct {
	user string

	// Guarded by Store.mu.
	locked     bool
	owner      string
	prev, next *drop // among the idle

	// Touched by the owner of the lock alone.
	shot  *snapshot
	known marks
	saved int // how many records the index has
	// When the folders were last looked at while messages were fetched, and whether they stood.
	looked time.Duration
	stands bool

	// Guarded by itself, see boxCache.
	boxed boxed
}

// A snapshot is the messages of a maildrop as a listing gave them. The messages are never changed;
// a file's name may be, by the session that has the lock, when another program renamed it.
type snapshot struct {
	msgs  []engine.Message
	files []file
}

// A file is where a message is, and what the framing writer needs to know of it.
type file struct {
	found
	mtime  int64 // nanoseconds, when it was measured
	stored int64 // octets
	dots   []int64
	direct bool
	saved  bool // the index has it
	stale  bool // it isn't what was measured any more
	gone   bool // the last listing hadn't it
	kept   *kept
	looked time.Duration // when it was last what was measured, since Store.begun; zero is never
}

// marks are the folders' marks when they were last looked at, and whether they can be relied on.
type marks struct {
	home, new, cur mark
	homeKnown      bool // as long as home is equal, no removal is left unfinished
	listKnown      bool // as long as new and cur are equal, the snapshot is what a listing gives
}

var errNoFolders = errors.New("neither new nor cur")

// load brings d.shot up to date.
func (s *Store) load(d *drop) error {
	// A mark is taken before what it stands for is looked at. What changes in between is found
	// the next time.
	now := time.Now()
	home, err := s.root.markAt(d.user)
	if err != nil {
		return err
	}
	if home == (mark{}) {
		return unix.ENOENT
	}
	same, err := s.unchanged(d, home, now)
	if same || err != nil {
		return err
	}
	d.known = marks{}
	s.boxes.drop(&d.boxed) // new and cur may be other folders now
	err = s.withBox(d, func(b *box) error {
		if b.new == noFolder && b.cur == noFolder {
			return errNoFolders
		}
		if err := s.finishRemoval(d.user, b); err != nil {
			return err
		}
		return s.scan(d, b)
	})
	if err != nil {
		d.shot = nil
		return err
	}
	d.known.home, d.known.homeKnown = home, home.older(now)
	return nil
}

// unchanged says that d.shot is what a listing would give, and that no removal is left unfinished.
func (s *Store) unchanged(d *drop, home mark, now time.Time) (bool, error) {
	if d.shot == nil || !d.known.listKnown {
		return false, nil
	}
	newMark, err := s.root.markAt(d.user + "/new")
	if err != nil {
		return false, err
	}
	curMark, err := s.root.markAt(d.user + "/cur")
	if err != nil {
		return false, err
	}
	if newMark != d.known.new || curMark != d.known.cur {
		return false, nil
	}
	if !d.known.homeKnown || home != d.known.home {
		// Other programs keep their own files beside ours, and change them often.
		left, err := s.root.markAt(d.user + "/" + removalName)
		if left != (mark{}) || err != nil {
			return false, err
		}
		d.known.home, d.known.homeKnown = home, home.older(now)
	}
	return true, nil
}

// scan lists the folders and makes the snapshot: what the last one or the index knows of a message
// is taken from there, and the others are measured.
func (s *Store) scan(d *drop, b *box) error {
	l, err := b.list()
	if err != nil {
		return err
	}
	var known []record
	if d.shot != nil {
		known = d.shot.records()
	} else {
		known = s.readIndex(d.user, b)
		d.saved = len(known)
	}
	shot := &snapshot{
		msgs:  make([]engine.Message, 0, len(l.names)),
		files: make([]file, 0, len(l.names)),
	}
	for _, f := range l.names {
		base := f.baseName()
		c := -1
		for len(known) > 0 {
			if c = order(deliveryTime(known[0].base), known[0].base, known[0].ino, f.time, base, f.ino); c >= 0 {
				break
			}
			known = known[1:]
		}
		var r record
		if len(known) > 0 && c == 0 {
			r, known = known[0], known[1:]
		} else if r, err = measure(b, &f); isMissing(err) {
			continue // taken away since, or renamed: then the next session sees it
		} else if err != nil {
			s.log("a message can't be read and is left out; change its owner or mode", "user", d.user, "file", f.path(), "error", err)
			continue
		}
		shot.add(f, r)
	}
	d.shot = shot
	d.known = marks{new: l.new, cur: l.cur, listKnown: l.trusted && len(shot.msgs) == len(l.names)}
	s.writeIndex(d, b)
	return nil
}

func (shot *snapshot) add(f found, r record) {
	shot.msgs = append(shot.msgs, engine.Message{UID: uniqueID(f.id()), Octets: r.octets, EightBitHeader: r.eight})
	shot.files = append(shot.files, file{found: f, mtime: r.mtime, stored: r.stored, dots: r.dots, direct: r.direct, saved: r.saved})
}

// records returns what is known of the messages, but for those that changed under our hands.
func (shot *snapshot) records() []record {
	list := make([]record, 0, len(shot.files))
	for i := range shot.files {
		f := &shot.files[i]
		if !f.stale {
			list = append(list, record{
				base: f.baseName(), ino: f.ino, mtime: f.mtime, stored: f.stored, octets: shot.msgs[i].Octets,
				direct: f.direct, eight: shot.msgs[i].EightBitHeader, dots: f.dots, saved: f.saved,
			})
		}
	}
	return list
}

// measure reads a message from beginning to end.
func measure(b *box, f *found) (record, error) {
	fd, err := b.in(f.cur).open(f.name, unix.O_RDONLY)
	if err != nil {
		return record{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return record{}, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return record{}, errNotRegular
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	var meter engine.Meter
	for {
		n, err := read(fd, buf[:])
		if err != nil {
			return record{}, err
		}
		meter.Write(buf[:n])
		if n < len(buf) {
			break
		}
	}
	r := record{
		base: f.baseName(), ino: f.ino, mtime: st.Mtim.Nano(),
		stored: meter.Stored(), octets: meter.Octets(), eight: meter.EightBitHeader(),
	}
	r.dots, r.direct = meter.Direct()
	return r, nil
}

// locate finds the files of the snapshot again after a call said that f's name is missing: other
// programs rename files when flags change. It sets gone where a file isn't there, and fails when
// that can't be told because the folders don't stand still.
func (s *Store) locate(d *drop, b *box, f *file) error {
	// What most programs do to a new message is to move it to cur, and then to mark it as seen.
	for _, flags := range []string{":2,", ":2,S"} {
		name := f.baseName() + flags
		var st unix.Stat_t
		if !f.dup && !f.twin && b.cur != noFolder && (name != f.name || !f.cur) && b.cur.stat(name, &st) == nil {
			f.name, f.cur, f.gone = name, true, false
			return nil
		}
	}
	l, err := b.list()
	if err != nil || d.shot.follow(l, f) {
		return err
	}
	if !l.trusted {
		if l, err = b.listSurely(); err == nil {
			d.shot.follow(l, f)
		}
	}
	return err
}

// follow gives the files the names that they have in l, and says whether f is there. What isn't
// there is gone, if l can be trusted so far.
func (shot *snapshot) follow(l listing, f *file) (there bool) {
	rest := l.names
	for i := range shot.files {
		have := &shot.files[i]
		for len(rest) > 0 && order(rest[0].time, rest[0].baseName(), 0, have.time, have.baseName(), 0) < 0 {
			rest = rest[1:]
		}
		have.gone = l.trusted
		for j := 0; j < len(rest) && rest[j].baseName() == have.baseName(); j++ {
			if have.is(&rest[j]) {
				have.name, have.cur, have.twin, have.gone = rest[j].name, rest[j].cur, rest[j].twin, false
				there = there || have == f
				break
			}
		}
	}
	return there
}

// is says whether g, of the same base name, is the file's message. As a rule the base name tells;
// where two files shared it, or share it now, the inode does.
func (f *file) is(g *found) bool {
	return f.ino == g.ino || !f.dup && !g.dup
}
