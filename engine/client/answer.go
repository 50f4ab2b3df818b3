package client

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"pop3lab/engine"
)

// How a Dialogue reads what the server says: the first line of an answer, the lines behind it, and
// their end.

// answer reads a first line: the greeting, a reply, or something that nobody asked for.
func (d *Dialogue) answer(line []byte, end engine.LineEnd) Event {
	wire := line[: len(line)+lineEnd(end) : len(line)+lineEnd(end)]
	var odd Odd
	if end == engine.EndLF {
		odd |= OddBareLF
	}
	if len(wire) > engine.MaxReply && !(len(line) > 0 && line[0] == '+' && d.State() == engine.AuthorizationSASL) {
		odd |= OddLong
	}
	if d.begun && len(d.sent) == 0 {
		e := d.event(engine.KindExtra, nil, "")
		e.Wire, e.End, e.Odd = wire, end, odd|OddUnasked
		return e
	}
	var c command
	row := rows[key{engine.Connected, engine.Connect}][0]
	if d.begun {
		c = d.sent[0]
		if d.state == engine.AuthorizationSASL {
			c = command{verb: engine.Response, line: c.line}
		}
		row = rowFor(d.state, c.verb, len(c.args))
	} else {
		c.verb = engine.Connect
	}
	r, ok := parseReply(line)
	r.Odd |= odd
	switch {
	case !ok:
		return d.broken(&ProtocolError{Command: c.line, What: foreign(line), Line: string(line)})
	case row == nil:
		return d.broken(&ProtocolError{Command: c.line, What: "the server answers although the session is over", Line: string(line)})
	}
	d.follow(&c, &r)
	if r.Status == engine.More && row.More == engine.Closed {
		return d.broken(&ProtocolError{Command: c.line, What: "a challenge came where +OK or -ERR was due", Line: string(line)})
	}
	if d.begun {
		d.sent = d.sent[1:]
	}
	e := d.event(engine.KindReply, row, c.verb)
	e.Wire, e.End, e.Status, e.Code, e.Num = wire, end, r.Status, r.Code, c.num
	e.Text = meaningOf(&c, &r, e.Before)
	e.Reply, e.Odd = r, r.Odd|d.mark(&c, &r)
	if row.OK == engine.Update && r.Status == engine.OK {
		e.Removed = d.Marked()
	}
	e.Multi = r.Status == engine.OK && c.multi(row)
	d.state, d.begun = after(row, &c, &r), true
	e.After = d.state
	d.tls = d.state == engine.AuthorizationTLS && e.Before != d.state
	if e.Multi {
		d.lines = &under{cmd: c, row: row}
	}
	return e
}

// mark keeps book of deletion marks, and finds answers about messages that are marked.
//
// RFC 1939 section 5, DELE: "Any future reference to the message-number associated with the message
// in a POP3 command generates an error."
func (d *Dialogue) mark(c *command, r *Reply) Odd {
	switch {
	case r.Status != engine.OK:
	case c.verb == "RSET":
		d.marked = nil
	case c.num > 0 && slices.Contains(d.marked, c.num):
		return OddMarked
	case c.num > 0 && c.verb == "DELE":
		d.marked = append(d.marked, c.num)
	}
	return 0
}

func lineEnd(end engine.LineEnd) int {
	if end == engine.EndCRLF {
		return 2
	}
	return 1
}

// after is the state that a reply leads to, by the row.
func after(row *engine.Rule, c *command, r *Reply) engine.State {
	switch {
	case r.Status == engine.More:
		return row.More
	case row.OK == engine.Update && (r.Status == engine.OK || len(c.args) == 0):
		// The answer to this QUIT is UPDATE's: whatever it is, the session is over (RFC 1939
		// section 6).
		commit := rows[key{engine.Update, engine.Commit}][0]
		if r.Status == engine.OK {
			return commit.OK
		}
		return commit.Err
	case r.Status == engine.Err:
		return row.Err
	case row.Verb == "AUTH" && len(c.args) == 0:
		return row.From // a list of mechanisms is no login
	}
	return row.OK
}

