package sasl_test

import (
	"encoding/base64"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"pop3lab/engine/sasl"
)

func TestPlain(t *testing.T) {
	long := strings.Repeat("x", 255)
	longAccount := sasl.Account{Name: long, Secret: long, MayActAs: []string{strings.Repeat("y", 255)}}
	for _, c := range []struct {
		name, message string
		want          error
		id            sasl.Identity
	}{
		{"MEC-01 authcid and password", "\x00tim\x00tanstaaftanstaaf", nil, sasl.Identity{Authcid: "tim", Mailbox: "tim"}},
		{"MEC-01 not UTF-8", "\x00tim\x00tanstaaf\xff", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-01 wrong password", "\x00tim\x00tanstaaf", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-01 another's password", "\x00tim\x00tanstaaf", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-02 no NUL", "tim", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-02 empty message", "", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-02 one NUL", "tim\x00tanstaaftanstaaf", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-02 three NULs", "\x00tim\x00tanstaaftanstaaf\x00", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-02 NUL in the password", "\x00tim\x00tanstaaf\x00tanstaaf", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-03 255 octets each", strings.Repeat("y", 255) + "\x00" + long + "\x00" + long, nil,
			sasl.Identity{Authcid: long, Authzid: strings.Repeat("y", 255), Mailbox: strings.Repeat("y", 255)}},
		{"MEC-03 password of 256", "\x00" + long + "\x00" + long + "x", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-04 empty authcid", "\x00\x00tanstaaftanstaaf", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-04 empty password", "\x00tim\x00", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-04 empty password of a user who has none", "\x00nobody\x00", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-05 presented strings are prepared", "\x00I\u00ADX\x00\u2168", nil, sasl.Identity{Authcid: "IX", Mailbox: "IX"}},
		{"MEC-05 decomposed name and password", "\x00ju\u0308rgen\x00Gru\u0308ße", nil, sasl.Identity{Authcid: "jürgen", Mailbox: "jürgen"}},
		{"MEC-05 unassigned in a stored string", "\x00newpw\x00\u0221", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-06 prohibited in the password", "\x00badpw\x00bell\a", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-06 prohibited in the name", "\x00ti\u0007m\x00tanstaaftanstaaf", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-06 nothing left of the name", "\x00\u00AD\x00tanstaaftanstaaf", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-06 nothing left of the password", "\x00nobody\x00\u00AD", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-07 authzid allowed", "mrose\x00Kurt\x00xipj3plmq", nil, sasl.Identity{Authcid: "Kurt", Authzid: "mrose", Mailbox: "mrose"}},
		{"MEC-07 own name as authzid", "Kurt\x00Kurt\x00xipj3plmq", nil, sasl.Identity{Authcid: "Kurt", Authzid: "Kurt", Mailbox: "Kurt"}},
		// RFC 4616 section 4, the second example.
		{"MEC-07 authzid not allowed", "Ursel\x00Kurt\x00xipj3plmq", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-07 allowed authzid, wrong password", "mrose\x00Kurt\x00tanstaaf", sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-22 authzid is prepared", "I\u00ADX\x00Kurt\x00xipj3plmq", nil, sasl.Identity{Authcid: "Kurt", Authzid: "IX", Mailbox: "IX"}},
		{"SAS-23 nothing left of the authzid", "\u00AD\x00Kurt\x00xipj3plmq", sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-23 prohibited in the authzid", "mrose\a\x00Kurt\x00xipj3plmq", sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-41 empty authzid equals none", "\x00Kurt\x00xipj3plmq", nil, sasl.Identity{Authcid: "Kurt", Mailbox: "Kurt"}},
		{"SAS-42 unknown user", "\x00ursel\x00xipj3plmq", sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-42 user without password", "\x00nobody\x00x", sasl.ErrCredentials, sasl.Identity{}},
		{"the database is down", "\x00broken\x00x", sasl.ErrUnavailable, sasl.Identity{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := newEnv(1)
			if strings.Contains(c.name, "MEC-03") {
				env.Lookup = func(name string) (sasl.Account, bool, error) { return longAccount, name == long, nil }
			}
			id, err := verify(t, "PLAIN", env, c.message)
			wantKind(t, c.message, id, err, c.want, "RFC 4616 section 2")
			if id != c.id {
				t.Errorf("got the identity %+v, want %+v", id, c.id)
			}
		})
	}
}

// RFC 5034 section 6 and RFC 4616 section 4, as they stand on the wire.
func TestPlainVectors(t *testing.T) {
	for _, v := range []struct{ base64, authcid string }{
		{"dGVzdAB0ZXN0AHRlc3Q=", "test"},
		{base64.StdEncoding.EncodeToString([]byte("\x00tim\x00tanstaaftanstaaf")), "tim"},
	} {
		message, err := base64.StdEncoding.DecodeString(v.base64)
		if err != nil {
			t.Fatal(err)
		}
		id, err := verify(t, "PLAIN", newEnv(1), string(message))
		if err != nil || id.Mailbox != v.authcid {
			t.Errorf("%s: got %+v, %v; want the mailbox %s", v.base64, id, err, v.authcid)
		}
	}
}

// Without an initial response the server sends the empty challenge and takes the message then.
func TestPlainWithoutInitialResponse(t *testing.T) {
	s := begin(t, "PLAIN", newEnv(1))
	challenge, done, err := s.Next(nil)
	if challenge == nil || len(challenge) != 0 || done || err != nil {
		t.Fatalf("no initial response: got %q, %v, %v; want the empty challenge (RFC 5034 section 4)", challenge, done, err)
	}
	if _, done, err := s.Next([]byte("\x00tim\x00tanstaaftanstaaf")); !done || err != nil {
		t.Fatalf("the message: got %v, %v; want success", done, err)
	}
	id, want := s.Identity(), "tim"
	if id.Mailbox != want {
		t.Errorf("mailbox: got %q, want %q", id.Mailbox, want)
	}
	if _, done, err := s.Next([]byte("\x00tim\x00tanstaaftanstaaf")); done || err == nil {
		t.Errorf("after the end: got %v, %v; want an error", done, err)
	}
}

func TestPlainWithGoSASL(t *testing.T) {
	for _, c := range []struct {
		client gosasl.Client
		want   error
	}{
		{gosasl.NewPlainClient("", "mrose", "tanstaaf"), nil},
		{gosasl.NewPlainClient("mrose", "Kurt", "xipj3plmq"), nil},
		{gosasl.NewPlainClient("", "mrose", "tanstaaf "), sasl.ErrCredentials},
		{gosasl.NewPlainClient("tim", "Kurt", "xipj3plmq"), sasl.ErrCredentials},
	} {
		id, err := converse(t, c.client, newEnv(1))
		wantKind(t, "go-sasl's PLAIN", id, err, c.want, "RFC 4616 section 2")
		if c.want == nil && id.Mailbox != "mrose" {
			t.Errorf("mailbox: got %q, want mrose", id.Mailbox)
		}
	}
}

// converse lets go-sasl's client talk to our server until one of them ends it.
func converse(t *testing.T, client gosasl.Client, env *sasl.Env) (sasl.Identity, error) {
	t.Helper()
	mechanism, response, err := client.Start()
	if err != nil {
		t.Fatalf("the client can't start: %v", err)
	}
	s := begin(t, mechanism, env)
	for range 10 {
		challenge, done, err := s.Next(response)
		if done || err != nil {
			return s.Identity(), err
		}
		if response, err = client.Next(challenge); err != nil {
			return sasl.Identity{}, err
		}
	}
	t.Fatal("the exchange has no end")
	panic("not reached")
}
