package lessons

import (
	"bytes"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A call is what the client says in a lesson where the student is the server, and what this server would
// have answered.
type call struct {
	sent  []byte // empty for the greeting
	steps []sim.Step
}

// A Call is a call as a page shows it.
type Call struct {
	// Question names the answer to it: reply-0, reply-1, ...
	Question string
	// Sent is what the client sends; empty when it has connected and waits for the greeting.
	Sent []byte
	// View is what the server knows.
	View *engine.View
}

// Calls are what the client says, in order; none in a lesson with another role.
func (l *Lesson) Calls() []Call {
	var calls []Call
	for i := range l.script {
		c := &l.script[i]
		call := Call{Question: "reply-" + strconv.Itoa(i), Sent: c.sent}
		for j := range c.steps {
			if c.steps[j].View != nil {
				call.View = c.steps[j].View
			}
		}
		calls = append(calls, call)
	}
	return calls
}

// verb is the call's command.
func (c *call) verb() string {
	for i := range c.steps {
		if e := &c.steps[i].Event; e.Kind == engine.KindLine {
			return string(e.Verb)
		}
	}
	return "greeting"
}

// served says whether every call of a verb, or every call, is answered.
func (l *Lesson) served(verb string, done []bool) bool {
	for i := range l.script {
		if (verb == "all" || verb == l.script[i].verb()) && !done[i] {
			return false
		}
	}
	return true
}

// serve judges the answer to a call.
func (l *Lesson) serve(m *memory, n int, text string) (bool, string) {
	if n >= len(l.script) {
		return false, "The client has said nothing more."
	}
	return Grade(l.script[n].steps, []byte(text))
}

// Grade compares an answer with the engine's own, steps, by the rules that a client goes by: the status
// indicator, whether lines follow and how they end, byte-stuffing, the numbers that clients read, a response
// code that tells something. Wording is free. It says why an answer is wrong.
func Grade(steps []sim.Step, answer []byte) (ok bool, why string) {
	var want *engine.Event
	var data []byte
	for i := range steps {
		switch e := &steps[i].Event; e.Kind {
		case engine.KindReply:
			want = e
		case engine.KindData:
			data = append(data, e.Wire...)
		}
	}
	if want == nil {
		if len(answer) > 0 {
			return false, "Nothing is due here: the client hasn't finished its line, or has gone. A server that speaks now answers a question that nobody asked."
		}
		return true, "Right: there is nothing to say."
	}
	first, rest, ended := bytes.Cut(answer, []byte("\r\n"))
	switch {
	case len(answer) == 0:
		return false, "The client waits. Every command gets an answer, if only a short one."
	case !ended:
		return false, "Every line of an answer ends with CR LF. Without it the client goes on waiting for the rest."
	case bytes.IndexByte(first, '\n') >= 0:
		return false, "A line ends with LF alone. In POP3 it's CR and LF."
	case len(first)+2 > engine.MaxReply:
		return false, "The first line of an answer has at most 512 octets, CR LF included (RFC 1939 section 3)."
	}
	status, text, _ := strings.Cut(string(first), " ")
	if ok, why := gradeStatus(want, status); !ok {
		return false, why
	}
	if ok, why := gradeText(want, text); !ok {
		return false, why
	}
	if !want.Multi || want.Status != engine.OK {
		if len(rest) > 0 {
			return false, "The answer to this command is one line. The client will take what follows for the answer to its next command."
		}
		return true, "Right."
	}
	return gradeLines(want, data, rest)
}

func gradeStatus(want *engine.Event, status string) (bool, string) {
	due := map[engine.Status]string{engine.OK: "+OK", engine.Err: "-ERR", engine.More: "+"}[want.Status]
	switch {
	case status == due:
		return true, ""
	case strings.EqualFold(status, due):
		return false, "The status indicator is " + due + ", in capitals (RFC 1939 section 3)."
	case status != "+OK" && status != "-ERR" && status != "+":
		return false, "An answer begins with a status indicator, +OK or -ERR, and a client decides by nothing else."
	case want.Status == engine.Err:
		return false, "This can't be answered with " + status + ". " + engine.Refusals[want.Text].Doc
	}
	return false, "This can't be answered with " + status + ": the command is legal here and can be carried out."
}

// gradeText compares what a client reads behind the status indicator.
func gradeText(want *engine.Event, text string) (bool, string) {
	fields := strings.Fields(text)
	due := strings.Fields(strings.TrimRight(string(want.Wire), "\r\n"))[1:]
	if want.Status == engine.OK && !want.Multi {
		for verb, what := range map[engine.Verb]string{"STAT": "the number of messages and their octets", "LIST": "message-number and octets", "UIDL": "message-number and unique-id"} {
			if verb != want.Verb {
				continue
			}
			if len(fields) < 2 || fields[0] != due[0] || fields[1] != due[1] || !strings.HasPrefix(text, due[0]+" "+due[1]) {
				return false, "Behind +OK and one space a client reads " + what + " here, with one space between. Look again at what the maildrop holds now; marked messages don't count."
			}
		}
	}
	if want.Code != engine.CodeNone {
		code := "[" + string(want.Code) + "]"
		if len(fields) == 0 || !strings.EqualFold(fields[0], code) {
			return false, "The refusal is right, but a client can't tell why. A response code in brackets says it to a program: " + engine.Refusals[want.Text].Doc
		}
	} else if strings.HasPrefix(text, "[") && want.Status != engine.More {
		return false, "A text that begins with a bracket is taken for a response code, and none is due here."
	}
	if want.Verb == engine.Connect && strings.Contains(string(want.Wire), "<") {
		if i, j := strings.IndexByte(text, '<'), strings.IndexByte(text, '>'); i < 0 || j < i || !strings.Contains(text[i:j], "@") {
			return false, "This server offers APOP, so its greeting holds a timestamp: <something@host> (RFC 1939 section 7)."
		}
	}
	return true, ""
}

// gradeLines compares the lines behind +OK.
func gradeLines(want *engine.Event, data, rest []byte) (bool, string) {
	due, got := strings.Split(string(data), "\r\n"), strings.Split(string(rest), "\r\n")
	due = due[:len(due)-1]
	if strings.Contains(strings.ReplaceAll(string(rest), "\r\n", ""), "\n") {
		return false, "A line ends with LF alone. In POP3 it's CR and LF, in messages too."
	}
	end := -1
	for i, line := range got {
		if line == "." {
			end = i
			break
		}
	}
	switch {
	case len(got) == 1 && got[0] == "":
		return false, "Lines follow the +OK of this command, even if there are none to list: a dot alone on its line ends them. The client waits for it."
	case end < 0:
		return false, "The end is missing: a line with nothing but a dot, then CR LF. The client goes on waiting."
	case len(got) != end+2 || got[end+1] != "":
		if want.Verb == "RETR" || want.Verb == "TOP" {
			return false, "There is something behind the line with the lone dot. If it's still the message, a line of the message that begins with a dot went out without a second one before it."
		}
		return false, "There is something behind the end. The client will take it for the answer to its next command."
	}
	got = got[:end]
	if want.Verb == "CAPA" || want.Verb == "LANG" || want.Verb == "AUTH" {
		return true, "Right."
	}
	for i, line := range got {
		if strings.HasPrefix(line, ".") && !strings.HasPrefix(line, "..") {
			if i < len(due) && line == "."+due[i] {
				return false, "Line " + strconv.Itoa(i+1) + " of the message doesn't begin with a dot, and goes out with one. Byte-stuffing is for lines that begin with a dot, and for no others."
			}
			return false, "Line " + strconv.Itoa(i+1) + " begins with a dot. A second dot goes before it on the wire, or a client will take one away that belongs to the message."
		}
	}
	for i := 0; i < len(due) || i < len(got); i++ {
		switch n := strconv.Itoa(i + 1); {
		case i >= len(got):
			return false, strconv.Itoa(len(due)-i) + " of the lines that belong here are missing at the end."
		case i >= len(due):
			return false, "Line " + n + " doesn't belong here any more."
		case want.Verb == "LIST" || want.Verb == "UIDL":
			a, b := strings.Fields(due[i]), strings.Fields(got[i])
			if len(b) < 2 || a[0] != b[0] || a[1] != b[1] {
				return false, "Line " + n + " isn't what a client would read for this maildrop: one line a message that isn't marked, its number, a space, " +
					map[bool]string{true: "its unique-id.", false: "its octets."}[want.Verb == "UIDL"]
			}
		case due[i] == got[i]:
		case strings.TrimPrefix(due[i], ".") == got[i]:
			return false, "Line " + n + " of the message begins with a dot and goes out without a second one before it."
		default:
			return false, "Line " + n + " isn't as the message has it. A server sends what's there, to the octet."
		}
	}
	return true, "Right."
}
