package engine_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// rooms are where a session can stand, and what leads there.
var rooms = []struct {
	name  string
	lines string
	state engine.State
}{
	{"authorization", "", engine.Authorization},
	{"user", "USER mrose\r\n", engine.AuthorizationUser},
	{"plain", "AUTH PLAIN\r\n", engine.AuthorizationSASL},
	{"cram", "AUTH CRAM-MD5\r\n", engine.AuthorizationSASL},
	{"scram", "AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=\r\n", engine.AuthorizationSASL},
	{"tls", "STLS\r\n", engine.AuthorizationTLS},
	{"transaction", "USER mrose\r\nPASS tanstaaf\r\n", engine.Transaction},
	{"marked", "UTF8\r\nUSER mrose\r\nPASS tanstaaf\r\nDELE 2\r\nRETR 1\r\n", engine.Transaction},
}

// inRoom makes a session that stands in a room, with the switches given on.
func inRoom(t testing.TB, room int, switches engine.Switch) *engine.Session {
	t.Helper()
	store := memdrop.New()
	if err := store.Reset("mrose", memdrop.Dewey()...); err != nil {
		t.Fatal(err)
	}
	p := engine.New(engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: store, STLS: true, Switches: switches})
	s := p.NewSession(engine.Peer{ID: "fuzz", Stamp: "<1.1@x>", Cleartext: true})
	s.Feed([]byte(rooms[room].lines))
	drain(s)
	if s.State() != rooms[room].state {
		t.Fatalf("room %s: the session is in %s, want %s", rooms[room].name, s.State(), rooms[room].state)
	}
	return s
}

