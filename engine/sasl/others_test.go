package sasl_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"pop3lab/engine/sasl"
)

// req: MEC-09, MEC-10
func TestExternal(t *testing.T) {
	for _, c := range []struct {
		name, certificate, authzid string
		want                       error
		id                         sasl.Identity
	}{
		{"MEC-09 empty: as the certificate says", "Kurt", "", nil, sasl.Identity{Authcid: "Kurt", Mailbox: "Kurt"}},
		{"MEC-09 no password is needed", "nobody", "", nil, sasl.Identity{Authcid: "nobody", Mailbox: "nobody"}},
		{"MEC-09 another identity, allowed", "Kurt", "mrose", nil, sasl.Identity{Authcid: "Kurt", Authzid: "mrose", Mailbox: "mrose"}},
		{"MEC-10 no certificate", "", "", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-10 no certificate, but a name", "", "mrose", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-10 certificate of a stranger", "ursel", "", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-10 another identity, not allowed", "Kurt", "tim", sasl.ErrCredentials, sasl.Identity{}},
		{"MEC-10 NUL", "Kurt", "mrose\x00", sasl.ErrMalformed, sasl.Identity{}},
		{"MEC-10 not UTF-8", "Kurt", "mr\xFFose", sasl.ErrMalformed, sasl.Identity{}},
		{"SAS-23 nothing left", "Kurt", "\u00AD", sasl.ErrCredentials, sasl.Identity{}},
		{"SAS-41 NUL alone", "Kurt", "\x00", sasl.ErrMalformed, sasl.Identity{}},
		{"the database is down", "broken", "", sasl.ErrUnavailable, sasl.Identity{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := newEnv(1)
			env.External = c.certificate
			id, err := converse(t, gosasl.NewExternalClient(c.authzid), env)
			wantKind(t, c.authzid, id, err, c.want, "RFC 4422 appendix A.1")
			if id != c.id {
				t.Errorf("identity: got %+v, want %+v", id, c.id)
			}
			s := begin(t, "EXTERNAL", env) // and without initial response
			if challenge, done, err := s.Next(nil); string(challenge) != "" || done || err != nil {
				t.Fatalf("no initial response: got %q, %v, %v; want the empty challenge", challenge, done, err)
			}
			_, done, err := s.Next([]byte(c.authzid))
			wantKind(t, c.authzid, s.Identity(), err, c.want, "RFC 4422 appendix A.1")
			if done != (c.want == nil) || s.Identity() != c.id {
				t.Errorf("without initial response: got %v, %+v; want the identity %+v", done, s.Identity(), c.id)
			}
		})
	}
}

func TestAnonymous(t *testing.T) {
	for _, c := range []struct {
		name, trace string
		want        error
	}{
		{"MEC-11 empty", "", nil},
		{"MEC-11 RFC 4505's own token", "sirhc", nil},
		{"MEC-11 e-mail address", "sirhc@example.com", nil},
		{"MEC-11 e-mail address with quotes", `"s @ i"@[127.0.0.1]`, nil},
		{"MEC-11 quoted pair", `"s\"i"@example.com`, nil},
		{"MEC-11 token of 255 characters, 1020 octets", strings.Repeat("\U00010300", 255), nil},
		{"MEC-11 token of 256 characters", strings.Repeat("x", 256), sasl.ErrMalformed},
		{"MEC-11 two @", "a@b@c", sasl.ErrMalformed},
		{"MEC-11 no domain", "a@", sasl.ErrMalformed},
		{"MEC-11 no local part", "@b", sasl.ErrMalformed},
		{"MEC-11 empty word", "a..b@c", sasl.ErrMalformed},
		{"MEC-11 space in an address", "a b@c", sasl.ErrMalformed},
		{"MEC-11 quote without end", `"a@c`, sasl.ErrMalformed},
		{"MEC-11 quote ended by a quoted pair", `"a\"@c`, sasl.ErrMalformed},
		{"MEC-11 quote in quotes", `"a"b"@c`, sasl.ErrMalformed},
		{"MEC-11 bracket in brackets", `a@[b]c]`, sasl.ErrMalformed},
		{"MEC-11 not UTF-8", "sirh\xff", sasl.ErrMalformed},
		{"MEC-11 control character", "sirhc\r\n+OK", sasl.ErrMalformed},
		{"MEC-11 both directions of writing", "\u0627\u0031", sasl.ErrMalformed},
		{"MEC-11 spaces and description characters pass", "a\u00A0b\u2FF0", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := converse(t, gosasl.NewAnonymousClient(c.trace), newEnv(1))
			wantKind(t, c.trace, id, err, c.want, "RFC 4505 section 2")
			if want := (sasl.Identity{Mailbox: "guest", Trace: c.trace}); err == nil && id != want {
				t.Errorf("identity: got %+v, want %+v", id, want)
			}
		})
	}
	t.Run("MEC-12 nobody is anonymous by default", func(t *testing.T) {
		env := newEnv(1)
		env.Anonymous = ""
		id, err := converse(t, gosasl.NewAnonymousClient("sirhc"), env)
		wantKind(t, "sirhc", id, err, sasl.ErrCredentials, "RFC 4505 section 5")
	})
}

