package engine

import (
	"io"
	"strconv"
	"strings"
)

// Faults is a set of defects that a server or its network may have. They exist to be found.
type Faults uint64

// The faults.
const (
	FaultGreetingDelayed Faults = 1 << iota
	FaultSplitEveryOctet
	FaultReplyTwice
	FaultTerminatorMissing
	FaultTerminatorWithoutCR
	FaultStuffingMissing
	FaultStuffingSkipsFirstLine
	FaultSizesWrong
	FaultRenumbersAfterDele
	FaultUIDLSpaces
	FaultUIDLEmpty
	FaultUIDLTooLong
	FaultUIDLDuplicates
	FaultUIDLReused
	FaultCapaLies
	FaultCapaUnterminated
	FaultSTLSStripped
	FaultSTLSInjects
	FaultHandshakeFails
	FaultDropsInRetr
	FaultDropsBeforeQuitReply
	FaultRefusesInUse
	FaultRefusesSysTemp
	FaultRefusesLoginDelay
	FaultIdleShort
	FaultLongLine
	FaultNUL
	FaultEightBit
	FaultGreetingLookAlike
	FaultChallengeWithoutSpace
	FaultDeletedStillServed
	FaultEmptyListUnterminated
	FaultTopIgnoresCount
	FaultExtraBlankLine
)

// wireFaults are those that need every octet to pass through the framer.
const wireFaults = FaultStuffingMissing | FaultStuffingSkipsFirstLine | FaultLongLine | FaultNUL | FaultEightBit | FaultExtraBlankLine

// Has says whether any fault of g is in f.
func (f Faults) Has(g Faults) bool { return f&g != 0 }

// A Fault describes a defect for people.
type Fault struct {
	Fault Faults
	Name  string // as a command line names it
	Reqs  string // the requirement rows it breaks
	// Network says that the driver shows it, not the engine.
	Network bool
	Doc     string
}

