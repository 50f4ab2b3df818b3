//go:build unix && !aix && !solaris

package maildir

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gomaildir "github.com/emersion/go-maildir"

	"pop3lab/engine"
)

// put writes a file into the user's maildrop.
func put(t testing.TB, root, name, octets string) {
	t.Helper()
	path := filepath.Join(root, name)
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "..", sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(octets), 0o600); err != nil {
		t.Fatal(err)
	}
}

// names returns what is in new and cur.
func names(t testing.TB, root, user string) (list []string) {
	t.Helper()
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(root, user, sub))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, e := range entries {
			list = append(list, sub+"/"+e.Name())
		}
	}
	return list
}

func open(t testing.TB, s *Store, user string) engine.Maildrop {
	t.Helper()
	m, err := s.Open(user, "test")
	if err != nil {
		t.Fatalf("Open(%q): got error %q, want the maildrop", user, err)
	}
	return m
}

func uids(m engine.Maildrop) (list []string) {
	for _, msg := range m.Messages() {
		list = append(list, msg.UID)
	}
	return list
}

func readBody(t testing.TB, m engine.Maildrop, i int) string {
	t.Helper()
	b, err := m.Body(i)
	if err != nil {
		t.Errorf("Body(%d): got error %q, want the message", i, err)
		return ""
	}
	defer b.Close()
	octets, err := io.ReadAll(b)
	if err != nil {
		t.Errorf("reading message %d: got error %q, want none", i, err)
	}
	return string(octets)
}

func TestNothingIsMovedByReading(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/new/1.a.host", "new\n")
	put(t, root, "mrose/cur/2.b.host:2,", "cur\n")
	put(t, root, "mrose/cur/3.c.host", "cur without flags\n")
	before := names(t, root, "mrose")
	s := newStore(t, root)
	m := open(t, s, "mrose")
	for i := range m.Messages() {
		readBody(t, m, i)
	}
	m.Release()
	if got := names(t, root, "mrose"); !slices.Equal(got, before) {
		t.Errorf("after a session that read all: got %q, want %q", got, before)
	}
}

func TestOrderIsByTimeThenName(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{
		"new/1700000002.b.host", "cur/1700000001.z.host:2,S", "new/900.x.host", "cur/1700000002.a.host:2,",
		"new/handmade", "cur/another.eml:2,S", "new/12x.host", "new/99999999999999999999999.far.host",
	} {
		put(t, root, "mrose/"+name, name)
	}
	want := []string{
		"900.x.host", "1700000001.z.host", "1700000002.a.host", "1700000002.b.host",
		"12x.host", "99999999999999999999999.far.host", "another.eml", "handmade",
	}
	m := open(t, newStore(t, root), "mrose")
	defer m.Release()
	if got := uids(m); !slices.Equal(got, want) {
		t.Errorf("got  %q,\nwant %q: by time of delivery, then by name; without a time last", got, want)
	}
}

// A session holds what another program moves to cur and marks, in all the ways that it may.
func TestRenamedMeanwhile(t *testing.T) {
	for name, rename := range map[string]func(*testing.T, gomaildir.Dir){
		"moved to cur": func(t *testing.T, dir gomaildir.Dir) {
			if _, err := dir.Unseen(); err != nil {
				t.Fatal(err)
			}
		},
		"seen":    func(t *testing.T, dir gomaildir.Dir) { setFlags(t, dir, gomaildir.FlagSeen) },
		"unusual": func(t *testing.T, dir gomaildir.Dir) { setFlags(t, dir, gomaildir.FlagFlagged, gomaildir.FlagPassed) },
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for i := range 6 {
				put(t, root, fmt.Sprintf("mrose/new/%d.x.host", 10+i), fmt.Sprintf("message %d\n", i))
			}
			s := newStore(t, root)
			m := open(t, s, "mrose")
			if got := readBody(t, m, 0); got != "message 0\n" {
				t.Errorf("Body(0): got %q, want message 0", got)
			}
			rename(t, gomaildir.Dir(filepath.Join(root, "mrose")))
			for i := range 6 {
				if got, want := readBody(t, m, i), fmt.Sprintf("message %d\n", i); got != want {
					t.Errorf("Body(%d) after the file was renamed: got %q, want %q", i, got, want)
				}
			}
			rename(t, gomaildir.Dir(filepath.Join(root, "mrose")))
			if err := m.Update([]int{1, 4}); err != nil {
				t.Errorf("Update of renamed files: got error %q, want none", err)
			}
			m = open(t, s, "mrose")
			if got, want := uids(m), []string{"10.x.host", "12.x.host", "13.x.host", "15.x.host"}; !slices.Equal(got, want) {
				t.Errorf("after Update: got %q, want %q; in the folders %q", got, want, names(t, root, "mrose"))
			}
			m.Release()
		})
	}
}

