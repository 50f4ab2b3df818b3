package main

import (
	"os"
	"testing"
)

// TestGate: the module stays under the gate, as a ratio to an empty program of the same compiler.
func TestGate(t *testing.T) {
	t.Chdir("../..") // the builder names packages from where go.mod is
	if _, err := os.Stat("go.mod"); err != nil {
		t.Fatal(err)
	}
	least, ours, err := both()
	if err != nil {
		t.Fatal(err)
	}
	ratio := float64(ours.brotli) / float64(least.brotli)
	t.Logf("module %d octets with brotli, empty program %d: %.2f", ours.brotli, least.brotli, ratio)
	if ratio > gate {
		t.Errorf("the module is %.2f times an empty program with brotli, want at most %.2f", ratio, gate)
	}
}
