package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/engine/dialogues"
	"pop3lab/web/view"
)

// TestDialoguesAreFound: the library leads to every dialogue, and each page to its neighbours.
func TestDialoguesAreFound(t *testing.T) {
	all, err := pages(&view.Site{})
	if err != nil {
		t.Fatal(err)
	}
	html := map[string]string{}
	for _, p := range all {
		if p.Path != "dialogues" && !strings.HasPrefix(p.Path, "dialogues/") {
			continue
		}
		content, err := p.render()
		if err != nil {
			t.Fatalf("page /%s: %v", p.Path, err)
		}
		html[p.Path] = string(content)
	}
	last := ""
	for _, d := range dialogues.All() {
		path := view.DialoguePath(d.Name)
		if !strings.Contains(html["dialogues"], `href="`+path+`"`) {
			t.Errorf("the library doesn't lead to %s", path)
		}
		if last != "" && (!strings.Contains(html[last], `href="../`+path+`" rel="next"`) || !strings.Contains(html[path], `href="../`+last+`" rel="prev"`)) {
			t.Errorf("%s and %s don't lead to each other", last, path)
		}
		last = path
	}
}

// TestDialogue: a dialogue opens at its first step in REVIEW; one steps through it, with what is said beside the steps, and
// types to take it over.
func TestDialogue(t *testing.T) {
	p := open(t, site(t, nil)+"dialogues/rfc1939-dele")
	p.ready()
	p.is("where a dialogue begins", where, "REVIEW 1 connected")
	p.is("its title", `document.querySelector("h1").textContent`, "DELE: mark, don't remove")
	p.is("the remark", `document.querySelector(".remark.on")?.textContent ?? ""`, "")
	p.must(p.Focus("#slider"))
	for range 6 {
		p.must(p.Key(kb.ArrowRight))
	}
	p.is("six steps on", where, "REVIEW 7 TRANSACTION")
	const remark = "Look at the maildrop at the server's side: message 1 is there still, with a mark."
	p.is("the remark beside STAT", `document.querySelector(".remark.on")?.textContent`, remark)
	p.is("it stands above STAT", `document.querySelector(".remark.on").nextElementSibling.innerText.includes("STAT")`, "true")
	p.is("it's announced", `document.querySelector("#status").textContent`, remark)
	p.say("RSET")
	p.shows("maildrop has 2 messages")
	p.is("branches", `document.querySelectorAll("#branches option").length`, "2")
	p.is("the remark stays in the branch", `document.querySelectorAll(".remark").length`, "1")
	p.is("the button, in the branch", `document.querySelector("#take").textContent + document.querySelector("#take").disabled`, "Taken overtrue")
}

// TestDialogueTakenOver by the button, at the step that is shown: nothing more has happened, and the next word is the
// student's.
func TestDialogueTakenOver(t *testing.T) {
	p := open(t, site(t, nil)+"dialogues/rfc1939-dele#s=6")
	p.ready()
	p.is("where the address leads", where, "REVIEW 6 TRANSACTION")
	p.must(p.Click("#take"))
	p.until("the branch", `document.querySelectorAll("#branches option").length === 2`)
	p.is("taken over", where, "LIVE 6 TRANSACTION")
	p.is("the focus", `document.activeElement.id`, "command")
	p.say("LIST")
	p.shows("+OK 1 message (200 octets)")
}

// TestDialogueWithASession: a session that comes with the address is shown in the dialogue's place, and the remarks, which
// aren't about it, stay away.
func TestDialogueWithASession(t *testing.T) {
	stat, ok := dialogues.Named("rfc1939-stat")
	if !ok {
		t.Fatal("there is no dialogue rfc1939-stat")
	}
	p := open(t, site(t, nil)+"dialogues/rfc1939-dele#k="+stat.Script().Text())
	p.ready()
	p.shows("+OK 2 320")
	p.is("remarks", `document.querySelectorAll(".remark").length`, "0")
}

