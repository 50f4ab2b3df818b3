package web

import (
	"bytes"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/web/view"
)

// exportedSite writes the site into a folder.
func exportedSite(t *testing.T) (dir string, files []File) {
	t.Helper()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := WriteFiles(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir, files
}

// host serves a folder as a plain host does, in a folder of its own: nothing is packed, no header is set.
func host(t *testing.T, dir string, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := http.StripPrefix("/some/folder", http.FileServer(http.Dir(dir)))
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/some/folder/"
}

// firstSuccess gets STAT answered on the bench.
func (p *tab) firstSuccess() {
	p.Helper()
	p.ready()
	p.must(p.Focus("#command"))
	p.must(p.Key(kb.Enter, kb.Enter, kb.Enter))
	p.until("STAT answered", stat)
}

// turned is until for what comes after the page was loaded anew, which may happen while it waits.
func (p *tab) turned(what, js string) {
	p.Helper()
	for range 5 {
		err := p.Until(js)
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "navigated") {
			p.Fatalf("waited in vain for %s: %v\n%s", what, err, strings.Join(p.Complaints(), "\n"))
		}
	}
	p.Fatalf("waited in vain for %s: the page is loaded again and again", what)
}

// some are the pages that a browser looks at: the first of each folder. There are many pages, and those of a
// folder are made alike.
func some(all []page) []page {
	seen := map[string]bool{}
	var out []page
	for _, p := range all {
		if folder := path.Dir(p.Path); !strings.Contains(p.Path, "/") || !seen[folder] {
			seen[folder] = true
			out = append(out, p)
		}
	}
	return out
}

// TestExport: the folder works on a host that packs nothing, in any folder: the bench, and pages by their own
// addresses, each under the policy that it states itself. Every page is there.
func TestExport(t *testing.T) {
	dir, files := exportedSite(t)
	var asked []string
	url := host(t, dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, ".wasm") {
				asked = append(asked, path.Ext(r.URL.Path))
			}
			h.ServeHTTP(w, r)
		})
	})
	p := open(t, url)
	p.firstSuccess()
	if !slices.Equal(asked, []string{".gz"}) {
		t.Errorf("the module was asked for as %q, want once as .gz: the host packs nothing, so the page unpacks", asked)
	}
	p.must(p.Click("#tab-rfc"))
	p.until("the rules", `document.querySelector("#panel-rfc blockquote") !== null`)
	all, err := pages(&view.Site{Suffix: ".html", Files: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Name == q.address() && bytes.Contains(f.Content, []byte("<h1")) }) {
			t.Errorf("/%s: the export has no %s with a heading", q.Path, q.address())
		}
	}
	for _, q := range some(all) {
		p.must(p.Go(url + q.address()))
		p.is(q.address()+": has its title, style and script", `document.title + " " + getComputedStyle(document.body).fontFamily.includes("system-ui") + " " + (document.querySelector("script[src]") !== null)`, q.Title+" true true")
	}
}

// TestExportHosts: what hosts do to the module: they lack its packed form, unpack it on the way, call it
// something else, or send a page in its place, which is explained.
func TestExportHosts(t *testing.T) {
	dir, _ := exportedSite(t)
	for _, c := range []struct {
		name  string
		host  func(h http.Handler, w http.ResponseWriter, r *http.Request)
		want  string // what is explained; empty when the engine starts
		allow string
	}{
		{"no .gz", func(h http.Handler, w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".gz") {
				http.NotFound(w, r)
				return
			}
			h.ServeHTTP(w, r)
		}, "", "404"},
		{"no .gz, and .wasm as text", func(h http.Handler, w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".gz") {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/plain")
			h.ServeHTTP(w, r)
		}, "", "404"},
		{".gz unpacked on the way", func(h http.Handler, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/wasm")
			h.ServeHTTP(w, r)
		}, "", ""},
		{"a page for everything", func(h http.Handler, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<!doctype html><title>welcome</title>"))
		}, "The server sent something else in the engine's place", ""},
		{"nothing", func(_ http.Handler, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
			"The engine isn't there: the server answered 404", "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, host(t, dir, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.Path, ".wasm") {
						c.host(h, w, r)
						return
					}
					h.ServeHTTP(w, r)
				})
			}), slices.DeleteFunc([]string{c.allow}, func(s string) bool { return s == "" })...)
			if c.want == "" {
				p.firstSuccess()
				return
			}
			p.until(c.want, `document.querySelector("#trouble").innerText.includes(`+"`"+c.want+"`"+`)`)
			p.is("the recorded dialogue stays", `document.querySelector("#example").innerText.includes("USER mrose")`, "true")
		})
	}
}