func setFlags(t *testing.T, dir gomaildir.Dir, flags ...gomaildir.Flag) {
	t.Helper()
	if _, err := dir.Unseen(); err != nil {
		t.Fatal(err)
	}
	msgs, err := dir.Messages()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range msgs {
		if err := m.SetFlags(flags); err != nil {
			t.Fatal(err)
		}
	}
}

// Another program marks messages without a pause while sessions take some away. Whatever a session
// is told, no message goes that wasn't named, and an Update without an error has removed its own.
func TestRenamedWithoutAPause(t *testing.T) {
	const count = 60
	root := t.TempDir()
	for i := range count {
		put(t, root, fmt.Sprintf("mrose/cur/%d.x.host:2,", 1000+i), fmt.Sprintf("message %d\n", i))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // the other program, until stop
		defer close(stopped)
		dir := gomaildir.Dir(filepath.Join(root, "mrose"))
		for n := 0; ; n++ {
			msgs, _ := dir.Messages()
			for _, m := range msgs {
				select {
				case <-stop:
					return
				default:
				}
				// An error means that our side has removed it.
				m.SetFlags([][]gomaildir.Flag{{gomaildir.FlagReplied}, {gomaildir.FlagFlagged}, {gomaildir.FlagDraft, gomaildir.FlagSeen}}[n%3])
			}
		}
	}()
	s := newStore(t, root)
	mayGo, mustGo := map[string]bool{}, map[string]bool{}
	for round := range 30 {
		m, err := s.Open("mrose", "test")
		if err != nil {
			t.Fatalf("Open: got error %q, want the maildrop", err)
		}
		all := uids(m)
		for i, uid := range all {
			if mustGo[uid] {
				t.Errorf("round %d: got message %s, which an Update without an error had removed", round, uid)
			}
			if b, err := m.Body(i); err == nil {
				b.Close()
			} else if errors.Is(err, engine.ErrGone) && !mayGo[uid] {
				t.Errorf("round %d: Body of %s: got error %q, want the message: it is there, under some name", round, uid, err)
			}
		}
		if len(all) < 3 {
			m.Release()
			continue
		}
		doomed := []int{round % 2, 2}
		for _, i := range doomed {
			mayGo[all[i]] = true
		}
		if err := m.Update(doomed); err == nil {
			for _, i := range doomed {
				mustGo[all[i]] = true
			}
		}
	}
	close(stop)
	<-stopped
	left := map[string]bool{}
	for uid := range content(t, s, "mrose") {
		left[uid] = true
		if mustGo[uid] {
			t.Errorf("message %s: got it at the end, want it removed", uid)
		}
	}
	for i := range count {
		if uid := fmt.Sprintf("%d.x.host", 1000+i); !left[uid] && !mayGo[uid] {
			t.Errorf("message %s is lost: no session named it (RFC 1939 section 6)", uid)
		}
	}
	if len(mustGo) == 0 {
		t.Errorf("got no Update without an error in 30 rounds, want some")
	}
}

