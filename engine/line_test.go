package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// A naiveLine is what the reference below finds: all octets of a line at once.
type naiveLine struct {
	text    string
	end     LineEnd
	octets  int
	tooLong bool
}

// naive cuts octets into lines in the plainest way: it looks at one octet after the other and keeps
// everything. A line ends with CR LF; unless strict also with LF alone and CR NUL.
func naive(in []byte, limit int, strict bool) (lines []naiveLine, rest []byte) {
	start := 0
	for i, c := range in {
		afterCR := i > start && in[i-1] == '\r'
		var end LineEnd
		switch {
		case c == '\n' && afterCR:
			end = EndCRLF
		case c == '\n' && !strict:
			end = EndLF
		case c == 0 && afterCR && !strict:
			end = EndCRNUL
		default:
			continue
		}
		text := in[start:i]
		if end != EndLF {
			text = text[:len(text)-1]
		}
		l := naiveLine{text: string(text), end: end, octets: i + 1 - start}
		if l.tooLong = l.octets > limit; l.tooLong {
			l.text = string(text[:min(maxShown, len(text))])
		}
		lines = append(lines, l)
		start = i + 1
	}
	return lines, in[start:]
}

// split lets the splitter cut octets that come in pieces.
func split(pieces [][]byte, limit int, strict bool) (lines []naiveLine, held int) {
	var s splitter
	for _, p := range pieces {
		if s.start == len(s.in) {
			s.in, s.start, s.scanned = s.in[:0], 0, 0
		}
		s.in = append(s.in, p...)
		for {
			l, ok := s.nextLine(limit, strict)
			if !ok {
				break
			}
			lines = append(lines, naiveLine{string(l.text), l.end, int(l.octets), l.tooLong})
			s.useLine(l)
		}
		held = max(held, len(s.in)-s.start)
	}
	return lines, held
}

// checkSplit compares the splitter with the reference.
func checkSplit(t *testing.T, in []byte, pieces [][]byte, limit int, strict bool) {
	t.Helper()
	want, _ := naive(in, limit, strict)
	got, held := split(pieces, limit, strict)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("limit %d, strict %v, pieces %q:\ngot  %+v\nwant %+v", limit, strict, pieces, got, want)
	}
	longest := 0
	for _, p := range pieces {
		longest = max(longest, len(p))
	}
	if bound := max(limit, maxShown) + longest; held > bound {
		t.Fatalf("the splitter held %d octets between pieces of at most %d, limit %d: want at most %d", held, longest, limit, bound)
	}
}

// TestSplitter compares the splitter with the reference over all short inputs of the octets that
// matter, cut in two at every place.
//
// req: FRM-04, DFR-01, DFR-02, DFR-10
func TestSplitter(t *testing.T) {
	alphabet := []byte{'a', '\r', '\n', 0}
	var build func(in []byte, left int)
	build = func(in []byte, left int) {
		for k := range len(in) + 1 {
			for _, limit := range []int{2, 3, 100} {
				checkSplit(t, in, [][]byte{in[:k], in[k:]}, limit, false)
				checkSplit(t, in, [][]byte{in[:k], in[k:]}, limit, true)
			}
		}
		if left > 0 {
			for _, c := range alphabet {
				build(append(bytes.Clone(in), c), left-1)
			}
		}
	}
	build(nil, 6)
}

// TestSplitterAroundItsBounds: lines about as long as what is kept of an overlong one, and as the
// limit, in pieces of every small size.
//
// req: FRM-32, DFR-03
func TestSplitterAroundItsBounds(t *testing.T) {
	for _, n := range []int{maxShown - 2, maxShown - 1, maxShown, maxShown + 1, 252, 253, 254, 255, 256, 257, 600} {
		for _, end := range []string{"\r\n", "\n", "\r\x00", "\r\r\n", "\r"} {
			in := append(bytes.Repeat([]byte{'x'}, n), end+"next\r\n"...)
			for size := 1; size < 70; size++ {
				checkSplit(t, in, piecesOf(in, func() int { return size }), 255, false)
				checkSplit(t, in, piecesOf(in, func() int { return size }), 255, true)
			}
		}
	}
}

func piecesOf(in []byte, size func() int) (pieces [][]byte) {
	for len(in) > 0 {
		n := min(size(), len(in))
		pieces, in = append(pieces, in[:n]), in[n:]
	}
	return pieces
}

// FuzzSplitter lets the fuzzer choose octets, limit and pieces.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("USER mrose\r\nPASS x\n\r\x00"), uint16(255), uint64(1), false)
	f.Add([]byte("a\r"), uint16(3), uint64(2), true)
	f.Fuzz(func(t *testing.T, in []byte, limit uint16, seed uint64, strict bool) {
		r := rand.New(rand.NewPCG(seed, 0))
		// A limit below what is kept for displays is none that a Config can have.
		checkSplit(t, in, piecesOf(in, func() int { return 1 + r.IntN(90) }), max(255, int(limit)), strict)
	})
}