func TestOAuthBearer(t *testing.T) {
	const token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
	ok := sasl.Identity{Authcid: "token", Mailbox: "token"}
	for _, c := range []struct {
		name, message string
		want          error
		id            sasl.Identity
		status        string
	}{
		{"MEC-37 the shortest", "n,,^Aauth=Bearer " + token + "^A^A", nil, ok, ""},
		{"MEC-37 RFC 7628 section 4.1", "n,a=user@example.com,^Ahost=server.example.com^Aport=143^Aauth=Bearer " + token + "^A^A", nil,
			sasl.Identity{Authcid: "token", Authzid: "user@example.com", Mailbox: "user@example.com"}, ""},
		{"MEC-37 flag y", "y,,^Aauth=Bearer " + token + "^A^A", nil, ok, ""},
		{"MEC-37 own name", "n,a=token,^Aauth=Bearer " + token + "^A^A", nil, sasl.Identity{Authcid: "token", Authzid: "token", Mailbox: "token"}, ""},
		{"MEC-37 another's name", "n,a=mrose,^Aauth=Bearer " + token + "^A^A", sasl.ErrCredentials, sasl.Identity{}, "invalid_token"},
		{"MEC-37 flag p", "p=tls-unique,,^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 no auth", "n,,^Ahost=server.example.com^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 no pair at all", "n,,^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 ^A alone, which answers a failure", "^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 empty", "", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 one ^A at the end", "n,,^Aauth=Bearer " + token + "^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 three ^A at the end", "n,,^Aauth=Bearer " + token + "^A^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 no ^A behind the header", "n,,auth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 junk behind the header", "n,,junk^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"SAS-41 NUL in the authzid", "n,a=tok\x00en,^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 no header", "auth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 auth twice", "n,,^Aauth=Bearer x^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 key with a digit", "n,,^Aa1=x^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 value with a NUL", "n,,^Ax=\x00^Aauth=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-37 key in upper case is another", "n,,^AAUTH=Bearer " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-38 unknown keys", "n,,^Ax=^Amthd=POST^Aauth=Bearer " + token + "^Azz=a=b c\t^A^A", nil, ok, ""},
		{"MEC-39 another host", "n,,^Ahost=other.example.com^Aauth=Bearer " + token + "^A^A", sasl.ErrCredentials, sasl.Identity{}, "invalid_token"},
		{"MEC-39 host in upper case", "n,,^Ahost=SERVER.Example.com^Aauth=Bearer " + token + "^A^A", nil, ok, ""},
		{"MEC-39 another port", "n,,^Aport=110^Aauth=Bearer " + token + "^A^A", sasl.ErrCredentials, sasl.Identity{}, "invalid_token"},
		{"MEC-39 port with a zero", "n,,^Aport=0143^Aauth=Bearer " + token + "^A^A", sasl.ErrCredentials, sasl.Identity{}, "invalid_token"},
		{"MEC-40 unknown token", "n,,^Aauth=Bearer x^A^A", sasl.ErrCredentials, sasl.Identity{}, "invalid_token"},
		{"MEC-42 bearer", "n,,^Aauth=bearer " + token + "^A^A", nil, ok, ""},
		{"MEC-42 BeArEr and two spaces", "n,,^Aauth=BeArEr  " + token + "^A^A", nil, ok, ""},
		{"MEC-42 another scheme", "n,,^Aauth=OAuth " + token + "^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"MEC-42 no token", "n,,^Aauth=Bearer ^A^A", sasl.ErrMalformed, sasl.Identity{}, "invalid_request"},
		{"the database is down", "n,,^Aauth=Bearer broken^A^A", sasl.ErrUnavailable, sasl.Identity{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := newEnv(1)
			env.Host, env.Port = "server.example.com", 143
			s := begin(t, "OAUTHBEARER", env)
			challenge, done, err := s.Next([]byte(strings.ReplaceAll(c.message, "^A", "\x01")))
			if c.status != "" {
				if done || err != nil || s.Identity() != (sasl.Identity{}) {
					t.Fatalf("got %q, %v, %v; want a challenge first (RFC 7628 section 3.2.3)", challenge, done, err)
				}
				wantStatus(t, challenge, c.status)
				challenge, done, err = s.Next([]byte("\x01"))
			}
			wantKind(t, c.message, s.Identity(), err, c.want, "RFC 7628 section 3")
			if challenge != nil || done != (c.want == nil) || s.Identity() != c.id {
				t.Errorf("got %q, %v, %+v; want the identity %+v", challenge, done, s.Identity(), c.id)
			}
		})
	}
}

// The example of RFC 7628 section 4.1, as it stands on the wire, and a server that knows neither
// its name nor its port.
//
// req: MEC-37, MEC-39
func TestOAuthBearerVector(t *testing.T) {
	message, err := base64.StdEncoding.DecodeString("bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB")
	if err != nil {
		t.Fatal(err)
	}
	env := newEnv(1)
	env.Host, env.Port = "", 0
	id, err := verify(t, "OAUTHBEARER", env, string(message))
	if err != nil || id.Mailbox != "user@example.com" {
		t.Errorf("got %+v, %v; want the mailbox user@example.com", id, err)
	}
}

// Whatever the client answers to the failure, the exchange fails; never before.
//
// req: MEC-40, MEC-41
func TestOAuthBearerFailure(t *testing.T) {
	for _, answer := range []string{"\x01", "", "n,,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"} {
		s := begin(t, "OAUTHBEARER", newEnv(1))
		challenge, done, err := s.Next([]byte("n,,\x01auth=Bearer wrong\x01\x01"))
		if done || err != nil {
			t.Fatalf("got %v, %v; want the status first (RFC 7628 section 3.2.2)", done, err)
		}
		wantStatus(t, challenge, "invalid_token")
		if challenge, done, err := s.Next([]byte(answer)); challenge != nil || done || !errors.Is(err, sasl.ErrCredentials) {
			t.Errorf("then %q: got %q, %v, %v; want %v (RFC 7628 section 3.2.3)", answer, challenge, done, err, sasl.ErrCredentials)
		}
	}
}

// A token may be long: no length is built in (RFC 5034 section 4).
//
// req: SAS-19
func TestOAuthBearerLongToken(t *testing.T) {
	long := strings.Repeat("t", 12000)
	env := newEnv(1)
	env.ByToken = func(token string) (sasl.Account, bool, error) { return accounts["token"], token == long, nil }
	if _, err := verify(t, "OAUTHBEARER", env, "n,,\x01auth=Bearer "+long+"\x01\x01"); err != nil {
		t.Errorf("a token of 12,000 octets: got %v, want success", err)
	}
	env.ByToken = nil
	s := begin(t, "OAUTHBEARER", env)
	s.Next([]byte("n,,\x01auth=Bearer " + long + "\x01\x01"))
	if _, done, err := s.Next([]byte("\x01")); done || !errors.Is(err, sasl.ErrCredentials) {
		t.Errorf("no ByToken: got %v, %v; want %v", done, err, sasl.ErrCredentials)
	}
}

func TestOAuthBearerWithGoSASL(t *testing.T) {
	for token, mailbox := range map[string]string{"ya29.user": "user", "wrong": ""} {
		client := gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Username: "user", Token: token, Host: "lab.example", Port: 995})
		id, err := converse(t, client, newEnv(1))
		var status *gosasl.OAuthBearerError
		if mailbox == "" && (!errors.As(err, &status) || status.Status != "invalid_token") {
			t.Errorf("token %s: got %v, want go-sasl to understand invalid_token (RFC 7628 section 3.2.2)", token, err)
		}
		if mailbox != "" && (err != nil || id.Mailbox != mailbox) {
			t.Errorf("token %s: got %+v, %v; want the mailbox %s", token, id, err, mailbox)
		}
	}
}

