package coverage

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pop3lab/engine"
	"pop3lab/engine/conform"
)

const root = "../../.."

// TestCoverage: every row that a program can show is shown by a test or has a reason, every name of a row is
// one, and the page says what is so now.
//
// req: DUI-05
func TestCoverage(t *testing.T) {
	c, err := Scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range c.Wrong() {
		t.Error(wrong)
	}
	page, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(File)))
	if err != nil {
		t.Fatal(err)
	}
	have, want := strings.Split(string(page), "\n"), strings.Split(c.Page(), "\n")
	for i := range want {
		if i >= len(have) || have[i] != want[i] {
			t.Fatalf("%s is stale from line %d on, want\n%s\nrun go generate ./engine/conform/coverage, read the diff and commit it", File, i+1, want[i])
		}
	}
	if len(have) > len(want) {
		t.Fatalf("%s is stale: it goes on behind line %d; run go generate ./engine/conform/coverage", File, len(want))
	}
}

// TestTablesNameRows: what the engine's tables say of requirements is true as far as their names go. A
// switch may name a decision.
func TestTablesNameRows(t *testing.T) {
	check := func(what, ids string) {
		t.Helper()
		for _, i := range strings.Fields(ids) {
			if !exists(i) {
				t.Errorf("%s names %s, which doesn't exist", what, i)
			}
		}
	}
	for _, r := range engine.POP3 {
		check(string(r.Verb)+" in "+r.From.String(), r.Ref.Reqs)
		if r.Ref.Reqs == "" {
			t.Errorf("%s in %s names no requirement", r.Verb, r.From)
		}
	}
	for i := range engine.Capabilities {
		check("capability "+engine.Capabilities[i].Tag, engine.Capabilities[i].Ref.Reqs)
	}
	for i := range engine.Refusals {
		check("refusal "+engine.Refusals[i].Doc, engine.Refusals[i].Ref.Reqs)
	}
	for _, d := range engine.ResponseCodes {
		check("response code "+string(d.Code), d.Ref.Reqs)
	}
	for _, d := range engine.Switches {
		check("switch "+d.Name, d.Reqs)
	}
	for _, d := range engine.AllFaults {
		check("fault "+d.Name, d.Reqs)
	}
}

// TestDecisions: there are 29, and their switches exist and name them.
func TestDecisions(t *testing.T) {
	if len(Decisions) != 29 {
		t.Errorf("got %d decisions, want A-01 to A-29", len(Decisions))
	}
	for i, d := range Decisions {
		if want := "A-" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)); d.ID != want {
			t.Errorf("decision %d has the id %s, want %s", i+1, d.ID, want)
		}
		if d.Asked == "" || d.Decided == "" {
			t.Errorf("%s: asked %q, decided %q; both have to be said", d.ID, d.Asked, d.Decided)
		}
		if d.Switch != "" {
			s, ok := engine.SwitchNamed(d.Switch)
			named := slices.ContainsFunc(engine.Switches, func(w engine.SwitchDoc) bool {
				return w.Switch == s && slices.Contains(strings.Fields(w.Reqs), d.ID)
			})
			if !ok || !named {
				t.Errorf("%s: switch %q doesn't exist, or doesn't name the decision", d.ID, d.Switch)
			}
		}
	}
	for _, s := range engine.Switches {
		for _, i := range strings.Fields(s.Reqs) {
			if strings.HasPrefix(i, "A-") && !slices.ContainsFunc(Decisions, func(d Decision) bool { return d.ID == i && d.Switch == s.Name }) {
				t.Errorf("switch %s is for %s, and that decision doesn't name it", s.Name, i)
			}
		}
	}
}

// TestDocumented: the words stand where they are said to stand.
func TestDocumented(t *testing.T) {
	for i, p := range Documented {
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p.Path)))
		if err != nil {
			t.Errorf("%s: %v", i, err)
			continue
		}
		// Comments break lines where they like.
		flat := strings.Join(strings.Fields(strings.ReplaceAll(string(source), "//", " ")), " ")
		if !strings.Contains(flat, p.Quote) {
			t.Errorf("%s: %s doesn't say %q", i, p.Path, p.Quote)
		}
	}
	for i := range Unmet {
		if Reasons[i] == "" {
			t.Errorf("%s isn't met, and no reason says why", i)
		}
	}
}

