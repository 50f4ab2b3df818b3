package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
	pop3 "pop3lab/engine/client"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
)

// A talkLab is a server for talk to talk to.
type talkLab struct {
	plain, secure string // addresses
	pin           string
	store         *memdrop.Store
}

func newTalkLab(t *testing.T, faults engine.Faults) *talkLab {
	t.Helper()
	cert, err := makeCertificate()
	if err != nil {
		t.Fatal(err)
	}
	l := &talkLab{store: memdrop.Demo(), pin: pop3.Fingerprint(cert.Leaf)}
	s := &server.Server{
		Protocol: engine.New(engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: l.store, STLS: true, Faults: faults}),
		TLS:      &tls.Config{Certificates: []tls.Certificate{cert}},
	}
	var served sync.WaitGroup
	for _, p := range []struct {
		addr  *string
		serve func(net.Listener) error
	}{{&l.plain, s.Serve}, {&l.secure, s.ServeTLS}} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*p.addr = listener.Addr().String()
		served.Go(func() { p.serve(listener) })
	}
	t.Cleanup(func() {
		s.Close()
		served.Wait()
	})
	return l
}

var stampAndChallenges = regexp.MustCompile(`<\d+\.\d+@pop3lab>|^S: \+ \S+$`)

// talkTo runs talk and returns what it printed, with the timestamp made the same every time.
func talkTo(t *testing.T, input string, args ...string) (out, err string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"talk"}, args...), stdio{strings.NewReader(input), &stdout, &stderr})
	var lines []string
	for l := range strings.Lines(stdout.String()) {
		lines = append(lines, stampAndChallenges.ReplaceAllStringFunc(strings.TrimSuffix(l, "\n"), func(s string) string {
			if s[0] == '<' {
				return "<stamp>"
			}
			return "S: + …"
		}))
	}
	return strings.Join(lines, "\n"), stderr.String(), code
}

// A piped dialogue: every line is sent when the one before is answered.
func TestTalkPiped(t *testing.T) {
	l := newTalkLab(t, 0)
	got, stderr, code := talkTo(t, "user mrose\r\nPASS tanstaaf\nSTAT\nRETR 2\nnonsense\n\nQUIT", "--quiet", l.plain)
	want := `S: +OK POP3 server ready <stamp>
C: user mrose
S: +OK mrose, now send PASS
C: PASS ********
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: RETR 2
S: +OK 200 octets
S: From: dewey@dbc.mtview.ca.us
S: To: mrose@dbc.mtview.ca.us
S: Date: Tue, 14 May 1996 16:40:00 -0700
S: Subject: Minutes
S: 
S: Two notes on the draft:
S:  1. maildrops have one owner at a time
S:  2. QUIT removes
S: .
C: nonsense
S: -ERR unknown command nonsense; CAPA lists what is there
C: 
S: -ERR that was an empty line
C: QUIT
S: +OK pop3lab POP3 server signing off (2 messages left)`
	if got != want || stderr != "" || code != 0 {
		t.Errorf("exit code %d, standard error %q, got\n%s\nwant\n%s", code, stderr, got, want)
	}
}

// The notes: what each line means, where it's written, how the state changes.
func TestTalkNotes(t *testing.T) {
	l := newTalkLab(t, 0)
	l.store.Deliver("mrose", []byte("Subject: dots\n\n.\n..\n"))
	got, _, code := talkTo(t, "USER mrose\nPASS tanstaaf\nDELE 1\nDELE 1\nRETR 3\nQUIT\n", l.plain)
	for _, want := range []string{
		"(RFC 1939 section 5)", "connected → AUTHORIZATION", "AUTHORIZATION (user given) → TRANSACTION", "TRANSACTION → closed",
		"DELE only marks message 1", "The server says no.", "S: ...", "The first dot was put there by the server",
		"TLS isn't active: everybody", "What is secret in it is shown as",
	} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("%q isn't in\n%s", want, got)
		}
	}
	if strings.Contains(got, "tanstaaf") || code != 0 {
		t.Errorf("exit code %d; the password stands in\n%s", code, got)
	}
	if got, _, _ := talkTo(t, "USER mrose\nPASS tanstaaf\nQUIT\n", "--show-secrets", l.plain); !strings.Contains(got, "C: PASS tanstaaf") {
		t.Errorf("--show-secrets: the password doesn't stand in\n%s", got)
	}
}

