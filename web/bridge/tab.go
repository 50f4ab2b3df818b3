package bridge

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The tab as the server: a port of this machine whose connections the engine in a page answers.
//
//	GET /ws/tab        subprotocols pop3.tab and token.TOKEN: opens a port for the room's page
//	GET /ws/tab/pop3   subprotocols pop3 and tab.CODE: a connection to that page, for a tunnel on somebody's own machine
//
// The port is a free one, beside the POP3 server's own: on the same address where that is one, otherwise on this machine
// alone. The page names none. The port closes when the page's WebSocket does, or the room ends.
//
// Binary messages carry all of the page's connections: a letter, the connection's number (two octets, the larger first),
// and what belongs to it.
//
//	to the page     p  {port, code}, once, at the beginning; the number is 0
//	                o  a client has connected: where from, as text
//	                d  octets of the client's
//	                e  the client says nothing more
//	                g  the connection is gone: its number may come again
//	                a  so many octets have reached the client (four octets)
//	from the page   d  octets for the client, with which an answer is whole
//	                m  octets for the client: more of the same answer follows
//	                e  nothing more is said: the connection closes when they are sent
//	                x  the connection is cut, as by a broken cable
//	                a  so many octets of the client's are used (four octets)
//
// Neither side sends a connection more than tabWindow octets that the other hasn't confirmed, so whoever is slow makes
// the others wait, and memory is bounded. A page that sends more is closed with 1008.

const (
	tabSubprotocol = "pop3.tab"
	codePrefix     = "tab." // of the subprotocol that names a page to connect to

	maxTabs     = 100      // pages with a port, at once
	tabClients  = 8        // connections of one
	tabWindow   = 64 << 10 // octets that aren't confirmed yet, in each direction of a connection
	tabPiece    = 16 << 10 // octets of a message
	tabPatience = 10 * time.Second
	tabSlow     = time.Minute // a client that reads nothing for so long is gone
	tabGone     = "the page that was the server has been closed"
	tabFull     = "this page has as many connections as it takes; try again later"
)

// tabs are the pages that are servers. The zero value has none.
type tabs struct {
	mu     sync.Mutex
	byRoom map[*room]*tab
	byCode map[[sha256.Size]byte]*tab
}

// A tab is a page that is a server.
type tab struct {
	all  *tabs
	room *room
	ws   *websocket.Conn
	port net.Listener
	code string
	open sync.WaitGroup // its clients

	writing sync.Mutex // one message at a time

	mu      sync.Mutex
	clients map[uint16]*client
	last    uint16 // number
	over    bool
}

// tabRoutes adds the paths of pages that are servers to mux.
func (b *Bridge) tabRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /ws/tab", b.serveTab)
	mux.HandleFunc("GET /ws/tab/pop3", b.joinTab)
}

// serveTab makes a page a server, until its WebSocket ends.
func (b *Bridge) serveTab(w http.ResponseWriter, r *http.Request) {
	in, err := b.asked(r, browsers)
	switch {
	case err != nil:
	case in == nil:
		err = refusal{http.StatusUnauthorized, "show the room's token as a subprotocol, token.TOKEN"}
	case !offers(r, tabSubprotocol):
		err = refusal{http.StatusBadRequest, "ask for the subprotocol " + tabSubprotocol}
	default:
		err = in.allowed()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	if !b.enter() {
		refuse(w, errFull)
		return
	}
	defer b.leave()
	t := &tab{all: &b.tabs, room: in, clients: map[uint16]*client{}, code: someCode()}
	if err := t.listen(beside(b.opt.POP3)); err != nil {
		refuse(w, err)
		return
	}
	defer t.end()
	t.ws, err = b.upgrader.Upgrade(w, r, http.Header{"Sec-Websocket-Protocol": {tabSubprotocol}})
	if err != nil {
		return // the upgrader has answered
	}
	t.run()
}

// beside is the address for ports beside the POP3 server's own.
func beside(pop3 string) string {
	if at, err := netip.ParseAddrPort(pop3); err == nil {
		return netip.AddrPortFrom(at.Addr(), 0).String()
	}
	return "127.0.0.1:0"
}

// someCode is what a tunnel shows to reach a page: 128 bits, in letters that are easy to copy.
func someCode() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// listen opens the port, if there may be one more.
func (t *tab) listen(address string) error {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	switch {
	case t.all.byRoom[t.room] != nil:
		return refusal{http.StatusConflict, "another page of this tab is the server already; close it"}
	case len(t.all.byRoom) >= maxTabs:
		return refusal{http.StatusServiceUnavailable, "as many pages are servers as may be; try again in a while"}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return refusal{http.StatusServiceUnavailable, "the server can't open a port for this page"}
	}
	t.port = l
	if t.all.byRoom == nil {
		t.all.byRoom, t.all.byCode = map[*room]*tab{}, map[[sha256.Size]byte]*tab{}
	}
	t.all.byRoom[t.room] = t
	t.all.byCode[sha256.Sum256([]byte(t.code))] = t
	return nil
}

// run reads what the page says until it's gone, and lets clients in meanwhile.
func (t *tab) run() {
	ports, _ := json.Marshal(struct {
		Port string `json:"port"` // HOST:PORT
		Code string `json:"code"`
	}{t.port.Addr().String(), t.code})
	t.send('p', 0, ports)
	t.open.Go(t.accept) // ends when the port closes
	alive := time.AfterFunc(pingEvery, t.ping)
	defer alive.Stop()
	stop := make(chan struct{})
	defer close(stop)
	go func() { // ends with this function or the room
		select {
		case <-stop:
		case <-t.room.ended:
			t.refuse(closeEnded, "the room has ended; open another")
		}
	}()
	t.ws.SetReadLimit(tabWindow + 3)
	t.ws.SetPongHandler(func(string) error { alive.Reset(pingEvery); return t.ws.SetReadDeadline(time.Now().Add(aliveFor)) })
	for {
		t.ws.SetReadDeadline(time.Now().Add(aliveFor))
		kind, p, err := t.ws.ReadMessage()
		switch {
		case err != nil:
			return
		case kind != websocket.BinaryMessage:
			t.refuse(websocket.CloseUnsupportedData, "messages are binary here")
			return
		case len(p) < 3 || !t.told(p[0], binary.BigEndian.Uint16(p[1:]), p[3:]):
			t.refuse(websocket.ClosePolicyViolation, "the page sent more than it may, or what can't be")
			return
		}
	}
}

func (t *tab) ping() {
	t.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(controlWrite))
}

