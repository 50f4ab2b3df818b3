package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"pop3lab/web/view"
)

// get asks for a path, with an Accept-Encoding.
func get(t *testing.T, url, accept string) *http.Response {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", accept)
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Body.Close() })
	return a
}

// TestHeaders: pages are asked for anew each time, hashed assets never again; each has its type and the
// policy, and no third party is named in it.
func TestHeaders(t *testing.T) {
	url := site(t, nil)
	a, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	const forever = "public, max-age=31536000, immutable"
	for _, c := range []struct{ path, kind, cache string }{
		{"", "text/html; charset=utf-8", "no-cache"},
		{a.names["pop3lab.wasm"], "application/wasm", forever},
		{a.names["app.js"], "text/javascript; charset=utf-8", forever},
		{a.names["style.css"], "text/css; charset=utf-8", forever},
	} {
		h := get(t, url+c.path, "br").Header
		for name, want := range map[string]string{"Content-Type": c.kind, "Cache-Control": c.cache, "X-Content-Type-Options": "nosniff", "Content-Encoding": "br"} {
			if got := h.Get(name); got != want {
				t.Errorf("/%s: %s: got %q, want %q", c.path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("/%s: Content-Security-Policy lacks %s: %s", c.path, want, policy)
			}
		}
		if strings.Contains(policy, "http") || strings.Contains(policy, "unsafe-inline") {
			t.Errorf("/%s: Content-Security-Policy allows more than this server: %s", c.path, policy)
		}
	}
	if got := get(t, url+"static/style.css", "br").StatusCode; got != http.StatusNotFound {
		t.Errorf("a source file: got status %d, want 404: only what web/build made is served", got)
	}
}

// TestNotFound: an address where nothing is gets a page that says so and leads back, at any depth; a slash
// too many at the end of a good address is taken off.
func TestNotFound(t *testing.T) {
	url := site(t, nil)
	for path, up := range map[string]string{"nothing": "./", "reference/NOTHING": "../", "a/b/c": "../../"} {
		a := get(t, url+path, "")
		text, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("/%s: got %d, %q, want 404 and a page", path, a.StatusCode, a.Header.Get("Content-Type"))
		}
		if !bytes.Contains(text, []byte(`href="`+strings.TrimSuffix(up, "./")+`reference"`)) && !bytes.Contains(text, []byte(`href="`+up+`reference"`)) {
			t.Errorf("/%s: its links don't lead up by %s:\n%s", path, up, text)
		}
	}
	a := get(t, url+"reference/", "")
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusMovedPermanently || got != "/reference" {
		t.Errorf("/reference/: got %d to %q, want 301 to /reference", a.StatusCode, got)
	}
}

// TestCodings: whatever a client takes, it gets the same content.
func TestCodings(t *testing.T) {
	url := site(t, nil)
	read := func(accept string) (coding, content string) {
		a := get(t, url, accept)
		var r io.Reader = a.Body
		switch coding = a.Header.Get("Content-Encoding"); coding {
		case "br":
			r = brotli.NewReader(r)
		case "gzip":
			var err error
			if r, err = gzip.NewReader(r); err != nil {
				t.Fatal(err)
			}
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return coding, string(b)
	}
	_, plain := read("")
	if !strings.Contains(plain, "POP3 server ready") {
		t.Fatalf("the page as it is lacks its dialogue: %.200s", plain)
	}
	for _, c := range []struct{ accept, want string }{
		{"gzip, deflate, br", "br"}, {"gzip", "gzip"}, {"br;q=0, gzip;q=0.5", "gzip"}, {"br;q=0", ""}, {"deflate", ""}, {"identity", ""}, {"BR", "br"},
	} {
		coding, content := read(c.accept)
		if coding != c.want {
			t.Errorf("Accept-Encoding %q: got %q, want %q (RFC 9110 section 12.5.3)", c.accept, coding, c.want)
		}
		if content != plain {
			t.Errorf("Accept-Encoding %q: the content is another one", c.accept)
		}
	}
}

// TestBudget: all of the first page but the module travels in 100 kB.
func TestBudget(t *testing.T) {
	url := site(t, nil)
	a, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, path := range []string{"", a.names["app.js"], a.names["style.css"], "icon.svg"} {
		sum += get(t, url+path, "br").ContentLength
	}
	t.Logf("page, script, styles and icon: %d octets with brotli", sum)
	if sum <= 0 || sum > 100_000 {
		t.Errorf("the first page takes %d octets with brotli, want at most 100,000", sum)
	}
}

// TestUnbuilt: a program without assets says how to make them.
func TestUnbuilt(t *testing.T) {
	if !strings.Contains(string(unbuilt), "make build") {
		t.Errorf("the page without assets doesn't say make build: %s", unbuilt)
	}
}

// TestPages: every page can be made, says what it is, has no script or style in it, and refers to no page or file that
// isn't there; over HTTP and as files alike.
func TestPages(t *testing.T) {
	a, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`(?:href|src)="([^"#]*)(?:#[^"]*)?"`)
	for _, site := range []*view.Site{{Assets: a.names}, {Assets: a.names, Suffix: ".html", Files: true}} {
		all, err := pages(site)
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{"": !site.Files, "index.html": site.Files, "icon.svg": true}
		for _, p := range all {
			if p.Path != "" {
				known[p.Path+site.Suffix] = true
			}
		}
		for _, name := range a.names {
			known[name] = true
		}
		titles := map[string]string{}
		for _, p := range all {
			content, err := p.render()
			if err != nil {
				t.Errorf("/%s: %v", p.Path, err)
				continue
			}
			if other, twice := titles[p.Title]; twice || p.Title == "" || p.Description == "" {
				t.Errorf("/%s: has the title %q, as /%s has, or no description", p.Path, p.Title, other)
			}
			titles[p.Title] = p.Path
			for _, inline := range []string{"<style", " style=", " onclick="} {
				if bytes.Contains(content, []byte(inline)) {
					t.Errorf("/%s: has %s in it, which the Content-Security-Policy forbids", p.Path, inline)
				}
			}
			for _, m := range links.FindAllSubmatch(content, -1) {
				to := string(m[1])
				if to == "" && len(m[0]) > len(`href=""`) {
					continue // a part of the page itself
				}
				if strings.HasPrefix(to, "https://") {
					continue // a link that somebody may follow; nothing is loaded from there
				}
				if at := path.Join(path.Dir("/"+p.Path), to)[1:]; !known[at] {
					t.Errorf("/%s: refers to %q, and there is no /%s", p.Path, to, at)
				}
			}
		}
	}
}

// TestModules: the page's scripts stay small enough to be read: a module is under 150 lines and begins
// with what it shows of a step. The one that is generated is as long as its description makes it.
func TestModules(t *testing.T) {
	files, err := filepath.Glob("app/*.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(name) == "record.ts" {
			continue
		}
		if n := strings.Count(string(text), "\n"); n >= 150 {
			t.Errorf("%s has %d lines, want less than 150: a panel a module", name, n)
		}
		if !strings.HasPrefix(string(text), "// ") {
			t.Errorf("%s doesn't begin with a comment on what it shows of a step", name)
		}
	}
}
