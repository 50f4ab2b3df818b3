package maildroptest

import (
	"bytes"
	"slices"
	"strings"
)

// A specimen is a message that some program got wrong.
type specimen struct {
	name       string
	octets     []byte
	utf8Header bool // a field of the header holds UTF-8 beyond ASCII
}

// corpus returns the messages over which sizes and bodies are checked. No two are equal, and none
// has the letters' form.
func corpus() []specimen {
	const head = "From: ada@example.org\r\nSubject: specimen\r\n\r\n"
	list := []specimen{
		{name: "empty message", octets: nil},
		{name: "one octet", octets: []byte("x")},
		{name: "one LF", octets: []byte("\n")},
		{name: "one CR", octets: []byte("\r")},
		{name: "one CRLF", octets: []byte("\r\n")},
		{name: "one dot", octets: []byte(".")},
		{name: "a dot and CRLF", octets: []byte(".\r\n")},
		{name: "a dot and LF", octets: []byte(".\n")},
		{name: "CRLF line ends", octets: []byte(head + "one\r\ntwo\r\n")},
		{name: "LF line ends", octets: []byte(strings.ReplaceAll(head+"one\r\ntwo, LF\r\n", "\r\n", "\n"))},
		{name: "mixed line ends", octets: []byte(head + "one\ntwo\r\nthree\n\nfour\r\n\r\n")},
		{name: "CR alone within lines", octets: []byte(head + "one\rtwo\r\nthree\r\r\nfour\r\r\r\n\rfive\r\n")},
		{name: "CR at the end", octets: []byte(head + "the last octet is CR\r")},
		{name: "no final newline, CRLF", octets: []byte(head + "one\r\nno end")},
		{name: "no final newline, LF", octets: []byte("From: a@example.org\n\none\nno end")},
		{name: "header only", octets: []byte("From: a@example.org\r\nSubject: no body\r\n")},
		{name: "header without an end", octets: []byte("From: a@example.org\r\nSubject: no end")},
		{name: "blank lines at the end", octets: []byte(head + "one\r\n\r\n\r\n\r\n")},
		{name: "dots at line starts, CRLF", octets: []byte(".first\r\n" + head + ".\r\n..\r\n...\r\n.x\r\n .\r\nx.\r\n.\r\n")},
		{name: "dots at line starts, LF", octets: []byte(".first\nSubject: x\n\n.\n..\n...\n.x\n .\nx.\n.\n")},
		{name: "dot as the last octet", octets: []byte(head + "one\r\n.")},
		{name: "the terminator inside", octets: []byte(head + "one\r\n.\r\ntwo\r\n.\r\n+OK\r\n-ERR\r\n")},
		{name: "NUL", octets: []byte(head + "nul \x00 and\x00\r\n\x00\r\n")},
		{name: "8-bit body", octets: []byte(head + "caf\xE9 \xFF\xFE Καλημέρα\r\n")},
		{name: "UTF-8 header", octets: []byte("Subject: Grüße\r\n\r\nplain\r\n"), utf8Header: true},
		{name: "UTF-8 header after ASCII ones", octets: []byte("From: a@example.org\nTo: b@example.org\nSubject: Καλημέρα\n\nplain\n"), utf8Header: true},
		{name: "8-bit header that is no UTF-8", octets: []byte("From: a@example.org\nTo: b@example.org\nSubject: \x80\n\nplain\n")},
		{name: "every octet", octets: append([]byte(head), everyOctet()...)},
		{name: "a line of 1 MB", octets: append(append([]byte(head), bytes.Repeat([]byte("0123456789"), 100_000)...), "\r\n"...)},
		{name: "a line of 1 MB without an end", octets: append([]byte(head), bytes.Repeat([]byte("abcdefghij"), 100_000)...)},
		{name: "more dots than are kept", octets: append([]byte(head), bytes.Repeat([]byte(".\r\n"), 1000)...)},
		{name: "256 dots", octets: append([]byte(head), bytes.Repeat([]byte(".256\r\n"), 256)...)},
		{name: "257 dots", octets: append([]byte(head), bytes.Repeat([]byte(".257\r\n"), 257)...)},
		{name: "only line ends", octets: bytes.Repeat([]byte("\r\n"), 5000)},
		{name: "a megabyte of LF", octets: bytes.Repeat([]byte("\n"), 1<<20)},
	}
	// A line end and a dot around the places where buffers end.
	for _, edge := range []int{4096, 8192, 32 << 10, 64 << 10} {
		for at := edge - 2; at <= edge+1; at++ {
			fill := append([]byte(head), bytes.Repeat([]byte("y"), at-len(head))...)
			list = append(list,
				specimen{name: "CRLF and dot around an edge", octets: append(bytes.Clone(fill), "\r\n.dot\r\n"...)},
				specimen{name: "LF and dot around an edge", octets: append(bytes.Clone(fill), "\n.dot\n"...)},
				specimen{name: "the end around an edge", octets: fill},
			)
		}
	}
	return list
}

func everyOctet() []byte {
	p := make([]byte, 256)
	for i := range p {
		p[i] = byte(i)
	}
	return append(p, "\r\n"...)
}

// normal returns message as RETR sends it, byte-stuffing apart: every line with CRLF, the last one
// too; a CR without an LF is an octet like any other. It is written octet by octet and without a
// Meter, so that the two can disagree.
func normal(message []byte) []byte {
	out := make([]byte, 0, len(message)+2)
	var last byte = '\n'
	for _, c := range message {
		if c == '\n' && last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, c)
		last = c
	}
	if last != '\n' {
		out = append(out, "\r\n"...)
	}
	return out
}

// stuffed returns the octets that go over the wire for a message that is normal already.
//
// RFC 1939 section 3: "If any line of the multi-line response begins with the termination octet,
// the line is "byte-stuffed" by pre-pending the termination octet to that line of the response."
func stuffed(message []byte) []byte {
	var out []byte
	start := true
	for _, c := range message {
		if start && c == '.' {
			out = append(out, '.')
		}
		out = append(out, c)
		start = c == '\n'
	}
	return out
}

func isASCII(message []byte) bool {
	return !slices.ContainsFunc(message, func(c byte) bool { return c > 127 })
}
