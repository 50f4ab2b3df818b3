package sasl_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine/digest"
	"pop3lab/engine/sasl"
)

// fuzzEnv has users whose secrets and tokens nobody can guess, and no way in without one.
func fuzzEnv(tell bool) *sasl.Env {
	env := newEnv(3)
	secret := func(name string) string {
		return digest.Hex(digest.SHA256.HMAC([]byte("of the fuzz tests"), []byte(name)))
	}
	env.Lookup = func(name string) (sasl.Account, bool, error) {
		switch name {
		case "broken":
			return sasl.Account{}, false, errDatabase
		case "ursel":
			return sasl.Account{}, false, nil
		case "nobody":
			return sasl.Account{Name: name}, true, nil
		}
		return sasl.Account{Name: name, Secret: secret(name), MayActAs: []string{"mrose"}}, true, nil
	}
	env.ByToken = func(token string) (sasl.Account, bool, error) {
		return sasl.Account{Name: "mrose"}, token == secret("token"), nil
	}
	env.External, env.Anonymous = "", ""
	env.ScramErrors = tell
	env.Binding = func(kind string) []byte {
		if kind == "tls-unique" {
			return []byte("data")
		}
		return nil
	}
	return env
}

// FuzzNext sends three responses to a mechanism. Whatever they are, nothing panics, the contract of
// Server holds, and nobody gets in. In a response {nonce} stands for the nonce in the last
// challenge, which a fuzzer doesn't guess.
func FuzzNext(f *testing.F) {
	for i, m := range sasl.Mechanisms {
		for _, responses := range [][3]string{
			{"", "", ""},
			{"\x00mrose\x00tanstaaf", "", ""},
			{"mrose", "tanstaaf", ""},
			{"mrose b913a602c7eda7a495b4e6e7334d3890", "", ""},
			{"n,,n=mrose,r=abc", "c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", ""},
			{"n,a=mrose,n=tim=2C,r=abc,x=y", "c=bixhPW1yb3NlLA==,r={nonce},x=y,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", ""},
			{"p=tls-unique,,n=ursel,r=abc", "c=cD10bHMtdW5pcXVlLCxkYXRh,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", ""},
			{"n,a=mrose,\x01host=lab.example\x01port=995\x01auth=Bearer x\x01\x01", "\x01", ""},
			{"user=mrose\x01auth=Bearer x\x01\x01", "", ""},
			{"sirhc@example.com", "", ""},
		} {
			f.Add(uint8(i), m.ClientFirst, i%2 == 0, []byte(responses[0]), []byte(responses[1]), []byte(responses[2]))
		}
	}
	f.Fuzz(func(t *testing.T, mechanism uint8, initial, tell bool, r1, r2, r3 []byte) {
		m := sasl.Mechanisms[int(mechanism)%len(sasl.Mechanisms)]
		responses := [][]byte{r1, r2, r3}
		if !initial {
			responses = slices.Insert(responses, 0, nil)
		}
		s := m.New(fuzzEnv(tell))
		var challenge []byte
		for i, response := range responses {
			response = bytes.ReplaceAll(response, []byte("{nonce}"), nonceOf(challenge))
			var done bool
			var err error
			challenge, done, err = s.Next(response)
			if done || s.Identity() != (sasl.Identity{}) {
				t.Fatalf("%s: response %d, %q, got in as %+v without a secret", m.Name, i, response, s.Identity())
			}
			if err == nil {
				if challenge == nil {
					t.Fatalf("%s: after %q neither a challenge nor an error", m.Name, response)
				}
				continue
			}
			if challenge != nil {
				t.Fatalf("%s: after %q a challenge %q and the error %v", m.Name, response, challenge, err)
			}
			kinds := 0
			for _, kind := range []error{sasl.ErrCredentials, sasl.ErrMalformed, sasl.ErrUnavailable} {
				if errors.Is(err, kind) {
					kinds++
				}
			}
			if kinds != 1 {
				t.Fatalf("%s: %v is of %d kinds, want one", m.Name, err, kinds)
			}
			if _, done, err := s.Next(response); done || !errors.Is(err, sasl.ErrMalformed) {
				t.Fatalf("%s: after its end the exchange goes on: %v, %v", m.Name, done, err)
			}
			return
		}
	})
}

