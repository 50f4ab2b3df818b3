package main

import (
	"bytes"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// What a terminal shows: colours, safe octets, lines that fit.

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// The colours of a trace; what they mean is also said by the letters in front.
const (
	client    = "\x1b[36m" // cyan
	serverOK  = "\x1b[32m" // green
	serverErr = "\x1b[31m" // red
	faint     = "\x1b[2m"
	reset     = "\x1b[0m"
)

func trimEnd(line []byte) []byte { return bytes.TrimRight(line, "\r\n\x00") }

// visible makes octets safe to print: a message may hold what a terminal takes for orders.
func visible(p []byte) string {
	var b strings.Builder
	for _, r := range string(p) {
		switch {
		case r == '\t':
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == 0xfffd || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			b.WriteRune('·')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wrap breaks text at spaces into lines of at most width letters, where that goes.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
