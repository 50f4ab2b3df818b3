package sasl

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Use says what a string is prepared for (RFC 3454 section 7).
type Use uint8

const (
	// Query is for strings that somebody presents. Code points that Unicode 3.2 hadn't assigned
	// may be in them.
	Query Use = iota
	// Stored is for strings that the server keeps: passwords, and what APOP, CRAM-MD5 and SCRAM
	// make of them. Unassigned code points may not be in them.
	Stored
)

//go:generate go run gen_tables.go

// Prepare returns s as SASLprep makes it (RFC 4013), so that strings that look the same are the
// same. It fails when s is no UTF-8 (ErrMalformed), holds what SASLprep prohibits, mixes
// directions of writing, or comes out empty (ErrCredentials).
//
// normalize returns Unicode normalization form KC; package prep has one. Its tables are large, so a
// program may go without and pass nil. Then strings of characters that surely are their own form
// KC, ASCII and most letters of Latin, Greek, Cyrillic, Hebrew, Arabic, Chinese, Japanese and
// Korean when typed as one code point, are prepared as usual, and Prepare fails for any other
// string rather than guess.
func Prepare(s string, use Use, normalize func(string) string) (string, error) {
	if s == "" {
		return "", refused("an empty name or password")
	}
	if isPrintableASCII(s) {
		return s, nil // every step leaves it as it is
	}
	if !utf8.ValidString(s) {
		return "", malformed("a name or password that is no UTF-8")
	}
	out := strings.Map(mapRune, s)
	if use == Stored {
		for _, r := range out {
			if unassigned.has(r) {
				return "", refused(name(r) + " is unassigned in Unicode 3.2, so it can't be in a stored string (RFC 4013 section 2.5)")
			}
		}
	}
	if normalize != nil {
		out = normalizeAssigned(out, normalize)
	} else {
		for _, r := range out {
			if !stable.has(r) {
				return "", refused(name(r) + " may need Unicode normalization, which this program goes without")
			}
		}
	}
	if out == "" {
		return "", refused("a name or password of which SASLprep leaves nothing")
	}
	if err := checkProhibited(out, prohibited); err != nil {
		return "", err
	}
	if err := checkDirections(out); err != nil {
		return "", err
	}
	return out, nil
}

// checkTrace checks what an ANONYMOUS client says of itself against the "trace" profile, which
// maps nothing (RFC 4505 section 3).
func checkTrace(s string) error {
	if !utf8.ValidString(s) {
		return malformed("trace information that is no UTF-8")
	}
	if err := checkProhibited(s, prohibitedInTrace); err != nil {
		return err
	}
	return checkDirections(s)
}

func checkProhibited(s string, tables []table) error {
	for _, table := range tables {
		for _, r := range s {
			if table.has(r) {
				return refused(name(r) + " is prohibited (RFC 3454 table " + table.name + ")")
			}
		}
	}
	return nil
}

