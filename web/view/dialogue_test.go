package view

import (
	"strings"
	"testing"

	"pop3lab/engine/dialogues"
)

// TestPassages: places in RFCs become addresses where they stand, and the dialogue's own is named once.
func TestPassages(t *testing.T) {
	for _, test := range []struct{ text, last, want string }{
		{"See RFC 1939 section 5.", "RFC 1939 section 5", "See [RFC 1939 section 5=rfc1939#section-5]."},
		{"Nothing.", "RFC 2449 section 6.6", "Nothing. [RFC 2449 section 6.6=rfc2449#section-6.6]"},
		{"RFC 4422 appendix A.1, RFC 1939 section 3", "RFC 1939 section 3", "[RFC 4422 appendix A.1=rfc4422#appendix-A.1], [RFC 1939 section 3=rfc1939#section-3]"},
		{"RFC 1939 section 11.", "RFC 1939 section 1", "[RFC 1939 section 11=rfc1939#section-11]. [RFC 1939 section 1=rfc1939#section-1]"},
	} {
		var b strings.Builder
		for _, p := range passages(test.text, test.last) {
			if p.Source == "" {
				b.WriteString(p.Text)
				continue
			}
			b.WriteString("[" + p.Text + "=" + strings.TrimPrefix(p.Source, "https://www.rfc-editor.org/rfc/") + "]")
		}
		if b.String() != test.want {
			t.Errorf("passages of %q with %s:\ngot  %s\nwant %s", test.text, test.last, b.String(), test.want)
		}
	}
}

// TestTaleRows: every octet that went over the wire is in the rows, each remark above its own, and a line that would never
// end is cut.
func TestTaleRows(t *testing.T) {
	for _, d := range dialogues.All() {
		frame := d.Frame()
		rows, remarks := taleRows(frame.Steps, d.Remarks()), 0
		var said strings.Builder
		for _, r := range rows {
			if r.Remark != "" {
				remarks++
				if r.First != r.Step || r.Remark != d.Remark(r.Step-1) {
					t.Errorf("%s: the remark %q stands above step %d, want step %d", d.Name, r.Remark, r.Step, r.First)
				}
			}
			for _, run := range r.Runs {
				said.WriteString(run.Text)
			}
			for _, l := range r.More {
				if len(l) > longest+40 {
					t.Errorf("%s: a row of %d octets, want at most about %d", d.Name, len(l), longest)
				}
				said.WriteString(l)
			}
			said.WriteByte('\n')
		}
		if remarks != len(d.Remarks()) {
			t.Errorf("%s: %d remarks, want %d", d.Name, remarks, len(d.Remarks()))
		}
		for i, s := range frame.Steps {
			line, _, _ := strings.Cut(strings.TrimRight(string(s.Octets), "\r\n"), "\r\n")
			if s.Direction != "" && len(line) <= longest && !strings.Contains(said.String(), printable(line)) {
				t.Errorf("%s: step %d, %q, is in no row", d.Name, i+1, line)
			}
		}
	}
}

// TestPrintable: what has no glyph becomes an escape, and nothing else.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{"a\tb": "a\tb", "grüß": "grüß", "a\x00b\x7f": `a\x00b\x7f`, "\r\n": `\x0d\x0a`, "\xff": `\xff`} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q): got %s, want %s", text, got, want)
		}
	}
}

// TestDialogueBenches: each has what the page needs before any script runs.
func TestDialogueBenches(t *testing.T) {
	for _, d := range dialogues.All() {
		b := DialogueBench(Page{Site: &Site{}, Path: DialoguePath(d.Name)}, d)
		if len(b.Suggestions) == 0 || b.Lesson == "" || b.Device == "" || b.State == "" || b.Wire == "" {
			t.Errorf("%s: the bench lacks something: suggestions %q, device %q, state %q, heading %q", d.Name, b.Suggestions, b.Device, b.State, b.Wire)
		}
		if n := len(b.Tale.Recording); n > 24_000 {
			t.Errorf("%s: the recording has %d octets in the page, want at most 24,000: packed, none needs more", d.Name, n)
		}
	}
}
