// Package web is the pages over HTTP.
//
// Handler serves them: pages, which templ components of web/view make and which no browser keeps;
// assets, which web/build made under names that hold a hash of their content, so that a browser keeps
// them for ever. Everything comes from this program: no font, script or style from elsewhere,
// and a policy in each answer's header that says so.
//
// assets.go reads what is embedded.
package web

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/web/view"
)

// policy is what pages may load: what this server sends, and WebAssembly of it. No script or style
// stands in a page itself.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the pages. It fails when a page can't be made, which a test rules out. Without
// assets it serves one page, which says how to make them.
func Handler() (http.Handler, error) {
	a, err := embedded()
	if err != nil {
		return nil, err
	}
	pages, err := pages(a)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for path, content := range pages {
		p := packed{br: br(content), gz: gz(content)}
		mux.HandleFunc("GET "+path+"{$}", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			p.serve(w, r)
		})
	}
	for name, p := range a.files {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("Content-Type", mime(name))
			p.serve(w, r)
		})
	}
	icon := packed{br: br(iconSVG), gz: gz(iconSVG)}
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Type", "image/svg+xml")
		icon.serve(w, r)
	})
	return guarded(mux), nil
}

// guarded puts into every answer's header what holds for all.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.ServeHTTP(w, r)
	})
}

// pages makes every page, by its path.
func pages(a *assets) (map[string][]byte, error) {
	if len(a.files) == 0 {
		return map[string][]byte{"/": []byte(unbuilt)}, nil
	}
	p := view.Page{
		Title:       "pop3lab: speak POP3 with a server in this page",
		Description: "A live POP3 session in the page: type commands, see every octet, step back and forth, break things.",
		Script:      a.names["app.js"], Style: a.names["style.css"], Module: a.names["pop3lab.wasm"], Rules: a.names["rules.json"], Here: "./",
	}
	bench, err := view.NewBench(p, world, device, lesson)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	if out["/"], err = render(view.BenchPage(bench)); err != nil {
		return nil, err
	}
	return out, nil
}

// What the bench opens: the demonstration's world as it is (sim.Demo), who speaks in it at first, and
// what somebody who knows nothing may say.
const (
	world  = ""
	device = "office PC"
)

var lesson = []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"}

func render(c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	err := c.Render(context.Background(), &b)
	return b.Bytes(), err
}

// unbuilt is the page of a program that was built without the pages' assets.
const unbuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>pop3lab</title>
<h1>The pages aren't in this program</h1>
<p>It was built by <code>go build</code> alone. Type <code>make build</code> where its sources are, and start it again.</p>
<p>The POP3 server runs all the same.</p></html>
`

// mime is an asset's Content-Type.
func mime(name string) string {
	switch {
	case strings.HasSuffix(name, ".wasm"):
		return "application/wasm"
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".json"):
		return "application/json"
	default:
		return "text/javascript; charset=utf-8"
	}
}
