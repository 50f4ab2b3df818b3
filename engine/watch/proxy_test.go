package watch_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
	"pop3lab/engine/watch"
)

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// A pair is a certificate and what trusts it alone.
type pair struct {
	server *tls.Config
	trust  *tls.Config
}

// certify makes a certificate for this machine.
func certify(t *testing.T, name string) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(cryptorand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return pair{&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}}
}

// lab runs a server of ours, and returns its addresses.
func lab(t *testing.T, config *tls.Config) (plain, secure string) {
	t.Helper()
	store := memdrop.Demo()
	store.Deliver("mrose", bytes.Repeat([]byte("Subject: large\r\n\r\nmore of the same, and the same, and the same\r\n"), 65_000))
	s := &server.Server{TLS: config, Protocol: engine.New(engine.Config{STLS: config != nil, Store: store,
		Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"})})}
	var served sync.WaitGroup
	for _, p := range []struct {
		addr  *string
		serve func(net.Listener) error
	}{{&plain, s.Serve}, {&secure, s.ServeTLS}} {
		if l := listen(t); p.addr == &plain || config != nil {
			*p.addr = l.Addr().String()
			served.Go(func() { p.serve(l) })
		} else {
			l.Close()
		}
	}
	t.Cleanup(func() {
		s.Close()
		served.Wait()
	})
	return plain, secure
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A log is what the observers of a proxy were told.
type log struct {
	mu     sync.Mutex
	events []string
	in     int
	out    int
	closed chan string // why, for each connection
}

// start runs a proxy until the test ends, and returns where it listens and what it tells.
func start(t *testing.T, p *watch.Proxy) (addr string, told *log) {
	t.Helper()
	told = &log{closed: make(chan string, 1000)}
	p.Observe = func(c watch.Conn) server.Observer { return &observer{told, c} }
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- p.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-over:
			if err != nil {
				t.Errorf("Serve returned %v after its context ended, want nil", err)
			}
		case <-time.After(patience):
			t.Error("the proxy doesn't end with its context")
		}
	})
	return l.Addr().String(), told
}

type observer struct {
	log  *log
	conn watch.Conn
}

func (o *observer) Event(_ time.Time, e engine.Event) {
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	if e.Kind != engine.KindData {
		if o.conn.Explain().Text == "" {
			o.log.events = append(o.log.events, "without a word:")
		}
		o.log.events = append(o.log.events, brief(e))
	}
}

func (o *observer) Segment(_ time.Time, s server.Segment) {
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	if s.In {
		o.log.in += s.Octets
	} else {
		o.log.out += s.Octets
	}
}

func (o *observer) Closed(_ time.Time, why string, err error) {
	if err != nil {
		why += ": " + err.Error()
	}
	o.log.closed <- why
}

// ended waits for a connection's end and returns why, and all events so far.
func (l *log) ended(t *testing.T) (why string, events []string) {
	t.Helper()
	select {
	case why = <-l.closed:
	case <-time.After(patience):
		t.Fatal("the observer isn't told of the end")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return why, l.events
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return nc.(*net.TCPConn)
}

// accept serves each connection with do.
func accept(t *testing.T, do func(*net.TCPConn)) (addr string) {
	t.Helper()
	l := listen(t)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer nc.Close()
				do(nc.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		served.Wait()
	})
	return l.Addr().String()
}

// What isn't POP3 goes through all the same: random octets, both ways, cut at random.
func TestOctetsUntouched(t *testing.T) {
	for _, terminate := range []bool{false, true} {
		t.Run(fmt.Sprintf("terminate %v", terminate), func(t *testing.T) {
			p := &watch.Proxy{Upstream: accept(t, func(nc *net.TCPConn) { io.Copy(nc, nc) })}
			if terminate {
				p.Terminate = certify(t, "proxy").server
			}
			addr, told := start(t, p)
			nc := dial(t, addr)
			random := rand.New(rand.NewPCG(7, 1))
			sent := make([]byte, 1<<20)
			for i := range sent {
				sent[i] = byte(random.Uint32())
			}
			go func() {
				for rest := sent; len(rest) > 0; {
					n := 1 + random.IntN(min(len(rest), 5000))
					nc.Write(rest[:n])
					rest = rest[n:]
				}
				nc.CloseWrite()
			}()
			got, err := io.ReadAll(nc)
			if err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("got %d octets, %v, want the %d that were sent: a proxy that doesn't understand changes nothing", len(got), err, len(sent))
			}
			told.ended(t)
			if told.in != len(sent) || told.out != len(sent) {
				t.Errorf("the observer was told of %d and %d octets, want %d each way", told.in, told.out, len(sent))
			}
		})
	}
}