// STLS, typed or by flag, switches by itself; TLS from the first octet by flag or URL.
func TestTalkTLS(t *testing.T) {
	l := newTalkLab(t, 0)
	for _, tt := range []struct {
		name, input string
		args        []string
		want        []string
	}{
		{"typed", "STLS\nUSER mrose\nQUIT\n", []string{"--pin", l.pin, l.plain}, []string{"S: +OK Begin TLS negotiation", "TLS 1.3", "the pinned one", "C: USER mrose", "S: +OK mrose, now send PASS"}},
		{"flag", "NOOP\nQUIT\n", []string{"--stls", "--pin", l.pin, l.plain}, []string{"what the call StartTLS stands for", "C: CAPA", "C: STLS", "TLS 1.3", "C: NOOP"}},
		{"--tls", "NOOP\nQUIT\n", []string{"--tls", "--pin", l.pin, l.secure}, []string{"TLS 1.3", "C: NOOP"}},
		{"pops", "NOOP\nQUIT\n", []string{"--pin", l.pin, "pops://" + l.secure}, []string{"TLS 1.3", "C: NOOP"}},
		{"unchecked", "QUIT\n", []string{"--insecure", "pops://" + l.secure}, []string{"not checked: this may be anybody"}},
	} {
		got, stderr, code := talkTo(t, tt.input, tt.args...)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q isn't in\n%s", tt.name, want, got)
			}
		}
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, standard error %q", tt.name, code, stderr)
		}
	}
	// A certificate that isn't trusted: the way out stands in the error.
	for _, args := range [][]string{{"--stls", l.plain}, {"--tls", l.secure}, {"--pin", strings.Repeat("00:", 31) + "00", "pops://" + l.secure}} {
		got, stderr, code := talkTo(t, "USER mrose\n", args...)
		if code != 1 || !strings.Contains(stderr, "--pin "+l.pin) || strings.Contains(got, "C: USER") {
			t.Errorf("%v: exit code %d, standard error %q, want --pin with the fingerprint; printed\n%s", args, code, stderr, got)
		}
	}
}

