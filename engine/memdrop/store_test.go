package memdrop_test

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// req: DST-06
func TestSameCallsGiveSameUIDs(t *testing.T) {
	fill := func(seed uint64) (ids []string) {
		s := memdrop.New()
		s.Seed = seed
		for i := range 1000 {
			ids = append(ids, s.Deliver("user"+strconv.Itoa(i%3), nil))
		}
		return ids
	}
	first := fill(7)
	if again := fill(7); !slices.Equal(again, first) {
		t.Errorf("the same seed and the same calls: got other unique-ids, want the same")
	}
	for i, uid := range fill(8) {
		if slices.Contains(first, uid) {
			t.Errorf("seed 8, message %d: got unique-id %q, which seed 7 made too", i, uid)
		}
	}
	if distinct := len(slices.Compact(slices.Sorted(slices.Values(first)))); distinct != len(first) {
		t.Errorf("got %d distinct unique-ids, want %d (RFC 1939 section 7)", distinct, len(first))
	}
	if n := len(first[0]); n != 24 {
		t.Errorf("got unique-id %q of %d characters, want 24", first[0], n)
	}
}

func TestDeliverAs(t *testing.T) {
	s := memdrop.New()
	if err := s.DeliverAs("mrose", "whqtswO00WBw418f9t5JxYwZ", []byte("x")); err != nil {
		t.Fatalf("DeliverAs of RFC 1939's own unique-id: got error %q, want none", err)
	}
	made := s.Deliver("mrose", nil)
	s.Remove("mrose", made)
	s.Remove("mrose", "whqtswO00WBw418f9t5JxYwZ")
	for name, uid := range map[string]string{
		"empty": "", "space": "a b", "DEL": "a\x7f", "8-bit": "ä", "71 characters": strings.Repeat("u", 71),
		"of a removed message": "whqtswO00WBw418f9t5JxYwZ", "of a removed message that Deliver named": made,
	} {
		if err := s.DeliverAs("mrose", uid, nil); err == nil {
			t.Errorf("unique-id %s (%q): got no error, want one (RFC 1939 section 7)", name, uid)
		}
	}
	if n := len(s.Messages("mrose")); n != 0 {
		t.Errorf("every unique-id was refused: got %d messages, want 0", n)
	}
	if err := s.DeliverAs("mrose", strings.Repeat("u", 70), nil); err != nil {
		t.Errorf("70 characters: got error %q, want none", err)
	}
}

