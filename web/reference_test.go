package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// readingPages are one of each kind.
var readingPages = []string{"reference", "reference/AUTH", "reference/CAPA", "reference/LAST", "reference/events", "reference/answers", "states", "coverage"}

// TestReadingAxe: axe finds nothing on the pages to be read, light, dark and on a phone's width, with every fold
// open.
func TestReadingAxe(t *testing.T) {
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
			for _, path := range readingPages {
				p.must(p.Go(url + path))
				_, err := p.Eval(`document.querySelectorAll("details").forEach(d => d.open = true), (() => {` + string(source) + "})()")
				p.must(err)
				p.clean("/" + path)
				p.is("/"+path+": width beyond the window", `document.documentElement.scrollWidth - innerWidth`, "0")
			}
		})
	}
}

// TestReflow: at 400 % zoom, which is a window of 320 pixels, nothing has to be scrolled sideways but the picture
// with the rooms (WCAG 2.2, 1.4.10).
func TestReflow(t *testing.T) {
	url := site(t, nil)
	p := open(t, "")
	p.must(p.Look(320, 640, "light"))
	for _, path := range readingPages {
		p.must(p.Go(url + path))
		_, err := p.Eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
		p.must(err)
		p.is("/"+path+": width beyond the window", `document.documentElement.scrollWidth - innerWidth`, "0")
	}
}

// TestTryIt: from a command's page to its answer with the keyboard alone: the link opens the bench where the
// command is suggested, Enter sends it.
func TestTryIt(t *testing.T) {
	p := open(t, site(t, nil)+"reference/RETR")
	p.must(p.Focus("a.act"))
	p.must(p.Key(kb.Enter))
	p.until("the engine on the bench", `document.body.dataset.ready === "yes"`)
	p.is("Session state", `document.querySelector("#state").textContent`, "TRANSACTION")
	p.is("RETR before it was sent", `document.querySelector("#log").innerText.includes("RETR 1")`, "false")
	p.is("the suggestion in the command line", `document.querySelector("#command").placeholder`, "RETR 1")
	p.must(p.Focus("#command"))
	p.must(p.Key(kb.Enter))
	p.until("RETR answered", `document.querySelector("#log").innerText.includes("120 octets")`)
}

// TestSeeItHappen: an answer's link shows the answer.
func TestSeeItHappen(t *testing.T) {
	p := open(t, site(t, nil)+"reference/PASS")
	p.must(p.Click(`#answers + ul li:nth-child(2) a`))
	p.until("the engine on the bench", `document.body.dataset.ready === "yes"`)
	p.until("the refusal, marked as the step", `document.querySelector("#log [aria-current]").innerText.includes("-ERR")`)
}

// TestWalk: a way's link opens the dialogue at the step that takes it.
func TestWalk(t *testing.T) {
	p := open(t, site(t, nil)+"states#TRANSACTION")
	p.must(p.Click(`#TRANSACTION ~ table a[href*="dialogues/"][href*="#s="]`))
	p.until("the dialogue", `document.body.dataset.shown === "yes"`)
	p.is("the session of the step", `document.querySelector("#state").textContent`, "TRANSACTION")
}

// TestRowUnfolds: the address of a row opens what it's folded into, without any script.
func TestRowUnfolds(t *testing.T) {
	url := site(t, nil)
	p := open(t, "")
	p.must(p.NoScripts())
	p.must(p.Go(url + "coverage#RET-03"))
	text, err := p.Words("#RET-03")
	p.must(err)
	if !strings.Contains(text, "retr_of_what_is_not_there") {
		t.Errorf("/coverage#RET-03 without scripts: got %q, want the row with the vector that shows it", text)
	}
	p.is("the section around the row is open", `document.querySelector("#RET-03").closest("details").open`, "true")
	p.must(p.Go(url + "states#TRANSACTION"))
	text, err = p.Words("main")
	p.must(err)
	for _, want := range []string{"a session on the bench", "The maildrop is open and locked for this session"} {
		if !strings.Contains(text, want) {
			t.Errorf("/states without scripts lacks %q", want)
		}
	}
}
