package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pop3lab/engine"
)

// TestMain makes the test binary the reference when the bench starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("BENCH_ROLE") == "reference" {
		if err := command(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tiny is a scale at which every scenario takes some milliseconds.
var tiny = scale{Big: 300 << 10, Mid: 20 << 10, Small: 1 << 10, Huge: 400 << 10, Few: 4, Crowd: 40, Storm: 40, Many: 50}

// TestEveryScenario runs the instruments, the reference on both sides. It holds no figure against
// a target: it proves that figures come out and that the answers behind them were checked.
func TestEveryScenario(t *testing.T) {
	o := options{server: "reference", dir: t.TempDir(), rounds: 2, slice: 5 * time.Millisecond,
		referenceEnv: []string{"BENCH_ROLE=reference"}, scale: tiny}
	if runtime.GOOS != "linux" {
		o.only = "retr-10m-lf,retr-10m-crlf,retr-100k,retr-1k,retr-1k-16,tls,noop,stat,noop-2048,session,storm,open"
	}
	shown := 0
	results, err := measure(t.Context(), o, func(result) { shown++ })
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := choose(scenarios(tiny), o.only)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, sc := range chosen {
		for _, r := range sc.Rows {
			if i == len(results) {
				t.Fatalf("got %d rows, want one for each row of the table, also %q", i, r.Name)
			}
			got := results[i]
			i++
			if got.Row != r.Name {
				t.Errorf("row %d: got %q, want %q: rows come in the order of the table", i, got.Row, r.Name)
			}
			switch {
			case math.IsNaN(float64(got.Ours)):
				t.Errorf("%s: got no figure", r.Name)
			case r.Target.Zero && got.Ours != 0:
				t.Errorf("%s: got %v, want 0: the reference refuses nobody", r.Name, got.Ours)
			case sc.Rate && got.Ours <= 0:
				t.Errorf("%s: got %v, want a rate", r.Name, got.Ours)
			case sc.Rate && got.Rounds != o.rounds:
				t.Errorf("%s: got %d rounds, want %d", r.Name, got.Rounds, o.rounds)
			case sc.Alone != math.IsNaN(float64(got.Reference)):
				t.Errorf("%s: got reference %v, and Alone is %v", r.Name, got.Reference, sc.Alone)
			}
		}
	}
	if i != len(results) || shown != len(results) {
		t.Errorf("got %d rows and showed %d, want %d", len(results), shown, i)
	}
}

// A scripted server greets and answers line n, counted from 0, with what answer returns, until
// that ends with quit.
func scripted(t *testing.T, greeting string, answer func(n int, line string) (reply string, quit bool)) run {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() { // ends when ln is closed
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // ends with quit or its client
				defer c.Close()
				out := bufio.NewWriter(c)
				out.WriteString(greeting)
				out.Flush()
				in := bufio.NewScanner(c)
				for n, quit := 0, false; !quit && in.Scan(); n++ {
					var reply string
					reply, quit = answer(n, in.Text())
					out.WriteString(reply)
					out.Flush()
				}
			}()
		}
	}()
	return run{s: &server{plain: ln.Addr().String()}, slice: time.Millisecond}
}

