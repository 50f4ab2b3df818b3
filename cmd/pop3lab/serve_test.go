package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pop3lab/engine"
	"pop3lab/lessons/author"
)

// A served is pop3lab serve, run in this process.
type served struct {
	pop3 string
	mu   sync.Mutex
	out  bytes.Buffer
	stop func() string
}

// serveWith runs pop3lab serve with flags until stop is called, which returns all that was printed.
func serveWith(t *testing.T, flags ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	args := append([]string{"serve", "--pop3", "127.0.0.1:0", "--pop3s", "off", "--http", "off", "--log", "off"}, flags...)
	go func() {
		code <- run(ctx, args, stdio{strings.NewReader(""), w, w})
		w.Close()
	}()
	s := &served{}
	ready := make(chan bool)
	read := make(chan bool)
	go func() {
		defer close(read)
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			s.mu.Lock()
			s.out.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
			if addr, is := strings.CutSuffix(lines.Text(), " (pop3)"); is && strings.HasPrefix(addr, "listening on ") {
				s.pop3 = strings.TrimPrefix(addr, "listening on ")
				close(ready)
			}
		}
	}()
	select {
	case <-ready:
	case <-read:
		t.Fatalf("serve %v ended with %d: %s", flags, <-code, s.out.String())
	}
	s.stop = sync.OnceValue(func() string {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("serve ended with %d", c)
		}
		<-read
		return s.out.String()
	})
	t.Cleanup(func() { s.stop() })
	return s
}

// say sends lines, half-closes, and returns all answers.
func (s *served) say(t *testing.T, lines ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.pop3)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answers, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(answers)
}

// The trace shows every line of the dialogue, and no password.
func TestTrace(t *testing.T) {
	s := serveWith(t, "--trace")
	s.say(t, "USER mrose", "PASS tanstaaf", "RETR 1", "DELE 1", "QUIT")
	out := s.stop()
	for _, want := range []string{"C: USER mrose", "C: PASS ********", "S: The review's on Friday at ten.", "S: .",
		"DELE only marks message 1", "UPDATE → closed", "RFC 1939 section 5"} {
		if !strings.Contains(out, want) {
			t.Errorf("the trace has no %q:\n%s", want, out)
		}
	}
	if _, trace, _ := strings.Cut(out, "Ctrl-C ends it"); strings.Contains(trace, "tanstaaf") {
		t.Errorf("the trace shows the password:\n%s", trace)
	}
}

// The first screen tells nobody to type what this server refuses: what it says is done, line by line,
// with every persona.
func TestFirstScreenIsTrue(t *testing.T) {
	for _, p := range engine.Personas {
		t.Run(p.Name, func(t *testing.T) {
			s := serveWith(t, "--persona", p.Name)
			s.mu.Lock()
			screen := s.out.String()
			s.mu.Unlock()
			_, script, _ := strings.Cut(screen, "Then type")
			var lines []string
			for _, l := range strings.Split(script, "\n") {
				l, _, _ = strings.Cut(strings.TrimSpace(l), "   ")
				if word, _, _ := strings.Cut(l, " "); len(word) == 4 && word == strings.ToUpper(word) {
					lines = append(lines, l)
				}
			}
			if len(lines) < 6 {
				t.Fatalf("the screen tells to type %q only:\n%s", lines, screen)
			}
			if lines[0] != "USER mrose" {
				return // the way in is talk's, see TestTalk
			}
			answers := s.say(t, lines...)
			if strings.Contains(answers, "-ERR") {
				t.Errorf("what the screen says is refused:\n%s\n%s", strings.Join(lines, "\n"), answers)
			}
		})
	}
}

// Whoever wrote lessons sees which were read, and where they are.
func TestFirstScreenCountsLessons(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"mine.txtar": author.Template("mine"), "other.txtar": author.Template("other"), "broken.txtar": "no lesson"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := serveWith(t, "--http", "127.0.0.1:0", "--lessons", dir).stop()
	for _, want := range []string{"/lessons, with 2 lessons read from " + dir + "\n", "  not shown: broken.txtar: there is no section -- lesson.md --"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %q: whoever wrote lessons sees which were read, and where they are", got, want)
		}
	}
}

// The trace shows what can't be seen otherwise: a space at the end, octets that make no line, an end
// that isn't there.
func TestTraceShowsTheInvisible(t *testing.T) {
	s := serveWith(t, "--trace", "--persona", "strict", "--fault", "terminator-missing")
	s.say(t, "USER mrose", "PASS tanstaaf", "LIST ", "LIST")
	out := s.stop()
	for _, want := range []string{"C: LIST␠", `S: "" where a dot and CR LF are due`} {
		if !strings.Contains(out, want) {
			t.Errorf("the trace has no %q:\n%s", want, out)
		}
	}
	s = serveWith(t, "--trace")
	c, err := net.Dial("tcp", s.pop3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "USER mrose\rQUIT\r"); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, c)
	c.Close()
	if out, want := s.stop(), "C: (16 octets that make no line: the server waited for CR LF)"; !strings.Contains(out, want) {
		t.Errorf("the trace has no %q:\n%s", want, out)
	}
}
