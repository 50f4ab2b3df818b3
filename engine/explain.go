package engine

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"pop3lab/engine/sasl"
)

// An Explanation says in words what an event is.
type Explanation struct {
	// Text is what happened and what it means, in a few short sentences for a learner.
	Text string
	// Mistake is what servers or clients are known to get wrong here; empty when nothing is known.
	Mistake string
	// Ref is the place in an RFC that decided it, with the ids of the requirements.
	Ref Ref
}

// String is the place as people write it: "RFC 1939 section 5".
func (r Ref) String() string {
	if r.RFC == 0 {
		return ""
	}
	s := "RFC " + strconv.Itoa(r.RFC)
	if r.Section != "" {
		s += " section " + r.Section
	}
	return s
}

// IDs are the requirement rows.
func (r Ref) IDs() []string { return strings.Fields(r.Reqs) }

// Explain puts an event in words. It reads nothing but the event and, if there is one, the View of the
// session after it, so that it explains a recording as well as what happens now. Every event
// has an explanation. Of switches and faults it says nothing: see Protocol.Explain.
func Explain(e Event, v *View) Explanation {
	x := explainer{e: &e, v: v}
	if e.Rule != nil {
		x.ref = e.Rule.Ref
	}
	switch e.Kind {
	case KindInput:
		x.doc()
	case KindLine:
		x.line()
	case KindReply:
		x.reply()
	case KindData:
		x.data()
	case KindBody:
		x.ref = rfc(1939, "11", "FMT-02 FMT-03")
		x.note(sayBody)
	case KindEnd:
		x.end()
	case KindExtra:
		x.ref = rfc(1939, "3", "FRM-25")
		x.note(sayStray)
	case KindTLS:
		x.ref = rfc(2595, "4", "TLS-05")
		x.note(sayTLS)
	case KindClose:
		x.close()
	default:
		x.say("Nothing happened.")
	}
	return Explanation{strings.Join(x.said, " "), x.mistake, x.ref}
}

// An explainer gathers sentences.
type explainer struct {
	e       *Event
	v       *View
	said    []string
	mistake string
	ref     Ref
}

func (x *explainer) say(sentence string) {
	if sentence != "" {
		x.said = append(x.said, x.fill(sentence))
	}
}

// note says a note's text, and its mistake unless there is one already.
func (x *explainer) note(n note) {
	if x.e.Num == 0 && n.bare != "" {
		x.say(n.bare)
	} else {
		x.say(n.text)
	}
	if x.mistake == "" && n.mistake != "" {
		x.mistake = n.mistake
		x.know(n.known)
	}
}

// know adds requirement rows to the reference.
func (x *explainer) know(ids string) {
	for _, id := range strings.Fields(ids) {
		if !strings.Contains(x.ref.Reqs, id) {
			x.ref.Reqs = strings.TrimSpace(x.ref.Reqs + " " + id)
		}
	}
}

// doc says what the row's own sentence says.
func (x *explainer) doc() {
	if x.e.Rule != nil {
		x.say(x.e.Rule.Doc)
	}
	if len(x.said) == 0 {
		x.say("The session goes on.")
	}
}

// fill puts in the numbers.
func (x *explainer) fill(text string) string {
	var b strings.Builder
	var last int64
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				last = int64(x.e.Num)
			case 'm':
				last = x.e.N
			case 'd':
				last = int64(len(x.e.Wire)) - x.e.N
			case 's':
				b.WriteString(string(x.e.Verb))
				continue
			}
			b.WriteString(strconv.FormatInt(last, 10))
		case c == '{':
			one, many, rest := plural(text[i+1:])
			if last == 1 {
				many = one
			}
			b.WriteString(many)
			i = len(text) - len(rest) - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// line explains a line of the client.
