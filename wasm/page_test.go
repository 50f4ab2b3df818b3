package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// first is the session that a page begins with.
var first = []record.Input{
	{Kind: "connect", Device: "phone"},
	{Kind: "send", Device: "phone", Octets: []byte("USER mrose\r\nPASS tanstaaf\r\n")},
	{Kind: "send", Device: "phone", Octets: []byte("RETR 1\r\n")},
	{Kind: "serve", Persona: "dovecot", Faults: []string{"stuffing-missing"}},
	{Kind: "network", Device: "tablet", Segment: 3, Millis: 40},
	{Kind: "connect", Device: "tablet"},
	{Kind: "send", Device: "tablet", Octets: []byte("USER mrose\r\nPASS tanstaaf\r\nSTA")},
	{Kind: "deliver", User: "mrose", Octets: []byte("Subject: new\r\n\r\n")},
	{Kind: "vanish", Device: "phone"},
	{Kind: "advance", Millis: 10 * 60 * 1000},
}

// TestPageInTheModule: what a page gets from the module is, octet for octet, what the same calls give natively.
//
// req: DUI-01, DUI-02
func TestPageInTheModule(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	native := &reactor{}
	same := func(name string, record []byte, args ...uint32) []byte {
		t.Helper()
		var wide []uint64
		for _, a := range args {
			wide = append(wide, uint64(a))
		}
		if err := i.put(record); err != nil {
			t.Fatal(err)
		}
		got, failed := i.call(name, wide...)
		copy(native.input(uint32(len(record))), record)
		size := natively(native, name, args)
		if want := string(native.out); (size < 0) != (failed != nil) || failed == nil && string(got) != want || failed != nil && failed.Error() != want {
			t.Fatalf("%s%v: the module leaves %d octets and error %v, natively it's %d: %.200q", name, args, len(got), failed, size, want)
		}
		return got
	}
	same("begin", nil, 0)
	for _, in := range first {
		octets := in.Append(nil)
		same("act", octets, 1, uint32(len(octets)))
	}
	same("steps", nil, 1, 2, 9)
	same("spec", nil, 1, 0)
	same("spec", nil, 1, 1)
	same("spec", nil, 1, 2)
	same("catalogue", nil)
	for n := range uint32(40) {
		same("lanes", nil, 1, n)
	}
	same("scriptAt", nil, 1, 5)
	script := same("script", nil, 1)
	whole := same("steps", nil, 1, 0, 1000)
	if again := same("replay", script, uint32(len(script))); !bytes.Equal(again[1:], whole[1:]) { // but for the lab's number
		t.Errorf("replayed, the script gives a record of %d octets, want the %d of before", len(again), len(whole))
	}
	same("fork", nil, 1, 7)
	same("close", nil, 1)
	same("script", nil, 1)
}

func natively(r *reactor, name string, a []uint32) int32 {
	switch name {
	case "begin":
		return r.begin(a[0])
	case "act":
		return r.act(a[0], a[1])
	case "steps":
		return r.steps(a[0], a[1], a[2])
	case "spec":
		return r.spec(a[0], a[1])
	case "catalogue":
		return r.catalogue()
	case "lanes":
		return r.lanes(a[0], a[1])
	case "script":
		return r.script(a[0])
	case "scriptAt":
		return r.scriptAt(a[0], a[1])
	case "replay":
		return r.replay(a[0])
	case "fork":
		return r.fork(a[0], a[1])
	case "close":
		return r.close(a[0])
	}
	panic("no such export: " + name)
}

// TestEveryExportIsDescribed: the package comment is what somebody who writes a page reads.
func TestEveryExportIsDescribed(t *testing.T) {
	exports, err := os.ReadFile("exports.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	traced := "open do version" // trace.go's
	for _, line := range strings.Split(string(exports), "\n") {
		name, is := strings.CutPrefix(line, "//go:wasmexport ")
		if is && !strings.Contains(string(comment), name+"(") && !strings.Contains(traced, name) {
			t.Errorf("the package comment says nothing of the export %s", name)
		}
	}
}

// TestInputOfNonsense: what a student does wrong is a frame that says so.
func TestInputOfNonsense(t *testing.T) {
	r := &reactor{}
	if r.begin(0) < 0 {
		t.Fatalf("begin: %s", r.out)
	}
	for _, in := range []record.Input{{Kind: "fly"}, {}, {Kind: "send", Device: "phone"}, {Kind: "serve", Persona: "nobody"}, {Kind: "deliver", User: "nobody"}} {
		octets := in.Append(nil)
		copy(r.input(uint32(len(octets))), octets)
		if size := r.act(1, uint32(len(octets))); size < 0 || !bytes.Contains(r.out, []byte("sim: ")) {
			t.Errorf("%+v: got %q, want a frame that says why", in, r.out)
		}
	}
	if n := len(r.labs[0].Steps()); n != 0 {
		t.Errorf("nonsense led to %d steps, want 0", n)
	}
	record := sim.AppendWorld(nil, sim.World{})
	copy(r.input(uint32(len(record))), record)
	if r.open(uint32(len(record))) < 0 {
		t.Fatalf("open: %s", r.out)
	}
	if size := r.steps(2, 0, 1); size >= 0 {
		t.Error("a world that isn't narrated gives a page steps, want an error")
	}
}
