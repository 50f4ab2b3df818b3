package bridge

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine/live"
)

// Watching: the steps of a room as they are made. A watcher has no queue but the recording itself: it's a position in
// it, and one frame that is being sent.

const (
	frameSteps = 64 // of a frame
	aliveEvery = 15 * time.Second

	closeEnded = 4001 // the room has ended
	closeSlow  = 4002 // the watcher doesn't read fast enough
)

// position reads RECORDING.STEP. Nothing means the recording under way, from its beginning.
func position(text string) (live.Position, error) {
	if text == "" {
		return live.Position{}, nil
	}
	recording, step, ok := strings.Cut(text, ".")
	var p live.Position
	var err1, err2 error
	p.Recording, err1 = strconv.Atoi(recording)
	p.Step, err2 = strconv.Atoi(step)
	if !ok || err1 != nil || err2 != nil || p.Recording < 1 || p.Step < 0 {
		return p, refusal{http.StatusBadRequest, "from is RECORDING.STEP, such as 1.0"}
	}
	return p, nil
}

func written(p live.Position) string { return strconv.Itoa(p.Recording) + "." + strconv.Itoa(p.Step) }

// A watcher is where frames go.
type watcher struct {
	room *room
	at   live.Position
	send func(frame []byte, next live.Position) error // takes WatchTimeout at most
	idle func() error                                 // is called every aliveEvery without a frame
	gone <-chan struct{}                              // closed when the reader is
}

// What ends watching, but for a send that failed.
type verdict struct {
	code int
	why  string
}

// watch sends frames until somebody ends it. The goroutine is the request's.
func (w *watcher) watch(b *Bridge) *verdict {
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	for first := true; ; first = false {
		changed := w.room.stream.Changed()
		behind := w.room.stream.Behind(w.at)
		f, next := w.room.stream.Read(w.at, frameSteps)
		if len(f.Steps) > 0 || first {
			begun := time.Now()
			if err := w.send(f.Append(nil), next); err != nil {
				return nil
			}
			w.at = next
			if now := w.room.stream.Behind(next); now > b.opt.MaxBehind && now > behind && time.Since(begun) > time.Second {
				return &verdict{closeSlow, "you are " + strconv.Itoa(now) + " steps behind; go on from " + written(next)}
			}
			continue
		}
		b.relieve()
		select {
		case <-changed:
		case <-w.room.ended:
			w.room.mu.Lock()
			defer w.room.mu.Unlock()
			return &verdict{closeEnded, w.room.why}
		case <-w.gone:
			return nil
		case <-alive.C:
			if w.idle() != nil {
				return nil
			}
		}
	}
}

// watching takes a place among the room's watchers; the caller gives it back by leave.
func (r *room) watching() (leave func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers >= roomWatchers {
		return nil, refusal{http.StatusTooManyRequests, "there are as many pages watching this room as there may be; close one"}
	}
	if !r.b.enter() {
		return nil, errFull
	}
	r.watchers++
	return func() {
		r.mu.Lock()
		r.watchers--
		r.mu.Unlock()
		r.b.leave()
	}, nil
}

// trace is watching over a WebSocket.
func (b *Bridge) trace(w http.ResponseWriter, r *http.Request) {
	in, err := b.asked(r, browsers)
	switch {
	case err != nil:
	case !offers(r, traceSubprotocol):
		err = refusal{http.StatusBadRequest, "ask for the subprotocol " + traceSubprotocol}
	case in == nil:
		err = refusal{http.StatusUnauthorized, "show the room's token as a subprotocol: token.TOKEN"}
	}
	var at live.Position
	if err == nil {
		at, err = position(r.URL.Query().Get("from"))
	}
	var leave func()
	if err == nil {
		leave, err = in.watching()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	defer leave()
	ws, err := b.upgrader.Upgrade(w, r, http.Header{"Sec-Websocket-Protocol": {traceSubprotocol}})
	if err != nil {
		return // the upgrader has answered
	}
	defer ws.Close()
	gone := make(chan struct{})
	go listen(ws, gone)
	x := &watcher{room: in, at: at, gone: gone,
		send: func(frame []byte, _ live.Position) error {
			ws.SetWriteDeadline(time.Now().Add(b.opt.WatchTimeout))
			return ws.WriteMessage(websocket.BinaryMessage, frame)
		},
		idle: func() error { return ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(controlWrite)) },
	}
	if v := x.watch(b); v != nil {
		ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(v.code, v.why), time.Now().Add(goodbyeTime))
		select {
		case <-gone:
		case <-time.After(goodbyeTime):
		}
	}
}

// listen hears what a watcher says, which is nothing but pongs and a goodbye. It's a goroutine of trace's, and ends
// when the WebSocket does.
func listen(ws *websocket.Conn, gone chan struct{}) {
	defer close(gone)
	ws.SetReadLimit(1 << 10)
	alive := func(string) error { return ws.SetReadDeadline(time.Now().Add(aliveFor)) }
	ws.SetPongHandler(alive)
	alive("")
	if kind, _, err := ws.NextReader(); err == nil {
		code, why := websocket.ClosePolicyViolation, "a watcher has nothing to say"
		if kind == websocket.TextMessage {
			code = websocket.CloseUnsupportedData
		}
		ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(goodbyeTime))
	}
}

// events is watching without a WebSocket: server-sent events, whose ids are positions.
func (b *Bridge) events(w http.ResponseWriter, r *http.Request, in *room) error {
	from := r.URL.Query().Get("from")
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		from = id
	}
	at, err := position(from)
	if err != nil {
		return err
	}
	leave, err := in.watching()
	if err != nil {
		return err
	}
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy is to pass events on at once
	rc := http.NewResponseController(w)
	event := func(format string, args ...any) error {
		rc.SetWriteDeadline(time.Now().Add(b.opt.WatchTimeout))
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return err
		}
		return rc.Flush()
	}
	x := &watcher{room: in, at: at, gone: r.Context().Done(),
		send: func(frame []byte, next live.Position) error {
			return event("id: %s\nevent: frame\ndata: %s\n\n", written(next), base64.StdEncoding.EncodeToString(frame))
		},
		idle: func() error { return event(":\n\n") },
	}
	if v := x.watch(b); v != nil {
		event("event: end\ndata: %d %s\n\n", v.code, v.why)
	}
	return nil
}