// TestExportLinks: the files refer to each other, to nothing outside of the folder, and to nothing that isn't
// there; the single file has every page that it refers to.
func TestExportLinks(t *testing.T) {
	_, files := exportedSite(t)
	known := map[string]bool{}
	for _, f := range files {
		known[f.Name] = true
	}
	links := regexp.MustCompile(`(?:href|src|data-module|data-rules|data-worker)="([^"#]*)[^"]*"`)
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".html") {
			continue
		}
		for _, m := range links.FindAllSubmatch(f.Content, -1) {
			to := string(m[1])
			if to == "" || strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "data:") {
				continue
			}
			if at := path.Join(path.Dir(f.Name), to); to[0] == '/' || !known[at] {
				t.Errorf("%s refers to %q, and the export has no %s", f.Name, to, at)
			}
		}
	}
	site := &view.Site{Single: true}
	all, err := pages(site)
	if err != nil {
		t.Fatal(err)
	}
	known = map[string]bool{}
	for _, p := range all {
		known[p.Path] = true
	}
	inside := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	for _, p := range all {
		content, err := (page{p.Page, p.content}).render()
		if err != nil {
			t.Fatal(err)
		}
		body := content[bytes.Index(content, []byte("<body")):]
		for _, m := range inside.FindAllSubmatch(body, -1) {
			to := string(m[1])
			page, _, _ := strings.Cut(strings.TrimPrefix(to, "#/"), "#")
			switch {
			case strings.HasPrefix(to, "https://"):
			case !strings.HasPrefix(to, "#"):
				t.Errorf("/%s refers to %q, which is outside of the single file", p.Path, to)
			case strings.HasPrefix(to, "#/") && !known[page]:
				t.Errorf("/%s refers to %q, and there is no /%s", p.Path, to, page)
			}
		}
	}
}

