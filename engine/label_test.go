package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sim"
)

// labelled shows an event's octets with their labels: part(name)"octets", one behind the other.
func labelled(e engine.Event) string {
	var out []string
	for _, l := range engine.Labels(e) {
		text := l.Part.String()
		if l.Name != "" {
			text += "(" + l.Name + ")"
		}
		if l.Part != engine.PartCRLF {
			text += fmt.Sprintf(" %q", e.Wire[l.Start:l.End])
		}
		out = append(out, text)
	}
	return strings.Join(out, " | ")
}

// uncovered says what is wrong with an event's labels; empty when nothing is.
func uncovered(e engine.Event) string {
	at := 0
	for _, l := range engine.Labels(e) {
		if l.Start != at || l.End <= l.Start {
			return fmt.Sprintf("a label goes from %d to %d where one should begin at %d and not be empty", l.Start, l.End, at)
		}
		if l.Part.String() == "" || l.Part.Doc() == "" {
			return fmt.Sprintf("part %d has no name or no sentence", l.Part)
		}
		at = l.End
	}
	if at != len(e.Wire) {
		return fmt.Sprintf("the labels end at %d of %d octets", at, len(e.Wire))
	}
	return ""
}

var rose = engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Host: "lab", STLS: true}

// with is the server of these tests, changed.
func with(change func(*engine.Config)) engine.Config {
	c := rose
	store := memdrop.New()
	store.Reset("mrose", memdrop.Letter{UID: "a1", Octets: []byte("A: b\r\n\r\n.x\r\n")}, memdrop.Letter{UID: "b2", Octets: []byte("A: b\r\n")})
	c.Store = store
	if change != nil {
		change(&c)
	}
	return c
}

const stamp = "<1896.697170952@dbc.mtview.ca.us>"

const login = "USER mrose\r\nPASS tanstaaf\r\n"

