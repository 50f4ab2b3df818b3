package sasl

import (
	"strings"

	"pop3lab/engine/digest"
)

// A candidate is who somebody says he is. When there is no such account, or it has no password
// that can be used, the secret is a made-up one: it costs as much to check, and is never right.
//
// RFC 4422 section 3.6: "It is also important that the server can be configured such that the
// outcome message will not distinguish between a valid user with invalid credentials and an invalid
// user."
type candidate struct {
	Account
	name      string // as presented, prepared
	exists    bool
	hasSecret bool
	secret    string // the password, prepared, or the made-up one
}

// find looks the presented name up.
func (e *Env) find(presented string) (candidate, error) {
	name, err := e.query(presented)
	if err != nil {
		return candidate{}, err
	}
	return e.lookup(name)
}

// lookup looks up a name that needs no preparation any more.
func (e *Env) lookup(name string) (candidate, error) {
	c := candidate{name: name}
	if e.Lookup != nil {
		var err error
		if c.Account, c.exists, err = e.Lookup(name); err != nil {
			return candidate{}, unavailable("looking up "+name, err)
		}
	}
	madeUp := digest.Hex(e.derive("secret", name)) // for everybody, as everybody should take as long
	secret, err := e.stored(c.Secret)
	if c.hasSecret = c.exists && err == nil; c.hasSecret {
		c.secret = secret
	} else {
		c.secret = madeUp
	}
	return c, nil
}

// derive makes octets that are always the same for the same purpose and name, and that nobody can
// compute who doesn't have Key.
func (e *Env) derive(purpose, name string) []byte {
	return digest.SHA256.HMAC(e.Key, []byte(purpose+"\x00"+name))
}

// query prepares a string that a client presents, stored one that the server keeps (RFC 3454
// section 7).
func (e *Env) query(s string) (string, error)  { return Prepare(s, Query, e.Normalize) }
func (e *Env) stored(s string) (string, error) { return Prepare(s, Stored, e.Normalize) }

// check compares the presented password with the candidate's.
//
// RFC 4616 section 2: "if preparation fails or results in an empty string, verification SHALL
// fail."
func (e *Env) check(c candidate, presented string) error {
	password, err := e.query(presented)
	if err != nil {
		return err
	}
	return c.judge(SameSecret(password, c.secret))
}

// judge turns the outcome of a comparison with the candidate's secret into an error.
func (c candidate) judge(right bool) error {
	switch {
	case !c.exists:
		return refused("there is no user " + c.name)
	case !c.hasSecret:
		return refused(c.name + " has no password that can be used here")
	case !right:
		return refused("the password of " + c.name + " is another")
	}
	return nil
}

// authorize decides which maildrop the candidate, now proved, may open. An empty authzid means
// the candidate's own.
//
// RFC 5034 section 4: "If preparation of the authorization identity fails or results in an empty
// string (unless it was transmitted as the empty string), the server MUST fail the
// authentication."
func (e *Env) authorize(c candidate, authzid string) (Identity, error) {
	id := Identity{Authcid: c.name, Mailbox: c.Name}
	if authzid == "" {
		return id, nil
	}
	if strings.IndexByte(authzid, 0) >= 0 {
		return Identity{}, malformed("an authorization identity has no NUL")
	}
	prepared, err := e.query(authzid)
	if err != nil {
		return Identity{}, err
	}
	id.Authzid = prepared
	if prepared == c.Name || prepared == c.name {
		return id, nil
	}
	for _, other := range c.MayActAs {
		if prepared == other {
			id.Mailbox = other
			return id, nil
		}
	}
	return Identity{}, refused(c.name + " may not act as " + prepared)
}

// SameSecret compares two secrets. The time it takes says nothing about where they differ, nor about
// their lengths: sums are compared.
func SameSecret(a, b string) bool {
	return digest.Equal(digest.SHA256.Sum([]byte(a)), digest.SHA256.Sum([]byte(b)))
}
