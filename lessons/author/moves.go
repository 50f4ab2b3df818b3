package author

import (
	"fmt"
	"slices"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/lessons"
)

// What a dialogue says that can't be meant, though it can be played.

// happenings are what stands behind C without a colon.
var happenings = []string{"connects", "connects with TLS", "hangs up", "vanishes", "stays silent", "secures"}

// moves looks at the answers and the lines of a dialogue.
func (p *prover) moves(d *lessons.Dialogue) {
	rule := d.Name
	if rule != "reference" {
		rule = "reject/" + rule
	}
	for _, m := range d.Moves {
		if m.Input.Verb == sim.Send {
			line := strings.TrimSuffix(string(m.Input.Octets), "\r\n")
			if slices.Contains(happenings, line) {
				p.bad(rule, "line %d sends the words %s to the server; did you mean C %s, without the colon?", m.Line, line, line)
			}
			continue
		}
		if m.Input.Verb != sim.NoVerb {
			continue
		}
		q := p.l.Question(m.Answer.Question)
		if q == nil || q.Kind != lessons.Choice && q.Kind != lessons.Predict {
			continue
		}
		var there []string
		for i := range q.Options {
			there = append(there, q.Options[i].Text)
		}
		is := func(option string) bool {
			return strings.EqualFold(strings.Join(strings.Fields(option), " "), strings.Join(strings.Fields(m.Answer.Text), " "))
		}
		if !slices.ContainsFunc(there, is) {
			p.bad(rule, "line %d: question %s has no answer %q; there are:\n  %s", m.Line, q.Name, m.Answer.Text, strings.Join(there, "\n  "))
		}
	}
}

// chain says how far a goal of several steps came.
func chain(source string, stage int) string {
	steps := strings.Split(source, " then ")
	if len(steps) == 1 || stage >= len(steps) {
		return ""
	}
	if stage == 0 {
		return fmt.Sprintf(" Not even its first step came: %s.", steps[0])
	}
	return fmt.Sprintf(" Of its %d steps it came to number %d, %s; what didn't follow is %s.", len(steps), stage, steps[stage-1], steps[stage])
}

// names looks for names in braces that nothing uses, and for some where none are filled in.
func (p *prover) names(text string) {
	for _, v := range p.l.Vars {
		if !strings.Contains(text, "{"+v.Name+"}") {
			p.advise("vary", "nothing uses {%s}; write it somewhere, or take its line away", v.Name)
		}
	}
	header := [][2]string{{"title", p.l.Title}, {"summary", p.l.Summary}, {"teaches", strings.Join(p.l.Teaches, ", ")}}
	for _, h := range header {
		_, rest, open := strings.Cut(h[1], "{")
		if name, _, closed := strings.Cut(rest, "}"); open && closed {
			p.bad("header", "%s: holds {%s}, and names in braces aren't filled in there, because the list of lessons is the same for everybody; say it without", h[0], name)
		}
	}
}
