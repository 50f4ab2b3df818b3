package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// These tests put pop3lab watch between other people's programs and Debian's Dovecot: neither side may notice, and what
// is printed must be what was said.

// A lookout is a running pop3lab watch.
type lookout struct {
	port string
	mu   sync.Mutex
	said bytes.Buffer
	end  func() string // ends it, and returns all that it printed
}

// watchOver starts the binary before a server's port. The test ends it.
func watchOver(t *testing.T, binary, port string, flags ...string) *lookout {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"watch", "--listen", "127.0.0.1:0", "--http", "off", "--upstream", "localhost:" + port}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &lookout{}
	listens, read := make(chan string, 1), make(chan bool)
	go func() { // ends with the process
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			w.mu.Lock()
			w.said.WriteString(lines.Text() + "\n")
			w.mu.Unlock()
			if addr, is := strings.CutSuffix(lines.Text(), " (pop3)"); is {
				listens <- addr[strings.LastIndexByte(addr, ':')+1:]
			}
		}
	}()
	w.end = sync.OnceValue(func() string {
		cmd.Process.Signal(syscall.SIGTERM)
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("pop3lab watch ended with %v", err)
		}
		return w.said.String()
	})
	t.Cleanup(func() { w.end() })
	select {
	case w.port = <-listens:
	case <-read:
		t.Fatalf("pop3lab watch ended: %s", w.end())
	case <-time.After(30 * time.Second):
		t.Fatal("pop3lab watch doesn't listen after 30 s")
	}
	return w
}

// before is the server as those see it who come through the lookout.
func (w *lookout) before(s *server) *server {
	return &server{port: map[security]string{plain: w.port, stls: w.port, tls: w.port}, ca: s.ca, other: s.other, root: s.root}
}

