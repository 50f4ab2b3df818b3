package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// What stands between: somebody who lets no WebSocket through, a network that breaks, a server that goes.

// unsocketed refuses what isn't plain HTTP, as some proxies do.
func unsocketed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, "no upgrades here", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// TestLiveBlocked: where WebSockets don't get through the page takes server-sent events and POST by itself; nothing else
// is different.
func TestLiveBlocked(t *testing.T) {
	l := newLab(t, unsocketed)
	v := l.visit(t, "WebSocket")
	v.until("the page says so", `document.querySelector("#room-state").textContent.includes("plain HTTP")`)
	v.connect()
	v.say("RETR 1")
	v.shows("120 octets")
	v.is("the next line ending", `(s => s.value = "none")(document.querySelector("#eol"))`, "none")
	v.say("ST")
	v.say(`AT\r\n`)
	v.shows("5 1999")
	c := l.dial(t)
	c.says("USER " + v.user)
	c.says("PASS " + v.password)
	v.shows("[IN-USE]")
	v.must(v.Click("#prev"))
	v.must(v.Click("#live"))
	v.is("the next line ending", `(s => s.value = "crlf")(document.querySelector("#eol"))`, "crlf")
	v.say("QUIT")
	v.until("the end", `document.querySelector("#log").innerText.includes("signing off") || document.querySelector("#state").textContent === "closed"`)
	v.until("the way to connect again", `document.querySelector("#chips").innerText === "Connect again"`)
	v.must(v.Focus("#command"))
	v.must(v.Key("\r"))
	v.until("the second session", `document.querySelector("#session-line").textContent.includes("session 2")`)
	v.world("Hang up")
	v.until("the hang-up", `document.querySelector("#state").textContent === "closed"`)
}

// A cable carries what a browser and a server say, as long as it isn't cut.
type cable struct {
	net.Listener
	mu    sync.Mutex
	ends  []net.Conn
	apart bool
}

// newCable leads to a server; the page is at its own address.
func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l}
	t.Cleanup(func() { l.Close(); c.cut() })
	go func() { // ends with the listener
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil || !c.keep(in, out) {
				in.Close()
				continue
			}
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
	return c
}

func (c *cable) keep(ends ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.apart {
		for _, e := range ends {
			e.Close()
		}
		return false
	}
	c.ends = append(c.ends, ends...)
	return true
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.apart = true
	for _, e := range c.ends {
		e.Close()
	}
	c.ends = nil
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.apart = false
}

// TestLiveCatchUp: after the network broke, the page goes on behind the last step that it has: what happened meanwhile is
// there, once, in its order; with WebSockets and without.
func TestLiveCatchUp(t *testing.T) {
	for name, wrap := range map[string]func(http.Handler) http.Handler{"WebSocket": nil, "server-sent events": unsocketed} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, wrap)
			u, err := url.Parse(l.url)
			if err != nil {
				t.Fatal(err)
			}
			c := newCable(t, u.Host)
			u.Host = c.Addr().String()
			away := *l
			away.url = u.String()
			v := away.visit(t, "WebSocket", "ERR_")
			p := l.dial(t)
			p.login(v)
			v.shows("5 messages")
			for range 2 {
				p.says("NOOP")
			}
			v.until("two answers", `document.querySelector("#log").innerText.split("nothing done").length === 3`)
			c.cut()
			v.until("the page says that it's away", `/broke|reached/.test(document.querySelector("#room-state").textContent)`)
			for i := range 100 {
				p.says(fmt.Sprint("LIST ", i%4+1))
			}
			c.mend()
			p.says("STAT")
			v.until("what happened last", `document.querySelector("#mode").textContent === "LIVE" && [...document.querySelectorAll("#log .col .ln")].at(-1).innerText.includes("5 1999")`)
			v.until("it's live again", `document.querySelector("#room-state").textContent.startsWith("Live")`)
			got, err := v.Eval(`[...document.querySelectorAll("#log .col .ln.c .t")].map(e => e.textContent).filter(x => x.startsWith("LIST")).join("")`)
			v.must(err)
			var want strings.Builder
			for i := range 100 {
				fmt.Fprintf(&want, "LIST %dCRLF", i%4+1)
			}
			if got != want.String() {
				t.Errorf("LIST after the break: got %q, want each of 100 once, in order", got)
			}
			v.is("every step has its number", `[...document.querySelectorAll("#log .col .ln a.n")].map(a => Number(a.textContent)).every((n, i, all) => i === 0 || n > all[i-1])`, "true")
		})
	}
}

