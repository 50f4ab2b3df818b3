package main

import (
	"strings"
	"testing"
)

func TestParseUsers(t *testing.T) {
	users, err := parseUsers(strings.NewReader("# a comment\n\nmrose:tanstaaf\ndewey: with spaces : and colons \r\n"))
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
		{"a:" + strings.Repeat("x", 1<<17), "line 1: bufio.Scanner: token too long"},
	} {
		_, err := parseUsers(strings.NewReader(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("users file %.20q: got error %v, want one with %q", tt.file, err, tt.want)
		}
	}
}
