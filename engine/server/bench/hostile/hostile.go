// Package hostile has clients that misuse a POP3 server: endless lines, noise, half a session and
// then nothing. Each is a function of a context and an address that returns nil when the server
// did what the function's comment expects, and otherwise an error that says what it got instead.
//
// Clients lists those that end by themselves; a test of a server runs each of them. PlainOnTLS
// wants the address of another listener, Deaf lasts as long as its context, and Bystander is the
// well-behaved client to run beside them: nobody else may notice that they are there.
//
// The functions look at the server from outside. That it keeps no memory and leaves no goroutine
// behind is for the test to see, which knows the process.
package hostile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// A Client is one way to misuse a server.
type Client struct {
	Name string
	// Expect says in a sentence what was seen of the server when Run returns nil.
	Expect string
	Run    func(ctx context.Context, addr string) error
}

// An Account is a maildrop that the clients may use: they send DELE, but never a whole QUIT after
// it. Its first message should be larger than what a socket buffers, and not so large that a
// thousand of it take long: some 100 KB.
type Account struct {
	User, Password string
}

// A Size is how much of it there is. The zero Size is that of the project's own acceptance: lines
// of 10 MB, 10,000 connections, a pause of 20 ms between dripped octets, 1,000 unread answers.
type Size struct {
	Line        int
	Connections int
	Pause       time.Duration
	Unread      int
}

// orDefault fills the fields that are zero.
func (s Size) orDefault() Size {
	if s.Line == 0 {
		s.Line = 10 << 20
	}
	if s.Connections == 0 {
		s.Connections = 10000
	}
	if s.Pause == 0 {
		s.Pause = 20 * time.Millisecond
	}
	if s.Unread == 0 {
		s.Unread = 1000
	}
	return s
}

// Clients lists the clients that end by themselves.
func Clients(a Account, size Size) []Client {
	size = size.orDefault()
	return []Client{
		{"long line", "one -ERR for the line as a whole, and the session is in step", LongLine(size.Line)},
		{"long password", "the same for an argument of PASS", LongPassword(size.Line)},
		{"endless line", "a line without an end is not answered with +OK, and the connection closes", EndlessLine(size.Line)},
		{"NULs", "-ERR for each line with NULs, and the session is in step", NULs},
		{"garbage", "nothing but -ERR, until the connection closes", Garbage(size.Line / 10)},
		{"HTTP", "the server closes the connection of a web browser", HTTP},
		{"TLS on the plain port", "the server closes the connection of a client that starts TLS at once", ClientHello},
		{"slow drip", "octets that come one by one get the answers of those that come at once", SlowDrip(size.Pause)},
		{"half-close", "whatever was sent whole is answered before the server closes", HalfClose(a)},
		{"reset", "after a reset at any step the maildrop is free and nothing is removed", Reset(a)},
		{"unread answers", "a client that reads late gets all answers", Unread(a, size.Unread)},
		{"open and drop", "every connection is accepted, and so is the next one", OpenAndDrop(size.Connections)},
	}
}

// guard is how long any one connection may last when the context says nothing.
const guard = 2 * time.Minute

// A conn is one connection, with the reading half of a client.
type conn struct {
	*net.TCPConn
	r    *bufio.Reader
	stop func() bool
}

// connect opens a connection that ends with ctx. It reads nothing.
func connect(ctx context.Context, addr string) (*conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(guard)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	return &conn{c.(*net.TCPConn), bufio.NewReader(c), stop}, nil
}

