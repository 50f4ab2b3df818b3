// Command gen writes GUIDE.md, how to write a lesson.
package main

import (
	"fmt"
	"os"

	"pop3lab/lessons/author"
)

func main() {
	if err := os.WriteFile("../GUIDE.md", []byte(author.Guide()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
