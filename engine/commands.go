package engine

import (
	"bytes"
	"errors"
	"strconv"
)

// What each row does, in the order of the RFCs. A function returns its one reply; which state
// follows is the row's business, and whether a message-number is good was the reader's.

// greet is RFC 1939 section 4: "Once the TCP connection has been opened by a POP3 client, the POP3
// server issues a one line greeting."
//
// RFC 1939 section 7, APOP: "A POP3 server which implements the APOP command will include a timestamp
// in its banner greeting."
func greet(s *Session, _ *Command) Reply {
	r := ok(TextGreeting)
	if s.p.caps.Has(CapAPOP) {
		r.tail = s.peer.Stamp
	}
	return r
}

// quit in AUTHORIZATION ends the session; there is nothing to update.
func quit(s *Session, _ *Command) Reply { return ok(TextGoodbye) }

// refuseOther answers what no row takes.
func refuseOther(s *Session, c *Command) Reply {
	r := s.refused(c)
	if r.Name == "" {
		r.Name = s.unknownWord(c)
	}
	r.close = c.Refusal == TextNotOffered && s.p.Switches.Has(CloseOnUnoffered)
	return r
}

// unknownWord is what a refusal repeats of a line that begins with no command: its first word, unless that
// is, or before login may be, a password.
func (s *Session) unknownWord(c *Command) string {
	word := c.line.text
	if i := bytes.IndexAny(word, " \t"); i >= 0 {
		word = word[:i]
	}
	if 0 <= c.secret && c.secret < len(word) || s.state != Transaction && len(word) > 4 {
		return ""
	}
	return string(word[:min(len(word), maxEcho)])
}

// RFC 1939 section 5: the TRANSACTION state.

func stat(s *Session, _ *Command) Reply {
	return Reply{Status: OK, Text: TextStat, Num: int64(s.live), Size: s.told(s.octets)}
}

func list(s *Session, c *Command) Reply {
	if c.Num > 0 {
		return Reply{Status: OK, Text: TextScanOne, Num: int64(c.Num), Size: s.size(s.index(c.Num)), Msg: c.Num}
	}
	r := Reply{Status: OK, Text: TextScan, Num: int64(s.live), Size: s.told(s.octets), want: -1}
	r.Lines = &rows{n: len(s.msgs), line: func(dst []byte, i int) ([]byte, bool) {
		if s.marks.has(i) {
			return dst, false
		}
		dst = strconv.AppendInt(dst, int64(s.number(i)), 10)
		dst = append(dst, ' ')
		return strconv.AppendInt(dst, s.size(i), 10), true
	}}
	return r
}

// size is the message's size as this server tells it.
func (s *Session) size(i int) int64 { return s.told(s.msgs[i].Octets) }

func retr(s *Session, c *Command) Reply { return s.body(c, -1) }

// top is RFC 1939 section 7: "the POP3 server sends the headers of the message, the blank line separating
// the headers from the body, and then the number of lines of the indicated message's body".
func top(s *Session, c *Command) Reply { return s.body(c, c.Count) }

// body opens a message for RETR, or, with lines at least 0, for TOP.
func (s *Session) body(c *Command, lines int64) Reply {
	i := s.index(c.Num)
	m := s.msgs[i]
	if m.EightBitHeader && !s.utf8 && s.p.caps.Has(CapUTF8) && !s.p.Switches.Has(PassEightBit) {
		return refuseMsg(TextNeedsUTF8, c.Num)
	}
	b, err := s.drop.Body(i)
	switch {
	case errors.Is(err, ErrGone):
		r := refuseMsg(TextMessageGone, c.Num)
		r.err = err
		return r
	case err != nil:
		r := refuseMsg(TextReadError, c.Num)
		r.err = err
		return r
	}
	r := Reply{Status: OK, Text: TextOctets, Size: s.size(i), Msg: c.Num, Lines: b, want: m.Octets}
	if lines >= 0 && !s.p.Faults.Has(FaultTopIgnoresCount) {
		r.Text, r.want = TextTop, -1
		r.Lines = &topReader{Body: b, left: lines}
	} else if lines >= 0 {
		r.Text = TextTop
	} else {
		s.seen.set(i, len(s.msgs))
		s.last = max(s.last, c.Num) // TOP is no access: RFC 1460 names RETR and DELE
	}
	s.spoilBody(&r)
	return r
}

