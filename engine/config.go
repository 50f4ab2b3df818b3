package engine

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"pop3lab/engine/sasl"
)

// Limits that a Config doesn't change.
const (
	// MaxReply is the longest first line of a reply in octets, CRLF included (RFC 1939 section 3).
	MaxReply = 512
	// maxLogins bounds how many users' last logins are remembered for LOGIN-DELAY; beyond it the
	// oldest are forgotten first, which lets them in early.
	maxLogins = 100_000
)

// A Config says which server this is. Zero values work, but for Users and Store.
type Config struct {
	// Rules is the protocol. Nil means POP3.
	Rules []Rule
	// Persona changes wording, capabilities and switches. The zero Persona speaks as RFC 1939's
	// examples do and has every capability.
	Persona Persona
	// Faults are the defects to show. None are on in the zero value.
	Faults Faults
	// Switches are the choices that differ from the default, beside the persona's.
	Switches Switch
	// Without are the capabilities to lack, beside the persona's.
	Without Cap

	Users Users
	Store Store

	// Host is the server's name in replies and challenges. Empty means "pop3lab".
	Host string
	// Implementation is what CAPA says after IMPLEMENTATION. Empty means "pop3lab".
	Implementation string
	// STLS says that the driver can begin TLS on a connection; without it STLS isn't offered.
	STLS bool
	// MaxLine is the longest command in octets, CRLF included. Less than 255, RFC 2449 section 4,
	// means 255. A longer line is discarded up to its end and refused.
	MaxLine int
	// MaxResponse is the longest line within AUTH in octets. Zero means 64 KiB, which holds any
	// response of the mechanisms here (RFC 5034 section 4 sets no limit of its own).
	MaxResponse int
	// MaxBad is how many refused commands in a row end the session. Zero means 50; negative
	// means no limit.
	MaxBad int
	// LoginDelay is how many seconds must lie between two logins of a user, LoginDelayMax the
	// largest value that any user has (RFC 2449 section 6.5). Zero means none.
	LoginDelay, LoginDelayMax int
	// Expire is how many days messages are kept, or ExpireNever or ExpireAtOnce; ExpireMin is the
	// smallest value that any user has (RFC 2449 section 6.7), ExpireNever when all are alike. The
	// engine announces it; removing is the store's business, but for DeleteRetrieved.
	Expire, ExpireMin int
	// Anonymous is the mailbox that AUTH ANONYMOUS opens. Empty means that it's off (RFC 4505
	// section 5).
	Anonymous string
	// NoUTF8User refuses UTF-8 in names and passwords.
	NoUTF8User bool
	// ShowSecrets leaves passwords, responses and digests in events as they were. Off, they are masked.
	ShowSecrets bool
	// Clock returns milliseconds since any fixed moment; only LOGIN-DELAY and the timestamps in
	// challenges use it. Nil means that time stands still, and LOGIN-DELAY isn't enforced.
	Clock func() int64
	// Random fills p with octets nobody can guess, for challenges and salts. Nil means zeros,
	// which is for tests alone.
	Random func(p []byte)
	// Normalize returns the NFKC form of a string, for SASLprep (RFC 4013 section 2.2). Nil means that
	// names beyond ASCII have to come in that form.
	Normalize func(string) string
	// Exchange, if it's set, may change what a SASL exchange is given before it begins: an RFC's
	// example comes out octet for octet only with that example's nonce and salt.
	Exchange func(*sasl.Env)
	// Port is the port on which clients reach the server, for OAUTHBEARER to compare. Zero means
	// that it isn't compared.
	Port int
}

