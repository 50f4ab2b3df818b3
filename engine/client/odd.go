package client

import (
	"strings"

	"pop3lab/engine"
)

// Odd is a set of oddities: what a server does against the rules, or against custom, and what this
// client puts up with all the same.
type Odd uint32

// The oddities.
const (
	OddCase     Odd = 1 << iota // FRM-10
	OddNoSpace                  // FRM-28
	OddBareLF                   // FRM-11
	OddDotLF                    // FRM-14
	OddLong                     // FRM-12
	OddOKMore                   // SAS-05
	OddUnasked                  // FRM-25
	OddUID                      // UID-07
	OddUIDSpace                 // UID-08
	OddSize                     // LST-12
	OddMarked                   // DEL-03
	OddSTLS                     // TLS-02
	OddCapa                     // CAP-02
)

// Has says whether any oddity of p is in o.
func (o Odd) Has(p Odd) bool { return o&p != 0 }

// An OddDoc describes an oddity for people.
type OddDoc struct {
	Odd  Odd
	Name string
	Ref  engine.Ref
	Doc  string // what the server did, and what the client makes of it
}

// Odds describes every oddity, in the order of the constants.
var Odds = []OddDoc{
	{OddCase, "indicator-case", engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-10"}, "The indicator isn't in capitals. It's understood."},
	{OddNoSpace, "no-space", engine.Ref{RFC: 2449, Section: "3", Reqs: "FRM-28 SAS-07"}, "There is no space behind the indicator. The rest of the line counts as text."},
	{OddBareLF, "bare-lf", engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-11"}, "The line ends with LF alone. It counts as a line."},
	{OddDotLF, "dot-lf", engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-14"}, "A dot and LF alone end the lines. It counts as their end."},
	{OddLong, "long-reply", engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-12"}, "The reply has more than 512 octets. It's read up to 64 KiB."},
	{OddOKMore, "ok-continuation", engine.Ref{RFC: 5034, Section: "4", Reqs: "SAS-05"}, "+OK came where a challenge was due, before the client had said what it must say. It's taken for a challenge."},
	{OddUnasked, "unasked", engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-25"}, "A line came that no command asked for. From then on no answer surely belongs to its command, so programs give the connection up."},
	{OddUID, "uid-too-long", engine.Ref{RFC: 1939, Section: "7", Reqs: "UID-07"}, "A unique-id has more than 70 characters. It's compared as it is."},
	{OddUIDSpace, "uid-characters", engine.Ref{RFC: 1939, Section: "7", Reqs: "UID-08"}, "A unique-id has a space or another character outside 0x21 to 0x7E. It's compared as it is."},
	{OddSize, "size", engine.Ref{RFC: 1939, Section: "11", Reqs: "LST-12 RET-07"}, "A message had other octets than LIST had said. One of the two is wrong: its octets may have been changed, or counted wrongly."},
	{OddMarked, "marked-listed", engine.Ref{RFC: 1939, Section: "5", Reqs: "DEL-03 OPN-08"}, "The server still answers for a message-number that is marked as deleted. Numbers may have moved: nothing more should be deleted by number."},
	{OddSTLS, "no-stls", engine.Ref{RFC: 2595, Section: "9", Reqs: "TLS-17"}, "The server doesn't announce STLS: it has none, or somebody on the way took it out."},
	{OddCapa, "capa", engine.Ref{RFC: 2449, Section: "3", Reqs: "CAP-02 FRM-31"}, "A line of CAPA isn't one that the grammar allows. It's passed over."},
}

// String is the names of the oddities in o, with commas between.
func (o Odd) String() string {
	var names []string
	for _, d := range Odds {
		if o.Has(d.Odd) {
			names = append(names, d.Name)
		}
	}
	return strings.Join(names, ", ")
}
