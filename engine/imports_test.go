package engine_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Who may import what, as data. The first table is about the standard library: what the browser's module
// holds has to be small, and the engine has to be a function of what it's given.

// light are the packages of the standard library that the browser's module may hold.
var light = []string{"bufio", "bytes", "encoding/base64", "encoding/binary", "errors", "io", "maps", "math", "math/bits", "math/rand/v2",
	"slices", "sort", "strconv", "strings", "sync", "unicode", "unicode/utf8", "unsafe"}

// lightOnly are the packages that keep to them.
var lightOnly = []string{"pop3lab/engine", "pop3lab/engine/sasl", "pop3lab/engine/digest", "pop3lab/engine/memdrop",
	"pop3lab/engine/sim", "pop3lab/engine/sim/record", "pop3lab/engine/transcript", "pop3lab/lessons", "pop3lab/wasm"}

// heavy says of what is asked for most often why it isn't there.
var heavy = map[string]string{
	"net":           "the engine reads and writes no connection; engine/server does",
	"os":            "the engine opens no file and reads no environment; maildir and the command do",
	"time":          "the engine reads no clock: times come in as milliseconds (and time alone adds 42 kB to the module)",
	"context":       "nothing in the engine waits, so there is nothing to cancel",
	"fmt":           "adds 122 kB to the module; strconv and append do",
	"log":           "the engine returns events; whoever drives it writes logs",
	"log/slog":      "the engine returns events; whoever drives it writes logs",
	"encoding/json": "adds 234 kB to the module; engine/sim has records of octets",
	"encoding/hex":  "brings fmt; digest.Hex does",
	"math/rand":     "chance comes in through Config.Random; a seeded generator is in math/rand/v2",
	"reflect":       "adds tables to the module; nothing here is found out at run time",
	"regexp":        "adds 110 kB to the module",
	"embed":         "adds 63 kB to the module; vectors and lessons are read by native programs",
	"syscall/js":    "the module knows no JavaScript; a page calls its exports",
}

// hashes are what crypto packages are banned for, one sentence for all of them.
const hashes = "crypto's hashes add 106 kB to the module; engine/digest has small ones for it, and uses the standard ones elsewhere"

// directions says which of our packages a package may import, by itself; its tests may import any. A package that
// isn't here may import none of ours.
var directions = map[string][]string{
	"engine":                {"engine/sasl", "engine/digest"},
	"engine/sasl":           {"engine/digest"},
	"engine/sasl/prep":      {},
	"engine/sasl/binding":   {},
	"engine/digest":         {},
	"engine/conform":        {},
	"engine/memdrop":        {"engine"},
	"engine/maildir":        {"engine"},
	"engine/maildroptest":   {"engine"},
	"engine/client":         {"engine", "engine/sasl", "engine/sasl/prep", "engine/digest"},
	"engine/server":         {"engine", "engine/sasl", "engine/sasl/binding"},
	"engine/sim":            {"engine", "engine/sasl", "engine/digest", "engine/memdrop"},
	"engine/sim/record":     {"engine", "engine/sim", "engine/digest"},
	"engine/watch":          {"engine", "engine/client", "engine/server"},
	"engine/live":           {"engine", "engine/server", "engine/sim", "engine/sim/record", "engine/watch"},
	"engine/transcript":     {"engine", "engine/sim", "engine/memdrop"},
	"engine/transcript/tcp": {"engine", "engine/sasl", "engine/server", "engine/sim", "engine/transcript"},
	"engine/vectors":        {"engine/transcript"},
	"engine/dialogues":      {"engine", "engine/sim", "engine/sim/record", "engine/transcript"},
	"lessons":               {"engine", "engine/sim", "engine/transcript", "engine/memdrop"},
	"lessons/author":        {"engine", "engine/conform", "engine/sim", "engine/transcript", "lessons"},
	"lessons/curriculum":    {"lessons"},
	"lessons/grade":         {"engine/sim", "lessons"},
	"wasm":                  {"engine", "engine/sim", "engine/sim/record", "lessons"},
	"wasm/build":            {"engine/sim"}, // what the module is started with when it's built
	"wasm/size":             {"wasm/build"},
}

