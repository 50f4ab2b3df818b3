package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"pop3lab/engine"
	"pop3lab/engine/maildir"
	"pop3lab/engine/sasl"
	"pop3lab/engine/sasl/prep"
)

// loadUsers reads a users file: one user a line, name:password. The first colon ends the name, so a
// password may hold spaces and colons; nothing is trimmed from it. Empty lines and lines that begin with # are
// passed over. A user who could never log in is an error, not a surprise later.
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
				if errors.Is(err, bufio.ErrTooLong) {
					err = errors.New("is too long; write name:password")
				}
				return nil, fmt.Errorf("line %d: %w", line+1, err)
			}
			break
		}
		line++
		text := strings.TrimSuffix(sc.Text(), "\r")
		if line == 1 {
			text = strings.TrimPrefix(text, "\uFEFF") // as some editors begin a file in UTF-8
		}
		if text == "" || text[0] == '#' {
			continue
		}
		u, err := parseUser(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if _, twice := users[u.Name]; twice {
			return nil, fmt.Errorf("line %d: %s was named before; each name may stand once", line, u.Name)
		}
		users[u.Name] = u
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("names no user; write lines name:password")
	}
	return users, nil
}

// maxTyped is how many octets of a name or a password fit behind USER or PASS.
//
// RFC 2449 section 4: a command has "255 octets, including the terminating CRLF".
const maxTyped = 255 - len("USER ") - len("\r\n")

// parseUser reads one line.
func parseUser(text string) (engine.User, error) {
	none := engine.User{}
	name, password, found := strings.Cut(text, ":")
	switch {
	case !utf8.ValidString(text):
		return none, errors.New("isn't UTF-8; save the file as UTF-8")
	case !found:
		return none, errors.New("has no colon; write name:password")
	case name == "":
		return none, errors.New("has no name before the colon; write name:password")
	case strings.Contains(name, " "):
		return none, fmt.Errorf("the name %q holds a space, which USER can't send", name)
	}
	if held := controlIn(name); held != "" {
		return none, fmt.Errorf("the name %q holds %s, which no name may", name, held)
	}
	// The name is kept as a client's is compared with it.
	prepared, err := sasl.Prepare(name, sasl.Stored, prep.NFKC)
	if err != nil {
		return none, fmt.Errorf("the name %q can't be a user's: %w", name, why(err))
	}
	name = prepared
	switch {
	case len(name) > maxTyped:
		return none, fmt.Errorf("the name %.20q… has %d octets; at most %d fit in USER's line", name, len(name), maxTyped)
	case password == "":
		return none, fmt.Errorf("%s has no password behind the colon; write name:password", name)
	case len(password) > maxTyped:
		return none, fmt.Errorf("the password of %s has %d octets; at most %d fit in PASS's line", name, len(password), maxTyped)
	}
	if err := maildir.CheckUser(name); err != nil {
		return none, fmt.Errorf("%w, as a Maildir is a folder called like its user", err)
	}
	if held := controlIn(password); held != "" {
		return none, fmt.Errorf("the password of %s holds %s, which no password may", name, held)
	}
	if _, err := sasl.Prepare(password, sasl.Stored, prep.NFKC); err != nil {
		return none, fmt.Errorf("the password of %s can't be one: %w", name, why(err))
	}
	return engine.User{Name: name, Secret: password}, nil
}

// controlIn names the first control character in s.
func controlIn(s string) string {
	i := strings.IndexFunc(s, unicode.IsControl)
	if i < 0 {
		return ""
	}
	switch r, _ := utf8.DecodeRuneInString(s[i:]); r {
	case '\t':
		return "a TAB"
	case 0:
		return "a NUL"
	default:
		return fmt.Sprintf("the control character %U", r)
	}
}

// why is what an error of SASLprep says behind its kind, which speaks of a login.
func why(err error) error {
	var e *sasl.Error
	if errors.As(err, &e) {
		return errors.New(e.Why)
	}
	return err
}
