package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
)

// Credentials say who logs in and how. Which fields are needed depends on the method.
type Credentials struct {
	User     string
	Password string
	// Token is a bearer token, for OAUTHBEARER. With a token no password is used.
	Token string
	// Authzid is whose maildrop to open, when that's somebody else's than User's (RFC 4422 section
	// 3.4.1). Only SASL mechanisms have it.
	Authzid string
	// Auth chooses the method as the AUTH= of a pop: URL does: the name of a SASL mechanism, or
	// "+APOP", or "+USER" for USER and PASS. Empty or "*" means the best one. No other than the
	// chosen one is used (RFC 2384 section 4).
	Auth string
	// Trace is what ANONYMOUS says of its user.
	Trace string
}

// A Method is a way to log in.
type Method struct {
	Name      string // as in Credentials.Auth
	Password  bool   // it needs a password
	Token     bool   // it needs a token
	Cleartext bool   // the secret travels as it is
	TLS       bool   // it's for use inside TLS only
	Named     bool   // Login uses it only when it's asked for by name
	Doc       string // one sentence for a learner
	// usable says why the method can't be used, beside what the fields above say; nil means that
	// it can. In SASL methods it's nil when it's enough that the server lists the name.
	usable func(*Conn, Capabilities, *Credentials) error
	// mechanism makes the client of a SASL mechanism; login does it without SASL.
	mechanism func(*Conn, Capabilities, *Credentials) (mechanism, error)
	login     func(*Conn, Capabilities, *Credentials) error
}

// Methods are the ways that Login knows, the best one first: what gives least away, to the server
// and to whoever listens.
var Methods = []Method{
	{Name: "EXTERNAL", TLS: true, Named: true, mechanism: external, Doc: "The TLS certificate of the client says who it is; nothing secret is sent."},
	{Name: "OAUTHBEARER", Token: true, Cleartext: true, TLS: true, mechanism: bearer, Doc: "A token that another server gave out is sent."},
	{Name: "SCRAM-SHA-256-PLUS", Password: true, TLS: true, usable: canBind, mechanism: scramMethod("SCRAM-SHA-256-PLUS"), Doc: "Both sides prove that they know the password, and that they share this TLS connection."},
	{Name: "SCRAM-SHA-256", Password: true, mechanism: scramMethod("SCRAM-SHA-256"), Doc: "Both sides prove that they know the password; it isn't sent."},
	{Name: "SCRAM-SHA-1-PLUS", Password: true, TLS: true, usable: canBind, mechanism: scramMethod("SCRAM-SHA-1-PLUS"), Doc: "The same as SCRAM-SHA-256-PLUS with an older hash."},
	{Name: "SCRAM-SHA-1", Password: true, mechanism: scramMethod("SCRAM-SHA-1"), Doc: "The same as SCRAM-SHA-256 with an older hash."},
	{Name: "CRAM-MD5", Password: true, mechanism: cram, Doc: "The client proves that it knows the password; the server proves nothing."},
	{Name: "+APOP", Password: true, usable: hasTimestamp, login: apop, Doc: "A digest over the greeting's timestamp and the password is sent."},
	{Name: "PLAIN", Password: true, Cleartext: true, mechanism: plain, Doc: "Name and password are sent in one message."},
	{Name: "LOGIN", Password: true, Cleartext: true, mechanism: oldLogin, Doc: "Name and password are sent, one after the other."},
	{Name: "+USER", Password: true, Cleartext: true, usable: hasUser, login: userPass, Doc: "Name and password are sent with USER and PASS."},
	{Name: "ANONYMOUS", Named: true, mechanism: anonymous, Doc: "Opens a public maildrop; nothing secret is sent."},
}

// sasl says whether the method goes through AUTH.
func (m *Method) sasl() bool { return m.mechanism != nil }

// A NoMethodError says why Login found no way: each method that might have been, and what is
// against it.
type NoMethodError struct {
	Reasons []string
	// Cleartext says that a method was there that would have sent the password as it is.
	Cleartext bool
}

