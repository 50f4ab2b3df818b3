package maildroptest

import (
	"bytes"
	"slices"
)

func fixedAtOpen(b *bench) {
	b.deliver(letters(3)...)
	m := b.open()
	before := slices.Clone(m.Messages())
	b.deliver(letter(3), letter(4))
	if got := m.Messages(); !slices.Equal(got, before) {
		b.errorf("after a delivery in the session: got %v, want %v as at open", got, before)
	}
	b.wantMessages(m, letters(3)...)
	if body, err := m.Body(3); err == nil {
		body.Close()
		b.errorf("Body(3) of a session of 3 messages: got the new mail, want an error")
	}
	b.release(m)
}

func arrivalsNextSession(b *bench) {
	b.deliver(letters(3)...)
	m := b.open()
	doomed := b.index(m, letter(1))
	b.deliver(letter(3))
	b.update(m, doomed)
	m = b.open()
	b.wantMessages(m, letter(0), letter(2), letter(3))
	b.deliver(letter(4))
	b.release(m)
	m = b.open()
	b.wantMessages(m, letter(0), letter(2), letter(3), letter(4))
	b.release(m)
}

func orderStable(b *bench) {
	b.deliver(letters(20)...)
	first := uids(b.list())
	b.deliver(letter(20))
	m := b.open()
	all := uids(m.Messages())
	b.update(m, 3, 7, 8)
	gone := []string{all[3], all[7], all[8]}
	b.restart()
	want := slices.DeleteFunc(slices.Clone(all), func(uid string) bool { return slices.Contains(gone, uid) })
	if got := uids(b.list()); !slices.Equal(got, want) {
		b.errorf("after UPDATE and a restart:\ngot  %v,\nwant %v", got, want)
	}
	old := slices.DeleteFunc(slices.Clone(all), func(uid string) bool { return !slices.Contains(first, uid) })
	if !slices.Equal(old, first) {
		b.errorf("after a delivery:\ngot  %v,\nwant %v and the new one somewhere", all, first)
	}
}

func uidForm(b *bench) {
	b.deliver(letters(10)...)
	for _, letter := range corpus() {
		b.deliver(letter.octets)
	}
	for i, m := range b.list() {
		bad := slices.ContainsFunc([]byte(m.UID), func(c byte) bool { return c < 0x21 || c > 0x7E })
		if n := len(m.UID); n < 1 || n > 70 || bad {
			b.errorf("message %d: got unique-id %q of %d octets, want 1 to 70 in the range 0x21 to 0x7E", i, m.UID, n)
		}
	}
}

func uidUnique(b *bench) {
	for range 10 {
		b.deliver(letter(1), letter(2), nil)
	}
	seen := map[string]int{}
	for i, m := range b.list() {
		if first, ok := seen[m.UID]; ok {
			b.errorf("messages %d and %d: got the same unique-id %q, want two", first, i, m.UID)
		}
		seen[m.UID] = i
	}
}

// named maps each message's octets to its unique-id.
func (b *bench) named() map[string]string {
	b.Helper()
	m := b.open()
	defer b.release(m)
	ids := map[string]string{}
	for i, msg := range m.Messages() {
		ids[string(normal(b.read(m, i)))] = msg.UID
	}
	return ids
}

func uidPersists(b *bench) {
	b.deliver(letters(6)...)
	first := b.named()
	same := func(when string, missing ...int) {
		b.Helper()
		now := b.named()
		for i := range 6 {
			text := letter(i)
			if got, want := now[string(text)], first[string(text)]; got != want && !slices.Contains(missing, i) {
				b.errorf("letter %d %s: got unique-id %q, want %q as at first", i, when, got, want)
			}
		}
	}
	same("after Release")
	b.deliver(letter(6))
	same("after a delivery")
	b.restart()
	same("after a restart")
	m := b.open()
	b.update(m, b.index(m, letter(2)))
	same("after UPDATE", 2)
	b.restart()
	same("after UPDATE and a restart", 2)
}

func uidNeverReused(b *bench) {
	seen := map[string]int{}
	for round := range 8 {
		b.deliver(letter(1), letter(2), letter(1))
		m := b.open()
		for _, msg := range m.Messages() {
			if first, ok := seen[msg.UID]; ok {
				b.errorf("round %d: got unique-id %q, which a message removed in round %d had; want a new one", round, msg.UID, first)
			}
			seen[msg.UID] = round
		}
		b.update(m, all(m)...)
		if round%2 == 1 {
			b.restart()
		}
	}
}

func tenThousand(b *bench) {
	const count = 10_000
	for i := range count {
		b.deliver(letter(i))
	}
	m := b.open()
	if n := len(m.Messages()); n != count {
		b.fatalf("got %d messages, want %d", n, count)
	}
	var doomed []int
	var want []string
	for i, msg := range m.Messages() {
		if i%3 == 0 {
			doomed = append(doomed, i)
		} else {
			want = append(want, msg.UID)
		}
	}
	for _, i := range []int{0, 1, count / 2, count - 1} {
		if octets := b.read(m, i); !bytes.HasPrefix(octets, []byte("From: ada@example.org")) {
			b.errorf("Body(%d): got %.40q, want a letter", i, octets)
		}
	}
	b.update(m, doomed...)
	b.restart()
	if got := uids(b.list()); !slices.Equal(got, want) {
		b.errorf("every third of %d was removed: got %d messages, want the other %d in their order", count, len(got), len(want))
	}
}
