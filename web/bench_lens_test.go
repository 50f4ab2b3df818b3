package web

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pop3lab/web/browse"
)

// The lenses and the player: what a step is, said and drawn; and the main job done by keys alone, at 400 %
// zoom, and with motion that is asked for only.

// road is the class of the way of the drawn rooms that stands for a way of the table.
func road(way string) string {
	return `[...document.querySelectorAll("#panel-states .road")].find(r => r.dataset.ways.split(" ").includes("` + way + `")).getAttribute("class")`
}

// TestRoomsLens: the ways that the session took are solid, the rest dashed, the room it's in is filled; a
// way that was taken leads to the step that took it, by pointer and by keys.
func TestRoomsLens(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.must(p.Click("#tab-states"))
	p.is("AUTHORIZATION to the room after USER", road("AUTHORIZATION>UserGiven"), "road walked")
	p.is("from there to TRANSACTION", road("UserGiven>TRANSACTION"), "road walked last")
	p.is("APOP, which wasn't said", road("AUTHORIZATION>TRANSACTION"), "road")
	p.is("where the session is", `[...document.querySelectorAll("#panel-states .box.now")].map(b => b.dataset.state).join()`, "TRANSACTION")
	p.is("a click on the way", `([...document.querySelectorAll("#panel-states .road")].find(r => r.dataset.ways === "AUTHORIZATION>UserGiven").dispatchEvent(new MouseEvent("click", {bubbles: true})), `+where+`)`, "REVIEW 4 AUTHORIZATION (user given)")
	p.is("where the session is at step 4", `[...document.querySelectorAll("#panel-states .box.now")].map(b => b.dataset.state).join()`, "UserGiven")
	p.is("a way that hasn't been taken yet at step 4", road("UserGiven>TRANSACTION"), "road")
	p.must(p.Click("#live"))
	p.is("the same way in the list", `(b => { b.click(); return b.textContent; })([...document.querySelectorAll("#panel-states table button")].at(-1))`, "step 6")
	p.is("the step that it leads to", where, "LIVE 6 TRANSACTION")
	p.is("why NOOP wasn't legal before", `(document.querySelector("#first").click(), [...document.querySelectorAll("#panel-states tr")].find(r => r.textContent.startsWith("NOOP")).children[1].textContent)`, "not now")
}

// TestRoomsOfPersona: what the server lacks isn't drawn.
func TestRoomsOfPersona(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	p.unfold("Server")
	p.set("It behaves as", "rfc1939-minimal")
	p.press("Restart the server so")
	p.say("QUIT")
	p.must(p.Key(kb.Enter)) // connects again
	p.must(p.Click("#tab-states"))
	p.is("the room of SASL, which the server hasn't got", `document.querySelector("#panel-states [data-state=SASLExchange]").getAttribute("class").includes("absent")`, "true")
	p.is("the way to it", road("AUTHORIZATION>SASLExchange"), "road absent")
}

