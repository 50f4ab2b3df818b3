// Package client is the client's half of POP3, built from the same table as the server's: the rows
// of engine.POP3 say by command and arguments whether lines follow +OK, and which state comes next.
//
// There are three layers. Read them in this order:
//
//   - Dialogue (dialogue.go, answer.go, reply.go, command.go) is a client without a network: it's told which
//     lines were sent, takes the server's octets and returns events, those of package engine seen
//     from the other side. odd.go lists what servers do against the rules and is put up with.
//   - Conn (conn.go, lines.go, dial.go) is a Dialogue over a connection. Send and Receive are for
//     programs that show the dialogue as it goes, Cmd is for those that want an answer.
//   - What mail programs call stands in login.go, mechanism.go, mail.go and pipeline.go: Login, List,
//     UIDs, Retrieve, Delete, Quit. Options.Observe is told each line that such a call expands to.
//
// url.go reads pop: URLs.
//
//	c, err := client.DialTLS(ctx, "pop.example.org", client.Options{})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	if err := c.Login(client.Credentials{User: "mrose", Password: password}); err != nil {
//		return err
//	}
//	sizes, err := c.List()
//	...
//	return c.Quit()
//
// It covers the client's side of RFC 1939, 2384, 2449, 2595, 3206, 5034, 6856 and 8314. Of SASL it
// has PLAIN, LOGIN, EXTERNAL, ANONYMOUS, OAUTHBEARER, CRAM-MD5 and SCRAM with SHA-1 and SHA-256, with
// channel binding and without. None of these puts a security layer of its own under what follows, so
// what RFC 4422 asks of clients that negotiated one is met by TLS: lists of mechanisms from before TLS
// are forgotten (StartTLS), and none is used to choose a way to log in.
package client
