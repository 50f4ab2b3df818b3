package transcript

import (
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// Events says what decided each answer: for everything that moved a session or
// was answered one line with the input, the states before and after, the RFC
// section and the requirement rows of the row that applied, and for a refusal
// those of its reason. A client's line is listed only when there is something to
// say of it.
func (r *Record) Events() string {
	var b strings.Builder
	for _, steps := range r.Steps {
		for _, s := range steps {
			if text := eventLine(s); text != "" {
				b.WriteString(r.prefix(s.Device) + text + "\n")
			}
		}
	}
	return b.String()
}

func eventLine(s sim.Step) string {
	e := &s.Event
	switch e.Kind {
	case engine.KindLine:
		return lineRemarks(e)
	case engine.KindInput, engine.KindReply:
		return input(e) + word(e) + " " + move(e) + because(e)
	case engine.KindTLS:
		return "begin TLS"
	case engine.KindExtra:
		return "octets that belong to no reply"
	case engine.KindClose:
		text := "close"
		if e.Before != engine.Closed {
			text += ", " + input(e) + " " + move(e)
		}
		return text + because(e)
	}
	return ""
}

// lineRemarks is what is to be said of a client's line.
func lineRemarks(e *engine.Event) string {
	var remarks []string
	switch e.End {
	case engine.EndLF:
		remarks = append(remarks, "ended with LF alone")
	case engine.EndCRNUL:
		remarks = append(remarks, "ended with CR NUL")
	}
	if e.TooLong {
		remarks = append(remarks, strconv.FormatInt(e.N, 10)+" octets are too many")
	}
	if e.Masked {
		remarks = append(remarks, "shown as "+Escape(e.Wire))
	}
	if len(remarks) == 0 {
		return ""
	}
	return "line " + strings.Join(remarks, ", ")
}

// input names what the session was given; a line without a known keyword is
// (other).
func input(e *engine.Event) string {
	if e.Verb == "" {
		return string(engine.Other)
	}
	return string(e.Verb)
}

// word is the kind of reply.
func word(e *engine.Event) string {
	switch e.Status {
	case engine.Err:
		return " -ERR"
	case engine.More:
		return " +"
	case engine.OK:
		return " +OK"
	}
	return ""
}

func move(e *engine.Event) string {
	if e.Before == e.After {
		return "in " + e.After.String()
	}
	return e.Before.String() + " → " + e.After.String()
}

// because cites the row, and the reason for a refusal or a close.
func because(e *engine.Event) string {
	text := ""
	if e.Rule != nil && (e.Kind != engine.KindClose || e.Before != engine.Closed) {
		text = ": " + cite(e.Rule.Ref)
	}
	if e.Text != engine.TextNone && (e.Status == engine.Err || e.Kind == engine.KindClose) {
		if ref := engine.Refusals[e.Text].Ref; ref.RFC != 0 {
			text += "; because of " + cite(ref)
		}
	}
	return text
}

func cite(r engine.Ref) string {
	return "RFC " + strconv.Itoa(r.RFC) + " section " + r.Section + " (" + r.Reqs + ")"
}
