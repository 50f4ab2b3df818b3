// Package transcript holds dialogues between clients and a server as text: it
// parses them, runs them against a host, compares and formats them.
//
// A dialogue is a file that reads as RFC 1939's examples do. It begins with
// fields, one a line, up to the first blank line: what it shows (comment, rfc,
// req, title, about), which device speaks (device), and what the world is like
// (user, mailbox, persona, fault, switch and so on; world.go has them all). Then
// come its lines:
//
//	S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
//	C: STAT
//	S: -ERR STAT needs a login first
//
// A line that begins with C: goes to the server, with CRLF behind it; one that
// begins with S: came from it, with CRLF behind it. C> and S> hold octets just
// as they are, with nothing behind them, in the escapes of octets.go: that is
// how a lone LF or a NUL is written, or a space at the end of a line. C+ is
// C: whose line travels together with the next, C. is C: behind which the
// client sends nothing more, ever, though it listens still.
//
// What happens besides octets is said in words: C connects, C hangs up, C
// vanishes (and the server isn't told), C stays silent (until the idle timer
// runs out), C secures (completes the TLS handshake), C's network carries 3
// octets and takes 40 ms; S closes, S begins TLS. A client may be cut off in the
// middle of a line: C hangs up after RET. A line that begins with * is something
// that happens to the world: time goes by, mail comes now or later, another
// server takes the connections to come. line.go has all the words.
//
// The server is connected to at the beginning unless the first line says how.
// When more than one device takes part, each line begins with the device's name
// in brackets: [phone] C: NOOP; those without are of the device that the field
// names. A line that begins with # is a remark on the next line that isn't an
// answer (see Record.Remarks).
//
// Behind the lines come sections, as in a txtar archive: -- mail mrose -- is
// a message, -- letter NAME -- one that arrives later, and -- events -- says what
// decided each answer: states, RFC sections and requirement rows.
//
// The S lines and the events are written by the program, so that a person
// writes what the client does and reads what the server answers.
//
// The package keeps to the engine's list of imports; only hosts of other
// packages need more.
package transcript
