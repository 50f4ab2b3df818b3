package client_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// The whole of RFC 1939 by calls, and the lines that they stand for.
func TestCallsAndTheirLines(t *testing.T) {
	converse(t, in+`
C: STAT
S: +OK 2 320 and more
C: LIST
S: +OK two
S: 1 120 from dewey
S: 2 200
S: .
C: UIDL
S: +OK
S: 1 whqtswO00WBw418f9t5JxYwZ
S: 2 QhdPYR:00WBw1Ph7x7
S: .
C: RETR 1
S: +OK
S: Subject: x
S: 
S: ..hidden
S: .
C: TOP 2 0
S: +OK
S: Subject: y
S: 
S: .
C: DELE 1
S: +OK
C: NOOP
S: +OK
C: RSET
S: +OK
C: DELE 2
S: +OK
C: QUIT
S: +OK bye
`, func(c *client.Conn) {
		login(t, c)
		if n, octets, err := c.Stat(); n != 2 || octets != 320 || err != nil {
			t.Errorf("Stat: got %d, %d, %v, want 2, 320", n, octets, err)
		}
		if list, err := c.List(); err != nil || !slices.Equal(list, []client.Size{{Num: 1, Octets: 120}, {Num: 2, Octets: 200}}) {
			t.Errorf("List: got %v, %v", list, err)
		}
		if uids, err := c.UIDs(); err != nil || !slices.Equal(uids, []client.UID{{Num: 1, ID: "whqtswO00WBw418f9t5JxYwZ"}, {Num: 2, ID: "QhdPYR:00WBw1Ph7x7"}}) {
			t.Errorf("UIDs: got %v, %v", uids, err)
		}
		m, err := c.Retrieve(1)
		if got, want := read(t, m, err), "Subject: x\r\n\r\n.hidden\r\n"; got != want {
			t.Errorf("Retrieve: got %q, want %q", got, want)
		}
		m, err = c.Top(2, 0)
		if got, want := read(t, m, err), "Subject: y\r\n\r\n"; got != want {
			t.Errorf("Top: got %q, want %q", got, want)
		}
		for _, err := range []error{c.Delete(1), c.Noop(), c.Reset(), c.Delete(2)} {
			if err != nil {
				t.Error(err)
			}
		}
		if got := c.Marked(); !slices.Equal(got, []int{2}) {
			t.Errorf("Marked: got %v, want [2]: Reset took the first mark away", got)
		}
		if err := c.Quit(); err != nil {
			t.Errorf("Quit: %v", err)
		}
		if err := c.Noop(); !errors.Is(err, client.ErrClosed) {
			t.Errorf("Noop after Quit: got %v, want ErrClosed", err)
		}
		if got, want := c.Odd(), client.OddSize; got != want {
			t.Errorf("Odd: got %v, want %v: LIST says 120 octets, and 23 came", got, want)
		}
	})
}

