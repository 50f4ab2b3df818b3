package client

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"pop3lab/engine"
)

// A Command is one line for Pipeline.
type Command struct {
	Verb string
	Args []string
}

// window is how many commands Pipeline sends ahead.
const window = 32

// Pipeline sends commands without waiting for the answer to one before it sends the next, if the
// server's CAPA says that it can take that, else one by one. It calls answer for each, in their order: err is a
// *ServerError when the server refused, and lines aren't nil when lines follow. What answer doesn't
// read is thrown away.
//
// When answer fails, no more commands are sent, the answers that are due are thrown away, and
// Pipeline returns the error: the session stays in step. Every command has to be valid in the state
// in which the session is now. AUTH and STLS can't be sent ahead, and QUIT only as the last one.
//
// RFC 2449 section 6.6 warns of blocking writes: when both sides write and neither reads, nothing
// moves. Here a goroutine of its own writes.
func (c *Conn) Pipeline(commands []Command, answer func(i int, r Reply, lines *Lines, err error) error) error {
	defer c.during("Pipeline")()
	ahead := 1
	caps, err := c.Capabilities()
	if err != nil {
		return err
	}
	if caps.Has("PIPELINING") {
		ahead = window
	}
	lines, err := c.composeAll(commands)
	if err != nil {
		return err
	}
	if err := c.ready(); err != nil {
		return err
	}
	out := make(chan string, ahead)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for line := range out {
			if _, err := io.WriteString(c.nc, line+"\r\n"); err != nil {
				// The reader finds out: the server's last words, or the end.
				for range out {
				}
				return
			}
		}
	}()
	err = c.answers(lines, ahead, out, answer)
	close(out)
	<-done
	return err
}

// composeAll checks every command before the first is sent.
func (c *Conn) composeAll(commands []Command) ([]string, error) {
	lines := make([]string, len(commands))
	for i, cmd := range commands {
		verb := engine.Verb(strings.ToUpper(cmd.Verb))
		switch {
		case verb == "AUTH", verb == "STLS", verb == "QUIT" && i < len(commands)-1:
			return nil, fmt.Errorf("client: %s can't be sent ahead: what may follow depends on its answer", verb)
		}
		line, err := compose(c.State(), cmd.Verb, cmd.Args)
		if err == nil {
			err = c.allowed(verb)
		}
		if err != nil {
			return nil, err
		}
		lines[i] = line
	}
	return lines, nil
}

// answers sends lines into out, at most ahead of them before their answers, and reads the answers.
func (c *Conn) answers(lines []string, ahead int, out chan<- string, answer func(int, Reply, *Lines, error) error) error {
	var failed error
	sent, shown := 0, make([]string, len(lines))
	for i := 0; i < sent || failed == nil && i < len(lines); i++ {
		for failed == nil && sent < len(lines) && sent-i < ahead {
			shown[sent] = shownLine(c.note(lines[sent]))
			out <- lines[sent]
			sent++
		}
		c.deadline()
		r, err := c.reply()
		if err != nil {
			return errors.Join(failed, err)
		}
		var refused error
		if r.Status == engine.Err {
			refused = &ServerError{Command: shown[i], Reply: r}
		}
		open := c.open
		if failed == nil {
			failed = answer(i, r, open, refused)
		}
		if open != nil {
			if err := open.Close(); err != nil {
				return errors.Join(failed, err)
			}
		}
	}
	return failed
}

// RetrieveAll retrieves messages with as few waits as the server allows (see Pipeline). It calls
// do for each, in the order of nums; the lines needn't be read to the end.
func (c *Conn) RetrieveAll(nums []int, do func(num int, message *Lines) error) error {
	defer c.during("RetrieveAll")()
	commands := make([]Command, len(nums))
	for i, n := range nums {
		commands[i] = Command{"RETR", []string{strconv.Itoa(n)}}
	}
	return c.Pipeline(commands, func(i int, r Reply, lines *Lines, err error) error {
		if err != nil {
			return err
		}
		return do(nums[i], lines)
	})
}
