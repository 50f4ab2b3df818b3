package vectors

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
	"pop3lab/engine/transcript"
	"pop3lab/engine/transcript/tcp"
	"pop3lab/engine/watch"
)

// TestVectorsWatched runs every vector through a watch.Proxy: what travels is the same, octet for octet, and what
// the proxy makes of it from outside is what the server knew to have happened.
func TestVectorsWatched(t *testing.T) {
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			native, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			w := newWatchers(t)
			h := &tcp.Host{Native: native, Via: w.before}
			got, err := transcript.Run(d, h)
			if err != nil {
				t.Fatal(err)
			}
			w.stop()
			if diff := transcript.Diff(native.Lines(), got.Lines()); diff != "" {
				t.Errorf("watched it went otherwise; - is the engine alone, + is through the proxy:\n%s", diff)
			}
			compareWatched(t, d, h.Lab().Events(), w)
		})
	}
}

// watchers are the proxies before a vector's servers.
type watchers struct {
	t   *testing.T
	ctx context.Context
	end context.CancelFunc

	mu     sync.Mutex
	addrs  map[string]string // of the proxies, by the server's
	over   sync.WaitGroup
	events [][]engine.Event // of each connection, in the order in which they began
}

func newWatchers(t *testing.T) *watchers {
	w := &watchers{t: t, addrs: map[string]string{}}
	w.ctx, w.end = context.WithCancel(t.Context())
	t.Cleanup(w.stop)
	return w
}

func (w *watchers) stop() {
	w.end()
	w.over.Wait()
}

// before is the address of a proxy to a server.
func (w *watchers) before(addr string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.addrs[addr] == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			w.t.Fatal(err)
		}
		w.addrs[addr] = l.Addr().String()
		p := &watch.Proxy{Upstream: addr, Observe: func(watch.Conn) server.Observer {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, nil)
			return &watcher{w, len(w.events) - 1}
		}}
		w.over.Go(func() { p.Serve(w.ctx, l) })
	}
	return w.addrs[addr]
}

type watcher struct {
	of *watchers
	n  int
}

func (o *watcher) Event(_ time.Time, e engine.Event) {
	e.Wire = append([]byte(nil), e.Wire...)
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	o.of.events[o.n] = append(o.of.events[o.n], e)
}

func (o *watcher) Segment(time.Time, server.Segment) {}
func (o *watcher) Closed(time.Time, string, error)   {}

// seen is an event as far as the wire tells it. Pieces of a multi-line answer are left out, because they may be cut
// otherwise, and so is the end of the connection, whose reason only the server knows.
func seen(e engine.Event) string {
	switch e.Kind {
	case engine.KindData, engine.KindBody, engine.KindClose:
		return ""
	case engine.KindEnd:
		return fmt.Sprintf("end %s %d %d octets", e.Verb, e.Num, e.N)
	case engine.KindLine:
		// What's masked differs: the server masks all that may be secret to it, and keeps less of a line that is too long.
		return fmt.Sprintf("line %s in %v", e.Verb, e.Before)
	case engine.KindReply:
		// That the server closes behind an answer shows when it does.
		return fmt.Sprintf("reply %s %q in %v", e.Verb, e.Wire, e.Before)
	case engine.KindExtra:
		return fmt.Sprintf("extra %q", e.Wire)
	}
	return fmt.Sprintf("%v %s, %v → %v", e.Kind, e.Verb, e.Before, e.After)
}

