// Package record is a step of a world as somebody looks at it: what happened, in words and with every
// octet labelled, and how everything stood afterwards.
//
// A renderer needs nothing else and decides nothing: it shows step n. The types in this file are the only
// description of the records; gen writes from it the octets' writer (encode.go) and the page's reader
// (web/app/record.ts). build.go makes a Frame from the steps of a lab, choices.go says what may be sent,
// lanes.go lays stored, sent and kept octets side by side, catalogue.go lists what a world may be made of.
//
// The octets are those of sim.Writer: fields in the order in which they stand here, a number as a zigzag
// varint, a text or octets as their number and then these, a list as its length and then its elements, a truth value as one octet. A
// pointer is one octet, 0 when it is what the last one of its type in the same record was, else 1 and then
// the value: so what didn't change between two steps is written once, and read as one object.
package record

//go:generate go run ./gen

// A Frame is what a lab answers: the steps that follow from an input, or those that were asked for.
type Frame struct {
	Lab     int   // the lab's number, for the calls that take one
	Clock   int64 // the world's clock, in milliseconds since 1970
	Inputs  int   // how many inputs there were
	Total   int   // how many steps there are
	Steps   []Step
	Refused string // why the input made no sense; then there are no steps, and the lab is as it was
}

// A Step is one thing that happened, and how things stood after it.
type Step struct {
	Seq       int    // its number, from 0
	Input     int    // the number of the input that led to it, from 0
	Exchange  int    // the number of the exchange it belongs to, from 0: a line and its answer, or one happening
	Device    string // whose connection it's about; empty when it's about none
	Session   int    // the how-many-eth connection of the device, from 1; 0 when it's about none
	Clock     int64  // when, in milliseconds since 1970
	Travel    int64  // how many milliseconds the octets are on their way
	Kind      string // line, reply, data, end, extra, tls, close, input, or world for what isn't the session's
	Happening string // of kind world: connect, send, hang up, vanish, secure, expire, advance, deliver, remove, ail, network, serve, hold, answer
	Direction string // C from the client, S from the server, empty for neither
	Octets    []byte // as they went
	Masked    bool   // secrets in Octets are replaced
	TooLong   bool   // Octets are the beginning of a line over the limit
	LineEnd   string // of a client's line: CR LF, LF, CR NUL; empty where the line has none yet
	Cuts      []int  // where in Octets a segment of the network ends
	Lost      bool   // the octets never arrived: the client was gone
	Edited    bool   // the octets went out in the place of what the server had to say, Due
	Due       []byte
	Breaches  []Breach // the rules that they break
	Verb      string   // RETR, or (hangup) for what is no command
	Before    State
	After     State
	Edge      int    // index in Spec.Edges of the way that was taken, -1 for none
	Change    bool   // the session went to another state
	Status    string // +OK, -ERR, + or empty
	Code      string // the response code, IN-USE
	Multi     bool   // lines follow this reply
	Num       int    // the message-number concerned, 0 for none
	Count     int64  // octets before byte-stuffing; of a line, its length
	Removed   []int  // the message-numbers that UPDATE was to remove
	Title     string // what happened, in a few words: "client sends RETR 1"
	Spoken    string // what a screen reader says of it: "Server: plus OK, 2 320"
	Labels    []Label
	Note      Note
	View      *View
	World     *World
	Spec      int // number of the Spec that the session goes by: another one for each server the world has had
}

// A State is where a session stands.
type State struct {
	Name string // with the rooms of AUTHORIZATION: "AUTHORIZATION (user given)"
	RFC  string // AUTHORIZATION, TRANSACTION, UPDATE, or empty before and after
	Node string // letters only, for the diagram: UserGiven; empty before and after
}

// A Label says what some octets are.
type Label struct {
	Start int // of Octets
	End   int
	Part  string // keyword, space, argument, status indicator, response code, text, ...
	Name  string // the argument's name in the command's syntax
	Doc   string // what the part is, and what may be relied on
}

// A Note is a step in words.
type Note struct {
	Text    string
	Mistake string // what is known to go wrong here
	RFC     int    // 0 for none
	Section string
	Place   string   // "RFC 1939 section 5"
	Reqs    []string // requirement rows
}

// A Breach is a rule that an answer breaks.
type Breach struct {
	Text    string // what is wrong, and what a client makes of it
	Line    int    // the line behind the first one that breaks it, from 1; 0 for the first line, or for all
	RFC     int
	Section string
	Place   string // "RFC 1939 section 3"
	Reqs    []string
}

