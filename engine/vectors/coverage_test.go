package vectors

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/engine/transcript"
)

// rfc1939section10 is the example of RFC 1939 section 10 as it's printed, but for the two messages,
// of which it says only that they are sent. A vector can be rewritten by -update; this can't.
const rfc1939section10 = `S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: LIST
S: +OK 2 messages (320 octets)
S: 1 120
S: 2 200
S: .
C: RETR 1
S: +OK 120 octets
<message>
S: .
C: DELE 1
S: +OK message 1 deleted
C: RETR 2
S: +OK 200 octets
<message>
S: .
C: DELE 2
S: +OK message 2 deleted
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
S closes
`

// TestRFC1939Section10: the RFC's own session, octet for octet.
func TestRFC1939Section10(t *testing.T) {
	source, err := Files.ReadFile("rfc1939_section_10.txtar")
	if err != nil {
		t.Fatal(err)
	}
	d, err := transcript.Parse("rfc1939_section_10", source)
	if err != nil {
		t.Fatal(err)
	}
	r, err := transcript.Run(d, transcript.Simulation)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(r.Lines(), "\n\n")
	message := regexp.MustCompile(`(?s)(S: \+OK \d+ octets\n).*?(S: \.\n)`)
	got = message.ReplaceAllString(got, "$1<message>\n$2")
	if diff := transcript.Diff(rfc1939section10, got); diff != "" {
		t.Errorf("- is RFC 1939 section 10, + is what happened:\n%s", diff)
	}
	for i, want := range []int64{120, 200} {
		if got := d.World.Mail[i].Octets; int64(len(got)) != want {
			t.Errorf("message %d has %d octets, want the %d of the RFC", i+1, len(got), want)
		}
	}
}

// TestEveryRowIsUsed: no row of the protocol is there without a dialogue that shows it.
func TestEveryRowIsUsed(t *testing.T) {
	type key struct {
		from         engine.State
		verb         engine.Verb
		when, unless engine.Switch
	}
	used := map[key]bool{}
	for _, r := range records(t) {
		for _, steps := range r.Steps {
			for _, s := range steps {
				if rule := s.Event.Rule; rule != nil {
					used[key{rule.From, rule.Verb, rule.When, rule.Unless}] = true
				}
			}
		}
	}
	for _, rule := range engine.POP3 {
		if !used[key{rule.From, rule.Verb, rule.When, rule.Unless}] {
			t.Errorf("no vector uses the row %s in %s (%s); write one", rule.Verb, rule.From, rule.Doc)
		}
	}
}

// TestEveryRefusalIsShown: no reason to refuse is there without a dialogue in which it's given.
func TestEveryRefusalIsShown(t *testing.T) {
	given := map[engine.Text]bool{}
	for _, r := range records(t) {
		for _, steps := range r.Steps {
			for _, s := range steps {
				if s.Event.Status == engine.Err || s.Event.Kind == engine.KindClose {
					given[s.Event.Text] = true
				}
			}
		}
	}
	for text, refusal := range engine.Refusals {
		if refusal.Ref.RFC != 0 && !given[engine.Text(text)] && engine.Text(text) != engine.TextBusy {
			t.Errorf("no vector is refused for: %s", refusal.Doc)
		}
	}
}

// TestEveryPersonaFaultAndSwitch has a vector; a persona and a fault one that is named after it.
func TestEveryPersonaFaultAndSwitch(t *testing.T) {
	vectors := map[string]*transcript.Dialogue{}
	switches := map[string]bool{}
	for _, d := range all(t) {
		vectors[d.Name] = d
		for _, s := range d.World.Switches {
			switches[s] = true
		}
	}
	for _, p := range engine.Personas {
		name := "persona_" + strings.ReplaceAll(p.Name, "-", "_")
		if d := vectors[name]; d == nil || d.World.Persona != p.Name {
			t.Errorf("persona %s: want a vector %s that has it", p.Name, name)
		}
	}
	for _, f := range engine.AllFaults {
		name := "fault_" + strings.ReplaceAll(f.Name, "-", "_")
		if d := vectors[name]; d == nil || !slices.Contains(d.World.Faults, f.Name) {
			t.Errorf("fault %s: want a vector %s that has it", f.Name, name)
		}
	}
	for _, s := range engine.Switches {
		if !switches[s.Name] {
			t.Errorf("switch %s: no vector has it on", s.Name)
		}
	}
}

// decision is the id of a decision on what the RFCs leave open.
var decision = regexp.MustCompile(`^A-(0[1-9]|1[0-9]|2[0-9])$`)

// TestVectorsSayWhatTheyShow: a sentence, a place in an RFC, and requirement rows that exist.
func TestVectorsSayWhatTheyShow(t *testing.T) {
	for _, d := range all(t) {
		if d.Comment == "" || strings.HasSuffix(d.Comment, ".") {
			t.Errorf("%s: comment %q, want a sentence without its full stop", d.Name, d.Comment)
		}
		if !regexp.MustCompile(`^\d{3,4} (section|appendix) [A-Z0-9.]+$`).MatchString(d.RFC) {
			t.Errorf("%s: rfc %q, want NUMBER section N or NUMBER appendix A", d.Name, d.RFC)
		}
		if len(d.Reqs) == 0 {
			t.Errorf("%s: no req: a vector names the requirement rows that it shows", d.Name)
		}
		for _, id := range d.Reqs {
			if _, ok := conform.Lookup(id); !ok && !decision.MatchString(id) {
				t.Errorf("%s: req names %s, which is no requirement row", d.Name, id)
			}
		}
	}
}

// records are all vectors, run.
func records(t testing.TB) []*transcript.Record {
	t.Helper()
	var out []*transcript.Record
	for _, d := range all(t) {
		r, err := transcript.Run(d, transcript.Simulation)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}