// refuse ends it with a reason.
func (t *tab) refuse(code int, why string) {
	t.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(controlWrite))
	t.ws.Close()
}

// told does what the page says about a connection. It says false for what a page may not say. A connection that isn't
// there may have gone while the page spoke.
func (t *tab) told(what byte, number uint16, p []byte) bool {
	t.mu.Lock()
	c := t.clients[number]
	t.mu.Unlock()
	switch {
	case what != 'd' && what != 'm' && what != 'e' && what != 'x' && what != 'a' || what == 'a' && len(p) != 4:
		return false
	case c == nil:
		return true
	}
	switch what {
	case 'd', 'm':
		return c.put(p, what == 'm')
	case 'e':
		c.finish("")
	case 'x':
		c.cut()
	case 'a':
		return c.confirmed(binary.BigEndian.Uint32(p))
	}
	return true
}

// send sends the page a message. When that fails the page is gone, and run ends.
func (t *tab) send(what byte, number uint16, p []byte) {
	message := append([]byte{what, byte(number >> 8), byte(number)}, p...)
	t.writing.Lock()
	defer t.writing.Unlock()
	t.ws.SetWriteDeadline(time.Now().Add(tabPatience))
	if t.ws.WriteMessage(websocket.BinaryMessage, message) != nil {
		t.ws.Close()
	}
}

// accept lets clients in from the port.
func (t *tab) accept() {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		nc, err := t.port.Accept()
		if err == nil {
			pause = 5 * time.Millisecond
			t.take(nc)
			continue
		}
		t.mu.Lock()
		over := t.over
		t.mu.Unlock()
		if over {
			return
		}
		time.Sleep(pause) // out of file descriptors: an end of some connection helps
	}
}

// take makes a connection the page's.
func (t *tab) take(nc net.Conn) {
	c := &client{tab: t, nc: nc, credit: tabWindow}
	c.moved.L = &c.mu
	t.mu.Lock()
	switch {
	case t.over:
		t.mu.Unlock()
		go farewell(nc, tabGone) // ends within tabPatience
		return
	case len(t.clients) >= tabClients:
		t.mu.Unlock()
		go farewell(nc, tabFull) // ends within tabPatience
		return
	}
	for t.last++; t.clients[t.last] != nil || t.last == 0; t.last++ {
	}
	c.number = t.last
	t.clients[c.number] = c
	t.open.Go(c.run) // ends with the connection, which ends with the tab
	t.mu.Unlock()
	t.room.used()
}

// end closes the port, and tells the clients why.
func (t *tab) end() {
	t.all.mu.Lock()
	delete(t.all.byRoom, t.room)
	delete(t.all.byCode, sha256.Sum256([]byte(t.code)))
	t.all.mu.Unlock()
	t.mu.Lock()
	t.over = true
	var all []*client
	for _, c := range t.clients {
		all = append(all, c)
	}
	t.mu.Unlock()
	t.port.Close()
	if t.ws != nil {
		t.ws.Close()
	}
	for _, c := range all {
		c.finish(tabGone)
	}
	t.open.Wait()
}

// joinTab is a connection to a page over a WebSocket, as /ws/pop3 is one to the POP3 server.
func (b *Bridge) joinTab(w http.ResponseWriter, r *http.Request) {
	_, err := b.asked(r, programs)
	if err == nil && !offers(r, subprotocol) {
		err = refusal{http.StatusBadRequest, "ask for the subprotocol " + subprotocol}
	}
	if err != nil {
		refuse(w, err)
		return
	}
	t := b.tabs.find(r)
	if t == nil {
		refuse(w, refusal{http.StatusGone, "no page with this code is a server; it may have been closed"})
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
	c := &conn{ws: ws, remote: &addr{network: "bridge", where: r.RemoteAddr}, local: ws.LocalAddr(), pumped: make(chan struct{}), going: &b.going, left: b.leave}
	c.remote.cut = c.Cut
	c.ping = time.AfterFunc(pingEvery, c.pings)
	go c.pump() // ends with the WebSocket
	t.take(c)
}

// find is the page whose code a request shows.
func (s *tabs) find(r *http.Request) *tab {
	for _, p := range websocket.Subprotocols(r) {
		if code, ok := strings.CutPrefix(p, codePrefix); ok {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.byCode[sha256.Sum256([]byte(code))]
		}
	}
	return nil
}
