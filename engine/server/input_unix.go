//go:build unix

package server

import "syscall"

// readable says that a socket's descriptor can be read from by readFD.
const readable = true

// peekFD says whether octets wait to be read.
func peekFD(fd uintptr) bool {
	var p [1]byte
	n, _, err := syscall.Recvfrom(int(fd), p[:], syscall.MSG_PEEK)
	return n > 0 || err != nil && err != syscall.EAGAIN
}

// readFD reads from a descriptor that doesn't block.
func readFD(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
