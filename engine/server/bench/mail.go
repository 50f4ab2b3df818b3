package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// password opens every maildrop of the bench.
const password = "tanstaaf"

// A drop describes a maildrop, or several of the same kind, that the load program fills itself,
// so that it knows every octet a server has to send.
type drop struct {
	User     string // the mailbox; with Users, what each name begins with
	Users    int    // how many maildrops of this kind there are; zero means the one called User
	Messages int
	Octets   int    // of each message, as RFC 1939 section 11 counts them
	Ends     string // the line ends in the file
	Mixed    bool   // every second message has CRLF whatever Ends says
}

// user is the name of maildrop i.
func (d drop) user(i int) string {
	if d.Users == 0 {
		return d.User
	}
	return fmt.Sprintf("%s%05d", d.User, i)
}

// stat is how the answer to STAT must begin.
func (d drop) stat() string { return fmt.Sprintf("+OK %d %d", d.Messages, d.Messages*d.Octets) }

// sent is how many octets of a message RETR sends: with the dot that stuffs the one line that
// begins with a dot, and with the line that ends the answer.
func (d drop) sent() int { return d.Octets + len(".") + len(".\r\n") }

// sums are the digests of what RETR sends for each message, one for each message that has it.
func (d drop) sums() map[[sha256.Size]byte]int {
	sums := make(map[[sha256.Size]byte]int, d.Messages)
	for i := range d.Messages {
		sums[sha256.Sum256(onWire(d.compose(i)))]++
	}
	return sums
}

// compose writes message i of a drop with CRLF line ends: a header, a text with one line that
// begins with a dot, and lines of Base64 like those of an attachment, the last one as long as it
// takes to have exactly d.Octets. No two messages of a drop are equal.
func (d drop) compose(i int) []byte {
	var b bytes.Buffer
	b.Grow(d.Octets)
	fmt.Fprintf(&b, "From: mrose@dbc.mtview.ca.us\r\nTo: %s@bench.example\r\n", d.User)
	fmt.Fprintf(&b, "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%d.%d@bench.example>\r\n", i, d.Octets)
	fmt.Fprintf(&b, "Subject: %s, message %d\r\n\r\nA line with a dot:\r\n.signature\r\n\r\n", d.User, i)
	rnd := rand.New(rand.NewPCG(uint64(d.Octets), uint64(i)))
	var raw [57]byte
	for left := d.Octets - b.Len(); left > 0; left = d.Octets - b.Len() {
		for j := range raw {
			raw[j] = byte(rnd.Uint64())
		}
		line := base64.StdEncoding.EncodeToString(raw[:])
		switch end := len("\r\n"); {
		case left <= len(line)+end:
			line = line[:left-end]
		case left == len(line)+end+1: // a single octet can't be a line
			line = line[:len(line)-1]
		}
		b.WriteString(line + "\r\n")
	}
	return b.Bytes()
}

// onWire is a message as RETR sends it, from the octet after the status line on: byte-stuffed, with
// the line that ends the answer (RFC 1939 section 3). Every line of the message ends with CRLF.
func onWire(message []byte) []byte {
	b := bytes.ReplaceAll(message, []byte("\n."), []byte("\n.."))
	if bytes.HasPrefix(message, []byte(".")) {
		b = append([]byte("."), b...)
	}
	return append(b, ".\r\n"...)
}

// write puts the maildrops of d below root, in Maildir form, with every message in cur. Maildrops
// that are there already are left as they are.
func (d drop) write(root string) error {
	for u := range max(1, d.Users) {
		home := filepath.Join(root, d.user(u))
		if _, err := os.Stat(home); err == nil {
			continue
		}
		// The maildrop appears whole, so that what an interrupted run left is not taken for one.
		making := home + ".making"
		if err := os.RemoveAll(making); err != nil {
			return err
		}
		for _, sub := range []string{"new", "tmp", "cur"} {
			if err := os.MkdirAll(filepath.Join(making, sub), 0o777); err != nil {
				return err
			}
		}
		for i := range d.Messages {
			message := d.compose(i)
			if d.Ends == "\n" && !(d.Mixed && i%2 == 1) {
				message = bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n"))
			}
			name := fmt.Sprintf("1700000000.M%dP1.bench:2,", i)
			if err := os.WriteFile(filepath.Join(making, "cur", name), message, 0o666); err != nil {
				return err
			}
		}
		if err := os.Rename(making, home); err != nil {
			return err
		}
	}
	return nil
}

// prepare writes the drops below dir/maildir and the users file dir/users, and returns both paths.
// The users file names the users of all drops, so that a server that runs over it goes on to know
// them when other scenarios are chosen.
func prepare(dir string, drops, all []drop) (root, users string, err error) {
	root, users = filepath.Join(dir, "maildir"), filepath.Join(dir, "users")
	if err := os.MkdirAll(root, 0o777); err != nil {
		return "", "", err
	}
	var list strings.Builder
	for _, d := range drops {
		if err := d.write(root); err != nil {
			return "", "", fmt.Errorf("writing the maildrops of %s: %w", d.User, err)
		}
	}
	for _, d := range all {
		for u := range max(1, d.Users) {
			fmt.Fprintf(&list, "%s:%s\n", d.user(u), password)
		}
	}
	if err := os.WriteFile(users, []byte(list.String()), 0o666); err != nil {
		return "", "", err
	}
	settle()
	return root, users, nil
}
