package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
)

// The users of random worlds, and their devices.
var (
	people  = []engine.User{{Name: "mrose", Secret: "tanstaaf"}, {Name: "dewey", Secret: "huey"}}
	devices = []string{"phone", "home", "office"}
)

// A model is what must hold, found out by plain means from inputs and steps.
type model struct {
	t    *rapid.T
	lab  *Lab
	mail map[string][]string // unique-ids in each maildrop, as far as anybody knows
	open map[string]*opened  // by SessionID: the sessions that have a maildrop open
}

// opened is a maildrop as it was when a session opened it.
type opened struct {
	user     string
	messages []engine.Message
	marked   []bool
}

// TestRandomWorlds lets several devices do at random what clients do, over networks that cut, delay and vanish, to servers
// whose maildrops fall ill and change behind their backs, and checks after every input that
//   - no message is lost that was not marked by a session that sent QUIT, or removed from outside,
//   - a session's numbers, sizes and unique-ids stay what they were when it opened the maildrop,
//   - a maildrop has at most one owner, and none when no session has it open,
//   - a login shows what is there, later mail or not.
//
// req: OPN-01, OPN-04, OPN-05, OPN-06, OPN-08, OPN-09, OPN-10, QUT-01, QUT-04, STA-11, STA-12, DEL-02, DST-01, DST-02, DST-04, UID-10, UID-12, DUI-06
func TestRandomWorlds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := World{Seed: rapid.Uint64().Draw(t, "seed"), Host: "lab", Users: people, STLS: true, Narrated: true}
		for i := range rapid.IntRange(0, 5).Draw(t, "messages") {
			w.Mail = append(w.Mail, Mail{User: "mrose", Octets: []byte("Subject: " + strconv.Itoa(i) + "\n\n.\n")})
		}
		lab, err := New(w)
		if err != nil {
			t.Fatal(err)
		}
		m := &model{t: t, lab: lab, mail: map[string][]string{}, open: map[string]*opened{}}
		for _, u := range people {
			m.mail[u.Name] = m.stored(u.Name)
		}
		for range rapid.IntRange(1, 120).Draw(t, "inputs") {
			m.do(m.draw())
		}
		m.replay()
	})
}

// stored are the unique-ids in a maildrop now.
func (m *model) stored(user string) []string {
	var uids []string
	for _, msg := range m.lab.Store().Drops().Messages(user) {
		uids = append(uids, msg.UID)
	}
	return uids
}

// draw is something that may happen next.
func (m *model) draw() Input {
	t := m.t
	device := rapid.SampledFrom(devices).Draw(t, "device")
	user := rapid.SampledFrom(people).Draw(t, "user")
	if !m.lab.Connected(device) {
		return Input{Verb: Connect, Device: device}
	}
	switch rapid.SampledFrom([]string{"send", "send", "send", "send", "send", "login", "login", "login", "hang up", "vanish", "silence", "time", "mail", "loss", "illness", "network", "server"}).Draw(t, "what") {
	case "send":
		return Input{Verb: Send, Device: device, Octets: []byte(rapid.SliceOfN(command, 1, 4).Draw(t, "lines")[0] + strings.Join(rapid.SliceOfN(command, 0, 3).Draw(t, "more"), "")),
			Last: rapid.IntRange(0, 30).Draw(t, "last") == 0}
	case "login":
		return Input{Verb: Send, Device: device, Octets: []byte("USER " + user.Name + "\r\nPASS " + user.Secret + "\r\n")}
	case "hang up":
		return Input{Verb: Hangup, Device: device}
	case "vanish":
		return Input{Verb: Vanish, Device: device, Octets: []byte(command.Draw(t, "last words"))}
	case "network":
		return Input{Verb: Network, Device: device, Segment: rapid.SampledFrom([]int{0, 1, 2, 7, 1460}).Draw(t, "segment"),
			Millis: rapid.SampledFrom([]int64{0, 0, 30, 60_000, IdleMillis + 1}).Draw(t, "delay")}
	case "server":
		return Input{Verb: Serve, Persona: rapid.SampledFrom([]string{"", "dovecot", "gmail", "rfc1939-minimal", "strict"}).Draw(t, "persona"),
			Faults: rapid.SampledFrom([][]string{nil, {"split-every-octet"}, {"greeting-delayed"}, {"idle-short", "handshake-fails"}}).Draw(t, "faults")}
	case "silence":
		return Input{Verb: Expire, Device: device}
	case "time":
		return Input{Verb: Advance, Millis: rapid.Int64Range(0, IdleMillis).Draw(t, "milliseconds")}
	case "loss":
		if there := m.mail[user.Name]; len(there) > 0 {
			return Input{Verb: Remove, User: user.Name, UID: rapid.SampledFrom(there).Draw(t, "unique-id"), After: m.after()}
		}
	case "illness":
		return Input{Verb: Ail, User: user.Name, Ailment: rapid.SampledFrom([]Ailment{Healthy, Healthy, Busy, Stuck, Unreadable, Short}).Draw(t, "ailment"), After: m.after()}
	}
	return Input{Verb: Deliver, User: user.Name, Octets: []byte("Subject: new\r\n\r\n"), After: m.after()}
}