// A user in the URL: talk logs in and shows what that one call is on the wire.
//
// req: URL-02, URL-04, URL-05, URL-07, URL-09
func TestTalkLogsIn(t *testing.T) {
	l := newTalkLab(t, 0)
	passwords := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(passwords, []byte("tanstaaf\r\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		auth string
		want string
	}{
		{"", "C: AUTH SCRAM-SHA-256 ********\nS: + …\nC: ********\nS: + …\nC: \nS: +OK mrose's maildrop has 2 messages (320 octets)\n"},
		{";AUTH=*", "C: AUTH SCRAM-SHA-256 ********\n"},
		{";AUTH=PLAIN", "C: AUTH PLAIN ********\nS: +OK mrose's maildrop has 2 messages (320 octets)\n"},
		{";AUTH=CRAM-MD5", "C: AUTH CRAM-MD5\nS: + …\nC: ********\nS: +OK mrose's"},
		{";AUTH=+APOP", "C: APOP mrose ********\nS: +OK mrose's"},
		{";AUTH=+USER", "C: USER mrose\nS: +OK mrose, now send PASS\nC: PASS ********\nS: +OK mrose's"},
	} {
		got, stderr, code := talkTo(t, "STAT\nQUIT\n", "--quiet", "--pass-file", passwords, "pop://mrose"+tt.auth+"@"+l.plain)
		if code != 0 || stderr != "" || !strings.Contains(got, tt.want) || !strings.Contains(got, "C: STAT\nS: +OK 2 320") {
			t.Errorf("AUTH%s: exit code %d, standard error %q, want %q in\n%s", tt.auth, code, stderr, tt.want, got)
		}
	}
	// Who isn't asked for a password by the terminal has to bring it.
	if _, stderr, code := talkTo(t, "", "pop://mrose@"+l.plain); code != 2 || !strings.Contains(stderr, "--pass-file") {
		t.Errorf("without a password: exit code %d, standard error %q", code, stderr)
	}
	// A refused login is the end, with the server's words.
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := talkTo(t, "STAT\n", "--pass-file", wrong, "pop://mrose@"+l.plain); code != 1 || !strings.Contains(stderr, "authentication failed") {
		t.Errorf("a wrong password: exit code %d, standard error %q", code, stderr)
	}
}

// The end of the input without QUIT is half a connection: answers still come, and nothing is removed.
func TestTalkWithoutQuit(t *testing.T) {
	l := newTalkLab(t, 0)
	got, stderr, code := talkTo(t, "USER mrose\nPASS tanstaaf\nDELE 1", "--quiet", l.plain)
	if code != 0 || stderr != "" || !strings.HasSuffix(got, "C: DELE 1\nS: +OK message 1 deleted\n-- end of input without QUIT: nothing is removed --") {
		t.Errorf("exit code %d, standard error %q, printed\n%s", code, stderr, got)
	}
	if n := len(l.store.Messages("mrose")); n != 2 {
		t.Errorf("the maildrop has %d messages, want 2", n)
	}
}

// What goes wrong is said, with what to do about it.
func TestTalkMistakes(t *testing.T) {
	l := newTalkLab(t, 0)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "takes one HOST:PORT"},
		{[]string{"a", "b"}, 2, "takes one HOST:PORT"},
		{[]string{"pop3://host"}, 2, "write pop://"},
		{[]string{"pop://mrose:secret@host"}, 2, "no place for a password"},
		{[]string{"mrose@host"}, 2, "write pop://mrose@host"},
		{[]string{"--stls", "--tls", "host"}, 2, "take one of them"},
		{[]string{"--stls", "pops://host"}, 2, "take one of them"},
		{[]string{"--pin", "x", "--insecure", "host"}, 2, "take one of them"},
		{[]string{"--timeout", "0", "host"}, 2, "--timeout"},
		{[]string{"--pass-file", "x", "host"}, 2, "pop://USER@HOST"},
		{[]string{"--pass-file", "/nonexistent", "pop://a@host"}, 1, "--pass-file"},
		{[]string{"--pin", "xyz", "pops://" + l.secure}, 1, "no SHA-256 fingerprint"},
		{[]string{nobody}, 1, "nothing listens on that port"},
		{[]string{"--tls", "--insecure", l.plain}, 1, "use STLS"},
		{[]string{"--timeout", "100ms", l.secure}, 1, "try TLS"},
	} {
		_, stderr, code := talkTo(t, "", tt.args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || !strings.HasPrefix(stderr, "pop3lab: ") {
			t.Errorf("%v: exit code %d, standard error %q, want %d and %q in it", tt.args, code, stderr, tt.code, tt.want)
		}
	}
	stripped := newTalkLab(t, engine.FaultSTLSStripped)
	if _, stderr, code := talkTo(t, "USER mrose\n", "--stls", stripped.plain); code != 1 || !strings.Contains(stderr, "that would be --tls") {
		t.Errorf("STLS stripped: exit code %d, standard error %q", code, stderr)
	}
	if _, stderr, code := talkTo(t, "QUIT\n", "--stls", "--pin", l.pin, newTalkLab(t, engine.FaultSTLSInjects).plain); code != 1 || !strings.Contains(stderr, "in the clear behind the answer to STLS") {
		t.Errorf("STLS with more behind it: exit code %d, standard error %q", code, stderr)
	}
}

// What nobody asked for is shown as that, and the line client goes on.
func TestTalkShowsUnaskedLines(t *testing.T) {
	l := newTalkLab(t, engine.FaultReplyTwice)
	got, _, code := talkTo(t, "NOOP\nQUIT\n", l.plain)
	flat := strings.Join(strings.Fields(got), " ")
	extra, quit := strings.Index(flat, "needs a login first These octets answer nothing"), strings.Index(flat, "C: QUIT")
	if code != 0 || extra < 0 || quit < extra || !strings.Contains(flat, "AUTHORIZATION → closed") {
		t.Errorf("exit code %d, want the second answer explained before QUIT goes out; printed\n%s", code, got)
	}
}

// A server that goes away, or says what isn't POP3, ends the talk with an error.
func TestTalkWithServersThatLeave(t *testing.T) {
	for _, tt := range []struct {
		says, want string
	}{
		{"+OK\r\n", "the server closed the connection before QUIT"},
		{"", "before the server's greeting"},
		{"-ERR [SYS/TEMP] too busy\r\n", "too busy"},
		{"* OK IMAP4rev1\r\n", "IMAP"},
		{"+OK\r\n-ERR idle\r\n", "the server closed the connection before QUIT"},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer listener.Close()
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(nc, tt.says)
			nc.Close()
		}()
		in, hold := io.Pipe() // an input that says nothing and doesn't end
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"talk", "--quiet", listener.Addr().String()}, stdio{in, &stdout, &stderr})
		hold.Close()
		if code != 1 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%q: exit code %d, standard error %q, want %q in it", tt.says, code, stderr.String(), tt.want)
		}
	}
}

