//go:build unix && !aix && !solaris

package maildir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// How UPDATE removes several files as if it were one step, over a kill or a power failure at any
// moment:
//
//	write the removal      a file in the user's folder that names what has to go, on the disk
//	                       before the next step. From here on the QUIT holds.
//	unlink each file       and wait until the folders are on the disk
//	unlink the removal     done
//
// Whoever opens the maildrop next and finds a removal completes it first. One that is broken was
// never finished being written, so nothing was unlinked: it is thrown away. If a file can't be
// unlinked, because permissions changed, say, the removal is withdrawn, so that what survives
// stays, and Update says so. A single file needs none of this: unlink is one step.
const (
	removalName  = "pop3lab-removal"
	removalMagic = "pop3lab-removal 1\n"
	maxRemoval   = 1 << 30
)

// update removes the messages named and makes it last.
//
// RFC 1939 section 6, QUIT: "In no case may the server remove any messages not marked as deleted."
func (s *Store) update(d *drop, deleted []int) error {
	doomed := make([]*file, 0, len(deleted))
	last := -1
	for _, i := range deleted {
		if i <= last || i >= len(d.shot.files) {
			return fmt.Errorf("%w, or not after message %d", noMessage(d.user, i), last)
		}
		doomed = append(doomed, &d.shot.files[i])
		last = i
	}
	if len(doomed) == 0 {
		return nil
	}
	d.known.listKnown = false
	err := s.withBox(d, func(b *box) error { return s.remove(d, b, doomed) })
	if err != nil {
		return fmt.Errorf("maildir: removing %d messages of %q: %w", len(doomed), d.user, err)
	}
	return nil
}

func (s *Store) remove(d *drop, b *box, doomed []*file) error {
	if len(doomed) == 1 {
		return s.unlinkAll(d, b, doomed)
	}
	err := s.writeRemoval(b, doomed)
	if isMissing(err) {
		return s.unlinkAll(d, b, doomed) // the user's folder was removed, and all that was in it
	}
	if err != nil {
		return fmt.Errorf("writing %s, before anything was removed: %w", removalName, err)
	}
	err = s.unlinkAll(d, b, doomed)
	if err == nil {
		s.at("sync")
		err = b.sync()
	}
	// After an error too: what is left is left for good, and the client is told.
	s.at("withdraw")
	if uerr := b.user.unlink(removalName); uerr != nil && !isMissing(uerr) {
		err = errors.Join(err, fmt.Errorf("withdrawing %s: %w", removalName, uerr))
	}
	s.at("withdrawn")
	return err
}

// unlinkAll unlinks the files, and fails at the first that is there and can't be.
func (s *Store) unlinkAll(d *drop, b *box, doomed []*file) error {
	for _, f := range doomed {
		f.gone = false // an old listing's word isn't enough here
	}
	for n, f := range doomed {
		s.at("unlink " + strconv.Itoa(n+1))
		if err := s.unlink(d, b, f); err != nil {
			return fmt.Errorf("%s and the %d after it stay: %w", f.path(), len(doomed)-n-1, err)
		}
	}
	return nil
}

// unlink unlinks f by the name it has now, and by every other one that it has or is given.
func (s *Store) unlink(d *drop, b *box, f *file) error {
	for range renames {
		if f.gone {
			return nil // it vanished, which counts as removed
		}
		err := b.in(f.cur).unlink(f.name)
		if err == nil && !f.twin {
			return nil
		}
		if err != nil && !isMissing(err) {
			return err
		}
		if err := s.locate(d, b, f); err != nil {
			return err
		}
	}
	return errRestless
}

// writeRemoval writes the removal of the files and waits until it is on the disk.
func (s *Store) writeRemoval(b *box, doomed []*file) error {
	s.at("write removal")
	f, err := b.user.file(removalName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return err
	}
	s.at("removal is empty")
	_, err = f.Write(encodeRemoval(doomed))
	s.at("removal is written")
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = b.user.sync()
	}
	if err != nil {
		return errors.Join(err, b.user.unlink(removalName))
	}
	s.at("removal holds")
	return nil
}

