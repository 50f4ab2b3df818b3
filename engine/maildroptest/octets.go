package maildroptest

import (
	"bytes"
	"io"
	"slices"
	"testing/iotest"

	"pop3lab/engine"
)

// eachSpecimen delivers the corpus and hands every message to f, with its place in the maildrop.
func (b *bench) eachSpecimen(before func(), f func(m engine.Maildrop, i int, s specimen)) {
	b.Helper()
	specimens := corpus()
	for _, s := range specimens {
		b.deliver(s.octets)
	}
	before()
	m := b.open()
	defer b.release(m)
	if n := len(m.Messages()); n != len(specimens) {
		b.fatalf("%d messages were delivered: got %d", len(specimens), n)
	}
	places := map[string]int{} // a store is free in its order
	for i := range m.Messages() {
		places[string(normal(b.read(m, i)))] = i
	}
	for _, s := range specimens {
		i, ok := places[string(normal(s.octets))]
		if !ok {
			b.errorf("%s (%d octets): no body of the maildrop has its octets", s.name, len(s.octets))
			continue
		}
		f(m, i, s)
	}
}

func octets(b *bench)             { b.sizes(func() {}) }
func octetsAfterRestart(b *bench) { b.sizes(func() { b.list(); b.restart() }) }

func (b *bench) sizes(before func()) {
	b.eachSpecimen(before, func(m engine.Maildrop, i int, s specimen) {
		got := m.Messages()[i].Octets
		if want := int64(len(normal(s.octets))); got != want {
			b.errorf("%s: got %d octets, want %d, as a reader counts that puts CRLF at every line's end", s.name, got, want)
		}
		var meter engine.Meter
		meter.Write(b.read(m, i))
		if want := meter.Octets(); got != want {
			b.errorf("%s: got %d octets, want %d, as a Meter finds in the body", s.name, got, want)
		}
	})
}

func bodyWhole(b *bench) {
	b.eachSpecimen(func() {}, func(m engine.Maildrop, i int, s specimen) {
		if got, want := normal(b.read(m, i)), normal(s.octets); !bytes.Equal(got, want) {
			b.errorf("%s: got %d octets %.60q, want %d octets %.60q", s.name, len(got), got, len(want), want)
		}
	})
}

func bodyPieces(b *bench) {
	message := append(letter(1), bytes.Repeat([]byte("a line of some length\r\n.\r\n"), 5000)...)
	b.deliver(message, letter(2))
	m := b.open()
	i := b.index(m, message)
	unread, err := m.Body(i)
	if err != nil {
		b.fatalf("Body(%d): got error %q, want the message", i, err)
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one octet at a time": iotest.OneByteReader, "halves": iotest.HalfReader, "whole": func(r io.Reader) io.Reader { return r },
	} {
		body, err := m.Body(i)
		if err != nil {
			b.fatalf("Body(%d) again: got error %q, want the message", i, err)
		}
		got, err := io.ReadAll(wrap(body))
		if err != nil || !bytes.Equal(normal(got), normal(message)) {
			b.errorf("reading %s: got %d octets and error %v, want the %d of the message", name, len(got), err, len(message))
		}
		if n, err := body.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			b.errorf("Read after the end: got %d and %v, want 0 and EOF", n, err)
		}
		if err := body.Close(); err != nil {
			b.errorf("Close: got error %q, want none", err)
		}
	}
	if err := unread.Close(); err != nil {
		b.errorf("Close of an unread body: got error %q, want none", err)
	}
	for _, i := range []int{-1, 2} {
		if body, err := m.Body(i); err == nil {
			body.Close()
			b.errorf("Body(%d) of 2 messages, counted from 0: got a body, want an error", i)
		}
	}
	b.release(m)
}

func directTruth(b *bench) {
	b.eachSpecimen(func() {}, func(m engine.Maildrop, i int, s specimen) {
		want := stuffed(normal(s.octets))
		body, err := m.Body(i)
		if err != nil {
			b.fatalf("%s: Body: got error %q, want the message", s.name, err)
		}
		defer body.Close()
		direct, ok := body.(engine.Direct)
		if !ok {
			return // a store need not
		}
		r, dots, ok := direct.Direct()
		if !ok {
			got, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(stuffed(normal(got)), want) {
				b.errorf("%s: Direct said no; then Read: got %d octets and error %v, want the message's", s.name, len(got), err)
			}
			return
		}
		if !slices.IsSorted(dots) {
			b.errorf("%s: got dots at %v, want ascending offsets", s.name, dots)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			b.errorf("%s: reading what Direct returned: got error %q", s.name, err)
		}
		var got []byte
		from := int64(0)
		for _, at := range dots {
			if at < from || at >= int64(len(raw)) {
				b.errorf("%s: got a dot at %d of %d octets, after one at %d", s.name, at, len(raw), from)
				return
			}
			got = append(append(got, raw[from:at]...), '.')
			from = at
		}
		got = append(got, raw[from:]...)
		if !bytes.Equal(got, want) {
			b.errorf("%s: got %d octets %.80q, want %d octets %.80q", s.name, len(got), got, len(want), want)
		}
	})
}

func eightBitHeader(b *bench) {
	b.eachSpecimen(func() {}, func(m engine.Maildrop, i int, s specimen) {
		got := m.Messages()[i].EightBitHeader
		var meter engine.Meter
		meter.Write(b.read(m, i))
		if want := meter.EightBitHeader(); got != want {
			b.errorf("%s: got EightBitHeader %t, want %t, as a Meter finds in the body", s.name, got, want)
		}
		if want := s.utf8Header; want != got && (want || isASCII(s.octets)) {
			b.errorf("%s: got EightBitHeader %t, want %t", s.name, got, want)
		}
	})
}

func largeMessage(b *bench) {
	line := []byte("One hundred octets, the line end counted, make ten megabytes when there are 104,858 of them all.  \r\n")
	message := append(letter(1), bytes.Repeat(line, 10<<20/len(line)+1)...)
	b.deliver(message)
	m := b.open()
	if got, want := m.Messages()[0].Octets, int64(len(message)); got != want {
		b.errorf("got %d octets, want %d", got, want)
	}
	if got := b.read(m, 0); !bytes.Equal(normal(got), message) {
		b.errorf("got a body of %d octets, want the %d of the message", len(got), len(message))
	}
	b.release(m)
}
