package live

import (
	"bytes"
	"slices"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
)

// A session is one connection's server.Observer. It belongs to the connection's goroutine.
//
// What happened waits in held until it can be shown: what the server sends, until it was given to the network, because
// only then is it known where its segments end; and all of it, until it's known whose the session is.
type session struct {
	rec    *Recorder
	conn   server.Conn
	inside inside
	device string  // what its devices are called; a number tells them apart
	stream *Stream // nil as long as it's nobody's
	gone   bool    // nobody is to see it
	as     *device // in the stream

	held   []shot
	spent  int64 // octets of held that count as a prelude
	missed int   // steps that had no room in held

	view      *engine.View
	caps      []string
	stamp     string
	heard     time.Time // when the idle timer began anew
	said      map[engine.Verb]bool
	exchange  int
	reads     int // segments that came
	read      int // the one that the last step shown came of
	in, out   way
	told      int64 // octets of lines under way that a step has told of already
	answer    int   // octets of the multi-line answer under way that were kept
	left      int64 // and that weren't
	done      bool  // the session ended by itself
	confirmed bool  // the client's leaving was told
}

// A way is the octets in one direction: how many there were, and where segments ended.
type way struct {
	came int64   // from the network, or given to it
	used int64   // in lines, or in replies
	ends []int64 // beyond used
}

// A shot is a step that isn't numbered yet.
type shot struct {
	step    sim.Step
	words   *words
	caps    []string
	pending []byte
	heard   time.Time
	from    int64 // where its octets begin among all that were sent
	until   int64 // and end; 0 for a step without
	begins  bool  // an exchange begins with it
	same    bool  // the session is as it was at the step before
	read    int   // the segment that it came of
}

// Bounds of what one step may hold.
const (
	maxEnds    = 512      // borders of segments
	maxPending = 1 << 10  // octets that make no line yet
	shotCost   = 512      // octets that a step takes, about, beside those that were sent
	maxHeld    = 16 << 10 // steps that wait for the network; more aren't recorded
)

func newSession(r *Recorder, c server.Conn, in inside) *session {
	return &session{rec: r, conn: c, inside: in, device: "client", said: map[engine.Verb]bool{}, heard: time.Now()}
}

// connected tells that there is a connection. The session has not begun.
func (k *session) connected() {
	in := &sim.Input{Verb: sim.Connect, TLS: k.conn.TLS}
	k.look()
	k.hold(shot{step: sim.Step{Now: time.Now().UnixMilli(), Happening: in,
		Event: engine.Event{Before: engine.Connected, After: engine.Connected}}, begins: true, read: 1})
	k.reads = 1
	k.show()
}

// Event implements server.Observer.
func (k *session) Event(at time.Time, e engine.Event) {
	if k.gone {
		return
	}
	sh, remark := shot{step: sim.Step{Now: at.UnixMilli()}, read: k.reads}, ""
	switch e.Kind {
	case engine.KindLine:
		// RFC 1939 section 3: "The receipt of any command from the client during that interval should suffice to reset
		// the autologout timer."
		k.heard = at
		sh.begins = true
		sh.step.Cuts = k.in.cut(e.N)
		k.told = max(0, k.told-e.N)
		if e.Masked {
			sh.step.Cuts = nil
		}
	case engine.KindReply:
		k.answer, k.left = 0, 0
		if e.Status == engine.OK {
			k.said[e.Verb] = true
		}
	case engine.KindData:
		if k.answer > k.rec.limits.Answer {
			k.left += int64(len(e.Wire))
			k.out.used += int64(len(e.Wire))
			return
		}
		k.answer += len(e.Wire)
	case engine.KindEnd:
		if k.left > 0 {
			remark = leftOut(k.left)
		}
	case engine.KindClose:
		k.done = true
		if e.Verb == engine.Hangup {
			k.hangup(at)
		}
	}
	switch {
	case e.Before == engine.Connected, e.Kind == engine.KindInput, e.Kind == engine.KindClose && (e.Verb == engine.Expire || e.Verb == engine.Hangup):
		sh.begins = true
	}
	if note := k.inside.explain(); note != nil || remark != "" {
		sh.words = &words{note: note, remark: remark}
	}
	sh.step.Event = e
	sh.step.Event.Wire, sh.step.Event.Body = bytes.Clone(e.Wire), nil
	// Of a watched session a listing tells something, when it has come to its end.
	sh.same = k.view != nil && (e.Kind == engine.KindData || e.Kind == engine.KindEnd && !k.rec.watching)
	if !sh.same {
		k.look()
	}
	if n := int64(len(e.Out())); n > 0 {
		sh.from = k.out.used
		k.out.used += n
		sh.until = k.out.used
	}
	k.hold(sh)
	if e.Kind == engine.KindEnd || e.Kind == engine.KindReply && !e.Multi {
		k.waiting(at)
	}
	k.show()
}

