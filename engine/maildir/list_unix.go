//go:build unix && !linux && !aix && !solaris

package maildir

import (
	"io"

	"golang.org/x/sys/unix"
)

// list calls f with every name in d that could be a message's, and the number of the inode. A
// directory doesn't tell it in the same form everywhere, so each file is asked.
func (d folder) list(f func(name []byte, ino uint64)) error {
	if _, err := unix.Seek(int(d), 0, io.SeekStart); err != nil {
		return err
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for {
		n, err := again(func() (int, error) { return unix.ReadDirent(int(d), buf[:]) })
		if err != nil {
			return err
		}
		if n <= 0 {
			return nil
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if name[0] == '.' {
				continue
			}
			var st unix.Stat_t
			if err := d.stat(name, &st); isMissing(err) {
				continue
			} else if err != nil {
				return err
			}
			if st.Mode&unix.S_IFMT == unix.S_IFREG {
				f([]byte(name), uint64(st.Ino))
			}
		}
	}
}
