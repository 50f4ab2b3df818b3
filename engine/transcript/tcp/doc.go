// Package tcp runs dialogues over real sockets, with real TLS handshakes, against engine/server.
//
// It's for tests: what a simulated world gives is compared with what travels over TCP, octet for octet and
// event for event. Read host.go for the world, client.go for what the devices do, listener.go for how the world's
// clock and the server's deadlines go together, observe.go for what the server tells, authority.go for
// certificates.
package tcp