func TestLabels(t *testing.T) {
	shown := func(c *engine.Config) { c.ShowSecrets = true }
	faulty := func(f engine.Faults) func(*engine.Config) { return func(c *engine.Config) { c.Faults = f } }
	switched := func(s engine.Switch) func(*engine.Config) { return func(c *engine.Config) { c.Switches = s } }
	persona := func(name string) func(*engine.Config) {
		return func(c *engine.Config) { c.Persona, _ = engine.PersonaNamed(name) }
	}
	tests := []struct {
		name   string
		change func(*engine.Config)
		input  string
		want   []string // the last events
	}{
		{"greeting", nil, "", []string{`status indicator "+OK" | space " " | text "POP3 server ready" | space " " | timestamp "<1896.697170952@dbc.mtview.ca.us>" | CR LF`}},
		{"greeting with a look-alike", faulty(engine.FaultGreetingLookAlike), "",
			[]string{`status indicator "+OK" | space " " | text "<http://mail.example.org/> POP3 server ready" | space " " | timestamp "<1896.697170952@dbc.mtview.ca.us>" | CR LF`}},
		{"greeting without timestamp", func(c *engine.Config) { c.Without = engine.CapAPOP }, "", []string{`status indicator "+OK" | space " " | text "POP3 server ready" | CR LF`}},
		{"argument", nil, "user mrose\r\n", []string{`keyword "user" | space " " | argument(name) "mrose" | CR LF`, `status indicator "+OK" | space " " | text "mrose, now send PASS" | CR LF`}},
		{"secret", nil, "PASS a b \r\n", []string{`keyword "PASS" | space " " | secret(string) "********" | CR LF`, `status indicator "-ERR" | space " " | text "send USER first" | CR LF`}},
		{"secret shown", shown, "PASS a b \r\nNOOP\r\n", []string{`keyword "PASS" | space " " | secret(string) "a b " | CR LF`, `status indicator "-ERR" | space " " | text "send USER first" | CR LF`,
			`keyword "NOOP" | CR LF`, `status indicator "-ERR" | space " " | text "NOOP needs a login first" | CR LF`}},
		{"secret behind two spaces", shown, "PASS  a\r\n", []string{`keyword "PASS" | space " " | secret(string) " a" | CR LF`, `status indicator "-ERR" | space " " | text "send USER first" | CR LF`}},
		{"digest", nil, "APOP mrose 0123456789abcdef0123456789abcdef\r\n", []string{`keyword "APOP" | space " " | argument(name) "mrose" | space " " | secret(digest) "********" | CR LF`,
			`status indicator "-ERR" | space " " | response code "[AUTH]" | space " " | text "authentication failed" | CR LF`}},
		{"what may be a password", nil, "USER mrose\r\ntanstaaf\r\n", []string{`secret "********" | CR LF`, `status indicator "-ERR" | space " " | text "unknown command; CAPA lists what is there" | CR LF`}},
		{"mistyped PASS", nil, "PASSS tanstaaf\r\n", []string{`keyword "PASSS" | space " " | secret "********" | CR LF`, `status indicator "-ERR" | space " " | text "unknown command; CAPA lists what is there" | CR LF`}},
		{"LF alone", nil, "NOOP\n", []string{`keyword "NOOP" | LF alone "\n"`, `status indicator "-ERR" | space " " | text "NOOP needs a login first" | CR LF`}},
		{"CR NUL", nil, "NOOP\r\x00", []string{`keyword "NOOP" | CR NUL "\r\x00"`, `status indicator "-ERR" | space " " | text "NOOP needs a login first" | CR LF`}},
		{"empty line", nil, "\r\n", []string{`CR LF`, `status indicator "-ERR" | space " " | text "that was an empty line" | CR LF`}},
		{"unknown command", nil, "XTND a  b\r\n", []string{`keyword "XTND" | space " " | secret "********" | CR LF`, `status indicator "-ERR" | space " " | text "unknown command XTND; CAPA lists what is there" | CR LF`}},
		{"unknown command after login", nil, login + "XTND a  b\r\n", []string{`keyword "XTND" | space " " | argument "a" | space "  " | argument "b" | CR LF`, `status indicator "-ERR" | space " " | text "unknown command XTND; CAPA lists what is there" | CR LF`}},
		{"line over the limit", nil, "NOOP " + strings.Repeat("x", 300) + "\r\n",
			[]string{`keyword "NOOP" | space " " | argument "` + strings.Repeat("x", 59) + `"`, `status indicator "-ERR" | space " " | text "line too long, 255 octets at most" | CR LF`}},
		{"one argument too many", nil, login + "STAT 1 2\r\n", []string{`keyword "STAT" | space " " | one argument too many "1" | space " " | one argument too many "2" | CR LF`,
			`status indicator "-ERR" | space " " | text "too many arguments for STAT" | CR LF`}},
		{"mechanism", nil, "AUTH PLAIN AGEAYg==\r\n", []string{`keyword "AUTH" | space " " | mechanism(mechanism) "PLAIN" | space " " | secret(initial-response) "********" | CR LF`,
			`status indicator "-ERR" | space " " | response code "[AUTH]" | space " " | text "authentication failed" | CR LF`}},
		{"initial response shown", shown, "AUTH PLAIN =\r\n", []string{`keyword "AUTH" | space " " | mechanism(mechanism) "PLAIN" | space " " | Base64(initial-response) "=" | CR LF`,
			`status indicator "-ERR" | space " " | text "malformed response, the exchange is over" | CR LF`}},
		{"response", nil, "AUTH PLAIN\r\nQUIT\r\n", []string{`status indicator "+" | space " " | CR LF`, `secret(response) "********" | CR LF`,
			`status indicator "-ERR" | space " " | text "malformed response, the exchange is over" | CR LF`}},
		{"response shown", shown, "AUTH PLAIN\r\nQUIT\r\n", []string{`Base64(response) "QUIT" | CR LF`, `status indicator "-ERR" | space " " | text "malformed response, the exchange is over" | CR LF`}},
		{"cancel", nil, "AUTH PLAIN\r\n*\r\n", []string{`cancel "*" | CR LF`, `status indicator "-ERR" | space " " | text "authentication cancelled" | CR LF`}},
		{"challenge", nil, "AUTH CRAM-MD5\r\n", []string{`keyword "AUTH" | space " " | mechanism(mechanism) "CRAM-MD5" | CR LF`, `status indicator "+" | space " " | Base64 "PDAuMEBsYWI+" | CR LF`}},
		{"challenge without its space", faulty(engine.FaultChallengeWithoutSpace), "AUTH CRAM-MD5\r\n", []string{`status indicator "+" | Base64 "PDAuMEBsYWI+" | CR LF`}},
		{"challenge with +OK", switched(engine.OKContinuation), "AUTH CRAM-MD5\r\n", []string{`status indicator "+OK" | space " " | Base64 "PDAuMEBsYWI+" | CR LF`}},
		{"list of mechanisms", func(c *engine.Config) {
			c.Switches = engine.ListMechanisms
			c.Persona = engine.Persona{Mechanisms: []string{"PLAIN", "LOGIN"}}
		}, "AUTH\r\n",
			[]string{`mechanism "PLAIN" | CR LF | mechanism "LOGIN" | CR LF`, `terminator "." | CR LF`}},
		{"capabilities", persona("gmail"), "CAPA\r\n", []string{`capability tag "TOP" | CR LF | capability tag "USER" | CR LF | capability tag "SASL" | space " " | capability argument "PLAIN" | CR LF | ` +
			`capability tag "RESP-CODES" | CR LF | capability tag "LOGIN-DELAY" | space " " | capability argument "300" | CR LF | capability tag "EXPIRE" | space " " | capability argument "0" | CR LF | ` +
			`capability tag "UIDL" | CR LF | capability tag "STLS" | CR LF | capability tag "X-GOOGLE-RICO" | CR LF`, `terminator "." | CR LF`}},
		{"languages", nil, "LANG\r\n", []string{`language tag "en" | space " " | text "English" | CR LF | language tag "de" | space " " | text "Deutsch" | CR LF | ` +
			`language tag "fr" | space " " | text "français" | CR LF | language tag "es" | space " " | text "español" | CR LF`, `terminator "." | CR LF`}},
		{"language", nil, "LANG de-AT\r\n", []string{`keyword "LANG" | space " " | language tag(lang-tag) "de-AT" | CR LF`, `status indicator "+OK" | space " " | language tag "de" | space " " | text "Antworten auf Deutsch" | CR LF`}},
		{"STAT", nil, login + "STAT\r\n", []string{`status indicator "+OK" | space " " | number "2" | space " " | octets "18" | CR LF`}},
		{"LIST", nil, login + "LIST\r\n", []string{`status indicator "+OK" | space " " | text "2 messages (18 octets)" | CR LF`, `number "1" | space " " | octets "12" | CR LF | number "2" | space " " | octets "6" | CR LF`, `terminator "." | CR LF`}},
		{"LIST of one", nil, login + "LIST 2\r\n", []string{`keyword "LIST" | space " " | number(msg) "2" | CR LF`, `status indicator "+OK" | space " " | number "2" | space " " | octets "6" | CR LF`}},
		{"UIDL", nil, login + "UIDL\r\n", []string{`number "1" | space " " | unique-id "a1" | CR LF | number "2" | space " " | unique-id "b2" | CR LF`, `terminator "." | CR LF`}},
		{"UIDL of one", nil, login + "UIDL 2\r\n", []string{`status indicator "+OK" | space " " | number "2" | space " " | unique-id "b2" | CR LF`}},
		{"message", nil, login + "RETR 1\r\n", []string{`payload line "A: b" | CR LF | CR LF | stuffed dot "." | payload line ".x" | CR LF`, `terminator "." | CR LF`}},
		{"message that isn't stuffed", faulty(engine.FaultStuffingMissing), login + "RETR 1\r\n", []string{`payload line "A: b" | CR LF | CR LF | payload line ".x" | CR LF`, `terminator "." | CR LF`}},
		{"end without CR", faulty(engine.FaultTerminatorWithoutCR), login + "TOP 2 0\r\n", []string{`keyword "TOP" | space " " | number(msg) "2" | space " " | argument(n) "0" | CR LF`,
			`status indicator "+OK" | space " " | text "top of message follows" | CR LF`, `payload line "A: b" | CR LF`, `terminator "." | LF alone "\n"`}},
		{"reply sent twice", faulty(engine.FaultReplyTwice), login + "NOOP\r\n", []string{`status indicator "+OK" | space " " | text "nothing done" | CR LF`, `stray octets "+OK nothing done" | CR LF`}},
		{"reply with another behind it", faulty(engine.FaultSTLSInjects), "STLS\r\n", []string{`status indicator "+OK" | space " " | text "Begin TLS negotiation" | CR LF | stray octets "+OK injected in the clear" | CR LF`, ``}},
		{"LAST", switched(engine.Legacy1460), login + "LAST\r\n", []string{`status indicator "+OK" | space " " | number "0" | CR LF`}},
		{"indicator alone", persona("dovecot"), "USER mrose\r\n", []string{`status indicator "+OK" | CR LF`}},
	}
	seen := map[engine.Part]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events := happened(with(test.change), engine.Peer{Stamp: stamp, Cleartext: true}, test.input)
			for _, e := range events {
				for _, l := range engine.Labels(e) {
					seen[l.Part] = true
				}
			}
			if len(events) < len(test.want) {
				t.Fatalf("got %d events, want at least %d", len(events), len(test.want))
			}
			for i, e := range events[len(events)-len(test.want):] {
				if got := labelled(e); got != test.want[i] {
					t.Errorf("labels of %q:\n got %s\nwant %s", e.Wire, got, test.want[i])
				}
			}
		})
	}
	for p := engine.PartKeyword; p <= engine.PartStray; p++ {
		if !seen[p] {
			t.Errorf("no test has an octet that is a %v: each part has to be shown once", p)
		}
	}
}

