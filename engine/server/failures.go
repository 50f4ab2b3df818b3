package server

import (
	"net/netip"
	"sync"
	"time"

	"pop3lab/engine"
)

// Guessing passwords is made slow: each failed login of a session, or lately of its address, is
// answered later than the one before.

// Bounds of what is remembered of addresses.
const (
	failuresKept = 10 * time.Minute // without another one
	maxAddresses = 10_000           // beyond it some address is forgotten early
	maxGrowth    = 5
)

// failures remembers which addresses failed to log in lately. Its zero value is empty.
type failures struct {
	mu    sync.Mutex
	addrs map[netip.Addr]failed
	swept instant // when the old ones were forgotten last
}

type failed struct {
	times int
	last  instant
}

// add counts a failure and returns how many there were lately.
func (f *failures) add(a netip.Addr, now instant) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.addrs[a]
	if e.times > 0 && now-e.last > instant(failuresKept) {
		e = failed{}
	}
	if e.times == 0 {
		f.makeRoom(now)
	}
	e.times, e.last = min(e.times+1, maxGrowth), now
	f.addrs[a] = e
	return e.times
}

// makeRoom forgets, when there is no room, the old ones, though not all the time, and if that
// makes none any one.
func (f *failures) makeRoom(now instant) {
	if f.addrs == nil {
		f.addrs = make(map[netip.Addr]failed)
	}
	if len(f.addrs) < maxAddresses {
		return
	}
	if now-f.swept > instant(failuresKept)/10 {
		f.swept = now
		for a, e := range f.addrs {
			if now-e.last > instant(failuresKept) {
				delete(f.addrs, a)
			}
		}
	}
	for a := range f.addrs {
		if len(f.addrs) < maxAddresses {
			return
		}
		delete(f.addrs, a)
	}
}

// refuseLogin sends the answer to a failed login, late.
func (c *conn) refuseLogin(e *engine.Event) bool {
	s := c.srv
	c.loginFailed(e)
	last := s.MaxFailures >= 0 && e.Failures >= orElse(s.MaxFailures, 20)
	if s.FailDelay > 0 {
		times := min(max(e.Failures, s.fails.add(c.addr, s.now())), maxGrowth)
		if !c.flush() {
			return false
		}
		s.sleep(s.FailDelay * time.Duration(times))
	}
	if !c.send(e.Wire) {
		return false
	}
	if last {
		c.lingers = c.flush() && c.unheard()
		return c.abort("too many failed logins", nil)
	}
	return true
}

// sleep waits, but not longer than the server lives.
func (s *Server) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.closed:
	}
}
