package web

import (
	"bytes"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/evanw/esbuild/pkg/api"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// recorded makes the first page one of a recorded dialogue: a session of the demonstration's world that says these lines.
func recorded(t *testing.T, script bool, lines ...string) func(http.Handler) http.Handler {
	t.Helper()
	lab, err := sim.New(sim.Demo())
	if err == nil {
		_, err = lab.Do(sim.Input{Verb: sim.Connect, Device: device})
	}
	for _, l := range lines {
		if err == nil {
			_, err = lab.Do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(l + "\r\n")})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	frame := record.NewBuilder(lab).Frame(0, 0, len(lab.Steps())).Append(nil)
	attributes := ` data-recording="` + base64.StdEncoding.EncodeToString(frame) + `"`
	if script {
		attributes += ` data-script="` + html.EscapeString(lab.Script().Text()) + `"`
	}
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				h.ServeHTTP(w, r)
				return
			}
			plain := httptest.NewRequest("GET", "/", nil)
			page := httptest.NewRecorder()
			h.ServeHTTP(page, plain)
			for name, values := range page.Header() {
				if name != "Content-Encoding" && name != "Content-Length" {
					w.Header()[name] = values
				}
			}
			w.Write(bytes.Replace(opening.ReplaceAll(page.Body.Bytes(), nil), []byte(" data-device="), []byte(attributes+" data-device="), 1))
		})
	}
}

// opening is the recording that the first page has itself.
var opening = regexp.MustCompile(` data-(recording|script)="[^"]*"| data-opens`)

// without keeps the engine from the page.
func without(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestRecording: a recording is stepped through from its first step, and taken over at the step that is shown.
func TestRecording(t *testing.T) {
	p := open(t, site(t, recorded(t, true, "USER mrose", "PASS tanstaaf", "STAT")))
	p.ready()
	p.is("where a recording begins", where, "REVIEW 1 connected")
	p.must(p.Focus("#slider"))
	for range 5 {
		p.must(p.Key(kb.ArrowRight))
	}
	p.is("five steps on", where, "REVIEW 6 TRANSACTION")
	p.say("LIST 2")
	p.shows("+OK 2 ")
	p.is("STAT, which the recording had next", stat, "false")
	p.is("branches", `document.querySelectorAll("#branches option").length`, "2")
	p.is("the recording stays", `(s => { s.selectedIndex = 0; return s.dispatchEvent(new Event("change")); })(document.querySelector("#branches select"))`, "true")
	p.until("the recording with its STAT", stat)
	p.is("at its end", where, "LIVE 8 TRANSACTION")
	p.say("QUIT")
	p.shows("signing off")
	p.is("branches after the recording was taken over at its end", `document.querySelectorAll("#branches option").length`, "3")
}

// TestRecordingAlone: without the engine a recording can be stepped through all the same, and says why it can't be
// taken over.
func TestRecordingAlone(t *testing.T) {
	record := recorded(t, true, "USER mrose", "PASS tanstaaf", "STAT")
	p := open(t, site(t, func(h http.Handler) http.Handler { return without(record(h)) }), "404")
	p.until("the engine's absence is explained", `document.querySelector("#trouble").innerText.includes("The engine isn't there")`)
	p.must(p.Click("#live"))
	p.until("the last step of the recording", stat)
	p.is("at its end", where, "LIVE 8 TRANSACTION")
	for _, lens := range []string{"bytes", "ladder", "states", "rfc"} {
		p.must(p.Click("#tab-" + lens))
		p.is("lens "+lens, `document.querySelector("#panel-`+lens+`").innerText.length > 20`, "true")
	}
	p.say("LIST")
	p.until("why it can't be taken over", `document.querySelector("#trouble").innerText.includes("can be taken over when the engine runs")`)
	p.is("nothing happened", where, "LIVE 8 TRANSACTION")
}

// TestRecordingUnscripted: a recording of which only the steps are known can't be taken over, and says so.
func TestRecordingUnscripted(t *testing.T) {
	p := open(t, site(t, recorded(t, false, "USER mrose")))
	p.ready()
	p.say("QUIT")
	p.until("why it can't be taken over", `document.querySelector("#trouble").innerText.includes("not the world that it was seen in")`)
	p.is("nothing happened", where, "REVIEW 1 connected")
}

// TestAppend: steps that come by themselves move LIVE on and leave REVIEW where it is, also those of a branch that isn't
// in view; and what is done in REVIEW to a source whose past can't be done over happens at its end.
func TestAppend(t *testing.T) {
	p := open(t, "about:blank")
	program := bundled(t, `
		import { Session } from "./session";
		const step = (device) => ({ device });
		class Live {
			steps = [step("a")];
			done = [];
			at() { return this; }
			act(input) { this.done.push(input); return []; }
			anew() { return new Live(); }
		}
		const source = new Live(), s = new Session(source, "b"), seen = [s.device + s.n];
		s.append([step("a"), step("a")]); seen.push(s.n);
		s.go(2); s.append([step("a")]); seen.push(s.n + "/" + s.steps.length);
		s.act({ kind: "send" }); seen.push(s.n + "/" + s.steps.length + ":" + source.done.length);
		s.append([step("a")]); seen.push(s.n);
		s.reset(""); seen.push(s.n + "/" + s.branches.length);
		s.append([step("a")], s.branches[0]); seen.push(s.n + "/" + s.branches[0].steps.length);
		window.seen = seen.join(" ");`)
	_, err := p.Eval(program)
	p.must(err)
	p.is("device and step, after two steps, REVIEW after one more, after something was done, after one more, in a new branch, after a step of the old one",
		"window.seen", "a1 3 2/4 4/4:1 5 1/2 1/6")
}

// bundled is a program of the page's modules.
func bundled(t *testing.T, program string) string {
	t.Helper()
	result := api.Build(api.BuildOptions{Stdin: &api.StdinOptions{Contents: program, ResolveDir: "app", Loader: api.LoaderTS}, Bundle: true, Format: api.FormatIIFE})
	if len(result.Errors) > 0 {
		t.Fatal(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}))
	}
	return "(() => {" + string(result.OutputFiles[0].Contents) + "})()"
}
