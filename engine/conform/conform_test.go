package conform

import (
	"regexp"
	"strings"
	"testing"
)

// TestRowsAreWhole: an id names one row for ever, and every field that others
// read has one of the values they know.
func TestRowsAreWhole(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z][A-Z0-9]{2}-[0-9]{2}$`)
	seen := map[string]string{}
	for _, r := range Requirements() {
		if other, ok := seen[r.ID]; ok {
			t.Errorf("%s: id %s is also the id of %s; ids are permanent and name one row", r.Num, r.ID, other)
		}
		seen[r.ID] = r.Num
		if !id.MatchString(r.ID) || !strings.HasPrefix(r.ID, r.Group+"-") {
			t.Errorf("%s: id %q of group %q, want GROUP-NN", r.Num, r.ID, r.Group)
		}
		if r.Text == "" || r.Source == "" || r.GroupTitle == "" {
			t.Errorf("%s: text, source and group title must all be there: %+v", r.ID, r)
		}
		if len(r.Side) != 1 || !strings.Contains("SCB", r.Side) {
			t.Errorf("%s: side %q, want S, C or B", r.ID, r.Side)
		}
		if len(r.Test) != 1 || !strings.Contains("W2TFSUCD", r.Test) {
			t.Errorf("%s: test %q, want one of W 2 T F S U C D", r.ID, r.Test)
		}
	}
	if len(seen) != 451 {
		t.Errorf("got %d rows, want 451: a requirement is never dropped, only annotated", len(seen))
	}
}

// TestRequirementsIsACopy: a caller that sorts its rows does not sort
// everybody's.
func TestRequirementsIsACopy(t *testing.T) {
	rows := Requirements()
	rows[0].ID = "changed"
	if got := Requirements()[0].ID; got == "changed" {
		t.Error("a change to the returned slice reached the package's own rows")
	}
	if r, ok := Lookup("TOP-04"); !ok || r.ID != "TOP-04" {
		t.Errorf("Lookup(TOP-04) = %+v, %v", r, ok)
	}
	if _, ok := Lookup("TOP-99"); ok {
		t.Error("Lookup found TOP-99, which does not exist")
	}
}
