// Command gen writes the coverage page. It runs in the folder of package coverage, as go generate does.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"pop3lab/engine/conform/coverage"
)

func main() {
	if err := run("../../.."); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	c, err := coverage.Scan(os.DirFS(root))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, filepath.FromSlash(coverage.File)), []byte(c.Page()), 0o644)
}
