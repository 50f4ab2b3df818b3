package sasl_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/xdg-go/scram"

	"pop3lab/engine/digest"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/binding"
)

var scramHashes = map[string]scram.HashGeneratorFcn{
	"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256,
	"SCRAM-SHA-1-PLUS": scram.SHA1, "SCRAM-SHA-256-PLUS": scram.SHA256,
}

// A scramVector is an exchange as an RFC prints it.
type scramVector struct {
	name, mechanism, serverNonce, salt                 string
	clientFirst, serverFirst, clientFinal, serverFinal string
}

var scramVectors = []scramVector{
	{"RFC 5802 section 5", "SCRAM-SHA-1", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
		"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
	{"MEC-34 RFC 7677 section 3", "SCRAM-SHA-256", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
}

// env makes the server use the vector's nonce and salt.
func (v scramVector) env(t *testing.T) *sasl.Env {
	t.Helper()
	salt, err := base64.StdEncoding.DecodeString(v.salt)
	if err != nil {
		t.Fatal(err)
	}
	env := newEnv(1)
	env.Nonce = func() string { return v.serverNonce }
	env.Salt = func(mechanism, name string) []byte { return salt }
	return env
}

func TestSCRAMVectors(t *testing.T) {
	for _, v := range scramVectors {
		t.Run(v.name, func(t *testing.T) {
			env := v.env(t)
			env.Keys = nil // keys are computed each time
			s := begin(t, v.mechanism, env)
			for _, round := range []struct{ response, challenge string }{{v.clientFirst, v.serverFirst}, {v.clientFinal, v.serverFinal}} {
				challenge, done, err := s.Next([]byte(round.response))
				if string(challenge) != round.challenge || done || err != nil {
					t.Fatalf("after %q: got %q, %v, %v\nwant %q", round.response, challenge, done, err, round.challenge)
				}
				if s.Identity() != (sasl.Identity{}) {
					t.Error("an identity before the end")
				}
			}
			if challenge, done, err := s.Next([]byte{}); challenge != nil || !done || err != nil {
				t.Fatalf("after the client's empty response: got %q, %v, %v; want success", challenge, done, err)
			}
			if got, want := s.Identity(), (sasl.Identity{Authcid: "user", Mailbox: "user"}); got != want {
				t.Errorf("identity: got %+v, want %+v", got, want)
			}
		})
	}
}

// The server's last message is a challenge, and the client has to answer it with nothing.
//
// req: SAS-27
func TestSCRAMLastResponse(t *testing.T) {
	v := scramVectors[0]
	s := begin(t, v.mechanism, v.env(t))
	s.Next([]byte(v.clientFirst))
	s.Next([]byte(v.clientFinal))
	if _, done, err := s.Next([]byte("x")); done || !errors.Is(err, sasl.ErrMalformed) {
		t.Errorf("got %v, %v; want %v (RFC 5034 section 4)", done, err, sasl.ErrMalformed)
	}
	if s.Identity() != (sasl.Identity{}) {
		t.Errorf("a failed exchange has the identity %+v", s.Identity())
	}
}

// Any change to a message of the vector must fail, and in the way its rule says.
func TestSCRAMTampered(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to string // what is replaced in the client's messages
		kind     error
		e        string // the value of e=
	}{
		{"MEC-17 flag x", "n,,n=user", "x,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 flag N", "n,,n=user", "N,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 non-standard flag F", "n,,n=user", "F,n,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 no header", "n,,n=user", "n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 flag with a tail", "n,,n=user", "no,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 p without type", "n,,n=user", "p=,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-17 type with an underscore", "n,,n=user", "p=tls_unique,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 nonce before name", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "n,,r=fyko+d2lbbFgONRv9qkxdawL,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 name in upper case", "n,,n=user", "n,,N=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 nonce in upper case", ",r=fyko+d2lbbFgONRv9qkxdawL", ",R=fyko+d2lbbFgONRv9qkxdawL", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 no nonce", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "n,,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 name twice", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL,n=tim", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 authzid without a=", "n,,n=user", "n,tim,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 empty authzid", "n,,n=user", "n,a=,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 channel binding after nonce", "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,c=biws", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 proof not at the end", ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=,x=y", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 no proof", ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-18 extension of two letters", "VvWVs7j,p=", "VvWVs7j,xy=z,p=", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-19 = alone", "n=user", "n=us=er", sasl.ErrMalformed, "invalid-username-encoding"},
		{"MEC-19 = at the end", "n=user", "n=user=", sasl.ErrMalformed, "invalid-username-encoding"},
		{"MEC-19 =2c", "n=user", "n=user=2c", sasl.ErrMalformed, "invalid-username-encoding"},
		{"MEC-19 empty name", "n=user", "n=", sasl.ErrMalformed, "invalid-username-encoding"},
		{"MEC-19 = alone in the authzid", "n,,n=user", "n,a=us=er,n=user", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-20 m= first", "n,,n=user", "n,,m=x,n=user", sasl.ErrMalformed, "extensions-not-supported"},
		{"MEC-20 m= as an extension", ",r=fyko+d2lbbFgONRv9qkxdawL", ",r=fyko+d2lbbFgONRv9qkxdawL,m=x", sasl.ErrMalformed, "extensions-not-supported"},
		{"MEC-20 m= in the last message", "VvWVs7j,p=", "VvWVs7j,m=x,p=", sasl.ErrMalformed, "extensions-not-supported"},
		{"MEC-22 prohibited in the name", "n=user", "n=us\aer", sasl.ErrCredentials, "invalid-username-encoding"},
		{"MEC-22 name not UTF-8", "n=user", "n=us\xffer", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-22 nothing left of the name", "n=user", "n=\u00AD", sasl.ErrCredentials, "invalid-username-encoding"},
		{"MEC-23 another nonce", "VvWVs7j,p=", "VvWVs7k,p=", sasl.ErrMalformed, "other-error"},
		{"MEC-23 a shorter nonce", "VvWVs7j,p=", "VvWVs7,p=", sasl.ErrMalformed, "other-error"},
		{"MEC-23 the client's own nonce only", "3rfcNHYJY1ZVvWVs7j,p=", ",p=", sasl.ErrMalformed, "other-error"},
		{"MEC-25 empty nonce", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "n,,n=user,r=", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-25 space in the nonce", "r=fyko+d2lbbFgONRv9qkxdawL", "r=fyko d2lbbFgONRv9qkxdawL", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-25 nonce beyond ASCII", "r=fyko+d2lbbFgONRv9qkxdawL", "r=fykö+d2lbbFgONRv9qkxdawL", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-28 c= of flag y", "c=biws", "c=eSws", sasl.ErrMalformed, "channel-bindings-dont-match"},
		{"MEC-28 c= with data", "c=biws", "c=" + base64.StdEncoding.EncodeToString([]byte("n,,data")), sasl.ErrMalformed, "channel-bindings-dont-match"},
		{"MEC-28 empty c=", "c=biws", "c=", sasl.ErrMalformed, "channel-bindings-dont-match"},
		{"MEC-28 c= not Base64", "c=biws", "c=biws=", sasl.ErrMalformed, "invalid-encoding"},
		{"MEC-28 an authzid put in on the way", "n,,n=user", "n,a=tim,n=user", sasl.ErrMalformed, "channel-bindings-dont-match"},
		{"MEC-28 y turned into n", "n,,n=user", "y,,n=user", sasl.ErrMalformed, "channel-bindings-dont-match"},
		{"MEC-30 flag p", "n,,n=user", "p=tls-unique,,n=user", sasl.ErrMalformed, "channel-binding-not-supported"},
		{"another user", "n=user", "n=tim", sasl.ErrCredentials, "invalid-proof"},
		{"an unknown user", "n=user", "n=ursel", sasl.ErrCredentials, "invalid-proof"},
		{"another proof", "p=v0X8", "p=v0X9", sasl.ErrCredentials, "invalid-proof"},
		{"a short proof", "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "p=v0X8v3Bz", sasl.ErrMalformed, "invalid-proof"},
		{"no Base64 as proof", "p=v0X8", "p=v0-8", sasl.ErrMalformed, "invalid-encoding"},
		{"the database is down", "n=user", "n=broken", sasl.ErrUnavailable, "no-resources"},
	} {
		for _, tell := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s tell=%v", c.name, tell), func(t *testing.T) {
				v := scramVectors[0]
				if !strings.Contains(v.clientFirst+"\n"+v.clientFinal, c.from) {
					t.Fatalf("the vector has no %q", c.from)
				}
				env := v.env(t)
				env.ScramErrors = tell
				s := begin(t, v.mechanism, env)
				challenge, done, err := s.Next([]byte(strings.Replace(v.clientFirst, c.from, c.to, 1)))
				if err == nil && !strings.HasPrefix(string(challenge), "e=") {
					challenge, done, err = s.Next([]byte(strings.Replace(v.clientFinal, c.from, c.to, 1)))
				}
				if tell { // MEC-33: e= goes out, and the exchange fails whatever the client answers
					if got, want := string(challenge), "e="+c.e; got != want || done || err != nil {
						t.Fatalf("got %q, %v, %v; want %q (RFC 5802 section 7)", got, done, err, want)
					}
					challenge, done, err = s.Next([]byte{})
				}
				if challenge != nil || done || !errors.Is(err, c.kind) {
					t.Fatalf("got %q, %v, %v; want %v", challenge, done, err, c.kind)
				}
				var why *sasl.Error
				if !errors.As(err, &why) || why.Scram != c.e {
					t.Errorf("%v: got e=%s, want e=%s", err, why.Scram, c.e)
				}
				if s.Identity() != (sasl.Identity{}) {
					t.Errorf("failed, but has the identity %+v", s.Identity())
				}
			})
		}
	}
}

// MEC-33: on failure the server's last message may be left out, and by default it is.
func TestSCRAMFailsAtOnce(t *testing.T) {
	t.Run("MEC-33", func(t *testing.T) {
		v := scramVectors[0]
		s := begin(t, v.mechanism, v.env(t))
		s.Next([]byte(v.clientFirst))
		challenge, done, err := s.Next([]byte(strings.Replace(v.clientFinal, "p=v", "p=w", 1)))
		if challenge != nil || done || !errors.Is(err, sasl.ErrCredentials) {
			t.Errorf("got %q, %v, %v; want %v at once (RFC 5802 section 5.1)", challenge, done, err, sasl.ErrCredentials)
		}
	})
}

// A client of another make logs in, in every way SCRAM has.
func TestSCRAMWithXDG(t *testing.T) {
	for _, c := range []struct {
		name, user, password, authzid string
		id                            sasl.Identity
		kind                          error
	}{
		{"success", "mrose", "tanstaaf", "", sasl.Identity{Authcid: "mrose", Mailbox: "mrose"}, nil},
		{"wrong password", "mrose", "tanstaaF", "", sasl.Identity{}, sasl.ErrCredentials},
		{"SAS-42 unknown user", "ursel", "tanstaaf", "", sasl.Identity{}, sasl.ErrCredentials},
		{"SAS-42 no password", "nobody", "x", "", sasl.Identity{}, sasl.ErrCredentials},
		{"MEC-06 password that can't be prepared", "badpw", "bell", "", sasl.Identity{}, sasl.ErrCredentials},
		{"MEC-19 comma and = in the name", "a,b=c", "comma, equals = ", "", sasl.Identity{Authcid: "a,b=c", Mailbox: "a,b=c"}, nil},
		{"MEC-22 name and password prepared", "\u2168", "\u2168", "", sasl.Identity{Authcid: "IX", Mailbox: "IX"}, nil},
		{"MEC-05 decomposed", "ju\u0308rgen", "Gru\u0308ße", "", sasl.Identity{Authcid: "jürgen", Mailbox: "jürgen"}, nil},
		{"authzid allowed", "Kurt", "xipj3plmq", "mrose", sasl.Identity{Authcid: "Kurt", Authzid: "mrose", Mailbox: "mrose"}, nil},
		{"authzid not allowed", "Kurt", "xipj3plmq", "Ursel", sasl.Identity{}, sasl.ErrCredentials},
		{"SAS-23 nothing left of the authzid", "Kurt", "xipj3plmq", "\u00AD", sasl.Identity{}, sasl.ErrCredentials},
	} {
		for mechanism, hash := range scramHashes {
			t.Run(c.name+" "+mechanism, func(t *testing.T) {
				plus := strings.HasSuffix(mechanism, "-PLUS")
				newClient := hash.NewClient
				if strings.HasPrefix(c.name, "SAS-23") {
					newClient = hash.NewClientUnprepped // as the other would leave the authzid out
				}
				client, err := newClient(c.user, c.password, c.authzid)
				if err != nil {
					t.Fatal(err)
				}
				env := newEnv(7)
				conversation := client.NewConversation()
				if plus {
					data := scram.NewTLSUniqueBinding([]byte("the same on both sides"))
					env.Binding = func(kind string) []byte {
						if kind != "tls-unique" {
							return nil
						}
						return data.Data
					}
					conversation = client.NewConversationWithChannelBinding(data)
				}
				s := begin(t, mechanism, env)
				err = converseSCRAM(t, s, conversation, nil)
				wantKind(t, c.name, s.Identity(), err, c.kind, "RFC 5802")
				if s.Identity() != c.id {
					t.Errorf("identity: got %+v, want %+v", s.Identity(), c.id)
				}
				if got, want := conversation.Valid(), c.kind == nil; got != want {
					t.Errorf("the client believes the server: %v, want %v (RFC 5802 section 5, v=)", got, want)
				}
			})
		}
	}
}

// MEC-22: the name goes into the signed text as it came, not as it was prepared. The client
// sends what SASLprep changes, and signs that.
func TestSCRAMNameAsReceived(t *testing.T) {
	t.Run("MEC-22", func(t *testing.T) {
		client, err := scram.SHA256.NewClientUnprepped("\u2168", "IX", "")
		if err != nil {
			t.Fatal(err)
		}
		var first string
		s := begin(t, "SCRAM-SHA-256", newEnv(7))
		err = converseSCRAM(t, s, client.NewConversation(), func(response string) string {
			if first == "" {
				first = response
			}
			return response
		})
		if !strings.Contains(first, "n=\u2168,") {
			t.Fatalf("the client sent %q: the test needs an unprepared name", first)
		}
		if err != nil || s.Identity().Authcid != "IX" {
			t.Errorf("got %+v, %v; want the identity IX (RFC 5802 section 5.1)", s.Identity(), err)
		}
	})
}

// Unknown optional extensions pass; they are signed like the rest.
//
// xdg's client sends none, so this one is ours.
func TestSCRAMUnknownExtensions(t *testing.T) {
	t.Run("MEC-21", func(t *testing.T) {
		s := begin(t, "SCRAM-SHA-256", newEnv(7))
		if err := ourSCRAM(s, sha256.New, "user", "pencil", ",x=unknown,Z=a=b", ",y=also", nil); err != nil {
			t.Errorf("got %v, want success (RFC 5802 section 5.1)", err)
		}
	})
}

func TestSCRAMServerFirst(t *testing.T) {
	first := func(env *sasl.Env, mechanism, user string) map[byte]string {
		challenge, _, err := begin(t, mechanism, env).Next([]byte("n,,n=" + user + ",r=CLIENT"))
		if err != nil {
			t.Fatal(err)
		}
		values := make(map[byte]string)
		for i, field := range strings.Split(string(challenge), ",") {
			if len(field) < 3 || field[1] != '=' || field[0] != "rsi"[i] {
				t.Fatalf("server-first %q: want r=, s=, i= in this order (RFC 5802 section 7)", challenge)
			}
			values[field[0]] = field[2:]
		}
		return values
	}
	t.Run("MEC-25 nonce", func(t *testing.T) {
		env, seen := newEnv(7), make(map[string]bool)
		for range 100 {
			nonce := first(env, "SCRAM-SHA-256", "user")['r']
			rest, ok := strings.CutPrefix(nonce, "CLIENT")
			if !ok || len(rest) < 16 {
				t.Fatalf("nonce %q: want the client's and at least 16 characters of the server's", nonce)
			}
			if i := strings.IndexFunc(nonce, func(r rune) bool { return r < '!' || r > '~' || r == ',' }); i >= 0 {
				t.Fatalf("nonce %q: want printable ASCII without comma (RFC 5802 section 7)", nonce)
			}
			if seen[nonce] {
				t.Fatalf("nonce %q came twice", nonce)
			}
			seen[nonce] = true
		}
	})
	t.Run("MEC-26 MEC-27 iteration count", func(t *testing.T) {
		env := newEnv(7)
		if got := first(env, "SCRAM-SHA-256", "user")['i']; got != "4096" {
			t.Errorf("got i=%s, want 4096, the least RFC 7677 section 4 recommends", got)
		}
		env.Iterations = 10000
		if got := first(env, "SCRAM-SHA-1", "user")['i']; got != "10000" {
			t.Errorf("got i=%s, want 10000, as Env says", got)
		}
	})
	t.Run("SAS-42 salts", func(t *testing.T) {
		salts := make(map[string]string)
		for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
			for _, user := range []string{"user", "tim", "ursel", "nobody"} {
				salt := first(newEnv(7), mechanism, user)['s']
				if again := first(newEnv(8), mechanism, user)['s']; again != salt {
					t.Errorf("%s %s: the salt %s became %s: it would give away who doesn't exist", mechanism, user, salt, again)
				}
				if other, found := salts[salt]; found {
					t.Errorf("%s %s has the salt of %s", mechanism, user, other)
				}
				salts[salt] = mechanism + " " + user
				if raw, err := base64.StdEncoding.DecodeString(salt); err != nil || len(raw) != 16 {
					t.Errorf("%s %s: salt %q: want 16 octets in Base64", mechanism, user, salt)
				}
			}
		}
		env := newEnv(7)
		env.Key = []byte("another server")
		if salt := first(env, "SCRAM-SHA-1", "user")['s']; salts[salt] != "" {
			t.Errorf("another server has the salt %s of %s", salt, salts[salt])
		}
	})
}

// Channel binding: which flags a server takes that has it, and one that hasn't.
func TestSCRAMChannelBinding(t *testing.T) {
	data := []byte("tls data")
	supported := func(kind string) []byte {
		if kind == "tls-exporter" {
			return data
		}
		return nil
	}
	exporter := scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: data}
	for _, c := range []struct {
		name, mechanism string
		binding         func(string) []byte
		conversation    func(*scram.Client) *scram.ClientConversation
		e               string // empty for success
	}{
		{"MEC-29 y, the server has none", "SCRAM-SHA-256", nil, (*scram.Client).NewConversationAdvertisingChannelBinding, ""},
		{"MEC-29 y, the server has one: a downgrade", "SCRAM-SHA-256", supported, (*scram.Client).NewConversationAdvertisingChannelBinding, "server-does-support-channel-binding"},
		{"MEC-29 n, the server has one", "SCRAM-SHA-256", supported, (*scram.Client).NewConversation, ""},
		{"MEC-30 p, the same data", "SCRAM-SHA-256-PLUS", supported, with(exporter), ""},
		{"MEC-28 p, other data", "SCRAM-SHA-256-PLUS", supported, with(scram.ChannelBinding{Type: exporter.Type, Data: []byte("another")}), "channel-bindings-dont-match"},
		{"MEC-30 p, unsupported type", "SCRAM-SHA-256-PLUS", supported, with(scram.NewTLSUniqueBinding(data)), "unsupported-channel-binding-type"},
		{"MEC-30 p, the server has none", "SCRAM-SHA-256-PLUS", nil, with(exporter), "unsupported-channel-binding-type"},
		{"MEC-30 p without -PLUS", "SCRAM-SHA-256", supported, with(exporter), "channel-binding-not-supported"},
		{"-PLUS with n", "SCRAM-SHA-256-PLUS", supported, (*scram.Client).NewConversation, "other-error"},
		{"-PLUS with y", "SCRAM-SHA-256-PLUS", supported, (*scram.Client).NewConversationAdvertisingChannelBinding, "other-error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := scram.SHA256.NewClient("user", "pencil", "")
			if err != nil {
				t.Fatal(err)
			}
			env := newEnv(7)
			env.Binding = c.binding
			s := begin(t, c.mechanism, env)
			err = converseSCRAM(t, s, c.conversation(client), nil)
			var failure *sasl.Error
			switch {
			case c.e == "" && err != nil:
				t.Errorf("got %v, want success (RFC 5802 section 6)", err)
			case c.e != "" && (!errors.As(err, &failure) || failure.Scram != c.e || !errors.Is(err, sasl.ErrMalformed)):
				t.Errorf("got %v, want e=%s (RFC 5802 section 6)", err, c.e)
			}
		})
	}
}

