package engine

import "bytes"

// A Part says what an octet range of an event's Wire is.
type Part uint8

// The parts of what clients and servers say.
const (
	PartKeyword    Part = iota // a command's first word
	PartSpace                  // one space, or several where one was due
	PartArgument               // an argument; Label.Name is the Arg's name
	PartSecret                 // a password, digest or response, or the mask in its place
	PartExcess                 // an argument more than the command takes
	PartStatus                 // +OK, -ERR or +
	PartCode                   // a response code with its brackets
	PartText                   // words for people
	PartTimestamp              // the greeting's timestamp with its angle brackets
	PartNumber                 // a message-number, or in STAT's reply a number of messages
	PartOctets                 // a size
	PartUniqueID               // a unique-id
	PartLanguage               // a language tag
	PartCapability             // a capability's tag
	PartParameter              // what a capability says behind its tag
	PartMechanism              // a SASL mechanism's name
	PartBase64                 // a challenge, or a response that isn't masked
	PartCancel                 // the lone * that gives AUTH up
	PartPayload                // a line of a message
	PartStuffed                // the dot that byte-stuffing put before a line
	PartTerminator             // the lone dot that ends a multi-line reply
	PartCRLF                   // CR LF, the end of a line
	PartLF                     // LF alone where CR LF was due
	PartCRNUL                  // CR NUL where CR LF was due
	PartStray                  // octets that belong to no reply
	numParts
)

var partDocs = [numParts]struct{ name, doc string }{
	PartKeyword:    {"keyword", "Which command it is: three or four letters, in capitals or not."},
	PartSpace:      {"space", "Exactly one space stands between keyword and arguments, and between indicator and text."},
	PartArgument:   {"argument", "What the command is to work on: up to 40 printable characters, or what 255 octets hold where CAPA is known."},
	PartSecret:     {"secret", "A password, or what stands for one. It's masked here unless asked for; the wire carried it as it is."},
	PartExcess:     {"one argument too many", "The command takes no argument in this place, so the line is refused."},
	PartStatus:     {"status indicator", "The only thing a client may decide by, in most replies: +OK, -ERR, or + for a challenge. Always in capitals."},
	PartCode:       {"response code", "The reason in a form for programs. It's there only where CAPA says RESP-CODES."},
	PartText:       {"text", "For people. It's different on every server and in every language; a program must not read it."},
	PartTimestamp:  {"timestamp", "The challenge for APOP, brackets included: another one in every greeting."},
	PartNumber:     {"number", "Decimal. A message-number holds for this session only."},
	PartOctets:     {"octets", "A size: line ends count as two octets, dots added by byte-stuffing don't count."},
	PartUniqueID:   {"unique-id", "The message's name in every session: 1 to 70 printable characters, to be compared and never taken apart."},
	PartLanguage:   {"language tag", "Names a language, as de or pt-BR does."},
	PartCapability: {"capability tag", "Names what the server can do. What isn't listed isn't there."},
	PartParameter:  {"capability argument", "Says more about the capability; what it means depends on the tag."},
	PartMechanism:  {"mechanism", "Names a way to authenticate."},
	PartBase64:     {"Base64", "Octets of the mechanism, written in 64 harmless characters. It hides nothing: anybody can decode it."},
	PartCancel:     {"cancel", "A lone * gives the exchange up."},
	PartPayload:    {"payload line", "A line of the message, just as it is."},
	PartStuffed:    {"stuffed dot", "Put before a line that begins with a dot; the client takes it away again. It doesn't count in sizes."},
	PartTerminator: {"terminator", "A dot alone on its line: the reply ends here. It's no part of the message."},
	PartCRLF:       {"CR LF", "The end of a line."},
	PartLF:         {"LF alone", "The end of a line without its CR: many take it, the RFC doesn't know it."},
	PartCRNUL:      {"CR NUL", "What a terminal in Telnet's line mode may send for the Return key; the RFC wants CR LF."},
	PartStray:      {"stray octets", "They answer nothing. A client that takes them for the next reply is one reply behind from then on."},
}

// String is the part's name for people.
func (p Part) String() string { return partDocs[p].name }

// Doc says what the part is and what may be relied on, for a learner.
func (p Part) Doc() string { return partDocs[p].doc }

// A Label says what the octets Wire[Start:End] are.
type Label struct {
	Start, End int
	Part       Part
	// Name is the argument's name as in the command's syntax, in PartArgument, PartSecret and
	// PartBase64 of client lines where the row has one; else empty.
	Name string
}