// TestLabelsOfPieces: where a message is cut into chunks or sent by the driver, a dot at the beginning
// of a chunk is a stuffed one exactly if the octets before stuffing are fewer.
func TestLabelsOfPieces(t *testing.T) {
	tests := []struct {
		name string
		wire string
		n    int64 // octets before stuffing
		want string
	}{
		{"dot alone, the driver sends the line", ".", 0, `stuffed dot "."`},
		{"chunk begins with a stuffed line", "..a\r\n", 4, `stuffed dot "." | payload line ".a" | CR LF`},
		{"chunk begins within a line", ".a\r\n..b\r\n", 8, `payload line ".a" | CR LF | stuffed dot "." | payload line ".b" | CR LF`},
		{"chunk begins between CR and LF", "\n..\r\n", 4, `CR LF | stuffed dot "." | payload line "." | CR LF`},
		{"chunk ends within a line", "a\r\nb", 4, `payload line "a" | CR LF | payload line "b"`},
		{"CR alone is an octet of the line", "a\rb\r\r\n", 6, `payload line "a\rb\r" | CR LF`},
	}
	for _, test := range tests {
		e := engine.Event{Kind: engine.KindData, Verb: "RETR", Wire: []byte(test.wire), N: test.n}
		if got := labelled(e); got != test.want {
			t.Errorf("%s: labels of %q with %d octets:\n got %s\nwant %s", test.name, test.wire, test.n, got, test.want)
		}
		if wrong := uncovered(e); wrong != "" {
			t.Errorf("%s: %s", test.name, wrong)
		}
	}
}

