package watch

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// A session is what can be known of the server's session from what went by.
type session struct {
	view  engine.View
	stamp string
	caps  []string
	// sized says that the server has listed every message, so that View knows number and octets.
	sized bool

	verb  engine.Verb // of the last line
	args  []string
	turns int // responses of the exchange under way
	list  []byte
	fresh []string // lines of CAPA under way
}

// maxMessages bounds what a listing may make View hold, maxListLine its lines.
const (
	maxMessages = 1 << 20
	maxListLine = 4096
)

// View is what can be known of the server's session: messages, once LIST or STAT told of them, unique-ids once UIDL
// did, marks and what was retrieved by the answers to DELE, RSET and RETR. Known says whether the messages are all there
// with their octets.
func (r *Reader) View() (v engine.View, known bool) {
	s := &r.session
	v = s.view
	v.Secure = v.Secure || r.TLS
	v.Messages = append([]engine.ViewMessage(nil), v.Messages...)
	v.Pending = int(r.in.octets)
	for _, m := range v.Messages {
		if !m.Deleted {
			v.Live++
			v.Octets += m.Octets
		}
	}
	return v, s.sized
}

// Stamp is the greeting's timestamp, with its angle brackets; empty when there was none.
func (r *Reader) Stamp() string { return r.session.stamp }

// Capabilities are the lines that the server's last CAPA listed; nil when nobody asked.
func (r *Reader) Capabilities() []string { return r.session.caps }

// said takes note of a client's line, secrets and all: a SASL response may hold the user's name.
func (s *session) said(e engine.Event, text string) {
	if e.Verb == engine.Response {
		s.turns++
		s.name(text)
		return
	}
	s.verb, s.args, s.turns = e.Verb, strings.Fields(text), 0
	if len(s.args) > 0 {
		s.args = s.args[1:]
	}
	if e.Verb == "AUTH" && len(s.args) > 0 {
		s.view.Mechanism, s.view.User = strings.ToUpper(s.args[0]), ""
		if len(s.args) > 1 {
			s.turns++
			s.name(s.args[1])
		}
	}
}

// name finds the user's name in a SASL response, which has it in the clear in these mechanisms.
func (s *session) name(response string) {
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil || s.turns != 1 {
		return
	}
	text, user := string(raw), ""
	switch mechanism := s.view.Mechanism; {
	case mechanism == "PLAIN":
		if parts := strings.Split(text, "\x00"); len(parts) == 3 {
			user = parts[1]
		}
	case mechanism == "LOGIN":
		user = text
	case mechanism == "CRAM-MD5":
		if i := strings.LastIndexByte(text, ' '); i > 0 {
			user = text[:i]
		}
	case strings.HasPrefix(mechanism, "SCRAM-"):
		for _, field := range strings.Split(text, ",") {
			if name, ok := strings.CutPrefix(field, "n="); ok {
				user = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
			}
		}
	}
	if user != "" {
		s.view.User = user
	}
}

// follow brings the view up to date.
func (s *session) follow(e *client.Event) {
	s.view.State = e.After
	switch e.Kind {
	case engine.KindInput:
		if e.Verb == engine.Secured {
			*s = session{view: engine.View{State: e.After, Secure: true}}
		}
	case engine.KindReply:
		s.list, s.fresh = s.list[:0], nil
		if e.Status == engine.OK && !e.Multi {
			s.answered(e)
		}
	case engine.KindData:
		switch e.Verb {
		case "LIST", "UIDL", "CAPA":
			s.collect(e.Verb, e.Lines)
		}
	case engine.KindEnd:
		s.finished(e)
	}
	if e.After != engine.AuthorizationSASL && e.Kind != engine.KindLine {
		s.view.Mechanism = ""
	}
	if e.After == engine.Authorization && e.Before != engine.Authorization {
		s.view.User = ""
	}
}

