//go:build unix

package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// cpuTime is what this process, client and server, has used of the processors. On a machine that
// others use too it says more than the clock.
func cpuTime() int64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return r.Utime.Nano() + r.Stime.Nano()
}

func benchServer(b *testing.B, message []byte, inFile bool) string {
	mem := memdrop.New()
	mem.Deliver("mrose", message)
	var store engine.Store = mem
	if inFile {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "0"), message, 0o600); err != nil {
			b.Fatal(err)
		}
		store = fileStore{mem, dir}
	}
	s := &Server{Protocol: engine.New(engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), Store: store})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(l)
	b.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

type benchClient struct {
	b *testing.B
	c net.Conn
	r *bufio.Reader
}

func benchDial(b *testing.B, addr string, r *bufio.Reader) *benchClient {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	r.Reset(c)
	w := &benchClient{b, c, r}
	w.line("")
	w.line("USER mrose\r\n")
	w.line("PASS tanstaaf\r\n")
	return w
}

func (w *benchClient) line(command string) {
	if command != "" {
		io.WriteString(w.c, command)
	}
	if l, err := w.r.ReadSlice('\n'); err != nil || l[0] != '+' {
		w.b.Fatalf("%q: got %q, %v; want +OK", command, l, err)
	}
}

func measured(b *testing.B, f func()) {
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	f()
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}

func BenchmarkSession(b *testing.B) {
	addr := benchServer(b, []byte("a: b\r\n\r\nc\r\n"), false)
	r := bufio.NewReader(nil)
	measured(b, func() {
		for range b.N {
			w := benchDial(b, addr, r)
			w.line("STAT\r\n")
			w.line("QUIT\r\n")
			if _, err := w.r.ReadByte(); err != io.EOF {
				b.Fatal(err)
			}
			w.c.Close()
		}
	})
}

func BenchmarkPipelined(b *testing.B) {
	for _, verb := range []string{"NOOP", "STAT"} {
		for _, n := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", verb, n), func(b *testing.B) {
				w := benchDial(b, benchServer(b, []byte("a: b\r\n\r\nc\r\n"), false), bufio.NewReader(nil))
				defer w.c.Close()
				block := []byte(strings.Repeat(verb+"\r\n", n))
				measured(b, func() {
					for i := 0; i < b.N; i += n {
						w.c.Write(block)
						for range n {
							w.line("")
						}
					}
				})
			})
		}
	}
}

func BenchmarkRETR(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 1 << 20, 10 << 20} {
		for _, kept := range []struct {
			how, ends string
			inFile    bool
		}{{"LF", "\n", false}, {"CRLF", "\r\n", false}, {"file", "\r\n", true}} {
			b.Run(fmt.Sprintf("%d/%s", size, kept.how), func(b *testing.B) {
				line := strings.Repeat("x", 76-len(kept.ends)) + kept.ends
				message := []byte(strings.Repeat(line, size/76))
				w := benchDial(b, benchServer(b, message, kept.inFile), bufio.NewReaderSize(nil, 256<<10))
				defer w.c.Close()
				octets := size / 76 * (76 - len(kept.ends) + 2)
				b.SetBytes(int64(octets))
				measured(b, func() {
					for range b.N {
						w.line("RETR 1\r\n")
						if _, err := w.r.Discard(octets + len(".\r\n")); err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		}
	}
}
