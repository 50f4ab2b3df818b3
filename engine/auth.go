package engine

import (
	"encoding/base64"
	"errors"
	"strings"

	"pop3lab/engine/sasl"
)

// Who is there? USER and PASS, APOP, and AUTH with the mechanisms of engine/sasl. However a client
// proves who it is, open is what follows.

func (s *Session) loggedIn() bool { return s.state == Transaction || s.state == Update }

// cleartextAllowed says whether a password may travel as it is on this connection.
func (s *Session) cleartextAllowed() bool { return s.peer.Secure || s.peer.Cleartext }

// user is RFC 1939 section 7, USER: the server "may return a positive response even though no such
// mailbox exists".
func user(s *Session, c *Command) Reply {
	if !s.cleartextAllowed() {
		return refuse(TextNoCleartext)
	}
	name := string(c.Word[0])
	if s.p.Switches.Has(StrictUnknownUser) {
		switch _, there, err := s.p.Users.User(name); {
		case err != nil:
			r := refuse(TextTemporary)
			r.err = err
			return r
		case !there:
			return Reply{Status: Err, Text: TextNoSuchUser, Name: name, failed: true}
		}
	}
	s.user = name
	return Reply{Status: OK, Text: TextSendPass, Name: name}
}

// passFirst is PASS where none may come.
func passFirst(s *Session, _ *Command) Reply {
	if !s.cleartextAllowed() {
		return refuse(TextNoCleartext)
	}
	return refuse(TextUserFirst)
}

func pass(s *Session, c *Command) Reply {
	id, err := sasl.Password(s.env(true), s.user, string(c.Word[0]))
	return s.proved(id, err)
}

// apop is RFC 1939 section 7, APOP: the digest is "calculated by applying the MD5 algorithm [RFC1321]
// to a string consisting of the timestamp (including angle-brackets) followed by a shared secret".
func apop(s *Session, c *Command) Reply {
	if s.peer.Stamp == "" {
		r := refuse(TextNotOffered)
		r.Name = "APOP"
		return r
	}
	id, err := sasl.APOP(s.env(false), s.peer.Stamp, string(c.Word[0]), string(c.Word[1]))
	return s.proved(id, err)
}

// auth begins an exchange.
func auth(s *Session, c *Command) Reply {
	name := string(c.Word[0])
	if c.Args == 0 {
		return s.listMechanisms()
	}
	m, ok := s.mechanismNamed(name)
	if !ok {
		return refuse(TextNoMechanism)
	}
	if !s.mechanismOffered(m) {
		if m.Cleartext && !s.cleartextAllowed() {
			return refuse(TextNoCleartext)
		}
		return refuse(TextNoMechanism)
	}
	var initial []byte
	if c.Args == 2 {
		if !m.ClientFirst {
			return Reply{Status: Err, Text: TextNoInitialResponse, Name: m.Name}
		}
		var err error
		if initial, err = sasl.DecodeInitial(string(c.Word[1])); err != nil {
			return refuse(TextBadBase64)
		}
	}
	s.exchange, s.mechanism = m.New(s.env(m.Cleartext)), m.Name
	return s.step(initial)
}

// listMechanisms answers AUTH without argument, where a persona does.
func (s *Session) listMechanisms() Reply {
	var names []string
	for _, m := range s.p.mechs {
		if s.mechanismOffered(m) {
			names = append(names, m.Name)
		}
	}
	return Reply{Status: OK, Text: TextMechanisms, want: -1, stay: true, Lines: textLines(names)}
}

// response goes on with an exchange.
//
// RFC 5034 section 4: "If the client wishes to cancel the authentication exchange, it issues a line
// with a single "*"."
func response(s *Session, c *Command) Reply {
	line := string(c.Word[0])
	if line == "*" {
		s.endExchange()
		return refuse(TextCancelled)
	}
	octets, err := sasl.DecodeBase64(line)
	if err != nil {
		s.endExchange()
		return refuse(TextBadBase64)
	}
	return s.step(octets)
}

// step hands a response to the exchange and turns what comes back into a reply.
func (s *Session) step(octets []byte) Reply {
	challenge, done, err := s.exchange.Next(octets)
	if err == nil && !done {
		return Reply{Status: More, Challenge: base64.StdEncoding.EncodeToString(challenge)}
	}
	id := s.exchange.Identity()
	s.endExchange()
	return s.proved(id, err)
}

func (s *Session) endExchange() { s.exchange = nil }

// proved opens the maildrop of who was proved, or says why not.
func (s *Session) proved(id sasl.Identity, err error) Reply {
	switch {
	case err == nil:
		return s.open(id.Mailbox)
	case errors.Is(err, sasl.ErrUnavailable):
		r := refuse(TextTemporary)
		r.err = err
		return r
	}
	r := refuse(TextCredentials)
	if errors.Is(err, sasl.ErrMalformed) {
		r.Text = TextMalformed
	}
	r.err, r.failed = err, true
	r.close = s.p.Switches.Has(CloseOnFailure)
	return r
}

