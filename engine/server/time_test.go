package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pop3lab/engine"
)

// What depends on time. These tests run in testing/synctest's bubbles, where time is made of
// waiting: ten minutes pass at once, and to the nanosecond. A bubble also fails when a goroutine
// is left behind.

// A pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns  chan net.Conn
	errs   chan error
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{make(chan net.Conn), make(chan error), make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case err := <-p.errs:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: err}
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 110} }

// A placed is a connection that says it comes from somewhere.
type placed struct {
	net.Conn
	from net.Addr
}

func (p placed) RemoteAddr() net.Addr { return p.from }

// A bubble is a site whose clients are on the other ends of pipes.
type bubble struct {
	*site
	t       *testing.T
	listen  *pipes
	started time.Time
}

// inBubble runs f in a bubble with a server.
func inBubble(t *testing.T, change func(*engine.Config, *Server), f func(*testing.T, *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, store := protocol("dewey")
		b := &bubble{t: t, listen: newPipes(), started: time.Now(),
			site: &site{store: store, log: &journal{late: 24 * time.Hour}, Server: &Server{TLS: serverTLS(t)}}}
		b.Log = slog.New(slog.NewTextHandler(b.log, nil))
		if change != nil {
			change(&c, b.Server)
		}
		b.Protocol = engine.New(c)
		go b.Serve(b.listen) // ends with Close
		f(t, b)
		if err := b.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		if _, locked := store.Owner("mrose"); locked {
			t.Error("after Close: got mrose's maildrop locked, want every lock released (DST-04)")
		}
	})
}

// from connects from an address and takes no greeting.
func (b *bubble) from(ip string) *client {
	ours, theirs := net.Pipe()
	b.listen.conns <- placed{theirs, &net.TCPAddr{IP: net.ParseIP(ip), Port: 40000}}
	return talk(b.t, ours)
}

func (b *bubble) dial() *client {
	c := b.from("127.0.0.1")
	c.ok("")
	return c
}

func (b *bubble) login(user string) *client {
	c := b.dial()
	c.login(user)
	return c
}

// pass lets time pass in the bubble.
func pass(d time.Duration) { <-time.After(d) }

// takes checks how long f takes, exactly.
func (b *bubble) takes(want time.Duration, rule string, f func()) {
	b.t.Helper()
	before := time.Now()
	f()
	if got := time.Since(before); got != want {
		b.t.Errorf("got %v, want %v: %s", got, want, rule)
	}
}

// req: TMO-01 TMO-02 TMO-04 TMO-05 TMO-06
func TestIdleClientIsClosedWithoutUpdate(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		c.ok("DELE 1")
		b.takes(10*time.Minute, "the least that RFC 1939 section 3 allows", func() {
			c.closed("the server closes \"without removing any messages or sending any response\" (RFC 1939 section 3)")
		})
		b.count(b.t, "mrose", 3, "expiry is no UPDATE (RFC 1939 section 3)")
		again := b.login("mrose") // the lock is free
		again.quit()
		b.log.wait(t, "session ended", "why=idle", "user=mrose")
	})
}

// req: TMO-03
func TestCommandResetsTheIdleTimer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		for range 5 {
			pass(10*time.Minute - time.Second)
			c.ok("NOOP")
		}
		b.takes(10*time.Minute, "counted from the last command (RFC 1939 section 3)", func() { c.closed("idle") })
	})
}

// Octets that make no command keep nobody awake.
//
// req: TMO-03 DAU-15
func TestDripDoesNotResetTheIdleTimer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		b.takes(10*time.Minute, "only a command resets the timer (RFC 1939 section 3)", func() {
			end := make(chan struct{})
			go func() { // ends with the test
				for {
					select {
					case <-time.After(7 * time.Second):
						c.nc.Write([]byte{'N'})
					case <-end:
						return
					}
				}
			}()
			c.closed("drip")
			close(end)
		})
	})
}

// A slow client whose commands drip in is served like any other.
//
// req: DFR-10
func TestDrippedCommandsAreAnswered(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.dial()
		for _, line := range []string{"USER mrose\r\n", "PASS tanstaaf\r\n", "STAT\r\n", "RETR 2\r\n"} {
			for i := range len(line) {
				if _, err := io.WriteString(c.nc, line[i:i+1]); err != nil {
					t.Fatal(err)
				}
				pass(time.Second)
			}
			c.ok("")
		}
		if got, err := c.ReadDotBytes(); err != nil || !strings.Contains(string(got), "\n.begins") {
			t.Errorf("RETR 2: got %q, %v; want the message", got, err)
		}
	})
}

