package curriculum

import (
	"slices"
	"strings"
	"testing"

	"pop3lab/lessons/author"
)

// TestLessons proves every lesson: see author.Prove for what that is.
func TestLessons(t *testing.T) {
	for _, id := range Order {
		t.Run(id, func(t *testing.T) {
			text, ok := Text(id)
			if !ok {
				t.Fatalf("Order names %s, but there is no file %s.txtar", id, id)
			}
			for _, f := range author.Prove(id+".txtar", text, Order) {
				if !f.Advice {
					t.Error(f)
				}
			}
			fresh, err := author.Update(id+".txtar", text)
			if err != nil {
				t.Fatal(err)
			}
			if fresh != text {
				t.Errorf("%s.txtar: the S lines aren't what the server says; pop3lab lesson run --update writes them", id)
			}
		})
	}
}

// TestIDs: a lesson's file is named by its id, every file is in Order, and no id is used twice or again.
func TestIDs(t *testing.T) {
	for _, name := range Names() {
		id := strings.TrimSuffix(name, ".txtar")
		l, err := Load(id, 0)
		if err != nil {
			t.Error(err)
			continue
		}
		if l.ID != id {
			t.Errorf("%s: got id %s, want the file's name: progress is kept under it", name, l.ID)
		}
		if !slices.Contains(Order, id) {
			t.Errorf("%s isn't in Order, so nobody finds it", name)
		}
	}
	seen := map[string]bool{}
	for _, id := range Order {
		if seen[id] {
			t.Errorf("Order has %s twice", id)
		}
		seen[id] = true
		if slices.Contains(Retired, id) {
			t.Errorf("%s was retired; progress of long ago would count for the new lesson", id)
		}
	}
	for _, p := range Paths {
		for _, id := range p.Lessons {
			if !seen[id] {
				t.Errorf("path %s names %s, which isn't in Order", p.ID, id)
			}
		}
	}
}

// TestNeeds: a lesson needs only lessons that come before it, so the concepts make no circle.
func TestNeeds(t *testing.T) {
	all, err := All(0)
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, l := range all {
		for _, id := range l.Needs {
			if !done[id] {
				t.Errorf("%s needs %s, which comes later or isn't there", l.ID, id)
			}
		}
		done[l.ID] = true
	}
}
