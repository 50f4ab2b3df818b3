// Package live turns the sessions of a real server into the steps of engine/sim, while they happen.
//
// A Recorder is told by engine/server of everything, in the connection's own goroutine; it copies and returns. What
// it makes of it is a Stream for each person who may look on: the same steps that a simulated world gives, with real
// times and real segment borders, so the same records and the same renderers show them. A session is nobody's until
// it opens a maildrop; then it's shown to whoever the maildrop belongs to, from its greeting on.
//
// Read recorder.go for whose a session is, session.go for how events become steps, stream.go for what a person sees,
// read.go for how it's read, words.go for what only real connections do; foreign.go for sessions of somebody else's
// server, of which only what goes by is known (package watch).
//
// It stands in engine and not in web because programs without pages record too.
package live
