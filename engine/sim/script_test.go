package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pop3lab/engine"
)

// kept are scripts as somebody may have kept them, and the sum of all that the server says in them. They aren't
// written anew when they fail: either the steps come out as they did, or Version goes up and old scripts are
// refused with a sentence.
var kept = []struct{ name, script, sum string }{
	{"a first session", "1.AAEAAAAACAEBBXBob25lAgMFcGhvbmUMVVNFUiBtcm9zZQ0KAgMFcGhvbmUPUEFTUyB0YW5zdGFhZg0KAgMFcGhvbmUGU1RBVA0KAgMFcGhvbmUGTElTVA0KAgMFcGhvbmUIUkVUUiAxDQoCAwVwaG9uZQhERUxFIDENCgIDBXBob25lBlFVSVQNCg",
		"0aecf37b799b87754c003522dcccab361537e8a4b966b1bc92699802a1c9777c"},
	{"a network, mail that comes later, another server", "1.AAEAAAAACQuhCAVwaG9uZSgGAQEFcGhvbmUCAwVwaG9uZSlVU0VSIG1yb3NlDQpQQVNTIHRhbnN0YWFmDQpVSURMDQpERUxFIDENCgeGBBBTdWJqZWN0OiBuZXcNCg0KBW1yb3NlkE4MgDAFZ21haWwBC3VpZGwtcmV1c2VkCgEFcGhvbmUGIMC5VQEBBXBob25lAgMFcGhvbmVCQVVUSCBPQVVUSEJFQVJFUg0KKg0KVVNFUiBtcm9zZQ0KUEFTUyB0YW5zdGFhZg0KU1RBVA0KVUlETA0KUVVJVA0K",
		"f4052c523d74f66e56726ebd636c8d227430045d7db3d4797fc6d20ac4d78612"},
}

// demoSum is the sum of the demonstration's record.
const demoSum = "517340d44efd4cc0d2d154e59ee9314d77a5f33f747ed9a8c530997bde674892"

// TestKeptScripts replays what somebody may have kept.
//
// req: DUI-01
func TestKeptScripts(t *testing.T) {
	for _, k := range kept {
		s, err := ParseScript(k.script)
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		l, err := s.Replay()
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		if got := sent(l.Steps(), "phone"); fmt.Sprintf("%x", sha256.Sum256([]byte(got))) != k.sum {
			t.Errorf("%s: the server says %q, which has another sum than when the script was kept: what old scripts lead to may change only together with Version", k.name, got)
		}
	}
}

// TestDemoStays: scripts name the demonstration instead of holding it.
func TestDemoStays(t *testing.T) {
	w := Demo()
	w.Later, w.Narrated = nil, false
	if sum := fmt.Sprintf("%x", sha256.Sum256(AppendWorld(nil, w))); sum != demoSum {
		t.Errorf("the demonstration has the sum %s, want %s: it may change only together with Version, because scripts that were kept mean the old one", sum, demoSum)
	}
}

// TestScriptFitsIntoALink: the first session is short, and so is one that sends a hundred commands.
func TestScriptFitsIntoALink(t *testing.T) {
	l := demo(t, "")
	for _, line := range []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"} {
		mustDo(t, l, send("phone", line+"\r\n"))
	}
	if text := l.Script().Text(); len(text) > 240 {
		t.Errorf("a first session's script has %d letters, want 240 at most:\n%s", len(text), text)
	}
}

// TestScriptsThatAreRefused: each with a sentence of its own.
func TestScriptsThatAreRefused(t *testing.T) {
	good := demo(t, login).Script().Text()
	for name, test := range map[string]struct{ script, want string }{
		"nothing":                            {"", "no script"},
		"a later version":                    {"2." + good[2:], "version 2"},
		"no version":                         {"x." + good[2:], "no script"},
		"cut short":                          {good[:len(good)-3], "damaged"},
		"other letters":                      {good[:10] + "!" + good[11:], "damaged"},
		"something behind":                   {good + "AAAA", "damaged"},
		"a world of its own that is damaged": {"1.AQEA", "damaged"},
	} {
		if _, err := ParseScript(test.script); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, test.want)
		}
	}
}

