package client

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gosasl "github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/prep"
)

// A mechanism is the client's half of one SASL exchange. The messages are those of the mechanism:
// Base64 is the caller's.
type mechanism interface {
	// Start returns the initial response: nil when the server speaks first, empty when it's empty.
	Start() ([]byte, error)
	// Next returns the response to a challenge; an error cancels the exchange.
	Next(challenge []byte) ([]byte, error)
	// Complete says, when the server says +OK, what is missing nevertheless; nil if nothing is.
	Complete() error
	// Refused makes more of the server's -ERR, if the exchange said more.
	Refused(error) error
}

// simple is a mechanism of go-sasl's: nothing is left to check when the server is content.
type simple struct {
	gosasl.Client
	serverFirst bool
	held        []byte // what the client says first when the server has spoken
}

func (s *simple) Start() ([]byte, error) {
	_, initial, err := s.Client.Start()
	if s.serverFirst {
		s.held, initial = initial, nil
	} else if initial == nil {
		initial = []byte{}
	}
	return initial, err
}

func (s *simple) Next(challenge []byte) ([]byte, error) {
	if held := s.held; held != nil {
		s.held = nil
		return held, nil
	}
	response, err := s.Client.Next(challenge)
	if err != nil {
		return nil, fmt.Errorf("the server asks for more than there is to say: %w", err)
	}
	return response, nil
}

func (s *simple) Complete() error         { return nil }
func (s *simple) Refused(err error) error { return err }

func plain(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	if strings.ContainsRune(cred.Authzid+cred.User+cred.Password, 0) {
		return nil, errors.New("NUL stands between the parts of the message, so none may hold it (RFC 4616 section 2)")
	}
	return &simple{Client: gosasl.NewPlainClient(cred.Authzid, cred.User, cred.Password)}, nil
}

// oldLogin is LOGIN, in which the server asks first; go-sasl's client would begin.
func oldLogin(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	return &simple{Client: gosasl.NewLoginClient(cred.User, cred.Password), serverFirst: true}, nil
}

func external(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	return &simple{Client: gosasl.NewExternalClient(cred.Authzid)}, nil
}

func anonymous(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	return &simple{Client: gosasl.NewAnonymousClient(cred.Trace)}, nil
}

// oauth is OAUTHBEARER: when the token isn't accepted, the server says so in a challenge.
type oauth struct {
	gosasl.Client
	status, scope string
}

// bearer sends neither host nor port: RFC 7628 section 3.1 needs them for other schemes only.
func bearer(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	user := cred.Authzid
	if user == "" {
		user = cred.User
	}
	return &oauth{Client: gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Username: gs2Name.Replace(user), Token: cred.Token})}, nil
}

// gs2Name writes a name where commas separate (RFC 5801 section 4).
var gs2Name = strings.NewReplacer("=", "=3D", ",", "=2C")

func (o *oauth) Start() ([]byte, error) {
	_, initial, err := o.Client.Start()
	return initial, err
}

// Next answers the server's error message, which it must before the server may say -ERR.
//
// RFC 7628 section 3.2.3: the client sends "an additional client response consisting of a single %x01
// (control A) character to the server in order to allow the server to finish the exchange".
func (o *oauth) Next(challenge []byte) ([]byte, error) {
	var said struct{ Status, Scope string }
	if err := json.Unmarshal(challenge, &said); err != nil || o.status != "" {
		return nil, errors.New("the server's message isn't the error that RFC 7628 section 3.2.2 describes")
	}
	o.status, o.scope = orElse(said.Status, "not said"), said.Scope
	return []byte{1}, nil
}

func (o *oauth) Complete() error {
	if o.status != "" {
		return fmt.Errorf("it had refused the token before (status %s)", o.status)
	}
	return nil
}

func (o *oauth) Refused(err error) error {
	if o.status == "" {
		return err
	}
	return fmt.Errorf("client: OAUTHBEARER: the token isn't accepted (status %s): %w", o.status, err)
}

// crammer is CRAM-MD5.
type crammer struct {
	name, secret string
	done         bool
}

func cram(_ *Conn, _ Capabilities, cred *Credentials) (mechanism, error) {
	name, err := prepare(cred.User, sasl.Query)
	if err != nil {
		return nil, fmt.Errorf("the name: %w", err)
	}
	secret, err := prepare(cred.Password, sasl.Stored)
	if err != nil {
		return nil, fmt.Errorf("the password: %w", err)
	}
	return &crammer{name: name, secret: secret}, nil
}

