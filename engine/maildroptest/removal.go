package maildroptest

import (
	"slices"

	"pop3lab/engine"
)

// all returns the indices of all messages of m.
func all(m engine.Maildrop) (list []int) {
	for i := range m.Messages() {
		list = append(list, i)
	}
	return list
}

func updateExact(b *bench) {
	for n, doomed := range [][]int{{0}, {9}, {4}, {0, 9}, {0, 2, 4, 6, 8}, {1, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		m := b.open10()
		before := slices.Clone(m.Messages())
		bodies := map[string]string{}
		for i, msg := range before {
			bodies[msg.UID] = string(b.read(m, i))
		}
		b.update(m, doomed...)

		m = b.open()
		var want []engine.Message
		for i, msg := range before {
			if !slices.Contains(doomed, i) {
				want = append(want, msg)
			}
		}
		if got := m.Messages(); !slices.Equal(got, want) {
			b.errorf("round %d, %v of 10 removed:\ngot  %v,\nwant %v", n, doomed, got, want)
		}
		for i, msg := range m.Messages() {
			if got := string(b.read(m, i)); got != bodies[msg.UID] {
				b.errorf("round %d, %v of 10 removed: survivor %s got body %.60q, want %.60q", n, doomed, msg.UID, got, bodies[msg.UID])
			}
		}
		b.release(m)
	}
}

// open10 fills the maildrop up to ten messages and opens it.
func (b *bench) open10() engine.Maildrop {
	b.Helper()
	have := 0
	if m, err := b.Store.Open(user, owner); err == nil {
		have = len(m.Messages())
		b.release(m)
	}
	b.deliver(letters(10)[have:]...)
	return b.open()
}

func updateNothing(b *bench) {
	b.deliver(letters(3)...)
	for _, none := range [][]int{nil, {}} {
		m := b.open()
		b.wantMessages(m, letters(3)...)
		b.update(m, none...)
	}
	m := b.open()
	b.wantMessages(m, letters(3)...)
	b.release(m)
}

func updateSurvivesRestart(b *bench) {
	b.deliver(letters(5)...)
	m := b.open()
	first, second := b.index(m, letter(0)), b.index(m, letter(3))
	b.update(m, min(first, second), max(first, second))
	b.restart()
	m = b.open()
	b.wantMessages(m, letter(1), letter(2), letter(4))
	b.release(m)
}

func updateWrongIndex(b *bench) {
	b.deliver(letters(4)...)
	for _, wrong := range [][]int{{0, 99}, {-1, 0}} {
		m := b.open()
		first := m.Messages()[0].UID
		others := slices.Clone(m.Messages()[1:])
		if err := m.Update(wrong); err == nil {
			b.errorf("Update(%v) of %d messages: got no error, want one", wrong, len(others)+1)
		}
		got := b.list()
		got = slices.DeleteFunc(got, func(m engine.Message) bool { return m.UID == first })
		if !slices.Equal(got, others) {
			b.errorf("after Update(%v) failed: got, without message 0,\n%v, want\n%v", wrong, got, others)
		}
		b.deliver(letter(10))
	}
}

func releaseRemovesNothing(b *bench) {
	b.deliver(letters(3)...)
	for range 3 {
		m := b.open()
		b.wantMessages(m, letters(3)...)
		b.release(m)
		b.restart()
	}
}

func (b *bench) vanish(uid string) {
	b.Helper()
	if err := b.Vanish(user, uid); err != nil {
		b.fatalf("Vanish(%q): got error %q, want none", uid, err)
	}
}

func vanishedBody(b *bench) {
	b.deliver(letters(4)...)
	m := b.open()
	before := slices.Clone(m.Messages())
	gone := b.index(m, letter(1))
	b.vanish(before[gone].UID)
	for range 2 {
		body, err := m.Body(gone)
		b.wantErr("Body of the message that vanished", err, engine.ErrGone)
		if err == nil {
			body.Close()
		}
	}
	if got := m.Messages(); !slices.Equal(got, before) {
		b.errorf("after a message vanished: got %v, want %v as at open", got, before)
	}
	for _, n := range []int{0, 2, 3} {
		b.index(m, letter(n))
	}
	b.release(m)
	m = b.open()
	b.wantMessages(m, letter(0), letter(2), letter(3))
	b.release(m)
}

func vanishedUpdate(b *bench) {
	b.deliver(letters(6)...)
	m := b.open()
	gone, doomed, unnamed := b.index(m, letter(1)), b.index(m, letter(2)), b.index(m, letter(4))
	b.vanish(m.Messages()[gone].UID)
	b.vanish(m.Messages()[unnamed].UID)
	b.update(m, min(gone, doomed), max(gone, doomed))
	m = b.open()
	b.wantMessages(m, letter(0), letter(3), letter(5))
	b.vanish(m.Messages()[0].UID)
	b.update(m, 0)
	if n := len(b.list()); n != 2 {
		b.errorf("the only message named had vanished: got %d messages, want 2", n)
	}
}

func updateBesideDelivery(b *bench) {
	const sessions, each = 30, 4
	// The deliverer below has a permit for each message and tells when it's delivered. A session
	// lets four arrive, waits for the first and then updates beside the others.
	permit := make(chan struct{}, sessions*each)
	delivered := make(chan error, sessions*each)
	go func() { // ends when permit is closed
		n := 0
		for range permit {
			n++
			delivered <- b.Deliver(user, letter(n))
		}
	}()
	defer close(permit)
	arrive := func(n int) {
		for range n {
			if err := <-delivered; err != nil {
				b.fatalf("Deliver: got error %q, want none", err)
			}
		}
	}
	seen := map[string]bool{}
	take := func(m engine.Maildrop) {
		for i := range m.Messages() {
			message := string(b.read(m, i))
			if seen[message] {
				b.errorf("message %.90q was removed, and is here again", message)
			}
			seen[message] = true
		}
		b.update(m, all(m)...)
	}
	b.deliver(letter(0))
	for range sessions {
		m := b.open()
		for range each {
			permit <- struct{}{}
		}
		arrive(1)
		take(m)
		arrive(each - 1)
	}
	take(b.open())
	if got, want := len(seen), 1+sessions*each; got != want {
		b.errorf("sessions that took all they saw: got %d messages, want the %d delivered", got, want)
	}
}
