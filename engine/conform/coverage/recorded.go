package coverage

import (
	_ "embed"
	"slices"
	"strings"
)

// RecordedFile is where the mentions stand for programs that don't have the sources.
const RecordedFile = "engine/conform/coverage/shown.txt"

//go:embed shown.txt
var recorded string

// Recorded are the mentions of each id as they were when the page was written. A test holds that they are
// those that Scan finds.
func Recorded() map[string][]Mention {
	tests := map[string][]Mention{}
	for line := range strings.Lines(recorded) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		where, name, _ := strings.Cut(rest, " ")
		tests[id] = append(tests[id], Mention{where, name})
	}
	return tests
}

// Lines are the mentions as they're recorded: id, path and test, a mention a line.
func (c *Coverage) Lines() string {
	var b strings.Builder
	for _, i := range slices.Sorted(keys(c.Tests)) {
		for _, m := range c.Tests[i] {
			b.WriteString(strings.TrimSpace(i+" "+m.Path+" "+m.Name) + "\n")
		}
	}
	return b.String()
}
