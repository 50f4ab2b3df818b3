package hostile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// HalfClose sends beginnings of sessions, each in one piece, closes its sending half and reads.
//
// Expected: every command that was sent whole is answered in full, in order, then the server
// closes; half a command is not obeyed. `printf 'DELE 1\r\nQUIT\r\n' | nc` depends on it. The
// maildrop is free afterwards and has what it had.
func HalfClose(a Account) func(context.Context, string) error {
	login := "USER " + a.User + "\r\nPASS " + a.Password + "\r\n"
	return func(ctx context.Context, addr string) error {
		before, err := Alive(ctx, addr, a)
		if err != nil {
			return err
		}
		for _, session := range []struct {
			sent    string
			answers string // s for a status line, m for a message
		}{
			{"", ""},
			{"QUI", ""},
			{"QUIT\r\n", "s"},
			{"USER " + a.User + "\r\nPASS ", "s"},
			{login, "ss"},
			{login + "STAT\r\nQUIT\r\n", "ssss"},
			{login + "RETR 1\r\n", "ssm"},
			{login + "RETR 1\r\nRETR 1\r\nQUIT\r\n", "ssmms"},
			{login + "DELE 1\r\n", "sss"},
			{login + "DELE 1\r\nQUI", "sss"},
			{login + "DELE 1\r\nQUIT", "sss"},
		} {
			if err := halfClose(ctx, addr, session.sent, session.answers); err != nil {
				return fmt.Errorf("half-close after %q: %w", redact(session.sent, a), err)
			}
			after, err := Alive(ctx, addr, a)
			if err != nil {
				return fmt.Errorf("a session after the half-close after %q: %w", redact(session.sent, a), err)
			}
			if after != before {
				return fmt.Errorf("STAT after the half-close after %q: got %q, want %q: nothing is removed without QUIT (RFC 1939 section 6)", redact(session.sent, a), after, before)
			}
		}
		return nil
	}
}

func halfClose(ctx context.Context, addr, sent, answers string) error {
	c, err := greeted(ctx, addr)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.send(sent); err != nil {
		return err
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	for i, kind := range answers {
		what := fmt.Sprintf("answer %d", i+1)
		if kind == 'm' {
			err = c.message(what)
		} else {
			err = c.ok(what)
		}
		if err != nil {
			return err
		}
	}
	// The server may refuse half a command, as long as it doesn't obey it.
	if !strings.HasSuffix(sent, "\r\n") && sent != "" {
		_, err = c.refusals()
		return err
	}
	return c.ended(fmt.Sprintf("after %d answers", len(answers)))
}

// redact is for errors: they end up in logs.
func redact(text string, a Account) string {
	if a.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, a.Password, "…")
}

// Reset ends a session with an RST at every step: before and after the greeting, in the middle of
// a command, after each command with and without reading its answer, in the middle of a message.
//
// Expected: the maildrop is free soon, and has what it had. RFC 1939 section 6: "If a session
// terminates for some reason other than a client-issued QUIT command, the POP3 session does NOT
// enter the UPDATE state and MUST not remove any messages from the maildrop."
func Reset(a Account) func(context.Context, string) error {
	user, pass := "USER "+a.User+"\r\n", "PASS "+a.Password+"\r\n"
	return func(ctx context.Context, addr string) error {
		before, err := Alive(ctx, addr, a)
		if err != nil {
			return err
		}
		for _, step := range []struct {
			name string
			read int    // answers to read of what was sent first
			sent string // read first, then sent second
			last string // sent and not read
			some int    // octets to read of the answer to last
		}{
			{name: "at once"},
			{name: "after the greeting", read: 1},
			{name: "in the middle of a command", read: 1, last: "US"},
			{name: "after USER, unread", read: 1, last: user},
			{name: "after USER", read: 2, sent: user},
			{name: "after a login, unread", read: 2, sent: user, last: pass},
			{name: "after a login", read: 3, sent: user + pass},
			{name: "after RETR, unread", read: 3, sent: user + pass, last: "RETR 1\r\n"},
			{name: "in the middle of a message", read: 3, sent: user + pass, last: "RETR 1\r\n", some: 40},
			{name: "after a hundred RETR, unread", read: 3, sent: user + pass, last: strings.Repeat("RETR 1\r\n", 100), some: 40},
			{name: "after DELE, unread", read: 3, sent: user + pass, last: "DELE 1\r\n"},
			{name: "after DELE", read: 4, sent: user + pass + "DELE 1\r\n"},
			{name: "in the middle of QUIT", read: 4, sent: user + pass + "DELE 1\r\n", last: "QUIT"},
		} {
			c, err := connect(ctx, addr)
			if err != nil {
				return fmt.Errorf("reset %s: %w", step.name, err)
			}
			err = c.send(step.sent)
			for i := 0; err == nil && i < step.read; i++ {
				err = c.ok(fmt.Sprintf("answer %d", i))
			}
			if err == nil {
				err = c.send(step.last)
			}
			if err == nil && step.some > 0 {
				_, err = c.r.Peek(step.some)
			}
			if err = errors.Join(err, c.reset()); err != nil {
				return fmt.Errorf("reset %s: %w", step.name, err)
			}
			after, err := Alive(ctx, addr, a)
			if err != nil {
				return fmt.Errorf("a session after a reset %s: %w", step.name, err)
			}
			if after != before {
				return fmt.Errorf("STAT after a reset %s: got %q, want %q: nothing is removed without QUIT (RFC 1939 section 6)", step.name, after, before)
			}
		}
		return nil
	}
}

