package watch_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/watch"
)

// read gives a reader a dialogue, "C: " and "S: " before each line, and returns the events as lines. each is called
// at every event; nil means not.
func read(r *watch.Reader, dialogue string, each func(client.Event)) (events []string) {
	for l := range strings.Lines(dialogue) {
		l = strings.TrimSuffix(l, "\n")
		text, fromServer := strings.CutPrefix(l, "S: ")
		if fromServer {
			r.Server([]byte(text + "\r\n"))
		} else {
			r.Client([]byte(strings.TrimPrefix(l, "C: ") + "\r\n"))
		}
		events = append(events, drain(r, each)...)
	}
	return events
}

func drain(r *watch.Reader, each func(client.Event)) (events []string) {
	for {
		e, ok := r.Next()
		if !ok {
			return events
		}
		if each != nil {
			each(e)
		}
		events = append(events, brief(e.Event))
	}
}

// brief is an event in a line.
func brief(e engine.Event) string {
	s := e.Kind.String()
	if e.Verb != "" {
		s += " " + string(e.Verb)
	}
	if len(e.Wire) > 0 {
		s += fmt.Sprintf(" %q", e.Wire)
	}
	if e.Before != e.After {
		s += fmt.Sprintf(" %v → %v", e.Before, e.After)
	}
	return s
}