// TestWrongAnswers shows that no wrong answer passes for a fast one.
func TestWrongAnswers(t *testing.T) {
	d := drop{User: "one", Messages: 2, Octets: 1 << 10, Ends: "\r\n"}
	right := func(n int, line string) (string, bool) {
		var num int
		switch {
		case line == "STAT":
			return d.stat() + "\r\n", false
		case line == "QUIT":
			return "+OK\r\n", true
		case strings.HasPrefix(line, "RETR"):
			fmt.Sscanf(line, "RETR %d", &num)
			return "+OK\r\n" + string(onWire(d.compose(num-1))), false
		}
		return "+OK\r\n", false
	}
	// instead answers like right, except for lines that begin with verb.
	instead := func(verb string, change func(n int, reply string) string) func(int, string) (string, bool) {
		return func(n int, line string) (string, bool) {
			reply, quit := right(n, line)
			if strings.HasPrefix(line, verb) {
				reply = change(n, reply)
			}
			return reply, quit
		}
	}
	check := func(ctx context.Context, r run) error { return checkDrop(ctx, r, d, false) }
	fetch := func(ctx context.Context, r run) error { _, err := retrieve(ctx, r, d, 2, false); return err }
	flood := func(ctx context.Context, r run) error {
		_, err := pipeline(ctx, r, d, "NOOP", 100, 1)
		return err
	}
	short := func(ctx context.Context, r run) error {
		return session(ctx, r.s.plain, 0, d, d.User, make([]byte, 1<<10))
	}
	const ok = "+OK ready\r\n"
	for _, test := range []struct {
		name     string
		greeting string
		answer   func(int, string) (string, bool)
		do       func(context.Context, run) error
		want     string // in the error; "" for none
	}{
		{"all is right: every octet", ok, right, check, ""},
		{"all is right: RETR", ok, right, fetch, ""},
		{"all is right: NOOP", ok, right, flood, ""},
		{"all is right: a session", ok, right, short, ""},
		{"refused at the door", "-ERR too many\r\n", right, short, "greeting"},
		{"a greeting of two lines", "+OK ready\r\n+OK really\r\n", right, short, "want one line"},
		{"no CR", "+OK ready\n", right, short, "without CRLF"},
		{"a refused password", ok, instead("PASS", func(int, string) string { return "-ERR no\r\n" }), short, "want +OK"},
		{"a message too many in STAT", ok, instead("STAT", func(int, string) string { return "+OK 3 2048\r\n" }), short, "STAT of one"},
		{"an octet too many in STAT", ok, instead("STAT", func(int, string) string { return "+OK 2 20480\r\n" }), short, "STAT of one"},
		{"QUIT answered twice", ok, instead("QUIT", func(_ int, reply string) string { return reply + reply }), short, "after the answer to QUIT"},
		{"one octet is wrong", ok, instead("RETR 2", func(_ int, reply string) string { return strings.Replace(reply, "dot", "got", 1) }), check, "RETR 2 of one"},
		{"the same message twice", ok, instead("RETR 2", func(n int, _ string) string { r, _ := right(n, "RETR 1"); return r }), check, "RETR 2 of one"},
		{"not byte-stuffed", ok, instead("RETR 2", func(_ int, reply string) string { return strings.Replace(reply, "\n..", "\n.", 1) + "+" }), check, "RETR 2 of one"},
		{"an octet too many", ok, instead("RETR", func(_ int, reply string) string { return strings.Replace(reply, "dot", "doot", 1) }), fetch, "ends in"},
		{"an octet missing", ok, instead("RETR", func(_ int, reply string) string { return strings.Replace(reply, "dot", "do", 1) }), fetch, "ends in"},
		{"RETR refused", ok, instead("RETR 2", func(int, string) string { return "-ERR gone\r\n" }), fetch, "want +OK"},
		{"one NOOP in many refused", ok, instead("NOOP", func(n int, reply string) string {
			if n == 77 {
				return "-ER\r\n" // as long as the right answer
			}
			return reply
		}), flood, "NOOP, pipelined"},
		{"one NOOP in many answered twice", ok, instead("NOOP", func(n int, reply string) string {
			if n == 103 { // the last of the first hundred
				return reply + reply
			}
			return reply
		}), flood, "more answers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := test.do(ctx, scripted(t, test.greeting, test.answer))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error: every answer was right", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q: a wrong answer is no figure", err, test.want)
			}
		})
	}
}

// TestStormCountsRefusals shows that a refusal is counted, not an end of the measurement.
func TestStormCountsRefusals(t *testing.T) {
	d := drop{User: "crowd", Users: 10, Messages: 1, Octets: 1 << 10, Ends: "\n"}
	r := scripted(t, "+OK\r\n", func(_ int, line string) (string, bool) {
		switch line {
		case "USER crowd00003", "USER crowd00007":
			return "-ERR [SYS/TEMP] too many\r\n", true
		case "STAT":
			return d.stat() + "\r\n", false
		}
		return "+OK\r\n", line == "QUIT"
	})
	got, err := storm(t.Context(), r, d, 10)
	if err != nil || got[0] != 2 {
		t.Errorf("storm of 10 clients, two of them refused: got %v, %v, want 2", got, err)
	}
}

func TestComposeHasItsSize(t *testing.T) {
	for octets := 300; octets < 500; octets++ { // every length that the last lines may have
		d := drop{User: "one", Messages: 2, Octets: octets, Ends: "\n"}
		for i := range d.Messages {
			message := d.compose(i)
			if len(message) != octets {
				t.Fatalf("compose(%d): got %d octets, want %d", i, len(message), octets)
			}
			if got := len(onWire(message)); got != d.sent() {
				t.Fatalf("a message of %d octets on the wire: got %d, want %d", octets, got, d.sent())
			}
			stored := bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n"))
			var m engine.Meter
			m.Write(stored)
			if m.Octets() != int64(octets) || !bytes.HasSuffix(stored, []byte("\n")) {
				t.Fatalf("engine.Meter for a message of %d octets: got %d; the bench and the engine must count alike", octets, m.Octets())
			}
		}
		if bytes.Equal(d.compose(0), d.compose(1)) {
			t.Fatal("two messages are equal: then a wrong one can't be told")
		}
	}
}

