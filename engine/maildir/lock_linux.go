package maildir

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// lockFolder holds the lock files, in ROOT. No user's name begins with a dot.
const lockFolder = ".pop3lab-locks"

// A locker keeps two processes from having the same maildrop open. Each user is an octet of one
// of 64 files, locked with an open file description lock: such a lock dies with its process, costs
// one system call and no file descriptor, so ten thousand open maildrops need no more of them
// than one. (One file for all would do, but the kernel walks through a file's locks one by one.)
//
// Within a process the store's own table decides; see Store.Open.
type locker struct {
	mu    sync.Mutex
	files [64]int // descriptors plus one; zero is not open yet
}

// place is where user's lock lies: the file and the octet in it.
func (l *locker) place(root folder, user string) (fd int, octet int64, err error) {
	h := hash64(user)
	n := h % 64
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files[n] == 0 {
		fd, err := openLock(root, strconv.FormatUint(n, 10))
		if err != nil {
			return 0, 0, err
		}
		l.files[n] = fd + 1
	}
	return l.files[n] - 1, int64(h >> 6), nil
}

// lock takes user's lock and reports whether it was to be had.
func (l *locker) lock(root folder, user string) (bool, error) {
	fd, octet, err := l.place(root, user)
	if err == nil {
		err = set(fd, octet, unix.F_WRLCK)
	}
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("locking by way of %s, which must be writable: %w", lockFolder, err)
	}
	return true, nil
}

func (l *locker) unlock(root folder, user string) error {
	fd, octet, err := l.place(root, user)
	if err == nil {
		err = set(fd, octet, unix.F_UNLCK)
	}
	return err
}

func set(fd int, octet int64, kind int16) error {
	return retry(func() error {
		return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind, Start: octet, Len: 1})
	})
}

func (l *locker) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, fd := range l.files {
		if fd > 0 {
			unix.Close(fd - 1)
		}
		l.files[i] = 0
	}
}