func TestXOAuth2(t *testing.T) {
	for _, c := range []struct {
		name, message string
		want          error
		status        string
	}{
		{"success", "user=user^Aauth=Bearer ya29.user^A^A", nil, ""},
		{"bearer in lower case", "user=user^Aauth=bearer ya29.user^A^A", nil, ""},
		{"unknown token", "user=user^Aauth=Bearer ya29^A^A", sasl.ErrCredentials, "401"},
		{"another's token", "user=mrose^Aauth=Bearer ya29.user^A^A", sasl.ErrCredentials, "401"},
		{"no user", "auth=Bearer ya29.user^A^A", sasl.ErrMalformed, "400"},
		{"empty user", "user=^Aauth=Bearer ya29.user^A^A", sasl.ErrMalformed, "400"},
		{"no auth", "user=user^A^A", sasl.ErrMalformed, "400"},
		{"another scheme", "user=user^Aauth=Basic ya29.user^A^A", sasl.ErrMalformed, "400"},
		{"one ^A at the end", "user=user^Aauth=Bearer ya29.user^A", sasl.ErrMalformed, "400"},
		{"the database is down", "user=user^Aauth=Bearer broken^A^A", sasl.ErrUnavailable, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, "XOAUTH2", newEnv(1))
			challenge, done, err := s.Next([]byte(strings.ReplaceAll(c.message, "^A", "\x01")))
			if c.status != "" {
				wantStatus(t, challenge, c.status)
				if done || err != nil {
					t.Fatalf("got %v, %v; want the status first", done, err)
				}
				_, done, err = s.Next([]byte{})
			}
			wantKind(t, c.message, s.Identity(), err, c.want, "XOAUTH2")
			if done != (c.want == nil) || done && s.Identity().Mailbox != "user" {
				t.Errorf("got %v, %+v", done, s.Identity())
			}
		})
	}
}