// Every message is seen by the session that opens right after it was delivered, however short the
// time since the last listing is.
func TestEveryDeliveryIsSeenAtOnce(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,", "first\n")
	s := newStore(t, root)
	for i := range 300 {
		put(t, root, fmt.Sprintf("mrose/new/%d.x.host", 1000+i), "next\n")
		m := open(t, s, "mrose")
		if got, want := len(m.Messages()), i+2; got != want {
			t.Fatalf("after delivery %d: got %d messages, want %d: a folder's time is only as fine as the clock's tick", i, got, want)
		}
		m.Release()
	}
}

func TestRewrittenFile(t *testing.T) {
	const name = "mrose/cur/1.x.host:2,S"
	original := "Subject: x\r\n\r\nabc\r\n"
	for what, c := range map[string]struct {
		change string
		gone   bool
	}{
		"longer":                       {original + "more\r\n", true},
		"shorter":                      {"Subject: x\r\n", true},
		"as long, other line ends":     {"Subject: x\n\nabcd\r\n\n", true},
		"as long, a dot that was none": {"Subject: x\r\n\r\n.bc\r\n", true},
		"as long, another letter":      {"Subject: y\r\n\r\nabc\r\n", false},
	} {
		t.Run(strings.ReplaceAll(what, " ", "_"), func(t *testing.T) {
			root := t.TempDir()
			put(t, root, name, original)
			age(t, root, "mrose")
			s := newStore(t, root)
			open(t, s, "mrose").Release()
			put(t, root, name, c.change) // in place: the folder's time doesn't change
			m := open(t, s, "mrose")
			body, err := m.Body(0)
			switch {
			case c.gone && !errors.Is(err, engine.ErrGone):
				t.Errorf("Body of a file that was rewritten: got error %v, want %v: sizes are fixed at open", err, engine.ErrGone)
			case !c.gone && err != nil:
				t.Errorf("Body of a file for which all that was measured still holds: got error %v, want the message", err)
			}
			if err == nil {
				body.Close()
			}
			m.Release()
			m = open(t, s, "mrose")
			defer m.Release()
			var meter engine.Meter
			io.WriteString(&meter, c.change)
			if got, want := m.Messages()[0].Octets, meter.Octets(); got != want {
				t.Errorf("the next session: got %d octets, want %d as the file is now", got, want)
			}
			if got := readBody(t, m, 0); got != c.change {
				t.Errorf("the next session: got %q, want %q", got, c.change)
			}
		})
	}
}

// An editor writes a new file and renames it over the old one: the base name is the same.
func TestReplacedFile(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,S", "old\n")
	put(t, root, "mrose/cur/2.x.host:2,S", "other\n")
	s := newStore(t, root)
	open(t, s, "mrose").Release()
	put(t, root, "mrose/cur/.edit", "a new text\n")
	if err := os.Rename(filepath.Join(root, "mrose/cur/.edit"), filepath.Join(root, "mrose/cur/1.x.host:2,S")); err != nil {
		t.Fatal(err)
	}
	m := open(t, s, "mrose")
	defer m.Release()
	if got, want := m.Messages()[0].Octets, int64(len("a new text\r\n")); got != want {
		t.Errorf("got %d octets, want %d, as the new file has", got, want)
	}
	if got := readBody(t, m, 0); got != "a new text\n" {
		t.Errorf("got %q, want the new file's text", got)
	}
}

func TestBackupThatWasPlayedBack(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,S", "Subject: x\r\n\r\n.a\r\n")
	age(t, root, "mrose")
	s := newStore(t, root)
	open(t, s, "mrose").Release()
	put(t, root, "mrose/cur/1.x.host:2,S", "Subject: x\r\n\r\n.a\r\n")
	m := open(t, s, "mrose")
	defer m.Release()
	if got := readBody(t, m, 0); got != "Subject: x\r\n\r\n.a\r\n" {
		t.Errorf("the same octets at another time: got %q, want them", got)
	}
}