func (e *NoMethodError) Error() string {
	s := "client: there is no way to log in that is allowed here: " + strings.Join(e.Reasons, "; ")
	if e.Cleartext {
		s += "; use STLS or TLS, or allow it with Options.AllowCleartext"
	}
	return s
}

// Is makes errors.Is find ErrCleartext.
func (e *NoMethodError) Is(target error) bool { return e.Cleartext && target == ErrCleartext }

// Login logs in by the best method that client and server have, and tries no second one: when it
// fails, the server's answer is the error. A password is sent as it is only where nobody but the
// server can read it (see Options.AllowCleartext). AUTH is used when the server announces it.
func (c *Conn) Login(cred Credentials) error {
	defer c.during("Login")()
	if s := c.State(); s != engine.Authorization && s != engine.AuthorizationUser {
		return c.errState("Login", engine.Authorization)
	}
	caps, err := c.Capabilities()
	if err != nil {
		return err
	}
	m, err := c.choose(caps, &cred)
	if err != nil {
		return err
	}
	if m.sasl() {
		client, err := m.mechanism(c, caps, &cred)
		if err != nil {
			return fmt.Errorf("client: %s: %w", m.Name, err)
		}
		return c.authenticate(m.Name, client, caps)
	}
	return m.login(c, caps, &cred)
}

// choose finds the method for Login.
func (c *Conn) choose(caps Capabilities, cred *Credentials) (*Method, error) {
	named := cred.Auth != "" && cred.Auth != "*"
	none := &NoMethodError{}
	for i := range Methods {
		m := &Methods[i]
		switch {
		case named && !strings.EqualFold(m.Name, cred.Auth):
			continue
		case !named && (m.Named || m.Token != (cred.Token != "")):
			continue
		}
		err := c.usable(m, caps, cred, named)
		if err == nil {
			return m, nil
		}
		none.Cleartext = none.Cleartext || err == errReadable
		none.Reasons = append(none.Reasons, strings.TrimPrefix(m.Name, "+")+": "+err.Error())
	}
	if len(none.Reasons) == 0 {
		none.Reasons = []string{fmt.Sprintf("%q is no method that this client knows", cred.Auth)}
	}
	return nil, none
}

var errReadable = errors.New("the password would travel as it is, for everybody on the way to read")

// usable says why a method can't be used; nil if it can.
//
// RFC 5034 section 3: "If a server either does not support the CAPA command or does not advertise
// the SASL capability, clients SHOULD NOT attempt the AUTH command." So it's tried there only when
// it's asked for by name and there is no CAPA.
func (c *Conn) usable(m *Method, caps Capabilities, cred *Credentials, named bool) error {
	switch {
	case m.sasl() && !caps.Known && !named:
		return errors.New("the server has no CAPA, so AUTH isn't tried")
	case m.sasl() && caps.Known && !slices.Contains(caps.Mechanisms(), m.Name):
		return errors.New("the server doesn't announce it")
	case m.Password && cred.Password == "":
		return errors.New("no password was given")
	case m.Token && cred.Token == "":
		return errors.New("no token was given")
	case m.TLS && !c.tls:
		return errors.New("it's for use inside TLS only")
	}
	if m.usable != nil {
		if err := m.usable(c, caps, cred); err != nil {
			return err
		}
	}
	if m.Cleartext && !c.private() {
		return errReadable
	}
	return nil
}

// hasUser says whether USER may be tried, and whether it can carry the name.
func hasUser(_ *Conn, caps Capabilities, cred *Credentials) error {
	if caps.Known && !caps.Has("USER") {
		return errors.New("the server doesn't announce it")
	}
	return beyondASCII(caps, cred)
}

func hasTimestamp(c *Conn, caps Capabilities, cred *Credentials) error {
	if Timestamp(c.greeting.Text) == "" {
		return errors.New("the greeting has no timestamp")
	}
	return beyondASCII(caps, cred)
}

// beyondASCII is RFC 6856 section 2.2: "Clients MUST NOT use UTF-8 characters when authenticating if
// the server did not include the USER argument in the UTF8 capability response."
func beyondASCII(caps Capabilities, cred *Credentials) error {
	for _, c := range []byte(cred.User + cred.Password) {
		if c >= 0x80 && !caps.UTF8User() {
			return errors.New("name or password isn't ASCII, and the server doesn't announce UTF8 USER")
		}
	}
	return nil
}

