package client_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// Pipelining happens when CAPA says so and only then, and answers find their commands.
//
// req: CAP-24
func TestPipelineOnlyWhenAnnounced(t *testing.T) {
	want := "1 one,2 refused,3 three"
	do := func(c *client.Conn) {
		login(t, c)
		var got []string
		err := c.Pipeline([]client.Command{{Verb: "RETR", Args: []string{"1"}}, {Verb: "RETR", Args: []string{"2"}}, {Verb: "RETR", Args: []string{"3"}}},
			func(i int, r client.Reply, lines *client.Lines, err error) error {
				text := "refused"
				if err == nil {
					text = strings.TrimSpace(read(t, lines, nil))
				}
				got = append(got, strconv.Itoa(i+1)+" "+text)
				return nil
			})
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
	announced := strings.Replace(in, "S: -ERR", "S: +OK\nS: USER\nS: PIPELINING\nS: .", 1)
	capa := "C: CAPA\nS: +OK\nS: USER\nS: PIPELINING\nS: .\n"
	converse(t, announced+capa+"C: RETR 1\nC: RETR 2\nC: RETR 3\nS: +OK\nS: one\nS: .\nS: -ERR\nS: +OK\nS: three\nS: .\n", do)
	converse(t, in+"C: CAPA\nS: -ERR\nC: RETR 1\nS: +OK\nS: one\nS: .\nC: RETR 2\nS: -ERR\nC: RETR 3\nS: +OK\nS: three\nS: .\n", do)
}

// A handler that fails stops the sending, and the session stays in step.
func TestPipelineThatStops(t *testing.T) {
	l := newLab(t, func(_ *engine.Config, _ *serverOf) {})
	for i := range 200 {
		l.store.Deliver("mrose", []byte(strings.Repeat("x", i)))
	}
	c := l.login(t, nil)
	var nums []int
	for i := range 202 {
		nums = append(nums, i+1)
	}
	stop := errors.New("enough")
	handled := 0
	err := c.RetrieveAll(nums, func(num int, m *client.Lines) error {
		if handled++; handled != num {
			t.Fatalf("message %d came as number %d", num, handled)
		}
		if num == 50 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || handled != 50 {
		t.Errorf("got %v after %d messages, want %v after 50", err, handled, stop)
	}
	if n, _, err := c.Stat(); n != 202 || err != nil {
		t.Errorf("Stat afterwards: got %d, %v, want 202: the session stays in step", n, err)
	}
	for _, bad := range [][]client.Command{
		{{Verb: "AUTH", Args: []string{"PLAIN"}}}, {{Verb: "STLS"}}, {{Verb: "QUIT"}, {Verb: "NOOP"}}, {{Verb: "RETR"}}, {{Verb: "USER", Args: []string{"x"}}},
	} {
		err := c.Pipeline(bad, func(int, client.Reply, *client.Lines, error) error { t.Errorf("%v was sent", bad); return nil })
		if err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	if err := c.Pipeline([]client.Command{{Verb: "NOOP"}, {Verb: "QUIT"}}, func(int, client.Reply, *client.Lines, error) error { return nil }); err != nil || c.State() != engine.Closed {
		t.Errorf("NOOP and QUIT: got %v in state %v", err, c.State())
	}
}

// A thousand RETR at once over a connection without any buffer: neither side waits for the other
// for ever.
//
// req: CAP-25
func TestPipeliningNeverDeadlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil)
		l.store.Deliver("mrose", bytes.Repeat([]byte("0123456789abcdef\r\n"), 4000))
		c := l.login(t, nil)
		nums := slices.Repeat([]int{3}, 1000)
		var octets int64
		err := c.RetrieveAll(nums, func(_ int, m *client.Lines) error {
			n, err := io.Copy(io.Discard, m)
			octets += n
			return err
		})
		if want := int64(1000 * 4000 * 18); err != nil || octets != want {
			t.Errorf("got %d octets, %v, want %d (RFC 2449 section 6.6)", octets, err, want)
		}
	})
}