// TestScriptOfAnotherWorld holds that world.
func TestScriptOfAnotherWorld(t *testing.T) {
	for _, text := range []string{"", "seed 9\npersona dovecot\nfault idle-short\nwithout TOP\nswitch strict-lines", "masked", "nobody\nuser carol xyzzy\nmail carol\n| Subject: x\n|\n| hello\nlater 5 carol\n| Subject: y\n", "delay 7"} {
		w, err := ParseWorld(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		s, err := ParseScript(Script{World: w}.Text())
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got, want := fmt.Sprintf("%+v", s.World), fmt.Sprintf("%+v", w); got != want {
			t.Errorf("%q: the script holds\n%s\nwant\n%s", text, got, want)
		}
	}
}

// TestWorldsInWords that can't be are refused, with the line.
func TestWorldsInWords(t *testing.T) {
	for text, want := range map[string]string{
		"seed x": "line 1", "\n| text": "line 2", "colour blue": "line 1", "mail carol": `"carol"`, "# a\nlater soon mrose": "line 2", "delay": "line 1",
	} {
		if _, err := ParseWorld(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q in it", text, err, want)
		}
	}
	w, err := ParseWorld("# nothing but this\n\nnobody\nuser carol xyzzy\nmail carol\n| Subject: x\n|\n|  indented\n")
	if err != nil || len(w.Users) != 1 || string(w.Mail[0].Octets) != "Subject: x\r\n\r\n indented\r\n" {
		t.Errorf("got %+v, %v", w, err)
	}
}

// TestSuggestionsOfAFirstSession: whoever sends what is suggested has a whole session, in the order of a first lesson.
func TestSuggestionsOfAFirstSession(t *testing.T) {
	l := demo(t, "")
	var took []string
	for l.Connected("phone") && len(took) < 20 {
		steps := l.Steps()
		next := steps[len(steps)-1].Side.Suggest[0]
		took = append(took, next)
		mustDo(t, l, send("phone", next+"\r\n"))
	}
	if got, want := strings.Join(took, ", "), "USER mrose, PASS tanstaaf, STAT, LIST, RETR 1, DELE 1, QUIT"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestSuggestionsAreAnswered: whatever server it is, whoever sends what is suggested is never refused, on the way in
// and out; nor is any other suggestion.
func TestSuggestionsAreAnswered(t *testing.T) {
	for _, p := range engine.Personas {
		for _, barred := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s barred %v", p.Name, barred), func(t *testing.T) {
				w := Demo()
				w.Persona = p.Name
				l, err := New(w)
				if err != nil {
					t.Fatal(err)
				}
				mustDo(t, l, Input{Verb: Connect, Device: "phone", Barred: barred})
				for range 20 {
					steps := l.Steps()
					last := steps[len(steps)-1]
					if last.View.State == engine.AuthorizationTLS {
						mustDo(t, l, Input{Verb: Secure, Device: "phone"})
						continue
					}
					if !l.Connected("phone") {
						break
					}
					for i, line := range last.Side.Suggest {
						if i > 0 && p.Faults.Has(engine.FaultRenumbersAfterDele) {
							break // what is suggested is right; that it fails is what is to be found
						}
						fork, err := l.Fork(len(steps) - 1)
						if err != nil {
							t.Fatal(err)
						}
						if got := sent(mustDo(t, fork, send("phone", line+"\r\n")), "phone"); line != "*" && !strings.HasPrefix(got, "+") {
							t.Errorf("suggestion %d in %s, %q: got %.80q, want +OK or +", i, last.View.State, line, got)
						}
					}
					if len(last.Side.Suggest) == 0 {
						t.Fatalf("nothing is suggested in %s", last.View.State)
					}
					mustDo(t, l, send("phone", last.Side.Suggest[0]+"\r\n"))
				}
				if l.Connected("phone") {
					t.Error("twenty suggestions later the session goes on, want QUIT among them")
				}
			})
		}
	}
}

// FuzzScript reads and replays anything. A script that is taken gives the same steps twice.
func FuzzScript(f *testing.F) {
	version := strconv.Itoa(Version) + "."
	add := func(text string) {
		octets, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, version))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(octets)
	}
	for _, k := range kept {
		add(k.script)
	}
	add(Script{World: World{Users: []engine.User{{Name: "a"}}, Narrated: true}, Inputs: []Input{{Verb: Connect}, {Verb: Send, Octets: []byte("NOOP\r\n")}}}.Text())
	f.Fuzz(func(t *testing.T, octets []byte) {
		s, err := ParseScript(version + base64.RawURLEncoding.EncodeToString(octets))
		if err != nil || len(s.Inputs) > 100 {
			return
		}
		l, err := s.Replay()
		if err != nil {
			return
		}
		again, err := l.Script().Replay()
		if err != nil || len(again.Steps()) != len(l.Steps()) {
			t.Fatalf("once more: %d steps and error %v, want %d", len(again.Steps()), err, len(l.Steps()))
		}
	})
}
