package sasl

import "pop3lab/engine/digest"

// A Mechanism is one row: a way to authenticate, and what has to be known to offer it.
type Mechanism struct {
	// Name is the mechanism's registered name (RFC 4422 section 3.1).
	Name string
	// ClientFirst says that the client may begin, so that AUTH may carry an initial response.
	// Next makes the empty challenge when there is none.
	ClientFirst bool
	// Cleartext says that a secret that can be used again goes over the wire as it is.
	Cleartext bool
	// NeedsTLS says that the mechanism must not be used without TLS, whatever the operator says.
	NeedsTLS bool
	// Legacy says that only a persona offers it: it has no RFC, and better ones exist.
	Legacy bool
	// Ready says whether env has what the mechanism needs. Nil means that it always has.
	Ready func(env *Env) bool
	// New begins an exchange.
	New func(env *Env) Server

	RFC     int    // where it is specified; zero: in no RFC
	Section string // and in which section
	Doc     string // one sentence for a learner
}

// Mechanisms is what there is, in the order in which a server should announce it: what gives least
// away comes first.
var Mechanisms = []Mechanism{
	{Name: "SCRAM-SHA-256-PLUS", ClientFirst: true, NeedsTLS: true, Ready: canBind, New: newSCRAM("SCRAM-SHA-256-PLUS", digest.SHA256, true), RFC: 7677, Section: "3",
		Doc: "Client and server prove to each other that they know the password, and that they talk through the same TLS connection."},
	{Name: "SCRAM-SHA-256", ClientFirst: true, New: newSCRAM("SCRAM-SHA-256", digest.SHA256, false), RFC: 7677, Section: "3",
		Doc: "Client and server prove to each other that they know the password, without sending it."},
	{Name: "SCRAM-SHA-1-PLUS", ClientFirst: true, NeedsTLS: true, Ready: canBind, New: newSCRAM("SCRAM-SHA-1-PLUS", digest.SHA1, true), RFC: 5802, Section: "5",
		Doc: "SCRAM-SHA-256-PLUS with an older hash."},
	{Name: "SCRAM-SHA-1", ClientFirst: true, New: newSCRAM("SCRAM-SHA-1", digest.SHA1, false), RFC: 5802, Section: "5",
		Doc: "SCRAM-SHA-256 with an older hash."},
	{Name: "EXTERNAL", ClientFirst: true, NeedsTLS: true, Ready: hasCertificate, New: oneMessage(external), RFC: 4422, Section: "A.1",
		Doc: "Takes the client's TLS certificate as proof, and sends no secret at all."},
	{Name: "OAUTHBEARER", ClientFirst: true, Cleartext: true, NeedsTLS: true, Ready: takesTokens, New: newOAuthBearer, RFC: 7628, Section: "3",
		Doc: "Sends a token that another server gave out for this purpose: whoever has it, gets in."},
	{Name: "CRAM-MD5", New: newCRAM, RFC: 2195, Section: "2",
		Doc: "The client keys a hash of the server's challenge with the password, which stays at home; MD5 is old, and the server proves nothing."},
	{Name: "PLAIN", ClientFirst: true, Cleartext: true, New: oneMessage(plain), RFC: 4616, Section: "2",
		Doc: "Sends name and password as they are, in one message: safe inside TLS only."},
	{Name: "LOGIN", ClientFirst: true, Cleartext: true, Legacy: true, New: newLogin,
		Doc: "Sends name and password as they are, one after the other; PLAIN made it superfluous, but old clients know nothing else."},
	{Name: "XOAUTH2", ClientFirst: true, Cleartext: true, NeedsTLS: true, Legacy: true, Ready: takesTokens, New: newXOAuth2,
		Doc: "One company's form of OAUTHBEARER, older than the standard."},
	{Name: "ANONYMOUS", ClientFirst: true, Ready: takesAnybody, New: oneMessage(anonymous), RFC: 4505, Section: "2",
		Doc: "Lets anybody into a public maildrop, who may say who he is."},
}

func canBind(env *Env) bool        { return env.Binding != nil }
func hasCertificate(env *Env) bool { return env.External != "" }
func takesTokens(env *Env) bool    { return env.ByToken != nil }
func takesAnybody(env *Env) bool   { return env.Anonymous != "" }

// Find returns the mechanism of that name, in upper or lower case (RFC 5034 section 5).
func Find(name string) (Mechanism, bool) {
	for _, m := range Mechanisms {
		if equalFold(m.Name, name) {
			return m, true
		}
	}
	return Mechanism{}, false
}

// Usable says whether the mechanism may be announced and used on a connection with or without
// TLS. Cleartext says that the operator lets passwords travel without TLS.
//
// RFC 5034 section 4: "A server implementation MUST implement a configuration in which it does NOT
// advertise or permit any plaintext password mechanisms, unless the STLS command has been used to
// negotiate a TLS session".
func (m Mechanism) Usable(env *Env, tls, cleartext bool) bool {
	switch {
	case m.NeedsTLS && !tls:
		return false
	case m.Cleartext && !tls && !cleartext:
		return false
	}
	return m.Ready == nil || m.Ready(env)
}

// ValidName says whether name has the form of a mechanism's name: 1 to 20 characters, each an
// upper-case letter, a digit, "-" or "_" (RFC 4422 section 3.1).
func ValidName(name string) bool {
	if len(name) < 1 || len(name) > 20 {
		return false
	}
	for _, c := range []byte(name) {
		if !('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// equalFold compares ASCII strings without regard to case. Other letters must be the same:
// strings.EqualFold takes the Kelvin sign for a K.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
