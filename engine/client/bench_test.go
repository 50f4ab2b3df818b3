package client_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"pop3lab/engine/client"
)

// BenchmarkLines reads a message of 10 MB from a Dialogue that is fed 32 KB at a time: what the
// client adds to the network's work.
func BenchmarkLines(b *testing.B) {
	message := append(bytes.Repeat([]byte("A line of a message, as long as lines of messages usually are.\r\n"), 160_000), ".\r\n"...)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		d := started(b)
		d.Send("RETR 1")
		d.Feed([]byte("+OK\r\n"))
		for rest := message; len(rest) > 0; {
			n := min(32<<10, len(rest))
			d.Feed(rest[:n])
			rest = rest[n:]
			for _, ok := d.Next(); ok; _, ok = d.Next() {
			}
		}
	}
}

// BenchmarkRetrieve retrieves a message of 10 MB over loopback, from a sender that does nothing
// else, and BenchmarkCopy copies the same octets without a client: their ratio is the client's cost.
func BenchmarkRetrieve(b *testing.B) {
	benchmarkLoopback(b, func(nc net.Conn) func() error {
		c, err := client.New(b.Context(), nc, client.Options{AllowCleartext: true})
		if err != nil {
			b.Fatal(err)
		}
		login(b, c)
		return func() error {
			_, err := c.RetrieveTo(1, io.Discard)
			return err
		}
	})
}

func BenchmarkCopy(b *testing.B) {
	benchmarkLoopback(b, func(nc net.Conn) func() error {
		p := make([]byte, 32<<10)
		for i := range 4 { // the greeting, and the answers to three lines
			if i > 0 {
				nc.Write([]byte("\r\n"))
			}
			if _, err := nc.Read(p); err != nil {
				b.Fatal(err)
			}
		}
		return func() error {
			if _, err := nc.Write([]byte("\r\n")); err != nil {
				return err
			}
			for {
				n, err := nc.Read(p)
				if err != nil || bytes.HasSuffix(p[:n], []byte("\r\n.\r\n")) {
					return err
				}
			}
		}
	})
}

// benchmarkLoopback serves one connection: the answers of a login, then a message for each line.
func benchmarkLoopback(b *testing.B, connect func(net.Conn) func() error) {
	message := []byte("+OK\r\n" + string(bytes.Repeat([]byte("A line of a message, as long as lines of messages usually are.\r\n"), 160_000)) + ".\r\n")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		line := make([]byte, 512)
		for i := 0; ; i++ {
			answer := message
			if i < 4 {
				answer = []byte([]string{"+OK\r\n", "-ERR\r\n", "+OK\r\n", "+OK\r\n"}[i])
			}
			if _, err := nc.Write(answer); err != nil {
				return
			}
			if _, err := nc.Read(line); err != nil {
				return
			}
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	fetch := connect(nc)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if err := fetch(); err != nil {
			b.Fatal(err)
		}
	}
}
