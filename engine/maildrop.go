package engine

import (
	"errors"
	"io"

	"pop3lab/engine/sasl"
)

// A Message is one message of a maildrop, as it was when the maildrop was opened.
type Message struct {
	// UID is the unique-id: 1 to 70 characters in the range 0x21 to 0x7E, the same in every
	// session (RFC 1939 section 7, UIDL).
	UID string
	// Octets is the size of the message as RETR sends it: line ends count as two octets, octets
	// added by byte-stuffing don't count (RFC 1939 section 11). A Meter finds it.
	Octets int64
	// EightBitHeader says that the header holds UTF-8 beyond ASCII, so that the message may go out
	// in UTF-8 mode only (RFC 6856 section 2.1). A Meter finds it.
	EightBitHeader bool
}

// A Store holds the maildrops of all users. Its methods are called from many goroutines.
type Store interface {
	// Open opens the maildrop of user and takes its exclusive-access lock for owner, a name of
	// the session for logs and displays. It fails with ErrLocked when another session holds the
	// lock, ErrNoMaildrop when there is none; any other error is answered with [SYS/TEMP]. When
	// it fails, no lock is held.
	//
	// RFC 1939 section 4: "the POP3 server then acquires an exclusive-access lock on the
	// maildrop, as necessary to prevent messages from being modified or removed before the
	// session enters the UPDATE state."
	Open(user, owner string) (Maildrop, error)
}

// A Maildrop is an open, locked maildrop. One session uses it, one call at a time; it ends with
// exactly one call of Update or Release, which gives the lock back whatever else happens.
type Maildrop interface {
	// Messages returns the messages in message-number order, fixed until the end: mail that
	// arrives meanwhile is not in it. The caller doesn't change the slice.
	Messages() []Message
	// Body opens message i, counted from 0, at its first octet. It fails with ErrGone when the
	// message was removed behind the session's back.
	Body(i int) (Body, error)
	// Update removes the messages named, counted from 0 and in ascending order, and releases
	// the lock, even on error. It removes all of them and nothing else, or it returns an error;
	// then some or none of them are gone (RFC 1939 section 6, QUIT). A message that had already
	// vanished counts as removed.
	Update(deleted []int) error
	// Release gives the lock back and removes nothing.
	Release() error
}

// A Body is the octets of one message as the store holds them. Lines may end with LF or CRLF and
// the last line may have no end at all: the framing writer sends each line with CRLF (see Meter).
type Body interface {
	io.Reader
	io.Closer
}

// A Direct body may stand in the store exactly as RETR sends it, byte-stuffing apart. A driver
// that asked for it (Peer.Direct) may then have the operating system send it.
type Direct interface {
	Body
	// Direct returns the reader whose octets go out as they stand, from the first one on, and
	// the ascending offsets of the octets that need a dot before them. With ok false the body has
	// to be read through Read.
	Direct() (r io.Reader, dots []int64, ok bool)
}

// What a Store may return. The session turns each into a reply; see Session.refuseOpen.
var (
	// ErrLocked: another session has the maildrop. The client sees [IN-USE] (RFC 2449 section 8.1.2).
	ErrLocked = errors.New("engine: maildrop is locked")
	// ErrNoMaildrop: the user has no maildrop. The client sees [SYS/PERM] (RFC 3206 section 4).
	ErrNoMaildrop = errors.New("engine: no maildrop")
	// ErrGone: a message was removed behind the session's back. The client sees [SYS/TEMP].
	ErrGone = errors.New("engine: message is gone")
	// ErrDamaged: the store can't be used until somebody mends it. The client sees [SYS/PERM].
	ErrDamaged = errors.New("engine: maildrop is damaged")
)

// A User is who may log in, and as what.
type User struct {
	// Name is the mailbox's name, as USER gives it.
	Name string
	// Secret is the password, which APOP, CRAM-MD5 and SCRAM use as the shared secret too. Empty
	// means that no password opens the maildrop.
	Secret string
	// Tokens are the bearer tokens that OAUTHBEARER and XOAUTH2 take for this user. They are
	// teaching tokens: compared, not decoded.
	Tokens []string
	// NoCleartext bars the user from every method that sends the password as it is, unless TLS
	// is active. Right and wrong passwords then get the same answer (RFC 8314 section 4.1).
	NoCleartext bool
	// MayActAs are the mailboxes that this user may open by an authorization identity.
	MayActAs []string
	// LoginDelay is how many seconds must lie between two logins (RFC 2449 section 6.5). Zero
	// means Config.LoginDelay; negative means none.
	LoginDelay int
	// Expire is how many days messages are kept (RFC 2449 section 6.7): zero means
	// Config.Expire, see there for the other values.
	Expire int
}

// Users looks names up. It is called from many goroutines.
type Users interface {
	// User returns the user of that name, and false when there is none. An error means that it
	// could not be found out; the client sees [SYS/TEMP].
	User(name string) (User, bool, error)
}

// Tokens is a Users that knows bearer tokens too; without it OAUTHBEARER isn't offered.
type Tokens interface {
	// UserByToken returns the user that the token opens, and false when there is none. It
	// compares in constant time.
	UserByToken(token string) (User, bool, error)
}

// A TokenHolder is a Tokens that knows whether anybody has a token. New asks it once; without any token
// OAUTHBEARER isn't offered, because nobody could use it.
type TokenHolder interface {
	Tokens
	HasTokens() bool
}

// Accounts is a Users that holds everyone in memory: small sites, demonstrations and tests. It isn't changed
// while sessions use it.
type Accounts map[string]User

// User implements Users.
func (a Accounts) User(name string) (User, bool, error) {
	u, ok := a[name]
	return u, ok, nil
}

// UserByToken implements Tokens. It looks at every token, so that the time it takes doesn't say
// how much of one was right.
func (a Accounts) UserByToken(token string) (User, bool, error) {
	var found User
	ok := false
	for _, u := range a {
		for _, t := range u.Tokens {
			if sasl.SameSecret(t, token) {
				found, ok = u, true
			}
		}
	}
	return found, ok, nil
}

// HasTokens implements TokenHolder.
func (a Accounts) HasTokens() bool {
	for _, u := range a {
		if len(u.Tokens) > 0 {
			return true
		}
	}
	return false
}

// NewAccounts makes Accounts of users.
func NewAccounts(users ...User) Accounts {
	a := make(Accounts, len(users))
	for _, u := range users {
		a[u.Name] = u
	}
	return a
}
