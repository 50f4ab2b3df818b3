package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
)

// foldAfter is how many lines of a multi-line reply a trace prints; the others are counted.
const foldAfter = 12

// A tracer prints dialogues with a note below each line. Several connections share one.
type tracer struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
}

func newTrace(w io.Writer) *tracer {
	return &tracer{w: w, colour: isTerminal(w) && os.Getenv("NO_COLOR") == ""}
}

// newTracer makes the observer of every connection.
func newTracer(w io.Writer, p *engine.Protocol) func(server.Conn) server.Observer {
	t := newTrace(w)
	return func(c server.Conn) server.Observer {
		return t.dialogue(c, func(e engine.Event) engine.Explanation {
			view := c.View()
			return p.Explain(e, &view)
		})
	}
}

// dialogue begins the trace of one connection; explain puts its events in words.
func (t *tracer) dialogue(c server.Conn, explain func(engine.Event) engine.Explanation) *dialogue {
	t.print(c.ID, faint, "-- "+c.Remote.String()+" connected --")
	return &dialogue{t: t, conn: c, explain: explain}
}

// print writes one line of a connection.
func (t *tracer) print(id, colour, text string) {
	if t.colour && colour != "" {
		text = colour + text + reset
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "[%s] %s\n", id, text)
}

// A dialogue is one connection's part of the trace. It's used by that connection's goroutine.
type dialogue struct {
	t       *tracer
	conn    server.Conn
	explain func(engine.Event) engine.Explanation
	lines   int    // of the multi-line reply under way
	rest    []byte // its last line, if it has no end yet
	folded  int
	in      int64 // octets that came from the client
	used    int64 // of those, octets of lines
}

// Event prints an event: what went over the wire, and what it means.
func (d *dialogue) Event(_ time.Time, e engine.Event) {
	switch e.Kind {
	case engine.KindLine:
		d.used += e.N
		d.t.print(d.conn.ID, client, "C: "+lineText(&e))
		if e.End == engine.EndCRLF && !e.TooLong {
			return // its answer explains it
		}
	case engine.KindReply:
		d.lines, d.folded, d.rest = 0, 0, d.rest[:0]
		colour := serverOK
		if e.Status == engine.Err {
			colour = serverErr
		}
		d.t.print(d.conn.ID, colour, "S: "+visible(trimEnd(e.Wire)))
	case engine.KindData:
		d.payload(e.Wire)
		return
	case engine.KindBody:
		d.t.print(d.conn.ID, faint, fmt.Sprintf("   (%d octets of the message, sent from its file)", e.N))
		return
	case engine.KindEnd:
		if d.folded > 0 {
			d.t.print(d.conn.ID, faint, fmt.Sprintf("   (%d more lines)", d.folded))
		}
		if string(e.Wire) == ".\r\n" {
			d.t.print(d.conn.ID, serverOK, "S: .")
			return
		}
		d.t.print(d.conn.ID, serverErr, fmt.Sprintf("S: %q where a dot and CR LF are due", e.Wire))
	case engine.KindExtra:
		d.t.print(d.conn.ID, serverErr, "S: "+visible(trimEnd(e.Wire)))
	case engine.KindClose:
		if n := d.in - d.used; n > 0 && (e.Verb == engine.Hangup || e.Verb == engine.Expire) {
			d.t.print(d.conn.ID, client, fmt.Sprintf("C: (%d octets that make no line: the server waited for CR LF)", n))
		}
	}
	x := d.explain(e)
	note := x.Text
	if ref := x.Ref.String(); ref != "" {
		note += " (" + ref + ")"
	}
	for _, l := range wrap(note, 88) {
		d.t.print(d.conn.ID, faint, "      "+l)
	}
	if e.Before != e.After {
		d.t.print(d.conn.ID, faint, fmt.Sprintf("      %v → %v", e.Before, e.After))
	}
}

// payload prints the first lines of a multi-line reply and counts the others.
func (d *dialogue) payload(wire []byte) {
	d.rest = append(d.rest, wire...)
	for {
		i := bytes.IndexByte(d.rest, '\n')
		if i < 0 && len(d.rest) < 4096 {
			return
		}
		line := d.rest
		if i >= 0 {
			line = d.rest[:i]
		}
		if d.lines++; d.lines <= foldAfter {
			d.t.print(d.conn.ID, serverOK, "S: "+visible(trimEnd(line)))
		} else {
			d.folded++
		}
		if i < 0 {
			d.rest = d.rest[:0]
			return
		}
		d.rest = append(d.rest[:0], d.rest[i+1:]...)
	}
}

// Segment counts what came.
func (d *dialogue) Segment(_ time.Time, s server.Segment) {
	if s.In {
		d.in += int64(s.Octets)
	}
}

// Closed prints why the connection ended.
func (d *dialogue) Closed(_ time.Time, why string, err error) {
	if err != nil {
		why += ": " + err.Error()
	}
	d.t.print(d.conn.ID, faint, "-- "+why+" --")
}

// lineText is a client's line, with a word on its end when that isn't CRLF.
func lineText(e *engine.Event) string {
	text := visible(trimEnd(e.Wire))
	if bare := strings.TrimRight(text, " "); bare != text {
		text = bare + strings.Repeat("␠", len(text)-len(bare)) // a space at the end can't be seen
	}
	switch {
	case e.TooLong:
		text += fmt.Sprintf("… (%d octets)", e.N)
	case e.End == engine.EndLF:
		text += "  (ended with LF alone)"
	case e.End == engine.EndCRNUL:
		text += "  (ended with CR NUL)"
	}
	return text
}
