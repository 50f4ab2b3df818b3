// Command wasm is the module that a page loads: the engine and its worlds, as
// a WebAssembly reactor.
//
// It knows no JavaScript. Nothing in here waits, reads a clock or draws a
// random number, so the same calls give the same octets in a page, in a test
// under another WebAssembly runtime, and natively.
//
// reactor.go has the buffers and how a call ends, page.go the calls of a page, lessons.go those of a
// lesson's page, trace.go those of programs that want events as the engine has them;
// exports.go gives them the names under which they are called. Package build
// builds it, command size has its size.
//
// # How to load it
//
// Instantiate it with wasi_snapshot_preview1 as its only import module. There's nothing to be called
// first: package build starts it when it's built, and what is shipped has the memory of a started
// module. (As go build leaves it, _initialize has to be called once, before any other export.) Of WASI it needs what
// Go's runtime asks for at the start and nothing later: clock_time_get,
// random_get, args_*, environ_*, fd_write for a panic's text, proc_exit, and
// sched_yield, poll_oneoff and fd_fdstat_get that may answer with an error.
//
// # How to call it
//
// A call that takes a record or a text: at = input(n) makes room for n octets
// and returns where; write them there; then call the export with n last. Take
// memory.buffer anew after input and after each call: memory may have grown,
// and the old ArrayBuffer is detached then.
//
// Every export but input and output returns a number:
//
//	n >= 0   the answer has n octets; it begins where output() says
//	n <  0   an error; its text, a sentence, has ^n octets (-1-n) and begins where output() says
//
// The answer is valid until the next call: copy it (slice) before. Records are
// read and written by web/app/record.ts, which is generated from
// engine/sim/record; texts are UTF-8. After an error whose text begins with
// "wasm: panic", and after a trap, throw the instance away and begin anew:
// replay(script) brings back what was there.
//
//	begin(n)            text: the world, see sim.ParseWorld; empty for the demonstration   → Frame
//	act(lab, n)         Input: what is to happen                                           → Frame, perhaps Refused
//	steps(lab, from, to) the steps from..to-1, for a page that forgot them                 → Frame
//	fork(lab, step)     a new lab of the inputs that led to the step; the old one stays    → Frame with all its steps
//	script(lab)         everything that has to be kept, in letters that a URL takes         → text
//	scriptAt(lab, step) the same, up to the input that led to the step                     → text
//	replay(n)           text: a script                                                     → Frame with all its steps
//	spec(lab, i)        the rows, edges and diagrams of server i (Step.spec)               → Spec
//	lanes(lab, step)    the message that the step's exchange is about, three times         → Lanes
//	catalogue()         personas, faults, switches, capabilities                           → Catalogue
//	close(lab)          gives up a lab                                                     → nothing
//	keep(n)             text: a script, for the replay that asks for it first; package
//	                    build calls it, and what is shipped hasn't got it                  → Frame
//
// The module with lessons (build.Lessons) has these too:
//
//	lesson(n)           text: SEED NAME, and behind the first line a lesson's file         → Course
//	translate(lesson, lab, n) text: the name of a translation's file, and behind the first line the file → Course
//	check(lesson, lab, n) text: the answers, a line each (lessons.ParseAnswer)             → Progress
//	show(lesson)        a new lab, in which the lesson's reference was played              → Shown
//	resume(lesson, n)   text: a script that begins as the lesson does                      → Frame with all its steps
//
// begin opens a world in which nothing has happened: the first input connects
// a device ({kind: "connect", device: "phone"}). Labs are numbered from 1.
package main

// main is never called: the module is a reactor, which has exports instead.
func main() {}