func TestUnusualNames(t *testing.T) {
	root := t.TempDir()
	long := "1." + strings.Repeat("l", 100)
	want := map[string]string{}
	for name, octets := range map[string]string{
		"new/" + long: "long", "cur/2.with space:2,S": "space", "cur/3.8bit-ä:2,": "8-bit", "new/4.new\nline": "newline",
		"cur/:2,S": "empty base", "cur/5.plain:2,": "plain", "new/6." + strings.Repeat("x", 68): "seventy", "new/7." + strings.Repeat("x", 69): "seventy-one",
	} {
		put(t, root, "mrose/"+name, octets)
	}
	s := newStore(t, root)
	maps.Copy(want, content(t, s, "mrose"))
	if len(want) != 8 {
		t.Fatalf("got %d unique-ids %v, want 8: every message has its own", len(want), want)
	}
	for uid := range want {
		bad := strings.ContainsFunc(uid, func(r rune) bool { return r < 0x21 || r > 0x7E })
		if len(uid) < 1 || len(uid) > 70 || bad {
			t.Errorf("got unique-id %q, want 1 to 70 characters in the range 0x21 to 0x7E (RFC 1939 section 7)", uid)
		}
	}
	if want["5.plain"] != "plain" || want["6."+strings.Repeat("x", 68)] != "seventy" {
		t.Errorf("got %v, want a base name that has the form of a unique-id to be one", want)
	}
	for _, name := range names(t, root, "mrose") {
		base := filepath.Base(name)
		base = base[:baseLen(base)]
		if err := os.Rename(filepath.Join(root, "mrose", name), filepath.Join(root, "mrose", "cur", base+":2,FS")); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, newStore(t, root), "mrose"); !maps.Equal(got, want) {
		t.Errorf("in a new process, after the flags changed:\ngot  %v,\nwant %v", got, want)
	}
}

// One file with two names, as after a crash between link and unlink, is one message.
func TestTwoNamesOfOneFile(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/new/1.x.host", "one\n")
	put(t, root, "mrose/new/2.x.host", "two\n")
	put(t, root, "mrose/cur/0.x.host", "zero\n")
	if err := os.Link(filepath.Join(root, "mrose/new/1.x.host"), filepath.Join(root, "mrose/cur/1.x.host:2,S")); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, root)
	m := open(t, s, "mrose")
	if got, want := uids(m), []string{"0.x.host", "1.x.host", "2.x.host"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: a message once", got, want)
	}
	if err := m.Update([]int{1}); err != nil {
		t.Errorf("Update: got error %q, want none", err)
	}
	if got, want := names(t, root, "mrose"), []string{"new/2.x.host", "cur/0.x.host"}; !slices.Equal(got, want) {
		t.Errorf("after Update: got %q, want %q: both names are gone", got, want)
	}
}

