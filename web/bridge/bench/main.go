// Command bench loads the bridge: many pages at once, each with a session of its own, each sending a command a second.
//
//	make build && go run ./web/bridge/bench
//
// It starts bin/pop3lab, and prints how long answers take and what a session costs in memory, through WebSockets and,
// in the same minute and by the same client, over plain TCP: the difference is the bridge's. An answer's time counts
// from the moment when its command was due, so a client that is late itself makes the figures worse, not better. A wrong
// answer is an error. A target that is missed is said, and is no failure: times are of the machine they were measured on.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// target is what the ninety-ninth of a hundred answers is to stay under when a thousand sessions speak: nobody notices it.
const target = 50 * time.Millisecond

// A dialer opens a session.
type dialer func(*server, context.Context) (io.ReadWriteCloser, error)

// ways are those to a server.
var ways = map[string]dialer{"WebSocket": (*server).page, "TCP": (*server).program}

// options are the flags.
type options struct {
	binary   string
	sessions int
	every    time.Duration
	warm     time.Duration
	lasts    time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "server", "bin/pop3lab", "the `PROGRAM` to measure")
	flag.IntVar(&o.sessions, "n", 1000, "how many sessions at once")
	flag.DurationVar(&o.every, "every", time.Second, "a session sends a command each `TIME`")
	flag.DurationVar(&o.warm, "warm", 2*time.Second, "answers of the first `TIME` don't count")
	flag.DurationVar(&o.lasts, "for", 10*time.Second, "measure for this `TIME`, twice")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := o.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	fmt.Printf("%d sessions, a command every %v each, measured for %v\n\n", o.sessions, o.every, o.lasts)
	fmt.Printf("%-10s %9s %9s %9s %9s %9s %12s\n", "through", "answers", "median", "p99", "p99.9", "slowest", "KiB/session")
	for _, name := range []string{"WebSocket", "TCP"} {
		s, err := launch(ctx, o.binary, o.sessions) // each its own, so that memory is its own
		if err != nil {
			return err
		}
		times, memory, err := o.load(ctx, s, ways[name])
		s.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		slices.Sort(times)
		at := func(share float64) time.Duration { return times[min(len(times)-1, int(share*float64(len(times))))] }
		kept := "unknown"
		if memory >= 0 {
			kept = fmt.Sprintf("%.1f", float64(memory)/1024/float64(o.sessions))
		}
		fmt.Printf("%-10s %9d %9s %9s %9s %9s %12s\n", name, len(times), short(at(.5)), short(at(.99)), short(at(.999)), short(times[len(times)-1]), kept)
		if p99 := at(.99); name == "WebSocket" && p99 >= target {
			fmt.Printf("%-10s p99 is to be under %v; look what else this machine does\n", "", target)
		}
	}
	return nil
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.1fms", float64(d)/float64(time.Millisecond))
}

// load opens all sessions, lets them talk, and returns how long answers took and by how many octets the server has
// grown with all sessions open; less than 0 where the system doesn't tell.
func (o options) load(ctx context.Context, s *server, dial dialer) (times []time.Duration, memory int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	before := s.memory()
	clients := make([]*client, 0, o.sessions)
	defer func() {
		for _, c := range clients {
			c.Close()
		}
	}()
	for i := range o.sessions {
		nc, err := dial(s, ctx)
		if err != nil {
			return nil, 0, fmt.Errorf("session %d: %w", i+1, err)
		}
		c := &client{nc, bufio.NewReaderSize(nc, 512)}
		clients = append(clients, c)
		if err := c.login(userOf(i)); err != nil {
			return nil, 0, fmt.Errorf("session %d: %w", i+1, err)
		}
	}
	begin := time.Now().Add(o.every)
	counts, end := begin.Add(o.warm), begin.Add(o.warm+o.lasts)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { // ends at end, or when one of them fails
			mine, err := o.talk(ctx, c, begin.Add(o.every*time.Duration(i)/time.Duration(len(clients))), counts, end)
			if err != nil {
				cancel(fmt.Errorf("session %d: %w", i+1, err))
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, mine...)
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, 0, err
	}
	if len(times) == 0 {
		return nil, 0, errors.New("no answer came in the time; give it more with -for")
	}
	if memory = s.memory(); memory >= 0 {
		memory -= before
	}
	return times, memory, nil
}

// talk sends a command whenever one is due.
func (o options) talk(ctx context.Context, c *client, due, counts, end time.Time) (times []time.Duration, err error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for ; due.Before(end); due = due.Add(o.every) {
		timer.Reset(time.Until(due))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return times, nil
		}
		if err := c.say("NOOP"); err != nil {
			return times, err
		}
		if !due.Before(counts) {
			times = append(times, time.Since(due))
		}
	}
	return times, nil
}

// A client is one session.
type client struct {
	io.ReadWriteCloser
	r *bufio.Reader
}

func (c *client) login(user string) error {
	if err := c.answer("greeting"); err != nil {
		return err
	}
	return errors.Join(c.say("USER "+user), c.say("PASS "+password))
}

func (c *client) say(line string) error {
	if _, err := io.WriteString(c, line+"\r\n"); err != nil {
		return err
	}
	return c.answer(line)
}

func (c *client) answer(to string) error {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	if !strings.HasPrefix(line, "+OK") {
		return fmt.Errorf("%s: got %q, want +OK", to, line)
	}
	return nil
}

// page opens a session as a page does.
func (s *server) page(ctx context.Context) (io.ReadWriteCloser, error) {
	d := websocket.Dialer{Subprotocols: []string{"pop3"}, HandshakeTimeout: 20 * time.Second, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
	ws, resp, err := d.DialContext(ctx, "ws://"+s.http+"/ws/pop3", http.Header{"Origin": {"http://" + s.http}})
	if err != nil {
		if resp != nil {
			why, _ := io.ReadAll(resp.Body)
			err = fmt.Errorf("%s: %s", resp.Status, why)
		}
		return nil, err
	}
	return &messages{ws: ws}, nil
}

// program opens a session as a mail program does.
func (s *server) program(ctx context.Context) (io.ReadWriteCloser, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", s.pop3)
}

// messages are a WebSocket's, as a stream.
type messages struct {
	ws *websocket.Conn
	r  io.Reader
}

// Read implements io.Reader.
func (m *messages) Read(p []byte) (int, error) {
	for {
		if m.r == nil {
			_, r, err := m.ws.NextReader()
			if err != nil {
				return 0, err
			}
			m.r = r
		}
		n, err := m.r.Read(p)
		if err == io.EOF {
			m.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Write implements io.Writer: one message each.
func (m *messages) Write(p []byte) (int, error) {
	return len(p), m.ws.WriteMessage(websocket.BinaryMessage, p)
}

// Close implements io.Closer.
func (m *messages) Close() error { return m.ws.Close() }