// Labels labels every octet of e.Wire: the labels ascend, don't overlap and leave nothing out. It's
// nil for an event without Wire.
//
// Data of a multi-line reply may begin in the middle of a line, where the chunk before it ended. In
// a message that makes no difference; in a listing of thousands of rows such a first line may be
// labelled as what it looks like.
func Labels(e Event) []Label {
	l := labeler{wire: e.Wire}
	switch e.Kind {
	case KindLine:
		l.line(&e)
	case KindReply:
		l.reply(&e)
	case KindData:
		l.data(&e)
	case KindEnd:
		l.lines(func(end int) { l.to(end, PartTerminator, "") })
	default:
		l.lines(func(end int) { l.to(end, PartStray, "") })
	}
	return l.labels
}

// A labeler walks over the octets once; at is how far it came.
type labeler struct {
	wire   []byte
	at     int
	labels []Label
}

// to labels what lies before end.
func (l *labeler) to(end int, p Part, name string) {
	if end > l.at {
		l.labels = append(l.labels, Label{l.at, end, p, name})
		l.at = end
	}
}

// word labels up to the next space before end.
func (l *labeler) word(end int, p Part, name string) {
	if i := bytes.IndexByte(l.wire[l.at:end], ' '); i >= 0 {
		end = l.at + i
	}
	l.to(end, p, name)
}

// spaces labels the spaces before end, at most n of them.
func (l *labeler) spaces(end, n int) {
	at := l.at
	for at < end && at-l.at < n && l.wire[at] == ' ' {
		at++
	}
	l.to(at, PartSpace, "")
}

// lines walks over server lines: content labels one up to the end it's given.
func (l *labeler) lines(content func(end int)) {
	for l.at < len(l.wire) {
		end, next, part := len(l.wire), len(l.wire), PartCRLF
		if i := bytes.IndexByte(l.wire[l.at:], '\n'); i >= 0 {
			end, next, part = l.at+i, l.at+i+1, PartLF
			// A chunk may begin between CR and LF.
			if end == 0 {
				part = PartCRLF
			} else if end > l.at && l.wire[end-1] == '\r' {
				end, part = end-1, PartCRLF
			}
		}
		content(end)
		l.to(end, PartPayload, "") // what content left over
		l.to(next, part, "")
	}
}

// line labels a line of the client.
func (l *labeler) line(e *Event) {
	end, endPart := len(l.wire), PartCRLF
	switch {
	case e.TooLong: // its end was thrown away
	case e.End == EndLF:
		end, endPart = end-1, PartLF
	case e.End == EndCRNUL:
		end, endPart = end-2, PartCRNUL
	default:
		end -= 2
	}
	end = max(end, 0)
	shown := end // where the mask begins
	if e.Masked {
		shown = max(end-len(mask), 0)
	}
	var args []Arg
	if e.Rule != nil {
		args = e.Rule.Args
	}
	if e.Verb == Response {
		l.response(end, e.Masked)
	} else {
		l.word(shown, PartKeyword, "")
		l.arguments(shown, args, e.Rule == nil || e.Rule.Verb == Other)
		l.to(end, PartSecret, l.secretName(args))
	}
	l.to(len(l.wire), endPart, "")
}

func (l *labeler) response(end int, masked bool) {
	switch {
	case masked:
		l.to(end, PartSecret, "response")
	case string(l.wire[:end]) == "*":
		l.to(end, PartCancel, "")
	default:
		l.to(end, PartBase64, "response")
	}
}

// arguments labels what follows a keyword. loose says that the row doesn't know what it should be.
func (l *labeler) arguments(end int, args []Arg, loose bool) {
	for i := 0; l.at < end; i++ {
		if i < len(args) && args[i].Kind == ArgRest {
			l.spaces(end, 1)
			l.to(end, PartSecret, args[i].Name)
			return
		}
		l.spaces(end, end)
		switch {
		case i < len(args):
			l.word(end, argParts[args[i].Kind], args[i].Name)
		case loose:
			l.word(end, PartArgument, "")
		default:
			l.word(end, PartExcess, "")
		}
	}
}

// argParts are the parts of arguments that aren't masked.
var argParts = [...]Part{
	ArgWord: PartArgument, ArgRest: PartSecret, ArgSecret: PartSecret, ArgNum: PartNumber, ArgCount: PartArgument,
	ArgMechanism: PartMechanism, ArgInitial: PartBase64, ArgLang: PartLanguage,
}

