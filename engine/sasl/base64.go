package sasl

import (
	"encoding/base64"
	"strings"
)

// DecodeBase64 decodes a response line. It is as strict as POP3 wants it: no line breaks or other
// foreign characters, the padding there and at the end only, no bits set in it. The empty line is
// the empty response: the result is never nil when err is nil.
//
// RFC 5034 section 4: "servers and clients MUST reject (and not ignore) any character not
// explicitly allowed by the Base64 alphabet".
func DecodeBase64(line string) ([]byte, error) {
	if strings.ContainsAny(line, "\r\n") { // package base64 skips them
		return nil, malformed("a line break inside Base64")
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	n, err := strict.Decode(out, []byte(line))
	if err != nil {
		return nil, malformed("not Base64: " + err.Error())
	}
	return out[:n], nil
}

// DecodeInitial decodes the initial response of an AUTH command, where "=" stands for the empty
// one.
//
// RFC 5034 section 4: "If the client needs to send a zero-length initial response, it MUST
// transmit the response as a single equals sign ("=")."
func DecodeInitial(argument string) ([]byte, error) {
	switch argument {
	case "=":
		return []byte{}, nil
	case "":
		return nil, malformed(`an empty initial response is written "="`)
	}
	return DecodeBase64(argument)
}

// EncodeBase64 encodes a challenge.
func EncodeBase64(p []byte) string { return strict.EncodeToString(p) }

var strict = base64.StdEncoding.Strict()
