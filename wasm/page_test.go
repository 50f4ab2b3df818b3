package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// A pair is the module and the same calls natively.
type pair struct {
	*instance
	native reactor
}

// fatal is what tests and properties have in common.
type fatal interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// same calls an export on both sides and returns what it leaves, which has to be the same.
func (p *pair) same(t fatal, name string, record []byte, args ...uint32) []byte {
	t.Helper()
	var wide []uint64
	for _, a := range args {
		wide = append(wide, uint64(a))
	}
	if err := p.put(record); err != nil {
		t.Fatal(err)
	}
	got, failed := p.call(name, wide...)
	copy(p.native.input(uint32(len(record))), record)
	size := natively(&p.native, name, args)
	if want := string(p.native.out); (size < 0) != (failed != nil) || failed == nil && string(got) != want || failed != nil && failed.Error() != want {
		t.Fatalf("%s%v: the module leaves %d octets and error %v, natively it's %d: %.200q", name, args, len(got), failed, size, want)
	}
	return got
}

// TestPageInTheModule: what a page gets from the module is, octet for octet, what the same calls give natively.
//
// req: DUI-01, DUI-02
func TestPageInTheModule(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{instance: i}
	p.same(t, "begin", nil, 0)
	for _, in := range first {
		octets := in.Append(nil)
		p.same(t, "act", octets, 1, uint32(len(octets)))
	}
	p.same(t, "steps", nil, 1, 2, 9)
	for n := range uint32(3) {
		p.same(t, "spec", nil, 1, n) // there are two
	}
	p.same(t, "catalogue", nil)
	for n := range uint32(40) {
		p.same(t, "lanes", nil, 1, n)
	}
	p.same(t, "scriptAt", nil, 1, 5)
	p.again(t, 1)
	p.same(t, "fork", nil, 1, 7)
	p.same(t, "close", nil, 1)
	p.same(t, "script", nil, 1) // there is no such lab any more
}

// again replays a lab's script: every step has the same record.
func (p *pair) again(t fatal, lab uint32) {
	t.Helper()
	script := p.same(t, "script", nil, lab)
	whole := p.same(t, "steps", nil, lab, 0, 1<<20)
	replayed := p.same(t, "replay", script, uint32(len(script)))
	_, before := binary.Varint(whole)
	_, after := binary.Varint(replayed)
	if !bytes.Equal(replayed[after:], whole[before:]) { // but for the lab's number
		t.Fatalf("replayed, the script gives a record of %d octets, want the %d of before", len(replayed), len(whole))
	}
	p.same(t, "close", nil, uint32(len(p.native.labs)))
}

// TestRandomScriptsInTheModule: any session of a student gives the same records in the module and natively, and once more when its
// script is replayed.
//
// req: DUI-01, DST-08
func TestRandomScriptsInTheModule(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{instance: i}
	rapid.Check(t, func(t *rapid.T) {
		world := []byte(rapid.SampledFrom([]string{"", "seed 5", "persona courier", "persona hostile", "fault split-every-octet", "nobody\nuser mrose tanstaaf\nlater 60000 mrose\n| Subject: later\n"}).Draw(t, "world"))
		p.same(t, "begin", world, uint32(len(world)))
		lab := uint32(len(p.native.labs))
		for range rapid.IntRange(1, 25).Draw(t, "inputs") {
			in := rapid.SampledFrom(random).Draw(t, "input")
			in.Device = rapid.SampledFrom([]string{"phone", "tablet"}).Draw(t, "device")
			octets := in.Append(nil)
			p.same(t, "act", octets, lab, uint32(len(octets)))
		}
		p.again(t, lab)
		if n := len(p.native.labs[lab-1].Steps()); n > 0 {
			p.same(t, "fork", nil, lab, uint32(rapid.IntRange(0, n-1).Draw(t, "step")))
			p.same(t, "close", nil, lab+2)
		}
		p.same(t, "close", nil, lab)
	})
}

// random are inputs that make sense, or not, depending on what came before.
var random = []record.Input{
	{Kind: "connect"}, {Kind: "connect", TLS: true}, {Kind: "connect", Barred: true}, {Kind: "hang up"}, {Kind: "hang up", Octets: []byte("QUI")}, {Kind: "vanish"}, {Kind: "expire"},
	{Kind: "send", Octets: []byte("USER mrose\r\nPASS tanstaaf\r\n")}, {Kind: "send", Octets: []byte("USER mrose\r\nPASS tanstaaf\r\n")}, {Kind: "send", Octets: []byte("AUTH SCRAM-SHA-256 biwsbj1tcm9zZSxyPXg=\r\n")},
	{Kind: "send", Octets: []byte("AUTH CRAM-MD5\r\n*\r\n")}, {Kind: "send", Octets: []byte("RETR 1\r\nTOP 2 1\r\n")}, {Kind: "send", Octets: []byte("DELE 1\r\nLIST\nUIDL\r\n")}, {Kind: "send", Octets: []byte("STLS\r\n")},
	{Kind: "secure"}, {Kind: "send", Octets: []byte("QUIT\r\n"), Last: true}, {Kind: "send", Octets: []byte("NO")}, {Kind: "advance", Millis: 1 << 20}, {Kind: "deliver", User: "mrose", Octets: []byte("new\n")},
	{Kind: "deliver", User: "mrose", After: 1000}, {Kind: "ail", User: "mrose", Ailment: "stuck"}, {Kind: "network", Segment: 2, Millis: 700}, {Kind: "serve", Persona: "modern", Faults: []string{"reply-twice"}},
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
	case "lesson":
		return r.lesson(a[0])
	case "translate":
		return r.translate(a[0], a[1], a[2])
	case "check":
		return r.check(a[0], a[1], a[2])
	case "show":
		return r.show(a[0])
	case "resume":
		return r.resume(a[0], a[1])
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
	more, err := os.ReadFile("exports_lessons.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(exports)+string(more), "\n") {
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

// BenchmarkSend is one line and its answer at 500 steps, in the module.
func BenchmarkSend(b *testing.B) {
	i, err := theHost(b).instantiate()
	if err != nil {
		b.Fatal(err)
	}
	call := func(in record.Input) {
		octets := in.Append(nil)
		if err := i.put(octets); err != nil {
			b.Fatal(err)
		}
		if _, err := i.call("act", 1, uint64(len(octets))); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := i.call("begin", 0); err != nil {
		b.Fatal(err)
	}
	call(first[0])
	call(first[1])
	for range 248 {
		call(record.Input{Kind: "send", Device: "phone", Octets: []byte("STAT\r\n")})
	}
	for b.Loop() {
		call(first[2])
	}
}
