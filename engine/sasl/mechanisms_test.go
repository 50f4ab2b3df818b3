package sasl_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"pop3lab/engine/sasl"
)

// Our exchanges have go-sasl's shape, so a program may use either.
var _ gosasl.Server = sasl.Server(nil)

func TestTable(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range sasl.Mechanisms {
		t.Run("SAS-40 "+m.Name, func(t *testing.T) {
			if !sasl.ValidName(m.Name) || len(m.Name) > 20 {
				t.Errorf("%q is no mechanism's name: 1 to 20 of A-Z, 0-9, - and _ (RFC 4422 section 3.1)", m.Name)
			}
			if seen[m.Name] {
				t.Error("the row is there twice")
			}
			seen[m.Name] = true
			if m.Doc == "" || !strings.HasSuffix(m.Doc, ".") || m.New == nil {
				t.Errorf("the row has no sentence or no New: %+v", m)
			}
			if m.Legacy != (m.RFC == 0) || m.Legacy != (m.Section == "") {
				t.Errorf("RFC %d section %q: a mechanism has an RFC, or it's legacy", m.RFC, m.Section)
			}
			for _, name := range []string{m.Name, strings.ToLower(m.Name)} {
				if found, ok := sasl.Find(name); !ok || found.Name != m.Name {
					t.Errorf("Find(%q): got %q, %v (keywords are case-insensitive, RFC 5034 section 5)", name, found.Name, ok)
				}
			}
		})
	}
	for _, name := range []string{"", "DIGEST-MD5", "SCRAM-SHA-25\u017f", "PLAIN "} {
		if m, ok := sasl.Find(name); ok {
			t.Errorf("Find(%q): got %s, want nothing", name, m.Name)
		}
	}
}

// req: SAS-40
func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"A": true, "X-Y_Z9": true, strings.Repeat("A", 20): true,
		"": false, strings.Repeat("A", 21): false, "plain": false, "A B": false, "Ä": false, "A\x00": false, "A.B": false,
	} {
		if got := sasl.ValidName(name); got != want {
			t.Errorf("ValidName(%q): got %v, want %v (RFC 4422 section 3.1)", name, got, want)
		}
	}
}

// What a server may announce follows from the table, the connection and what the server has.
//
// req: MEC-08, MEC-12, MEC-31, MEC-35, MEC-36
func TestUsable(t *testing.T) {
	everything := newEnv(1)
	everything.Binding = func(string) []byte { return []byte("data") }
	nothing := &sasl.Env{}
	withoutBinding := newEnv(1)

	for _, c := range []struct {
		name           string
		env            *sasl.Env
		tls, cleartext bool
		want           string
	}{
		{"MEC-08 no TLS, no PLAIN", withoutBinding, false, false, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 ANONYMOUS"},
		{"MEC-36 the operator allows cleartext, yet not tokens", withoutBinding, false, true, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN ANONYMOUS"},
		{"MEC-12 by default nobody is anonymous", nothing, true, true, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
		{"MEC-31 without channel binding no -PLUS", withoutBinding, true, false,
			"SCRAM-SHA-256 SCRAM-SHA-1 EXTERNAL OAUTHBEARER CRAM-MD5 PLAIN LOGIN XOAUTH2 ANONYMOUS"},
		{"MEC-31 with channel binding both", everything, true, false,
			"SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 EXTERNAL OAUTHBEARER CRAM-MD5 PLAIN LOGIN XOAUTH2 ANONYMOUS"},
		{"MEC-35 -PLUS over TLS only", everything, false, true, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN ANONYMOUS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var names []string
			for _, m := range sasl.Mechanisms {
				if m.Usable(c.env, c.tls, c.cleartext) {
					names = append(names, m.Name)
				}
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A mechanism that the client begins gets the empty challenge when the client says nothing; one
// that the server begins refuses an initial response.
func TestWhoBegins(t *testing.T) {
	env := newEnv(1)
	env.Binding = func(string) []byte { return []byte("data") }
	for _, m := range sasl.Mechanisms {
		t.Run(m.Name, func(t *testing.T) {
			challenge, done, err := m.New(env).Next(nil)
			if done || err != nil || challenge == nil {
				t.Fatalf("no initial response: got %q, %v, %v; want a challenge", challenge, done, err)
			}
			if m.ClientFirst && m.Name != "LOGIN" && len(challenge) != 0 {
				t.Errorf("no initial response: got the challenge %q, want the empty one (RFC 5034 section 4)", challenge)
			}
			_, done, err = m.New(env).Next([]byte{})
			if !m.ClientFirst && !errors.Is(err, sasl.ErrMalformed) {
				t.Errorf("an initial response: got %v, %v; want %v (RFC 5034 section 4)", done, err, sasl.ErrMalformed)
			}
		})
	}
}

// Whatever the mechanism, an exchange that is over stays over, and has no identity but after
// success.
func TestAfterTheEnd(t *testing.T) {
	env := newEnv(1)
	for _, m := range sasl.Mechanisms {
		t.Run(m.Name, func(t *testing.T) {
			s := m.New(env)
			var err error
			var done bool
			if _, _, err = s.Next(nil); err != nil {
				t.Fatal(err)
			}
			for n := 0; err == nil && !done; n++ {
				if n == 5 {
					t.Fatal("five empty responses and still no end")
				}
				_, done, err = s.Next([]byte{})
			}
			if want := m.Name == "EXTERNAL" || m.Name == "ANONYMOUS"; done != want || (s.Identity() != sasl.Identity{}) != want {
				t.Errorf("empty responses: success %v, identity %+v; want success %v", done, s.Identity(), want)
			}
			for range 2 {
				challenge, done, err := s.Next([]byte{})
				if challenge != nil || done || !errors.Is(err, sasl.ErrMalformed) {
					t.Errorf("after the end: got %q, %v, %v; want %v", challenge, done, err, sasl.ErrMalformed)
				}
			}
		})
	}
}

// Unknown users, users without password and wrong passwords look the same from outside: the same
// challenges in number and length, the same kind of error, at the same step.
//
// req: SAS-42
func TestNobodyLearnsWhoExists(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"} {
		t.Run("SAS-42 "+mechanism, func(t *testing.T) {
			var first []string
			for _, user := range []string{"mrose", "nobody", "badpw", "ursel"} {
				var seen []string
				env := newEnv(1)
				err := attempt(t, mechanism, env, user, "wrong", func(challenge []byte) {
					shape := strings.Map(func(r rune) rune {
						if r == '=' || r == ',' {
							return r
						}
						return 'x'
					}, string(challenge))
					seen = append(seen, shape)
				})
				if !errors.Is(err, sasl.ErrCredentials) {
					t.Errorf("%s: got %v, want %v", user, err, sasl.ErrCredentials)
				}
				if first == nil {
					first = seen
				} else if !slices.Equal(seen, first) {
					t.Errorf("%s: the challenges look like %q, those of mrose like %q", user, seen, first)
				}
			}
		})
	}
}
