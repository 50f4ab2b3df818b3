package engine

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// message is a Body over octets in memory.
type message struct{ io.Reader }

func (message) Close() error { return nil }

// frame lets the framer send octets, read in pieces as r gives them.
func frame(r io.Reader) (wire []byte, octets int64, chunks int) {
	f := framer{src: message{r}}
	defer f.close()
	for !f.done() {
		p, n := f.next(stuffAll)
		if f.err != nil {
			panic("the reader of a test failed: " + f.err.Error())
		}
		wire = append(wire, p...)
		octets += n
		chunks++
	}
	return wire, octets, chunks
}

// plainly is what RFC 1939 sections 3 and 11 make of a message, in the plainest way: the octets that a
// client has in the end, and those on the wire.
func plainly(stored []byte) (kept, wire []byte) {
	for _, line := range bytes.SplitAfter(stored, []byte("\n")) {
		switch {
		case len(line) == 0:
			continue // behind the last line end
		case bytes.HasSuffix(line, []byte("\r\n")):
		default:
			line = append(bytes.TrimSuffix(line, []byte("\n")), "\r\n"...)
		}
		kept = append(kept, line...)
		if line[0] == '.' {
			wire = append(wire, '.')
		}
		wire = append(wire, line...)
	}
	return kept, wire
}

// checkFrame compares framer and Meter with that.
func checkFrame(t tester, stored []byte, reader func(io.Reader) io.Reader) {
	t.Helper()
	kept, want := plainly(bytes.Clone(stored))
	got, octets, _ := frame(reader(bytes.NewReader(stored)))
	if !bytes.Equal(got, want) {
		t.Fatalf("a message of %d octets that begins with %.60q: the wire differs at octet %d\ngot  %.80q\nwant %.80q",
			len(stored), stored, differ(got, want), got[max(0, differ(got, want)-40):], want[max(0, differ(got, want)-40):])
	}
	if octets != int64(len(kept)) {
		t.Fatalf("a message of %d octets: the framer counted %d, want the %d that a client has in the end (FMT-02, FMT-03)", len(stored), octets, len(kept))
	}
	var m Meter
	if _, err := io.Copy(&m, reader(bytes.NewReader(stored))); err != nil {
		t.Fatal(err)
	}
	if m.Octets() != int64(len(kept)) || m.Stored() != int64(len(stored)) {
		t.Fatalf("a message of %d octets that begins with %.60q: the Meter says %d, stored %d, want %d as RETR sends it (LST-12)", len(stored), stored, m.Octets(), m.Stored(), len(kept))
	}
	if dots, ok := m.Direct(); ok {
		direct := bytes.Clone(stored)
		for i := len(dots) - 1; i >= 0; i-- {
			direct = append(direct[:dots[i]], append([]byte{'.'}, direct[dots[i]:]...)...)
		}
		if !bytes.Equal(direct, want) {
			t.Fatalf("a message of %d octets that begins with %.60q: sent as it stands, with dots at %v, it is another", len(stored), stored, dots)
		}
	}
}

// A tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// differ is the first offset at which a and b are not the same.
func differ(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// readers give a message in pieces of various kinds.
var readers = map[string]func(io.Reader) io.Reader{
	"whole":         func(r io.Reader) io.Reader { return r },
	"by octets":     iotest.OneByteReader,
	"by halves":     iotest.HalfReader,
	"end with data": iotest.DataErrReader,
}

// TestFrameShort compares over all short messages of the octets that matter.
//
// req: FRM-13, FRM-15, FRM-17, FMT-02, FMT-03, LST-12, DMS-01, DMS-02, DMS-03, RET-07
func TestFrameShort(t *testing.T) {
	var build func(stored []byte, left int)
	build = func(stored []byte, left int) {
		for _, r := range readers {
			checkFrame(t, stored, r)
		}
		if left > 0 {
			for _, c := range []byte("a.\r\n") {
				build(append(bytes.Clone(stored), c), left-1)
			}
		}
	}
	build(nil, 6)
}

// TestFrameAtBoundaries puts line ends and dots around every size at which a buffer may end.
//
// req: DMS-03, FRM-15, DFR-15
func TestFrameAtBoundaries(t *testing.T) {
	for _, size := range []int{4096, 8192, chunk / 2, chunk, chunk + chunk/16, 2 * chunk, 65536, 3 * chunk} {
		for before := size - 6; before <= size+6; before++ {
			for _, middle := range []string{"\r\n.\r\n", "\n.\n", "\r\n..x", "\r.\n", "\r\r\n.", "\n\n\n", ".", "\r", "\n", "\r\n"} {
				checkFrame(t, append(bytes.Repeat([]byte("x"), before), middle...), readers["whole"])
				checkFrame(t, append(bytes.Repeat([]byte("x"), before), middle+strings.Repeat("y", 100)+"\r\n"...), readers["by halves"])
			}
			// The same with short lines: every one gets a CR, so the output is ahead of the input.
			short := bytes.Repeat([]byte(".\n"), before/2)
			checkFrame(t, append(short, ".\r\n.z"...), readers["whole"])
		}
	}
}

// TestFrame compares over messages of a nasty kind.
func TestFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		checkFrame(rt, nasty.Draw(rt, "message"), readers[rapid.SampledFrom([]string{"whole", "by octets", "by halves", "end with data"}).Draw(rt, "reader")])
	})
}

