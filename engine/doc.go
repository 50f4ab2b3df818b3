// Package engine is a POP3 server without a network.
//
// It takes octets and returns events. It opens no connection, reads no clock and starts no
// goroutine, so the same code serves port 110, a browser tab and a test.
//
// Read spec.go first: it's the protocol, as a table. session.go applies one row at a time,
// commands.go says what the rows do, in the order of the RFCs. Then follow the octets: line.go cuts
// them into lines, command.go reads a line by the row's argument kinds, reply.go and frame.go write
// the answer. capability.go, text.go, switch.go, persona.go and fault.go are the tables beside the
// table: what CAPA announces, what the replies say in four languages, where the RFCs leave a
// choice, which servers out there chose what, and what broken servers do. explain.go puts an event
// in words, label.go says what its octets are, diagram.go draws the rows.
//
// A driver (engine/server, engine/sim) feeds octets in and pulls events out:
//
//	p := engine.New(engine.Config{Users: users, Store: store})
//	s := p.NewSession(engine.Peer{Stamp: "<1896.697170952@dbc.mtview.ca.us>"})
//	s.Feed([]byte("STAT\r\n"))
//	for e, ok := s.Next(); ok; e, ok = s.Next() {
//		conn.Write(e.Out())
//	}
//
// It covers RFC 1939, 2449, 2595, 3206, 5034, 6856 and 8314; the mechanisms of AUTH stand in
// engine/sasl. Sections are cited where the code meets them.
package engine