// Two ends of one TLS connection have the same data; a man in the middle has two connections, and
// the exchange that he passes on fails.
//
// req: MEC-35
func TestSCRAMOverTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run("MEC-35 "+tls.VersionName(version), func(t *testing.T) {
			client1, server1 := tlsPair(t, version)
			_, server2 := tlsPair(t, version)
			for _, c := range []struct {
				server tls.ConnectionState
				want   error
			}{{server1, nil}, {server2, sasl.ErrMalformed}} {
				data, err := scram.NewTLSExporterBinding(&client1)
				if err != nil {
					t.Fatal(err)
				}
				client, err := scram.SHA256.NewClient("user", "pencil", "")
				if err != nil {
					t.Fatal(err)
				}
				env := newEnv(7)
				env.Binding = binding.OfTLS(c.server)
				s := begin(t, "SCRAM-SHA-256-PLUS", env)
				err = converseSCRAM(t, s, client.NewConversationWithChannelBinding(data), nil)
				wantKind(t, "over TLS", s.Identity(), err, c.want, "RFC 5802 section 6")
				if got, want := env.Binding("tls-unique") != nil, version < tls.VersionTLS13; got != want {
					t.Errorf("tls-unique is there: %v, want %v (RFC 9266 section 3)", got, want)
				}
				if got := env.Binding("tls-server-end-point"); got != nil {
					t.Errorf("an unknown type has the data %x", got)
				}
			}
		})
	}
	// A client that allows renegotiation can't export keys, and TLS 1.3 has no tls-unique: neither
	// type is left.
	if state, _ := tlsPair(t, tls.VersionTLS13, tls.RenegotiateOnceAsClient); binding.OfTLS(state) != nil {
		t.Error("a connection without data has a channel binding (RFC 7677 section 4)")
	}
}

