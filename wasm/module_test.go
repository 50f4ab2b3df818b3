package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/wasm/build"
)

// A host runs worlds in the module, each in an instance of its own.
type host struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// built is the module, built and compiled once for all tests.
var built = sync.OnceValues(func() (*host, error) {
	octets, err := build.Module()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	h := &host{runtime: wazero.NewRuntime(ctx)}
	wasi_snapshot_preview1.MustInstantiate(ctx, h.runtime)
	if h.module, err = h.runtime.CompileModule(ctx, octets); err != nil {
		return nil, err
	}
	return h, nil
})

func theHost(t testing.TB) *host {
	t.Helper()
	h, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// An instance is the module with a memory of its own.
type instance struct{ m api.Module }

func (h *host) instantiate() (*instance, error) {
	conf := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithStderr(os.Stderr)
	m, err := h.runtime.InstantiateModule(context.Background(), h.module, conf)
	if err != nil {
		return nil, err
	}
	return &instance{m}, nil
}

// put writes a record where the module reads it.
func (i *instance) put(record []byte) error {
	at, err := i.export("input", uint64(len(record)))
	if err != nil {
		return err
	}
	if !i.m.Memory().Write(uint32(at), record) {
		return errors.New("the module's input buffer lies outside its memory")
	}
	return nil
}

func (i *instance) export(name string, args ...uint64) (uint64, error) {
	results, err := i.m.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return results[0], nil
}

// call calls an export and returns a copy of what it left at output.
func (i *instance) call(name string, args ...uint64) ([]byte, error) {
	result, err := i.export(name, args...)
	if err != nil {
		return nil, err
	}
	size := int32(result)
	failed := size < 0
	if failed {
		size = ^size
	}
	at, err := i.export("output")
	if err != nil {
		return nil, err
	}
	out, ok := i.m.Memory().Read(uint32(at), uint32(size))
	if !ok {
		return nil, errors.New("the module's output lies outside its memory")
	}
	if failed {
		return nil, errors.New(string(out))
	}
	return bytes.Clone(out), nil
}

// A lab is a world in an instance.
type lab struct {
	*instance
	number  uint64
	rules   []engine.Rule
	records [][]byte // what do left, for each input
}

// Open implements transcript.Host.
func (h *host) Open(w sim.World) (transcript.Lab, error) {
	native, err := sim.New(w) // for its rules: records name them by their index
	if err != nil {
		return nil, err
	}
	i, err := h.instantiate()
	if err != nil {
		return nil, err
	}
	record := sim.AppendWorld(nil, w)
	if err := i.put(record); err != nil {
		return nil, err
	}
	out, err := i.call("open", uint64(len(record)))
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(string(out), 10, 32)
	return &lab{instance: i, number: n, rules: native.Protocol().ActiveRules()}, err
}

func (l *lab) Do(in sim.Input) ([]sim.Step, error) {
	record := sim.AppendInput(nil, in)
	if err := l.put(record); err != nil {
		return nil, err
	}
	out, err := l.call("do", l.number, uint64(len(record)))
	if err != nil {
		return nil, err
	}
	l.records = append(l.records, out)
	return sim.ReadSteps(out, l.rules)
}

func (l *lab) Close() error {
	_, err := l.call("close", l.number)
	return errors.Join(err, l.m.Close(context.Background()))
}