// A View is a session as the server sees it.
type View struct {
	State        State
	Open         bool
	User         string // the name given, or whose maildrop is open
	Secure       bool
	UTF8         bool
	Lang         string
	Mechanism    string // of the SASL exchange under way
	IdleAt       int64  // when the idle timer runs out, in milliseconds since 1970; 0 for never
	Stamp        string // the greeting's timestamp
	Messages     []Message
	Live         int      // messages that aren't marked
	Octets       int64    // of those
	Pending      []byte   // octets received that make no line yet
	Held         []byte   // the answer that waits
	Capabilities []string // the lines that CAPA would list now
	Suggest      []string // what to send next, the likeliest first, without line end
	Commands     *Choices
}

// A Message is one message of an open maildrop.
type Message struct {
	Num       int
	Octets    int64
	UID       string
	Deleted   bool
	Retrieved bool
}

// Choices are the commands of a server, and which of them are legal in a state.
type Choices struct {
	List []Choice
}

// A Choice is one command.
type Choice struct {
	Verb   string
	Syntax string // "TOP msg n"
	Legal  bool   // here and now
	Why    string // what it does, or why it isn't legal here
}

// A World is everything but the session.
type World struct {
	Devices  []Device
	Drops    *Drops
	Persona  string
	Faults   []string
	Switches []string
	Without  []string
	Later    []Later // what is going to happen
	Holding  bool    // answers wait until they're let go
}

// A Device is a client.
type Device struct {
	Name    string
	Open    bool // it has a connection
	Closing bool // it closed its sending side
	Session int  // the how-many-eth connection it has, or had last
	State   State
	User    string
	Secure  bool
	IdleAt  int64 // 0 for never
	Segment int   // octets a segment holds; 0 for all that are sent at once
	Delay   int64 // milliseconds one way
	Ghosts  []int // connections the device has forgotten and the server hasn't
}

// Drops are the maildrops.
type Drops struct {
	List []Drop
}

// A Drop is a maildrop as it is stored, whoever has it open.
type Drop struct {
	User    string
	Secret  string // what to log in with
	Owner   string // the device that has it locked; empty for none
	Session int    // and with which connection
	Ailment string // busy, missing, damaged, unreadable, short, stuck, unknown, or empty
	Stored  []Stored
}

// Stored is one message of a Drop.
type Stored struct {
	UID     string
	Octets  int64
	Subject string
	Unseen  bool // it came after the session opened the maildrop that holds the lock
}

// Later is a happening to come.
type Later struct {
	At   int64
	What string // "new mail for mrose"
}

// An Input is what a page wants to happen. Kind names it; the fields that each kind needs stand behind
// it. What isn't needed stays empty.
type Input struct {
	// connect (Device, TLS, User, Barred) · send (Device, Octets, Last) · hang up (Device, Octets) ·
	// vanish (Device, Octets) · secure (Device, User) · expire (Device) · advance (Millis) · deliver (User,
	// UID, Octets, After) · remove (User, UID, After) · ail (User, Ailment, After) ·
	// network (Device, Segment, Millis) · serve (Persona, Faults, Switches, Without) · hold (Last) ·
	// answer (Device, Octets, Last)
	Kind     string
	Device   string
	User     string
	UID      string
	Octets   []byte
	Last     bool // the device closes its sending side behind the octets
	Millis   int64
	After    int64 // so many milliseconds later, when the clock gets there
	TLS      bool
	Barred   bool // no password may go in the clear
	Ailment  string
	Segment  int
	Persona  string
	Faults   []string
	Switches []string
	Without  []string
}

// A Spec is the protocol that a server goes by, as a table.
type Spec struct {
	Rows  []Row
	Edges []Edge
	Near  Diagram // with the rooms of AUTHORIZATION
	Far   Diagram // the RFC's three states
}

// A Row is what a verb means in a state.
type Row struct {
	From    State
	Verb    string
	Syntax  string
	Multi   string // never, always, without argument
	OK      State
	Err     State
	More    State
	Doc     string
	RFC     int
	Section string
	Reqs    []string
}

// An Edge is one way from a state to a state.
type Edge struct {
	From    State
	To      State
	Verb    string
	Words   string // the verb for people
	Outcome string // +OK, -ERR, + or empty
	Near    int    // index of its arrow in Spec.Near, -1 for none
	Far     int    // index of its arrow in Spec.Far, -1 for none
}

// A Diagram is the edges as they are drawn.
type Diagram struct {
	Nodes  []Node
	Arrows []Arrow
}

// A Node is a state of a diagram.
type Node struct {
	ID   string
	Name string
}