func userPass(c *Conn, _ Capabilities, cred *Credentials) error {
	if _, err := c.Cmd("USER", cred.User); err != nil {
		return err
	}
	_, err := c.Cmd("PASS", cred.Password)
	return err
}

// apop is RFC 1939 section 7. With UTF8 USER name and password are prepared first.
//
// RFC 6856 section 2.2: "A client or server that supports APOP and permits UTF-8 in usernames or
// passwords MUST apply SASLprep".
func apop(c *Conn, caps Capabilities, cred *Credentials) error {
	name, secret := cred.User, cred.Password
	if caps.UTF8User() {
		var err error
		if name, err = prepare(name, sasl.Query); err != nil {
			return fmt.Errorf("client: APOP: the name: %w", err)
		}
		if secret, err = prepare(secret, sasl.Stored); err != nil {
			return fmt.Errorf("client: APOP: the password: %w", err)
		}
	}
	_, err := c.Cmd("APOP", name, Digest(Timestamp(c.greeting.Text), secret))
	return err
}

// authenticate carries out an exchange of AUTH.
func (c *Conn) authenticate(name string, m mechanism, caps Capabilities) error {
	initial, err := m.Start()
	if err != nil {
		return fmt.Errorf("client: %s: %w", name, err)
	}
	args := []string{name}
	if ir := encodeInitial(initial); initial != nil && caps.Has("SASL") && len("AUTH ")+len(name)+1+len(ir)+2 <= maxCommand {
		args, initial = append(args, ir), nil
	}
	r, err := c.Cmd("AUTH", args...)
	for last := ""; err == nil && r.Status == engine.More; {
		if r.Text != "" && r.Text == last {
			// No mechanism says the same twice: it's a reply that was sent twice.
			c.odd |= OddUnasked
			return c.fail(ErrUnasked)
		}
		last = r.Text
		var response []byte
		if response, err = answer(m, r.Text, &initial); err != nil {
			return c.cancel(name, err)
		}
		r, err = c.exchangeLine(base64.StdEncoding.EncodeToString(response))
	}
	var refused *ServerError
	switch {
	case errors.As(err, &refused):
		refused.Command = "AUTH " + name
		return m.Refused(err)
	case err != nil:
		return err
	}
	if err := m.Complete(); err != nil {
		return c.fail(fmt.Errorf("client: %s: the server says that the login succeeded, but %w; the connection was closed", name, err))
	}
	return nil
}

// answer finds the response to a challenge: what was held back of the initial response, or what
// the mechanism says.
//
// RFC 5034 section 4: a client that can't decode a challenge cancels, as with any other reason not
// to go on.
func answer(m mechanism, challenge string, initial *[]byte) ([]byte, error) {
	octets, err := sasl.DecodeBase64(challenge)
	if err != nil {
		return nil, fmt.Errorf("the challenge %q isn't Base64 (RFC 5034 section 4)", cut(challenge, 80))
	}
	if held := *initial; held != nil {
		if len(octets) > 0 {
			return nil, errors.New("the server speaks first, and in this mechanism the client does")
		}
		*initial = nil
		return held, nil
	}
	return m.Next(octets)
}

// cancel gives an exchange up.
//
// RFC 5034 section 4: "If the client wishes to cancel the authentication exchange, it issues a line
// with a single "*"."
func (c *Conn) cancel(name string, why error) error {
	why = fmt.Errorf("client: %s: %w; the exchange was cancelled", name, why)
	r, err := c.exchangeLine("*")
	var refused *ServerError
	switch {
	case errors.As(err, &refused):
		return why
	case err == nil:
		return c.fail(&ProtocolError{Command: "AUTH " + name, What: "the exchange was cancelled and the server goes on", Line: r.Line})
	}
	return errors.Join(why, err)
}

// encodeInitial writes an initial response: the empty one as "=" (RFC 5034 section 4).
func encodeInitial(p []byte) string {
	if len(p) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(p)
}