// secretName is the name of the argument that is a secret.
func (l *labeler) secretName(args []Arg) string {
	for _, a := range args {
		switch a.Kind {
		case ArgRest, ArgSecret, ArgInitial:
			return a.Name
		}
	}
	return ""
}

// reply labels the first line of a reply; what a fault put behind it is stray.
func (l *labeler) reply(e *Event) {
	first := true
	l.lines(func(end int) {
		if !first {
			l.to(end, PartStray, "")
			return
		}
		first = false
		l.status(end, e.Status)
		l.spaces(end, 1)
		if e.Status == More {
			l.to(end, PartBase64, "")
			return
		}
		if code := "[" + string(e.Code) + "]"; e.Code != CodeNone && bytes.HasPrefix(l.wire[l.at:end], []byte(code)) {
			l.to(l.at+len(code), PartCode, "")
			l.spaces(end, 1)
		}
		l.text(end, e.Text)
		l.to(end, PartText, "")
	})
}

func (l *labeler) status(end int, s Status) {
	for _, indicator := range []string{"+OK", "-ERR", "+"} {
		n := len(indicator)
		if !bytes.HasPrefix(l.wire[:end], []byte(indicator)) || indicator == "+" && s != More {
			continue
		}
		if n > 1 && n < end && l.wire[n] != ' ' {
			continue // Base64 right behind the plus
		}
		l.to(n, PartStatus, "")
		return
	}
}

// text labels what programs read in a reply's text.
func (l *labeler) text(end int, t Text) {
	switch t {
	case TextGreeting:
		l.timestamp(end)
	case TextStat, TextScanOne:
		l.pair(end, PartOctets)
	case TextUniqueIDOne:
		l.pair(end, PartUniqueID)
	case TextLast:
		l.number(end, PartNumber)
	case TextLanguage:
		l.word(end, PartLanguage, "")
		l.spaces(end, 1)
	}
}

// timestamp labels what stands in angle brackets at the very end; look-alikes before it are text.
func (l *labeler) timestamp(end int) {
	rest := l.wire[l.at:end]
	open := bytes.LastIndexByte(rest, '<')
	if open < 0 || rest[len(rest)-1] != '>' || bytes.IndexByte(rest[open:], '@') < 0 {
		return
	}
	from := l.at + open
	if from > l.at && l.wire[from-1] == ' ' {
		l.to(from-1, PartText, "")
		l.to(from, PartSpace, "")
	}
	l.to(from, PartText, "")
	l.to(end, PartTimestamp, "")
}

// number labels the digits at hand.
func (l *labeler) number(end int, p Part) {
	at := l.at
	for at < end && '0' <= l.wire[at] && l.wire[at] <= '9' {
		at++
	}
	l.to(at, p, "")
}

// pair labels a number, a space and what follows it.
func (l *labeler) pair(end int, second Part) {
	l.number(end, PartNumber)
	l.spaces(end, 1)
	if second == PartOctets {
		l.number(end, second)
		return
	}
	l.to(end, second, "")
}

// data labels lines of a multi-line reply.
func (l *labeler) data(e *Event) {
	first, later := stuffedDots(e)
	l.lines(func(end int) {
		stuffed := later
		if l.at == 0 {
			stuffed = first
		}
		if stuffed && l.at < len(l.wire) && l.wire[l.at] == '.' {
			l.to(l.at+1, PartStuffed, "")
		}
		switch e.Verb {
		case "LIST":
			l.pair(end, PartOctets)
		case "UIDL":
			l.pair(end, PartUniqueID)
		case "CAPA":
			l.word(end, PartCapability, "")
			for l.at < end {
				l.spaces(end, end)
				l.word(end, PartParameter, "")
			}
		case "LANG":
			l.word(end, PartLanguage, "")
			l.spaces(end, 1)
			l.to(end, PartText, "")
		case "AUTH":
			l.to(end, PartMechanism, "")
		}
	})
}

// stuffedDots says whether the octet at the beginning of a chunk is a stuffed dot if it's a dot, and
// whether those at the beginning of its other lines are. A chunk may begin in the middle of a line;
// but N counts the octets before byte-stuffing, so the dots that were added can be counted.
func stuffedDots(e *Event) (first, later bool) {
	added, lines := len(e.Wire)-int(e.N), dotLines(e.Wire)
	return added > lines, added > 0
}

// dotLines counts the lines that begin with a dot, the first octet not regarded.
func dotLines(wire []byte) int { return bytes.Count(wire, []byte("\n.")) }
