package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/web/browse"
)

// The page in a browser. One browser serves all tests, each has a tab of its own with a profile of
// its own. An exception that nobody caught, or anything that the page's policy forbids, fails the
// test.

// browser is started by the first test that needs it.
var browser = sync.OnceValues(func() (context.Context, error) {
	root, stop, err := browse.Start()
	if err == nil {
		stopBrowser = stop
	}
	return root, err
})

var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

// site is the pages, over HTTP; wrap, when there is one, may answer in their place.
func site(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	if a, err := embedded(); err != nil || len(a.files) == 0 {
		t.Fatalf("the pages' assets aren't there (%v): run go run ./web/build, as make test does", err)
	}
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// A tab is a page that a test drives.
type tab struct {
	*testing.T
	*browse.Tab
}

// open opens a tab with a profile of its own. allow are parts of complaints that the test wants to
// see.
func open(t *testing.T, url string, allow ...string) *tab {
	t.Helper()
	root, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	b, err := browse.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{t, b}
	t.Cleanup(func() {
		for _, text := range b.Complaints() {
			if !allowed(text, allow) {
				t.Errorf("the page complained: %s", text)
			}
		}
		b.Close()
	})
	if url != "" {
		p.must(b.Go(url))
	}
	return p
}

func allowed(text string, allow []string) bool {
	for _, a := range allow {
		if strings.Contains(text, a) {
			return true
		}
	}
	return false
}

func (p *tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// ready waits until the engine runs in the page.
func (p *tab) ready() {
	p.Helper()
	p.until("the engine", `document.body.dataset.ready === "yes"`)
}

// is compares what an expression is.
func (p *tab) is(what, js, want string) {
	p.Helper()
	got, err := p.Eval(js)
	p.must(err)
	if got != want {
		p.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// until waits until an expression is true.
func (p *tab) until(what, js string) {
	p.Helper()
	if err := p.Until(js); err != nil {
		said, _ := p.Eval(`document.querySelector("#log").innerText + "\n" + document.querySelector("#trouble").innerText`)
		p.Fatalf("waited in vain for %s: %v\nthe page says:\n%s\n%s", what, err, said, strings.Join(p.Complaints(), "\n"))
	}
}

// say types a line and sends it.
func (p *tab) say(line string) {
	p.Helper()
	p.must(p.Focus("#command"))
	p.must(p.Key(line, kb.Enter))
}

// stat is true when the server has answered STAT.
const stat = `[...document.querySelectorAll("#log ol.col")].some(c => c.innerText.includes("+OK 2 320"))`

// TestFirstSuccess: from a cold load to STAT answered with three keys and no pointer: the focus is in
// the command line, and each Enter sends what it suggests.
func TestFirstSuccess(t *testing.T) {
	p := open(t, site(t, nil))
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.until("STAT answered after three times Enter", stat)
	p.is("Session state after USER, PASS, STAT", `document.querySelector("#state").textContent`, "TRANSACTION")
	p.is("rows of the maildrop after login", `document.querySelectorAll("#maildrop tbody tr").length`, "2")
}

// TestQueued: what is typed before the engine is there waits for it, in its order.
func TestQueued(t *testing.T) {
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	url := site(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".wasm") {
				<-release
			}
			h.ServeHTTP(w, r)
		})
	})
	t.Cleanup(let)    // before the server closes, which waits for its answers
	p := open(t, url) // the page is loaded; the engine isn't
	p.until("the script", `document.querySelector("#command") === document.activeElement && document.body.dataset.listening === "yes"`)
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.is("the first page while the engine is on its way", stat, "false")
	let()
	p.until("the answers to the lines that waited", stat)
}

// TestNames: what people with assistive technology look for is there under its name.
func TestNames(t *testing.T) {
	p := open(t, site(t, nil))
	p.ready()
	for _, want := range []struct{ role, name string }{
		{"textbox", "Command"}, {"button", "Send"}, {"log", "Conversation"}, {"region", "Server's side"}, {"table", "Maildrop"}, {"slider", "Step"},
		{"button", "Previous step"}, {"button", "Next step"}, {"button", "Previous exchange"}, {"button", "Next exchange"}, {"button", "First step"}, {"button", "Live"},
		{"tab", "Notes"}, {"tab", "Bytes"}, {"tab", "Ladder"}, {"tab", "States"}, {"tab", "RFC"}, {"status", "Session state"},
	} {
		n, err := p.Named(want.role, want.name)
		p.must(err)
		if n != 1 {
			t.Errorf("%s %q: got %d of them, want 1", want.role, want.name, n)
		}
	}
}