func nonceOf(challenge []byte) []byte {
	_, rest, _ := bytes.Cut(challenge, []byte("r="))
	nonce, _, _ := bytes.Cut(rest, []byte(","))
	return nonce
}

// One octet changed, left out or put in, anywhere in what a SCRAM client says, and the exchange
// fails: everything is signed.
//
// req: MEC-23, MEC-28
func TestSCRAMEveryOctetCounts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, v := range scramVectors {
		for which, message := range []string{v.clientFirst, v.clientFinal} {
			for i := range len(message) {
				for range 8 {
					var edited string
					switch rnd.IntN(3) {
					case 0:
						edited = message[:i] + string([]byte{message[i] ^ 1<<rnd.IntN(8)}) + message[i+1:]
					case 1:
						edited = message[:i] + message[i+1:]
					case 2:
						edited = message[:i] + string([]byte{byte(rnd.Uint32())}) + message[i:]
					}
					if edited == message {
						continue
					}
					first, final := v.clientFirst, v.clientFinal
					if which == 0 {
						first = edited
					} else {
						final = edited
					}
					s := begin(t, v.mechanism, v.env(t))
					_, _, err := s.Next([]byte(first))
					if err == nil {
						_, _, err = s.Next([]byte(final))
					}
					if err == nil {
						t.Fatalf("%s: %q passed for %q (RFC 5802 section 3)", v.mechanism, edited, message)
					}
				}
			}
		}
	}
}

// A client that has the secret gets in, whatever the secret is and wherever it is sent: any
// printable text, of any length up to 255 octets.
func TestAnySecret(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		secret := make([]rune, 1+rnd.IntN(60))
		for i := range secret {
			secret[i] = []rune("aZ09 =,:@\\\"<>~éß€ñЖλ日")[rnd.IntN(21)]
		}
		name := strings.TrimSpace(string(secret[:1+rnd.IntN(len(secret))]))
		if name == "" {
			continue
		}
		env := newEnv(9)
		env.Lookup = func(n string) (sasl.Account, bool, error) {
			return sasl.Account{Name: n, Secret: string(secret)}, n == name, nil
		}
		for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"} {
			if err := attempt(t, mechanism, env, name, string(secret), nil); err != nil {
				t.Errorf("%s: user %q, secret %q: %v", mechanism, name, string(secret), err)
			}
			if err := attempt(t, mechanism, env, name, string(secret)+"x", nil); !errors.Is(err, sasl.ErrCredentials) {
				t.Errorf("%s: user %q, a letter too many: got %v, want %v", mechanism, name, err, sasl.ErrCredentials)
			}
		}
	}
}

// BenchmarkAuthenticate is a whole exchange, client included; SCRAM with keys kept and not.
func BenchmarkAuthenticate(b *testing.B) {
	for _, mechanism := range []string{"PLAIN", "CRAM-MD5"} {
		b.Run(mechanism, func(b *testing.B) {
			env := newEnv(1)
			for b.Loop() {
				if err := attempt(b, mechanism, env, "tim", "tanstaaftanstaaf", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	v := scramVectors[1]
	for name, keys := range map[string]func(sasl.KeyID, func() sasl.Keys) sasl.Keys{"kept": keyCache.Keys, "computed": nil} {
		b.Run(v.mechanism+"/server only, keys "+name, func(b *testing.B) {
			env := newEnv(1)
			salt, _ := sasl.DecodeBase64(v.salt)
			env.Keys, env.Nonce, env.Salt = keys, func() string { return v.serverNonce }, func(string, string) []byte { return salt }
			for b.Loop() {
				s := begin(b, v.mechanism, env)
				s.Next([]byte(v.clientFirst))
				s.Next([]byte(v.clientFinal))
				if _, done, err := s.Next(nil); !done {
					b.Fatal(err)
				}
			}
		})
	}
}