// encodeRemoval returns the file that names what has to go: the base name of each file, its inode,
// and whether the inode is what tells it from others.
func encodeRemoval(doomed []*file) []byte {
	p := []byte(removalMagic)
	p = binary.AppendUvarint(p, uint64(len(doomed)))
	for _, f := range doomed {
		p = binary.AppendUvarint(p, uint64(f.base))
		p = append(p, f.baseName()...)
		p = binary.AppendUvarint(p, f.ino)
		dup := byte(0)
		if f.dup {
			dup = 1
		}
		p = append(p, dup)
	}
	return appendSum(p)
}

// decodeRemoval returns, by base name, the files that have to go, or errBroken.
func decodeRemoval(data []byte) (map[string][]file, error) {
	d, ok := newDecoder(data, removalMagic)
	if !ok {
		return nil, errBroken
	}
	count := d.number()
	if count > uint64(len(d.rest)) {
		return nil, errBroken
	}
	doomed := make(map[string][]file, count)
	for range count {
		base := d.text()
		f := file{found: found{name: base, base: len(base), ino: d.number()}}
		dup := d.octet()
		if f.dup = dup == 1; d.bad || dup > 1 {
			return nil, errBroken
		}
		doomed[base] = append(doomed[base], f)
	}
	if d.bad || len(d.rest) > 0 {
		return nil, errBroken
	}
	return doomed, nil
}

// finishRemoval completes a removal that a crash left behind. The session that wrote it had its
// QUIT, so the messages it names are removed, as far as that is possible now.
func (s *Store) finishRemoval(user string, b *box) error {
	data, err := b.user.readFile(removalName, maxRemoval)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", removalName, err)
	}
	doomed, err := decodeRemoval(data)
	if err != nil {
		s.log("a removal was cut short before it held; nothing is removed", "user", user, "file", removalName)
	} else if n, err := s.unlinkLeft(b, doomed); err != nil {
		s.log("a removal that a crash cut short can't be completed; what is left stays", "user", user, "removed", n, "error", err)
	} else {
		s.log("a removal that a crash cut short is completed", "user", user, "removed", n)
	}
	s.at("withdraw")
	if err := b.user.unlink(removalName); err != nil && !isMissing(err) {
		return fmt.Errorf("withdrawing %s: %w", removalName, err)
	}
	s.at("withdrawn")
	return nil
}

// unlinkLeft unlinks what is still there of the doomed, and says how many names that were.
func (s *Store) unlinkLeft(b *box, doomed map[string][]file) (n int, err error) {
	for range renames {
		l, err := b.list()
		if err != nil {
			return n, err
		}
		left := leftOf(doomed, l)
		if len(left) == 0 && !l.trusted {
			if l, err = b.listSurely(); err != nil {
				return n, err
			}
			left = leftOf(doomed, l)
		}
		if len(left) == 0 {
			return n, b.sync()
		}
		for _, f := range left {
			s.at("unlink " + strconv.Itoa(n+1))
			if err := b.in(f.cur).unlink(f.name); err == nil {
				n++
			} else if !isMissing(err) {
				return n, fmt.Errorf("%s: %w", f.path(), err)
			}
		}
	}
	return n, errRestless
}

// leftOf returns the files in l that are among the doomed.
func leftOf(doomed map[string][]file, l listing) (left []found) {
	for _, f := range l.names {
		if slices.ContainsFunc(doomed[f.baseName()], func(d file) bool { return d.is(&f) }) {
			left = append(left, f)
		}
	}
	return left
}

// sync waits until new and cur are on the disk: only then the removal may go, or a power failure
// could bring back some of the files and not the removal.
func (b *box) sync() error {
	for _, dir := range []folder{b.new, b.cur} {
		if dir == noFolder {
			continue
		}
		if err := dir.sync(); err != nil {
			return fmt.Errorf("the files are unlinked, but a power failure may bring some back: %w", err)
		}
	}
	return nil
}
