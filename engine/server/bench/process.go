package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A server is a running server with its two listeners.
type server struct {
	name   string
	plain  string // address of the POP3 listener
	secure string // address of the POP3 listener with implicit TLS; empty when there is none
	pid    int    // zero when it isn't known
	given  bool   // somebody else started it, so it can't be started anew
	stop   func() // ends it and waits until it is gone
}

// A starter starts a server over the maildrops of the bench.
type starter func(ctx context.Context) (*server, error)

// startReference returns the starter of the reference: this program itself in its other role.
func startReference(dir, root string, env ...string) starter {
	return func(ctx context.Context) (*server, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return launch(ctx, "reference", dir, env, self, "reference", "--maildir", root)
	}
}

// startProduct returns the starter of the server under test.
func startProduct(dir, root, users, binary string) starter {
	return func(ctx context.Context) (*server, error) {
		if _, err := os.Stat(binary); err != nil {
			return nil, fmt.Errorf("no server to measure at %s: build it with `make build`, or name another with --server or --server-addr", binary)
		}
		return launch(ctx, filepath.Base(binary), dir, nil, binary, "serve",
			"--pop3", "127.0.0.1:0", "--pop3s", "127.0.0.1:0", "--maildir", root, "--users", users,
			"--http", "off", "--fail-delay", "0", "--max-conns", "20000", "--max-conns-per-ip", "20000")
	}
}

// startNothing returns the starter of a server that runs already.
func startNothing(plain, secure string, pid int) starter {
	s := &server{name: plain, plain: plain, secure: secure, pid: pid, given: true, stop: func() {}}
	return func(context.Context) (*server, error) { return s, nil }
}

// launch starts a server and waits until it has said where it listens, in lines that contain
//
//	listening on 127.0.0.1:40001 (pop3)
//	listening on 127.0.0.1:40002 (pop3s)
//
// Its output goes to a file in dir, as an operator's would: a pipe would make the load program
// wake up for each line of the log.
func launch(ctx context.Context, name, dir string, env []string, argv ...string) (*server, error) {
	log, err := os.CreateTemp(dir, name+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	hold, err := cmd.StdinPipe() // its end tells the reference to end, however this process ends
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }() // ends with the process
	s := &server{name: name, pid: cmd.Process.Pid}
	s.stop = sync.OnceFunc(func() {
		hold.Close()
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			cmd.Process.Kill()
			<-gone
		}
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			s.stop()
			return nil, err
		}
		s.plain, s.secure = listening(string(text), "pop3"), listening(string(text), "pop3s")
		if s.plain != "" && s.secure != "" {
			return s, nil
		}
		select {
		case <-tick.C:
			continue
		case err := <-gone:
			text, _ := os.ReadFile(log.Name()) // it has said all that it will say
			return nil, fmt.Errorf("%s ended before it listened: %w; it said:\n%s", name, errors.Join(err, ctx.Err()), tail(string(text)))
		case <-late.C:
			err = errors.New("it printed no line `listening on ADDR (pop3)` and none with (pop3s)")
		case <-ctx.Done():
			err = ctx.Err()
		}
		s.stop()
		return nil, fmt.Errorf("starting %s: %w; it said:\n%s", name, err, tail(string(text)))
	}
}

// listening finds the address of the listener of that kind in what a server has printed, or "".
func listening(text, kind string) string {
	for line := range strings.Lines(text) {
		if !strings.HasSuffix(line, "\n") {
			break // not all written yet
		}
		if _, rest, ok := strings.Cut(line, "listening on "); ok {
			if addr, after, ok := strings.Cut(rest, " "); ok && strings.HasPrefix(after, "("+kind+")") {
				return addr
			}
		}
	}
	return ""
}

// tail is the end of a log, short enough for an error message.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
