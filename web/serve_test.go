package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/engine/client"
	"pop3lab/engine/memdrop"
)

// Be the server: other people's programs talk to the engine in a tab.

// A desk is a tab that is a server.
type desk struct {
	*tab
	port string
}

// deskAt opens the page and waits for its port.
func deskAt(t *testing.T, l *liveLab) *desk {
	t.Helper()
	d := &desk{tab: open(t, strings.TrimSuffix(l.url, "live")+"be-the-server")}
	d.opened()
	return d
}

func (d *desk) opened() {
	d.Helper()
	d.until("a port", `(document.body.dataset.port ?? "") !== ""`)
	port, err := d.Eval(`document.body.dataset.port`)
	d.must(err)
	d.port = port
}

// dial connects to the tab, as telnet does.
func (d *desk) dial() (net.Conn, *bufio.Reader) {
	d.Helper()
	nc, err := net.Dial("tcp", d.port)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	return nc, bufio.NewReader(nc)
}

// hears compares the next line that a client gets.
func (d *desk) hears(r *bufio.Reader, want string) {
	d.Helper()
	got, err := r.ReadString('\n')
	if err != nil || got != want {
		d.Fatalf("the client gets %q (%v), want %q", got, err, want)
	}
}

// waits waits until an answer does, and checks what it is.
func (d *desk) waits(title, field string) {
	d.Helper()
	d.until("an answer that waits: "+title, `!document.querySelector("#answer").hidden && document.querySelector("#answer-title").textContent === "`+title+`"`)
	d.is("what waits", `document.querySelector("#answer-octets").value`, field)
}

// writes puts an answer into the field and sends it.
func (d *desk) writes(text string) {
	d.Helper()
	d.is("the answer as it's written", fmt.Sprintf(`(f => { f.value = %q; f.dispatchEvent(new Event("input")); return f.value; })(document.querySelector("#answer-octets"))`, text), text)
	d.must(d.Click("#answer-go"))
}

// TestServeCurl: curl fetches a message from the tab, octet for octet, and what it said is on the page.
func TestServeCurl(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	d.is("the way with curl", `[...document.querySelectorAll("#doors .line")].some(e => e.textContent === "curl -u mrose:tanstaaf pop3://`+d.port+`/1")`, "true")
	out, err := exec.Command("curl", "-sS", "--max-time", "30", "-u", "dewey:secret", "pop3://"+d.port+"/2").CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	if want := memdrop.Dewey()[1].Octets; string(out) != string(want) {
		t.Errorf("curl gets %q, want the message as it is, %q", out, want)
	}
	d.until("what curl said", `document.querySelector("#log ol[aria-label='client 1']")?.innerText.includes("RETR 2")`)
	d.until("its QUIT", `document.querySelector("#log").innerText.includes("QUIT")`)
	d.is("trouble", `document.querySelector("#trouble").hidden`, "true")
}

