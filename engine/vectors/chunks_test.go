package vectors

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// A cut says where octets that were sent at once are divided: it returns the lengths of the
// pieces.
type cut func(n int) []int

func octetByOctet(n int) []int { return slices.Repeat([]int{1}, n) }

func twoAt(k int) cut {
	return func(n int) []int {
		if k >= n {
			return []int{n}
		}
		return []int{k, n - k}
	}
}

func atRandom(r *rand.Rand) cut {
	return func(n int) []int {
		var sizes []int
		for n > 0 {
			size := 1 + r.IntN(min(n, 1+r.IntN(40)))
			sizes, n = append(sizes, size), n-size
		}
		return sizes
	}
}

// TestChunking: however what a client sends is cut, the same things happen, and the same octets
// come back. The session gets each piece by itself and does all it can before the next one comes.
//
// req: DFR-10
func TestChunking(t *testing.T) {
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			whole, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			want := outcome(whole.Steps)
			longest := 0
			for _, in := range whole.Inputs {
				longest = max(longest, len(in.Octets))
			}
			heavy := len(d.World.Mail) > 2000 || longest > 20_000
			if !heavy {
				compare(t, d, whole.Inputs, want, "octet by octet", octetByOctet)
				for k := 1; k < longest; k++ {
					if k > 600 && k < longest-600 {
						continue // the middle of a response of many kilobytes
					}
					compare(t, d, whole.Inputs, want, "cut in two", twoAt(k))
				}
			}
			r := rand.New(rand.NewPCG(1, uint64(len(d.Name))))
			for range 3 {
				compare(t, d, whole.Inputs, want, "cut at random", atRandom(r))
			}
		})
	}
}

// outcome is what happened, without what depends on how many inputs there were.
func outcome(all [][]sim.Step) []byte {
	var steps []sim.Step
	for _, s := range slices.Concat(all...) {
		s.Input, s.View = 0, &engine.View{}
		steps = append(steps, s)
	}
	for i := range steps {
		steps[i].View = steps[0].View
	}
	return sim.AppendSteps(nil, steps, nil)
}

func compare(t *testing.T, d *transcript.Dialogue, inputs []sim.Input, want []byte, how string, cut cut) {
	t.Helper()
	lab, err := sim.New(d.World)
	if err != nil {
		t.Fatal(err)
	}
	var steps []sim.Step
	for _, in := range inputs {
		for _, piece := range pieces(in, cut) {
			if in.Verb == sim.Send && !lab.Connected(in.Device) {
				break // the server closed behind an earlier piece
			}
			more, err := lab.Do(piece)
			if err != nil {
				t.Fatal(err)
			}
			steps = append(steps, more...)
		}
	}
	if got := outcome([][]sim.Step{steps}); !bytes.Equal(got, want) {
		at := 0
		for at < len(got) && at < len(want) && got[at] == want[at] {
			at++
		}
		from := max(0, at-100)
		t.Fatalf("%s: other things happened than in one piece (DFR-10); the records differ at octet %d:\ngot  %q\nwant %q",
			how, at, got[from:min(len(got), at+100)], want[from:min(len(want), at+100)])
	}
}

// pieces cuts what an input sends. One place isn't cut: between STLS and what stands behind it in the
// same segment, because a segment of its own there meets another rule (see stls_then_cleartext).
func pieces(in sim.Input, cut cut) []sim.Input {
	if in.Verb != sim.Send || len(in.Octets) == 0 {
		return []sim.Input{in}
	}
	var out []sim.Input
	from, to := 0, 0
	for _, n := range cut(len(in.Octets)) {
		to += n
		if to < len(in.Octets) && bytes.HasSuffix(in.Octets[:to], []byte("STLS\r\n")) {
			continue
		}
		piece := in
		piece.Octets, piece.Last = in.Octets[from:to], false
		from = to
		out = append(out, piece)
	}
	out[len(out)-1].Last = in.Last
	return out
}