// An Arrow is all edges from one node to another. From or To is empty at the beginning or the end.
type Arrow struct {
	From   string
	To     string
	Labels []string // one for each answer
}

// Lanes are the lines of one message three times: as stored, on the wire, and as the client keeps them.
type Lanes struct {
	Num        int
	Verb       string // RETR or TOP
	Lines      []Lane
	Listed     int64 // what LIST says
	Stored     int64 // octets in the store
	AddedCR    int64 // octets that line ends cost because the store keeps LF alone
	Stuffed    int64 // dots put before lines
	Terminator int64 // octets of the end
	Wire       int64 // octets of the answer behind its first line
	Kept       int64 // octets that the client keeps
}

// A Lane is one line.
type Lane struct {
	Stored     []byte
	Wire       []byte
	Kept       []byte
	Stuffed    bool // the first octet of Wire is a dot that byte-stuffing put there
	Terminator bool // Wire is the end, and no line of the message
}

// A Catalogue is what a world may be made of.
type Catalogue struct {
	Personas     []Entry
	Faults       []Entry
	Switches     []Entry
	Capabilities []Entry
	Ailments     []Entry
	Version      int // of scripts
}

// An Entry is one thing with a name.
type Entry struct {
	Name string
	Doc  string
	Reqs []string
}

// A Course is a lesson for one student: its seed's values stand in all texts.
type Course struct {
	Lesson     int // the lesson's number, for the calls that take one
	Lab        int // a lab in which it has begun
	Begun      int // how many steps had happened before the student came
	ID         string
	Rev        int
	Seed       string // in decimal: it may be larger than a page's numbers
	Title      string
	Summary    string
	Minutes    int
	Role       string // client, server or attacker
	Device     string // who the student is first; empty where any will do
	Connect    bool   // and is connected from the beginning
	Devices    []string
	Prose      []Block
	Experiment []Block
	Debrief    []Block
	Goals      []Aim
	Questions  []Question
	Calls      []Call   // of role server: what the client says
	Letters    []Letter // mail that may be delivered
	Par        int      // how many commands the reference sends
}

// A Block is a paragraph, an item of a list, a heading, or lines to be shown as they are: p, li, h2, pre.
type Block struct {
	Kind  string
	Spans []Span
}

// A Span is text of one kind: plain, em, code, a.
type Span struct {
	Kind string
	Text string
	To   string // of a link
}

// An Aim is a goal of a lesson.
type Aim struct {
	Text  string
	Never bool
	Hold  bool
	Hints []Hint
	Asks  []string // names of the questions that belong to it
}

// A Hint is a rung of the ladder.
type Hint struct {
	Text string
	Line bool // Text is a line to be put into the input
}

// A Question is something to answer.
type Question struct {
	Name    string
	Kind    string // choice, predict, typed, mark
	Text    string
	Options []string // of choice and predict, as answers say them
	Words   []string // what stands there for each, in a translated lesson; empty in others
}

// A Call is what a client says to a student who is the server.
type Call struct {
	Question string // names the answer to it
	Sent     []byte // empty for a connection that waits for its greeting
	State    State
	Messages []Message
}

// A Letter is mail that a lesson has ready, or that a student who is the server has in the maildrop.
type Letter struct {
	User   string
	UID    string
	Octets []byte
	Num    int // message-number, 0 for mail that isn't there yet
}

// A Progress is how far a student has come.
type Progress struct {
	Goals    []Reached
	Done     bool
	Next     int    // the first goal that isn't met, -1 for none
	Why      string // why that one isn't met yet
	Answers  []Judged
	Commands int
	Served   []bool
	Tapped   []Tapped
}

// A Reached is how a goal stands.
type Reached struct {
	Met    bool
	Broken bool // what must never happen did
	Step   int  // number of the step that met or broke it, from 0; -1 for none
	Stage  int  // how many of its conditions came true, of Stages
	Stages int
}

// A Judged is an answer and what is to be said of it.
type Judged struct {
	Question string
	Text     string
	Right    bool
	Reply    string
}

// A Tapped is an answer of the server on its way past an attacker.
type Tapped struct {
	Question  string // names the answer that changes it; empty where nothing can be read
	Sent      []byte
	True      []byte
	Delivered []byte
	TLS       bool
	Thought   string // what the mail program makes of it
}

// A Shown is a lesson's reference: a lab in which it was played, and the answers.
type Shown struct {
	Lab     int
	Answers []Given
}

// A Given is an answer, given when there were so many steps.
type Given struct {
	Question string
	Text     string
	At       int
}