func TestKeyCache(t *testing.T) {
	var cache sasl.KeyCache
	computed := 0
	ask := func(secret string) sasl.Keys {
		id := sasl.KeyID{Hash: digest.SHA256, Secret: secret, Salt: "salt", Iterations: 2}
		return cache.Keys(id, func() sasl.Keys { computed++; return id.Compute() })
	}
	a := ask("a")
	if b := ask("a"); computed != 1 || !bytes.Equal(a.Stored, b.Stored) || !bytes.Equal(a.Server, b.Server) {
		t.Errorf("the second time: computed %d times, keys %x and %x", computed, a, b)
	}
	if b := ask("b"); bytes.Equal(a.Stored, b.Stored) {
		t.Error("two secrets have one key")
	}
	for i := range 10000 { // many guesses of names that don't exist …
		ask(fmt.Sprint(i))
		if i%100 == 0 {
			ask("a")
		}
	}
	before := computed
	if want := 2 + 10000; before != want {
		t.Errorf("computed %d times for %d different secrets", before, want)
	}
	if ask("a"); computed != before { // … don't push out who logs in now and then
		t.Error("a key in use was forgotten")
	}
	if ask("0"); computed != before+1 {
		t.Error("10,000 keys later the first is still there: the cache has no bound")
	}
}

