package sim

import (
	"bytes"
	"strconv"
	"strings"

	"pop3lab/engine"
)

// Whether an answer is one, for a client. The row of the command says whether lines follow +OK; the laws below say
// what a client relies on in them. Words are free, and no law is about them.

// A Breach is a rule that an answer breaks.
type Breach struct {
	Law *Law
	// Line is the line behind the first one that breaks it, counted from 1; 0 for the first line, or for all.
	Line int
}

// A Law is a rule about what a server says.
type Law struct {
	Ref engine.Ref
	// Text says what is wrong, and what a client makes of it.
	Text string
}

// The laws. Their order is that of an answer: its end, its first line, its lines.
const (
	lawSilent = iota
	lawNoEnd
	lawLF
	lawDotLF
	lawIndicator
	lawCapitals
	lawSpace
	lawLong
	lawControl
	lawRefused
	lawDone
	lawChallenge
	lawBase64
	lawCode
	lawGreeting
	lawStat
	lawScan
	lawUnique
	lawErrLines
	lawSecond
	lawTerminator
	lawBehind
	lawStuffing
	lawNeedless
	lawMissing
	lawOther
	lawListing
	lawUniqueID
	lawTwice
	lawCapa
	numLaws
)

func law(rfc int, section, reqs, text string) Law {
	return Law{engine.Ref{RFC: rfc, Section: section, Reqs: reqs}, text}
}

// Laws are the rules that an answer may break.
var Laws = [numLaws]Law{
	lawSilent:     law(1939, "3", "FRM-25", "Nothing was said. Every command gets one answer, and the server speaks first: the client waits until it loses patience."),
	lawNoEnd:      law(1939, "3", "FRM-11", "The last line has no end. Without CR LF the client goes on waiting for the rest of it."),
	lawLF:         law(1939, "3", "FRM-11", "A line ends with LF alone. Some clients take it, others wait for CR LF."),
	lawDotLF:      law(1939, "3", "FRM-14", "The dot that ends the lines stands before LF alone. Some clients take it for the end, others wait for CR LF."),
	lawIndicator:  law(1939, "3", "FRM-09", "The first line begins with no status indicator. A client decides by +OK and -ERR and by nothing else; most give up here."),
	lawCapitals:   law(1939, "3", "FRM-10", "The status indicator isn't in capitals. A client may not know it."),
	lawSpace:      law(2449, "3", "FRM-28", "No space stands between the status indicator and the text. A client that looks for “+OK ” finds none."),
	lawLong:       law(1939, "3", "FRM-12 FRM-34", "The first line has more than 512 octets, CR LF included. A client may have no room for them."),
	lawControl:    law(2449, "3", "FRM-28", "The first line holds a control octet. A client may end the text there, or show it in a terminal that obeys it."),
	lawRefused:    law(1939, "3", "FRM-09", "The server has refused the command, and the client is told that it was done."),
	lawDone:       law(1939, "3", "FRM-09", "The server has done it, and the client is told that it wasn't. The two don't agree any more on where the session stands."),
	lawChallenge:  law(5034, "4", "SAS-05", "A challenge is due: +, one space, Base64. The exchange can't go on as the server goes on."),
	lawBase64:     law(5034, "4", "SAS-06 SAS-07", "Behind + and one space stands nothing but Base64. The client can't decode this."),
	lawCode:       law(2449, "3", "FRM-29", "Text that begins with a bracket is a response code, and none that is known stands here."),
	lawGreeting:   law(1939, "7", "APO-01 APO-02", "This server has APOP, and its greeting holds no timestamp like <1896.697170952@dbc.mtview.ca.us>. A client can't use APOP."),
	lawStat:       law(1939, "5", "STT-01 STT-03", "STAT's numbers aren't those of the maildrop: how many messages, and their octets, one space between. Marked messages don't count."),
	lawScan:       law(1939, "5", "LST-07 LST-12", "LIST's numbers aren't those of the message: message-number and octets, one space between."),
	lawUnique:     law(1939, "7", "UID-05 UID-10", "This isn't the message-number and the unique-id that the message has. A client that leaves mail on the server takes it for another message."),
	lawErrLines:   law(1939, "3", "FRM-25 FRM-26", "Lines follow -ERR. A negative answer has one line: the client takes the others for answers to commands to come."),
	lawSecond:     law(1939, "3", "FRM-25", "Something follows the answer. The client takes it for the answer to its next command, and is one behind from then on."),
	lawTerminator: law(1939, "3", "FRM-14", "The lines have no end: a dot alone, then CR LF. The client goes on waiting."),
	lawBehind:     law(1939, "3", "FRM-14 FRM-25", "Something stands behind the end of the lines. The client takes it for the answer to its next command."),
	lawStuffing:   law(1939, "3", "FRM-15 FRM-16 FRM-17", "A line begins with a dot and goes out without a second one before it. The client takes the dot away, or takes the line for the end."),
	lawNeedless:   law(1939, "3", "FRM-15 FRM-18", "A line doesn't begin with a dot and goes out with one. The client takes one away only where it was put: a lone dot too many here, none there."),
	lawMissing:    law(1939, "5", "RET-07 TOP-03", "Lines of the message are missing, or there are more than it has. The client keeps another message than the one that is stored."),
	lawOther:      law(1939, "5", "RET-07 LST-12", "A line isn't as the message has it. The client keeps another message than the one that is stored, of another size than LIST says."),
	lawListing:    law(1939, "5", "LST-01 LST-02 LST-03", "The listing isn't that of the maildrop: a line for each message that isn't marked, with its number, one space, and its octets."),
	lawUniqueID:   law(1939, "7", "UID-01 UID-02 UID-04", "The listing isn't that of the maildrop: a line for each message that isn't marked, with its number, one space, and its unique-id."),
	lawTwice:      law(1939, "7", "UID-07 UID-08", "This is no unique-id: it has 1 to 70 characters from ! to ~, and no space."),
	lawCapa:       law(2449, "5", "CAP-02 CAP-10", "The capabilities aren't those that the server has. The client tries what isn't there, or leaves out what is."),
}