// Segment implements server.Observer.
func (k *session) Segment(at time.Time, s server.Segment) {
	if k.gone {
		return
	}
	if !s.In {
		k.out.add(s.Octets)
		k.show()
		return
	}
	k.reads++
	k.in.add(s.Octets)
	if p := k.inside.pending(); len(p) <= maxPending && !bytes.Contains(p, k.lineEnd()) {
		k.waiting(at)
		k.show()
	}
}

// Closed implements server.Observer.
func (k *session) Closed(at time.Time, why string, err error) {
	k.rec.leave(k)
	if k.gone {
		return
	}
	if k.stream == nil {
		k.forget()
		return
	}
	for i := range k.held {
		if sh := &k.held[i]; sh.until > k.out.came {
			sh.step.Lost = true
			k.out.came = sh.until
		}
	}
	if !k.done || k.rec.watching && err != nil {
		k.hold(shot{step: sim.Step{Now: at.UnixMilli(), Happening: &sim.Input{Verb: sim.Advance}}, words: k.ended(why), begins: true, same: true, read: k.reads})
	}
	k.show()
	k.stream.close(k, at)
}

// hangup tells that the client is gone, which the session's own event explains.
func (k *session) hangup(at time.Time) {
	p := k.masked()
	if k.confirmed {
		return
	}
	k.confirmed = true
	state := k.inside.state()
	k.hold(shot{step: sim.Step{Now: at.UnixMilli(), Happening: &sim.Input{Verb: sim.Hangup},
		Event: engine.Event{Wire: p, Before: state, After: state}}, begins: true, same: true, read: k.reads})
}

// waiting tells of octets that came and make no line.
func (k *session) waiting(at time.Time) {
	p := k.inside.pending()
	if len(p) == 0 || len(p) > maxPending || bytes.Contains(p, k.lineEnd()) || int64(len(p)) <= k.told {
		return
	}
	fresh := k.masked()[k.told:]
	k.told = int64(len(p))
	state := k.inside.state()
	k.look()
	k.hold(shot{step: sim.Step{Now: at.UnixMilli(), Happening: &sim.Input{Verb: sim.Send}, Cuts: []int{len(fresh)},
		Event: engine.Event{Wire: fresh, Before: state, After: state}}, begins: true, read: k.reads})
}

// lineEnd is what the server takes for the end of a line.
func (k *session) lineEnd() []byte {
	if k.rec.protocol.Switches.Has(engine.StrictLines) {
		return []byte("\r\n")
	}
	return []byte("\n")
}

// masked is a copy of the octets that make no line yet, with asterisks for what may be secret: before the login all
// that follows a first word, and all of a response. Of a watched session it's the first word too, which may be a
// password that came in a wrong place.
func (k *session) masked() []byte {
	p := k.inside.pending()
	p = bytes.Clone(p[:min(len(p), maxPending)])
	state := k.inside.state()
	if k.rec.protocol.ShowSecrets || state == engine.Transaction {
		return p
	}
	from := 0
	if state != engine.AuthorizationSASL && !k.rec.watching {
		if from = bytes.IndexByte(p, ' '); from < 0 {
			return p
		}
	}
	for i := from; i < len(p); i++ {
		if p[i] != '\r' && p[i] != '\n' && p[i] != ' ' {
			p[i] = '*'
		}
	}
	return p
}

// look takes down the session as it stands. What is as it was stays the same object, so that steps share it.
func (k *session) look() {
	v := k.conn.View()
	v.Pending = 0 // the octets stand in the Side
	if k.view == nil || !sameView(k.view, &v) {
		k.view = &v
	}
	k.stamp = k.inside.stamp()
	if caps := k.inside.capabilities(); k.done {
		k.caps = nil
	} else if !slices.Equal(caps, k.caps) {
		k.caps = caps
	}
}