// TestLabelsOfLookAlikes: what only looks like a part isn't one.
func TestLabelsOfLookAlikes(t *testing.T) {
	tests := []struct {
		name  string
		event engine.Event
		want  string
	}{
		{"Base64 that begins as +OK does", engine.Event{Status: engine.More, Wire: []byte("+OKAY\r\n")}, `status indicator "+" | Base64 "OKAY" | CR LF`},
		{"angle brackets without a host", engine.Event{Status: engine.OK, Text: engine.TextGreeting, Wire: []byte("+OK see <http://x>\r\n")},
			`status indicator "+OK" | space " " | text "see <http://x>" | CR LF`},
		{"a bracket that is no code", engine.Event{Status: engine.Err, Code: engine.CodeAuth, Wire: []byte("-ERR [IN-USE] x\r\n")},
			`status indicator "-ERR" | space " " | text "[IN-USE] x" | CR LF`},
		{"words where numbers are due", engine.Event{Status: engine.OK, Text: engine.TextStat, Wire: []byte("+OK two messages\r\n")},
			`status indicator "+OK" | space " " | text "two messages" | CR LF`},
	}
	for _, test := range tests {
		test.event.Kind = engine.KindReply
		if got := labelled(test.event); got != test.want {
			t.Errorf("%s: labels of %q:\n got %s\nwant %s", test.name, test.event.Wire, got, test.want)
		}
	}
}

