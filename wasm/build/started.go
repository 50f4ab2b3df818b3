package build

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// started is a reactor that has been started already: its memory and its globals are those that it has after
// _initialize and after keep, a text that it's given to prepare itself for.
//
// Go's runtime and all packages' variables take a few hundred functions to set up, each of which a browser has to
// compile for that one call. Here that's done once, when the module is built: a page finds the memory as it is
// then. The clock and the random numbers of this run are always the same, so the same sources give the same module.
func started(module []byte, keep string) ([]byte, error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	m, err := runtime.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithStderr(os.Stderr))
	if err != nil {
		return nil, fmt.Errorf("starting the module: %w", err)
	}
	at, err := m.ExportedFunction("input").Call(ctx, uint64(len(keep)))
	if err != nil {
		return nil, err
	}
	if !m.Memory().WriteString(uint32(at[0]), keep) {
		return nil, errors.New("starting the module: its input buffer lies outside its memory")
	}
	size, err := m.ExportedFunction("keep").Call(ctx, uint64(len(keep)))
	if err != nil {
		return nil, err
	}
	if int32(size[0]) < 0 {
		return nil, fmt.Errorf("the module refuses to keep %q", keep)
	}
	return frozen(module, m)
}

// Sections of a module, WebAssembly 1.0 section 5.5.
const (
	sectionMemory, sectionGlobal, sectionExport, sectionStart, sectionData, sectionDataCount = 5, 6, 7, 8, 11, 12

	pageSize = 1 << 16
)

// frozen is a module with the memory and the globals that an instance of it has now.
func frozen(module []byte, now api.Module) ([]byte, error) {
	out := bytes.Clone(module[:8]) // magic and version
	for rest := module[8:]; len(rest) > 0; {
		id := rest[0]
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, errors.New("the module ends within a section")
		}
		body := rest[1+n : 1+n+int(size)]
		rest = rest[1+n+int(size):]
		var err error
		switch id {
		case sectionMemory:
			body, err = memory(body, now.Memory().Size()/pageSize)
		case sectionGlobal:
			body, err = globals(body, now.(experimental.InternalModule))
		case sectionExport:
			body = exports(body)
		case sectionStart, sectionDataCount:
			err = errors.New("the module has a section that can't be frozen")
		case sectionData:
			all, _ := now.Memory().Read(0, now.Memory().Size()) // its own size is in its bounds
			body = data(all)
		}
		if err != nil {
			return nil, fmt.Errorf("section %d: %w", id, err)
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
	}
	return out, nil
}

// memory is the section of a memory that has so many pages from the beginning on.
func memory(body []byte, pages uint32) ([]byte, error) {
	if len(body) < 3 || body[0] != 1 || body[1] > 1 {
		return nil, errors.New("expected one memory")
	}
	_, n := binary.Uvarint(body[2:])
	return append(binary.AppendUvarint([]byte{1, body[1]}, uint64(pages)), body[2+n:]...), nil
}

// globals is the section with the values that they have now.
func globals(body []byte, now experimental.InternalModule) ([]byte, error) {
	count, n := binary.Uvarint(body)
	out := bytes.Clone(body[:n])
	if int(count) != now.NumGlobal() {
		return nil, fmt.Errorf("%d globals, and the running module has %d", count, now.NumGlobal())
	}
	for i, rest := 0, body[n:]; i < int(count); i++ {
		kind, value := rest[0], now.Global(i).Get()
		out = append(out, rest[:2]...)
		switch kind {
		case api.ValueTypeI32:
			out = appendVarint(append(out, 0x41), int64(int32(value)))
		case api.ValueTypeI64:
			out = appendVarint(append(out, 0x42), int64(value))
		case api.ValueTypeF64:
			out = binary.LittleEndian.AppendUint64(append(out, 0x44), value)
		case api.ValueTypeF32:
			out = binary.LittleEndian.AppendUint32(append(out, 0x43), uint32(value))
		default:
			return nil, fmt.Errorf("a global of type %#x", kind)
		}
		out = append(out, 0x0b)
		skip, err := constant(rest[2:])
		if err != nil {
			return nil, err
		}
		rest = rest[2+skip:]
	}
	return out, nil
}

// constant is how many octets a constant expression takes.
func constant(p []byte) (int, error) {
	size := 0
	switch p[0] {
	case 0x41, 0x42:
		for size = 1; p[size]&0x80 != 0; size++ {
		}
		size++
	case 0x43:
		size = 5
	case 0x44:
		size = 9
	default:
		return 0, fmt.Errorf("a global that begins with instruction %#x", p[0])
	}
	if p[size] != 0x0b {
		return 0, errors.New("a global that begins with more than a constant")
	}
	return size + 1, nil
}

// exports is the section without what is called while the module is built.
func exports(body []byte) []byte {
	count, n := binary.Uvarint(body)
	var kept []byte
	left := uint64(0)
	for rest := body[n:]; count > 0; count-- {
		size, n := binary.Uvarint(rest)
		name := string(rest[n : n+int(size)])
		_, m := binary.Uvarint(rest[n+int(size)+1:])
		entry := rest[:n+int(size)+1+m]
		rest = rest[len(entry):]
		if name != "_initialize" && name != "keep" {
			kept = append(kept, entry...)
			left++
		}
	}
	return append(binary.AppendUvarint(nil, left), kept...)
}

// apart is how many zeros lie between two segments of data at least: memory is zero where no segment is.
const apart = 64

// data is the section of all that isn't zero in a memory.
func data(memory []byte) []byte {
	var segments []byte
	count := uint64(0)
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		from, end := at, at+1 // end is behind the last octet that isn't zero
		for ; at < len(memory) && at-end < apart; at++ {
			if memory[at] != 0 {
				end = at + 1
			}
		}
		count++
		segments = appendVarint(append(segments, 0, 0x41), int64(int32(from)))
		segments = binary.AppendUvarint(append(segments, 0x0b), uint64(end-from))
		segments = append(segments, memory[from:end]...)
	}
	return append(binary.AppendUvarint(nil, count), segments...)
}

// appendVarint appends a number as signed LEB128, which isn't what encoding/binary calls a varint.
func appendVarint(p []byte, n int64) []byte {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(p, low)
		}
		p = append(p, low|0x80)
	}
}