// TestLiveEnd: when the maildrop has ended the page says why, keeps what it has, and offers another.
func TestLiveEnd(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t, "401", "WebSocket")
	v.connect()
	r, err := http.NewRequest("DELETE", l.url+"/room", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	r.Header.Set("Origin", strings.TrimSuffix(l.url, "/live"))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	v.until("why it ended", `document.querySelector("#room-state").textContent.includes("closed the room") && !document.querySelector("#room-again").hidden`)
	v.must(v.Click("#first"))
	v.is("the steps stay", where, "REVIEW 1 not connected")
	before := v.user
	v.must(v.Click("#room-again"))
	v.turned("another maildrop", `document.body.dataset.ready === "yes" && document.querySelector("#room-user").textContent !== "`+before+`"`)
}

// TestLiveBehind: a page that read too slowly is told so, comes back, and says why it was away.
func TestLiveBehind(t *testing.T) {
	var once sync.Once
	l := newLab(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			slow := false
			if r.URL.Path == "/ws/trace" {
				once.Do(func() { slow = true })
			}
			if !slow {
				h.ServeHTTP(w, r)
				return
			}
			u := websocket.Upgrader{}
			ws, err := u.Upgrade(w, r, http.Header{"Sec-Websocket-Protocol": {"pop3.trace"}})
			if err != nil {
				t.Error(err)
				return
			}
			// What the bridge closes with when a watcher doesn't keep up.
			ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4002, "you are 1001 steps behind; go on from 1.0"))
			ws.ReadMessage()
			ws.Close()
		})
	})
	v := l.visit(t)
	v.until("the reason", `document.querySelector("#room-state").textContent === "Live: steps come as they happen. It fell behind and was disconnected, and has caught up."`)
}

// TestLiveAlone: pages without a real server say what to start.
func TestLiveAlone(t *testing.T) {
	p := open(t, site(t, nil)+"live", "405")
	p.until("the explanation", `document.querySelector("#room-state").textContent.includes("Start pop3lab serve")`)
	p.must(p.Go(host(t, first(exportedSite(t)), nil)))
	p.ready()
	p.is("links to /live in an export", `document.querySelectorAll("a[href*='live']").length`, "0")
	p.is("the switch", `[...document.querySelectorAll(".source button")].find(b => b.textContent.includes("Real server")).click()`, "undefined")
	p.until("what to start", `document.querySelector("#start-server").innerText.includes("pop3lab serve")`)
}

func first(dir string, _ []File) string { return dir }

// TestLiveAxe: axe finds nothing on /live: at its beginning, with several sessions, in the past, seen from outside, in
// its dialogs, in both themes, on a phone.
func TestLiveAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 1440}, {"light", 390}} {
		t.Run(fmt.Sprintf("%s %d", look.theme, look.width), func(t *testing.T) {
			l := newLab(t, nil)
			v := &visitor{tab: open(t, ""), lab: l}
			v.must(v.Look(look.width, 900, look.theme))
			v.must(v.Go(l.url))
			v.entered()
			_, err := v.Eval("(() => {" + string(source) + "})()")
			v.must(err)
			v.is("the ways in", `(d => { d.open = true; document.querySelector("#systems input[value=thunderbird]").click(); return d.open; })(document.querySelector("#doors"))`, "true")
			v.clean("the beginning, with a mail program's settings")
			v.connect()
			p := l.dialTLS(t)
			p.says("USER " + v.user)
			p.says("PASS " + v.password)
			v.shows("[IN-USE]")
			v.clean("two sessions")
			v.must(v.Click("#prev"))
			v.say("NOOP")
			v.must(v.Click("#prev"))
			p.says("CAPA")
			v.until("new steps", `document.querySelector("#live").textContent.endsWith("new")`)
			v.clean("the past")
			v.must(v.Click("#sees-tap"))
			v.clean("an eavesdropper's view")
			v.must(v.Click("#world"))
			v.is("all of the menu", `[...document.querySelectorAll("#dialog details")].map(d => d.open = true).length`, "3")
			v.clean("the world menu")
			v.must(v.Click("#dialog header button"))
			v.must(v.Click("#share"))
			v.clean("the share dialog")
		})
	}
}
