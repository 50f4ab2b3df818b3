package transcript

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine/sim"
)

// TestEscapes: octets become text of printable ASCII, and the same octets again.
func TestEscapes(t *testing.T) {
	for octets, want := range map[string]string{
		"NOOP\r\n":                `NOOP\r\n`,
		"a b ":                    `a b\x20`,
		"\x00\t\\\x7f\xff":        `\x00\t\\\x7f\xff`,
		strings.Repeat("x", 63):   strings.Repeat("x", 63),
		strings.Repeat("x", 64):   `\{64*x}`,
		strings.Repeat("}", 64):   strings.Repeat("}", 64),
		strings.Repeat(" ", 64):   strings.Repeat(" ", 63) + `\x20`,
		strings.Repeat("\n", 100): strings.Repeat(`\n`, 100),
	} {
		if got := Escape([]byte(octets)); got != want {
			t.Errorf("Escape(%q): got %s, want %s", octets, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var octets []byte
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			octets = append(octets, bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "part"), rapid.IntRange(0, 100).Draw(t, "times"))...)
		}
		text := Escape(octets)
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) || strings.HasSuffix(text, " ") {
			t.Fatalf("Escape(%q) = %q, want printable ASCII with its end to be seen", octets, text)
		}
		if again, err := Unescape(text); err != nil || !bytes.Equal(again, octets) {
			t.Fatalf("Unescape(%q) = %q, %v; want %q", text, again, err, octets)
		}
	})
}