// TestExportAgain: an export gives the same octets each time, brings a folder up to date, and touches
// nothing that isn't its own.
func TestExportAgain(t *testing.T) {
	dir, files := exportedSite(t)
	again, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if f.Name != again[i].Name || !bytes.Equal(f.Content, again[i].Content) {
			t.Errorf("%s: the second export differs from the first", f.Name)
		}
	}
	one, err := Single()
	if err != nil {
		t.Fatal(err)
	}
	two, err := Single()
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the second single file differs from the first (%v)", err)
	}

	// A page of an older build goes, with its folder; what somebody put there stays.
	older := append(slices.Clone(files), File{"old/page.html", []byte("old")})
	if err := WriteFiles(dir, older); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFiles(dir, files); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "old")); err == nil {
		t.Error("old/page.html: is there still, and the new export has no such page")
	}
	var got []string
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, p)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	})
	want := []string{mark, "notes.txt"}
	for _, f := range files {
		want = append(want, f.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("after the third export: got %q (%v), want %q", got, err, want)
	}

	refused := func(what, dir string, files []File, want string) {
		t.Helper()
		err := WriteFiles(dir, files)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a sentence with %q", what, err, want)
		}
	}
	refused("a file of somebody else's in the way", dir, append(slices.Clone(files), File{"notes.txt", nil}), "notes.txt is in the way")
	if text, _ := os.ReadFile(notes); string(text) != "mine" {
		t.Errorf("notes.txt: got %q, want it left alone", text)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a folder with other files", other, files, "thesis.tex for one")
	forged := t.TempDir()
	if err := os.WriteFile(filepath.Join(forged, mark), []byte("../precious\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a mark that names a file elsewhere", forged, files, "isn't in the folder")
	if err := WriteSingle(notes, one); err == nil || !strings.Contains(err.Error(), "no export wrote it") {
		t.Errorf("a single file over somebody else's: got %v, want a refusal", err)
	}
}

// TestMissing: the page for addresses that lead nowhere has its style with it, and its links lead to the
// site's folder from any depth.
func TestMissing(t *testing.T) {
	dir, _ := exportedSite(t)
	a, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	text, err := missingFile(a, []page{{Page: view.Page{Path: ""}}, {Page: view.Page{Path: "reference/RETR"}}})
	if err != nil {
		t.Fatal(err)
	}
	url := host(t, dir, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "nothing") {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(http.StatusNotFound)
				w.Write(text)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	for _, at := range []string{"nothing", "reference/nothing.html"} {
		p := open(t, url+at, "404")
		p.is(at+": link to the bench", `document.querySelector("main a").href`, url+"index.html")
		p.is(at+": its style", `getComputedStyle(document.querySelector("main")).maxWidth`, "640px")
		p.is(at+": requests", `performance.getEntriesByType("resource").length`, "0")
	}
}

// TestSingle: the file works from disk, whole, without any request: the bench, the lenses that load
// something, a shared session, and other pages.
func TestSingle(t *testing.T) {
	content, err := Single()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pop3lab.html")
	if err := WriteSingle(file, content); err != nil {
		t.Fatal(err)
	}
	t.Logf("the single file has %d octets", len(content))
	url := "file://" + filepath.ToSlash(file)
	quiet := func(p *tab, where string) {
		p.Helper()
		p.is(where+": requests", `performance.getEntriesByType("resource").map(r => r.name).join()`, "")
	}
	p := open(t, url)
	p.firstSuccess()
	p.is("the control for offline use, which a file has no use for", `document.querySelector("#offline-open").hidden`, "true")
	p.must(p.Click("#tab-rfc"))
	p.until("the rules", `document.querySelector("#panel-rfc blockquote") !== null`)
	p.is("a link to a part of the page leads there", `(a => { a.click(); return document.activeElement.id + location.hash; })(document.querySelector(".skip"))`, "command")
	p.must(p.Click("#share"))
	link, err := p.Eval(`document.querySelector("#dialog input[readonly]").value`)
	p.must(err)
	quiet(p, "the bench")

	shared := open(t, link)
	shared.ready()
	shared.until("the shared session", stat)
	quiet(shared, "a shared session")

	all, err := pages(&view.Site{Single: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range some(all)[1:] {
		p.is("turning to "+q.Path, `(location.hash = "/`+q.Path+`", true)`, "true")
		p.turned(q.Path, `document.title === `+"`"+q.Title+"`"+` && !document.documentElement.classList.contains("turning")`)
		quiet(p, q.Path)
	}
	// A part of a page: the browser goes there, and the address stays.
	p.is("turning to a part of a page", `(location.hash = "/reference/RETR#answers", true)`, "true")
	p.turned("the part", `document.querySelector("#answers:target") !== null && location.hash === "#/reference/RETR#answers"`)
	p.is("trying a command on the bench", `(a => { a.click(); return a.getAttribute("href").slice(0, 3); })([...document.querySelectorAll("main a")].find(a => a.textContent.startsWith("Try RETR")))`, "#k=")
	p.turned("the bench before RETR", `document.body.dataset.ready === "yes" && location.hash.startsWith("#k=") && document.querySelector("#state").textContent === "TRANSACTION"`)
	quiet(p, "the bench before RETR")

	p.is("turning to no page", `(location.hash = "/nothing%", true)`, "true")
	p.turned("the page for that", `document.title === "pop3lab: there is no such page"`)
	p.is("its way back", `(a => { a.click(); return a.getAttribute("href"); })(document.querySelector("main a, .mark"))`, "#/")
	p.turned("the bench again", `document.title === `+"`"+all[0].Title+"`"+` && document.body.dataset.ready === "yes"`)
}

// TestSingleOld: a browser that can't unpack the file shows what is recorded, and says so.
func TestSingleOld(t *testing.T) {
	content, err := Single()
	if err != nil {
		t.Fatal(err)
	}
	// What an old browser lacks is taken away before the script begins; the policy knows it by its hash.
	const lack = "delete window.DecompressionStream"
	text := strings.Replace(string(content), "script-src ", "script-src "+html.EscapeString(hash(lack))+" ", 1)
	text = strings.Replace(text, "</head>", "<script>"+lack+"</script></head>", 1)
	file := filepath.Join(t.TempDir(), "old.html")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"", "#/reference/RETR"} {
		p := open(t, "file://"+filepath.ToSlash(file)+at)
		p.until("the explanation", `document.querySelector("#trouble").innerText.includes("can't unpack") && getComputedStyle(document.body).visibility === "visible"`)
		p.is("the recorded dialogue stays", `document.querySelector("#example").innerText.includes("USER mrose")`, "true")
	}
}

// TestSingleHead: the single file's policy names what stands in it by its hash, and allows no request.
func TestSingleHead(t *testing.T) {
	content, err := Single()
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindSubmatch(content)
	if m == nil {
		t.Fatal("the single file states no policy")
	}
	policy := string(m[1])
	for _, bad := range []string{"unsafe-inline", "self", "http", "connect-src", "*"} {
		if strings.Contains(policy, bad) {
			t.Errorf("the policy has %q in it, want nothing allowed but what stands in the file: %s", bad, policy)
		}
	}
	if !strings.HasPrefix(policy, "default-src &#39;none&#39;") {
		t.Errorf("the policy doesn't begin with default-src 'none': %s", policy)
	}
	if bytes.Index(content, m[0]) > bytes.Index(content, []byte("<style>")) || bytes.Index(content, m[0]) > bytes.Index(content, []byte("<script")) {
		t.Error("the policy comes after a style or script; it holds for what comes after it alone (HTML Standard section 4.2.5.3)")
	}
}
