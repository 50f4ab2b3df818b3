package client_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// Unique-ids that aren't unique, or not what they should be, are all there.
//
// req: UID-14, FRM-27
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
// req: CAP-05, CAP-07, CAP-21, CAP-38
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
