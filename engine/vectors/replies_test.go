package vectors

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pop3lab/engine"
	"pop3lab/engine/transcript"
)

// TestEveryReplyIsLegal reads what the vectors' servers answer as a client that
// trusts nobody would: by RFC 1939 section 3 and the grammar of RFC 2449
// section 3. Servers with a fault, and personas that break a rule on purpose,
// are left out.
//
// req: FRM-02, FRM-09, FRM-10, FRM-11, FRM-12, FRM-13, FRM-14, FRM-25, FRM-26, FRM-28, FRM-29, FRM-30, FRM-31, FRM-34, FRM-35, CAP-03, CAP-04, RSP-01, UID-07, UID-08, A-01, A-02
func TestEveryReplyIsLegal(t *testing.T) {
	for _, r := range records(t) {
		d := r.Dialogue
		persona, _ := engine.PersonaNamed(d.World.Persona)
		if d.World.Faults != nil || persona.Faults != 0 || persona.Switches.Has(engine.OKContinuation) || slices.Contains(d.World.Switches, "ok-continuation") {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			for _, steps := range r.Steps {
				replies := 0
				lines := 0
				for _, s := range steps {
					switch e := &s.Event; e.Kind {
					case engine.KindLine:
						lines++
					case engine.KindReply:
						replies++
						checkReply(t, e)
					case engine.KindData:
						checkLines(t, e)
					case engine.KindEnd:
						if string(e.Wire) != ".\r\n" {
							t.Errorf("end of a multi-line reply: got %q, want \".\\r\\n\" (RFC 1939 section 3)", e.Wire)
						}
					}
				}
				// A line that closes, the greeting and an answered idle limit are the only others.
				closed := len(steps) > 0 && steps[len(steps)-1].Event.Kind == engine.KindClose
				if replies < lines && !closed {
					t.Errorf("got %d replies to %d lines, want one for each (FRM-25)", replies, lines)
				}
			}
		})
	}
}

// checkReply reads the first line of a reply.
func checkReply(t *testing.T, e *engine.Event) {
	t.Helper()
	line, ended := bytes.CutSuffix(e.Wire, []byte("\r\n"))
	switch {
	case !ended || bytes.ContainsAny(line, "\r\n"):
		t.Errorf("reply %q: want one line with CRLF (FRM-11)", e.Wire)
	case e.Status == engine.More:
		if text, ok := bytes.CutPrefix(line, []byte("+ ")); !ok || bytes.IndexByte(text, ' ') >= 0 {
			t.Errorf("challenge %q: want +, a space, Base64 and nothing else (SAS-05, SAS-06)", e.Wire)
		}
		return
	case len(e.Wire) > engine.MaxReply:
		t.Errorf("reply of %d octets, want at most 512 (FRM-12): %q", len(e.Wire), e.Wire)
	}
	text, ok := strings.CutPrefix(string(line), "+OK")
	if !ok {
		text, ok = strings.CutPrefix(string(line), "-ERR")
		if e.Multi || e.Status != engine.Err {
			t.Errorf("reply %q: status %d and multi %v, a negative reply has one line (FRM-26)", e.Wire, e.Status, e.Multi)
		}
	}
	if !ok || text != "" && text[0] != ' ' || strings.HasPrefix(text, "  ") || strings.HasSuffix(text, " ") {
		t.Errorf("reply %q: want +OK or -ERR, and behind it nothing, or one space and text (FRM-09, FRM-28)", e.Wire)
	}
	text = strings.TrimPrefix(text, " ")
	if code, _, bracketed := strings.Cut(strings.TrimPrefix(text, "["), "]"); strings.HasPrefix(text, "[") {
		if !bracketed || engine.RespCode(code) != e.Code {
			t.Errorf("reply %q: text that begins with [ is a response code (FRM-29), and the event says %q", e.Wire, e.Code)
		}
	} else if e.Code != engine.CodeNone {
		t.Errorf("reply %q: the event says code %q, which isn't there (RSP-01)", e.Wire, e.Code)
	}
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			t.Errorf("reply %q: want printable text (FRM-05)", e.Wire)
		}
	}
}

