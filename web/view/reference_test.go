package view

import (
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

func reference(t *testing.T) *Reference {
	t.Helper()
	r, err := NewReference()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReferenceHasEveryRow: each verb of the table has its page or its section, also those that a switch
// brings about, and none is about a verb that isn't there.
func TestReferenceHasEveryRow(t *testing.T) {
	r := reference(t)
	var got, want []string
	for _, c := range slices.Concat(r.Commands, r.Events) {
		got = append(got, string(c.Verb))
	}
	for i := range engine.POP3 {
		if v := string(engine.POP3[i].Verb); !slices.Contains(want, v) {
			want = append(want, v)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("verbs of the reference: got %q, want %q, as the rows of engine.POP3 say", got, want)
	}
}

// TestReferenceIsWhole: a command's page says where it's legal, shows a positive and a negative answer of its own,
// an example, and the rows that decide it.
func TestReferenceIsWhole(t *testing.T) {
	for _, c := range reference(t).Commands {
		statuses := map[string]bool{}
		for _, a := range c.Answers {
			statuses[a.Status] = true
			if a.Why == "" {
				t.Errorf("%s: the answer %q isn't explained", c.ID, wording(a))
			}
		}
		if !statuses["+OK"] || !statuses["-ERR"] {
			t.Errorf("%s: got answers %v, want +OK and -ERR: every command has both (RFC 1939 section 3)", c.ID, statuses)
		}
		if len(c.Dialogue) < 2 || c.Dialogue[0].From != "C" || !strings.HasPrefix(wording(Answer{Runs: c.Dialogue[0].Runs}), string(c.Verb)) && c.ID != "RSET" {
			t.Errorf("%s: the example doesn't begin with the command: %v", c.ID, c.Dialogue)
		}
		if len(c.Decisive) == 0 || c.Announced == "" || c.Lines == "" {
			t.Errorf("%s: no rows, or nothing on announcement or lines: %+v", c.ID, c)
		}
		switched := c.ID == "LAST"
		if want := 5; !switched && len(c.Where) != want {
			t.Errorf("%s: says of %d states whether it's legal, want %d: the rooms of AUTHORIZATION, and TRANSACTION", c.ID, len(c.Where), want)
		}
		legal := slices.ContainsFunc(c.Where, func(w Where) bool { return w.Legal })
		if !legal && !switched {
			t.Errorf("%s: is legal nowhere", c.ID)
		}
	}
}

// TestTry: a try-it is a script that replays, to a place where the command is legal and, where the engine
// suggests it at all, suggested.
func TestTry(t *testing.T) {
	for _, c := range reference(t).Commands {
		link, ok := strings.CutPrefix(c.Try, "#k=")
		text, _, cut := strings.Cut(link, "&s=")
		if !ok || !cut {
			t.Errorf("%s: %q is no address of the bench", c.ID, c.Try)
			continue
		}
		s, err := sim.ParseScript(text)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		lab, err := s.Replay()
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		all := lab.Steps()
		view := all[len(all)-1].View
		if !slices.ContainsFunc(lab.Protocol().ActiveRules(), func(r engine.Rule) bool { return r.From == view.State && r.Verb == c.Verb }) {
			t.Errorf("%s: the try-it ends in %s, where no row takes it", c.ID, view.State)
		}
		suggested := slices.ContainsFunc(all[len(all)-1].Side.Suggest, func(s string) bool { return strings.HasPrefix(s, string(c.Verb)) })
		if suggested != c.Suggested {
			t.Errorf("%s: the page says suggested: %v, the engine %v", c.ID, c.Suggested, suggested)
		}
	}
}

// TestEveryWayIsWalked: for each way of the demonstration's server there's a script that ends with taking it.
func TestEveryWayIsWalked(t *testing.T) {
	r := reference(t)
	s, err := NewStates(r)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range s.List {
		if v.Doc == "" {
			t.Errorf("the state %s isn't explained", v.Name)
		}
		n += len(v.Ways) + len(v.Refusals)
	}
	if n != len(r.edges) || n == 0 {
		t.Errorf("ways on the page: got %d, want %d", n, len(r.edges))
	}
}

// TestCorridors: the picture with the rooms has the ways of the table, all of them and no other.
func TestCorridors(t *testing.T) {
	var want, got []string
	for _, a := range engine.Near.Arrows(reference(t).edges) {
		if a.From != a.To {
			want = append(want, a.From+">"+a.To)
		}
	}
	for _, c := range corridors {
		got = append(got, c.Ways...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("ways between rooms: got %q, want %q, as the rows of engine.POP3 say", got, want)
	}
}

// TestCoveragePage: every requirement row stands on the page once, and counts as shown when a test names it.
func TestCoveragePage(t *testing.T) {
	c := NewCoverage(reference(t))
	seen := map[string]int{}
	for _, d := range c.Documents {
		for _, s := range d.Sections {
			for _, row := range s.Rows {
				seen[row.ID]++
				if len(row.Tests) == 0 && row.Reason == "" && row.Side == "server" && strings.HasPrefix(row.ID, "RET") {
					t.Errorf("%s has neither test nor reason", row.ID)
				}
			}
		}
	}
	sections := map[string]bool{}
	for _, d := range c.Documents {
		for _, s := range d.Sections {
			if sections[s.ID] {
				t.Errorf("the section %s stands there twice", s.ID)
			}
			sections[s.ID] = true
		}
	}
	levels := 0
	for _, l := range c.Levels {
		levels += len(l.Rows)
	}
	if len(seen) < 400 || levels != len(seen) {
		t.Errorf("rows: got %d by RFC and %d by level, want the same number, all of conform.Requirements", len(seen), levels)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s stands on the page %d times, want once", id, n)
		}
	}
}