// req: TMO-02 TMO-05
func TestIdleLimitOfOnesOwn(t *testing.T) {
	inBubble(t, func(_ *engine.Config, s *Server) { s.Idle = 30 * time.Minute }, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		b.takes(30*time.Minute, "Idle is 30 minutes", func() { c.closed("idle") })
		c = b.dial()
		b.takes(30*time.Minute, "before the login Idle counts too", func() { c.closed("idle") })
	})
}

// req: DAU-15
func TestLoginTimeIsLimited(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.dial()
		b.takes(30*time.Minute, "LoginTime's default is half an hour, whatever is said meanwhile", func() {
			for range 5 {
				pass(5 * time.Minute)
				c.ok("USER mrose")
			}
			c.closed("login time")
		})
		c = b.login("mrose")
		for range 20 {
			pass(5 * time.Minute)
			c.ok("NOOP")
		}
		c.quit() // who has logged in may stay
	})
}

// req: TMO-02
func TestFaultIdleShort(t *testing.T) {
	inBubble(t, func(c *engine.Config, _ *Server) { c.Faults = engine.FaultIdleShort }, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		b.takes(10*time.Second, "the fault closes after ten seconds", func() { c.closed("idle-short") })
	})
}

// req: FRM-02
func TestFaultGreetingDelayed(t *testing.T) {
	inBubble(t, func(c *engine.Config, _ *Server) { c.Faults = engine.FaultGreetingDelayed }, func(t *testing.T, b *bubble) {
		b.takes(3*time.Second, "the fault holds the greeting back", func() { b.dial().quit() })
	})
}

// req: DFR-10 DUI-04
func TestFaultSplitEveryOctet(t *testing.T) {
	inBubble(t, func(c *engine.Config, _ *Server) { c.Faults = engine.FaultSplitEveryOctet }, func(t *testing.T, b *bubble) {
		c := b.from("127.0.0.1")
		buf := make([]byte, 512)
		for got := ""; !strings.HasSuffix(got, "\r\n"); {
			n, err := c.nc.Read(buf)
			if err != nil || n != 1 {
				t.Fatalf("read after %q: got %d octets, %v; want one octet a write", got, n, err)
			}
			got += string(buf[:n])
		}
		c.login("mrose")
		for i, want := range letters {
			if got := c.message(i + 1); got != want {
				t.Errorf("RETR %d: got %q, want %q", i+1, got, want)
			}
		}
	})
}

// Each failed login is answered later than the one before, and nobody else waits.
//
// req: DAU-07
func TestFailedLoginsAreAnsweredLate(t *testing.T) {
	inBubble(t, func(_ *engine.Config, s *Server) { s.FailDelay = time.Second }, func(t *testing.T, b *bubble) {
		c, other := b.dial(), b.login("dewey")
		for _, seconds := range []time.Duration{1, 2, 3, 4, 5, 5, 5} {
			c.ok("USER mrose")
			b.takes(seconds*time.Second, "FailDelay times the number of failures, at most five", func() {
				if err := c.PrintfLine("PASS wrong"); err != nil {
					t.Fatal(err)
				}
				b.takes(0, "others don't wait", func() { other.ok("NOOP") })
				c.err("", "[AUTH]")
			})
		}
		// Another connection of the same address is slow from the start; one of elsewhere isn't.
		same, elsewhere := b.dial(), b.from("192.0.2.1")
		elsewhere.ok("")
		same.ok("USER mrose")
		b.takes(5*time.Second, "the address is remembered", func() { same.err("PASS wrong", "[AUTH]") })
		b.takes(time.Second, "another address isn't the same client", func() { elsewhere.err("APOP mrose 00000000000000000000000000000000", "[AUTH]") })
		// Right credentials never wait.
		c.ok("USER mrose")
		b.takes(0, "a login that succeeds isn't delayed", func() { c.ok("PASS tanstaaf") })
		// After a while everything is forgiven.
		pass(failuresKept + time.Second)
		late := b.dial()
		late.ok("USER dewey")
		b.takes(time.Second, "ten minutes later an address begins anew", func() { late.err("PASS wrong", "[AUTH]") })
	})
}

// req: DAU-07
func TestTooManyFailedLoginsEndTheSession(t *testing.T) {
	inBubble(t, func(_ *engine.Config, s *Server) { s.MaxFailures = 3 }, func(t *testing.T, b *bubble) {
		c := b.dial()
		for range 3 {
			c.ok("USER mrose")
			c.err("PASS wrong", "[AUTH]")
		}
		c.closed("after the third failure")
		b.log.wait(t, "session ended", `why="too many failed logins"`)
	})
}

