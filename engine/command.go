package engine

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"

	"pop3lab/engine/sasl"
)

// A Command is a line read by its row.
type Command struct {
	Rule *Rule
	// Verb is the row's; for a line that Other takes, the keyword in capitals if there is such a
	// command at all, else empty.
	Verb Verb
	// Word holds the arguments as they came, up to two.
	Word [2][]byte
	// Args is how many there are.
	Args int
	// Num is the message-number given, 0 when none was.
	Num int
	// Count is the number of lines given.
	Count int64
	// Refusal says why it can't be carried out; TextNone when it can.
	Refusal Text
	line    line
	// secret is the offset in the line from which on it must not be shown; negative when nothing
	// is secret.
	secret int
}

// read finds the row for a line and reads its arguments.
func (s *Session) read(l line) Command {
	if r := s.p.others[s.state]; r != nil && r.Verb == Response {
		c := Command{Rule: r, Verb: Response, Word: [2][]byte{l.text}, Args: 1, line: l}
		if l.tooLong {
			c.Refusal = TextLineTooLong
		}
		return c
	}
	word, rest, spaced := l.text, []byte(nil), false
	if i := bytes.IndexByte(l.text, ' '); i >= 0 {
		word, rest, spaced = l.text[:i], l.text[i+1:], true
	}
	c := Command{line: l, secret: -1}
	key, ok := keyOf(word)
	if ok {
		c.Rule = s.p.table[s.state][key]
	}
	if c.Rule == nil {
		c.Rule = s.p.others[s.state]
		c.Refusal = s.whyNot(&c, word, l)
		c.secret = s.maskOther(&c, l.text)
		return c
	}
	c.Verb = c.Rule.Verb
	switch {
	case l.tooLong:
		c.Refusal = TextLineTooLong
	case !s.arguments(&c, rest, spaced):
	default:
		s.resolve(&c)
	}
	c.secret = secretOf(c.Rule.Args, l.text, len(word))
	if c.Refusal == TextExtraArg && c.secret < 0 && len(c.Rule.Args) > 0 && c.Rule.Args[0] == argName {
		// USER mrose tanstaaf: what comes behind a name is likely to be a password.
		c.secret = behindWords(l.text, 1+len(c.Rule.Args))
		if len(c.Rule.Args) == 1 {
			c.Refusal = TextNameOnly
		}
	}
	return c
}

// whyNot says why no row of the state takes the line.
func (s *Session) whyNot(c *Command, word []byte, l line) Text {
	c.Verb = s.keyword(word)
	switch {
	case l.tooLong:
		return TextLineTooLong
	case len(l.text) == 0:
		return TextEmptyLine
	case c.Verb != "":
		if t := s.elsewhere(c.Verb); t != TextNone {
			return t
		}
		return TextNotOffered
	}
	for _, b := range l.text {
		switch {
		case b < ' ' || b == 0x7f:
			return TextControl
		case b >= 0x80:
			return TextEightBit
		}
	}
	if l.text[0] == ' ' {
		return TextSpaces
	}
	if s.p.caps.Has(CapCAPA) {
		return TextAskCAPA
	}
	return TextUnknown
}

// elsewhere says why v isn't legal here if it is in another state; TextNone when it's in none.
func (s *Session) elsewhere(v Verb) Text {
	key, _ := keyOf(string(v))
	why := TextNone
	for state, rows := range s.p.table {
		switch {
		case rows[key] == nil:
		case State(state).RFC() == s.state.RFC():
			return TextWrongState
		case s.state == Transaction:
			why = TextAfterLogin
		default:
			why = TextLoginFirst
		}
	}
	return why
}

// keyword is word in capitals if it's a keyword of any row, there or not, else empty.
func (s *Session) keyword(word []byte) Verb {
	var upper [4]byte
	if len(word) != 3 && len(word) != 4 {
		return ""
	}
	for i, b := range word {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		upper[i] = b
	}
	if !s.p.known[string(upper[:len(word)])] {
		return ""
	}
	return Verb(upper[:len(word)])
}