// One session, as the observer is told of it: what the server itself would have told.
func TestSession(t *testing.T) {
	plain, _ := lab(t, nil)
	addr, told := start(t, &watch.Proxy{Upstream: plain})
	c, err := client.Dial(t.Context(), addr, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf", Auth: "+USER"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Cmd("DELE", "1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	why, events := told.ended(t)
	var got []string
	for _, e := range events {
		got = append(got, strings.SplitN(e, " \"", 2)[0])
	}
	if want := "line USER, reply USER, line PASS, reply PASS"; !strings.Contains(strings.Join(got, ", "), want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	if want := "line DELE, reply DELE, line QUIT, input QUIT TRANSACTION → UPDATE, reply (commit), close (commit)"; !strings.HasSuffix(strings.Join(got, ", "), want) {
		t.Errorf("got %q, want it to end with %q", got, want)
	}
	if why != "the server closed" && why != "the client closed" {
		t.Errorf("got %q, want that one side closed", why)
	}
}

// A large message is read along in bounded memory.
func TestLarge(t *testing.T) {
	plain, _ := lab(t, nil)
	addr, told := start(t, &watch.Proxy{Upstream: plain})
	nc := dial(t, addr)
	io.WriteString(nc, "USER mrose\r\nPASS tanstaaf\r\n"+strings.Repeat("RETR 3\r\n", 20)+"QUIT\r\n")
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	var total int64
	buffer := make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(nc, buffer)
		total += int64(n)
		runtime.GC() // what is thrown away already doesn't count
		if runtime.ReadMemStats(&now); now.HeapInuse > peak {
			peak = now.HeapInuse
		}
		if err != nil {
			break
		}
	}
	if _, events := told.ended(t); !strings.Contains(strings.Join(events, "\n"), "end RETR") || total < 80_000_000 {
		t.Errorf("%d octets came, want 20 times 4 MB, and that they were read along", total)
	}
	if grown := int64(peak) - int64(before.HeapInuse); grown > 8<<20 {
		t.Errorf("the heap grew by %d octets while %d went through, want less than 8 MiB", grown, total)
	}
}

// STLS passes through: the client sees the server's own certificate, the observer sees that TLS begins.
func TestSTLSPasses(t *testing.T) {
	its := certify(t, "server")
	plain, _ := lab(t, its.server)
	addr, told := start(t, &watch.Proxy{Upstream: plain})
	c, err := client.Dial(t.Context(), addr, client.Options{TLS: its.trust})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	_, events := told.ended(t)
	if got := strings.Join(events[len(events)-2:], ", "); got != "tls STLS, close AUTHORIZATION (TLS handshake) → closed" {
		t.Errorf("got %q at the end, want that TLS began and the connection closed: nothing else can be seen", got)
	}
}

// STLS ended on purpose: the client sees the proxy's certificate, the proxy checks the server's, and the observer sees
// what is said inside.
func TestSTLSTerminated(t *testing.T) {
	its, ours := certify(t, "server"), certify(t, "proxy")
	plain, _ := lab(t, its.server)
	addr, told := start(t, &watch.Proxy{Upstream: plain, Terminate: ours.server, UpstreamSTLS: its.trust})
	c, err := client.Dial(t.Context(), addr, client.Options{TLS: ours.trust})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, _ := c.TLS(); s.PeerCertificates[0].Subject.CommonName != "proxy" {
		t.Errorf("the client sees the certificate of %q, want the proxy's", s.PeerCertificates[0].Subject.CommonName)
	}
	if _, err := c.Cmd("STLS"); err == nil {
		t.Error("STLS inside TLS is taken, want a refusal (RFC 2595 section 4)")
	}
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf", Auth: "+USER"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	_, events := told.ended(t)
	all := strings.Join(events, "\n")
	for _, want := range []string{"tls STLS\ninput (secured) AUTHORIZATION (TLS handshake) → AUTHORIZATION\nline CAPA", "line PASS \"PASS ********\\r\\n\"", "reply (commit)"} {
		if !strings.Contains(all, want) {
			t.Errorf("got\n%s\nwant %q in it", all, want)
		}
	}
}

// A client that doesn't wait for the answer to STLS begins TLS all the same, and what it sends isn't taken for commands.
func TestSTLSWithoutWaiting(t *testing.T) {
	ours := certify(t, "proxy")
	its := certify(t, "server")
	plain, _ := lab(t, its.server)
	addr, told := start(t, &watch.Proxy{Upstream: plain, Terminate: ours.server, UpstreamSTLS: its.trust})
	nc := dial(t, addr)
	hasty := &hasty{Conn: nc, in: bufio.NewReader(nc)}
	c := tls.Client(hasty, ours.trust)
	if err := c.Handshake(); err != nil {
		t.Fatalf("the handshake failed: %v", err)
	}
	io.WriteString(c, "CAPA\r\nQUIT\r\n")
	said, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(said), "signing off") {
		t.Errorf("got %q, %v, want answers to CAPA and QUIT inside TLS", said, err)
	}
	c.Close()
	_, events := told.ended(t)
	if all := strings.Join(events, "\n"); !strings.Contains(all, "line CAPA") || strings.Contains(all, "extra") {
		t.Errorf("got\n%s\nwant CAPA, and nothing that wasn't understood", all)
	}
}

