package transcript

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sim"
)

// The fields that say what the world is like. A field that may stand more than
// once says so.
var worldFields = map[string]func(p *parser, value string) error{
	"seed":           number(func(w *sim.World, n int) { w.Seed = uint64(n) }),
	"now":            number(func(w *sim.World, n int) { w.Now = int64(n) }),
	"host":           text(func(w *sim.World, s string) { w.Host = s }),
	"persona":        text(func(w *sim.World, s string) { w.Persona = s }),
	"fault":          list(func(w *sim.World, s []string) { w.Faults = s }),
	"switch":         list(func(w *sim.World, s []string) { w.Switches = s }),
	"without":        list(func(w *sim.World, s []string) { w.Without = s }),
	"stls":           yes(func(p *parser) { p.d.World.STLS = true }),
	"max-bad":        number(func(w *sim.World, n int) { w.MaxBad = n }),
	"login-delay":    number(func(w *sim.World, n int) { w.LoginDelay = n }),
	"max-delay":      number(func(w *sim.World, n int) { w.LoginDelayMax = n }),
	"expire":         number(func(w *sim.World, n int) { w.Expire = n }),
	"min-expire":     number(func(w *sim.World, n int) { w.ExpireMin = n }),
	"anonymous":      text(func(w *sim.World, s string) { w.Anonymous = s }),
	"no-utf8-user":   yes(func(p *parser) { p.d.World.NoUTF8User = true }),
	"port":           number(func(w *sim.World, n int) { w.Port = n }),
	"implementation": text(func(w *sim.World, s string) { w.Implementation = s }),
	"show-secrets":   yes(func(p *parser) { p.d.World.ShowSecrets = true }),
	"nonce":          text(func(w *sim.World, s string) { w.Nonce = s }),
	"salt":           base64Text(func(w *sim.World, s string) { w.Salt = s }),
	"chance":         base64Text(func(w *sim.World, s string) { w.Chance = []byte(s) }),

	"stamp":    (*parser).stamp,    // more than once: of the first connection, the second, ...
	"user":     (*parser).user,     // more than once: NAME SECRET, then token=T as=NAME delay=N expire=N barred
	"mailbox":  (*parser).mailbox,  // more than once: USER mrose or USER dewey, the demonstration's mailboxes
	"generate": (*parser).generate, // more than once: USER COUNT OCTETS
}

// The world of a dialogue that says nothing else is that of RFC 1939 section
// 10: the host dewey, the user mrose with the secret tanstaaf, two messages of
// 120 and 200 octets.
const (
	defaultHost  = "dewey"
	defaultStamp = "<1896.697170952@dbc.mtview.ca.us>"
	defaultNow   = 832_000_000_000 // May 1996
)

func number(set func(*sim.World, int)) func(*parser, string) error {
	return func(p *parser, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return errors.New("want a number, not " + value)
		}
		set(&p.d.World, n)
		return nil
	}
}

func text(set func(*sim.World, string)) func(*parser, string) error {
	return func(p *parser, value string) error {
		set(&p.d.World, value)
		return nil
	}
}

func list(set func(*sim.World, []string)) func(*parser, string) error {
	return func(p *parser, value string) error {
		set(&p.d.World, splitList(value))
		return nil
	}
}

func yes(set func(*parser)) func(*parser, string) error {
	return func(p *parser, value string) error {
		if value != "yes" {
			return errors.New("want yes, or leave the field out")
		}
		set(p)
		return nil
	}
}

func base64Text(set func(*sim.World, string)) func(*parser, string) error {
	return func(p *parser, value string) error {
		octets, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return errors.New("want Base64: " + err.Error())
		}
		set(&p.d.World, string(octets))
		return nil
	}
}

// splitList splits a list at commas and spaces.
func splitList(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}

