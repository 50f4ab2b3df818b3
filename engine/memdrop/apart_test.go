package memdrop_test

import (
	"slices"
	"testing"

	"pop3lab/engine/memdrop"
)

// TestLearnersAreApart: what one learner deletes, and what the instructor resets, touches no other's
// maildrop, not even while that one has it open.
//
// req: DUI-06
func TestLearnersAreApart(t *testing.T) {
	s := memdrop.Demo()
	dewey, err := s.Open("dewey", "dewey's session")
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(dewey.Messages())
	mrose, err := s.Open("mrose", "mrose's session")
	if err != nil {
		t.Fatalf("Open of mrose while dewey's is open: got error %q, want none: locks are a maildrop's own", err)
	}
	if err := mrose.Update([]int{0}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset("mrose", memdrop.Mrose()...); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Messages("mrose")); n != 2 {
		t.Errorf("mrose after the reset: got %d messages, want the 2 it began with", n)
	}
	for i, m := range before {
		b, err := dewey.Body(i)
		if err != nil {
			t.Errorf("dewey's message %d (%s) after mrose was reset: got error %q, want none", i+1, m.UID, err)
			continue
		}
		b.Close()
	}
	if err := dewey.Release(); err != nil {
		t.Fatal(err)
	}
	if got := s.Messages("dewey"); !slices.Equal(got, before) {
		t.Errorf("dewey's maildrop: got %v, want it untouched, %v", got, before)
	}
}
