package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Tunnel is a local port that reaches a lab: each connection to it is one WebSocket. Octets go through
// untouched in both directions, and when one side doesn't read, the other isn't read either: a connection
// holds 64 KiB at most.
type Tunnel struct {
	// URL is the lab's bridge, ws: or wss:.
	URL    string
	Dialer Dialer
	// Wait is how long a lab that is away is tried again before the local program is told. Zero means not
	// at all.
	Wait time.Duration
	// Ping is how often a silent WebSocket is asked for a sign of life, so that what stands between keeps
	// it open and an end nobody told of is noticed. Zero means every 30 seconds, negative never.
	Ping time.Duration
	// Max is how many connections there may be at once. Zero means 256.
	Max int
	// Log is told of connections; nil means nobody is.
	Log *slog.Logger

	open sync.WaitGroup
}

const (
	bufferSize = 32 << 10
	// linger is how long a local program that has been told of the end may take to close, and how long a
	// lab may be silent that was told that nothing more comes.
	linger       = 5 * time.Second
	silentLinger = time.Minute
)

// Serve serves connections of l until ctx ends, and closes l. Then it closes every WebSocket with code 1001 and
// returns when all have ended.
func (t *Tunnel) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	limit := t.Max
	if limit == 0 {
		limit = 256
	}
	slots := make(chan struct{}, limit)
	for id := 1; ; id++ {
		local, err := l.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			t.open.Wait()
			return nil
		case errors.Is(err, net.ErrClosed):
			cancel()
			t.open.Wait()
			return err
		case err != nil: // out of file descriptors: an end of some connection helps
			t.log().Warn("a connection can't be taken", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		log := t.log().With("conn", id)
		select {
		case slots <- struct{}{}:
		default:
			log.Warn("refused: too many connections", "max", limit)
			// Ends with the client's closing, or after five seconds, or with ctx.
			t.open.Go(func() {
				refuse(ctx, local, true, fmt.Sprintf("the tunnel has %d connections already; try again later", limit))
			})
			continue
		}
		// Lives as long as the connection; ctx ends both.
		t.open.Go(func() {
			defer func() { <-slots }()
			t.serve(ctx, local, log)
		})
	}
}

func (t *Tunnel) log() *slog.Logger {
	if t.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.Log
}

// serve joins one connection to a WebSocket.
func (t *Tunnel) serve(ctx context.Context, local net.Conn, log *slog.Logger) {
	log.Info("connected", "remote", local.RemoteAddr().String())
	remote, err := t.dial(ctx, log)
	if err != nil {
		log.Warn("refused", "why", err.Error())
		var e *Error
		refuse(ctx, local, errors.As(err, &e) && e.Temporary, err.Error())
		return
	}
	begun := time.Now()
	up, down, err := t.join(ctx, local, remote)
	attrs := []any{"from client", up, "from lab", down, "after", time.Since(begun).Round(time.Millisecond).String()}
	if err != nil {
		log.Warn("broken off", append(attrs, "why", err.Error())...)
		return
	}
	log.Info("closed", attrs...)
}

