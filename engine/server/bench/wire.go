package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// patience is how long a connection of the bench may take in all: far longer than any scenario, so
// that a server that stops answering is an error instead of a bench that never ends.
const patience = 2 * time.Minute

// A wire is the client's end of one connection. It costs little and believes nothing: status
// lines must be positive, and multi-line answers must have the length that the message has.
type wire struct {
	c    net.Conn
	buf  []byte
	r, w int // buf[r:w] is read and not used
}

// dial connects from a loopback source address chosen by n, so that tens of thousands of
// connections don't run out of ports, and reads the greeting. The connection is a TLS one when
// secure is set.
func dial(ctx context.Context, addr string, n int, secure bool, buf []byte) (*wire, error) {
	d := net.Dialer{KeepAlive: -1}
	if host, _, err := net.SplitHostPort(addr); err == nil && manyLoopbacks && net.ParseIP(host).IsLoopback() {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+n%8))}
	}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if secure {
		// The certificate is made on the spot by the server under test: there is nobody to vouch
		// for it, and nothing secret on the wire.
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	}
	w := &wire{c: c, buf: buf}
	if _, err := w.status(); err != nil {
		c.Close()
		return nil, fmt.Errorf("greeting: %w", err)
	}
	if w.r != w.w {
		c.Close()
		return nil, fmt.Errorf("greeting: got %.80q behind it, want one line (RFC 1939 section 4)", w.buf[w.r:w.w])
	}
	return w, nil
}

// fill reads once, behind what is there.
func (w *wire) fill() error {
	if w.r == w.w {
		w.r, w.w = 0, 0
	} else if w.w == len(w.buf) {
		if w.r == 0 {
			return fmt.Errorf("a line of more than %d octets: %.40q", len(w.buf), w.buf)
		}
		w.w = copy(w.buf, w.buf[w.r:w.w])
		w.r = 0
	}
	n, err := w.c.Read(w.buf[w.w:])
	w.w += n
	if n > 0 {
		return nil
	}
	return err
}

// line returns the next line without its CRLF. It's good until the next read.
func (w *wire) line() ([]byte, error) {
	for from := w.r; ; {
		if end := bytes.IndexByte(w.buf[from:w.w], '\n'); end >= 0 {
			line := w.buf[w.r : from+end]
			w.r = from + end + 1
			if !bytes.HasSuffix(line, []byte("\r")) {
				return nil, fmt.Errorf("a line without CRLF: %.80q", line)
			}
			return line[:len(line)-1], nil
		}
		seen := w.w - w.r
		if err := w.fill(); err != nil {
			return nil, err
		}
		from = w.r + seen
	}
}

// status returns the next line, which must be a positive answer.
func (w *wire) status() ([]byte, error) {
	line, err := w.line()
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(line, []byte("+OK")) {
		return nil, fmt.Errorf("got %.80q, want +OK", line)
	}
	return line, nil
}

// command sends one command and returns its positive status line.
func (w *wire) command(line string) ([]byte, error) {
	if _, err := io.WriteString(w.c, line+"\r\n"); err != nil {
		return nil, fmt.Errorf("%s: %w", line, err)
	}
	answer, err := w.status()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", line, err)
	}
	return answer, nil
}

// login opens the maildrop of user.
func (w *wire) login(user string) error {
	if _, err := w.command("USER " + user); err != nil {
		return err
	}
	_, err := w.command("PASS " + password)
	return err
}

// stat asks for STAT and holds the answer against what the maildrop holds.
func (w *wire) stat(d drop) error {
	answer, err := w.command("STAT")
	if err != nil {
		return err
	}
	want := d.stat()
	if !bytes.HasPrefix(answer, []byte(want)) || len(answer) > len(want) && answer[len(want)] != ' ' {
		return fmt.Errorf("STAT of %s: got %q, want %q", d.User, answer, want)
	}
	return nil
}

// message reads the answer to a RETR: a positive status line, then octets octets, the last five of
// which must be the CRLF of the message's last line and the line that ends the answer.
func (w *wire) message(octets int) error {
	if _, err := w.status(); err != nil {
		return err
	}
	const end = "\r\n.\r\n"
	for left := octets - len(end); left > 0; {
		if w.r == w.w {
			if err := w.fill(); err != nil {
				return err
			}
		}
		n := min(left, w.w-w.r)
		w.r += n
		left -= n
	}
	for w.w-w.r < len(end) {
		if err := w.fill(); err != nil {
			return err
		}
	}
	if got := w.buf[w.r : w.r+len(end)]; string(got) != end {
		return fmt.Errorf("answer of %d octets ends in %q, want %q", octets, got, end)
	}
	w.r += len(end)
	return nil
}

// verify retrieves every message of d once and holds every octet against what was stored, in
// whatever order the server numbers them.
func (w *wire) verify(d drop) error {
	left := d.sums()
	body := make([]byte, d.sent())
	for num := 1; num <= d.Messages; num++ {
		if _, err := w.command(fmt.Sprintf("RETR %d", num)); err != nil {
			return err
		}
		for n := 0; n < len(body); {
			if w.r == w.w {
				if err := w.fill(); err != nil {
					return fmt.Errorf("RETR %d of %s: after %d of %d octets: %w", num, d.User, n, len(body), err)
				}
			}
			m := copy(body[n:], w.buf[w.r:w.w])
			n += m
			w.r += m
		}
		sum := sha256.Sum256(body)
		if left[sum] == 0 {
			return fmt.Errorf("RETR %d of %s: the %d octets are not those of any message that was stored and not yet sent", num, d.User, len(body))
		}
		left[sum]--
	}
	return nil
}

// quit ends the session and waits until the server has closed the connection, so that the
// maildrop is free for the next one.
func (w *wire) quit() error {
	defer w.c.Close()
	if _, err := w.command("QUIT"); err != nil {
		return err
	}
	if w.r != w.w {
		return fmt.Errorf("after the answer to QUIT: got %.80q, want nothing", w.buf[w.r:w.w])
	}
	n, err := w.c.Read(w.buf)
	if n > 0 {
		return fmt.Errorf("after the answer to QUIT: got %.80q, want nothing", w.buf[:n])
	}
	if err != io.EOF {
		return fmt.Errorf("after the answer to QUIT: %w, want the connection closed", err)
	}
	return nil
}
