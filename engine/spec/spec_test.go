package spec_test

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/spec"
)

var update = flag.Bool("update", false, "write testdata/shape.txt anew")

func read(t *testing.T, path string) string {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestPagesAreFresh: what is printed from the table stands in the pages as it is now.
func TestPagesAreFresh(t *testing.T) {
	const remedy = "run go generate ./engine/spec, read the diff and commit it"
	if read(t, "TABLE.md") != spec.Markdown(spec.Default()) {
		t.Errorf("TABLE.md is stale: %s", remedy)
	}
	readme := read(t, "../../README.md")
	fresh, err := spec.Refresh(readme)
	if err != nil {
		t.Fatalf("README.md: %v", err)
	}
	if fresh == readme {
		return
	}
	have, want := strings.Split(readme, "\n"), strings.Split(fresh, "\n")
	for i := range want {
		if i == len(have) || have[i] != want[i] {
			t.Fatalf("README.md is stale from line %d on, want %q: %s", i+1, want[i], remedy)
		}
	}
	t.Fatalf("README.md is stale: %s", remedy)
}

func TestRefresh(t *testing.T) {
	const states, commands = "<!-- spec:states -->\n<!-- /spec:states -->\n", "<!-- spec:commands -->\n<!-- /spec:commands -->\n"
	tests := []struct {
		name, page, wrong string
	}{
		{"no markers", "# A page\n", ""},
		{"both blocks", "# A page\n" + states + "text\n" + commands, ""},
		{"other blocks too", states + commands + "<!-- spec:faults -->\nwhat stood here\n<!-- /spec:faults -->", ""},
		{"unknown block", "<!-- spec:weather -->\n<!-- /spec:weather -->\n", `line 1: there is no block "weather"; the blocks are states, authorization, commands, capabilities, mechanisms, codes, personas, switches, faults`},
		{"never closed", "text\n<!-- spec:states -->\n" + "text\n", "line 2: <!-- spec:states --> has no <!-- /spec:states --> behind it"},
		{"never opened", states + "<!-- /spec:commands -->\n", "line 3: <!-- /spec:commands --> has no <!-- spec:commands --> before it"},
		{"one inside the other", "<!-- spec:states -->\n" + commands, "line 1: <!-- spec:states --> is still open at line 2; put <!-- /spec:states --> before it"},
		{"twice", states + commands + states, "line 5: <!-- spec:states --> stands on the page twice"},
		{"one is missing", states, "<!-- spec:commands --> and <!-- /spec:commands --> are missing: put them where the block belongs"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := spec.Refresh(test.page)
			if err != nil || test.wrong != "" {
				if err == nil || err.Error() != test.wrong {
					t.Errorf("got error %v, want %s", err, test.wrong)
				}
				return
			}
			if again, err := spec.Refresh(got); err != nil || again != got {
				t.Errorf("a fresh page refreshed is another page (error %v):\n%s", err, again)
			}
			for _, b := range spec.Blocks {
				has := strings.Contains(test.page, "spec:"+b.Name+" ")
				if strings.Contains(got, b.Text()) != has {
					t.Errorf("block %s on the page: %v, want %v", b.Name, !has, has)
				}
			}
			if strings.Contains(got, "what stood here") {
				t.Error("what stood in the block before is still there")
			}
		})
	}
}

// TestEveryCommandIsInTheTable: each keyword of an active row once, with its arguments.
func TestEveryCommandIsInTheTable(t *testing.T) {
	p := spec.Default()
	table := spec.Commands(p)
	for _, r := range p.ActiveRules() {
		if !r.Verb.Command() {
			continue
		}
		n := 0
		for _, line := range strings.Split(table, "\n") {
			if strings.HasPrefix(line, "| `"+string(r.Verb)) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s has %d lines in the command table, want one", r.Verb, n)
		}
	}
	for _, row := range []string{
		"| `USER name` | AUTHORIZATION |  | `USER` | [1939 §7](https://www.rfc-editor.org/rfc/rfc1939#section-7) | Names the mailbox; the password follows with PASS. |",
		"| `PASS string` | AUTHORIZATION (user given) |  | `USER` |",
		"| `LIST [msg]` | TRANSACTION | without argument |  |",
		"| `TOP msg n` | TRANSACTION | always | `TOP` |",
		"| `CAPA` | AUTHORIZATION, TRANSACTION | always | its answer |",
		"| `APOP name digest` | AUTHORIZATION |  | the greeting's timestamp |",
	} {
		if !strings.Contains(table, "\n"+row) {
			t.Errorf("the command table has no line %s\n%s", row, table)
		}
	}
	if strings.Contains(table, "LAST") {
		t.Error("LAST is in the command table of a server that refuses it")
	}
}