// The memory of addresses that failed has a bound.
//
// req: DAU-15
func TestFailuresAreForgottenRatherThanHoarded(t *testing.T) {
	var f failures
	for i := range 3 * maxAddresses {
		f.add(addrOf(&net.TCPAddr{IP: net.IPv4(10, byte(i>>16), byte(i>>8), byte(i))}), instant(i))
	}
	if got := len(f.addrs); got > maxAddresses {
		t.Errorf("after failures of %d addresses: got %d remembered, want at most %d", 3*maxAddresses, got, maxAddresses)
	}
	a := addrOf(&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2::1")})
	if b := addrOf(&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2:ffff::2")}); a != b {
		t.Errorf("two addresses of one IPv6 network: got %v and %v, want them to count as one", a, b)
	}
}

// A client that reads nothing is given up.
//
// req: DAU-15 DMS-08
func TestClientThatNeverReads(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		b.store.Deliver("dewey", []byte(strings.Repeat(strings.Repeat("d", 98)+"\r\n", 100_000)))
		c := b.login("dewey")
		start := time.Now()
		if err := c.PrintfLine("DELE 1\r\nRSET\r\nRETR 1"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.login("mrose").quit() // others aren't held up
		line := b.log.wait(t, "session ended", `why="client doesn't read"`)
		if took := time.Since(start); took < 5*time.Minute || took > 15*time.Minute {
			t.Errorf("given up after %v, want five to fifteen minutes (WriteTimeout)\n%s", took, line)
		}
		b.count(t, "dewey", 1, "a session that ends without QUIT removes nothing")
		if _, locked := b.store.Owner("dewey"); locked {
			t.Error("got dewey's maildrop locked, want the lock released")
		}
	})
}

// A client that reads slowly, but reads, is served to the end.
//
// req: DAU-15
func TestClientThatReadsSlowly(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		message := strings.Repeat(strings.Repeat("d", 98)+"\r\n", 30_000)
		b.store.Deliver("dewey", []byte(message))
		c := b.login("dewey")
		if err := c.PrintfLine("RETR 1"); err != nil {
			t.Fatal(err)
		}
		start, buf := time.Now(), make([]byte, 64<<10)
		var got int
		for want := len("+OK 3000000 octets\r\n") + len(message) + len(".\r\n"); got < want; {
			n, err := c.nc.Read(buf)
			if err != nil {
				t.Fatalf("after %v and %d octets: %v; want the whole message", time.Since(start), got, err)
			}
			got += n
			pass(time.Minute)
		}
		if took := time.Since(start); took < 20*time.Minute {
			t.Fatalf("took %v: too fast to test anything", took)
		}
		c.ok("NOOP") // the idle timer began when everything was sent
	})
}

// Shutdown ends sessions that wait at once, without a word and without UPDATE; commands that came
// and weren't carried out yet don't count.
//
// req: DST-07 STA-11
func TestShutdownSaysNothingAndRemovesNothing(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		waits, fresh := b.login("mrose"), b.dial()
		waits.ok("DELE 1")
		busy := b.login("dewey")
		b.store.Deliver("dewey", []byte("Subject: late\r\n\r\n"))
		if err := busy.PrintfLine("CAPA\r\nDELE 1\r\nQUIT"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // busy's server blocks in the answer to CAPA
		done := make(chan error)
		go func() { done <- b.Shutdown(context.Background()) }() // ends with the sessions
		synctest.Wait()
		waits.closed("shutdown")
		fresh.closed("shutdown")
		// What was said is delivered; of what comes behind nothing, or all of it: here all had
		// been carried out before Shutdown, in one turn.
		rest, err := io.ReadAll(busy.R)
		if err != nil || !strings.HasPrefix(string(rest), "+OK") {
			t.Errorf("a session that was sending: got %q, %v; want its reply", rest, err)
		}
		if err := <-done; err != nil {
			t.Errorf("Shutdown: got %v, want nil", err)
		}
		b.count(t, "mrose", 3, "shutdown isn't QUIT")
		b.log.wait(t, "session ended", "why=shutdown", "user=mrose")
		select {
		case <-b.listen.closed:
		default:
			t.Error("after Shutdown: got the listener open, want it closed")
		}
	})
}

