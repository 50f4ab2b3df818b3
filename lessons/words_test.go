package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/lessons"
)

// lesson makes a lesson with one goal and a dialogue.
func lesson(t testing.TB, header, goal, dialogue string) *lessons.Lesson {
	t.Helper()
	l, err := lessons.Load("x.txtar", "-- lesson.md --\n---\nid: x\ntitle: X\n"+header+"---\n-- questions --\n"+
		"choice fate: ?\n+ yes :: Right.\n- no :: Wrong.\npredict guess: ?\n+ yes :: Right.\n- no :: Wrong.\n"+
		"typed size: ?\n= octets 2 :: Right.\nelse: No.\nmark end: ?\n= terminator of RETR :: Right.\nelse: No.\n"+
		"-- goals --\n# It.\n"+goal+"\n-- letter/late.eml --\nSubject: late\n\nHello.\n-- reference.pop3 --\n"+dialogue, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// progress is how far a dialogue gets.
func progress(t testing.TB, l *lessons.Lesson) lessons.Progress {
	t.Helper()
	d, err := l.Way("reference")
	if err != nil {
		t.Fatal(err)
	}
	lab, answers, err := l.Play(d, -1)
	if err != nil {
		t.Fatal(err)
	}
	return l.Check(lab.Steps(), answers)
}

const login = "C: USER mrose\nC: PASS tanstaaf\n"

// met says of each goal by which dialogue it's met, and by which that comes near it isn't. The world is RFC 1939's:
// mrose has two messages.
var met = []struct{ goal, yes, no string }{
	{"sent STAT ok", login + "C: STAT", "C: STAT"},
	{"sent LIST ok", login + "C: list", login + "C: LIST 1"},
	{"sent LIST * ok", login + "C: LIST 1", login + "C: LIST"},
	{"sent LIST 1|2 ok", login + "C: LIST 2", login + "C: LIST 3"},
	{"sent RETR|TOP ... ok", login + "C: TOP 1 0", login + "C: LIST 1"},
	{"sent PASS ... err AUTH", "C: USER mrose\nC: PASS two words", login},
	{"sent QUIT ok in TRANSACTION", login + "C: QUIT", "C: QUIT"},
	{"sent AUTH PLAIN more", "C: AUTH PLAIN", "C: AUTH PLAIN AG1yb3NlAHRhbnN0YWFm"},
	{"sent AUTH PLAIN more then sent response * ok", "C: AUTH PLAIN\nC: AG1yb3NlAHRhbnN0YWFm", "C: AUTH PLAIN\nC: *"},
	{"sent other err", "C: XYZZY", "C: STAT"},
	{"refused state", "C: STAT", "C: XYZZY"},
	{"refused cancelled", "C: AUTH PLAIN\nC: *", "C: AUTH PLAIN\nC: AAAA"},
	{"refused locked", login + "[phone] C connects\n[phone] C: USER mrose\n[phone] C: PASS tanstaaf", login + "[phone] C connects\n[phone] C: USER mrose\n[phone] C: PASS wrong"},
	{"refusals 3", "C: STAT\nC: XYZZY\nC: USER", "C: STAT\nC: LIST\nC: XYZZY\nC: XYZZY"},
	{"ended quit", login + "C: QUIT", login + "C hangs up"},
	{"ended quit marked", login + "C: DELE 1\nC: QUIT", login + "C: DELE 1\nC: RSET\nC: QUIT"},
	{"ended hangup marked", login + "C: DELE 1\nC hangs up", login + "C hangs up"},
	{"ended idle", login + "* advance 600000", login + "* advance 599999"},
	{"left 2", login + "C: DELE 1\nC: QUIT", login + "C: DELE 1\nC hangs up"},
	{"left none", login + "C: DELE 1\nC: DELE 2\nC: QUIT", login + "C: DELE 1\nC: QUIT"},
	{"left all", login + "C: QUIT", login + "C: DELE 1\nC: QUIT"},
	// The second session's number 1 is the world's number 2.
	{"removed 2", login + "C: DELE 1\nC: QUIT\nC connects\n" + login + "C: DELE 1\nC: QUIT", login + "C: DELE 1\nC: QUIT"},
	// What comes later goes on counting.
	{"removed 3", login + "C: DELE 1\nC: QUIT\n* deliver mrose late\nC connects\n" + login + "C: DELE 2\nC: QUIT", login + "C: DELE 1\nC: QUIT\n* deliver mrose late\nC connects\n" + login + "C: DELE 1\nC: QUIT"},
	{"marked 1", login + "C: DELE 1", login + "C: DELE 2"},
	{"hold marked none", login + "C: DELE 1\nC: RSET", login + "C: DELE 1"},
	{"hold state TRANSACTION", login, login + "C: QUIT"},
	{"state closed", "C: QUIT", "C: NOOP"},
	{"connected over TLS", "C connects with TLS", "C connects"},
	{"connected in clear", "C connects", "C connects with TLS"},
	{"secured", "C: STLS\nC secures", "C: STLS"},
	{"secured then sent CAPA ok", "C: STLS\nC secures\nC: CAPA", "C: CAPA\nC: STLS\nC secures"},
	{"lf", `C> NOOP\n`, "C: NOOP"},
	{"pipelined 3", "C+ NOOP\nC+ NOOP\nC: NOOP", "C: NOOP\nC: NOOP\nC: NOOP"},
	{"pieces 3 CRLF", "C> NO\nC> OP\\r\nC> \\n", "C> NO\nC> OP\nC> \\r\\n"},
	{"has 1 2", login + "C: RETR 2\nC: QUIT\nC connects\n" + login + "C: RETR 1", login + "C: RETR 2\nC: TOP 1 99"},
	{"[phone] has 1", "[phone] C connects\n[phone] C: USER mrose\n[phone] C: PASS tanstaaf\n[phone] C: RETR 1", "[laptop] C connects\n[laptop] C: USER mrose\n[laptop] C: PASS tanstaaf\n[laptop] C: RETR 1"},
	{"run 2", login + "C: RETR 2\nC: QUIT", login + "C: RETR 1\nC: RETR 2\nC: QUIT"},
	{"run none", login + "C: QUIT", login + "C: RETR 1\nC: QUIT"},
	{"unread", login + "C: DELE 1", login + "C: RETR 1\nC: DELE 1"},
	{"again", login + "C: RETR 1\nC: RETR 1", login + "C: RETR 1\nC: RETR 2"},
	{"fetched 200", login + "C: RETR 1\nC: RETR 2", login + "C: RETR 2"},
	{"commands 2", login + "C: NOOP", login},
	{"waited 60", login + "* advance 60000", login + "* advance 59999"},
	{"lasted 60", login + "* advance 60000\nC: NOOP", "C connects\n* advance 50000\nC: QUIT\nC connects\n" + login + "* advance 59999\nC: NOOP"},
	{"answered fate", "A: fate no\nA: fate yes", "A: fate no"},
	{"answered size", "A: size 200 octets", "A: size 120"},
	{"answered end", login + "C: RETR 1\nA: end mark terminator of RETR", login + "C: RETR 1\nC: LIST\nA: end mark terminator of LIST"},
	{"predicted guess", "A: guess no", "A: fate no"},
	{"predicted guess then sent NOOP", "A: guess no\nC: NOOP", "C: NOOP\nA: guess no"},
	{"sent DELE 1 ok then sent RSET ok", login + "C: DELE 1\nC: NOOP\nC: RSET", login + "C: RSET\nC: DELE 1"},
	{"in one session: sent DELE 1 ok then sent RSET ok", login + "C: DELE 1\nC: RSET", login + "C: DELE 1\nC hangs up\nC connects\n" + login + "C: RSET"},
}

// TestWords: each goal word does what it says, and no more. Every word of the table is tested, but for those of
// roles other than client's.
func TestWords(t *testing.T) {
	seen := map[string]bool{"served": true, "victim": true}
	for _, m := range met {
		header := "modes: browser\n"
		t.Run(m.goal, func(t *testing.T) {
			world := func(dialogue string) *lessons.Lesson {
				return lesson(t, header, m.goal+"\n-- world --\nstls: yes", dialogue+"\n")
			}
			if p := progress(t, world(m.yes)); !p.Done {
				t.Errorf("got not met, want met, by\n%s\n%s", m.yes, p.Why)
			}
			if p := progress(t, world(m.no)); p.Done {
				t.Errorf("got met, want not met, by\n%s", m.no)
			} else if p.Why == "" {
				t.Errorf("nothing says why it isn't met by\n%s", m.no)
			}
		})
		for _, word := range strings.Fields(m.goal) {
			seen[word] = true
		}
	}
	for _, w := range lessons.Words() {
		if !seen[w.Name] {
			t.Errorf("the goal word %s has no test", w.Name)
		}
	}
}

// TestNever: what must never happen is met with the others, and lost for good when it happens.
func TestNever(t *testing.T) {
	const goals = "sent STAT ok\n# And not this.\nnever removed 1"
	if p := progress(t, lesson(t, "", goals, login+"C: STAT\n")); !p.Done || !p.Goals[1].Met {
		t.Error("got never not met, want it met as soon as the others are")
	}
	if p := progress(t, lesson(t, "", goals, login+"\n")); p.Goals[1].Met {
		t.Error("got never met while another goal isn't, want both or none: an attempt that does nothing meets nothing")
	}
	p := progress(t, lesson(t, "", goals, login+"C: DELE 1\nC: QUIT\nC connects\n"+login+"C: STAT\n"))
	if p.Done || !p.Goals[1].Broken || p.Next != 1 || !strings.Contains(p.Why, "anew") {
		t.Errorf("got %+v, want the second goal broken, and said so", p)
	}
}

// TestLatched: a goal once met stays met.
func TestLatched(t *testing.T) {
	if p := progress(t, lesson(t, "", "state TRANSACTION", login+"C: QUIT\n")); !p.Done || p.Goals[0].Step < 0 {
		t.Errorf("got %+v, want a goal that was met to stay so, with the step that met it", p)
	}
}

// TestNear: what was near is said, and not what would have been right.
func TestNear(t *testing.T) {
	for _, c := range []struct{ goal, dialogue, want string }{
		{"sent LIST ok", login + "C: LIST 1", "with an argument"},
		{"sent LIST 2 ok", login + "C: LIST", "something is missing behind it"},
		{"sent LIST 2 ok", login + "C: LIST 1", "about something else"},
		{"sent STAT ok", "C: STAT", "The server refused STAT."},
		{"sent STAT err", login + "C: STAT", "the server said yes"},
		{"sent CAPA ok in TRANSACTION", "C: CAPA", "not in the state TRANSACTION"},
		{"sent CAPA ok over TLS", "C: CAPA", "not over TLS"},
		{"[phone] sent STAT ok", login + "C: STAT", "not by phone"},
		{"answered fate", "A: fate no", "Wrong."},
		{"in one session: sent DELE 1 ok then sent RSET ok", login + "C: DELE 1\nC hangs up", "same session"},
	} {
		p := progress(t, lesson(t, "", c.goal, c.dialogue+"\n"))
		if p.Done || !strings.Contains(p.Why, c.want) {
			t.Errorf("%s after %q: got %q, want something with %q", c.goal, c.dialogue, p.Why, c.want)
		}
	}
}
