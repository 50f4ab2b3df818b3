package server

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pop3lab/engine"
)

// Whole sessions, over plain TCP, after STLS and inside TLS.

// req: FRM-02 TLS-05 TLS-08 TLS-19 TLS-20 DFR-15
func TestWholeSession(t *testing.T) {
	for name, connect := range map[string]func(*site, *testing.T) *client{
		"plain": func(s *site, t *testing.T) *client { return s.dial(t) },
		"STLS":  func(s *site, t *testing.T) *client { return s.dial(t).stls(clientTLS()) },
		"TLS":   func(s *site, t *testing.T) *client { return s.dialTLS(t) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			c := connect(s, t)
			c.err("STAT", "")
			c.login("mrose")
			var octets int
			for i, want := range letters {
				octets += len(want)
				if got := c.message(i + 1); got != want {
					t.Errorf("RETR %d: got %q, want %q", i+1, got, want)
				}
			}
			if got, want := c.ok("STAT"), fmt.Sprintf("+OK 3 %d", octets); got != want {
				t.Errorf("STAT: got %q, want %q", got, want)
			}
			c.ok("DELE 2")
			c.quit()
			s.count(t, "mrose", 2, "QUIT enters UPDATE, which removes what DELE marked (RFC 1939 section 6)")
			s.log.wait(t, "session ended", "why=quit", "user=mrose", "retrieved=3", "removed=1")
		})
	}
}

// req: APO-03 DAU-09 FRM-30
func TestGreetingStampIsDifferentEachTime(t *testing.T) {
	s := serve(t, func(_ *engine.Config, s *Server) { s.Host = "dbc.mtview.ca.us" })
	form := regexp.MustCompile(`^\+OK .*<([0-9]+)\.[0-9]+@dbc\.mtview\.ca\.us>$`)
	const rounds = 64
	chance := make(map[string]bool)
	var bits uint64
	for range rounds {
		c := s.dialGreeting(t)
		m := form.FindStringSubmatch(c)
		if m == nil {
			t.Fatalf("greeting: got %q, want <digits.digits@host> at its end (RFC 1939 section 7, APOP)", c)
		}
		n, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		bits |= n
		chance[m[1]] = true
	}
	if len(chance) != rounds {
		t.Errorf("%d greetings: got %d different numbers, want all different (RFC 1939 section 7: the timestamp \"MUST be different each time\")", rounds, len(chance))
	}
	// That a bit is never set in 64 draws happens once in 10^17 times.
	if bits>>63 == 0 || bits&1 == 0 {
		t.Errorf("64 numbers or-ed: got %#x, want all of 64 bits drawn", bits)
	}
}

func (s *site) dialGreeting(t *testing.T) string {
	t.Helper()
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	c := talk(t, nc)
	defer c.Close()
	return c.ok("")
}

// A client such as `printf … | nc` closes its sending half at once.
//
// req: DFR-12 DFR-11
func TestHalfCloseGetsAllReplies(t *testing.T) {
	s := serve(t, nil)
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nRETR 3\r\nQUIT\r\n")
	nc.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(nc)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(got), "+OK"); n != 6 || !strings.Contains(string(got), "third\r\n.\r\n") {
		t.Errorf("got %q (%d times +OK), want the greeting and five answers, RETR's with its end", got, n)
	}
	s.count(t, "mrose", 2, "what the client sent before it closed its half counts, QUIT included")
}

// Without QUIT the same client leaves everything as it was.
//
// req: STA-11 OPN-06
func TestHangupRemovesNothing(t *testing.T) {
	s := serve(t, nil)
	nc, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\n")
	nc.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(nc); err != nil || strings.Count(string(got), "+OK") != 4 {
		t.Fatalf("got %q, %v; want the greeting and three answers", got, err)
	}
	s.log.wait(t, "session ended", `why="client left"`)
	s.count(t, "mrose", 3, "a session that ends without QUIT removes nothing (RFC 1939 section 6)")
	s.free(t, "mrose").quit()
}

// What a client sends behind QUIT is ignored, and doesn't cost it the answer to QUIT.
//
// req: DFR-11
func TestInputBehindQuitIsIgnored(t *testing.T) {
	s := serve(t, nil)
	for range 20 {
		c := s.free(t, "mrose")
		io.WriteString(c.nc, "QUIT\r\nDELE 1\r\n"+strings.Repeat("NOOP\r\n", 10_000)+"QUIT\r\n")
		if got := c.ask(""); !strings.HasPrefix(got, "+OK") {
			t.Fatalf("QUIT: got %q, want +OK", got)
		}
		c.closed("after QUIT")
		c.Close()
	}
	s.count(t, "mrose", 3, "nothing behind QUIT is carried out")
}

