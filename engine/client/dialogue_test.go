package client_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/textproto"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// answers feeds a Dialogue in pieces and writes what it says, one event a line.
func answers(d *client.Dialogue, pieces ...[]byte) string {
	var b strings.Builder
	var body []byte
	flush := func() {
		if body != nil {
			b.WriteString("lines " + string(body) + "\n")
			body = nil
		}
	}
	next := func() {
		for e, ok := d.Next(); ok; e, ok = d.Next() {
			if e.Kind == engine.KindData {
				body = append(body, e.Lines...)
				continue
			}
			flush()
			b.WriteString(e.Kind.String() + " " + string(e.Verb) + " " + e.Reply.Line + " → " + e.After.String() + " " + e.Odd.String())
			if e.Err != nil {
				b.WriteString(" " + e.Err.Error())
			}
			b.WriteString("\n")
		}
	}
	for _, p := range pieces {
		d.Feed(p)
		next()
	}
	d.Hangup(io.EOF)
	next()
	flush()
	return b.String()
}

// started is a Dialogue in TRANSACTION.
func started(t testing.TB) *client.Dialogue {
	t.Helper()
	d := &client.Dialogue{}
	for _, l := range []string{"", "USER mrose", "PASS tanstaaf"} {
		if l != "" {
			d.Send(l)
		}
		d.Feed([]byte("+OK\r\n"))
		if e, ok := d.Next(); !ok || e.Kind != engine.KindReply {
			t.Fatalf("after %q: got %v, want a reply", l, e.Kind)
		}
	}
	if d.State() != engine.Transaction {
		t.Fatalf("state: got %v, want TRANSACTION", d.State())
	}
	return d
}

// The client's state after each answer is the one that the row says.
//
// req: USR-03, USR-04, STA-07
func TestStatesComeFromTheRows(t *testing.T) {
	for _, tt := range []struct {
		name string
		talk []string // lines of the client, each followed by the server's answer
		want engine.State
	}{
		{"greeting", []string{"", "+OK"}, engine.Authorization},
		{"greeting refused", []string{"", "-ERR go away"}, engine.Closed},
		{"USER", []string{"", "+OK", "user mrose", "+OK"}, engine.AuthorizationUser},
		{"USER refused", []string{"", "+OK", "USER mrose", "-ERR"}, engine.Authorization},
		{"PASS", []string{"", "+OK", "USER mrose", "+OK", "PASS x y", "+OK"}, engine.Transaction},
		{"PASS refused", []string{"", "+OK", "USER mrose", "+OK", "PASS x", "-ERR"}, engine.Authorization},
		{"CAPA keeps the name", []string{"", "+OK", "USER mrose", "+OK", "CAPA", "-ERR"}, engine.AuthorizationUser},
		{"NOOP forgets the name", []string{"", "+OK", "USER mrose", "+OK", "NOOP", "-ERR"}, engine.Authorization},
		{"AUTH", []string{"", "+OK", "AUTH PLAIN", "+ "}, engine.AuthorizationSASL},
		{"AUTH done", []string{"", "+OK", "AUTH PLAIN", "+ ", "QUIT", "+OK"}, engine.Transaction},
		{"AUTH cancelled", []string{"", "+OK", "AUTH PLAIN", "+ ", "*", "-ERR"}, engine.Authorization},
		{"AUTH with initial response", []string{"", "+OK", "AUTH PLAIN =", "+OK"}, engine.Transaction},
		{"QUIT before login", []string{"", "+OK", "QUIT", "+OK"}, engine.Closed},
		{"QUIT after login", []string{"", "+OK", "USER a", "+OK", "PASS b", "+OK", "QUIT", "+OK"}, engine.Closed},
		{"UPDATE failed", []string{"", "+OK", "USER a", "+OK", "PASS b", "+OK", "QUIT", "-ERR not removed"}, engine.Closed},
		{"QUIT with an argument", []string{"", "+OK", "USER a", "+OK", "PASS b", "+OK", "QUIT now", "-ERR"}, engine.Transaction},
		{"STLS", []string{"", "+OK", "STLS", "+OK"}, engine.AuthorizationTLS},
		{"unknown", []string{"", "+OK", "XTND XMIT", "-ERR"}, engine.Authorization},
	} {
		d := &client.Dialogue{}
		for i := 0; i < len(tt.talk); i += 2 {
			if i > 0 {
				d.Send(tt.talk[i])
			}
			d.Feed([]byte(tt.talk[i+1] + "\r\n"))
			if e, ok := d.Next(); !ok || e.Kind != engine.KindReply {
				t.Fatalf("%s: %q answered by %q: got %v %v, want a reply", tt.name, tt.talk[i], tt.talk[i+1], e.Kind, e.Err)
			}
		}
		if got := d.State(); got != tt.want {
			t.Errorf("%s: state: got %v, want %v (the row's next state)", tt.name, got, tt.want)
		}
	}
}

