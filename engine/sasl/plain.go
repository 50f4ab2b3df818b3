package sasl

import "strings"

// plainMax is how many octets each part of a PLAIN message may have: as many as every server must
// accept (RFC 4616 section 2), and no more, so that nobody makes the server prepare a megabyte.
const plainMax = 255

// plain verifies PLAIN's only message: [authzid] NUL authcid NUL passwd.
//
// RFC 4616 section 2: "If both steps succeed, the user is authenticated." The steps are that the
// password belongs to authcid, and that authcid may act as authzid.
func plain(env *Env, message []byte) (Identity, error) {
	parts := strings.Split(string(message), "\x00")
	if len(parts) != 3 {
		return Identity{}, malformed("PLAIN has exactly two NULs: authzid NUL authcid NUL password")
	}
	authzid, authcid, password := parts[0], parts[1], parts[2]
	if authcid == "" || password == "" {
		return Identity{}, malformed("PLAIN needs an authentication identity and a password")
	}
	if len(authzid) > plainMax || len(authcid) > plainMax || len(password) > plainMax {
		return Identity{}, malformed("a part of a PLAIN message has at most 255 octets")
	}
	c, err := env.find(authcid)
	if err != nil {
		return Identity{}, err
	}
	if err := env.check(c, password); err != nil {
		return Identity{}, err
	}
	return env.authorize(c, authzid)
}
