package main

import (
	"context"
	"fmt"
	"time"
)

// A scenario is one thing to measure. The table below is the bench: everything else applies it.
type scenario struct {
	Name  string
	Doc   string
	Drops []drop // what it needs on disk
	Rows  []row  // what it finds out, in the order of the figures that Run returns

	// Fresh asks for a server process that has done nothing yet; the scenario then runs once.
	// Otherwise it runs once for each side and round, over processes that go on.
	Fresh bool
	// Alone leaves the reference out, because it has nothing to be compared with.
	Alone bool
	// Rate says that the figure is a rate, higher is better, measured for the time of run.slice.
	Rate bool
	// Warm runs once for each side before the first round. It checks every octet.
	Warm func(ctx context.Context, r run) error
	// Run measures and returns a figure for each row. It checks what it can without cost.
	Run func(ctx context.Context, r run) ([]float64, error)
}

// A row is one line of the result.
type row struct {
	Name   string
	Unit   string
	Target target
}

// A target is what the figure must reach: any one of the bounds that are set.
type target struct {
	Ratio float64 // ours / reference, at least
	Rate  float64 // ours, at least
	Most  float64 // ours, at most
	Zero  bool    // ours, zero
	Aim   float64 // a ratio to strive for; not needed
}

// A run is what a scenario works on.
type run struct {
	s     *server
	again starter       // starts one more server of the same side, after s.stop
	slice time.Duration // how long a measurement of a rate lasts
}

// A scale is how big everything is. The scale of the issue is full; tests have a smaller one.
type scale struct {
	Big, Mid, Small, Huge int // octets of a message
	Few                   int // messages of the Mid and Small drops, and twice what Big has
	Crowd, Storm, Many    int // connections, connections at once, messages in one maildrop
}

var full = scale{
	Big: 10 << 20, Mid: 100 << 10, Small: 1 << 10, Huge: 100 << 20,
	Few: 64, Crowd: 10000, Storm: 1000, Many: 10000,
}

