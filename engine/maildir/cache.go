//go:build unix && !aix && !solaris

package maildir

import "sync"

// idleDrops are the drops that nobody has open, the last used first. Store.mu guards them.
type idleDrops struct {
	first, end *drop
	drops      int
	messages   int
}

func (l *idleDrops) add(d *drop) {
	d.prev, d.next = nil, l.first
	if l.first != nil {
		l.first.prev = d
	} else {
		l.end = d
	}
	l.first = d
	l.drops++
	l.messages += len(d.shot.msgs)
}

func (l *idleDrops) remove(d *drop) {
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		l.first = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	} else {
		l.end = d.prev
	}
	d.prev, d.next = nil, nil
	l.drops--
	l.messages -= len(d.shot.msgs)
}

// boxed is a user's box, open or not.
type boxed struct {
	mu   sync.Mutex
	box  box
	open bool
	used bool // since the cache last came by
	slot int  // in the cache plus one; zero is none
}

// A boxCache bounds how many boxes are open, whatever the number of sessions is: each box costs
// up to three file descriptors, and a session needs one only while it opens a message. When the
// slots are full, the first box goes that nobody used since the last time round.
type boxCache struct {
	mu    sync.Mutex
	slots [maxBoxes]*boxed
	hand  int
}

// withBox calls f with d's box, which it opens if need be.
func (s *Store) withBox(d *drop, f func(*box) error) error {
	e := &d.boxed
	e.mu.Lock()
	defer e.mu.Unlock()
	e.used = true
	if !e.open {
		var err error
		if e.box, err = openBox(s.root, d.user); err != nil {
			return err
		}
		e.open = true
		if !s.boxes.add(e) {
			defer e.close() // every slot is in use at this moment
		}
	}
	return f(&e.box)
}

// add finds a slot for e, whose mutex the caller holds.
func (c *boxCache) add(e *boxed) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range 2 * len(c.slots) {
		c.hand = (c.hand + 1) % len(c.slots)
		if old := c.slots[c.hand]; old != nil {
			// TryLock: whoever holds it is using the box, and may be waiting for c.mu.
			if !old.mu.TryLock() {
				continue
			}
			if old.used {
				old.used = false
				old.mu.Unlock()
				continue
			}
			old.close()
			old.slot = 0
			old.mu.Unlock()
		}
		c.slots[c.hand], e.slot = e, c.hand+1
		return true
	}
	return false
}

// drop closes e's box, if it's open, and frees its slot.
func (c *boxCache) drop(e *boxed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.close()
	if e.slot > 0 {
		c.mu.Lock()
		c.slots[e.slot-1] = nil
		c.mu.Unlock()
		e.slot = 0
	}
}

func (e *boxed) close() {
	if e.open {
		e.box.close()
		e.open = false
	}
}