// req: DST-06
func TestReset(t *testing.T) {
	s := memdrop.Demo()
	m, err := s.Open("mrose", "session 1")
	if err != nil {
		t.Fatal(err)
	}
	s.Deliver("mrose", []byte("more\r\n"))
	before := slices.Clone(m.Messages())
	if err := s.Reset("mrose", memdrop.Mrose()...); err != nil {
		t.Fatalf("Reset to the same letters: got error %q, want none", err)
	}
	if _, err := m.Body(0); !errors.Is(err, engine.ErrGone) {
		t.Errorf("Body of what stood there before: got error %v, want %v", err, engine.ErrGone)
	}
	if owner, locked := s.Owner("mrose"); !locked || owner != "session 1" {
		t.Errorf("after Reset: got owner %q, locked %t, want session 1 to have it still", owner, locked)
	}
	if err := m.Update([]int{0, 1}); err != nil {
		t.Errorf("Update of messages that vanished: got error %q, want none", err)
	}
	if got := s.Messages("mrose"); !slices.Equal(got, before) {
		t.Errorf("after Reset: got %v, want the letters with their own unique-ids, %v", got, before)
	}
	for name, letters := range map[string][]memdrop.Letter{
		"twice": {{UID: "a"}, {UID: "a"}}, "malformed": {{UID: "a b"}},
	} {
		if err := s.Reset("mrose", letters...); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
	if got := s.Messages("mrose"); !slices.Equal(got, before) {
		t.Errorf("after refused letters: got %v, want %v", got, before)
	}
}

func TestOwnerAndUsers(t *testing.T) {
	s := memdrop.Demo()
	s.Create("adams")
	if got, want := s.Users(), []string{"adams", "dewey", "mrose"}; !slices.Equal(got, want) {
		t.Errorf("Users: got %v, want %v", got, want)
	}
	m, err := s.Open("adams", "10.0.0.1:4711")
	if err != nil {
		t.Fatalf("Open of an empty maildrop: got error %q, want none", err)
	}
	if owner, locked := s.Owner("adams"); owner != "10.0.0.1:4711" || !locked {
		t.Errorf("Owner while open: got %q, %t, want the owner and true", owner, locked)
	}
	s.Open("adams", "intruder")
	if owner, _ := s.Owner("adams"); owner != "10.0.0.1:4711" {
		t.Errorf("Owner after a refused Open: got %q, want the first", owner)
	}
	m.Release()
	for _, user := range []string{"adams", "nobody"} {
		if owner, locked := s.Owner(user); owner != "" || locked {
			t.Errorf("Owner(%q) with no session: got %q, %t, want none", user, owner, locked)
		}
	}
	if got := s.Messages("nobody"); got != nil || s.Remove("nobody", "x") || s.Remove("adams", "x") {
		t.Errorf("what isn't there: got messages %v or a removal, want neither", got)
	}
}

func TestDeliverKeepsACopy(t *testing.T) {
	s := memdrop.New()
	message := []byte("Subject: mine\r\n\r\n")
	s.Deliver("mrose", message)
	copy(message, "XXXXXXXXXXXXX")
	m, err := s.Open("mrose", "t")
	if err != nil {
		t.Fatal(err)
	}
	body, err := m.Body(0)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(body); string(got) != "Subject: mine\r\n\r\n" {
		t.Errorf("after the caller's slice changed: got %q, want the message as delivered", got)
	}
	r, _, ok := body.(engine.Direct).Direct()
	if _, is := r.(*bytes.Reader); !ok || !is {
		t.Errorf("Direct of a body with CRLF: got a %T and %t, want a *bytes.Reader and true", r, ok)
	}
	if got, _ := io.ReadAll(r); string(got) != "Subject: mine\r\n\r\n" {
		t.Errorf("Direct after Read: got %q, want the message from its first octet", got)
	}
}

// The example of RFC 1939 section 10 has two messages of 120 and 200 octets, 320 together.
func TestMroseHasTheRFCsSizes(t *testing.T) {
	msgs := memdrop.Demo().Messages("mrose")
	if len(msgs) != 2 || msgs[0].Octets != 120 || msgs[1].Octets != 200 {
		t.Fatalf("got %v, want two messages of 120 and 200 octets", msgs)
	}
	if msgs[0].UID != "whqtswO00WBw418f9t5JxYwZ" || msgs[1].UID != "QhdPYR:00WBw1Ph7x7" {
		t.Errorf("got unique-ids %q and %q, want those of RFC 1939 section 7", msgs[0].UID, msgs[1].UID)
	}
}

// Each of dewey's letters is there for something; a change of wording must not lose it.
func TestDeweyTeachesWhatItSays(t *testing.T) {
	has := func(s string) func([]byte) bool {
		return func(p []byte) bool { return bytes.Contains(p, []byte(s)) }
	}
	want := map[string]func([]byte) bool{
		"0001.welcome":          func(p []byte) bool { return !bytes.Contains(p, []byte("\r")) && has("\n")(p) },
		"0002.dots":             func(p []byte) bool { return has("\r\n.\r\n")(p) && has("\r\n..\r\n")(p) && has("\r\n.hidden")(p) },
		"0003.long-line":        func(p []byte) bool { return longest(p) >= 4000 },
		"0004.multipart":        has("multipart/alternative"),
		"0005.latin1":           has("Caf\xE9"),
		"0006.utf8-header":      has("Subject: Grüße"),
		"0007.encoded-word":     has("=?utf-8?b?"),
		"0008.no-final-newline": func(p []byte) bool { return !bytes.HasSuffix(p, []byte("\n")) },
		"0009.picture":          func(p []byte) bool { return len(p) > 20_000 && has("\r\nQk0")(p) }, // "BM" in Base64
		"0010.empty":            func(p []byte) bool { return len(p) == 0 },
		"0011.header-only":      func(p []byte) bool { return !has("\r\n\r\n")(p) },
		"0012.folded":           has("\r\n\tby mx"),
		"0013.a-dialogue":       has("\r\n.\r\nQUIT\r\n"),
	}
	for _, l := range memdrop.Dewey() {
		check := want[l.UID]
		if check == nil {
			t.Errorf("%s: no test says what it teaches; add a line here", l.UID)
		} else if !check(l.Octets) {
			t.Errorf("%s: got %.300q, which has not what its name says", l.UID, l.Octets)
		}
		delete(want, l.UID)
	}
	for uid := range want {
		t.Errorf("%s: got no such letter, want one", uid)
	}
	for _, m := range memdrop.Demo().Messages("dewey") {
		if want := m.UID == "0006.utf8-header"; m.EightBitHeader != want {
			t.Errorf("%s: got EightBitHeader %t, want %t (RFC 6856 section 2.1)", m.UID, m.EightBitHeader, want)
		}
	}
}

func longest(p []byte) (n int) {
	for line := range bytes.Lines(p) {
		n = max(n, len(line))
	}
	return n
}

// A demonstration is the same on every day, and names nobody who exists.
func TestLettersAreInvented(t *testing.T) {
	for _, l := range append(memdrop.Mrose(), memdrop.Dewey()...) {
		for _, word := range strings.FieldsFunc(string(l.Octets), func(r rune) bool { return strings.ContainsRune(" \t\r\n<>();,\"", r) }) {
			_, domain, ok := strings.Cut(word, "@")
			if !ok {
				continue
			}
			domain = strings.TrimSuffix(domain, ".")
			allowed := slices.ContainsFunc([]string{"example.org", "example.com", "example.net", "dbc.mtview.ca.us"},
				func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
			if !allowed {
				t.Errorf("%s: got the address %q, want one under example.org, .com, .net or RFC 1939's own", l.UID, word)
			}
		}
	}
}

// The package runs in the browser, where an import has its price.
func TestImportsAreOnTheList(t *testing.T) {
	allowed := strings.Fields(`strings bytes strconv errors unicode unicode/utf8 io bufio sync slices maps sort
		encoding/base64 encoding/binary math/rand/v2 pop3lab/engine`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 4 {
		t.Fatalf("Glob: got %d files and error %v, want this package's", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range file.Imports {
			if path, _ := strconv.Unquote(imp.Path.Value); !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s, which isn't on the list: it would go into the browser", name, path)
			}
		}
	}
}
