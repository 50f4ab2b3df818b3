package hostile

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

// LongLine sends a line of that many octets and then QUIT.
//
// Expected: one -ERR for the line, however long it is, then +OK for QUIT and the end. RFC 2449
// section 4 limits a command to 255 octets; a server that cut a longer one into several commands
// would be out of step.
func LongLine(octets int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		return c.tooLong("", octets)
	}
}

// LongPassword is LongLine with a PASS, after a USER. Expected is the same.
func LongPassword(octets int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		if err := c.send("USER nobody\r\n"); err != nil {
			return err
		}
		if err := c.ok("the answer to USER"); err != nil {
			return err
		}
		return c.tooLong("PASS ", octets)
	}
}

// tooLong sends a line that begins with start and QUIT behind it, and expects -ERR, +OK, the end.
// "NOOP" is in the line over and over, to tempt a server that resumes in the middle.
func (c *conn) tooLong(start string, octets int) error {
	line := start + strings.Repeat("NOOP ", octets/5+1)
	if err := c.send(line[:octets] + "\r\n"); err != nil {
		return fmt.Errorf("sending a line of %d octets: %w", octets, err)
	}
	if err := c.err(fmt.Sprintf("the answer to a line of %d octets", octets)); err != nil {
		return err
	}
	return c.quit()
}

// EndlessLine sends that many octets without a line end and then closes its sending half.
//
// Expected: at most one -ERR, no +OK, and the connection closes, for there will never be a command.
func EndlessLine(octets int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		if err := c.send(strings.Repeat("x", octets)); err != nil && !gone(err) {
			return err
		}
		if err := c.CloseWrite(); err != nil && !gone(err) {
			return err
		}
		n, err := c.refusals()
		if err == nil && n > 1 {
			err = fmt.Errorf("got %d answers to a line without an end, want at most one", n)
		}
		return err
	}
}

// refusals reads until the connection ends and returns how many lines came. Each must be -ERR.
func (c *conn) refusals() (n int, err error) {
	for {
		line, err := c.line()
		if err != nil {
			if gone(err) {
				err = nil
			}
			return n, err
		}
		if !strings.HasPrefix(line, "-ERR") {
			return n, fmt.Errorf("got %.80q, want -ERR or the end of the connection", line)
		}
		n++
	}
}

// NULs sends a NOOP with a NUL in it, a line of a megabyte of NULs, and QUIT.
//
// Expected: -ERR, -ERR, +OK. RFC 1939 section 3: "Keywords and arguments consist of printable
// ASCII characters."
func NULs(ctx context.Context, addr string) error {
	c, err := greeted(ctx, addr)
	if err != nil {
		return err
	}
	defer c.close()
	for _, line := range []string{"NO\x00OP", strings.Repeat("\x00", 1<<20)} {
		if err := c.send(line + "\r\n"); err != nil {
			return err
		}
		if err := c.err(fmt.Sprintf("the answer to %.10q", line)); err != nil {
			return err
		}
	}
	return c.quit()
}

// Garbage sends that many random octets, the same each time, and closes its sending half.
//
// Expected: nothing but lines of -ERR, or the end of the connection at any point.
func Garbage(octets int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		noise := make([]byte, octets)
		rnd := rand.New(rand.NewPCG(1939, 2449))
		for i := range noise {
			noise[i] = byte(rnd.Uint32())
		}
		// The answers come while the noise goes out: neither end may wait for the other. The
		// goroutine ends when the connection does.
		sent := make(chan error, 1)
		go func() {
			_, err := c.Write(noise)
			if err == nil {
				err = c.CloseWrite()
			}
			sent <- err
		}()
		_, err = c.refusals()
		c.close()
		if werr := <-sent; err == nil && werr != nil && !gone(werr) && ctx.Err() != nil {
			err = werr
		}
		return err
	}
}

// HTTP sends a request of a web browser and waits.
//
// Expected: the server closes the connection and says +OK to nothing.
func HTTP(ctx context.Context, addr string) error {
	return wrongProtocol(ctx, addr, []byte("GET / HTTP/1.1\r\nHost: "+addr+"\r\nAccept: */*\r\n\r\n"))
}

// ClientHello sends what a client sends that takes the port for the one with implicit TLS.
//
// Expected: the server closes the connection and says +OK to nothing.
func ClientHello(ctx context.Context, addr string) error {
	hello, err := firstRecord()
	if err != nil {
		return err
	}
	return wrongProtocol(ctx, addr, hello)
}

func wrongProtocol(ctx context.Context, addr string, first []byte) error {
	c, err := greeted(ctx, addr)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.Write(first); err != nil {
		return err
	}
	if _, err := c.refusals(); err != nil {
		return fmt.Errorf("after %.8q: %w, want the connection closed", first, err)
	}
	return nil
}

// firstRecord is the ClientHello that crypto/tls sends.
func firstRecord() ([]byte, error) {
	near, far := net.Pipe()
	go func() { // ends when near is closed
		tls.Client(far, &tls.Config{ServerName: "pop.example"}).Handshake()
		far.Close()
	}()
	defer near.Close()
	head := make([]byte, 5)
	if _, err := io.ReadFull(near, head); err != nil {
		return nil, err
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	_, err := io.ReadFull(near, body)
	return append(head, body...), err
}

// PlainOnTLS talks POP3 in the clear to a listener with implicit TLS, whose address addr is.
//
// Expected: the connection closes, and nothing that came before reads as POP3.
func PlainOnTLS(ctx context.Context, addr string) error {
	c, err := connect(ctx, addr)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.send("USER nobody\r\nPASS nothing\r\n"); err != nil {
		return err
	}
	said, err := io.ReadAll(io.LimitReader(c.r, 1<<10))
	if err != nil && !gone(err) {
		return fmt.Errorf("POP3 in the clear on a TLS port: %w, want the connection closed", err)
	}
	if bytes.Contains(said, []byte("+OK")) || bytes.Contains(said, []byte("-ERR")) {
		return fmt.Errorf("POP3 in the clear on a TLS port: got %.80q, want no POP3 (RFC 8314 section 3.2)", said)
	}
	return nil
}

// SlowDrip sends a few commands an octet at a time, with a pause after each.
//
// Expected: the answers that the commands get when they come at once, each as soon as its line is
// whole and none before.
func SlowDrip(pause time.Duration) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		for _, step := range []struct{ line, want string }{
			{"USER nobody\r\n", "+OK"}, {"NONSENSE\r\n", "-ERR"}, {"USER somebody\r\n", "+OK"}, {"QUIT\r\n", "+OK"},
		} {
			for i := range len(step.line) {
				if err := c.send(step.line[i : i+1]); err != nil {
					return fmt.Errorf("%q, octet %d: %w", step.line, i, err)
				}
				if i == len(step.line)-1 {
					break
				}
				early, err := c.within(pause)
				if err = errors.Join(err, ctx.Err()); err != nil {
					return err
				}
				if early {
					return fmt.Errorf("%q: got an answer after %d octets, want none before the line is whole", step.line, i+1)
				}
			}
			if err := c.answer(step.want, fmt.Sprintf("the answer to %q", step.line)); err != nil {
				return err
			}
		}
		return c.ended("after the answer to QUIT")
	}
}

// within says whether something comes before the pause is over.
func (c *conn) within(pause time.Duration) (bool, error) {
	if err := c.SetReadDeadline(time.Now().Add(pause)); err != nil {
		return false, err
	}
	_, err := c.r.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, c.SetReadDeadline(time.Now().Add(guard))
	}
	return err == nil, err
}
