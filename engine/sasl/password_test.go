package sasl_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pop3lab/engine/sasl"
)

// USER and PASS as a server takes them that announces UTF8 USER.
//
// req: I18-11, I18-12, I18-13, I18-14
func TestPassword(t *testing.T) {
	for _, c := range []struct {
		test, name, password string
		want                 error
		mailbox              string
	}{
		{"RFC 1939's own", "mrose", "tanstaaf", nil, "mrose"},
		{"wrong password", "mrose", "tanstaaF", sasl.ErrCredentials, ""},
		{"password with a space behind", "mrose", "tanstaaf ", sasl.ErrCredentials, ""},
		{"SAS-42 unknown user", "ursel", "tanstaaf", sasl.ErrCredentials, ""},
		{"SAS-42 user without password", "nobody", "", sasl.ErrCredentials, ""},
		{"I18-11 both are prepared", "I\u00ADX", "\u2168", nil, "IX"},
		{"I18-11 decomposed", "ju\u0308rgen", "Gru\u0308ße", nil, "jürgen"},
		{"I18-11 case stays", "JÜRGEN", "Grüße", sasl.ErrCredentials, ""},
		{"I18-12 control character in the name", "mro\ase", "tanstaaf", sasl.ErrCredentials, ""},
		{"I18-12 control character in the password", "badpw", "bell\a", sasl.ErrCredentials, ""},
		{"I18-12 private use", "mrose", "tanstaaf\uE000", sasl.ErrCredentials, ""},
		{"I18-12 both directions of writing", "\u0627\u0031", "x", sasl.ErrCredentials, ""},
		{"I18-13 name in Latin-1", "j\xFCrgen", "Grüße", sasl.ErrMalformed, ""},
		{"I18-13 password in Latin-1", "jürgen", "Gr\xFC\xDFe", sasl.ErrMalformed, ""},
		{"I18-13 overlong", "mrose\xC0\x80", "x", sasl.ErrMalformed, ""},
		{"I18-13 half of a surrogate pair", "mrose\xED\xA0\x80", "x", sasl.ErrMalformed, ""},
		{"I18-14 unassigned may be presented", "\u0221", "x", nil, "\u0221"},
		{"I18-14 but not stored", "newpw", "\u0221", sasl.ErrCredentials, ""},
		{"the database is down", "broken", "x", sasl.ErrUnavailable, ""},
	} {
		t.Run(c.test, func(t *testing.T) {
			env := newEnv(1)
			if c.name == "\u0221" {
				env.Lookup = func(name string) (sasl.Account, bool, error) { return sasl.Account{Name: name, Secret: "x"}, true, nil }
			}
			id, err := sasl.Password(env, c.name, c.password)
			wantKind(t, c.name, id, err, c.want, "RFC 6856 section 2.2")
			if id.Mailbox != c.mailbox {
				t.Errorf("mailbox: got %q, want %q", id.Mailbox, c.mailbox)
			}
		})
	}
}

// Without UTF8 USER the arguments are octets.
func TestPasswordUnprepared(t *testing.T) {
	for _, c := range []struct {
		name, password, secret string
		want                   error
	}{
		{"j\xFCrgen", "Gr\xFC\xDFe", "Gr\xFC\xDFe", nil},
		{"mrose", "tab\tin it", "tab\tin it", nil},
		{"mrose", "I\u00ADX", "IX", sasl.ErrCredentials},
		{"mrose", "", "", sasl.ErrCredentials},
	} {
		env := newEnv(1)
		env.Unprepared = true
		env.Lookup = func(name string) (sasl.Account, bool, error) {
			return sasl.Account{Name: name, Secret: c.secret}, name == c.name, nil
		}
		id, err := sasl.Password(env, c.name, c.password)
		wantKind(t, c.password, id, err, c.want, "octet for octet")
		stamp := "<1896.697170952@dbc.mtview.ca.us>"
		id, err = sasl.APOP(env, stamp, c.name, sasl.APOPDigest(stamp, c.password))
		wantKind(t, "APOP "+c.password, id, err, c.want, "octet for octet")
	}
}

