package sim

import (
	"encoding/base64"
	"strconv"

	"pop3lab/engine"
	"pop3lab/engine/digest"
)

// What to send next, for somebody who has never done it. The table says what
// is legal; the order below is that of a first lesson: log in, look, fetch one
// message, mark it, go.

// lesson is the order of TRANSACTION's commands in a first session.
var lesson = []engine.Verb{"STAT", "LIST", "RETR", "DELE", "QUIT"}

// others are further commands, in the order in which they are worth a try.
var others = []engine.Verb{"UIDL", "TOP", "RSET", "NOOP", "CAPA", "LANG"}

// A Prompt is what suggestions depend on: a session as it stands, and who there is to be.
type Prompt struct {
	Protocol *engine.Protocol
	View     *engine.View
	Stamp    string // the greeting's timestamp
	Barred   bool   // no password may go in the clear while TLS isn't active
	// Said has the verbs that were answered with +OK so far.
	Said map[engine.Verb]bool
	// Users may log in, the likeliest first. Locked says whether somebody has a user's maildrop open.
	Users  []engine.User
	Locked func(user string) bool
}

// Suggest returns lines without their ends, the likeliest first.
func (p *Prompt) Suggest() []string {
	var all []string
	switch p.View.State {
	case engine.Authorization:
		all = p.ways()
	case engine.AuthorizationUser:
		secret := "secret"
		for _, u := range p.Users {
			if u.Name == p.View.User {
				secret = u.Secret
			}
		}
		all = append(all, "PASS "+secret)
	case engine.AuthorizationSASL:
		return p.respond()
	case engine.Transaction:
		all = p.inTransaction()
	default:
		return nil
	}
	if p.View.State != engine.Transaction {
		if p.legal("CAPA") {
			all = append(all, "CAPA")
		}
		all = append(all, "QUIT")
	}
	return all
}

// suggest is Suggest for a connection.
func (l *Lab) suggest(k *link) []string {
	if !k.open || k.lost {
		return nil
	}
	p := Prompt{Protocol: k.protocol, View: k.view, Stamp: k.stamp, Barred: !k.session.Peer().Cleartext, Said: k.said, Users: l.world.Users,
		Locked: func(user string) bool { _, locked := l.store.drops.Owner(user); return locked }}
	return p.Suggest()
}

// legal says whether the state has a row for a command.
func (p *Prompt) legal(v engine.Verb) bool {
	rules := p.Protocol.ActiveRules()
	for i := range rules {
		if rules[i].From == p.View.State && rules[i].Verb == v {
			return true
		}
	}
	return false
}

// ways are the ways to log in, for the first user who isn't logged in
// somewhere else.
func (p *Prompt) ways() []string {
	if len(p.Users) == 0 {
		return nil
	}
	u := p.Users[0]
	for _, other := range p.Users {
		if !p.Locked(other.Name) {
			u = other
			break
		}
	}
	if p.Said["USER"] || p.Said["PASS"] { // a second try is about the same mailbox
		u = p.Users[0]
	}
	barred := p.Barred && !p.View.Secure
	var all []string
	if barred && p.legal("STLS") {
		all = append(all, "STLS")
	}
	if p.legal("USER") && !barred {
		all = append(all, "USER "+u.Name)
	}
	if p.legal("APOP") && p.Stamp != "" {
		all = append(all, "APOP "+u.Name+" "+digest.Hex(digest.MD5.Sum([]byte(p.Stamp+u.Secret))))
	}
	if p.legal("AUTH") && !barred {
		all = append(all, "AUTH PLAIN")
	}
	if !barred && !p.View.Secure && p.legal("STLS") {
		all = append(all, "STLS")
	}
	return all
}

// respond is what to answer inside AUTH.
func (p *Prompt) respond() []string {
	if p.View.Mechanism == "PLAIN" && len(p.Users) > 0 {
		u := p.Users[0]
		return []string{base64.StdEncoding.EncodeToString([]byte("\x00" + u.Name + "\x00" + u.Secret)), "*"}
	}
	return []string{"*"}
}

// inTransaction begins with the first command of the lesson that wasn't
// answered with +OK yet.
func (p *Prompt) inTransaction() []string {
	var first, later []string
	for _, v := range lesson {
		switch line, possible := p.line(v); {
		case !possible || !p.legal(v):
		case p.Said[v] && v != "QUIT":
			later = append(later, line)
		default:
			first = append(first, line)
		}
	}
	for _, v := range others {
		if line, possible := p.line(v); possible && p.legal(v) {
			later = append(later, line)
		}
	}
	return append(first, later...)
}

// line is a command about the first message that isn't marked; false when it
// needs one and there is none.
func (p *Prompt) line(v engine.Verb) (string, bool) {
	switch v {
	case "RETR", "DELE", "TOP":
		for i, m := range p.View.Messages {
			if m.Deleted {
				continue
			}
			n := string(v) + " " + strconv.Itoa(i+1)
			if v == "TOP" {
				n += " 0"
			}
			return n, true
		}
		return "", false
	}
	return string(v), true
}

// capabilities are the lines of an honest CAPA.
func capabilities(k *link) []string {
	if !k.open {
		return nil
	}
	return Capabilities(k.session)
}

// Capabilities are the lines that an honest CAPA would list now.
func Capabilities(s *engine.Session) []string {
	p := s.Protocol()
	if !p.Caps().Has(engine.CapCAPA) {
		return nil
	}
	var lines []string
	for i := range engine.Capabilities {
		c := &engine.Capabilities[i]
		if c.Tag == "" || !p.Caps().Has(c.Cap) || c.Here != nil && !c.Here(s) {
			continue
		}
		line := c.Tag
		if c.Params != nil {
			params, there := c.Params(s)
			if !there {
				continue
			}
			line += params
		}
		lines = append(lines, line)
	}
	return append(lines, p.Persona.ExtraCapa...)
}
