package bridge

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
)

// Who looks on: slow readers, and going on by number.

// quietBridge is a bridge with a server that nobody connects to.
func quietBridge(o Options) *Bridge {
	o.Users, o.Store = engine.NewAccounts(), memdrop.New()
	b := New(o)
	b.Attach(&server.Server{Protocol: engine.New(engine.Config{Users: b.Users(), Store: b.Store()})})
	return b
}

// quietRoom is a room there.
func quietRoom(t testing.TB, b *Bridge) *room {
	t.Helper()
	in, _, err := b.newRoom(netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.close("the test is over") })
	return in
}

func (r *room) happen(n int) {
	for i := range n {
		r.stream.Told(live.Reset, fmt.Sprintf("happening %d", i), "A test makes something happen.")
	}
}

// head reads what a frame says of itself: its recording and the number of its first step, and how many steps it has.
func head(t testing.TB, frame []byte) (first live.Position, steps int) {
	t.Helper()
	num := func() int {
		n, size := binary.Varint(frame)
		if size <= 0 {
			t.Fatalf("a frame breaks off: %q", frame)
		}
		frame = frame[size:]
		return int(n)
	}
	first.Recording = num()
	num() // the clock
	num() // inputs
	num() // steps in all
	n, size := binary.Uvarint(frame)
	frame = frame[size:]
	if n > 0 {
		first.Step = num()
	}
	return first, int(n)
}

// A follower checks that frames go on where the last one ended, or with a later recording's beginning.
type follower struct {
	testing.TB
	at    live.Position
	steps int
}

func (f *follower) takes(frame []byte) {
	f.Helper()
	first, n := head(f, frame)
	if n == 0 {
		return
	}
	if first != f.at && (first.Recording <= f.at.Recording || first.Step != 0) {
		f.Fatalf("a frame from %v, want it from %v or a later recording's beginning: no step is missing or twice", first, f.at)
	}
	f.at = live.Position{Recording: first.Recording, Step: first.Step + n}
	f.steps += n
}

// TestSlow: a watcher who falls behind while it's slow to read is told so, with the number to go on from; one that is
// merely behind isn't.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := quietBridge(Options{MaxBehind: 20})
		in := quietRoom(t, b)
		page := follower{TB: t, at: live.Position{Recording: 1}}
		slow := &watcher{room: in, at: page.at, gone: make(chan struct{}), send: func(frame []byte, _ live.Position) error {
			page.takes(frame)
			in.happen(90)
			<-time.After(2 * time.Second)
			return nil
		}}
		v := slow.watch(b)
		if v == nil || v.code != closeSlow || !strings.HasSuffix(v.why, "go on from "+written(page.at)) {
			t.Fatalf("a slow reader: got %+v, want 4002 and where to go on: %s", v, written(page.at))
		}
		// It comes back, reads fast, and is let be.
		at, err := position(v.why[strings.LastIndexByte(v.why, ' ')+1:])
		if err != nil {
			t.Fatal(err)
		}
		in.happen(5000) // more than is kept
		gone := make(chan struct{})
		fast := &watcher{room: in, at: at, gone: gone, idle: func() error { return nil }, send: func(frame []byte, next live.Position) error {
			page.takes(frame)
			if in.stream.Behind(next) == 0 {
				close(gone)
			}
			return nil
		}}
		if v := fast.watch(b); v != nil {
			t.Errorf("a fast reader that was far behind: got %+v, want it to catch up", v)
		}
		if _, last := in.stream.Recordings(); page.at.Recording != last || in.stream.Behind(page.at) != 0 {
			t.Errorf("after catching up: at %v, want the end of recording %d", page.at, last)
		}
	})
}