// greeted opens a connection and reads the greeting.
func greeted(ctx context.Context, addr string) (*conn, error) {
	c, err := connect(ctx, addr)
	if err != nil {
		return nil, err
	}
	if err := c.ok("the greeting"); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// close ends the connection in the ordinary way.
func (c *conn) close() {
	c.stop()
	c.Close()
}

// reset ends the connection with an RST: both directions at once, whatever is still on its way.
func (c *conn) reset() error {
	c.stop()
	if err := c.SetLinger(0); err != nil {
		return err
	}
	return c.Close()
}

// send writes text.
func (c *conn) send(text string) error {
	_, err := io.WriteString(c, text)
	return err
}

// line reads a line, without its CRLF. RFC 1939 section 3: "Responses may be up to 512 characters
// long, including the terminating CRLF."
func (c *conn) line() (string, error) {
	var line []byte
	for {
		b, err := c.r.ReadByte()
		if err != nil {
			if err == io.EOF && len(line) > 0 {
				err = fmt.Errorf("closed in the middle of a line, after %.80q", line)
			}
			return "", err
		}
		if line = append(line, b); b == '\n' {
			break
		}
		if len(line) == 512 {
			return "", fmt.Errorf("got a line of more than 512 octets, %.80q… (RFC 1939 section 3)", line)
		}
	}
	text, found := strings.CutSuffix(string(line), "\r\n")
	if !found {
		return "", fmt.Errorf("got %.80q, want a line with CRLF (RFC 1939 section 3)", line)
	}
	return text, nil
}

// answer reads a status line that must begin with want, "+OK" or "-ERR".
func (c *conn) answer(want, what string) error {
	line, err := c.line()
	if err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	if !strings.HasPrefix(line, want) {
		return fmt.Errorf("%s: got %.80q, want %s", what, line, want)
	}
	return nil
}

func (c *conn) ok(what string) error  { return c.answer("+OK", what) }
func (c *conn) err(what string) error { return c.answer("-ERR", what) }

// message reads a positive answer with the lines that follow it.
func (c *conn) message(what string) error {
	if err := c.ok(what); err != nil {
		return err
	}
	start := true // of a line
	for {
		piece, err := c.r.ReadSlice('\n')
		if start && bytes.Equal(piece, []byte(".\r\n")) {
			return nil
		}
		start = err == nil
		if err != nil && err != bufio.ErrBufferFull {
			return fmt.Errorf("reading %s: %w", what, err)
		}
	}
}

// ended reads the end of the connection, and nothing before it.
func (c *conn) ended(what string) error {
	rest, err := io.ReadAll(io.LimitReader(c.r, 1<<10))
	if len(rest) > 0 {
		return fmt.Errorf("%s: got %.80q, want the connection closed", what, rest)
	}
	if err != nil && !gone(err) {
		return fmt.Errorf("%s: %w, want the connection closed", what, err)
	}
	return nil
}

// quit sends QUIT and expects +OK and the end: the proof that the session is in step.
func (c *conn) quit() error {
	if err := c.send("QUIT\r\n"); err != nil {
		return fmt.Errorf("QUIT: %w", err)
	}
	if err := c.ok("the answer to QUIT"); err != nil {
		return err
	}
	return c.ended("after the answer to QUIT")
}

// login sends USER and PASS.
func (c *conn) login(a Account) error {
	if err := c.send("USER " + a.User + "\r\n"); err != nil {
		return err
	}
	if err := c.ok("the answer to USER"); err != nil {
		return err
	}
	if err := c.send("PASS " + a.Password + "\r\n"); err != nil {
		return err
	}
	line, err := c.line()
	switch {
	case err != nil:
		return fmt.Errorf("reading the answer to PASS: %w", err)
	case strings.HasPrefix(line, "-ERR [IN-USE]"):
		return errInUse
	case !strings.HasPrefix(line, "+OK"):
		return fmt.Errorf("the answer to PASS: got %.80q, want +OK", line)
	}
	return nil
}

// errInUse: another session has the maildrop (RFC 2449 section 8.1.2).
var errInUse = errors.New("the maildrop is in use")

// gone says whether err is how a connection looks that the other end has closed while there was
// something on its way to it.
func gone(err error) bool {
	for _, sign := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, syscall.ENOTCONN} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
