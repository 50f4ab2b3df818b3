package sasl_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/prep"
)

// accounts are the users of most tests; the names and passwords are those of the RFCs' examples.
var accounts = map[string]sasl.Account{
	"mrose":  {Name: "mrose", Secret: "tanstaaf"},                                       // RFC 1939 section 7
	"tim":    {Name: "tim", Secret: "tanstaaftanstaaf"},                                 // RFC 2195 section 2
	"test":   {Name: "test", Secret: "test"},                                            // RFC 5034 section 6
	"user":   {Name: "user", Secret: "pencil"},                                          // RFC 5802 section 5
	"Kurt":   {Name: "Kurt", Secret: "xipj3plmq", MayActAs: []string{"mrose", "IX"}},    // RFC 4616 section 4
	"IX":     {Name: "IX", Secret: "I\u00ADX"},                                          // RFC 4013 section 3, rows 1 and 5
	"a,b=c":  {Name: "a,b=c", Secret: "comma, equals = "},                               // RFC 5802 section 5.1
	"jürgen": {Name: "jürgen", Secret: "Grüße"},                                         // precomposed
	"nobody": {Name: "nobody"},                                                          // no password
	"badpw":  {Name: "badpw", Secret: "bell\a"},                                         // its password can't be prepared
	"newpw":  {Name: "newpw", Secret: "\u0221"},                                         // unassigned in Unicode 3.2
	"token":  {Name: "token", Secret: "unused", MayActAs: []string{"user@example.com"}}, // has tokens only
}

var tokens = map[string]string{
	"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==": "token", // RFC 7628 section 4.1
	"ya29.user": "user",
}

var errDatabase = errors.New("database is down")

// newEnv makes an Env in which everything is possible and every octet follows from seed.
func newEnv(seed uint64) *sasl.Env {
	rnd := rand.New(rand.NewPCG(seed, 0))
	return &sasl.Env{
		Lookup: func(name string) (sasl.Account, bool, error) {
			if name == "broken" {
				return sasl.Account{}, false, errDatabase
			}
			a, ok := accounts[name]
			return a, ok, nil
		},
		ByToken: func(token string) (sasl.Account, bool, error) {
			if token == "broken" {
				return sasl.Account{}, false, errDatabase
			}
			var found string
			for t, name := range tokens {
				if sasl.SameSecret(t, token) {
					found = name
				}
			}
			a, ok := accounts[found]
			return a, ok, nil
		},
		Random: func(p []byte) {
			for i := range p {
				p[i] = byte(rnd.Uint32())
			}
		},
		Normalize: prep.NFKC,
		Key:       []byte("key of the tests"),
		Host:      "lab.example",
		Port:      995,
		Millis:    697170952,
		External:  "Kurt",
		Anonymous: "guest",
		Keys:      keyCache.Keys,
	}
}

var keyCache sasl.KeyCache

// begin begins an exchange of the mechanism.
func begin(t testing.TB, mechanism string, env *sasl.Env) sasl.Server {
	t.Helper()
	m, ok := sasl.Find(mechanism)
	if !ok {
		t.Fatalf("no mechanism %s", mechanism)
	}
	return m.New(env)
}

// verify sends the only message of a mechanism that has one.
func verify(t testing.TB, mechanism string, env *sasl.Env, message string) (sasl.Identity, error) {
	t.Helper()
	s := begin(t, mechanism, env)
	challenge, done, err := s.Next([]byte(message))
	if err == nil && !done {
		t.Fatalf("%s %q: got the challenge %q, want the end: it has one message", mechanism, message, challenge)
	}
	return s.Identity(), err
}

// wantKind checks what an exchange failed with, nil for success, and that failure has no identity.
func wantKind(t testing.TB, what string, id sasl.Identity, err, want error, rule string) {
	t.Helper()
	if want == nil && err == nil {
		return
	}
	if !errors.Is(err, want) || want == nil {
		t.Errorf("%s: got error %v, want %v (%s)", what, err, want, rule)
	}
	if err != nil && id != (sasl.Identity{}) {
		t.Errorf("%s: failed, but has the identity %+v", what, id)
	}
}
