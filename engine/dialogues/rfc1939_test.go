package dialogues

import (
	"regexp"
	"strings"
	"testing"

	"pop3lab/engine/transcript"
)

// rfc1939section10 is the example of RFC 1939 section 10 as it's printed, but for the two messages,
// of which it says only that they are sent. A dialogue can be rewritten by -update; this can't.
const rfc1939section10 = `S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: LIST
S: +OK 2 messages (320 octets)
S: 1 120
S: 2 200
S: .
C: RETR 1
S: +OK 120 octets
<message>
S: .
C: DELE 1
S: +OK message 1 deleted
C: RETR 2
S: +OK 200 octets
<message>
S: .
C: DELE 2
S: +OK message 2 deleted
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
S closes
`

// TestRFC1939Section10: the RFC's own session, octet for octet.
func TestRFC1939Section10(t *testing.T) {
	got := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(lines(t, "rfc1939-session"), "")
	message := regexp.MustCompile(`(?s)(S: \+OK \d+ octets\n).*?(S: \.\n)`)
	got = message.ReplaceAllString(got, "$1<message>\n$2")
	if diff := transcript.Diff(rfc1939section10, got); diff != "" {
		t.Errorf("- is RFC 1939 section 10, + is the dialogue:\n%s", diff)
	}
}

// TestRFC1939Examples: the examples of the commands are the RFC's, line by line. Where the RFC has +OK alone, or a text
// that nobody can mean (mrose is a real hoopy frood), the server's own stands.
func TestRFC1939Examples(t *testing.T) {
	for _, test := range []struct{ section, name, lines string }{
		{"4", "rfc1939-greeting", "S: +OK POP3 server ready\n"},
		{"4", "rfc1939-quit-authorization", "C: QUIT\nS: +OK dewey POP3 server signing off\n"},
		{"5", "rfc1939-stat", "C: STAT\nS: +OK 2 320\n"},
		{"5", "rfc1939-list", "C: LIST\nS: +OK 2 messages (320 octets)\nS: 1 120\nS: 2 200\nS: .\n"},
		{"5", "rfc1939-list", "C: LIST 2\nS: +OK 2 200\n"},
		{"5", "rfc1939-list", "C: LIST 3\nS: -ERR no such message, only 2 messages in maildrop\n"},
		{"5", "rfc1939-retr", "C: RETR 1\nS: +OK 120 octets\n"},
		{"5", "rfc1939-dele", "C: DELE 1\nS: +OK message 1 deleted\n"},
		{"5", "rfc1939-dele", "C: DELE 2\nS: -ERR message 2 already deleted\n"},
		{"5", "rfc1939-noop", "C: NOOP\nS: +OK"},
		{"5", "rfc1939-rset", "C: RSET\nS: +OK maildrop has 2 messages (320 octets)\n"},
		{"6", "rfc1939-update", "C: QUIT\nS: +OK dewey POP3 server signing off (maildrop empty)\n"},
		{"6", "rfc1939-update", "C: QUIT\nS: +OK dewey POP3 server signing off (2 messages left)\n"},
		{"6", "rfc1939-update", "C: QUIT\nS: +OK dewey POP3 server signing off\n"},
		{"7", "rfc1939-top", "C: TOP 1 10\nS: +OK"},
		{"7", "rfc1939-top", "C: TOP 100 3\nS: -ERR no such message"},
		{"7", "rfc1939-uidl", "C: UIDL\nS: +OK"},
		{"7", "rfc1939-uidl", "\nS: 1 whqtswO00WBw418f9t5JxYwZ\nS: 2 QhdPYR:00WBw1Ph7x7\nS: .\n"},
		{"7", "rfc1939-uidl", "C: UIDL 2\nS: +OK 2 QhdPYR:00WBw1Ph7x7\n"},
		{"7", "rfc1939-uidl", "C: UIDL 3\nS: -ERR no such message, only 2 messages in maildrop\n"},
		{"7", "rfc1939-user", "C: USER frated\nS: -ERR sorry, no mailbox for frated here\n"},
		{"7", "rfc1939-user", "C: USER mrose\nS: +OK"},
		{"7", "rfc1939-pass", "[workstation] C: PASS secret\n[workstation] S: -ERR maildrop already locked\n"},
		{"7", "rfc1939-pass", "[workstation] C: PASS secret\n[workstation] S: +OK mrose's maildrop has 2 messages (320 octets)\n"},
		{"7", "rfc1939-apop", "S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\n"},
		{"7", "rfc1939-apop", "C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK mrose's maildrop has 1 message (369 octets)\n"},
	} {
		if !strings.Contains(lines(t, test.name), test.lines) {
			t.Errorf("%s: want the example of RFC 1939 section %s in it:\n%s", test.name, test.section, test.lines)
		}
	}
}

// lines is what went over the wire in a dialogue, with what is said beside it.
func lines(t testing.TB, name string) string {
	t.Helper()
	d, ok := Named(name)
	if !ok {
		t.Fatalf("there is no dialogue %s", name)
	}
	_, text, _ := strings.Cut(d.Source, "\n\n")
	text, _, _ = strings.Cut(text, "\n-- ")
	return text + "\n"
}
