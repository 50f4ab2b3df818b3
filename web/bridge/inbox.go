package bridge

import (
	"io"
	"os"
	"sync"
	"time"
)

// maxInbox is how many octets wait for the POP3 server at most. Who sends more waits.
const maxInbox = 64 << 10

// An inbox is the reading half of a connection: octets that came by other means than a socket, read under a deadline.
// Its zero value is empty.
type inbox struct {
	mu      sync.Mutex
	moved   sync.Cond // L is set by ready
	octets  []byte
	err     error // behind octets
	expired bool
	timer   *time.Timer
	deaf    bool // what comes is thrown away
}

// ready has to be called first. The caller holds mu.
func (b *inbox) ready() {
	if b.moved.L == nil {
		b.moved.L = &b.mu
	}
}

// put adds octets, and waits for room when there is none. It says false when nobody reads any more.
func (b *inbox) put(p []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	for len(p) > 0 {
		for len(b.octets) >= maxInbox && b.err == nil && !b.deaf {
			b.moved.Wait()
		}
		if b.err != nil || b.deaf {
			return false
		}
		n := min(len(p), maxInbox-len(b.octets))
		b.octets = append(b.octets, p[:n]...)
		p = p[n:]
		b.moved.Broadcast()
	}
	return true
}

// offer is put for somebody who can't wait: it says false, and adds nothing, when there is no room.
func (b *inbox) offer(p []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	if b.err != nil || b.deaf || len(b.octets)+len(p) > maxInbox {
		return false
	}
	b.octets = append(b.octets, p...)
	b.moved.Broadcast()
	return true
}

// end lets reading end with err, behind what came. The first one counts.
func (b *inbox) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	if b.err == nil {
		b.err = err
	}
	b.moved.Broadcast()
}

// close throws away what came and what comes: reading ends at once.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	b.octets, b.err, b.deaf = nil, io.ErrClosedPipe, true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.moved.Broadcast()
}

// Read is net.Conn's.
func (b *inbox) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	for {
		switch {
		case b.expired:
			return 0, os.ErrDeadlineExceeded
		case len(b.octets) > 0:
			n := copy(p, b.octets)
			if b.octets = b.octets[n:]; len(b.octets) == 0 {
				b.octets = nil // an idle connection holds none
			}
			b.moved.Broadcast()
			return n, nil
		case b.err != nil:
			return 0, b.err
		}
		b.moved.Wait()
	}
}

// SetReadDeadline is net.Conn's.
func (b *inbox) SetReadDeadline(t time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	b.expired = false
	if t.IsZero() || b.deaf {
		return nil
	}
	left := time.Until(t)
	if left <= 0 {
		b.expired = true
		b.moved.Broadcast()
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.timer == timer { // and not one that was set since
			b.expired = true
			b.moved.Broadcast()
		}
	})
	b.timer = timer
	return nil
}
