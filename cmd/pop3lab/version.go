package main

import (
	"runtime/debug"
	"strings"
)

// version says what was built, from what the Go toolchain wrote into the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "pop3lab"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "built from source"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(v, s.Value[:12]) {
			v += " " + s.Value[:12]
		}
	}
	return "pop3lab " + v + " (" + info.GoVersion + ")"
}
