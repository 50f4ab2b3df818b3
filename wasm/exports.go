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

//go:wasmexport begin
func begin(n uint32) int32 { return module.begin(n) }

//go:wasmexport act
func act(lab, n uint32) int32 { return module.act(lab, n) }

//go:wasmexport steps
func steps(lab, from, to uint32) int32 { return module.steps(lab, from, to) }

//go:wasmexport fork
func fork(lab, step uint32) int32 { return module.fork(lab, step) }

//go:wasmexport script
func script(lab uint32) int32 { return module.script(lab) }

//go:wasmexport scriptAt
func scriptAt(lab, step uint32) int32 { return module.scriptAt(lab, step) }

//go:wasmexport replay
func replay(n uint32) int32 { return module.replay(n) }

//go:wasmexport keep
func keep(n uint32) int32 { return module.keep(n) }

//go:wasmexport spec
func spec(lab, server uint32) int32 { return module.spec(lab, server) }

//go:wasmexport lanes
func lanes(lab, step uint32) int32 { return module.lanes(lab, step) }

//go:wasmexport catalogue
func catalogue() int32 { return module.catalogue() }
