//go:build unix && !aix && !solaris

package maildir

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A listing is the names in new and cur, in the order of messages, at one moment.
type listing struct {
	names []found
	// steady says that neither folder's mark changed while it was read. A folder that is read
	// while names in it change may show a file twice or not at all.
	steady bool
	// trusted says, moreover, that the marks have stood still for long enough to show every
	// change: what isn't in the listing wasn't there, and as long as the marks are equal to
	// those here, the names are these.
	trusted  bool
	new, cur mark
}

// found is a file in new or cur.
type found struct {
	name string // with the flags
	base int    // how much of it is the base name
	time uint64 // of delivery, from the name
	ino  uint64
	cur  bool
	twin bool // the same file has another name with this base name
	dup  bool // another file has the same base name
}

func (f *found) baseName() string { return f.name[:f.base] }

// id is the name from which the unique-id is made. Two files that share a base name can't both be
// called by it; then neither is, so that the unique-id of one never turns up at the other.
func (f *found) id() string {
	if !f.dup {
		return f.baseName()
	}
	return f.path()
}

// path is the file's place in the user's folder.
func (f *found) path() string {
	if f.cur {
		return "cur/" + f.name
	}
	return "new/" + f.name
}

// A mark is what changes in a folder when a name in it does. The zero mark is a missing folder.
type mark struct {
	dev, ino     uint64
	mtime, ctime int64 // nanoseconds
	size         int64
}

func markOf(st *unix.Stat_t) mark {
	return mark{uint64(st.Dev), uint64(st.Ino), st.Mtim.Nano(), st.Ctim.Nano(), int64(st.Size)}
}

// markAt returns the mark of the folder at path, which may have one slash in it.
func (d folder) markAt(path string) (mark, error) {
	var st unix.Stat_t
	if err := d.stat(path, &st); err != nil {
		if isMissing(err) {
			err = nil
		}
		return mark{}, err
	}
	return markOf(&st), nil
}

// older says that the folder has kept still for so long, at the time now, that a further change
// gives it another time. File systems stamp with the time of the last tick of a clock: every 1 to
// 10 ms, or, where the time has no fraction, every 1 or 2 s.
func (m mark) older(now time.Time) bool { return m.rest(now) <= 0 }

// rest is how long it takes until older is true, if the folder keeps still.
func (m mark) rest(now time.Time) time.Duration {
	tick := 40 * time.Millisecond
	if m.mtime%int64(time.Second) == 0 {
		tick = 3 * time.Second
	}
	return tick - time.Duration(now.UnixNano()-max(m.mtime, m.ctime))
}

// A box is the open folders of one user. new and cur may be noFolder where they are missing.
type box struct {
	user, new, cur folder
}

// openBox opens the folders of user in root.
func openBox(root folder, user string) (box, error) {
	b := box{noFolder, noFolder, noFolder}
	var err error
	if b.user, err = root.sub(user); err != nil {
		return b, err
	}
	if b.new, err = b.user.sub("new"); err == nil || isMissing(err) {
		b.cur, err = b.user.sub("cur")
	}
	if err != nil && !isMissing(err) {
		b.close()
		return b, err
	}
	return b, nil
}

func (b *box) close() {
	b.user.close()
	b.new.close()
	b.cur.close()
	*b = box{noFolder, noFolder, noFolder}
}

// in returns the folder cur or new.
func (b *box) in(cur bool) folder {
	if cur {
		return b.cur
	}
	return b.new
}

// list lists both folders, again if they change meanwhile, but not for ever.
func (b *box) list() (listing, error) {
	for try := 0; ; try++ {
		l, err := b.listOnce()
		if err != nil || l.steady || try == 10 {
			return l, err
		}
	}
}

// listSurely returns a trusted listing: what isn't in it isn't there. For that it waits, if need
// be, until the folders' times tell that nothing has changed: some 40 ms after the last change.
func (b *box) listSurely() (listing, error) {
	for range 5 {
		l, err := b.list()
		if err != nil || l.trusted {
			return l, err
		}
		now := time.Now()
		time.Sleep(min(max(l.new.rest(now), l.cur.rest(now), time.Millisecond), 3*time.Second))
	}
	return listing{}, errRestless
}

var errRestless = errors.New("the folders change faster than they can be listed; try again")

func (b *box) listOnce() (listing, error) {
	var l listing
	var err error
	now := time.Now()
	if l.new, err = b.user.markAt("new"); err != nil {
		return l, err
	}
	if l.cur, err = b.user.markAt("cur"); err != nil {
		return l, err
	}
	// All names go into one string, which every message then shares. new comes first: a file
	// that is moved to cur between the two is seen twice and not never.
	var text []byte
	type place struct {
		end int
		ino uint64
		cur bool
	}
	var places []place
	for _, cur := range []bool{false, true} {
		d := b.in(cur)
		if d == noFolder {
			continue
		}
		err := d.list(func(name []byte, ino uint64) {
			text = append(text, name...)
			places = append(places, place{len(text), ino, cur})
		})
		if err != nil && !isMissing(err) { // missing: the folder itself was removed
			return l, err
		}
	}
	names, start := string(text), 0
	l.names = make([]found, len(places))
	for i, p := range places {
		name := names[start:p.end]
		start = p.end
		base := baseLen(name)
		l.names[i] = found{name: name, base: base, time: deliveryTime(name[:base]), ino: p.ino, cur: p.cur}
	}
	if err := b.arrange(&l); err != nil {
		return l, err
	}
	newAfter, err := b.user.markAt("new")
	if err != nil {
		return l, err
	}
	curAfter, err := b.user.markAt("cur")
	if err != nil {
		return l, err
	}
	l.steady = newAfter == l.new && curAfter == l.cur
	l.trusted = l.steady && l.new.older(now) && l.cur.older(now)
	return l, nil
}

// arrange puts the names in order and sorts out those that share a base name.
func (b *box) arrange(l *listing) error {
	slices.SortFunc(l.names, func(x, y found) int {
		return order(x.time, x.baseName(), x.ino, y.time, y.baseName(), y.ino)
	})
	kept := l.names[:0]
	for i := 0; i < len(l.names); {
		j := i + 1
		for j < len(l.names) && l.names[j].baseName() == l.names[i].baseName() {
			j++
		}
		if j == i+1 {
			kept = append(kept, l.names[i])
		} else {
			group, err := b.sortOut(l.names[i:j])
			if err != nil {
				return err
			}
			kept = append(kept, group...)
		}
		i = j
	}
	l.names = kept
	return nil
}

// sortOut returns the files of a group with one base name. Two names of one file are one message,
// which is then called by the name in cur.
func (b *box) sortOut(group []found) ([]found, error) {
	var files []found
	var inodes []uint64
	for _, f := range group {
		var st unix.Stat_t
		if err := b.in(f.cur).stat(f.name, &st); isMissing(err) {
			continue // it was renamed meanwhile, and is in the group under its other name
		} else if err != nil {
			return nil, err
		}
		if i := slices.Index(inodes, uint64(st.Ino)); i >= 0 {
			files[i].twin = true
			if f.cur && !files[i].cur {
				f.twin = true
				files[i] = f
			}
			continue
		}
		f.ino = uint64(st.Ino) // a listing may tell another one, on layered file systems
		files = append(files, f)
		inodes = append(inodes, uint64(st.Ino))
	}
	for i := range files {
		files[i].dup = len(files) > 1
	}
	slices.SortFunc(files, func(x, y found) int { return cmp.Compare(x.ino, y.ino) })
	return files, nil
}
