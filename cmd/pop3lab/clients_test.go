package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// These tests let other people's programs talk to the built binary: each fetches the nasty mailbox
// (clients_mailbox_test.go) in the clear, by STLS and over TLS, where it can, and what it stored
// must be the letters, octet for octet. clients_drivers_test.go says how each program is told to,
// clients_session_test.go has what isn't fetching, testdata/clients/packages says where the
// programs are from.
//
// Two things stand between a letter and a client's file, and both are written down below: what a
// client's store makes of any message (client.keeps), and what a client does to particular
// letters (quirks). Nothing else may differ.

// A client is a row of the table.
type client struct {
	name     string
	needs    []string // names in testdata/clients/packages
	security []security
	// keeps is what the client's store makes of any message, by its documentation. Nil: nothing.
	keeps func(wire []byte) []byte
	fetch func(*visit) ([][]byte, error)
}

var (
	everyWay = []security{plain, stls, tls}
	noSTLS   = []security{plain, tls} // the client doesn't know the command
)

var clients = []client{
	{"curl", []string{"curl"}, everyWay, nil, curl},
	{"fetchmail", []string{"fetchmail"}, everyWay, nil, fetchmail},
	{"mpop", []string{"mpop"}, everyWay, withLF, mpop},
	{"getmail", []string{"getmail"}, noSTLS, withLF, getmail},
	{"s-nail", []string{"s-nail"}, everyWay, withLFAndBlankLine, snail},
	{"mutt", []string{"mutt", "expect"}, everyWay, withLF, mutt},
	{"poplib", []string{"poplib"}, everyWay, nil, poplib},
	{"net-pop3", []string{"net-pop3"}, everyWay, nil, netPOP3},
	{"net-pop", []string{"net-pop"}, noSTLS, nil, netPOP},
	{"openssl", []string{"openssl"}, []security{stls, tls}, nil, openssl},
	{"nc", []string{"nc"}, []security{plain}, nil, nc},
	{"ncat", []string{"ncat"}, noSTLS, nil, ncat},
}

// withLF: the store has lines that end with LF, as Unix has them.
func withLF(wire []byte) []byte { return bytes.ReplaceAll(wire, []byte("\r\n"), []byte("\n")) }

// withLFAndBlankLine: every message ends with a blank line, as in an mbox.
func withLFAndBlankLine(wire []byte) []byte {
	kept := withLF(wire)
	if bytes.HasSuffix(kept, []byte("\n\n")) || string(kept) == "\n" {
		return kept
	}
	return append(kept, '\n')
}

// A quirk is what a client does to some letters, whatever the server.
type quirk struct {
	client  string
	letters []string
	why     string
	// kept says whether got is what the client makes of a letter that should be want.
	kept func(want, got []byte) bool
}

var quirks = []quirk{
	{"curl", []string{"empty"}, "writes the CRLF of the +OK line that it keeps back for recognising a first line \".\"",
		becomes(func(want []byte) []byte { return []byte("\r\n") })},

	{"fetchmail", []string{"empty", "only CRLF"}, "makes up a header where there is none",
		matches(`^From: FETCHMAIL-DAEMON\r\nTo: .*\r\nSubject: Headerless mail from [a-z-]+'s mailbox on localhost\r\n\r\n$`)},
	{"fetchmail", []string{"header only", "only a dot"}, "ends a header with a blank line", becomes(appended("\r\n"))},
	{"fetchmail", []string{"dots and no header"}, "takes the dot away from the first line of the header only",
		becomes(replaced("\r\n.", "\r\n..", 2))},
	{"fetchmail", []string{"line of 1 MB", "line of 1 MB without an end"},
		"cuts lines after 8191 octets, and puts two octets of its memory and CRLF there", cutLines},

	{"getmail", []string{"empty", "header only"}, "ends a header with a blank line", becomes(appended("\n"))},
	{"getmail", []string{"only a dot", "dots and no header"}, "puts the blank line first where there is no header", becomes(prepended("\n"))},
	{"getmail", []string{"bare CR"}, "takes CR for a line end, too", becomes(replaced("\r", "\n", -1))},
	{"getmail", []string{"CR before CRLF"}, "takes all CRs before LF for the line end", becomes(replaced("\r\n", "\n", -1))},

	{"s-nail", []string{"only a dot", "dots and no header"}, "puts the blank line first where there is no header",
		becomes(prepended("\n"))},
	{"s-nail", []string{"CR before CRLF"}, "takes all CRs before LF for the line end", becomes(replaced("\r\n", "\n", -1))},
	{"s-nail", []string{"lines that look like mbox"}, "quotes them as in an mbox", becomes(replaced("\nFrom ", "\n>From ", -1))},

	{"mutt", []string{"empty", "header only"}, "ends a header with a blank line", becomes(appended("\n"))},
	{"mutt", []string{"only a dot", "dots and no header"}, "puts the blank line first where there is no header", becomes(prepended("\n"))},
	{"mutt", []string{"NUL"}, "ends a line at NUL, as C ends a string", becomes(func(want []byte) []byte {
		return regexp.MustCompile(`\x00.*`).ReplaceAll(want, nil)
	})},
}

