package record

import (
	"bytes"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// title says in a few words what an event is, for a list and for the slider; spoken is the same for a screen
// reader, where +OK has to be said so that it's understood.
func title(r *Step, e *engine.Event) (title, spoken string) {
	line := short(e.Wire)
	switch e.Kind {
	case engine.KindLine:
		if line == "" {
			line = "an empty line"
		}
		return "client sends " + line, "Client: " + line
	case engine.KindReply:
		spoken = line
		for _, s := range [...]struct{ sign, said string }{{"+OK", "plus OK"}, {"-ERR", "minus ERR"}, {"+", "plus"}} {
			if rest, ok := strings.CutPrefix(line, s.sign); ok {
				spoken = s.said
				if rest = strings.TrimSpace(rest); rest != "" {
					spoken += ", " + rest
				}
				break
			}
		}
		if e.Multi && e.Status == engine.OK {
			spoken += ", lines follow"
		}
		return "server answers " + line, "Server: " + spoken
	case engine.KindData:
		n := bytes.Count(e.Wire, []byte{'\n'})
		title = "server sends " + count(n, "line")
	case engine.KindEnd:
		title = "server ends the answer"
		if len(e.Wire) == 0 {
			title = "server leaves the end out"
		}
	case engine.KindExtra:
		title = "server sends " + line + ", unasked"
	case engine.KindTLS:
		title = "the TLS handshake begins"
	case engine.KindClose:
		title = "the connection is closed"
	default:
		if title = e.Verb.Words(); e.After == engine.Update {
			title = "the session enters UPDATE"
		}
	}
	return title, strings.ToUpper(title[:1]) + title[1:]
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// short is a line as it can stand among words.
func short(wire []byte) string {
	line, _, _ := bytes.Cut(wire, []byte{'\n'})
	line = bytes.TrimRight(line, "\r\x00")
	if len(line) > 60 {
		line = append(append([]byte(nil), line[:57]...), "..."...)
	}
	clean := []byte(strings.ToValidUTF8(string(line), "?"))
	for i, c := range clean {
		if c < ' ' || c == 0x7f {
			clean[i] = '?'
		}
	}
	return string(clean)
}

// minutes says how long something is.
func minutes(ms int64) string {
	n, unit := ms, "millisecond"
	switch {
	case ms >= 60_000 && ms%60_000 == 0:
		n, unit = ms/60_000, "minute"
	case ms >= 1000 && ms%1000 == 0:
		n, unit = ms/1000, "second"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// toCome says what is going to happen.
func toCome(in *sim.Input) string {
	switch in.Verb {
	case sim.Remove:
		return "a message of " + in.User + " is removed"
	case sim.Ail:
		return ail(in)
	}
	return "new mail for " + in.User
}

func ail(in *sim.Input) string {
	if in.Ailment == sim.Healthy {
		return "the maildrop of " + in.User + " is well again"
	}
	return "the maildrop of " + in.User + " is " + string(in.Ailment)
}

// happening puts in words what the engine has no event for. octets are those that became no line.
func happening(r *Step, in *sim.Input, octets []byte, side *sim.Side) {
	n := &r.Note
	*n = Note{}
	place := func(rfc int, section string, reqs ...string) {
		n.RFC, n.Section, n.Reqs = rfc, section, reqs
		n.Place = engine.Ref{RFC: rfc, Section: section}.String()
	}
	switch r.Happening {
	case "connect":
		r.Title = r.Device + " connects"
		n.Text = "The client opens a TCP connection and says nothing: in POP3 the server speaks first."
		n.Mistake = "Some clients send their first command before the greeting is there."
		place(1939, "4", "STA-01")
	case "send":
		r.Title = "client sends " + count(len(octets), "octet") + " that make no line"
		switch {
		case r.Lost:
			r.Title = "client sends to a connection that is closed"
			n.Text = "The server had closed while these octets were on their way. Nobody reads them."
		case side != nil && len(side.Held) > 0:
			r.Title = "client sends " + count(len(octets), "octet") + " ahead"
			n.Text = "An answer still waits. The server reads these octets when it has gone."
		case bytes.IndexByte(octets, '\n') >= 0 && bytes.Contains(octets, []byte("\r\n")):
			n.Text = "The server hasn't spoken yet; it reads this after its greeting."
		case bytes.IndexByte(octets, '\n') >= 0:
			n.Text = "This was LF alone: the server still waits for CR LF."
			n.Mistake = "Programs that print a line often end it with LF alone; the RFC wants CR LF."
			place(1939, "3", "FRM-04", "DFR-01")
		case octets[len(octets)-1] == '\r':
			n.Text = "This was CR alone: the server still waits for the LF behind it."
			n.Mistake = "A program that takes a read for a line breaks where a segment ends between CR and LF."
			place(1939, "3", "FRM-04", "DFR-10")
		default:
			n.Text = "No line end came: the server keeps these octets and waits for CR LF. What comes next is the rest of the line."
			n.Mistake = "Some servers take what one read returns for a line. TCP keeps no such borders."
			place(1939, "3", "FRM-04", "DFR-10")
		}
	case "hang up":
		r.Title = r.Device + " hangs up"
		n.Text = "The client closes the connection without QUIT. The server doesn't enter UPDATE: no message is removed, whatever was marked."
		if len(octets) > 0 {
			n.Text = "The connection is cut in the middle of a line. Half a command is none: it isn't carried out. " + n.Text
		}
		n.Mistake = "Some servers removed the marked messages all the same, and mail was lost."
		place(1939, "6", "STA-11")
	case "vanish":
		r.Title = r.Device + "'s network is gone"
		n.Text = "The client can't be reached any more, and nothing tells the server: to it the client is only silent. It keeps the connection, and the lock on the maildrop, until its idle timer runs out."
		n.Mistake = "A client that connects again at once finds its own maildrop locked, and takes that for a wrong password."
		place(1939, "3", "TMO-01")
	case "expire":
		r.Title = r.Device + " was silent"
		n.Text = "The clock went to where the idle timer runs out."
		place(1939, "3", "TMO-02")
	case "advance":
		r.Title = minutes(in.Millis) + " pass"
		n.Text = "Time goes by only when it's told to."
		if in.Millis >= sim.IdleMillis {
			n.Text += " The server's idle timer is at least ten minutes, so a session that said nothing is over now."
			place(1939, "3", "TMO-02")
		}
	case "deliver":
		r.Title = "new mail for " + about(in, &n.Text)
		n.Text += "A session that has the maildrop open doesn't see it: numbers and sizes hold until the session ends. The next one does."
		place(1939, "5", "OPN-08")
	case "remove":
		r.Title = "a message of " + about(in, &n.Text) + " is removed from outside"
		n.Text += "Another program took it away. A session that has the maildrop open keeps its number, and RETR of it fails."
		place(1939, "5", "OPN-08")
	case "ail":
		about(in, &n.Text)
		r.Title = ail(in)
		n.Text += "Until it's well again, the server answers as it does when its store has such a trouble."
		place(2449, "8", "RSP-10")
	case "network":
		r.Title = r.Device + "'s network changes"
		switch {
		case in.Segment > 0 && in.Millis > 0:
			n.Text = "From now on it carries " + count(in.Segment, "octet") + " at a time and takes " + minutes(in.Millis) + " one way."
		case in.Segment > 0:
			n.Text = "From now on it carries " + count(in.Segment, "octet") + " at a time, and takes no time."
		case in.Millis > 0:
			n.Text = "From now on it takes " + minutes(in.Millis) + " one way, and carries at once what is sent at once."
		default:
			n.Text = "From now on it takes no time, and carries at once what is sent at once."
		}
		n.Mistake = "TCP carries octets, not lines: a client or a server that takes a read for a line works only while the network is kind."
		place(1939, "3", "DFR-10")
	case "hold":
		r.Title = "the server's answers wait"
		n.Text = "From now on an answer goes out when it's let go, as it is or otherwise. The client waits meanwhile."
		if in.Last {
			r.Title, n.Text = "the server answers at once", "From now on answers go out as they are."
		}
		place(1939, "3", "FRM-25")
	case "answer":
		r.Title = "an answer to " + r.Device + " waits"
		n.Text = "The server has done what it was asked for, and has this to say: “" + short(side.Held) + "”. The client hears nothing until you let it go."
		n.Mistake = "A client that waits for ever hangs; one that gives up too soon fails with servers that are slow."
		place(1939, "3", "FRM-25")
	case "serve":
		r.Title = "another server: " + orPlain(in)
		n.Text = "The next connection gets it. Sessions that are open stay with the server they have."
	}
	r.Spoken = strings.ToUpper(r.Title[:1]) + r.Title[1:]
}

// edited says of the first line of an answer what somebody made of it, and by which rules it's none.
func edited(r *Step, x *sim.Edit) {
	r.Edited = true
	if r.Kind != "reply" {
		return
	}
	r.Due = x.Due
	r.Note.Mistake = ""
	r.Note.Text = "You wrote this answer. The server had “" + short(x.Due) + "” to say. What it did is done, whatever it says about it."
	if len(r.Octets) == 0 {
		r.Direction, r.Title, r.Spoken = "", "the server says nothing", "The server says nothing"
	}
	for i, b := range x.Breaches {
		ref := &b.Law.Ref
		r.Breaches = append(r.Breaches, Breach{Text: b.Law.Text, Line: b.Line, RFC: ref.RFC, Section: ref.Section, Place: ref.String(), Reqs: ref.IDs()})
		if r.Note.Text += " It breaks a rule: " + b.Law.Text; i == 0 {
			r.Note.RFC, r.Note.Section, r.Note.Place, r.Note.Reqs = ref.RFC, ref.Section, ref.String(), nil
		}
		r.Note.Reqs = append(r.Note.Reqs, ref.IDs()...)
	}
	if len(x.Breaches) == 0 {
		r.Note.Text += " It breaks no rule: wording is free."
	}
}

// about is the user concerned; for what only will happen it says when.
func about(in *sim.Input, text *string) string {
	if in.After > 0 {
		*text = "In " + minutes(in.After) + ", when the clock gets there. "
	}
	return in.User
}

func orPlain(in *sim.Input) string {
	name := in.Persona
	if name == "" {
		name = "pop3lab"
	}
	if len(in.Faults) > 0 {
		name += " with " + strings.Join(in.Faults, ", ")
	}
	return name
}
