package main

import (
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// TestTheModuleIsStarted: what package build leaves is at work at once, and the lab that it keeps for the first page
// is like any other: what happens in it doesn't show in the next one of the same script.
func TestTheModuleIsStarted(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"_initialize", "keep"} {
		if i.m.ExportedFunction(name) != nil {
			t.Errorf("the module exports %s, want only what a page calls", name)
		}
	}
	script, err := sim.Opening()
	if err != nil {
		t.Fatal(err)
	}
	p, octets := &pair{instance: i}, []byte(script.Text())
	saying := record.Input{Kind: "send", Device: "office PC", Octets: []byte("USER mrose\r\n")}
	said := saying.Append(nil)
	for lab := uint32(1); lab <= 2; lab++ {
		p.same(t, "replay", octets, uint32(len(octets)))
		p.same(t, "act", said, lab, uint32(len(said)))
	}
}