// becomes is a quirk that can be computed.
func becomes(f func([]byte) []byte) func(want, got []byte) bool {
	return func(want, got []byte) bool { return bytes.Equal(f(want), got) }
}

func appended(s string) func([]byte) []byte {
	return func(b []byte) []byte { return append(bytes.Clone(b), s...) }
}

func prepended(s string) func([]byte) []byte {
	return func(b []byte) []byte { return append([]byte(s), b...) }
}

func replaced(from, to string, n int) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), n) }
}

// matches is a quirk with a text of the client's own.
func matches(pattern string) func(want, got []byte) bool {
	re := regexp.MustCompile(pattern)
	return func(_, got []byte) bool { return re.Match(got) }
}

// cutLines: see fetchmail's quirk. The octets are counted as they come, with the byte-stuffing.
func cutLines(want, got []byte) bool {
	const most, junk = 8191, 4
	for line := range bytes.Lines(want) {
		at := most
		if bytes.HasPrefix(line, []byte(".")) {
			at--
		}
		for len(line) > at {
			if len(got) < at+junk || !bytes.Equal(got[:at], line[:at]) || !bytes.Equal(got[at+2:at+junk], []byte("\r\n")) {
				return false
			}
			line, got, at = line[at:], got[at+junk:], most
		}
		if !bytes.HasPrefix(got, line) {
			return false
		}
		got = got[len(line):]
	}
	return len(got) == 0
}

// quirkOf returns the quirk of the client about the letter.
func (c client) quirkOf(l letter) (quirk, bool) {
	i := slices.IndexFunc(quirks, func(q quirk) bool { return q.client == c.name && slices.Contains(q.letters, l.name) })
	if i < 0 {
		return quirk{}, false
	}
	return quirks[i], true
}

// user is whose maildrop the client has for a kind of session. Each has its own: a maildrop is open
// once at a time.
func (c client) user(sec security) string { return c.name + "-" + string(sec) }

// aboutTrust is what clients say about a certificate that they don't trust.
var aboutTrust = regexp.MustCompile(`(?i)certificate|verif`)

func TestClients(t *testing.T) {
	notShort(t)
	start := lab
	box := nasty()
	if reference() {
		start = dovecot
		box = slices.DeleteFunc(box, func(l letter) bool { return !dovecotCan(l) })
	}
	var drops []maildrop
	for _, c := range clients {
		for _, sec := range c.security {
			drops = append(drops, maildrop{c.user(sec), box})
		}
	}
	s := start(t, drops)
	for _, c := range clients {
		for _, sec := range c.security {
			t.Run(c.name+"/"+string(sec), func(t *testing.T) {
				t.Parallel()
				need(t, c.needs...)
				v := newVisit(t, s, sec, c.user(sec), len(box))
				got, err := c.fetch(v)
				if err != nil {
					t.Fatal(err)
				}
				c.compare(t, box, got)
				if sec == plain {
					return
				}
				v = newVisit(t, s, sec, c.user(sec), len(box))
				v.ca = s.other
				if got, err := c.fetch(v); err == nil || !aboutTrust.MatchString(err.Error()) {
					t.Errorf("with an authority that didn't sign the server's certificate: got %d messages and error %v, want an error about the certificate (a client that takes any shows nothing, RFC 2595 section 2.4)", len(got), err)
				}
			})
		}
	}
}

