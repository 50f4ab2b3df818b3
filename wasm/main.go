// Command wasm is the module that a page loads: the engine and its worlds, as
// a WebAssembly reactor.
//
// It knows no JavaScript. A caller writes a record (engine/sim, record.go)
// into the buffer that input returns, calls an export, and reads the record
// that it left at output. Nothing in here waits, reads a clock or draws a
// random number, so the same calls give the same octets in a page, in a test
// under another WebAssembly runtime, and natively.
//
// reactor.go is all of it; exports.go gives it the names a page calls. Build it
// with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' ./wasm
//
// and call the export _initialize once before any other. size has its size.
package main

// main is never called: the module is a reactor, which has exports instead.
func main() {}