// follow counts the responses of an AUTH exchange, and takes a +OK that comes before the client
// has said what the mechanism has it say for the challenge that it must be: there were servers
// that began challenges with +OK.
func (d *Dialogue) follow(c *command, r *Reply) {
	switch {
	case c.verb == "AUTH" && len(c.args) > 0:
		d.sasl = exchanged{mechanism: strings.ToUpper(c.args[0]), responses: len(c.args) - 1}
	case c.verb == engine.Response:
		d.sasl.responses++
	default:
		return
	}
	if r.Status != engine.OK || d.sasl.responses >= leastResponses(d.sasl.mechanism) {
		return
	}
	if text := strings.TrimPrefix(r.Line[len("+OK"):], " "); isBase64(text) {
		r.Status, r.Text, r.Code, r.RawCode = engine.More, text, engine.CodeNone, ""
		r.Odd |= OddOKMore
	}
}

// leastResponses is how often a client has to speak before a mechanism can succeed.
func leastResponses(mechanism string) int {
	switch {
	case mechanism == "LOGIN", strings.HasPrefix(mechanism, "SCRAM-"):
		return 2
	}
	return 1
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// payload returns the next piece of the lines behind a reply: from a line's beginning up to the
// next line that begins with a dot, or as much as there is.
//
// RFC 1939 section 3: "When examining a multi-line response, the client checks to see if the line
// begins with the termination octet. If so and if octets other than CRLF follow, the first octet of
// the line (the termination octet) is stripped away. If so and if CRLF immediately follows the
// termination character, then the response from the POP server is ended and the line containing
// ".CRLF" is not considered part of the multi-line response."
func (d *Dialogue) payload() (Event, bool) {
	a, buf, dot := d.lines, d.in[d.at:], 0
	if len(buf) == 0 {
		return Event{}, false
	}
	if !a.inLine && buf[0] == '.' {
		switch {
		case len(buf) == 1, len(buf) == 2 && buf[1] == '\r':
			return Event{}, false
		case buf[1] == '\n':
			return d.end(buf[:2], OddDotLF), true
		case buf[1] == '\r' && buf[2] == '\n':
			return d.end(buf[:3], 0), true
		}
		dot = 1
	}
	n := len(buf)
	if i := bytes.Index(buf[dot:], lineThenDot); i >= 0 {
		n = dot + i + 1
	}
	d.at += n
	a.inLine = buf[n-1] != '\n'
	a.octets += int64(n - dot)
	e := d.event(engine.KindData, a.row, a.cmd.verb)
	e.Wire, e.Lines, e.N, e.Num = buf[:n:n], buf[dot:n:n], int64(n-dot), a.cmd.num
	return e, true
}

var lineThenDot = []byte("\n.")

func (d *Dialogue) end(wire []byte, odd Odd) Event {
	a := d.lines
	d.at += len(wire)
	d.lines = nil
	e := d.event(engine.KindEnd, a.row, a.cmd.verb)
	e.Wire, e.N, e.Num, e.Odd = wire[:len(wire):len(wire)], a.octets, a.cmd.num, odd
	return e
}

// foreign says what a line may be that is no reply of POP3.
func foreign(line []byte) string {
	for _, f := range []struct{ prefix, what string }{
		{"\x15\x03", "the server speaks TLS on this port, so use pops:// or --tls"},
		{"\x16\x03", "the server speaks TLS on this port, so use pops:// or --tls"},
		{"220", "this looks like SMTP or FTP, not POP3, so try another port"},
		{"* OK", "this looks like IMAP, not POP3, so try port 110 or 995"},
		{"* BYE", "this looks like IMAP, not POP3, so try port 110 or 995"},
		{"HTTP/", "this looks like HTTP, not POP3, so try port 110 or 995"},
		{"SSH-", "this looks like SSH, not POP3, so try port 110 or 995"},
	} {
		if bytes.HasPrefix(line, []byte(f.prefix)) {
			return f.what
		}
	}
	return notPOP3
}

const notPOP3 = "this is no reply of POP3, which begins with +OK or -ERR"
