//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"

	"pop3lab/engine"
)

// Nobody gets out of ROOT: not by a name, and not by a link.
func TestLinksAreRefused(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "victim/cur/1.secret.host:2,", "secret\n")
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,", "mine\n")
	link := func(to, at string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(root, at)); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(outside, "victim"), "alias")
	link("mrose", "inside")
	if err := os.MkdirAll(filepath.Join(root, "half", "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	link(filepath.Join(outside, "victim", "cur"), "half/cur")
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, root)
	for _, user := range []string{"alias", "inside", "half", "file"} {
		if m, err := s.Open(user, "test"); !errors.Is(err, engine.ErrDamaged) {
			t.Errorf("Open(%q): got %v and error %v, want %v", user, m, err, engine.ErrDamaged)
		}
		if uid, err := Deliver(root, user, strings.NewReader("x\n")); err == nil {
			t.Errorf("Deliver to %q: got unique-id %s, want an error", user, uid)
		}
	}
	for _, user := range []string{"..", "../" + filepath.Base(outside) + "/victim", "", "a/b", "\x00", ".pop3lab-locks"} {
		if m, err := s.Open(user, "test"); !errors.Is(err, engine.ErrNoMaildrop) {
			t.Errorf("Open(%q): got %v and error %v, want %v", user, m, err, engine.ErrNoMaildrop)
		}
		if uid, err := Deliver(root, user, strings.NewReader("x\n")); err == nil {
			t.Errorf("Deliver to %q: got unique-id %s, want an error", user, uid)
		}
	}
	if got := names(t, outside, "victim"); len(got) != 1 {
		t.Errorf("outside ROOT: got %q, want the one message", got)
	}
	// The folder becomes a link while it's known.
	open(t, s, "mrose").Release()
	if err := os.Rename(filepath.Join(root, "mrose"), filepath.Join(root, "mrose.old")); err != nil {
		t.Fatal(err)
	}
	link(filepath.Join(outside, "victim"), "mrose")
	if m, err := s.Open("mrose", "test"); !errors.Is(err, engine.ErrDamaged) {
		t.Errorf("Open of a known folder that became a link: got %v and error %v, want %v", m, err, engine.ErrDamaged)
	}
}