// AllFaults describes every fault, in the order of the constants.
var AllFaults = []Fault{
	{FaultGreetingDelayed, "greeting-delayed", "FRM-02", true, "The greeting comes three seconds late."},
	{FaultSplitEveryOctet, "split-every-octet", "DFR-10", true, "Every octet travels alone. It's legal, and breaks clients that take a read for a line."},
	{FaultReplyTwice, "reply-twice", "FRM-25", false, "Every reply of one line is sent twice, so that the client is one answer behind from then on."},
	{FaultTerminatorMissing, "terminator-missing", "FRM-14", false, "Multi-line replies have no end: the client waits for ever."},
	{FaultTerminatorWithoutCR, "terminator-without-cr", "FRM-14 DFR-15", false, "Multi-line replies end with a dot and LF alone."},
	{FaultStuffingMissing, "stuffing-missing", "FRM-15 FRM-16", false, "Lines that begin with a dot are sent as they are: a line with a lone dot ends the message too early."},
	{FaultStuffingSkipsFirstLine, "stuffing-skips-first-line", "FRM-17", false, "Dots are stuffed, but not in the very first line, as where servers search for CRLF and a dot."},
	{FaultSizesWrong, "sizes-wrong", "STT-03 LST-12 FMT-02", false, "STAT and LIST count two octets too few, as where the last CRLF isn't counted."},
	{FaultRenumbersAfterDele, "renumbers-after-dele", "OPN-08 LST-04", false, "After DELE the messages behind move up one number, so that the next DELE hits another message than meant."},
	{FaultUIDLSpaces, "uidl-with-spaces", "UID-02 UID-08", false, "Unique-ids hold spaces."},
	{FaultUIDLEmpty, "uidl-empty", "UID-07", false, "Unique-ids are empty."},
	{FaultUIDLTooLong, "uidl-too-long", "UID-07", false, "Unique-ids have 71 characters, one more than allowed."},
	{FaultUIDLDuplicates, "uidl-duplicates", "UID-09", false, "All messages have the same unique-id: a client that leaves mail on the server sees one."},
	{FaultUIDLReused, "uidl-reused", "UID-10 UID-12", false, "The unique-id is the message-number: next time it belongs to another message."},
	{FaultCapaLies, "capa-lies", "CAP-10", false, "CAPA announces a mechanism that isn't there and hides TOP, which is."},
	{FaultCapaUnterminated, "capa-without-terminator", "CAP-02", false, "CAPA's answer has no end."},
	{FaultSTLSStripped, "stls-stripped", "TLS-17", false, "Somebody on the way takes STLS out: a client that falls back sends its password in the clear."},
	{FaultSTLSInjects, "stls-injects-plaintext", "DAU-02", false, "Somebody on the way puts an answer in the clear behind the +OK of STLS: a client that keeps it believes it came through TLS."},
	{FaultHandshakeFails, "handshake-fails", "DAU-04", true, "STLS is answered with +OK, then the TLS handshake fails."},
	{FaultDropsInRetr, "drops-during-retr", "FRM-14", false, "The connection breaks in the middle of the first message: what arrived is no whole message."},
	{FaultDropsBeforeQuitReply, "drops-before-quit-reply", "QUT-02", false, "UPDATE is done, then the connection breaks before its answer: the client can't know."},
	{FaultRefusesInUse, "refuses-in-use", "RSP-08", false, "Every login is answered with [IN-USE]."},
	{FaultRefusesSysTemp, "refuses-sys-temp", "RSP-10", false, "Every login is answered with [SYS/TEMP]."},
	{FaultRefusesLoginDelay, "refuses-login-delay", "RSP-06", false, "Every login is answered with [LOGIN-DELAY]."},
	{FaultIdleShort, "idle-short", "TMO-02", true, "The idle timer closes after ten seconds instead of ten minutes."},
	{FaultLongLine, "line-of-a-megabyte", "DMS-06", false, "The message gets one more line, a megabyte long. It's legal; readers with a fixed buffer break."},
	{FaultNUL, "nul-octet", "DMS-02", false, "The message gets a line with a NUL octet: programs that hold lines as C strings lose what follows."},
	{FaultEightBit, "eight-bit-without-utf8", "I18-04", false, "The message gets a header field in UTF-8, whether the client asked for UTF-8 mode or not."},
	{FaultGreetingLookAlike, "greeting-look-alike", "DAU-16", false, "The greeting holds something in angle brackets before its timestamp."},
	{FaultChallengeWithoutSpace, "challenge-without-space", "SAS-05 SAS-07", false, "A challenge begins with + alone, without the space."},
	{FaultDeletedStillServed, "deleted-still-served", "DEL-03 RET-04", false, "RETR, LIST and TOP of a message marked as deleted succeed."},
	{FaultEmptyListUnterminated, "empty-list-unterminated", "LST-05 UID-16", false, "LIST and UIDL of an empty maildrop have no end, as where the end is sent only after a line."},
	{FaultTopIgnoresCount, "top-ignores-count", "TOP-03 TOP-04", false, "TOP sends the whole message whatever n is."},
	{FaultExtraBlankLine, "extra-blank-line", "RET-07 LST-12", false, "RETR sends one blank line more than the message has."},
}

// FaultNamed returns the fault of that name.
func FaultNamed(name string) (Faults, bool) {
	for _, f := range AllFaults {
		if f.Name == name {
			return f.Fault, true
		}
	}
	return 0, false
}

// Below is where the faults are made. Nothing else in the engine is changed by them but what is
// asked for by name: index and number (FaultRenumbersAfterDele), resolve, body.

// told is a number of octets as this server tells it.
func (s *Session) told(octets int64) int64 {
	if s.p.Faults.Has(FaultSizesWrong) && octets >= 2 {
		return octets - 2
	}
	return octets
}

// uid is the unique-id as this server tells it.
func (s *Session) uid(i int) string {
	switch f := s.p.Faults; {
	case f.Has(FaultUIDLSpaces):
		return "id " + s.msgs[i].UID
	case f.Has(FaultUIDLEmpty):
		return ""
	case f.Has(FaultUIDLTooLong):
		return strings.Repeat("x", 71-len(strconv.Itoa(i+1))) + strconv.Itoa(i+1)
	case f.Has(FaultUIDLDuplicates):
		return "the-same"
	case f.Has(FaultUIDLReused):
		return strconv.Itoa(i + 1)
	}
	return s.msgs[i].UID
}

