package view

import (
	"path"
	"strconv"
	"strings"

	"pop3lab/engine/conform"
	"pop3lab/engine/conform/coverage"
)

// A Coverage is the page of requirement rows and the tests that show them.
type Coverage struct {
	Counts    []Count
	Documents []Document
	Decisions []Decision
	Levels    []Level
}

// A Count is a figure and what it counts.
type Count struct{ Figure, Of string }

// A Document is an RFC with its rows; what comes from no RFC stands in one of its own.
type Document struct {
	ID, Name, Title string
	Rows, Shown     int
	Sections        []Section
}

// A Section is the rows of a document about one subject.
type Section struct {
	ID, Title string
	Rows      []Covered
	Shown     int
}

// A Covered row is a requirement and what shows it.
type Covered struct {
	Row
	Side   string
	Tests  []Test
	More   int    // how many tests aren't listed
	Reason string // why none shows it, or why it isn't met
	Unmet  bool
	// Command is the reference's page that the row is about; empty when there's none.
	Command string
}

// A Test names a place in the sources.
type Test struct{ Name, Path string }

// A Decision is what was chosen where the RFCs leave a choice.
type Decision struct {
	ID, Asked, Decided, Switch string
	Tests                      []Test
	More                       int
}

// A Level is how strong a row is, and the rows that are.
type Level struct {
	Name, Class, Doc string
	Rows             []Covered
	Shown            int
}

// documents are the RFCs in the order in which POP3 grew.
var documents = []struct{ Source, Title string }{
	{"1939", "POP3"}, {"2449", "CAPA and extended response codes"}, {"3206", "response codes of failures"}, {"2595", "STLS"}, {"8314", "TLS from the first octet"},
	{"5034", "AUTH"}, {"4422", "the framework of SASL"}, {"4616", "PLAIN"}, {"2195", "CRAM-MD5"}, {"5802", "SCRAM-SHA-1"}, {"7677", "SCRAM-SHA-256"}, {"7628", "OAUTHBEARER"},
	{"4505", "ANONYMOUS"}, {"6856", "UTF8 and LANG"}, {"2384", "pop URLs"}, {"6186", "finding a server"}, {"1957", "observations"},
}

var levels = []Level{
	{Name: "Must", Class: "must", Doc: "what an RFC demands, in capitals or in plain words"},
	{Name: "Should", Class: "should", Doc: "what it recommends"},
	{Name: "May and others", Class: "may", Doc: "what it permits, and what the experience of other programs adds"},
}

// listed is how many tests of a row stand on the page.
const listed = 4

// NewCoverage gathers the rows.
func NewCoverage(r *Reference) *Coverage {
	c := &Coverage{Levels: append([]Level(nil), levels...)}
	tests := coverage.Recorded()
	about := map[string]string{}
	for _, command := range r.Commands {
		for _, row := range command.Decisive {
			if about[row.ID] == "" {
				about[row.ID] = command.ID
			}
		}
	}
	at := map[string]int{}
	for _, d := range documents {
		at[d.Source] = len(c.Documents)
		c.Documents = append(c.Documents, Document{ID: "rfc" + d.Source, Name: "RFC " + d.Source, Title: d.Title})
	}
	c.Documents = append(c.Documents, Document{ID: "others", Name: "Beyond the RFCs", Title: "older RFCs, and what other programs went through"})
	server, shown, reasons, total := 0, 0, 0, 0
	for _, q := range conform.Requirements() {
		row := covered(q, tests)
		row.Command = about[q.ID]
		total++
		if q.Server() {
			server++
			if len(row.Tests) > 0 {
				shown++
			}
		}
		if row.Reason != "" {
			reasons++
		}
		source, _, _ := strings.Cut(strings.TrimPrefix(q.Source, "RFC "), " ")
		i, known := at[source]
		if !known {
			i = len(documents)
		}
		c.Documents[i].add(q, row)
		for i := range c.Levels {
			if c.Levels[i].Class == levelClass(q.Level) {
				c.Levels[i].Rows = append(c.Levels[i].Rows, row)
				c.Levels[i].Shown += min(len(row.Tests), 1)
			}
		}
	}
	c.Counts = []Count{{strconv.Itoa(total), "rows from " + strconv.Itoa(len(documents)) + " RFCs and from the experience of other programs"},
		{strconv.Itoa(server), "bind a server, and a program can show them"}, {strconv.Itoa(shown), "of these are shown by tests"},
		{strconv.Itoa(reasons), "have a reason instead, or something to say beside"}}
	for _, d := range coverage.Decisions {
		v := Decision{ID: d.ID, Asked: d.Asked, Decided: d.Decided, Switch: d.Switch}
		v.Tests, v.More = mentions(tests[d.ID])
		c.Decisions = append(c.Decisions, v)
	}
	return c
}

// add adds a row to the section of its group.
func (d *Document) add(q conform.Requirement, row Covered) {
	d.Rows++
	n := len(d.Sections) - 1
	if n < 0 || d.Sections[n].ID != d.ID+"-"+q.Group {
		d.Sections = append(d.Sections, Section{ID: d.ID + "-" + q.Group, Title: q.GroupTitle})
		n++
	}
	d.Sections[n].Rows = append(d.Sections[n].Rows, row)
	if len(row.Tests) > 0 {
		d.Shown++
		d.Sections[n].Shown++
	}
}

func covered(q conform.Requirement, tests map[string][]coverage.Mention) Covered {
	row := Covered{Row: rowOf(q), Side: map[string]string{"S": "server", "C": "client", "B": "both"}[q.Side], Reason: coverage.Reasons[q.ID], Unmet: coverage.Unmet[q.ID]}
	row.Tests, row.More = mentions(tests[q.ID])
	if p := coverage.Documented[q.ID]; p.Path != "" {
		row.Reason = "Documented in " + p.Path + "."
	}
	if advice := coverage.Advice[q.ID]; advice != "" {
		row.Reason, _, _ = strings.Cut(advice, "\n\n```")
		row.Reason = strings.ReplaceAll(row.Reason, "\n", " ")
	}
	return row
}

// mentions are the first tests of a row, and how many more there are.
func mentions(all []coverage.Mention) (tests []Test, more int) {
	for i, m := range all {
		if i == listed {
			return tests, len(all) - listed
		}
		t := Test{Name: strings.TrimSuffix(path.Base(m.Path), ".txtar"), Path: m.Path}
		if m.Name != "" {
			t.Name = m.Name
		}
		tests = append(tests, t)
	}
	return tests, 0
}

// Reasoned are the rows that have a reason.
func (c *Coverage) Reasoned() []Covered {
	var all []Covered
	for _, d := range c.Documents {
		for _, s := range d.Sections {
			for _, row := range s.Rows {
				if row.Reason != "" {
					all = append(all, row)
				}
			}
		}
	}
	return all
}
