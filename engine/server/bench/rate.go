package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// inBuffer is what the client reads at a time: more didn't make it faster.
const inBuffer = 128 << 10

// addr is the listener that a scenario talks to.
func (r run) addr(secure bool) (string, error) {
	if !secure {
		return r.s.plain, nil
	}
	if r.s.secure == "" {
		return "", errors.New("no address for TLS: give one with --server-tls-addr")
	}
	return r.s.secure, nil
}

// checkDrop retrieves every message of d and compares it with what was stored.
func checkDrop(ctx context.Context, r run, d drop, secure bool) error {
	return checkUser(ctx, r, d, d.user(0), secure)
}

func checkUser(ctx context.Context, r run, d drop, user string, secure bool) error {
	addr, err := r.addr(secure)
	if err != nil {
		return err
	}
	w, err := dial(ctx, addr, 0, secure, make([]byte, inBuffer))
	if err != nil {
		return err
	}
	defer w.c.Close()
	if err := w.login(user); err != nil {
		return err
	}
	if err := w.stat(d); err != nil {
		return err
	}
	if err := w.verify(d); err != nil {
		return err
	}
	return w.quit()
}

// retrieve asks for the messages of d in turn on one connection, for the time of a slice, and
// never has more than inFlight answers to come. It returns octets of messages in MB/s for large
// messages and messages a second for small ones.
func retrieve(ctx context.Context, r run, d drop, inFlight int, secure bool) ([]float64, error) {
	addr, err := r.addr(secure)
	if err != nil {
		return nil, err
	}
	w, err := dial(ctx, addr, 0, secure, make([]byte, inBuffer))
	if err != nil {
		return nil, err
	}
	defer w.c.Close()
	if err := w.login(d.user(0)); err != nil {
		return nil, err
	}
	if err := w.stat(d); err != nil {
		return nil, err
	}
	ask := make([]string, d.Messages)
	for i := range ask {
		ask[i] = fmt.Sprintf("RETR %d\r\n", i+1)
	}
	var (
		out               []byte
		owed, asked, done int
		start             = time.Now()
	)
	for more := true; done < asked || more; {
		for ; more && asked-done+owed < inFlight; owed++ {
			out = append(out, ask[(asked+owed)%len(ask)]...)
		}
		// What is asked for goes out in one write, when all that has come is used up.
		if owed > 0 && (w.r == w.w || asked == done) {
			if _, err := w.c.Write(out); err != nil {
				return nil, err
			}
			asked, owed, out = asked+owed, 0, out[:0]
		}
		if err := w.message(d.sent()); err != nil {
			return nil, fmt.Errorf("RETR of %s, answer %d: %w", d.User, done+1, err)
		}
		done++
		if more && time.Since(start) >= r.slice {
			more = false
			owed, out = 0, out[:0]
		}
	}
	took := time.Since(start).Seconds()
	if err := w.quit(); err != nil {
		return nil, err
	}
	if d.Octets >= 10<<10 {
		return []float64{float64(done) * float64(d.Octets) / 1e6 / took}, nil
	}
	return []float64{float64(done) / took}, nil
}

// pipeline sends one command over and over, block commands with each write and up to blocks writes
// ahead of the answers, and returns the answers a second. All answers must be equal octet by
// octet: NOOP and STAT leave nothing to differ.
func pipeline(ctx context.Context, r run, d drop, verb string, block, blocks int) ([]float64, error) {
	w, err := dial(ctx, r.s.plain, 0, false, make([]byte, inBuffer))
	if err != nil {
		return nil, err
	}
	defer w.c.Close()
	if err := w.login(d.user(0)); err != nil {
		return nil, err
	}
	if err := w.stat(d); err != nil {
		return nil, err
	}
	answer, err := w.command(verb)
	if err != nil {
		return nil, err
	}
	var (
		ask           = []byte(strings.Repeat(verb+"\r\n", block))
		want          = []byte(strings.Repeat(string(answer)+"\r\n", block))
		sent, got, at int // blocks sent, blocks answered, octets into the answer of a block
		start         = time.Now()
	)
	for more := true; got < sent || more; {
		for ; more && sent-got < blocks; sent++ {
			if _, err := w.c.Write(ask); err != nil {
				return nil, err
			}
		}
		if err := w.fill(); err != nil {
			return nil, fmt.Errorf("after %d answers to %s: %w", got*block, verb, err)
		}
		for have := w.buf[:w.w]; len(have) > 0; {
			n := min(len(have), len(want)-at)
			if !bytes.Equal(have[:n], want[at:at+n]) {
				return nil, fmt.Errorf("%s, pipelined: got %.80q, want %.80q", verb, have[:n], want[at:at+n])
			}
			have, at = have[n:], at+n
			if at == len(want) {
				at = 0
				got++
			}
		}
		w.r = w.w
		if got > sent || got == sent && at > 0 {
			return nil, fmt.Errorf("%s, pipelined: got more answers than the %d that were asked for", verb, sent*block)
		}
		if time.Since(start) >= r.slice {
			more = false
		}
	}
	took := time.Since(start).Seconds()
	if err := w.quit(); err != nil {
		return nil, err
	}
	return []float64{float64(got*block) / took}, nil
}

// sessions holds short sessions, d.Users at a time, each to a maildrop of its own so that locks
// don't collide, and returns sessions a second.
func sessions(ctx context.Context, r run, d drop) ([]float64, error) {
	var (
		wait  sync.WaitGroup
		count atomic.Int64
		errs  = make([]error, d.Users)
		start = time.Now()
	)
	for u := range d.Users {
		// Each client ends after the slice or with its first error.
		wait.Go(func() {
			buf := make([]byte, 4<<10)
			for n := u; errs[u] == nil && time.Since(start) < r.slice; n += d.Users {
				if errs[u] = session(ctx, r.s.plain, n, d, d.user(u), buf); errs[u] == nil {
					count.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return []float64{float64(count.Load()) / time.Since(start).Seconds()}, errors.Join(errs...)
}

// session is one short session: connect, USER, PASS, STAT, QUIT, and the server closes.
func session(ctx context.Context, addr string, n int, d drop, user string, buf []byte) error {
	w, err := dial(ctx, addr, n, false, buf)
	if err != nil {
		return err
	}
	defer w.c.Close()
	if err := w.login(user); err != nil {
		return err
	}
	if err := w.stat(d); err != nil {
		return err
	}
	return w.quit()
}
