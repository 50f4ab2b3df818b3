//go:build unix && !aix && !solaris

package maildir

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
)

// fillMixed makes a maildrop for whose messages an index is worth its writing.
func fillMixed(t testing.TB, root, user string) {
	t.Helper()
	for i := range unsavedMessages {
		octets := fmt.Sprintf("Subject: %d\r\n\r\n%s", i, strings.Repeat(".dot\r\nline\r\n", i%5))
		if i%7 == 0 {
			octets = strings.ReplaceAll(octets, "\r\n", "\n") + "no end"
		}
		if i%9 == 0 {
			octets = "Subject: Grüße\r\n" + octets
		}
		put(t, root, fmt.Sprintf("%s/cur/%d.M%dP1.host:2,S", user, 1_700_000_000+i/3, i), octets)
	}
	age(t, root, user)
}

func listOf(t testing.TB, s *Store, user string) []engine.Message {
	t.Helper()
	m := open(t, s, user)
	defer m.Release()
	return slices.Clone(m.Messages())
}

// The messages are changed in place, which nobody does to a Maildir: so a process that reads them
// again would give itself away by the new sizes.
func TestSecondProcessReadsNoMessage(t *testing.T) {
	root := t.TempDir()
	fillMixed(t, root, "mrose")
	want := listOf(t, newStore(t, root), "mrose")
	for _, name := range names(t, root, "mrose") {
		put(t, root, "mrose/"+name, "other octets\n")
	}
	s := newStore(t, root)
	m := open(t, s, "mrose")
	if got := m.Messages(); !slices.Equal(got, want) {
		t.Errorf("got sizes that aren't in the index: a message was read\ngot  %v,\nwant %v", got[:3], want[:3])
	}
	for i := range want {
		if b, err := m.Body(i); err == nil {
			b.Close()
			t.Errorf("Body(%d) of a file that isn't what the index says: got a body, want an error", i)
		}
	}
	m.Release()
	for i, msg := range listOf(t, s, "mrose") {
		if msg.Octets != int64(len("other octets\r\n")) {
			t.Errorf("message %d in the next session: got %d octets, want those of the file as it is", i, msg.Octets)
		}
	}
}

// An index that says what isn't so, in whatever octet, is made anew and never believed.
func TestBrokenIndex(t *testing.T) {
	root := t.TempDir()
	fillMixed(t, root, "mrose")
	want := listOf(t, newStore(t, root), "mrose")
	path := filepath.Join(root, "mrose", indexName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("after the first session: got error %q, want an index", err)
	}
	try := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := newStore(t, root)
		s.Log = slog.New(slog.NewTextHandler(&log, nil))
		if got := listOf(t, s, "mrose"); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", what, got[:3], want[:3])
		}
		if !strings.Contains(log.String(), indexName) {
			t.Errorf("%s: got the log %q, want it to name %s", what, &log, indexName)
		}
		s.Close()
		if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, good) {
			t.Errorf("%s: got an index of %d octets and error %v, want it made anew as it was, %d octets", what, len(again), err, len(good))
		}
	}
	for at := 0; at < len(good); at += 1 + len(good)/97 {
		flipped := bytes.Clone(good)
		flipped[at] ^= 1 << (at % 8)
		try(fmt.Sprintf("octet %d changed", at), flipped)
		try(fmt.Sprintf("cut at %d", at), good[:at])
	}
	try("octets after the end", append(bytes.Clone(good), 0))
	try("another version", appendSum([]byte(strings.Replace(string(good[:len(good)-4]), "index 1", "index 2", 1))))
}

