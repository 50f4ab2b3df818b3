package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/memdrop"
)

// The messages that every fetch below is about: dots in every place.
var letters = []string{
	".first line begins with a dot\r\nSubject: x\r\n\r\nbody\r\n",
	"Subject: y\r\n\r\nbefore\r\n.\r\n..\r\n.hidden\r\nafter\r\n",
	"Subject: z\r\n\r\nthe last one\r\n",
}

// fetch does what a careful mail program does, and returns what it got; each message is one string.
func fetch(t *testing.T, l *lab, user string, stls bool) (got []string, odd client.Odd, err error) {
	opt := l.options(l.plain)
	opt.AllowCleartext = !stls
	c, err := client.Dial(t.Context(), "pop.example.org", opt)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	defer func() { odd = c.Odd() }()
	if stls {
		if err := c.StartTLS(t.Context()); err != nil {
			return nil, 0, err
		}
	}
	if err := c.Login(client.Credentials{User: user, Password: "tanstaaf"}); err != nil {
		return nil, 0, err
	}
	if _, _, err := c.Stat(); err != nil {
		return nil, 0, err
	}
	sizes, err := c.List()
	if err != nil {
		return nil, 0, err
	}
	if _, err := c.UIDs(); err != nil {
		return nil, 0, err
	}
	for _, s := range sizes {
		var b bytes.Buffer
		if _, err := c.RetrieveTo(s.Num, &b); err != nil {
			return append(got, b.String()), 0, err
		}
		got = append(got, b.String())
	}
	if len(sizes) > 0 {
		if err := c.Delete(sizes[0].Num); err != nil {
			return got, 0, err
		}
		if _, err := c.List(); err != nil {
			return got, 0, err
		}
		var refused *client.ServerError
		if m, err := c.Retrieve(sizes[0].Num); err == nil {
			err = m.Close()
			if err != nil {
				return got, 0, err
			}
		} else if !errors.As(err, &refused) {
			return got, 0, err
		}
	}
	return got, 0, c.Quit()
}

// What the client says to each fault of the engine's: it survives, reports it as odd, or fails with
// an error that tells what was wrong. A fault that is new to the table fails this test until it has
// its row here.
//
// req: DUI-04, FRM-18, FRM-19, TLS-17, DAU-02, DAU-16, UID-14, RSP-11
func TestWhatTheClientSaysToEachFault(t *testing.T) {
	for _, tt := range []struct {
		fault string
		err   string     // in the error; empty: there is none
		odd   client.Odd // what is reported as odd
		wrong []int      // messages that come out otherwise than they are; nothing but odd tells
		stls  bool       // TLS is wanted
		user  string     // mrose unless said otherwise
	}{
		{fault: "greeting-delayed"},
		{fault: "split-every-octet"},
		{fault: "split-every-octet", stls: true},
		{fault: "reply-twice", err: "no command asked for", odd: client.OddUnasked},
		{fault: "terminator-missing", err: "the lone dot that ends the answer hasn't come"},
		{fault: "terminator-without-cr", odd: client.OddDotLF},
		{fault: "stuffing-missing", wrong: []int{0, 1}, odd: client.OddSize | client.OddUnasked, err: "no command asked for"},
		{fault: "stuffing-skips-first-line", wrong: []int{0}, odd: client.OddSize},
		{fault: "sizes-wrong", odd: client.OddSize},
		{fault: "renumbers-after-dele", odd: client.OddMarked},
		{fault: "uidl-with-spaces", odd: client.OddUIDSpace},
		{fault: "uidl-empty", err: "empty unique-id"},
		{fault: "uidl-too-long", odd: client.OddUID},
		{fault: "uidl-duplicates"},
		{fault: "uidl-reused"},
		{fault: "capa-lies"},
		{fault: "capa-without-terminator", err: "CAPA: after"},
		{fault: "stls-stripped"},
		{fault: "stls-stripped", stls: true, err: "doesn't announce STLS", odd: client.OddSTLS},
		{fault: "stls-injects-plaintext", stls: true, err: "octets came in the clear behind the answer to STLS"},
		{fault: "handshake-fails", stls: true, err: "the TLS handshake failed"},
		{fault: "drops-during-retr", err: "before the end of the answer: what came isn't all"},
		{fault: "drops-before-quit-reply", err: "UPDATE may not have happened"},
		{fault: "refuses-in-use", err: "somebody else has this maildrop open"},
		{fault: "refuses-sys-temp", err: "likely to pass"},
		{fault: "refuses-login-delay", err: "too short ago"},
		{fault: "idle-short"},
		{fault: "line-of-a-megabyte", wrong: []int{0, 1, 2}, odd: client.OddSize},
		{fault: "nul-octet", wrong: []int{0, 1, 2}, odd: client.OddSize},
		{fault: "eight-bit-without-utf8", wrong: []int{0, 1, 2}, odd: client.OddSize},
		{fault: "greeting-look-alike"},
		{fault: "challenge-without-space", odd: client.OddNoSpace},
		{fault: "deleted-still-served", odd: client.OddMarked},
		{fault: "empty-list-unterminated"},
		{fault: "empty-list-unterminated", user: "nobody", err: "the lone dot that ends the answer hasn't come"},
		{fault: "top-ignores-count"},
		{fault: "extra-blank-line", wrong: []int{0, 1, 2}, odd: client.OddSize},
	} {
		name := tt.fault
		if tt.stls {
			name += " with STLS"
		}
		t.Run(name+tt.user, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fault, ok := engine.FaultNamed(tt.fault)
				if !ok {
					t.Fatalf("there is no fault %s", tt.fault)
				}
				l := newLab(t, func(c *engine.Config, _ *serverOf) {
					c.Faults = fault
					c.Users = engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}, engine.User{Name: "nobody", Secret: "tanstaaf"})
				})
				var prepared []memdrop.Letter
				for _, m := range letters {
					prepared = append(prepared, memdrop.Letter{Octets: []byte(m)})
				}
				if err := l.store.Reset("mrose", prepared...); err != nil {
					t.Fatal(err)
				}
				l.store.Create("nobody")
				user := "mrose"
				if tt.user != "" {
					user = tt.user
				}
				got, odd, err := fetch(t, l, user, tt.stls)
				if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error: got %v, want %q in it", err, tt.err)
				}
				if odd != tt.odd {
					t.Errorf("odd: got %v, want %v", odd, tt.odd)
				}
				var wrong []int
				for i, m := range got {
					if m != letters[i] && !(err != nil && i == len(got)-1) {
						wrong = append(wrong, i)
					}
				}
				if !slices.Equal(wrong, tt.wrong) {
					t.Errorf("messages that came out wrong: got %v, want %v", wrong, tt.wrong)
				}
				if len(wrong) > 0 && odd == 0 && err == nil {
					t.Error("nothing tells that messages came out wrong")
				}
				if err == nil && len(got) != len(letters) && user == "mrose" {
					t.Errorf("got %d messages, want %d", len(got), len(letters))
				}
			})
		})
		tested[tt.fault] = true
	}
	for _, f := range engine.AllFaults {
		if !tested[f.Name] {
			t.Errorf("the fault %s (%s) has no row here", f.Name, f.Doc)
		}
	}
}

