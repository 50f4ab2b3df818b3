package transcript

import (
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A Remark is what the lines with # before a line say of it: of the steps First..Last, counted
// from 0 over the whole record, which are all that the line led to.
type Remark struct {
	First, Last int
	Text        string
}

// Remarks are the remarks of the file in its order. A remark behind which nothing happens any more is
// none.
func (r *Record) Remarks() []Remark {
	var out []Remark
	var text []string
	open := false // whether the last remark's line is the one that steps belong to
	for i, l := range r.Dialogue.lines {
		switch words, is := strings.CutPrefix(l.source, "#"); {
		case is:
			text = append(text, strings.TrimSpace(words))
		case l.kind == act:
			first := r.first(i)
			if open {
				out[len(out)-1].Last = max(out[len(out)-1].First, first-1)
			}
			if open = text != nil; open {
				out = append(out, Remark{First: first, Last: r.total() - 1, Text: strings.Join(text, " ")})
				text = nil
			}
		}
	}
	return out
}

func (r *Record) total() (n int) {
	for _, steps := range r.Steps {
		n += len(steps)
	}
	return n
}

// first is the number of the first step that a line led to. Of lines that travelled together it is the
// step in which the server took the line.
func (r *Record) first(line int) int {
	lines := r.Dialogue.lines
	nth := 0 // of the lines that travelled together
	for i := line - 1; i >= 0 && (lines[i].kind != act || lines[i].input.Verb == sim.NoVerb); i-- {
		if lines[i].kind == act {
			nth++
		}
	}
	for lines[line].input.Verb == sim.NoVerb || lines[line].kind != act {
		line++ // parse has seen that one follows
	}
	n, behind := 0, nth > 0
	for i, steps := range r.Steps {
		if r.of[i] == line {
			for k := range steps {
				if steps[k].Event.Kind == engine.KindLine && steps[k].Device == lines[line].input.Device {
					if nth == 0 {
						return n + k
					}
					nth--
				}
			}
			if behind && len(steps) > 0 {
				return n + len(steps) - 1 // the server never took the line
			}
			return n
		}
		n += len(steps)
	}
	return n
}
