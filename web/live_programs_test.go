package web

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Other people's programs on /live: each line appears as it happens, whole and in order; each visitor sees their own.

// watching notes when each row of the conversation appears, by the clock of the machine.
const watching = `(window.rows = [], new MutationObserver(() => {
	const at = performance.timeOrigin + performance.now();
	for (const row of document.querySelectorAll("#log .col .ln")) {
		if (row.dataset.noted) continue;
		row.dataset.noted = "yes";
		window.rows.push(at + " " + row.querySelector(".d").textContent + " " + row.querySelector(".t").firstChild.parentNode.textContent);
	}
}).observe(document.querySelector("#log"), {childList: true, subtree: true}), "ok")`

// TestLiveTelnet: a telnet session driven by expect, and a fetch by curl, appear complete and in order. When each line
// appeared after expect had sent it is printed.
func TestLiveTelnet(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t)
	v.is("a hook for rows", watching, "ok")
	host, port, _ := net.SplitHostPort(l.pop3)
	lines := []string{"USER " + v.user, "PASS " + v.password, "STAT", "LIST", "UIDL 1", "RETR 1", "NOOP", "TOP 2 0", "DELE 5", "RSET", "LIST 9", "QUIT"}
	script := "set timeout 20\nlog_user 0\nspawn telnet " + host + " " + port + "\nexpect \"+OK\"\n"
	for i, line := range lines {
		// expect's clock is the machine's, in microseconds; each line waits for the answer before it, and a while more,
		// as a person's does.
		script += fmt.Sprintf("after 120\nputs \"%d [clock microseconds]\"\nsend -- %q\nexpect -re {(\\+OK|-ERR)[^\\n]*\\n}\n", i, line+"\r")
	}
	script += "expect eof\n"
	out, err := exec.Command("expect", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("expect: %v\n%s", err, out)
	}
	sent := make([]float64, len(lines))
	for line := range strings.Lines(string(out)) {
		var i int
		var at int64
		if n, _ := fmt.Sscanf(line, "%d %d", &i, &at); n == 2 && i < len(sent) {
			sent[i] = float64(at) / 1000
		}
	}
	v.until("the end of the session", `document.querySelector("#log").innerText.includes("connection is closed") && document.querySelector("#state").textContent === "closed"`)
	took := v.appeared(lines, sent)
	slices.Sort(took)
	t.Logf("telnet: %d lines; after they were sent they stood on the page in %.1f ms at the median, %.1f ms at most", len(took), took[len(took)/2], took[len(took)-1])

	out, err = exec.Command("curl", "-s", "-S", "-u", v.user+":"+v.password, "pop3://"+l.pop3+"/4").Output()
	if err != nil {
		t.Fatalf("curl: %v", err)
	}
	v.until("curl's QUIT", `[...document.querySelectorAll("#log .col .ln")].filter(e => e.querySelector(".t").textContent.includes("QUIT")).length === 2`)
	v.recorded("curl", string(out))
}

// appeared compares the client's lines that were noted with those that were sent, and says how long each took.
func (v *visitor) appeared(lines []string, sent []float64) (took []float64) {
	v.Helper()
	text, err := v.Eval(`window.rows.filter(r => r.includes(" C→S ")).join("\n")`)
	v.must(err)
	var got []string
	for row := range strings.Lines(text) {
		var at float64
		fmt.Sscanf(row, "%f", &at)
		_, line, _ := strings.Cut(strings.TrimSuffix(row, "\n"), " C→S ")
		got = append(got, strings.TrimSuffix(line, "CRLF"))
		if i := len(got) - 1; i < len(sent) {
			took = append(took, at-sent[i])
		}
	}
	want := slices.Clone(lines)
	for i, l := range want {
		if strings.HasPrefix(l, "PASS ") {
			want[i] = "PASS ********"
		}
	}
	if !slices.Equal(got, want) {
		v.Fatalf("the client's lines on the page: got %q, want %q: all of them, in their order", got, want)
	}
	return took
}