// dele is RFC 1939 section 5: "The POP3 server does not actually delete the message until the POP3
// session enters the UPDATE state."
//
// A message that is marked already doesn't get here: the reader of arguments refuses its number, for every
// command (see resolve).
func dele(s *Session, c *Command) Reply {
	i := s.index(c.Num)
	s.last = max(s.last, c.Num)
	if !s.marks.has(i) {
		s.marks.set(i, len(s.msgs))
		s.live--
		s.octets -= s.msgs[i].Octets
	}
	return Reply{Status: OK, Text: TextDeleted, Num: int64(c.Num), Msg: c.Num}
}

func noop(s *Session, _ *Command) Reply { return ok(TextNoop) }

func rset(s *Session, _ *Command) Reply {
	s.marks = nil
	s.last = 0
	s.count()
	return Reply{Status: OK, Text: TextReset, Num: int64(s.live), Size: s.octets}
}

// count counts all messages anew.
func (s *Session) count() {
	s.live, s.octets = len(s.msgs), 0
	for i := range s.msgs {
		s.octets += s.msgs[i].Octets
	}
}

// last is RFC 1460 section 5: "the highest message number accessed". RSET resets it.
func last(s *Session, _ *Command) Reply {
	return Reply{Status: OK, Text: TextLast, Num: int64(s.last)}
}

func uidl(s *Session, c *Command) Reply {
	if c.Num > 0 {
		return Reply{Status: OK, Text: TextUniqueIDOne, Num: int64(c.Num), Name: s.uid(s.index(c.Num)), Msg: c.Num}
	}
	r := Reply{Status: OK, Text: TextUniqueIDs, want: -1}
	r.Lines = &rows{n: len(s.msgs), line: func(dst []byte, i int) ([]byte, bool) {
		if s.marks.has(i) {
			return dst, false
		}
		dst = strconv.AppendInt(dst, int64(s.number(i)), 10)
		dst = append(dst, ' ')
		return append(dst, s.uid(i)...), true
	}}
	return r
}

// quitUpdate enters UPDATE; commit answers.
func quitUpdate(*Session, *Command) Reply { return Reply{} }

// commit is the UPDATE state.
//
// RFC 1939 section 6: "The POP3 server removes all messages marked as deleted from the maildrop and
// replies as to the status of this operation." And: "In no case may the server remove any messages not
// marked as deleted."
func commit(s *Session, _ *Command) Reply {
	var remove []int
	var nums []int
	for i := range s.msgs {
		if s.marks.has(i) || s.p.Switches.Has(DeleteRetrieved) && s.seen.has(i) {
			remove = append(remove, i)
			nums = append(nums, s.numberAtOpen(i))
		}
	}
	drop := s.drop
	s.drop = nil // Update releases the lock, whatever happens
	if err := drop.Update(remove); err != nil {
		r := refuse(TextNotRemoved)
		r.removed, r.err = nums, err
		return r
	}
	r := Reply{Status: OK, Text: TextGoodbyeLeft, Num: int64(len(s.msgs) - len(remove)), removed: nums}
	if r.Num == 0 {
		r.Text = TextGoodbyeEmpty
	}
	return r
}

func (s *Session) numberAtOpen(i int) int { return i + 1 }

// RFC 2449: CAPA.

