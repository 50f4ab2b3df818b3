package sasl

import (
	"strings"
	"unicode/utf8"
)

// tokenMax is how many characters, not octets, a token may have (RFC 4505 section 2).
const tokenMax = 255

// anonymous takes ANONYMOUS's only message, which says who the client is and proves nothing.
//
// RFC 4505 section 2: it "should take one of two forms: an Internet email address, or an opaque
// string that does not contain the '@' (U+0040) character".
func anonymous(env *Env, message []byte) (Identity, error) {
	trace := string(message)
	if err := checkTrace(trace); err != nil {
		return Identity{}, malformed(err.(*Error).Why)
	}
	switch {
	case strings.Contains(trace, "@"):
		if !isAddrSpec(trace) {
			return Identity{}, malformed("a message with @ is an e-mail address, and " + trace + " is none")
		}
	case utf8.RuneCountInString(trace) > tokenMax:
		return Identity{}, malformed("a token has at most 255 characters")
	}
	if env.Anonymous == "" {
		return Identity{}, refused("nobody may log in without a name here")
	}
	return Identity{Mailbox: env.Anonymous, Trace: trace}, nil
}

// isAddrSpec says whether s is local@domain (RFC 2822 section 3.4.1). The local part is words
// between dots or one quoted string, the domain words between dots or a literal in brackets;
// comments and obsolete forms are no part of it. Letters beyond ASCII count as letters.
func isAddrSpec(s string) bool {
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	if !isDotAtom(domain) && !isEnclosed(domain, '[', ']') {
		return false
	}
	return isDotAtom(local) || isEnclosed(local, '"', '"')
}

func isDotAtom(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsAny(word, " ()<>[]:;@\\,\"") {
			return false
		}
	}
	return true
}

// isEnclosed says whether s stands between the two characters, neither of which is inside unless a
// backslash quotes it.
func isEnclosed(s string, first, last byte) bool {
	if len(s) < 2 || s[0] != first || s[len(s)-1] != last {
		return false
	}
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '\\':
			if i++; i == len(inner) {
				return false
			}
		case first, last:
			return false
		}
	}
	return true
}
