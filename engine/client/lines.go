package client

import (
	"bytes"
	"io"

	"pop3lab/engine"
)

// Lines are the lines behind a positive reply, as the server has them: stuffed dots are taken
// away, the lone dot at the end is no part of them, CRLF stays. They are read as they come and in
// pieces, so that a message may be as large as it likes, and a line as long.
type Lines struct {
	c       *Conn
	command string
	call    string // the method they were asked for by
	rest    []byte
	octets  int64
	err     error
}

// Lines returns the lines behind the last reply; nil when there are none, or none left.
func (c *Conn) Lines() *Lines { return c.open }

// Octets is how many octets were read so far.
func (l *Lines) Octets() int64 { return l.octets }

// next gets the next piece.
func (l *Lines) next() error {
	if l.err != nil {
		return l.err
	}
	defer l.c.during(l.call)()
	for {
		e, err := l.c.receive(true)
		switch {
		case err != nil:
			l.err = err
		case e.Kind == engine.KindData:
			l.rest = e.Lines
			return nil
		case e.Kind == engine.KindEnd:
			l.err = io.EOF
		default:
			continue
		}
		if l.c.open == l {
			l.c.open = nil
		}
		return l.err
	}
}

// Read implements io.Reader. It returns io.EOF only behind the server's end of the lines; when the
// connection ends earlier, that's a *HangupError, which is io.ErrUnexpectedEOF.
func (l *Lines) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(l.rest) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	l.octets += int64(n)
	return n, nil
}

// WriteTo implements io.WriterTo: io.Copy then needs no buffer of its own.
func (l *Lines) WriteTo(w io.Writer) (int64, error) {
	var sum int64
	for {
		for len(l.rest) > 0 {
			n, err := w.Write(l.rest)
			l.rest = l.rest[n:]
			l.octets += int64(n)
			sum += int64(n)
			if err != nil {
				return sum, err
			}
		}
		if err := l.next(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return sum, err
		}
	}
}

// Close reads what is left and throws it away, so that the next command can be sent. It fails
// when the end doesn't come. Who doesn't want to wait for the rest closes the Conn.
func (l *Lines) Close() error {
	_, err := l.WriteTo(io.Discard)
	return err
}

// maxListLine and maxListLines bound what a listing may make this client hold.
const (
	maxListLine  = 4 << 10
	maxListLines = 4 << 20
)

// each calls do for every line, without its end. It always reads to the end of the lines, so that
// a line that do refuses leaves the session in step.
func (l *Lines) each(do func(line string) error) error {
	var held []byte
	var failed error
	count := 0
	take := func(line []byte) {
		if count++; failed != nil {
			return
		}
		switch {
		case len(line) > maxListLine:
			failed = &ProtocolError{Command: l.command, What: "a line of the listing has more than 4096 octets", Line: string(line[:100])}
		case count > maxListLines:
			failed = &ProtocolError{Command: l.command, What: "the listing has more than four million lines"}
		default:
			failed = do(string(bytes.TrimSuffix(line, []byte{'\r'})))
		}
	}
	for {
		err := l.next()
		if err == io.EOF {
			if len(held) > 0 {
				take(held)
			}
			return failed
		}
		if err != nil {
			return err
		}
		for len(l.rest) > 0 {
			piece, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
			if len(held) <= maxListLine {
				held = append(held, piece...)
			}
			if l.rest = rest; whole {
				take(held)
				held = held[:0]
			}
		}
	}
}