// A Peer is one connection, as far as the driver knows it.
type Peer struct {
	// ID names the session as the owner of a lock, in logs and displays.
	ID string
	// Stamp is the greeting's timestamp with its angle brackets, different for each connection
	// (RFC 1939 section 7, APOP). Empty means that APOP isn't offered.
	Stamp string
	// Secure says that TLS is active from the first octet on.
	Secure bool
	// Cleartext allows methods that send the password as it is although TLS isn't active.
	Cleartext bool
	// External is the mailbox that a client certificate stands for; empty means none.
	External string
	// Binding is the channel binding of TLS that is active from the first octet on, as sasl.Env
	// wants it; nil means that there is none, and no SCRAM mechanism with -PLUS. Of TLS after STLS
	// Session.Bind tells.
	Binding func(kind string) []byte
	// Direct asks for KindBody events where the store allows it: the driver then sends those
	// octets itself, unread.
	Direct bool
}

// A Protocol is a Config made ready: the rows that are there, looked up by state and keyword, and
// what its sessions share. It's safe for many goroutines.
type Protocol struct {
	Config
	caps   Cap
	rules  []Rule // the rows that are there
	table  [numStates]map[uint32]*Rule
	others [numStates]*Rule // rows for Other or Response
	inputs [numStates]map[Verb]*Rule
	known  map[string]bool // every keyword of every row, there or not
	texts  [numTexts]string
	mechs  []sasl.Mechanism
	keys   sasl.KeyCache
	key    []byte // see sasl.Env.Key
	binds  bool   // a mechanism with channel binding is among mechs
	tokens Tokens // nil when nobody has a token

	mu     sync.Mutex
	logins map[string]int64 // user to Clock at the last login
}

