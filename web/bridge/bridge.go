package bridge

import (
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"pop3lab/engine"
	"pop3lab/engine/live"
	"pop3lab/engine/server"
)

// Options say what a Bridge is for. Users and Store are needed.
type Options struct {
	// Users and Store are who may log in and where their mail is, apart from rooms.
	Users engine.Users
	Store engine.Store
	// Origins are those of the pages, such as https://lab.example, where it isn't the Host that a request names: behind
	// a proxy that changes it, or with a name that this machine doesn't know as its own.
	Origins []string
	// POP3 and POP3S are the addresses of the POP3 server's own ports, for a room's owner to be told; empty for none.
	POP3, POP3S string
	// Limits bound what is recorded.
	Limits live.Limits

	// Rooms is how many there may be: 300. RoomsOfAddr is how many of one address: 100, so that a classroom behind
	// one gets in. RoomIdle is how long a room lasts in which nothing happens: one hour.
	Rooms, RoomsOfAddr int
	RoomIdle           time.Duration
	// Memory is how many octets all recordings take, about: 256 MiB. When they take more, the largest gives way.
	Memory int64
	// Sockets is how many WebSockets and streams of events there may be: 4,000.
	Sockets int
	// MaxBehind is by how many steps a watcher may fall behind while it doesn't read: 1,000. WatchTimeout is how long
	// it may read nothing: ten seconds.
	MaxBehind    int
	WatchTimeout time.Duration
}

func (o Options) orDefault() Options {
	o.Rooms = orElse(o.Rooms, 300)
	o.RoomsOfAddr = orElse(o.RoomsOfAddr, 100)
	o.RoomIdle = orElse(o.RoomIdle, time.Hour)
	o.Memory = orElse(o.Memory, 256<<20)
	o.Sockets = orElse(o.Sockets, 4000)
	o.MaxBehind = orElse(o.MaxBehind, 1000)
	o.WatchTimeout = orElse(o.WatchTimeout, 10*time.Second)
	return o
}

func orElse[T int | int64 | time.Duration](n, other T) T {
	if n == 0 {
		return other
	}
	return n
}

// A Bridge joins pages to one POP3 server. Make it before the server's Protocol, which takes its Users and Store;
// then Attach the server, Serve, and put its Routes beside the pages.
type Bridge struct {
	opt      Options
	rec      *live.Recorder // set by Attach
	server   *server.Server
	listener *listener
	upgrader websocket.Upgrader
	going    atomic.Bool
	sockets  atomic.Int64
	hosts    hosts
	creating limiter // of rooms, by address
	tabs     tabs    // pages that are servers

	mu      sync.Mutex // guards what follows
	byName  map[string]*room
	byToken map[[sha256.Size]byte]*room
	ofAddr  map[netip.Addr]int
}

// New makes a bridge.
func New(o Options) *Bridge {
	b := &Bridge{opt: o.orDefault(), listener: newListener(), byName: map[string]*room{}, byToken: map[[sha256.Size]byte]*room{},
		ofAddr: map[netip.Addr]int{}, creating: limiter{burst: 60, every: 5 * time.Second}}
	b.hosts = ownHosts()
	b.upgrader = websocket.Upgrader{
		HandshakeTimeout: controlWrite,
		// A connection that waits holds a small buffer to read and none to write.
		ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // guard.go has done it, with a sentence
	}
	return b
}

// Users are the configured users and the rooms' owners.
func (b *Bridge) Users() engine.Users { return &users{b, b.opt.Users} }

// Store is the configured store and the rooms' maildrops.
func (b *Bridge) Store() engine.Store {
	s := store{b, b.opt.Store}
	if shared, ok := b.opt.Store.(engine.Shared); ok {
		return &sharedStore{s, shared}
	}
	return &s
}

// Attach makes s the server behind the bridge. It's called once, before s serves; what s.Observe was goes on being
// told.
func (b *Bridge) Attach(s *server.Server) {
	b.server = s
	b.rec = live.New(s.Protocol, s.Idle, b.opt.Limits)
	s.Observe = live.Both(s.Observe, b.rec.Observe)
}