// TestTablesAreMarkdown: every line of a table has as many cells as its head, and no cell holds what would
// end it.
func TestTablesAreMarkdown(t *testing.T) {
	head := 0
	for i, line := range strings.Split(spec.Markdown(spec.Default()), "\n") {
		if !strings.HasPrefix(line, "|") {
			head = 0
			continue
		}
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if head == 0 {
			head = cells
		}
		if cells != head {
			t.Errorf("line %d has %d bars, its table's head has %d: %s", i+1, cells, head, line)
		}
	}
}

// TestPersonasHaveTheirOwn: the reference of another server leaves out what it lacks.
func TestPersonasHaveTheirOwn(t *testing.T) {
	for _, persona := range engine.Personas {
		p := engine.New(engine.Config{Persona: persona, STLS: true})
		table := spec.Commands(p)
		for verb, c := range map[string]engine.Cap{"TOP": engine.CapTOP, "UIDL": engine.CapUIDL, "APOP": engine.CapAPOP, "CAPA": engine.CapCAPA, "AUTH": engine.CapSASL} {
			if has := strings.Contains(table, "| `"+verb); has != p.Caps().Has(c) {
				t.Errorf("%s: %s in its command table: %v, want %v", persona.Name, verb, has, !has)
			}
		}
	}
}

// TestShape: a field of the JSON is never renamed or taken away.
func TestShape(t *testing.T) {
	var doc any
	if err := json.Unmarshal(spec.JSON(spec.Default()), &doc); err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	shape(paths, "", doc)
	var all []string
	for p := range paths {
		all = append(all, p)
	}
	slices.Sort(all)
	got := strings.Join(all, "\n") + "\n"
	if *update {
		if err := os.WriteFile("testdata/shape.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, "testdata/shape.txt"); got != want {
		t.Errorf("the JSON has other fields (fields are only added; then go test ./engine/spec -update):\n got\n%s\nwant\n%s", got, want)
	}
}

// shape gathers a path for every value: rules[].verb string.
func shape(paths map[string]bool, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			shape(paths, strings.TrimPrefix(at+"."+name, "."), field)
		}
	case []any:
		paths[at+" list"] = true
		for _, e := range v {
			shape(paths, at+"[]", e)
		}
	case string:
		paths[at+" string"] = true
	case float64:
		paths[at+" number"] = true
	case bool:
		paths[at+" boolean"] = true
	default:
		paths[at+" null"] = true
	}
}

// TestJSONNamesWhatThereIs: what one object names another by exists, and every row says so.
func TestJSONNamesWhatThereIs(t *testing.T) {
	for _, persona := range engine.Personas {
		d := spec.Describe(engine.New(engine.Config{Persona: persona, STLS: true}))
		states, switches, faults := map[string]bool{}, map[string]bool{"": true}, map[string]bool{}
		for _, s := range d.States {
			states[s.ID] = true
		}
		for _, s := range d.Switches {
			switches[s.Name] = true
		}
		for _, f := range d.Faults {
			faults[f.Name] = true
		}
		if len(states) != 8 {
			t.Errorf("got %d states, want the engine's eight", len(states))
		}
		for _, r := range d.Rules {
			if !states[r.From] || r.OK != "" && !states[r.OK] || r.Err != "" && !states[r.Err] || r.More != "" && !states[r.More] || r.OK == "" && r.Err == "" {
				t.Errorf("%s: %s in %s leads to %q, %q, %q: one of these is no state, or there is none", persona.Name, r.Verb, r.From, r.OK, r.Err, r.More)
			}
			if !switches[r.When] || !switches[r.Unless] {
				t.Errorf("%s: %s in %s names the switches %q and %q", persona.Name, r.Verb, r.From, r.When, r.Unless)
			}
			if r.Doc == "" || r.Ref.RFC == 0 || len(r.Ref.Requirements) == 0 {
				t.Errorf("%s: %s in %s lacks a sentence, an RFC or requirements: %+v", persona.Name, r.Verb, r.From, r)
			}
			for _, a := range r.Args {
				if a.Kind == "" || a.Name == "" {
					t.Errorf("%s: %s has an argument without kind or name: %+v", persona.Name, r.Verb, a)
				}
			}
		}
		for _, o := range d.Personas {
			for _, name := range o.Switches {
				if !switches[name] {
					t.Errorf("persona %s names the switch %q", o.Name, name)
				}
			}
			for _, name := range o.Faults {
				if !faults[name] {
					t.Errorf("persona %s names the fault %q", o.Name, name)
				}
			}
		}
	}
}