var tested = map[string]bool{}

// A fault in TOP shows to who counts: the server sends more than was asked for.
func TestTopThatIgnoresTheCount(t *testing.T) {
	for _, faults := range []engine.Faults{0, engine.FaultTopIgnoresCount} {
		l := newLab(t, func(c *engine.Config, _ *serverOf) { c.Faults = faults })
		c := l.login(t, nil)
		m, err := c.Top(2, 0)
		got := read(t, m, err)
		if whole := strings.Contains(got, "QUIT removes"); whole != (faults != 0) {
			t.Errorf("TOP 2 0 with faults %v: got %q", faults, got)
		}
	}
}

// The idle timer of an impatient server ends the session; the next call says so.
func TestIdleTimerOfAnImpatientServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(c *engine.Config, _ *serverOf) { c.Faults = engine.FaultIdleShort })
		c := l.login(t, nil)
		if err := c.Delete(1); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		err := c.Quit()
		var hangup *client.HangupError
		var update *client.UpdateError
		if !errors.As(err, &hangup) || !errors.As(err, &update) {
			t.Errorf("got %v, want a *HangupError within an *UpdateError", err)
		}
		if got := len(l.store.Messages("mrose")); got != 2 {
			t.Errorf("the maildrop has %d messages, want 2: no UPDATE without QUIT", got)
		}
	})
}

// Every persona's mail can be fetched, in the clear and over TLS, octet for octet.
//
// req: CAP-38, CAP-39, FRM-27, URL-03
func TestEveryPersonaServesTheClient(t *testing.T) {
	for _, p := range engine.Personas {
		for _, stls := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/tls=%v", p.Name, stls), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLab(t, func(c *engine.Config, _ *serverOf) { c.Persona = p })
					var c *client.Conn
					if stls {
						c = l.dialTLS(t, nil)
					} else {
						c = l.dial(t, nil)
					}
					if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err != nil {
						t.Fatalf("Login: %v", err)
					}
					if _, err := c.Capabilities(); err != nil {
						t.Errorf("Capabilities after login: %v", err)
					}
					sizes, err := c.List()
					if err != nil || len(sizes) != 2 {
						t.Fatalf("List: got %v, %v", sizes, err)
					}
					m, err := c.Retrieve(2)
					if err != nil {
						t.Fatal(err)
					}
					n, err := io.Copy(io.Discard, m)
					if hostile := p.Faults.Has(engine.FaultLongLine); err != nil || n != 200 && !hostile {
						t.Errorf("Retrieve: got %d octets, %v, want 200", n, err)
					}
					if err := c.Quit(); err != nil {
						t.Errorf("Quit: %v", err)
					}
				})
			})
		}
	}
}

// The largest message goes through in pieces: memory doesn't grow with it, nor with its lines.
func TestLargeMessagesAreStreamed(t *testing.T) {
	const size = 8 << 20
	line := bytes.Repeat([]byte("x"), size)
	copy(line[size-2:], "\r\n")
	l := newLab(t, nil)
	l.store.Deliver("mrose", line)
	c := l.login(t, nil)
	if _, err := c.Retrieve(3); err != nil {
		t.Fatal(err)
	}
	m := c.Lines()
	first := make([]byte, 1)
	if _, err := io.ReadFull(m, first); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, m); err != nil || n != size-1 {
		t.Fatalf("got %d octets, %v, want %d", n, err, size-1)
	}
	allocated := testing.AllocsPerRun(3, func() {
		if n, err := c.RetrieveTo(3, io.Discard); err != nil || n != size {
			t.Errorf("got %d octets, %v, want %d", n, err, size)
		}
	})
	// The server's half, in this process too, needs some; a buffer of the size would show in time.
	if allocated > 2000 {
		t.Errorf("%v allocations for a message, want a small constant", allocated)
	}
}