// nasty are messages of pieces that servers get wrong.
var nasty = rapid.Custom(func(t *rapid.T) []byte {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{".", "..", ".\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\r", ".x", "\x00", "\xff", "Subject: x\r\n", "\r\n\r\n"}),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(rapid.SampledFrom([]string{"x", ".", "\n", "a.\n", ".\r\n"}).Draw(t, "of"), rapid.IntRange(0, 9000).Draw(t, "times"))
		}))
	return []byte(strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), ""))
})

// FuzzFrame lets the fuzzer choose the message.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(".\r\n..\n\r"))
	f.Add([]byte("Subject: x\n\n.\n"))
	f.Fuzz(func(t *testing.T, stored []byte) {
		for _, r := range readers {
			checkFrame(t, stored, r)
		}
	})
}

// TestFrameHoldsLittle: whatever a message's size, what is sent at a time is about a chunk.
//
// req: DMS-08
func TestFrameHoldsLittle(t *testing.T) {
	stored := bytes.Repeat([]byte("..........................................................................\n"), 30_000)
	f := framer{src: message{bytes.NewReader(stored)}}
	defer f.close()
	for !f.done() {
		p, _ := f.next(stuffAll)
		if len(p) > chunk+chunk/16 {
			t.Fatalf("got a piece of %d octets, want at most %d", len(p), chunk+chunk/16)
		}
	}
}

// TestReadErrorEndsTheFrame: what can't be read isn't made up.
func TestReadErrorEndsTheFrame(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("half a li"), iotest.ErrReader(io.ErrUnexpectedEOF))
	f := framer{src: message{broken}}
	defer f.close()
	for f.err == nil && !f.done() {
		f.next(stuffAll)
	}
	if f.err != io.ErrUnexpectedEOF || f.done() {
		t.Errorf("got error %v, done %v; want the reader's error, and a frame that isn't done", f.err, f.done())
	}
}

// TestTop compares TOP with the plainest reading of RFC 1939 section 7.
//
// req: TOP-03, TOP-04, TOP-05, TOP-06, TOP-07, DMS-04
func TestTop(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stored := nasty.Draw(rt, "message")
		n := rapid.OneOf(rapid.IntRange(0, 20), rapid.Just(1<<30)).Draw(rt, "lines")
		got, _, _ := frame(&topReader{Body: message{iotest.HalfReader(bytes.NewReader(stored))}, left: int64(n)})
		_, want := plainly(topOf(stored, n))
		if !bytes.Equal(got, want) {
			rt.Fatalf("TOP of %.200q, %d lines:\ngot  %.200q\nwant %.200q", stored, n, got, want)
		}
	})
}

// topOf is the header, the blank line and n lines of the body, as they are stored.
func topOf(stored []byte, n int) []byte {
	var out []byte
	body := false
	for _, line := range bytes.SplitAfter(stored, []byte("\n")) {
		if body {
			if n--; n < 0 {
				break
			}
		}
		out = append(out, line...)
		// The blank line: nothing before its end.
		body = body || string(line) == "\n" || string(line) == "\r\n"
	}
	return out
}
