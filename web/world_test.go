package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// shows waits until the conversation shows a text.
func (p *tab) shows(text string) {
	p.Helper()
	p.until(text, `[...document.querySelectorAll("#log ol.col")].some(c => c.innerText.includes(`+"`"+text+"`"+`))`)
}

// world chooses an entry of the world menu.
func (p *tab) world(entry string) {
	p.Helper()
	p.must(p.Click("#world"))
	p.is("the world menu has "+entry, `(b => { b?.click(); return b !== undefined; })([...document.querySelectorAll("#dialog button")].find(b => b.textContent === `+"`"+entry+"`"+`))`, "true")
}

// login logs mrose in.
func (p *tab) login() {
	p.Helper()
	p.ready()
	p.say("USER mrose")
	p.say("PASS tanstaaf")
	p.shows("mrose's maildrop has 2 messages")
}

// TestTwoDevices: the second device is refused while the first has the lock (RFC 1939 section 4), and
// each has a conversation of its own.
func TestTwoDevices(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.world("Add home PC")
	p.say("USER mrose")
	p.say("PASS tanstaaf")
	p.shows("[IN-USE]")
	p.is("conversations", `document.querySelectorAll("#log ol.col").length`, "2")
	p.is("Session state of the device that speaks", `document.querySelector("#state").textContent`, "AUTHORIZATION")
	p.is("the device that speaks", `document.querySelector("#devices [aria-pressed=true]").textContent`, "home PC: AUTHORIZATION")
	p.is("who holds the lock", `document.querySelector("#facts").innerText.includes("held by office PC, session 1")`, "true")
}

// TestPlug: a session that fails before QUIT keeps its messages.
func TestPlug(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.say("DELE 1")
	p.shows("message 1 deleted")
	p.world("Pull the plug")
	p.world("Ten minutes pass")
	p.until("the lock to be free", `document.querySelector("#facts").innerText.includes("free")`)
	p.must(p.Key(kb.Enter)) // connects again
	p.say("USER mrose")
	p.say("PASS tanstaaf")
	p.until("both messages still there", `document.querySelectorAll("#maildrop tbody tr:not(.marked):not(.none)").length === 2`)
}

// TestLanes: a line that begins with a dot is stored with one, goes over the wire with two, and is kept
// with one.
func TestLanes(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	for _, l := range []string{"USER dewey", "PASS secret", "RETR 2"} {
		p.say(l)
	}
	p.must(p.Click("#tab-bytes"))
	p.until("the three lanes", `document.querySelectorAll("#panel-bytes .lanes i").length > 1`)
	text, err := p.Eval(`(i => [i.parentElement.previousSibling, i.parentElement, i.parentElement.nextSibling].map(e => e.textContent).join("|"))(document.querySelector("#panel-bytes .lanes i"))`)
	p.must(err)
	lanes := strings.Split(text, "|")
	if len(lanes) != 3 || !strings.HasPrefix(lanes[0], ".") || lanes[1] != "."+lanes[0] || lanes[2] != lanes[0] {
		t.Errorf("stored, on the wire, kept: got %q, want the line, with a dot before it, and the line (RFC 1939 section 3)", lanes)
	}
}

// TestShare: a link opens the same session at the same step in a profile that has never seen the page.
func TestShare(t *testing.T) {
	url := site(t, nil)
	p := open(t, url)
	p.login()
	p.must(p.Click("#prev"))
	p.must(p.Click("#share"))
	link, err := p.Eval(`document.querySelector("#dialog input[readonly]").value`)
	p.must(err)
	want, err := p.Eval(where)
	p.must(err)
	fresh := open(t, link)
	fresh.ready()
	fresh.is("the shared step", where, want)
	fresh.must(fresh.Click("#live"))
	fresh.is("the step after it", `document.querySelector("#state").textContent`, "TRANSACTION")

	broken := open(t, url+"#k=nonsense")
	broken.ready()
	broken.is("a broken link is explained", `document.querySelector("#trouble").innerText.includes("The link holds no session")`, "true")
}

// TestLineEnds: a line that ends with CR alone is kept, and the server waits on.
func TestLineEnds(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	p.is("choosing no line end", `(s => { s.value = "none"; return s.value; })(document.querySelector("#eol"))`, "none")
	p.say("NOOP")
	p.until("the octets that wait", `document.querySelector("#facts").innerText.includes("waiting for the line's end")`)
}

// TestKeyboard: the parts of the page are reached by keys alone, and no part keeps the focus.
func TestKeyboard(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.must(p.Key(kb.Escape))
	p.is("Esc in the command line", `document.activeElement.id`, "slider")
	p.must(p.Key("b"))
	p.is("B", `document.querySelector("#panel-bytes").hidden + " " + document.activeElement.id`, "false tab-bytes")
	p.must(p.Key("/"))
	p.is("/", `document.activeElement.id`, "command")
	p.must(p.Key(kb.Tab))
	p.is("Tab leaves the command line", `document.activeElement.id`, "eol")
}