// A reading is an answer as a client reads it, beside the one that was due.
type reading struct {
	due    *engine.Event // the first line that was due
	listed [][]byte      // the lines that were due behind it, with their ends
	multi  bool          // lines follow +OK

	head    []byte // the first line with its end
	status  engine.Status
	follows bool     // lines follow, for the client
	lines   [][]byte // with their ends, the terminator not among them
	end     []byte   // the terminator, if it came
	behind  []byte   // what follows the answer

	found []Breach
}

// readAnswer reads octets in the place of what was due, which is not empty.
func readAnswer(due []engine.Event, octets []byte) *reading {
	r := &reading{due: &due[0]}
	for i := range due {
		if due[i].Kind == engine.KindData {
			r.listed = append(r.listed, splitLines(due[i].Wire, r.listed)...)
		}
	}
	e := r.due
	r.multi = e.Multi
	if e.Rule != nil && e.Status == engine.Err {
		r.multi = e.Rule.Multi == engine.Always || e.Rule.Multi == engine.WithoutArg && e.Num == 0 && len(e.Rule.Args) > 0 && e.Rule.Args[0].Kind == engine.ArgNum
	}
	r.head, r.behind = cutAt(octets)
	r.status = statusOf(r.head)
	if r.follows = r.multi && r.status == engine.OK; r.follows {
		rest := r.behind
		for len(rest) > 0 && r.end == nil {
			var line []byte
			if line, rest = cutAt(rest); string(line) == ".\r\n" || string(line) == ".\n" {
				r.end = line
			} else {
				r.lines = append(r.lines, line)
			}
		}
		r.behind = rest
	}
	return r
}