func TestAPOP(t *testing.T) {
	const stamp = "<1896.697170952@dbc.mtview.ca.us>"
	const right = "c4c9334bac560ecc979e58001b3e22fb"
	md5sum := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	if got := sasl.APOPDigest(stamp, "tanstaaf"); got != right {
		t.Errorf("APO-07: got %s, want %s (RFC 1939 section 7)", got, right)
	}
	for _, c := range []struct {
		test, name, sum string
		want            error
		mailbox         string
	}{
		{"APO-06 APO-07 the vector of RFC 1939", "mrose", right, nil, "mrose"},
		{"APO-06 without angle brackets", "mrose", md5sum(strings.Trim(stamp, "<>") + "tanstaaf"), sasl.ErrCredentials, ""},
		{"APO-06 secret first", "mrose", md5sum("tanstaaf" + stamp), sasl.ErrCredentials, ""},
		{"APO-06 another timestamp", "mrose", md5sum("<1897.697170952@dbc.mtview.ca.us>tanstaaf"), sasl.ErrCredentials, ""},
		{"APO-06 another's digest", "tim", right, sasl.ErrCredentials, ""},
		{"APO-08 upper case", "mrose", strings.ToUpper(right), sasl.ErrMalformed, ""},
		{"APO-08 too short", "mrose", right[1:], sasl.ErrMalformed, ""},
		{"APO-08 the password itself", "mrose", "tanstaaf", sasl.ErrMalformed, ""},
		{"APO-15 name and password are prepared", "I\u00ADX", md5sum(stamp + "IX"), nil, "IX"},
		{"APO-15 decomposed name", "ju\u0308rgen", md5sum(stamp + "Grüße"), nil, "jürgen"},
		{"APO-15 the stored password as it was typed", "IX", md5sum(stamp + "I\u00ADX"), sasl.ErrCredentials, ""},
		{"I18-12 prohibited in the name", "mro\ase", right, sasl.ErrCredentials, ""},
		{"I18-12 prohibited in the password", "badpw", md5sum(stamp + "bell\a"), sasl.ErrCredentials, ""},
		{"I18-13 name not UTF-8", "j\xFCrgen", right, sasl.ErrMalformed, ""},
		{"I18-14 unassigned in the stored password", "newpw", md5sum(stamp + "\u0221"), sasl.ErrCredentials, ""},
		{"SAS-42 unknown user", "ursel", right, sasl.ErrCredentials, ""},
		{"SAS-42 user without password", "nobody", md5sum(stamp), sasl.ErrCredentials, ""},
		{"the database is down", "broken", right, sasl.ErrUnavailable, ""},
	} {
		t.Run(c.test, func(t *testing.T) {
			id, err := sasl.APOP(newEnv(1), stamp, c.name, c.sum)
			wantKind(t, c.name, id, err, c.want, "RFC 1939 section 7")
			if id.Mailbox != c.mailbox {
				t.Errorf("mailbox: got %q, want %q", id.Mailbox, c.mailbox)
			}
		})
	}
}

// The log learns what happened; errors.Is finds the kind and what the database said.
func TestErrors(t *testing.T) {
	_, err := sasl.Password(newEnv(1), "broken", "x")
	if !errors.Is(err, errDatabase) || !errors.Is(err, sasl.ErrUnavailable) {
		t.Errorf("got %v, want both %v and %v inside", err, sasl.ErrUnavailable, errDatabase)
	}
	if got, want := err.Error(), "sasl: credentials can't be checked now: looking up broken: database is down"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = sasl.Password(newEnv(1), "mrose", "x")
	if got, want := err.Error(), "sasl: wrong credentials: the password of mrose is another"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"ursel":  "sasl: wrong credentials: there is no user ursel",
		"nobody": "sasl: wrong credentials: nobody has no password that can be used here",
	} {
		if _, err := sasl.Password(newEnv(1), name, "x"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q in the log", err, want)
		}
	}
	// A mechanism without anything to look in refuses everybody.
	if _, err := sasl.Password(&sasl.Env{}, "mrose", "tanstaaf"); !errors.Is(err, sasl.ErrCredentials) {
		t.Errorf("no Lookup: got %v, want %v", err, sasl.ErrCredentials)
	}
}

// Whoever knows the server's key, or guesses that it is empty, can compute what unknown users are
// checked against. It opens nothing.
//
// req: SAS-42
func TestMadeUpSecretsOpenNothing(t *testing.T) {
	for _, key := range []string{"key of the tests", ""} {
		for _, name := range []string{"ursel", "nobody", "badpw"} {
			w := hmac.New(sha256.New, []byte(key))
			w.Write([]byte("secret\x00" + name))
			madeUp := hex.EncodeToString(w.Sum(nil))
			for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"} {
				env := newEnv(1)
				env.Key = []byte(key)
				if err := attempt(t, mechanism, env, name, madeUp, nil); !errors.Is(err, sasl.ErrCredentials) {
					t.Errorf("%s, user %s, key %q: got %v, want %v", mechanism, name, key, err, sasl.ErrCredentials)
				}
			}
		}
	}
}
