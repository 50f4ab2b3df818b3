// The race detector's own allocations would count.

//go:build !race

package server

import (
	"strings"
	"testing"

	"pop3lab/engine"
)

// Commands that need nothing of the store cost no memory, and no Observer costs nothing.
func TestCommandsAllocateNothing(t *testing.T) {
	s := serve(t, func(_ *engine.Config, s *Server) { s.Log = nil })
	c := s.login(t, "mrose")
	buf := make([]byte, 256)
	ask := []byte("NOOP\r\nSTAT\r\n")
	for _, rounds := range []int{100, 2000} { // once to warm up
		n := testing.AllocsPerRun(rounds, func() {
			c.nc.Write(ask)
			for lines := 0; lines < 2; {
				n, err := c.nc.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				lines += strings.Count(string(buf[:n]), "\n")
			}
		})
		if rounds == 2000 && n >= 1 {
			t.Errorf("NOOP and STAT: got %v allocations, want none", n)
		}
	}
	c.quit()
}