// fromOutside are the vectors in which the wire doesn't tell all that the server knew, each with the reason. What
// travels is compared all the same.
var fromOutside = map[string]string{
	"lenient_spaces":                  "the server takes a space too many for none; a client expects one line behind an argument",
	"persona_outlook_friendly":        "the server takes a space too many for none; a client expects one line behind an argument",
	"input_after_quit_is_ignored":     "the client goes on; nothing on the wire says that nobody reads it",
	"hangup_after_quit":               "the client goes on; nothing on the wire says that nobody reads it",
	"too_many_bad_commands":           "the client goes on; nothing on the wire says that nobody reads it",
	"stls_with_octets_behind_it":      "the client goes on; nothing on the wire says that nobody reads it",
	"http_on_the_port":                "the server knows that it's HTTP, and reads no further than the first line",
	"http_two_on_the_port":            "the server knows that it's HTTP, and reads no further than the first line",
	"fault_terminator_missing":        "without its end the answer goes on for whoever reads it",
	"fault_empty_list_unterminated":   "without its end the answer goes on for whoever reads it",
	"fault_capa_without_terminator":   "without its end the answer goes on for whoever reads it",
	"fault_stuffing_skips_first_line": "whoever takes the dots off has other octets than were meant",
	"fault_stuffing_missing":          "a line that isn't stuffed ends the answer for whoever reads it",
	"fault_stls_injects_plaintext":    "what stands behind the answer to STLS is no TLS",
	"fault_drops_before_quit_reply":   "that UPDATE was entered, only its answer tells",
	"strict_lines_wait_for_crlf":      "the server takes no LF alone for an end; a reader from outside has to guess, and takes it",
	"strict_lines_take_no_cr_nul":     "the server takes no CR NUL for an end; a reader from outside has to guess, and takes it",
	"persona_strict":                  "the server takes no LF alone for an end; a reader from outside has to guess, and takes it",
	"persona_dovecot":                 "a last word that nobody asked for is an answer to nothing",
	"answer_timeout":                  "a last word that nobody asked for is an answer to nothing",
}

// compareWatched holds what the proxy saw against what the server told.
func compareWatched(t *testing.T, d *transcript.Dialogue, events [][]engine.Event, w *watchers) {
	t.Helper()
	if len(w.events) != len(events) {
		t.Fatalf("the proxy saw %d connections, the server %d", len(w.events), len(events))
	}
	differs := false
	for n := range events {
		if first := w.events[n][0]; first.Kind != engine.KindReply && strings.Contains(string(d.Source()), "C connects with TLS") {
			continue // nobody but the two can read along
		}
		var want, got []string
		for _, e := range events[n] {
			if s := seen(e); s != "" {
				want = append(want, s)
			}
			if e.Kind == engine.KindTLS {
				break // what follows is TLS's
			}
		}
		for _, e := range w.events[n] {
			if s := seen(e); s != "" {
				got = append(got, s)
			}
			if e.Kind == engine.KindTLS {
				break
			}
		}
		compareMasks(t, events[n], w.events[n])
		a, b := strings.Join(want, "\n"), strings.Join(got, "\n")
		differs = differs || a != b
		if a != b && fromOutside[d.Name] == "" {
			t.Errorf("connection %d; - is what the server told, + is what the proxy saw:\n%s", n+1, transcript.Diff(a, b))
		}
	}
	if why := fromOutside[d.Name]; why != "" && !differs {
		t.Errorf("nothing differs any more; take it off the list (%s)", why)
	}
}

// compareMasks: of the lines that both took for lines, the proxy shows none whole in which the server hides something.
func compareMasks(t *testing.T, server, proxy []engine.Event) {
	t.Helper()
	lines := func(events []engine.Event) (all []engine.Event) {
		for _, e := range events {
			if e.Kind == engine.KindTLS {
				break
			}
			if e.Kind == engine.KindLine {
				all = append(all, e)
			}
		}
		return all
	}
	want, got := lines(server), lines(proxy)
	for i := range want {
		if i < len(got) && got[i].Verb == "AUTH" && strings.Count(string(got[i].Wire), " ") == 1 {
			continue // the mechanism's name, which the server masks too where it has no AUTH
		}
		if i < len(got) && want[i].N == got[i].N && want[i].Masked && !got[i].Masked {
			t.Errorf("the proxy shows %q, and the server %q: what may be a secret is masked (DAU-13)", got[i].Wire, want[i].Wire)
		}
	}
}
