package client_test

import (
	"bufio"
	"context"
	"fmt"
	"log"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/server"
)

// A whole session by calls, and the lines that each of them stands for.
func Example() {
	// A server with the mailbox of RFC 1939's example; any other would do.
	there := newPipes()
	s := &server.Server{Protocol: engine.New(engine.Config{Users: users, Store: memdrop.Demo()})}
	go s.Serve(there)
	defer s.Close()

	c, err := client.Dial(context.Background(), "pop.example.org", client.Options{
		Dial:           there.dial,
		AllowCleartext: true, // the other end is this very program
		Observe: func(s client.Step) {
			if s.Kind == engine.KindLine {
				fmt.Printf("%-8s C: %q\n", s.Call, s.Wire)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"}); err != nil {
		log.Fatal(err)
	}
	sizes, err := c.List()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sizes)
	message, err := c.Retrieve(1)
	if err != nil {
		log.Fatal(err)
	}
	for lines := bufio.NewScanner(message); lines.Scan(); { // it takes CRLF off
		fmt.Println(lines.Text())
	}
	if err := c.Quit(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Login    C: "CAPA\r\n"
	// Login    C: "AUTH SCRAM-SHA-256 ********\r\n"
	// Login    C: "********\r\n"
	// Login    C: "\r\n"
	// List     C: "LIST\r\n"
	// [{1 120} {2 200}]
	// Retrieve C: "RETR 1\r\n"
	// From: dewey@dbc.mtview.ca.us
	// Date: Tue, 14 May 1996 09:12:00 -0700
	// Subject: Friday
	//
	// The review's on Friday at ten.
	// Quit     C: "QUIT\r\n"
}
