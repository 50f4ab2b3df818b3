package engine_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/engine/sim"
)

// unexplained says what is wrong with an explanation; empty when nothing is.
func unexplained(x engine.Explanation) string {
	for _, text := range []string{x.Text, x.Mistake} {
		if before, rest, quoted := strings.Cut(text, "“"); quoted { // a line or a challenge is as it is
			_, behind, _ := strings.Cut(rest, "”")
			text = before + behind
		}
		switch {
		case text == "" && text == x.Text:
			return "there is no text"
		case text == "":
		case !strings.HasSuffix(text, "."):
			return "the text doesn't end with a full stop: " + text
		case strings.ContainsAny(text, "${}|") || strings.Contains(text, "  ") || strings.Contains(text, ".."):
			return "a place in the text isn't filled: " + text
		}
	}
	if x.Ref.RFC == 0 || x.Ref.Section == "" {
		return "there is no reference: " + x.Text
	}
	for _, id := range x.Ref.IDs() {
		if _, ok := conform.Lookup(id); !ok {
			return "there is no requirement " + id
		}
	}
	return ""
}

// TestEveryEventOfEveryVectorIsExplained, with a view and without one, and explaining changes
// nothing.
//
// req: DUI-02
func TestEveryEventOfEveryVectorIsExplained(t *testing.T) {
	vectorEvents(t, func(t *testing.T, v told, s sim.Step) {
		before := bytes.Clone(s.Event.Wire)
		for _, x := range []engine.Explanation{v.server.Explain(s.Event, s.View), engine.Explain(s.Event, nil)} {
			if wrong := unexplained(x); wrong != "" {
				t.Errorf("%s: %v %q: %s", v.name, s.Event.Kind, s.Event.Wire, wrong)
			}
		}
		if !bytes.Equal(before, s.Event.Wire) {
			t.Errorf("%s: explaining changed %q to %q", v.name, before, s.Event.Wire)
		}
	})
}

// TestSecretsAreMasked: no line that may hold a password shows that of anybody in that world.
//
// req: DAU-13
func TestSecretsAreMasked(t *testing.T) {
	looked := 0
	vectorEvents(t, func(t *testing.T, v told, s sim.Step) {
		e := &s.Event
		if v.world.ShowSecrets || e.Kind != engine.KindLine || e.Before.RFC() != "AUTHORIZATION" {
			return
		}
		for _, u := range v.world.Users {
			if u.Secret == "" || strings.Contains(u.Name, u.Secret) {
				continue
			}
			looked++
			if bytes.Contains(e.Wire, []byte(u.Secret)) {
				t.Errorf("%s: %q shows the password of %s; what is secret is masked (DAU-13)", v.name, e.Wire, u.Name)
			}
		}
	})
	if looked < 100 {
		t.Errorf("looked at %d lines only: nearly every vector has a user with a password", looked)
	}
}

// TestEveryRowIsExplained: rows that no dialogue happens to use, of personas to come too, are explained
// all the same, whatever the answer.
func TestEveryRowIsExplained(t *testing.T) {
	rules := append([]engine.Rule(nil), engine.POP3...)
	for _, p := range engine.Personas {
		rules = append(rules, p.Rules...)
	}
	rules = append(rules, engine.Rule{From: engine.Transaction, Verb: "XTRA", OK: engine.Transaction, Err: engine.Transaction,
		Ref: engine.Ref{RFC: 1939, Section: "3"}, Doc: "Is a persona's own."})
	for i := range rules {
		r := &rules[i]
		for kind := engine.KindInput; kind <= engine.KindClose; kind++ {
			for _, status := range []engine.Status{engine.Silent, engine.OK, engine.Err, engine.More} {
				for _, to := range []engine.State{r.OK, r.Err, r.More} {
					e := engine.Event{Kind: kind, Before: r.From, After: to, Verb: r.Verb, Rule: r, Status: status}
					for _, v := range []*engine.View{nil, {}, {Secure: true, Live: 1, Octets: 9, Messages: make([]engine.ViewMessage, 2)}} {
						if wrong := unexplained(engine.Explain(e, v)); wrong != "" {
							t.Errorf("%v of %s in %v: %s", kind, r.Verb, r.From, wrong)
						}
					}
				}
			}
		}
	}
}

