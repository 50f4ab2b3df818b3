//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pop3lab/engine/maildir"
)

// The sizes of the kill test: hundreds of sessions, of which most are cut at a moment of chance.
const (
	killRounds   = 40 // times that the server is killed
	killUsers    = 8  // clients at once, each with a maildrop of its own
	killMessages = 60 // in each maildrop at the beginning
)

// A mailbox is what one client knows of its messages.
type mailbox struct {
	user    string
	content map[string]string // by unique-id, as delivered
	quit    map[string]bool   // marked in a session whose QUIT was sent
	gone    map[string]bool   // and answered with +OK
}

// A server that is killed at any moment loses no message but those that a session marked and sent QUIT
// for; what QUIT's +OK promised stays removed; and what is left is whole.
//
// req: QUT-01, QUT-03, QUT-04, STA-11, DST-02
func TestKill(t *testing.T) {
	binary, root := build(t), t.TempDir()
	var users strings.Builder
	boxes := make([]*mailbox, killUsers)
	for i := range boxes {
		b := &mailbox{user: fmt.Sprintf("user%d", i), content: map[string]string{}, quit: map[string]bool{}, gone: map[string]bool{}}
		boxes[i] = b
		fmt.Fprintf(&users, "%s:%s\n", b.user, password)
		for m := range killMessages {
			text := fmt.Sprintf("Subject: message %d of %s\n\n%s\n", m, b.user, strings.Repeat("line\n", m*7))
			uid, err := maildir.Deliver(root, b.user, strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			b.content[uid] = text
		}
	}
	file := filepath.Join(t.TempDir(), "users")
	write(t, file, users.String())
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))

	var sessions atomic.Int64
	for range killRounds {
		addr, kill := startToKill(t, binary, "--maildir", root, "--users", file, "--fail-delay", "0")
		// The moment is counted in answers, so that it falls into any command.
		left := new(atomic.Int64)
		left.Store(int64(1 + chance.IntN(killUsers*25)))
		var clients sync.WaitGroup
		for i, b := range boxes {
			own := rand.New(rand.NewPCG(chance.Uint64(), uint64(i)))
			clients.Go(func() {
				for left.Load() > 0 {
					sessions.Add(1)
					if !b.session(addr, own, func() {
						if left.Add(-1) == 0 {
							kill()
						}
					}) {
						return
					}
				}
			})
		}
		clients.Wait()
		kill() // when every maildrop was empty before the moment came
		check(t, root, boxes)
	}
	// A last start finishes what a kill left undone.
	addr, kill := startToKill(t, binary, "--maildir", root, "--users", file, "--fail-delay", "0")
	defer kill()
	for _, b := range boxes {
		if !b.session(addr, rand.New(rand.NewPCG(1, 1)), func() {}) {
			t.Errorf("%s can't log in after all the kills", b.user)
		}
	}
	check(t, root, boxes)
	removed := 0
	for _, b := range boxes {
		removed += len(b.gone)
	}
	t.Logf("%d sessions, %d kills, %d of %d messages removed", sessions.Load(), killRounds, removed, killUsers*killMessages)
	if sessions.Load() < 100 || removed == 0 {
		t.Errorf("%d sessions removed %d messages: that's too few to prove anything", sessions.Load(), removed)
	}
}

// session logs in, marks up to three messages and quits; answered is called after each answer. It
// says false when the server has gone.
func (b *mailbox) session(addr string, chance *rand.Rand, answered func()) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	say := func(line string) (string, bool) {
		if line != "" {
			if _, err := fmt.Fprintf(c, "%s\r\n", line); err != nil {
				return "", false
			}
		}
		answer, err := r.ReadString('\n')
		if err != nil {
			return "", false
		}
		answered()
		return answer, strings.HasPrefix(answer, "+OK")
	}
	for _, line := range []string{"", "USER " + b.user, "PASS " + password, "UIDL"} {
		if _, ok := say(line); !ok {
			return false
		}
	}
	uids := map[int]string{}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		var num int
		var uid string
		if _, err := fmt.Sscanf(line, "%d %s", &num, &uid); err != nil {
			return false
		}
		uids[num] = uid
	}
	var marked []string
	for range min(len(uids), 1+chance.IntN(3)) {
		num := 1 + chance.IntN(len(uids))
		if _, ok := say(fmt.Sprintf("DELE %d", num)); ok {
			marked = append(marked, uids[num])
		}
	}
	if chance.IntN(4) == 0 {
		return true // leaves without QUIT: nothing may go
	}
	for _, uid := range marked {
		b.quit[uid] = true // from here on it may be gone, whatever is answered
	}
	if _, ok := say("QUIT"); ok {
		for _, uid := range marked {
			b.gone[uid] = true
		}
	}
	return true
}

// check compares what is on the disk with what the clients know.
func check(t *testing.T, root string, boxes []*mailbox) {
	t.Helper()
	for _, b := range boxes {
		found := map[string]bool{}
		for _, sub := range []string{"new", "cur"} {
			entries, err := os.ReadDir(filepath.Join(root, b.user, sub))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				uid, _, _ := strings.Cut(e.Name(), ":")
				found[uid] = true
				got, err := os.ReadFile(filepath.Join(root, b.user, sub, e.Name()))
				if err != nil {
					t.Fatal(err)
				}
				if want, ours := b.content[uid]; !ours || string(got) != want {
					t.Errorf("%s: %s isn't the message that was delivered (%d octets, want %d)", b.user, uid, len(got), len(want))
				}
			}
		}
		for uid := range b.content {
			if !found[uid] && !b.quit[uid] {
				t.Errorf("%s: %s is gone, and no session that marked it sent QUIT (RFC 1939 section 6)", b.user, uid)
			}
			if found[uid] && b.gone[uid] {
				t.Errorf("%s: %s is there, and QUIT was answered with +OK (RFC 1939 section 6)", b.user, uid)
			}
		}
	}
}

// startToKill starts the server and returns its address, and what kills it with SIGKILL, once.
func startToKill(t *testing.T, binary string, args ...string) (addr string, kill func()) {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"serve", "--pop3", "127.0.0.1:0", "--pop3s", "off", "--http", "off", "--log", "off"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addr, is := strings.CutSuffix(lines.Text(), " (pop3)"); is {
			return strings.TrimPrefix(addr, "listening on "), kill
		}
	}
	t.Fatal("the server ended before it listened")
	return "", nil
}
