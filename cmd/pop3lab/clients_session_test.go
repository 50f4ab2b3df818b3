package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inMaildir counts the messages that a user's Maildir has.
func inMaildir(t *testing.T, s *server, user string) int {
	t.Helper()
	count := 0
	for _, sub := range []string{"cur", "new"} {
		files, err := os.ReadDir(filepath.Join(s.root, user, sub))
		if err != nil {
			t.Fatal(err)
		}
		count += len(files)
	}
	return count
}

// TestClientsDelete: a program that keeps nothing on the server empties the maildrop.
//
// RFC 1939 section 6, QUIT: "The POP3 server removes all messages marked as deleted from the
// maildrop and replies as to the status of this operation."
func TestClientsDelete(t *testing.T) {
	notShort(t)
	box := nasty()
	programs := []client{
		{name: "fetchmail", fetch: func(v *visit) ([][]byte, error) { return fetchmailWith(v, "fetchall no keep") }},
		{name: "mpop", keeps: withLF, fetch: func(v *visit) ([][]byte, error) { return mpopWith(v, "keep off") }},
	}
	var drops []maildrop
	for _, c := range programs {
		drops = append(drops, maildrop{c.name, box})
	}
	s := lab(t, drops)
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			need(t, c.name)
			got, err := c.fetch(newVisit(t, s, plain, c.name, len(box)))
			if err != nil {
				t.Fatal(err)
			}
			c.compare(t, box, got)
			if n := inMaildir(t, s, c.name); n != 0 {
				t.Errorf("after a session with DELE for every message and QUIT: %d messages are left, want 0 (RFC 1939 section 6)", n)
			}
		})
	}
}

// TestClientsKeep: a program that leaves messages on the server knows them again by their
// unique-ids, and fetches only what is new.
//
// RFC 1939 section 7, UIDL: the unique-id "uniquely identifies a message within a maildrop and
// [...] persists across sessions".
func TestClientsKeep(t *testing.T) {
	notShort(t)
	box := nasty()
	programs := []client{
		{name: "fetchmail", fetch: func(v *visit) ([][]byte, error) { return fetchmailWith(v, "keep") }},
		{name: "mpop", keeps: withLF, fetch: mpop},
	}
	var drops []maildrop
	for _, c := range programs {
		drops = append(drops, maildrop{c.name, box})
	}
	s := lab(t, drops)
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			need(t, c.name)
			v := newVisit(t, s, plain, c.name, len(box))
			fresh := letter{"fresh", []byte(header("fresh") + "\nnews\n")}
			for _, step := range []struct {
				name string
				want []letter
			}{
				{"the first time", box},
				{"the second time", nil},
				{"after a delivery", []letter{fresh}},
			} {
				if step.name == "after a delivery" {
					write(t, filepath.Join(s.root, c.name, "new", "1795430000.M1P1.lab"), string(fresh.file))
				}
				got, err := c.fetch(v)
				if err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
				if len(step.want) == 0 && len(got) > 0 {
					t.Errorf("%s: fetched %d messages again, want none (unique-ids persist across sessions, RFC 1939 section 7)", step.name, len(got))
				}
				if len(step.want) > 0 {
					c.compare(t, step.want, got)
				}
				v.forget(t)
			}
			if n := inMaildir(t, s, c.name); n != len(box)+1 {
				t.Errorf("after sessions without DELE: %d messages are left, want %d", n, len(box)+1)
			}
		})
	}
}

// forget throws away what the visit fetched, but not what the client remembers.
func (v *visit) forget(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"*", "new/*", "cur/*"} {
		files, err := filepath.Glob(filepath.Join(v.mail, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestClientsLogIn: every way to log in that a program has and the server announces.
func TestClientsLogIn(t *testing.T) {
	notShort(t)
	box := []letter{{"hello", []byte(header("hello") + "\nhello\n")}}
	programs := []struct {
		client  client
		methods []string
	}{
		{client{name: "mpop", keeps: withLF, fetch: mpop}, []string{"user", "apop", "plain", "cram-md5", "scram-sha-1", "scram-sha-256"}},
		{client{name: "curl", fetch: curl}, []string{"+APOP", "PLAIN", "CRAM-MD5"}},
	}
	var drops []maildrop
	user := func(c client, method string) string {
		return c.name + "-" + strings.ToLower(strings.TrimPrefix(method, "+"))
	}
	for _, p := range programs {
		for _, method := range p.methods {
			drops = append(drops, maildrop{user(p.client, method), box})
		}
	}
	start := lab
	if reference() {
		start = dovecot
	}
	s := start(t, drops)
	for _, p := range programs {
		for _, method := range p.methods {
			t.Run(p.client.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				need(t, p.client.name)
				v := newVisit(t, s, tls, user(p.client, method), len(box))
				v.method = method
				got, err := p.client.fetch(v)
				if err != nil {
					t.Fatal(err)
				}
				p.client.compare(t, box, got)
			})
		}
	}
}

// TestTelnet types the session of RFC 1939 section 10 into telnet on a terminal, against the
// demonstration maildrop.
func TestTelnet(t *testing.T) {
	notShort(t)
	need(t, "telnet", "expect")
	ports := serve(t, build(t))
	script, err := filepath.Abs(filepath.Join("testdata", "clients", "telnet.exp"))
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{home: t.TempDir()}
	output, err := v.run("", "expect", script, "127.0.0.1", ports[plain])
	if err != nil {
		t.Fatal(err)
	}
	// The terminal puts a CR before each LF, and what was typed appears as well.
	screen := regexp.MustCompile(`\r+\n`).ReplaceAll(output, []byte("\r\n"))
	_, rest, _ := bytes.Cut(screen, []byte("RETR 1\r\n"))
	_, rest, _ = bytes.Cut(rest, []byte("\r\n")) // its +OK line
	message, _, found := bytes.Cut(rest, []byte("\r\n.\r\n"))
	if got := len(message) + len("\r\n"); !found || got != 120 {
		t.Errorf("RETR 1 of mrose: %d octets, want 120 (RFC 1939 section 10); the screen:\n%s", got, screen)
	}
}

// TestHalfClose: commands that are piped into nc are all answered, and done, though the client's
// half of the connection is closed before the first answer.
func TestHalfClose(t *testing.T) {
	notShort(t)
	need(t, "nc")
	box := []letter{{"one", []byte(header("one") + "\n1\n")}, {"two", []byte(header("two") + "\n2\n")}}
	s := lab(t, []maildrop{{"rose", box}, {"dewey", box}})
	for _, tt := range []struct {
		name, user, commands string
		answers, left        int
	}{
		{"with QUIT", "rose", `DELE 1\r\nQUIT\r\n`, 5, 1},
		// RFC 1939 section 6: without QUIT, no message is removed.
		{"without QUIT", "dewey", `DELE 1\r\n`, 4, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVisit(t, s, plain, tt.user, len(box))
			output, err := v.run("", "sh", "-c", `printf "USER $1\r\nPASS $2\r\n$3" | nc -N 127.0.0.1 "$4"`, "sh", tt.user, password, tt.commands, v.port())
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.Count(output, []byte("\r\n"))
			if positive := len(regexp.MustCompile(`(?m)^\+OK`).FindAll(output, -1)); lines != tt.answers || positive != tt.answers {
				t.Errorf("got %q, want %d lines that begin with +OK (what came before the end is answered)", output, tt.answers)
			}
			if n := inMaildir(t, s, tt.user); n != tt.left {
				t.Errorf("%d messages are left, want %d (only QUIT makes deletions happen, RFC 1939 section 6)", n, tt.left)
			}
		})
	}
}
