package web

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
	"pop3lab/web/bridge"
)

// The bench with the real server: a server, its bridge and the pages, as pop3lab serve puts them together, and other
// people's programs.

// A lab is what a visitor finds.
type liveLab struct {
	url         string // of /live
	pop3, pop3s string // HOST:PORT
}

// newLab starts one; wrap, when there is one, may answer in the pages' place.
func newLab(t *testing.T, wrap func(http.Handler) http.Handler) *liveLab {
	t.Helper()
	return limitedLab(t, live.Limits{}, wrap)
}

// limitedLab is newLab with other bounds of what is recorded.
func limitedLab(t *testing.T, limits live.Limits, wrap func(http.Handler) http.Handler) *liveLab {
	t.Helper()
	b := bridge.New(bridge.Options{Limits: limits, Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: memdrop.Demo()})
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	certificates := certified.TLS.Certificates
	certified.Close()
	srv := &server.Server{TLS: &tls.Config{Certificates: certificates}, Protocol: engine.New(engine.Config{STLS: true, Users: b.Users(), Store: b.Store(),
		Clock: func() int64 { return time.Now().UnixMilli() }, Random: func(p []byte) { rand.Read(p) }})}
	b.Attach(srv)
	l := &liveLab{}
	for _, c := range []struct {
		addr  *string
		serve func(net.Listener) error
	}{{&l.pop3, srv.Serve}, {&l.pop3s, srv.ServeTLS}} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*c.addr = listener.Addr().String()
		go c.serve(listener)
	}
	go b.Serve()
	b.Tell(l.pop3, l.pop3s)
	t.Cleanup(func() { b.Close(); srv.Close() })
	h, err := Handler(b.Routes)
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.CloseClientConnections) // before b.Close: streams of events have no end
	t.Cleanup(s.Close)
	l.url = s.URL + "/live"
	return l
}

// A visitor is a tab on /live.
type visitor struct {
	*tab
	lab                   *liveLab
	user, password, token string
}

// visit opens /live and waits for the maildrop.
func (l *liveLab) visit(t *testing.T, allow ...string) *visitor {
	t.Helper()
	v := &visitor{tab: open(t, l.url, allow...), lab: l}
	v.entered()
	return v
}

func (v *visitor) entered() {
	v.Helper()
	v.ready()
	text, err := v.Eval(`sessionStorage.getItem("pop3lab:room")`)
	v.must(err)
	var room struct{ User, Password, Token string }
	v.must(json.Unmarshal([]byte(text), &room))
	v.user, v.password, v.token = room.User, room.Password, room.Token
}

// connect makes a connection from the page and logs in.
func (v *visitor) connect() {
	v.Helper()
	v.must(v.Focus("#command"))
	v.must(v.Key(kb.Enter)) // connects
	v.until("the greeting", `document.querySelector("#state").textContent === "AUTHORIZATION"`)
	v.until("what is suggested", `document.querySelector("#command").placeholder.startsWith("USER ")`)
	v.must(v.Key(kb.Enter))
	v.until("USER answered", `document.querySelector("#state").textContent.includes("user given") && document.querySelector("#command").placeholder.startsWith("PASS ")`)
	v.must(v.Key(kb.Enter))
	v.until("PASS answered", `document.querySelector("#state").textContent === "TRANSACTION"`)
}

// TestLivePage: what is typed goes to the real server, and what it does is on all panels.
func TestLivePage(t *testing.T) {
	v := newLab(t, nil).visit(t)
	v.is("the maildrop's name on the page", `document.querySelector("#room-user").textContent`, v.user)
	v.is("the way with curl", `[...document.querySelectorAll("#doors .line")].some(e => e.textContent === "curl -u `+v.user+`:`+v.password+` pop3://`+v.lab.pop3+`/1")`, "true")
	v.connect()
	v.say("RETR 1")
	v.shows("120 octets")
	v.is("messages of the maildrop", `document.querySelectorAll("#maildrop tbody tr").length`, "5")
	v.must(v.Click("#tab-bytes"))
	v.until("the message three times", `document.querySelector("#panel-bytes .lanes") !== null`)
	v.must(v.Click("#tab-states"))
	v.until("the ways between states", `document.querySelector("#panel-states [aria-label='Ways between states'] .fold") !== null`)
	v.say("XTND")
	v.until("the refusal", `document.querySelector("#log .bad") !== null`)
	v.say("QUIT")
	v.until("the end", `document.querySelector("#state").textContent === "closed"`)
	v.until("the way to connect again", `document.querySelector("#chips").innerText === "Connect again"`)
}

