package web

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
	"pop3lab/engine/watch"
	"pop3lab/web/bridge"
)

// A watched server on /live, as pop3lab watch puts it together: somebody else's, of which only what passes is known.

// watched is a server behind a proxy that pages follow.
type watched struct{ url, pop3 string }

func newWatched(t *testing.T) *watched {
	t.Helper()
	srv := &server.Server{Protocol: engine.New(engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}),
		Store: memdrop.Demo(), Random: func(p []byte) { rand.Read(p) }, Clock: func() int64 { return time.Now().UnixMilli() }})}
	var port [2]net.Listener
	for i := range port {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port[i] = l
	}
	f := bridge.NewFollow(bridge.Options{}, false)
	f.Tell(port[1].Addr().String(), "")
	p := &watch.Proxy{Upstream: port[0].Addr().String(), Observe: f.Observe}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go srv.Serve(port[0])
	go func() { ended <- p.Serve(ctx, port[1]) }()
	t.Cleanup(func() { cancel(); <-ended; f.Close(); srv.Close() })
	h, err := Handler(f.Routes)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return &watched{s.URL + "/live", port[1].Addr().String()}
}

// TestWatchPage: a session that passes appears on the page as it happens, on every panel, with what can be known and no
// more; the page offers nothing that it can't do.
func TestWatchPage(t *testing.T) {
	w := newWatched(t)
	p := open(t, w.url)
	p.ready()
	p.is("fields to type in", `[...document.querySelectorAll("#command, #send, #chips")].filter(e => e.offsetParent).length`, "0")
	p.is("a way with curl", `[...document.querySelectorAll("#doors .line")].some(e => e.textContent === "curl -u USER:PASSWORD pop3://`+w.pop3+`/1")`, "true")
	nc, err := net.Dial("tcp", w.pop3)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(time.Minute))
	say := func(line string) {
		t.Helper()
		if _, err := io.WriteString(nc, line+"\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	p.until("the greeting", `document.querySelector("#state").textContent === "AUTHORIZATION"`)
	say("USER mrose")
	say("PASS tanstaaf")
	p.until("the login", `document.querySelector("#state").textContent === "TRANSACTION"`)
	p.is("the password", `document.body.innerText.includes("tanstaaf")`, "false")
	p.until("a maildrop of which nothing is known", `document.querySelector("#maildrop").innerText.includes("Of no message anybody knows")`)
	say("UIDL")
	p.until("its messages without sizes", `[...document.querySelectorAll("#maildrop tbody tr")].map(r => r.cells[1].textContent).join() === "?,?"`)
	say("LIST")
	p.until("their octets", `[...document.querySelectorAll("#maildrop tbody tr")].map(r => r.cells[1].textContent).join() === "120,200"`)
	say("RETR 1")
	p.shows("120 octets")
	say("DELE 2")
	p.until("the mark", `document.querySelector("#maildrop tbody tr.marked td").textContent === "2"`)
	say("QUIT")
	p.until("the end", `document.querySelector("#state").textContent === "closed"`)
	p.must(p.Click("#prev-exchange"))
	p.until("the past", `document.querySelector("#state").textContent !== "closed"`)
	p.must(p.Click("#tab-bytes"))
	p.until("octets", `document.querySelector("#panel-bytes").innerText.trim() !== ""`)
	p.must(p.Click("#tab-ladder"))
	p.until("a ladder", `document.querySelector("#panel-ladder svg, #panel-ladder li, #panel-ladder .row") !== null`)
	p.must(p.Click("#live"))
}

// TestWatchCurl: curl's fetch is on the page, whole; who opens the page later sees it too, and a second connection beside
// it, which can be cut.
func TestWatchCurl(t *testing.T) {
	w := newWatched(t)
	if out, err := exec.Command("curl", "--disable", "-s", "-S", "-u", "mrose:tanstaaf", "pop3://"+w.pop3+"/1").CombinedOutput(); err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	nc, err := net.Dial("tcp", w.pop3)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	p := open(t, w.url)
	p.ready()
	p.until("all that curl said", `["CAPA", "RETR 1", "QUIT"].every(c => document.querySelector("#log").innerText.includes(c))`)
	p.must(p.Click("#world"))
	p.must(p.Click("#dialog .entry button"))
	p.until("the cut", `document.querySelector("#log").innerText.includes("the connection is cut")`)
	nc.SetDeadline(time.Now().Add(time.Minute))
	if rest, err := io.ReadAll(nc); err == nil && len(rest) == 0 {
		t.Error("the connection that was cut: got its end and no greeting, want the greeting and then the end")
	}
}

// TestWatchAxe: axe finds nothing on the page of a watch: before anything passed, in a session, in its dialog, on a
// phone's width.
func TestWatchAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 390}} {
		t.Run(look.theme, func(t *testing.T) {
			w := newWatched(t)
			p := open(t, "")
			p.must(p.Look(look.width, 900, look.theme))
			p.must(p.Go(w.url))
			p.ready()
			_, err := p.Eval("(() => {" + string(source) + "})()")
			p.must(err)
			p.clean("the beginning")
			if out, err := exec.Command("curl", "--disable", "-s", "-S", "-u", "mrose:tanstaaf", "pop3://"+w.pop3+"/1").CombinedOutput(); err != nil {
				t.Fatalf("curl: %v\n%s", err, out)
			}
			p.until("a session", `document.querySelector("#log").innerText.includes("QUIT")`)
			p.clean("a session")
			p.must(p.Click("#world"))
			p.clean("the world menu")
		})
	}
}
