package main

import (
	"io"

	"pop3lab/engine/server"
)

func newTracer(w io.Writer) func(server.Conn) server.Observer { return nil }
