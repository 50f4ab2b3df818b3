package main

import (
	"os"
	"testing"
)

// TestGate: both modules stay under their gates, as ratios to an empty program of the same compiler.
func TestGate(t *testing.T) {
	t.Chdir("../..") // the builder names packages from where go.mod is
	if _, err := os.Stat("go.mod"); err != nil {
		t.Fatal(err)
	}
	least, ours, taught, err := all()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("with brotli: module %d octets, with lessons %d, empty program %d", ours.brotli, taught.brotli, least.brotli)
	if err := above(least, ours, taught); err != nil {
		t.Error(err)
	}
}