// An observer sees what a call expands to, with the secrets masked unless it asks for them.
//
// req: DAU-13
func TestObserverSeesWhatACallStandsFor(t *testing.T) {
	for _, secrets := range []bool{false, true} {
		var got []string
		nc, s := play(t, in+"C: RETR 1\nS: +OK\nS: mail\nS: .\n")
		c, err := connect(t, nc, func(o *client.Options) {
			o.ShowSecrets = secrets
			o.Observe = func(s client.Step) {
				got = append(got, s.Call+" "+s.Kind.String()+" "+strings.TrimRight(string(s.Wire), "\r\n"))
				if s.Note().Text == "" {
					t.Errorf("%s has no note", got[len(got)-1])
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		login(t, c)
		m, err := c.Retrieve(1)
		read(t, m, err)
		c.Close()
		s.end()
		pass := "PASS ********"
		if secrets {
			pass = "PASS tanstaaf"
		}
		want := []string{"Dial reply +OK ready", "Login line CAPA", "Login reply -ERR", "Login line USER mrose", "Login reply +OK",
			"Login line " + pass, "Login reply +OK", "Retrieve line RETR 1", "Retrieve reply +OK", "Retrieve data mail", "Retrieve end ."}
		if !slices.Equal(got, want) {
			t.Errorf("secrets shown: %v: got\n%s\nwant\n%s", secrets, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// A program can't make one command into two, or into another.
//
// req: DFR-09, FRM-04, FRM-05, FRM-06, FRM-07
func TestArgumentsAreChecked(t *testing.T) {
	converse(t, in+"C: NOOP\nS: +OK\n", func(c *client.Conn) {
		login(t, c)
		for _, tt := range []struct {
			verb string
			args []string
			want string
		}{
			{"XTND", []string{"a\r\nDELE 1"}, "control octet"},
			{"XTND", []string{"a\nb"}, "control octet"},
			{"XTND", []string{"a\x00b"}, "control octet"},
			{"XTND", []string{"a\tb"}, "control octet"},
			{"XTND", []string{"a b"}, "holds a space"},
			{"XTND", []string{""}, "is empty"},
			{"XTND", []string{"a\xff"}, "isn't UTF-8"},
			{"XTND", []string{strings.Repeat("x", 250)}, "255"},
			{"RETR", []string{"0"}, "no number here"},
			{"RETR", []string{"-1"}, "no number here"},
			{"RETR", []string{"01"}, "no number here"},
			{"RETR", nil, "RETR msg"},
			{"TOP", []string{"1"}, "TOP msg n"},
			{"TOP", []string{"1", "-1"}, "no number here"},
			{"NOOP", []string{"x"}, "takes other arguments"},
			{"USER", []string{"x"}, "isn't valid in the state TRANSACTION"},
			{"NO", nil, "is no keyword"},
			{"NOOPS", nil, "is no keyword"},
			{"NO P", nil, "is no keyword"},
			{"N\r\nP", nil, "is no keyword"},
		} {
			if _, err := c.Cmd(tt.verb, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s %q: got %v, want an error with %q in it, and nothing sent", tt.verb, tt.args, err, tt.want)
			}
		}
		for _, line := range []string{"NOOP\r\nDELE 1", "NOOP\n", "\r"} {
			if _, err := c.Send(line); err == nil {
				t.Errorf("Send(%q): no error, want one: it would be two lines", line)
			}
		}
		if err := c.Noop(); err != nil {
			t.Errorf("after all that: %v", err)
		}
	})
}

// An -ERR is one line, it's an error, and the session goes on.
//
// req: FRM-24, FRM-26
func TestRefusalsLeaveTheSessionInStep(t *testing.T) {
	converse(t, in+`
C: RETR 9
S: -ERR no such message
C: LIST
S: -ERR [SYS/TEMP] not now
C: TOP 1 0
S: -ERR
C: STAT
S: +OK 0 0
`, func(c *client.Conn) {
		login(t, c)
		_, err := c.Retrieve(9)
		var refused *client.ServerError
		if !errors.As(err, &refused) || refused.Command != "RETR 9" || refused.Reply.Text != "no such message" {
			t.Errorf("Retrieve(9): got %v, want the server's refusal", err)
		}
		if _, err := c.List(); !errors.As(err, &refused) || !refused.Temporary() {
			t.Errorf("List: got %v, want a temporary refusal", err)
		}
		// A server that refuses TOP may have none, or may not want to: nothing is concluded, so it
		// would be asked again.
		if _, err := c.Top(1, 0); !errors.As(err, &refused) || refused.Temporary() || refused.Hint() != "" {
			t.Errorf("Top: got %v, want a refusal that says nothing more", err)
		}
		if _, _, err := c.Stat(); err != nil {
			t.Errorf("Stat: %v", err)
		}
	})
}

// Lines have to be read or closed before the next command; closing keeps the session in step.
func TestLinesThatAreNotRead(t *testing.T) {
	converse(t, in+"C: RETR 1\nS: +OK\nS: one\nS: two\nS: .\nC: NOOP\nS: +OK\n", func(c *client.Conn) {
		login(t, c)
		m, err := c.Retrieve(1)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Noop(); err == nil || !strings.Contains(err.Error(), "the lines of RETR 1 are still coming") {
			t.Errorf("Noop before the lines are read: got %v, want an error that names them", err)
		}
		first := make([]byte, 2)
		if _, err := io.ReadFull(m, first); err != nil || string(first) != "on" {
			t.Errorf("got %q, %v", first, err)
		}
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if n, err := m.Read(first); n != 0 || err != io.EOF {
			t.Errorf("Read after Close: got %d, %v, want io.EOF", n, err)
		}
		if err := c.Noop(); err != nil {
			t.Errorf("Noop: %v", err)
		}
	})
}

// A message that stops in the middle is an error, never an end.
func TestABrokenMessageIsNoWholeMessage(t *testing.T) {
	for _, rest := range []string{"s: \"half a li\"", "S: a line", "s: \".\"", "s: \"a\\r\\n.\\r\"", "s: \"\""} {
		nc, s := play(t, in+"C: RETR 1\nS: +OK\n"+rest+"\nclose")
		c, err := connect(t, nc, nil)
		if err != nil {
			t.Fatal(err)
		}
		login(t, c)
		m, err := c.Retrieve(1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(m)
		var hangup *client.HangupError
		if !errors.As(err, &hangup) || !errors.Is(err, io.ErrUnexpectedEOF) || !hangup.Lines || hangup.Command != "RETR 1" {
			t.Errorf("%s: got %v, want a *HangupError (no lone dot, no end: RFC 1939 section 3)", rest, err)
		}
		if err := c.Noop(); !errors.As(err, &hangup) {
			t.Errorf("%s: the next call: got %v, want the same error", rest, err)
		}
		s.end()
	}
}

// A line that nothing asked for ends it: the next answer might be any command's.
//
// req: FRM-25
func TestUnaskedLinesAreNotTakenForAnswers(t *testing.T) {
	nc, s := play(t, in+`C: NOOP
s: "+OK\r\n+OK again\r\n"`)
	c, err := connect(t, nc, nil)
	if err != nil {
		t.Fatal(err)
	}
	login(t, c)
	if err := c.Noop(); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(1); !errors.Is(err, client.ErrUnasked) || !c.Odd().Has(client.OddUnasked) {
		t.Errorf("Delete: got %v, odd %v, want ErrUnasked and nothing sent", err, c.Odd())
	}
	s.end()

	// When it comes too late to be seen, the answer that makes no sense gives it away.
	nc, s = play(t, in+`C: NOOP
S: +OK
C: STAT
S: +OK nothing done`)
	if c, err = connect(t, nc, nil); err != nil {
		t.Fatal(err)
	}
	login(t, c)
	if err := c.Noop(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Stat(); err == nil || !strings.Contains(err.Error(), "an answer too many") {
		t.Errorf("Stat: got %v, want an error that says that answers are out of step", err)
	}
	if err := c.Delete(1); err == nil {
		t.Error("Delete went on, want the error of before")
	}
	s.end()
}

// broken is a connection on which nothing can be sent any more, once off is set.
type broken struct {
	net.Conn
	off bool
}

func (b *broken) Write(p []byte) (int, error) {
	if b.off {
		return 0, syscall.EPIPE
	}
	return b.Conn.Write(p)
}

// When the server has left with a word, that word is the error, not the write that failed.
//
// req: TMO-05
func TestTheServersLastWords(t *testing.T) {
	for _, tt := range []struct{ words, want string }{
		{"S: -ERR idle for too long", "the server says: idle for too long"},
		{"close", "NOOP: the connection ended without an answer"},
	} {
		nc, s := play(t, in+tt.words)
		b := &broken{Conn: nc}
		c, err := connect(t, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		login(t, c)
		b.off = true
		if err := c.Noop(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", tt.words, err, tt.want)
		}
		c.Close()
		s.end()
	}
}

// After QUIT with marks, an answer that doesn't come or is -ERR means that nobody knows.
//
// req: QUT-02, QUT-10
func TestQuitSaysWhenUpdateIsInDoubt(t *testing.T) {
	for _, tt := range []struct {
		name, last string
		update     bool
	}{
		{"-ERR", "S: -ERR some deleted messages not removed", true},
		{"no answer", "close", true},
		{"+OK", "S: +OK bye", false},
	} {
		nc, s := play(t, in+"C: DELE 2\nS: +OK\nC: DELE 1\nS: +OK\nC: QUIT\n"+tt.last)
		c, err := connect(t, nc, nil)
		if err != nil {
			t.Fatal(err)
		}
		login(t, c)
		if err := errors.Join(c.Delete(2), c.Delete(1)); err != nil {
			t.Fatal(err)
		}
		err = c.Quit()
		var update *client.UpdateError
		switch {
		case errors.As(err, &update) != tt.update, !tt.update && err != nil:
			t.Errorf("%s: got %v, want an UpdateError: %v (RFC 1939 section 6)", tt.name, err, tt.update)
		case tt.update && !slices.Equal(update.Marked, []int{1, 2}):
			t.Errorf("%s: Marked: got %v, want [1 2]", tt.name, update.Marked)
		}
		s.end()
	}
	// Without marks there's nothing to be in doubt about.
	nc, s := play(t, in+"C: QUIT\nclose")
	c, err := connect(t, nc, nil)
	if err != nil {
		t.Fatal(err)
	}
	login(t, c)
	var update *client.UpdateError
	if err := c.Quit(); err == nil || errors.As(err, &update) {
		t.Errorf("QUIT without marks and without answer: got %v, want an error that isn't an UpdateError", err)
	}
	s.end()
}

// Unique-ids that aren't unique, or not what they should be, are all there.
//
// req: UID-14, UID-07, UID-08, FRM-27
func TestUniqueIDs(t *testing.T) {
	long := strings.Repeat("x", 71)
	converse(t, in+`
C: UIDL
S: +OK
S: 1 same
S: 2 same
S: 3 two words
S: 4 `+long+`
S: .
C: UIDL
S: +OK
S: 1 a
S: 2 
S: .
C: UIDL
S: +OK
S: one a
S: .
C: NOOP
S: +OK
`, func(c *client.Conn) {
		login(t, c)
		got, err := c.UIDs()
		if want := []client.UID{{Num: 1, ID: "same"}, {Num: 2, ID: "same"}, {Num: 3, ID: "two words"}, {Num: 4, ID: long}}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v (RFC 1939 section 7: two copies may share an id)", got, err, want)
		}
		if want := client.OddUID | client.OddUIDSpace; c.Odd() != want {
			t.Errorf("Odd: got %v, want %v", c.Odd(), want)
		}
		for _, want := range []string{"empty unique-id", "doesn't begin with a message-number"} {
			if _, err := c.UIDs(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q in it", err, want)
			}
		}
		if err := c.Noop(); err != nil {
			t.Errorf("a listing that makes no sense leaves the session in step: %v", err)
		}
	})
}

// A server that renumbers, or goes on serving what is marked, is found out as soon as it shows.
//
// req: DEL-03, OPN-08
func TestMarkedNumbersThatComeBack(t *testing.T) {
	for _, tt := range []struct{ name, more string }{
		{"LIST", "C: LIST\nS: +OK\nS: 1 200\nS: .\n"},
		{"UIDL", "C: UIDL\nS: +OK\nS: 1 x\nS: .\n"},
		{"DELE", "C: DELE 1\nS: +OK\n"},
		{"NOOP", "C: NOOP\nS: +OK\n"},
	} {
		converse(t, in+"C: DELE 1\nS: +OK\n"+tt.more, func(c *client.Conn) {
			login(t, c)
			err := c.Delete(1)
			switch tt.name {
			case "LIST":
				_, err2 := c.List()
				err = errors.Join(err, err2)
			case "UIDL":
				_, err2 := c.UIDs()
				err = errors.Join(err, err2)
			case "DELE":
				err = errors.Join(err, c.Delete(1))
			case "NOOP":
				err = errors.Join(err, c.Noop())
			}
			if got, want := c.Odd().Has(client.OddMarked), tt.name != "NOOP"; err != nil || got != want {
				t.Errorf("%s: odd %v (%v), want marked-listed: %v", tt.name, c.Odd(), err, want)
			}
		})
	}
}

// Listings are bounded in what they make a client hold, not in how many messages there are.
func TestListings(t *testing.T) {
	var want []client.Size
	var text strings.Builder
	for i := 1; i <= 100_000; i++ {
		want = append(want, client.Size{Num: i, Octets: int64(i) * 3})
		text.WriteString(strconv.Itoa(i) + " " + strconv.Itoa(i*3) + "\\r\\n")
	}
	converse(t, in+"C: LIST\nS: +OK\ns: \""+text.String()+".\\r\\n\"\nC: LIST\nS: +OK\nS: 1 "+strings.Repeat("1", 5000)+"\nS: .\nC: LIST\nS: +OK\nS: 1\nS: .\n", func(c *client.Conn) {
		login(t, c)
		if got, err := c.List(); err != nil || !slices.Equal(got, want) {
			t.Errorf("100,000 messages: got %d, %v", len(got), err)
		}
		if _, err := c.List(); err == nil || !strings.Contains(err.Error(), "4096") {
			t.Errorf("a line of 5,000 octets: got %v, want an error", err)
		}
		if _, err := c.List(); err == nil || !strings.Contains(err.Error(), "size") {
			t.Errorf("a line without a size: got %v, want an error", err)
		}
	})
}

// CAPA is optional for the server and its tags have no case; lines that aren't in the grammar are
// passed over.
//
// req: CAP-05, CAP-07, CAP-21, CAP-33, CAP-38
func TestCapabilities(t *testing.T) {
	converse(t, `
S: +OK
C: CAPA
S: +OK
S: top
S: Sasl plain CRAM-md5
S: LOGIN-delay 900 USER
S: expire 31 user
S: IMPLEMENTATION Broken 0.1, does not know its own UIDL
S: UTF8 user
s: "\r\n"
s: "X\tY\r\n"
S: .
C: QUIT
S: +OK
`, func(c *client.Conn) {
		caps, err := c.Capabilities()
		if err != nil || !caps.Known {
			t.Fatalf("got %+v, %v", caps, err)
		}
		if !caps.Has("TOP") || caps.Has("UIDL") || caps.Has("") || !caps.UTF8User() {
			t.Errorf("TOP %v, UIDL %v, empty %v, UTF8 USER %v; want true, false, false, true (RFC 2449 section 5)", caps.Has("TOP"), caps.Has("UIDL"), caps.Has(""), caps.UTF8User())
		}
		if got := caps.Mechanisms(); !slices.Equal(got, []string{"PLAIN", "CRAM-MD5"}) {
			t.Errorf("Mechanisms: got %v", got)
		}
		if d, per := caps.LoginDelay(); d != 15*time.Minute || !per {
			t.Errorf("LoginDelay: got %v, %v, want 15m, true (RFC 2449 section 6.5)", d, per)
		}
		if n, per := caps.Expire(); n != 31 || !per {
			t.Errorf("Expire: got %v, %v, want 31, true", n, per)
		}
		if !c.Odd().Has(client.OddCapa) {
			t.Errorf("Odd: got %v, want capa", c.Odd())
		}
		// Asked again, the answer is remembered.
		if _, err := c.Capabilities(); err != nil {
			t.Error(err)
		}
		if err := c.Quit(); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct {
		line  string
		days  int
		delay time.Duration
	}{
		{"EXPIRE NEVER", engine.ExpireNever, 0}, {"EXPIRE 0", engine.ExpireAtOnce, 0}, {"EXPIRE x", engine.ExpireNever, 0},
		{"EXPIRE", engine.ExpireNever, 0}, {"LOGIN-DELAY", 0, 0}, {"LOGIN-DELAY -1", 0, 0}, {"LOGIN-DELAY 99999999999999", 0, 0},
	} {
		caps := client.Capabilities{Known: true, Lines: []string{tt.line}}
		days, _ := caps.Expire()
		delay, _ := caps.LoginDelay()
		if days != tt.days || delay != tt.delay {
			t.Errorf("%s: got %d days and %v, want %d and %v", tt.line, days, delay, tt.days, tt.delay)
		}
	}
}

// Nothing depends on an extension: a server of 1988 with USER and PASS is enough.
//
// req: CAP-05, CAP-39, CAP-38
func TestNoExtensionIsNeeded(t *testing.T) {
	l := newLab(t, func(c *engine.Config, _ *serverOf) { c.Persona, _ = engine.PersonaNamed("rfc1939-minimal") })
	c := l.login(t, nil)
	list, err := c.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("List: got %v, %v", list, err)
	}
	var b bytes.Buffer
	if n, err := c.RetrieveTo(1, &b); n != 120 || err != nil || b.Len() != 120 {
		t.Errorf("RetrieveTo: got %d, %v, want 120 octets", n, err)
	}
	if err := errors.Join(c.Delete(1), c.Quit()); err != nil {
		t.Error(err)
	}
	if got := len(l.store.Messages("mrose")); got != 1 {
		t.Errorf("afterwards the maildrop has %d messages, want 1", got)
	}
}

// Pipelining happens when CAPA says so and only then, and answers find their commands.
//
// req: CAP-24, CAP-22
func TestPipelineOnlyWhenAnnounced(t *testing.T) {
	want := "1 one,2 refused,3 three"
	do := func(c *client.Conn) {
		login(t, c)
		var got []string
		err := c.Pipeline([]client.Command{{Verb: "RETR", Args: []string{"1"}}, {Verb: "RETR", Args: []string{"2"}}, {Verb: "RETR", Args: []string{"3"}}},
			func(i int, r client.Reply, lines *client.Lines, err error) error {
				text := "refused"
				if err == nil {
					text = strings.TrimSpace(read(t, lines, nil))
				}
				got = append(got, strconv.Itoa(i+1)+" "+text)
				return nil
			})
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
	announced := strings.Replace(in, "S: -ERR", "S: +OK\nS: USER\nS: PIPELINING\nS: .", 1)
	capa := "C: CAPA\nS: +OK\nS: USER\nS: PIPELINING\nS: .\n"
	converse(t, announced+capa+"C: RETR 1\nC: RETR 2\nC: RETR 3\nS: +OK\nS: one\nS: .\nS: -ERR\nS: +OK\nS: three\nS: .\n", do)
	converse(t, in+"C: CAPA\nS: -ERR\nC: RETR 1\nS: +OK\nS: one\nS: .\nC: RETR 2\nS: -ERR\nC: RETR 3\nS: +OK\nS: three\nS: .\n", do)
}

// A handler that fails stops the sending, and the session stays in step.
func TestPipelineThatStops(t *testing.T) {
	l := newLab(t, func(_ *engine.Config, _ *serverOf) {})
	for i := range 200 {
		l.store.Deliver("mrose", []byte(strings.Repeat("x", i)))
	}
	c := l.login(t, nil)
	var nums []int
	for i := range 202 {
		nums = append(nums, i+1)
	}
	stop := errors.New("enough")
	handled := 0
	err := c.RetrieveAll(nums, func(num int, m *client.Lines) error {
		if handled++; handled != num {
			t.Fatalf("message %d came as number %d", num, handled)
		}
		if num == 50 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || handled != 50 {
		t.Errorf("got %v after %d messages, want %v after 50", err, handled, stop)
	}
	if n, _, err := c.Stat(); n != 202 || err != nil {
		t.Errorf("Stat afterwards: got %d, %v, want 202: the session stays in step", n, err)
	}
	for _, bad := range [][]client.Command{
		{{Verb: "AUTH", Args: []string{"PLAIN"}}}, {{Verb: "STLS"}}, {{Verb: "QUIT"}, {Verb: "NOOP"}}, {{Verb: "RETR"}}, {{Verb: "USER", Args: []string{"x"}}},
	} {
		err := c.Pipeline(bad, func(int, client.Reply, *client.Lines, error) error { t.Errorf("%v was sent", bad); return nil })
		if err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	if err := c.Pipeline([]client.Command{{Verb: "NOOP"}, {Verb: "QUIT"}}, func(int, client.Reply, *client.Lines, error) error { return nil }); err != nil || c.State() != engine.Closed {
		t.Errorf("NOOP and QUIT: got %v in state %v", err, c.State())
	}
}

// A thousand RETR at once over a connection without any buffer: neither side waits for the other
// for ever.
//
// req: CAP-25
func TestPipeliningNeverDeadlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.store.Deliver("mrose", bytes.Repeat([]byte("0123456789abcdef\r\n"), 4000))
		c := l.login(t, nil)
		nums := slices.Repeat([]int{3}, 1000)
		var octets int64
		err := c.RetrieveAll(nums, func(_ int, m *client.Lines) error {
			n, err := io.Copy(io.Discard, m)
			octets += n
			return err
		})
		if want := int64(1000 * 4000 * 18); err != nil || octets != want {
			t.Errorf("got %d octets, %v, want %d (RFC 2449 section 6.6)", octets, err, want)
		}
	})
}

// A server that says nothing is given up in time, and the error says what was waited for.
func TestTimeouts(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"greeting", "C: nothing comes", "greeting hasn't come in time"},
		{"answer", "S: +OK\nC: CAPA\nC: nothing comes", "CAPA: no answer came in time"},
		{"lines", "S: +OK\nC: CAPA\nS: +OK\nS: TOP\nC: nothing comes", "CAPA: after 5 octets nothing more came"},
	} {
		synctest.Test(t, func(t *testing.T) {
			nc, _ := play(t, tt.script)
			began := time.Now()
			c, err := connect(t, nc, func(o *client.Options) { o.Timeout = 30 * time.Second })
			if err == nil {
				_, err = c.Capabilities()
			}
			var timeout *client.TimeoutError
			if !errors.As(err, &timeout) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v, want a *TimeoutError with %q in it", tt.name, err, tt.want)
			}
			if took := time.Since(began); took != 30*time.Second {
				t.Errorf("%s: given up after %v, want 30s", tt.name, took)
			}
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() {
				t.Errorf("%s: the network's own error is gone: %v", tt.name, err)
			}
		})
	}
}

// Lines that keep coming are waited for however long it takes in all.
func TestSlowLinesAreNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for _, l := range []string{"+OK\r\n", "+OK\r\n", "TOP\r\n", "UIDL\r\n", "USER\r\n", ".\r\n"} {
				<-time.After(20 * time.Second)
				io.WriteString(theirs, l)
				if l == "+OK\r\n" {
					theirs.SetReadDeadline(time.Now().Add(time.Second))
					theirs.Read(make([]byte, 100))
				}
			}
		}()
		c, err := connect(t, ours, func(o *client.Options) { o.Timeout = 30 * time.Second })
		if err != nil {
			t.Fatal(err)
		}
		if caps, err := c.Capabilities(); err != nil || !caps.Has("USER") {
			t.Errorf("got %v, %v: each piece came within 30 seconds", caps, err)
		}
		c.Close()
	})
}
