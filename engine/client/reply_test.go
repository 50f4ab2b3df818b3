package client_test

import (
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// replyTo is how a Dialogue reads one line.
func replyTo(t testing.TB, line string) client.Reply {
	t.Helper()
	d := started(t)
	d.Send("NOOP")
	d.Feed([]byte(line + "\r\n"))
	e, ok := d.Next()
	if !ok || e.Kind != engine.KindReply {
		t.Fatalf("%q: got %v, want a reply", line, e.Kind)
	}
	return e.Reply
}

// Response codes are read without regard to case, detail that isn't known is cut off, and the text
// is what's left for people.
//
// req: RSP-02, RSP-03, RSP-04, RSP-12
func TestResponseCodes(t *testing.T) {
	for _, tt := range []struct {
		line string
		code engine.RespCode
		raw  string
		text string
	}{
		{"-ERR [IN-USE] busy", engine.CodeInUse, "IN-USE", "busy"},
		{"-ERR [in-use] busy", engine.CodeInUse, "in-use", "busy"},
		{"-ERR [Sys/Temp] busy", engine.CodeSysTemp, "Sys/Temp", "busy"},
		{"-ERR [SYS/TEMP/QUOTA] busy", engine.CodeSysTemp, "SYS/TEMP/QUOTA", "busy"},
		{"-ERR [SYS/PERM/a/b/c] busy", engine.CodeSysPerm, "SYS/PERM/a/b/c", "busy"},
		{"-ERR [AUTH/zz] no", engine.CodeAuth, "AUTH/zz", "no"},
		{"-ERR [LOGIN-DELAY]", engine.CodeLoginDelay, "LOGIN-DELAY", ""},
		{"-ERR [UTF8]x", engine.CodeUTF8, "UTF8", "x"},
		{"-ERR [SYS] what", engine.CodeNone, "SYS", "what"},
		{"-ERR [SYS/NEW] what", engine.CodeNone, "SYS/NEW", "what"},
		{"-ERR [REFERRAL/pop://x] what", engine.CodeNone, "REFERRAL/pop://x", "what"},
		{"-ERR [AUTHX] what", engine.CodeNone, "AUTHX", "what"},
		{"-ERR [not a code] what", engine.CodeNone, "", "[not a code] what"},
		{"-ERR [] what", engine.CodeNone, "", "[] what"},
		{"-ERR [AUTH what", engine.CodeNone, "", "[AUTH what"},
		{"-ERR what [AUTH]", engine.CodeNone, "", "what [AUTH]"},
		{"+OK [SYS/TEMP] slow", engine.CodeSysTemp, "SYS/TEMP", "slow"},
	} {
		r := replyTo(t, tt.line)
		if r.Code != tt.code || r.RawCode != tt.raw || r.Text != tt.text {
			t.Errorf("%q: got code %q of %q and text %q, want %q of %q and %q (RFC 2449 section 8)", tt.line, r.Code, r.RawCode, r.Text, tt.code, tt.raw, tt.text)
		}
	}
}

// What a response code asks of a program: to try again, to ask for credentials, to tell the user.
// Without one it can't know, and doesn't guess.
//
// req: RSP-11, FRM-24
func TestWhatRefusalsMeanToPrograms(t *testing.T) {
	for _, tt := range []struct {
		line             string
		temporary, again bool
		hint             string
	}{
		{"-ERR [SYS/TEMP] x", true, false, "try again later"},
		{"-ERR [SYS/PERM] x", false, false, "ask whoever runs the server"},
		{"-ERR [IN-USE] x", true, false, "somebody else has this maildrop open"},
		{"-ERR [LOGIN-DELAY] x", true, false, "too short ago"},
		{"-ERR [AUTH] x", false, true, "don't go together"},
		{"-ERR authentication failed", false, false, ""},
		{"-ERR unknown command", false, false, ""},
		{"-ERR", false, false, ""},
	} {
		e := &client.ServerError{Command: "X", Reply: replyTo(t, tt.line)}
		if e.Temporary() != tt.temporary || e.AskAgain() != tt.again {
			t.Errorf("%q: temporary %v, ask again %v; want %v, %v", tt.line, e.Temporary(), e.AskAgain(), tt.temporary, tt.again)
		}
		if (e.Hint() == "") != (tt.hint == "") || !strings.Contains(e.Hint(), tt.hint) {
			t.Errorf("%q: hint %q, want %q in it", tt.line, e.Hint(), tt.hint)
		}
	}
	// Every response code of the engine's table has its hint here.
	for _, r := range engine.Refusals {
		if e := (&client.ServerError{Reply: client.Reply{Code: r.Code}}); r.Code != engine.CodeNone && e.Hint() == "" {
			t.Errorf("[%s] has no hint", r.Code)
		}
	}
}

// The timestamp of a greeting is found among whatever stands there, and nothing else is taken for it.
//
// req: DAU-16
func TestTimestamps(t *testing.T) {
	long := strings.Repeat("x", 400)
	for _, tt := range []struct{ greeting, want string }{
		{"POP3 server ready <1896.697170952@dbc.mtview.ca.us>", "<1896.697170952@dbc.mtview.ca.us>"},
		{"<1896.697170952@dbc.mtview.ca.us> ready", "<1896.697170952@dbc.mtview.ca.us>"},
		{"ready", ""},
		{"", ""},
		{"ready <", ""},
		{"ready <1.2@host", ""},
		{"ready 1.2@host>", ""},
		{"ready <1.2>", ""},
		{"ready <@host>", ""},
		{"ready <1.2@>", ""},
		{"ready <1.2@a@b>", ""},
		{"<http://mail.example.org/> <1.2@host>", "<1.2@host>"},
		{"<http://user@mail.example.org/> ready", ""},
		{"<unterminated <1.2@host>", "<1.2@host>"},
		{"<1.2 @host> ready", ""},
		{"<gr\xc3\xbc\xc3\x9fe@host> ready", ""},
		{"gr\xfc\xdfe <1.2@host>", "<1.2@host>"},
		{"<a@b> ready <1.2@host>", "<1.2@host>"},
		{"<1.2@host> <not one>", "<1.2@host>"},
		{"<1.2@[192.0.2.1]>", "<1.2@[192.0.2.1]>"},
		{"<1.2@[IPv6:2001:db8::1]>", "<1.2@[IPv6:2001:db8::1]>"},
		{"<1.2@[192.0.2.1>", ""},
		{"<1.2@[a]b>", ""},
		{"<4c9a.1.5f.x1Y2+/==@host>", "<4c9a.1.5f.x1Y2+/==@host>"},
		{"<\x001@host>", ""},
		{"<" + long + "@host>", "<" + long + "@host>"},
	} {
		if got := client.Timestamp(tt.greeting); got != tt.want {
			t.Errorf("%.80q: got %q, want %q (RFC 1939 section 7: a msg-id)", tt.greeting, got, tt.want)
		}
	}
	// Greetings made to be slow: whoever looks at an octet more than a few times isn't done here
	// before the test's deadline.
	for _, hostile := range []string{
		strings.Repeat("<", 4<<20), strings.Repeat("<a@", 4<<20), strings.Repeat("<a@[", 4<<20),
		"<" + strings.Repeat("a@", 4<<20), strings.Repeat("<a@b>", 1<<20) + "<", strings.Repeat(">", 4<<20),
	} {
		if got, want := client.Timestamp(hostile+" <1.2@host>"), "<1.2@host>"; got != want {
			t.Errorf("%.20q…: got %q, want %q", hostile, got, want)
		}
	}
}

// APOP's digest is the RFC's own, in lower case.
//
// req: APO-08
func TestDigestOfTheRFC(t *testing.T) {
	if got, want := client.Digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"), "c4c9334bac560ecc979e58001b3e22fb"; got != want {
		t.Errorf("got %s, want %s (RFC 1939 section 7, APOP)", got, want)
	}
}

