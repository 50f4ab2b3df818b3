package sim

import "pop3lab/engine"

// A Verb says what happens.
type Verb uint8

// The verbs. Each names the fields of Input that it uses.
const (
	NoVerb  Verb = iota
	Connect      // Device opens a connection: TLS, User (of a client certificate), Barred
	Send         // Device sends Octets, and with Last nothing ever after
	Hangup       // Device is gone, without another word
	Secure       // Device completes the TLS handshake: User (of a client certificate)
	Expire       // Device stays silent until its idle timer runs out
	Advance      // Millis go by
	Deliver      // Octets arrive as mail for User: UID, or none to have one made
	Remove       // the message UID leaves User's maildrop, behind any session's back
	Ail          // User's maildrop gets Ailment, or loses the one it has
	numVerbs
)

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
}

// A Step is an event and how the session stood after it.
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
}