// Only regular files that aren't hidden are messages.
func TestWhatIsNoMessage(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,", "a message\n")
	put(t, root, "mrose/cur/.hidden", "no message\n")
	put(t, root, "mrose/tmp/2.x.host", "not delivered yet\n")
	cur := filepath.Join(root, "mrose", "cur")
	if err := os.Symlink("1.x.host:2,", filepath.Join(cur, "3.x.host")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(cur, "4.x.host"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(cur, "5.x.host"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := open(t, newStore(t, root), "mrose")
	defer m.Release()
	if got, want := uids(m), []string{"1.x.host"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// In a message's place, a FIFO must not make the session wait for its other end.
	if err := os.Rename(filepath.Join(cur, "5.x.host"), filepath.Join(cur, "1.x.host:2,")); err != nil {
		t.Fatal(err)
	}
	if b, err := m.Body(0); !errors.Is(err, engine.ErrGone) {
		t.Errorf("Body of a FIFO: got %v and error %v, want %v", b, err, engine.ErrGone)
	}
}

func TestIncompleteFolders(t *testing.T) {
	root := t.TempDir()
	s := newStore(t, root)
	for _, dir := range []string{"bare", "onlynew/new", "onlycur/cur"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Open("bare", "test"); !errors.Is(err, engine.ErrNoMaildrop) {
		t.Errorf("a folder with neither new nor cur: got error %v, want %v", err, engine.ErrNoMaildrop)
	}
	for _, user := range []string{"onlynew", "onlycur"} {
		open(t, s, user).Release()
		if _, err := Deliver(root, user, strings.NewReader("x\n")); err != nil {
			t.Errorf("Deliver to %q: got error %q, want the missing folders made", user, err)
		}
		if got := len(content(t, s, user)); got != 1 {
			t.Errorf("%q after a delivery: got %d messages, want 1", user, got)
		}
	}
}

// What may not be read or written, as an ordinary user sees it (root may do everything, so a
// second process tries it).
func TestPermissions(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,", "one\n")
	put(t, root, "mrose/cur/2.x.host:2,", "two\n")
	put(t, root, "mrose/cur/3.x.host:2,", "three\n")
	put(t, root, "closed/cur/1.x.host:2,", "one\n")
	put(t, root, "readonly/mrose/cur/1.x.host:2,", "one\n")
	newStore(t, root) // makes the locks' folder, which is the child's then
	const nobody = 65534
	if os.Getuid() == 0 {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Chown(path, nobody, nobody))
		})
		if err = errors.Join(err, os.Chmod(filepath.Dir(root), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{"mrose/cur/1.x.host:2,": 0, "mrose/cur": 0o500, "closed": 0, "readonly": 0o500} {
		if err := os.Chmod(filepath.Join(root, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // or an ordinary user couldn't remove it
		os.Chmod(filepath.Join(root, "mrose/cur"), 0o700)
		os.Chmod(filepath.Join(root, "closed"), 0o700)
		os.Chmod(filepath.Join(root, "readonly"), 0o700)
		os.Chmod(filepath.Join(root, lockFolder), 0o700)
	})
	out, err := childCommand("nobody", root, 0).CombinedOutput()
	if err != nil {
		t.Fatalf("child: got error %v and %s", err, out)
	}
	for _, want := range []string{
		`file=cur/1.x.host:2,`,              // the log names what can't be read
		"mrose: [2.x.host 3.x.host]\n",      // one bad file doesn't close the maildrop
		"update: permission true\n",         // Update says so
		"after: [2.x.host 3.x.host]\n",      // and what it couldn't remove stays
		"closed: damaged true, a hint true", // a folder that may not be read needs somebody
		"readonly: maildir " + root + "/readonly: this user can't write there, and locks need that; change its owner or mode: permission denied\n",
		"locks: damaged true, a hint true", // as does a locks' folder
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got\n%s\nwant it to have %q", out, want)
		}
	}
}

// asNobody is what the child does.
func asNobody(s *Store) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	s.Log = slog.New(slog.NewTextHandler(os.Stdout, nil))
	for _, when := range []string{"mrose", "after"} {
		m, err := s.Open("mrose", "child")
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", when, uids(m))
		if when == "after" {
			m.Release()
			break
		}
		err = m.Update([]int{0, 1})
		fmt.Printf("update: permission %t\n", errors.Is(err, os.ErrPermission))
	}
	_, err := s.Open("closed", "child")
	fmt.Printf("closed: damaged %t, a hint %t\n", errors.Is(err, engine.ErrDamaged), err != nil && strings.Contains(err.Error(), "change its owner or mode"))
	_, err = New(filepath.Join(s.path, "readonly"))
	fmt.Printf("readonly: %v\n", err)
	if err := os.Chmod(filepath.Join(s.path, lockFolder), 0); err != nil {
		return err
	}
	_, err = s.Open("dewey", "child") // whose lock file isn't open yet
	fmt.Printf("locks: damaged %t, a hint %t\n", errors.Is(err, engine.ErrDamaged), err != nil && strings.Contains(err.Error(), "change the owner or mode"))
	return nil
}

func TestNewNeedsADirectory(t *testing.T) {
	missing, file, locks := filepath.Join(t.TempDir(), "missing"), filepath.Join(t.TempDir(), "file"), t.TempDir()
	for _, path := range []string{file, filepath.Join(locks, lockFolder)} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for root, want := range map[string]string{
		missing: "make it first: mkdir -p " + missing,
		file:    "it's no folder",
		locks:   ".pop3lab-locks is in the way",
	} {
		if s, err := New(root); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%q): got store %v and error %v, want one with %q", root, s, err, want)
		}
		if _, err := Deliver(root, "mrose", strings.NewReader("x\n")); root != locks && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Deliver in %q: got error %v, want one with %q", root, err, want)
		}
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ROOT that was missing: got %v, want it to be missing still: it may be a slip of the pen", err)
	}
}

// However many maildrops are open, few folders are.
func TestManySessionsFewDescriptors(t *testing.T) {
	const users = 3 * maxBoxes
	root := t.TempDir()
	s := newStore(t, root)
	for i := range users {
		put(t, root, fmt.Sprintf("user%d/new/1.x.host", i), fmt.Sprintf("of %d\n", i))
	}
	var open_ []engine.Maildrop
	for i := range users {
		open_ = append(open_, open(t, s, fmt.Sprintf("user%d", i)))
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() { // each reads the maildrops of its own share, twice
			for range 2 {
				for i := worker; i < users; i += 8 {
					if got, want := readBody(t, open_[i], 0), fmt.Sprintf("of %d\n", i); got != want {
						t.Errorf("user%d: got %q, want %q", i, got, want)
					}
				}
			}
		})
	}
	wg.Wait()
	boxes := 0
	for _, d := range s.drops {
		if d.boxed.open {
			boxes++
		}
	}
	if boxes > maxBoxes {
		t.Errorf("with %d maildrops open: got %d with open folders, want at most %d", users, boxes, maxBoxes)
	}
	for _, m := range open_ {
		if err := m.Update([]int{0}); err != nil {
			t.Errorf("Update: got error %q, want none", err)
		}
	}
}

