// Bench is the load program: it measures how fast a POP3 server is, as a ratio to a bare sender on
// the same machine in the same minutes.
//
//	go run ./engine/server/bench                       # bin/pop3lab against the reference
//	go run ./engine/server/bench --only retr-1k,noop   # two scenarios
//	go run ./engine/server/bench --server reference    # the reference against itself: how noisy is this machine?
//
// Both servers are processes of their own. They get the same commands from the same client, in
// turns (A B A B …), and each round gives one ratio; the report has the median, and the smallest
// and the largest beside it. The client checks what it gets: before the first round every message
// octet by octet, afterwards the status lines, the lengths and the ends. A wrong answer is an
// error, not a slow one.
//
// Two more columns help where a machine is not quiet: "best" is the ratio of the best rounds of
// either side, and "CPU" is how much more CPU time the server used than the reference for the same
// work, in the kernel and outside.
//
// Read scenario.go first: it's the bench, as a table. rate.go and once.go are what the table
// calls, wire.go is the client, reference.go the yardstick, process.go starts servers, mail.go
// fills the maildrops, report.go prints. The package hostile has the clients that don't behave.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const usage = `Usage: go run ./engine/server/bench [flags]
       go run ./engine/server/bench prepare --dir DIR

Measures a POP3 server against a bare sender of ready-made octets and prints a
table. Exit status 1 means that something could not be measured or was answered
wrongly; a target that is not met is no failure.

Examples:
  make build && go run ./engine/server/bench
  go run ./engine/server/bench --only retr-10m-lf,retr-10m-crlf --rounds 51
  go run ./engine/server/bench --json > figures.json

Any other server: write the maildrops and the users file (name:password), let
the server serve them, and say where it is.
  go run ./engine/server/bench prepare --dir DIR   # DIR/maildir/USER/cur, DIR/users
  go run ./engine/server/bench --dir DIR --server-addr 127.0.0.1:110 \
      --server-tls-addr 127.0.0.1:995 --server-pid "$(pidof -s dovecot)"

