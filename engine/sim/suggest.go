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

// suggest returns lines without their ends, the likeliest first.
func (l *Lab) suggest(k *link) []string {
	if !k.open || k.lost {
		return nil
	}
	var all []string
	switch k.session.State() {
	case engine.Authorization:
		all = l.ways(k)
	case engine.AuthorizationUser:
		if u, known, err := l.store.users.User(k.view.User); err == nil && known {
			all = append(all, "PASS "+u.Secret)
		} else {
			all = append(all, "PASS secret")
		}
	case engine.AuthorizationSASL:
		return l.respond(k)
	case engine.Transaction:
		all = k.inTransaction()
	default:
		return nil
	}
	if k.legal("CAPA") && k.session.State() != engine.Transaction {
		all = append(all, "CAPA")
	}
	if k.session.State() != engine.Transaction {
		all = append(all, "QUIT")
	}
	return all
}

// legal says whether the state has a row for a command.
func (k *link) legal(v engine.Verb) bool {
	rules := k.protocol.ActiveRules()
	for i := range rules {
		if rules[i].From == k.session.State() && rules[i].Verb == v {
			return true
		}
	}
	return false
}

// ways are the ways to log in, for the first user who isn't logged in
// somewhere else.
func (l *Lab) ways(k *link) []string {
	if len(l.world.Users) == 0 {
		return nil
	}
	u := l.world.Users[0]
	for _, other := range l.world.Users {
		if _, locked := l.store.drops.Owner(other.Name); !locked {
			u = other
			break
		}
	}
	if k.said["USER"] || k.said["PASS"] { // a second try is about the same mailbox
		u = l.world.Users[0]
	}
	barred := !k.session.Peer().Secure && !k.session.Peer().Cleartext
	var all []string
	if barred && k.legal("STLS") {
		all = append(all, "STLS")
	}
	if k.legal("USER") && !barred {
		all = append(all, "USER "+u.Name)
	}
	if k.legal("APOP") && k.stamp != "" {
		all = append(all, "APOP "+u.Name+" "+digest.Hex(digest.MD5.Sum([]byte(k.stamp+u.Secret))))
	}
	if k.legal("AUTH") && !barred {
		all = append(all, "AUTH PLAIN")
	}
	if !barred && !k.session.Peer().Secure && k.legal("STLS") {
		all = append(all, "STLS")
	}
	return all
}

// respond is what to answer inside AUTH.
func (l *Lab) respond(k *link) []string {
	if k.view.Mechanism == "PLAIN" && len(l.world.Users) > 0 {
		u := l.world.Users[0]
		return []string{base64.StdEncoding.EncodeToString([]byte("\x00" + u.Name + "\x00" + u.Secret)), "*"}
	}
	return []string{"*"}
}

// inTransaction begins with the first command of the lesson that wasn't
// answered with +OK yet.
func (k *link) inTransaction() []string {
	var first, later []string
	for _, v := range lesson {
		switch line, possible := k.line(v); {
		case !possible || !k.legal(v):
		case k.said[v] && v != "QUIT":
			later = append(later, line)
		default:
			first = append(first, line)
		}
	}
	for _, v := range others {
		if line, possible := k.line(v); possible && k.legal(v) {
			later = append(later, line)
		}
	}
	return append(first, later...)
}

// line is a command about the first message that isn't marked; false when it
// needs one and there is none.
func (k *link) line(v engine.Verb) (string, bool) {
	switch v {
	case "RETR", "DELE", "TOP":
		for i, m := range k.view.Messages {
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
	if !k.open || !k.protocol.Caps().Has(engine.CapCAPA) {
		return nil
	}
	var lines []string
	for i := range engine.Capabilities {
		c := &engine.Capabilities[i]
		if c.Tag == "" || !k.protocol.Caps().Has(c.Cap) || c.Here != nil && !c.Here(k.session) {
			continue
		}
		line := c.Tag
		if c.Params != nil {
			params, there := c.Params(k.session)
			if !there {
				continue
			}
			line += params
		}
		lines = append(lines, line)
	}
	return append(lines, k.protocol.Persona.ExtraCapa...)
}
