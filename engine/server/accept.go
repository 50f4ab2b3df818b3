package server

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Who gets in. The loop never waits for a client: whoever is over a limit is turned away by a
// goroutine of its own, of which there are a few at most.

// serve accepts connections until l fails for good or the server closes.
func (s *Server) serve(l net.Listener, secure bool) error {
	s.start()
	if !s.track(l) {
		return l.Close()
	}
	defer s.untrack(l)
	for pause := time.Duration(0); ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(nc, secure)
		case s.closing.Load():
			return nil
		case !passing(err):
			return err
		default:
			// The system is short of something, mostly of file descriptors: those who are
			// here will give some back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.record(slog.LevelError, "accept failed; trying again", slog.String("listener", l.Addr().String()),
				slog.Duration("pause", pause), slog.Any("err", err))
			s.sleep(pause)
		}
	}
}

// track remembers l; it says false when the server is closing.
func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.listeners[l] = true
	return true
}

func (s *Server) untrack(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	l.Close()
}

// passing says whether an error of Accept concerns one connection, or a shortage, and not the
// listener.
func passing(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.EBADF) && !errors.Is(err, syscall.EINVAL)
}

// admit gives nc a goroutine, or turns it away.
func (s *Server) admit(nc net.Conn, secure bool) {
	c := &conn{srv: s, raw: nc, nc: nc, addr: addrOf(nc.RemoteAddr())}
	s.mu.Lock()
	switch {
	case s.closing.Load():
		s.mu.Unlock()
		nc.Close()
		return
	case over(s.count, orElse(s.MaxConns, 12000)), over(s.perAddr[c.addr], orElse(s.MaxConnsPerAddr, 2000)):
		many := s.count
		lately, report := s.turnAway(s.now())
		s.mu.Unlock()
		if report {
			s.record(slog.LevelWarn, "too many connections; turned clients away", slog.Int("clients", lately),
				slog.String("last", nc.RemoteAddr().String()), slog.Int("connections", many))
		}
		s.refuse(nc, secure)
		return
	}
	s.count++
	s.perAddr[c.addr]++
	s.conns.add(c)
	s.mu.Unlock()
	go c.serve(secure)
}

// over says whether one more would be too many.
func over(n, limit int) bool { return limit >= 0 && n >= limit }

// leave gives c's place back. Nothing of c is used afterwards.
func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns.remove(c)
	if s.perAddr[c.addr]--; s.perAddr[c.addr] == 0 {
		delete(s.perAddr, c.addr)
	}
	s.count--
	s.emptied()
}

// emptied tells those who wait for it that the last connection is gone, once the server is closing
// and lets nobody in. The caller holds s.mu.
func (s *Server) emptied() {
	if s.closing.Load() && s.count == 0 && len(s.refused) == 0 {
		close(s.empty)
	}
}

// addrOf is what limits count by: an IPv4 address, or the network part of an IPv6 address, because
// whoever has one has them all. What is no IP address counts as one.
func addrOf(a net.Addr) netip.Addr {
	var at netip.AddrPort
	if t, ok := a.(*net.TCPAddr); ok {
		at = t.AddrPort()
	} else if at, _ = netip.ParseAddrPort(a.String()); !at.IsValid() {
		return netip.Addr{}
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// turnedAway counts refusals, so that a flood of clients isn't a flood of lines in the log.
type turnedAway struct {
	since   int
	reports instant // when the next line may be written
}

// turnAway counts one and says whether to report now, and how many.
func (t *turnedAway) turnAway(now instant) (since int, report bool) {
	t.since++
	if now < t.reports {
		return 0, false
	}
	since, t.since = t.since, 0
	t.reports = now + instant(time.Second)
	return since, true
}

// Bounds of a refusal.
const (
	maxRefusals = 64
	refusalTime = 2 * time.Second
)

// refuse says that there are too many connections and closes nc.
func (s *Server) refuse(nc net.Conn, secure bool) {
	select {
	case s.refusals <- struct{}{}:
		if !s.turning(nc) {
			<-s.refusals
			nc.Close()
			return
		}
	default:
		if !secure {
			// A send buffer that nothing was written to yet takes a line without waiting.
			nc.SetDeadline(time.Now().Add(refusalTime))
			if _, ok := nc.(*net.TCPConn); ok {
				nc.Write(s.Protocol.Busy())
			}
		}
		nc.Close()
		return
	}
	// Started here, ended by its deadline at the latest; owns nc.
	go func() {
		defer func() { <-s.refusals }()
		defer s.turned(nc)
		nc.SetDeadline(time.Now().Add(refusalTime))
		said := nc
		if secure {
			t := tls.Server(nc, s.tls)
			if t.Handshake() != nil {
				return
			}
			said = t
		}
		said.Write(s.Protocol.Busy())
		linger(said)
	}()
}

// turning remembers a connection that is being refused; it says false when the server is closing.
func (s *Server) turning(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.refused[nc] = true
	return true
}

// turned closes a connection that was refused.
func (s *Server) turned(nc net.Conn) {
	nc.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refused, nc)
	s.emptied()
}