func compare(t *testing.T, got []string, want string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.TrimSpace(want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

const login = `S: +OK ready <1@lab>
C: USER mrose
S: +OK
C: PASS tanstaaf
S: +OK logged in
`

const whole = login + `C: LIST
S: +OK
S: 1 120
S: 2 200
S: .
C: DELE 1
S: +OK
C: QUIT
S: +OK bye
`

const wholeEvents = `
reply (connect) "+OK ready <1@lab>\r\n" connected → AUTHORIZATION
line USER "USER mrose\r\n"
reply USER "+OK\r\n" AUTHORIZATION → AUTHORIZATION (user given)
line PASS "PASS ********\r\n"
reply PASS "+OK logged in\r\n" AUTHORIZATION (user given) → TRANSACTION
line LIST "LIST\r\n"
reply LIST "+OK\r\n"
data LIST "1 120\r\n"
data LIST "2 200\r\n"
end LIST ".\r\n"
line DELE "DELE 1\r\n"
reply DELE "+OK\r\n"
line QUIT "QUIT\r\n"
input QUIT TRANSACTION → UPDATE
reply (commit) "+OK bye\r\n" UPDATE → closed
close (commit)`

// The events are those that the server's own session has, UPDATE included.
func TestEvents(t *testing.T) {
	var r watch.Reader
	got := read(&r, whole, nil)
	r.End(false)
	compare(t, append(got, drain(&r, nil)...), wholeEvents)
}

// Commands sent ahead come when it's their turn, so that each has its state, and its answer behind it.
func TestSentAhead(t *testing.T) {
	var r watch.Reader
	var ahead, answers strings.Builder
	for l := range strings.Lines(whole) {
		if strings.HasPrefix(l, "C: ") {
			ahead.WriteString(strings.TrimSpace(l[3:]) + "\r\n")
		} else {
			answers.WriteString(strings.TrimSpace(l[3:]) + "\r\n")
		}
	}
	r.Client([]byte(ahead.String()))
	if got := drain(&r, nil); len(got) > 0 {
		t.Errorf("got %q before the greeting, want nothing: a server answers nobody before it", got)
	}
	var got []string
	for _, c := range []byte(answers.String()) { // octet by octet
		r.Server([]byte{c})
		for _, e := range drain(&r, nil) {
			if !strings.HasPrefix(e, "data") {
				got = append(got, e)
			}
		}
	}
	r.End(false)
	got = append(got, drain(&r, nil)...)
	var want []string
	for l := range strings.Lines(wholeEvents) {
		if !strings.HasPrefix(l, "data") {
			want = append(want, l)
		}
	}
	compare(t, got, strings.Join(want, ""))
}

// How lines end, and how long they are.
func TestLines(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		sent    string
		wire    string
		end     engine.LineEnd
		octets  int64
		tooLong bool
	}{
		{"NOOP\r\n", "NOOP\r\n", engine.EndCRLF, 6, false},
		{"NOOP\n", "NOOP\n", engine.EndLF, 5, false},
		{"NOOP\r\x00", "NOOP\r\x00", engine.EndCRNUL, 6, false},
		{"\r\n", "\r\n", engine.EndCRLF, 2, false},
		{"A\x00B\r\n", "A\x00B\r\n", engine.EndCRLF, 5, false},
		{"A\rB\r\n", "A\rB\r\n", engine.EndCRLF, 5, false},
		{"RETR " + long + "\r\n", "RETR " + long[:64<<10-5], engine.EndCRLF, 100_007, true},
	} {
		for _, size := range []int{1, len(c.sent)} {
			r := watch.Reader{}
			read(&r, login, nil)
			var got client.Event
			for i := 0; i < len(c.sent); i += size {
				r.Client([]byte(c.sent[i:min(i+size, len(c.sent))]))
			}
			n := len(drain(&r, func(e client.Event) { got = e; got.Wire = append([]byte(nil), e.Wire...) }))
			if n != 1 || string(got.Wire) != c.wire || got.End != c.end || got.N != c.octets || got.TooLong != c.tooLong {
				t.Errorf("%.20q in pieces of %d: got %d events, %.20q, end %d, %d octets, too long %v, want %.20q, end %d, %d, %v",
					c.sent, size, n, got.Wire, got.End, got.N, got.TooLong, c.wire, c.end, c.octets, c.tooLong)
			}
		}
	}
}

// What may be a secret isn't shown, unless it's asked for.
func TestMasked(t *testing.T) {
	for _, c := range []struct{ before, line, want string }{
		{"S: +OK\n", "PASS secret", "PASS ********"},
		{"S: +OK\n", "  PASS secret", "  PASS ********"},
		{"S: +OK\n", "PSAS secret", "PSAS ********"},
		{"S: +OK\n", "tanstaaf", "********"},
		{"S: +OK\n", "USER mrose secret", "USER mrose ********"},
		{"S: +OK\n", "USER mrose", "USER mrose"},
		{"S: +OK\n", "APOP mrose c4c9334bac560ecc979e58001b3e22fb", "APOP mrose ********"},
		{"S: +OK\n", "AUTH PLAIN AG1yb3NlAHRhbnN0YWFm", "AUTH PLAIN ********"},
		{"S: +OK\n", "CAPA", "CAPA"},
		{"S: +OK\n", "NOOP", "NOOP"},
		{"S: +OK\nC: USER mrose\nS: +OK\n", "pwd", "********"},
		{"S: +OK\nC: AUTH PLAIN\nS: + \n", "AG1yb3NlAHRhbnN0YWFm", "********"},
		{"S: +OK\nC: AUTH PLAIN\nS: + \n", "*", "*"},
		{login, "FOO bar", "FOO bar"},
		{login, " PASS secret", " PASS ********"},
	} {
		for _, show := range []bool{false, true} {
			r := watch.Reader{ShowSecrets: show}
			read(&r, c.before, nil)
			want := c.want
			if show {
				want = c.line
			}
			got := ""
			read(&r, "C: "+c.line, func(e client.Event) { got = strings.TrimSuffix(string(e.Wire), "\r\n") })
			if got != want {
				t.Errorf("after %q, %q with ShowSecrets %v: got %q, want %q (DAU-13)", c.before, c.line, show, got, want)
			}
		}
	}
}

// The view has what went by, and says when that isn't all.
func TestView(t *testing.T) {
	for _, c := range []struct {
		name, dialogue string
		known          bool
		live           int
		octets         int64
		messages       string // UID:octets, D for deleted, R for retrieved
	}{
		{"nothing asked", "", false, 0, 0, ""},
		{"STAT", "C: STAT\nS: +OK 2 320\n", false, 2, 0, ":0 :0"},
		{"STAT of an empty maildrop", "C: STAT\nS: +OK 0 0\n", true, 0, 0, ""},
		{"STAT of one message", "C: STAT\nS: +OK 1 120 octets\n", true, 1, 120, ":120"},
		{"LIST", "C: LIST\nS: +OK\nS: 1 120\nS: 2 200\nS: .\n", true, 2, 320, ":120 :200"},
		{"LIST of nothing", "C: LIST\nS: +OK\nS: .\n", true, 0, 0, ""},
		{"LIST of one", "C: LIST 2\nS: +OK 2 200\n", false, 2, 200, ":0 :200"},
		{"UIDL", "C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: .\n", false, 2, 0, "a:0 b:0"},
		{"UIDL of one", "C: UIDL 1\nS: +OK 1 a\n", false, 1, 0, "a:0"},
		{"marks", "C: LIST\nS: +OK\nS: 1 120\nS: 2 200\nS: .\nC: DELE 1\nS: +OK\n", true, 1, 200, ":120D :200"},
		{"marks taken away", "C: LIST\nS: +OK\nS: 1 120\nS: .\nC: DELE 1\nS: +OK\nC: RSET\nS: +OK\n", true, 1, 120, ":120"},
		{"a refused DELE", "C: LIST\nS: +OK\nS: 1 120\nS: .\nC: DELE 1\nS: -ERR\n", true, 1, 120, ":120"},
		{"RETR", "C: RETR 1\nS: +OK\nS: a\nS: ..b\nS: .\n", false, 1, 7, ":7R"},
		{"STAT after DELE", "C: LIST\nS: +OK\nS: 1 120\nS: 2 200\nS: .\nC: DELE 1\nS: +OK\nC: STAT\nS: +OK 1 200\n", true, 1, 200, ":120D :200"},
		{"nonsense", "C: STAT\nS: +OK hello\nC: LIST\nS: +OK\nS: x y\nS: 99999999999 1\nS: 1 -\nS: .\n", true, 1, 0, ":0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := watch.Reader{}
			read(&r, login+c.dialogue, nil)
			v, known := r.View()
			var messages []string
			for _, m := range v.Messages {
				s := fmt.Sprintf("%s:%d", m.UID, m.Octets)
				if m.Deleted {
					s += "D"
				}
				if m.Retrieved {
					s += "R"
				}
				messages = append(messages, s)
			}
			if got := strings.Join(messages, " "); known != c.known || v.Live != c.live || v.Octets != c.octets || got != c.messages {
				t.Errorf("got known %v, %d messages with %d octets, %q, want %v, %d, %d, %q", known, v.Live, v.Octets, got, c.known, c.live, c.octets, c.messages)
			}
			if v.User != "mrose" || v.State != engine.Transaction || r.Stamp() != "<1@lab>" {
				t.Errorf("got user %q, state %v, timestamp %q, want mrose, TRANSACTION, <1@lab>", v.User, v.State, r.Stamp())
			}
		})
	}
}

