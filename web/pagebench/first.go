package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	page = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>empty</title><link rel="icon" href="data:,">
<link rel="preload" href="/empty.wasm" as="fetch" type="application/wasm" crossorigin="anonymous"><script type="module" src="/empty.js"></script></head><body></body></html>`
)

// first measures the way from the navigation to the first answered command, each time in a profile that has never seen
// the page, in turns with the page of an empty program.
func first(root context.Context, url string, runs int) error {
	least, err := emptySite()
	if err != nil {
		return err
	}
	defer least.Close()
	var ours, theirs []float64
	for range runs {
		t, err := once(root, least.URL, "window.first")
		if err != nil {
			return err
		}
		theirs = append(theirs, t)
		if t, err = once(root, url, "window.first"); err != nil {
			return err
		}
		ours = append(ours, t)
	}
	fmt.Printf("navigation to the first answer:      median %.0f ms of %d; a page with an empty Go program: %.0f ms; ratio %.2f (budget: 1.6, aim: 1.3)\n",
		median(ours), runs, median(theirs), median(ours)/median(theirs))
	return nil
}

// asker says Enter to our page as soon as it listens, and notes when the server's answer to USER stands there.
const asker = `new MutationObserver((_, me) => {
	if (document.body?.dataset.listening && !window.asked) { window.asked = true; document.querySelector("#form").requestSubmit(); }
	if (window.asked && [...document.querySelectorAll("#log ol.col .s")].length > 1) { window.first = performance.now(); me.disconnect(); }
}).observe(document, { subtree: true, childList: true, attributes: true })`

func once(root context.Context, url, when string) (float64, error) {
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

// emptySite is the page of an empty program, compressed as ours is.
func emptySite() (*httptest.Server, error) {
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
	script, err := program(loader)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for path, file := range map[string]struct{ kind, content string }{
		"/{$}":        {"text/html; charset=utf-8", page},
		"/empty.js":   {"text/javascript; charset=utf-8", script},
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