// open locks and opens the maildrop. It's called when the credentials are known to be right, so that no
// reply of its tells a stranger anything.
func (s *Session) open(mailbox string) Reply {
	u, there, err := s.p.Users.User(mailbox)
	if err == nil && !there {
		u = User{Name: mailbox}
	}
	if err != nil {
		return s.refuseOpen(mailbox, err)
	}
	if t := s.spoilOpen(); t != TextNone {
		return refuse(t)
	}
	if s.p.tooEarly(&u) {
		return refuse(TextLoginDelay)
	}
	drop, err := s.openStore(u.Name)
	if err != nil {
		return s.refuseOpen(u.Name, err)
	}
	if !s.p.admit(&u) { // another session got in while this one opened
		drop.Release()
		return refuse(TextLoginDelay)
	}
	s.account, s.drop, s.msgs = u, drop, drop.Messages()
	s.marks, s.seen, s.last = nil, nil, 0
	s.count()
	return Reply{Status: OK, Text: TextMaildropOpen, Name: u.Name, Num: int64(s.live), Size: s.octets}
}

// A Shared store can open a maildrop without a lock, for personas that have none (NoLock).
type Shared interface {
	Store
	// OpenShared is Open without the lock: several sessions may have the maildrop open, and
	// Update of one may take messages away from another.
	OpenShared(user, owner string) (Maildrop, error)
}

func (s *Session) openStore(user string) (Maildrop, error) {
	if shared, ok := s.p.Store.(Shared); ok && s.p.Switches.Has(NoLock) {
		return shared.OpenShared(user, s.peer.ID)
	}
	return s.p.Store.Open(user, s.peer.ID)
}

// refuseOpen turns a store's error into the reply; the client sees none of its inside.
func (s *Session) refuseOpen(user string, err error) Reply {
	r := refuse(TextTemporary)
	switch {
	case errors.Is(err, ErrLocked):
		r.Text = TextLocked
	case errors.Is(err, ErrNoMaildrop):
		r.Text, r.Name = TextNoMaildrop, user
	case errors.Is(err, ErrDamaged):
		r.Text = TextDamaged
	}
	r.err = err
	return r
}

// selectMechanisms chooses the mechanisms this server has.
func (p *Protocol) selectMechanisms() {
	for _, m := range sasl.Mechanisms {
		if p.Persona.Mechanisms == nil && m.Legacy {
			continue
		}
		if p.Persona.Mechanisms == nil || contains(p.Persona.Mechanisms, m.Name) {
			p.mechs = append(p.mechs, m)
		}
	}
	for _, m := range p.mechs {
		p.binds = p.binds || strings.HasSuffix(m.Name, "-PLUS")
	}
	p.tokens, _ = p.Users.(Tokens)
	if h, ok := p.Users.(TokenHolder); ok && !h.HasTokens() {
		p.tokens = nil
	}
	p.key = make([]byte, 32)
	p.Random(p.key)
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func (s *Session) mechanismNamed(name string) (sasl.Mechanism, bool) {
	for _, m := range s.p.mechs {
		if foldEqual(m.Name, name) {
			return m, true
		}
	}
	return sasl.Mechanism{}, false
}

// mechanismOffered says whether the mechanism would be accepted now.
func (s *Session) mechanismOffered(m sasl.Mechanism) bool {
	return m.Usable(s.env(m.Cleartext), s.peer.Secure, s.peer.Cleartext)
}

// env is what an exchange needs from outside. cleartext says that the password travels as it is,
// which users may be barred from.
//
// RFC 8314 section 4.1: once a user's access in the clear is revoked, nothing over it may say whether
// the credentials were right.
func (s *Session) env(cleartext bool) *sasl.Env {
	e := &sasl.Env{
		Random:     s.p.Random,
		Normalize:  s.p.Normalize,
		Key:        s.p.key,
		Host:       s.p.Host,
		Port:       s.p.Port,
		External:   s.peer.External,
		Anonymous:  s.p.Anonymous,
		Keys:       s.p.keys.Keys,
		Unprepared: s.p.NoUTF8User || !s.p.caps.Has(CapUTF8),
	}
	if s.p.Clock != nil {
		e.Millis = s.p.Clock()
	}
	barred := cleartext && !s.peer.Secure
	e.Lookup = func(name string) (sasl.Account, bool, error) {
		u, there, err := s.p.Users.User(name)
		if err != nil || !there {
			return sasl.Account{}, false, err
		}
		a := sasl.Account{Name: u.Name, Secret: u.Secret, MayActAs: u.MayActAs}
		if barred && u.NoCleartext {
			a.Secret = ""
		}
		return a, true, nil
	}
	if s.p.binds {
		// RFC 5802 section 6: who doesn't announce -PLUS must not take a client's belief that there
		// is none for somebody's meddling.
		e.Binding = s.peer.Binding
	}
	if t := s.p.tokens; t != nil {
		e.ByToken = func(token string) (sasl.Account, bool, error) {
			u, there, err := t.UserByToken(token)
			return sasl.Account{Name: u.Name, MayActAs: u.MayActAs}, there, err
		}
	}
	if s.p.Exchange != nil {
		s.p.Exchange(e)
	}
	return e
}
