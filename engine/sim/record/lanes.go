package record

import (
	"bytes"
	"errors"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// Lanes lays the message that the exchange of step n is about side by side: as it is stored, as it went over
// the wire, and as a client keeps it that follows RFC 1939 section 3. The wire is what was really sent, faults
// and all.
func (b *Builder) Lanes(n int) (*Lanes, error) {
	all := b.lab.Steps()
	if n < 0 || n >= len(all) {
		return nil, errors.New("record: there is no such step")
	}
	var wire []byte
	var reply *sim.Step
	for i := range all {
		s := &all[i]
		if s.Exchange != all[n].Exchange {
			continue
		}
		switch e := &s.Event; {
		case e.Kind == engine.KindReply && e.Status == engine.OK && (e.Verb == "RETR" || e.Verb == "TOP"):
			reply = s
		case reply != nil && (e.Kind == engine.KindData || e.Kind == engine.KindEnd):
			wire = append(wire, e.Wire...)
		}
	}
	if reply == nil || reply.Event.Num < 1 || reply.Event.Num > len(reply.View.Messages) {
		return nil, errors.New("record: no message was sent in the exchange of this step; choose one of RETR or TOP")
	}
	m := reply.View.Messages[reply.Event.Num-1]
	stored, was := b.lab.Stored(reply.View.User, m.UID)
	if !was {
		return nil, errors.New("record: the message was never in the store")
	}
	l := &Lanes{Num: reply.Event.Num, Verb: string(reply.Event.Verb), Listed: m.Octets, Stored: int64(len(stored)), Wire: int64(len(wire))}
	l.lines(stored, wire)
	return l, nil
}

// lines walks over both, a line at a time.
func (l *Lanes) lines(stored, wire []byte) {
	whole := l.Verb == "RETR"
	for ended := false; len(wire) > 0; {
		var lane Lane
		lane.Wire, wire = cutLine(wire)
		lane.Terminator = !ended && string(text(lane.Wire)) == "."
		if !lane.Terminator || string(text(firstLine(stored))) == "." { // a fault sent it as it is stored
			lane.Stored, stored = cutLine(stored)
		}
		switch {
		case ended: // what a client takes for the beginning of the next answer
		case lane.Terminator:
			ended = true
			l.Terminator += int64(len(lane.Wire))
		default:
			lane.Kept = bytes.TrimPrefix(lane.Wire, []byte{'.'})
			l.Kept += int64(len(lane.Kept))
			if len(lane.Kept) < len(lane.Wire) && !bytes.Equal(text(lane.Wire), text(lane.Stored)) {
				lane.Stuffed = true
				l.Stuffed++
			}
		}
		if s := lane.Stored; len(s) > 0 && !bytes.HasSuffix(s, []byte("\r\n")) {
			l.AddedCR += int64(len(text(s)) + len("\r\n") - len(s))
		}
		l.Lines = append(l.Lines, lane)
	}
	for whole && len(stored) > 0 { // what never went over the wire
		var lane Lane
		lane.Stored, stored = cutLine(stored)
		l.Lines = append(l.Lines, lane)
	}
}

// text is a line without its end.
func text(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

// cutLine takes the first line with its end, or all when there is no end.
func cutLine(octets []byte) (line, rest []byte) {
	line = firstLine(octets)
	return line, octets[len(line):]
}

func firstLine(octets []byte) []byte {
	if i := bytes.IndexByte(octets, '\n'); i >= 0 {
		return octets[:i+1]
	}
	return octets
}
