package live

import (
	"strconv"
	"strings"

	"pop3lab/engine/sim/record"
)

// words are what a step says that no table has words for, because a simulated world doesn't know it.
type words struct {
	happening string // the record's Happening; empty leaves the step as it is, but for remark
	title     string
	text      string
	mistake   string
	note      *record.Note // in place of the protocol's own; nil leaves that
	remark    string       // stands behind the note
}

// put puts the words into the record.
func (w *words) put(r *record.Step) {
	if w.happening != "" {
		r.Happening, r.Title, r.Spoken = w.happening, w.title, strings.ToUpper(w.title[:1])+w.title[1:]
		r.Note = record.Note{Text: w.text, Mistake: w.mistake}
	}
	if w.note != nil {
		r.Note = *w.note
	}
	if w.remark != "" {
		r.Note.Text = strings.TrimSpace(r.Note.Text + " " + w.remark)
	}
}

// What happens to streams, and to connections behind the session's back. The names are those of record.Step's
// Happening, beside the simulated world's.
const (
	Opened = "open"   // the stream, or a further recording of it, begins
	Full   = "full"   // the recording is full, the last step of it
	Lost   = "lost"   // the connection ended without the session's doing
	Missed = "missed" // steps that aren't recorded
	Reset  = "reset"  // the maildrop is as it was at the beginning
	Cut    = "cut"    // somebody who looks on cut a connection
)

func (r *Recorder) opened(recording int, user string) *words {
	switch {
	case recording == 1 && r.watching:
		return &words{happening: Opened, title: "the watch begins",
			text: "Whatever connects to the port that pop3lab watch listens on appears here, line by line, as it passes on its way to the server."}
	case recording == 1:
		return &words{happening: Opened, title: "the maildrop of " + user + " is ready",
			text: "Whatever logs in as " + user + " appears here, line by line, from its greeting on."}
	}
	return &words{happening: Opened, title: "recording " + strconv.Itoa(recording) + " begins",
		text: "The recording before this one is full. Sessions that were open go on here."}
}

func full(kept int) *words {
	return &words{happening: Full, title: "this recording is full",
		text: "A recording has bounds, so that nobody fills the server. What happens from now on stands in the next one; the last " + strconv.Itoa(kept) + " are kept."}
}

func notKept(n int) *words {
	title := strconv.Itoa(n) + " steps aren't recorded"
	if n == 1 {
		title = "1 step isn't recorded"
	}
	return &words{happening: Missed, title: title, text: "So much happened at once, or before the login, that the recording has no room for it. The session itself lost nothing."}
}

func crowded(n int) *words {
	return &words{happening: Missed, title: "another connection isn't recorded",
		text: "There are " + strconv.Itoa(n) + " already, which is as many as are shown at once. The server serves it all the same."}
}

func leftOut(octets int64) string {
	return "The server sent " + strconv.FormatInt(octets, 10) + " more octets of this answer, which the recording leaves out."
}

// ended says why a connection ended that the session didn't end. Of a watched one it says what went wrong, and no more
// than that: the whole error may name addresses.
func (k *session) ended(why string) *words {
	if k.rec.watching {
		return &words{happening: Lost, title: why, text: "The terminal in which pop3lab watch runs says more."}
	}
	return ended(why)
}

func ended(why string) *words {
	w := &words{happening: Lost, title: "the connection is lost", text: "It ended without QUIT, so the server doesn't enter UPDATE: no message is removed, whatever was marked."}
	switch why {
	case "shutdown":
		w.title = "the server shuts down"
	case "client doesn't read":
		w.title = "the server gives up"
		w.text = "The client read nothing of what was sent to it. " + w.text
	case "too many failed logins":
		w.title = "the server closes: too many failed logins"
		w.text = "Whoever guesses passwords is to begin anew each time."
	case "connection lost", "panic":
	default:
		w.text = "The server's log says: " + why + ". " + w.text
	}
	return w
}