// Two files that share a base name are two messages, and removing one leaves the other.
func TestTwoFilesWithOneBaseName(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/new/1.x.host", "in new\n")
	put(t, root, "mrose/cur/1.x.host:2,S", "in cur\n")
	s := newStore(t, root)
	first := content(t, s, "mrose")
	if len(first) != 2 || first["1.x.host"] != "" {
		t.Fatalf("got %q, want two messages, neither under the name that both have", first)
	}
	for uid, octets := range content(t, newStore(t, root), "mrose") {
		if first[uid] != octets {
			t.Errorf("in a new process: got %q under %s, want %q (RFC 1939 section 7)", octets, uid, first[uid])
		}
	}
	m := open(t, s, "mrose")
	doomed := 0
	if readBody(t, m, 0) != "in new\n" {
		doomed = 1
	}
	// Both are renamed while the session is open: now only the inodes tell them apart.
	for from, to := range map[string]string{"new/1.x.host": "cur/1.x.host:2,F", "cur/1.x.host:2,S": "cur/1.x.host:2,RS"} {
		if err := os.Rename(filepath.Join(root, "mrose", from), filepath.Join(root, "mrose", to)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Update([]int{doomed}); err != nil {
		t.Errorf("Update: got error %q, want none", err)
	}
	got := content(t, s, "mrose")
	if len(got) != 1 || got["1.x.host"] != "in cur\n" {
		t.Errorf("after Update: got %q, want the one that stood in cur", got)
	}
}

func TestUnlinkThatFails(t *testing.T) {
	root := t.TempDir()
	for i := range 5 {
		put(t, root, fmt.Sprintf("mrose/cur/%d.x.host:2,", 10+i), fmt.Sprintf("message %d\n", i))
	}
	s := newStore(t, root)
	m := open(t, s, "mrose")
	// A directory in the message's place can't be unlinked, whoever we are.
	stuck := filepath.Join(root, "mrose/cur/12.x.host:2,")
	if err := os.Rename(stuck, stuck+".aside"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(stuck, 0o700); err != nil {
		t.Fatal(err)
	}
	err := m.Update([]int{1, 2, 3})
	if err == nil || !strings.Contains(err.Error(), "cur/12.x.host:2,") {
		t.Errorf("Update over a file that can't be unlinked: got error %v, want one that names it", err)
	}
	if _, err := os.Stat(filepath.Join(root, "mrose", removalName)); !os.IsNotExist(err) {
		t.Errorf("after the failure: got %s still there (error %v), want it withdrawn", removalName, err)
	}
	if err := os.Remove(stuck); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(stuck+".aside", stuck); err != nil {
		t.Fatal(err)
	}
	m = open(t, s, "mrose") // the lock was released
	defer m.Release()
	if got, want := uids(m), []string{"10.x.host", "12.x.host", "13.x.host", "14.x.host"}; !slices.Equal(got, want) {
		t.Errorf("the next session: got %q, want %q: exactly the survivors", got, want)
	}
}

func TestRemovalThatCannotBeWritten(t *testing.T) {
	root := t.TempDir()
	for i := range 3 {
		put(t, root, fmt.Sprintf("mrose/cur/%d.x.host:2,", 10+i), "x\n")
	}
	s := newStore(t, root)
	m := open(t, s, "mrose")
	if err := os.Mkdir(filepath.Join(root, "mrose", removalName), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := m.Update([]int{0, 1}); err == nil || !strings.Contains(err.Error(), "before anything was removed") {
		t.Errorf("Update: got error %v, want one that says that nothing was removed", err)
	}
	if got := names(t, root, "mrose"); len(got) != 3 {
		t.Errorf("got %q, want all three messages", got)
	}
	if _, err := s.Open("mrose", "test"); err == nil {
		t.Errorf("Open with a directory in the place of %s: got no error, want one that names it", removalName)
	}
	if err := os.Remove(filepath.Join(root, "mrose", removalName)); err != nil {
		t.Fatal(err)
	}
	open(t, s, "mrose").Release()
}

func TestFolderRemovedMeanwhile(t *testing.T) {
	root := t.TempDir()
	for i := range 3 {
		put(t, root, fmt.Sprintf("mrose/cur/%d.x.host:2,", 10+i), "x\n")
	}
	s := newStore(t, root)
	m := open(t, s, "mrose")
	if err := os.RemoveAll(filepath.Join(root, "mrose")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Body(0); !errors.Is(err, engine.ErrGone) {
		t.Errorf("Body: got error %v, want %v", err, engine.ErrGone)
	}
	if err := m.Update([]int{0, 1, 2}); err != nil {
		t.Errorf("Update of what vanished: got error %q, want none", err)
	}
	if _, err := s.Open("mrose", "test"); !errors.Is(err, engine.ErrNoMaildrop) {
		t.Errorf("Open: got error %v, want %v", err, engine.ErrNoMaildrop)
	}
	put(t, root, "mrose/new/1.y.host", "a new folder\n")
	if got := content(t, s, "mrose"); len(got) != 1 || got["1.y.host"] != "a new folder\n" {
		t.Errorf("after a new folder was made: got %q, want its message", got)
	}
}