// TestEveryTextIsExplained: every text, said in a reply or as the reason of a close.
func TestEveryTextIsExplained(t *testing.T) {
	noop := &engine.POP3[0]
	for text := engine.TextNone; int(text) < len(engine.Refusals); text++ {
		r := &engine.Refusals[text]
		for _, e := range []engine.Event{
			{Kind: engine.KindReply, Status: engine.OK, Text: text, Rule: noop, Verb: noop.Verb},
			{Kind: engine.KindReply, Status: engine.Err, Text: text, Code: r.Code, Failures: 2, Rule: noop, Verb: noop.Verb},
			{Kind: engine.KindClose, Text: text, Rule: noop, Verb: noop.Verb, Before: engine.Transaction},
		} {
			x := engine.Explain(e, nil)
			if wrong := unexplained(x); wrong != "" {
				t.Errorf("text %d, %v: %s", text, e.Kind, wrong)
			}
			if r.Doc != "" && e.Status != engine.OK {
				if !strings.Contains(x.Text, r.Doc) {
					t.Errorf("text %d, %v: %q doesn't hold the refusal's own sentence %q", text, e.Kind, x.Text, r.Doc)
				}
				if !strings.HasPrefix(x.Ref.String(), r.Ref.String()) {
					t.Errorf("text %d, %v: reference %v, want the refusal's, %v", text, e.Kind, x.Ref, r.Ref)
				}
			}
		}
	}
	if x := engine.Explain(engine.Event{}, nil); x.Text == "" {
		t.Error("the zero event has no explanation")
	}
}

// TestSentencesOfEvents: what only a driver, a client or an accident brings about.
func TestSentencesOfEvents(t *testing.T) {
	marks := &engine.View{Live: 1, Messages: make([]engine.ViewMessage, 3)}
	row := func(from engine.State, v engine.Verb) *engine.Rule {
		for i := range engine.POP3 {
			if r := &engine.POP3[i]; r.From == from && r.Verb == v {
				return r
			}
		}
		t.Fatalf("there is no row for %s in %v", v, from)
		return nil
	}
	tests := []struct {
		name          string
		event         engine.Event
		view          *engine.View
		want, mistake string
	}{
		{"a dot before the file's own octets", engine.Event{Kind: engine.KindData, Verb: "RETR", Wire: []byte("."), Num: 1}, nil,
			"One dot more, because the line that follows begins with one: otherwise it might look like the end. The client takes it away again, and sizes don't count it.",
			"Some servers look for a line end and a dot, and so miss a dot in the message's very first line."},
		{"octets that the driver sends", engine.Event{Kind: engine.KindBody, Verb: "RETR", Num: 2, N: 1}, nil, "1 octet of message 2, sent just as the store holds them.", ""},
		{"what a client knows of QUIT", engine.Event{Kind: engine.KindReply, Status: engine.OK, Text: engine.TextGoodbyeLeft, Verb: "QUIT"}, nil,
			"UPDATE is done; the messages without a mark stay for next time.", "Some servers say +OK before they have removed anything: the client never learns that it failed."},
		{"many removed", engine.Event{Kind: engine.KindReply, Status: engine.OK, Text: engine.TextGoodbyeEmpty, Verb: engine.Commit, Removed: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}}, nil,
			"UPDATE is done, and the maildrop is empty now. Removed: 9 messages. The lock is free again.", "Some servers say +OK before they have removed anything: the client never learns that it failed."},
		{"some not removed", engine.Event{Kind: engine.KindReply, Status: engine.Err, Text: engine.TextNotRemoved, Verb: engine.Commit, Before: engine.Update, Removed: []int{1, 2, 4}}, nil,
			"UPDATE couldn't remove every marked message. Those that are left will be there in the next session. To be removed: messages 1, 2 and 4.", "Some servers say +OK whatever happened."},
		{"the client left", engine.Event{Kind: engine.KindClose, Verb: engine.Hangup, Rule: row(engine.Transaction, engine.Hangup), Before: engine.Transaction}, marks,
			"The client left without QUIT: nothing is removed, the lock is released. There was no QUIT, so what was marked stays: 2 messages.",
			"Some servers remove marked messages even though nobody said QUIT."},
		{"the idle limit, without a word", engine.Event{Kind: engine.KindClose, Verb: engine.Expire, Text: engine.TextIdle, Rule: row(engine.Authorization, engine.Expire), Before: engine.Authorization}, nil,
			"Nothing came for the idle limit: the server closes without a word.",
			"Many servers say -ERR first. A client that isn't waiting for anything takes it for the answer to its next command."},
		{"a second wrong password", engine.Event{Kind: engine.KindReply, Status: engine.Err, Text: engine.TextCredentials, Failures: 2, Before: engine.Authorization, After: engine.Authorization}, nil,
			"Name and password don't go together. Which of the two is wrong is nobody's business: the reply is the same. " +
				"That was failed login number 2; servers take their time over such answers, so that guessing doesn't pay.",
			"A server that answers unknown names in another way tells strangers which names exist."},
	}
	for _, test := range tests {
		got := engine.Explain(test.event, test.view)
		if got.Text != test.want || got.Mistake != test.mistake {
			t.Errorf("%s:\n got %s\n     ! %s\nwant %s\n     ! %s", test.name, got.Text, got.Mistake, test.want, test.mistake)
		}
	}
}

