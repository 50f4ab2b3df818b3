package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// Do implements transcript.Lab.
func (l *Lab) Do(in sim.Input) ([]sim.Step, error) {
	want := l.host.Native.Steps[l.at]
	l.mu.Lock()
	l.at++
	l.mu.Unlock()
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
func (l *Lab) settle() {
	for _, c := range l.clients {
		if t, ok := c.far.(*timed); ok && c.greeted {
			t.settle(c.octets)
		}
	}
}

// act does what an input says.
func (l *Lab) act(in sim.Input, want []sim.Step) error {
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
		c.all += len(in.Octets)
		c.sent = make(chan struct{})
		go c.send(in) // while it sends, the answers are read
		if len(want) == 0 {
			l.arrive(in.Device, c.all) // nothing comes that could be waited for
		}
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

func (l *Lab) connect(in sim.Input) error {
	from := l.plain
	if in.TLS {
		from = l.secure
	}
	from.barred.Store(in.Barred)
	addr := from.Addr().String()
	if l.host.Via != nil {
		addr = l.host.Via(addr)
	}
	l.mu.Lock()
	l.next = in.Device
	l.mu.Unlock()
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
	t := tls.Client(c.raw, authority().clientConfig(user))
	if err := t.Handshake(); err != nil {
		return err
	}
	c.conn = t
	return nil
}

// listen reads what a device gets: as much as in the native run, or, where the connection
// ends, all there is.
func (l *Lab) listen(c *client, device string, want []sim.Step) ([]sim.Step, error) {
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
func (l *Lab) Close() error {
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
