package coverage

import (
	"fmt"
	"path"
	"strings"

	"pop3lab/engine/conform"
)

// File is the page's path from the repository's root.
const File = "engine/COVERAGE.md"

// Page is the page: row by row, what it wants and which tests show it.
func (c *Coverage) Page() string {
	var b strings.Builder
	rows := conform.Requirements()
	b.WriteString("# Requirements and the tests that show them\n\n")
	b.WriteString("Written by `go generate ./engine/conform/coverage` from the tests' own words; don't edit it.\n" +
		"A row's text is shortened here; [conform/requirements.json](conform/requirements.json) has it whole.\n" +
		"**Side**: S server, C client, B both. **By**: W one session, 2 two sessions, T the clock, F faults, S TLS,\n" +
		"U a unit or vector, C a client against a scripted server, D documentation.\n\n")
	c.summary(&b, rows)
	c.unmet(&b)
	group := ""
	for _, r := range rows {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(&b, "\n## %s: %s\n\n| Row | RFC | Level | Side | By | What is wanted | Shown by |\n|---|---|---|---|---|---|---|\n", group, r.GroupTitle)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.ID, cell(r.Source), r.Level, r.Side, r.Test, cell(shorten(r.Text, 110)), c.shownBy(r))
	}
	c.decisions(&b)
	advice(&b, rows)
	return b.String()
}

// summary counts.
func (c *Coverage) summary(b *strings.Builder, rows []conform.Requirement) {
	var must, shown, others, othersShown int
	for _, r := range rows {
		has := len(c.Tests[r.ID]) > 0
		switch {
		case r.Server() && has:
			must, shown = must+1, shown+1
		case r.Server():
			must++
		case has:
			others, othersShown = others+1, othersShown+1
		default:
			others++
		}
	}
	fmt.Fprintf(b, "%d rows bind a server and can be shown by a program: tests show %d of them, the other %d have a reason.\n", must, shown, must-shown)
	fmt.Fprintf(b, "Of the %d rows for clients and documentation tests show %d.\n", others, othersShown)
}

// unmet lists what isn't met.
func (c *Coverage) unmet(b *strings.Builder) {
	b.WriteString("\nNot met, on purpose:\n\n")
	for _, r := range conform.Requirements() {
		if Unmet[r.ID] {
			fmt.Fprintf(b, "- **%s** (RFC %s, %s): %s %s\n", r.ID, r.Source, r.Level, r.Text, Reasons[r.ID])
		}
	}
}

// shownBy is the last cell of a row.
func (c *Coverage) shownBy(r conform.Requirement) string {
	var parts []string
	if reason := Reasons[r.ID]; reason != "" {
		parts = append(parts, "*"+cell(reason)+"*")
	}
	if p := Documented[r.ID]; p.Path != "" {
		parts = append(parts, "documented in "+link(p.Path, p.Path))
	}
	if Advice[r.ID] != "" {
		parts = append(parts, "[below](#for-operators)")
	}
	if tests := mentions(c.Tests[r.ID]); tests != "" {
		parts = append(parts, tests)
	}
	return strings.Join(parts, "; ")
}

// most is how many tests of a row are listed; the others are counted.
const most = 6

func mentions(all []Mention) string {
	var out []string
	for i, m := range all {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(all)-most))
			break
		}
		name := strings.TrimSuffix(path.Base(m.Path), ".txtar")
		if m.Name != "" {
			name = path.Base(path.Dir(m.Path)) + "." + m.Name
		}
		out = append(out, link(name, m.Path))
	}
	return strings.Join(out, ", ")
}

// link is a link from the page to a file.
func link(text, to string) string {
	from := path.Dir(File) + "/"
	if rest, ok := strings.CutPrefix(to, from); ok {
		to = rest
	} else {
		to = "../" + to
	}
	return "[" + text + "](" + to + ")"
}

// decisions are listed with what they leave to a switch.
func (c *Coverage) decisions(b *strings.Builder) {
	b.WriteString("\n## Decisions\n\nWhere the RFCs leave a choice, this was chosen.\n\n| Id | Asked | Decided | Switch | Shown by |\n|---|---|---|---|---|\n")
	for _, d := range Decisions {
		name := ""
		if d.Switch != "" {
			name = "`" + d.Switch + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", d.ID, cell(d.Asked), cell(d.Decided), name, mentions(c.Tests[d.ID]))
	}
}

// advice is what operators should know.
func advice(b *strings.Builder, rows []conform.Requirement) {
	b.WriteString("\n## For operators\n\nWhat no program can do for them.\n\n")
	for _, r := range rows {
		if text := Advice[r.ID]; text != "" {
			// What follows a line end belongs to the same item.
			fmt.Fprintf(b, "- **%s**: %s\n", r.ID, strings.ReplaceAll(strings.ReplaceAll(text, "\n", "\n  "), "\n  \n", "\n\n"))
		}
	}
}

// cell makes a text fit into a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ")
}

// shorten cuts a text between words, and never inside a pair of backquotes.
func shorten(s string, n int) string {
	letters := []rune(s)
	if len(letters) <= n {
		return s
	}
	cut := n
	for cut > 0 && letters[cut] != ' ' {
		cut--
	}
	short := string(letters[:cut])
	if strings.Count(short, "`")%2 == 1 {
		short = short[:strings.LastIndexByte(short, '`')]
	}
	return strings.TrimRight(short, " ,;:(") + " …"
}