// Unread sends that many RETR at once, reads nothing until all are sent, and then everything.
//
// Expected: all answers, whole. RFC 2449 section 6.6 leaves it to the window of TCP to hold a
// client back; a server that stopped reading for good while it can't write would block both.
func Unread(a Account, commands int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		c, err := greeted(ctx, addr)
		if err != nil {
			return err
		}
		defer c.close()
		if err := c.login(a); err != nil {
			return err
		}
		if err := c.send(strings.Repeat("RETR 1\r\n", commands)); err != nil {
			return err
		}
		for i := range commands {
			if err := c.message(fmt.Sprintf("RETR %d of %d", i+1, commands)); err != nil {
				return err
			}
		}
		return c.quit()
	}
}

// Deaf asks for message 1 over and over and reads no answer, until ctx ends; then it resets.
//
// Expected: nothing is seen from outside: the server may close the connection, or wait. What the
// test looks at meanwhile is the server's memory, which must not depend on how much was asked for.
func Deaf(ctx context.Context, addr string, a Account) error {
	c, err := greeted(ctx, addr)
	if err != nil {
		return err
	}
	if err := c.login(a); err != nil {
		c.close()
		return err
	}
	ask := strings.Repeat("RETR 1\r\n", 1000)
	for err == nil {
		err = c.send(ask) // blocks when all buffers are full, until ctx ends
	}
	if ctx.Err() == nil && !gone(err) {
		c.close()
		return err
	}
	<-ctx.Done()
	return c.reset()
}

// OpenAndDrop opens that many connections and drops each at once: one in three closed unread, one
// closed after the greeting, one reset.
//
// Expected: none is refused, and the server greets the next one.
func OpenAndDrop(connections int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		const hands = 32
		var wait sync.WaitGroup
		errs := make([]error, hands)
		for h := range hands {
			// Each hand ends after its share, or with its first error.
			wait.Go(func() {
				for i := h; i < connections && errs[h] == nil; i += hands {
					errs[h] = openAndDrop(ctx, addr, i%3)
				}
			})
		}
		wait.Wait()
		for _, err := range errs {
			if err != nil {
				return fmt.Errorf("opening and dropping %d connections: %w", connections, err)
			}
		}
		c, err := greeted(ctx, addr)
		if err != nil {
			return fmt.Errorf("the connection after %d dropped ones: %w", connections, err)
		}
		defer c.close()
		return c.quit()
	}
}

func openAndDrop(ctx context.Context, addr string, how int) error {
	c, err := connect(ctx, addr)
	if err != nil {
		return err
	}
	switch how {
	case 0:
		c.close()
		return nil
	case 1:
		err = c.ok("the greeting")
		c.close()
		return err
	}
	return c.reset()
}

// Alive holds an ordinary session, login, STAT, QUIT, and returns the answer to STAT. While the
// maildrop is in use it tries again, until ctx ends: a server learns of a reset in its own time.
func Alive(ctx context.Context, addr string, a Account) (stat string, err error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		stat, err = alive(ctx, addr, a)
		if !errors.Is(err, errInUse) {
			return stat, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", fmt.Errorf("%w, still", err)
		}
	}
}

func alive(ctx context.Context, addr string, a Account) (string, error) {
	c, err := greeted(ctx, addr)
	if err != nil {
		return "", err
	}
	defer c.close()
	if err := c.login(a); err != nil {
		return "", err
	}
	if err := c.send("STAT\r\n"); err != nil {
		return "", err
	}
	stat, err := c.line()
	if err != nil {
		return "", fmt.Errorf("reading the answer to STAT: %w", err)
	}
	if !strings.HasPrefix(stat, "+OK ") {
		return "", fmt.Errorf("the answer to STAT: got %.80q, want +OK", stat)
	}
	return stat, c.quit()
}

// Bystander holds ordinary sessions one after the other until ctx ends, while others misbehave.
// It has an account of its own, and holds one session in any case. It returns how many sessions it held and how long the longest
// took; the error is that of the first session that was not answered as it should be, which is
// also its last.
func Bystander(ctx context.Context, addr string, a Account) (sessions int, longest time.Duration, err error) {
	want := ""
	for sessions == 0 || ctx.Err() == nil {
		start := time.Now()
		// A session that has begun goes on to its end, so that the last one isn't cut short.
		stat, err := alive(context.WithoutCancel(ctx), addr, a)
		if err != nil {
			return sessions, longest, fmt.Errorf("session %d beside the hostile ones: %w", sessions+1, err)
		}
		if want == "" {
			want = stat
		}
		if stat != want {
			return sessions, longest, fmt.Errorf("STAT of session %d: got %q, want %q as before", sessions+1, stat, want)
		}
		sessions, longest = sessions+1, max(longest, time.Since(start))
	}
	return sessions, longest, nil
}
