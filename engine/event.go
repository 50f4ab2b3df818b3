package engine

import "io"

// A Kind says what happened, or what the driver has to do.
type Kind uint8

// The kinds of event. The fields that each one sets stand in its comment; every event sets Kind,
// Before and After.
const (
	KindNone  Kind = iota
	KindInput      // something that is no line happened: Verb, Rule
	KindLine       // a line came from the client: Wire, Verb, Rule, End, Num, N (octets)
	KindReply      // the first line of a reply goes out: Wire, Verb, Rule, Status, Text, Code, Num, Multi, Err, Failures
	KindData       // lines of a multi-line reply go out, byte-stuffed: Wire, N (octets before byte-stuffing), Num
	KindBody       // the driver sends N octets of Body as they are: Body, N, Num
	KindEnd        // the end of a multi-line reply goes out: Wire, N (octets of all its lines before byte-stuffing), Num
	KindExtra      // a fault sends octets that belong to no reply: Wire
	KindTLS        // the driver begins the TLS handshake, then calls Secured or Hangup
	KindClose      // the driver closes the connection: Text (why; TextNone after a proper end), Err
)

var kindNames = [...]string{"none", "input", "line", "reply", "data", "body", "end", "extra", "tls", "close"}

// String is the kind's name.
func (k Kind) String() string { return kindNames[k] }

// A Status is the indicator a reply begins with.
type Status uint8

// The statuses of replies.
const (
	Silent Status = iota // no reply: the row goes on to its OK state without one
	OK                   // +OK
	Err                  // -ERR
	More                 // "+ ", a challenge (RFC 5034 section 4)
)

// A LineEnd says how a client's line ended.
type LineEnd uint8

// The line ends. Only the first is the RFC's; the others are taken unless StrictLines is on.
const (
	EndCRLF  LineEnd = iota
	EndLF            // LF alone
	EndCRNUL         // CR NUL, as a terminal in Telnet's line mode may send it (RFC 854)
)

// An Event is one thing that happened in a session. It's one flat struct, so that a record of a
// session is a list of them.
type Event struct {
	Kind          Kind
	Before, After State
	Verb          Verb
	// Rule is the row that decided, a row of Protocol.ActiveRules.
	Rule *Rule
	// Wire is the octets as they went. It's valid until the next call of Next. In a KindLine
	// secrets are masked unless Config.ShowSecrets is on, and a line over the limit is cut.
	Wire []byte
	// Masked says that secrets in Wire were replaced, so that it isn't what went over the wire.
	Masked bool
	// TooLong says that the line was over the limit and Wire holds its beginning only.
	TooLong bool
	End     LineEnd
	Status  Status
	Text    Text     // which text the reply says; for an -ERR, why (see Refusals)
	Code    RespCode // the response code the reply bears
	Multi   bool     // lines follow this reply
	Num     int      // the message-number concerned, 0 when none
	N       int64
	Body    io.Reader
	// Failures is how many logins failed in this session so far, this one included; zero in any
	// other reply. A driver waits before it sends such a reply (DAU-07).
	Failures int
	// Removed are the message-numbers that UPDATE was to remove, in the reply of (commit).
	Removed []int
	// Err is what the store said, for the operator's log; the client never sees it.
	Err error
}

// Out returns the octets that go to the client with this event; nil for an event that sends none,
// and for KindBody, whose octets the driver copies from Body.
func (e Event) Out() []byte {
	switch e.Kind {
	case KindReply, KindData, KindEnd, KindExtra:
		return e.Wire
	}
	return nil
}

// A View is a copy of what a session knows, for display.
type View struct {
	State     State
	User      string // the name given by USER, or the mailbox that is open
	Secure    bool
	UTF8      bool
	Lang      string // tag of the language in force
	Mechanism string // of the SASL exchange under way
	Messages  []ViewMessage
	Live      int   // messages not marked
	Octets    int64 // octets of those
	Pending   int   // octets received that make no line yet
}

// A ViewMessage is one message of a View.
type ViewMessage struct {
	Message
	Deleted, Retrieved bool
}

// View returns a copy of what the session knows.
func (s *Session) View() View {
	v := View{State: s.state, User: s.user, Secure: s.peer.Secure, UTF8: s.utf8, Lang: catalogues[s.lang].tag,
		Live: s.live, Octets: s.octets, Pending: len(s.in) - s.start}
	if s.loggedIn() {
		v.User = s.account.Name
	}
	if s.exchange != nil {
		v.Mechanism = s.mechanism
	}
	for i, m := range s.msgs {
		v.Messages = append(v.Messages, ViewMessage{m, s.marks.has(i), s.seen.has(i)})
	}
	return v
}

// Pending returns the octets received that were not yet taken as a line. They may be secret. They are valid until
// the next call of Feed or Next, and the caller doesn't change them.
func (s *Session) Pending() []byte { return s.in[s.start:] }
