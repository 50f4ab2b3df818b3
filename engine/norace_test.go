//go:build !race

package engine_test

// racing: see race_test.go.
const racing = false
