package client

import (
	"strings"

	"pop3lab/engine"
)

// A meaning is what +OK to a command means.
type meaning struct {
	verb engine.Verb
	// with and without an argument.
	with, without engine.Text
}

// meanings say what the client may conclude from +OK, whatever the words behind it are.
var meanings = []meaning{
	{engine.Connect, engine.TextGreeting, engine.TextGreeting},
	{"USER", engine.TextSendPass, engine.TextNone},
	{"PASS", engine.TextMaildropOpen, engine.TextNone},
	{"APOP", engine.TextMaildropOpen, engine.TextNone},
	{"AUTH", engine.TextMaildropOpen, engine.TextMechanisms},
	{engine.Response, engine.TextMaildropOpen, engine.TextMaildropOpen},
	{"STLS", engine.TextNone, engine.TextBeginTLS},
	{"UTF8", engine.TextNone, engine.TextUTF8},
	{"LANG", engine.TextLanguage, engine.TextLanguages},
	{"CAPA", engine.TextNone, engine.TextCapabilities},
	{"STAT", engine.TextNone, engine.TextStat},
	{"LIST", engine.TextScanOne, engine.TextScan},
	{"RETR", engine.TextOctets, engine.TextNone},
	{"TOP", engine.TextTop, engine.TextNone},
	{"UIDL", engine.TextUniqueIDOne, engine.TextUniqueIDs},
	{"DELE", engine.TextDeleted, engine.TextNone},
	{"NOOP", engine.TextNone, engine.TextNoop},
	{"RSET", engine.TextNone, engine.TextReset},
	{"LAST", engine.TextNone, engine.TextLast},
	{"QUIT", engine.TextNone, engine.TextGoodbye},
}

// meaningOf is the text that a reply amounts to, TextNone where only its words would tell: those
// are for people. Of a refusal the response code tells, where only one reason has it.
func meaningOf(c *command, r *Reply, before engine.State) engine.Text {
	switch r.Status {
	case engine.OK:
		if c.verb == "QUIT" && before == engine.Transaction {
			return engine.TextGoodbyeLeft
		}
		for _, m := range meanings {
			if m.verb != c.verb {
				continue
			}
			if len(c.args) > 0 {
				return m.with
			}
			return m.without
		}
	case engine.Err:
		switch r.Code {
		case engine.CodeAuth:
			return engine.TextCredentials
		case engine.CodeInUse:
			return engine.TextLocked
		case engine.CodeLoginDelay:
			return engine.TextLoginDelay
		case engine.CodeUTF8:
			return engine.TextNeedsUTF8
		}
	}
	return engine.TextNone
}

// Note says in words what happened, and which place in the RFCs decided it: engine.Explain with
// what only the client sees. Of a refusal without a response code it claims no reason.
//
// RFC 1939 section 3: "There is no general method for a client to distinguish between a server which
// does not implement an optional command and a server which is unwilling or unable to process the
// command."
func (e Event) Note() engine.Explanation {
	var view *engine.View
	if e.Kind == engine.KindLine && e.Verb == "PASS" {
		view = &engine.View{Secure: e.Secure} // all that a note on PASS looks at
	}
	x := engine.Explain(e.Event, view)
	if e.Kind == engine.KindReply && e.Status == engine.Err && e.Text == engine.TextNone && e.Code == engine.CodeNone {
		said := []string{"The server says no. Why, only its words say, and they are for people: a program can't tell what isn't there from what can't be done now."}
		if e.Before != e.After {
			said = append(said, "The session is in "+e.After.String()+" now.")
		}
		x = engine.Explanation{Text: strings.Join(said, " "), Ref: engine.Ref{RFC: 1939, Section: "3", Reqs: "FRM-24"}}
	}
	if e.Kind == engine.KindClose && e.Err != nil {
		x = engine.Explanation{Text: "The connection is given up."}
	}
	for _, d := range Odds {
		if e.Odd.Has(d.Odd) {
			x.Text += " Odd: " + d.Doc
			x.Ref.Reqs = strings.TrimSpace(x.Ref.Reqs + " " + d.Ref.Reqs)
		}
	}
	return x
}