// splitLines cuts octets behind each LF. A chunk of an answer ends anywhere, so the line before goes on.
func splitLines(octets []byte, before [][]byte) (lines [][]byte) {
	if n := len(before); n > 0 && !bytes.HasSuffix(before[n-1], []byte{'\n'}) {
		var rest []byte
		rest, octets = cutAt(octets)
		before[n-1] = append(before[n-1][:len(before[n-1]):len(before[n-1])], rest...)
	}
	for len(octets) > 0 {
		var line []byte
		line, octets = cutAt(octets)
		lines = append(lines, line)
	}
	return lines
}

// cutAt is the first line with its end, and the rest.
func cutAt(p []byte) (line, rest []byte) {
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return p[: i+1 : i+1], p[i+1:]
	}
	return p, nil
}

func statusOf(line []byte) engine.Status {
	upper := strings.ToUpper(string(line[:min(4, len(line))]))
	switch {
	case strings.HasPrefix(upper, "+OK"):
		return engine.OK
	case upper == "-ERR":
		return engine.Err
	case strings.HasPrefix(upper, "+"):
		return engine.More
	}
	return engine.Silent
}

func (r *reading) breaks(law, line int) {
	for i := range r.found {
		if r.found[i].Law == &Laws[law] {
			return // once is enough
		}
	}
	r.found = append(r.found, Breach{&Laws[law], line})
}

// judge says which laws the answer breaks.
func (r *reading) judge() []Breach {
	if len(r.head) == 0 {
		r.breaks(lawSilent, 0)
		return r.found
	}
	r.ends()
	if r.first(strings.TrimRight(string(r.head), "\r\n")) {
		r.rest()
	}
	return r.found
}

// ends looks at line ends.
func (r *reading) ends() {
	all := append(append([][]byte{r.head}, r.lines...), r.end)
	for i, line := range all {
		switch {
		case len(line) == 0 || bytes.HasSuffix(line, []byte("\r\n")):
		case string(line) == ".\n" && i == len(all)-1:
			r.breaks(lawDotLF, i)
		case bytes.HasSuffix(line, []byte{'\n'}):
			r.breaks(lawLF, i)
		default:
			r.breaks(lawNoEnd, i)
		}
	}
}

// first looks at the first line, and says whether a client reads on.
func (r *reading) first(line string) bool {
	if len(r.head) > engine.MaxReply {
		r.breaks(lawLong, 0)
	}
	if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.breaks(lawControl, 0)
	}
	indicator := r.status.String()
	if r.status == engine.More {
		indicator = "+"
	}
	if r.status == engine.Silent {
		r.breaks(lawIndicator, 0)
		return false
	}
	if !strings.HasPrefix(line, indicator) {
		r.breaks(lawCapitals, 0)
	}
	text, spaced := strings.CutPrefix(line[len(indicator):], " ")
	if !spaced && (text != "" || r.status == engine.More) {
		r.breaks(lawSpace, 0)
	}
	switch due := r.due.Status; {
	case due == engine.More && r.status != engine.More:
		r.breaks(lawChallenge, 0)
	case due == engine.More:
		if text != "" && notBase64(text) {
			r.breaks(lawBase64, 0)
		}
	case r.status == engine.More:
		r.breaks(lawIndicator, 0)
	case due == engine.Err && r.status == engine.OK:
		r.breaks(lawRefused, 0)
	case due == engine.OK && r.status == engine.Err:
		r.breaks(lawDone, 0)
	case r.status == engine.OK:
		r.numbers(text)
	}
	if strings.HasPrefix(text, "[") && r.status != engine.More && !knownCode(text) {
		r.breaks(lawCode, 0)
	}
	return true
}

