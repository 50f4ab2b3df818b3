package bridge

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Who may do what. Every request names the page that it comes from (its Origin), which has to be one of this server's
// own; what concerns a room shows the room's token besides. A token is never part of an address, so it's in no log
// and no history, and it's no cookie, so a foreign page has nothing that the browser would add by itself.

const (
	subprotocol      = "pop3"
	traceSubprotocol = "pop3.trace"
	tokenPrefix      = "token." // of the subprotocol that carries a token
)

// A refusal is what a request is told instead of an answer.
type refusal struct {
	status int
	why    string
}

func (e refusal) Error() string { return e.why }

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, err error) {
	e := refusal{http.StatusInternalServerError, "something went wrong in the server"}
	errors.As(err, &e)
	answer(w, e.status, struct {
		Error string `json:"error"`
	}{e.why})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// Who is expected to ask.
type asker uint8

const (
	browsers asker = iota // a page, which says so
	programs              // a page or a program; one that names no origin has no token
	reading               // a page that reads, of which browsers don't say so
)

// asked says which room a request is about, if it's about one; it fails when the request is none of a page of ours.
func (b *Bridge) asked(r *http.Request, who asker) (*room, error) {
	if !b.known(r) {
		return nil, refusal{http.StatusForbidden, "this server doesn't know itself by the name " + r.Host + "; use its address, or have it started with --origin"}
	}
	token := tokenOf(r)
	switch origin := r.Header.Values("Origin"); {
	case len(origin) > 1 || len(origin) == 1 && !b.own(origin[0], r):
		return nil, refusal{http.StatusForbidden, "a page of another origin asks; only this server's own pages may"}
	case r.Header.Get("Sec-Fetch-Site") != "" && r.Header.Get("Sec-Fetch-Site") != "same-origin" && len(origin) == 0:
		return nil, refusal{http.StatusForbidden, "a page of another site asks; only this server's own pages may"}
	case len(origin) == 0 && (who == browsers || who == programs && token != ""):
		return nil, refusal{http.StatusForbidden, "the request names no origin, as a browser's does"}
	}
	if token == "" {
		return nil, nil
	}
	in := b.roomByToken(token)
	if in == nil {
		return nil, refusal{http.StatusUnauthorized, "there is no such room any more; open another"}
	}
	in.used()
	return in, nil
}

// own says whether an origin is this server's. Host is what the browser connected to, which a page can't change.
func (b *Bridge) own(origin string, r *http.Request) bool {
	if slices.Contains(b.opt.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || !strings.EqualFold(u.Host, r.Host) {
		return false
	}
	// Without TLS here there may be some before us.
	return u.Scheme == "https" || u.Scheme == "http" && r.TLS == nil
}

// hosts are the names by which this machine is known.
type hosts []string

func ownHosts() hosts {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	return hosts{strings.ToLower(name), strings.ToLower(name) + ".local"}
}

// known says whether the request's Host is a name of this server. Somebody else's name that was made to point here
// would be an origin of its own, whose pages the browser lets in (DNS rebinding); an address can't be, nor can a name
// that our certificate was accepted for.
func (b *Bridge) known(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || r.TLS != nil || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	for _, o := range b.opt.Origins {
		if u, err := url.Parse(o); err == nil && strings.EqualFold(u.Hostname(), host) {
			return true
		}
	}
	return slices.Contains(b.hosts, host)
}

// tokenOf is the token that a request shows: as a subprotocol where it opens a WebSocket, because there a page can set
// nothing else, and in Authorization otherwise.
func tokenOf(r *http.Request) string {
	if websocket.IsWebSocketUpgrade(r) {
		for _, p := range websocket.Subprotocols(r) {
			if t, ok := strings.CutPrefix(p, tokenPrefix); ok {
				return t
			}
		}
		return ""
	}
	t, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return t
}

func offers(r *http.Request, protocol string) bool {
	return websocket.IsWebSocketUpgrade(r) && slices.Contains(websocket.Subprotocols(r), protocol)
}

// page guards what a page of ours may ask for without a room.
func (b *Bridge) page(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := b.asked(r, browsers)
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			refuse(w, err)
		}
	}
}

// inRoom guards what is about a room.
func (b *Bridge) inRoom(h func(http.ResponseWriter, *http.Request, *room) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := browsers
		if r.Method == http.MethodGet { // of which browsers name no origin
			who = reading
		}
		in, err := b.asked(r, who)
		if err == nil && in == nil {
			err = refusal{http.StatusUnauthorized, "show the room's token: Authorization: Bearer TOKEN"}
		}
		if err == nil {
			err = h(w, r, in)
		}
		if err != nil {
			refuse(w, err)
		}
	}
}

func (b *Bridge) roomByToken(token string) *room {
	key := sha256.Sum256([]byte(token)) // so that how long looking takes says nothing about the token
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byToken[key]
}

// addressOf is what limits count by: an address, or the network part of one of IPv6.
func addressOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// A limiter lets each address do something so many times at once, and once more after each interval.
type limiter struct {
	burst int
	every time.Duration

	mu    sync.Mutex
	spent map[netip.Addr]time.Time // when all would be given back
}

// maxLimited is how many addresses are remembered; beyond it those are forgotten that have nothing to wait for.
const maxLimited = 10_000

func (l *limiter) allow(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.spent == nil {
		l.spent = map[netip.Addr]time.Time{}
	}
	if len(l.spent) >= maxLimited {
		for a, until := range l.spent {
			if !until.After(now) {
				delete(l.spent, a)
			}
		}
		if len(l.spent) >= maxLimited {
			return false
		}
	}
	until := l.spent[a]
	if until.Before(now) {
		until = now
	}
	if until = until.Add(l.every); until.Sub(now) > time.Duration(l.burst)*l.every {
		return false
	}
	l.spent[a] = until
	return true
}