// Serve lets bridged connections into the server, until the server is shut down or the bridge closed; then it returns
// nil.
func (b *Bridge) Serve() error {
	err := b.server.Serve(b.listener)
	if b.going.Load() && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Tell sets the addresses of the POP3 server's own ports, when they are known only after New.
func (b *Bridge) Tell(pop3, pop3s string) { b.opt.POP3, b.opt.POP3S = pop3, pop3s }

// Close ends every room and what watches it. Bridged connections end with the POP3 server.
func (b *Bridge) Close() {
	b.going.Store(true)
	b.mu.Lock()
	var all []*room
	for _, r := range b.byName {
		all = append(all, r)
	}
	b.mu.Unlock()
	for _, r := range all {
		r.close("the server shuts down")
	}
	b.listener.Close()
}

// enter takes a place for a WebSocket; the caller gives it back.
func (b *Bridge) enter() bool {
	if b.sockets.Add(1) > int64(b.opt.Sockets) {
		b.sockets.Add(-1)
		return false
	}
	return true
}

func (b *Bridge) leave() { b.sockets.Add(-1) }

// Routes adds the bridge's paths to mux. The package's comment says what they are.
func (b *Bridge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /ws/pop3", b.bridge)
	mux.HandleFunc("GET /ws/trace", b.trace)
	mux.HandleFunc("POST /live/room", b.page(b.makeRoom))
	mux.HandleFunc("GET /live/room", b.inRoom(b.showRoom))
	mux.HandleFunc("DELETE /live/room", b.inRoom(b.endRoom))
	mux.HandleFunc("POST /live/room/{action}", b.inRoom(b.act))
	mux.HandleFunc("GET /live/spec", b.inRoom(b.spec))
	mux.HandleFunc("GET /live/steps", b.inRoom(b.steps))
	mux.HandleFunc("GET /live/lanes", b.inRoom(b.lanes))
	mux.HandleFunc("GET /live/events", b.inRoom(b.events))
	mux.HandleFunc("POST /live/connect", b.inRoom(b.connect))
	mux.HandleFunc("POST /live/send", b.inRoom(b.send))
	mux.HandleFunc("POST /live/hangup", b.inRoom(b.hangup))
	b.tabRoutes(mux)
}

// bridge is a WebSocket as a POP3 connection.
func (b *Bridge) bridge(w http.ResponseWriter, r *http.Request) {
	in, err := b.asked(r, programs)
	if err == nil && !offers(r, subprotocol) {
		err = refusal{http.StatusBadRequest, "ask for the subprotocol " + subprotocol}
	}
	if err == nil && in != nil {
		err = in.connecting()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	if !b.enter() {
		refuse(w, errFull)
		return
	}
	ws, err := b.upgrader.Upgrade(w, r, http.Header{"Sec-Websocket-Protocol": {subprotocol}})
	if err != nil {
		b.leave()
		return // the upgrader has answered
	}
	c := &conn{ws: ws, remote: b.remote(r, in), local: ws.LocalAddr(), pumped: make(chan struct{}), going: &b.going, left: b.leave}
	c.remote.cut = c.Cut
	c.ping = time.AfterFunc(pingEvery, c.pings)
	go c.pump()
	if !b.listener.hand(c) {
		c.Close()
	}
}

// pings asks for a sign of life, again and again.
func (c *conn) pings() {
	c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(controlWrite))
	select {
	case <-c.pumped:
	default:
		c.ping.Reset(pingEvery)
	}
}

// remote is where a bridged connection comes from. Passwords in the clear go where they may go on the server's own
// port; besides, where TLS carries the page.
func (b *Bridge) remote(r *http.Request, in *room) *addr {
	a := &addr{network: "bridge", where: r.RemoteAddr, device: "this page"}
	if r.TLS != nil {
		a.network = "pipe" // which the server takes for local
	}
	if in != nil {
		a.stream = in.stream
	}
	return a
}

// connecting says whether a room may have one more connection.
func (r *room) connecting() error {
	if r.stream.Open() >= roomConns {
		return refusal{http.StatusTooManyRequests, "there are as many connections of this page as there may be; close one"}
	}
	return r.allowed()
}

// relieve makes room when all recordings together are too large: the largest give up their oldest parts. It's called
// when somebody logs in, looks on or acts.
func (b *Bridge) relieve() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all int64
	for _, r := range b.byName {
		all += r.stream.Weight()
	}
	for all > b.opt.Memory {
		var largest *room
		for _, r := range b.byName {
			if largest == nil || r.stream.Weight() > largest.stream.Weight() {
				largest = r
			}
		}
		before := largest.stream.Weight()
		largest.stream.Trim()
		freed := before - largest.stream.Weight()
		if freed <= 0 {
			return // recordings are as small as they get
		}
		all -= freed
	}
}

var errFull = refusal{http.StatusServiceUnavailable, "the server has as many pages as it takes; try again in a while"}

var errServer = errors.New("bridge: no server is attached; call Attach first")

var _ net.Listener = (*listener)(nil)
