package spec

import (
	"fmt"
	"slices"
	"strings"
)

// A Block is a part of a page that is printed from the table. It stands between
// <!-- spec:NAME --> and <!-- /spec:NAME -->, each on a line of its own.
type Block struct {
	Name string
	// Required says that the README has it.
	Required bool
	Text     func() string
}

// Blocks are the blocks there are.
var Blocks = []Block{
	{"states", true, func() string { return fence(Mermaid(Default(), false)) }},
	{"authorization", false, func() string { return fence(Mermaid(Default(), true)) }},
	{"commands", true, func() string { return Commands(Default()) }},
	{"capabilities", false, func() string { return Capabilities(Default()) }},
	{"mechanisms", false, func() string { return Mechanisms(Default()) }},
	{"codes", false, ResponseCodes},
	{"personas", false, Personas},
	{"switches", false, Switches},
	{"faults", false, Faults},
}

// Refresh returns the page with every block in it printed anew. It fails when a marker has no partner,
// names no block or stands twice, and when a page that has markers lacks those of a required block.
func Refresh(page string) (string, error) {
	var out strings.Builder
	var seen []string
	lines := strings.SplitAfter(page, "\n")
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		name, closing, ok := marker(lines[i])
		if !ok {
			continue
		}
		at := slices.IndexFunc(Blocks, func(b Block) bool { return b.Name == name })
		switch {
		case at < 0:
			return "", fmt.Errorf("line %d: there is no block %q; the blocks are %s", i+1, name, names())
		case closing:
			return "", fmt.Errorf("line %d: <!-- /spec:%s --> has no <!-- spec:%s --> before it", i+1, name, name)
		case slices.Contains(seen, name):
			return "", fmt.Errorf("line %d: <!-- spec:%s --> stands on the page twice", i+1, name)
		}
		seen = append(seen, name)
		begin := i + 1
		for i++; ; i++ {
			if i == len(lines) {
				return "", fmt.Errorf("line %d: <!-- spec:%s --> has no <!-- /spec:%s --> behind it", begin, name, name)
			}
			other, closing, ok := marker(lines[i])
			if ok && (other != name || !closing) {
				return "", fmt.Errorf("line %d: <!-- spec:%s --> is still open at line %d; put <!-- /spec:%s --> before it", begin, name, i+1, name)
			}
			if ok {
				break
			}
		}
		// Markdown wants blank lines around a table.
		out.WriteString("\n" + Blocks[at].Text() + "\n" + lines[i])
	}
	for _, b := range Blocks {
		if b.Required && len(seen) > 0 && !slices.Contains(seen, b.Name) {
			return "", fmt.Errorf("<!-- spec:%s --> and <!-- /spec:%s --> are missing: put them where the block belongs", b.Name, b.Name)
		}
	}
	return out.String(), nil
}

// marker reads a marker's line.
func marker(line string) (name string, closing, ok bool) {
	s, ok := strings.CutPrefix(strings.TrimSpace(line), "<!-- ")
	if !ok {
		return "", false, false
	}
	s, closing = strings.CutPrefix(s, "/")
	if s, ok = strings.CutPrefix(s, "spec:"); !ok {
		return "", false, false
	}
	name, ok = strings.CutSuffix(s, " -->")
	return name, closing, ok
}

func names() string {
	var all []string
	for _, b := range Blocks {
		all = append(all, b.Name)
	}
	return strings.Join(all, ", ")
}