// TestServeClient: a POP3 client in Go keeps a session with the tab: it lists, fetches all, deletes, and the next session
// doesn't find what it deleted.
func TestServeClient(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	session := func() *client.Conn {
		c, err := client.Dial(ctx, d.port, client.Options{AllowCleartext: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(client.Credentials{User: "dewey", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := session()
	list, err := c.List()
	if err != nil || len(list) != 13 {
		t.Fatalf("LIST: %d messages, %v, want 13", len(list), err)
	}
	for _, m := range list {
		lines, err := c.Retrieve(m.Num)
		if m.Num == 6 && err != nil {
			continue // it has UTF-8 in its header, and wants UTF8 (RFC 6856 section 5)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, lines); err != nil || n != m.Octets {
			t.Errorf("message %d has %d octets (%v), want %d, as LIST says", m.Num, n, err, m.Octets)
		}
	}
	if err := c.Delete(1); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	c = session()
	defer c.Close()
	if list, err = c.List(); err != nil || len(list) != 12 {
		t.Errorf("after DELE and QUIT: %d messages, %v, want 12", len(list), err)
	}
}

// TestServeHold: an answer waits until it's let go; one that is changed reaches the client as it was written, and is
// marked with the rules that it breaks; a fork begins where it waited.
func TestServeHold(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	d.must(d.Click("#hold"))
	d.until("the switch", `document.querySelector("#log").innerText.includes("answers wait")`)
	nc, r := d.dial()
	d.until("the greeting waits", `document.querySelector("#answer-title").textContent.includes("waits for the greeting")`)
	d.must(d.Click("#answer-go"))
	if got, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(got, "+OK ") {
		t.Fatalf("let go: the client gets %q (%v), want the greeting", got, err)
	}
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nSTAT\r\n") // ahead: the server takes them one by one
	for _, title := range []string{"client 1 has sent USER mrose and waits", "client 1 has sent PASS tanstaaf and waits"} {
		d.until(title, `document.querySelector("#answer-title").textContent === "`+title+`"`)
		d.must(d.Click("#answer-go"))
		r.ReadString('\n')
	}
	d.waits("client 1 has sent STAT and waits", `+OK 2 320\r\n`)
	d.writes(`+ok 3 320\r\n+OK\n`)
	d.hears(r, "+ok 3 320\r\n")
	d.hears(r, "+OK\n")
	d.until("the verdict", `!document.querySelector("#verdict").hidden`)
	verdict, err := d.Words("#verdict")
	d.must(err)
	for _, want := range []string{"FRM-10", "isn’t in capitals", "STT-01", "FRM-25", "RFC 1939 section 3"} {
		if !strings.Contains(strings.ReplaceAll(verdict, "'", "’"), want) {
			t.Errorf("the verdict lacks %q; it says:\n%s", want, verdict)
		}
	}
	d.is("the row's marks", `[...document.querySelectorAll("#log .ln.s.bad .eol.odd")].map(e => e.textContent).slice(0, 2).join()`, "FRM-10,STT-01")
	io.WriteString(nc, "RETR 1\r\n")
	d.until("RETR waits", `document.querySelector("#answer-title").textContent.includes("RETR 1")`)
	d.is("a break", `(b => { b?.click(); return b !== undefined; })([...document.querySelectorAll("#answer-breaks button")].find(b => b.textContent === "No dot at the end"))`, "true")
	d.must(d.Focus("#answer-octets"))
	d.must(d.Click("#answer-go"))
	d.until("the terminator is missed", `document.querySelector("#verdict").innerText.includes("FRM-14")`)
	d.is("nobody has said anything then", `document.querySelector("#verdict").innerText.includes("has done nothing yet")`, "true")
	nc.Close()
	d.until("what the client did", `document.querySelector("#verdict").innerText.includes("hangs up")`)

	// In the past, where STAT's answer waited, another answer begins a branch.
	d.is("back to where STAT waits", `(() => { const row = [...document.querySelectorAll("#log .ln.w")].filter(e => e.innerText.includes("waits")).at(-2); row.querySelector("a.n").click(); return document.querySelector("#answer-title").textContent; })()`, "client 1 has sent STAT and waits")
	d.must(d.Click("#answer-none"))
	d.until("a branch in which nothing is said", `document.querySelectorAll("#branches option").length === 2 && document.querySelector("#verdict").innerText.includes("Nothing was said")`)
}

// TestServeShared: a link brings the edited answer back, marked, and the page is a server all the same.
func TestServeShared(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	d.must(d.Click("#hold"))
	_, r := d.dial()
	d.until("the greeting waits", `!document.querySelector("#answer").hidden`)
	d.writes(`hello\r\n`)
	d.hears(r, "hello\r\n")
	d.until("the verdict", `!document.querySelector("#verdict").hidden`)
	d.must(d.Click("#share"))
	link, err := d.Eval(`document.querySelector("#dialog input[aria-label=Link]").value`)
	d.must(err)
	d.must(d.Go("about:blank"))
	d.must(d.Go(link))
	d.opened()
	d.is("the answer and its mark", `document.querySelector("#log .ln.s.bad").innerText.includes("hello") && document.querySelector("#verdict").innerText.includes("FRM-09")`, "true")
	d.dial()
	d.until("another client", `document.querySelector("#log ol[aria-label='client 2']") !== null`)
}

// TestServeDrops: a client that gets no answer waits; a connection that is cut is broken for it.
func TestServeDrops(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	d.must(d.Click("#hold"))
	_, r := d.dial()
	d.until("the greeting waits", `document.querySelector("#answer-title").textContent.includes("waits for the greeting")`)
	d.must(d.Click("#answer-cut"))
	if got, err := r.ReadString('\n'); err == nil || err == io.EOF || got != "" {
		t.Errorf("a connection that is cut: %q, %v, want it broken", got, err)
	}
	d.until("it's over", `document.querySelector("#answer").hidden`)
	nc, r := d.dial()
	d.until("the next one", `document.querySelector("#answer-title").textContent.includes("waits for the greeting")`)
	d.must(d.Click("#answer-none"))
	d.until("nothing is said", `document.querySelector("#verdict").innerText.includes("Nothing was said")`)
	io.WriteString(nc, "QUIT\r\n")
	d.until("QUIT waits", `document.querySelector("#answer-title").textContent.includes("QUIT")`)
	d.writes(`+OK at last\r\n`)
	d.hears(r, "+OK at last\r\n")
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("behind QUIT's answer: %q, %v, want the end", rest, err)
	}
}

// TestServeHalfClose: a client that says all at once and closes its sending side gets all answers, as printf | nc does.
func TestServeHalfClose(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	nc, r := d.dial()
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\nRETR 1\r\nQUIT\r\n")
	nc.(*net.TCPConn).CloseWrite()
	all, err := io.ReadAll(r)
	if err != nil || !strings.HasSuffix(string(all), "signing off (2 messages left)\r\n") && !strings.Contains(string(all), "\r\n.\r\n+OK ") {
		t.Errorf("a client that closed its sending side gets %q (%v), want all answers", all, err)
	}
}

// TestServeGone: when the tab goes elsewhere its port closes, and who is connected gets a sentence. One visitor's tab
// can't be another's: each has a port of its own.
func TestServeGone(t *testing.T) {
	l := newLab(t, nil)
	d, other := deskAt(t, l), deskAt(t, l)
	if d.port == other.port {
		t.Fatalf("two tabs have the port %s", d.port)
	}
	_, r := d.dial()
	if got, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(got, "+OK") {
		t.Fatalf("the greeting: %q, %v", got, err)
	}
	d.is("the other tab has no client", `document.querySelector("#devices").hidden`, "true")
	d.must(d.Go("about:blank"))
	d.hears(r, "-ERR [SYS/TEMP] the page that was the server has been closed\r\n")
	for deadline := time.Now().Add(10 * time.Second); ; {
		nc, err := net.DialTimeout("tcp", d.port, time.Second)
		if err != nil {
			break
		}
		nc.Close()
		if time.Now().After(deadline) {
			t.Fatal("the tab is closed and its port is open")
		}
	}
}

// TestServeHere: without any program the page's own client talks to the server that the student is.
func TestServeHere(t *testing.T) {
	d := deskAt(t, newLab(t, nil))
	d.must(d.Click("#hold"))
	d.until("what is suggested", `document.querySelector("#chips").innerText.includes("Connect")`)
	d.must(d.Focus("#command"))
	d.must(d.Key(kb.Enter))
	d.until("the greeting waits", `document.querySelector("#answer-title").textContent === "this page has connected and waits for the greeting"`)
	d.must(d.Click("#hold"))
	d.until("it went out when answers don't wait any more", `document.querySelector("#answer").hidden && document.querySelector("#state").textContent === "AUTHORIZATION"`)
}

// TestServeAxe: axe finds nothing on the page while an answer waits, nor with its verdict; light and dark, wide and narrow.
func TestServeAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	l := newLab(t, nil)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 1440}, {"dark", 390}} {
		t.Run(fmt.Sprintf("%s %d", look.theme, look.width), func(t *testing.T) {
			d := &desk{tab: open(t, "")}
			d.must(d.Look(look.width, 900, look.theme))
			d.must(d.Go(strings.TrimSuffix(l.url, "live") + "be-the-server"))
			d.opened()
			_, err := d.Eval("(() => {" + string(source) + "})()")
			d.must(err)
			d.clean("the beginning")
			d.must(d.Click("#hold"))
			_, r := d.dial()
			d.until("the greeting waits", `!document.querySelector("#answer").hidden`)
			d.clean("an answer that waits")
			d.writes(`hello\r\n`)
			d.hears(r, "hello\r\n")
			d.until("the verdict", `!document.querySelector("#verdict").hidden`)
			d.clean("the verdict")
		})
	}
}
