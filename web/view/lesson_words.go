package view

import (
	"slices"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/lessons"
)

// shuffled are a question's options in an order that says nothing: files have the right one first.
func shuffled(q lessons.Question) []string {
	var all []string
	for _, o := range q.Options {
		all = append(all, o.Text)
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(lessons.Hash("0"+q.Name+a), lessons.Hash("0"+q.Name+b)) })
	return all
}

// needs are the ids that a lesson needs, as far as they're there.
func needs(s *School, c *Course) string {
	var all []string
	for _, id := range c.Needs {
		if s.Named(id) != nil {
			all = append(all, id)
		}
	}
	return strings.Join(all, " ")
}

// titles are the titles of the lessons that a lesson needs.
func titles(p Page, s *School, c *Course) string {
	var all []string
	for _, id := range c.Needs {
		if other := s.Named(id); other != nil {
			all = append(all, p.T("“{0}”", other.Title))
		}
	}
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " " + p.T("and") + " " + all[n-1]
	}
	return strings.Join(all, "")
}

// oneWay is the lesson's reference as a dialogue, with what the server says in the printed edition.
func oneWay(c *Course) string {
	way, err := c.Way("reference")
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	lab, err := c.Lab()
	for _, m := range way.Moves {
		if err != nil {
			return err.Error()
		}
		if m.Input.Verb == sim.NoVerb {
			b.WriteString("A: " + m.Answer.Question + " " + printable(m.Answer.Text) + "\n")
			continue
		}
		in := m.Input
		if in.Device == "" && in.Verb != sim.Deliver && in.Verb != sim.Advance {
			in.Device = defaultDevice
		}
		var steps []sim.Step
		steps, err = lab.Do(in)
		for i := range steps {
			spoken(&b, &steps[i])
		}
	}
	return b.String()
}

// spoken writes a step as the RFCs write dialogues.
func spoken(b *strings.Builder, s *sim.Step) {
	e := &s.Event
	side := "S: "
	if len(e.Out()) == 0 {
		side = "C: "
	}
	for _, l := range textLines(e.Wire) {
		b.WriteString(side + l + "\n")
	}
}