// after is by how much something is put off, mostly by nothing.
func (m *model) after() int64 {
	return rapid.SampledFrom([]int64{0, 0, 0, 1, 60_000, IdleMillis}).Draw(m.t, "after")
}

// command is a line of a client, most of them of TRANSACTION.
var command = rapid.Custom(func(t *rapid.T) string {
	n := strconv.Itoa(rapid.IntRange(0, 7).Draw(t, "n"))
	line := rapid.SampledFrom([]string{"DELE " + n, "DELE " + n, "DELE " + n, "RETR " + n, "TOP " + n + " 1", "LIST", "LIST " + n, "UIDL", "STAT", "NOOP", "RSET",
		"QUIT", "QUIT", "XYZZY", "", "USER mrose", "PASS wrong", "CAPA", "STLS", "AUTH PLAIN", "*", "half a line"}).Draw(t, "line")
	if line == "half a line" {
		return "DELE "
	}
	return line + "\r\n"
})

// do lets it happen, and checks.
func (m *model) do(in Input) {
	before := map[string][]string{}
	for _, u := range people {
		before[u.Name] = m.stored(u.Name)
	}
	ailing := map[string]Ailment{}
	for _, u := range people {
		ailing[u.Name] = m.lab.Store().ailment(u.Name)
	}
	steps, err := m.lab.Do(in)
	if err != nil && strings.Contains(err.Error(), "has closed its sending side") {
		return
	}
	if err != nil {
		m.t.Fatalf("%+v: %v", in, err)
	}
	if len(steps) == 0 {
		m.t.Fatalf("%+v led to no step, and nobody who looks on knows of it", in)
	}
	mayGo := map[string][]string{}  // by user: what may be gone now
	mustGo := map[string][]string{} // and what must be
	for _, s := range steps {
		m.step(s, ailing, mayGo, mustGo)
	}
	for _, u := range people {
		after := m.stored(u.Name)
		for _, uid := range before[u.Name] {
			gone := !slices.Contains(after, uid)
			if gone && !slices.Contains(mayGo[u.Name], uid) {
				m.t.Fatalf("%s lost the message %s, which no session that sent QUIT had marked (RFC 1939 section 6)", u.Name, uid)
			}
			if !gone && slices.Contains(mustGo[u.Name], uid) {
				m.t.Fatalf("%s still has the message %s, of which QUIT said +OK (QUT-01)", u.Name, uid)
			}
		}
		for i, uid := range after {
			if slices.Contains(after[:i], uid) {
				m.t.Fatalf("%s has the unique-id %s twice (UID-09)", u.Name, uid)
			}
		}
		m.mail[u.Name] = after
	}
	m.locks()
}

// step follows a session's step.
func (m *model) step(s Step, ailing map[string]Ailment, mayGo, mustGo map[string][]string) {
	if in := s.Happening; in != nil {
		switch {
		case in.After > 0:
		case in.Verb == Remove:
			mayGo[in.User], mustGo[in.User] = append(mayGo[in.User], in.UID), append(mustGo[in.User], in.UID)
		case in.Verb == Ail:
			ailing[in.User] = in.Ailment
		}
		return
	}
	id := SessionID(s.Device, s.Session)
	o := m.open[id]
	e := &s.Event
	if o != nil {
		m.unchanged(s, o)
	}
	switch {
	case e.After == engine.Transaction && e.Before != engine.Transaction:
		o = &opened{user: s.View.User, marked: make([]bool, len(s.View.Messages))}
		for _, msg := range s.View.Messages {
			o.messages = append(o.messages, msg.Message)
			if msg.Deleted {
				m.t.Fatalf("%s begins with a message marked (STA-12)", s.Device)
			}
		}
		for _, d := range s.World.Drops {
			if d.User != o.user {
				continue
			}
			if !slices.Equal(d.Messages, o.messages) || d.Owner != id || slices.Contains(d.Unseen, true) {
				m.t.Fatalf("%s opened %s and sees %v, but there is %+v", id, o.user, o.messages, d)
			}
		}
		m.open[id] = o
	case e.Kind == engine.KindReply && e.Verb == engine.Commit:
		for i, msg := range o.messages {
			if o.marked[i] {
				mayGo[o.user] = append(mayGo[o.user], msg.UID)
				if e.Status == engine.OK {
					mustGo[o.user] = append(mustGo[o.user], msg.UID)
				}
			}
		}
		if e.Status != engine.OK && ailing[o.user] != Stuck {
			m.t.Fatalf("%s: QUIT was answered %q over a healthy maildrop", s.Device, e.Wire)
		}
	case e.Kind == engine.KindReply && e.Status == engine.OK && e.Verb == "DELE":
		o.marked[e.Num-1] = true
	case e.Kind == engine.KindReply && e.Status == engine.OK && e.Verb == "RSET":
		clear(o.marked)
	}
	if e.After == engine.Closed {
		delete(m.open, id)
	}
}