// free are the packages at the end of all directions: commands, generators and the web may import what they need.
var free = []string{"cmd/", "web", "engine/server/bench", "engine/spec", "engine/conform/coverage", "lessons/author/gen"}

// A pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// packages asks go list about patterns, for the platform of the browser's module or for this one.
func packages(t *testing.T, browser bool, patterns ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports"}, patterns...)...)
	cmd.Env = cmd.Environ()
	if browser {
		cmd.Env = append(cmd.Env, "GOOS=wasip1", "GOARCH=wasm")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(patterns, " "), err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list printed what isn't JSON: %v", err)
		}
		all = append(all, p)
	}
}

// whyNot is the reason against a package of the standard library; empty when there is none.
func whyNot(path string) string {
	switch {
	case slices.Contains(light, path):
		return ""
	case strings.HasPrefix(path, "crypto"):
		return hashes
	case heavy[path] != "":
		return heavy[path]
	}
	for parent, why := range heavy {
		if strings.HasPrefix(path, parent+"/") {
			return why
		}
	}
	return "it isn't on the list of what the browser's module may hold; measure with go run ./wasm/size before adding it"
}

// TestImportsAreLight: what the browser's module holds imports only what is cheap there.
func TestImportsAreLight(t *testing.T) {
	for _, p := range packages(t, true, lightOnly...) {
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "pop3lab/") {
				continue
			}
			if why := whyNot(path); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, path, why)
			}
		}
	}
}

// TestModuleHoldsNoBannedPackage: nor does anything come in by the back door, as a standard package's import.
func TestModuleHoldsNoBannedPackage(t *testing.T) {
	for _, p := range packages(t, true, "-deps", "pop3lab/wasm") {
		if p.ImportPath == "reflect" {
			continue // encoding/binary has it
		}
		if why := heavy[p.ImportPath]; why != "" {
			t.Errorf("the module holds %s: %s", p.ImportPath, why)
		}
		if strings.HasPrefix(p.ImportPath, "crypto") && p.Standard {
			t.Errorf("the module holds %s: %s", p.ImportPath, hashes)
		}
	}
}

// TestNativeEngineIsPure: natively the engine may use the standard hashes, and nothing else that isn't light.
func TestNativeEngineIsPure(t *testing.T) {
	for _, p := range packages(t, false, "pop3lab/engine", "pop3lab/engine/sasl", "pop3lab/engine/memdrop", "pop3lab/engine/sim") {
		for _, path := range p.Imports {
			if why := whyNot(path); why != "" && !strings.HasPrefix(path, "pop3lab/") {
				t.Errorf("%s imports %s: %s", p.ImportPath, path, why)
			}
		}
	}
}

// TestDirections: who of us may import whom.
func TestDirections(t *testing.T) {
	for _, p := range packages(t, false, "pop3lab/...") {
		name := strings.TrimPrefix(p.ImportPath, "pop3lab/")
		if slices.ContainsFunc(free, func(f string) bool { return strings.HasPrefix(name, f) }) {
			continue
		}
		allowed, known := directions[name]
		for _, path := range p.Imports {
			ours, isOurs := strings.CutPrefix(path, "pop3lab/")
			switch {
			case !isOurs || slices.Contains(allowed, ours):
			case !known:
				t.Errorf("%s imports %s, but has no line in directions: say there what it may import, and think why", name, ours)
			default:
				t.Errorf("%s imports %s; it may import %s", name, ours, orNone(allowed))
			}
		}
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none of ours"
	}
	return strings.Join(list, ", ")
}

// TestWhyNot: the test above bites.
func TestWhyNot(t *testing.T) {
	for path, want := range map[string]bool{"strings": false, "net": true, "net/http": true, "time": true, "crypto/sha256": true, "html/template": true} {
		if got := whyNot(path) != ""; got != want {
			t.Errorf("whyNot(%s) has a reason: %v, want %v", path, got, want)
		}
	}
}
