package vectors

import (
	"flag"
	"os"
	"testing"

	"pop3lab/engine/transcript"
)

var update = flag.Bool("update", false, "write what the engine answers into the vectors")

// all are the vectors, for every test of this package.
func all(t testing.TB) []*transcript.Dialogue {
	t.Helper()
	ds, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// TestVectors runs every vector against the engine, with nothing between.
func TestVectors(t *testing.T) {
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			r, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Format()
			if *update {
				if err := os.WriteFile(d.Name+".txtar", got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := transcript.Diff(string(d.Source()), string(got)); diff != "" {
				t.Errorf("%s (RFC %s)\nthe dialogue went otherwise; - is the vector, + is what happened:\n%s", d.Comment, d.RFC, diff)
			}
		})
	}
}
