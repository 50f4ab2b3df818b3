// Package server listens for POP3 clients and drives an engine.Session for each.
//
// The engine decides every word; this package owns what the engine can't have: sockets, TLS, time,
// chance and limits. Read server.go first, which has the options and their meaning, then follow a
// connection: accept.go lets it in or turns it away, conn.go goes round with it from the greeting
// to the end, input.go waits for octets and watches the clocks, output.go sends. tls.go has the
// handshakes, failures.go makes guessing passwords slow, peruser.go limits sessions per
// user, fault.go spoils the network on request, log.go and observe.go tell operators and displays
// what happened.
//
// What a connection costs decides how many there can be. One that waits holds a session, a socket
// and a stack of 2 KiB, about 6 KiB in all, and no buffer; while it sends a message it holds some
// 260 KiB, however large the message is, and none of that when the operating system copies a file
// by itself.
//
// It covers RFC 1939 section 3 (the autologout timer), RFC 2595 section 4 (STLS), RFC 8314
// section 3 (implicit TLS) and the limits that requirement DAU-15 asks for.
package server
