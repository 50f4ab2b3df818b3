package bridge

import (
	"encoding/base64"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Who gets in, and what they can't do. Each promise of doc.go's last section has a test here.

// A door is a path that a page uses.
type door struct {
	method, path string
	ws           string // the subprotocol, where it's a WebSocket
}

var doors = []door{
	{"GET", "/ws/pop3", subprotocol}, {"GET", "/ws/trace", traceSubprotocol},
	{"POST", "/live/room", ""}, {"GET", "/live/room", ""}, {"DELETE", "/live/room", ""},
	{"POST", "/live/room/deliver", ""}, {"POST", "/live/room/reset", ""}, {"POST", "/live/room/cut", ""}, {"POST", "/live/room/ail", ""},
	{"GET", "/live/spec", ""}, {"GET", "/live/steps", ""}, {"GET", "/live/lanes?step=1.0", ""}, {"GET", "/live/events", ""},
	{"POST", "/live/connect", ""}, {"POST", "/live/send?connection=1", ""}, {"POST", "/live/hangup?connection=1", ""},
}

// knock tries a door with a room's token, and returns the answer's status and its body. Heads change the request's.
func (l *lab) knock(d door, token string, heads ...string) (int, string) {
	l.Helper()
	if d.ws != "" {
		protocols := d.ws
		if token != "" {
			protocols += ", " + tokenPrefix + token
		}
		heads = append([]string{"Origin", l.site.URL, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-Websocket-Version", "13",
			"Sec-Websocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Sec-Websocket-Protocol", protocols}, heads...)
	}
	return l.ask(d.method, d.path, token, "", heads...)
}

// TestForeignOrigin: a page of another origin is refused at every door, with the right token too; so is a host name that
// isn't this server's.
func TestForeignOrigin(t *testing.T) {
	l := newLab(t, nil)
	token := l.room().Token
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(l.site.URL, "http://"))
	for _, d := range doors {
		for _, heads := range [][]string{
			{"Origin", "https://evil.example"},
			{"Origin", "http://127.0.0.1:1"}, // another port is another origin
			{"Origin", "http://localhost:" + port},
			{"Origin", "http://127.0.0.1:" + port + ".evil.example"},
			{"Origin", "http://x@127.0.0.1:" + port},
			{"Origin", l.site.URL + "/"},
			{"Origin", "null"}, // of a sandboxed frame, a file
			{"Origin", ""},
			{"Origin", "ftp://127.0.0.1:" + port},
			{"Host", "evil.example:" + port, "Origin", "http://evil.example:" + port}, // DNS rebinding
			{"Host", "evil.example:" + port},
			{"Origin", "", "Sec-Fetch-Site", "cross-site"},
			{"Origin", "", "Sec-Fetch-Site", "same-site"},
		} {
			if heads[1] == "" && len(heads) == 2 && d.method == "GET" && d.ws == "" {
				continue // of these browsers name none; TestMissingOrigin has them
			}
			if status, body := l.knock(d, token, heads...); status != 403 || !strings.Contains(body, `"error":"`) {
				t.Errorf("%s %s with %q: got %d %s, want 403 and a sentence: only this server's pages may", d.method, d.path, heads, status, body)
			}
		}
	}
	if status, _ := l.ask("GET", "/live/room", token, ""); status != 200 {
		t.Errorf("the room after all that: got %d, want 200: nobody ended it", status)
	}
}

