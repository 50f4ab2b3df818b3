package sasl

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xdg-go/stringprep"
	"golang.org/x/text/unicode/norm"
)

// RFC 4013 section 3, and what its sections 2.1 to 2.5 say beyond it.
//
// req: SAS-22, SAS-23, I18-11, I18-12, I18-13, I18-14
func TestPrepare(t *testing.T) {
	for _, c := range []struct {
		name, in string
		use      Use
		want     string
		err      error
	}{
		{"1 soft hyphen", "I\u00ADX", Query, "IX", nil},
		{"2 no transformation", "user", Query, "user", nil},
		{"3 case preserved", "USER", Query, "USER", nil},
		{"4 NFKC of Latin-1", "\u00AA", Query, "a", nil},
		{"5 NFKC", "\u2168", Query, "IX", nil},
		{"6 I18-12 control character", "\u0007", Query, "", ErrCredentials},
		{"7 I18-12 bidirectional", "\u0627\u0031", Query, "", ErrCredentials},
		{"spaces become SPACE", "a\u00A0b\u1680c\u2000d\u202Fe\u205Ff\u3000g", Query, "a b c d e f g", nil},
		{"zero width space becomes nothing", "a\u200Bb", Query, "ab", nil},
		{"Mongolian soft hyphen becomes nothing", "a\u1806b", Query, "ab", nil},
		{"SAS-23 empty", "", Query, "", ErrCredentials},
		{"SAS-23 nothing left", "\u00AD\uFE0F", Query, "", ErrCredentials},
		{"I18-12 C.2.2", "a\u0080", Query, "", ErrCredentials},
		{"I18-12 C.3", "a\uE000", Query, "", ErrCredentials},
		{"I18-12 C.4", "a\uFDD0", Query, "", ErrCredentials},
		{"I18-12 C.6", "a\uFFFD", Query, "", ErrCredentials},
		{"I18-12 C.7", "a\u2FF0", Query, "", ErrCredentials},
		{"I18-12 C.8", "a\u200E", Query, "", ErrCredentials},
		{"I18-12 C.9", "a\U000E0001", Query, "", ErrCredentials},
		{"I18-12 DEL", "a\x7F", Query, "", ErrCredentials},
		{"I18-13 not UTF-8", "a\xFF", Query, "", ErrMalformed},
		{"I18-13 surrogate", "a\xED\xA0\x80", Query, "", ErrMalformed},
		{"I18-14 unassigned in a query", "\u0221", Query, "\u0221", nil},
		{"I18-14 unassigned in a query, whatever a later NFKC makes of it", "\u2168\U0001F100\u2168", Query, "IX\U0001F100IX", nil},
		{"I18-14 unassigned in a stored string", "\u0221", Stored, "", ErrCredentials},
		{"I18-14 assigned since, though NFKC would make it assigned", "\U0001F100", Stored, "", ErrCredentials},
		{"right to left", "\u0627\u0031\u0628", Query, "\u0627\u0031\u0628", nil},
		{"right to left, ending in a digit", "\u0628\u0031", Query, "", ErrCredentials},
		{"both directions", "\u0627a\u0628", Query, "", ErrCredentials},
		{"Hebrew", "\u05E9\u05DC\u05D5\u05DD", Stored, "\u05E9\u05DC\u05D5\u05DD", nil},
		{"composition", "u\u0308", Stored, "\u00FC", nil},
		{"composition across what vanishes", "u\u00AD\u0308", Stored, "\u00FC", nil},
		{"8-bit among ASCII", strings.Repeat("a", 100) + "\u00FC", Stored, strings.Repeat("a", 100) + "\u00FC", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Prepare(c.in, c.use, norm.NFKC.String)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("Prepare(%+q): got %+q, %v; want %+q, %v (RFC 4013)", c.in, got, err, c.want, c.err)
			}
		})
	}
}

// Without normalization the result is the same or there is none.
func TestPrepareWithoutNormalization(t *testing.T) {
	for in, want := range map[string]string{
		"user": "user", "jürgen": "jürgen", "Grüße €": "Grüße €", "I\u00ADX": "IX", "Ελλάς": "Ελλάς", "Москва": "Москва",
		"Việt": "Việt", "日本語": "日本語", "한국": "한국", "ひらがな": "ひらがな", "שלום": "שלום", "a\u00A0b": "a b",
		"\u2168": "", "ju\u0308rgen": "", "\u00AA": "", "\u01C6": "", "\uFB01": "", "\u1100\u1161\u11A8": "", "\u0221": "", "a\x07": "", "\u00AD": "",
	} {
		got, err := Prepare(in, Query, nil)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Prepare(%+q) without normalization: got %+q, %v; want %+q", in, got, err, want)
		}
	}
}

// Each table, for each code point, is the one of RFC 3454 as xdg-go/stringprep has it.
func TestTables(t *testing.T) {
	sets := map[string]stringprep.Set{
		"A.1": stringprep.TableA1, "C.1.2": stringprep.TableC1_2, "C.2.1": stringprep.TableC2_1, "C.2.2": stringprep.TableC2_2,
		"C.3": stringprep.TableC3, "C.4": stringprep.TableC4, "C.5": stringprep.TableC5, "C.6": stringprep.TableC6,
		"C.7": stringprep.TableC7, "C.8": stringprep.TableC8, "C.9": stringprep.TableC9, "D.1": stringprep.TableD1, "D.2": stringprep.TableD2,
	}
	for _, table := range append([]table{unassigned, rightToLeft, leftToRight}, prohibited...) {
		set, found := sets[table.name]
		if !found {
			t.Errorf("no table %s, or twice", table.name)
			continue
		}
		delete(sets, table.name)
		for r := rune(0); r <= utf8.MaxRune; r++ {
			if got, want := table.has(r), set.Contains(r); got != want {
				t.Errorf("table %s: %s is in it: %v, want %v (RFC 3454)", table.name, name(r), got, want)
			}
		}
	}
	for name := range sets {
		t.Errorf("table %s is missing", name)
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		_, want := stringprep.TableB1.Map(r)
		if r == 0x1806 {
			want = true // RFC 3454 table B.1 has it; stringprep forgot it
		}
		if got := mappedToNothing.has(r); got != want {
			t.Errorf("table B.1: %s is in it: %v, want %v (RFC 3454)", name(r), got, want)
		}
	}
}