// TestParts: every part of the current line is reached by keys and explains itself, with the RFC's sentence
// and links that lead somewhere.
func TestParts(t *testing.T) {
	url := site(t, nil)
	p := open(t, url)
	p.login()
	p.say("RETR 1")
	p.shows("120 octets")
	p.must(p.Click("#prev-exchange"))
	p.until("REVIEW", `document.querySelector("#mode").textContent === "REVIEW"`)
	p.must(p.Click("#next"))
	p.must(p.Focus("#log"))
	p.is("the line", `document.querySelector("#log [aria-current] .t").firstChild.textContent`, "RETR")
	p.must(p.Key(kb.Enter))
	note := `document.querySelector("#note").innerText.replace(/\s+/g, " ")`
	for _, want := range []struct{ key, part, says string }{
		{"", "keyword", "case-insensitive keyword"}, {kb.ArrowRight, "space", "single SPACE character"}, {kb.ArrowRight, "number", "base-10"}, {kb.ArrowRight, "CR LF", "terminated by a CRLF pair"},
	} {
		if want.key != "" {
			p.must(p.Key(want.key))
		}
		p.until("the rows", `document.querySelectorAll("#note blockquote").length > 0`)
		said, err := p.Eval(note)
		p.must(err)
		if !strings.Contains(said, want.part) || !strings.Contains(said, want.says) || !strings.Contains(said, "RFC 1939 §") {
			t.Errorf("the note of the part %q: got %q, want what it is, the sentence with %q, and its section", want.part, said, want.says)
		}
		p.is("the focus", `document.activeElement.getAttribute("role") + " " + document.activeElement.getAttribute("aria-label").split(":")[0].split(" msg")[0]`, "button "+want.part)
	}
	p.is("the step while parts are chosen", `document.querySelector("#slider").value`, "7")
	links, err := p.Eval(`[...document.querySelectorAll("#note a")].map(a => a.href).join(" ")`)
	p.must(err)
	if list := strings.Fields(links); len(list) < 3 || !strings.Contains(links, "reference/RETR") || !strings.Contains(links, "coverage#FRM-04") {
		t.Errorf("links of the note: got %q, want the command's page and the rows", links)
	}
	for _, link := range strings.Fields(links) {
		page, part, _ := strings.Cut(link, "#")
		a, err := http.Get(page)
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v %v, want a page", link, a, err)
		}
		body := make([]byte, 4<<20)
		n := 0
		for n < len(body) {
			m, err := a.Body.Read(body[n:])
			n += m
			if err != nil {
				break
			}
		}
		a.Body.Close()
		if part != "" && !strings.Contains(string(body[:n]), `id="`+part+`"`) {
			t.Errorf("%s: the page has no part %q", link, part)
		}
	}
	p.must(p.Key(kb.Escape))
	p.is("Esc", `document.activeElement.id + " " + document.querySelector("#note h3").textContent`, "log RETR 1")
}

// TestQuotes: the RFC lens has the sentence that decided a step.
func TestQuotes(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.say("DELE 1")
	p.shows("message 1 deleted")
	p.must(p.Click("#tab-rfc"))
	p.until("the sentence on DELE", `[...document.querySelectorAll("#panel-rfc q")].some(q => q.textContent === "The POP3 server does not actually delete the message until the POP3 session enters the UPDATE state.")`)
}

// TestPlayer: moves go by lines, exchanges or changes of state; the player runs until it's paused; marks
// are buttons.
func TestPlayer(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	grain := func(value string) {
		p.is("moves by "+value, `(s => { s.value = "`+value+`"; return s.value; })(document.querySelector("#grain"))`, value)
	}
	grain("state")
	p.must(p.Click("#prev"))
	p.is("back by a change of state", where, "REVIEW 4 AUTHORIZATION (user given)")
	p.must(p.Click("#prev"))
	p.is("back by another", where, "REVIEW 2 AUTHORIZATION")
	grain("exchange")
	p.must(p.Click("#next"))
	p.is("on by an exchange", where, "REVIEW 4 AUTHORIZATION (user given)")
	grain("line")
	p.must(p.Click("#marks-open"))
	p.until("marks", `document.querySelector("#marklist button") !== null`)
	p.is("marks", `[...document.querySelectorAll("#marklist button")].map(b => b.querySelector(".n").textContent).join()`, "2,4,6")
	p.is("a mark", `(document.querySelector("#marklist button").click(), `+where+`)`, "REVIEW 2 AUTHORIZATION")
	p.must(p.Focus("#slider"))
	p.must(p.Key(" "))
	p.is("Space plays", `document.querySelector("#play").getAttribute("aria-label")`, "Pause")
	p.until("the player at step 3", `document.querySelector("#slider").value === "3"`)
	p.must(p.Key(" "))
	p.is("Space pauses", `document.querySelector("#play").getAttribute("aria-label")`, "Play")
	p.must(p.Key(" "))
	p.until("the end, where it stops", where+` === "LIVE 6 TRANSACTION" && document.querySelector("#play").getAttribute("aria-label") === "Play"`)
}