// TestRemarksAreWhereTheyBelong: a switch or a fault is named with the events that it changes, and with
// no others.
func TestRemarksAreWhereTheyBelong(t *testing.T) {
	tests := []struct {
		name   string
		change func(*engine.Config)
		input  string
		want   []string // kind and verb of each event that is remarked
	}{
		{"terminator-missing", func(c *engine.Config) { c.Faults = engine.FaultTerminatorMissing }, login + "LIST\r\nNOOP\r\nLIST 1\r\n", []string{"end LIST"}},
		{"refuses-in-use", func(c *engine.Config) { c.Faults = engine.FaultRefusesInUse }, "USER mrose\r\nPASS x\r\n" + login + "NOOP\r\n", []string{"reply PASS"}},
		{"download-and-delete", func(c *engine.Config) { c.Switches = engine.DeleteRetrieved }, login + "RETR 1\r\nRETR 9\r\nTOP 1 0\r\nQUIT\r\n", []string{"reply RETR", "reply (commit)"}},
		{"capa-late", func(c *engine.Config) { c.Switches = engine.CaplessFirst }, "CAPA\r\n" + login + "CAPA\r\n", []string{"reply CAPA"}},
		{"lenient-space", func(c *engine.Config) { c.Switches = engine.LenientSpace }, "USER  mrose\r\nPASS tanstaaf\r\nLIST 1 \r\nLIST 1\r\n", []string{"line USER", "line LIST"}},
		{"nothing is on", nil, login + "LIST\r\nRETR 1\r\nQUIT\r\n", nil},
	}
	for _, test := range tests {
		p := engine.New(with(test.change))
		s := p.NewSession(engine.Peer{Stamp: stamp, Cleartext: true})
		s.Feed([]byte(test.input))
		var got []string
		for e, ok := s.Next(); ok; e, ok = s.Next() {
			if x := p.Explain(e, nil); strings.Contains(x.Text, "Fault "+test.name+": ") || strings.Contains(x.Text, "Switch "+test.name+": ") {
				got = append(got, e.Kind.String()+" "+string(e.Verb))
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s is named with %q, want with %q", test.name, got, test.want)
		}
	}
}

// TestSentences holds some explanations whole, so that a change of words is read by somebody.
func TestSentences(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*engine.Config)
		input   string
		back    int // which event, from the end
		want    string
		mistake string
		ref     string
	}{
		{"greeting", nil, "", 0,
			"The server speaks first, with exactly one line. Now it waits to hear who is there. The timestamp at its end is for APOP: another one in every greeting.",
			"Clients that take the first < of a greeting for the timestamp fall for look-alikes.", "RFC 1939 section 4"},
		{"USER", nil, "USER mrose\r\n", 1, "Says which mailbox it's about. That's no login yet: PASS has to follow.",
			"Some servers say -ERR for names they don't know, and so tell strangers which names exist.", "RFC 1939 section 7"},
		{"PASS", nil, login, 1,
			"Sends the password. Everything behind the one space belongs to it, spaces too. TLS isn't active: everybody on the way can read it. What is secret in it is shown as ********.",
			"Some servers cut the password at its first space, or trim it.", "RFC 1939 section 7"},
		{"login", nil, login, 0,
			"The credentials are right and the maildrop is open, locked for this session. Numbers and sizes are fixed from here on; mail that arrives now waits for the next session. " +
				"Now 2 messages with 18 octets are there to fetch; none is marked. The session is in TRANSACTION now.",
			"Many servers take no lock, so that two sessions delete under each other.", "RFC 1939 section 7"},
		{"wrong password", nil, "USER mrose\r\nPASS x\r\n", 0,
			"Name and password don't go together. Which of the two is wrong is nobody's business: the reply is the same. [AUTH] tells programs: it's the credentials. The name given with USER is forgotten too.",
			"A server that answers unknown names in another way tells strangers which names exist.", "RFC 3206 section 5"},
		{"DELE", nil, login + "DELE 1\r\n", 0,
			"DELE only marks message 1: it's still in the maildrop until QUIT. Its number means nothing more till then, and RSET takes the mark away. Now 1 message with 6 octets is there to fetch; 1 is marked.",
			"Some servers delete at once, so that a broken connection costs mail.", "RFC 1939 section 5"},
		{"RETR of a marked message", nil, login + "DELE 1\r\nRETR 1\r\n", 0,
			"The message is marked as deleted: until RSET every reference to its number is an error.", "Some servers go on sending messages that are marked.", "RFC 1939 section 5"},
		{"lines of a message", nil, login + "RETR 1\r\n", 1,
			"12 octets of message 1, each line with CR LF at its end. 1 line begins with a dot and got another one in front, so that none looks like the end; the client takes it away again, and sizes don't count it.",
			"Some servers look for a line end and a dot, and so miss a dot in the message's very first line.", "RFC 1939 section 3"},
		{"end of a message", nil, login + "RETR 1\r\n", 0, "A lone dot: message 1 is whole, with its 12 octets. The dot is no part of it.",
			"Some servers send one blank line more before the dot than the message has.", "RFC 1939 section 3"},
		{"QUIT", nil, login + "DELE 1\r\nQUIT\r\n", 3, "Says goodbye. That's what sends the session into UPDATE, where marked messages are removed; 1 is marked.", "", "RFC 1939 section 6"},
		{"UPDATE", nil, login + "DELE 1\r\nQUIT\r\n", 1, "UPDATE is done; the messages without a mark stay for next time. Removed: message 1. The lock is free again.",
			"Some servers say +OK before they have removed anything: the client never learns that it failed.", "RFC 1939 section 6"},
		{"closed", nil, login + "QUIT\r\n", 0, "The connection is closed, as it should be after QUIT.", "", "RFC 1939 section 6"},
		{"LF alone", nil, "noop\n", 1, "NOOP is a command of POP3, but not here: it belongs to another state, or this server lacks it. The line ended with LF alone. The RFC wants CR LF, and a stricter server would still be waiting.",
			"Some servers take commands in any state.", "RFC 1939 section 3"},
		{"mechanism", nil, "AUTH PLAIN\r\n", 1, "Begins a SASL exchange. Until it's over, every line the client sends is a response and no command. " +
			"PLAIN: Sends name and password as they are, in one message: safe inside TLS only. What it sends is in Base64, which hides nothing. TLS isn't active: everybody on the way can read it.", "A lone = is an empty initial response. Some servers take it for none at all.", "RFC 5034 section 4"},
		{"empty challenge", nil, "AUTH PLAIN\r\n", 0, "An empty challenge: plus, a space, nothing. The client is to begin.",
			"The space is part of it. Some servers leave it out, and some clients wait for more.", "RFC 5034 section 4"},
		{"LIST of all", nil, login + "LIST\r\n", 3, "Asks for number and size of every message.",
			"Some servers know LIST without an argument only; some clients put a space behind it, which is a mistake too.", "RFC 1939 section 5"},
		{"RETR of nothing", nil, login + "RETR\r\n", 1, "RETR wants one message-number behind it.", "", "RFC 1939 section 5"},
		{"injected line", func(c *engine.Config) { c.Faults = engine.FaultSTLSInjects }, "STLS\r\n", 1,
			"The next octets are TLS. Everything said so far counts for nothing: somebody on the way might have said it. " +
				"Another line stands behind it that the server didn't say: somebody on the way put it there. " +
				"Fault stls-injects-plaintext: Somebody on the way puts an answer in the clear behind the +OK of STLS: a client that keeps it believes it came through TLS.",
			"A client must not read on in the clear: an attacker may put a made-up reply behind this one.", "RFC 2595 section 4"},
		{"a fault is named", func(c *engine.Config) { c.Faults = engine.FaultTerminatorMissing }, login + "LIST\r\n", 0,
			"Here the lone dot should come, and it doesn't: the client can't know that the reply is over, and waits. Fault terminator-missing: Multi-line replies have no end: the client waits for ever.",
			"A list of nothing ends with its dot too. Some servers forget it.", "RFC 1939 section 3"},
		{"a switch is named", func(c *engine.Config) { c.Switches = engine.LenientZeros }, login + "LIST 01\r\n", 1,
			"Asks for the size of message 1. Switch lenient-zeros: leading zeros are ignored; 0 is refused all the same.",
			"Some servers know LIST without an argument only; some clients put a space behind it, which is a mistake too.", "RFC 1939 section 5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := engine.New(with(test.change))
			s := p.NewSession(engine.Peer{Stamp: stamp, Cleartext: true})
			s.Feed([]byte(test.input))
			var all []engine.Explanation
			for e, ok := s.Next(); ok; e, ok = s.Next() {
				v := s.View()
				all = append(all, p.Explain(e, &v))
			}
			got := all[len(all)-1-test.back]
			if got.Text != test.want {
				t.Errorf("text:\n got %s\nwant %s", got.Text, test.want)
			}
			if got.Mistake != test.mistake {
				t.Errorf("mistake:\n got %s\nwant %s", got.Mistake, test.mistake)
			}
			if got.Ref.String() != test.ref {
				t.Errorf("reference: got %s, want %s", got.Ref, test.ref)
			}
		})
	}
}