// answered follows a positive answer of one line.
func (s *session) answered(e *client.Event) {
	arg := func(i int) string {
		if i < len(s.args) {
			return s.args[i]
		}
		return ""
	}
	switch e.Verb {
	case engine.Connect:
		text := e.Reply.Text
		if i, j := strings.LastIndexByte(text, '<'), strings.LastIndexByte(text, '>'); i >= 0 && i < j && strings.Contains(text[i:j], "@") {
			s.stamp = text[i : j+1]
		}
	case "USER":
		s.view.User = arg(0)
	case "APOP":
		s.view.User = arg(0)
	case "UTF8":
		s.view.UTF8 = true
	case "LANG":
		s.view.Lang = arg(0)
	case "STAT":
		s.counted(e.Reply.Text)
	case "LIST":
		if n, size, ok := numbered(e.Reply.Text); ok {
			if octets, err := strconv.ParseInt(size, 10, 64); err == nil && s.at(n) != nil {
				s.at(n).Octets = octets
			}
		}
	case "UIDL":
		if n, uid, ok := numbered(e.Reply.Text); ok && s.at(n) != nil {
			s.at(n).UID = uid
		}
	case "DELE":
		if m := s.at(e.Num); m != nil {
			m.Deleted = true
		}
	case "RSET":
		for i := range s.view.Messages {
			s.view.Messages[i].Deleted = false
		}
	}
}

// counted takes the answer to STAT. It counts the messages that aren't marked; the highest number may be higher.
func (s *session) counted(text string) {
	count, octets, _ := strings.Cut(text, " ")
	octets, _, _ = strings.Cut(octets, " ")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxMessages {
		return
	}
	for _, m := range s.view.Messages {
		if m.Deleted {
			n++
		}
	}
	if n > 0 {
		s.at(n)
	}
	if n == 0 || n == 1 && len(s.view.Messages) == 1 && !s.view.Messages[0].Deleted {
		s.sized = true
		if n == 1 {
			s.view.Messages[0].Octets, _ = strconv.ParseInt(octets, 10, 64)
		}
	}
}

// at is message number n, which there is then; nil for a number that can't be.
func (s *session) at(n int) *engine.ViewMessage {
	if n < 1 || n > maxMessages {
		return nil
	}
	for len(s.view.Messages) < n {
		s.view.Messages = append(s.view.Messages, engine.ViewMessage{})
		s.sized = false
	}
	return &s.view.Messages[n-1]
}

// numbered reads "2 200" or "2 whqtswO00WBw418f9t5JxYwZ".
func numbered(text string) (n int, rest string, ok bool) {
	number, rest, ok := strings.Cut(text, " ")
	rest, _, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
	n, err := strconv.Atoi(number)
	return n, rest, ok && err == nil
}

// collect takes lines of a listing as they come.
func (s *session) collect(verb engine.Verb, p []byte) {
	for len(p) > 0 {
		piece, rest, whole := bytes.Cut(p, []byte{'\n'})
		if len(s.list) <= maxListLine {
			s.list = append(s.list, piece...)
		}
		if p = rest; !whole {
			return
		}
		if text := strings.TrimSuffix(string(s.list), "\r"); len(text) <= maxListLine {
			s.row(verb, text)
		}
		s.list = s.list[:0]
	}
}

func (s *session) row(verb engine.Verb, text string) {
	if verb == "CAPA" {
		if len(s.fresh) < 1000 {
			s.fresh = append(s.fresh, text)
		}
		return
	}
	n, rest, ok := numbered(text)
	if !ok {
		return
	}
	m := s.at(n)
	switch {
	case m == nil:
	case verb == "UIDL":
		m.UID = rest
	default:
		if octets, err := strconv.ParseInt(rest, 10, 64); err == nil {
			m.Octets = octets
		}
	}
}

// finished follows the end of a multi-line answer.
func (s *session) finished(e *client.Event) {
	switch e.Verb {
	case "LIST":
		s.sized = true // a marked message isn't listed: its octets don't count anyway
	case "CAPA":
		s.caps, s.fresh = s.fresh, nil
	case "RETR":
		if m := s.at(e.Num); m != nil {
			m.Retrieved = true
			if m.Octets == 0 {
				m.Octets = e.N
			}
		}
	}
}
