package maildroptest

import (
	"errors"
	"strings"
	"sync"

	"pop3lab/engine"
)

func noMaildrop(b *bench) {
	for range 2 { // twice: the first refusal must not leave a lock
		m, err := b.Store.Open("nobody", owner)
		b.wantErr(`Open("nobody")`, err, engine.ErrNoMaildrop)
		if err == nil {
			b.release(m)
		}
	}
	if err := b.Deliver("nobody", letter(1)); err != nil {
		b.fatalf(`Deliver("nobody"): got error %q, want a new maildrop`, err)
	}
	m, err := b.Store.Open("nobody", owner)
	if err != nil {
		b.fatalf("Open after the first delivery: got error %q, want an open maildrop", err)
	}
	b.wantMessages(m, letter(1))
	b.release(m)
}

func oddNames(b *bench) {
	b.deliver(letter(1))
	for _, name := range []string{
		"", ".", "..", "/", "\x00", "mrose\x00", "mrose/", "/mrose", "./mrose", "../mrose", "mrose/../mrose",
		"mrose/new", "mrose/cur", "new", "cur", "tmp", ".mrose", "mrose.", "mrose ", " mrose", "mrose\n", "mrose\r", "MROSE/",
		`mrose\`, `..\mrose`, "mrose:2,S", "~mrose", "%2e%2e", "mrose\xff", "\u202emrose", strings.Repeat("m", 300), strings.Repeat("../", 40) + "etc",
	} {
		m, err := b.Store.Open(name, owner)
		if err == nil {
			b.errorf("Open(%q): got a maildrop of %d messages, want an error", name, len(m.Messages()))
			b.release(m)
		}
	}
	m := b.open()
	b.wantMessages(m, letter(1))
	b.release(m)
}

func emptyMaildrop(b *bench) {
	b.deliver(letter(1))
	b.update(b.open(), 0)
	for range 2 {
		m := b.open()
		if n := len(m.Messages()); n != 0 {
			b.errorf("the only message was removed: got %d messages, want 0", n)
		}
		b.update(m)
		b.restart()
	}
	b.deliver(letter(2))
	m := b.open()
	b.wantMessages(m, letter(2))
	b.release(m)
}

// wantLocked checks that nobody can open the maildrop of user.
func (b *bench) wantLocked(when string) {
	b.Helper()
	for range 2 { // the refusal must not free the lock either
		m, err := b.Store.Open(user, "session 2")
		b.wantErr("a second Open "+when, err, engine.ErrLocked)
		if err == nil {
			b.release(m)
		}
	}
}

func lockExclusive(b *bench) {
	b.deliver(letter(1), letter(2))
	m := b.open()
	b.wantLocked("while the first session has the maildrop")
	b.wantMessages(m, letter(1), letter(2))
	b.deliver(letter(3))
	b.wantLocked("after a delivery")
	b.release(m)
}

func lockPerUser(b *bench) {
	b.deliver(letter(1))
	if err := b.Deliver("dewey", letter(2)); err != nil {
		b.fatalf(`Deliver("dewey"): got error %q, want none`, err)
	}
	m := b.open()
	other, err := b.Store.Open("dewey", "session 2")
	if err != nil {
		b.fatalf("Open of dewey's maildrop while mrose's is open: got error %q, want none", err)
	}
	b.wantMessages(other, letter(2))
	b.wantMessages(m, letter(1))
	b.release(other)
	b.wantLocked("after dewey's session ended")
	b.release(m)
}

func lockAfterRelease(b *bench) {
	b.deliver(letter(1))
	for range 5 {
		b.release(b.open())
	}
}

func lockAfterUpdate(b *bench) {
	b.deliver(letters(5)...)
	for range 5 {
		b.update(b.open(), 0)
	}
	b.update(b.open())
	b.release(b.open())
}

func lockAfterFailedUpdate(b *bench) {
	b.deliver(letters(3)...)
	m := b.open()
	if err := m.Update([]int{3}); err == nil {
		b.errorf("Update of message 3 of 0 to 2: got no error, want one")
	}
	m = b.open()
	b.wantMessages(m, letters(3)...)
	b.release(m)
}

func lockEndedOnce(b *bench) {
	b.deliver(letters(3)...)
	for name, end := range map[string]func(engine.Maildrop) error{
		"Release":      func(m engine.Maildrop) error { return m.Release() },
		"Update(none)": func(m engine.Maildrop) error { return m.Update(nil) },
		"Update(0)":    func(m engine.Maildrop) error { return m.Update([]int{0}) },
	} {
		first := b.open()
		b.release(first)
		second := b.open()
		if err := end(first); err == nil {
			b.errorf("%s of a session that had ended: got no error, want one", name)
		}
		b.wantLocked("after the ended session's " + name)
		b.wantMessages(second, letters(3)...)
		b.release(second)
	}
}

func lockRace(b *bench) {
	const sessions, rounds = 16, 20
	b.deliver(letter(1))
	for range rounds {
		var start, ready, done sync.WaitGroup
		start.Add(1)
		ready.Add(sessions)
		done.Add(sessions)
		open := make([]engine.Maildrop, sessions)
		errs := make([]error, sessions)
		for i := range sessions {
			go func() { // ends when Open returned
				defer done.Done()
				ready.Done()
				start.Wait()
				open[i], errs[i] = b.Store.Open(user, "session "+string('A'+rune(i)))
			}()
		}
		ready.Wait()
		start.Done()
		done.Wait()
		won := 0
		for i, m := range open {
			if errs[i] == nil {
				won++
				b.release(m)
			} else if !errors.Is(errs[i], engine.ErrLocked) {
				b.errorf("a loser of the race: got error %v, want %v", errs[i], engine.ErrLocked)
			}
		}
		if won != 1 {
			b.fatalf("%d sessions opened at once: got %d with the lock, want 1", sessions, won)
		}
	}
}