// TestMissingOrigin: where browsers name an origin, a request without one is refused; where they don't, it needs the
// token; the POP3 WebSocket without a token is for programs, as the port is.
func TestMissingOrigin(t *testing.T) {
	l := newLab(t, nil)
	token := l.room().Token
	for _, d := range doors {
		want := 403
		if d.method == "GET" && d.ws == "" && d.path != "/live/events" {
			want = 200
		}
		if strings.HasPrefix(d.path, "/live/lanes") {
			want = 404 // it's let in: the step is about no message
		}
		if d.path == "/live/events" {
			continue // TestEvents reads them without an origin
		}
		if status, body := l.knock(d, token, "Origin", ""); status != want {
			t.Errorf("%s %s without an origin, with the token: got %d %s, want %d", d.method, d.path, status, body, want)
		}
		if d.path == "/live/room" && d.method == "POST" || d.path == "/ws/pop3" {
			continue
		}
		if status, body := l.knock(d, "", "Origin", l.site.URL); status != 401 {
			t.Errorf("%s %s without a token: got %d %s, want 401", d.method, d.path, status, body)
		}
		if status, body := l.knock(d, someToken(), "Origin", l.site.URL); status != 401 {
			t.Errorf("%s %s with a token of no room: got %d %s, want 401", d.method, d.path, status, body)
		}
	}
	if _, err := l.dial("/ws/pop3", "", subprotocol); err != nil {
		t.Errorf("a program without origin and token: got %v, want it let in, as at the port", err)
	}
	if _, err := l.dial("/ws/trace", "", traceSubprotocol, tokenPrefix+token); err == nil {
		t.Error("/ws/trace without an origin: got in, want it refused: a browser names one")
	}
}

// TestOrigins: Options.Origins lets in a page behind a proxy that changes the Host, and no other.
func TestOrigins(t *testing.T) {
	l := newLab(t, func(_ *lab, o *Options) { o.Origins = []string{"https://lab.example"} })
	for origin, want := range map[string]int{"https://lab.example": 201, "http://lab.example": 403, "https://lab.example:444": 403, "https://x.lab.example": 403} {
		if status, _ := l.ask("POST", "/live/room", "", "", "Origin", origin); status != want {
			t.Errorf("Origin %s: got %d, want %d", origin, status, want)
		}
	}
	if status, _ := l.ask("POST", "/live/room", "", "", "Host", "lab.example", "Origin", "https://lab.example"); status != 201 {
		t.Errorf("Host lab.example: got %d, want 201: it's one of Options.Origins", status)
	}
}

