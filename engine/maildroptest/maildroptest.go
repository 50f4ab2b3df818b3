// Package maildroptest is what every store of maildrops must do, as a suite that a store runs in
// a few lines, in the manner of testing/fstest and of restic's backend suite:
//
//	func TestStore(t *testing.T) {
//		maildroptest.Run(t, func(t *testing.T) maildroptest.Subject {
//			s := memdrop.New()
//			return maildroptest.Subject{
//				Store:   s,
//				Deliver: func(user string, message []byte) error { s.Deliver(user, message); return nil },
//				Vanish:  func(user, uid string) error { s.Remove(user, uid); return nil },
//			}
//		})
//	}
//
// Checks holds the table of the rules, each with its place in the RFC; the files lock.go,
// listing.go, octets.go and removal.go hold what they do. A failure says what was got, what was
// wanted and which rule that broke. The suite's own test runs it over stores that are wrong in
// one way each, and looks whether the right check notices.
package maildroptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"pop3lab/engine"
)

// A Subject is a store under test, and the hands that reach into it from outside.
type Subject struct {
	// Store has no maildrop yet.
	Store engine.Store
	// Deliver puts a message into user's maildrop as mail arrives, and makes the maildrop if
	// there is none. It is called from several goroutines, and while sessions are open.
	Deliver func(user string, message []byte) error
	// Vanish takes away the message that has that unique-id, behind the store's back if the
	// store has one.
	Vanish func(user, uid string) error
	// Restart returns the store as a new process finds it: nothing that the old one only
	// remembered is known to it. The old one isn't used again. It is nil for a store whose
	// maildrops live no longer than itself; such a store is then opened again as it is.
	Restart func() engine.Store
}

// A Check is one rule and the test of it.
type Check struct {
	Name string
	// Rule says what holds, and Ref where it's said.
	Rule, Ref string
	run       func(*bench)
}

// Run runs every check, each over a new subject.
func Run(t *testing.T, factory func(t *testing.T) Subject) {
	for _, c := range Checks {
		t.Run(c.Name, func(t *testing.T) {
			c.run(&bench{tb: t, check: c, Subject: factory(t)})
		})
	}
}

// tb is what a check needs of a *testing.T.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// A bench is one check at work.
type bench struct {
	tb
	check Check
	Subject
}

// errorf reports what was got and wanted, and adds the rule. The check goes on.
func (b *bench) errorf(format string, args ...any) {
	b.Helper()
	b.tb.Errorf("%s\n\trule: %s (%s)", fmt.Sprintf(format, args...), b.check.Rule, b.check.Ref)
}

// fatalf is errorf where going on makes no sense.
func (b *bench) fatalf(format string, args ...any) {
	b.Helper()
	b.errorf(format, args...)
	b.FailNow()
}

const (
	user  = "mrose"
	owner = "session 1"
)

// deliver puts messages into the maildrop of user.
func (b *bench) deliver(messages ...[]byte) {
	b.Helper()
	for _, m := range messages {
		if err := b.Deliver(user, m); err != nil {
			b.fatalf("Deliver of %d octets: got error %q, want none", len(m), err)
		}
	}
}

// open opens the maildrop of user, which must work.
func (b *bench) open() engine.Maildrop {
	b.Helper()
	m, err := b.Store.Open(user, owner)
	if err != nil {
		b.fatalf("Open(%q): got error %q, want an open maildrop", user, err)
	}
	return m
}

func (b *bench) release(m engine.Maildrop) {
	b.Helper()
	if err := m.Release(); err != nil {
		b.errorf("Release: got error %q, want none", err)
	}
}

func (b *bench) update(m engine.Maildrop, deleted ...int) {
	b.Helper()
	if err := m.Update(deleted); err != nil {
		b.errorf("Update(%v): got error %q, want none", deleted, err)
	}
}

// restart puts the store that a new process finds in the place of the old one.
func (b *bench) restart() {
	if b.Restart != nil {
		b.Store = b.Restart()
	}
}

// list opens the maildrop, copies its list, and releases it.
func (b *bench) list() []engine.Message {
	b.Helper()
	m := b.open()
	defer b.release(m)
	return slices.Clone(m.Messages())
}

// read returns message i as the store holds it.
func (b *bench) read(m engine.Maildrop, i int) []byte {
	b.Helper()
	body, err := m.Body(i)
	if err != nil {
		b.fatalf("Body(%d): got error %q, want the message", i, err)
	}
	octets, err := io.ReadAll(body)
	if err != nil {
		b.errorf("reading body %d: got error %q after %d octets, want its end", i, err, len(octets))
	}
	if err := body.Close(); err != nil {
		b.errorf("closing body %d: got error %q, want none", i, err)
	}
	return octets
}

// wantMessages checks that m holds the messages given, in any order: stores are free in theirs.
func (b *bench) wantMessages(m engine.Maildrop, want ...[]byte) {
	b.Helper()
	var got, sent []string
	for i := range m.Messages() {
		got = append(got, string(normal(b.read(m, i))))
	}
	for _, w := range want {
		sent = append(sent, string(normal(w)))
	}
	slices.Sort(got)
	slices.Sort(sent)
	if !slices.Equal(got, sent) {
		b.errorf("got %d messages %.200q,\nwant %d messages %.200q", len(got), got, len(sent), sent)
	}
}

// wantErr checks that err is, or wraps, want.
func (b *bench) wantErr(what string, err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.errorf("%s: got error %v, want %v or one that wraps it", what, err, want)
	}
}

// uids returns the unique-ids of a list, in its order.
func uids(list []engine.Message) []string {
	var ids []string
	for _, m := range list {
		ids = append(ids, m.UID)
	}
	return ids
}

// index returns where m has the message whose octets are, but for line ends, those given. It
// passes over messages that vanished.
func (b *bench) index(m engine.Maildrop, message []byte) int {
	b.Helper()
	for i := range m.Messages() {
		body, err := m.Body(i)
		if errors.Is(err, engine.ErrGone) {
			continue
		} else if err != nil {
			b.fatalf("Body(%d): got error %q, want the message", i, err)
		}
		octets, err := io.ReadAll(body)
		body.Close()
		if err == nil && bytes.Equal(normal(octets), normal(message)) {
			return i
		}
	}
	b.fatalf("the message %.60q was delivered, but isn't among the %d of the maildrop", message, len(m.Messages()))
	return -1
}

// letter makes a small message that no other number makes.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: ada@example.org\r\nTo: mrose@example.org\r\nSubject: letter %d\r\n\r\nThis is letter %d.\r\n", n, n)
}

func letters(n int) (list [][]byte) {
	for i := range n {
		list = append(list, letter(i))
	}
	return list
}
