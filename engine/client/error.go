package client

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"pop3lab/engine"
)

// What calls fail with, beside the types below; use errors.Is.
var (
	// ErrInjected: octets came in the clear between the answer to STLS and the TLS handshake. Who
	// keeps them believes later that they came through TLS, so the connection is closed.
	//
	// RFC 2595 section 4 lets nothing come there: the server's TLS begins with its answer to the
	// client's first message.
	ErrInjected = errors.New("client: octets came in the clear behind the answer to STLS, where only TLS may follow; somebody on the way may have put them there, so the connection was closed")
	// ErrCleartext: the call would send a secret that everybody on the way could read.
	ErrCleartext = errors.New("client: the password would travel as it is; use STLS or TLS, or allow it with Options.AllowCleartext")
	// ErrNoSTLS: TLS is wanted and the server doesn't announce STLS.
	ErrNoSTLS = errors.New("client: the server doesn't announce STLS: it has none, or somebody on the way took it out; use its TLS port (995), and send no password here")
	// ErrTLSRequired: Options.RequireTLS is on and TLS isn't active.
	ErrTLSRequired = errors.New("client: without TLS nothing but CAPA, STLS and QUIT is sent, because Options.RequireTLS is on")
	// ErrUnasked: a line came that no command asked for, so that from here on no answer can be
	// trusted to belong to its command.
	ErrUnasked = errors.New("client: the server sent a line that no command asked for; answers can't be told apart any more, so the connection was closed")
	// ErrClosed: the connection was closed, by Quit, by Close or after an error.
	ErrClosed = errors.New("client: the connection is closed")
)

// A ServerError is a negative reply: the server understood, and said no.
//
// RFC 1939 section 3 has no general way for a client to tell what isn't implemented from what the
// server can't or won't do now; neither has this type. Only a response code says more.
type ServerError struct {
	Command string // the command's line, secrets masked
	Reply   Reply
}

func (e *ServerError) Error() string {
	s := e.Command + ": the server says: " + orElse(e.Reply.Text, "-ERR, and no more")
	if hint := e.Hint(); hint != "" {
		s += "; " + hint
	}
	return s
}

// Hint says what the response code means and what to do about it; empty when there is none.
func (e *ServerError) Hint() string {
	switch e.Reply.Code {
	case engine.CodeLoginDelay:
		return "the last login was too short ago, so try again later (RFC 2449 section 8.1.1)"
	case engine.CodeInUse:
		return "somebody else has this maildrop open, so try again later; the credentials were right (RFC 2449 section 8.1.2)"
	case engine.CodeSysTemp:
		return "the trouble is likely to pass, so try again later (RFC 3206 section 4)"
	case engine.CodeSysPerm:
		return "it won't mend itself: ask whoever runs the server (RFC 3206 section 4)"
	case engine.CodeAuth:
		return "name and password don't go together (RFC 3206 section 5)"
	case engine.CodeUTF8:
		return "the message needs UTF-8 mode: send UTF8 before logging in (RFC 6856 section 5)"
	}
	return ""
}

// Temporary says whether the same may go well later, without anybody doing anything. A user need
// not hear of it unless it lasts.
//
// RFC 3206 section 4 tells the client so about SYS/TEMP; LOGIN-DELAY and IN-USE pass by themselves.
func (e *ServerError) Temporary() bool {
	switch e.Reply.Code {
	case engine.CodeSysTemp, engine.CodeLoginDelay, engine.CodeInUse:
		return true
	}
	return false
}

// AskAgain says whether the credentials were wrong, so that a program should ask for others. It's
// false when the server gave another reason; without a response code nobody knows.
func (e *ServerError) AskAgain() bool { return e.Reply.Code == engine.CodeAuth }

// A ProtocolError is something that isn't POP3, or isn't the answer to what was sent. The
// connection can't be used any more.
type ProtocolError struct {
	Command string // what was sent; empty before the greeting
	What    string
	Line    string // what came, cut
}

func (e *ProtocolError) Error() string {
	s := "client: "
	if e.Command != "" {
		s += e.Command + ": "
	}
	s += e.What
	if e.Line != "" {
		s += ": " + strconv.Quote(cut(e.Line, 80))
	}
	return s
}

// A HangupError is a connection that ended before the server had said what was due. It wraps
// io.ErrUnexpectedEOF, or the network's error.
type HangupError struct {
	Command string // what waited for an answer; empty before the greeting
	Octets  int64  // how many octets of the lines had come
	Lines   bool   // the first line had come: it ended among the lines that follow
	Err     error
}

func (e *HangupError) Error() string {
	switch {
	case e.Command == "":
		return fmt.Sprintf("client: the connection ended before the server's greeting: %v", e.Err)
	case e.Lines:
		return fmt.Sprintf("client: %s: the connection ended after %d octets, before the end of the answer: what came isn't all: %v", e.Command, e.Octets, e.Err)
	}
	return fmt.Sprintf("client: %s: the connection ended without an answer: %v", e.Command, e.Err)
}

func (e *HangupError) Unwrap() error { return e.Err }

// A TimeoutError is a server that said nothing for as long as Options.Timeout allows. The
// connection is closed.
type TimeoutError struct {
	Command string
	Lines   bool
	Octets  int64
	Err     error
}

func (e *TimeoutError) Error() string {
	switch {
	case e.Command == "":
		return fmt.Sprintf("client: the server's greeting hasn't come in time; a server that begins with TLS waits for the client, so try TLS: %v", e.Err)
	case e.Lines:
		return fmt.Sprintf("client: %s: after %d octets nothing more came, and the lone dot that ends the answer hasn't come: %v", e.Command, e.Octets, e.Err)
	}
	return fmt.Sprintf("client: %s: no answer came in time: %v", e.Command, e.Err)
}

func (e *TimeoutError) Unwrap() error { return e.Err }

// An UpdateError is a QUIT after which nobody can say which of the marked messages are gone: the
// answer didn't come, or it was -ERR. The next session shows it.
//
// RFC 1939 section 6: "If there is an error, such as a resource shortage, encountered while
// removing messages, the maildrop may result in having some or none of the messages marked as
// deleted be removed."
type UpdateError struct {
	Marked []int // the message-numbers that were marked
	Err    error
}

func (e *UpdateError) Error() string {
	return fmt.Sprintf("client: UPDATE may not have happened: of the %d marked messages some or all may still be there, so compare unique-ids in the next session: %v", len(e.Marked), e.Err)
}

func (e *UpdateError) Unwrap() error { return e.Err }

// unexpected is io.EOF where more was due.
func unexpected(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// cut shortens s to about n octets.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "..."
}
