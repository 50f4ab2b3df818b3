package web

import (
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/web/view"
)

// TestTheFirstPageOpensWhatTheModuleKeeps: otherwise it would be made anew on each visit, and the first answer came later.
func TestTheFirstPageOpensWhatTheModuleKeeps(t *testing.T) {
	b, err := view.NewBench(view.Page{}, world, device, lesson)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := sim.Opening()
	if err != nil {
		t.Fatal(err)
	}
	if want := kept.Text(); b.Script != want {
		t.Errorf("the first page replays %s, the module keeps %s (sim.Opening)", b.Script, want)
	}
}
