package vectors

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// A tcpHost shows a world through engine/server, over real sockets and with
// real TLS handshakes. A client can't know when a server has said all, so the
// host knows the native run: it reads as many octets as came there, and more
// only where the connection ends.
type tcpHost struct {
	native *transcript.Record
	lab    *tcpLab // the world that was opened
	// via says where clients connect to reach a server's address; nil means there.
	via func(addr string) string
}

// A tcpLab is a world under way.
type tcpLab struct {
	host    *tcpHost
	store   *sim.Store
	server  *server.Server
	plain   *listener
	secure  *listener
	clock   atomic.Int64 // the world's, in milliseconds
	stamps  *sim.Stamps
	at      int // the input at hand
	clients map[string]*client

	mu     sync.Mutex
	events [][]engine.Event // of each connection, in the order of their greetings
}

// A client is a device's end.
type client struct {
	conn    net.Conn
	raw     *net.TCPConn
	far     net.Conn // the server's end
	greeted bool
	octets  int           // sent in the clear
	sent    chan struct{} // closed when what was sent last is sent
}

// patience is how long anything may take before a test gives up.
const patience = 30 * time.Second

func (h *tcpHost) Open(w sim.World) (transcript.Lab, error) {
	l := &tcpLab{host: h, clients: map[string]*client{}}
	h.lab = l
	l.clock.Store(w.Now)
	config, store, err := w.Config(l.clock.Load)
	if err != nil {
		return nil, err
	}
	if config.Persona.Mechanisms == nil {
		// The vectors' TLS is a simulation, which has nothing that a channel could be bound to.
		for _, m := range sasl.Mechanisms {
			if !m.Legacy && !strings.HasSuffix(m.Name, "-PLUS") {
				config.Persona.Mechanisms = append(config.Persona.Mechanisms, m.Name)
			}
		}
	}
	l.store, l.stamps = store, w.NewStamps()
	began := w.Now
	l.server = &server.Server{
		Protocol: engine.New(config), TLS: authority.serverConfig(), LoginTime: -1, MaxFailures: -1,
		// The world's clock and the system's together: deadlines ring by the latter.
		Clock: func() time.Time {
			return time.Now().Add(time.Duration(l.clock.Load()-began) * time.Millisecond)
		},
		Stamp:   func() string { return l.stamps.Next(l.clock.Load()) },
		Observe: l.observe,
	}
	timed := slices.ContainsFunc(h.native.Inputs, func(in sim.Input) bool { return in.Verb == sim.Advance || in.Verb == sim.Expire })
	if l.plain, err = listen(timed, l.server.Serve); err != nil {
		return nil, err
	}
	if l.secure, err = listen(timed, l.server.ServeTLS); err != nil {
		return nil, err
	}
	return l, nil
}

// A listener listens on loopback and keeps the server's ends of connections.
type listener struct {
	net.Listener
	accepted chan net.Conn
	barred   atomic.Bool // whether the next connection seems to come from elsewhere
	timed    bool        // whether connections are watched; see timed
}

// listen starts a goroutine that serves until the server closes.
func listen(timed bool, serve func(net.Listener) error) (*listener, error) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &listener{Listener: inner, accepted: make(chan net.Conn, 1), timed: timed}
	go serve(l)
	return l, nil
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	switch {
	case l.timed:
		t := &timed{Conn: c}
		t.changed.L = &t.mu
		l.accepted <- t
		return t, nil
	case l.barred.Load():
		c = elsewhere{c}
	}
	l.accepted <- c
	return c, nil
}

// elsewhere is a connection that seems to come from another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// timed is a server's end that knows whether the server waits for octets: the
// world's clock must not move while it's still busy with the last ones.
type timed struct {
	net.Conn
	mu      sync.Mutex
	changed sync.Cond
	waiting bool
	octets  int // read so far
	closed  bool
}

// Close marks the end: nobody need wait for the server any more.
func (t *timed) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.changed.Broadcast()
	return t.Conn.Close()
}

func (t *timed) Read(p []byte) (int, error) {
	t.set(true, 0)
	n, err := t.Conn.Read(p)
	t.set(false, n)
	return n, err
}

func (t *timed) set(waiting bool, octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = waiting
	t.octets += octets
	t.changed.Broadcast()
}

// settle returns when the server has read so many octets and waits for more, or has closed.
func (t *timed) settle(octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !t.closed && (!t.waiting || t.octets < octets) {
		t.changed.Wait()
	}
}

// Do implements transcript.Lab.
func (l *tcpLab) Do(in sim.Input) ([]sim.Step, error) {
	want := l.host.native.Steps[l.at]
	l.at++
	if err := l.act(in, want); err != nil {
		return nil, err
	}
	var steps []sim.Step
	for _, device := range devicesOf(want) {
		c := l.clients[device]
		if c == nil {
			return nil, errors.New(device + " isn't connected")
		}
		got, err := l.listen(c, device, want)
		if err != nil {
			return nil, err
		}
		steps = append(steps, got...)
	}
	return steps, nil
}

