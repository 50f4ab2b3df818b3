package live_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine/live"
	"pop3lab/engine/server"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

func answers(text string) func(*record.Step) bool {
	return func(s *record.Step) bool { return s.Kind == "reply" && strings.HasPrefix(string(s.Octets), text) }
}

func happens(name string) func(*record.Step) bool {
	return func(s *record.Step) bool { return s.Happening == name }
}

// TestSegments: a step has the borders of the segments that its octets really came in, and left in.
func TestSegments(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	page := &reader{stream: r.stream, t: t}
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	page.until("the login", answers("+OK mrose's"))
	io.WriteString(c, "ST")
	part := page.until("a part of a line", happens("send"))
	if string(part.Octets) != "ST" || string(part.View.Pending) != "ST" || part.Direction != "C" {
		t.Errorf("half a line: got octets %q and pending %q, want ST twice", part.Octets, part.View.Pending)
	}
	io.WriteString(c, "AT\r\nNOOP\r\nNOOP\r\n")
	line := page.until("STAT", func(s *record.Step) bool { return s.Verb == "STAT" && s.Kind == "line" })
	if !slices.Equal(line.Cuts, []int{2}) {
		t.Errorf("STAT in two segments: got cuts %v, want the one at 2; the second segment ends in another line", line.Cuts)
	}
	c.line()
	c.line()
	c.line()
	c.say("LIST 1", false)
	page.until("LIST", func(s *record.Step) bool { return s.Verb == "LIST" && s.Kind == "reply" })
	var cuts [][]int
	for i := range page.steps {
		if s := &page.steps[i]; s.Kind == "reply" && (s.Verb == "STAT" || s.Verb == "NOOP") {
			cuts = append(cuts, s.Cuts)
		}
	}
	if len(cuts) != 3 || cuts[0] != nil || cuts[1] != nil || len(cuts[2]) != 1 {
		t.Errorf("three answers to what came at once: got cuts %v, want one behind the last: they left in one segment", cuts)
	}
}

// TestSecretInParts: a password that is typed letter by letter shows no more than one that comes as a line.
func TestSecretInParts(t *testing.T) {
	r := newRig(t, live.Limits{}, func(w *sim.World, _ *server.Server) { w.ShowSecrets = false })
	page := &reader{stream: r.stream, t: t}
	c := r.dial()
	c.say("USER mrose", false)
	for _, part := range []string{"PA", "SS t", "ans", "taaf\r\n"} {
		io.WriteString(c, part)
	}
	c.line()
	page.until("the login", answers("+OK mrose's"))
	for i := range page.steps {
		if s := &page.steps[i]; strings.Contains(string(s.Octets)+string(s.View.Pending), "ans") {
			t.Errorf("step %d shows %q, pending %q; want the password masked (DAU-13)", i, s.Octets, s.View.Pending)
		}
	}
}

// TestBareLF: where the server waits for CR LF, LF alone is told at once, because nothing else will be.
func TestBareLF(t *testing.T) {
	r := newRig(t, live.Limits{}, func(w *sim.World, _ *server.Server) { w.Switches = []string{"strict-lines"} })
	page := &reader{stream: r.stream, t: t}
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	io.WriteString(c, "STAT\n")
	if s := page.until("a line that doesn't end", happens("send")); !strings.Contains(s.Note.Text, "LF alone") {
		t.Errorf("STAT with LF alone: got note %q, want it to say that this was LF alone", s.Note.Text)
	}
}

// TestWhose: a session is nobody's before it opens a maildrop; then it's there from its greeting on. One that never
// does is shown to nobody.
func TestWhose(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	page := &reader{stream: r.stream, t: t}
	stranger := r.dial()
	stranger.say("USER nobody", false)
	stranger.say("PASS at all", false)
	first := r.dial()
	first.say("USER mrose", false)
	first.say("PASS tanstaaf", false)
	page.until("the login", answers("+OK mrose's"))
	if s := page.steps[1]; s.Happening != "connect" || s.Device != "client" {
		t.Errorf("the session's first step: got %s of %s, want connect of client", s.Happening, s.Device)
	}
	second := r.dial()
	second.say("USER mrose", false)
	if got := second.say("PASS tanstaaf", false); !strings.HasPrefix(got, "-ERR [IN-USE]") {
		t.Fatalf("a second session: got %q, want [IN-USE]", got)
	}
	s := page.until("the refusal", answers("-ERR [IN-USE]"))
	if s.Device != "client 2" || s.World.Drops.List[0].Owner != "client" {
		t.Errorf("the refusal: got it for %s while %s has the lock, want client 2 and client", s.Device, s.World.Drops.List[0].Owner)
	}
	stranger.say("QUIT", false)
	second.say("QUIT", false)
	first.say("QUIT", false)
	page.until("the end", func(s *record.Step) bool { return s.Kind == "close" && s.Device == "client" })
	again := r.dial()
	again.say("USER mrose", false)
	again.say("PASS tanstaaf", false)
	page.until("a further session", func(s *record.Step) bool {
		return s.Verb == "PASS" && s.Kind == "reply" && s.Device == "client" && s.Session == 2
	})
	for i := range page.steps {
		if s := &page.steps[i]; strings.Contains(string(s.Octets), "nobody") {
			t.Errorf("step %d shows %q of a session that opened no maildrop here, want it shown to nobody", i, s.Octets)
		}
	}
}

