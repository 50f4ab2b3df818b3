package sasl_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"testing"

	"pop3lab/engine/sasl"
)

// attempt lets a simple client of ours log in with a name and a password, by any mechanism that
// has both. see, if any, gets each challenge. The client computes with the standard library.
func attempt(t testing.TB, mechanism string, env *sasl.Env, user, password string, see func([]byte)) error {
	t.Helper()
	if see == nil {
		see = func([]byte) {}
	}
	s := begin(t, mechanism, env)
	switch mechanism {
	case "PLAIN":
		_, _, err := s.Next([]byte("\x00" + user + "\x00" + password))
		return err
	case "LOGIN":
		return exchangeOf(s, see, func([]byte) string { return user }, func([]byte) string { return password })
	case "CRAM-MD5":
		return exchangeOf(s, see, func(challenge []byte) string { return user + " " + cramDigest(password, string(challenge)) })
	case "SCRAM-SHA-1":
		return ourSCRAM(s, sha1.New, user, password, "", "", see)
	case "SCRAM-SHA-256":
		return ourSCRAM(s, sha256.New, user, password, "", "", see)
	}
	t.Fatalf("no client for %s", mechanism)
	return nil
}

// exchangeOf answers the challenges of s, from the first on, and returns the server's error.
func exchangeOf(s sasl.Server, see func([]byte), answers ...func(challenge []byte) string) error {
	challenge, done, err := s.Next(nil)
	for _, answer := range answers {
		if err != nil || done {
			return err
		}
		see(challenge)
		challenge, done, err = s.Next([]byte(answer(challenge)))
	}
	if err == nil && !done {
		return errors.New("the server wants more responses")
	}
	return err
}

func cramDigest(secret, challenge string) string {
	w := hmac.New(md5.New, []byte(secret))
	w.Write([]byte(challenge))
	return hex.EncodeToString(w.Sum(nil))
}

// ourSCRAM is a SCRAM client without channel binding (RFC 5802 section 3), which may put
// extensions into its two messages. It checks the server's signature.
func ourSCRAM(s sasl.Server, h func() hash.Hash, user, password, extensions1, extensions2 string, see func([]byte)) error {
	if see == nil {
		see = func([]byte) {}
	}
	keyed := func(key []byte, text string) []byte {
		w := hmac.New(h, key)
		w.Write([]byte(text))
		return w.Sum(nil)
	}
	user = strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user)
	clientFirst := "n=" + user + ",r=0123456789" + extensions1
	challenge, _, err := s.Next([]byte("n,," + clientFirst))
	if err != nil {
		return err
	}
	see(challenge)
	serverFirst := string(challenge)
	fields := strings.Split(serverFirst, ",")
	if len(fields) != 3 {
		return fmt.Errorf("server-first %q has no three fields", serverFirst)
	}
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(fields[1], "s="))
	if err != nil {
		return err
	}
	iterations, err := strconv.Atoi(strings.TrimPrefix(fields[2], "i="))
	if err != nil {
		return err
	}
	salted, err := pbkdf2.Key(h, password, salt, iterations, h().Size())
	if err != nil {
		return err
	}
	clientKey := keyed(salted, "Client Key")
	w := h()
	w.Write(clientKey)
	withoutProof := "c=biws," + fields[0] + extensions2
	signed := clientFirst + "," + serverFirst + "," + withoutProof
	proof := keyed(w.Sum(nil), signed)
	for i := range proof {
		proof[i] ^= clientKey[i]
	}
	challenge, _, err = s.Next([]byte(withoutProof + ",p=" + base64.StdEncoding.EncodeToString(proof)))
	if err != nil {
		return err
	}
	see(challenge)
	if want := "v=" + base64.StdEncoding.EncodeToString(keyed(keyed(salted, "Server Key"), signed)); string(challenge) != want {
		return fmt.Errorf("the server's signature is %q, want %q", challenge, want)
	}
	_, done, err := s.Next([]byte{})
	if err == nil && !done {
		return errors.New("the server wants more responses")
	}
	return err
}
