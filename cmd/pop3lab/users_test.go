package main

import (
	"strings"
	"testing"
)

func TestParseUsers(t *testing.T) {
	users, err := parseUsers(strings.NewReader("\uFEFF# a comment\n\nmrose:tanstaaf\ndewey: with spaces : and colons \r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"mrose": "tanstaaf", "dewey": " with spaces : and colons "} {
		if got := users[name].Secret; got != want {
			t.Errorf("password of %s: got %q, want %q (everything behind the first colon is the password)", name, got, want)
		}
	}
	if len(users) != 2 {
		t.Errorf("got %d users, want 2", len(users))
	}
	// As long as a command may be.
	longest := strings.Repeat("n", 248)
	if users, err := parseUsers(strings.NewReader(longest + ":" + longest)); err != nil || users[longest].Secret != longest {
		t.Errorf("a name and a password of 248 octets: got error %v, want them taken: they fit in 255 (RFC 2449 section 4)", err)
	}
}

// A wrong line is named, with what to do.
func TestParseUsersErrors(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"", "names no user"},
		{"a:b\nmrose\n", "line 2: has no colon"},
		{":x\n", "line 1: has no name"},
		{"mrose:\n", "line 1: mrose has no password"},
		{"a:b\na:c\n", "line 2: a was named before"},
		{"a b:c\n", "line 1: the name \"a b\" holds a space"},
		{"a\u200eb:c\n", "line 1: the name \"a\\u200eb\" can't be a user's"},
		{"a:\xff\n", "line 1: isn't UTF-8"},
		{"a:" + strings.Repeat("x", 1<<17), "line 1: is too long"},
		{"a\tb:c\n", "line 1: the name \"a\\tb\" holds a TAB"},
		{"# names\n../x:c\n", "line 2: user \"../x\": a name can't begin with a dot"},
		{".:c\n", "can't begin with a dot"},
		{"..:c\n", "can't begin with a dot"},
		{".hidden:c\n", "can't begin with a dot"},
		{"a/b:c\n", "can't hold a separator, as a Maildir is a folder"},
		{"a\uFF0Fb:c\n", "can't hold a separator"}, // FULLWIDTH SOLIDUS becomes a slash
		{strings.Repeat("n", 249) + ":c\n", "has 249 octets; at most 248 fit in USER's line"},
		{"a:" + strings.Repeat("p", 249) + "\n", "the password of a has 249 octets; at most 248 fit in PASS's line"},
		{"a:b\tc\n", "line 1: the password of a holds a TAB"},
		{"a:b\x00c\n", "the password of a holds a NUL"},
		{"a:b\x1Bc\n", "the password of a holds the control character U+001B"},
		{"a:b\u200Ec\n", "the password of a can't be one: U+200E"},
	} {
		_, err := parseUsers(strings.NewReader(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("users file %.20q: got error %v, want one with %q", tt.file, err, tt.want)
		}
	}
}