// New makes a Config ready for sessions.
func New(c Config) *Protocol {
	if c.Rules == nil {
		c.Rules = POP3
	}
	c.Rules = append(c.Rules[:len(c.Rules):len(c.Rules)], c.Persona.Rules...)
	c.Switches |= c.Persona.Switches
	c.Faults |= c.Persona.Faults
	c.Host = orElse(c.Host, "pop3lab")
	c.Implementation = orElse(c.Implementation, orElse(c.Persona.Implementation, "pop3lab"))
	if c.MaxLine < 255 {
		c.MaxLine = 255
	}
	if c.MaxResponse == 0 {
		c.MaxResponse = 64 << 10
	}
	if c.MaxBad == 0 {
		c.MaxBad = 50
	}
	if c.LoginDelay == 0 {
		c.LoginDelay = c.Persona.LoginDelay
	}
	if c.Expire == ExpireNever {
		c.Expire = c.Persona.Expire
	}
	if c.Random == nil {
		c.Random = func([]byte) {}
	}
	p := &Protocol{Config: c, logins: make(map[string]int64), known: make(map[string]bool)}
	p.caps = CapAll &^ (c.Without | c.Persona.Without)
	if !c.STLS || c.Faults.Has(FaultSTLSStripped) {
		p.caps &^= CapSTLS
	}
	if c.LoginDelay <= 0 && c.LoginDelayMax <= 0 {
		p.caps &^= CapLoginDelay
	}
	if p.caps&CapRespCodes == 0 {
		p.caps &^= CapAuthRespCode // a promise that couldn't be kept
	}
	p.wordings()
	p.selectMechanisms()
	p.compile()
	return p
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// compile chooses the rows that are there and indexes them.
func (p *Protocol) compile() {
	for _, r := range p.Rules {
		if r.Verb.Command() {
			p.known[string(r.Verb)] = true
		}
		if p.caps.Has(r.Needs) && (r.When == 0 || p.Switches.Has(r.When)) && !p.Switches.Has(r.Unless) {
			p.rules = append(p.rules, r)
		}
	}
	p.rules = withoutReplaced(p.rules)
	for i := range p.rules {
		r := &p.rules[i]
		switch {
		case r.Verb.Command():
			if p.table[r.From] == nil {
				p.table[r.From] = make(map[uint32]*Rule)
			}
			key, _ := keyOf(string(r.Verb))
			p.table[r.From][key] = r
		case r.Verb == Other || r.Verb == Response:
			p.others[r.From] = r
		default:
			if p.inputs[r.From] == nil {
				p.inputs[r.From] = make(map[Verb]*Rule)
			}
			p.inputs[r.From][r.Verb] = r
		}
	}
}

// withoutReplaced leaves out rows behind which another stands for the same state and verb.
func withoutReplaced(rules []Rule) []Rule {
	var kept []Rule
	for i := range rules {
		if !replaced(rules[i+1:], &rules[i]) {
			kept = append(kept, rules[i])
		}
	}
	return kept
}

// ActiveRules returns the rows that are there, in the order of the table.
func (p *Protocol) ActiveRules() []Rule { return p.rules }

// Caps are the capabilities that are there.
func (p *Protocol) Caps() Cap { return p.caps }

// Busy is the line for a client that gets no session, because there are too many: a greeting that
// refuses. The driver sends it and closes.
func (p *Protocol) Busy() []byte {
	s := Session{p: p}
	r := refuse(TextBusy)
	return s.appendReply(nil, &r)
}

// wordings are the texts of the first language, with the persona's own.
func (p *Protocol) wordings() {
	for t := range p.texts {
		p.texts[t] = catalogues[0].text(Text(t))
		own, ok := p.Persona.Texts[Text(t)]
		if !ok {
			own, ok = p.Persona.Texts[finer[Text(t)]]
		}
		if ok {
			p.texts[t] = own
		}
	}
}

func (p *Protocol) implementation() string { return p.Implementation }

func (p *Protocol) delayOf(u *User) int {
	switch {
	case u.LoginDelay < 0:
		return 0
	case u.LoginDelay > 0:
		return u.LoginDelay
	}
	return p.LoginDelay
}

func (p *Protocol) expireOf(u *User) int {
	if u.Expire != 0 {
		return u.Expire
	}
	return p.Expire
}

// tooEarly says whether u logged in less than its delay ago.
//
// RFC 2449 section 6.5: the delay is the time "between a successful authentication" and the next.
func (p *Protocol) tooEarly(u *User) bool {
	if !p.delays(u) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.early(u)
}

// admit notes that u logs in now, unless another session of u did so less than the delay ago.
func (p *Protocol) admit(u *User) bool {
	if !p.delays(u) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.early(u) {
		return false
	}
	if len(p.logins) >= maxLogins {
		p.forgetOldest()
	}
	p.logins[u.Name] = p.Clock()
	return true
}

// delays says whether there is a delay to keep.
func (p *Protocol) delays(u *User) bool {
	return p.Clock != nil && p.delayOf(u) > 0 && p.caps.Has(CapLoginDelay)
}

// early is tooEarly with p.mu held.
func (p *Protocol) early(u *User) bool {
	at, ok := p.logins[u.Name]
	return ok && p.Clock()-at < int64(p.delayOf(u))*1000
}

// forgetOldest makes room; it's called with p.mu held.
func (p *Protocol) forgetOldest() {
	var oldest string
	at := int64(math.MaxInt64)
	for name, t := range p.logins {
		if t < at {
			oldest, at = name, t
		}
	}
	delete(p.logins, oldest)
}

// keyOf packs a keyword of at most four letters, in capitals, into a number. It says false for
// anything else.
func keyOf[T string | []byte](word T) (uint32, bool) {
	if len(word) < 3 || len(word) > 4 {
		return 0, false
	}
	var key uint32
	for i := 0; i < len(word); i++ {
		c := word[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c <= ' ' || c >= 0x7f {
			return 0, false
		}
		key = key<<8 | uint32(c)
	}
	return key, true
}

// Stamp makes a greeting's timestamp of the RFC's own form, <process.clock@host>: digits, a dot and
// digits, as some clients insist. process and clock are any two numbers that don't repeat together;
// a driver takes 64 bits of chance for the first.
func Stamp(process, clock uint64, host string) string {
	var b strings.Builder
	b.WriteByte('<')
	b.WriteString(strconv.FormatUint(process, 10))
	b.WriteByte('.')
	b.WriteString(strconv.FormatUint(clock, 10))
	b.WriteByte('@')
	b.WriteString(host)
	b.WriteByte('>')
	return b.String()
}