// TestGroups: , and . go from one group of octets to the next; the octets can be copied as literals.
func TestGroups(t *testing.T) {
	p := open(t, site(t, nil))
	p.login()
	p.must(p.Click("#prev"))
	p.must(p.Click("#tab-bytes"))
	p.must(p.Key(".", "."))
	p.is("the second group of PASS tanstaaf", `document.activeElement.dataset.part + " " + [...document.querySelectorAll("#panel-bytes .grp")].indexOf(document.activeElement)`, "space 1")
	p.must(p.Key(","))
	p.is("the first", `document.activeElement.dataset.part`, "keyword")
	p.is("a hook for the clipboard", `(Object.defineProperty(navigator, "clipboard", {value: {writeText: async (t) => { window.copied = t; }}}), "ok")`, "ok")
	for _, c := range []struct{ form, want string }{
		{"text", "PASS tanstaaf\n"}, {"hex", "50 41 53 53 20 74 61 6e 73 74 61 61 66 0d 0a"}, {"Go", `[]byte("PASS tanstaaf\r\n")`},
		{"Python", `b"PASS tanstaaf\r\n"`}, {"C", `static const char octets[] = "PASS tanstaaf\r\n";`},
	} {
		p.is("copy as "+c.form, `([...document.querySelectorAll(".copies button")].find(b => b.textContent === "`+c.form+`").click(), JSON.stringify(window.copied) === JSON.stringify(`+"`"+strings.ReplaceAll(strings.ReplaceAll(c.want, `\`, `\\`), "\n", `\n`)+"`"+`) ? "same" : window.copied)`, "same")
	}
}

// TestKeysAlone: from a cold load, by keys alone: log in, fetch a message, step back, see its octets and its
// states, go on in another branch, take a device, share. The focus is always somewhere that shows it.
func TestKeysAlone(t *testing.T) {
	p := open(t, site(t, nil))
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.until("STAT answered", stat)
	p.must(p.Key("RETR 1", kb.Enter))
	p.shows("120 octets")
	p.must(p.Key(kb.Escape, kb.ArrowLeft, kb.ArrowLeft, "b"))
	p.is("a step back, its octets", `document.querySelector("#mode").textContent + " " + document.activeElement.id + " " + (document.querySelectorAll("#panel-bytes .grp").length > 0)`, "REVIEW tab-bytes true")
	p.must(p.Key("s"))
	p.is("the states", `document.activeElement.id + " " + document.querySelector("#panel-states").hidden`, "tab-states false")
	p.must(p.Key("/", kb.Backspace, "DELE 1", kb.Enter)) // a person's / isn't typed; the one of the browser's protocol is
	p.shows("message 1 deleted")
	p.is("a branch", `document.querySelectorAll("#branches option").length`, "2")
	p.must(p.tabTo("#share"))
	p.must(p.Key(kb.Enter))
	p.until("the dialog", `document.querySelector("#dialog").open && document.querySelector("#dialog").contains(document.activeElement)`)
	p.must(p.Key(kb.Escape))
	p.is("Esc closes the dialog, and the focus is where it was", `document.querySelector("#dialog").open + " " + document.activeElement.id`, "false share")
	p.must(p.tabTo("#world"))
	p.must(p.Key(kb.Enter))
	p.must(p.tabTo("#dialog .entry button"))
	p.must(p.Key(kb.Enter))
	p.until("two devices", `document.querySelectorAll("#log ol.col").length === 2`)
}

// tabTo presses Tab, or Shift and Tab, until an element has the focus; it fails where the focus gets lost,
// isn't to be seen, or never gets there.
func (p *tab) tabTo(css string) error {
	p.Helper()
	for range 120 {
		at, err := p.Eval(`document.activeElement.matches(` + "`" + css + "`" + `)`)
		if err != nil || at == "true" {
			return err
		}
		if err := p.Key(kb.Tab); err != nil {
			return err
		}
		p.is("the focus is to be seen", `(e => { const r = e.getBoundingClientRect(), m = e.closest(".track") ?? e; return e === document.body || r.width + m.clientWidth > 0; })(document.activeElement)`, "true")
	}
	p.Fatalf("Tab never reached %s", css)
	return nil
}

// TestZoom: at 400 % of a window of 1440 by 900, which is 360 by 225, nothing has to be scrolled sideways
// but pictures and octets, each in a part of its own, and the focus isn't hidden behind the player.
//
// WCAG 2.2, 1.4.10 and 2.4.11.
func TestZoom(t *testing.T) {
	p := open(t, "")
	p.must(p.Look(360, 225, "light"))
	p.must(p.Go(site(t, nil)))
	p.login()
	p.say("RETR 1")
	p.shows("120 octets")
	for _, lens := range []string{"notes", "bytes", "ladder", "states", "rfc"} {
		p.is("the lens "+lens, `(document.querySelector("#tab-`+lens+`").click(), document.documentElement.scrollWidth <= 360 ? "fits" : document.documentElement.scrollWidth)`, "fits")
	}
	for _, button := range []string{"#world", "#share"} {
		p.is("the dialog of "+button, `(document.querySelector("`+button+`").click(), (d => d.scrollWidth <= d.clientWidth && d.getBoundingClientRect().right <= 360 ? "fits" : d.scrollWidth + " in " + d.clientWidth)(document.querySelector("#dialog")))`, "fits")
		p.must(p.Key(kb.Escape))
	}
	p.must(p.Focus("#share"))
	p.must(p.Focus("#command"))
	p.is("the command line beside the player", `(a => { const r = a.getBoundingClientRect(); const e = document.elementFromPoint(r.left + r.width / 2, r.bottom - 4); return e === a ? "seen" : r.top + "-" + r.bottom + " behind " + e?.id; })(document.querySelector("#command"))`, "seen")
}

// TestAxeOpened: axe finds nothing either in what has to be opened first: a chosen part, the marks, the
// folded parts of the world menu, the rooms on a phone.
func TestAxeOpened(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	url := site(t, nil)
	for _, look := range []struct {
		theme string
		width int64
	}{{"dark", 1440}, {"light", 390}} {
		p := open(t, "")
		p.must(p.Look(look.width, 900, look.theme))
		p.must(p.Go(url))
		p.login()
		_, err := p.Eval("(() => {" + string(source) + "})()")
		p.must(err)
		p.must(p.Focus("#log"))
		p.must(p.Key(kb.Enter))
		p.until("the rows", `document.querySelectorAll("#note blockquote").length > 0`)
		p.clean("a chosen part")
		if look.width > 620 {
			p.must(p.Click("#marks-open"))
			p.until("marks", `document.querySelector("#marklist button") !== null`)
			p.clean("the marks")
			p.is("the marks are closed", `(document.querySelector("#marklist").hidePopover(), "yes")`, "yes")
		}
		p.unfold("Network")
		p.is("the server's part", `(document.querySelectorAll("#dialog details").forEach(d => { d.open = true; }), "open")`, "open")
		p.clean("the world menu, unfolded")
	}
}

// TestReducedMotion: who asks for less motion gets no transition and no animation.
func TestReducedMotion(t *testing.T) {
	moving := `[...document.querySelectorAll("*")].filter(e => { const c = getComputedStyle(e); return c.transitionDuration.split(",").some(d => parseFloat(d) > 0) || c.animationName !== "none" || c.scrollBehavior === "smooth"; }).length > 0`
	p := open(t, "")
	p.must(p.Look(1440, 900, "light")) // asks for less motion
	p.must(p.Go(site(t, nil)))
	p.login()
	p.is("something moves for who asked for less motion", moving, "false")
	p.must(p.Do(browse.Func(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "no-preference"}}})
		return err
	})))
	p.is("something moves for who didn't ask: else the test before shows nothing", moving, "true")
}
