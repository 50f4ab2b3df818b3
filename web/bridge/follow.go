package bridge

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"sync"

	"pop3lab/engine/live"
	"pop3lab/engine/server"
	"pop3lab/engine/watch"
)

// A Follow shows what passes through a watch.Proxy: one room, the operator's, with no maildrop. It has the paths of
// rooms that make sense there, and the rules of guard.go hold for them.
//
//	POST /live/room              201 {token, watch: true, pop3, pop3s, first, last}: a token for the page that asks
//	GET  /live/room              200, the same without token
//	POST /live/room/cut?device=NAME
//	GET  /ws/trace, /live/events, /live/steps, /live/spec, as of any room
//
// Whoever can open the pages sees what is said, so they belong on a loopback address. The page names no server: the
// operator has.
type Follow struct {
	b    *Bridge
	room *room

	mu   sync.Mutex
	keys [][sha256.Size]byte // of the tokens, the newest last
}

// maxPages is how many tokens are good at once; with one more, the oldest isn't.
const maxPages = 100

// NewFollow makes one. showSecrets says that events come with passwords as they were. Of the options it needs none.
func NewFollow(o Options, showSecrets bool) *Follow {
	b := New(o)
	b.rec = live.Watch(showSecrets, o.Limits)
	f := &Follow{b: b, room: b.bareRoom()}
	f.room.stream = b.rec.NewStream(f.room.user, nil)
	b.byName[""] = f.room
	return f
}

// Tell sets the address of the proxy's port, for the page's owner to be told: in the clear or with TLS from the
// first octet.
func (f *Follow) Tell(pop3, pop3s string) { f.b.Tell(pop3, pop3s) }

// Observe is for watch.Proxy.Observe.
func (f *Follow) Observe(c watch.Conn) server.Observer { return f.b.rec.Follow(c, f.room.stream) }

// Close ends the pages' watching.
func (f *Follow) Close() { f.b.Close() }

// Routes adds the paths to mux.
func (f *Follow) Routes(mux *http.ServeMux) {
	b := f.b
	mux.HandleFunc("GET /ws/trace", b.trace)
	mux.HandleFunc("POST /live/room", b.page(f.enter))
	mux.HandleFunc("GET /live/room", b.inRoom(f.show))
	mux.HandleFunc("POST /live/room/{action}", b.inRoom(f.act))
	mux.HandleFunc("GET /live/spec", b.inRoom(b.spec))
	mux.HandleFunc("GET /live/steps", b.inRoom(b.steps))
	mux.HandleFunc("GET /live/events", b.inRoom(b.events))
}

// A followView is what a page is told. Token is there once.
type followView struct {
	Token string `json:"token,omitempty"`
	Watch bool   `json:"watch"`
	POP3  string `json:"pop3"`
	POP3S string `json:"pop3s"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

func (f *Follow) view() followView {
	v := followView{Watch: true, POP3: f.b.opt.POP3, POP3S: f.b.opt.POP3S}
	v.First, v.Last = f.room.stream.Recordings()
	return v
}

// enter gives a page its token.
func (f *Follow) enter(w http.ResponseWriter, r *http.Request) error {
	if !f.b.creating.allow(addressOf(r)) {
		return refusal{http.StatusTooManyRequests, "so many pages at once are too many; wait a moment"}
	}
	v := f.view()
	v.Token = someToken()
	key := sha256.Sum256([]byte(v.Token))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.b.mu.Lock()
	f.b.byToken[key] = f.room
	if f.keys = append(f.keys, key); len(f.keys) > maxPages {
		delete(f.b.byToken, f.keys[0])
		f.keys = slices.Delete(f.keys, 0, 1)
	}
	f.b.mu.Unlock()
	answer(w, http.StatusCreated, v)
	return nil
}

func (f *Follow) show(w http.ResponseWriter, _ *http.Request, _ *room) error {
	answer(w, http.StatusOK, f.view())
	return nil
}

// act cuts connections, which is all that can be done to them.
func (f *Follow) act(w http.ResponseWriter, r *http.Request, in *room) error {
	if r.PathValue("action") != "cut" {
		return refusal{http.StatusConflict, "here you watch a server of somebody else's: its mail and its ways are its own; a connection can be cut"}
	}
	return f.b.act(w, r, in)
}