// recorded compares the last message that a session fetched, as the page has it, with what the program was given.
func (v *visitor) recorded(program, want string) {
	v.Helper()
	// The last part of the row is the end, ".".
	got, err := v.Eval(`[...[...document.querySelectorAll("#log .more")].at(-1).children].slice(0, -1).map(d => [...d.childNodes].map(n => n.classList?.contains("eol") ? "" : n.classList?.contains("stuffed") ? "" : n.textContent).join("")).join("")`)
	v.must(err)
	if want = strings.ReplaceAll(want, "\r\n", "\n"); got != want {
		v.Errorf("%s: the message on the page differs from what the program got:\ngot %q\nwant %q", program, got, want)
	}
}

// TestLiveMpop: what mpop does is recorded whole: every command, every message, the deletions, the end.
func TestLiveMpop(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t)
	c := l.dial(t)
	c.login(v)
	c.says("DELE 5") // which only clients with UTF8 may fetch (RFC 6856 section 2)
	c.says("QUIT")
	v.until("the first session's end", `document.querySelector("#state").textContent === "closed"`)
	host, port, _ := net.SplitHostPort(l.pop3)
	box := filepath.Join(t.TempDir(), "box")
	cmd := exec.Command("mpop", "--host="+host, "--port="+port, "--user="+v.user, "--auth=user", "--passwordeval=echo "+v.password, "--tls=off", "--keep=off", "--uidls-file="+box+".uidls", "--delivery=mbox,"+box)
	cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mpop: %v\n%s", err, out)
	}
	v.until("the end of mpop's session", `[...document.querySelectorAll("#log .ln.c b")].filter(b => b.textContent === "QUIT").length === 2 && document.querySelector("#state").textContent === "closed"`)
	for command, want := range map[string]string{"RETR": "4", "DELE": "5", "QUIT": "2"} {
		v.is("commands "+command, `[...document.querySelectorAll("#log .ln.c .t b")].filter(b => b.textContent === "`+command+`").length`, want)
	}
	v.is("rows are in the order of their steps", `[...document.querySelectorAll("#log .col .ln a.n")].map(a => Number(a.textContent)).every((n, i, all) => i === 0 || n > all[i-1])`, "true")
	v.until("the maildrop as UPDATE left it", `document.querySelectorAll("#maildrop tbody tr.marked").length === 4`)
}

// TestLiveVisitors: nobody sees another's sessions or mail: not on the page, not with a token of their own.
func TestLiveVisitors(t *testing.T) {
	l := newLab(t, nil)
	a, b := l.visit(t), l.visit(t)
	if a.user == b.user || a.token == b.token {
		t.Fatalf("two visitors have %s and %s: want a maildrop for each", a.user, b.user)
	}
	c := l.dial(t)
	c.login(a)
	c.says("STAT")
	a.shows("5 1999")
	d := l.dial(t)
	d.login(b)
	b.shows("5 messages")
	b.until("one session for b", `document.querySelectorAll("#log .col").length >= 1`)
	b.is("a's name on b's page", `document.body.innerText.includes("`+a.user+`")`, "false")
	a.is("b's name on a's page", `document.body.innerText.includes("`+b.user+`")`, "false")
	steps, code := l.asks(t, b.token, "/steps?from=1.0")
	if code != http.StatusOK || !strings.Contains(steps, b.user) || strings.Contains(steps, a.user) {
		t.Errorf("steps with b's token: got status %d, b's name %v, a's name %v; want b's alone", code, strings.Contains(steps, b.user), strings.Contains(steps, a.user))
	}
}

