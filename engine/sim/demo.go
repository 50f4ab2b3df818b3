package sim

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// demoNow is when the demonstration begins: 14 May 1996, 18:00 UTC, the day of
// RFC 1939.
const demoNow = 832096800000

// Demo is the world that demonstrations begin with: mrose (password tanstaaf)
// with the two messages of RFC 1939's own example, dewey (password secret) with
// thirteen that hold what a program may get wrong. Scripts name it instead of
// holding it, so it may change only together with Version.
func Demo() World {
	w := World{Version: Version, Seed: 1, Now: demoNow, Host: "dbc.mtview.ca.us", STLS: true, ShowSecrets: true, Narrated: true,
		Users: []engine.User{
			{Name: "mrose", Secret: "tanstaaf", Tokens: []string{"teaching-token-of-mrose"}},
			{Name: "dewey", Secret: "secret", Tokens: []string{"teaching-token-of-dewey"}},
		}}
	for _, l := range memdrop.Mrose() {
		w.Mail = append(w.Mail, Mail{User: "mrose", UID: l.UID, Octets: l.Octets})
	}
	for _, l := range memdrop.Dewey() {
		w.Mail = append(w.Mail, Mail{User: "dewey", UID: l.UID, Octets: l.Octets})
	}
	return w
}

// Opening is the script of Demo in which one device has connected: what the first page begins with.
func Opening() (Script, error) {
	l, err := New(Demo())
	if err != nil {
		return Script{}, err
	}
	_, err = l.Do(Input{Verb: Connect, Device: "office PC"})
	return l.Script(), err
}

// ParseWorld reads what differs from Demo. Each line is a word and what
// belongs to it; empty lines don't count, nor those that begin with #:
//
//	seed 7                  what is left to chance
//	persona dovecot         the server
//	fault idle-short        one of its faults; several lines, several faults
//	switch strict-lines     one of its choices
//	without TOP             a capability that it lacks
//	nobody                  no users and no mail but those below
//	user carol xyzzy        a user and the password
//	mail carol              a message for carol: the lines below that begin with | are its octets
//	| Subject: hello
//	|
//	| How are you?
//	later 90000 carol       the same, so many milliseconds later
//	delay 10                LOGIN-DELAY in seconds
//	masked                  secrets don't show
func ParseWorld(text string) (World, error) {
	w := Demo()
	var body *[]byte
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.TrimRight(line, "\r")
		if rest, ok := strings.CutPrefix(line, "|"); ok {
			if body == nil {
				return w, worldError(i, "a line that begins with | belongs to a message; write mail before it")
			}
			*body = append(*body, strings.TrimPrefix(rest, " ")+"\r\n"...)
			continue
		}
		body = nil
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		var err error
		switch word {
		case "seed":
			w.Seed, err = strconv.ParseUint(rest, 10, 64)
		case "persona":
			w.Persona = rest
		case "fault":
			w.Faults = append(w.Faults, rest)
		case "switch":
			w.Switches = append(w.Switches, rest)
		case "without":
			w.Without = append(w.Without, rest)
		case "nobody":
			w.Users, w.Mail = nil, nil
		case "user":
			name, secret, _ := strings.Cut(rest, " ")
			w.Users = append(w.Users, engine.User{Name: name, Secret: secret})
		case "mail":
			w.Mail = append(w.Mail, Mail{User: rest})
			body = &w.Mail[len(w.Mail)-1].Octets
		case "later":
			after, user, _ := strings.Cut(rest, " ")
			in := Input{Verb: Deliver, User: user}
			in.After, err = strconv.ParseInt(after, 10, 64)
			w.Later = append(w.Later, in)
			body = &w.Later[len(w.Later)-1].Octets
		case "delay":
			w.LoginDelay, err = strconv.Atoi(rest)
		case "masked":
			w.ShowSecrets = false
		default:
			return w, worldError(i, "a world has no "+strconv.Quote(word))
		}
		if err != nil {
			return w, worldError(i, strconv.Quote(rest)+" is no number for "+word)
		}
	}
	for _, m := range w.Mail {
		if !w.has(m.User) {
			return w, errors.New("sim: there is mail for " + strconv.Quote(m.User) + ", but no such user; write user before")
		}
	}
	return w, nil
}

func (w *World) has(user string) bool {
	for _, u := range w.Users {
		if u.Name == user {
			return true
		}
	}
	return false
}

func worldError(line int, what string) error {
	return errors.New("sim: line " + strconv.Itoa(line+1) + " of the world: " + what)
}
