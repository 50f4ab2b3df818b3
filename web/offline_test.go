package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/web/view"
)

// gone is what a browser logs when a server has gone.
const gone = "ERR_CONNECTION_REFUSED"

// keep turns offline use on.
func (p *tab) keep() {
	p.Helper()
	p.until("the control for offline use", `!document.querySelector("#offline-open").hidden`)
	p.must(p.Click("#offline-open"))
	p.is("what is kept before", `document.querySelector("#offline-state").textContent`, "Nothing is kept now.")
	p.must(p.Click("#offline-switch"))
	p.until("all pages to be kept", `document.querySelector("#offline-state").textContent === "All pages are kept in this browser." && document.querySelector("#offline-switch").textContent === "Stop keeping"`)
}

// count sets window.n to a number of caches and workers that this site has.
func (p *tab) count() string {
	p.Helper()
	_, err := p.Eval(`(window.n = undefined, Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(([c, r]) => { window.n = c.length + " " + r.length; }))`)
	p.must(err)
	p.until("the browser to count", `window.n !== undefined`)
	n, err := p.Eval("window.n")
	p.must(err)
	return n
}

// TestOffline: what was kept works without its server: the bench to STAT answered, and pages; served by us and by a
// plain host in a folder alike. Every page is kept.
func TestOffline(t *testing.T) {
	handler, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := exportedSite(t)
	for _, c := range []struct {
		name    string
		handler http.Handler
		folder  string
		site    view.Site
	}{
		{"served", handler, "/", view.Site{}},
		{"exported", http.StripPrefix("/some/folder", http.FileServer(http.Dir(dir))), "/some/folder/", view.Site{Suffix: ".html", Files: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			url := s.URL + c.folder
			p := open(t, url, gone)
			if got := p.count(); got != "0 0" {
				t.Errorf("caches and workers before anybody asked: got %s, want 0 0", got)
			}
			p.keep()
			s.CloseClientConnections()
			s.Close()
			all, err := pages(&c.site)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Eval(`(window.kept = undefined, caches.keys().then(k => caches.open(k[0])).then(c => c.keys()).then(k => window.kept = k.map(r => r.url).join(" ") + " "))`)
			p.must(err)
			p.until("the list of what is kept", `window.kept !== undefined`)
			kept, err := p.Eval("window.kept")
			p.must(err)
			for _, q := range all {
				if !strings.Contains(kept, url+strings.TrimPrefix(q.address(), "./")+" ") {
					t.Errorf("/%s isn't kept", q.Path)
				}
			}
			for _, q := range some(all) {
				p.must(p.Go(url + q.address()))
				p.is("/"+q.Path+" without its server: title and style", `document.title + " " + getComputedStyle(document.body).fontFamily.includes("system-ui")`, q.Title+" true")
			}
			p.must(p.Go(url))
			p.firstSuccess()
			p.must(p.Click("#tab-rfc"))
			p.until("the rules", `document.querySelector("#panel-rfc blockquote") !== null`)

			p.must(p.Click("#offline-open"))
			p.must(p.Click("#offline-switch"))
			p.until("nothing to be kept", `document.querySelector("#offline-state").textContent === "Nothing is kept any more."`)
			if got := p.count(); got != "0 0" {
				t.Errorf("caches and workers after it was turned off: got %s, want 0 0", got)
			}
		})
	}
}