func TestLogin(t *testing.T) {
	for _, c := range []struct {
		name, user, password string
		want                 error
	}{
		{"success", "mrose", "tanstaaf", nil},
		{"wrong password", "mrose", "tanstaaF", sasl.ErrCredentials},
		{"empty password", "nobody", "", sasl.ErrCredentials},
		{"SAS-42 unknown user", "ursel", "tanstaaf", sasl.ErrCredentials},
		{"name not UTF-8", "mr\xFFose", "tanstaaf", sasl.ErrMalformed},
		{"the database is down", "broken", "x", sasl.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := converse(t, gosasl.NewLoginClient(c.user, c.password), newEnv(1)) // name as initial response
			wantKind(t, c.user, id, err, c.want, "LOGIN")
			var prompts []string
			err = attempt(t, "LOGIN", newEnv(1), c.user, c.password, func(challenge []byte) { prompts = append(prompts, string(challenge)) })
			wantKind(t, c.user, sasl.Identity{}, err, c.want, "LOGIN")
			if got, want := strings.Join(prompts, " "), "Username: Password:"; got != want {
				t.Errorf("prompts: got %q, want %q whoever it is", got, want)
			}
		})
	}
}

// wantStatus checks the JSON of a failure.
func wantStatus(t *testing.T, challenge []byte, want string) {
	t.Helper()
	var object struct {
		Status *string `json:"status"`
	}
	if err := json.Unmarshal(challenge, &object); err != nil || object.Status == nil || *object.Status != want {
		t.Errorf("challenge %q: want a JSON object with the status %q (RFC 7628 section 3.2.2)", challenge, want)
	}
}
