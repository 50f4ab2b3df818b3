package transcript

import "pop3lab/engine/sim"

// An Act is one thing that a dialogue lets happen.
type Act struct {
	// Line is the number of the line that says so, 0 for a first connection that no line mentions.
	Line  int
	Input sim.Input
}

// Acts are the inputs that the dialogue leads to, in order: what Run gives its host.
func (d *Dialogue) Acts() []Act {
	var acts []Act
	if d.connectsAtOnce() {
		acts = append(acts, Act{Input: sim.Input{Verb: sim.Connect, Device: d.Device}})
	}
	for _, l := range d.lines {
		if l.kind == act && l.input.Verb != sim.NoVerb {
			acts = append(acts, Act{l.number, l.input})
		}
	}
	return acts
}
