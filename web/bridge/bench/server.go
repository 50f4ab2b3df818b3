package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// password is every user's.
const password = "tanstaaf"

func userOf(i int) string { return "user" + strconv.Itoa(i+1) }

// A server is the program under test, a process of its own.
type server struct {
	pop3 string // its port's address
	http string // its pages'
	pid  int
	stop func() // ends it and waits until it's gone
}

// launch starts the program with so many users, and waits until it has said where it listens. What it prints goes to a
// file, as an operator's would.
func launch(ctx context.Context, binary string, users int) (*server, error) {
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("no program to measure at %s: build it with `make build`, or name another with -server", binary)
	}
	dir, err := os.MkdirTemp("", "pop3lab-bridge-bench-")
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	for i := range users {
		list.WriteString(userOf(i) + ":" + password + "\n")
	}
	file := filepath.Join(dir, "users")
	if err := os.WriteFile(file, []byte(list.String()), 0o600); err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(binary, "serve", "--pop3", "127.0.0.1:0", "--pop3s", "off", "--http", "127.0.0.1:0", "--users", file,
		"--max-conns", "20000", "--max-conns-per-ip", "20000")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }() // ends with the process
	s := &server{pid: cmd.Process.Pid}
	s.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-gone
		}
		os.RemoveAll(dir)
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		text, err := os.ReadFile(out.Name())
		if err == nil {
			s.pop3, s.http = after(string(text), "listening on "), after(string(text), "http://")
		}
		if s.pop3 != "" && s.http != "" {
			return s, nil
		}
		select {
		case <-tick.C:
			continue
		case err = <-gone:
			gone <- err
			err = fmt.Errorf("it ended: %w", err)
		case <-late:
			err = errors.New("it didn't say where it listens")
		case <-ctx.Done():
			err = ctx.Err()
		}
		s.stop()
		return nil, fmt.Errorf("starting %s: %w; it said:\n%s", binary, err, text)
	}
}

// after is the address behind a word, in lines that are whole.
func after(text, word string) string {
	whole := text[:strings.LastIndexByte(text, '\n')+1]
	_, rest, ok := strings.Cut(whole, word)
	if !ok {
		return ""
	}
	return rest[:strings.IndexAny(rest, " /\n")]
}

// memory is what the process takes of the machine's, in octets; less than 0 where the system doesn't tell.
func (s *server) memory() int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.pid) + "/status")
	if err != nil {
		return -1
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return -1
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return -1
	}
	return kib << 10
}
