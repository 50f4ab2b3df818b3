//go:build wasip1 && lessons

package main

// The exports of the module with lessons. What each does stands at the method of the same name.

//go:wasmexport lesson
func lesson(n uint32) int32 { return module.lesson(n) }

//go:wasmexport translate
func translate(lesson, lab, n uint32) int32 { return module.translate(lesson, lab, n) }

//go:wasmexport check
func check(lesson, lab, n uint32) int32 { return module.check(lesson, lab, n) }

//go:wasmexport show
func show(lesson uint32) int32 { return module.show(lesson) }

//go:wasmexport resume
func resume(lesson, n uint32) int32 { return module.resume(lesson, n) }