// Whether lines follow +OK is a property of the command and its arguments, never of the answer's
// text; nothing follows -ERR.
//
// req: FRM-27
func TestLinesFollowByTheTable(t *testing.T) {
	for _, tt := range []struct {
		line  string
		multi bool
	}{
		{"STAT", false}, {"LIST", true}, {"LIST 1", false}, {"RETR 1", true}, {"DELE 1", false}, {"NOOP", false},
		{"RSET", false}, {"TOP 1 0", true}, {"UIDL", true}, {"UIDL 1", false}, {"CAPA", true}, {"LANG", true},
		{"LANG de", false}, {"uidl", true}, {"LAST", false}, {"XTND XMIT", false},
	} {
		for _, status := range []string{"+OK", "-ERR"} {
			d := started(t)
			d.Send(tt.line)
			d.Feed([]byte(status + " 3 messages follow\r\n"))
			e, _ := d.Next()
			if want := tt.multi && status == "+OK"; e.Multi != want {
				t.Errorf("%s answered by %s: lines follow: got %v, want %v", tt.line, status, e.Multi, want)
			}
		}
	}
	// An empty list ends with its dot like any other.
	d := started(t)
	d.Send("LIST")
	d.Send("NOOP")
	if got, want := answers(d, []byte("+OK\r\n.\r\n+OK\r\n")), "reply LIST +OK → TRANSACTION \nend LIST  → TRANSACTION \nreply NOOP +OK → TRANSACTION \nclose   → closed \n"; got != want {
		t.Errorf("an empty LIST: got\n%s\nwant\n%s", got, want)
	}
}

// Byte-stuffing is undone and the lone dot is no part of the lines, however the octets are cut.
//
// req: FRM-18, FRM-19
func TestStuffingIsUndoneInEveryChunking(t *testing.T) {
	for _, tt := range []struct{ wire, want string }{
		{".\r\n", ""},
		{"a\r\n.\r\n", "a\r\n"},
		{"..\r\n.\r\n", ".\r\n"},
		{"...\r\n.\r\n", "..\r\n"},
		{"..a\r\n..b\r\n.\r\n", ".a\r\n.b\r\n"},
		{".a\r\n.\r\n", "a\r\n"}, // not stuffed by the server: the rule is the same
		{"a.\r\n.\r\n", "a.\r\n"},
		{"\r\n\r\n.\r\n", "\r\n\r\n"},
		{"\r\r\n.\r\n", "\r\r\n"},
		{"..\ra\r\n.\r\n", ".\ra\r\n"},
		{"a\n..b\n.\r\n", "a\n.b\n"},
		{"a\r.\r\n.\r\n", "a\r.\r\n"},
		{"\x00\xff\r\n.\r\n", "\x00\xff\r\n"},
		{strings.Repeat("x", 100_000) + "\r\n..\r\n.\r\n", strings.Repeat("x", 100_000) + "\r\n.\r\n"},
	} {
		all := []byte("+OK\r\n" + tt.wire)
		want := "reply RETR +OK → TRANSACTION \nlines " + tt.want + "\nend RETR  → TRANSACTION \nclose   → closed \n"
		if tt.want == "" {
			want = "reply RETR +OK → TRANSACTION \nend RETR  → TRANSACTION \nclose   → closed \n"
		}
		check := func(how string, pieces ...[]byte) {
			t.Helper()
			d := started(t)
			d.Send("RETR 1")
			if got := answers(d, pieces...); got != want {
				t.Errorf("%.40q %s: got\n%.200q\nwant\n%.200q (RFC 1939 section 3)", tt.wire, how, got, want)
			}
		}
		check("whole", all)
		if len(all) > 1000 {
			continue
		}
		var single [][]byte
		for i := range all {
			single = append(single, all[i:i+1])
			check("cut once", all[:i], all[i:])
		}
		check("octet by octet", single...)

		// A second opinion, of the standard library; it writes line ends as LF.
		r := textproto.NewReader(bufio.NewReader(strings.NewReader(tt.wire)))
		other, err := r.ReadDotBytes()
		if err != nil {
			t.Fatal(err)
		}
		if ours := strings.ReplaceAll(tt.want, "\r\n", "\n"); ours != string(other) {
			t.Errorf("%q: net/textproto reads %q, we read %q", tt.wire, other, ours)
		}
	}
}