func (s *Session) stuffing() stuffing {
	switch f := s.p.Faults; {
	case f.Has(FaultStuffingMissing):
		return stuffNone
	case f.Has(FaultStuffingSkipsFirstLine):
		return stuffNotFirst
	}
	return stuffAll
}

func (s *Session) spoilCapa(lines []string) []string {
	if !s.p.Faults.Has(FaultCapaLies) {
		return lines
	}
	var out []string
	for _, l := range lines {
		if name, rest, _ := strings.Cut(l, " "); name == "SASL" {
			l = "SASL GSSAPI " + rest
		} else if name == "TOP" {
			continue
		}
		out = append(out, l)
	}
	return out
}

// spoilOpen is why every login is refused; TextNone if it isn't.
func (s *Session) spoilOpen() Text {
	switch f := s.p.Faults; {
	case f.Has(FaultRefusesInUse):
		return TextLocked
	case f.Has(FaultRefusesSysTemp):
		return TextTemporary
	case f.Has(FaultRefusesLoginDelay):
		return TextLoginDelay
	}
	return TextNone
}

// spoilBody puts more into a message than it has.
func (s *Session) spoilBody(r *Reply) {
	var before, behind string
	switch f := s.p.Faults; {
	case f.Has(FaultLongLine):
		behind = strings.Repeat("x", 1<<20) + "\r\n"
	case f.Has(FaultNUL):
		behind = "before the NUL\x00behind it\r\n"
	case f.Has(FaultEightBit):
		before = "X-Greeting: gr\u00fc\u00df\r\n"
	case f.Has(FaultExtraBlankLine):
		behind = "\r\n"
	case f.Has(FaultSizesWrong):
		r.want = max(r.want, -1)
		return
	default:
		return
	}
	r.want = -1
	r.Lines = spoilt{io.MultiReader(strings.NewReader(before), &ended{r: r.Lines}, strings.NewReader(behind)), r.Lines}
}

// spoilt reads from elsewhere what it closes here.
type spoilt struct {
	io.Reader
	io.Closer
}

// ended ends a message with LF if its last line has no end.
type ended struct {
	r    io.Reader
	last byte
	over bool
}

func (e *ended) Read(p []byte) (int, error) {
	if e.over {
		return 0, io.EOF
	}
	n, err := e.r.Read(p)
	if n > 0 {
		e.last = p[n-1]
	}
	if err != io.EOF {
		return n, err
	}
	e.over = true
	if n < len(p) && e.last != '\n' && e.last != 0 {
		p[n] = '\n'
		n++
	}
	return n, nil
}

// spoil changes the first line of a reply and what follows it.
func (s *Session) spoil(e *Event, r *Reply) {
	f := s.p.Faults
	switch {
	case f == 0:
	case f.Has(FaultGreetingLookAlike) && e.Verb == Connect:
		s.out = append([]byte("+OK <http://mail.example.org/> "), e.Wire[len("+OK "):]...)
		e.Wire = s.out
	case f.Has(FaultSTLSInjects) && s.after.tls:
		s.out = append(s.out, "+OK injected in the clear\r\n"...)
		e.Wire = s.out
	case f.Has(FaultDropsBeforeQuitReply) && e.Verb == Commit:
		s.stage = stageIdle
		removed := e.Removed
		*e = s.closing(TextFault, nil)
		e.Removed = removed
	case f.Has(FaultReplyTwice) && r.Lines == nil && e.Verb != Connect:
		s.stage = stageAgain
	}
}

// spoilEnd changes the end of a multi-line reply.
func (s *Session) spoilEnd(e *Event) {
	f := s.p.Faults
	switch {
	case f == 0:
	case f.Has(FaultDropsInRetr) && e.Verb == "RETR":
		*e = s.closing(TextFault, nil)
	case f.Has(FaultTerminatorMissing),
		f.Has(FaultCapaUnterminated) && e.Verb == "CAPA",
		f.Has(FaultEmptyListUnterminated) && (e.Verb == "LIST" || e.Verb == "UIDL") && e.N == 0:
		e.Wire = nil
	case f.Has(FaultTerminatorWithoutCR):
		e.Wire = []byte(".\n")
	}
}
