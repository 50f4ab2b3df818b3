//go:build unix && !aix && !solaris

package maildir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	gomaildir "github.com/emersion/go-maildir"

	"pop3lab/engine"
)

// Some tests need a second process: this test binary again, told by MAILDIR_TEST what to do.
func TestMain(m *testing.M) {
	what := strings.Fields(os.Getenv("MAILDIR_TEST"))
	if len(what) == 0 {
		os.Exit(m.Run())
	}
	if err := child(what[0], what[1], what[2]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("done")
	os.Exit(0)
}

func child(what, root, at string) error {
	s, err := New(root)
	if err != nil {
		return err
	}
	step, _ := strconv.Atoi(at)
	n := 0
	s.step = func(name string) {
		if n++; n == step {
			fmt.Println("killed at:", name)
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until the signal comes
		}
	}
	if what == "nobody" {
		return asNobody(s)
	}
	m, err := s.Open("mrose", "child")
	if err != nil {
		return err
	}
	switch what {
	case "hold": // keep the maildrop open until killed
		fmt.Println("open")
		io.Copy(io.Discard, os.Stdin)
		return m.Release()
	case "open":
		return m.Release()
	case "update":
		var doomed []int
		for i := range m.Messages() {
			if isDoomed(i) {
				doomed = append(doomed, i)
			}
		}
		return m.Update(doomed)
	}
	return fmt.Errorf("unknown child %q", what)
}

func childCommand(what, root string, step int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("MAILDIR_TEST=%s %s %d", what, root, step))
	return cmd
}

// runChild runs a child that is killed at a step, and returns the step's name, or "" when the
// child came to its end before.
func runChild(t *testing.T, what, root string, step int) string {
	t.Helper()
	out, err := childCommand(what, root, step).Output()
	last := strings.TrimSpace(string(out))
	if err == nil && last == "done" {
		return ""
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return strings.TrimPrefix(last, "killed at: ")
	}
	t.Fatalf("child %s, killed at step %d: got %q and error %v, want it killed or done", what, step, out, err)
	return ""
}

const killMessages = 8

func isDoomed(i int) bool { return i != 0 && i != 3 && i != 7 }

func killMessage(i int) string { return fmt.Sprintf("Subject: %d\n\nmessage %d\n", i, i) }