func capa(s *Session, _ *Command) Reply {
	var lines []string
	for i := range Capabilities {
		c := &Capabilities[i]
		if c.Tag == "" || !s.p.caps.Has(c.Cap) || c.Here != nil && !c.Here(s) {
			continue
		}
		line := c.Tag
		if c.Params != nil {
			params, there := c.Params(s)
			if !there {
				continue
			}
			line += params
		}
		lines = append(lines, line)
	}
	lines = append(lines, s.p.Persona.ExtraCapa...)
	return Reply{Status: OK, Text: TextCapabilities, want: -1, Lines: textLines(s.spoilCapa(lines))}
}

// textLines is a payload of lines that are there already.
func textLines(lines []string) *rows {
	return &rows{n: len(lines), line: func(dst []byte, i int) ([]byte, bool) { return append(dst, lines[i]...), true }}
}

// RFC 2595: STLS.

// stlsPermitted says whether STLS would succeed now.
//
// RFC 2595 section 4: the capability "indicates the ... command is present and permitted in the
// current state".
func (s *Session) stlsPermitted() bool { return !s.peer.Secure }

func stls(s *Session, c *Command) Reply {
	switch {
	case s.peer.Secure:
		return refuse(TextAlreadyTLS)
	case s.start+len(c.line.wire) < len(s.in):
		// RFC 2595 section 4: the client "MUST NOT issue any further commands until a server
		// response is seen and the TLS negotiation is complete".
		r := refuse(TextAfterSTLS)
		r.close = true
		return r
	}
	return ok(TextBeginTLS)
}

// secured begins AUTHORIZATION anew: TLS is a reset, not a flag.
func secured(s *Session, _ *Command) Reply {
	s.peer.Secure = true
	s.user, s.utf8, s.lang = "", false, 0
	s.splitter = splitter{}
	s.bad = 0
	return Reply{}
}

// intruder closes a connection on which octets in the clear came where TLS was due.
func intruder(s *Session, _ *Command) Reply { return Reply{Text: TextInjected} }

// RFC 6856: UTF8 and LANG.

func utf8Mode(s *Session, _ *Command) Reply {
	s.utf8 = true
	return ok(TextUTF8)
}

// lang lists the languages, or chooses one, from this very reply on.
//
// RFC 6856 section 3.2: with "*" the server uses "a default language".
func lang(s *Session, c *Command) Reply {
	if c.Args == 0 {
		lines := make([]string, len(catalogues))
		for i := range catalogues {
			lines[i] = catalogues[i].tag + " " + catalogues[i].name
		}
		return Reply{Status: OK, Text: TextLanguages, want: -1, Lines: textLines(lines)}
	}
	i := languageFor(string(c.Word[0]))
	if i < 0 {
		return refuse(TextNoLanguage)
	}
	s.lang = uint8(i)
	return Reply{Status: OK, Text: TextLanguage, Name: catalogues[i].tag}
}

// languageFor looks a tag up, shortening it from the right until there is a match (RFC 4647 section 3.4).
func languageFor(tag string) int {
	if tag == "*" {
		return 0
	}
	for {
		for i := range catalogues {
			if foldEqual(tag, catalogues[i].tag) {
				return i
			}
		}
		cut := len(tag) - 1
		for cut > 0 && tag[cut] != '-' {
			cut--
		}
		if cut <= 0 {
			return -1
		}
		tag = tag[:cut]
	}
}

// foldEqual compares ASCII without regard to case.
func foldEqual(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// The ends that aren't QUIT.

// gone is RFC 1939 section 6: "If a session terminates for some reason other than a client-issued QUIT
// command, the POP3 session does NOT enter the UPDATE state and MUST not remove any messages from the
// maildrop."
func gone(*Session, *Command) Reply { return Reply{} }

// expired is RFC 1939 section 3: the server "should close the TCP connection without removing any
// messages or sending any response to the client".
func expired(s *Session, _ *Command) Reply {
	if s.p.Switches.Has(AnswerTimeout) {
		r := refuse(TextIdle)
		r.close = true
		return r
	}
	return Reply{Text: TextIdle}
}