// FuzzSession throws octets at a session in each state, cut anywhere. It never panics; each line gets one
// reply, in form; states follow from rows; and behind the end there is nothing.
//
// req: FRM-11, FRM-12, FRM-20, FRM-22, FRM-25, FRM-26, DFR-04
func FuzzSession(f *testing.F) {
	inputs := []string{"STAT\r\nLIST\r\nUIDL 1\r\nTOP 2 3\r\nRETR 2\r\nDELE 1\r\nRSET\r\nNOOP\r\nQUIT\r\n", "USER a b\r\nPASS \xff\r\n", "*\r\n", "AG1yb3NlAHRhbnN0YWFm\r\n",
		"LANG de\r\nLANG\r\nCAPA\r\nUTF8\r\n", "STLS\r\nNOOP\r\n", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n", "RETR 99999999999999999999\r\nRETR 0x1\r\n\r\n\n\r\x00", "AUTH\r\nAUTH PLAIN =\r\n\r\n"}
	for room := range rooms {
		for i, in := range inputs {
			f.Add(uint8(room), uint32(0), uint64(i), []byte(in))
			f.Add(uint8(room), ^uint32(0), uint64(i), []byte(in))
		}
	}
	f.Fuzz(func(t *testing.T, room uint8, switches uint32, seed uint64, in []byte) {
		on := engine.Switch(switches) & (1<<len(engine.Switches) - 1)
		s := inRoom(t, int(room)%len(rooms), on)
		r := rand.New(rand.NewPCG(seed, 1))
		at := s.State()
		for _, piece := range chop(in, r) {
			s.Feed(piece)
			at = checkEvents(t, drain(s), at, on)
		}
		switch seed % 3 {
		case 0:
			s.Hangup()
		case 1:
			s.Expire()
		case 2:
			s.Secured("")
		}
		at = checkEvents(t, drain(s), at, on)
		s.Hangup()
		checkEvents(t, drain(s), at, on)
		if s.State() != engine.Closed {
			t.Fatalf("after a hang-up the session is in %s, want closed", s.State())
		}
		s.Feed([]byte("QUIT\r\n"))
		if e, ok := s.Next(); ok {
			t.Fatalf("behind the end came %s %q", e.Kind, e.Wire)
		}
	})
}

// chop cuts octets into pieces of random size.
func chop(in []byte, r *rand.Rand) (pieces [][]byte) {
	for len(in) > 0 {
		n := 1 + r.IntN(len(in))
		pieces, in = append(pieces, in[:n]), in[n:]
	}
	return pieces
}

// checkEvents checks that events, one behind the other from the state at, are a legal piece of a session; it
// returns the state they end in.
func checkEvents(t *testing.T, events []engine.Event, at engine.State, on engine.Switch) engine.State {
	t.Helper()
	due, lines := false, false // a reply; lines and their end
	for _, e := range events {
		if e.Before != at && e.Kind != engine.KindClose {
			t.Fatalf("%s %s happens in %s, but the session was in %s", e.Kind, e.Verb, e.Before, at)
		}
		switch e.Kind {
		case engine.KindLine:
			if due || lines {
				t.Fatalf("a line, %q, is read before the one before it is answered", e.Wire)
			}
			due = true
		case engine.KindReply:
			due, lines = false, e.Multi
			checkForm(t, e, on)
		case engine.KindData:
			if !lines {
				t.Fatalf("lines %q without a reply", e.Wire)
			}
		case engine.KindEnd:
			lines = false
		case engine.KindClose:
			due, lines = false, false
		}
		if r := e.Rule; r != nil && e.Kind == engine.KindReply && e.After != r.OK && e.After != r.Err && e.After != r.More && e.After != engine.Closed && e.After != e.Before {
			t.Fatalf("%s in %s leads to %s, which its row doesn't name", e.Verb, e.Before, e.After)
		}
		at = e.After
	}
	if due || lines {
		t.Fatalf("the last line is without its answer, or the answer without its end: %q", events[len(events)-1].Wire)
	}
	return at
}

// checkForm checks one reply's octets.
func checkForm(t *testing.T, e engine.Event, on engine.Switch) {
	t.Helper()
	line, ended := bytes.CutSuffix(e.Wire, []byte("\r\n"))
	if !ended || bytes.ContainsAny(line, "\r\n\x00") {
		t.Fatalf("reply %q, want one line with CRLF (FRM-11)", e.Wire)
	}
	indicator := map[engine.Status]string{engine.OK: "+OK", engine.Err: "-ERR", engine.More: "+ "}[e.Status]
	if e.Status == engine.More && on.Has(engine.OKContinuation) {
		indicator = "+OK "
	}
	if !strings.HasPrefix(string(line), indicator) || indicator == "" {
		t.Fatalf("reply %q of status %d, want it to begin with %q", e.Wire, e.Status, indicator)
	}
	if e.Status != engine.More && len(e.Wire) > engine.MaxReply {
		t.Fatalf("reply of %d octets, want at most 512: %q", len(e.Wire), e.Wire)
	}
	if e.Multi && e.Status != engine.OK {
		t.Fatalf("reply %q has more lines, want one (FRM-26)", e.Wire)
	}
}

// theSecret is looked for in all that events show. It has only octets that Base64 has, so that it
// can stand in a response as it is.
const theSecret = "Zl0nS3cr3tQxUJ9aa"

// FuzzSecrets sends a secret where a client would, in every state, after a keyword that may be mistyped,
// behind any octets and before any; no event shows it.
//
// req: DAU-13
func FuzzSecrets(f *testing.F) {
	for room := range rooms {
		for _, before := range []string{"PASS ", "pass ", "PASS  ", " PASS ", "PASS", "APOP mrose ", "AUTH PLAIN ", "AUTH x ", "auth CRAM-MD5 ", "PASS\t", "\r\n PASS ", "USER mrose\r\nPSAS ", "USER mrose\r\nPASSWORD "} {
			f.Add(uint8(room), before, "")
		}
		f.Add(uint8(room), "PASS ", strings.Repeat("x", 400))
		f.Add(uint8(room), "AUTH PLAIN\r\n", "")
		f.Add(uint8(room), "PASS \xff", "\x00")
	}
	f.Fuzz(func(t *testing.T, room uint8, before, behind string) {
		n := int(room) % len(rooms)
		s := inRoom(t, n, 0)
		s.Feed([]byte(before))
		events := drain(s)
		state, line := s.State(), before[strings.LastIndexAny(before, "\n\x00")+1:]
		if !secretIsDue(state, line) {
			t.Skip("nobody would type a password there")
		}
		s.Feed([]byte(theSecret + behind + "\r\n"))
		events = append(events, drain(s)...)
		for _, e := range events {
			if bytes.Contains(e.Wire, []byte(theSecret)) || e.Err != nil && strings.Contains(e.Err.Error(), theSecret) {
				t.Fatalf("in %s, after %q: the secret stands in %s %q, error %v", state, line, e.Kind, e.Wire, e.Err)
			}
		}
		if v := s.View(); strings.Contains(v.User, theSecret) {
			t.Fatalf("the secret stands in the view: %+v", v)
		}
	})
}

// secretIsDue says whether what follows line, which has no end yet, may be a secret. That holds for all
// that follows a keyword which takes one, in any case and behind any spaces; where a password is due, for
// all but what begins with another command; and in a SASL exchange for everything.
func secretIsDue(state engine.State, line string) bool {
	if state == engine.AuthorizationSASL {
		return true
	}
	if state == engine.AuthorizationTLS || state == engine.Closed {
		return false
	}
	words := strings.Fields(strings.ToUpper(strings.TrimLeft(line, " ")))
	spaced := strings.HasSuffix(line, " ")
	switch {
	case len(words) == 1 && words[0] == "PASS":
		return spaced
	case len(words) == 2 && words[0] == "APOP" && strings.ToUpper(line) == "APOP "+words[1]+" ":
		return true
	case len(words) == 2 && words[0] == "AUTH" && strings.ToUpper(line) == "AUTH "+words[1]+" ":
		return true
	}
	if state != engine.AuthorizationUser {
		return false
	}
	for _, r := range engine.POP3 {
		if len(words) > 0 && string(r.Verb) == words[0] {
			return false // another command, and its argument
		}
	}
	return spaced && len(words) == 1 && strings.TrimRight(line, " ") == strings.TrimSpace(line) && strings.Count(line, " ") == 1
}

// TestSecretLines: the lines in which clients send secrets, right and mistyped, as events show them.
//
// req: DAU-13
func TestSecretLines(t *testing.T) {
	response := base64.StdEncoding.EncodeToString([]byte("\x00mrose\x00tanstaaf"))
	for _, test := range []struct {
		room, line, want string
	}{
		{"authorization", "PASS hidden", "PASS ********"},
		{"user", "PASS hidden", "PASS ********"},
		{"user", "pass  hidden with spaces ", "pass ********"},
		{"user", "PASSWORD hidden", "PASSWORD ********"},
		{"user", "PSAS hidden", "PSAS ********"},
		{"user", "hiddenpassword", "********"},
		{"user", "PASS\thidden", "PASS\t********"},
		{"user", "PASS " + strings.Repeat("hidden", 60), "PASS ********"},
		{"user", "LIST 1", "LIST 1"},
		{"authorization", "PAS hidden", "PAS ********"},
		{"authorization", "PASSS hidden words", "PASSS ********"},
		{"authorization", "LOGIN mrose hidden", "LOGIN ********"},
		{"authorization", "hiddenpassword", "********"},
		{"authorization", "hiddenpassword ", "********"},
		{"authorization", " hidden", " ********"},
		{"authorization", " PASS hidden", " PASS ********"},
		{"authorization", "USER mrose hidden", "USER mrose ********"},
		{"authorization", "HELP", "HELP"},
		{"authorization", " STAT", " STAT"},
		{"authorization", "RETR 1", "RETR 1"},
		{"authorization", "GET / HTTP/1.1", "GET / HTTP/1.1"},
		{"user", "hiddenpassword ", "********"},
		{"transaction", "FETCH 1 BODY[]", "FETCH 1 BODY[]"},
		{"authorization", "APOP mrose c4c9334bac560ecc979e58001b3e22fb", "APOP mrose ********"},
		{"authorization", "AUTH PLAIN " + response, "AUTH PLAIN ********"},
		{"authorization", "AUTH PLAIN", "AUTH PLAIN"},
		{"authorization", "USER mrose", "USER mrose"},
		{"plain", response, "********"},
		{"plain", "*", "*"},
		{"cram", "not even Base64", "********"},
		{"transaction", "PASS hidden", "PASS ********"},
		{"transaction", "AUTH PLAIN " + response, "AUTH ********"},
		{"transaction", "APOP mrose hidden", "APOP ********"},
		{"transaction", "RETR 1", "RETR 1"},
	} {
		t.Run(test.room+" "+test.line[:min(20, len(test.line))], func(t *testing.T) {
			for i, room := range rooms {
				if room.name != test.room {
					continue
				}
				s := inRoom(t, i, 0)
				s.Feed([]byte(test.line + "\r\n"))
				e, _ := s.Next()
				if got := strings.TrimSuffix(string(e.Wire), "\r\n"); got != test.want || e.Masked != (test.want != test.line) {
					t.Errorf("%q in %s is shown as %q, masked %v; want %q", test.line, room.state, got, e.Masked, test.want)
				}
				for e, ok := s.Next(); ok; e, ok = s.Next() {
					if bytes.Contains(e.Wire, []byte("hidden")) {
						t.Errorf("%q in %s is answered with %q, want the secret not repeated", test.line, room.state, e.Wire)
					}
				}
			}
		})
	}
}

// TestShownSecrets: an operator who asks for them sees the lines as they were.
func TestShownSecrets(t *testing.T) {
	p := engine.New(engine.Config{Users: engine.NewAccounts(), Store: memdrop.New(), ShowSecrets: true})
	s := p.NewSession(engine.Peer{Cleartext: true})
	s.Feed([]byte("USER a\r\nPASS open\r\n"))
	for _, e := range drain(s) {
		if e.Verb == "PASS" && e.Kind == engine.KindLine && (string(e.Wire) != "PASS open\r\n" || e.Masked) {
			t.Errorf("with ShowSecrets PASS is shown as %q, masked %v", e.Wire, e.Masked)
		}
	}
}
