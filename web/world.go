package web

import (
	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sim"
)

// Device is who speaks on the bench at first.
const Device = "office PC"

// Lesson is what somebody who knows nothing may say first.
var Lesson = []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"}

// World is the world that the bench opens: RFC 1939's own example, mrose's two messages of 320 octets
// on the host of its section 10, at the time of its greeting.
func World() sim.World {
	w := sim.World{
		Version: sim.Version, Seed: 1, Now: 697170952000, Host: "dbc.mtview.ca.us", STLS: true, ShowSecrets: true,
		Stamps: []string{"<1896.697170952@dbc.mtview.ca.us>"},
		Users:  []engine.User{{Name: "mrose", Secret: "tanstaaf"}, {Name: "dewey", Secret: "secret"}},
	}
	for _, box := range []struct {
		user    string
		letters []memdrop.Letter
	}{{"mrose", memdrop.Mrose()}, {"dewey", memdrop.Dewey()}} {
		for _, l := range box.letters {
			if len(l.Octets) > 2000 { // the page carries its world
				continue
			}
			w.Mail = append(w.Mail, sim.Mail{User: box.user, UID: l.UID, Octets: l.Octets})
		}
	}
	return w
}