// build writes another build of an exported site: with another script, which calls itself name.
func build(t *testing.T, files []File, name string, age time.Duration) (dir string) {
	t.Helper()
	var script string
	for _, f := range files {
		if strings.HasPrefix(f.Name, "app-") {
			script = f.Name
		}
	}
	dir = t.TempDir()
	for _, f := range files {
		file, content := f.Name, bytes.ReplaceAll(f.Content, []byte(script), []byte("app-"+name+".js"))
		switch file {
		case script:
			file, content = "app-"+name+".js", append([]byte(`document.documentElement.dataset.build="`+name+`";`), content...)
		case "worker.js":
			content = bytes.Replace(content, []byte(`"version":"`), []byte(`"version":"`+name), 1)
		}
		if err := replace(at(dir, file), content); err != nil {
			t.Fatal(err)
		}
		// A plain host tells files apart by the second in which they were written.
		written := time.Now().Add(-age)
		if err := os.Chtimes(at(dir, file), written, written); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestNewVersion: a page that is open while a new build comes says so, and takes it when it's told to; what
// the old build kept is gone then. A page that is of the new build already says nothing, and lets the
// worker of that build take over.
func TestNewVersion(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	builds := map[string]string{"first": build(t, files, "first", 3*time.Hour), "second": build(t, files, "second", 2*time.Hour), "third": build(t, files, "third", time.Hour)}
	var now atomic.Value
	now.Store("first")
	url := host(t, "", func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/some/folder", http.FileServer(http.Dir(builds[now.Load().(string)]))).ServeHTTP(w, r)
		})
	})
	shown := func(name string) string {
		return `document.documentElement.dataset.build === "` + name + `" && document.body.dataset.ready === "yes" && document.querySelector("#offline-switch").textContent === "Stop keeping"`
	}
	p := open(t, url)
	p.keep()
	p.must(p.Go(url + "index.html")) // a page that the worker has in hand
	p.until("the first build", shown("first"))
	p.is("the notice before there is a new build", `document.querySelector("#fresh").hidden`, "true")

	now.Store("second")
	p.is("looking at the page again", `document.dispatchEvent(new Event("visibilitychange"))`, "true")
	p.until("the notice of a new version", `!document.querySelector("#fresh").hidden`)
	p.is("the page until it's told", `document.documentElement.dataset.build`, "first")
	p.must(p.Click("#fresh"))
	p.turned("the second build", shown("second"))
	p.is("the notice when it's taken", `document.querySelector("#fresh").hidden`, "true")
	if got := p.count(); got != "1 1" {
		t.Errorf("caches and workers after the new version: got %s, want 1 1: the old build's cache is removed", got)
	}

	now.Store("third")
	p.must(p.Go(url))
	p.until("the third build, which the network has", shown("third"))
	p.is("watching the caches", `(setInterval(() => caches.keys().then(k => window.keys = k.join()), 20) > 0)`, "true")
	p.until("the third build's worker to take over", `/ third[0-9a-f]*$/.test(window.keys)`)
	p.is("the notice on a page that is new", `document.querySelector("#fresh").hidden`, "true")
}

// TestWorkerHeaders: a browser asks for the worker anew each time, and takes it as a script for its own folder.
func TestWorkerHeaders(t *testing.T) {
	a := get(t, site(t, nil)+"worker.js", "br")
	for name, want := range map[string]string{"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache", "Service-Worker-Allowed": ""} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("/worker.js: %s: got %q, want %q", name, got, want)
		}
	}
	if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "worker-src 'self'") {
		t.Errorf("/worker.js: Content-Security-Policy lacks worker-src 'self': %s", policy)
	}
}

// TestOfflineAxe: axe finds nothing where offline use is turned on and off, and a key closes it.
func TestOfflineAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	url := site(t, nil)
	for _, theme := range []string{"light", "dark"} {
		p := open(t, "")
		p.must(p.Look(390, 844, theme))
		p.must(p.Go(url))
		p.ready()
		p.until("the control for offline use", `!document.querySelector("#offline-open").hidden`)
		_, err := p.Eval("(() => {" + string(source) + "})()")
		p.must(err)
		p.must(p.Focus("#offline-open"))
		p.must(p.Key(kb.Enter))
		p.clean("offline use, " + theme)
		p.must(p.Key(kb.Tab))
		p.is("Tab from the button", `document.activeElement.id`, "offline-switch")
		p.must(p.Key(kb.Escape))
		p.is("after Escape", `document.querySelector("#offline").matches(":popover-open") + " " + document.activeElement.id`, "false offline-open")
		p.is("the notice of a new version fits", `(document.querySelector("#fresh").hidden = false, document.documentElement.scrollWidth <= innerWidth)`, "true")
	}
}