// arguments reads rest by the row's argument kinds. spaced says that a space came before it.
func (s *Session) arguments(c *Command, rest []byte, spaced bool) bool {
	args := c.Rule.Args
	if len(args) == 1 && args[0].Kind == ArgRest {
		// RFC 1939 section 7, PASS: "Since the PASS command has exactly one argument, a POP3
		// server may treat spaces in the argument as part of the password, instead of as
		// argument separators."
		if len(rest) == 0 {
			return c.no(TextMissingArg)
		}
		c.Word[0], c.Args = rest, 1
		return s.octetsOf(c, ArgRest, rest)
	}
	for more := spaced; more; {
		var word []byte
		word, rest, more = bytes.Cut(rest, space)
		if len(word) == 0 {
			if s.p.Switches.Has(LenientSpace) {
				continue
			}
			return c.no(TextSpaces)
		}
		if c.Args == len(args) {
			return c.no(TextExtraArg)
		}
		kind := args[c.Args].Kind
		if !s.octetsOf(c, kind, word) || !s.value(c, kind, word) {
			return false
		}
		c.Word[c.Args] = word
		c.Args++
	}
	if c.Args < len(args) && !args[c.Args].Optional {
		return c.no(TextMissingArg)
	}
	return true
}

var space = []byte{' '}

func (c *Command) no(t Text) bool {
	c.Refusal = t
	return false
}

// octetsOf checks that an argument has only octets that its kind allows.
//
// RFC 1939 section 3: "Keywords and arguments consist of printable ASCII characters." RFC 6856 section
// 2.2 lifts that for names and passwords, when CAPA says UTF8 USER.
func (s *Session) octetsOf(c *Command, kind ArgKind, word []byte) bool {
	eight := false
	for _, b := range word {
		if b < ' ' || b == 0x7f {
			return c.no(TextControl)
		}
		eight = eight || b >= 0x80
	}
	if !eight {
		return true
	}
	if kind > ArgRest || !s.p.caps.Has(CapUTF8) || s.p.NoUTF8User {
		return c.no(TextEightBit)
	}
	if !utf8.Valid(word) {
		return c.no(TextBadName)
	}
	return true
}

// value reads numbers, and checks the form of names that have one.
func (s *Session) value(c *Command, kind ArgKind, word []byte) bool {
	switch kind {
	case ArgNum, ArgCount:
		return s.decimal(c, kind, word)
	case ArgMechanism:
		if !sasl.ValidName(strings.ToUpper(string(word))) {
			return c.no(TextMechanismName)
		}
	}
	return true
}

// decimal reads a decimal number.
func (s *Session) decimal(c *Command, kind ArgKind, word []byte) bool {
	var n int64
	for _, b := range word {
		if b < '0' || b > '9' {
			return c.no(TextNotANumber)
		}
		if n > (math.MaxInt32-9)/10 {
			n = math.MaxInt32 // more than any maildrop has; the digits must still be digits
			continue
		}
		n = n*10 + int64(b-'0')
	}
	switch {
	case n == math.MaxInt32 && kind == ArgNum:
		return c.no(TextNumberTooBig)
	case n == 0 && kind == ArgNum:
		return c.no(TextZero)
	case len(word) > 1 && word[0] == '0' && !s.p.Switches.Has(LenientZeros):
		return c.no(TextLeadingZero)
	}
	if kind == ArgNum {
		c.Num = int(n)
	} else {
		c.Count = n
	}
	return true
}

// resolve checks that a message-number given is one of the maildrop's and not marked.
//
// RFC 1939 section 5, DELE: "Any future reference to the message-number associated with the message
// in a POP3 command generates an error."
func (s *Session) resolve(c *Command) {
	switch {
	case c.Num == 0:
	case len(s.msgs) == 0:
		c.Refusal = TextNothingThere
	case s.index(c.Num) < 0:
		c.Refusal = TextNoSuchMessage
	case s.marks.has(s.index(c.Num)) && !s.p.Faults.Has(FaultDeletedStillServed):
		c.Refusal = TextAlreadyDeleted
	}
}

