package client_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

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
// req: FRM-24
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
// req: QUT-10
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
