//go:build unix && !aix && !solaris

package maildir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Deliver puts a message into user's maildrop under root the way Maildir has it: it is written to
// tmp, brought to the disk, and then appears in new under its own name, which is its unique-id.
// So a message is there whole or not at all, whoever reads at that moment and whatever crashes. A
// user who has no folder gets one; root has to be there. It doesn't matter whether a server runs.
func Deliver(root, user string, message io.Reader) (uid string, err error) {
	if err := CheckUser(user); err != nil {
		return "", fmt.Errorf("maildir: %w", err)
	}
	d, err := openRoot(root)
	if err != nil {
		return "", err
	}
	defer d.close()
	name, err := deliver(d, user, message)
	if err != nil {
		return "", fmt.Errorf("maildir: delivering to %q in %s: %w", user, root, err)
	}
	return uniqueID(name), nil
}

func deliver(root folder, user string, message io.Reader) (name string, err error) {
	dirs, err := makeMaildir(root, user)
	if err != nil {
		return "", err
	}
	for _, d := range dirs {
		defer d.close()
	}
	tmp, new := dirs[0], dirs[1]

	name = uniqueName()
	f, err := tmp.file(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	_, err = io.Copy(w, message)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = tmp.rename(name, new, name)
	}
	if err != nil {
		return "", errors.Join(err, tmp.unlink(name))
	}
	return name, new.sync()
}

// make gives user an empty maildrop.
func (s *Store) make(user string) error {
	dirs, err := makeMaildir(s.root, user)
	for _, d := range dirs {
		d.close()
	}
	return err
}

// makeMaildir opens user's tmp, new and cur, and makes those that aren't there.
func makeMaildir(root folder, user string) (dirs [3]folder, err error) {
	noDirs := [3]folder{noFolder, noFolder, noFolder}
	home, err := root.makeSub(user)
	if err != nil {
		return noDirs, err
	}
	defer home.close()
	for i, sub := range []string{"tmp", "new", "cur"} {
		if dirs[i], err = home.makeSub(sub); err != nil {
			for _, d := range dirs[:i] {
				d.close()
			}
			return noDirs, err
		}
	}
	return dirs, nil
}

// makeSub opens the directory name in d, and makes it if there is none.
func (d folder) makeSub(name string) (folder, error) {
	if err := d.mkdir(name); err != nil && !errors.Is(err, unix.EEXIST) {
		return noFolder, fmt.Errorf("making %s: %w", name, err)
	}
	sub, err := d.sub(name)
	if isLink(err) {
		err = fmt.Errorf("%s is a symbolic link or no directory; put a directory there: %w", name, err)
	}
	return sub, err
}

var deliveries atomic.Uint64

// uniqueName makes a file name as Maildir wants it: the time, what this process did in it, and the
// host. The microseconds have six digits, so that names made in one second sort by time. A long
// host name is cut, to keep the name within the 70 characters of a unique-id.
func uniqueName() string {
	now := time.Now()
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7F || r == '/' || r == ':' {
			return '-'
		}
		return r
	}, host)
	name := fmt.Sprintf("%d.M%06dP%dQ%dR%08x.", now.Unix(), now.Nanosecond()/1000, os.Getpid(), deliveries.Add(1), rand.Uint32())
	return name + host[:min(len(host), max(1, 70-len(name)))]
}
