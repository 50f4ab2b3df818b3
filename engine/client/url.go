package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A URL is a pop: URL (RFC 2384): a server, and perhaps who logs in there and how. The scheme pops:
// isn't in the RFC; everybody writes it for TLS from the first octet.
//
// A URL holds no password, and connecting to one logs nobody in: Login is a call of its own, with
// credentials that the caller gives for this very server.
//
// RFC 2384 section 9: clients "MUST NOT use a stored password in response to a POP URL without explicit
// permission from the user to supply that password to the specified host name."
type URL struct {
	// TLS is true for pops:.
	TLS bool
	// User is empty when the URL names none.
	User string
	// Auth is the method as in Credentials.Auth; empty when the URL names none, which means the
	// same as "*".
	Auth string
	// Host is a name or an address; an IPv6 address is without its brackets.
	Host string
	// Port is 0 when the URL names none.
	Port int
}

// ParseURL reads a pop: or pops: URL. It refuses whatever RFC 2384 section 8 doesn't allow, but for a
// single slash at the end, and for ";AUTH=" without a user.
func ParseURL(s string) (URL, error) {
	var u URL
	bad := func(format string, args ...any) (URL, error) {
		return URL{}, fmt.Errorf("client: %s is no pop: URL: %s", strconv.Quote(cut(s, 200)), fmt.Sprintf(format, args...))
	}
	scheme, rest, ok := strings.Cut(s, "://")
	switch {
	case strings.EqualFold(scheme, "pops") && ok:
		u.TLS = true
	case strings.EqualFold(scheme, "pop") && ok:
	case ok && (strings.EqualFold(scheme, "pop3") || strings.EqualFold(scheme, "pop3s")):
		return bad("write pop:// or pops://, as RFC 2384 does")
	default:
		return bad("it begins with pop://, or pops:// for TLS, and is never relative (RFC 2384 section 5)")
	}
	rest = strings.TrimSuffix(rest, "/")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return bad("nothing follows host and port")
	}
	server := rest
	if who, behind, ok := strings.Cut(rest, "@"); ok {
		server = behind
		if err := u.parseUser(who); err != nil {
			return bad("%v", err)
		}
	}
	if err := u.parseServer(server); err != nil {
		return bad("%v", err)
	}
	return u, nil
}

// parseUser reads enc-user and auth.
func (u *URL) parseUser(who string) (err error) {
	user, auth := who, ""
	if i := strings.IndexByte(who, ';'); i >= 0 {
		user, auth = who[:i], who[i:]
		if len(auth) < len(";AUTH=") || !strings.EqualFold(auth[:len(";AUTH=")], ";AUTH=") {
			return errors.New("behind the user only ;AUTH= may follow; a semicolon of the name's own is written %3B")
		}
		auth = auth[len(";AUTH="):]
		switch {
		case auth == "*":
			u.Auth = "*"
		case strings.HasPrefix(auth, "+"):
			u.Auth, err = decode(auth[1:])
			u.Auth = "+" + u.Auth
		default:
			u.Auth, err = decode(auth)
		}
		if err != nil {
			return err
		}
		if u.Auth == "" || u.Auth == "+" {
			return errors.New(";AUTH= names no method; leave it out, or write ;AUTH=*")
		}
	} else if user == "" {
		return errors.New("there is no user before the @")
	}
	if strings.Contains(user, ":") {
		return errors.New("there is a colon in the user, and a pop: URL has no place for a password (RFC 2384 section 8); a colon of the name's own is written %3A")
	}
	u.User, err = decode(user)
	return err
}

// parseServer reads hostport.
func (u *URL) parseServer(server string) error {
	host, port, withPort := server, "", false
	if strings.HasPrefix(server, "[") {
		end := strings.IndexByte(server, ']')
		if end < 0 {
			return errors.New("the bracket isn't closed")
		}
		addr, err := netip.ParseAddr(server[1:end])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return fmt.Errorf("%q is no IPv6 address", server[1:end])
		}
		host, port = server[1:end], server[end+1:]
		if port != "" && port[0] != ':' {
			return errors.New("behind the bracket only :port may follow")
		}
		withPort = port != ""
		port = strings.TrimPrefix(port, ":")
	} else {
		host, port, withPort = strings.Cut(server, ":")
		if host == "" {
			return errors.New("there is no host")
		}
		for _, c := range []byte(host) {
			if !letterOrDigit(c) && c != '-' && c != '.' && c != '_' {
				return fmt.Errorf("the host %q has a character that no host name has", host)
			}
		}
	}
	u.Host = host
	if !withPort {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("the port %q isn't a number from 1 to 65535", port)
	}
	u.Port = int(n)
	return nil
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// achar says whether c stands for itself in a user or a method: RFC 1738 section 5 calls such
// characters uchar, RFC 2384 section 8 adds three.
func achar(c byte) bool { return letterOrDigit(c) || strings.IndexByte("$-_.+!*'(),&=~", c) >= 0 }

// decode takes percent-encoding away. What comes out is UTF-8 and can stand in a command.
func decode(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) {
				return "", errors.New("a % isn't followed by two hexadecimal digits")
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", errors.New("a % isn't followed by two hexadecimal digits")
			}
			if n < ' ' || n == 0x7f {
				return "", errors.New("an encoded control octet, which could end a command and begin another")
			}
			b.WriteByte(byte(n))
			i += 2
		case !achar(c):
			return "", fmt.Errorf("%q has to be percent-encoded (RFC 2384 section 4)", string(rune(c)))
		default:
			b.WriteByte(c)
		}
	}
	if !utf8.ValidString(b.String()) {
		return "", errors.New("what is encoded isn't UTF-8 (RFC 2384 section 6)")
	}
	return b.String(), nil
}

// encode is the inverse of decode.
func encode(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; achar(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// String writes the URL. Characters that aren't safe are percent-encoded.
func (u URL) String() string {
	s := "pop://"
	if u.TLS {
		s = "pops://"
	}
	if u.User != "" || u.Auth != "" {
		s += encode(u.User)
		switch {
		case u.Auth == "*":
			s += ";AUTH=*"
		case strings.HasPrefix(u.Auth, "+"):
			s += ";AUTH=+" + encode(u.Auth[1:])
		case u.Auth != "":
			// A SASL mechanism of that name; encoded where it would read as something else.
			s += ";AUTH=" + encode(u.Auth)
		}
		s += "@"
	}
	if strings.Contains(u.Host, ":") {
		s += "[" + u.Host + "]"
	} else {
		s += u.Host
	}
	if u.Port != 0 {
		s += ":" + strconv.Itoa(u.Port)
	}
	return s
}

// Addr is the host and the port to connect to: 110 for pop:, 995 for pops: when the URL names none.
func (u URL) Addr() string {
	port := u.Port
	switch {
	case port != 0:
	case u.TLS:
		port = 995
	default:
		port = 110
	}
	return net.JoinHostPort(u.Host, strconv.Itoa(port))
}

// Credentials are what Login needs to log in as the URL says, with a password that its owner wants
// this server to have.
func (u URL) Credentials(password string) Credentials {
	return Credentials{User: u.User, Password: password, Auth: u.Auth}
}

// DialURL connects to the URL's server. It doesn't log in.
func DialURL(ctx context.Context, u URL, opt Options) (*Conn, error) {
	if u.TLS {
		return DialTLS(ctx, u.Addr(), opt)
	}
	return Dial(ctx, u.Addr(), opt)
}