// unchanged: numbers, sizes and unique-ids are what they were, and the marks are what the client knows.
func (m *model) unchanged(s Step, o *opened) {
	for i, msg := range s.View.Messages {
		if msg.Message != o.messages[i] {
			m.t.Fatalf("%s: message %d was %v and is %v (OPN-08, OPN-09)", s.Device, i+1, o.messages[i], msg.Message)
		}
	}
	if s.Event.Kind == engine.KindLine {
		for i, msg := range s.View.Messages {
			if msg.Deleted != o.marked[i] {
				m.t.Fatalf("%s: message %d marked: %v, the client was told %v", s.Device, i+1, msg.Deleted, o.marked[i])
			}
		}
	}
}

// locks: an owner for every maildrop that is open, and for no other.
func (m *model) locks() {
	for _, u := range people {
		var owners []string
		for id, o := range m.open {
			if o.user == u.Name {
				owners = append(owners, id)
			}
		}
		owner, locked := m.lab.Store().Drops().Owner(u.Name)
		switch {
		case len(owners) > 1:
			m.t.Fatalf("%s is open at once for %q (OPN-01)", u.Name, owners)
		case locked != (len(owners) == 1):
			m.t.Fatalf("%s is locked: %v, by %q; it's open for %q (OPN-05, OPN-06)", u.Name, locked, owner, owners)
		case locked && owner != owners[0]:
			m.t.Fatalf("%s is locked by %q; it's open for %q (DST-04)", u.Name, owner, owners)
		}
	}
}

// replay: the same world and inputs give the same steps, and so does a fork, up to where it is; and so does the
// script in letters.
func (m *model) replay() {
	want := whole(m.lab.Steps())
	again, err := m.lab.Script().Replay()
	if err != nil {
		m.t.Fatal(err)
	}
	if got := whole(again.Steps()); !bytes.Equal(got, want) {
		m.t.Fatalf("replayed, the same inputs gave other steps: %s", firstDifference(m.lab.Steps(), again.Steps()))
	}
	if len(m.lab.Steps()) == 0 {
		return
	}
	n := rapid.IntRange(0, len(m.lab.Steps())-1).Draw(m.t, "fork at")
	fork, err := m.lab.Fork(n)
	if err != nil {
		m.t.Fatal(err)
	}
	until := len(fork.Steps())
	if until <= n || until < len(m.lab.Steps()) && m.lab.Steps()[until].Input <= m.lab.Steps()[n].Input || !bytes.Equal(whole(fork.Steps()), whole(m.lab.Steps()[:until])) {
		m.t.Fatalf("a fork at step %d has %d steps, and others", n, until)
	}
	script, err := ParseScript(m.lab.Script().Text())
	if err != nil {
		m.t.Fatal(err)
	}
	read, err := script.Replay()
	if err != nil {
		m.t.Fatal(err)
	}
	if got := whole(read.Steps()); !bytes.Equal(got, want) {
		m.t.Fatalf("the script in letters gave other steps: %s", firstDifference(m.lab.Steps(), read.Steps()))
	}
}

// whole is all that steps hold.
func whole(steps []Step) []byte {
	var all []byte
	for i := range steps {
		s := &steps[i]
		all = AppendSteps(all, steps[i:i+1], s.Protocol.ActiveRules())
		all = fmt.Appendf(all, "%+v %d %d %d %v %v %+v %+v %d\n", s.Happening, s.Session, s.Exchange, s.Travel, s.Cuts, s.Lost, s.Side, s.World, s.Server)
	}
	return all
}

func firstDifference(a, b []Step) string {
	for i := range min(len(a), len(b)) {
		if x, y := fmt.Sprintf("%+v", a[i].Event), fmt.Sprintf("%+v", b[i].Event); x != y {
			return fmt.Sprintf("step %d: %s, then %s", i, x, y)
		}
	}
	return fmt.Sprintf("%d steps, then %d", len(a), len(b))
}