// TestLiveHostile: mail that would be harmful somewhere else is text here, on every lens.
func TestLiveHostile(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t)
	letter := "From: x@example.org\r\nSubject: <img src=x onerror=window.pwned=1>\r\nContent-Type: text/html\r\n\r\n" +
		"<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\r\n\x1b]0;title\x07\x1b[2J\x1b[31mred\r\nuser\u202egpj.exe \u2066isolate\u2069\r\n\xff\xfe bad \x00 octets\r\n"
	r, err := http.NewRequest("POST", l.url+"/room/deliver", strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	r.Header.Set("Origin", strings.TrimSuffix(l.url, "/live"))
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("deliver: %v, %v", answer, err)
	}
	answer.Body.Close()
	c := l.dial(t)
	c.login(v)
	c.says("RETR 6")
	v.until("the message", `document.querySelector("#log .more")?.textContent.includes("<script>window.pwned=1</script>")`)
	v.is("the message is unfolded", `document.querySelector("#log button.fold").click()`, "undefined")
	for _, lens := range []string{"notes", "bytes", "ladder", "states", "rfc"} {
		v.must(v.Click("#tab-" + lens))
	}
	v.must(v.Click("#tab-bytes"))
	v.must(v.Click("#prev"))
	v.until("the message three times", `document.querySelector("#panel-bytes .lanes")?.textContent.includes("onerror")`)
	v.is("elements of the mail's, scripts that ran, and octets that steer terminals", `[document.querySelectorAll("main img, main script, .lens img, .lens script").length, window.pwned, /[\x00-\x08\x0b-\x1f\x7f]/.test(document.body.textContent)].join()`, "0,,false")
	v.is("what steers a terminal is shown", `document.querySelector("#log .more").textContent.includes("\\x1b[2J")`, "true")
	v.is("what turns the direction of text is shown, and doesn't turn it", `/[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent) + " " + document.querySelector("#log .more").textContent.includes("user\\xe2\\x80\\xaegpj.exe")`, "false true")
}

// TestLiveTLS: a session under TLS is seen in two ways: what the server sees, and what an eavesdropper sees of the same
// steps, in which nothing stands that was under TLS.
func TestLiveTLS(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t)
	c := l.dial(t)
	if got := c.says("STLS"); !strings.HasPrefix(got, "+OK") {
		t.Fatalf("STLS: got %q", got)
	}
	c.Conn = tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	c.in.Reset(c.Conn)
	c.login(v)
	size := len(c.says("LIST"))
	for line := ""; line != ".\r\n"; size += len(line) {
		line = c.hears()
	}
	c.says("UIDL 1")
	v.shows("UIDL")
	v.until("the choice of views", `!document.querySelector("#sees").hidden`)
	v.must(v.Click("#tab-ladder"))
	v.must(v.Click("#prev"))
	at, err := v.Eval(`document.querySelector("#count").textContent`)
	v.must(err)
	v.must(v.Click("#sees-tap"))
	v.is("the step is the same", `document.querySelector("#count").textContent`, at)
	v.is("the current row", `document.querySelector("#log [aria-current]").innerText.includes("TLS record, ")`, "true")
	// "UIDL 1" CR LF are 8 octets, and 17 more in a record of TLS 1.3 (RFC 8446 section 5.2).
	v.is("the size of UIDL's record", `document.querySelector("#log [aria-current]").innerText.includes("25 octets")`, "true")
	// The answer to LIST is several steps, and one write: one record.
	v.is("the record of the answer to LIST", `document.querySelector("#log").innerText.includes("TLS record, `+strconv.Itoa(size+17)+` octets")`, "true")
	v.is("the password's record has no size", `document.querySelector("#log").innerText.includes("TLS record, masked")`, "true")
	v.is("STLS went in the clear", `document.querySelector("#log").innerText.includes("STLS")`, "true")
	v.is("what was under TLS", `["UIDL", "PASS *", "maildrop has"].filter(w => document.querySelector("main").innerText.includes(w) || document.querySelector(".lens").innerText.includes(w)).join()`, "")
	v.is("the server's side", `document.querySelector("#state").textContent + " " + document.querySelector("#maildrop tbody").innerText.trim()`, "hidden by TLS TLS hides the maildrop.")
	v.must(v.Click("#live"))
	c.says("NOOP")
	v.until("LIVE goes on in this view", `document.querySelector("#mode").textContent === "LIVE" && document.querySelector("#log [aria-current]").innerText.includes("TLS record, ")`)
	v.must(v.Click("#sees-server"))
	v.until("the server's view of the same step", `document.querySelector("#log [aria-current]").innerText.includes("nothing done")`)
}
