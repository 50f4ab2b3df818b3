package conform

import (
	"strings"
	"testing"

	"pop3lab/engine"
)

// TestSentences: each quotation belongs to a row that cites an RFC, is one short piece of text, and has no
// white space that a line break left.
func TestSentences(t *testing.T) {
	if len(said()) < 130 {
		t.Errorf("sentences: got %d, want those of the 130 rows that the table cites most", len(said()))
	}
	for id, text := range said() {
		row, ok := Lookup(id)
		if !ok || row.Source == "" || row.Source[0] < '0' || row.Source[0] > '9' {
			t.Errorf("%s: a sentence for a row that cites no RFC (%q)", id, row.Source)
		}
		if len(text) < 12 || len(text) > 250 || strings.Join(strings.Fields(text), " ") != text {
			t.Errorf("%s: got %q (%d octets), want one short sentence without line breaks", id, text, len(text))
		}
	}
	// What a learner meets in the first session has its sentence.
	for _, id := range []string{"FRM-04", "FRM-14", "FRM-15", "STA-09", "STA-11", "OPN-02", "DEL-02", "TMO-02", "USR-08", "UID-02"} {
		if Sentence(id) == "" {
			t.Errorf("%s has no sentence", id)
		}
	}
}

// TestParts: every part that the engine labels has rows that decide what it is, and each of these has the
// RFC's sentence.
func TestParts(t *testing.T) {
	names := map[string]bool{}
	for p := engine.PartKeyword; p <= engine.PartStray; p++ {
		names[p.String()] = true
		if len(parts[p.String()]) == 0 {
			t.Errorf("the part %q has no row", p)
		}
	}
	for name, ids := range parts {
		if !names[name] {
			t.Errorf("there is no part %q in engine.Part", name)
		}
		for _, id := range ids {
			if Sentence(id) == "" {
				t.Errorf("the part %q names %s, which has no sentence", name, id)
			}
		}
	}
}
