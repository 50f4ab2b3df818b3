package client

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"pop3lab/engine"
)

// maxCommand is how long a command may be in octets, CRLF included (RFC 2449 section 4).
const maxCommand = 255

// A key finds the rows of the table for a state and an input.
type key struct {
	state engine.State
	verb  engine.Verb
}

// rows is the engine's table, by state and input. Rows that depend on a server's choices are all
// there: what a client doesn't know it has to be prepared for.
var rows = func() map[key][]*engine.Rule {
	m := make(map[key][]*engine.Rule)
	for i := range engine.POP3 {
		r := &engine.POP3[i]
		k := key{r.From, r.Verb}
		m[k] = append(m[k], r)
	}
	return m
}()

// rowFor returns the row for a command with so many arguments, or the state's row for any other
// line; nil where a client can say nothing at all.
func rowFor(state engine.State, verb engine.Verb, args int) *engine.Rule {
	if r := rows[key{state, engine.Response}]; r != nil {
		return r[0]
	}
	var row *engine.Rule
	for _, r := range rows[key{state, verb}] {
		if row == nil || fits(r, args) && !fits(row, args) {
			row = r
		}
	}
	if row == nil {
		if r := rows[key{state, engine.Other}]; r != nil {
			return r[0]
		}
	}
	return row
}

// fits says whether a row takes so many arguments.
func fits(r *engine.Rule, args int) bool {
	least := 0
	for _, a := range r.Args {
		if !a.Optional {
			least++
		}
	}
	return least <= args && args <= len(r.Args)
}

// anyRow returns a row of the verb in whatever state.
func anyRow(verb engine.Verb) *engine.Rule {
	for i := range engine.POP3 {
		if engine.POP3[i].Verb == verb {
			return &engine.POP3[i]
		}
	}
	return nil
}

// A command is a line that was sent, as far as its answer depends on it.
type command struct {
	verb engine.Verb // in capitals; empty when no row has it
	args []string
	num  int    // the message-number it's about, 0 for none
	line string // what a display may show
}

// readCommand takes a line apart as the server's table will.
func readCommand(line string) command {
	word, rest, spaced := strings.Cut(line, " ")
	c := command{verb: engine.Verb(strings.ToUpper(word))}
	if anyRow(c.verb) == nil || !c.verb.Command() {
		c.verb = ""
	}
	switch row := anyRow(c.verb); {
	case !spaced:
	case row != nil && len(row.Args) > 0 && row.Args[0].Kind == engine.ArgRest:
		c.args = []string{rest}
	default:
		c.args = strings.Split(rest, " ")
		if row != nil && len(row.Args) > 0 && row.Args[0].Kind == engine.ArgNum {
			c.num, _ = strconv.Atoi(c.args[0])
		}
	}
	return c
}

// multi says whether +OK to the command is followed by lines, by the row's word.
func (c *command) multi(row *engine.Rule) bool {
	return row.Multi == engine.Always || row.Multi == engine.WithoutArg && len(c.args) == 0
}

// mask is what displays show instead of a secret, whatever its length.
const mask = "********"

// masked is the line as displays may show it: the arguments that the table calls secret are
// replaced, and so is all that may be a mistyped PASS.
func masked(state engine.State, c command, line string) (string, bool) {
	if state == engine.AuthorizationSASL {
		if line == "*" || line == "" {
			return line, false
		}
		return mask, true
	}
	row := anyRow(c.verb)
	if row == nil {
		word, _, spaced := strings.Cut(line, " ")
		switch {
		case state != engine.AuthorizationUser || line == "":
			return line, false
		case spaced:
			return word + " " + mask, true
		}
		return mask, true
	}
	at := len(c.verb)
	for i := range c.args {
		at++ // the space
		kind := engine.ArgWord
		if i < len(row.Args) {
			kind = row.Args[i].Kind
		}
		switch kind {
		case engine.ArgRest, engine.ArgSecret, engine.ArgInitial:
			if at < len(line) {
				return line[:at] + mask, true
			}
		}
		at += len(c.args[i])
	}
	return line, false
}

// compose makes a line of a command, after checking it against the row that the table has for it
// in the state: what this client sends is never a syntax error.
//
// RFC 1939 section 3: "Keywords and arguments consist of printable ASCII characters. Keywords and
// arguments are each separated by a single SPACE character."
func compose(state engine.State, verb string, args []string) (string, error) {
	v := engine.Verb(strings.ToUpper(verb))
	if len(v) < 3 || len(v) > 4 || strings.ContainsFunc(string(v), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", fmt.Errorf("client: %q is no keyword; keywords have three or four letters (RFC 1939 section 3)", verb)
	}
	row := rowFor(state, v, len(args))
	if row == nil {
		return "", fmt.Errorf("client: %s can't be sent: the session is %s", v, state)
	}
	kinds := row.Args
	if row.Verb == engine.Other {
		if r := anyRow(v); r != nil {
			return "", fmt.Errorf("client: %s isn't valid in the state %s (RFC 1939 section 3)", v, state)
		}
		kinds = nil // an extension: words, as many as there are
	} else if !fits(row, len(args)) {
		return "", fmt.Errorf("client: %s takes other arguments: %s", v, syntax(row))
	}
	line := string(v)
	for i, a := range args {
		kind := engine.ArgWord
		if i < len(kinds) {
			kind = kinds[i].Kind
		}
		if err := checkArg(kind, a); err != nil {
			return "", fmt.Errorf("client: %s: %w", v, err)
		}
		line += " " + a
	}
	if len(line)+2 > maxCommand {
		return "", fmt.Errorf("client: %s would have %d octets, and servers take %d (RFC 2449 section 4)", v, len(line)+2, maxCommand)
	}
	return line, nil
}

// checkArg refuses an argument that would change the line's meaning, or have none.
func checkArg(kind engine.ArgKind, arg string) error {
	if arg == "" {
		return errors.New("an argument is empty")
	}
	for _, c := range []byte(arg) {
		switch {
		case c < ' ' || c == 0x7f:
			return errors.New("an argument holds a control octet, such as CR or LF, which would end or change the command")
		case c == ' ' && kind != engine.ArgRest:
			return fmt.Errorf("the argument %q holds a space, which would make it two", arg)
		}
	}
	if !utf8.ValidString(arg) {
		return errors.New("an argument isn't UTF-8")
	}
	switch kind {
	case engine.ArgNum, engine.ArgCount:
		n, err := strconv.ParseInt(arg, 10, 32)
		if err != nil || n < 0 || n == 0 && kind == engine.ArgNum || strconv.FormatInt(n, 10) != arg {
			return fmt.Errorf("%q is no number here", arg)
		}
	}
	return nil
}

// syntax writes a row as the RFCs do.
func syntax(r *engine.Rule) string {
	s := string(r.Verb)
	for _, a := range r.Args {
		if a.Optional {
			s += " [" + a.Name + "]"
		} else {
			s += " " + a.Name
		}
	}
	return s
}
