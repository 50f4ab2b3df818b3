package web

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// axe finds what programs can find of barriers: names that lack, contrast that's too low, roles that
// don't fit. It's a file of npm's axe-core, which .ci/tools fetches.
const axe = "node_modules/axe-core-4.11.0/axe.min.js"

// TestAxe: axe finds nothing on the bench, light and dark, with each lens, in the past, in its dialogs,
// on a phone's width.
func TestAxe(t *testing.T) {
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
			p.must(p.Go(url))
			p.ready()
			_, err := p.Eval("(() => {" + string(source) + "})()")
			p.must(err)
			p.clean("the beginning")
			for _, l := range []string{"USER mrose", "PASS tanstaaf", "RETR 1", "DELE 1", "RETR 1"} {
				p.say(l)
			}
			p.must(p.Click("#prev"))
			for _, lens := range []string{"notes", "bytes", "ladder", "states", "rfc"} {
				p.must(p.Click("#tab-" + lens))
				p.clean("the lens " + lens)
			}
			p.must(p.Click("#world"))
			p.clean("the world menu")
			p.must(p.Click("#dialog header button"))
			p.must(p.Click("#share"))
			p.clean("the share dialog")
		})
	}
}

// clean lets axe look at the page.
func (p *tab) clean(where string) {
	p.Helper()
	p.must(p.Until(`window.axe !== undefined`))
	_, err := p.Eval(`(window.found = undefined, axe.run(document, {resultTypes: ["violations"]}).then(r => window.found = r.violations.map(v => v.id + ": " + v.help + "\n    " + v.nodes.map(n => n.target + "  " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join("\n    ")).join("\n")))`)
	p.must(err)
	p.until("axe", `window.found !== undefined`)
	found, err := p.Eval("window.found")
	p.must(err)
	if found = strings.TrimSpace(found); found != "" {
		p.Errorf("%s: axe found\n%s", where, found)
	}
}
