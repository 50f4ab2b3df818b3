package grade

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Table writes results for a person: a line a hand-in, and below it what is missing and why.
func Table(w io.Writer, all []Result) {
	for i := range all {
		r := &all[i]
		if r.Verdict == Refused {
			fmt.Fprintf(w, "%s: refused: %s\n", r.File, r.Trouble)
		} else {
			fmt.Fprintf(w, "%s: %s, %d of %d goals of %s (%s)\n", r.File, r.Verdict, r.Met, len(r.Goals), r.Lesson, r.Title)
		}
		for n, g := range r.Goals {
			if !g.Met {
				fmt.Fprintf(w, "  goal %d isn't met: %s\n    %s\n", n+1, g.Text, g.Why)
			}
		}
		for _, remark := range r.Remarks {
			fmt.Fprintf(w, "  %s\n", remark)
		}
	}
	done, refused := 0, 0
	for i := range all {
		switch all[i].Verdict {
		case Done:
			done++
		case Refused:
			refused++
		}
	}
	fmt.Fprintf(w, "%d hand-ins: %d done, %d not yet, %d refused\n", len(all), done, len(all)-done-refused, refused)
}

// CSV writes results as RFC 4180 has it, a line a hand-in. A field that a spreadsheet would take for a
// formula gets an apostrophe before it.
func CSV(w io.Writer, all []Result) error {
	c := csv.NewWriter(w)
	c.Write([]string{"file", "lesson", "revision", "seed", "verdict", "met", "goals", "commands", "par", "hints", "trouble", "remarks", "misses"})
	for i := range all {
		r := &all[i]
		var misses []string
		for n, g := range r.Goals {
			if !g.Met {
				misses = append(misses, fmt.Sprintf("%d: %s", n+1, g.Why))
			}
		}
		row := []string{r.File, r.Lesson, strconv.Itoa(r.Rev), strconv.FormatUint(r.Seed, 10), r.Verdict, strconv.Itoa(r.Met), strconv.Itoa(len(r.Goals)),
			strconv.Itoa(r.Commands), strconv.Itoa(r.Par), strings.Join(r.Hints, " "), r.Trouble, strings.Join(r.Remarks, "; "), strings.Join(misses, "; ")}
		for j, field := range row {
			if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
				row[j] = "'" + field
			}
		}
		c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// JSON writes results as one array.
func JSON(w io.Writer, all []Result) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}
