//go:build unix

package server

import "syscall"

// readable says that a socket's descriptor can be read from by readFD.
const readable = true

// peekFD says how many octets wait, up to one, without taking them.
func peekFD(fd uintptr) (int, error) {
	var p [1]byte
	n, _, err := syscall.Recvfrom(int(fd), p[:], syscall.MSG_PEEK)
	return n, err
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
