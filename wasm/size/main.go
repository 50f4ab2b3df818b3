// Command size tells how large the browser's module is, as it is and as it
// travels, and what that is in times an empty Go program for the same
// platform, built in the same run: a ratio outlives an upgrade of Go. It fails
// above the gate.
//
//	go run ./wasm/size
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"

	"pop3lab/wasm/build"
)

// gate is how many times an empty program the module may be with brotli, lessonsGate the module with lessons.
const (
	gate        = 1.75
	lessonsGate = 2.0
)

// empty is a program that does nothing.
const empty = "package main\n\nfunc main() {}\n"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run() error {
	least, ours, taught, err := all()
	if err != nil {
		return err
	}
	fmt.Printf("%-10s %10s %10s %10s\n", "octets", "raw", "gzip", "brotli")
	fmt.Printf("%-10s %10d %10d %10d\n", "empty", least.raw, least.gzip, least.brotli)
	fmt.Printf("%-10s %10d %10d %10d\n", "module", ours.raw, ours.gzip, ours.brotli)
	ratio := float64(ours.brotli) / float64(least.brotli)
	fmt.Printf("%-10s %10.2f %10.2f %10.2f\n", "ratio", float64(ours.raw)/float64(least.raw), float64(ours.gzip)/float64(least.gzip), ratio)
	fmt.Printf("%-10s %10d %10d %10d\n", "lessons", taught.raw, taught.gzip, taught.brotli)
	fmt.Printf("%-10s %10.2f %10.2f %10.2f\n", "ratio", float64(taught.raw)/float64(least.raw), float64(taught.gzip)/float64(least.gzip), float64(taught.brotli)/float64(least.brotli))
	return above(least, ours, taught)
}

// above says which of the modules is larger than it may be.
func above(least, ours, taught sizes) error {
	for _, m := range []struct {
		name  string
		sizes sizes
		gate  float64
	}{{"the module", ours, gate}, {"the module with lessons", taught, lessonsGate}} {
		if ratio := float64(m.sizes.brotli) / float64(least.brotli); ratio > m.gate {
			return fmt.Errorf("%s is %.2f times an empty program with brotli, at most %.2f is allowed; go list -deps tells what came in", m.name, ratio, m.gate)
		}
	}
	return nil
}

// all measures an empty program, the module, and the module with lessons.
func all() (least, ours, taught sizes, err error) {
	dir, err := os.MkdirTemp("", "pop3lab-size")
	if err != nil {
		return least, ours, taught, err
	}
	defer os.RemoveAll(dir)
	none := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(none, []byte(empty), 0o644); err != nil {
		return least, ours, taught, err
	}
	if least, err = measure(build.Program(none)); err != nil {
		return least, ours, taught, err
	}
	if ours, err = measure(build.Module()); err != nil {
		return least, ours, taught, err
	}
	taught, err = measure(build.Lessons())
	return least, ours, taught, err
}

// sizes are a module's octets.
type sizes struct{ raw, gzip, brotli int }

// measure compresses a module.
func measure(module []byte, err error) (sizes, error) {
	if err != nil {
		return sizes{}, err
	}
	s := sizes{raw: len(module)}
	if s.gzip, err = packed(module, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }); err != nil {
		return s, err
	}
	s.brotli, err = packed(module, func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	})
	return s, err
}

// packed is how many octets p takes when it is compressed.
func packed(p []byte, by func(io.Writer) (io.WriteCloser, error)) (int, error) {
	var b bytes.Buffer
	w, err := by(&b)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(p); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return b.Len(), nil
}
