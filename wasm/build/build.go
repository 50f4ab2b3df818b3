// Package build builds the module that a page loads, for all who need it: the site, the tests, and the
// measuring of its size. So what is tested and measured is what is shipped.
package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"pop3lab/engine/sim"
)

// Module is the module, compiled from the sources of this Go module.
//
// Nothing is inlined: that makes it smaller by a twelfth with brotli, and starts it no later; a call takes two to three
// times as long, and is far below a millisecond still.
//
// It is started already, and keeps the world of the first page: see started.go.
func Module() ([]byte, error) { return engine() }

// Lessons is the module with what a lesson's page needs besides.
func Lessons() ([]byte, error) { return engine("-tags=lessons") }

func engine(flags ...string) ([]byte, error) {
	module, err := Program("pop3lab/wasm", append(flags, "-gcflags=all=-l")...)
	if err != nil {
		return nil, err
	}
	script, err := sim.Opening()
	if err != nil {
		return nil, err
	}
	return started(module, script.Text())
}

// Program is any program, compiled for the browser with further flags for go build.
func Program(program string, flags ...string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pop3lab-wasm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "out.wasm")
	args := append([]string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out}, flags...)
	cmd := exec.Command("go", append(args, program)...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s for the browser: %w\n%s", program, err, text)
	}
	return os.ReadFile(out)
}
