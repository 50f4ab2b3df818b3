package main_test

import (
	"bytes"
	"fmt"
	"strings"
)

// A letter is one message of the nasty mailbox: its name, and its octets as the Maildir holds them.
type letter struct {
	name string
	file []byte
}

// wire is what RETR sends of the letter once the byte-stuffing is undone: every line with CRLF,
// also the last. It's written without looking at the server's own code, so that the two are two
// opinions.
//
// RFC 1939 section 3: "Responses to certain commands are multi-line. In these cases, which are
// clearly indicated below, after sending the first line of the response and a CRLF, any
// additional lines are sent, each terminated by a CRLF pair."
func (l letter) wire() []byte {
	if len(l.file) == 0 {
		return nil
	}
	lines := strings.Split(string(l.file), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString(strings.TrimSuffix(line, "\r") + "\r\n")
	}
	return b.Bytes()
}

// nasty is the mailbox that every client fetches. Its letters are what real clients and servers
// got wrong: dots, line ends, lengths and octets.
func nasty() []letter {
	var box []letter
	// raw adds a letter as it stands, mail one with a header before it.
	raw := func(name, text string) { box = append(box, letter{name, []byte(text)}) }
	mail := func(name, body string) { raw(name, header(name)+"\n"+body) }

	mail("ordinary", "Hello,\n\nnothing is wrong with this one.\n")
	mail("dots", ".\n..\n...\n.foo\n..foo\n. \n .\nfoo.\n.\n\n.\nfoo\n")
	mail("ends in dots", "foo\n.\n..\n.\n")
	mail("ends in a dot without a line end", "foo\n..\n.")
	mail("no final line end", "foo\nbar")
	mail("no final line end, nothing but a dot", ".")
	raw("stored with CRLF", strings.ReplaceAll(header("stored with CRLF")+"\n.\n..\n.foo\nfoo\n", "\n", "\r\n"))
	raw("stored with CRLF, no final line end", strings.ReplaceAll(header("stored with CRLF, no final line end")+"\n.\n..", "\n", "\r\n"))
	raw("header only", header("header only"))
	raw("header and blank line only", header("header and blank line only")+"\n")
	raw("empty", "")
	raw("only CRLF", "\r\n")
	raw("only a dot", ".")
	raw("dots and no header", ".\n..\n.foo\n\n.\n")
	mail("blank lines at the end", "foo\n\n\n\n")
	mail("spaces at line ends", "foo \nbar  \n \n  \nbaz\t\n\t\nlast ")
	mail("bare CR", "foo\rbar\nfoo\r.\r.\nfoo\r\rbar\n\r.\n")
	mail("CR before CRLF", "foo\r\r\n\r\r\n.\r\r\nbar\n")
	mail("eight-bit octets", "Gr\xfc\xdfe (ISO 8859-1), Grüße (UTF-8)\n"+octets(128, 255)+"\n")
	mail("control octets", strings.NewReplacer("\n", "", "\r", "").Replace(octets(1, 31))+"\x7f\n")
	mail("NUL", "foo\x00bar\n\x00\n\x00.\n.\x00\nfoo\x00\n")
	mail("lines that look like answers", "+OK\n-ERR\n+OK 120 octets\n-ERR no such message\n+ \n+\n")
	mail("lines that look like mbox", "From rose@example.org Mon Nov 23 00:00:00 2026\n\nFrom here on\n>From there\n\nFrom \n")
	for _, n := range []int{76, 997, 998, 999, 1000, 2046, 2047, 2048, 2049} {
		mail(fmt.Sprintf("line of %d", n), strings.Repeat("x", n)+"\n"+"."+strings.Repeat("x", n-1)+"\n")
	}
	mail("line of 1 MB", strings.Repeat("0123456789abcdef", 62500)+"\nend\n")
	mail("line of 1 MB without an end", "."+strings.Repeat("0123456789abcdef", 62500))
	// Dots begin lines on both sides of every boundary where a buffer may end, at every offset: for
	// whoever counts the octets as stored, a line "." has 3, as sent 4. The +OK line is in reach.
	for _, octets := range []int{3, 4} {
		for shift := range octets {
			name := fmt.Sprintf("dots at boundaries, %d by %d", octets, shift)
			head := strings.ReplaceAll(header(name)+"\n"+strings.Repeat("x", 10+shift)+"\n", "\n", "\r\n")
			raw(name, head+dotsAround(len(head), octets, 2048, 4096, 8192, 16384, 32768, 65536))
		}
	}
	return box
}

// header is a header as clients like it, without what some of them take out or rewrite (Status,
// Content-Length, Return-Path, addresses without a domain).
func header(subject string) string {
	return "From: Rose <rose@example.org>\n" +
		"To: Dewey <dewey@example.org>\n" +
		"Subject: " + subject + "\n" +
		"Date: Mon, 23 Nov 2026 10:00:00 +0000\n" +
		"Message-ID: <" + strings.ReplaceAll(strings.ReplaceAll(subject, " ", "."), ",", "") + "@example.org>\n"
}

// octets returns the octets from first to last.
func octets(first, last int) string {
	var b strings.Builder
	for c := first; c <= last; c++ {
		b.WriteByte(byte(c))
	}
	return b.String()
}

// dotsAround returns lines that follow on start octets: long ones, and around each boundary a row
// of lines with nothing but a dot, each of which counts as dot octets.
func dotsAround(start, dot int, boundaries ...int) string {
	const around = 100
	var b strings.Builder
	at := start
	for _, boundary := range boundaries {
		for at < boundary-around {
			n := min(70, boundary-around-at)
			b.WriteString(strings.Repeat("x", n) + "\r\n")
			at += n + 2
		}
		for at < boundary+around {
			b.WriteString(".\r\n")
			at += dot
		}
	}
	return b.String()
}
