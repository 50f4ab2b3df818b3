package client

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine"
)

// A Size is one line of a scan listing.
type Size struct {
	Num    int // the message-number, for this session only
	Octets int64
}

// A UID is one line of a unique-id listing.
type UID struct {
	Num int
	// ID is the same in every session. Two messages may have the same one, when they are the same
	// octet for octet, so a program must not lose one of them by it.
	//
	// RFC 1939 section 7, UIDL: "Clients should be able to handle a situation where two identical
	// copies of a message in a maildrop have the same unique-id."
	ID string
}

// Stat says how many messages the maildrop has and how many octets they have together, without
// those that are marked as deleted.
func (c *Conn) Stat() (messages int, octets int64, err error) {
	defer c.during("Stat")()
	r, err := c.Cmd("STAT")
	if err != nil {
		return 0, 0, err
	}
	n, rest, ok := number(r.Text)
	size, _, ok2 := number(rest)
	if !ok || !ok2 {
		return 0, 0, c.outOfStep("STAT", "the answer has to begin with two numbers (RFC 1939 section 5)", r.Line)
	}
	return int(n), size, nil
}

// List says how many octets each message has, without those that are marked as deleted.
func (c *Conn) List() ([]Size, error) {
	defer c.during("List")()
	var list []Size
	err := c.listing("LIST", func(line string, num int, rest string) error {
		size, _, ok := number(rest)
		if !ok {
			return &ProtocolError{Command: "LIST", What: "a line isn't a message-number and a size (RFC 1939 section 5)", Line: line}
		}
		list = append(list, Size{num, size})
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.sizes = make(map[int]int64, len(list))
	for _, s := range list {
		c.sizes[s.Num] = s.Octets
	}
	return list, nil
}

// UIDs lists the unique-id of each message, without those that are marked as deleted. An id that
// is longer than it may be, or has characters that it mustn't have, is returned as it is, and
// counts as odd; an empty one is an error.
func (c *Conn) UIDs() ([]UID, error) {
	defer c.during("UIDs")()
	var list []UID
	err := c.listing("UIDL", func(line string, num int, id string) error {
		if id == "" {
			return &ProtocolError{Command: "UIDL", What: "a message has an empty unique-id, so it can't be told from others (RFC 1939 section 7)", Line: line}
		}
		if len(id) > 70 {
			c.odd |= OddUID
		}
		if strings.ContainsFunc(id, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
			c.odd |= OddUIDSpace
		}
		list = append(list, UID{num, id})
		return nil
	})
	return list, err
}

// listing reads lines that begin with a message-number.
func (c *Conn) listing(verb string, do func(line string, num int, rest string) error) error {
	r, err := c.Cmd(verb)
	if err != nil {
		return err
	}
	if c.open == nil {
		return c.outOfStep(verb, "no lines follow where they have to", r.Line)
	}
	marked := c.Marked()
	return c.open.each(func(line string) error {
		n, rest, ok := number(line)
		if !ok || n < 1 || n > 1<<31-1 {
			return &ProtocolError{Command: verb, What: "a line doesn't begin with a message-number", Line: line}
		}
		if slices.Contains(marked, int(n)) {
			c.odd |= OddMarked
		}
		return do(line, int(n), rest)
	})
}

// number reads a decimal number and the space behind it.
func number(s string) (n int64, rest string, ok bool) {
	digits, rest, _ := strings.Cut(s, " ")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, rest, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, rest, err == nil
}

// outOfStep gives the connection up, because an answer can't be the one to the command.
func (c *Conn) outOfStep(verb, what, line string) error {
	return c.fail(&ProtocolError{Command: verb, What: what + "; perhaps the server sent an answer too many before, so nothing more is sent", Line: line})
}

// Retrieve asks for message num and returns its octets as they come (see Lines): CRLF line ends,
// dots as they were. They have to be read to the end, or closed, before the next call.
func (c *Conn) Retrieve(num int) (*Lines, error) {
	defer c.during("Retrieve")()
	return c.lines("RETR", num)
}

// RetrieveTo writes message num to w and returns how many octets it has.
func (c *Conn) RetrieveTo(num int, w io.Writer) (int64, error) {
	defer c.during("Retrieve")()
	lines, err := c.lines("RETR", num)
	if err != nil {
		return 0, err
	}
	n, err := lines.WriteTo(w)
	if err != nil {
		return n, errors.Join(err, lines.Close())
	}
	return n, nil
}

// Top asks for message num's header, the blank line and the first n lines of the body. Servers
// may be without TOP.
func (c *Conn) Top(num, n int) (*Lines, error) {
	defer c.during("Top")()
	return c.lines("TOP", num, n)
}

func (c *Conn) lines(verb string, nums ...int) (*Lines, error) {
	args := make([]string, len(nums))
	for i, n := range nums {
		args[i] = strconv.Itoa(n)
	}
	r, err := c.Cmd(verb, args...)
	if err != nil {
		return nil, err
	}
	if c.open == nil {
		return nil, c.outOfStep(verb, "no lines follow where they have to", r.Line)
	}
	return c.open, nil
}

// Delete marks message num as deleted. It's removed by Quit and by nothing else; Reset takes the
// mark away.
func (c *Conn) Delete(num int) error {
	defer c.during("Delete")()
	_, err := c.Cmd("DELE", strconv.Itoa(num))
	return err
}

// Reset takes every mark away.
func (c *Conn) Reset() error {
	defer c.during("Reset")()
	_, err := c.Cmd("RSET")
	return err
}

// Noop does nothing, which keeps the session awake.
func (c *Conn) Noop() error {
	defer c.during("Noop")()
	_, err := c.Cmd("NOOP")
	return err
}

// UTF8 asks for UTF-8 in headers, before login (RFC 6856 section 2). From then on StartTLS is
// refused.
func (c *Conn) UTF8() error {
	defer c.during("UTF8")()
	caps, err := c.Capabilities()
	if err != nil {
		return err
	}
	if !caps.Has("UTF8") {
		return errors.New("client: the server doesn't announce UTF8; some close the connection when they are asked all the same")
	}
	_, err = c.Cmd("UTF8")
	return err
}

// Quit ends the session and closes the connection. Only now the marked messages are removed; when
// there are any and the server doesn't confirm that, the error is an *UpdateError, and nobody
// knows which of them are left.
func (c *Conn) Quit() error {
	defer c.during("Quit")()
	if err := c.ready(); err != nil {
		return err
	}
	marked, updates := c.Marked(), c.State() == engine.Transaction
	_, err := c.Cmd("QUIT")
	c.shut(ErrClosed)
	if err != nil && updates && len(marked) > 0 {
		return &UpdateError{Marked: marked, Err: err}
	}
	return err
}