// hasty sends STLS and its ClientHello at once, and takes greeting and answer off what it reads.
type hasty struct {
	net.Conn
	in     *bufio.Reader
	spoken bool
	heard  bool
}

func (h *hasty) Write(p []byte) (int, error) {
	if h.spoken {
		return h.Conn.Write(p)
	}
	h.spoken = true
	n, err := h.Conn.Write(append([]byte("STLS\r\n"), p...))
	return max(0, n-len("STLS\r\n")), err
}

func (h *hasty) Read(p []byte) (int, error) {
	if !h.heard {
		h.heard = true
		for range 2 {
			if _, err := h.in.ReadString('\n'); err != nil {
				return 0, err
			}
		}
	}
	return h.in.Read(p)
}

// A refused STLS is a line like others, cut wherever it is, in whatever form: what comes behind goes on.
func TestSTLSRefused(t *testing.T) {
	plain, _ := lab(t, nil)
	addr, told := start(t, &watch.Proxy{Upstream: plain, Terminate: certify(t, "proxy").server})
	const session = "NOOP\r\nstls\r\nSTLS\nSTLS x\r\nSTLS\r\x00USER mrose\r\nPASS tanstaaf\r\nSTAT\r\nQUIT\r\n"
	want := ""
	for i := range len(session) + 1 {
		nc := dial(t, addr)
		for _, p := range []string{session[:i], session[i:]} {
			io.WriteString(nc, p)
		}
		said, err := io.ReadAll(nc)
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
		_, got, _ := strings.Cut(string(said), "\n") // without the greeting
		if want == "" {
			want = got
		}
		if got != want || strings.Count(got, "\n") != 9 || !strings.Contains(got, "signing off") {
			t.Errorf("cut at octet %d got\n%s\nwant nine answers, the last to QUIT", i, got)
		}
		told.ended(t)
	}
}

// A server whose certificate isn't trusted gets no TLS from the proxy, and the client no session.
func TestSTLSTerminatedServerNotTrusted(t *testing.T) {
	ours := certify(t, "proxy")
	plain, _ := lab(t, certify(t, "server").server)
	addr, told := start(t, &watch.Proxy{Upstream: plain, Terminate: ours.server, UpstreamSTLS: certify(t, "other").trust})
	c, err := client.Dial(t.Context(), addr, client.Options{TLS: ours.trust})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(t.Context()); err == nil {
		t.Error("the client has TLS, want none: whoever the server is, the proxy doesn't know")
	}
	if why, _ := told.ended(t); !strings.Contains(why, "TLS with the server: ") {
		t.Errorf("got %q, want that TLS with the server failed", why)
	}
}

