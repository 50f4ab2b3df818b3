package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"pop3lab/engine"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/prep"
)

// loadUsers reads a users file: one user a line, name:password. The first colon ends the name, so a
// password may hold spaces and colons; nothing is trimmed from it. Empty lines and lines that begin with # are
// passed over.
func loadUsers(path string) (engine.Accounts, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the users file can't be read: %w", err)
	}
	defer f.Close()
	users, err := parseUsers(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return users, nil
}

// parseUsers reads users; its errors name the line and what to do.
func parseUsers(r io.Reader) (engine.Accounts, error) {
	users := engine.NewAccounts()
	line := 0
	for sc := bufio.NewScanner(r); ; {
		if !sc.Scan() {
			if err := sc.Err(); err != nil {
				return nil, fmt.Errorf("line %d: %w", line+1, err)
			}
			break
		}
		line++
		text := strings.TrimSuffix(sc.Text(), "\r")
		if text == "" || text[0] == '#' {
			continue
		}
		name, password, found := strings.Cut(text, ":")
		switch {
		case !utf8.ValidString(text):
			return nil, fmt.Errorf("line %d: isn't UTF-8; save the file as UTF-8", line)
		case !found:
			return nil, fmt.Errorf("line %d: has no colon; write name:password", line)
		case name == "":
			return nil, fmt.Errorf("line %d: has no name before the colon; write name:password", line)
		case strings.ContainsAny(name, " \t"):
			return nil, fmt.Errorf("line %d: the name %q holds a space, which USER can't send", line, name)
		case password == "":
			return nil, fmt.Errorf("line %d: %s has no password behind the colon; write name:password", line, name)
		}
		// The name is kept as a client's is compared with it.
		prepared, err := sasl.Prepare(name, sasl.Stored, prep.NFKC)
		if err != nil {
			return nil, fmt.Errorf("line %d: the name %q can't be a user's: %w", line, name, err)
		}
		name = prepared
		if _, twice := users[name]; twice {
			return nil, fmt.Errorf("line %d: %s was named before; each name may stand once", line, name)
		}
		users[name] = engine.User{Name: name, Secret: password}
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("names no user; write lines name:password")
	}
	return users, nil
}