func (x *explainer) line() {
	e := x.e
	switch n, known := asks[e.Verb]; {
	case e.Verb == Response && string(bytes.TrimRight(e.Wire, "\r\n\x00")) == "*":
		x.note(askCancel)
	case e.Rule != nil && e.Rule.Verb == Other && e.Verb != "":
		x.note(askMisplaced)
	case known:
		x.note(n)
		x.more()
	case len(bytes.TrimRight(e.Wire, "\r\n\x00")) == 0:
		x.note(askEmpty)
	case e.Verb == "" || e.Rule == nil:
		x.note(askUnknown)
	default:
		x.doc() // a persona's own command
	}
	switch e.End {
	case EndLF:
		x.say("The line ended with LF alone. The RFC wants CR LF, and a stricter server would still be waiting.")
		x.know("FRM-04 DFR-01")
	case EndCRNUL:
		x.say("The line ended with CR NUL, as a terminal in Telnet's line mode may send it. The RFC wants CR LF.")
		x.know("FRM-04 DFR-01")
	}
	if !e.Masked && !e.TooLong && len(e.Wire) <= shownSpaces && tooManySpaces(e) {
		x.said = append(x.said, "There's a space too many in it: “"+strings.ReplaceAll(string(bytes.TrimRight(e.Wire, "\r\n\x00")), " ", "␣")+"”.")
		x.know("FRM-06 DFR-06")
	}
	if e.TooLong {
		x.say("With $m octets it's over the limit: all but its beginning was thrown away.")
		x.know("FRM-32 DFR-03")
	}
	if e.Masked {
		x.say("What is secret in it is shown as " + mask + ".")
		x.know("DAU-13")
	}
}

// shownSpaces is how long a line may be that is repeated with its spaces made visible.
const shownSpaces = 80

// tooManySpaces says whether a line has a space that only a lenient server takes.
func tooManySpaces(e *Event) bool {
	if r := e.Rule; r != nil && len(r.Args) > 0 && r.Args[0].Kind == ArgRest {
		return false
	}
	for _, c := range e.Wire {
		if c < ' ' && c != '\r' && c != '\n' && c != 0 || c >= 0x7f {
			return false // what a terminal might carry out isn't repeated
		}
	}
	return len(e.Wire) > 0 && e.Wire[0] == ' ' || twoSpaces(e)
}

// more says what depends on where the client says it, and to whom.
func (x *explainer) more() {
	e, v := x.e, x.v
	switch e.Verb {
	case "QUIT":
		switch {
		case e.Before == Transaction && v != nil:
			x.say("That's what sends the session into UPDATE, where marked messages are removed; " + marked(v) + ".")
		case e.Before == Transaction:
			x.say("That's what sends the session into UPDATE, where marked messages are removed.")
		default:
			x.say("Nobody is logged in, so there's nothing to remove.")
		}
	case "PASS":
		x.readable()
	case "AUTH":
		m, named := x.mechanism()
		switch {
		case m.Doc != "":
			x.say(m.Name + ": " + m.Doc)
			if m.Cleartext {
				x.say("What it sends is in Base64, which hides nothing.")
				x.readable()
			}
		case !named:
			x.say("This one names no mechanism; some clients ask for the list that way.")
			x.know("DAU-12")
		}
	}
}

// readable says who can read a password that travels as it is.
func (x *explainer) readable() {
	switch {
	case x.v == nil:
		x.say("Without TLS everybody on the way can read it.")
	case x.v.Secure:
		x.say("TLS is active, so nobody on the way can read it.")
	default:
		x.say("TLS isn't active: everybody on the way can read it.")
		x.know("FMT-04")
	}
}

// mechanism is the one that the line names, as far as it's known.
func (x *explainer) mechanism() (m sasl.Mechanism, named bool) {
	for _, l := range Labels(*x.e) {
		if l.Part == PartMechanism {
			m, _ = sasl.Find(string(x.e.Wire[l.Start:l.End]))
			return m, true
		}
	}
	return m, false
}