// TestFull: a recording that is full says so and is followed by another; only so many are kept.
func TestFull(t *testing.T) {
	r := newRig(t, live.Limits{Steps: 30, Recordings: 2}, nil)
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	for range 60 {
		c.say("NOOP", false)
	}
	c.say("QUIT", false)
	io.ReadAll(c.Reader)
	page := &reader{stream: r.stream, at: live.Position{Recording: 1}, t: t}
	page.until("the end", closed)
	first, last := r.stream.Recordings()
	if first != last-1 || first == 1 {
		t.Errorf("got recordings %d to %d, want two of several", first, last)
	}
	f, _ := r.stream.Read(live.Position{Recording: first}, 1000)
	if n := len(f.Steps); n != 30 || f.Steps[0].Happening != live.Opened || f.Steps[n-1].Happening != live.Full || f.Lab != first {
		t.Errorf("a full recording: got %d steps of lab %d from %q to %q, want 30 of %d from %q to %q", n, f.Lab, f.Steps[0].Happening, f.Steps[n-1].Happening,
			first, live.Opened, live.Full)
	}
	if got := f.Steps[0].View.User; got != "mrose" {
		t.Errorf("the first step of a further recording: got user %q in view, want the session to go on with mrose", got)
	}
	if r.stream.Behind(live.Position{Recording: first}) <= 30 {
		t.Errorf("Behind: got %d, want the steps of both recordings", r.stream.Behind(live.Position{Recording: first}))
	}
}

// TestLongAnswer: of an answer that is too long the recording keeps the beginning, and says how much it left out.
func TestLongAnswer(t *testing.T) {
	body := "Subject: long\r\n\r\n" + strings.Repeat(strings.Repeat("x", 78)+"\r\n", 5000)
	r := newRig(t, live.Limits{Answer: 64 << 10, Octets: 1 << 20}, func(w *sim.World, _ *server.Server) {
		w.Mail = append(w.Mail, sim.Mail{User: "mrose", Octets: []byte(body)})
	})
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	if got := c.say("RETR 3", true); !strings.HasSuffix(got, "\r\n"+body+".\r\n") {
		t.Fatalf("RETR 3: got %d octets, want the message whole: the recording takes nothing from the client", len(got))
	}
	page := &reader{stream: r.stream, t: t}
	end := page.until("the end of the answer", func(s *record.Step) bool { return s.Kind == "end" })
	kept := 0
	for i := range page.steps {
		if s := &page.steps[i]; s.Kind == "data" {
			kept += len(s.Octets)
		}
	}
	if kept > 200<<10 || !strings.Contains(end.Note.Text, "which the recording leaves out") {
		t.Errorf("a long answer: got %d octets and the note %q, want it cut and said", kept, end.Note.Text)
	}
}

// TestCut: a connection that is cut ends without UPDATE, and the steps say so.
func TestCut(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	page := &reader{stream: r.stream, t: t}
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	c.say("DELE 1", false)
	page.until("DELE", func(s *record.Step) bool { return s.Verb == "DELE" && s.Kind == "reply" })
	if n := r.stream.Cut("nobody"); n != 0 {
		t.Errorf("Cut of a device that isn't there: got %d, want 0", n)
	}
	if n := r.stream.Cut("client"); n != 1 {
		t.Errorf("Cut: got %d connections, want 1", n)
	}
	s := page.until("the end", closed)
	if s.Verb != "(hangup)" || len(s.World.Drops.List[0].Stored) != 2 {
		t.Errorf("after a cut: got %s with %d messages, want (hangup) with 2: nothing is removed (STA-11)", s.Verb, len(s.World.Drops.List[0].Stored))
	}
	if _, err := c.ReadByte(); err == nil {
		t.Error("the client reads on after its connection was cut")
	}
}

// TestLanes: a message of a real session is laid side by side as one of a simulated session is.
func TestLanes(t *testing.T) {
	r := newRig(t, live.Limits{}, nil)
	c := r.dial()
	c.say("USER mrose", false)
	c.say("PASS tanstaaf", false)
	c.say("RETR 1", true)
	page := &reader{stream: r.stream, t: t}
	s := page.until("RETR", func(s *record.Step) bool { return s.Verb == "RETR" && s.Kind == "reply" })
	lanes, err := r.stream.Lanes(live.Position{Recording: 1, Step: s.Seq})
	if err != nil || !strings.Contains(string(lanes), "..dot") {
		t.Errorf("Lanes: got %q, %v; want the stuffed line", lanes, err)
	}
	if _, err := r.stream.Lanes(live.Position{Recording: 1, Step: 10_000}); err == nil {
		t.Error("Lanes of a step that there isn't: got no error, want one")
	}
}