// Who logs in is known where it goes by in the clear.
func TestUser(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct{ name, dialogue, user string }{
		{"USER", "C: USER mrose\nS: +OK\n", "mrose"},
		{"a refused PASS", "C: USER mrose\nS: +OK\nC: PASS x\nS: -ERR\n", ""},
		{"APOP", "C: APOP mrose 00\nS: +OK\n", "mrose"},
		{"PLAIN", "C: AUTH PLAIN\nS: + \nC: " + b64("\x00mrose\x00tanstaaf") + "\nS: +OK\n", "mrose"},
		{"PLAIN at once", "C: AUTH PLAIN " + b64("\x00mrose\x00tanstaaf") + "\nS: +OK\n", "mrose"},
		{"LOGIN", "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: " + b64("mrose") + "\nS: + UGFzc3dvcmQ6\nC: " + b64("tanstaaf") + "\nS: +OK\n", "mrose"},
		{"CRAM-MD5", "C: AUTH CRAM-MD5\nS: + " + b64("<1@lab>") + "\nC: " + b64("m rose 00ff") + "\nS: +OK\n", "m rose"},
		{"SCRAM", "C: AUTH SCRAM-SHA-256 " + b64("n,,n=m=2Crose,r=abc") + "\nS: + " + b64("r=abcd,s=AA==,i=4096") + "\nC: " + b64("c=biws,r=abcd,p=AA==") + "\nS: + " + b64("v=AA==") + "\nC: \nS: +OK\n", "m,rose"},
		{"nonsense", "C: AUTH PLAIN !\nS: -ERR\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := watch.Reader{}
			read(&r, "S: +OK\n"+c.dialogue, nil)
			if v, _ := r.View(); v.User != c.user {
				t.Errorf("got user %q, want %q", v.User, c.user)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	r := watch.Reader{}
	read(&r, "S: +OK\nC: CAPA\nS: +OK\nS: TOP\nS: SASL PLAIN\nS: .\n", nil)
	if got := strings.Join(r.Capabilities(), ", "); got != "TOP, SASL PLAIN" {
		t.Errorf("got %q, want TOP, SASL PLAIN", got)
	}
}

// The notes claim only what went by.
func TestExplain(t *testing.T) {
	for _, c := range []struct{ name, dialogue, want, without string }{
		{"login, nothing listed", login, "", "empty"},
		{"a refusal without a code", login + "C: DELE 9\nS: -ERR no\n", "The server says no. Why, only its words say", "there is no"},
		{"a refusal with one", "S: +OK\nC: USER a\nS: +OK\nC: PASS b\nS: -ERR [IN-USE] busy\n", "[IN-USE] tells programs", "only its words"},
		{"STAT after LIST", login + "C: LIST\nS: +OK\nS: 1 120\nS: .\nC: STAT\nS: +OK 1 120\n", "Now 1 message with 120 octets is there to fetch", ""},
		{"DELE, nothing listed", login + "C: DELE 1\nS: +OK\n", "", "to fetch"},
		{"PASS in the clear", "S: +OK\nC: USER a\nS: +OK\nC: PASS b\n", "everybody on the way can read it", ""},
		{"odd", "S: +ok ready\n", "Odd: The indicator isn't in capitals", ""},
		{"QUIT", login + "C: QUIT\n", "UPDATE", "none is marked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := watch.Reader{}
			read(&r, c.dialogue, nil)
			x := r.Explain()
			if x.Text == "" || !strings.Contains(x.Text, c.want) || c.without != "" && strings.Contains(x.Text, c.without) {
				t.Errorf("got %q, want %q in it, and not %q", x.Text, c.want, c.without)
			}
		})
	}
}

// In TLS a password is private.
func TestExplainInTLS(t *testing.T) {
	r := watch.Reader{TLS: true}
	read(&r, "S: +OK\nC: USER a\nS: +OK\nC: PASS b\n", nil)
	if x := r.Explain(); !strings.Contains(x.Text, "nobody on the way can read it") {
		t.Errorf("got %q, want that TLS is active", x.Text)
	}
	if v, _ := r.View(); !v.Secure {
		t.Error("the view isn't secure, want it to be: TLS was there from the first octet")
	}
}

// When it can't be followed any more, one event says so, and the rest is nobody's.
func TestLost(t *testing.T) {
	t.Run("not POP3", func(t *testing.T) {
		r := watch.Reader{}
		got := read(&r, "S: 220 mail.example ESMTP\n", nil)
		x := r.Explain()
		got = append(got, read(&r, "C: EHLO x\nS: 250 hello\n", nil)...)
		r.End(false)
		got = append(got, drain(&r, nil)...)
		compare(t, got, "extra \"220 mail.example ESMTP\\r\\n\"\nclose connected → closed")
		var protocol *client.ProtocolError
		if !errors.As(r.Lost(), &protocol) || !strings.Contains(x.Text, "looks like SMTP") {
			t.Errorf("got %v and %q, want a ProtocolError, and a word on SMTP", r.Lost(), x.Text)
		}
	})
	t.Run("TLS from the first octet", func(t *testing.T) {
		r := watch.Reader{}
		r.Client([]byte("\x16\x03\x01\x00\n"))
		r.Server([]byte("\x16\x03\x03\n\n"))
		r.End(true)
		compare(t, drain(&r, nil), "close connected → closed")
		if !errors.Is(r.Lost(), watch.ErrTLS) || !strings.Contains(r.Explain().Text, "TLS") {
			t.Errorf("got %v and %q, want ErrTLS, and a word on it", r.Lost(), r.Explain().Text)
		}
	})
	t.Run("STLS", func(t *testing.T) {
		r := watch.Reader{}
		got := read(&r, "S: +OK\nC: STLS\nS: +OK go\n", nil)
		r.Client([]byte("\x16\x03\x01\x00\nQUIT\r\n"))
		r.Server([]byte("\x16\x03\x03\n\n+OK\r\n"))
		r.End(true)
		compare(t, append(got, drain(&r, nil)...), `
reply (connect) "+OK\r\n" connected → AUTHORIZATION
line STLS "STLS\r\n"
reply STLS "+OK go\r\n" AUTHORIZATION → AUTHORIZATION (TLS handshake)
tls STLS
close AUTHORIZATION (TLS handshake) → closed`)
	})
	t.Run("octets behind the answer to STLS", func(t *testing.T) {
		r := watch.Reader{}
		read(&r, "S: +OK\nC: STLS\n", nil)
		r.Server([]byte("+OK go\r\n+OK injected\r\n"))
		drain(&r, nil)
		if !errors.Is(r.Lost(), client.ErrInjected) || !strings.Contains(r.Explain().Text, "somebody put them there") {
			t.Errorf("got %v and %q, want ErrInjected, and who it may have been (RFC 2595 section 4)", r.Lost(), r.Explain().Text)
		}
	})
	t.Run("too far ahead", func(t *testing.T) {
		r := watch.Reader{}
		for range 70 {
			r.Client([]byte(strings.Repeat("NOOP\r\n", 1000)))
		}
		if !errors.Is(r.Lost(), watch.ErrAhead) {
			t.Errorf("got %v after 70,000 commands without an answer, want ErrAhead: what is kept is bounded", r.Lost())
		}
	})
}

// Who ended it, and in the middle of what.
func TestEnd(t *testing.T) {
	for _, c := range []struct {
		name, dialogue string
		byClient       bool
		want, note     string
	}{
		{"the client left", login, true, "close (hangup) TRANSACTION → closed", "nothing is removed"},
		{"the server closed", login, false, "close TRANSACTION → closed", "The connection is closed"},
		{"in the middle of an answer", login + "C: STAT\n", false, "close TRANSACTION → closed", "an answer was due"},
		{"after QUIT", login + "C: QUIT\nS: +OK\n", true, "close (commit)", ""},
		{"before the greeting", "", false, "close connected → closed", "closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := watch.Reader{}
			read(&r, c.dialogue, nil)
			r.End(c.byClient)
			got := drain(&r, nil)
			compare(t, got, c.want)
			if x := r.Explain(); !strings.Contains(x.Text, c.note) {
				t.Errorf("got note %q, want %q in it", x.Text, c.note)
			}
		})
	}
	r := watch.Reader{}
	read(&r, login, nil)
	r.Client([]byte("DELE 1\r\nQUIT\r\n"))
	got := drain(&r, nil)
	r.End(true)
	compare(t, append(got, drain(&r, nil)...), "line DELE \"DELE 1\\r\\n\"\nline QUIT \"QUIT\\r\\n\"\nclose (hangup) TRANSACTION → closed")
}

// Secured lets it be read on, with nothing remembered.
func TestSecured(t *testing.T) {
	r := watch.Reader{}
	got := read(&r, "S: +OK\nC: USER mrose\nS: +OK\nC: STLS\nS: +OK go\n", nil)
	r.Secured()
	got = append(got, drain(&r, nil)...)
	got = append(got, read(&r, "C: STAT\nS: -ERR\n", nil)...)
	compare(t, got[len(got)-3:], "input (secured) AUTHORIZATION (TLS handshake) → AUTHORIZATION\nline STAT \"STAT\\r\\n\"\nreply STAT \"-ERR\\r\\n\"")
	if v, _ := r.View(); !v.Secure || v.User != "" {
		t.Errorf("got secure %v, user %q, want true and none (RFC 2595 section 4)", v.Secure, v.User)
	}
}

// Octets that nobody means well with do no harm.
func FuzzReader(f *testing.F) {
	f.Add([]byte("S+OK\r\nCUSER a\r\nS+OK\r\nCPASS b\r\nS+OK\r\nCLIST\r\nS+OK\r\n1 2\r\n.\r\n"))
	f.Add([]byte("S+OK\r\nCSTLS\r\nS+OK\r\nT"))
	f.Add([]byte("S+OK\r\nCAUTH PLAIN\r\nS+ \r\nCAAAA\r\nS+OK x\r\nE"))
	f.Add([]byte("T")) // TLS where nobody asked for it
	f.Fuzz(func(t *testing.T, script []byte) {
		var r watch.Reader
		for len(script) > 0 {
			op := script[0]
			script = script[1:]
			n := 0
			for n < len(script) && n < 40 && !strings.ContainsRune("SCTE", rune(script[n])) {
				n++
			}
			switch op {
			case 'S':
				r.Server(script[:n])
			case 'C':
				r.Client(script[:n])
			case 'T':
				r.Secured()
			case 'E':
				r.End(n%2 == 0)
			}
			script = script[n:]
			for i := 0; ; i++ {
				if _, ok := r.Next(); !ok {
					break
				}
				if r.Explain().Text == "" {
					t.Fatal("an event without a word")
				}
				if i > 10_000 {
					t.Fatal("events without end")
				}
			}
			r.View()
		}
	})
}