// killRoot makes a maildrop whose messages are in new, in cur, and in cur with flags.
func killRoot(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(root, "mrose", sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i := range killMessages {
		name := fmt.Sprintf("mrose/%s/%d.M1P1.host%s", []string{"new", "cur", "cur"}[i%3], 1000+i, []string{"", ":2,", ":2,RS"}[i%3])
		if err := os.WriteFile(filepath.Join(root, name), []byte(killMessage(i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// wantAllOrNothing checks that the maildrop has every message, or every one that wasn't doomed,
// whole; it says which.
func wantAllOrNothing(t *testing.T, root, when string) (removed bool) {
	t.Helper()
	s := newStore(t, root)
	var got, all, kept []string
	for _, octets := range content(t, s, "mrose") {
		got = append(got, octets)
	}
	for i := range killMessages {
		all = append(all, killMessage(i))
		if !isDoomed(i) {
			kept = append(kept, killMessage(i))
		}
	}
	slices.Sort(got)
	if _, err := os.Stat(filepath.Join(root, "mrose", removalName)); !os.IsNotExist(err) {
		t.Errorf("%s: got %s still there after Open (error %v), want it gone", when, removalName, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	switch {
	case slices.Equal(got, all):
		return false
	case slices.Equal(got, kept):
		return true
	}
	t.Errorf("%s: got %q,\nwant all %d messages or exactly the %d that weren't named (RFC 1939 section 6)", when, got, len(all), len(kept))
	return false
}

func TestKillAtEveryStepOfUpdate(t *testing.T) {
	var steps []string
	holds := false
	for step := 1; ; step++ {
		root := killRoot(t)
		name := runChild(t, "update", root, step)
		if name == "" {
			if !wantAllOrNothing(t, root, "no kill") {
				t.Errorf("UPDATE came to its end: got all messages, want the named ones removed")
			}
			break
		}
		steps = append(steps, name)
		removed := wantAllOrNothing(t, root, "killed at "+name)
		// A kill, unlike a power failure, leaves what was written to the kernel.
		holds = holds || name == "removal is written"
		if removed != holds {
			t.Errorf("killed at %q: got removed %t, want %t: once the removal is written the QUIT holds", name, removed, holds)
		}
	}
	want := []string{
		"write removal", "removal is empty", "removal is written", "removal holds",
		"unlink 1", "unlink 2", "unlink 3", "unlink 4", "unlink 5", "sync", "withdraw", "withdrawn",
	}
	if !slices.Equal(steps, want) {
		t.Errorf("got the steps %q,\nwant %q: a step that nobody is killed at isn't tested", steps, want)
	}
}

// The process that completes the removal is killed too, at every step of that, and meanwhile
// another program moves and marks the messages.
func TestKillAtEveryStepOfRecovery(t *testing.T) {
	for first := 4; first <= 11; first++ { // from "removal holds" to "withdraw"
		for second := 1; ; second++ {
			root := killRoot(t)
			name := runChild(t, "update", root, first)
			dir := gomaildir.Dir(filepath.Join(root, "mrose"))
			if _, err := dir.Unseen(); err != nil {
				t.Fatal(err)
			}
			if msgs, _ := dir.Messages(); len(msgs) > 0 {
				if err := msgs[0].SetFlags([]gomaildir.Flag{gomaildir.FlagFlagged}); err != nil {
					t.Fatal(err)
				}
			}
			again := runChild(t, "open", root, second)
			when := fmt.Sprintf("killed at %q, then at %q of the recovery", name, again)
			if !wantAllOrNothing(t, root, when) {
				t.Errorf("%s: got all messages, want the named ones removed: the QUIT held", when)
			}
			if again == "" {
				break
			}
		}
	}
}

// A single message needs no removal written: unlink is one step.
func TestKillWithOneMessage(t *testing.T) {
	root := killRoot(t)
	s := newStore(t, root)
	var steps []string
	s.step = func(name string) { steps = append(steps, name) }
	m, err := s.Open("mrose", "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Update([]int{2}); err != nil {
		t.Fatalf("Update: got error %q, want none", err)
	}
	if want := []string{"unlink 1"}; !slices.Equal(steps, want) {
		t.Errorf("got the steps %q, want %q", steps, want)
	}
}

func TestLockBetweenProcesses(t *testing.T) {
	root := killRoot(t)
	cmd := childCommand("hold", root, 0)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "open\n" {
		t.Fatalf("child: got %q and error %v, want it to say that the maildrop is open", line, err)
	}
	s := newStore(t, root)
	for range 2 {
		if m, err := s.Open("mrose", "test"); !errors.Is(err, engine.ErrLocked) {
			t.Errorf("Open while another process has the maildrop: got %v and error %v, want %v (RFC 1939 section 4)", m, err, engine.ErrLocked)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "dewey", "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	m, err := s.Open("dewey", "test")
	if err != nil {
		t.Fatalf("Open of another maildrop: got error %q, want none", err)
	}
	m.Release()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	m, err = s.Open("mrose", "test")
	if err != nil {
		t.Fatalf("Open after the other process was killed: got error %q, want the maildrop: the lock dies with its process", err)
	}
	m.Release()
}

// Two stores over one ROOT are like two processes.
func TestLockBetweenStores(t *testing.T) {
	root := killRoot(t)
	one, two := newStore(t, root), newStore(t, root)
	m, err := one.Open("mrose", "session 1")
	if err != nil {
		t.Fatal(err)
	}
	if owner, locked := one.Owner("mrose"); owner != "session 1" || !locked {
		t.Errorf("Owner: got %q, %t, want session 1 and true", owner, locked)
	}
	if _, err := two.Open("mrose", "session 2"); !errors.Is(err, engine.ErrLocked) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("Open in the other store: got error %v, want %v, which names another process", err, engine.ErrLocked)
	}
	if _, err := one.Open("mrose", "session 2"); !errors.Is(err, engine.ErrLocked) || !strings.Contains(err.Error(), `"session 1"`) {
		t.Errorf("Open in the same store: got error %v, want %v, which names the owner for the log", err, engine.ErrLocked)
	}
	if err := one.Close(); err == nil {
		t.Errorf("Close with a maildrop open: got no error, want one that names it")
	}
	if err := m.Release(); err != nil {
		t.Errorf("Release: got error %q, want none", err)
	}
	m, err = two.Open("mrose", "session 2")
	if err != nil {
		t.Fatalf("Open after Release: got error %q, want the maildrop", err)
	}
	m.Release()
	if owner, locked := one.Owner("mrose"); locked {
		t.Errorf("Owner after Release: got %q, want nobody", owner)
	}
	if err := one.Close(); err != nil {
		t.Fatalf("Close: got error %q, want none", err)
	}
	if _, err := one.Open("mrose", "session 3"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Open of a closed store: got error %v, want %v", err, os.ErrClosed)
	}
}
