package sasl

import (
	"encoding/binary"
	"strconv"
	"strings"

	"pop3lab/engine/digest"
)

// MsgID makes the timestamp of a greeting or of a CRAM-MD5 challenge: <digits.digits@host>, 64
// random bits and the time in milliseconds. An empty host becomes "localhost".
//
// RFC 1939 section 7, APOP: "The syntax of the timestamp corresponds to the `msg-id' in [RFC822],
// and MUST be different each time the POP3 server issues a banner greeting."
func MsgID(random func(p []byte), millis int64, host string) string {
	var bits [8]byte
	random(bits[:])
	if host == "" {
		host = "localhost"
	}
	return "<" + strconv.FormatUint(binary.BigEndian.Uint64(bits[:]), 10) + "." +
		strconv.FormatUint(uint64(max(millis, 0)), 10) + "@" + host + ">"
}

// newCRAM begins CRAM-MD5: the server sends a timestamp, the client the name and a keyed digest.
func newCRAM(env *Env) Server {
	x := &exchange{}
	challenge := MsgID(env.Random, env.Millis, env.Host)
	x.next = serverFirst([]byte(challenge), func(response []byte) (_ []byte, _ step, err error) {
		x.id, err = cram(env, challenge, string(response))
		return nil, nil, err
	})
	return x
}

// cram verifies the response to challenge. The digest follows the last space, as a name may have
// some.
//
// RFC 2195 section 2: "responds with a string consisting of the user name, a space, and a
// 'digest'."
func cram(env *Env, challenge, response string) (Identity, error) {
	space := strings.LastIndexByte(response, ' ')
	if space < 0 || !isDigest(response[space+1:]) {
		return Identity{}, malformed("CRAM-MD5 answers with a name, a space, and 32 lower-case hexadecimal digits")
	}
	c, err := env.find(response[:space])
	if err != nil {
		return Identity{}, err
	}
	want := digest.Hex(digest.MD5.HMAC([]byte(c.secret), []byte(challenge)))
	if err := c.judge(SameSecret(response[space+1:], want)); err != nil {
		return Identity{}, err
	}
	return env.authorize(c, "")
}

// isDigest says whether s is 16 octets in lower-case hexadecimal.
func isDigest(s string) bool {
	if len(s) != 2*digest.MD5.Size() {
		return false
	}
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}
