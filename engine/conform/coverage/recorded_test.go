package coverage

import (
	"os"
	"testing"
)

// TestRecorded: what programs without the sources know is what the sources say.
func TestRecorded(t *testing.T) {
	c, err := Scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if c.Lines() != recorded {
		t.Fatalf("%s is stale: run go generate ./engine/conform/coverage, read the diff and commit it", RecordedFile)
	}
	all := Recorded()
	for i, want := range c.Tests {
		if got := all[i]; len(got) != len(want) || got[0] != want[0] {
			t.Errorf("%s read back: got %v, want %v", i, got, want)
		}
	}
}
