package engine

import (
	"slices"
	"strings"
	"testing"

	"pop3lab/engine/conform"
)

// TestEverySwitchAndFaultIsRemarked: each shows somewhere, so Protocol.Explain says where.
func TestEverySwitchAndFaultIsRemarked(t *testing.T) {
	for _, d := range Switches {
		if !remarked(func(r *remark) bool { return r.on == d.Switch }) {
			t.Errorf("switch %s has no row in remarks: an event that it changes isn't explained truly", d.Name)
		}
	}
	for _, f := range AllFaults {
		if !remarked(func(r *remark) bool { return r.is == f.Fault }) {
			t.Errorf("fault %s has no row in remarks: an event that it changes isn't explained truly", f.Name)
		}
	}
	for i, r := range remarks {
		if (r.on == 0) == (r.is == 0) {
			t.Errorf("remark %d is about %b and %b, want one switch or one fault", i, r.on, r.is)
		}
	}
}

func remarked(is func(*remark) bool) bool {
	for i := range remarks {
		if is(&remarks[i]) {
			return true
		}
	}
	return false
}

// notes are all notes there are.
func notes() []note {
	all := []note{askEmpty, askUnknown, askMisplaced, askCancel, sayChallenge, sayFirst, sayMessage, sayScans, sayUniqueIDs, sayCapabilities,
		sayLanguages, sayMechanisms, sayLines, sayStuffed, sayStuffing, sayBody, sayMessEnd, sayTopEnd, sayEnd, sayNoEnd, sayBareEnd, sayStray, sayTLS, sayClosed, sayLost}
	for _, n := range asks {
		all = append(all, n)
	}
	return append(all, answers[:]...)
}

// TestMistakesAreKnown: what is said to go wrong stands in the requirements, and those rows are there.
func TestMistakesAreKnown(t *testing.T) {
	for _, n := range notes() {
		if (n.mistake == "") != (n.known == "") {
			t.Errorf("mistake %q with rows %q: one goes with the other", n.mistake, n.known)
		}
		for _, id := range strings.Fields(n.known) {
			if _, ok := conform.Lookup(id); !ok {
				t.Errorf("mistake %q: there is no requirement %s", n.mistake, id)
			}
		}
	}
}

// TestEveryCommandAndTextHasANote: commands, and texts that aren't refusals, are explained in words of
// their own.
func TestEveryCommandAndTextHasANote(t *testing.T) {
	for _, r := range POP3 {
		if r.Verb.Command() && asks[r.Verb].text == "" {
			t.Errorf("%s has no note in asks", r.Verb)
		}
	}
	for text := TextNone + 1; text < firstRefusal; text++ {
		if answers[text].text == "" {
			t.Errorf("text %d (%q) has no note in answers", text, english[text])
		}
	}
	for text := firstRefusal; text < numTexts; text++ {
		if Refusals[text].Doc == "" || english[text] == "" {
			t.Errorf("refusal %d needs a sentence (%q) and a wording (%q)", text, Refusals[text].Doc, english[text])
		}
		if answers[text].text != "" {
			t.Errorf("refusal %d has the text %q in answers; it belongs in Refusals", text, answers[text].text)
		}
	}
}

// TestRegisteredTags: the capabilities with a tag are the thirteen of IANA's registry, none of which
// begins with X; what a persona lists besides isn't registered.
//
// req: CAP-40
func TestRegisteredTags(t *testing.T) {
	registered := []string{"TOP", "USER", "SASL", "RESP-CODES", "LOGIN-DELAY", "PIPELINING", "EXPIRE", "UIDL", "IMPLEMENTATION",
		"STLS", "AUTH-RESP-CODE", "UTF8", "LANG"}
	var tags []string
	for i := range Capabilities {
		if tag := Capabilities[i].Tag; tag != "" {
			tags = append(tags, tag)
		}
	}
	if !slices.Equal(tags, registered) {
		t.Errorf("got the tags %v, want IANA's, %v", tags, registered)
	}
	for _, p := range Personas {
		for _, line := range p.ExtraCapa {
			if tag, _, _ := strings.Cut(line, " "); slices.Contains(registered, tag) {
				t.Errorf("persona %s lists %s besides the capabilities; it's one of them", p.Name, tag)
			}
		}
	}
}

// TestEveryResponseCodeIsDescribed: each code that a refusal bears, and each once.
func TestEveryResponseCodeIsDescribed(t *testing.T) {
	seen := map[RespCode]int{}
	for _, c := range ResponseCodes {
		seen[c.Code]++
	}
	for text, r := range Refusals {
		if r.Code != CodeNone && seen[r.Code] != 1 {
			t.Errorf("refusal %d bears [%s], which ResponseCodes describes %d times, want once", text, r.Code, seen[r.Code])
		}
	}
	if len(ResponseCodes) != 6 {
		t.Errorf("got %d response codes, want the six of IANA's registry", len(ResponseCodes))
	}
}
