//go:build wasip1

package main

import "unsafe"

// The exports. What each does stands at the method of the same name.

var module reactor

//go:wasmexport input
func input(n uint32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(module.input(n))) }

//go:wasmexport output
func output() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(module.out)) }

//go:wasmexport version
func version() int32 { return module.version() }

//go:wasmexport open
func open(n uint32) int32 { return module.open(n) }

//go:wasmexport do
func do(lab, n uint32) int32 { return module.do(lab, n) }

//go:wasmexport close
func closeLab(lab uint32) int32 { return module.close(lab) }