// TestLiveOctets: line ends and escapes go as they are chosen and typed, a line may come in pieces, and the borders of
// segments are seen.
func TestLiveOctets(t *testing.T) {
	v := newLab(t, nil).visit(t)
	v.connect()
	end := func(value string) {
		v.is("the line ending "+value, `(s => { s.value = "`+value+`"; return s.value; })(document.querySelector("#eol"))`, value)
	}
	end("lf")
	v.say("NOOP")
	v.until("LF alone, as the server saw it", `[...document.querySelectorAll("#log .ln.c")].at(-1).querySelector(".eol.odd")?.textContent === "LF"`)
	end("none")
	v.say(`ST\x41`)
	v.shows("STA")
	v.until("the rest is waited for", `document.querySelector("#facts").innerText.includes("3 octets")`)
	v.say(`T\r\n`)
	v.shows("5 1999")
	v.is("the line in two segments", `[...document.querySelectorAll("#log .ln.c")].at(-1).querySelector("a.n").click()`, "undefined")
	v.until("both segments in the strip", `document.querySelector("#strip").innerText.includes("6 octets from the client, 2 segments") && document.querySelector("#strip").innerText.includes("|")`)
	v.must(v.Click("#live"))
	end("crlf")
	v.say(`NO\0OP`)
	v.until("NUL is shown and refused", `document.querySelector("#log").innerText.includes("NO\\x00OP") && document.querySelector("#log .bad") !== null`)
	v.world("Close the sending side")
	v.until("the server answers the end with its own", `document.querySelector("#state").textContent === "closed"`)
}

// TestLiveWorld: what the world menu does to the real server, what it says of the rest, and a maildrop after the other.
func TestLiveWorld(t *testing.T) {
	v := newLab(t, nil).visit(t)
	v.connect()
	v.world("Deliver a message")
	v.until("it waits for the next session", `document.querySelector("#facts").innerText.includes("1 message, for the next session")`)
	v.say("DELE 1")
	v.shows("message 1 deleted")
	v.world("Cut this page")
	v.until("the connection is cut", `document.querySelector("#state").textContent === "closed" && document.querySelector("#log").innerText.includes("the connection is cut")`)
	v.connect()
	v.is("messages: none was removed, one came", `document.querySelectorAll("#maildrop tbody tr").length`, "6")
	v.say("DELE 2")
	v.shows("message 2 deleted")
	v.say("QUIT")
	v.until("the goodbye", `document.querySelector("#state").textContent === "closed"`)
	v.world("Reset the maildrop")
	v.shows("is as it was at the beginning")
	v.connect()
	v.is("messages after the reset", `document.querySelectorAll("#maildrop tbody tr").length`, "5")
	v.must(v.Click("#world"))
	v.is("what can't be done, and why", `(e => e.querySelector("button").disabled + " " + e.querySelector("p").textContent)([...document.querySelectorAll("#dialog .entry")].find(e => e.innerText.includes("Restart the server") || e.textContent.includes("Restart the server")))`,
		"true All visitors talk to the same one. Whoever started it chose how it behaves: --persona, --fault, --switch.")
	v.must(v.Click("#dialog header button"))
	before := v.user
	v.world("Open another maildrop")
	v.turned("another maildrop", `document.body.dataset.ready === "yes" && document.querySelector("#room-user").textContent !== "`+before+`"`)
	if _, code := v.lab.asks(t, v.token, "/room"); code != http.StatusUnauthorized {
		t.Errorf("the room that was left: got status %d, want 401: it has ended", code)
	}
}

// TestLiveReload: a page that is loaded again has the maildrop and all that happened; the password stands in no address
// and in nothing that outlives the tab.
func TestLiveReload(t *testing.T) {
	v := newLab(t, nil).visit(t)
	v.connect()
	v.must(v.Go(v.lab.url))
	v.ready()
	v.is("the maildrop after a reload", `document.querySelector("#room-user").textContent`, v.user)
	v.shows("5 messages")
	v.until("the old page's connection is closed", `document.querySelector("#log").innerText.includes("hangs up")`)
	v.is("what the page keeps outside of the tab", `JSON.stringify(localStorage) + document.cookie + location.href.includes("`+v.password+`")`, "{}false")
	v.say("NOOP") // connects, and then says it
	v.until("what was typed before there was a connection", `[...document.querySelectorAll("#log .ln.bad, #log .ln.s")].at(-1).innerText.includes("-ERR")`)
}