// index turns a message-number, from 1, into an index, from 0; negative when there is no such
// message.
func (s *Session) index(num int) int {
	if s.p.Faults.Has(FaultRenumbersAfterDele) {
		return s.unmarked(num)
	}
	if num < 1 || num > len(s.msgs) {
		return -1
	}
	return num - 1
}

// number is the other way round.
func (s *Session) number(i int) int {
	if s.p.Faults.Has(FaultRenumbersAfterDele) {
		n := 1
		for j := range i {
			if !s.marks.has(j) {
				n++
			}
		}
		return n
	}
	return i + 1
}

// unmarked finds the num-th message without a mark, as a server that renumbers does.
func (s *Session) unmarked(num int) int {
	for i := range s.msgs {
		if s.marks.has(i) {
			continue
		}
		if num--; num == 0 {
			return i
		}
	}
	return -1
}

// mask is what displays show instead of a secret. Its length is no secret's length.
const mask = "********"

// secretOf finds where a line's secret begins: the argument that is one, or an initial response.
func secretOf(args []Arg, text []byte, at int) int {
	for _, arg := range args {
		if at >= len(text) {
			return -1
		}
		at++ // the space
		switch arg.Kind {
		case ArgRest, ArgSecret, ArgInitial:
			return min(at, len(text))
		}
		if j := bytes.IndexByte(text[min(at, len(text)):], ' '); j >= 0 {
			at += j
		} else {
			return -1
		}
	}
	return -1
}

// behindWords is the offset behind the first n words and their spaces.
func behindWords(text []byte, n int) int {
	at := 0
	for range n {
		i := bytes.IndexByte(text[at:], ' ')
		if i < 0 {
			return -1
		}
		at += i + 1
	}
	return at
}

// maskOther finds the secret in a line that no row takes. PASS, APOP and AUTH are followed by one in any
// state. Before login, what follows any other word that is no command may be one too, because a mistyped
// PASS is followed by a password all the same; and so may a word alone that is too long for a keyword, or,
// where a password is due, any word alone.
func (s *Session) maskOther(c *Command, text []byte) int {
	word := bytes.TrimLeft(text, " \t")
	at := len(text) - len(word)
	if s.state == Transaction || s.state == Authorization && at > 0 {
		if len(word) >= 4 {
			switch key, _ := keyOf(word[:4]); key {
			case keyPASS, keyAPOP, keyAUTH:
				return min(at+5, len(text))
			}
		}
		if s.state == Transaction {
			return -1
		}
	}
	first := word
	if i := bytes.IndexAny(word, " \t"); i >= 0 {
		first = word[:i]
	}
	switch verb := s.keyword(first); {
	case verb == "PASS" || verb == "APOP" || verb == "AUTH":
	case verb != "", s.state == Authorization && isHTTP(c.line):
		return -1
	}
	end := len(bytes.TrimRight(text, " \t"))
	if i := bytes.IndexAny(text[:end], " \t"); i >= 0 {
		return i + 1
	}
	if c.Verb == "" && (s.state == AuthorizationUser || end > 4) {
		return 0
	}
	return -1
}

var keyPASS, _ = keyOf("PASS")
var keyAPOP, _ = keyOf("APOP")
var keyAUTH, _ = keyOf("AUTH")

// shown is the line as events show it.
func (s *Session) shown(c *Command) (wire []byte, masked bool) {
	l := c.line
	if l.tooLong {
		wire = append(wire, l.text...)
		if c.secret >= 0 && !s.p.ShowSecrets {
			return append(wire[:min(c.secret, len(wire))], mask...), true
		}
		return wire, false
	}
	if c.secret < 0 || c.secret >= len(l.text) || s.p.ShowSecrets || c.Verb == Response && string(l.text) == "*" {
		return l.wire, false
	}
	wire = append(wire, l.text[:c.secret]...)
	wire = append(wire, mask...)
	return append(wire, l.wire[len(l.text):]...), true
}
