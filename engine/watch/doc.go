// Package watch follows a conversation between somebody else's client and somebody else's server, and says what
// each line means.
//
// Reader (reader.go) is told the octets of both directions, cut anywhere, and returns the events that the server's
// own session would have had, as far as the wire tells: it's the client's half of the table (engine/client) that
// reads them, so it works for servers that aren't ours. lines.go cuts what the client sends into lines, view.go keeps
// what can be known of the session, words.go explains an event without claiming what nobody told.
//
// Proxy (proxy.go, relay.go) sits between the two. It copies octets untouched, and shows them to a Reader on the way:
// those of the client before the server gets them, and the other way round, so that no answer is seen before
// its command. tls.go ends TLS here, on purpose, with a certificate of our own.
//
// What goes by isn't changed by being read. When the Reader can't follow any more, because TLS begins, or because
// somebody doesn't speak POP3, the octets still go through.
package watch
