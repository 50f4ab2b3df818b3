package client

import (
	"bytes"
	"strings"

	"pop3lab/engine"
)

// A Reply is the first line of an answer.
type Reply struct {
	Status engine.Status // OK, Err or More
	// Line is the whole line without its end.
	Line string
	// Text is what follows the indicator, without a response code. Only that of STAT, LIST and
	// UIDL means anything to a program (RFC 1939 section 9); the rest is for people. In a
	// challenge it's the Base64.
	Text string
	// Code is the response code as IANA's registry writes it; CodeNone when there is none, or none
	// we know. Detail that we don't know is cut off: [sys/temp/disk] is SYS/TEMP.
	Code engine.RespCode
	// RawCode is what stood between the brackets.
	RawCode string
	// Odd is what was odd about the line.
	Odd Odd
}

// parseReply reads the first line of an answer, given without its line end.
//
// RFC 2449 section 3: "single-line = status [SP text] CRLF". A server that forgets the space is
// understood nevertheless.
func parseReply(line []byte) (Reply, bool) {
	r := Reply{Line: string(line)}
	var indicator, rest string
	switch {
	case hasPrefixFold(line, "+OK"):
		r.Status, indicator = engine.OK, "+OK"
	case hasPrefixFold(line, "-ERR"):
		r.Status, indicator = engine.Err, "-ERR"
	case bytes.HasPrefix(line, []byte("+")):
		r.Status, indicator = engine.More, "+"
	default:
		return r, false
	}
	rest = r.Line[len(indicator):]
	if r.Line[:len(indicator)] != indicator {
		r.Odd |= OddCase
	}
	after, spaced := strings.CutPrefix(rest, " ")
	if !spaced && (rest != "" || r.Status == engine.More) {
		r.Odd |= OddNoSpace
	}
	r.Text = after
	if r.Status != engine.More {
		r.readCode()
	}
	return r, true
}

// readCode takes the response code off the text.
//
// RFC 2449 section 8: "Clients MUST ignore unknown hierarchical detail about the response code."
func (r *Reply) readCode() {
	if !strings.HasPrefix(r.Text, "[") {
		return
	}
	end := strings.IndexByte(r.Text, ']')
	if end < 2 || strings.ContainsFunc(r.Text[:end], func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return
	}
	r.RawCode = r.Text[1:end]
	r.Text = strings.TrimPrefix(r.Text[end+1:], " ")
	for code := strings.ToUpper(r.RawCode); code != ""; {
		if known[engine.RespCode(code)] {
			r.Code = engine.RespCode(code)
			return
		}
		code = code[:max(strings.LastIndexByte(code, '/'), 0)]
	}
}

// known are the response codes that the engine's refusals bear: all of IANA's registry.
var known = func() map[engine.RespCode]bool {
	m := make(map[engine.RespCode]bool)
	for _, r := range engine.Refusals {
		if r.Code != engine.CodeNone {
			m[r.Code] = true
		}
	}
	return m
}()

// hasPrefixFold is bytes.HasPrefix without regard to the case of ASCII letters.
func hasPrefixFold(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && strings.EqualFold(string(line[:len(prefix)]), prefix)
}

// Timestamp returns the timestamp of a greeting with its angle brackets, which APOP's digest is
// computed over; empty when there is none. It looks at every octet once, whatever the greeting.
//
// RFC 1939 section 7, APOP: "The syntax of the timestamp corresponds to the `msg-id' in [RFC822]".
// That is checked, octet by octet: somebody in the middle who may choose freely what is hashed can
// learn a secret from MD5, one letter after the other. When several fit, the last one counts,
// because the text before it is the operator's to choose.
func Timestamp(greeting string) string {
	found := ""
	start, at := -1, -1 // offsets of "<" and "@" in the candidate
	literal := false    // inside a domain literal
	for i := range len(greeting) {
		c := greeting[i]
		switch {
		case c == '<':
			start, at, literal = i, -1, false
		case start < 0:
		case c == '>' && !literal:
			if at > start+1 && i > at+1 {
				found = greeting[start : i+1]
			}
			start = -1
		case c == '@' && at < 0:
			at = i
		case c == '[' && i == at+1 && at > 0:
			literal = true
		case c == ']' && literal:
			literal = i+1 >= len(greeting) || greeting[i+1] != '>'
		case c == ':' && literal:
		case c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"[]", c) >= 0:
			start = -1
		}
	}
	return found
}