// Ctrl-C ends the talk, and nothing is removed.
func TestTalkInterrupted(t *testing.T) {
	l := newTalkLab(t, 0)
	in, typing := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	out, printed := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"talk", "--quiet", l.plain}, stdio{in, printed, &stderr})
		printed.Close()
	}()
	lines := bufio.NewScanner(out)
	for _, l := range []string{"", "USER mrose", "PASS tanstaaf", "DELE 1"} {
		if l != "" {
			fmt.Fprintln(typing, l)
			lines.Scan() // the line itself
		}
		lines.Scan() // its answer
	}
	if got := lines.Text(); got != "S: +OK message 1 deleted" {
		t.Fatalf("got %q", got)
	}
	interrupt()
	go io.Copy(io.Discard, out)
	if code := <-done; code != 1 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit code %d, standard error %q", code, stderr.String())
	}
	typing.Close()
	if n := len(l.store.Messages("mrose")); n != 2 {
		t.Errorf("the maildrop has %d messages, want 2", n)
	}
}

// At a terminal: a prompt, no line twice, and PASS alone asks without showing.
func TestTalkAtATerminal(t *testing.T) {
	l := newTalkLab(t, 0)
	var screen bytes.Buffer
	o := &talkOptions{timeout: time.Minute}
	asked := ""
	tk := &talk{in: bufio.NewReader(strings.NewReader("USER mrose\nPASS\nRETR 1\nQUIT\n")), interactive: true, show: &transcriber{w: &screen, fold: true},
		hidden: func(prompt string) (string, error) { asked = prompt; return "tanstaaf", nil }}
	var err error
	if tk.conn, err = pop3.Dial(t.Context(), l.plain, pop3.Options{Observe: tk.show.step}); err != nil {
		t.Fatal(err)
	}
	if err := tk.lines(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	got := stampAndChallenges.ReplaceAllString(screen.String(), "<stamp>")
	// What the person typed stands behind the prompts on a real screen.
	want := `S: +OK POP3 server ready <stamp>
C: S: +OK mrose, now send PASS
C: C: PASS ********
S: +OK mrose's maildrop has 2 messages (320 octets)
C: S: +OK 120 octets
S: From: dewey@dbc.mtview.ca.us
S: Date: Tue, 14 May 1996 09:12:00 -0700
S: Subject: Friday
S: 
S: The review's on Friday at ten.
S: .
C: S: +OK pop3lab POP3 server signing off (2 messages left)
`
	if got != want || asked != "password: " {
		t.Errorf("asked %q, got\n%s\nwant\n%s", asked, got, want)
	}
}

// Long answers are folded on a terminal, and what a server says can't give the terminal orders.
func TestTalkScreen(t *testing.T) {
	var screen bytes.Buffer
	show := &transcriber{w: &screen, fold: true, colour: true}
	d := &pop3.Dialogue{}
	feed := func(s string) {
		d.Feed([]byte(s))
		for e, ok := d.Next(); ok; e, ok = d.Next() {
			show.step(pop3.Step{Event: e})
		}
	}
	feed("+OK \x1b]0;owned\x07 \x9b31m\r\n")
	d.Send("CAPA")
	feed("+OK\r\n" + strings.Repeat("TOP\r\n", 11) + strings.Repeat("x", 1000) + "\r\n" + strings.Repeat("UIDL\r\n", 100) + ".\r\n")
	got := screen.String()
	if strings.Contains(strings.NewReplacer(serverOK, "", faint, "", reset, "").Replace(got), "\x1b") || strings.Contains(got, "\x07") || strings.Contains(got, "\x9b") {
		t.Errorf("control octets on the screen: %q", got)
	}
	if !strings.Contains(got, "(100 more lines; --all shows them)") || strings.Count(got, "S: ") != 2+12+1 {
		t.Errorf("folding: got\n%s", got)
	}
	if strings.Contains(got, strings.Repeat("x", 500)) || !strings.Contains(got, "x…") {
		t.Errorf("a long line isn't cut:\n%s", got)
	}
	if !strings.Contains(got, serverOK) {
		t.Errorf("no colour in %q", got)
	}
}