// Many sessions share one cache. The race detector watches.
func TestKeyCacheShared(t *testing.T) {
	var cache sasl.KeyCache
	var sessions sync.WaitGroup
	for range 8 {
		sessions.Go(func() {
			for i := range 3000 {
				id := sasl.KeyID{Hash: digest.SHA1, Secret: fmt.Sprint(i), Salt: "salt", Iterations: 1}
				got := cache.Keys(id, func() sasl.Keys { return sasl.Keys{Stored: []byte(id.Secret)} })
				if string(got.Stored) != id.Secret {
					t.Errorf("secret %s: got the key of %s", id.Secret, got.Stored)
				}
			}
		})
	}
	sessions.Wait()
}

// Once a user has logged in the next time is cheap, for users and for names that nobody has.
func TestSCRAMKeepsKeys(t *testing.T) {
	for _, user := range []string{"user", "ursel"} {
		env, computed := newEnv(7), 0
		var cache sasl.KeyCache
		env.Keys = func(id sasl.KeyID, compute func() sasl.Keys) sasl.Keys {
			return cache.Keys(id, func() sasl.Keys { computed++; return compute() })
		}
		for range 3 {
			s := begin(t, "SCRAM-SHA-256", env)
			err := ourSCRAM(s, sha256.New, user, "pencil", "", "", nil)
			if (err == nil) != (user == "user") {
				t.Fatalf("%s: %v", user, err)
			}
		}
		if computed != 1 {
			t.Errorf("%s: three exchanges computed keys %d times, want once", user, computed)
		}
	}
}

