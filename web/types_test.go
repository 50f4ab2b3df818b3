package web

import (
	"os"
	"os/exec"
	"testing"
)

// tsc is npm's typescript, which .ci/tools fetches. Building needs none: esbuild takes the types off.
const tsc = "node_modules/typescript-5.9.3/lib/tsc.js"

// TestTypes: the scripts' types hold, with the declarations that are generated from the Go types.
func TestTypes(t *testing.T) {
	if _, err := os.Stat(tsc); err != nil {
		t.Fatalf("the test of types needs typescript: make tools fetches it with npm (%v)", err)
	}
	if said, err := exec.Command("node", tsc, "-p", "app").CombinedOutput(); err != nil {
		t.Errorf("tsc -p web/app: %v\n%s", err, said)
	}
}