// Every oddity has its line in the table, and a name of its own.
func TestOddsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for i, d := range client.Odds {
		if d.Odd != 1<<i {
			t.Errorf("Odds[%d] is %v, want the order of the constants", i, d.Odd)
		}
		if d.Name == "" || d.Doc == "" || d.Ref.RFC == 0 || d.Ref.Reqs == "" || seen[d.Name] {
			t.Errorf("Odds[%d] (%s) lacks a name of its own, a sentence or a reference", i, d.Name)
		}
		seen[d.Name] = true
	}
	if got := (client.OddCase | client.OddCapa).String(); got != "indicator-case, capa" {
		t.Errorf("String: got %q", got)
	}
}

// A note says what an event means and claims no more than the client can know.
//
// req: FRM-24, FRM-27
func TestNotes(t *testing.T) {
	d := started(t)
	note := func(line, answer string) string {
		t.Helper()
		d.Send(line)
		d.Feed([]byte(answer + "\r\n"))
		e, ok := d.Next()
		if !ok {
			t.Fatalf("%s: no event", line)
		}
		return e.Note().Text
	}
	for _, tt := range []struct{ line, answer, want string }{
		{"STAT", "+OK 2 320", "Two numbers: messages, and their octets together"},
		{"DELE 1", "+OK whatever", "DELE only marks message 1"},
		{"DELE 2", "-ERR no such message", "Why, only its words say"},
		{"NOOP", "-ERR [SYS/TEMP] disk", "[SYS/TEMP] tells programs"},
		{"NOOP", "+OKay", "There is no space behind the indicator"},
		{"TOP 1 1", "+OK marked and still there", "marked as deleted"},
	} {
		if got := note(tt.line, tt.answer); !strings.Contains(got, tt.want) {
			t.Errorf("%s, %s: the note is %q, want %q in it", tt.line, tt.answer, got, tt.want)
		}
	}
}

// The note on a password tells whether it travels safely.
func TestNoteOnPasswords(t *testing.T) {
	for _, tls := range []bool{false, true} {
		d := &client.Dialogue{}
		d.Feed([]byte("+OK\r\n"))
		d.Next()
		if tls {
			d.Send("STLS")
			d.Feed([]byte("+OK\r\n"))
			d.Next()
			d.Next()
			d.Secured()
			d.Next()
		}
		d.Send("USER mrose")
		d.Feed([]byte("+OK\r\n"))
		d.Next()
		e := d.Send("PASS tanstaaf")
		if safe := strings.Contains(e.Note().Text, "nobody on the way can read it"); safe != tls || e.Secure != tls {
			t.Errorf("inside TLS: %v: the note is %q", tls, e.Note().Text)
		}
	}
}

// FuzzTimestamp: what is found is a part of the greeting with its brackets, and looks like a msg-id.
func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{"<1.2@host>", "<http://x> <1@[::1]>", "<a@b<c@d>", "<<@>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, greeting string) {
		got := client.Timestamp(greeting)
		if got == "" {
			return
		}
		if !strings.Contains(greeting, got) || got[0] != '<' || got[len(got)-1] != '>' || strings.Count(got, "@") != 1 ||
			strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("%q: got %q, which is no msg-id", greeting, got)
		}
	})
}