// Files that stand as they go out are sent by the operating system; every size around the
// thresholds, dots at all places, plain and over TLS.
//
// req: RET-01 FRM-15 FRM-17 DMS-03
func TestFilesGoOutAsTheyStand(t *testing.T) {
	line := "." + strings.Repeat("x", 61) + "\r\n"
	var messages []string
	for _, size := range []int{0, 64, chunk - 64, chunk, kernelCopy - 64, kernelCopy, kernelCopy + 64, flushAt, largeOutput, 1<<20 + 64} {
		plain := strings.Repeat("y"+line[1:], size/64)
		messages = append(messages, plain)
		if size > 0 {
			messages = append(messages, line+plain, plain+line, plain+line+plain, plain+".\r\n")
		}
	}
	dir := t.TempDir()
	s := serve(t, func(c *engine.Config, s *Server) { c.Store = fileStore{c.Store, dir} }, "files")
	for i, m := range messages {
		s.store.Deliver("files", []byte(m))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(m), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, connect := range map[string]func(testing.TB) *client{"plain": s.dial, "TLS": s.dialTLS} {
		t.Run(name, func(t *testing.T) {
			c := connect(t)
			c.login("files")
			for i, want := range messages {
				if got := c.message(i + 1); got != want {
					t.Errorf("RETR %d, %d octets: got %d octets that differ from the file", i+1, len(want), len(got))
				}
			}
			c.quit()
		})
	}
}

// A file that became shorter can't be sent as announced: the end isn't sent, so that the client
// knows that it has a part only.
//
// req: DST-05 FRM-14
func TestShorterFileHasNoEnd(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, func(c *engine.Config, s *Server) { c.Store = fileStore{c.Store, dir} }, "files")
	for i, size := range []int{100, 2 * kernelCopy} {
		m := strings.Repeat(strings.Repeat("z", 98)+"\r\n", size/100)
		s.store.Deliver("files", []byte(m))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(m[:len(m)-50]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for num := 1; num <= 2; num++ {
		c := s.free(t, "files")
		c.ok(fmt.Sprintf("RETR %d", num))
		got, err := io.ReadAll(c.R)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), "\r\n.\r\n") {
			t.Errorf("RETR %d of a file that lost its end: got the end of the reply, want the connection closed before it", num)
		}
		s.log.wait(t, "session ended", `why="a message isn't what it was`)
	}
}

// req: CAP-22 CAP-23 CAP-26 FRM-25
func TestPipelinedCommandsAreAnsweredInOrder(t *testing.T) {
	s := serve(t, nil)
	c := s.login(t, "mrose")
	var ask strings.Builder
	const rounds = 5000
	for range rounds {
		ask.WriteString("LIST 1\r\nWHAT\r\nLIST 3\r\n")
	}
	go io.WriteString(c.nc, ask.String()) // ends when the server has read it all
	for i := range rounds {
		for j, want := range []string{"+OK 1 ", "-ERR", "+OK 3 "} {
			if got := c.ask(""); !strings.HasPrefix(got, want) {
				t.Fatalf("answer %d: got %q, want %q: answers come in the order of the commands (RFC 2449 section 6.6)", 3*i+j+1, got, want)
			}
		}
	}
	c.quit()
}

// A client that asks for a lot before it reads anything stops the server, not itself: the server
// must neither hold the answers in memory nor give up.
//
// req: CAP-25 DMS-08
func TestThousandRETRWithoutReading(t *testing.T) {
	s := serve(t, nil, "big")
	message := "Subject: big\r\n\r\n" + strings.Repeat(strings.Repeat("m", 98)+"\r\n", 655)
	s.store.Deliver("big", []byte(message))
	c := s.login(t, "big")
	const rounds = 1000
	if _, err := io.WriteString(c.nc, strings.Repeat("RETR 1\r\n", rounds)); err != nil {
		t.Fatal(err)
	}
	for i := range rounds {
		c.ok("")
		n, err := io.Copy(io.Discard, c.DotReader())
		if want := int64(strings.Count(message, "\r\n") + len(strings.ReplaceAll(message, "\r\n", ""))); err != nil || n != want {
			t.Fatalf("message %d: got %d octets, %v; want %d", i+1, n, err, want)
		}
	}
	c.quit()
}