// Servers that are a little wrong are understood, and it's noted.
func TestOddRepliesAreUnderstood(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want string
	}{
		{"+OK\r\n", "reply NOOP +OK → TRANSACTION \n"},
		{"+OK \r\n", "reply NOOP +OK  → TRANSACTION \n"},
		{"+OKay\r\n", "reply NOOP +OKay → TRANSACTION no-space\n"},
		{"-ERRor\r\n", "reply NOOP -ERRor → TRANSACTION no-space\n"},
		{"+ok\r\n", "reply NOOP +ok → TRANSACTION indicator-case\n"},
		{"+OK fine\n", "reply NOOP +OK fine → TRANSACTION bare-lf\n"},
		{"+OK " + strings.Repeat("x", 600) + "\r\n", "reply NOOP +OK " + strings.Repeat("x", 600) + " → TRANSACTION long-reply\n"},
		{"+OK\r\n+OK\r\n", "reply NOOP +OK → TRANSACTION \nextra   → TRANSACTION unasked\n"},
		{"+ dGVzdA==\r\n", "close   → closed  client: NOOP: a challenge came where +OK or -ERR was due: \"+ dGVzdA==\"\n"},
		{"OK\r\n", "close   → closed  client: NOOP: this is no reply of POP3, which begins with +OK or -ERR: \"OK\"\n"},
		{"* OK IMAP4rev1\r\n", "close   → closed  client: NOOP: this looks like IMAP, not POP3, so try port 110 or 995: \"* OK IMAP4rev1\"\n"},
		{"220 mail ESMTP\r\n", "close   → closed  client: NOOP: this looks like SMTP or FTP, not POP3, so try another port: \"220 mail ESMTP\"\n"},
		{"\x15\x03\x01\x00\x02\x02\x46", "close   → closed  client: NOOP: the server speaks TLS on this port, so use pops:// or --tls: \"\\x15\\x03\\x01\\x00\\x02\\x02F\"\n"},
		{"", "close   → closed  client: NOOP: the connection ended without an answer: unexpected EOF\n"},
		{"+O", "close   → closed  client: NOOP: the connection ended without an answer: unexpected EOF\n"},
	} {
		d := started(t)
		d.Send("NOOP")
		got := strings.TrimSuffix(answers(d, []byte(tt.wire)), "close   → closed \n")
		if got != tt.want {
			t.Errorf("%.60q: got\n%s\nwant\n%s", tt.wire, got, tt.want)
		}
	}
	d := started(t)
	d.Send("RETR 1")
	if got, want := answers(d, []byte("+OK\r\na\r\n.\n")), "reply RETR +OK → TRANSACTION \nlines a\r\n\nend RETR  → TRANSACTION dot-lf\nclose   → closed \n"; got != want {
		t.Errorf("a dot and LF alone: got\n%q\nwant\n%q", got, want)
	}
}