// TestUnescapeRefuses what isn't an escape.
func TestUnescapeRefuses(t *testing.T) {
	for _, text := range []string{`\`, `\q`, `\x`, `\x1`, `\xzz`, `\{`, `\{3*x`, `\{x*x}`, `\{-1*x}`, `\{3x}`, `\{999999999*xx}`} {
		if got, err := Unescape(text); err == nil {
			t.Errorf("Unescape(%s): got %d octets, want an error", text, len(got))
		}
	}
}

// TestParseErrors: a file that says what can't be is refused with its line and a sentence.
func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"no field", "comment: x\nwhat\n\n", "x:2: want a field"},
		{"unknown field", "colour: red\n\n", "x:1: there is no field colour"},
		{"no number", "max-bad: many\n\n", "x:1: want a number"},
		{"no yes", "stls: no\n\n", "x:1: want yes"},
		{"no Base64", "salt: !\n\n", "x:1: want Base64"},
		{"user without secret", "user: mrose\n\n", "x:1: want NAME SECRET"},
		{"user with a strange option", "user: mrose tanstaaf tall\n\n", "x:1: a user has no tall"},
		{"quotation without end", "user: \"mrose tanstaaf\n\n", "x:1: a quotation isn't closed"},
		{"unknown mailbox", "mailbox: mrose pile\n\n", "x:1: there is no mailbox pile"},
		{"too small to generate", "generate: mrose 1 5\n\n", "x:1: want USER COUNT OCTETS"},
		{"mail for nobody", "user: mrose x\ngenerate: dewey 1 50\n\n", "there is mail for dewey, who is no user"},
		{"nothing of that kind", "\nC sings\n", "x:2: nothing of that kind can happen"},
		{"an invisible space", "\nC: NOOP \n", "x:2: a space at the end can't be seen"},
		{"a bad escape", "\nC> \\q\n", `x:2: there is no escape \q`},
		{"nothing behind C+", "\nC+ NOOP\n", "C+ line must be followed by a C line"},
		{"an event behind C+", "\nC+ NOOP\n* advance 1\n", "x:3: a C+ line must be followed by a C line of the same device"},
		{"another device behind C+", "\n[a] C connects\n[b] C connects\n[a] C+ NOOP\n[b] C: NOOP\n", "x:5: a C+ line must be followed by a C line of the same device"},
		{"a device without a line", "\n[a]\n", "x:2: want [DEVICE] before the line"},
		{"a letter that isn't there", "\n* deliver mrose more\n", "x:2: there is no section -- letter more --"},
		{"a later that isn't one", "\n* remove mrose one in time\n", "x:2: want a number of milliseconds: time"},
		{"a server with a strange option", "\n* serve nicely\n", "x:2: a server has no nicely"},
		{"a network that does something else", "\n[a] C's network hums\n", "x:2: nothing of that kind can happen"},
		{"a network with a strange number", "\n[a] C's network takes long ms\n", "x:2: want a number of octets or milliseconds: takes long ms"},
		{"an invisible end", "\nC vanishes after RETR \n", `x:2: a space at the end can't be seen; write \x20`},
		{"octets after what sends none", "\nC stays silent after NOOP\n", "x:2: nothing of that kind can happen"},
		{"a strange section", "\n-- post mrose --\n", "x:2: a section is mail USER"},
		{"a strange option of a section", "\n-- mail mrose fast --\n", "x:2: a section has no fast"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("x", []byte(test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

const dialogue = `comment: what a dialogue can hold
req: STA-01, STA-02
seed: 3
user: mrose "two words" as=dewey barred

# a remark
[a] C connects
[a] S: this is not what the server says
[a] C+ NOOP
[a] C> NO\x4fP\r\n
* advance 5
[b] C connects with TLS as mrose
[b] C. QUIT
* deliver mrose more
* ail mrose busy
* heal mrose
[a] C stays silent
-- mail mrose uid=one lf --
Subject: one

-- mail mrose octets --
no end
-- letter more --
Subject: more
`

// TestRun: every kind of line does what it says, and the answers stand where they were given.
func TestRun(t *testing.T) {
	d, err := Parse("x", []byte(dialogue))
	if err != nil {
		t.Fatal(err)
	}
	if u := d.World.Users[0]; u.Secret != "two words" || len(u.MayActAs) != 1 || !u.NoCleartext {
		t.Errorf("user: got %+v", u)
	}
	for i, want := range []string{"Subject: one\n\n", "no end"} {
		if got := string(d.World.Mail[i].Octets); got != want {
			t.Errorf("message %d: got %q, want %q", i+1, got, want)
		}
	}
	r, err := Run(d, Simulation)
	if err != nil {
		t.Fatal(err)
	}
	if diff := Diff(ran, r.Lines()); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	again, err := Parse("x", r.Format())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Run(again, Simulation); err != nil || !bytes.Equal(second.Format(), r.Format()) {
		t.Errorf("formatted, read and run again it's another (%v)", err)
	}
}

const ran = `comment: what a dialogue can hold
req: STA-01, STA-02
seed: 3
user: mrose "two words" as=dewey barred

# a remark
[a] C connects
[a] S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
[a] C+ NOOP
[a] C> NO\x4fP\r\n
[a] S: -ERR NOOP needs a login first
[a] S: -ERR NOOP needs a login first
* advance 5
[b] C connects with TLS as mrose
[b] S: +OK POP3 server ready <16291690943429761076.832000000005@dewey>
[b] C. QUIT
[b] S: +OK dewey POP3 server signing off
[b] S closes
* deliver mrose more
* ail mrose busy
* heal mrose
[a] C stays silent
[a] S closes
`

// TestRunFails with the line of the file when the world refuses what it says, and closes the lab.
func TestRunFails(t *testing.T) {
	d, err := Parse("x", []byte("\nC: QUIT\nC: QUIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	h := &counting{}
	if _, err := Run(d, h); err == nil || !strings.HasPrefix(err.Error(), "x:3: ") {
		t.Errorf("a line to a closed connection: got error %v, want one about x:3", err)
	}
	if h.open != 0 {
		t.Errorf("%d labs are left open", h.open)
	}
	bad, err := Parse("x", []byte("persona: nobody\n\nC: QUIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(bad, h); err == nil || !strings.Contains(err.Error(), `no persona "nobody"`) {
		t.Errorf("a world that can't be: got error %v", err)
	}
	ok, err := Parse("x", []byte("\nC: QUIT\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(ok, &counting{fail: errors.New("won't close")}); err == nil || !strings.Contains(err.Error(), "won't close") {
		t.Errorf("a lab that fails at the end: got error %v", err)
	}
}

// counting counts the labs that are open.
type counting struct {
	open int
	fail error
}

type counted struct {
	Lab
	host *counting
}

func (c *counting) Open(w sim.World) (Lab, error) {
	l, err := Simulation.Open(w)
	if err != nil {
		return nil, err
	}
	c.open++
	return counted{l, c}, nil
}

func (c counted) Close() error {
	c.host.open--
	return c.host.fail
}

// TestDiff shows what differs, with a little of what stands around it.
func TestDiff(t *testing.T) {
	if got := Diff("a\nb\n", "a\nb\n"); got != "" {
		t.Errorf("equal texts: got %q, want nothing", got)
	}
	for _, test := range []struct{ want, got, diff string }{
		{"1\n2\n3\n4\n5\n6\nx\n7\n8\n9\n10\n11\n", "1\n2\n3\n4\n5\n6\ny\n7\n8\n9\n10\n11\n", "  3\n  4\n  5\n  6\n- x\n+ y\n  7\n  8\n  9\n  10\n"},
		{"a\nb\nc", "a\nc", "  a\n- b\n  c\n"},
		{"a", "a\nb", "  a\n+ b\n"},
		{"a\nb\nc\nd\ne", "x\nb\ny\nd\nz", "- a\n+ x\n  b\n- c\n+ y\n  d\n- e\n+ z\n"},
	} {
		if got := Diff(test.want, test.got); got != test.diff {
			t.Errorf("Diff(%q, %q):\ngot  %q\nwant %q", test.want, test.got, got, test.diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 30)
		a, b := lines.Draw(t, "a"), lines.Draw(t, "b")
		var left, right []string
		for _, l := range middle(a, b) {
			if l[0] != '+' {
				left = append(left, l[2:])
			}
			if l[0] != '-' {
				right = append(right, l[2:])
			}
		}
		if strings.Join(left, "\n") != strings.Join(a, "\n") || strings.Join(right, "\n") != strings.Join(b, "\n") {
			t.Fatalf("the diff of %q and %q is of %q and %q", a, b, left, right)
		}
	})
}

// FuzzParse reads anything: an error, or a dialogue that can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(dialogue))
	f.Add([]byte("comment: x\n\nC: QUIT\nS: +OK\nS closes\n-- events --\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		// What asks for copies may ask for gigabytes of them: it's read as something else of the same length, and all
		// that's left is kept short. No input is left out.
		file = bytes.ReplaceAll(file[:min(len(file), 10_000)], []byte(`\{`), []byte(`\n`))
		file = bytes.ReplaceAll(file, []byte("generate"), []byte("generals"))
		d, err := Parse("x", file)
		if err != nil {
			return
		}
		r, err := Run(d, Simulation)
		if err != nil {
			return
		}
		text := r.Format()
		again, err := Parse("x", text)
		if err != nil {
			t.Fatalf("what was formatted isn't read: %v\n%s", err, text)
		}
		second, err := Run(again, Simulation)
		if err != nil {
			t.Fatalf("what was formatted doesn't run: %v\n%s", err, text)
		}
		if diff := Diff(string(text), string(second.Format())); diff != "" {
			t.Fatalf("formatted, read and run again it's another:\n%s", diff)
		}
	})
}

// TestWords: what the words of a dialogue say is what happens.
func TestWords(t *testing.T) {
	const head = "\n[a] C connects\n"
	for _, test := range []struct {
		words string
		want  sim.Input
	}{
		{"[a] C vanishes", sim.Input{Verb: sim.Vanish, Device: "a"}},
		{`[a] C vanishes after RETR\x201`, sim.Input{Verb: sim.Vanish, Device: "a", Octets: []byte("RETR 1")}},
		{"[a] C hangs up after QUI", sim.Input{Verb: sim.Hangup, Device: "a", Octets: []byte("QUI")}},
		{"[a] C's network carries 3 octets", sim.Input{Verb: sim.Network, Device: "a", Segment: 3}},
		{"[a] C's network carries 3 octets and takes 40 ms", sim.Input{Verb: sim.Network, Device: "a", Segment: 3, Millis: 40}},
		{"[a] C's network is perfect", sim.Input{Verb: sim.Network, Device: "a"}},
		{"* deliver mrose more in 5", sim.Input{Verb: sim.Deliver, User: "mrose", UID: "x", Octets: []byte("Subject: more\r\n"), After: 5}},
		{"* remove mrose whqtswO00WBw418f9t5JxYwZ in 6", sim.Input{Verb: sim.Remove, User: "mrose", UID: "whqtswO00WBw418f9t5JxYwZ", After: 6}},
		{"* ail mrose busy in 7", sim.Input{Verb: sim.Ail, User: "mrose", Ailment: "busy", After: 7}},
		{"* heal mrose in 8", sim.Input{Verb: sim.Ail, User: "mrose", After: 8}},
		{"* serve", sim.Input{Verb: sim.Serve}},
		{"* serve persona=dovecot fault=reply-twice,nul-octet switch=no-lock without=TOP", sim.Input{Verb: sim.Serve, Persona: "dovecot",
			Faults: []string{"reply-twice", "nul-octet"}, Switches: []string{"no-lock"}, Without: []string{"TOP"}}},
	} {
		d, err := Parse("x", []byte(head+test.words+"\n-- letter more uid=x --\nSubject: more\n"))
		if err != nil {
			t.Errorf("%s: %v", test.words, err)
			continue
		}
		r, err := Run(d, Simulation)
		if err != nil {
			t.Errorf("%s: %v", test.words, err)
			continue
		}
		if got := r.Inputs[1]; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got input %+v, want %+v", test.words, got, test.want)
		}
	}
}

// TestRemarks: a remark belongs to all that its line led to, also where lines travelled together; lines without a device's
// name are the field's.
func TestRemarks(t *testing.T) {
	const file = `title: a title
about: One sentence.
about: Another.
device: office PC

# the server
# speaks first
C connects
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
# a name
C+ USER mrose
# a secret
C: PASS tanstaaf
S: +OK mrose, now send PASS
S: +OK mrose's maildrop has 2 messages (320 octets)
C: NOOP
S: +OK nothing done
[phone] C connects
[phone] S: +OK POP3 server ready <12895652395534028637.832000000000@dewey>
`
	d, err := Parse("x", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if d.Title != "a title" || d.About != "One sentence. Another." {
		t.Errorf("got title %q and about %q", d.Title, d.About)
	}
	d.World.Narrated = true
	r, err := Run(d, Simulation)
	if err != nil {
		t.Fatal(err)
	}
	if diff := Diff(file, r.Lines()); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	steps := slices.Concat(r.Steps...)
	what := func(first, last int) string {
		var words []string
		for _, s := range steps[first : last+1] {
			words = append(words, strings.TrimRight(s.Device+" "+s.Event.Kind.String()+" "+string(s.Event.Verb), " "))
		}
		return strings.Join(words, ", ")
	}
	var got []string
	for _, m := range r.Remarks() {
		got = append(got, m.Text+": "+what(m.First, m.Last))
	}
	want := []string{"the server speaks first: office PC none, office PC reply (connect)", "a name: office PC line USER, office PC reply USER",
		"a secret: office PC line PASS, office PC reply PASS"}
	if !slices.Equal(got, want) {
		t.Errorf("remarks:\ngot  %q\nwant %q", got, want)
	}
}
