package dialogues

import (
	"flag"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

var update = flag.Bool("update", false, "write what the servers answer into the dialogues")

// names are those of the files.
func names(t testing.TB) []string {
	t.Helper()
	all, err := fs.Glob(files, "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], ".txtar")
	}
	slices.Sort(all)
	return all
}

// TestDialogues plays every dialogue: it goes as it's recorded.
func TestDialogues(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			source, err := files.ReadFile(name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			d, err := parse(name, source)
			if err != nil {
				t.Fatal(err)
			}
			r, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Format()
			if *update {
				if err := os.WriteFile(name+".txtar", got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := transcript.Diff(string(source), string(got)); diff != "" {
				t.Errorf("%s\nthe dialogue went otherwise; - is the file, + is what happened:\n%s", d.Title, diff)
			}
		})
	}
}

// TestEveryFileIsOnAShelf, and on one only.
func TestEveryFileIsOnAShelf(t *testing.T) {
	var on []string
	for _, g := range Groups() {
		on = append(on, g.names...)
	}
	slices.Sort(on)
	if all := names(t); !slices.Equal(on, all) {
		t.Errorf("the groups name other files than there are, or one twice; - are the groups, + the files:\n%s",
			transcript.Diff(strings.Join(on, "\n"), strings.Join(all, "\n")))
	}
}

// TestWords: what people read is there, is short, and is said once.
func TestWords(t *testing.T) {
	titles := map[string]string{}
	for _, d := range All() {
		if other := titles[d.Title]; other != "" || d.Title == "" || strings.HasSuffix(d.Title, ".") || utf8.RuneCountInString(d.Title) > 64 {
			t.Errorf("%s: title %q, want one of at most 64 characters, without a full stop, that no other dialogue has (%s)", d.Name, d.Title, other)
		}
		titles[d.Title] = d.Name
		if n := sentences(d.About); n < 1 || n > 6 || !strings.HasSuffix(d.About, ".") || len(d.About) > 420 {
			t.Errorf("%s: about has %d sentences and %d octets, want a few short ones: %s", d.Name, n, len(d.About), d.About)
		}
		if !regexp.MustCompile(`^\d{3,4} (section|appendix) [A-Z0-9.]+$`).MatchString(d.RFC) {
			t.Errorf("%s: rfc %q, want NUMBER section N or NUMBER appendix A", d.Name, d.RFC)
		}
		if !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(d.Name) {
			t.Errorf("%s: a name stands in an address: small letters, digits and hyphens only", d.Name)
		}
		for _, r := range d.Remarks() {
			if !strings.HasSuffix(r.Text, ".") && !strings.HasSuffix(r.Text, "?") && !strings.Contains(r.Text, ": ") || len(r.Text) > 240 {
				t.Errorf("%s: remark %q, want a short sentence or two", d.Name, r.Text)
			}
		}
	}
}

func sentences(text string) int {
	return len(regexp.MustCompile(`[.?!]( |$)`).FindAllString(text, -1))
}

// TestRemarksStandBesideSteps: none is lost behind the last line, none points at nothing, none covers another.
func TestRemarksStandBesideSteps(t *testing.T) {
	for _, d := range All() {
		written := 0
		body, _, _ := strings.Cut(d.Source, "\n-- ")
		lines := strings.Split(body, "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "#") && !strings.HasPrefix(lines[i-1], "#") {
				written++
			}
		}
		if got := len(d.Remarks()); got != written {
			t.Errorf("%s: %d remarks beside steps, want the %d of the file: each needs a line behind it that isn't an answer", d.Name, got, written)
		}
		last := -1
		for _, r := range d.Remarks() {
			if r.First <= last || r.Last < r.First || r.Last >= len(d.Steps()) {
				t.Errorf("%s: the remark %q stands at steps %d to %d, want some behind %d and before %d", d.Name, r.Text, r.First, r.Last, last, len(d.Steps()))
			}
			last = r.Last
			if d.Remark(r.First) != r.Text || d.Remark(r.Last) != r.Text {
				t.Errorf("%s: Remark doesn't find %q", d.Name, r.Text)
			}
		}
	}
}

// people are those of the RFCs' examples and of the texts that the dialogues retell.
var people = []string{"mrose", "dewey", "frated", "tim", "user", "Harish", "public"}

