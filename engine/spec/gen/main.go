// Command gen writes the pages that package spec prints: TABLE.md here, and the blocks of the README.
// It runs in the folder of package spec, as go generate does.
package main

import (
	"fmt"
	"os"

	"pop3lab/engine/spec"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "spec:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := os.WriteFile("TABLE.md", []byte(spec.Markdown(spec.Default())), 0o644); err != nil {
		return err
	}
	const readme = "../../README.md"
	page, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	fresh, err := spec.Refresh(string(page))
	if err != nil {
		return fmt.Errorf("README.md: %w", err)
	}
	if fresh == string(page) {
		return nil
	}
	return os.WriteFile(readme, []byte(fresh), 0o644)
}
