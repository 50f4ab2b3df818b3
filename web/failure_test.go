package web

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// What goes wrong with the engine is said in words, with what to do; what is recorded stays usable. A policy that keeps
// it out is TestBlocked's, an engine that isn't there TestRecordingAlone's.

// instead answers requests for the module in place of the site.
func instead(answer func(w http.ResponseWriter, r *http.Request, site http.Handler)) func(http.Handler) http.Handler {
	return func(site http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".wasm") {
				answer(w, r, site)
				return
			}
			site.ServeHTTP(w, r)
		})
	}
}

// TestOtherType: a server that calls the module something else than application/wasm does no harm.
func TestOtherType(t *testing.T) {
	p := open(t, site(t, instead(func(w http.ResponseWriter, r *http.Request, site http.Handler) {
		site.ServeHTTP(typed{w, "application/octet-stream"}, r)
	})))
	p.login()
	p.is("nothing is wrong", `document.querySelector("#trouble").hidden`, "true")
}

// typed gives an answer another Content-Type.
type typed struct {
	http.ResponseWriter
	kind string
}

func (w typed) WriteHeader(code int) {
	w.Header().Set("Content-Type", w.kind)
	w.ResponseWriter.WriteHeader(code)
}

func (w typed) Write(p []byte) (int, error) {
	w.Header().Set("Content-Type", w.kind)
	return w.ResponseWriter.Write(p)
}

// TestNoModule: what comes instead of a module is named, and so is what should come.
func TestNoModule(t *testing.T) {
	for _, c := range []struct{ name, kind, content, says string }{
		{"a page", "text/html", "<!DOCTYPE html><p>Welcome</p>", "the server calls it text/html"},
		{"a page that is called a module", "application/wasm", "<!DOCTYPE html><p>Welcome</p>", "The server sent something else in the engine's place"},
		{"half a module", "application/wasm", "\x00asm\x01\x00\x00\x00\x01", "The engine doesn't start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, site(t, instead(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.Header().Set("Content-Type", c.kind)
				w.Write([]byte(c.content))
			})))
			p.until(c.says, `document.querySelector("#trouble").innerText.includes("`+c.says+`")`)
			p.is("the recorded dialogue stays", `document.querySelector("#example").innerText.includes("USER mrose")`, "true")
		})
	}
}

// TestFromDisk: a page of an export that's opened from disk can't fetch the engine, and says what can be done.
func TestFromDisk(t *testing.T) {
	dir, _ := exportedSite(t)
	p := open(t, "file://"+filepath.ToSlash(filepath.Join(dir, "index.html")), "file:")
	p.until("what to do", `document.querySelector("#trouble").innerText.includes("pop3lab serve")`)
	p.is("the recorded dialogue stays", `document.querySelector("#example").innerText.includes("USER mrose")`, "true")
}

// traps lets a page's engine break when it's told to, as a mistake in it would.
const traps = `
	const instantiate = WebAssembly.instantiate;
	WebAssembly.instantiate = async (...given) => {
		const made = await instantiate(...given), exports = {};
		for (const [name, value] of Object.entries(made.exports)) {
			exports[name] = typeof value !== "function" ? value : (...args) => {
				if (window.trap && name === "act") { window.trap = false; throw new WebAssembly.RuntimeError("unreachable"); }
				return value(...args);
			};
		}
		return { exports };
	};`

// TestTrap: an engine that breaks is started anew, with all that had happened; what broke it didn't happen.
func TestTrap(t *testing.T) {
	p := open(t, "")
	p.must(p.Before(traps))
	p.must(p.Go(site(t, nil)))
	p.login()
	p.say("DELE 1")
	p.shows("message 1 deleted")
	steps, err := p.Eval(`document.querySelector("#count").textContent`)
	p.must(err)
	p.is("the engine is to break", `(window.trap = true)`, "true")
	p.say("STAT")
	p.until("the explanation", `document.querySelector("#trouble").innerText.includes("The engine broke and was started anew")`)
	p.is("what was recorded stays", `document.querySelector("#count").textContent`, steps)
	p.say("STAT")
	p.shows("+OK 1 200")
	p.is("nothing is wrong any more", `document.querySelector("#trouble").hidden`, "true")

	// A fork is brought back too.
	p.must(p.Click("#prev-exchange"))
	p.must(p.Click("#prev-exchange"))
	p.say("NOOP")
	p.is("the engine is to break", `(window.trap = true)`, "true")
	p.say("STAT")
	p.say("STAT")
	p.shows("+OK 2 320")
}