func (c *crammer) Start() ([]byte, error) { return nil, nil }

// Next is RFC 2195 section 2: the response is the name, a space, and HMAC-MD5 of the challenge.
func (c *crammer) Next(challenge []byte) ([]byte, error) {
	if c.done || len(challenge) == 0 {
		return nil, errors.New("CRAM-MD5 has one challenge, and it isn't empty (RFC 2195 section 2)")
	}
	c.done = true
	mac := hmac.New(md5.New, []byte(c.secret))
	mac.Write(challenge)
	return []byte(c.name + " " + hex.EncodeToString(mac.Sum(nil))), nil
}

func (c *crammer) Complete() error {
	if !c.done {
		return errors.New("it hadn't sent its challenge")
	}
	return nil
}

func (c *crammer) Refused(err error) error { return err }

// scrammer is SCRAM of xdg-go/scram, which checks the server's nonce and signature.
type scrammer struct{ conv *scram.ClientConversation }

// scramMethod makes the clients of one SCRAM mechanism.
func scramMethod(name string) func(*Conn, Capabilities, *Credentials) (mechanism, error) {
	hash := scram.SHA256
	if strings.HasPrefix(name, "SCRAM-SHA-1") {
		hash = scram.SHA1
	}
	return func(c *Conn, caps Capabilities, cred *Credentials) (mechanism, error) {
		client, err := hash.NewClient(cred.User, cred.Password, cred.Authzid)
		if err != nil {
			return nil, err
		}
		binding, err := c.binding()
		switch {
		case strings.HasSuffix(name, "-PLUS"):
			return &scrammer{client.NewConversationWithChannelBinding(binding)}, err
		case err == nil && !announcesPlus(caps):
			// Says so to the server: if it does bind, somebody took that out of its list.
			return &scrammer{client.NewConversationAdvertisingChannelBinding()}, nil
		}
		return &scrammer{client.NewConversation()}, nil
	}
}

// binding is the channel binding of the TLS connection (RFC 9266). It fails where the connection
// has none that is unique: TLS 1.2 without extended master secret (RFC 7677 section 4).
func (c *Conn) binding() (scram.ChannelBinding, error) {
	state, ok := c.TLS()
	if !ok {
		return scram.ChannelBinding{}, errors.New("TLS isn't active")
	}
	return scram.NewTLSExporterBinding(&state)
}

func canBind(c *Conn, _ Capabilities, _ *Credentials) error {
	_, err := c.binding()
	return err
}

func announcesPlus(caps Capabilities) bool {
	for _, m := range caps.Mechanisms() {
		if strings.HasSuffix(m, "-PLUS") {
			return true
		}
	}
	return !caps.Known
}

func (s *scrammer) Start() ([]byte, error) {
	first, err := s.conv.Step("")
	return []byte(first), err
}

// maxIterations bounds the work that a server may have this client do before it has proved
// anything.
const maxIterations = 2_000_000

func (s *scrammer) Next(challenge []byte) ([]byte, error) {
	for _, field := range strings.Split(string(challenge), ",") {
		if n, ok := strings.CutPrefix(field, "i="); ok {
			if i, err := strconv.Atoi(n); err == nil && i > maxIterations {
				return nil, fmt.Errorf("the server wants %d iterations, and more than %d is no honest number", i, maxIterations)
			}
		}
	}
	response, err := s.conv.Step(string(challenge))
	return []byte(response), err
}

// Complete is false until the server's signature was seen and was right.
//
// RFC 5802 section 5: "The client then authenticates the server by computing the ServerSignature and
// comparing it to the value sent by the server."
func (s *scrammer) Complete() error {
	if !s.conv.Valid() {
		return errors.New("it hasn't proved that it knows the password (RFC 5802 section 5)")
	}
	return nil
}

func (s *scrammer) Refused(err error) error { return err }

// prepare is SASLprep.
func prepare(s string, use sasl.Use) (string, error) { return sasl.Prepare(s, use, prep.NFKC) }

// Digest is APOP's digest of a greeting's timestamp, angle brackets included, and a shared secret:
// 16 octets as 32 hexadecimal digits in lower case (RFC 1939 section 7).
func Digest(timestamp, secret string) string {
	sum := md5.Sum([]byte(timestamp + secret))
	return hex.EncodeToString(sum[:])
}