// devicesOf names the devices that something happens to, in order.
func devicesOf(steps []sim.Step) []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range steps {
		if !seen[s.Device] {
			seen[s.Device] = true
			names = append(names, s.Device)
		}
	}
	return names
}

// settle returns when the server has done with all that was sent to it.
func (l *tcpLab) settle() {
	for _, c := range l.clients {
		if t, ok := c.far.(*timed); ok && c.greeted {
			t.settle(c.octets)
		}
	}
}

// act does what an input says.
func (l *tcpLab) act(in sim.Input, want []sim.Step) error {
	c := l.clients[in.Device]
	if c != nil && c.sent != nil {
		<-c.sent
	}
	switch in.Verb {
	case sim.Connect:
		return l.connect(in)
	case sim.Send:
		if c.conn == net.Conn(c.raw) {
			c.octets += len(in.Octets)
		}
		c.sent = make(chan struct{})
		go c.send(in) // while it sends, the answers are read
	case sim.Hangup:
		return c.raw.CloseWrite()
	case sim.Secure:
		return c.begin(in, want)
	case sim.Advance:
		l.settle()
		l.clock.Add(in.Millis)
	case sim.Expire:
		l.settle()
		l.clock.Store(want[len(want)-1].Now)
	default:
		return l.store.Apply(in)
	}
	return nil
}

func (l *tcpLab) connect(in sim.Input) error {
	from := l.plain
	if in.TLS {
		from = l.secure
	}
	from.barred.Store(in.Barred)
	addr := from.Addr().String()
	if l.host.via != nil {
		addr = l.host.via(addr)
	}
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c := &client{conn: raw, raw: raw.(*net.TCPConn), far: <-from.accepted}
	l.clients[in.Device] = c
	raw.SetDeadline(time.Now().Add(patience))
	if in.TLS {
		return c.handshake(in.User)
	}
	return nil
}

// send writes, and leaves when that was all. An error shows as an answer that
// doesn't come.
func (c *client) send(in sim.Input) {
	defer close(c.sent)
	c.conn.Write(in.Octets)
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && in.Last {
		half.CloseWrite()
	}
}

// begin completes a handshake after STLS, unless it is to fail.
func (c *client) begin(in sim.Input, want []sim.Step) error {
	err := c.handshake(in.User)
	fails := len(want) > 0 && want[len(want)-1].Event.Kind == engine.KindClose
	if (err != nil) != fails {
		return fmt.Errorf("TLS handshake: got error %v, want one: %v", err, fails)
	}
	return nil
}

func (c *client) handshake(user string) error {
	t := tls.Client(c.raw, authority.clientConfig(user))
	if err := t.Handshake(); err != nil {
		return err
	}
	c.conn = t
	return nil
}

// listen reads what a device gets: as much as in the native run, or, where the connection
// ends, all there is.
func (l *tcpLab) listen(c *client, device string, want []sim.Step) ([]sim.Step, error) {
	var octets []byte
	var marks []sim.Step // TLS begins, the connection ends
	closes, expires := false, false
	for _, s := range want {
		if s.Device != device {
			continue
		}
		octets = append(octets, s.Event.Out()...)
		switch s.Event.Kind {
		case engine.KindClose:
			closes = true
		case engine.KindTLS:
			marks = append(marks, sim.Step{Device: device, Event: engine.Event{Kind: engine.KindTLS}})
		}
		expires = expires || s.Event.Rule != nil && s.Event.Rule.Verb == engine.Expire
	}
	if expires {
		defer ring(c.far)()
	}
	got := make([]byte, len(octets))
	n, err := io.ReadFull(c.conn, got)
	got = got[:n]
	c.greeted = c.greeted || n > 0
	switch {
	case err == nil && closes:
		var rest []byte
		rest, err = io.ReadAll(c.conn)
		got = append(got, rest...)
		c.raw.Close()
		delete(l.clients, device)
		if err == nil || isReset(err) {
			err = nil
			marks = append(marks, sim.Step{Device: device, Event: engine.Event{Kind: engine.KindClose}})
		}
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		err = nil
		marks = append(marks, sim.Step{Device: device, Event: engine.Event{Kind: engine.KindClose}})
	}
	if err != nil {
		return nil, fmt.Errorf("%w after %q, want %q", err, got, octets)
	}
	first := sim.Step{Device: device, Event: engine.Event{Kind: engine.KindData, Wire: got}}
	return append([]sim.Step{first}, marks...), nil
}

// isReset says whether a connection ended because TLS never came about: then the system may
// cut it short, and what is lost are octets of nobody's dialogue.
func isReset(err error) bool {
	var header tls.RecordHeaderError
	return errors.As(err, &header)
}

