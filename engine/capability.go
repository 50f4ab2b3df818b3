package engine

import "strconv"

// A Cap is something a server may have or lack. Most of them are lines of CAPA.
type Cap uint32

// The capabilities: the thirteen of IANA's registry, and the two that CAPA can't announce.
const (
	CapTOP Cap = 1 << iota
	CapUSER
	CapSASL
	CapRespCodes
	CapLoginDelay
	CapPipelining
	CapExpire
	CapUIDL
	CapImplementation
	CapSTLS
	CapAuthRespCode
	CapUTF8
	CapLANG
	CapCAPA // the command itself
	CapAPOP // announced by the greeting's timestamp (RFC 2449 section 6)

	// CapAll is every capability.
	CapAll = CapAPOP<<1 - 1
)

// Has says whether all of d is in c.
func (c Cap) Has(d Cap) bool { return c&d == d }

// A Capability is what CAPA says about a Cap, and when.
type Capability struct {
	Cap Cap
	Tag string // empty when CAPA doesn't announce it
	// Params returns what follows the tag, with its leading space, and false when the
	// capability has nothing to announce at the moment.
	Params func(*Session) (string, bool)
	// Here says in which of the two states it's announced; nil means both.
	Here func(*Session) bool
	Ref  Ref
	Doc  string
}

// Capabilities are the rows of CAPA, in the order in which it lists them.
var Capabilities = []Capability{
	{Cap: CapTOP, Tag: "TOP", Here: notBefore(CaplessFirst), Ref: rfc(2449, "6.1", "CAP-11"), Doc: "The command TOP is there."},
	{Cap: CapUSER, Tag: "USER", Params: cleartextOnly, Here: notAfter(ForgetAuthCaps), Ref: rfc(2449, "6.2", "CAP-12"), Doc: "USER and PASS are there, though perhaps not for every user."},
	{Cap: CapSASL, Tag: "SASL", Params: mechanisms, Here: notAfter(ForgetAuthCaps), Ref: rfc(5034, "3", "CAP-13 SAS-35"), Doc: "AUTH is there, with these mechanisms."},
	{Cap: CapRespCodes, Tag: "RESP-CODES", Ref: rfc(2449, "6.4", "CAP-14 RSP-05"), Doc: "A text that begins with [ begins with a response code."},
	{Cap: CapLoginDelay, Tag: "LOGIN-DELAY", Params: loginDelay, Ref: rfc(2449, "6.5", "CAP-15 CAP-18 CAP-19 CAP-20"), Doc: "So many seconds must lie between two logins."},
	{Cap: CapPipelining, Tag: "PIPELINING", Ref: rfc(2449, "6.6", "CAP-22 CAP-23"), Doc: "Several commands may be sent without waiting for their answers."},
	{Cap: CapExpire, Tag: "EXPIRE", Params: expire, Ref: rfc(2449, "6.7", "CAP-27 CAP-32 CAP-33 CAP-34"), Doc: "So many days messages are kept."},
	{Cap: CapUIDL, Tag: "UIDL", Here: notBefore(CaplessFirst), Ref: rfc(2449, "6.8", "CAP-35"), Doc: "The command UIDL is there."},
	{Cap: CapImplementation, Tag: "IMPLEMENTATION", Params: implementation, Here: notBefore(ImplementationInTransactionOnly), Ref: rfc(2449, "6.9", "CAP-36 CAP-37"), Doc: "Which program this is; clients must not act on it."},
	{Cap: CapSTLS, Tag: "STLS", Here: inAuthorization, Ref: rfc(2595, "4", "TLS-02"), Doc: "STLS is there and allowed now."},
	{Cap: CapAuthRespCode, Tag: "AUTH-RESP-CODE", Ref: rfc(3206, "6", "RSP-17 RSP-18"), Doc: "Every failure that is about the credentials says [AUTH]."},
	{Cap: CapUTF8, Tag: "UTF8", Params: utf8User, Ref: rfc(6856, "2", "I18-01 I18-10"), Doc: "The command UTF8 is there; with USER, names and passwords may be UTF-8."},
	{Cap: CapLANG, Tag: "LANG", Ref: rfc(6856, "3.1", "I18-16"), Doc: "The command LANG is there."},
	{Cap: CapCAPA, Ref: rfc(2449, "5", "CAP-01"), Doc: "The command CAPA is there."},
	{Cap: CapAPOP, Ref: rfc(1939, "7", "APO-01 APO-14"), Doc: "The command APOP is there; the greeting's timestamp announces it."},
}

// ExpireNever and ExpireAtOnce are values of Config.Expire and User.Expire beside a number of days.
const (
	ExpireNever  = 0  // EXPIRE NEVER: the server deletes no message
	ExpireAtOnce = -1 // EXPIRE 0: retrieved messages may be gone after QUIT
)

func notBefore(off Switch) func(*Session) bool {
	return func(s *Session) bool { return s.loggedIn() || !s.p.Switches.Has(off) }
}

func notAfter(off Switch) func(*Session) bool {
	return func(s *Session) bool { return !s.loggedIn() || !s.p.Switches.Has(off) }
}

func inAuthorization(s *Session) bool { return !s.loggedIn() && s.stlsPermitted() }

func cleartextOnly(s *Session) (string, bool) { return "", s.cleartextAllowed() }

// mechanisms are the ones that would be accepted now.
func mechanisms(s *Session) (string, bool) {
	var out string
	for _, m := range s.p.mechs {
		if s.mechanismOffered(m) {
			out += " " + m.Name
		}
	}
	return out, out != ""
}

// loginDelay announces the largest delay that could apply to any user until the user is known.
//
// RFC 2449 section 6.5: the USER argument says that the value "may vary".
func loginDelay(s *Session) (string, bool) {
	n, user := s.p.LoginDelay, ""
	switch {
	case s.loggedIn():
		n = s.p.delayOf(&s.account)
	case s.p.LoginDelayMax > n:
		n, user = s.p.LoginDelayMax, " USER"
	}
	return " " + strconv.Itoa(n) + user, n > 0 || s.p.LoginDelayMax > 0
}

// expire announces the smallest value that could apply to any user until the user is known.
func expire(s *Session) (string, bool) {
	n, user := s.p.Expire, ""
	switch {
	case s.loggedIn():
		n = s.p.expireOf(&s.account)
	case s.p.ExpireMin != ExpireNever && s.p.ExpireMin != n:
		n, user = s.p.ExpireMin, " USER"
	}
	switch n {
	case ExpireNever:
		return " NEVER" + user, true
	case ExpireAtOnce:
		return " 0" + user, true
	}
	return " " + strconv.Itoa(n) + user, true
}

func implementation(s *Session) (string, bool) {
	return " " + s.p.implementation(), s.p.implementation() != ""
}

func utf8User(s *Session) (string, bool) {
	if s.p.NoUTF8User {
		return "", true
	}
	return " USER", true
}