// TestLabelsCoverEveryOctet: in every vector the labels ascend, don't overlap and leave nothing out, and
// to label an event changes nothing of it.
//
// req: DUI-02
func TestLabelsCoverEveryOctet(t *testing.T) {
	vectorEvents(t, func(t *testing.T, v told, s sim.Step) {
		before := bytes.Clone(s.Event.Wire)
		if wrong := uncovered(s.Event); wrong != "" {
			t.Errorf("%s: %v %q: %s", v.name, s.Event.Kind, s.Event.Wire, wrong)
		}
		if !bytes.Equal(before, s.Event.Wire) {
			t.Errorf("%s: labelling changed %q to %q", v.name, before, s.Event.Wire)
		}
	})
}

// FuzzWords: whatever a client sends to whatever server, every octet has one label and every event an
// explanation.
func FuzzWords(f *testing.F) {
	f.Add([]byte("CAPA\r\nLANG de\r\nAUTH PLAIN\r\n*\r\n"+login+"LIST\r\nRETR 1\r\nTOP 1 0\r\nUIDL 1\r\nDELE 1\r\nQUIT\r\n"), uint64(0), uint64(0), uint8(0), false)
	f.Add([]byte("USER a\nPASS \x00\r\x00\x16\x03\r\n GET / HTTP/1.1\r\n"), uint64(0), uint64(0), uint8(0), true)
	for i := range engine.AllFaults {
		f.Add([]byte(login+"LIST\r\nUIDL\r\nRETR 1\r\nTOP 1 1\r\nDELE 1\r\nRETR 1\r\nCAPA\r\nQUIT\r\n"), uint64(engine.AllFaults[i].Fault), uint64(0), uint8(i), false)
	}
	for i := range engine.Switches {
		f.Add([]byte("AUTH\r\nAUTH CRAM-MD5\r\n=\r\nUSER  x\r\nPASS y\r\n"+login+"LAST\r\nUTF8\r\nRETR 01\r\nSTLS\r\n"), uint64(0), uint64(engine.Switches[i].Switch), uint8(0), true)
	}
	f.Fuzz(func(t *testing.T, input []byte, faults, switches uint64, persona uint8, shown bool) {
		c := with(nil)
		c.Faults, c.Switches, c.ShowSecrets = engine.Faults(faults)&^engine.FaultLongLine, engine.Switch(switches), shown
		c.Persona = engine.Personas[int(persona)%len(engine.Personas)]
		c.Persona.Faults &^= engine.FaultLongLine // a megabyte a time is slow
		p := engine.New(c)
		s := p.NewSession(engine.Peer{Stamp: stamp, Cleartext: true, Direct: shown})
		s.Feed(input)
		s.Expire()
		for e, ok := s.Next(); ok; e, ok = s.Next() {
			if wrong := uncovered(e); wrong != "" {
				t.Fatalf("%v %q: %s", e.Kind, e.Wire, wrong)
			}
			v := s.View()
			if wrong := unexplained(p.Explain(e, &v)); wrong != "" {
				t.Fatalf("%v %q: %s", e.Kind, e.Wire, wrong)
			}
		}
	})
}
