package sasl

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"pop3lab/engine/digest"
)

// A SCRAM exchange has two messages each way (RFC 5802 section 5):
//
//	C: n,,n=user,r=CLIENTNONCE                            client-first
//	S: r=CLIENTNONCESERVERNONCE,s=SALT,i=4096             server-first
//	C: c=biws,r=CLIENTNONCESERVERNONCE,p=PROOF            client-final
//	S: v=SIGNATURE                                        server-final
//
// Both sides compute from the password and from all of these messages, so whoever changed one on
// the way makes proof and signature wrong. POP3 can't put the last message beside its +OK: it goes
// out as a challenge, which the client answers with an empty response.
type scram struct {
	exchange
	env       *Env
	mechanism string
	hash      digest.Hash
	plus      bool // the mechanism's name ends in -PLUS: channel binding is used

	header      gs2
	bound       string // what c= must be: the header, and the channel binding data
	user        candidate
	nonce       string // both parts
	salt        []byte
	clientFirst string // without the header
	serverFirst string
}

// The server-error-values that we use (RFC 5802 section 7).
const (
	scramEncoding       = "invalid-encoding"
	scramExtensions     = "extensions-not-supported"
	scramProof          = "invalid-proof"
	scramBindingDiffers = "channel-bindings-dont-match"
	scramDowngrade      = "server-does-support-channel-binding"
	scramNoBinding      = "channel-binding-not-supported"
	scramBindingType    = "unsupported-channel-binding-type"
	scramUserEncoding   = "invalid-username-encoding"
	scramNoResources    = "no-resources"
	scramOther          = "other-error"
)

// iterationsMin is the iteration count where Env names none.
//
// RFC 7677 section 4: "the recommendation of this specification is that the hash iteration-count
// SHOULD be at least 4096".
const iterationsMin = 4096

func newSCRAM(mechanism string, hash digest.Hash, plus bool) func(*Env) Server {
	return func(env *Env) Server {
		s := &scram{env: env, mechanism: mechanism, hash: hash, plus: plus}
		s.next = clientFirst(s.first)
		return s
	}
}

// first takes the client-first message and answers with nonce, salt and iteration count.
func (s *scram) first(response []byte) ([]byte, step, error) {
	message := string(response)
	if !utf8.ValidString(message) || strings.IndexByte(message, 0) >= 0 {
		return s.fail(ErrMalformed, scramEncoding, "a SCRAM message is UTF-8 without NUL")
	}
	header, bare, err := parseGS2(message)
	if err != nil {
		return s.failWith(err, scramEncoding)
	}
	s.header, s.clientFirst = header, bare
	if e, why := s.bind(); e != "" {
		return s.fail(ErrMalformed, e, why)
	}

	fields := strings.Split(bare, ",")
	if strings.HasPrefix(fields[0], "m=") {
		return s.fail(ErrMalformed, scramExtensions, "m= demands an extension, and there is none")
	}
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "n=") || !strings.HasPrefix(fields[1], "r=") {
		return s.fail(ErrMalformed, scramEncoding, "after the header come n= with the name and r= with the nonce, in this order")
	}
	username, err := decodeName(fields[0][2:])
	if err != nil {
		return s.failWith(err, scramUserEncoding)
	}
	clientNonce := fields[1][2:]
	if !isNonce(clientNonce) {
		return s.fail(ErrMalformed, scramEncoding, "a nonce is printable ASCII without comma")
	}
	if e, why := checkExtensions(fields[2:]); e != "" {
		return s.fail(ErrMalformed, e, why)
	}
	if s.user, err = s.env.find(username); err != nil {
		return s.failWith(err, scramUserEncoding)
	}

	s.salt = s.makeSalt()
	s.nonce = clientNonce + s.makeNonce()
	s.serverFirst = "r=" + s.nonce + ",s=" + EncodeBase64(s.salt) + ",i=" + strconv.Itoa(s.iterations())
	return []byte(s.serverFirst), s.final, nil
}

// bind decides about channel binding. It returns what is wrong, or two empty strings.
//
// RFC 5802 section 6: "If the flag is set to "y" and the server supports channel binding, the
// server MUST fail authentication."
func (s *scram) bind() (e, why string) {
	s.bound = s.header.octets
	switch {
	case s.header.flag == 'p' && !s.plus:
		return scramNoBinding, s.mechanism + " has no channel binding"
	case s.header.flag != 'p' && s.plus:
		return scramOther, s.mechanism + " needs channel binding, flag p"
	case s.header.flag == 'y' && s.env.Binding != nil:
		return scramDowngrade, "the client was told that this server has no channel binding, but it has: somebody may have changed the list of mechanisms on the way"
	case s.plus:
		var data []byte
		if s.env.Binding != nil {
			data = s.env.Binding(s.header.binding)
		}
		if data == nil {
			return scramBindingType, "this connection has no channel binding of type " + s.header.binding
		}
		s.bound += string(data)
	}
	return "", ""
}