// A message at another place in the index's order, or of another maildrop, is not taken for ours.
func TestStaleIndex(t *testing.T) {
	root := t.TempDir()
	fillMixed(t, root, "mrose")
	fillMixed(t, root, "dewey")
	for i, name := range names(t, root, "dewey") {
		if i%2 == 0 {
			put(t, root, "dewey/"+name+".aside", "Subject: longer than before\r\n\r\nby a file in its place\r\n")
			if err := os.Rename(filepath.Join(root, "dewey", name+".aside"), filepath.Join(root, "dewey", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := listOf(t, newStore(t, root), "dewey")
	listOf(t, newStore(t, root), "mrose")
	index, err := os.ReadFile(filepath.Join(root, "mrose", indexName))
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, "dewey/"+"tmp/../"+indexName, string(index))
	if got := listOf(t, newStore(t, root), "dewey"); !slices.Equal(got, want) {
		t.Errorf("with the index of mrose, whose files have the same names: got %v, want %v", got[:4], want[:4])
	}
}

// A small maildrop has no index: it's read faster than one is written.
func TestIndexIsWrittenWhenItPays(t *testing.T) {
	root := t.TempDir()
	s := newStore(t, root)
	path := filepath.Join(root, "mrose", indexName)
	saved := func() int {
		t.Helper()
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return 0
		}
		records, err := decodeIndex(data)
		if err != nil {
			t.Fatalf("decodeIndex: got error %q, want the records", err)
		}
		return len(records)
	}
	for i := range 300 {
		put(t, root, fmt.Sprintf("mrose/new/%d.x.host", 1000+i), "x\n")
		open(t, s, "mrose").Release()
		if have, least := saved(), i+1-unsavedMessages; have < least {
			t.Fatalf("after %d messages: got %d in the index, want %d or more", i+1, have, least)
		}
	}
	if got := saved(); got != 256 {
		t.Errorf("after 300 messages, one at a time: got %d in the index, want 256: it's written every %d", got, unsavedMessages)
	}
	put(t, root, "mrose/new/2000.x.host", strings.Repeat("a large message\n", unsavedOctets/16))
	open(t, s, "mrose").Release()
	if got := saved(); got != 301 {
		t.Errorf("after a large message: got %d in the index, want 301", got)
	}
	m := open(t, s, "mrose")
	var doomed []int
	for i := range 301 - 10 {
		doomed = append(doomed, i)
	}
	if err := m.Update(doomed); err != nil {
		t.Fatal(err)
	}
	open(t, s, "mrose").Release()
	if got := saved(); got != 10 {
		t.Errorf("after most were removed: got %d in the index, want the 10 that are left", got)
	}
}

func TestIndexThatCannotBeWritten(t *testing.T) {
	root := t.TempDir()
	fillMixed(t, root, "mrose")
	if err := os.Mkdir(filepath.Join(root, "mrose", indexTemp), 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := newStore(t, root)
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	if got := len(listOf(t, s, "mrose")); got != unsavedMessages {
		t.Errorf("got %d messages, want %d: an index is a help, no more", got, unsavedMessages)
	}
	if !strings.Contains(log.String(), "can't be written") {
		t.Errorf("got the log %q, want it to say what's wrong", &log)
	}
}

// records are what a Meter could have found.
func sampleRecords() []record {
	return []record{
		{base: "1.a.host", ino: 7, mtime: -5, stored: 100, octets: 120, saved: true},
		{base: "1.a.host", ino: 8, mtime: 1 << 60, stored: 10, octets: 10, direct: true, dots: []int64{0, 5, 9}, saved: true},
		{base: "2.\xff \n", ino: 1 << 63, eight: true, saved: true},
		{base: "", ino: 0, stored: 1 << 40, octets: 1<<40 + 2, eight: true, saved: true},
	}
}

func TestIndexRoundTrip(t *testing.T) {
	for _, want := range [][]record{nil, sampleRecords()} {
		got, err := decodeIndex(encodeIndex(want))
		if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v and error %v,\nwant %+v", got, err, want)
		}
	}
}

// Records that don't fit each other or themselves are refused though the checksum is right.
func TestIndexThatNoMeterFound(t *testing.T) {
	for what, change := range map[string]func([]record) []record{
		"not in order":                 func(r []record) []record { return []record{r[2], r[0]} },
		"twice":                        func(r []record) []record { return []record{r[0], r[0]} },
		"smaller than stored":          func(r []record) []record { r[0].octets = 99; return r },
		"more than every octet a line": func(r []record) []record { r[0].octets = 203; return r },
		"direct, but with LF":          func(r []record) []record { r[1].octets++; return r },
		"dots, but not direct":         func(r []record) []record { r[0].dots = []int64{1}; return r },
		"a dot beyond the end":         func(r []record) []record { r[1].dots[2] = 10; return r },
		"dots not ascending":           func(r []record) []record { r[1].dots[1] = 0; return r },
		"negative size":                func(r []record) []record { r[0].stored, r[0].octets = -1, -1; return r },
		"more dots than a Meter keeps": func(r []record) []record {
			r[1].stored, r[1].octets, r[1].dots = 10_000, 10_000, nil
			for i := range int64(engine.MaxDots + 1) {
				r[1].dots = append(r[1].dots, i)
			}
			return r
		},
	} {
		if got, err := decodeIndex(encodeIndex(change(sampleRecords()))); err == nil {
			t.Errorf("%s: got %+v, want %v", what, got, errBroken)
		}
	}
}

func FuzzIndex(f *testing.F) {
	f.Add(encodeIndex(nil)[len(indexMagic):])
	f.Add(encodeIndex(sampleRecords())[len(indexMagic):])
	f.Fuzz(func(t *testing.T, body []byte) {
		// The checksum is put right, or no input would come far; and the input as it is must
		// not be believed either.
		records, err := decodeIndex(appendSum(append([]byte(indexMagic), body...)))
		if _, err := decodeIndex(body); err == nil && !bytes.HasPrefix(body, []byte(indexMagic)) {
			t.Errorf("got records out of %q, which doesn't begin as an index", body)
		}
		if err != nil {
			return
		}
		for i, r := range records {
			if r.stored < 0 || r.octets < r.stored || len(r.dots) > engine.MaxDots || !slices.IsSorted(r.dots) {
				t.Errorf("record %d: got %+v, which no Meter finds", i, r)
			}
			if n := len(r.dots); n > 0 && (r.dots[0] < 0 || r.dots[n-1] >= r.stored || !r.direct) {
				t.Errorf("record %d: got dots %v in %d octets, want them within", i, r.dots, r.stored)
			}
		}
		again, err := decodeIndex(encodeIndex(records))
		if err != nil || len(again) != len(records) || len(records) > 0 && !reflect.DeepEqual(again, records) {
			t.Errorf("encoded and decoded again: got %+v and error %v, want %+v", again, err, records)
		}
	})
}

func FuzzRemoval(f *testing.F) {
	f.Add(encodeRemoval(nil)[len(removalMagic):])
	f.Add(encodeRemoval([]*file{{found: found{name: "1.a.host:2,S", base: 8, ino: 9}}, {found: found{name: "1.a.host", base: 8, ino: 10, dup: true}}})[len(removalMagic):])
	f.Fuzz(func(t *testing.T, body []byte) {
		doomed, err := decodeRemoval(appendSum(append([]byte(removalMagic), body...)))
		if err != nil {
			return
		}
		var list []*file
		for base, files := range doomed {
			for i := range files {
				if files[i].baseName() != base {
					t.Errorf("under %q: got %+v, want files of that base name", base, files[i])
				}
				list = append(list, &files[i])
			}
		}
		again, err := decodeRemoval(encodeRemoval(list))
		if err != nil || !reflect.DeepEqual(again, doomed) {
			t.Errorf("encoded and decoded again: got %+v and error %v, want %+v", again, err, doomed)
		}
	})
}

func TestBrokenRemovalRemovesNothing(t *testing.T) {
	root := t.TempDir()
	put(t, root, "mrose/cur/1.x.host:2,", "x\n")
	put(t, root, "mrose/cur/2.x.host:2,", "x\n")
	s := newStore(t, root)
	open(t, s, "mrose").Release()
	good := encodeRemoval([]*file{{found: found{name: "1.x.host", base: 8}}, {found: found{name: "2.x.host", base: 8}}})
	for at := range good {
		for what, data := range map[string]string{"cut": string(good[:at]), "changed": string(good[:at]) + string(good[at]^0x20) + string(good[at+1:])} {
			put(t, root, "mrose/tmp/../"+removalName, data)
			if got := len(listOf(t, s, "mrose")); got != 2 {
				t.Fatalf("a removal %s at %d: got %d messages, want 2: it never held", what, at, got)
			}
			if _, err := os.Stat(filepath.Join(root, "mrose", removalName)); !os.IsNotExist(err) {
				t.Fatalf("a removal %s at %d: got it still there (error %v), want it thrown away", what, at, err)
			}
		}
	}
	put(t, root, "mrose/tmp/../"+removalName, string(good))
	if got := len(listOf(t, s, "mrose")); got != 0 {
		t.Errorf("a whole removal, though the folders' times are as before: got %d messages, want 0", got)
	}
}