Scenarios:
%s
Flags:
`

// options is what the command line says.
type options struct {
	dir                   string
	server, addr, tlsAddr string
	pid                   int
	only                  string
	rounds                int
	slice                 time.Duration
	json                  bool
	referenceEnv          []string // of the reference's process; tests need one
	scale                 scale
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := command(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command runs one of the three roles of the program.
func command(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "reference" {
		flags := flag.NewFlagSet("reference", flag.ContinueOnError)
		root := flags.String("maildir", ".", "ROOT, with ROOT/USER/{new,cur}")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return referenceMain(*root)
	}
	preparing := len(args) > 0 && args[0] == "prepare"
	if preparing {
		args = args[1:]
	}
	o := options{scale: full}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.dir, "dir", "", "keep maildrops and logs in this `directory` (default: a new one, removed afterwards)")
	flags.StringVar(&o.server, "server", filepath.Join("bin", "pop3lab"), "the `binary` to measure, or reference")
	flags.StringVar(&o.addr, "server-addr", "", "measure the server at this `address` instead of starting one")
	flags.StringVar(&o.tlsAddr, "server-tls-addr", "", "the `address` of its listener with implicit TLS")
	flags.IntVar(&o.pid, "server-pid", 0, "its `process`, for the figures of memory")
	flags.StringVar(&o.only, "only", "", "run these scenarios only: `names` with commas between")
	flags.IntVar(&o.rounds, "rounds", 15, "how many times each side is measured")
	flags.DurationVar(&o.slice, "slice", 200*time.Millisecond, "how long a round of a rate lasts for each side")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	flags.Usage = func() {
		var list strings.Builder
		for _, s := range scenarios(full) {
			fmt.Fprintf(&list, "  %-14s %s\n", s.Name, s.Doc)
		}
		fmt.Fprintf(os.Stderr, usage, list.String())
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("don't know what to do with %q: see --help", flags.Args())
	}
	if o.rounds < 1 || o.slice <= 0 {
		return errors.New("--rounds and --slice must be more than nothing")
	}
	if preparing {
		if o.dir == "" {
			return errors.New("say with --dir where the maildrops are to be written")
		}
		all := scenarios(o.scale)
		chosen, err := choose(all, o.only)
		if err != nil {
			return err
		}
		root, users, err := prepare(o.dir, dropsOf(chosen), dropsOf(all))
		if err == nil {
			fmt.Printf("maildrops: %s\nusers:     %s\n", root, users)
		}
		return err
	}
	if busy := load(); busy > float64(runtime.NumCPU())/2 {
		note("this machine is busy (load %.1f): the ratios will scatter, and the best rounds tell more than the medians", busy)
	}
	if !o.json {
		header(os.Stdout, o.subject())
	}
	results, err := measure(ctx, o, func(r result) {
		if !o.json {
			r.line(os.Stdout)
		}
	})
	if o.json {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = errors.Join(err, encoder.Encode(report{o.subject(), runtime.NumCPU(), runtime.GOOS, runtime.Version(), results}))
	}
	return err
}

// subject names the server under test.
func (o options) subject() string {
	if o.addr != "" {
		return o.addr
	}
	return o.server
}

// measure prepares the maildrops, starts both servers, runs the chosen scenarios and gives each
// row of the result to show as soon as it's known. A scenario that fails does not end the run.
func measure(ctx context.Context, o options, show func(result)) ([]result, error) {
	all := scenarios(o.scale)
	chosen, err := choose(all, o.only)
	if err != nil {
		return nil, err
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "pop3lab-bench-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	root, users, err := prepare(dir, dropsOf(chosen), dropsOf(all))
	if err != nil {
		return nil, err
	}
	reference := startReference(dir, root, o.referenceEnv...)
	ours := startProduct(dir, root, users, o.server)
	switch {
	case o.addr != "":
		ours = startNothing(o.addr, o.tlsAddr, o.pid)
	case o.server == "reference":
		ours = reference
	}
	sides := [2]starter{ours, reference}
	var kept [2]*server // the processes that go on from scenario to scenario
	for i, start := range sides {
		if kept[i], err = start(ctx); err != nil {
			return nil, err
		}
		defer kept[i].stop()
	}
	var (
		results []result
		errs    []error
	)
	for _, sc := range chosen {
		rows, err := sc.measure(ctx, sides, kept, o)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", sc.Name, err))
			note("%s: %v", sc.Name, err)
		}
		for _, r := range rows {
			show(r)
		}
		results = append(results, rows...)
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) > 0 {
		err = fmt.Errorf("%d of %d scenarios could not be measured", len(errs), len(chosen))
	}
	return results, err
}

// measure runs one scenario and makes its rows.
func (sc scenario) measure(ctx context.Context, sides [2]starter, kept [2]*server, o options) ([]result, error) {
	count := len(sides)
	if sc.Alone {
		count = 1
	}
	rounds := o.rounds
	if !sc.Rate {
		rounds = 1
	}
	figures := make([][2][]float64, len(sc.Rows)) // by row, side, round
	var cost, done [2]float64                     // seconds of the server's CPU, and what was done in them
	for round := range rounds {
		for side := range count {
			err := func() error {
				r := run{s: kept[side], again: sides[side], slice: o.slice}
				if sc.Fresh {
					s, err := r.again(ctx)
					if err != nil {
						return err
					}
					defer s.stop()
					r.s = s
				}
				if round == 0 && sc.Warm != nil {
					if err := sc.Warm(ctx, r); err != nil {
						return err
					}
				}
				before := cpuSeconds(r.s.pid)
				got, err := sc.Run(ctx, r)
				for i := range got {
					figures[i][side] = append(figures[i][side], got[i])
				}
				if sc.Rate && err == nil {
					cost[side] += cpuSeconds(r.s.pid) - before
					done[side] += got[0] * r.slice.Seconds()
				}
				return err
			}()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kept[side].name, err)
			}
		}
	}
	var rows []result
	for i, r := range sc.Rows {
		res := summarize(sc.Name, r, figures[i][0], figures[i][1])
		if sc.Rate {
			res.Best = figure(slices.Max(figures[i][0]) / slices.Max(figures[i][1]))
			if cost[1] > 0 { // it's counted in hundredths of a second
				res.CPU = figure(cost[0] / done[0] / (cost[1] / done[1]))
			}
		}
		rows = append(rows, res)
	}
	return rows, nil
}

// choose picks the scenarios that are named, in the order of the table; all when none is.
func choose(all []scenario, only string) ([]scenario, error) {
	if only == "" {
		return all, nil
	}
	var chosen []scenario
	names := strings.Split(only, ",")
	for _, sc := range all {
		if i := slices.Index(names, sc.Name); i >= 0 {
			names = slices.Delete(names, i, i+1)
			chosen = append(chosen, sc)
		}
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("no scenario is called %q: --help lists them", names[0])
	}
	return chosen, nil
}

// dropsOf is what the scenarios need on disk.
func dropsOf(chosen []scenario) []drop {
	var drops []drop
	for _, sc := range chosen {
		for _, d := range sc.Drops {
			if !slices.Contains(drops, d) {
				drops = append(drops, d)
			}
		}
	}
	return drops
}

// note tells the person at the terminal something that is not part of the result.
func note(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
