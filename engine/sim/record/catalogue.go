package record

import (
	"errors"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// Sim is the input as a lab takes it.
func (v *Input) Sim() (sim.Input, error) {
	verb, ok := sim.VerbNamed(v.Kind)
	if !ok {
		return sim.Input{}, errors.New("sim: there is no input of kind " + v.Kind)
	}
	return sim.Input{Verb: verb, Device: v.Device, User: v.User, UID: v.UID, Octets: v.Octets, Last: v.Last, Millis: v.Millis, TLS: v.TLS,
		Barred: v.Barred, Ailment: sim.Ailment(v.Ailment), After: v.After, Segment: v.Segment, Persona: v.Persona, Faults: v.Faults,
		Switches: v.Switches, Without: v.Without}, nil
}

// All is the catalogue of what a world may be made of.
func All() *Catalogue {
	c := &Catalogue{Version: sim.Version}
	for _, p := range engine.Personas {
		c.Personas = append(c.Personas, Entry{Name: p.Name, Doc: p.Doc})
	}
	for _, f := range engine.AllFaults {
		c.Faults = append(c.Faults, Entry{Name: f.Name, Doc: f.Doc, Reqs: strings.Fields(f.Reqs)})
	}
	for _, s := range engine.Switches {
		c.Switches = append(c.Switches, Entry{Name: s.Name, Doc: s.On, Reqs: strings.Fields(s.Reqs)})
	}
	for _, x := range engine.Capabilities {
		if x.Tag != "" {
			c.Capabilities = append(c.Capabilities, Entry{Name: x.Tag, Doc: x.Doc, Reqs: x.Ref.IDs()})
		}
	}
	for _, a := range sim.Ailments {
		c.Ailments = append(c.Ailments, Entry{Name: string(a.Ailment), Doc: a.Doc})
	}
	return c
}