// TestDialogueOfThree: each device has its column, in the order in which they came.
func TestDialogueOfThree(t *testing.T) {
	p := open(t, site(t, nil)+"dialogues/download-and-delete")
	p.ready()
	p.is("columns", `[...document.querySelectorAll("#log ol.col")].map(c => c.getAttribute("aria-label")).join()`, "office PC,home PC,portable")
	p.must(p.Click("#live"))
	p.until("the empty maildrop at the end", `document.querySelector("#log ol.col:nth-of-type(3)").innerText.includes("0 messages")`)
	p.is("remarks", `document.querySelectorAll(".remark").length`, "3")
}

// TestDialogueAlone: where the engine can't run a dialogue is stepped through all the same, and says why it can't be taken
// over.
func TestDialogueAlone(t *testing.T) {
	p := open(t, site(t, without)+"dialogues/rfc1939-dele", "404")
	p.until("the engine's absence is explained", `document.querySelector("#trouble").innerText.includes("The engine isn't there")`)
	for range 2 {
		p.must(p.Click("#next"))
	}
	p.is("two steps on", where, "REVIEW 3 AUTHORIZATION")
	p.must(p.Click("#live"))
	p.is("at the end", where, "LIVE 16 closed")
	p.must(p.Click("#take"))
	p.until("why it can't be taken over", `document.querySelector("#trouble").innerText.includes("can be taken over when the engine runs")`)
}

// TestDialoguesOpen: the last dialogue of each group, and the one with the largest recording, open with as many steps and
// remarks as they have. (What a page holds of each is tested in package view, its steps in package wasm.)
func TestDialoguesOpen(t *testing.T) {
	url := site(t, nil)
	p := open(t, "")
	shown := []*dialogues.Dialogue{}
	for _, g := range dialogues.Groups() {
		shown = append(shown, g.Dialogues[len(g.Dialogues)-1])
	}
	if d, ok := dialogues.Named("fault-line-of-a-megabyte"); ok {
		shown = append(shown, d)
	}
	for _, d := range shown {
		p.must(p.Go(url + view.DialoguePath(d.Name)))
		p.until(d.Name, `document.body.dataset.shown === "yes"`)
		p.is(d.Name+": steps", `document.querySelector("#count").textContent`, fmt.Sprintf("step 1 of %d", len(d.Steps())))
		p.is(d.Name+": remarks", `document.querySelectorAll("#log .col .remark").length`, fmt.Sprint(len(d.Remarks())))
	}
}

// TestDialogueWithoutScripts: all that was said stands in the page, with the remarks.
func TestDialogueWithoutScripts(t *testing.T) {
	p := open(t, "")
	p.must(p.NoScripts())
	p.must(p.Go(site(t, nil) + "dialogues/byte-stuffing"))
	said, err := p.Words("#log")
	p.must(err)
	said = strings.Join(strings.Fields(said), " ")
	for _, want := range []string{"RETR 1", "..profile is a file", "The end.", "signing off (1 message left)", "each has one more of them on the wire"} {
		if !strings.Contains(said, want) {
			t.Errorf("without scripts the page doesn't say %q:\n%s", want, said)
		}
	}
}

// TestDialogueAxe: axe finds nothing in the library and in a dialogue, light and dark, on a desk and a phone.
func TestDialogueAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	url := site(t, nil)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 1440}, {"light", 390}} {
		t.Run(fmt.Sprintf("%s %d", look.theme, look.width), func(t *testing.T) {
			p := open(t, "")
			p.must(p.Look(look.width, 900, look.theme))
			for _, path := range []string{"dialogues", "dialogues/download-and-keep#s=60"} {
				p.must(p.Go(url + path))
				if path != "dialogues" {
					p.ready()
				}
				_, err := p.Eval("(() => {" + string(source) + "})()")
				p.must(err)
				p.clean(path)
				p.is(path+": wider than the window", `document.documentElement.scrollWidth > innerWidth`, "false")
			}
		})
	}
}
