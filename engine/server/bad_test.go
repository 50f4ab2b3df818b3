package server

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	"pop3lab/engine"
)

// Clients that behave badly. Each test ends with a well-behaved session, which has to find
// everything as it was.

// unharmed is that session.
func (s *site) unharmed(t *testing.T) {
	t.Helper()
	c := s.free(t, "mrose")
	for i, want := range letters {
		if got := c.message(i + 1); got != want {
			t.Errorf("RETR %d: got %q, want %q", i+1, got, want)
		}
	}
	c.quit()
	s.count(t, "mrose", len(letters), "no bad client removed anything")
}

// sessions is how many goroutines serve connections.
func sessions() int {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 2)
	return strings.Count(b.String(), "server.(*conn).serve(") + strings.Count(b.String(), "server.(*conn).resume(")
}

// req: DST-03 DST-04 STA-11
func TestResetAtEveryStep(t *testing.T) {
	s := serve(t, nil)
	steps := []string{"", "USER mrose", "PASS tanstaaf", "STAT", "DELE 1", "RETR 2", "LIST"}
	for n := range len(steps) + 1 {
		for _, wait := range []bool{true, false} { // for the last answer
			nc, err := net.Dial("tcp", s.plain)
			if err != nil {
				t.Fatal(err)
			}
			c := talk(t, nc)
			for i, line := range steps[:n] {
				if i == n-1 && !wait {
					c.PrintfLine("%s", line)
					break
				}
				reply := c.ask(line)
				for line == "PASS tanstaaf" && strings.Contains(reply, "IN-USE") { // the one before isn't gone yet
					c.ok("USER mrose")
					reply = c.ask(line)
				}
				if !strings.HasPrefix(reply, "+OK") {
					t.Fatalf("C: %s\nS: %s\nwant +OK", line, reply)
				}
				if line == "RETR 2" {
					c.ReadDotBytes()
				}
			}
			c.reset()
		}
	}
	s.unharmed(t)
}

// req: FRM-32 DFR-03 DFR-04 DFR-05 DAU-15
func TestGarbage(t *testing.T) {
	const maxBad = -1
	s := serve(t, func(c *engine.Config, _ *Server) { c.MaxBad = maxBad })
	chance := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, 1<<20)
	chance.Read(noise)
	noise[0] = 'x' // not a ClientHello, and below nothing like a request of HTTP
	noise = bytes.ReplaceAll(noise, []byte{'/'}, []byte{'x'})
	many := 1 << 20 // each of these is a line, or two, that has to be answered
	if raceDetector {
		many = 1 << 16
	}
	for name, octets := range map[string]string{
		"a line of 10 MB":  strings.Repeat("x", 10<<20) + "\r\n",
		"lines":            strings.Repeat("x\r\n", many),
		"LF":               strings.Repeat("\n", many),
		"10 MB of NUL":     strings.Repeat("\x00", 10<<20),
		"10 MB of CR":      strings.Repeat("\r", 10<<20),
		"CR NUL":           strings.Repeat("\r\x00", many),
		"noise":            string(noise),
		"TELNET's options": strings.Repeat("\xff\xfb\x01", 1000) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			before := heap()
			go func() { // ends when the server has read everything
				io.WriteString(c.nc, octets)
				io.WriteString(c.nc, "\r\nQUIT\r\n")
			}()
			rest, err := io.ReadAll(c.R)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(rest) {
				if !bytes.HasPrefix(line, []byte("-ERR ")) && !bytes.HasPrefix(line, []byte("+OK ")) || len(line) > engine.MaxReply || !bytes.HasSuffix(line, []byte("\r\n")) {
					t.Fatalf("got %q, want a reply line of at most 512 octets (RFC 1939 section 3)", line)
				}
			}
			if !bytes.Contains(rest, []byte("+OK")) {
				t.Errorf("got %d octets without +OK, want QUIT answered: the session stays in step", len(rest))
			}
			if grown := heap() - before - int64(cap(rest)); grown > 4<<20 {
				t.Errorf("got %d octets more in the heap, want what one connection may hold", grown)
			}
		})
	}
	s.unharmed(t)
}