// TestDevicesHaveNames that can be taken over, and no dialogue makes up people.
func TestDevicesHaveNames(t *testing.T) {
	for _, d := range All() {
		for _, s := range d.Steps() {
			if in := s.Happening; in != nil && in.Verb == sim.Connect && in.Device == "" {
				t.Errorf("%s: a device without a name connects; give the field device, or [NAME] before the line", d.Name)
			}
		}
		if len(d.Devices()) == 0 {
			t.Errorf("%s: no device connects", d.Name)
		}
		for _, u := range d.Script().World.Users {
			if !slices.Contains(people, u.Name) {
				t.Errorf("%s: user %s is of no RFC and of no text", d.Name, u.Name)
			}
		}
	}
}

// TestEveryPersonaAndFault has a dialogue that shows it.
func TestEveryPersonaAndFault(t *testing.T) {
	for _, p := range engine.Personas {
		if d, ok := Named("persona-" + p.Name); !ok || d.Script().World.Persona != p.Name {
			t.Errorf("persona %s: want a dialogue persona-%s with this persona", p.Name, p.Name)
		}
	}
	for _, f := range engine.AllFaults {
		if d, ok := Named("fault-" + f.Name); !ok || !slices.Equal(d.Script().World.Faults, []string{f.Name}) {
			t.Errorf("fault %s: want a dialogue fault-%s with this fault alone", f.Name, f.Name)
		}
	}
}

// TestEveryMechanism has a dialogue in which it lets somebody in. Those with -PLUS need a TLS connection to bind to, which
// a world in a bottle hasn't got.
func TestEveryMechanism(t *testing.T) {
	in := map[string]bool{}
	for _, d := range All() {
		name := ""
		for _, s := range d.Steps() {
			if e := &s.Event; e.Kind == engine.KindLine && e.Verb == "AUTH" {
				name, _, _ = strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(e.Wire), "AUTH")), " ")
			} else if e.Kind == engine.KindReply && e.Status == engine.OK && e.After == engine.Transaction && e.Before != engine.Transaction && (e.Verb == "AUTH" || e.Verb == engine.Response) {
				in[name] = true
			}
		}
	}
	for _, m := range sasl.Mechanisms {
		if !in[m.Name] && !strings.HasSuffix(m.Name, "-PLUS") {
			t.Errorf("no dialogue logs in with %s; write one", m.Name)
		}
	}
}

// TestEveryWayIsWalked: each arrow of the diagram with the RFC's three states, and each of the one with
// the rooms of AUTHORIZATION, is taken by some dialogue, for every word that stands at it.
func TestEveryWayIsWalked(t *testing.T) {
	edges := engine.Edges(engine.New(engine.Config{STLS: true}).ActiveRules())
	for _, zoom := range []engine.Zoom{engine.Far, engine.Near} {
		for _, e := range edges {
			if len(zoom.Arrows([]engine.Edge{e})) > 0 && len(Walks()[e]) == 0 {
				t.Errorf("no dialogue takes the way %s —%s %s→ %s; write one", e.From, e.Verb, e.Outcome, e.To)
			}
		}
	}
	for e, ws := range Walks() {
		for _, w := range ws {
			if s := w.Dialogue.Steps()[w.Step].Event; s.Rule.From != e.From || s.Status != e.Outcome {
				t.Errorf("%s step %d takes %s %s, want the way %+v", w.Dialogue.Name, w.Step, s.Rule.From, s.Status, e)
			}
		}
	}
}

// TestFrames: a frame has a step for each that the dialogue has, and what was replayed is what was
// played.
func TestFrames(t *testing.T) {
	for _, d := range All() {
		f := d.Frame()
		if len(f.Steps) != len(d.Steps()) || f.Refused != "" {
			t.Errorf("%s: the frame has %d steps, want %d: replayed, the same happens", d.Name, len(f.Steps), len(d.Steps()))
			continue
		}
		for i, s := range d.Steps() {
			if string(f.Steps[i].Octets) != string(s.Event.Wire) || f.Steps[i].Device != s.Device {
				t.Errorf("%s step %d: replayed, %q of %s; want %q of %s", d.Name, i, f.Steps[i].Octets, f.Steps[i].Device, s.Event.Wire, s.Device)
				break
			}
		}
	}
}