// A first line without end is given up before it fills the memory; lines of a message have no
// limit.
func TestFirstLinesAreBounded(t *testing.T) {
	d := started(t)
	d.Send("NOOP")
	piece := bytes.Repeat([]byte("+OK x"), 1000)
	fed := 0
	for d.Err() == nil && fed < 1<<20 {
		d.Feed(piece)
		fed += len(piece)
		d.Next()
	}
	if d.Err() == nil || fed > 100_000 {
		t.Errorf("a line without end: given up after %d octets with %v, want an error soon after 64 KiB", fed, d.Err())
	}
	var protocol *client.ProtocolError
	if !errors.As(d.Err(), &protocol) {
		t.Errorf("got %v, want a *ProtocolError", d.Err())
	}
}

// Answers belong to commands in the order in which these were sent.
//
// req: CAP-24
func TestPipelinedAnswersAreMatchedInOrder(t *testing.T) {
	d := started(t)
	for _, l := range []string{"RETR 1", "DELE 1", "LIST 2", "LIST", "QUIT"} {
		d.Send(l)
	}
	if got := strings.Join(d.Waiting(), ","); got != "RETR 1,DELE 1,LIST 2,LIST,QUIT" {
		t.Errorf("Waiting: got %s", got)
	}
	got := answers(d, []byte("+OK\r\nmail\r\n.\r\n+OK\r\n-ERR no\r\n+OK\r\n2 7\r\n.\r\n+OK bye\r\n"))
	want := `reply RETR +OK → TRANSACTION 
lines mail` + "\r\n" + `
end RETR  → TRANSACTION 
reply DELE +OK → TRANSACTION 
reply LIST -ERR no → TRANSACTION 
reply LIST +OK → TRANSACTION 
lines 2 7` + "\r\n" + `
end LIST  → TRANSACTION 
reply QUIT +OK bye → closed 
close   → closed 
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s\n(RFC 2449 section 6.6)", got, want)
	}
}

// Secrets are masked in what a Dialogue shows, also a mistyped PASS.
func TestSecretsAreMasked(t *testing.T) {
	for _, tt := range []struct{ before, line, want string }{
		{"", "USER mrose", "USER mrose"},
		{"USER mrose", "PASS tan staaf", "PASS ********"},
		{"USER mrose", "pass tanstaaf", "pass ********"},
		{"USER mrose", "PAS tanstaaf", "PAS ********"},
		{"USER mrose", " PASS tanstaaf", " ********"},
		{"USER mrose", "tanstaaf", "********"},
		{"USER mrose", "QUIT", "QUIT"},
		{"", "PASS tanstaaf", "PASS ********"},
		{"", "APOP mrose c4c9334bac560ecc979e58001b3e22fb", "APOP mrose ********"},
		{"", "AUTH PLAIN AG1yb3NlAHRhbnN0YWFm", "AUTH PLAIN ********"},
		{"", "AUTH PLAIN", "AUTH PLAIN"},
		{"AUTH PLAIN", "AG1yb3NlAHRhbnN0YWFm", "********"},
		{"AUTH PLAIN", "*", "*"},
		{"AUTH PLAIN", "", ""},
		{"", "NOOP", "NOOP"},
	} {
		d := &client.Dialogue{}
		d.Feed([]byte("+OK\r\n"))
		d.Next()
		if tt.before != "" {
			d.Send(tt.before)
			d.Feed([]byte(map[bool]string{true: "+ \r\n", false: "+OK\r\n"}[strings.HasPrefix(tt.before, "AUTH")]))
			d.Next()
		}
		e := d.Send(tt.line)
		if got := string(e.Wire); got != tt.want+"\r\n" || e.Masked != (tt.want != tt.line) {
			t.Errorf("%q behind %q: shown as %q (masked %v), want %q", tt.line, tt.before, got, e.Masked, tt.want)
		}
		if strings.Contains(strings.Join(d.Waiting(), ""), "tanstaaf") {
			t.Errorf("%q: Waiting shows the secret: %v", tt.line, d.Waiting())
		}
	}
	// A response that is sent before AUTH is answered.
	d := &client.Dialogue{}
	d.Feed([]byte("+OK\r\n"))
	d.Next()
	d.Send("AUTH PLAIN")
	if e := d.Send("AG1yb3NlAHRhbnN0YWFm"); string(e.Wire) != "********\r\n" {
		t.Errorf("a response sent ahead: shown as %q, want the mask", e.Wire)
	}
	if got, want := answers(d, []byte("+ \r\n+OK in\r\n")), "reply AUTH +  → AUTHORIZATION (SASL exchange) \nreply (response) +OK in → TRANSACTION \nclose   → closed \n"; got != want {
		t.Errorf("AUTH and its response sent together: got\n%s\nwant\n%s", got, want)
	}
}

// FuzzDialogue: whatever a server says, however it's cut, a Dialogue says the same and comes to an end.
func FuzzDialogue(f *testing.F) {
	for _, s := range []string{
		"+OK\r\n", "-ERR\r\n+OK\r\n", "+OK\r\n1 2\r\n.\r\n+OK\r\n", "+OK\r\n..\r\n.a\r\n.\n", "+ \r\n+ dGVzdA==\r\n+OK\r\n",
		"+OK\n.\r\n", "* BYE\r\n", "+OK [IN-USE\r\n", "-ERR [sys/temp/x] y\r\n.\r.\n.\r\n", "\x00\r\n",
	} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(1))
	}
	lines := []string{"RETR 1", "AUTH PLAIN", "LIST", "dGVzdA==", "STLS", "QUIT"}
	f.Fuzz(func(t *testing.T, wire []byte, first uint8) {
		begin := func() *client.Dialogue {
			d := &client.Dialogue{}
			d.Feed([]byte("+OK\r\n"))
			d.Next()
			for i := range lines {
				d.Send(lines[(int(first)+i)%len(lines)])
			}
			return d
		}
		whole := answers(begin(), wire)
		var single [][]byte
		for i := range wire {
			single = append(single, wire[i:i+1])
		}
		if got := answers(begin(), single...); got != whole && !strings.Contains(whole, client.ErrInjected.Error()) {
			t.Errorf("%q octet by octet: got\n%s\nwhole it was\n%s", wire, got, whole)
		}
		if !strings.Contains(whole, "close ") {
			t.Errorf("%q: no end:\n%s", wire, whole)
		}
	})
}

// Messages of random lines come out as they went in, and net/textproto agrees.
func TestRandomMessagesAgreeWithTextproto(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var wire, want bytes.Buffer
		for range r.IntN(20) {
			line := make([]byte, r.IntN(6))
			for i := range line {
				line[i] = ".a\x00\xe9 "[r.IntN(5)]
			}
			want.Write(append(line, '\r', '\n'))
			if len(line) > 0 && line[0] == '.' {
				wire.WriteByte('.')
			}
			wire.Write(append(line, '\r', '\n'))
		}
		wire.WriteString(".\r\n")
		d := started(t)
		d.Send("RETR 1")
		d.Feed([]byte("+OK\r\n"))
		d.Feed(wire.Bytes())
		var got []byte
		for e, ok := d.Next(); ok; e, ok = d.Next() {
			got = append(got, e.Lines...)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%q: got %q, want %q", wire.Bytes(), got, want.Bytes())
		}
		other, err := textproto.NewReader(bufio.NewReader(&wire)).ReadDotBytes()
		if err != nil || string(other) != strings.ReplaceAll(want.String(), "\r\n", "\n") {
			t.Fatalf("net/textproto reads %q, %v", other, err)
		}
	}
}