// heap is what the heap has in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Thousands of connections that are opened and dropped leave nothing behind and disturb nobody.
//
// req: DAU-15 DST-04
func TestConnectionsOpenedAndDropped(t *testing.T) {
	const hands = 50
	rounds := 10_000 / hands
	if raceDetector || testing.Short() {
		rounds /= 10
	}
	s := serve(t, func(_ *engine.Config, s *Server) { s.Log = nil }, "dewey")
	witness := s.login(t, "dewey")
	before, goroutines := heap(), sessions()
	var all sync.WaitGroup
	for h := range hands {
		all.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(h), 2))
			for range rounds {
				nc, err := net.Dial("tcp", s.plain)
				if err != nil {
					t.Error(err)
					return
				}
				switch chance.IntN(5) {
				case 0: // at once
				case 1:
					io.WriteString(nc, "USER mrose\r\nPASS tan")
				case 2:
					io.ReadFull(nc, make([]byte, 10))
				case 3:
					nc.(*net.TCPConn).SetLinger(0)
				case 4:
					io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nRETR 1\r\nDELE 1\r\nRETR 2\r\n")
				}
				nc.Close()
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }() // ends with the clients
	for answers := 0; ; answers++ {
		witness.ok("NOOP")
		select {
		case <-done:
		default:
			continue
		}
		if answers == 0 {
			t.Error("the other session had no answer meanwhile")
		}
		break
	}
	for sessions() > goroutines {
		runtime.Gosched() // those whose clients have just left are about to end
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("after %d connections: got %d octets more in the heap, want none left behind", hands*rounds, grown)
	}
	witness.quit()
	s.unharmed(t)
}

// A store that panics costs its own session, which gives the lock back, and no other.
//
// req: DST-04
func TestPanicEndsOneSession(t *testing.T) {
	s := serve(t, func(c *engine.Config, _ *Server) { c.Store = panicking{c.Store} }, "dewey")
	witness := s.login(t, "dewey")
	for _, line := range []string{"RETR 1", "RETR 2"} {
		c := s.free(t, "mrose")
		io.WriteString(c.nc, "DELE 3\r\n"+line+"\r\nDELE 2\r\nQUIT\r\n")
		if rest, err := io.ReadAll(c.R); err != nil || strings.Count(string(rest), "+OK") > 2 {
			t.Errorf("%s that panics: got %q, %v; want the connection closed", line, rest, err)
		}
		c.Close()
		s.log.wait(t, "session ended", "why=panic", "no such thing as "+line)
	}
	witness.ok("NOOP")
	s.count(t, "mrose", 3, "a panic is no QUIT: nothing is removed")
	s.free(t, "mrose").quit()
	witness.quit()
}

// panicking panics when message 1 is opened, and when message 2 is read.
type panicking struct{ engine.Store }

func (p panicking) Open(user, owner string) (engine.Maildrop, error) {
	d, err := p.Store.Open(user, owner)
	if err != nil {
		return nil, err
	}
	return panickingDrop{d}, nil
}

type panickingDrop struct{ engine.Maildrop }

func (d panickingDrop) Body(i int) (engine.Body, error) {
	if i == 0 {
		panic("there is no such thing as RETR 1")
	}
	return panickingBody{}, nil
}

type panickingBody struct{}

func (panickingBody) Read([]byte) (int, error) { panic("there is no such thing as RETR 2") }
func (panickingBody) Close() error             { panic("nor a close") }

// A client that never reads holds a bounded piece of memory, however much it asks for.
//
// req: DAU-15 CAP-25
func TestClientsThatNeverReadHoldLittle(t *testing.T) {
	const clients = 20
	users := []string{"dewey"}
	for i := range clients {
		users = append(users, fmt.Sprint("deaf", i))
	}
	s := serve(t, nil, users...)
	for _, u := range users[1:] {
		s.store.Deliver(u, []byte(strings.Repeat(strings.Repeat("d", 98)+"\n", 100_000)))
	}
	before := heap()
	var deaf []*client
	for _, u := range users[1:] {
		c := s.login(t, u)
		c.nc.(*net.TCPConn).SetReadBuffer(4 << 10)
		go io.WriteString(c.nc, strings.Repeat("RETR 1\r\n", 20_000)) // ends with the connection
		deaf = append(deaf, c)
	}
	for _, c := range deaf { // each has begun to send
		c.ok("")
	}
	witness := s.login(t, "dewey")
	for range 100 {
		witness.ok("NOOP")
	}
	const each = 512 << 10 // engine's buffers, one for sending, the lines that were read
	if grown := heap() - before; grown > clients*each {
		t.Errorf("%d clients that asked for %d GB and read nothing: got %d octets in the heap, want at most %d each", clients, clients*200, grown, each)
	}
	witness.quit()
	for _, c := range deaf {
		c.reset()
	}
}