// notBase64 says whether a text is anything but Base64.
func notBase64(text string) bool {
	body := strings.TrimRight(text, "=")
	return len(text)%4 != 0 || len(text)-len(body) > 2 || strings.ContainsFunc(body, func(c rune) bool {
		return c != '+' && c != '/' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// knownCode says whether a text begins with a response code that somebody registered.
func knownCode(text string) bool {
	for i := range engine.Refusals {
		code := "[" + string(engine.Refusals[i].Code)
		if len(code) > 1 && len(text) > len(code) && strings.EqualFold(text[:len(code)], code) && (text[len(code)] == ']' || text[len(code)] == '/') {
			return true
		}
	}
	return false
}

// numbers looks at what a client reads behind +OK.
func (r *reading) numbers(text string) {
	due, _ := strings.CutPrefix(strings.TrimRight(string(r.due.Wire), "\r\n"), "+OK ")
	same := func() bool {
		a, b := strings.SplitN(due, " ", 3), strings.SplitN(text, " ", 3)
		return len(a) > 1 && len(b) > 1 && a[0] == b[0] && a[1] == b[1]
	}
	switch r.due.Text {
	case engine.TextStat:
		if !same() {
			r.breaks(lawStat, 0)
		}
	case engine.TextScanOne:
		if !same() {
			r.breaks(lawScan, 0)
		}
	case engine.TextUniqueIDOne:
		if due != text {
			r.breaks(lawUnique, 0)
		}
	case engine.TextGreeting:
		stamp := func(s string) bool {
			i, j := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>')
			return i >= 0 && j > i && strings.IndexByte(s[i:j], '@') > 1
		}
		if stamp(due) && !stamp(text) {
			r.breaks(lawGreeting, 0)
		}
	}
}

// rest looks at what follows the first line.
func (r *reading) rest() {
	if !r.follows {
		switch {
		case len(r.behind) == 0:
		case r.status == engine.Err:
			r.breaks(lawErrLines, 1)
		default:
			r.breaks(lawSecond, 1)
		}
		return
	}
	if r.due.Status == engine.OK {
		r.content()
	}
	switch {
	case r.end == nil:
		r.breaks(lawTerminator, 0)
	case len(r.behind) > 0:
		r.breaks(lawBehind, len(r.lines)+2)
	}
}

// content compares the lines with those that were due.
func (r *reading) content() {
	if r.due.Verb == "CAPA" {
		if !sameSet(r.listed, r.lines) {
			r.breaks(lawCapa, 0)
		}
		return
	}
	listing := -1
	switch r.due.Verb {
	case "LIST":
		listing = lawListing
	case "UIDL":
		listing = lawUniqueID
	case "RETR", "TOP":
	default:
		return // what LANG and AUTH list are words, or can't be known
	}
	for i := 0; i < len(r.listed) || i < len(r.lines); i++ {
		if i >= len(r.listed) || i >= len(r.lines) {
			switch {
			case i < len(r.listed) && string(r.listed[i]) == "..\r\n" && len(r.behind) > 0:
				r.breaks(lawStuffing, i+1) // the line that went without its dot was taken for the end
			case listing >= 0:
				r.breaks(listing, i+1)
			default:
				r.breaks(lawMissing, i+1)
			}
			return
		}
		due, line := trimEnd(r.listed[i]), trimEnd(r.lines[i])
		switch {
		case due == line:
		case listing >= 0:
			if n, id, ok := strings.Cut(line, " "); ok && listing == lawUniqueID && number(n) && badUID(id) {
				r.breaks(lawTwice, i+1)
			} else {
				r.breaks(listing, i+1)
			}
		case "."+line == due:
			r.breaks(lawStuffing, i+1)
		case line == "."+due:
			r.breaks(lawNeedless, i+1)
		default:
			r.breaks(lawOther, i+1)
		}
	}
}

func trimEnd(line []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
}

func number(s string) bool { _, err := strconv.Atoi(s); return err == nil }

// badUID says whether a text is no unique-id.
func badUID(id string) bool {
	return id == "" || len(id) > 70 || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' })
}

// sameSet says whether two lists have the same lines, in any order and any case.
func sameSet(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		there := false
		for _, y := range b {
			there = there || strings.EqualFold(trimEnd(x), trimEnd(y))
		}
		if !there {
			return false
		}
	}
	return true
}
