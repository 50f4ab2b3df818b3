// Command gen writes the coverage page, and what programs need of it. It runs in the folder of package coverage, as go generate does.
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
	for name, content := range map[string]string{coverage.File: c.Page(), coverage.RecordedFile: c.Lines()} {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