// reply explains the first line of a reply.
func (x *explainer) reply() {
	e := x.e
	switch e.Status {
	case Err:
		x.refusal()
	case More:
		x.ref = rfc(5034, "4", "SAS-05 SAS-06")
		if len(bytes.TrimRight(bytes.TrimPrefix(bytes.TrimPrefix(e.Wire, []byte("+OK")), []byte("+")), " \r\n")) == 0 {
			x.note(sayFirst)
		} else {
			x.note(sayChallenge)
			if text := decoded(e); text != "" {
				x.said = append(x.said, "Decoded it is “"+text+"”.")
			}
		}
	default:
		if answers[e.Text].text != "" {
			x.note(answers[e.Text])
		} else {
			x.doc()
		}
		x.facts()
	}
	if e.Before.RFC() != e.After.RFC() && e.After != Closed && e.Before != Connected {
		x.say("The session is in " + e.After.RFC() + " now.")
	}
	if bytes.Count(e.Wire, []byte{'\n'}) > 1 {
		x.say("Another line stands behind it that the server didn't say: somebody on the way put it there.")
		x.know("DAU-02")
	}
}

// maxDecoded is how many octets of a challenge are shown decoded.
const maxDecoded = 120

// decoded is the text of a challenge, which isn't secret; empty if it's none that can be shown.
func decoded(e *Event) string {
	for _, l := range Labels(*e) {
		if l.Part != PartBase64 {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(string(e.Wire[l.Start:l.End]))
		if err != nil {
			return ""
		}
		for _, c := range text {
			if c < ' ' || c >= 0x7f {
				return ""
			}
		}
		if len(text) > maxDecoded {
			return string(text[:maxDecoded]) + "…"
		}
		return string(text)
	}
	return ""
}

// refusal explains an -ERR.
func (x *explainer) refusal() {
	e, r := x.e, &Refusals[x.e.Text]
	if r.Doc != "" {
		x.ref = r.Ref
		x.say(r.Doc)
	} else {
		x.doc()
	}
	if e.Text == TextLoginFirst || e.Text == TextAfterLogin {
		x.say(legalIn(e.Verb, e.Before))
	}
	n := answers[e.Text]
	n.text, n.bare = "", ""
	x.note(n)
	for _, c := range ResponseCodes {
		if c.Code == e.Code {
			x.say("[" + string(c.Code) + "] tells programs: " + c.Doc + ".")
			x.know(c.Ref.Reqs)
		}
	}
	if len(e.Removed) > 0 {
		x.say("To be removed: " + numbers(e.Removed) + ".")
	}
	if e.Failures > 1 {
		x.say("That was failed login number " + strconv.Itoa(e.Failures) + "; servers take their time over such answers, so that guessing doesn't pay.")
		x.know("DAU-07")
	}
	switch {
	case e.After == Closed && e.Before != Update:
		x.say("The server closes the connection.")
	case e.Before == AuthorizationUser && e.After == Authorization:
		x.say("The name given with USER is forgotten too.")
		x.know("USR-08")
	case e.Before == AuthorizationSASL && e.After == Authorization:
		x.say("AUTH is over, and another login may be tried.")
		x.know("SAS-29")
	}
}

// legalIn says in which of the RFC's states the table has v, and in which the session is.
func legalIn(v Verb, now State) string {
	legal := ""
	for _, r := range POP3 {
		if r.Verb == v && r.When&^ListMechanisms == 0 && !strings.Contains(legal, r.From.RFC()) {
			if legal != "" {
				legal += " and "
			}
			legal += r.From.RFC()
		}
	}
	if legal == "" {
		return "" // a switch's own
	}
	return string(v) + " is legal in " + legal + "; this session is in " + now.RFC() + "."
}

// facts are what a positive reply says about this session.
func (x *explainer) facts() {
	e := x.e
	switch e.Text {
	case TextGreeting:
		for _, l := range Labels(*e) {
			if l.Part == PartTimestamp {
				x.say("The timestamp at its end is for APOP: another one in every greeting.")
				return
			}
		}
		x.say("There is no timestamp in it, so there is no APOP.")
		x.know("APO-04")
	case TextMaildropOpen, TextStat, TextDeleted, TextReset:
		if x.v != nil {
			x.say(holds(x.v))
		}
	case TextGoodbyeEmpty, TextGoodbyeLeft:
		switch {
		case e.Verb != Commit: // a client's event: it can't know
			return
		case len(e.Removed) > 0:
			x.say("Removed: " + numbers(e.Removed) + ".")
		default:
			x.say("Nothing was to be removed.")
		}
		x.say("The lock is free again.")
	}
}

// data explains lines of a multi-line reply.
func (x *explainer) data() {
	e := x.e
	x.ref = rfc(1939, "3", "FRM-13 FRM-16")
	if e.N == 0 && len(e.Wire) == 1 {
		x.note(sayStuffing)
		x.know("FRM-15 FMT-03")
		return
	}
	switch e.Verb {
	case "RETR", "TOP":
		x.note(sayMessage)
	case "LIST":
		x.note(sayScans)
	case "UIDL":
		x.note(sayUniqueIDs)
	case "CAPA":
		x.note(sayCapabilities)
	case "LANG":
		x.note(sayLanguages)
	case "AUTH":
		x.note(sayMechanisms)
	default:
		x.note(sayLines)
	}
	if int64(len(e.Wire)) > e.N {
		x.mistake = ""
		x.note(sayStuffed)
		x.know("FRM-15 FMT-03")
	}
}

// end explains the end of a multi-line reply.
func (x *explainer) end() {
	e := x.e
	x.ref = rfc(1939, "3", "FRM-14")
	switch {
	case len(e.Wire) == 0:
		x.note(sayNoEnd)
	case !bytes.HasSuffix(e.Wire, []byte("\r\n")):
		x.note(sayBareEnd)
	case e.Verb == "RETR":
		x.note(sayMessEnd)
	case e.Verb == "TOP":
		x.note(sayTopEnd)
	default:
		x.note(sayEnd)
	}
}

// close explains the end of the connection.
func (x *explainer) close() {
	e := x.e
	switch r := &Refusals[e.Text]; {
	case e.Verb == Expire && e.Before != Closed:
		x.doc()
		x.note(note{mistake: answers[TextIdle].mistake, known: answers[TextIdle].known})
	case r.Doc != "":
		x.ref = r.Ref
		x.say(r.Doc)
		n := answers[e.Text]
		n.text = ""
		x.note(n)
		if !strings.Contains(r.Doc, "close") {
			x.say("The connection is closed.")
		}
	case e.Verb == Hangup:
		x.doc()
	case e.Verb == "QUIT" || e.Verb == Commit:
		x.note(sayClosed)
	default:
		x.say("The connection is closed.")
	}
	if e.Before == Transaction {
		x.note(sayLost)
		if x.v != nil && x.v.Live < len(x.v.Messages) {
			x.say("There was no QUIT, so what was marked stays: " + count(len(x.v.Messages)-x.v.Live, "message") + ".")
		}
	}
}

// holds says what the maildrop has now.
func holds(v *View) string {
	if len(v.Messages) == 0 {
		return "The maildrop is empty."
	}
	if v.Live == 0 {
		return "Now nothing is there to fetch; " + marked(v) + "."
	}
	return "Now " + count(v.Live, "message") + " with " + strconv.FormatInt(v.Octets, 10) + " octets " + isAre(v.Live) + " there to fetch; " + marked(v) + "."
}

// marked says how many messages have a mark.
func marked(v *View) string {
	n := len(v.Messages) - v.Live
	if n == 0 {
		return "none is marked"
	}
	return strconv.Itoa(n) + " " + isAre(n) + " marked"
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// numbers lists message-numbers, or says how many there are when that gets long.
func numbers(nums []int) string {
	switch n := len(nums); {
	case n > 8:
		return count(n, "message")
	case n == 1:
		return "message " + strconv.Itoa(nums[0])
	}
	s := "messages "
	for i, num := range nums {
		switch {
		case i == len(nums)-1:
			s += " and "
		case i > 0:
			s += ", "
		}
		s += strconv.Itoa(num)
	}
	return s
}
