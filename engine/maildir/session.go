//go:build unix && !aix && !solaris

package maildir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"pop3lab/engine"
)

// A session is an open maildrop.
type session struct {
	store *Store
	drop  *drop
	shot  *snapshot
	ended bool
}

func (o *session) Messages() []engine.Message { return o.shot.msgs }

// Release gives the lock back. The store remembers what it knows of the maildrop.
func (o *session) Release() error {
	if o.ended {
		return o.endedError()
	}
	o.ended = true
	return o.store.unlock(o.drop)
}

// Update removes the messages named, see removal.go.
func (o *session) Update(deleted []int) error {
	if o.ended {
		return o.endedError()
	}
	o.ended = true
	err := o.store.update(o.drop, deleted)
	return errors.Join(err, o.store.unlock(o.drop))
}

func (o *session) endedError() error {
	return fmt.Errorf("maildir: the session of %q has ended; open the maildrop again", o.drop.user)
}

// smallBody is up to which size a message is read at once, and its file closed again.
const smallBody = bufferSize

// Body opens message i. A small one is read into memory here; of a large one the file is open
// until Close. It fails with engine.ErrGone, too, when the file's size isn't what it was when the
// message was measured: numbers and sizes are fixed at open, and the next session sees the new ones.
// A small message that was read before may be had for a moment longer, see keep.go.
func (o *session) Body(i int) (engine.Body, error) {
	if o.ended {
		return nil, o.endedError()
	}
	if i < 0 || i >= len(o.shot.files) {
		return nil, noMessage(o.drop.user, i)
	}
	f := &o.shot.files[i]
	body, err := o.store.body(o.drop, f, o.shot.msgs[i])
	if err != nil {
		return nil, fmt.Errorf("maildir: message %s of %q: %w", f.path(), o.drop.user, err)
	}
	return body, nil
}

func noMessage(user string, i int) error {
	return fmt.Errorf("maildir: %q has no message %d (counted from 0)", user, i)
}

var errChanged = fmt.Errorf("the file has changed since it was measured: %w", engine.ErrGone)

func (s *Store) body(d *drop, f *file, m engine.Message) (engine.Body, error) {
	if octets := f.kept.get(); octets != nil && !f.gone && s.asMeasured(d, f) {
		b := &memoryBody{octets: octets, dots: f.dots, direct: f.direct}
		b.Reset(octets)
		return b, nil
	}
	fd, err := s.openMessage(d, f)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, err
	}
	if st.Size != f.stored || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Mtim.Nano() != f.mtime && !s.sameAsBefore(d, f, m) {
		unix.Close(fd)
		f.stale = true
		d.known.listKnown = false // so that the next session measures it
		return nil, errChanged
	}
	if f.stored > smallBody {
		file, err := asFile(fd, f.name)
		if err != nil {
			return nil, err
		}
		return &largeBody{file: file, dots: f.dots, direct: f.direct, left: f.stored}, nil
	}
	b := &memoryBody{buf: buffers.Get().(*[bufferSize]byte), dots: f.dots, direct: f.direct}
	n, err := read(fd, b.buf[:f.stored])
	unix.Close(fd)
	if err == nil && int64(n) != f.stored {
		err = errChanged
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	b.octets = b.buf[:n]
	if n <= keepSize {
		f.kept = s.keeper.keep(b.octets)
	}
	b.Reset(b.octets)
	return b, nil
}

// openMessage opens f, wherever other programs have moved it meanwhile.
func (s *Store) openMessage(d *drop, f *file) (fd int, err error) {
	if f.gone {
		return 0, engine.ErrGone
	}
	err = s.withBox(d, func(b *box) error {
		for try := 0; ; try++ {
			fd, err = b.in(f.cur).open(f.name, unix.O_RDONLY)
			if !isMissing(err) || try == renames {
				return err
			}
			if err := s.locate(d, b, f); err != nil {
				return err
			}
			if f.gone {
				return engine.ErrGone
			}
		}
	})
	return fd, err
}

// renames is how often a file may be renamed between looking it up and using it.
const renames = 20

// sameAsBefore measures again a file that has its size but another time, as after a restored
// backup, and says whether all that was known of it is still true.
func (s *Store) sameAsBefore(d *drop, f *file, m engine.Message) bool {
	same := false
	s.withBox(d, func(b *box) error {
		r, err := measure(b, &f.found)
		same = err == nil && r.stored == f.stored && r.octets == m.Octets && r.direct == f.direct &&
			r.eight == m.EightBitHeader && slices.Equal(r.dots, f.dots)
		if same {
			f.mtime, f.saved = r.mtime, false
		}
		return nil
	})
	return same
}

// A memoryBody is a small message.
type memoryBody struct {
	bytes.Reader
	buf    *[bufferSize]byte // nil when the octets are kept
	octets []byte
	dots   []int64
	direct bool
	closed bool
}

// Close gives the memory back. What Direct returned isn't to be used any more.
func (b *memoryBody) Close() error {
	if b.closed {
		return os.ErrClosed
	}
	if b.buf != nil {
		buffers.Put(b.buf)
	}
	b.buf, b.octets, b.closed = nil, nil, true
	b.Reset(nil)
	return nil
}

// Direct returns the octets as a *bytes.Reader.
func (b *memoryBody) Direct() (io.Reader, []int64, bool) {
	if !b.direct {
		return nil, nil, false
	}
	b.Reset(b.octets)
	return &b.Reader, b.dots, true
}

// A largeBody is a message that is read from its file.
type largeBody struct {
	file   *os.File
	dots   []int64
	direct bool
	left   int64
}

// Read reads no further than the message went when it was measured.
func (b *largeBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n, err := b.file.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *largeBody) Close() error { return b.file.Close() }

// Direct returns the *os.File, which the operating system can send by itself, at its first octet.
func (b *largeBody) Direct() (io.Reader, []int64, bool) {
	if !b.direct {
		return nil, nil, false
	}
	if _, err := b.file.Seek(0, io.SeekStart); err != nil {
		return nil, nil, false
	}
	return b.file, b.dots, true
}
