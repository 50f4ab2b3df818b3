//go:build race

package engine_test

// racing says that the race detector is on: sync.Pool then forgets on purpose, and allocations say
// nothing.
const racing = true
