// Package bridge joins web pages to the real POP3 server: what a page sends becomes octets of a session, and what
// happens in sessions appears in the page as steps.
//
// Read bridge.go for the whole, guard.go for who may do what, room.go for what a visitor has; conn.go and inbox.go
// make a WebSocket a connection, watch.go sends steps, actions.go does what a page asks for, store.go puts the rooms'
// maildrops beside the configured ones. tab.go and tabclient.go are about pages that are servers themselves.
//
// # Rooms
//
//	POST   /live/room            makes a room: 201 {user, password, token, pop3, pop3s, cleartext, stls, idleMs, first, last}
//	GET    /live/room            200, the same without password and token
//	DELETE /live/room            204, ends it
//	POST   /live/room/deliver    body: a message of at most 64 KiB; empty for one made on the spot
//	POST   /live/room/reset      the maildrop as it was at the beginning
//	POST   /live/room/ail?ailment=busy   or any of sim.Ailments; empty makes it well
//	POST   /live/room/cut?device=NAME    cuts a connection without a goodbye; without a device all of the room's
//	POST   /live/room/serve      409 with a sentence: who started the server chose its behaviour
//
// A room is one visitor's: a maildrop whose name and password were made for it, with some mail in it. What is done
// answers 200 {done}; what isn't answers 4xx or 5xx {error}, whose error is a sentence for people. Whatever logs in as
// the room's user, by any way into the server, appears in the room, from its greeting on; a session that logs in as
// nobody's or another's never does. A room ends when nothing happened in it for RoomIdle.
//
// The token is 256 bits. It's shown as "Authorization: Bearer TOKEN", and on a WebSocket as a second subprotocol,
// "token.TOKEN": the one thing of the kind that a page can set there. It never stands in an address, which logs,
// histories and proxies keep; it's no cookie, which the browser would add to a foreign page's request too; and it's no
// first message, because octets go through untouched. The server never sends it back after it was made.
//
// # POP3 over a WebSocket
//
//	GET /ws/pop3                 subprotocols: pop3, and token.TOKEN to see the session in the room from the start
//
// Binary messages are POP3 octets, cut anywhere, in both directions; a message of the client's holds at most 64 KiB.
// It's a session of the same server as on its port, with all its limits, counted for the address that the request came
// from. Passwords in the clear are taken where the port takes them: from this machine or with --allow-cleartext; and
// where the page came over TLS to this program. STLS works, because octets go through: a program behind a tunnel can
// speak TLS inside; a page has no TLS of its own to speak.
//
// A Close message closes both directions, as RFC 6455 has it. An empty binary message of the client's closes its
// direction alone: what the server still says can be read. The server closes with
//
//	1000  the session is over
//	1001  the server shuts down
//	1003  a text message came
//	1008  octets came behind the empty message
//	1009  a message was too large
//
// and cuts without a Close message, which a page sees as 1006, when the room's visitor cut the connection or the client
// read nothing for the server's WriteTimeout. It pings every 30 seconds and gives up after 75 without a sign of life.
//
// # Steps
//
//	GET /ws/trace?from=R.N       subprotocols: pop3.trace and token.TOKEN
//	GET /live/steps?from=R.N     200, one record.Frame
//	GET /live/lanes?step=R.N     200, the record.Lanes of a step
//	GET /live/spec               200, the record.Spec of the server
//
// Each binary message is one record.Frame, as the browser's module emits them: Lab is the recording R, Total how many
// steps it has, and a step's Seq its number N in it. from is where to go on: after a frame that is Lab and the Seq behind
// its last step. Without it, or when it names what never was, the frames begin with the recording under way; what isn't
// kept any more is left out. The first frame comes at once, perhaps without steps. A recording that is full is followed
// by the next, whose Seq begins with 0 again: a page shows the next one when Lab changes. Besides the simulated world's
// happenings there are those of package live: open, full, lost, missed, reset, cut.
//
// The server closes with 1001 or with
//
//	4001  the room has ended; the reason says why
//	4002  the page fell behind; connect again with from
//
// A page that reads nothing for WatchTimeout is cut off, and may come back with from as well.
//
// # Without WebSockets
//
//	GET  /live/events?from=R.N   text/event-stream: "event: frame", id R.N behind it, data: a record.Frame in base64;
//	                             "event: end", data: the code above and the reason
//	POST /live/connect           201 {connection}
//	POST /live/send?connection=C body: octets, at most 64 KiB; 204. With &last=1 nothing comes behind them
//	POST /live/hangup?connection=C   204
//
// A page reads the events with fetch, because EventSource can't set Authorization; it goes on after a break with the
// last id in from or in Last-Event-ID. What the server answers is in the steps.
//
// # Whose requests are taken
//
// Only those of this server's own pages. A request that names an Origin has to name this server: the Host that the
// browser connected to, or one of Options.Origins. A browser names it for every WebSocket and every POST; where it's
// missing there, the request is refused. Two exceptions: browsers name none for a GET of the same origin, which needs the
// Authorization that no foreign page can send; and /ws/pop3 without a token is open to programs, as the POP3 port is.
// The Host has to be an address, a name of this machine, or one of Options.Origins, so that nobody's name that was made
// to point here gets in. No request names what to connect to: there is one server behind the bridge.
package bridge
