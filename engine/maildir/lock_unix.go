//go:build unix && !linux && !aix && !solaris

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

// A locker keeps two processes from having the same maildrop open: one lock file a user, with
// flock, which dies with its process. Within a process the store's own table decides.
type locker struct {
	mu   sync.Mutex
	held map[string]int
}

// lock takes user's lock and reports whether it was to be had.
func (l *locker) lock(root folder, user string) (bool, error) {
	fd, err := openLock(root, strconv.FormatUint(hash64(user), 36))
	if err != nil {
		return false, fmt.Errorf("locking by way of %s, which must be writable: %w", lockFolder, err)
	}
	if err := retry(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, nil
		}
		return false, fmt.Errorf("locking by way of %s: %w", lockFolder, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[string]int{}
	}
	l.held[user] = fd
	return true, nil
}

func (l *locker) unlock(_ folder, user string) error {
	l.mu.Lock()
	fd, ok := l.held[user]
	delete(l.held, user)
	l.mu.Unlock()
	if !ok {
		return nil
	}
	return unix.Close(fd)
}

func (l *locker) close() {}