// What is remembered of maildrops that nobody has open is bounded, and the longest unused goes.
func TestIdleMaildropsAreForgotten(t *testing.T) {
	root := t.TempDir()
	s := newStore(t, root)
	s.maxIdleDrops, s.maxIdleMessages = 4, 10
	for i := range 8 {
		put(t, root, fmt.Sprintf("user%d/new/1.x.host", i), "x\n")
		open(t, s, fmt.Sprintf("user%d", i)).Release()
	}
	known := func() (list []string) {
		for d := s.idle.first; d != nil; d = d.next {
			list = append(list, d.user)
		}
		return list
	}
	if got, want := known(), []string{"user7", "user6", "user5", "user4"}; !slices.Equal(got, want) || len(s.drops) != 4 {
		t.Errorf("got %q known (%d in all), want %q", got, len(s.drops), want)
	}
	open(t, s, "user5").Release()
	open(t, s, "user0").Release()
	if got, want := known(), []string{"user0", "user5", "user7", "user6"}; !slices.Equal(got, want) {
		t.Errorf("got %q known, want %q", got, want)
	}
	for i := range 9 {
		put(t, root, fmt.Sprintf("large/new/%d.x.host", i), "x\n")
	}
	open(t, s, "large").Release()
	if got, want := known(), []string{"large", "user0"}; !slices.Equal(got, want) || s.idle.messages != 10 {
		t.Errorf("after a maildrop of 9: got %q known with %d messages, want %q with 10", got, s.idle.messages, want)
	}
	if _, err := s.Open("nobody", "test"); !errors.Is(err, engine.ErrNoMaildrop) || len(s.drops) != 2 {
		t.Errorf("a user without a maildrop: got error %v and %d known, want %v and nothing remembered", err, len(s.drops), engine.ErrNoMaildrop)
	}
}

func TestDeliverAtOnce(t *testing.T) {
	root := t.TempDir()
	s := newStore(t, root)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() { // delivers 20 messages, to a user whose folder all of them make
			for i := range 20 {
				if _, err := Deliver(root, "mrose", strings.NewReader(fmt.Sprintf("%d.%d\n", worker, i))); err != nil {
					t.Errorf("Deliver: got error %q, want none", err)
				}
			}
		})
	}
	wg.Wait()
	got := content(t, s, "mrose")
	if len(got) != 160 {
		t.Errorf("got %d messages, want the 160 delivered, each with its own unique-id", len(got))
	}
	for uid := range got {
		if strings.HasPrefix(uid, "sha256-") {
			t.Errorf("got unique-id %s, want a delivery's name to be one itself", uid)
			break
		}
	}
}

func TestDeliverThatFailsLeavesNothing(t *testing.T) {
	root := t.TempDir()
	broken := io.MultiReader(strings.NewReader("Subject: half\n"), iotest.ErrReader(errors.New("the sender is gone")))
	if _, err := Deliver(root, "mrose", broken); err == nil || !strings.Contains(err.Error(), "the sender is gone") {
		t.Errorf("got error %v, want the reader's", err)
	}
	for _, sub := range []string{"tmp", "new", "cur"} {
		if left, err := os.ReadDir(filepath.Join(root, "mrose", sub)); err != nil || len(left) > 0 {
			t.Errorf("%s: got %v and error %v, want an empty folder: a message is there whole or not at all", sub, left, err)
		}
	}
	if _, err := Deliver(filepath.Join(root, "missing"), "mrose", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "mkdir") {
		t.Errorf("a missing ROOT: got error %v, want one that says how to make it", err)
	}
}

func TestDirectIsTheFile(t *testing.T) {
	root := t.TempDir()
	large := "Subject: large\r\n\r\n" + strings.Repeat(".a line\r\n", 200) + strings.Repeat("another line\r\n", 10_000)
	put(t, root, "mrose/new/1.x.host", large)
	m := open(t, newStore(t, root), "mrose")
	defer m.Release()
	b, err := m.Body(0)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := io.CopyN(io.Discard, b, 100); err != nil {
		t.Fatal(err)
	}
	r, dots, ok := b.(engine.Direct).Direct()
	if _, is := r.(*os.File); !is || !ok || len(dots) != 200 {
		t.Fatalf("got a %T, %d dots and %t, want an *os.File, which sendfile takes, 200 dots and true", r, len(dots), ok)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != large {
		t.Errorf("got %d octets and error %v, want the %d of the message from its first one on", len(got), err, len(large))
	}
}

func FuzzUser(f *testing.F) {
	for _, name := range []string{"mrose", "", ".", "..", "a/b", "a\\b", "a\x00", "ü", "a b", "\xff", "\u202e", "a:b", "-rf", "~"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckUser(name) != nil {
			return
		}
		// What is let through is the name of one folder directly in ROOT.
		if filepath.Base(name) != name || filepath.Clean(name) != name || !filepath.IsLocal(name) ||
			strings.HasPrefix(name, ".") || len(name) > 255 || strings.ContainsAny(name, "/\\\x00\r\n") {
			t.Errorf("got %q let through, want it refused", name)
		}
		if path := filepath.Join("/root", name); filepath.Dir(path) != "/root" {
			t.Errorf("got %q let through, which leads to %s", name, path)
		}
	})
}
