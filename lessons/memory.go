package lessons

import (
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// A memory is what has happened so far, as far as goals ask, and what happens at the moment.
type memory struct {
	l     *Lesson
	known []uid // every message there ever was, in the order of its maildrop
	all   []*session
	kept  []copied // messages that devices have whole

	began, now int64
	lines      int
	octets     int64
	seen       [32]bool // classes of refusal
	input      int      // that the last line came with
	together   int      // lines that came with it
	served     []bool
	steps      []*sim.Step
	victim     victim

	// The moment. All of it is set anew with every step and every answer.
	e          *engine.Event
	s          *session
	device     string
	before     engine.State
	secure     bool
	reply      *engine.Event
	refusal    int
	ended      string
	marked     bool
	update     bool
	left       []int
	removed    []int
	lf         bool
	pieces     int  // that the line came in
	split      bool // one of them ended between CR and LF
	unread     bool
	again      bool
	fetchedNow bool
	answer     *Answer
	right      bool
}

type uid struct{ user, id string }

type copied struct {
	device, user string
	message      int
}

// A session is one connection of a device.
type session struct {
	device  string
	number  int
	state   engine.State
	line    said
	user    string
	msgs    []int // for each message-number which message of the world it is; nil before login
	fetched []int
	view    *engine.View
	lost    bool // some of what is being sent didn't arrive
	pieces  int  // sent of a line that has no end yet
	split   bool // one of them ended with CR
}

// said is a line of a client's.
type said struct {
	verb string
	args []string
}

var nothing engine.Event

func (l *Lesson) memory() *memory {
	m := &memory{l: l, input: -1, e: &nothing}
	_, store, err := l.world.Config(func() int64 { return 0 })
	if err != nil {
		panic("lessons: the world was read before: " + err.Error())
	}
	for _, u := range l.world.Users {
		for _, msg := range store.Drops().Messages(u.Name) {
			m.known = append(m.known, uid{u.Name, msg.UID})
		}
	}
	m.began, m.now = l.world.Now, l.world.Now
	m.served = make([]bool, len(l.script))
	return m
}

// forget makes room for the next moment.
func (m *memory) forget() {
	m.reply, m.refusal, m.ended, m.marked, m.update, m.left, m.removed = nil, -1, "", false, false, nil, nil
	m.lf, m.unread, m.again, m.fetchedNow, m.answer, m.right = false, false, false, false, nil, false
	m.pieces, m.split = 0, false
}

// step takes in what happened.
func (m *memory) step(s *sim.Step) {
	m.forget()
	e := &s.Event
	m.e, m.now, m.device = e, s.Now, s.Device
	if s.Session == 0 && s.View == nil {
		m.s = nil
		return
	}
	m.s = m.session(s)
	m.before, m.secure = e.Before, s.View != nil && s.View.Secure
	if s.View != nil {
		m.s.look(m, s.View)
	}
	if h := s.Happening; h != nil {
		if w := e.Wire; h.Verb == sim.Send && len(w) > 0 && w[len(w)-1] == '\n' && (len(w) < 2 || w[len(w)-2] != '\r') {
			m.lf = true
		}
		if w := e.Wire; h.Verb == sim.Send && len(w) > 0 {
			m.s.pieces++
			m.s.split = w[len(w)-1] == '\r'
		}
		return
	}
	switch e.Kind {
	case engine.KindLine:
		m.line(s)
	case engine.KindReply:
		m.replied(s)
	case engine.KindData:
		if m.s.line.verb == "RETR" || m.s.line.verb == "TOP" {
			m.octets += e.N
		}
	case engine.KindEnd:
		m.whole(s)
	case engine.KindClose:
		m.close(e)
	}
	m.s.lost = m.s.lost || s.Lost
	m.s.state = e.After
}

// session finds the session of a step, or begins it.
func (m *memory) session(s *sim.Step) *session {
	for i := len(m.all) - 1; i >= 0; i-- {
		if k := m.all[i]; k.device == s.Device && k.number == s.Session {
			return k
		}
	}
	k := &session{device: s.Device, number: s.Session, state: s.Event.Before}
	m.all = append(m.all, k)
	return k
}

// look learns at login which messages the session has.
func (k *session) look(m *memory, v *engine.View) {
	if v.State == engine.Transaction && k.msgs == nil {
		k.user = v.User
		k.msgs = []int{}
		for i := range v.Messages {
			k.msgs = append(k.msgs, m.number(uid{v.User, v.Messages[i].UID}))
		}
	}
	if v.State == engine.Transaction {
		k.view = v
	}
}

// number is the how-many-eth message of its maildrop a message is.
func (m *memory) number(id uid) int {
	n := 0
	for _, one := range m.known {
		if one.user == id.user {
			n++
			if one == id {
				return n
			}
		}
	}
	m.known = append(m.known, id)
	return n + 1
}

// marks are the messages that are marked.
func (k *session) marks() []int {
	var marks []int
	if k.view != nil {
		for i := range k.view.Messages {
			if k.view.Messages[i].Deleted && i < len(k.msgs) {
				marks = append(marks, k.msgs[i])
			}
		}
	}
	return marks
}

func (m *memory) line(s *sim.Step) {
	e := &s.Event
	m.lines++
	if s.Input != m.input {
		m.input, m.together = s.Input, 0
	}
	m.together++
	m.lf = e.End == engine.EndLF
	m.pieces, m.split = m.s.pieces+1, m.s.split
	m.s.pieces, m.s.split = 0, false
	m.s.lost = false
	text := strings.TrimRight(string(e.Wire), "\r\n\x00")
	_, rest, _ := strings.Cut(text, " ")
	k := said{verb: string(e.Verb)}
	switch {
	case e.Verb == engine.Response:
		k.verb, rest = "response", text
	case k.verb == "" || !e.Verb.Command():
		k.verb, rest = "other", ""
	}
	if rest != "" {
		k.args = strings.Split(rest, " ")
	}
	m.s.line = k
}

func (m *memory) replied(s *sim.Step) {
	e := &s.Event
	if e.Verb == engine.Connect || e.Verb == engine.Expire || e.Verb == engine.Hangup {
		return
	}
	m.reply = e
	if e.Verb == engine.Commit {
		m.before = engine.Transaction
	}
	if e.Status == engine.Err {
		if m.refusal = classOf(e.Text); m.refusal >= 0 {
			m.seen[m.refusal] = true
		}
	}
	k := m.s
	switch {
	case e.Verb == engine.Commit && e.Status == engine.OK:
		m.updated(e)
	case e.Verb == "DELE" && e.Status == engine.OK && e.Num > 0 && e.Num <= len(k.msgs):
		m.unread = !has(m.has(), k.msgs[e.Num-1])
	}
}

// updated: the server has removed what was marked.
func (m *memory) updated(e *engine.Event) {
	m.update = true
	for i, message := range m.s.msgs {
		if has(e.Removed, i+1) {
			m.removed = append(m.removed, message)
		} else {
			m.left = append(m.left, message)
		}
	}
}

// whole: a message has come to its end.
func (m *memory) whole(s *sim.Step) {
	k, e := m.s, &s.Event
	if k.line.verb != "RETR" || e.Num < 1 || e.Num > len(k.msgs) || k.lost || s.Lost {
		return
	}
	message := k.msgs[e.Num-1]
	if !has(k.fetched, message) {
		k.fetched = append(k.fetched, message)
	}
	m.again = has(m.has(), message)
	m.kept = append(m.kept, copied{k.device, k.user, message})
	m.fetchedNow = true
}

// has are the messages of the session's user that its device has whole.
func (m *memory) has() []int {
	var list []int
	for _, c := range m.kept {
		if c.device == m.s.device && c.user == m.s.user {
			list = append(list, c.message)
		}
	}
	return list
}

func (m *memory) close(e *engine.Event) {
	m.marked = len(m.s.marks()) > 0
	if e.Verb == engine.Commit && e.Text == engine.TextFault { // the fault drops-before-quit-reply
		m.updated(e)
	}
	switch {
	case e.Verb == engine.Hangup:
		m.ended = "hangup"
	case e.Verb == engine.Expire:
		m.ended = "idle"
	case e.Verb == engine.Commit || e.Verb == "QUIT" || e.Rule != nil && e.Rule.Verb == "QUIT":
		m.ended = "quit"
	default:
		m.ended = "server"
	}
}

func (m *memory) classCount() int {
	n := 0
	for _, is := range m.seen {
		if is {
			n++
		}
	}
	return n
}