// where says REVIEW or LIVE, the step, and the state shown.
const where = `document.querySelector("#mode").textContent + " " + document.querySelector("#slider").value + " " + document.querySelector("#state").textContent`

// TestStepBack: every panel goes back and forth together, by the keys of the player.
func TestStepBack(t *testing.T) {
	p := open(t, site(t, nil))
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.until("STAT answered", stat)
	p.must(p.Focus("#slider"))
	at := "LIVE 8"
	for _, c := range []struct{ key, want string }{
		{kb.ArrowLeft, "REVIEW 7 TRANSACTION"}, {kb.ArrowLeft, "REVIEW 6 TRANSACTION"}, {kb.ArrowLeft, "REVIEW 5 AUTHORIZATION (user given)"},
		{kb.ArrowLeft, "REVIEW 4 AUTHORIZATION (user given)"}, {kb.ArrowRight, "REVIEW 5 AUTHORIZATION (user given)"},
	} {
		p.must(p.Key(c.key))
		p.is("an arrow key at "+at, where, c.want)
		at = c.want
	}
	p.is("the row marked at step 5", `document.querySelector("#log [aria-current]").innerText.includes("PASS tanstaaf")`, "true")
	p.is("the note at step 5", `document.querySelector("#note h3").textContent`, "PASS tanstaaf")
	p.is("the maildrop at step 5, before the login", `document.querySelectorAll("#maildrop tbody .num").length`, "0")
	p.must(p.Click("#first"))
	p.is("First step", where, "REVIEW 1 connected")
	p.must(p.Click("#live"))
	p.is("Live", where, "LIVE 8 TRANSACTION")
}

// TestFork: what is sent in the past begins a branch; the future stays as one of its own.
func TestFork(t *testing.T) {
	p := open(t, site(t, nil))
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.until("STAT answered", stat)
	p.must(p.Click("#prev-exchange"))
	p.until("REVIEW", `document.querySelector("#mode").textContent === "REVIEW" && !document.querySelector("#past").hidden`)
	p.say("DELE 1")
	p.until("DELE answered in a branch", `document.querySelector("#log").innerText.includes("message 1 deleted")`)
	p.is("branch B shows STAT, which was sent in branch A", stat, "false")
	p.is("branches", `document.querySelectorAll("#branches option").length`, "2")
	p.is("turning to branch A", `(s => { s.selectedIndex = 0; return s.dispatchEvent(new Event("change")); })(document.querySelector("#branches select"))`, "true")
	p.until("branch A with its STAT", stat)
}

// TestBlocked: a page whose policy keeps WebAssembly out says so, and what to do.
func TestBlocked(t *testing.T) {
	p := open(t, site(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(stricter{w}, r) })
	}), "unsafe-eval", "Content Security Policy")
	p.until("the explanation", `document.querySelector("#trouble").innerText.includes("'wasm-unsafe-eval'")`)
	p.is("the recorded dialogue stays", `document.querySelector("#example").innerText.includes("USER mrose")`, "true")
}

// stricter leaves WebAssembly out of the policy.
type stricter struct{ http.ResponseWriter }

func (w stricter) WriteHeader(code int) {
	w.strict()
	w.ResponseWriter.WriteHeader(code)
}

func (w stricter) Write(p []byte) (int, error) {
	w.strict()
	return w.ResponseWriter.Write(p)
}

func (w stricter) strict() {
	h := w.Header()
	h.Set("Content-Security-Policy", strings.ReplaceAll(h.Get("Content-Security-Policy"), " 'wasm-unsafe-eval'", ""))
}

// TestNoScript: without scripts the page has a dialogue to read, and says how to go on.
func TestNoScript(t *testing.T) {
	p := open(t, "")
	url := site(t, nil)
	p.must(p.NoScripts())
	p.must(p.Go(url))
	text, err := p.Words("body")
	p.must(err)
	for _, want := range []string{"POP3 server ready", "USER mrose", "+OK 2 320", "Scripts are off", "telnet"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page without scripts lacks %q; it says:\n%s", want, text)
		}
	}
}