// ring lets the deadline of a connection pass, again and again, because the server may
// be about to set it. The function it returns stops it.
func ring(far net.Conn) (stop func()) {
	ticker := time.NewTicker(time.Millisecond)
	done := make(chan struct{})
	go func() { // ends with stop; owns nothing
		for {
			far.SetReadDeadline(time.Unix(1, 0))
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
	}
}

// Close ends the server. Whoever is connected still must have got all that was
// for him.
func (l *tcpLab) Close() error {
	var errs []error
	for device, c := range l.clients {
		if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
		rest, err := io.ReadAll(c.conn)
		if len(rest) > 0 {
			err = errors.Join(err, fmt.Errorf("%q came that nobody asked for", rest))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s at the end: %w", device, err))
		}
		c.raw.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(append(errs, l.server.Shutdown(ctx))...)
}

// observe keeps the events of a connection.
func (l *tcpLab) observe(server.Conn) server.Observer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, nil)
	return &observer{l, len(l.events) - 1}
}

type observer struct {
	lab *tcpLab
	n   int
}

func (o *observer) Event(_ time.Time, e engine.Event) {
	e.Wire, e.Body = append([]byte(nil), e.Wire...), nil
	o.lab.mu.Lock()
	defer o.lab.mu.Unlock()
	o.lab.events[o.n] = append(o.lab.events[o.n], e)
}

func (o *observer) Segment(time.Time, server.Segment) {}
func (o *observer) Closed(time.Time, string, error)   {}

// A ca signs the certificates of the tests.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	mine tls.Certificate

	mu      sync.Mutex
	clients map[string]*tls.Certificate
}

var authority = newCA()

func newCA() *ca {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("vectors: making a key: " + err.Error())
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pop3lab tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, DNSNames: []string{"dewey"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic("vectors: signing a certificate: " + err.Error())
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic("vectors: reading the certificate just made: " + err.Error())
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &ca{cert: cert, key: key, pool: pool, mine: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, clients: map[string]*tls.Certificate{}}
}

func (a *ca) serverConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.mine}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: a.pool}
}

// clientConfig has a certificate for user, if there is one.
func (a *ca) clientConfig(user string) *tls.Config {
	conf := &tls.Config{RootCAs: a.pool, ServerName: "dewey"}
	if user != "" {
		conf.Certificates = []tls.Certificate{*a.client(user)}
	}
	return conf
}

func (a *ca) client(user string) *tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.clients[user]; c != nil {
		return c
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: user},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		panic("vectors: signing a client's certificate: " + err.Error())
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
	a.clients[user] = c
	return c
}

// TestVectorsOverTCP runs every vector over TCP, with TLS where a dialogue has it: what travels
// is the same, octet for octet, as in the engine alone.
//
// req: DUI-01, DUI-02, DFR-10, DFR-12, TLS-05, TLS-19, DAU-05, DST-08
func TestVectorsOverTCP(t *testing.T) {
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			native, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			h := &tcpHost{native: native}
			got, err := transcript.Run(d, h)
			if err != nil {
				t.Fatal(err)
			}
			if diff := transcript.Diff(native.Lines(), got.Lines()); diff != "" {
				t.Errorf("over TCP it went otherwise; - is the engine alone, + is over TCP:\n%s", diff)
			}
			compareEvents(t, native, h.lab)
		})
	}
}

// compareEvents: what decided each answer is the same, too, connection by connection, but for
// what the driver sees before the session does: whatever ends a handshake is a hang-up to it.
func compareEvents(t *testing.T, native *transcript.Record, l *tcpLab) {
	t.Helper()
	connections := map[string]int{}
	var want [][]sim.Step
	for i, steps := range native.Steps {
		if in := native.Inputs[i]; in.Verb == sim.Connect {
			connections[in.Device] = len(want)
			want = append(want, nil)
		}
		for _, s := range steps {
			n := connections[s.Device]
			s.Device = ""
			want[n] = append(want[n], s)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) != len(want) {
		t.Fatalf("got %d connections, want %d", len(l.events), len(want))
	}
	for n := range want {
		var got []sim.Step
		for _, e := range l.events[n] {
			got = append(got, sim.Step{Event: e})
		}
		wanted := (&transcript.Record{Steps: [][]sim.Step{want[n]}}).Events()
		heard := (&transcript.Record{Steps: [][]sim.Step{got}}).Events()
		if strings.Contains(wanted, "AUTHORIZATION (TLS handshake) → closed") {
			wanted, _, _ = strings.Cut(wanted, "close,")
		}
		// A session that the dialogue leaves open ends with the test.
		if !strings.HasPrefix(heard, wanted) {
			t.Errorf("connection %d was decided otherwise over TCP; - is the engine alone, + is over TCP:\n%s", n+1, transcript.Diff(wanted, heard))
		}
	}
}
