package sasl

import "pop3lab/engine/digest"

// Password checks the arguments of USER and PASS: one after the other, they are what PLAIN sends
// at once. Its error wraps the same as a Server's does.
//
// RFC 6856 section 2.2: "Servers that include the USER argument in the "UTF8" capability response
// SHOULD apply SASLprep".
func Password(env *Env, name, password string) (Identity, error) {
	c, err := env.findPlainly(name)
	if err != nil {
		return Identity{}, err
	}
	if env.Unprepared {
		err = c.judge(SameSecret(password, c.secret))
	} else {
		err = env.check(c, password)
	}
	if err != nil {
		return Identity{}, err
	}
	return env.authorize(c, "")
}

// APOP checks the arguments of APOP against the timestamp of the greeting, angle brackets
// included. Its error wraps the same as a Server's does.
func APOP(env *Env, timestamp, name, sum string) (Identity, error) {
	if !isDigest(sum) {
		return Identity{}, malformed("APOP's digest is 32 lower-case hexadecimal digits")
	}
	c, err := env.findPlainly(name)
	if err != nil {
		return Identity{}, err
	}
	if err := c.judge(SameSecret(sum, APOPDigest(timestamp, c.secret))); err != nil {
		return Identity{}, err
	}
	return env.authorize(c, "")
}

// APOPDigest is what a client sends to prove that it knows secret, which is prepared as a stored
// string (RFC 6856 section 2.2).
//
// RFC 1939 section 7, APOP: "The `digest' parameter is calculated by applying the MD5 algorithm
// [RFC1321] to a string consisting of the timestamp (including angle-brackets) followed by a shared
// secret."
func APOPDigest(timestamp, secret string) string {
	return digest.Hex(digest.MD5.Sum([]byte(timestamp + secret)))
}

// findPlainly looks up a name given to USER or APOP, which a server without UTF8 USER takes as
// it is.
func (e *Env) findPlainly(presented string) (candidate, error) {
	if !e.Unprepared {
		return e.find(presented)
	}
	c, err := e.lookup(presented)
	if c.exists && c.Secret != "" {
		c.secret, c.hasSecret = c.Secret, true
	}
	return c, err
}