// scenarios is the table at a scale.
func scenarios(sc scale) []scenario {
	var (
		lf    = drop{User: "ten-lf", Messages: 4, Octets: sc.Big, Ends: "\n"}
		crlf  = drop{User: "ten-crlf", Messages: 4, Octets: sc.Big, Ends: "\r\n"}
		mid   = drop{User: "hundred", Messages: sc.Few, Octets: sc.Mid, Ends: "\n"}
		small = drop{User: "one", Messages: 4 * sc.Few, Octets: sc.Small, Ends: "\n"}
		each  = drop{User: "each", Users: 8, Messages: 10, Octets: sc.Small, Ends: "\n"}
		crowd = drop{User: "crowd", Users: sc.Crowd, Messages: 1, Octets: sc.Small, Ends: "\n"}
		huge  = drop{User: "huge", Messages: 2, Octets: sc.Huge, Ends: "\n", Mixed: true}
		many  = drop{User: "many", Messages: sc.Many, Octets: sc.Small, Ends: "\n"}
	)
	retr := func(name, doc string, d drop, inFlight int, secure bool, r row) scenario {
		return scenario{Name: name, Doc: doc, Drops: []drop{d}, Rows: []row{r}, Rate: true,
			Warm: func(ctx context.Context, r run) error { return checkDrop(ctx, r, d, secure) },
			Run:  func(ctx context.Context, r run) ([]float64, error) { return retrieve(ctx, r, d, inFlight, secure) },
		}
	}
	flood := func(name, doc, verb string, block, blocks int, r row) scenario {
		return scenario{Name: name, Doc: doc, Drops: []drop{small}, Rows: []row{r}, Rate: true,
			Run: func(ctx context.Context, r run) ([]float64, error) {
				return pipeline(ctx, r, small, verb, block, blocks)
			},
		}
	}
	stored := row{"RETR 10 MB, stored with LF", "MB/s", target{Ratio: 0.5}}
	direct := row{"RETR 10 MB, stored with CRLF", "MB/s", target{Ratio: 0.5, Aim: 0.8}}
	return []scenario{
		retr("retr-10m-lf", "one connection, messages of 10 MB one after the other; the CRs have to be put in", lf, 1, false, stored),
		retr("retr-10m-crlf", "the same, with files that stand as they go out", crlf, 1, false, direct),
		retr("retr-100k", "messages of 100 KB, stored with LF", mid, 1, false, row{"RETR 100 KB", "MB/s", target{Ratio: 0.5}}),
		retr("retr-1k", "messages of 1 KB, the next asked for when the last is there", small, 1, false, row{"RETR 1 KB", "/s", target{Ratio: 0.8}}),
		retr("retr-1k-16", "messages of 1 KB, sixteen RETR in flight", small, 16, false, row{"RETR 1 KB, 16 in flight", "/s", target{Ratio: 0.4}}),
		retr("tls", "messages of 10 MB, stored with CRLF, over implicit TLS", crlf, 1, true, row{"RETR 10 MB over TLS", "MB/s", target{Rate: 350}}),
		flood("noop", "a hundred NOOP in one write, the next hundred when all are answered", "NOOP", 100, 1,
			row{"NOOP, 100 in flight", "/s", target{Ratio: 0.4, Rate: 1e6}}),
		flood("stat", "the same with STAT", "STAT", 100, 1,
			row{"STAT, 100 in flight", "/s", target{Ratio: 0.4, Rate: 1e6}}),
		flood("noop-2048", "NOOP with up to 2,048 in flight: what a command costs when the network costs little", "NOOP", 512, 4,
			row{"NOOP, 2,048 in flight", "/s", target{}}),
		{Name: "session", Doc: "8 connections at a time, each to a maildrop of its own: connect, USER, PASS, STAT, QUIT, again",
			Drops: []drop{each}, Rate: true,
			Rows: []row{{"login, STAT, QUIT at 8 connections", "/s", target{Ratio: 0.8}}},
			Warm: func(ctx context.Context, r run) error {
				for u := range each.Users {
					if err := checkUser(ctx, r, each, each.user(u), false); err != nil {
						return err
					}
				}
				return nil
			},
			Run: func(ctx context.Context, r run) ([]float64, error) { return sessions(ctx, r, each) },
		},
		{Name: "storm", Doc: fmt.Sprintf("%d clients connect at the same moment, log in, ask STAT and quit", sc.Storm),
			Drops: []drop{crowd}, Fresh: true,
			Rows: []row{
				{"login storm: clients refused", "", target{Zero: true}},
				{"login storm: until all are served", "ms", target{}},
			},
			Run: func(ctx context.Context, r run) ([]float64, error) { return storm(ctx, r, crowd, sc.Storm) },
		},
		{Name: "open", Doc: fmt.Sprintf("from PASS to the answer to STAT for a maildrop of %d messages", sc.Many),
			Drops: []drop{many}, Fresh: true, Alone: true,
			Rows: []row{
				{"opening 10,000 messages, first time", "ms", target{}},
				{"opening 10,000 messages again", "ms", target{Most: 100}},
				{"opening 10,000 messages after a restart", "ms", target{}},
			},
			Run: func(ctx context.Context, r run) ([]float64, error) { return reopen(ctx, r, many) },
		},
		{Name: "idle", Doc: fmt.Sprintf("memory of the server process for %d connections that do nothing", sc.Crowd),
			Drops: []drop{crowd}, Fresh: true,
			Rows: []row{
				{"memory of an idle connection, greeted", "KiB", target{Most: 8}},
				{"memory of an idle connection, logged in", "KiB", target{Most: 12}},
			},
			Run: func(ctx context.Context, r run) ([]float64, error) { return idle(ctx, r, crowd) },
		},
		{Name: "peak", Doc: "how far the memory of the server process grows, at most, while it opens a maildrop with two messages of 100 MB, stored with LF and with CRLF, and sends both",
			Drops: []drop{huge, small}, Fresh: true, Alone: true,
			Rows: []row{{"memory for a message of 100 MB", "KiB", target{Most: 1024}}},
			Run:  func(ctx context.Context, r run) ([]float64, error) { return grow(ctx, r, small, huge) },
		},
	}
}
