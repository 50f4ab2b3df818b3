// Package vectors holds the conformance dialogues: one behaviour a file, named
// by it, in the form of package transcript.
//
// Every row of engine.POP3 is used by some vector, every persona and every
// fault has one, and a vector's req field names the requirement rows (package
// conform) that it shows. The same files run against the engine alone, a
// server over TCP and TLS, and the browser's module; the octets are the same.
//
// To add one, write the fields and the C lines and let
//
//	go test ./engine/vectors -update
//
// write the answers. Then read the diff against the RFC, line by line, and
// commit only what you understand: a vector that holds a wrong answer protects it.
package vectors

import (
	"embed"
	"io/fs"
	"strings"

	"pop3lab/engine/transcript"
)

// Files are the vectors, NAME.txtar each.
//
//go:embed *.txtar
var Files embed.FS

// All parses all vectors, in the order of their names.
func All() ([]*transcript.Dialogue, error) {
	names, err := fs.Glob(Files, "*.txtar")
	if err != nil {
		return nil, err
	}
	var all []*transcript.Dialogue
	for _, name := range names {
		source, err := Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		d, err := transcript.Parse(strings.TrimSuffix(name, ".txtar"), source)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}