func with(b scram.ChannelBinding) func(*scram.Client) *scram.ClientConversation {
	return func(c *scram.Client) *scram.ClientConversation { return c.NewConversationWithChannelBinding(b) }
}

// converseSCRAM lets xdg's client talk to our server. The server's error counts; when the client
// gives up first, the error is the client's. edit, if any, changes what the client says.
func converseSCRAM(t *testing.T, s sasl.Server, client *scram.ClientConversation, edit func(string) string) error {
	t.Helper()
	challenge, done, err := s.Next(nil)
	for range 5 {
		if done || err != nil {
			return err
		}
		response, err2 := client.Step(string(challenge))
		if err2 != nil {
			return fmt.Errorf("the client gives up: %w", err2)
		}
		if edit != nil {
			response = edit(response)
		}
		challenge, done, err = s.Next([]byte(response))
	}
	t.Fatal("the exchange has no end")
	return nil
}

// tlsPair connects a client and a server and returns what each knows of the connection.
func tlsPair(t *testing.T, version uint16, renegotiation ...tls.RenegotiationSupport) (client, server tls.ConnectionState) {
	t.Helper()
	https := httptest.NewUnstartedServer(nil) // for its certificate; it serves nothing
	https.StartTLS()
	defer https.Close()
	clientEnd, serverEnd := net.Pipe()
	defer clientEnd.Close()
	defer serverEnd.Close()
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	config := &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: version, MaxVersion: version}
	if renegotiation != nil {
		config.Renegotiation = renegotiation[0]
	}
	c := tls.Client(clientEnd, config)
	s := tls.Server(serverEnd, &tls.Config{Certificates: https.TLS.Certificates, MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true})
	failed := make(chan error, 1) // of the server's half, which ends with its handshake
	go func() { failed <- s.Handshake() }()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState(), s.ConnectionState()
}
