package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"

	"pop3lab/wasm/build"
	"pop3lab/web/browse"
)

// empty is a Go program that does nothing, and loader what its page does: it loads the program as our page loads the
// engine, and then has something to show.
const (
	empty  = "package main\n\nfunc main() {}\n"
	loader = `import { load } from "./module";
		const got = await load("/empty.wasm");
		document.body.append(got.run + " is running");
		(window as any).first = performance.now();`
	script = `<script type="module" src="/empty.js"></script>`
	page   = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>empty</title><link rel="icon" href="data:,">
<link rel="preload" href="/empty.wasm" as="fetch" type="application/wasm" crossorigin="anonymous">` + script + `</head><body></body></html>`
)

// first measures the way from the navigation to the first answered command, each time in a profile that has never seen
// the page, in turns with two pages that load an empty Go program and say so:
//
// The one has our page's HTML and styles, and loads the empty program in our engine's place. What our page takes
// longer than this one is what our engine and our scripts take, and the budget is about that. The other has nothing
// else in it: its ratio holds what any page of this size takes to be laid out and drawn, too.
func first(root context.Context, site http.Handler, url string, runs int) error {
	least, err := emptySite(site)
	if err != nil {
		return err
	}
	defer least.Close()
	pages := []string{url, least.URL + "/dressed", least.URL + "/bare"}
	took := make([][]float64, len(pages))
	for range runs {
		for i, page := range pages {
			t, err := once(root, page)
			if err != nil {
				return err
			}
			took[i] = append(took[i], t)
		}
	}
	ours, dressed, bare := median(took[0]), median(took[1]), median(took[2])
	fmt.Printf("navigation to the first answer:      median %.0f ms of %d; with an empty Go program in the same page: %.0f ms; ratio %.2f (budget: 1.6, aim: 1.3)\n",
		ours, runs, dressed, ours/dressed)
	fmt.Printf("                                     a page with an empty Go program and nothing else: %.0f ms; ratio %.2f\n", bare, ours/bare)
	return nil
}

// asker says Enter to our page as soon as it listens, and notes when the server's answer to USER stands there.
const asker = `new MutationObserver((_, me) => {
	if (document.body?.dataset.listening && !window.asked) { window.asked = true; document.querySelector("#form").requestSubmit(); }
	if (window.asked && [...document.querySelectorAll("#log ol.col .s")].length > 1) { window.first = performance.now(); me.disconnect(); }
}).observe(document, { subtree: true, childList: true, attributes: true })`

func once(root context.Context, url string) (float64, error) {
	const when = "window.first" // an element with that id is no number
	tab, err := browse.Open(root)
	if err != nil {
		return 0, err
	}
	defer tab.Close()
	if err := tab.Before(asker); err != nil {
		return 0, err
	}
	if err := tab.Go(url); err != nil {
		return 0, err
	}
	if err := tab.Until(when + " > 0"); err != nil {
		return 0, fmt.Errorf("no first answer: %w; %s", err, strings.Join(tab.Complaints(), "; "))
	}
	text, err := tab.Eval(when)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

var (
	ourScript = regexp.MustCompile(`<script async src="[^"]*"></script>`)
	ourModule = regexp.MustCompile(`"pop3lab-[0-9a-f]+\.wasm"`)
)

// emptySite are the pages of an empty program, compressed as ours is.
func emptySite(site http.Handler) (*httptest.Server, error) {
	dir, err := os.MkdirTemp("", "pop3lab-pagebench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(source, []byte(empty), 0o644); err != nil {
		return nil, err
	}
	module, err := build.Program(source)
	if err != nil {
		return nil, err
	}
	code, err := program(loader)
	if err != nil {
		return nil, err
	}
	ours := httptest.NewRecorder()
	site.ServeHTTP(ours, httptest.NewRequest(http.MethodGet, "/", nil))
	html := ours.Body.String()
	if !ourScript.MatchString(html) || !ourModule.MatchString(html) {
		return nil, errors.New("the first page loads its script or its module in another way than this measurement knows")
	}
	dressed := ourModule.ReplaceAllLiteralString(ourScript.ReplaceAllLiteralString(html, script), `"/empty.wasm"`)
	mux := http.NewServeMux()
	mux.Handle("/", site)
	for path, file := range map[string]struct{ kind, content string }{
		"/bare":       {"text/html; charset=utf-8", page},
		"/dressed":    {"text/html; charset=utf-8", dressed},
		"/empty.js":   {"text/javascript; charset=utf-8", code},
		"/empty.wasm": {"application/wasm", string(module)},
	} {
		var b bytes.Buffer
		w := brotli.NewWriterLevel(&b, brotli.BestCompression)
		w.Write([]byte(file.content)) // a bytes.Buffer takes everything
		w.Close()
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", file.kind)
			w.Header().Set("Content-Encoding", "br")
			w.Write(b.Bytes())
		})
	}
	return httptest.NewServer(mux), nil
}
