package view

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/engine"
)

// besides are the reference's pages that aren't about a command.
var besides = []entry{{"reference/events", "Without a command"}, {"reference/answers", "Answers"}, {"states", "States"}, {"coverage", "Coverage"}}

var groupStates = map[string]string{"Before login": "AUTHORIZATION", "After login": "TRANSACTION", "Before and after login": "AUTHORIZATION and TRANSACTION"}

// tryHint says what is to be done on the bench.
func (c *Command) tryHint() string {
	if c.Suggested {
		return "A session that stands just before it; Enter or a suggestion sends it."
	}
	return "A session that stands just before it; type " + c.Syntax + "."
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// anchor is a heading's id.
func anchor(s string) string { return strings.ReplaceAll(strings.ToLower(s), " ", "-") }

// shortened is a line that may be long.
func shortened(s string) string {
	if s == "" {
		return "an empty line"
	}
	if s = strings.ReplaceAll(s, "\r\n", " ⏎ "); len(s) > 72 {
		return s[:48] + " … " + s[len(s)-12:]
	}
	return s
}

// levelClass is the class of a requirement's level.
func levelClass(level string) string {
	switch strings.ToLower(level) {
	case "must", "must not", "shall":
		return "must"
	case "should", "should not", "recommended":
		return "should"
	}
	return "may"
}

// coded is text in which what stands in backquotes is code.
func coded(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		parts := strings.Split(text, "`")
		for i, part := range parts {
			tag := i%2 == 1 && i < len(parts)-1
			if tag {
				part = "<code>" + templ.EscapeString(part) + "</code>"
			} else {
				part = templ.EscapeString(part)
			}
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// eventID is a verb as a part of an address.
func eventID(v engine.Verb) string { return strings.Trim(string(v), "()") }
