package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// storm lets n clients connect at the same moment, each to a maildrop of its own, and returns how
// many did not get through a short session, and the milliseconds until all were served.
func storm(ctx context.Context, r run, d drop, n int) ([]float64, error) {
	if err := needFiles(n); err != nil {
		return nil, err
	}
	var (
		wait  sync.WaitGroup
		errs  = make([]error, n)
		ready = make(chan struct{})
	)
	for u := range n {
		// Each client waits for the word and ends with its session.
		wait.Go(func() {
			buf := make([]byte, 1<<10)
			<-ready
			errs[u] = session(ctx, r.s.plain, u, d, d.user(u), buf)
		})
	}
	start := time.Now()
	close(ready)
	wait.Wait()
	took := time.Since(start)
	refused := 0
	for u, err := range errs {
		if err != nil {
			if refused++; refused == 1 {
				note("login storm: %s: %v", d.user(u), err)
			}
		}
	}
	return []float64{float64(refused), float64(took.Microseconds()) / 1e3}, nil
}

// reopen measures how long one large maildrop takes to open: the first time, again (the median of
// five), and by a new server process, which may read what the first one has kept. The time is from
// PASS to the answer to STAT, for a server may say +OK to PASS before it has looked.
func reopen(ctx context.Context, r run, d drop) ([]float64, error) {
	open := func(addr string) (float64, error) {
		w, err := dial(ctx, addr, 0, false, make([]byte, 4<<10))
		if err != nil {
			return 0, err
		}
		defer w.c.Close()
		if _, err := w.command("USER " + d.user(0)); err != nil {
			return 0, err
		}
		start := time.Now()
		if _, err := w.command("PASS " + password); err != nil {
			return 0, err
		}
		if err := w.stat(d); err != nil {
			return 0, err
		}
		took := time.Since(start)
		return float64(took.Microseconds()) / 1e3, w.quit()
	}
	first, err := open(r.s.plain)
	if err != nil {
		return nil, err
	}
	var again []float64
	for range 5 {
		ms, err := open(r.s.plain)
		if err != nil {
			return nil, err
		}
		again = append(again, ms)
	}
	if r.s.given {
		return []float64{first, median(again), missing}, nil
	}
	r.s.stop()
	s, err := r.again(ctx)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	restarted, err := open(s.plain)
	return []float64{first, median(again), restarted}, err
}

// idle opens a connection for each maildrop of d and leaves it alone, then logs all of them in,
// and returns the growth of the server process in KiB a connection, after each of the two.
func idle(ctx context.Context, r run, d drop) ([]float64, error) {
	if r.s.pid == 0 {
		return nil, errors.New("memory needs the server's process: give it with --server-pid")
	}
	if err := needFiles(d.Users); err != nil {
		return nil, err
	}
	// One whole session first, so that what the server loads once is not counted.
	buf := make([]byte, 1<<10)
	if err := session(ctx, r.s.plain, 0, d, d.user(0), buf); err != nil {
		return nil, err
	}
	before, err := resident(r.s.pid)
	if err != nil {
		return nil, err
	}
	conns := make([]*wire, d.Users)
	defer func() {
		for _, w := range conns {
			if w != nil {
				w.c.Close()
			}
		}
	}()
	// A few clients share the work, as they would come one after the other.
	const hands = 8
	all := func(do func(i int, buf []byte) error) error {
		var wait sync.WaitGroup
		errs := make([]error, hands)
		for h := range hands {
			wait.Go(func() {
				buf := make([]byte, 1<<10)
				for i := h; i < len(conns) && errs[h] == nil; i += hands {
					errs[h] = do(i, buf)
				}
			})
		}
		wait.Wait()
		return errors.Join(errs...)
	}
	err = all(func(i int, buf []byte) (err error) {
		conns[i], err = dial(ctx, r.s.plain, i, false, buf)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening %d connections: %w", d.Users, err)
	}
	greeted, err := resident(r.s.pid)
	if err != nil {
		return nil, err
	}
	err = all(func(i int, buf []byte) error {
		conns[i].buf = buf
		if err := conns[i].login(d.user(i)); err != nil {
			return err
		}
		return conns[i].stat(d)
	})
	if err != nil {
		return nil, fmt.Errorf("logging %d connections in: %w", d.Users, err)
	}
	loggedIn, err := resident(r.s.pid)
	if err != nil {
		return nil, err
	}
	each := func(now int64) float64 { return float64(now-before) / 1024 / float64(d.Users) }
	return []float64{each(greeted), each(loggedIn)}, nil
}

// grow returns by how many KiB the memory of the server process grows, at most, while it opens
// and sends a maildrop of huge messages, after it has done the same with small ones.
func grow(ctx context.Context, r run, small, huge drop) ([]float64, error) {
	if r.s.pid == 0 {
		return nil, errors.New("memory needs the server's process: give it with --server-pid")
	}
	if err := checkDrop(ctx, r, small, false); err != nil {
		return nil, err
	}
	if err := watchPeak(r.s.pid); err != nil {
		return nil, err
	}
	before, err := resident(r.s.pid)
	if err != nil {
		return nil, err
	}
	if err := checkDrop(ctx, r, huge, false); err != nil {
		return nil, err
	}
	most, err := peak(r.s.pid)
	if err != nil {
		return nil, err
	}
	return []float64{float64(most-before) / 1024}, nil
}

// needFiles says what to do when this process may not open that many connections.
func needFiles(connections int) error {
	if have := openFiles(); have < connections+100 {
		return fmt.Errorf("%d connections need as many open files and this process may have %d: raise the limit with `ulimit -n %d`", connections, have, connections+1000)
	}
	return nil
}