// dial opens the WebSocket, and tries again for a while when the lab is away. A session that has begun is never
// taken up again: only connecting is repeated.
func (t *Tunnel) dial(ctx context.Context, log *slog.Logger) (*Conn, error) {
	deadline := time.Now().Add(t.Wait)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		remote, err := t.Dialer.Dial(ctx, t.URL)
		var e *Error
		if err == nil || !errors.As(err, &e) || !e.Temporary || !time.Now().Add(pause).Before(deadline) {
			return remote, err
		}
		log.Info("trying again", "in", pause.String(), "why", e.Hint)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// refuse tells a POP3 client in place of a greeting why there is no session: a client that has waited for the
// greeting shows this line to its user, where a closed connection would say nothing.
//
// RFC 3206 section 4: SYS/TEMP is "a problem which is likely to be temporary in nature", SYS/PERM one that
// "should be brought to the attention of a human".
func refuse(ctx context.Context, local net.Conn, temporary bool, why string) {
	defer local.Close()
	stop := context.AfterFunc(ctx, func() { local.Close() })
	defer stop()
	code := "[SYS/PERM]"
	if temporary {
		code = "[SYS/TEMP]"
	}
	line := "-ERR " + code + " " + plainLine(why)
	local.SetDeadline(time.Now().Add(linger))
	if _, err := io.WriteString(local, line+"\r\n"); err != nil {
		return
	}
	drain(local)
}

// plainLine fits a reply's first line: 512 octets with its end (RFC 2449 section 4), ASCII.
func plainLine(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r < ' ' || r >= 0x7f {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return string(b[:min(len(b), 490)])
}

// drain closes the sending half and waits for the other side to close, for a while: a connection closed with
// octets unread is reset, and a reset may overtake the last words.
func drain(local net.Conn) {
	half, ok := local.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	local.SetReadDeadline(time.Now().Add(linger))
	io.Copy(io.Discard, local)
}

// join copies in both directions until both have ended, and says how many octets went which way.
func (t *Tunnel) join(ctx context.Context, local net.Conn, remote *Conn) (up, down int64, err error) {
	stop := context.AfterFunc(ctx, func() {
		remote.Leave() // first, or the end of local would be told with code 1000
		local.Close()
	})
	defer stop()
	alive, quiet := context.WithCancel(context.Background())
	go t.keepAlive(alive, remote) // ends when this function does
	defer quiet()
	var ended atomic.Bool // the local program sends nothing more
	sent := make(chan struct{})
	// Copies what the local program sends; ends with it, or when remote is closed.
	go func() {
		defer close(sent)
		var err error
		up, err = io.CopyBuffer(onlyWriter{remote}, onlyReader{local}, make([]byte, bufferSize))
		if err != nil {
			remote.Close()
			return
		}
		ended.Store(true)
		remote.SetReadDeadline(time.Now().Add(silentLinger))
		remote.CloseWrite()
	}()
	down, vanished, err := t.receive(local, remote, &ended)
	local.Close()
	remote.Close()
	<-sent
	switch {
	case ctx.Err() != nil:
		return up, down, errors.New("the tunnel is shutting down")
	case vanished != nil:
		return up, down, fmt.Errorf("the local program was gone before all of the lab's answer was sent: %w", vanished)
	case ended.Load() && errors.Is(err, os.ErrDeadlineExceeded):
		return up, down, errors.New("the local program had ended, and the lab said nothing for a minute")
	}
	return up, down, err
}

// receive copies what the lab sends, until that ends (err) or the local program is gone (vanished).
func (t *Tunnel) receive(local net.Conn, remote *Conn, ended *atomic.Bool) (down int64, vanished, err error) {
	buffer := make([]byte, bufferSize)
	for {
		if ended.Load() {
			remote.SetReadDeadline(time.Now().Add(silentLinger))
		}
		n, err := remote.Read(buffer)
		if n > 0 {
			if _, vanished := local.Write(buffer[:n]); vanished != nil {
				return down, vanished, nil
			}
			down += int64(n)
		}
		switch {
		case err == io.EOF:
			drain(local)
			return down, nil, nil
		case err != nil:
			return down, nil, err
		}
	}
}

// keepAlive asks remote for signs of life until ctx ends, and closes it when there are none.
func (t *Tunnel) keepAlive(ctx context.Context, remote *Conn) {
	every := t.Ping
	switch {
	case every < 0:
		return
	case every == 0:
		every = 30 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, every)
		ok := remote.Alive(wait)
		cancel()
		if !ok && ctx.Err() == nil {
			remote.Fail(errSilent)
			return
		}
	}
}

var errSilent = errors.New("the lab doesn't answer pings any more; the connection to it is lost")

// onlyReader and onlyWriter keep io.Copy to Read and Write.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)
