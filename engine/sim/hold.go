package sim

import (
	"bytes"

	"pop3lab/engine"
)

// Answers that wait: a server may be told to hold what it has to say, until somebody has read it, changed it, and
// let it go. What the server does is done when it's done; only what it says about it can be
// changed.

// maxHeld is how many octets of an answer wait at most. A longer one goes out as it is.
const maxHeld = 1 << 20

// An Edit is what became of an answer on its way to the client.
type Edit struct {
	// Due is what the server had to say.
	Due []byte
	// Breaches are the rules that what went instead breaks.
	Breaches []Breach
}

// waits says whether an answer does.
func (k *link) waits() bool { return len(k.held) > 0 }

// due are the octets that wait.
func (k *link) due() (octets []byte) {
	for i := range k.held {
		octets = append(octets, k.held[i].Out()...)
	}
	return octets
}

// keep takes an event of an answer that is to wait; it says false for one that isn't. When the answer is whole, the
// session isn't asked for more until it has gone.
func (l *Lab) keep(k *link, e *engine.Event) bool {
	out := e.Kind >= engine.KindReply && e.Kind <= engine.KindExtra
	if k.through {
		k.through = out && e.Kind != engine.KindEnd
		return false
	}
	if !l.holding || k.lost || !k.waits() && e.Kind != engine.KindReply {
		return false
	}
	k.held = append(k.held, *e)
	k.heldOctets += len(e.Wire)
	k.whole = !out || e.Kind == engine.KindEnd || e.Kind == engine.KindReply && !(e.Multi && e.Status == engine.OK)
	return true
}

// hold lets all answers wait from now on, or not any more: then those that wait go out.
func (l *Lab) hold(in Input) {
	l.holding = !in.Last
	l.tell(in, nil, nil)
	for _, d := range l.devices {
		if d.link != nil && in.Last && d.link.waits() {
			l.release(d.link)
			d.link.heard = l.now
			l.pump(d.link)
		}
	}
}

// answer lets the answer go that waits for a device: as octets, or as it is.
func (l *Lab) answer(k *link, in Input) {
	if in.Last || bytes.Equal(in.Octets, k.due()) {
		l.release(k)
	} else {
		l.say(k, in.Octets)
	}
	k.heard = l.now
	l.pump(k)
	l.wait(k.device)
}

// take is what waits, which doesn't any more.
func (k *link) take() []engine.Event {
	held := k.held
	k.held, k.whole, k.heldOctets = nil, false, 0
	return held
}

// release lets what waits go as it is.
func (l *Lab) release(k *link) {
	for _, e := range k.take() {
		l.happened(k, e, nil)
	}
}

// say lets octets go in the place of what waits.
func (l *Lab) say(k *link, octets []byte) {
	edit := &Edit{Due: k.due()}
	held := k.take()
	n := len(held)
	if last := held[n-1].Kind; last < engine.KindReply || last > engine.KindExtra {
		n-- // the answer breaks off there
	}
	r := readAnswer(held[:n], octets)
	edit.Breaches = r.judge()
	for _, e := range r.events() {
		l.happened(k, e, edit)
	}
	for _, e := range held[n:] {
		l.happened(k, e, nil)
	}
}

// events are the octets as events of the answer that they stand for. There's one at least, which has what the server
// did.
func (r *reading) events() []engine.Event {
	first := *r.due
	first.Kind, first.Wire, first.Status, first.Multi = engine.KindReply, r.head, r.status, r.follows
	if r.status != r.due.Status {
		first.Text = engine.TextNone
	}
	if !bytes.Contains(r.head, []byte("["+string(first.Code)+"]")) {
		first.Code = engine.CodeNone
	}
	all := []engine.Event{first}
	add := func(kind engine.Kind, octets []byte, n int) {
		if len(octets) == 0 {
			return
		}
		all = append(all, engine.Event{Kind: kind, Before: first.After, After: first.After, Verb: first.Verb, Rule: first.Rule, Num: first.Num,
			Wire: octets, N: int64(n)})
	}
	stuffed := 0
	for _, line := range r.lines {
		if line[0] == '.' {
			stuffed++
		}
	}
	data := bytes.Join(r.lines, nil)
	add(engine.KindData, data, len(data)-stuffed)
	add(engine.KindEnd, r.end, len(data)-stuffed)
	add(engine.KindExtra, r.behind, 0)
	return all
}