// normalizeAssigned normalizes what Unicode 3.2 knew, whatever later version normalize is of, and
// leaves the code points between alone, as Unicode 3.2 does.
func normalizeAssigned(s string, normalize func(string) string) string {
	var out strings.Builder
	for {
		i := strings.IndexFunc(s, unassigned.has)
		if i < 0 {
			return out.String() + normalize(s)
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		out.WriteString(normalize(s[:i]) + s[i:i+size])
		s = s[i+size:]
	}
}

// mapRune is RFC 4013 section 2.1. U+200B stands in both tables; as its name is ZERO WIDTH SPACE,
// it becomes nothing.
func mapRune(r rune) rune {
	switch {
	case mappedToNothing.has(r):
		return -1
	case spaces.has(r):
		return ' '
	}
	return r
}

// checkDirections is RFC 3454 section 6: a string with letters written from right to left has
// none written from left to right, and begins and ends with one of its own.
func checkDirections(s string) error {
	if !contains(s, rightToLeft) {
		return nil
	}
	if contains(s, leftToRight) {
		return refused("letters of both directions of writing (RFC 3454 section 6)")
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if !rightToLeft.has(first) || !rightToLeft.has(last) {
		return refused("a string written from right to left begins and ends with such a letter (RFC 3454 section 6)")
	}
	return nil
}

func contains(s string, t table) bool {
	return strings.ContainsFunc(s, t.has)
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// name writes a code point as the RFCs do: U+00AD.
func name(r rune) string {
	const digits = "0123456789ABCDEF"
	out := []byte("U+")
	for shift := 20; shift >= 0; shift -= 4 {
		if shift < 16 || r>>shift != 0 { // four digits at least
			out = append(out, digits[r>>shift&15])
		}
	}
	return string(out)
}

// A table is a set of code points: spans in ascending order, ends included.
type table struct {
	name  string // of the table in RFC 3454
	spans []span
}

type span struct{ first, last rune }

func (t table) has(r rune) bool {
	_, found := slices.BinarySearchFunc(t.spans, r, func(s span, r rune) int {
		switch {
		case s.last < r:
			return -1
		case s.first > r:
			return 1
		}
		return 0
	})
	return found
}

// prohibited is RFC 4013 section 2.3, prohibitedInTrace RFC 4505 section 3.
var (
	prohibited = append([]table{spaces, {"C.7", []span{{0x2FF0, 0x2FFB}}}}, prohibitedInTrace...)

	prohibitedInTrace = []table{
		{"C.2.1", []span{{0x0000, 0x001F}, {0x007F, 0x007F}}},
		{"C.2.2", []span{{0x0080, 0x009F}, {0x06DD, 0x06DD}, {0x070F, 0x070F}, {0x180E, 0x180E}, {0x200C, 0x200D},
			{0x2028, 0x2029}, {0x2060, 0x2063}, {0x206A, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFC}, {0x1D173, 0x1D17A}}},
		{"C.3", []span{{0xE000, 0xF8FF}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}}},
		nonCharacters,
		{"C.5", []span{{0xD800, 0xDFFF}}},
		{"C.6", []span{{0xFFF9, 0xFFFD}}},
		{"C.8", []span{{0x0340, 0x0341}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x206A, 0x206F}}},
		{"C.9", []span{{0xE0001, 0xE0001}, {0xE0020, 0xE007F}}},
	}
)

var (
	mappedToNothing = table{"B.1", []span{{0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x1806, 0x1806}, {0x180B, 0x180D},
		{0x200B, 0x200D}, {0x2060, 0x2060}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}}

	spaces = table{"C.1.2", []span{{0x00A0, 0x00A0}, {0x1680, 0x1680}, {0x2000, 0x200B}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}}

	// nonCharacters are U+FDD0 to U+FDEF and the last two of each plane.
	nonCharacters = table{"C.4", []span{{0xFDD0, 0xFDEF}, {0xFFFE, 0xFFFF}, {0x1FFFE, 0x1FFFF}, {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0x3FFFF},
		{0x4FFFE, 0x4FFFF}, {0x5FFFE, 0x5FFFF}, {0x6FFFE, 0x6FFFF}, {0x7FFFE, 0x7FFFF}, {0x8FFFE, 0x8FFFF}, {0x9FFFE, 0x9FFFF},
		{0xAFFFE, 0xAFFFF}, {0xBFFFE, 0xBFFFF}, {0xCFFFE, 0xCFFFF}, {0xDFFFE, 0xDFFFF}, {0xEFFFE, 0xEFFFF}, {0xFFFFE, 0xFFFFF}, {0x10FFFE, 0x10FFFF}}}
)

// stable are characters that are their own normalization form KC, alone and in any company of
// their kind: none decomposes, and none joins with the one before it. There are more; these are
// the letters, digits and signs in names and passwords of many languages.
var stable = table{"", []span{
	{0x0000, 0x009F},                                                                                                             // ASCII
	{0x00A1, 0x00A7}, {0x00A9, 0x00A9}, {0x00AB, 0x00AC}, {0x00AE, 0x00AE}, {0x00B0, 0x00B1}, {0x00B6, 0x00B7}, {0x00BB, 0x00BB}, // signs
	{0x00BF, 0x0131}, {0x0134, 0x013E}, {0x0141, 0x0148}, {0x014A, 0x017E}, {0x0180, 0x01C3}, {0x01CD, 0x01F0}, {0x01F4, 0x0220}, {0x0222, 0x0233}, {0x0250, 0x02AD}, // Latin
	{0x0386, 0x0386}, {0x0388, 0x038A}, {0x038C, 0x038C}, {0x038E, 0x03A1}, {0x03A3, 0x03CE}, // Greek
	{0x0400, 0x0482}, {0x048A, 0x04CE}, {0x04D0, 0x04F5}, {0x0531, 0x0556}, {0x0561, 0x0586}, // Cyrillic, Armenian
	{0x05D0, 0x05EA}, {0x0621, 0x063A}, {0x0641, 0x064A}, {0x0660, 0x0669}, {0x0671, 0x0674}, {0x0679, 0x06D3}, // Hebrew, Arabic
	{0x1E00, 0x1E99}, {0x1EA0, 0x1EF9}, {0x20AC, 0x20AC}, // Latin of Vietnam and others, €
	{0x3041, 0x3094}, {0x30A1, 0x30FA}, {0x30FC, 0x30FC}, {0x3400, 0x4DB5}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3}, // Japanese, Chinese, Korean
}}