func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	drops := []drop{
		{User: "a", Messages: 2, Octets: 400, Ends: "\n", Mixed: true},
		{User: "b", Users: 2, Messages: 1, Octets: 400, Ends: "\r\n"},
	}
	for run, chosen := range [][]drop{drops[1:], drops, drops} { // the last time everything is there
		root, users, err := prepare(dir, chosen, drops)
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(users)
		if want := "a:tanstaaf\nb00000:tanstaaf\nb00001:tanstaaf\n"; err != nil || string(list) != want {
			t.Fatalf("users file: got %q, %v, want %q", list, err, want)
		}
		if run == 0 {
			if _, err := os.Stat(filepath.Join(root, "a")); err == nil {
				t.Error("a drop that wasn't chosen was written")
			}
			continue
		}
		for name, crlf := range map[string]bool{"a/cur/1700000000.M0P1.bench:2,": false, "a/cur/1700000000.M1P1.bench:2,": true, "b00001/cur/1700000000.M0P1.bench:2,": true} {
			stored, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Contains(stored, []byte("\r\n")); got != crlf {
				t.Errorf("%s: got CRLF line ends %v, want %v", name, got, crlf)
			}
		}
	}
}

func TestListening(t *testing.T) {
	const text = "pop3lab dev\nlistening on 127.0.0.1:1110 (pop3)\n  listening on 127.0.0.1:1995 (pop3s), fingerprint 00\nlistening on 127.0.0.1:2 (other)"
	for kind, want := range map[string]string{"pop3": "127.0.0.1:1110", "pop3s": "127.0.0.1:1995", "other": ""} {
		if got := listening(text, kind); got != want {
			t.Errorf("listening(%s): got %q, want %q; a line counts when its end is there", kind, got, want)
		}
	}
}

func TestLaunchTellsWhatWentWrong(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = launch(t.Context(), "reference", t.TempDir(), []string{"BENCH_ROLE=reference"}, self, "reference", "--nonsense")
	if err == nil || !strings.Contains(err.Error(), "-nonsense") {
		t.Errorf("a server that ends at once: got %v, want an error with what it said", err)
	}
	_, err = startProduct(t.TempDir(), "", "", filepath.Join(t.TempDir(), "none"))(t.Context())
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("no binary: got %v, want an error that says what to do", err)
	}
}

func TestSummarize(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		name            string
		target          target
		ours, reference []float64
		ratio, min, max float64
		met             *bool
	}{
		{"median of the ratios, not ratio of the medians", target{Ratio: 0.5}, []float64{10, 90, 40}, []float64{10, 100, 100}, 0.9, 0.4, 1, &yes},
		{"even number of rounds", target{Ratio: 0.5}, []float64{4, 5}, []float64{10, 10}, 0.45, 0.4, 0.5, &no},
		{"the rate will do", target{Ratio: 0.5, Rate: 3}, []float64{4}, []float64{10}, 0.4, 0.4, 0.4, &yes},
		{"too much memory", target{Most: 3}, []float64{4}, nil, missing, missing, missing, &no},
		{"little memory", target{Most: 4}, []float64{4}, nil, missing, missing, missing, &yes},
		{"none refused", target{Zero: true}, []float64{0}, []float64{0}, missing, missing, missing, &yes},
		{"one refused", target{Zero: true}, []float64{1}, []float64{0}, missing, missing, missing, &no},
		{"no figure", target{Most: 4}, []float64{missing}, nil, missing, missing, missing, &no},
		{"no target", target{}, []float64{1}, []float64{1}, 1, 1, 1, nil},
	} {
		got := summarize("x", row{"y", "/s", test.target}, test.ours, test.reference)
		same := func(a figure, b float64) bool {
			return math.Abs(float64(a)-b) < 1e-9 || math.IsNaN(float64(a)) && math.IsNaN(b)
		}
		if !same(got.Ratio, test.ratio) || !same(got.RatioMin, test.min) || !same(got.RatioMax, test.max) {
			t.Errorf("%s: got ratio %v (%v–%v), want %v (%v–%v)", test.name, got.Ratio, got.RatioMin, got.RatioMax, test.ratio, test.min, test.max)
		}
		if (got.Met == nil) != (test.met == nil) || got.Met != nil && *got.Met != *test.met {
			t.Errorf("%s: met: got %v, want %v (target %q)", test.name, got.Met, test.met, got.Target)
		}
	}
}

func TestChoose(t *testing.T) {
	all := scenarios(full)
	got, err := choose(all, "stat,retr-1k")
	if err != nil || len(got) != 2 || got[0].Name != "retr-1k" || got[1].Name != "stat" {
		t.Errorf("--only stat,retr-1k: got %v, %v, want both in the order of the table", got, err)
	}
	if _, err := choose(all, "retr-1k,speed"); err == nil || !strings.Contains(err.Error(), "speed") {
		t.Errorf("--only with an unknown name: got %v, want an error that names it", err)
	}
	seen := make(map[string]bool)
	for _, sc := range all {
		if seen[sc.Name] {
			t.Errorf("two scenarios are called %s", sc.Name)
		}
		seen[sc.Name] = true
	}
}
