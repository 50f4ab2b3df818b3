package tcp

import (
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// A Host is a transcript.Host that shows a world through engine/server, over real sockets and with
// real TLS handshakes. A client can't know when a server has said all, so the
// host knows the native run: it reads as many octets as came there, and more
// only where the connection ends.
type Host struct {
	Native *transcript.Record
	// Via says where clients connect to reach a server's address; nil means there.
	Via func(addr string) string

	lab *Lab
}

// A Lab is a world under way.
type Lab struct {
	host    *Host
	store   *sim.Store
	server  *server.Server
	plain   *listener
	secure  *listener
	clock   atomic.Int64 // the world's, in milliseconds
	stamps  *sim.Stamps
	at      int // the input at hand
	clients map[string]*client

	mu          sync.Mutex
	connections []*connection  // in the order of their greetings
	steps       []sim.Step     // of all of them, in the order in which they happened
	next        string         // device that connects
	numbers     map[string]int // of each device's last connection
	changed     sync.Cond      // the server has read something, or closed
}

// A client is a device's end.
type client struct {
	conn    net.Conn
	raw     *net.TCPConn
	far     net.Conn // the server's end
	greeted bool
	octets  int           // sent in the clear
	all     int           // sent, TLS or not
	sent    chan struct{} // closed when what was sent last is sent
}

// patience is how long anything may take before the host gives up.
const patience = 30 * time.Second

// Lab is the world that was opened last; nil before.
func (h *Host) Lab() *Lab { return h.lab }

// Open implements transcript.Host.
func (h *Host) Open(w sim.World) (transcript.Lab, error) {
	l := &Lab{host: h, clients: map[string]*client{}, numbers: map[string]int{}}
	l.changed.L = &l.mu
	h.lab = l
	l.clock.Store(w.Now)
	config, store, err := w.Config(l.clock.Load)
	if err != nil {
		return nil, err
	}
	if config.Persona.Mechanisms == nil {
		// The simulation's TLS is none, so it has nothing that a channel could be bound to.
		for _, m := range sasl.Mechanisms {
			if !m.Legacy && !strings.HasSuffix(m.Name, "-PLUS") {
				config.Persona.Mechanisms = append(config.Persona.Mechanisms, m.Name)
			}
		}
	}
	l.store, l.stamps = store, w.NewStamps()
	began := w.Now
	l.server = &server.Server{
		Protocol: engine.New(config), TLS: authority().serverConfig(), LoginTime: -1, MaxFailures: -1,
		// The world's clock and the system's together: deadlines ring by the latter.
		Clock: func() time.Time {
			return time.Now().Add(time.Duration(l.clock.Load()-began) * time.Millisecond)
		},
		Stamp:   func() string { return l.stamps.Next(l.clock.Load()) },
		Observe: l.observe,
	}
	timed := slices.ContainsFunc(h.Native.Inputs, func(in sim.Input) bool { return in.Verb == sim.Advance || in.Verb == sim.Expire })
	if l.plain, err = listen(timed, l.server.Serve); err != nil {
		return nil, err
	}
	if l.secure, err = listen(timed, l.server.ServeTLS); err != nil {
		return nil, err
	}
	return l, nil
}