func TestScan(t *testing.T) {
	// Written apart, so that this file doesn't name rows that it doesn't show.
	const a, b, none = "FRM" + "-01", "FRM" + "-02", "FRM" + "-99"
	files := fstest.MapFS{
		"engine/vectors/one.txtar":    {Data: []byte("comment: not " + none + "\nreq: " + a + ", " + b + ", A" + "-06\n\nC: req: " + none + "\n-- events --\nreq: " + none + "\n")},
		"cmd/testdata/script.txtar":   {Data: []byte("# req: " + b + "\nexec x\n")},
		".git/old.txtar":              {Data: []byte("req: " + none + "\n")},
		"web/node_modules/x.txtar":    {Data: []byte("req: " + none + "\n")},
		"engine/no_test_of_mine.go":   {Data: []byte("package p\n// req: " + none + "\n")},
		"engine/one_test.go":          {Data: []byte("package p\n\n// TestDoc does.\n//\n// req: " + a + " " + b + "\nfunc TestDoc() {}\n\nfunc TestInside() {\n\t// " + b + ": why\n\tt.Run(\"" + a + "\", nil)\n}\n")},
		"engine/sasl/table_test.go":   {Data: []byte("package p\n\nfunc TestTable() {\n\tx := []string{\"" + a + " a name\", \"" + none + "\", \"see " + none + " too\"}\n}\n")},
		"engine/sasl/comment_test.go": {Data: []byte("package p\n\n// required: " + none + "\n// as " + none + " says: x\nvar x int\n")},
	}
	c, err := Scan(files)
	if err != nil {
		t.Fatal(err)
	}
	one, script := Mention{Path: "engine/vectors/one.txtar"}, Mention{Path: "cmd/testdata/script.txtar"}
	doc, inside, table := Mention{"engine/one_test.go", "TestDoc"}, Mention{"engine/one_test.go", "TestInside"}, Mention{"engine/sasl/table_test.go", "TestTable"}
	want := map[string][]Mention{a: {doc, inside, table, one}, b: {script, doc, inside, one}, "A" + "-06": {one}}
	for i, mentions := range want {
		if !slices.Equal(c.Tests[i], mentions) {
			t.Errorf("%s: got %v, want %v", i, c.Tests[i], mentions)
		}
	}
	if len(c.Tests) != len(want) {
		t.Errorf("got %v, want no other ids than %v", c.Tests, want)
	}
	files["engine/broken_test.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := Scan(files); err == nil {
		t.Error("a test file that can't be read: got no error, want one")
	}
}

// TestWrong: each way to be wrong is said.
func TestWrong(t *testing.T) {
	c, err := Scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	drop := func(i string) func() {
		tests := c.Tests[i]
		delete(c.Tests, i)
		return func() { c.Tests[i] = tests }
	}
	add := func(i string) func() {
		tests := c.Tests[i]
		c.Tests[i] = append(slices.Clone(tests), Mention{"x_test.go", "TestX"})
		return func() {
			if c.Tests[i] = tests; tests == nil {
				delete(c.Tests, i)
			}
		}
	}
	clean := len(c.Wrong())
	for _, test := range []struct {
		name, row, want string
		change          func() (undo func())
	}{
		{"a row for servers loses its tests", "TOP-04", "has neither a test", func() func() { return drop("TOP-04") }},
		{"a decision loses its tests", "A-10", "is a decision that no test names", func() func() { return drop("A-10") }},
		{"a row with a reason gets a test", "SAS-24", "has a reason in reasons.go for having no test", func() func() { return add("SAS-24") }},
		{"a name that doesn't exist", "x_test.go", "TestX names TOP" + "-99, which doesn't exist", func() func() { return add("TOP" + "-99") }},
		{"a row for documentation loses its place", "FMT-04", "is to be documented", func() func() {
			place, undo := Documented["FMT-04"], drop("FMT-04")
			delete(Documented, "FMT-04")
			return func() { Documented["FMT-04"] = place; undo() }
		}},
	} {
		undo := test.change()
		wrong := c.Wrong()
		undo()
		if len(wrong) <= clean || !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, test.row+" "+test.want) }) {
			t.Errorf("%s: got %v, want a line that begins %q", test.name, wrong, test.row+" "+test.want)
		}
	}
	undo := add("I18-06")
	defer undo()
	if slices.ContainsFunc(c.Wrong(), func(w string) bool { return strings.HasPrefix(w, "I18-06") }) {
		t.Error("a row that isn't met may have a test that shows what happens instead")
	}
}

// TestPage: one line a row, as many cells as the head, and links that lead to files.
func TestPage(t *testing.T) {
	c, err := Scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	page := c.Page()
	for _, r := range conform.Requirements() {
		if n := strings.Count(page, "\n| "+r.ID+" | "); n != 1 {
			t.Errorf("%s stands in %d lines of the page, want one", r.ID, n)
		}
	}
	for i := range Unmet {
		if !strings.Contains(page, "- **"+i+"** ") {
			t.Errorf("%s isn't met, and the page doesn't say so on top", i)
		}
	}
	for _, line := range strings.Split(page, "\n") {
		if bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && bars != 8 && bars != 6 {
			t.Errorf("a line of a table has %d bars, want 8, or 6 for a decision: %s", bars, line)
		}
		for _, part := range strings.Split(line, "](")[1:] {
			to, _, _ := strings.Cut(part, ")")
			if to == "#for-operators" {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, "engine", filepath.FromSlash(to))); err != nil {
				t.Errorf("a link leads nowhere: %v", err)
			}
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"one two three", 9, "one two …"},
		{"one, two three", 5, "one …"},
		{"see `a b c` for it", 9, "see …"},
		{"größe größe", 7, "größe …"},
	} {
		if got := shorten(test.text, test.n); got != test.want {
			t.Errorf("shorten(%q, %d): got %q, want %q", test.text, test.n, got, test.want)
		}
	}
}
