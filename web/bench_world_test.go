package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// The world menu: what a network and a server can do, each as one entry with its sentence.

// unfold opens a part of the world menu.
func (p *tab) unfold(title string) {
	p.Helper()
	p.must(p.Click("#world"))
	p.is("the part "+title, `(d => { d.open = true; return d.open; })([...document.querySelectorAll("#dialog details")].find(d => d.querySelector("h3").textContent.startsWith("`+title+`")))`, "true")
}

// set chooses from a list of the dialog; press presses a button of it.
func (p *tab) set(list, value string) {
	p.Helper()
	p.is(list, `(s => { s.value = "`+value+`"; s.dispatchEvent(new Event("change")); return s.value; })(document.querySelector("#dialog select[aria-label='`+list+`']"))`, value)
}

func (p *tab) press(name string) {
	p.Helper()
	p.is("the button "+name, `(b => { b?.click(); return b !== undefined; })([...document.querySelectorAll("#dialog button")].find(b => b.textContent === "`+name+`"))`, "true")
}

// TestEntries: every entry of the world menu has one plain sentence.
func TestEntries(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	p.must(p.Click("#world"))
	got, err := p.Eval(`[...document.querySelectorAll("#dialog .entry")].map(e => e.querySelector("button").textContent + ": " + e.querySelector("p").textContent).join("\n")`)
	p.must(err)
	if n := strings.Count(got, "\n") + 1; n < 10 {
		t.Errorf("entries: got %d, want 10 at least:\n%s", n, got)
	}
	for line := range strings.Lines(got) {
		_, sentence, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if len(sentence) < 20 || len(sentence) > 100 || !strings.HasSuffix(sentence, ".") {
			t.Errorf("entry %q: want one plain sentence", line)
		}
	}
	p.is("parts that are folded until they're asked for", `[...document.querySelectorAll("#dialog details")].filter(d => !d.open).length`, "2")
}

// TestNetwork: with one octet at a time a line arrives in as many segments, and the Bytes lens says so.
func TestNetwork(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.unfold("Network")
	p.set("It carries", "1")
	p.set("It takes", "40")
	p.press("Change the network")
	p.say("STAT")
	p.until("the answer", stat)
	p.must(p.Click("#tab-bytes"))
	p.is("the segments of +OK 2 320 with its CR LF", `document.querySelector("#panel-bytes .lab").textContent`, "11 octets from the server, 11 segments")
	p.must(p.Click("#world"))
	p.is("what holds now", `document.querySelector("#dialog details summary span").textContent`, "one octet at a time, 40 milliseconds")
}

// TestCut: half of the line that is being typed gets through; the server waits for the rest, with the lock
// held (RFC 1939 section 3), until its timer runs out.
func TestCut(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.must(p.Focus("#command"))
	p.must(p.Key("DELE 1"))
	p.unfold("Network")
	p.press("Cut in the middle of a line")
	p.until("half a line", `document.querySelector("#facts").innerText.includes("3 octets")`)
	p.is("the lock", `document.querySelector("#facts").innerText.includes("held by office PC")`, "true")
	p.world("Ten minutes pass")
	p.until("the lock to be free", `document.querySelector("#facts").innerText.includes("free")`)
}

// TestHalfClose: a client that closed its sending side in AUTHORIZATION still gets what was to come.
func TestHalfClose(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.unfold("Network")
	p.press("Close the sending side")
	p.until("the end", `document.querySelector("#state").textContent === "closed"`)
	p.is("the lock", `document.querySelector("#facts").innerText.includes("free")`, "true")
}

// TestScheduled: mail that is to come in 30 seconds isn't there before a minute has passed.
func TestScheduled(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.must(p.Click("#world"))
	p.set("It comes", "30000")
	p.press("Deliver a message to mrose")
	p.until("what is to come", `document.querySelector("#facts").innerText.includes("new mail for mrose")`)
	p.is("mail that came", `document.querySelector("#facts").innerText.includes("for the next session")`, "false")
	p.world("A minute passes")
	p.until("the mail", `document.querySelector("#facts").innerText.includes("1 message, for the next session")`)
}

// TestSeveralFaults: a server may have several; the next connection gets it.
func TestSeveralFaults(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	p.unfold("Server")
	p.is("two faults", `["sizes-wrong", "uidl-empty"].map(v => { const b = document.querySelector("#dialog input[value='" + v + "']"); b.checked = true; return b.checked; }).join()`, "true,true")
	p.press("Restart the server so")
	p.until("both", `document.querySelector("#facts").innerText.includes("sizes-wrong, uidl-empty")`)
	p.say("QUIT")
	p.must(p.Key(kb.Enter)) // connects again
	p.say("USER mrose")
	p.say("PASS tanstaaf")
	p.until("a maildrop without unique-ids", `document.querySelectorAll("#maildrop tbody tr").length === 2`)
	p.must(p.Click("#world"))
	p.is("what holds now", `[...document.querySelectorAll("#dialog summary span")].at(-1).textContent`, "pop3lab, sizes-wrong, uidl-empty")
}