// wire are the lines of the trace that went over the wire, without notes: "C: STAT", "S: +OK 2 320".
func wire(trace string) []string {
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)^\[w\d+\] ([CS]: .*)$`).FindAllStringSubmatch(trace, -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// TestWatchDovecot: curl and mpop get from Dovecot through watch what they get directly, octet for octet; of STLS it
// sees the beginning only, unless it ends TLS on purpose.
func TestWatchDovecot(t *testing.T) {
	notShort(t)
	need(t, "dovecot", "curl", "mpop")
	if os.Getuid() != 0 {
		t.Fatal("this test starts Dovecot, which needs root; POP3LAB_WITHOUT=dovecot tests without it")
	}
	box := slices.DeleteFunc(nasty(), func(l letter) bool { return !dovecotCan(l) })
	s := dovecot(t, []maildrop{{"rose", box}, {"dewey", box[:2]}})
	binary := build(t)
	folder := filepath.Dir(s.ca)
	own := []string{"--terminate-tls", "--tls-cert", filepath.Join(folder, "localhost.pem"), "--tls-key", filepath.Join(folder, "key.pem")}
	for _, tt := range []struct {
		name     string
		security security
		upstream security
		flags    []string
		readable bool
	}{
		{"in the clear", plain, plain, nil, true},
		{"STLS", stls, plain, nil, false},
		{"STLS ended here", stls, plain, append([]string{"--insecure"}, own...), true},
		{"TLS", tls, tls, nil, false},
		{"TLS ended here", tls, tls, append([]string{"--upstream-tls", "--pin", fingerprint(t, filepath.Join(folder, "localhost.pem"))}, own...), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, c := range []client{{name: "curl", fetch: curl}, {name: "mpop", keeps: withLF, fetch: mpop}} {
				w := watchOver(t, binary, s.port[tt.upstream], tt.flags...)
				direct, err := c.fetch(newVisit(t, s, tt.security, "rose", len(box)))
				if err != nil {
					t.Fatal(err)
				}
				watched, err := c.fetch(newVisit(t, w.before(s), tt.security, "rose", len(box)))
				if err != nil {
					t.Fatalf("through watch: %v", err)
				}
				c.compare(t, box, slices.Clone(watched))
				slices.SortFunc(direct, bytes.Compare)
				slices.SortFunc(watched, bytes.Compare)
				if !slices.EqualFunc(direct, watched, bytes.Equal) {
					t.Errorf("%s through watch: got other octets than directly; want the same, untouched", c.name)
				}
				trace := w.end()
				if _, trace, _ = strings.Cut(trace, "Ctrl-C ends it"); strings.Contains(trace, password) {
					t.Errorf("%s: the trace shows the password", c.name)
				}
				told(t, c.name, wire(trace), trace, len(box), tt.security, tt.readable)
			}
		})
	}
	t.Run("pipelined", func(t *testing.T) { pipelined(t, s, binary) })
}

// told holds a trace of fetching n messages against what such a session has.
func told(t *testing.T, name string, lines []string, trace string, n int, sec security, readable bool) {
	t.Helper()
	answer := map[string]string{}
	for i, l := range lines {
		if i+1 < len(lines) && strings.HasPrefix(l, "C: ") {
			answer[l[3:]] = lines[i+1]
		}
	}
	if sec == stls && !strings.HasPrefix(answer["STLS"], "S: +OK") {
		t.Errorf("%s: STLS answered by %q in the trace, want +OK (RFC 2595 section 4)", name, answer["STLS"])
	}
	for num := 1; num <= n; num++ {
		retr := fmt.Sprintf("RETR %d", num)
		if got := answer[retr]; readable && !strings.HasPrefix(got, "S: +OK ") || !readable && got != "" {
			t.Errorf("%s: %s answered by %q in the trace; want +OK: %v (what goes through TLS can't be read)", name, retr, got, readable)
			return
		}
	}
	if got := answer["QUIT"]; readable && got != "S: +OK Logging out." || !readable && got != "" {
		t.Errorf("%s: QUIT answered by %q in the trace; want Dovecot's \"+OK Logging out.\": %v", name, got, readable)
	}
	if want := "only the two sides know"; !readable && !strings.Contains(trace, want) {
		t.Errorf("%s: the trace doesn't say that TLS hides the rest (%q):\n%s", name, want, trace)
	}
}

// pipelined: commands that are sent all at once get Dovecot's own answers, and each stands with its own in the trace.
func pipelined(t *testing.T, s *server, binary string) {
	commands := []string{"CAPA", "USER dewey", "PASS " + password, "STAT", "LIST", "RETR 1", "RETR 99", "XYZZY", "TOP 2 0", "DELE 1", "RSET", "QUIT"}
	say := func(port string) string {
		nc, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(time.Minute))
		first, err := bufio.NewReaderSize(nc, 1<<10).ReadString('\n') // has a stamp of its own each time
		if err != nil || !strings.HasPrefix(first, "+OK") {
			t.Fatalf("greeting: %q, %v", first, err)
		}
		if _, err := io.WriteString(nc, strings.Join(commands, "\r\n")+"\r\n"); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(nc)
		if err != nil {
			t.Fatal(err)
		}
		return string(rest)
	}
	direct := say(s.port[plain])
	w := watchOver(t, binary, s.port[plain])
	if got := say(w.port); got != direct {
		t.Errorf("through watch Dovecot said %q, want what it says directly: %q", got, direct)
	}
	var got []string
	lines := wire(w.end())
	for i, l := range lines {
		if strings.HasPrefix(l, "C: ") && i+1 < len(lines) {
			verb, _, _ := strings.Cut(l[3:], " ")
			status, _, _ := strings.Cut(strings.TrimPrefix(lines[i+1], "S: "), " ")
			got = append(got, verb+" "+status)
		}
	}
	want := "CAPA +OK, USER +OK, PASS +OK, STAT +OK, LIST +OK, RETR +OK, RETR -ERR, XYZZY -ERR, TOP +OK, DELE +OK, RSET +OK, QUIT +OK"
	if strings.Join(got, ", ") != want {
		t.Errorf("the trace pairs %s; want %s (answers come in the order of the commands, RFC 2449 section 6.6)", strings.Join(got, ", "), want)
	}
}

// fingerprint is the SHA-256 of a certificate.
func fingerprint(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
