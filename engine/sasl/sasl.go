// Package sasl is the server's half of authentication: SASL mechanisms, and the checks of
// USER/PASS and APOP, as functions of what they are given.
//
// Read mechanisms.go first: it is the table of what there is. An exchange (exchange.go) is a chain
// of steps, one a response; the files named after mechanisms have the steps. password.go checks
// USER/PASS and APOP. saslprep.go prepares names and passwords, so that a letter typed in one way
// equals the same letter typed in another.
//
// The package knows no POP3: Base64 lines, the "*" that cancels and the limits of a line are its
// caller's. It reads no clock and makes no random number; Env brings both.
package sasl

import "errors"

// A Server is one exchange. It has the shape of go-sasl's Server.
type Server interface {
	// Next takes the client's next response, decoded, and returns the next challenge, not yet
	// encoded. The first call begins the exchange: its response is the initial response, or nil
	// when the client gave none (an empty slice is an empty initial response). A challenge may be
	// empty, and is sent nevertheless; only after done, and after an error, there is nothing to
	// send.
	//
	// An error ends the exchange without success. It is an *Error and wraps one of
	// ErrCredentials, ErrMalformed and ErrUnavailable. Calls after the end fail with ErrMalformed.
	Next(response []byte) (challenge []byte, done bool, err error)
	// Identity is who the client has proved to be. It is zero until Next returned done.
	Identity() Identity
}

// An Identity is the outcome of a successful exchange.
type Identity struct {
	// Authcid is the authentication identity: whose password, key, token or certificate it was.
	// It is prepared with SASLprep. ANONYMOUS has none.
	Authcid string
	// Authzid is the authorization identity that the client asked for, prepared; empty when it
	// asked for none (RFC 4422 section 3.4.1: an empty one equals an absent one).
	Authzid string
	// Mailbox is the maildrop to open.
	Mailbox string
	// Trace is what an ANONYMOUS client says of itself: good for a log, proof of nothing.
	Trace string
}

// An Account is what has to be known about a user.
type Account struct {
	// Name is the mailbox's name.
	Name string
	// Secret is the password. Empty means that no password is good enough.
	Secret string
	// MayActAs are the mailboxes besides Name that the user may ask for as authorization
	// identity. They are compared octet for octet with the prepared request.
	MayActAs []string
}

// An Env is everything that an exchange needs from outside. Fields that a mechanism doesn't use
// may be zero. An Env isn't changed by an exchange; several may share one.
type Env struct {
	// Lookup finds the account of a name prepared with SASLprep, and returns false when there is
	// none. An error means that it can't be found out now. Who must not log in by a cleartext
	// mechanism on this connection is given an empty Secret: then right and wrong passwords look
	// alike.
	Lookup func(name string) (Account, bool, error)
	// ByToken finds the account that a bearer token opens. It should compare in constant time
	// (see SameSecret). Nil bars OAUTHBEARER and XOAUTH2.
	ByToken func(token string) (Account, bool, error)
	// Random fills p with random octets, from a source that nobody can guess.
	Random func(p []byte)
	// Normalize returns the Unicode normalization form KC of its argument. Nil: see Prepare.
	Normalize func(string) string
	// Key is this server's own secret, the same for all exchanges. From it come SCRAM's salts and
	// the made-up secrets of unknown users, so that they look like those of any user.
	Key []byte

	// Host is the server's fully qualified name, for the challenge of CRAM-MD5. When OAUTHBEARER's
	// client names a host or a port, they must be Host and Port; an empty Host or zero Port is not
	// checked.
	Host string
	Port int
	// Millis is the time in milliseconds, for the challenge of CRAM-MD5.
	Millis int64
	// External is the name that the client's certificate proves. Empty bars EXTERNAL.
	External string
	// Anonymous is the mailbox that ANONYMOUS opens. Empty bars ANONYMOUS.
	Anonymous string
	// Binding returns the TLS connection's channel binding data of a type such as "tls-exporter"
	// (RFC 9266), or nil where it has none of that type. A nil Binding means that the server
	// supports no channel binding; then there are no -PLUS mechanisms.
	Binding func(kind string) []byte

	// Iterations is SCRAM's iteration count. Zero means 4096, the least RFC 7677 section 4 wants.
	Iterations int
	// Keys keeps SCRAM's keys from one login to the next; a KeyCache does it. Nil: they are
	// computed for each login.
	Keys func(id KeyID, compute func() Keys) Keys
	// ScramErrors makes SCRAM name its errors to the client, in one more challenge ("e=…") before
	// the exchange fails (RFC 5802 section 7). It costs a round trip, so it's off by default.
	ScramErrors bool
	// Salt and Nonce replace SCRAM's salt for a user, and the server's part of the nonce. Nil: they
	// come from Key and Random. Examples that have to come out octet for octet need them.
	Salt  func(mechanism, name string) []byte
	Nonce func() string

	// Unprepared makes Password and APOP compare octets, without SASLprep, as a server does that
	// doesn't announce UTF8 USER (RFC 6856 section 2.2).
	Unprepared bool
}

// What an exchange can fail with; use errors.Is.
var (
	// ErrCredentials: the user is unknown, the secret is wrong, or the user may not do that. The
	// client sees [AUTH] (RFC 3206 section 4), and never which of these it was.
	ErrCredentials = errors.New("sasl: wrong credentials")
	// ErrMalformed: the response breaks the mechanism's rules.
	ErrMalformed = errors.New("sasl: malformed response")
	// ErrUnavailable: the credentials could not be checked. The client sees [SYS/TEMP].
	ErrUnavailable = errors.New("sasl: credentials can't be checked now")
)

// An Error says why an exchange failed.
type Error struct {
	// Kind is ErrCredentials, ErrMalformed or ErrUnavailable.
	Kind error
	// Why is for the log and the learner. It must not go to the client: it tells unknown users
	// from wrong passwords.
	Why string
	// Scram is the value of SCRAM's "e=" for this error (RFC 5802 section 7), which the client may
	// see; empty for other mechanisms.
	Scram string
	// Cause is what a function of Env returned, with ErrUnavailable.
	Cause error
}

// Error is Kind's text and Why.
func (e *Error) Error() string {
	text := e.Kind.Error()
	if e.Why != "" {
		text += ": " + e.Why
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap makes errors.Is find Kind and Cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// The errors are made here and not where they arise: inlined, they would make the browser's
// module 50 kB larger before it is compressed.

//go:noinline
func refused(why string) error { return &Error{Kind: ErrCredentials, Why: why} }

//go:noinline
func malformed(why string) error { return &Error{Kind: ErrMalformed, Why: why} }

//go:noinline
func unavailable(why string, cause error) error {
	return &Error{Kind: ErrUnavailable, Why: why, Cause: cause}
}