// TestNotReading: a watcher whose socket takes nothing for WatchTimeout is cut off, gives its place back, and catches up
// by number when it comes back.
func TestNotReading(t *testing.T) {
	l := newLab(t, func(l *lab, o *Options) { l.small, o.WatchTimeout = true, 50*time.Millisecond })
	v := l.room()
	in := l.b.roomNamed(v.User)
	d := websocket.Dialer{Subprotocols: []string{traceSubprotocol, tokenPrefix + v.Token}, NetDial: func(network, addr string) (net.Conn, error) {
		nc, err := net.Dial(network, addr)
		if err == nil {
			err = nc.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return nc, err
	}}
	ws, _, err := d.Dial(l.ws("/ws/trace?from=1.0"), http.Header{"Origin": {l.site.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	page := follower{TB: t, at: live.Position{Recording: 1}}
	_, frame, err := ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	page.takes(frame)
	watchers := func() int {
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.watchers
	}
	for late := time.Now().Add(2 * patience); watchers() > 0; in.happen(100) {
		if time.Now().After(late) {
			t.Fatal("a watcher that reads nothing is still there, want it cut off after WatchTimeout")
		}
	}
	again, err := l.dial("/ws/trace?from="+written(page.at), l.site.URL, traceSubprotocol, tokenPrefix+v.Token)
	if err != nil {
		t.Fatal(err)
	}
	for in.stream.Behind(page.at) > 0 {
		_, frame, err := again.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		page.takes(frame)
	}
	in.happen(1) // and then it's live
	_, frame, err = again.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	if page.takes(frame); in.stream.Behind(page.at) != 0 {
		t.Errorf("after catching up: %d steps behind, want 0", in.stream.Behind(page.at))
	}
	l.ask("DELETE", "/live/room", v.Token, "")
	if _, _, err := again.ReadMessage(); codeOf(err) != closeEnded || !strings.Contains(err.Error(), "closed the room") {
		t.Errorf("when the room ends: got %v, want 4001 and why", err)
	}
}

// TestWatcherSpeaks: a watcher has nothing to say, and is told so.
func TestWatcherSpeaks(t *testing.T) {
	l := newLab(t, nil)
	v := l.room()
	for kind, want := range map[int]int{websocket.TextMessage: 1003, websocket.BinaryMessage: 1008} {
		ws, err := l.dial("/ws/trace", l.site.URL, traceSubprotocol, tokenPrefix+v.Token)
		if err != nil {
			t.Fatal(err)
		}
		ws.WriteMessage(kind, []byte("hello"))
		for err == nil {
			_, _, err = ws.ReadMessage()
		}
		if codeOf(err) != want {
			t.Errorf("message of kind %d: got %v, want %d", kind, err, want)
		}
	}
}

// An event of a stream of events.
type event struct{ id, name, data string }

// events opens a stream of events.
func (l *lab) events(token, from, last string) func() event {
	l.Helper()
	r, _ := http.NewRequestWithContext(l.Context(), "GET", l.site.URL+"/live/events?from="+from, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := l.site.Client().Do(r)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		l.Fatalf("events: got %+v, %v", resp, err)
	}
	l.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	return func() (e event) {
		l.Helper()
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					return e
				}
			}
		}
		l.Fatalf("the stream of events ended: %v", lines.Err())
		return
	}
}

// TestEvents: without WebSockets a page posts what it sends, reads steps as events, and goes on by their ids.
func TestEvents(t *testing.T) {
	l := newLab(t, nil)
	v := l.room()
	next := l.events(v.Token, "1.0", "")
	page := follower{TB: t, at: live.Position{Recording: 1}}
	seen, last := "", ""
	until := func(next func() event, text string) {
		t.Helper()
		for !strings.Contains(seen, text) {
			e := next()
			frame, err := base64.StdEncoding.DecodeString(e.data)
			if e.name != "frame" || err != nil {
				t.Fatalf("got event %+v (%v), want a frame", e, err)
			}
			if page.takes(frame); e.id != written(page.at) {
				t.Fatalf("event id: got %s, want %s, behind its last step", e.id, written(page.at))
			}
			seen, last = seen+string(frame), e.id
		}
	}
	status, body := l.ask("POST", "/live/connect", v.Token, "")
	var c struct{ Connection int }
	if err := json.Unmarshal([]byte(body), &c); err != nil || status != 201 {
		t.Fatalf("connect: got %d %s, want 201", status, body)
	}
	send := func(octets, more string) int {
		status, _ := l.ask("POST", fmt.Sprintf("/live/send?connection=%d%s", c.Connection, more), v.Token, octets)
		return status
	}
	if status := send("USER "+v.User+"\r\nPASS "+v.Password+"\r\nTO", ""); status != 204 {
		t.Errorf("send: got %d, want 204", status)
	}
	until(next, "+OK "+v.User)
	if status := send("P 1 0\r\nBLA\x00\xff\r\n", ""); status != 204 { // any octets
		t.Errorf("send: got %d, want 204", status)
	}
	until(next, "BLA\x00\xff")
	// The stream breaks; the page comes back with the last id.
	next = l.events(v.Token, "", last)
	if status := send("DELE 1\r\nNOOP", "&last=1"); status != 204 {
		t.Errorf("send of the last octets: got %d, want 204", status)
	}
	until(next, "DELE")
	l.wait("the connection's end", func() bool { return l.b.roomNamed(v.User).stream.Open() == 0 })
	if status := send("NOOP\r\n", ""); status != 410 {
		t.Errorf("send to a connection that has ended: got %d, want 410", status)
	}
	if n := len(l.b.roomNamed(v.User).store.Drops().Messages(v.User)); n != len(letters()) {
		t.Errorf("after the half-close: got %d messages, want %d: nothing is removed without QUIT", n, len(letters()))
	}
	l.ask("DELETE", "/live/room", v.Token, "")
	for {
		e := next()
		if e.name == "frame" {
			continue
		}
		if e.name != "end" || !strings.HasPrefix(e.data, "4001 ") {
			t.Errorf("when the room ends: got event %+v, want end with 4001", e)
		}
		break
	}
}

// TestHangup: a posted connection that is hung up ends its session.
func TestHangup(t *testing.T) {
	l := newLab(t, nil)
	v := l.room()
	l.ask("POST", "/live/connect", v.Token, "")
	if status, body := l.ask("POST", "/live/hangup?connection=1", v.Token, ""); status != 204 {
		t.Errorf("hangup: got %d %s, want 204", status, body)
	}
	next := l.events(v.Token, "1.0", "")
	for seen := ""; !strings.Contains(seen, "(hangup)"); {
		frame, _ := base64.StdEncoding.DecodeString(next().data)
		seen += string(frame)
	}
	if status, _ := l.ask("GET", "/live/steps?from=nonsense", v.Token, ""); status != 400 {
		t.Errorf("from=nonsense: got %d, want 400", status)
	}
}