// A character of the table stable is its own NFKC, never joins with the one before it, and is as
// Unicode 3.2 knew it.
func TestStable(t *testing.T) {
	for _, s := range stable.spans {
		for r := s.first; r <= s.last; r++ {
			p := norm.NFKC.PropertiesString(string(r))
			if !norm.NFKC.IsNormalString(string(r)) || p.CCC() != 0 || !p.BoundaryBefore() {
				t.Errorf("%s changes, or joins with what stands before it", name(r))
			}
			if unassigned.has(r) {
				t.Errorf("%s is unassigned in Unicode 3.2", name(r))
			}
		}
	}
}

// letters are what random strings are made of: some of every kind that Prepare treats in a way of
// its own.
var letters = []rune("abc 019~\x00\x1f\x7f\u0080\u00A0\u00AA\u00AD\u00B5\u00E9\u00DF\u0130\u0133\u0149\u017F\u01C4\u0221\u0300\u0301\u0308\u0327\u034F\u0340\u037A\u0391\u0410" +
	"\u05D0\u05B0\u0627\u0628\u0660\u06DD\u070F\u0915\u093C\u0E33\u1100\u1161\u11A8\u1680\u1806\u180B\u180E\u1E9A\u1E9B\u1EA5\u2000\u200B\u200C\u200E\u2028\u202A\u202F\u2060\u206A\u2126\u2168\u2460" +
	"\u2FF0\u3000\u3042\u304C\u3099\u3131\u4E00\uAC00\uE000\uF900\uFB01\uFB1D\uFDD0\uFE0F\uFEFB\uFEFF\uFF21\uFFF9\uFFFD\U0001D173\U0001D400\U0001F100\U0001F600\U0002F800\U000E0001\U000F0000\U0010FFFF")

func TestPrepareRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		s := make([]rune, rnd.IntN(6))
		for i := range s {
			s[i] = letters[rnd.IntN(len(letters))]
		}
		comparePrepare(t, string(s))
	}
}

func FuzzPrepare(f *testing.F) {
	for _, r := range letters {
		f.Add("a" + string(r))
		f.Add(string(r) + "\u0627")
	}
	f.Fuzz(comparePrepare)
}

// comparePrepare compares Prepare with stringprep's SASLprep, which knows stored strings only, and
// checks what any result must be like.
func comparePrepare(t *testing.T, s string) {
	got, err := Prepare(s, Stored, norm.NFKC.String)
	query, queryErr := Prepare(s, Query, norm.NFKC.String)
	plain, plainErr := Prepare(s, Query, nil)
	switch {
	case err == nil && (queryErr != nil || query != got):
		t.Fatalf("%+q: stored %+q; as a query %+q, %v (RFC 3454 section 7)", s, got, query, queryErr)
	case plainErr == nil && (queryErr != nil || query != plain):
		t.Fatalf("%+q: without normalization %+q, with it %+q, %v", s, plain, query, queryErr)
	case queryErr == nil && (query == "" || !utf8.ValidString(query) ||
		!norm.NFKC.IsNormalString(query) && !strings.ContainsFunc(query, unassigned.has)):
		t.Fatalf("%+q: prepared to %+q", s, query)
	}
	for _, e := range []error{err, queryErr, plainErr} {
		if e != nil && errors.Is(e, ErrMalformed) != !utf8.ValidString(s) {
			t.Fatalf("%+q: got %v; malformed is what isn't UTF-8", s, e)
		}
	}
	if !utf8.ValidString(s) {
		return
	}
	want, wantErr := stringprep.SASLprep.Prepare(strings.ReplaceAll(s, "\u1806", ""))
	switch {
	case strings.ContainsFunc(s, unassigned.has):
		// stringprep looks for them after normalization by a later Unicode, which may have made
		// something else of them. To Unicode 3.2 they are unassigned.
		if !errors.Is(err, ErrCredentials) {
			t.Fatalf("%+q: got %+q, %v; want an error for the unassigned code point (RFC 3454 section 7)", s, got, err)
		}
	case want == "" && wantErr == nil:
		if !errors.Is(err, ErrCredentials) {
			t.Fatalf("%+q: got %+q, %v; want an error, as nothing is left (RFC 5034 section 4)", s, got, err)
		}
	case got != want || (err == nil) != (wantErr == nil):
		t.Fatalf("%+q: got %+q, %v; stringprep says %+q, %v", s, got, err, want, wantErr)
	}
}

func BenchmarkPrepare(b *testing.B) {
	for _, s := range []string{"tanstaaf", "Grüße"} {
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				Prepare(s, Query, norm.NFKC.String)
			}
		})
	}
}

func TestName(t *testing.T) {
	for r, want := range map[rune]string{0: "U+0000", 0xAD: "U+00AD", 0xFFFD: "U+FFFD", 0x1F100: "U+1F100", 0x10FFFF: "U+10FFFF"} {
		if got := name(r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
