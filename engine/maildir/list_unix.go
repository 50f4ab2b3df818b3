//go:build unix && !linux && !aix && !solaris

package maildir

import (
	"io"

	"golang.org/x/sys/unix"
)

// list calls f with every name in d that could be a message's. The number of the inode isn't told
// in the same form everywhere; it's 0.
func (d folder) list(f func(name []byte, ino uint64)) error {
	if _, err := unix.Seek(int(d), 0, io.SeekStart); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := again(func() (int, error) { return unix.ReadDirent(int(d), buf) })
		if err != nil {
			return err
		}
		if n <= 0 {
			return nil
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if name[0] != '.' {
				f([]byte(name), 0)
			}
		}
	}
}
