package sasl

import (
	"strconv"
	"strings"
)

// The separator of OAUTHBEARER's and XOAUTH2's messages, and alone the answer to a failure.
const kvsep = "\x01"

// newOAuthBearer begins OAUTHBEARER, whose message is a header and pairs of keys and values:
//
//	n,a=user@example.com,^Ahost=server.example.com^Aport=995^Aauth=Bearer TOKEN^A^A
//
// When it isn't good the server says so in JSON, the client answers ^A, and only then the
// exchange fails (RFC 7628 section 3.2.3).
func newOAuthBearer(env *Env) Server { return tokenExchange(env, oauthBearer, jsonStatus) }

// newXOAuth2 begins XOAUTH2: the same with another message, user=NAME^Aauth=Bearer TOKEN^A^A. It
// has no RFC; its description is Google's ("OAuth 2.0 Mechanism" in Gmail's documentation).
func newXOAuth2(env *Env) Server { return tokenExchange(env, xoauth2, xoauth2Status) }

func tokenExchange(env *Env, verify func(*Env, string) (Identity, error), status func(error) string) Server {
	x := &exchange{}
	x.next = clientFirst(func(response []byte) ([]byte, step, error) {
		id, err := verify(env, string(response))
		if err == nil {
			x.id = id
			return nil, nil, nil
		}
		if err.(*Error).Kind == ErrUnavailable {
			return nil, nil, err // there is no status for it
		}
		return []byte(status(err)), func([]byte) ([]byte, step, error) { return nil, nil, err }, nil
	})
	return x
}

// jsonStatus is the challenge that tells the client of the failure. The status is an error code of
// RFC 6750 section 3.1.
func jsonStatus(err error) string {
	if err.(*Error).Kind == ErrMalformed {
		return `{"status":"invalid_request"}`
	}
	return `{"status":"invalid_token"}`
}

// xoauth2Status has numbers like those of HTTP.
func xoauth2Status(err error) string {
	if err.(*Error).Kind == ErrMalformed {
		return `{"status":"400","schemes":"Bearer","scope":"pop"}`
	}
	return `{"status":"401","schemes":"Bearer","scope":"pop"}`
}

// oauthBearer verifies the first message.
//
// RFC 7628 section 3.1: "Unknown key/value pairs MUST be ignored by the server."
func oauthBearer(env *Env, message string) (Identity, error) {
	header, pairs, found := strings.Cut(message, kvsep)
	h, rest, err := parseGS2(header)
	switch {
	case err != nil:
		return Identity{}, err
	case !found || rest != "":
		return Identity{}, malformed("after the header comes ^A")
	case h.flag == 'p':
		return Identity{}, malformed("OAUTHBEARER has no channel binding")
	}
	values, err := parsePairs(pairs)
	if err != nil {
		return Identity{}, err
	}
	auth, found := values["auth"]
	if !found {
		return Identity{}, malformed("the key auth is missing")
	}
	token, err := bearer(auth)
	if err != nil {
		return Identity{}, err
	}
	if host, found := values["host"]; found && env.Host != "" && !equalFold(host, env.Host) {
		return Identity{}, refused("the client meant the host " + host + ", and this is " + env.Host)
	}
	if port, found := values["port"]; found && env.Port != 0 && port != strconv.Itoa(env.Port) {
		return Identity{}, refused("the client meant the port " + port + ", and this is " + strconv.Itoa(env.Port))
	}
	return env.openWithToken(token, h.authzid)
}

// xoauth2 verifies the first message.
func xoauth2(env *Env, message string) (Identity, error) {
	values, err := parsePairs(message)
	if err != nil {
		return Identity{}, err
	}
	user, found := values["user"]
	auth, found2 := values["auth"]
	if !found || !found2 || user == "" {
		return Identity{}, malformed("XOAUTH2 needs the keys user and auth")
	}
	token, err := bearer(auth)
	if err != nil {
		return Identity{}, err
	}
	return env.openWithToken(token, user)
}

// parsePairs takes key=value pairs, each with ^A behind it, and one more ^A at the end.
func parsePairs(s string) (map[string]string, error) {
	s, found := strings.CutSuffix(s, kvsep)
	if !found || s != "" && !strings.HasSuffix(s, kvsep) {
		return nil, malformed("the message ends with two ^A")
	}
	values := make(map[string]string)
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, kvsep)
		key, value, found := strings.Cut(pair, "=")
		if !found || !isKey(key) || !isValue(value) {
			return nil, malformed("between two ^A stand a key of letters, = and a value of printable ASCII")
		}
		if _, again := values[key]; again {
			return nil, malformed("the key " + key + " is there twice")
		}
		values[key] = value
	}
	return values, nil
}

func isKey(s string) bool {
	for _, c := range []byte(s) {
		if !isAlpha(c) {
			return false
		}
	}
	return s != ""
}

// isValue says whether s is printable ASCII, space, tab, CR and LF (RFC 7628 section 3.1).
func isValue(s string) bool {
	for _, c := range []byte(s) {
		if !(' ' <= c && c <= '~' || c == '\t' || c == '\r' || c == '\n') {
			return false
		}
	}
	return true
}

// bearer takes the token out of "Bearer TOKEN".
//
// RFC 7628 section 4: "One example uses "Bearer" but that could as easily be "bearer", "BEARER", or
// "BeArEr"."
func bearer(auth string) (token string, err error) {
	scheme, token, found := strings.Cut(auth, " ")
	token = strings.TrimLeft(token, " ")
	if !found || token == "" || !equalFold(scheme, "Bearer") {
		return "", malformed(`auth is "Bearer", a space and a token`)
	}
	return token, nil
}

// openWithToken finds whose token it is, and whether that user may act as authzid.
func (e *Env) openWithToken(token, authzid string) (Identity, error) {
	var account Account
	var exists bool
	if e.ByToken != nil {
		var err error
		if account, exists, err = e.ByToken(token); err != nil {
			return Identity{}, unavailable("looking up a token", err)
		}
	}
	if !exists {
		return Identity{}, refused("this token opens no maildrop")
	}
	return e.authorize(candidate{Account: account, name: account.Name, exists: true}, authzid)
}