func sameView(a, b *engine.View) bool {
	return a.State == b.State && a.User == b.User && a.Secure == b.Secure && a.UTF8 == b.UTF8 && a.Lang == b.Lang && a.Mechanism == b.Mechanism &&
		a.Live == b.Live && a.Octets == b.Octets && slices.Equal(a.Messages, b.Messages)
}

// hold puts a step behind those that wait.
func (k *session) hold(sh shot) {
	limit := maxHeld
	if k.stream == nil {
		limit = k.rec.limits.Prelude
	}
	cost := int64(shotCost + len(sh.step.Event.Wire))
	if len(k.held) >= limit || k.stream == nil && k.rec.preludes.Add(cost) > k.rec.limits.Preludes {
		if k.stream == nil && len(k.held) < limit {
			k.rec.preludes.Add(-cost)
		}
		k.missed++
		return
	}
	if k.stream == nil {
		k.spent += cost
	}
	sh.step.View, sh.caps, sh.heard = k.view, k.caps, k.heard
	if p := k.inside.pending(); len(p) > 0 && len(p) <= maxPending && !bytes.Contains(p, k.lineEnd()) {
		sh.pending = k.masked()
	}
	k.held = append(k.held, sh)
}

// show gives the stream what needs to wait no longer.
func (k *session) show() {
	if k.stream == nil {
		return
	}
	n := 0
	for n < len(k.held) && k.held[n].until <= k.out.came {
		if sh := &k.held[n]; sh.until > 0 {
			sh.step.Cuts = k.out.between(sh.from, sh.until)
		}
		n++
	}
	if n == 0 {
		return
	}
	if k.missed > 0 && n == len(k.held) {
		k.held = append(k.held, shot{step: sim.Step{Now: time.Now().UnixMilli(), Happening: &sim.Input{Verb: sim.Advance}, View: k.view},
			words: notKept(k.missed), begins: true, same: true, caps: k.caps, heard: k.heard, read: k.reads})
		k.missed = 0
		n++
	}
	k.stream.add(k, k.held[:n])
	rest := copy(k.held, k.held[n:])
	clear(k.held[rest:])
	k.held = k.held[:rest]
	if rest == 0 && cap(k.held) > 64 {
		k.held = nil
	}
	k.out.drop(k.keep())
}

// keep is up to where the borders of what was sent aren't needed any more.
func (k *session) keep() int64 {
	for i := range k.held {
		if sh := &k.held[i]; sh.until > 0 {
			return min(sh.from, k.out.came)
		}
	}
	return min(k.out.came, k.out.used) // of a watched session octets are counted before they are read
}

// claim says whose the session is.
func (k *session) claim(s *Stream) {
	if k.stream != nil || k.gone {
		return
	}
	k.rec.preludes.Add(-k.spent)
	k.spent = 0
	if !s.enter(k) {
		k.forget()
		return
	}
	k.stream = s
	k.show()
}

// forget says that nobody is to see it.
func (k *session) forget() {
	k.rec.preludes.Add(-k.spent)
	k.spent, k.gone, k.held = 0, true, nil
}

// add counts octets that were read or written at once.
func (w *way) add(n int) {
	w.came += int64(n)
	if len(w.ends) >= 4*maxEnds {
		w.ends = slices.Delete(w.ends, 0, maxEnds)
	}
	w.ends = append(w.ends, w.came)
}

// cut uses n octets, and returns where among them segments ended.
func (w *way) cut(n int64) []int {
	cuts := w.between(w.used, w.used+n)
	w.used += n
	w.drop(w.used)
	return cuts
}

func (w *way) between(from, until int64) (cuts []int) {
	for _, end := range w.ends {
		if end > from && end <= until && len(cuts) < maxEnds {
			cuts = append(cuts, int(end-from))
		}
	}
	return cuts
}

// drop forgets the borders up to there.
func (w *way) drop(until int64) {
	i, _ := slices.BinarySearch(w.ends, until+1)
	w.ends = slices.Delete(w.ends, 0, i)
}
