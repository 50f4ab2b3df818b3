package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"pop3lab/engine"
	pop3 "pop3lab/engine/client"
)

// A transcriber prints a client's dialogue with notes below the lines. Two goroutines may share it.
type transcriber struct {
	mu     sync.Mutex
	w      io.Writer
	colour bool
	notes  bool
	fold   bool // leave lines of long answers out, and count them
	// echoed says that the terminal has shown the line that is sent next.
	echoed bool
	// prompted says that the prompt stands alone on its line.
	prompted bool

	call    string
	lines   int    // of the multi-line answer under way
	rest    []byte // its last line, as long as it has no end
	stuffed bool   // a stuffed dot was explained
}

func newTranscriber(w io.Writer) *transcriber {
	return &transcriber{w: w, colour: isTerminal(w) && os.Getenv("NO_COLOR") == ""}
}

// foldWidth is how many letters of a line are shown where lines are folded.
const foldWidth = 400

// line prints one line.
func (t *transcriber) line(colour, text string) {
	if t.prompted {
		fmt.Fprintln(t.w)
		t.prompted = false
	}
	if t.colour {
		text = colour + text + reset
	}
	fmt.Fprintln(t.w, text)
}

// prompt asks for the next line, unless it stands there already.
func (t *transcriber) prompt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.prompted {
		fmt.Fprint(t.w, "C: ")
	}
	t.prompted = true
}

// entered says that a person has ended the line behind the prompt, if anybody is asked; what they
// typed stands on the screen when echoed.
func (t *transcriber) entered(echoed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prompted, t.echoed = false, echoed
}

// aside prints what no side said.
func (t *transcriber) aside(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(faint, "-- "+text+" --")
}

// step prints what happened. It's the Conn's observer.
func (t *transcriber) step(s pop3.Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.Call != t.call {
		if t.call = s.Call; s.Call != "" && s.Call != "Dial" && t.notes {
			t.line(faint, "-- what the call "+s.Call+" stands for --")
		}
	}
	switch s.Kind {
	case engine.KindLine:
		if t.echoed {
			t.echoed = false
		} else {
			t.line(client, "C: "+visible(trimEnd(s.Wire)))
		}
	case engine.KindReply:
		t.lines, t.rest, t.stuffed = 0, t.rest[:0], false
		colour := serverOK
		if s.Status == engine.Err {
			colour = serverErr
		}
		t.line(colour, "S: "+visible(trimEnd(s.Wire)))
	case engine.KindData:
		t.payload(&s.Event)
		return
	case engine.KindEnd:
		if t.fold && t.lines > foldAfter {
			t.line(faint, fmt.Sprintf("   (%d more lines; --all shows them)", t.lines-foldAfter))
		}
		t.line(serverOK, "S: "+visible(trimEnd(s.Wire)))
	case engine.KindExtra:
		t.line(serverErr, "S: "+visible(trimEnd(s.Wire)))
	case engine.KindInput:
		return // TLS is active: said at length by secured
	}
	t.note(s.Event)
}

// note prints what an event means.
func (t *transcriber) note(e pop3.Event) {
	if !t.notes {
		return
	}
	x := e.Note()
	text := x.Text
	if ref := x.Ref.String(); ref != "" {
		text += " (" + ref + ")"
	}
	for _, l := range wrap(text, 84) {
		t.line(faint, "      "+l)
	}
	if e.Before != e.After && e.Kind == engine.KindReply {
		t.line(faint, fmt.Sprintf("      %v → %v", e.Before, e.After))
	}
}

// payload prints lines of an answer, the first ones only where they are folded.
func (t *transcriber) payload(e *pop3.Event) {
	dot := len(e.Lines) < len(e.Wire)
	t.rest = append(t.rest, e.Wire...)
	for {
		i := bytes.IndexByte(t.rest, '\n')
		if i < 0 {
			if t.fold && len(t.rest) > foldWidth {
				t.rest = t.rest[:foldWidth+1]
			}
			return
		}
		if t.lines++; !t.fold || t.lines <= foldAfter {
			text := visible(trimEnd(t.rest[:i]))
			if t.fold && len(text) > foldWidth {
				text = strings.ToValidUTF8(text[:foldWidth], "") + "…"
			}
			t.line(serverOK, "S: "+text)
			if dot && t.notes && !t.stuffed {
				t.stuffed = true
				t.line(faint, "      The first dot was put there by the server; a client takes it away (RFC 1939 section 3)")
			}
		}
		dot = false
		t.rest = append(t.rest[:0], t.rest[i+1:]...)
	}
}
