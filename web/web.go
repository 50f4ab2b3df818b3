// Package web is the pages over HTTP.
//
// Handler serves them: pages, which templ components of web/view make and which no browser keeps;
// assets, which web/build made under names that hold a hash of their content, so that a browser keeps
// them for ever. Everything comes from this program: no font, script or style from elsewhere,
// and a policy in each answer's header that says so.
//
// site.go lists the pages; assets.go reads what is embedded; offline.go makes the script that keeps pages in a browser.
// Files and Single are the same pages without a server: as a folder, and as one file.
package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"pop3lab/web/view"
)

// policy is what pages may load: what this server sends, and WebAssembly of it. No script or style
// stands in a page itself.
const policy = metaPolicy + "; frame-ancestors 'none'"

// metaPolicy is the policy as far as a page can state it itself: who may frame it only a header can say.
const metaPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'none'"

// Handler serves the pages, and what routes add to them. Without assets it serves one page, which
// says how to make them.
func Handler(routes ...func(*http.ServeMux)) (http.Handler, error) {
	return HandlerWith(nil, routes...)
}

// HandlerWith is Handler with the lessons of a shelf; nil means the built-in ones.
func HandlerWith(shelf *Shelf, routes ...func(*http.ServeMux)) (http.Handler, error) {
	a, err := embedded()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, add := range routes {
		add(mux)
	}
	if len(a.files) == 0 {
		mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
			servePage(w, r, packed{br: br(unbuilt), gz: gz(unbuilt)})
		})
		return guarded(mux), nil
	}
	all, err := pages(&view.Site{Assets: a.names})
	if err != nil {
		return nil, err
	}
	if shelf != nil {
		all = slices.DeleteFunc(all, isTeaching)
		shelf.serve(mux, a, func(w http.ResponseWriter, r *http.Request) { serveMissing(w, r, a, all) })
	}
	for _, p := range all {
		// A page is made and packed when it's asked for first: there are many.
		made := sync.OnceValues(func() (packed, error) {
			content, err := p.render()
			return packed{br: br(content), gz: gz(content)}, err
		})
		path := "/" + p.Path
		if p.Path == "" {
			path = "/{$}"
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			content, err := made()
			if err != nil { // which a test rules out
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			servePage(w, r, content)
		})
	}
	for name, p := range a.files {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("Content-Type", mime(name))
			p.serve(w, r)
		})
	}
	script := sync.OnceValues(func() (packed, error) {
		content, err := worker(a.worker, all, slices.Sorted(maps.Keys(a.files)))
		return packed{br: br(content), gz: gz(content)}, err
	})
	mux.HandleFunc("GET /worker.js", func(w http.ResponseWriter, r *http.Request) {
		p, err := script()
		if err != nil { // which a test rules out
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Type", mime("worker.js"))
		p.serve(w, r)
	})
	icon := packed{br: br(iconSVG), gz: gz(iconSVG)}
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Type", "image/svg+xml")
		icon.serve(w, r)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { serveMissing(w, r, a, all) })
	return guarded(mux), nil
}

// serveMissing answers where no page is: a slash too many is taken off, for the rest a page says so.
func serveMissing(w http.ResponseWriter, r *http.Request, a *assets, all []page) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if bare := strings.TrimRight(path, "/"); bare != path && slices.ContainsFunc(all, func(p page) bool { return p.Path == bare }) {
		http.Redirect(w, r, "/"+bare, http.StatusMovedPermanently)
		return
	}
	p := missingPage(&view.Site{Assets: a.names})
	p.Path = path // its links lead up from there
	content, err := p.render()
	if err != nil { // which a test rules out
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	w.Write(content) // a client that has gone is no error of ours
}

// servePage sends a page, which no browser keeps without asking.
func servePage(w http.ResponseWriter, r *http.Request, p packed) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	p.serve(w, r)
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

// unbuilt is the page of a program that was built without the pages' assets.
var unbuilt = []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>pop3lab</title>
<h1>The pages aren't in this program</h1>
<p>It was built by <code>go build</code> alone. Type <code>make build</code> where its sources are, and start it again.</p>
<p>The POP3 server runs all the same.</p></html>
`)

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
