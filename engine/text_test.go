package engine

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// numeric are the texts that are numbers and names alone: they have no language. unsaid are those
// that no client ever sees.
var (
	numeric = []Text{TextStat, TextScanOne, TextUniqueIDOne, TextLast}
	unsaid  = []Text{TextNone, TextTLSOnPlain, TextHTTP, TextBodyChanged, TextFault, TextInjected}
)

// TestRefusalsSayWhy: every negative text has a reason with a place in an RFC.
func TestRefusalsSayWhy(t *testing.T) {
	for text := firstRefusal; text < numTexts; text++ {
		r := Refusals[text]
		if r.Ref.RFC == 0 || r.Ref.Section == "" || r.Ref.Reqs == "" {
			t.Errorf("text %d (%q): reference %+v, want an RFC, a section and requirement rows", text, english[text], r.Ref)
		}
		if r.Doc == "" || !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("text %d (%q): Doc %q, want sentences for a learner", text, english[text], r.Doc)
		}
	}
	for text := TextNone; text < firstRefusal; text++ {
		if r := Refusals[text]; r.Ref.RFC != 0 || r.Code != CodeNone {
			t.Errorf("text %d is positive and has a reason to refuse: %+v", text, r)
		}
	}
}

// TestLanguagesAreWhole: what is said in English is said in every language.
//
// req: I18-17, I18-18, I18-22
func TestLanguagesAreWhole(t *testing.T) {
	for _, c := range catalogues {
		if c.tag == "" || c.name == "" || !utf8.ValidString(c.name) {
			t.Errorf("language %q: want a tag and its name in itself", c.tag)
		}
		for text := Text(1); text < numTexts; text++ {
			if slices.Contains(unsaid, text) || c.tag != "en" && slices.Contains(numeric, text) {
				continue
			}
			if c.texts[text] == "" {
				t.Errorf("%s: no text for %q", c.tag, english[text])
			}
		}
	}
}

// TestPlaceholdersAreTheSame: a translation tells the same numbers and names, and what it chooses by
// number it chooses rightly.
func TestPlaceholdersAreTheSame(t *testing.T) {
	places := regexp.MustCompile(`\$.`)
	for _, c := range catalogues {
		for text := Text(1); text < numTexts; text++ {
			said, want := c.texts[text], places.FindAllString(english[text], -1)
			if said == "" {
				continue
			}
			got := places.FindAllString(said, -1)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q has the places %q, English has %q", c.tag, said, got, want)
			}
			for _, p := range got {
				if !strings.Contains("$n $m $s $h", p) {
					t.Errorf("%s: %q has the place %s, which nothing fills", c.tag, said, p)
				}
			}
			open, bar, closed := strings.Count(said, "{"), strings.Count(said, "|"), strings.Count(said, "}")
			if open != bar || bar != closed || open > 0 && !strings.Contains(said, "$n") {
				t.Errorf("%s: %q: want {one|many}, and the number that chooses", c.tag, said)
			}
			if strings.HasPrefix(said, "[") {
				t.Errorf("%s: %q: a text that begins with [ is a response code (RFC 2449 section 3)", c.tag, said)
			}
			if strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s: %q has a control character", c.tag, said)
			}
		}
	}
}

// TestNoReplyIsTooLong: filled with the longest that can stand there, and behind the longest code, no reply
// has more than 512 octets, and cutting it takes only a client's own words, never a number.
//
// req: FRM-12, FRM-34, DFR-08
func TestNoReplyIsTooLong(t *testing.T) {
	for i, c := range catalogues {
		p := New(Config{Host: strings.Repeat("h", 64) + ".example"})
		s := p.NewSession(Peer{Stamp: "<18446744073709551615.18446744073709551615@" + p.Host + ">"})
		s.lang = uint8(i)
		for text := Text(1); text < numTexts; text++ {
			for _, status := range []Status{OK, Err} {
				r := Reply{Status: status, Text: text, Num: math.MaxInt64, Size: math.MaxInt64, Name: strings.Repeat("ü", 200)}
				if text == TextGreeting {
					r.tail = s.peer.Stamp
				}
				wire := s.appendReply(nil, &r)
				if len(wire) > MaxReply || !strings.HasSuffix(string(wire), "\r\n") || !utf8.Valid(wire) {
					t.Errorf("%s: reply of %d octets, want at most 512, CRLF and whole characters: %q", c.tag, len(wire), wire)
				}
				if r.tail != "" && !strings.Contains(string(wire), r.tail) {
					t.Errorf("%s: the greeting %q lost its timestamp", c.tag, wire)
				}
			}
		}
	}
	for _, persona := range Personas {
		p := New(Config{Persona: persona})
		s := p.NewSession(Peer{})
		for text := range persona.Texts {
			wire := s.appendReply(nil, &Reply{Status: OK, Text: text, Num: math.MaxInt64, Size: math.MaxInt64, Name: strings.Repeat("x", 300)})
			if len(wire) > MaxReply {
				t.Errorf("persona %s: %q has %d octets, want at most 512", persona.Name, wire, len(wire))
			}
		}
	}
}

// TestTagsAreFound: a tag finds its language, in any case, or a shorter tag's (RFC 4647 section 3.4); "*"
// is the operator's choice.
//
// req: I18-19, I18-20
func TestTagsAreFound(t *testing.T) {
	for tag, want := range map[string]string{"de": "de", "DE": "de", "de-AT": "de", "de-Latn-AT-1996": "de", "fr-CA": "fr", "*": "en",
		"tlh": "", "d": "", "deu": "", "-": "", "de-": "de", "": "", "-de": ""} {
		got := ""
		if i := languageFor(tag); i >= 0 {
			got = catalogues[i].tag
		}
		if got != want {
			t.Errorf("LANG %s: got language %q, want %q", tag, got, want)
		}
	}
}

// TestCut: shortening never splits a character, and never lengthens.
func TestCut(t *testing.T) {
	for _, s := range []string{"", "a", "ü", "üü", "aü€😀", "\x80\x80\x80", "\xff"} {
		for n := range len(s) + 3 {
			got := string(cut([]byte(s), n))
			if len(got) > n && n <= len(s) || !strings.HasPrefix(s, got) || utf8.ValidString(s) && !utf8.ValidString(got) {
				t.Errorf("cut(%q, %d): got %q", s, n, got)
			}
		}
	}
}