// TestWrongStateNamesTheStates: who is refused for the state learns which states those are.
//
// req: FRM-23, DUI-02
func TestWrongStateNamesTheStates(t *testing.T) {
	for i, room := range rooms {
		for verb, want := range map[string]string{"STAT": "STAT is legal in TRANSACTION; this session is in AUTHORIZATION.", "USER": "USER is legal in AUTHORIZATION; this session is in TRANSACTION."} {
			s := inRoom(t, i, 0)
			if room.state != engine.Authorization && room.state != engine.AuthorizationUser && room.state != engine.Transaction ||
				(room.state == engine.Transaction) == (verb == "STAT") {
				continue
			}
			s.Feed([]byte(verb + " x\r\n"))
			events := drain(s)
			if x := engine.Explain(events[1], nil); !strings.Contains(x.Text, want) {
				t.Errorf("%s in %s: got the explanation %q, want it to say %q", verb, room.state, x.Text, want)
			}
		}
	}
}

// TestSpacesAreMadeVisible: a line with a space too many is repeated so that the space can be seen, and no
// secret with it.
//
// req: DFR-06, DAU-13
func TestSpacesAreMadeVisible(t *testing.T) {
	for line, want := range map[string]string{"LIST 1 ": "“LIST␣1␣”.", " STAT": "“␣STAT”.", "LIST  1": "“LIST␣␣1”.", "LIST 1": "", "PASS a  b": "", "PASS  tanstaaf": ""} {
		s := inRoom(t, 6, 0)
		s.Feed([]byte(line + "\r\n"))
		x := engine.Explain(drain(s)[0], nil)
		if seen := strings.Contains(x.Text, "␣"); seen != (want != "") || !strings.Contains(x.Text, want) {
			t.Errorf("%q: got the explanation %q, want it to say %q (spaces made visible: %v)", line, x.Text, want, want != "")
		}
	}
}

