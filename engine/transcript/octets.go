package transcript

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Octets as text. Printable ASCII stands for itself, \r \n \t and \\ are what
// they are in Go, \xNN is any octet, and \{N*TEXT} is N copies of TEXT.

// maxRepeat bounds what one escape may stand for.
const maxRepeat = 1 << 26

// Unescape turns text with escapes into the octets it stands for.
func Unescape(text string) ([]byte, error) {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		if i++; i == len(text) {
			return nil, errors.New(`a lone \ at the end; write \\`)
		}
		switch text[i] {
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '\\':
			out = append(out, '\\')
		case 'x':
			if i+2 >= len(text) {
				return nil, errors.New(`\x needs two hexadecimal digits`)
			}
			n, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
			if err != nil {
				return nil, errors.New(`\x needs two hexadecimal digits`)
			}
			out = append(out, byte(n))
			i += 2
		case '{':
			count, rest, _ := strings.Cut(text[i+1:], "*")
			what, _, closed := strings.Cut(rest, "}")
			n, err := strconv.Atoi(count)
			if err != nil || n < 0 || !closed || n*len(what) > maxRepeat {
				return nil, errors.New(`copies are written \{N*TEXT}, at most 64 MiB of them`)
			}
			out = append(out, strings.Repeat(what, n)...)
			i += len(`{*}`) + len(count) + len(what) - 1
		default:
			return nil, errors.New(`there is no escape \` + text[i:i+1])
		}
	}
	return out, nil
}

// longRun is from how many copies on Escape writes \{N*x}.
const longRun = 64

// Escape turns octets into text that Unescape turns back.
func Escape(octets []byte) string {
	var b strings.Builder
	for i := 0; i < len(octets); {
		c := octets[i]
		run := 1
		for i+run < len(octets) && octets[i+run] == c {
			run++
		}
		i += run
		if run >= longRun && c > ' ' && c < 0x7f && c != '}' && c != '\\' {
			b.WriteString(`\{` + strconv.Itoa(run) + "*" + string(rune(c)) + "}")
			continue
		}
		for n := range run {
			escape(&b, c, i == len(octets) && n == run-1)
		}
	}
	return b.String()
}

func escape(b *strings.Builder, c byte, last bool) {
	const hex = "0123456789abcdef"
	switch {
	case c == '\r':
		b.WriteString(`\r`)
	case c == '\n':
		b.WriteString(`\n`)
	case c == '\t':
		b.WriteString(`\t`)
	case c == '\\':
		b.WriteString(`\\`)
	case c < ' ' || c >= 0x7f || c == ' ' && last:
		b.WriteString(`\x` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
	default:
		b.WriteByte(c)
	}
}

// maxPlain is how long a line may be to be shown as it is.
const maxPlain = 300

// plain returns a line without its CRLF, and true, when it can be shown as it is:
// it has an end, and nothing in it that a reader, or an editor that takes
// spaces off, would miss.
func plain(line []byte) (string, bool) {
	text, ended := strings.CutSuffix(string(line), "\r\n")
	if !ended || len(text) > maxPlain || strings.HasSuffix(text, " ") || !utf8.ValidString(text) {
		return "", false
	}
	run, last := 0, rune(-1)
	for _, r := range text {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xad {
			return "", false
		}
		if r != last {
			run, last = 0, r
		}
		if run++; run >= longRun {
			return "", false
		}
	}
	return text, true
}
