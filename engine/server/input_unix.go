//go:build unix

package server

import "syscall"

// readable says that a socket's descriptor can be read from by readFD.
const readable = true

// readFD reads from a descriptor that doesn't block.
func readFD(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
