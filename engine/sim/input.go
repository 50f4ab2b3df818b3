package sim

import "pop3lab/engine"

// A Verb says what happens.
type Verb uint8

// The verbs. Each names the fields of Input that it uses. Verbs are added at
// the end: scripts hold their numbers.
const (
	NoVerb  Verb = iota
	Connect      // Device opens a connection: TLS, User (of a client certificate), Barred
	Send         // Device sends Octets, and with Last nothing ever after
	Hangup       // Device is gone, without another word but Octets
	Secure       // Device completes the TLS handshake: User (of a client certificate)
	Expire       // Device stays silent until its idle timer runs out
	Advance      // Millis go by
	Deliver      // Octets arrive as mail for User: UID, or none to have one made; After
	Remove       // the message UID leaves User's maildrop, behind any session's back; After
	Ail          // User's maildrop gets Ailment, or loses the one it has; After
	Vanish       // Device's network is gone after Octets: nobody tells the server, and Device may connect anew
	Network      // Device's network carries Segment octets at a time and takes Millis one way
	Serve        // another server takes the connections to come: Persona, Faults, Switches, Without
	Hold         // the server's answers wait from now on; with Last they don't any more, and those that wait go out
	Answer       // the answer to Device that waits goes out as Octets, of which there may be none; with Last as it is
	numVerbs
)

var verbNames = [numVerbs]string{"", "connect", "send", "hang up", "secure", "expire", "advance", "deliver", "remove", "ail", "vanish",
	"network", "serve", "hold", "answer"}

// String is the verb's name.
func (v Verb) String() string {
	if v < numVerbs {
		return verbNames[v]
	}
	return ""
}

// VerbNamed returns the verb of that name.
func VerbNamed(name string) (Verb, bool) {
	for v := Connect; v < numVerbs; v++ {
		if verbNames[v] == name {
			return v, true
		}
	}
	return NoVerb, false
}

// An Input is one thing that happens to the world.
type Input struct {
	Verb   Verb
	Device string
	User   string
	UID    string
	Octets []byte
	// Last says that the device closes its sending side behind the octets. It
	// still takes what the server answers.
	Last   bool
	Millis int64
	// TLS says that the connection begins with a TLS handshake, as on the
	// pop3s port.
	TLS bool
	// Barred says that no password may go in the clear on the connection,
	// as from another machine.
	Barred  bool
	Ailment Ailment
	// After puts off what happens to a maildrop by so many milliseconds: it
	// happens when the clock gets there. What a device does happens so many
	// milliseconds after the input before: they go by first.
	After int64
	// Segment is how many octets the network carries at a time. Zero means
	// all that are sent at once.
	Segment int
	// Persona, Faults, Switches and Without are World's.
	Persona                   string
	Faults, Switches, Without []string
}

// A Step is an event and how things stood after it.
type Step struct {
	// Input is the index of the input that led to it.
	Input int
	// Now is the clock, in milliseconds since 1970.
	Now    int64
	Device string
	// Event holds its own copy of the octets.
	Event engine.Event
	// View is shared between steps that didn't change it.
	View *engine.View

	// What follows is there in a world that is Narrated only.

	// Happening is the input, where the engine has no event for it; Event then
	// holds the octets concerned, and has KindNone. What was put off happens
	// once when it's put off and, without After, when its time has come.
	Happening *Input
	// Session is the how-many-eth connection of Device.
	Session int
	// Exchange numbers what belongs together: a line and its answer.
	Exchange int
	// Travel is how many milliseconds the octets are on their way: a client's
	// left so long before Now, a server's arrive so long after it.
	Travel int64
	// Cuts are where in the octets a segment ends.
	Cuts []int
	// Lost says that the octets never arrived.
	Lost bool
	// Edit is there where octets went out in the place of what the server had to say; the steps of one answer share it.
	Edit *Edit
	// Side is shared as View is.
	Side *Side
	// World is shared between steps that didn't change it.
	World *Snapshot
	// Protocol is what the session goes by, Server its number among those
	// that the world has had.
	Protocol *engine.Protocol
	Server   int
}