// TestLiveRecording: LIVE goes on while somebody looks at the past; the recording is kept in a file, which any page
// shows, and no page believes a damaged one.
func TestLiveRecording(t *testing.T) {
	l := newLab(t, nil)
	v := l.visit(t)
	c := l.dial(t)
	c.login(v)
	v.until("the program's session is in view", `document.querySelector("#state").textContent === "TRANSACTION"`)
	v.must(v.Click("#prev-exchange"))
	at, err := v.Eval(where)
	v.must(err)
	c.says("NOOP")
	c.says("STAT")
	v.until("new steps are told of", `document.querySelector("#live").textContent === "4 new"`)
	v.is("REVIEW while LIVE goes on", where, at)
	v.must(v.Click("#live"))
	v.until("the newest step", `document.querySelector("#mode").textContent === "LIVE" && document.querySelector("#log [aria-current]").innerText.includes("5 1999")`)
	v.is("a hook for what is saved", `(() => { const make = URL.createObjectURL; URL.createObjectURL = (b) => { b.arrayBuffer().then(a => window.saved = btoa(Array.from(new Uint8Array(a), c => String.fromCharCode(c)).join(""))); return make.call(URL, b); }; HTMLAnchorElement.prototype.click = () => {}; return "ok"; })()`, "ok")
	v.must(v.Click("#share"))
	v.is("the entry", `[...document.querySelectorAll("#dialog button")].find(b => b.textContent === "Save the recording").click()`, "undefined")
	v.until("the file", `window.saved !== undefined`)
	text, err := v.Eval(`window.saved`)
	v.must(err)
	file, err := base64.StdEncoding.DecodeString(text)
	v.must(err)
	rows := `[...document.querySelectorAll("#log .col .ln")].map(e => e.querySelector("a.n").textContent + e.querySelector(".t").textContent).join("|")`
	want, err := v.Eval(rows)
	v.must(err)

	p := open(t, site(t, nil))
	p.ready()
	p.opens(file)
	p.until("the recording, as another branch", `document.querySelectorAll("#branches option").length === 2 && document.querySelector("#mode").textContent === "REVIEW"`)
	p.is("the recording's rows", rows, want)
	p.must(p.Click("#live"))
	p.until("its last step", `document.querySelector("#log [aria-current]").innerText.includes("5 1999")`)
	p.say("LIST")
	p.until("why it can't be taken over", `document.querySelector("#trouble").innerText.includes("not the world that it was seen in")`)
	p.opens(append(file[:len(file)/2:len(file)/2], file[len(file)/2+9:]...))
	p.until("a damaged file is refused", `document.querySelector("#trouble").innerText.includes("damaged")`)
}

// TestLiveFull: a recording that is full is followed by the next, which is another branch: LIVE goes there, REVIEW stays,
// and what is sent goes to the server wherever the page looks.
func TestLiveFull(t *testing.T) {
	l := limitedLab(t, live.Limits{Steps: 30}, nil)
	v := l.visit(t)
	v.connect()
	c := l.dial(t)
	c.says("USER " + v.user)
	c.says("PASS " + v.password)
	v.shows("[IN-USE]")
	for range 12 {
		v.say("NOOP")
	}
	v.until("the second recording, live", `document.querySelectorAll("#branches option").length === 2 && document.querySelector("#branches select").selectedIndex === 1 && document.querySelector("#mode").textContent === "LIVE"`)
	v.shows("recording 2 begins")
	v.is("turning to the first recording", `(s => { s.selectedIndex = 0; return s.dispatchEvent(new Event("change")); })(document.querySelector("#branches select"))`, "true")
	v.until("its end", `document.querySelector("#log").innerText.includes("this recording is full")`)
	c.says("CAPA")
	v.until("new steps are told of", `document.querySelector("#live").textContent.endsWith("new") && !document.querySelector("#live").disabled`)
	v.is("the first recording stays in view", `document.querySelector("#branches select").selectedIndex`, "0")
	v.say("STAT")
	v.until("what was sent, in the second recording", `document.querySelector("#branches select").selectedIndex === 1 && document.querySelector("#log").innerText.includes("5 1999")`)
	v.is("recordings", `document.querySelectorAll("#branches option").length`, "2")
}

// opens opens a file in the Share dialog.
func (p *tab) opens(file []byte) {
	p.Helper()
	p.must(p.Click("#share"))
	p.is("a file is chosen", `(f => { const d = new DataTransfer(); d.items.add(new File([Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(file)+`"), c => c.charCodeAt(0))], "x.pop3lab")); f.files = d.files; return f.dispatchEvent(new Event("change")); })(document.querySelector("#dialog input[type=file]"))`, "true")
}

// asks asks for something of a room.
func (l *liveLab) asks(t *testing.T, token, path string) (body string, code int) {
	t.Helper()
	r, err := http.NewRequest("GET", l.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), answer.StatusCode
}

// A program is somebody's POP3 client.
type program struct {
	net.Conn
	in *bufio.Reader
	t  *testing.T
}

func (l *liveLab) dial(t *testing.T) *program {
	t.Helper()
	nc, err := net.Dial("tcp", l.pop3)
	if err != nil {
		t.Fatal(err)
	}
	return programOn(t, nc)
}

// dialTLS connects with TLS from the first octet.
func (l *liveLab) dialTLS(t *testing.T) *program {
	t.Helper()
	nc, err := tls.Dial("tcp", l.pop3s, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	return programOn(t, nc)
}

func programOn(t *testing.T, nc net.Conn) *program {
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() { nc.Close() })
	c := &program{nc, bufio.NewReader(nc), t}
	c.hears()
	return c
}

func (c *program) login(v *visitor) {
	c.t.Helper()
	c.says("USER " + v.user)
	if got := c.says("PASS " + v.password); !strings.HasPrefix(got, "+OK") {
		c.t.Fatalf("PASS: got %q", got)
	}
}

// says sends a line and returns the answer's first.
func (c *program) says(line string) string {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
	return c.hears()
}

func (c *program) hears() string {
	c.t.Helper()
	line, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	return line
}
