package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// req: DAU-15 RSP-10
func TestConnectionsOverTheLimitAreToldSo(t *testing.T) {
	for name, limit := range map[string]func(*engine.Config, *Server){
		"in all":      func(_ *engine.Config, s *Server) { s.MaxConns = 3 },
		"per address": func(_ *engine.Config, s *Server) { s.MaxConnsPerAddr = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, limit)
			in := []*client{s.dial(t), s.dial(t), s.dialTLS(t)}
			for range 3 {
				nc, err := net.Dial("tcp", s.plain)
				if err != nil {
					t.Fatal(err)
				}
				c := talk(t, nc)
				io.WriteString(c.nc, "USER mrose\r\nPASS tanstaaf\r\n") // must not cost it the answer
				c.err("", "-ERR [SYS/TEMP] ")
				c.closed("over the limit")
				c.Close()
				secure, err := tls.Dial("tcp", s.tls, clientTLS())
				if err != nil {
					t.Fatal(err)
				}
				c = talk(t, secure)
				c.err("", "-ERR [SYS/TEMP] ")
				c.closed("over the limit, inside TLS")
				c.Close()
			}
			s.log.wait(t, "too many connections", "connections=3")
			in[1].login("mrose") // those who are in stay in
			in[1].quit()
			for { // its place is free as soon as its goroutine is gone
				nc, err := net.Dial("tcp", s.plain)
				if err != nil {
					t.Fatal(err)
				}
				if c := talk(t, nc); strings.HasPrefix(c.ask(""), "+OK") {
					return
				}
				nc.Close()
			}
		})
	}
}

// Hundreds of clients over the limit at once don't hold up those who are in.
//
// req: DAU-15
func TestFloodOverTheLimitHarmsNobody(t *testing.T) {
	s := serve(t, func(_ *engine.Config, s *Server) { s.MaxConns = 1 })
	c := s.login(t, "mrose")
	var flood sync.WaitGroup
	for range 4 * maxRefusals {
		flood.Go(func() {
			nc, err := net.Dial("tcp", s.plain)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			if got, err := io.ReadAll(nc); err == nil && !strings.HasPrefix(string(got), "-ERR [SYS/TEMP]") {
				t.Errorf("got %q, want -ERR [SYS/TEMP]", got)
			}
		})
	}
	for range 1000 {
		c.ok("NOOP")
	}
	flood.Wait()
	c.quit()
}

// A classroom that logs in at the same moment gets in, with the limits as they are by default.
//
// req: DAU-15
func TestStormOfLogins(t *testing.T) {
	const crowd = 1000
	users := make([]string, crowd)
	for i := range users {
		users[i] = fmt.Sprint("student", i)
	}
	s := serve(t, nil, users...)
	var all sync.WaitGroup
	begin := make(chan struct{})
	for _, user := range users {
		all.Go(func() {
			<-begin
			if err := shortSession(s.plain, user); err != nil {
				t.Errorf("%s: %v; want no refusal", user, err)
			}
		})
	}
	close(begin)
	all.Wait()
}

// shortSession is a session that may run on any goroutine.
func shortSession(addr, user string) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	buf := make([]byte, 512)
	for _, line := range []string{"", "USER " + user + "\r\n", "PASS tanstaaf\r\n", "STAT\r\n", "QUIT\r\n"} {
		if _, err := io.WriteString(nc, line); err != nil {
			return err
		}
		n, err := nc.Read(buf)
		if err != nil {
			return err
		}
		if got := string(buf[:n]); !strings.HasPrefix(got, "+OK") || !strings.HasSuffix(got, "\r\n") {
			return fmt.Errorf("%q: got %q", line, got)
		}
	}
	if n, err := nc.Read(buf); n > 0 || err != io.EOF {
		return fmt.Errorf("after QUIT: got %q, %v; want the end", buf[:n], err)
	}
	return nil
}

// req: DAU-15 RSP-08
func TestSessionsPerUser(t *testing.T) {
	free := sharing{memdrop.New()}
	free.Create("mrose")
	store := PerUser(free, 2)
	if _, ok := store.(engine.Shared); !ok {
		t.Fatal("got a store that can't do without a lock, want it to be what the store below is")
	}
	if _, ok := PerUser(struct{ engine.Store }{memdrop.New()}, 2).(engine.Shared); ok {
		t.Error("got a store that can do without a lock, want it to be what the store below is")
	}
	open := store.(engine.Shared).OpenShared
	first, err := open("mrose", "1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := open("mrose", "2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open("mrose", "3"); !errors.Is(err, engine.ErrLocked) {
		t.Errorf("third session of two: got %v, want ErrLocked", err)
	}
	for range 3 {
		if _, err := open("nobody", "4"); !errors.Is(err, engine.ErrNoMaildrop) {
			t.Errorf("a login that fails: got %v, want ErrNoMaildrop, and no place taken", err)
		}
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	third, err := open("mrose", "3")
	if err != nil {
		t.Errorf("after Release: got %v, want a place", err)
	}
	if err := second.Update(nil); err != nil {
		t.Fatal(err)
	}
	if fourth, err := open("mrose", "4"); err != nil {
		t.Errorf("after Update: got %v, want a place", err)
	} else if err := errors.Join(third.Release(), fourth.Release()); err != nil {
		t.Fatal(err)
	}
}

// sharing is a store that needs no lock: each session has a maildrop of its own.
type sharing struct{ *memdrop.Store }

func (s sharing) OpenShared(user, owner string) (engine.Maildrop, error) {
	own := memdrop.New()
	if user == "mrose" {
		own.Create(user)
	}
	return own.Open(user, owner)
}
