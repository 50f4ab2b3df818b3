package sasl

import "strings"

// A gs2 is the header that SCRAM and OAUTHBEARER begin with (RFC 5801 section 4).
type gs2 struct {
	flag    byte   // 'n': the client knows no channel binding; 'y': it believes that the server doesn't; 'p': binding is used
	binding string // the type of channel binding, with 'p'
	authzid string // decoded; empty when there is none
	octets  string // the header as it came, both commas included
}

// parseGS2 cuts the header off a message.
func parseGS2(message string) (h gs2, rest string, err error) {
	flag, rest, ok := strings.Cut(message, ",")
	authzid, rest, ok2 := strings.Cut(rest, ",")
	if !ok || !ok2 {
		return gs2{}, "", malformed(`a message begins with a flag, perhaps an authorization identity, and their commas, such as "n,,"`)
	}
	switch {
	case flag == "n" || flag == "y":
		h.flag = flag[0]
	case strings.HasPrefix(flag, "p=") && isBindingName(flag[2:]):
		h.flag, h.binding = 'p', flag[2:]
	default:
		return gs2{}, "", malformed("a message begins with n, y or p= and a type of channel binding")
	}
	if authzid != "" {
		name, ok := strings.CutPrefix(authzid, "a=")
		if h.authzid, err = decodeName(name); !ok || err != nil {
			return gs2{}, "", malformed("between the first two commas stands nothing, or a= and a name")
		}
	}
	h.octets = message[:len(message)-len(rest)]
	return h, rest, nil
}

// isBindingName is RFC 5802 section 7, cb-name.
func isBindingName(s string) bool {
	for _, c := range []byte(s) {
		if !(isAlpha(c) || '0' <= c && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return s != ""
}

func isAlpha(c byte) bool { return 'a' <= lower(c) && lower(c) <= 'z' }

// decodeName decodes a saslname, in which =2C is a comma and =3D an equals sign.
//
// RFC 5802 section 5.1: "If the server receives a username that contains '=' not followed by either
// '2C' or '3D', then the server MUST fail the authentication."
func decodeName(s string) (string, error) {
	if s == "" {
		return "", malformed("an empty name")
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '=':
			b.WriteByte(s[i])
		case strings.HasPrefix(s[i:], "=2C"):
			b.WriteByte(',')
			i += 2
		case strings.HasPrefix(s[i:], "=3D"):
			b.WriteByte('=')
			i += 2
		default:
			return "", malformed("in a name = is followed by 2C or 3D")
		}
	}
	return b.String(), nil
}