// words splits a value at its spaces; a word may be quoted as in Go.
func words(value string) ([]string, error) {
	var out []string
	for value = strings.TrimSpace(value); value != ""; value = strings.TrimSpace(value) {
		if value[0] != '"' {
			word, rest, _ := strings.Cut(value, " ")
			out, value = append(out, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			return nil, errors.New("a quotation isn't closed: " + value)
		}
		word, _ := strconv.Unquote(quoted) // QuotedPrefix says that it can be unquoted
		out, value = append(out, word), value[len(quoted):]
	}
	return out, nil
}

func (p *parser) stamp(value string) error {
	p.d.World.Stamps = append(p.d.World.Stamps, value)
	return nil
}

func (p *parser) user(value string) error {
	w, err := words(value)
	if err != nil {
		return err
	}
	if len(w) < 2 {
		return errors.New(`want NAME SECRET; a secret that nobody can give is ""`)
	}
	u := engine.User{Name: w[0], Secret: w[1]}
	for _, option := range w[2:] {
		key, v, _ := strings.Cut(option, "=")
		n, numErr := strconv.Atoi(v)
		switch {
		case key == "token":
			u.Tokens = append(u.Tokens, v)
		case key == "as":
			u.MayActAs = append(u.MayActAs, v)
		case key == "delay" && numErr == nil:
			u.LoginDelay = n
		case key == "expire" && numErr == nil:
			u.Expire = n
		case option == "barred":
			u.NoCleartext = true
		default:
			return errors.New("a user has no " + option + "; there are token=T as=NAME delay=N expire=N barred")
		}
	}
	p.d.World.Users = append(p.d.World.Users, u)
	return nil
}

func (p *parser) mailbox(value string) error {
	w, err := words(value)
	if err != nil || len(w) != 2 {
		return errors.New("want USER and the name of a mailbox, mrose or dewey")
	}
	return p.fill(w[0], w[1])
}

func (p *parser) fill(user, name string) error {
	var letters []memdrop.Letter
	switch name {
	case "mrose":
		letters = memdrop.Mrose()
	case "dewey":
		letters = memdrop.Dewey()
	default:
		return errors.New("there is no mailbox " + name + "; there are mrose and dewey")
	}
	for _, l := range letters {
		p.d.World.Mail = append(p.d.World.Mail, sim.Mail{User: user, UID: l.UID, Octets: l.Octets})
	}
	return nil
}

// generate makes many messages, all of the same size: a header field, a blank
// line, and x in lines of 70.
func (p *parser) generate(value string) error {
	w, err := words(value)
	if err != nil || len(w) != 3 {
		return errors.New("want USER COUNT OCTETS")
	}
	count, err1 := strconv.Atoi(w[1])
	octets, err2 := strconv.Atoi(w[2])
	head := "Subject: x\r\n\r\n"
	if err1 != nil || err2 != nil || octets < len(head)+3 {
		return errors.New("want USER COUNT OCTETS, and at least " + strconv.Itoa(len(head)+3) + " octets")
	}
	body := []byte(head)
	for len(body) < octets {
		n := min(70, octets-len(body)-2)
		if left := octets - len(body) - n - 2; left > 0 && left < 3 {
			n -= 3 // the last line is too short to be one
		}
		body = append(append(body, strings.Repeat("x", n)...), "\r\n"...)
	}
	for range count {
		p.d.World.Mail = append(p.d.World.Mail, sim.Mail{User: w[0], Octets: body})
	}
	return nil
}

// settle puts in what the fields left out.
func (p *parser) settle() error {
	w := &p.d.World
	if w.Host == "" {
		w.Host = defaultHost
	}
	if w.Stamps == nil {
		w.Stamps = []string{defaultStamp}
	}
	if w.Now == 0 {
		w.Now = defaultNow
	}
	if w.Users == nil {
		w.Users = []engine.User{{Name: "mrose", Secret: "tanstaaf"}}
		if w.Mail == nil {
			if err := p.fill("mrose", "mrose"); err != nil {
				return err
			}
		}
	}
	for _, m := range w.Mail {
		if !slices.ContainsFunc(w.Users, func(u engine.User) bool { return u.Name == m.User }) {
			return errors.New("there is mail for " + m.User + ", who is no user; add a field user: " + m.User + " SECRET")
		}
	}
	return nil
}