// TLS with the server from the first octet; the client speaks in the clear, or TLS too.
func TestUpstreamTLS(t *testing.T) {
	its, ours := certify(t, "server"), certify(t, "proxy")
	_, secure := lab(t, its.server)
	for _, inside := range []bool{false, true} {
		t.Run(fmt.Sprintf("terminate %v", inside), func(t *testing.T) {
			p := &watch.Proxy{Upstream: secure, UpstreamTLS: its.trust}
			open := client.Dial
			if inside {
				p.Terminate, open = ours.server, client.DialTLS
			}
			addr, told := start(t, p)
			c, err := open(t.Context(), addr, client.Options{TLS: ours.trust})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf", Auth: "+USER"}); err != nil {
				t.Fatal(err)
			}
			if err := c.Quit(); err != nil {
				t.Fatal(err)
			}
			if _, events := told.ended(t); !strings.Contains(strings.Join(events, "\n"), "reply PASS") {
				t.Errorf("got %q, want what was said inside TLS", events)
			}
		})
	}
}

// The end of one direction isn't the end of the other, and last words arrive.
func TestEnds(t *testing.T) {
	p := &watch.Proxy{Upstream: accept(t, func(nc *net.TCPConn) {
		all, _ := io.ReadAll(nc) // until the client's end
		fmt.Fprintf(nc, "+OK %q\r\n", all)
	})}
	addr, _ := start(t, p)
	nc := dial(t, addr)
	io.WriteString(nc, "QUIT\r\n")
	nc.CloseWrite()
	if said, err := io.ReadAll(nc); err != nil || string(said) != `+OK "QUIT\r\n"`+"\r\n" {
		t.Errorf("got %q, %v, want the answer to what was sent before the end", said, err)
	}
	plain, _ := lab(t, nil)
	addr, _ = start(t, &watch.Proxy{Upstream: plain})
	for range 20 {
		nc := dial(t, addr)
		io.WriteString(nc, "QUIT\r\nNOOP\r\nNOOP\r\nNOOP\r\n")
		if said, err := io.ReadAll(nc); err != nil || !strings.HasSuffix(string(said), "signing off\r\n") {
			t.Fatalf("got %q, %v, want the last words: a reset would take them away", said, err)
		}
		nc.Close()
	}
}

// Who vanishes is told of, and the server is let go.
func TestClientVanishes(t *testing.T) {
	left := make(chan error, 1)
	addr, told := start(t, &watch.Proxy{Upstream: accept(t, func(nc *net.TCPConn) {
		io.WriteString(nc, "+OK\r\n")
		_, err := io.Copy(io.Discard, nc)
		left <- err
	})})
	nc := dial(t, addr)
	if _, err := bufio.NewReader(nc).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	nc.SetLinger(0) // closes with a reset
	nc.Close()
	select {
	case <-left:
	case <-time.After(patience):
		t.Fatal("the server isn't told that the client is gone")
	}
	why, events := told.ended(t)
	if got := events[len(events)-1]; got != "close (hangup) AUTHORIZATION → closed" || !strings.HasPrefix(why, "the client") {
		t.Errorf("got %q and %q, want the client's leaving", got, why)
	}
}

// Without a server, or a place, the client reads why.
func TestRefused(t *testing.T) {
	gone := listen(t)
	gone.Close()
	addr, told := start(t, &watch.Proxy{Upstream: gone.Addr().String()})
	said, err := io.ReadAll(dial(t, addr))
	if want := "-ERR [SYS/TEMP] the server behind this port can't be reached: "; err != nil || !strings.HasPrefix(string(said), want) || !strings.HasSuffix(string(said), "\r\n") {
		t.Errorf("got %q, %v, want %q… (RFC 3206 section 4)", said, err, want)
	}
	if why, _ := told.ended(t); !strings.HasPrefix(why, "the server can't be reached: ") {
		t.Errorf("got %q, want that the server can't be reached", why)
	}
	plain, _ := lab(t, nil)
	addr, _ = start(t, &watch.Proxy{Upstream: plain, Max: 1})
	if _, err := bufio.NewReader(dial(t, addr)).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	said, err = io.ReadAll(dial(t, addr))
	if want := "-ERR [SYS/TEMP] 1 connections are watched already"; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("got %q, %v, want %q…", said, err, want)
	}
}