// TestQuirks: every quirk is about a client and a letter that there are; otherwise it says nothing.
func TestQuirks(t *testing.T) {
	box := nasty()
	for _, q := range quirks {
		if !slices.ContainsFunc(clients, func(c client) bool { return c.name == q.client }) {
			t.Errorf("quirk of %s: there is no such client", q.client)
		}
		for _, name := range q.letters {
			if !slices.ContainsFunc(box, func(l letter) bool { return l.name == name }) {
				t.Errorf("quirk of %s: there is no letter %q", q.client, name)
			}
		}
	}
}

// compare holds what the client stored against the letters. The order doesn't matter: some stores
// have none.
func (c client) compare(t *testing.T, box []letter, got [][]byte) {
	t.Helper()
	if len(got) == 0 {
		t.Errorf("%s: stored nothing, want %d letters", c.name, len(box))
		return
	}
	var missing []letter
	for _, l := range box {
		i := slices.IndexFunc(got, func(g []byte) bool { return c.is(l, g) })
		if i < 0 {
			missing = append(missing, l)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for n, l := range missing {
		if n == 5 {
			t.Errorf("%s: and %d letters more", c.name, len(missing)-n)
			return
		}
		want := c.want(l)
		if q, ok := c.quirkOf(l); ok {
			t.Errorf("%s, letter %q: what it stored is neither the letter nor what it was known to make of it (%s)", c.name, l.name, q.why)
		}
		// The stored message that begins most like the letter is probably it.
		best, same := -1, -1
		for i, g := range got {
			if n := common(g, want); n > same {
				best, same = i, n
			}
		}
		if best < 0 {
			t.Errorf("%s, letter %q: not stored, want %d octets", c.name, l.name, len(want))
			continue
		}
		g := got[best]
		t.Errorf("%s, letter %q: got %d octets, want %d; from octet %d on\n got %s\nwant %s\n(RETR gives the message as it is, byte-stuffing undone, RFC 1939 section 3)",
			c.name, l.name, len(g), len(want), same, excerpt(g, same), excerpt(want, same))
		got = slices.Delete(got, best, best+1)
	}
	for _, g := range got {
		t.Errorf("%s: stored something that is no letter, %d octets: %s", c.name, len(g), excerpt(g, 0))
	}
}

// want is the letter as the client keeps it, quirks apart.
func (c client) want(l letter) []byte {
	if c.keeps == nil {
		return l.wire()
	}
	return c.keeps(l.wire())
}

// is says whether got is the letter as the client stores it.
func (c client) is(l letter, got []byte) bool {
	want := c.want(l)
	if bytes.Equal(got, want) {
		return true // where it has a quirk, this version hasn't any more
	}
	q, ok := c.quirkOf(l)
	return ok && q.kept(want, got)
}

func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// excerpt is what is around octet i.
func excerpt(b []byte, i int) string {
	return fmt.Sprintf("%q", b[max(0, min(i-20, len(b))):min(len(b), i+60)])
}

// notShort leaves the test out with -short: the clients take some seconds.
func notShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("other people's clients: not with -short")
	}
}

// need fails the test when a client isn't there, and says which package has it. It never skips
// but for the clients that POP3LAB_WITHOUT names, separated by commas.
func need(t *testing.T, names ...string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join("testdata", "clients", "packages"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if slices.Contains(strings.Split(os.Getenv("POP3LAB_WITHOUT"), ","), name) {
			t.Skipf("without %s, as POP3LAB_WITHOUT says", name)
		}
		found := false
		for line := range strings.Lines(string(list)) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[0] != name {
				continue
			}
			found = true
			check := strings.Join(fields[2:], " ")
			if output, err := exec.Command("sh", "-c", check).CombinedOutput(); err != nil {
				t.Fatalf("%s is not here: install Debian's package %s (make test does where it can), or set POP3LAB_WITHOUT=%s to test without it. %s: %v\n%s", name, fields[1], name, check, err, output)
			}
		}
		if !found {
			t.Fatalf("%s is not in testdata/clients/packages", name)
		}
	}
}
