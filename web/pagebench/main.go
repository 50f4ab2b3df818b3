// Command pagebench measures the first page in headless chromium.
//
//	go run ./web/pagebench
//
// It prints how long the first answer takes from the navigation on, as a ratio to the same page with an
// empty Go program in it, which is measured in turns with it (see first.go); what one command costs in a session of 500 steps;
// and the frames of stepping through a thousand steps, beside the frames of the same browser when nothing
// happens. Nothing here passes or fails: times are of the machine that they were measured on, which may
// have other things to do.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"pop3lab/web"
	"pop3lab/web/browse"
)

func main() {
	runs := flag.Int("n", 11, "how often the first answer is waited for")
	flag.Parse()
	if err := run(*runs); err != nil {
		fmt.Fprintln(os.Stderr, "pagebench:", err)
		os.Exit(1)
	}
}

func run(runs int) error {
	if _, err := os.Stat("web/app/main.ts"); err != nil {
		return fmt.Errorf("run it where go.mod is: %w", err)
	}
	handler, err := web.Handler()
	if err != nil {
		return err
	}
	site := httptest.NewServer(handler)
	defer site.Close()
	root, stop, err := browse.Start()
	if err != nil {
		return err
	}
	defer stop()
	for _, part := range []func() error{
		func() error { return first(root, handler, site.URL, runs) },
		func() error { return send(root, site.URL) },
		func() error { return steps(root, site.URL) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

//go:embed measure.ts
var measure string

// program is a program of the page's modules, small as ours is.
func program(source string) (string, error) {
	result := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: source, ResolveDir: "web/app", Loader: api.LoaderTS},
		Bundle: true, Format: api.FormatESModule, Target: api.ES2022,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true,
	})
	if len(result.Errors) > 0 {
		return "", fmt.Errorf("the program to be measured: %s", strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), "\n"))
	}
	return string(result.OutputFiles[0].Contents), nil
}

// measured opens a page, runs what source does with the functions of measure.ts, and returns the numbers that it leaves
// in window.measured.
//
// spent is the processor time that the page's main thread took for it.
func measured(root context.Context, url, ready, source string) (all []float64, spent float64, err error) {
	tab, err := browse.Open(root)
	if err != nil {
		return nil, 0, err
	}
	defer tab.Close()
	js, err := program(measure + "\n" + source)
	if err != nil {
		return nil, 0, err
	}
	if err := tab.Go(url); err != nil {
		return nil, 0, err
	}
	if err := tab.Until(ready); err != nil {
		return nil, 0, err
	}
	before, err := tab.Spent()
	if err != nil {
		return nil, 0, err
	}
	if _, err := tab.Eval("(() => {" + js + "})()"); err != nil {
		return nil, 0, err
	}
	for tries := 0; ; tries++ { // a wait ends after some time, a measurement takes what it takes
		if err = tab.Until("window.measured !== undefined"); err == nil {
			break
		}
		if tries == 10 {
			return nil, 0, fmt.Errorf("the measurement didn't end: %w; %s", err, strings.Join(tab.Complaints(), "; "))
		}
	}
	after, err := tab.Spent()
	if err != nil {
		return nil, 0, err
	}
	text, err := tab.Eval("window.measured.join()")
	if err != nil {
		return nil, 0, err
	}
	if complaints := tab.Complaints(); len(complaints) > 0 {
		return nil, 0, fmt.Errorf("the page complained: %s", strings.Join(complaints, "; "))
	}
	for _, n := range strings.Split(text, ",") {
		f, err := strconv.ParseFloat(n, 64)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, f)
	}
	return all, after["TaskDuration"] - before["TaskDuration"], nil
}

// quantile is the number below which so much of all lies.
func quantile(all []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(all))
	return s[int(q*float64(len(s)-1)+0.5)]
}

func median(all []float64) float64 { return quantile(all, 0.5) }