// final takes the client-final message, verifies the proof and answers with the server's
// signature.
func (s *scram) final(response []byte) ([]byte, step, error) {
	message := string(response)
	cut := strings.LastIndex(message, ",p=")
	if cut < 0 || !utf8.ValidString(message) || strings.IndexByte(message, 0) >= 0 {
		return s.fail(ErrMalformed, scramEncoding, "the client's last message ends with p= and the proof")
	}
	withoutProof := message[:cut]
	fields := strings.Split(withoutProof, ",")
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "c=") || !strings.HasPrefix(fields[1], "r=") {
		return s.fail(ErrMalformed, scramEncoding, "the client's last message begins with c= and r=, in this order")
	}
	proof, err := DecodeBase64(message[cut+len(",p="):])
	if err != nil {
		return s.failWith(err, scramEncoding)
	}
	bound, err := DecodeBase64(fields[0][2:])
	if err != nil {
		return s.failWith(err, scramEncoding)
	}
	if e, why := checkExtensions(fields[2:]); e != "" {
		return s.fail(ErrMalformed, e, why)
	}
	if !digest.Equal(bound, []byte(s.bound)) {
		return s.fail(ErrMalformed, scramBindingDiffers, "c= isn't the header of the first message and the channel's data: somebody may sit between client and server")
	}
	if fields[1][2:] != s.nonce {
		return s.fail(ErrMalformed, scramOther, "the nonce isn't the one that the server sent")
	}
	if len(proof) != s.hash.Size() {
		return s.fail(ErrMalformed, scramProof, "a proof has as many octets as "+s.hash.String())
	}

	keys := s.keys()
	signed := []byte(s.clientFirst + "," + s.serverFirst + "," + withoutProof)
	clientKey := s.hash.HMAC(keys.Stored, signed)
	for i := range clientKey {
		clientKey[i] ^= proof[i]
	}
	if err := s.user.judge(digest.Equal(s.hash.Sum(clientKey), keys.Stored)); err != nil {
		return s.failWith(err, scramProof)
	}
	id, err := s.env.authorize(s.user, s.header.authzid)
	if err != nil {
		return s.failWith(err, scramOther)
	}
	challenge := "v=" + EncodeBase64(s.hash.HMAC(keys.Server, signed))
	return []byte(challenge), func(response []byte) ([]byte, step, error) {
		if len(response) != 0 {
			return nil, nil, malformed("the client answers the server's signature with an empty response")
		}
		s.id = id
		return nil, nil, nil
	}, nil
}

// fail ends the exchange: at once, or after the client was told the reason.
//
// RFC 5802 section 5.1: "On failed authentication, the entire server-final-message is OPTIONAL".
//
//go:noinline
func (s *scram) fail(kind error, e, why string) ([]byte, step, error) {
	return s.failWith(&Error{Kind: kind, Why: why}, e)
}

//go:noinline
func (s *scram) failWith(err error, e string) ([]byte, step, error) {
	failure := *err.(*Error) // all errors of this package are
	if failure.Kind == ErrUnavailable {
		e = scramNoResources
	}
	failure.Scram = e
	if !s.env.ScramErrors {
		return nil, nil, &failure
	}
	return []byte("e=" + e), func([]byte) ([]byte, step, error) { return nil, nil, &failure }, nil
}

// checkExtensions lets unknown extensions pass, and nothing else.
//
// RFC 5802 section 5.1: "Unknown optional extensions MUST be ignored upon receipt."
func checkExtensions(fields []string) (e, why string) {
	for _, f := range fields {
		switch {
		case len(f) < 3 || !isAlpha(f[0]) || f[1] != '=':
			return scramEncoding, "an extension is a letter, = and a value"
		case f[0] == 'm':
			return scramExtensions, "m= demands an extension, and there is none"
		case strings.IndexByte("anrcsipve", f[0]) >= 0:
			return scramEncoding, f[:2] + " doesn't stand where it belongs"
		}
	}
	return "", ""
}

// isNonce says whether s is printable ASCII without comma and not empty (RFC 5802 section 7).
func isNonce(s string) bool {
	for _, c := range []byte(s) {
		if c < '!' || c > '~' || c == ',' {
			return false
		}
	}
	return s != ""
}

// makeNonce returns the server's part: 144 random bits, in letters that may stand in a nonce.
func (s *scram) makeNonce() string {
	if s.env.Nonce != nil {
		return s.env.Nonce()
	}
	var bits [18]byte
	s.env.Random(bits[:])
	return EncodeBase64(bits[:])
}

// makeSalt returns the salt of the user, or of the name that no user has: the same in each
// exchange, another for another mechanism, name or server.
func (s *scram) makeSalt() []byte {
	if s.env.Salt != nil {
		return s.env.Salt(s.mechanism, s.user.name)
	}
	return s.env.derive("salt "+s.hash.String(), s.user.name)[:16]
}

func (s *scram) iterations() int {
	if s.env.Iterations == 0 {
		return iterationsMin
	}
	return s.env.Iterations
}

func (s *scram) keys() Keys {
	id := KeyID{Hash: s.hash, Secret: s.user.secret, Salt: string(s.salt), Iterations: s.iterations()}
	if s.env.Keys == nil {
		return id.Compute()
	}
	return s.env.Keys(id, id.Compute)
}
