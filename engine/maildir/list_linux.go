package maildir

import (
	"bytes"
	"encoding/binary"
	"io"

	"golang.org/x/sys/unix"
)

// list calls f with every name in d that could be a message's, and the number of the inode: with
// it a file that another one has replaced is noticed without looking at each file.
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
		// struct linux_dirent64: inode 8, offset 8, length 2, type 1, name and NUL.
		for rest := buf[:n]; len(rest) >= 19; {
			ino := binary.NativeEndian.Uint64(rest)
			size := binary.NativeEndian.Uint16(rest[16:])
			kind := rest[18]
			name := rest[19:size]
			rest = rest[size:]
			if end := bytes.IndexByte(name, 0); end >= 0 {
				name = name[:end]
			}
			if len(name) > 0 && name[0] != '.' && (kind == unix.DT_REG || kind == unix.DT_UNKNOWN) {
				f(name, ino)
			}
		}
	}
}
