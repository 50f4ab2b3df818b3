package sasl_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"testing"

	"pop3lab/engine/sasl"
)

// The challenge: digits, a dot, digits, @ and the host, in angle brackets; never twice the same.
//
// req: MEC-13, APO-03
func TestMsgID(t *testing.T) {
	form := regexp.MustCompile(`^<[0-9]+\.697170952@lab\.example>$`)
	env, seen := newEnv(1), make(map[string]bool)
	for range 1000 {
		challenge, _, err := begin(t, "CRAM-MD5", env).Next(nil)
		if err != nil || !form.Match(challenge) {
			t.Fatalf("challenge: got %q, %v; want the form %v (RFC 2195 section 2)", challenge, err, form)
		}
		if seen[string(challenge)] {
			t.Fatalf("%s came twice within one millisecond", challenge)
		}
		seen[string(challenge)] = true
	}
	if got, want := sasl.MsgID(func([]byte) {}, -1, ""), "<0.0@localhost>"; got != want {
		t.Errorf("no host and a negative time: got %s, want %s", got, want)
	}
	if got, want := sasl.MsgID(func(p []byte) { copy(p, "\xff\xff\xff\xff\xff\xff\xff\xff") }, 1, "a.b"), "<18446744073709551615.1@a.b>"; got != want {
		t.Errorf("all bits set: got %s, want %s (64 random bits)", got, want)
	}
}

// rfc2195 makes the challenge the one of RFC 2195 section 2: the random digits and the time are
// what its "1896.697170952" says.
func rfc2195() *sasl.Env {
	env := newEnv(1)
	env.Random = func(p []byte) { binary.BigEndian.PutUint64(p, 1896) }
	env.Millis, env.Host = 697170952, "postoffice.reston.mci.net"
	return env
}

func TestCRAM(t *testing.T) {
	const right = "b913a602c7eda7a495b4e6e7334d3890"
	for _, c := range []struct {
		name, response string
		want           error
		id             sasl.Identity
	}{
		{"MEC-14 MEC-15 the vector of RFC 2195", "tim " + right, nil, sasl.Identity{Authcid: "tim", Mailbox: "tim"}},
		{"MEC-14 upper-case digits", "tim " + strings.ToUpper(right), sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 one octet less", "tim " + right[2:], sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 one octet more", "tim " + right + "00", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 no hexadecimal digit", "tim " + right[1:] + "g", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 no space", "tim" + right, sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 empty response", "", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-14 no name", " " + right, sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-14 wrong digest", "tim " + right[1:] + "0", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-14 another's digest", "mrose " + right, sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-14 digest without angle brackets", "tim " + cramDigest("tanstaaftanstaaf", "1896.697170952@postoffice.reston.mci.net"), sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-42 unknown user", "ursel " + right, sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-42 user without password", "nobody " + cramDigest("", "<1896.697170952@postoffice.reston.mci.net>"), sasl.ErrCredentials, sasl.Identity{}},
		{"the name is prepared", "I\u00ADX " + cramDigest("IX", "<1896.697170952@postoffice.reston.mci.net>"), nil, sasl.Identity{Authcid: "IX", Mailbox: "IX"}},
		{"the database is down", "broken " + right, sasl.ErrUnavailable, sasl.Identity{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, "CRAM-MD5", rfc2195())
			challenge, _, err := s.Next(nil)
			if want := "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"; base64.StdEncoding.EncodeToString(challenge) != want || err != nil {
				t.Fatalf("challenge %q, %v: want %s in Base64 (RFC 2195 section 2)", challenge, err, want)
			}
			_, done, err := s.Next([]byte(c.response))
			wantKind(t, c.response, s.Identity(), err, c.want, "RFC 2195 section 2")
			if done != (c.want == nil) || s.Identity() != c.id {
				t.Errorf("got %v, %+v; want the identity %+v", done, s.Identity(), c.id)
			}
		})
	}
}

// A name may have spaces: the digest follows the last one.
func TestCRAMNameWithSpaces(t *testing.T) {
	env := newEnv(1)
	env.Lookup = func(name string) (sasl.Account, bool, error) {
		return sasl.Account{Name: name, Secret: "s"}, name == "Marshall T. Rose", nil
	}
	if err := attempt(t, "CRAM-MD5", env, "Marshall T. Rose", "s", nil); err != nil {
		t.Errorf("got %v, want success", err)
	}
}

// The client doesn't begin in CRAM-MD5, not even with an empty response.
//
// req: SAS-12
func TestCRAMRefusesInitialResponse(t *testing.T) {
	for _, response := range []string{"", "tim b913a602c7eda7a495b4e6e7334d3890"} {
		s := begin(t, "CRAM-MD5", rfc2195())
		if challenge, done, err := s.Next([]byte(response)); challenge != nil || done || !errors.Is(err, sasl.ErrMalformed) {
			t.Errorf("initial response %q: got %q, %v, %v; want %v (RFC 5034 section 4)", response, challenge, done, err, sasl.ErrMalformed)
		}
	}
}

// Lookup may know the mechanism, so a server can keep a user's password to one kind of them.
//
// req: MEC-16
func TestOneKindOfMechanismPerUser(t *testing.T) {
	for _, m := range []string{"CRAM-MD5", "SCRAM-SHA-256", "PLAIN", "LOGIN"} {
		t.Run("MEC-16 "+m, func(t *testing.T) {
			row, _ := sasl.Find(m)
			env := newEnv(1)
			env.Lookup = func(name string) (sasl.Account, bool, error) {
				a := accounts[name]
				if row.Cleartext {
					a.Secret = ""
				}
				return a, true, nil
			}
			err := attempt(t, m, env, "tim", "tanstaaftanstaaf", nil)
			if row.Cleartext && !errors.Is(err, sasl.ErrCredentials) || !row.Cleartext && err != nil {
				t.Errorf("got %v: tim's password is for mechanisms that don't send it (RFC 2195 section 4)", err)
			}
		})
	}
}