// When ctx ends, Shutdown cuts what is left.
//
// req: DST-07
func TestShutdownHasAnEnd(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		c := b.login("mrose")
		if err := c.PrintfLine("RETR 1\r\nDELE 1\r\nQUIT"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // its server blocks in sending
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		b.takes(5*time.Second, "a client that reads nothing doesn't hold Shutdown up for longer than ctx", func() {
			if err := b.Shutdown(ctx); err == nil {
				t.Error("got nil, want ctx's error")
			}
		})
	})
}

// A delayed answer doesn't delay the shutdown.
//
// req: DST-07 DAU-07
func TestShutdownDuringFailDelay(t *testing.T) {
	inBubble(t, func(_ *engine.Config, s *Server) { s.FailDelay = time.Hour }, func(t *testing.T, b *bubble) {
		c := b.dial()
		c.ok("USER mrose")
		if err := c.PrintfLine("PASS wrong"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.takes(0, "whoever waits for a delay is woken", func() {
			go io.Copy(io.Discard, c.R) // ends with the connection
			b.shutdown(t)
		})
	})
}

// A shortage of file descriptors passes.
//
// req: DAU-15
func TestAcceptGoesOnAfterAShortage(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		b.takes(5*time.Millisecond+10*time.Millisecond+20*time.Millisecond, "each pause is twice the one before", func() {
			for range 3 {
				b.listen.errs <- syscall.EMFILE
			}
			b.dial().quit()
		})
		b.log.wait(t, "accept failed", "too many open files")
		for range 20 {
			b.listen.errs <- syscall.ENFILE
		}
		b.takes(time.Second, "no pause is longer than a second", func() { b.dial().quit() })
	})
}

// Whoever is being turned away doesn't hold the end up, and doesn't take longer than two seconds.
//
// req: DAU-15
func TestRefusalsAreCutShort(t *testing.T) {
	inBubble(t, func(_ *engine.Config, s *Server) { s.MaxConns = 1 }, func(t *testing.T, b *bubble) {
		b.dial()
		deaf := b.from("127.0.0.1")
		b.takes(refusalTime, "a client that doesn't read its refusal", func() {
			pass(refusalTime)
			synctest.Wait()
			if _, err := deaf.nc.Write([]byte{'x'}); err == nil {
				t.Error("got the connection open, want it closed")
			}
		})
		b.from("127.0.0.1")
		synctest.Wait()
		b.takes(0, "Close waits for no refusal", func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

// An error of the listener itself ends Serve.
func TestServeEndsWithItsListener(t *testing.T) {
	c, _ := protocol()
	s := &Server{Protocol: engine.New(c), TLS: serverTLS(t)}
	l := newPipes()
	end := make(chan error)
	go func() { end <- s.Serve(l) }() // ends with the error
	l.errs <- io.ErrUnexpectedEOF
	if err := <-end; err == nil {
		t.Error("Serve: got nil, want the listener's error")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Serve(newPipes()); err != nil {
		t.Errorf("Serve after Close: got %v, want nil at once", err)
	}
}

// req: TLS-24
func TestServeWantsACertificateForSTLS(t *testing.T) {
	c, _ := protocol()
	s := &Server{Protocol: engine.New(c)}
	for name, serve := range map[string]func(net.Listener) error{"Serve": s.Serve, "ServeTLS": s.ServeTLS} {
		if err := serve(newPipes()); err == nil {
			t.Errorf("%s without a certificate: got nil, want an error that says what to do", name)
		}
	}
}

// A client that begins nothing on the TLS port is closed, and the log says what it may be.
//
// req: DAU-15 TLS-16
func TestHandshakeTimeIsLimited(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		secure := newPipes()
		go b.ServeTLS(secure) // ends with Close
		ours, theirs := net.Pipe()
		secure.conns <- theirs
		b.takes(30*time.Second, "HandshakeTime's default", func() { talk(t, ours).closed("no handshake") })
		b.log.wait(t, "session ended", "no TLS handshake in time")
		c := b.dial()
		c.ok("STLS")
		b.takes(30*time.Second, "the same after STLS", func() { c.closed("no handshake") })
	})
}

// req: DFR-14
func TestClearTextOnTheTLSPort(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bubble) {
		secure := newPipes()
		go b.ServeTLS(secure) // ends with Close
		ours, theirs := net.Pipe()
		secure.conns <- theirs
		go io.WriteString(ours, "CAPA\r\n") // ends with the connection
		io.Copy(io.Discard, bufio.NewReader(ours))
		b.log.wait(t, "session ended", "client speaks in the clear where TLS was due")
	})
}
