//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// What may be wrong with ROOT is found out before the first session, and said to whoever named it.

// openRoot opens ROOT, which is at path.
func openRoot(path string) (folder, error) {
	d, err := openFolder(path)
	switch {
	case err == nil:
		return d, nil
	case isMissing(err):
		return noFolder, fmt.Errorf("maildir %s: %w; make it first: mkdir -p %s", path, err, path)
	case errors.Is(err, unix.ENOTDIR):
		return noFolder, fmt.Errorf("maildir %s: it's no folder; ROOT is one, with a folder for each user in it: %w", path, err)
	case isForbidden(err):
		return noFolder, fmt.Errorf("maildir %s: this user can't read there; change its owner or mode: %w", path, err)
	}
	return noFolder, fmt.Errorf("maildir %s: %w", path, err)
}

// checkLocks finds out whether lock files can be made in root, without which nobody can log in.
func checkLocks(root folder, path string) error {
	fd, err := openLock(root, "0")
	switch {
	case err == nil:
		return unix.Close(fd)
	case isForbidden(err):
		return fmt.Errorf("maildir %s: this user can't write there, and locks need that; change its owner or mode: %w", path, err)
	case isLink(err):
		return fmt.Errorf("maildir %s: %s is in the way, the locks' folder has that name; remove it: %w", path, lockFolder, err)
	}
	return fmt.Errorf("maildir %s: making %s, which the locks need: %w", path, lockFolder, err)
}

// openLock opens a lock file, and makes it and its folder if they aren't there.
func openLock(root folder, name string) (fd int, err error) {
	dir, err := root.sub(lockFolder)
	if isMissing(err) {
		if err := root.mkdir(lockFolder); err != nil && !errors.Is(err, unix.EEXIST) {
			return 0, err
		}
		dir, err = root.sub(lockFolder)
	}
	if err != nil {
		return 0, err
	}
	defer dir.close()
	return dir.open(name, unix.O_RDWR|unix.O_CREAT)
}

// isForbidden says whether err is about permissions, or about a file system that nobody may write
// to.
func isForbidden(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EROFS)
}