// TestEveryFaultIsNotedInItsVector: in the vector of a fault some event's explanation names it. Those of the
// network aren't the engine's to show.
//
// req: DUI-04
func TestEveryFaultIsNotedInItsVector(t *testing.T) {
	noted := map[string]bool{}
	vectorEvents(t, func(t *testing.T, v told, s sim.Step) {
		for _, f := range engine.AllFaults {
			if v.name == "fault_"+strings.ReplaceAll(f.Name, "-", "_") && strings.Contains(v.server.Explain(s.Event, s.View).Text, "Fault "+f.Name+": ") {
				noted[f.Name] = true
			}
		}
	})
	for _, f := range engine.AllFaults {
		if !f.Network && !noted[f.Name] {
			t.Errorf("fault %s: no event of its vector says that it shows here", f.Name)
		}
	}
}

// TestChallengesAreDecoded: a challenge is no secret, so its text is shown.
//
// req: DUI-02
func TestChallengesAreDecoded(t *testing.T) {
	for name, want := range map[string]string{"scram": "i=4096”.", "cram": "Decoded it is “<", "plain": ""} {
		for i, room := range rooms {
			if room.name != name {
				continue
			}
			s := inRoom(t, 0, 0)
			s.Feed([]byte(rooms[i].lines))
			x := engine.Explain(drain(s)[1], nil)
			if got := strings.Contains(x.Text, "Decoded"); got != (want != "") || !strings.Contains(x.Text, want) {
				t.Errorf("%s: got the explanation %q of the challenge, want it to say %q", name, x.Text, want)
			}
		}
	}
	long := engine.Event{Kind: engine.KindReply, Status: engine.More, Wire: []byte("+ " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 5000)) + "\r\n")}
	if x := engine.Explain(long, nil); len(x.Text) > 600 || !strings.Contains(x.Text, "x…”") {
		t.Errorf("a challenge of 5000 octets: got an explanation of %d octets, want its beginning only", len(x.Text))
	}
	odd := engine.Event{Kind: engine.KindReply, Status: engine.More, Wire: []byte("+ G1td\r\n")}
	if x := engine.Explain(odd, nil); strings.Contains(x.Text, "Decoded") {
		t.Errorf("a challenge with an escape sequence: got %q, want it not shown", x.Text)
	}
}

// TestCleartextMechanismsAreCalledReadable: AUTH PLAIN is as readable as PASS.
//
// req: TLS-13, FMT-04
func TestCleartextMechanismsAreCalledReadable(t *testing.T) {
	for mechanism, want := range map[string]bool{"PLAIN": true, "CRAM-MD5": false} {
		s := inRoom(t, 0, 0)
		s.Feed([]byte("AUTH " + mechanism + "\r\n"))
		v := s.View()
		x := engine.Explain(drain(s)[0], &v)
		if got := strings.Contains(x.Text, "everybody on the way can read it"); got != want {
			t.Errorf("AUTH %s without TLS: got %q; that everybody can read it is said: %v, want %v", mechanism, x.Text, got, want)
		}
	}
}