// TestDialsNothing: no request makes the server connect anywhere, whatever address it names; and the package has nothing
// to connect with.
func TestDialsNothing(t *testing.T) {
	l := newLab(t, nil)
	key := l.room().Token
	prey, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan string, 1)
	go func() { // ends with prey
		if nc, err := prey.Accept(); err == nil {
			called <- nc.RemoteAddr().String()
			nc.Close()
		}
		close(called)
	}()
	host, port, _ := net.SplitHostPort(prey.Addr().String())
	query := url.Values{}
	for _, k := range []string{"addr", "address", "host", "server", "upstream", "to", "target", "url", "device", "connection", "dial", "listen"} {
		query.Set(k, prey.Addr().String())
	}
	query.Set("port", port)
	for _, d := range doors {
		if d.path == "/live/events" || d.method == "DELETE" {
			continue // an endless answer; the room's end
		}
		path := d.path + "?" + query.Encode()
		if strings.Contains(d.path, "?") {
			path = d.path + "&" + query.Encode()
		}
		l.knock(door{d.method, path, d.ws}, key, "X-Forwarded-Host", prey.Addr().String(), "Forwarded", "host="+host, "X-Real-Ip", host)
	}
	c := l.pop3(key)
	until(t, c, "\r\n")
	io.WriteString(c, "USER mrose@"+prey.Addr().String()+"\r\nXCLIENT ADDR="+prey.Addr().String()+"\r\nQUIT\r\n")
	io.Copy(io.Discard, c)
	prey.Close()
	if from, ok := <-called; ok {
		t.Errorf("the server connected from %s to an address that a page named", from)
	}

	// What connects is named so in Go's library and in the packages that are used here.
	//lint:ignore SA1019 build tags don't matter to what a file's text names
	files, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, pkg := range files {
		for name, f := range pkg.Files {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					seen++
					x, _ := s.X.(*ast.Ident)
					if strings.Contains(s.Sel.Name, "Dial") || strings.HasPrefix(s.Sel.Name, "Lookup") || strings.HasPrefix(s.Sel.Name, "Resolve") ||
						x != nil && x.Name == "http" && (s.Sel.Name == "Client" || s.Sel.Name == "Get" || s.Sel.Name == "Post" || s.Sel.Name == "DefaultClient" || s.Sel.Name == "Transport") {
						t.Errorf("%s uses %s: package bridge connects to nothing", name, s.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if seen < 100 {
		t.Errorf("got %d selectors in the package's source, want to have looked at it", seen)
	}
}

// TestOwnRoomOnly: a visitor's token shows that visitor's sessions and nobody else's, by any way of looking; nor does it
// act on another's.
func TestOwnRoomOnly(t *testing.T) {
	l := newLab(t, nil)
	mine, other := l.room(), l.room()
	if mine.Token == other.Token || mine.User == other.User || mine.Password == other.Password {
		t.Fatalf("two rooms have something in common: %+v and %+v", mine, other)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(mine.Token); err != nil || len(raw) != 32 {
		t.Errorf("token %q: got %d octets (%v), want 32: nobody guesses 256 bits", mine.Token, len(raw), err)
	}
	const word = "SHIBBOLETH"
	watch := func(v roomView) *websocket.Conn {
		ws, err := l.dial("/ws/trace?from=1.0", l.site.URL, traceSubprotocol, tokenPrefix+v.Token)
		if err != nil {
			t.Fatal(err)
		}
		return ws
	}
	theirs, ours := watch(other), watch(mine)
	// The other visitor's sessions: through the page, through the port, and one that fails to log in as mine.
	c := l.pop3(other.Token)
	until(t, c, "\r\n")
	login(t, c, other.User, other.Password)
	io.WriteString(c, "X"+word+"\r\n")
	until(t, c, "\r\n")
	if status, _ := l.ask("POST", "/live/room/deliver", other.Token, "Subject: "+word+"\r\n\r\n"+word+"\r\n"); status != 200 {
		t.Fatalf("deliver: got %d, want 200", status)
	}
	nc := l.ways()["TCP"]()
	until(t, nc, "\r\n")
	io.WriteString(nc, "X"+word+"\r\nUSER "+mine.User+"\r\nPASS "+word+"\r\nQUIT\r\n")
	io.Copy(io.Discard, nc)
	frames(t, theirs, func(frame string) bool { return strings.Contains(frame, word) })
	// Mine, so that there is an end to wait for.
	end := l.pop3(mine.Token)
	until(t, end, "\r\n")
	login(t, end, mine.User, mine.Password)
	io.WriteString(end, "THE-END\r\nQUIT\r\n")
	seen := frames(t, ours, func(frame string) bool { return strings.Contains(frame, "THE-END") })
	seen += l.steps(mine.Token, "1.0")
	io.Copy(io.Discard, end)
	for _, path := range []string{"/live/room", "/live/spec", "/live/lanes?step=1.0", "/live/lanes?step=1.5"} {
		_, body := l.ask("GET", path, mine.Token, "")
		seen += body
	}
	for _, secret := range []string{word, other.User, other.Password, other.Token} {
		if strings.Contains(seen, secret) {
			t.Errorf("my room shows %q of another's: one visitor never sees another's sessions or mail", secret)
		}
	}
	if status, body := l.ask("POST", "/live/room/cut", mine.Token, ""); strings.Contains(body, "error") {
		t.Errorf("cut: got %d %s, want 200", status, body)
	}
	if status, _ := l.ask("POST", "/live/connect", other.Token, ""); status != 201 {
		t.Fatalf("connect: got %d, want 201", status)
	}
	for _, path := range []string{"/live/send?connection=1", "/live/hangup?connection=1"} {
		if status, body := l.ask("POST", path, mine.Token, "NOOP\r\n"); status != 410 {
			t.Errorf("%s of another's connection: got %d %s, want 410", path, status, body)
		}
	}
	io.WriteString(c, "NOOP\r\n")
	if got := until(t, c, "\r\n"); !strings.HasPrefix(got, "+OK") {
		t.Errorf("the other visitor's session goes on: got %q, want +OK", got)
	}
	if status, _ := l.ask("DELETE", "/live/room", mine.Token, ""); status != 204 {
		t.Errorf("ending my room: got %d, want 204", status)
	}
	if status, _ := l.ask("GET", "/live/steps", mine.Token, ""); status != 401 {
		t.Errorf("steps of a room that has ended: got %d, want 401", status)
	}
}

func (l *lab) steps(token, from string) string {
	l.Helper()
	status, body := l.ask("GET", "/live/steps?from="+from, token, "")
	if status != 200 {
		l.Fatalf("steps: got %d %s", status, body)
	}
	return body
}

// frames reads until a frame is as wanted, and returns all that were read.
func frames(t *testing.T, ws *websocket.Conn, want func(string) bool) string {
	t.Helper()
	var all strings.Builder
	for {
		ws.SetReadDeadline(time.Now().Add(patience))
		_, p, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("no frame is as wanted: %v behind %d octets", err, all.Len())
		}
		all.Write(p)
		if want(string(p)) {
			return all.String()
		}
	}
}

// TestSecretsStay: a room's password and token are told once; what the recordings of a room have is the visitor's own.
func TestSecretsStay(t *testing.T) {
	l := newLab(t, nil)
	v := l.room()
	_, body := l.ask("GET", "/live/room", v.Token, "")
	var again map[string]any
	if err := json.Unmarshal([]byte(body), &again); err != nil || again["user"] != v.User {
		t.Fatalf("the room: got %s (%v), want its user", body, err)
	}
	if strings.Contains(body, v.Token) || strings.Contains(body, v.Password) {
		t.Errorf("the room again: got %s, want neither token nor password", body)
	}
	// The operator's user logs in where a page looks on: the password is masked.
	c := l.pop3(v.Token)
	until(t, c, "\r\n")
	login(t, c, "mrose", secret)
	if seen := l.steps(v.Token, "1.0"); strings.Contains(seen, secret) || !strings.Contains(seen, "mrose") {
		t.Errorf("steps show the password of mrose, or not her session: secrets are masked")
	}
}

// TestNotByAddress: a token in an address opens nothing, because logs and histories keep those.
func TestNotByAddress(t *testing.T) {
	l := newLab(t, nil)
	token := l.room().Token
	for _, path := range []string{"/live/room?token=" + token, "/live/steps?token=" + token, "/live/events?token=" + token, "/live/room?access_token=" + token} {
		if status, _ := l.ask("GET", path, "", ""); status != 401 {
			t.Errorf("%s: got %d, want 401", path[:20], status)
		}
	}
	if status, _ := l.ask("GET", "/live/room", "", "", "Cookie", "token="+token); status != 401 {
		t.Errorf("a token in a cookie: got %d, want 401: a browser would add it to a foreign page's request too", status)
	}
}

// TestKnown: which host names are this server's.
func TestKnown(t *testing.T) {
	b := New(Options{Origins: []string{"https://lab.example"}})
	b.hosts = hosts{"desk", "desk.local"}
	for host, want := range map[string]bool{"127.0.0.1:80": true, "[::1]:8080": true, "localhost": true, "lab.localhost:80": true, "10.1.2.3": true,
		"desk:8080": true, "DESK.local": true, "desk.local.": true, "lab.example": true, "evil.example": false, "localhost.evil.example": false,
		"127.0.0.1.evil.example": false, "": false, "desk.evil": false} {
		r := request(host)
		if got := b.known(r); got != want {
			t.Errorf("known(%q): got %v, want %v", host, got, want)
		}
	}
}

// TestAddressOf: limits count by address, and by network with IPv6.
func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{"10.0.0.1:5": "10.0.0.1", "[::ffff:10.0.0.1]:5": "10.0.0.1", "[2001:db8::1:2:3:4]:5": "2001:db8::",
		"[::1]:5": "::1", "[fe80::1%eth0]:5": "fe80::"} {
		r := request("localhost")
		r.RemoteAddr = remote
		if got := addressOf(r); got != netip.MustParseAddr(want) {
			t.Errorf("addressOf(%s): got %s, want %s", remote, got, want)
		}
	}
}

func request(host string) *http.Request {
	r := httptest.NewRequest("GET", "/live/room", nil)
	r.Host = host
	return r
}