// checkLines reads lines of a listing; a message's lines are its own business.
func checkLines(t *testing.T, e *engine.Event) {
	t.Helper()
	if e.Verb == "RETR" || e.Verb == "TOP" || len(e.Wire) == 0 {
		return
	}
	text, ended := strings.CutSuffix(string(e.Wire), "\r\n")
	if !ended {
		return // it goes on in the next event
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line)+2 > engine.MaxReply || strings.ContainsAny(line, "\r\n") || strings.HasPrefix(line, ".") {
			t.Errorf("%s: line %q: want at most 512 octets, one line, no dot (CAP-04, FRM-31)", e.Verb, line)
		}
		words := strings.Split(line, " ")
		switch {
		case slices.Contains(words, ""):
			t.Errorf("%s: line %q: want single spaces (CAP-03, UID-02)", e.Verb, line)
		case e.Verb == "CAPA" && strings.ContainsAny(words[0], ".\x7f"):
			t.Errorf("CAPA: tag %q: a tag has no dot (FRM-31)", words[0])
		case (e.Verb == "LIST" || e.Verb == "UIDL") && len(words) != 2:
			t.Errorf("%s: line %q: want a number, a space, and one word (LST-02, UID-02, UID-03)", e.Verb, line)
		case e.Verb == "UIDL" && (len(words[1]) < 1 || len(words[1]) > 70):
			t.Errorf("UIDL: %q has %d characters, want 1 to 70 (UID-07)", words[1], len(words[1]))
		}
	}
}

// TestSizesAreWhatRETRSends: in every vector, the octets of a message as LIST tells them are those that
// a client gets from RETR when it has taken the stuffed dots away.
//
// req: LST-12, FMT-05, FMT-02, FMT-03, STT-03
func TestSizesAreWhatRETRSends(t *testing.T) {
	seen := 0
	for _, r := range records(t) {
		if r.Dialogue.World.Faults != nil || r.Dialogue.World.Persona == "hostile" {
			continue
		}
		for _, steps := range r.Steps {
			var wire []byte
			for _, s := range steps {
				switch e := &s.Event; {
				case e.Verb != "RETR":
				case e.Kind == engine.KindReply:
					wire = nil
				case e.Kind == engine.KindData:
					wire = append(wire, e.Wire...)
				case e.Kind == engine.KindEnd:
					seen++
					want := s.View.Messages[e.Num-1].Octets
					if got := int64(len(unstuff(wire))); got != want || e.N != want {
						t.Errorf("%s: RETR %d: got %d octets (the event says %d), LIST says %d (LST-12)", r.Dialogue.Name, e.Num, got, e.N, want)
					}
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d messages were looked at, want at least 50: are the vectors there?", seen)
	}
}

// unstuff takes the dots away as RFC 1939 section 3 tells a client to.
func unstuff(wire []byte) []byte {
	var out []byte
	for line := range bytes.SplitAfterSeq(wire, []byte("\r\n")) {
		out = append(out, bytes.TrimPrefix(line, []byte("."))...)
	}
	return out
}

// TestParseIsTheInverseOfFormat: a file that was formatted is read as the same dialogue.
func TestParseIsTheInverseOfFormat(t *testing.T) {
	for _, r := range records(t) {
		text := r.Format()
		again, err := transcript.Parse(r.Dialogue.Name, text)
		if err != nil {
			t.Fatal(err)
		}
		second, err := transcript.Run(again, transcript.Simulation)
		if err != nil {
			t.Fatal(err)
		}
		if diff := transcript.Diff(string(text), string(second.Format())); diff != "" {
			t.Errorf("%s: formatted, read and run again it is another:\n%s", r.Dialogue.Name, diff)
		}
	}
}
