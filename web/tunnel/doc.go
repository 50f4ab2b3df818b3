// Package tunnel reaches a POP3 server behind a WebSocket: a lab behind HTTPS, where nothing but web traffic
// gets through.
//
// Dialer.Dial (dial.go) opens one WebSocket and returns it as a net.Conn, so that engine/client and any
// other program over a connection run unchanged. Tunnel (tunnel.go) gives programs that know nothing of
// WebSockets a local port: each connection to it is one WebSocket. proxy.go gets through HTTP proxies,
// error.go says in a sentence why it didn't work.
//
// On the WebSocket the subprotocol is "pop3", and binary messages are POP3 octets, cut anywhere: there is no
// framing of our own. Two things a TCP connection has and a WebSocket hasn't:
//
//   - Closing one direction. RFC 6455 has one Close for both. Here an empty binary message from the client
//     says that nothing more comes from it, and the lab may still answer. A lab that doesn't know this
//     ignores an empty message, as every program does that only copies octets: it then learns of the end
//     when the WebSocket is closed. In the other direction nothing is needed: a POP3 server that has said its
//     last word closes both.
//   - Reset. An end without a Close message, or with a code other than 1000 and 1001, is an error at the
//     reader, and the local program sees its connection closed.
//
// A session isn't taken up again over another WebSocket: the maildrop's lock and the deletion marks belong to
// the one that ended, and RFC 1939 section 6 says that nothing is removed then. What is tried again is to
// connect.
package tunnel
