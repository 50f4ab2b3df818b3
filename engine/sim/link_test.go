package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
)

// demo is the demonstration with phone connected and, if lines are given, having sent them.
func demo(t testing.TB, lines string) *Lab {
	t.Helper()
	l, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, l, Input{Verb: Connect, Device: "phone"})
	if lines != "" {
		mustDo(t, l, send("phone", lines))
	}
	return l
}

const login = "USER mrose\r\nPASS tanstaaf\r\n"

// TestVanished: nobody tells the server of a client whose network is gone. It keeps the lock until its idle timer runs out,
// and removes nothing.
//
// req: STA-11, OPN-06, TMO-02, TMO-06
func TestVanished(t *testing.T) {
	l := demo(t, login+"DELE 1\r\n")
	steps := mustDo(t, l, Input{Verb: Vanish, Device: "phone", Octets: []byte("QUI")})
	if len(steps) != 1 || steps[0].Happening == nil || string(steps[0].Event.Wire) != "QUI" || steps[0].World.Devices[0].Open || !slices.Equal(steps[0].World.Devices[0].Ghosts, []int{1}) {
		t.Errorf("vanish: got %+v, want one step with the octets that made no line, and a ghost", steps)
	}
	if s := steps[0].Side.Suggest; len(s) > 0 {
		t.Errorf("to a client that is gone %q is suggested, want nothing", s)
	}
	mustDo(t, l, Input{Verb: Connect, Device: "phone"})
	if got := sent(mustDo(t, l, send("phone", login)), "phone"); !strings.Contains(got, "-ERR [IN-USE]") {
		t.Errorf("a second login gets %q, want [IN-USE]: the first connection has the lock", got)
	}
	steps = mustDo(t, l, Input{Verb: Advance, Millis: IdleMillis})
	if len(l.device("phone").ghosts) != 0 || len(steps) != 3 { // both connections end, then the clock stands
		t.Errorf("ten minutes later there are %d ghosts and %d steps, want none and 3", len(l.device("phone").ghosts), len(steps))
	}
	mustDo(t, l, Input{Verb: Connect, Device: "phone"})
	if got := sent(mustDo(t, l, send("phone", login+"STAT\r\n")), "phone"); !strings.Contains(got, "+OK 2 320") {
		t.Errorf("afterwards: got %q, want both messages: without QUIT nothing is removed", got)
	}
}

// TestCutInTheMiddleOfALine: half a command isn't carried out.
//
// req: STA-11, FRM-04
func TestCutInTheMiddleOfALine(t *testing.T) {
	for _, half := range []string{"Q", "QUIT", "QUIT\r"} {
		l := demo(t, login+"DELE 1\r\n")
		steps := mustDo(t, l, Input{Verb: Hangup, Device: "phone", Octets: []byte(half)})
		if got := string(steps[0].Event.Wire); got != half || steps[0].Event.Kind != engine.KindNone {
			t.Errorf("cut after %q: the first step holds %q", half, got)
		}
		if n := len(l.Store().Drops().Messages("mrose")); n != 2 || l.Connected("phone") {
			t.Errorf("cut after %q: %d messages are left and phone is connected: %v, want 2 and false", half, n, l.Connected("phone"))
		}
	}
	l := demo(t, login+"DELE 1\r\n")
	steps := mustDo(t, l, Input{Verb: Hangup, Device: "phone", Octets: []byte("QUIT\r\n")})
	if n := len(l.Store().Drops().Messages("mrose")); n != 1 {
		t.Errorf("a whole QUIT before the end leaves %d messages, want 1: the line had arrived", n)
	}
	for _, s := range steps {
		if len(s.Event.Out()) > 0 && !s.Lost {
			t.Errorf("%q arrives at a client that is gone", s.Event.Wire)
		}
	}
}

// TestHalfClosed: a client that has closed its sending side takes what is answered still.
func TestHalfClosed(t *testing.T) {
	l := demo(t, "")
	in := send("phone", login+"STAT\r\nQUIT\r\n")
	in.Last = true
	steps := mustDo(t, l, in)
	if got := sent(steps, "phone"); !strings.Contains(got, "+OK 2 320\r\n+OK") {
		t.Errorf("half closed: got %q, want all answers", got)
	}
	for _, s := range steps {
		if s.Lost {
			t.Errorf("%q is lost, and the client still listens", s.Event.Wire)
		}
	}
}

// TestSegments: however the network cuts, the same lines get the same answers, and the cuts are where they are said to be.
//
// req: DFR-10
func TestSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "size")
		lines := strings.Join(rapid.SliceOfN(command, 1, 12).Draw(t, "lines"), "")
		run := func(size int) (string, []Step) {
			l, err := New(Demo())
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range []Input{{Verb: Network, Device: "phone", Segment: size}, {Verb: Connect, Device: "phone"}, send("phone", login+lines)} {
				if _, err := l.Do(in); err != nil {
					t.Fatal(err)
				}
			}
			var got string
			for _, s := range l.Steps() {
				if s.Happening == nil {
					got += fmt.Sprintf("%s %q\n", s.Event.Kind, s.Event.Wire)
				}
			}
			return got, l.Steps()
		}
		want, _ := run(0)
		got, steps := run(size)
		if got != want {
			t.Fatalf("in segments of %d:\n%swant\n%s", size, got, want)
		}
		var sentSoFar []byte
		var cuts []int
		for _, s := range steps {
			for i, c := range s.Cuts {
				if c <= 0 || c > len(s.Event.Wire) || i > 0 && c <= s.Cuts[i-1] {
					t.Fatalf("a step of %d octets has the cuts %v", len(s.Event.Wire), s.Cuts)
				}
			}
			if s.Happening != nil && s.Happening.Verb == Send || s.Event.Kind == engine.KindLine {
				for _, c := range s.Cuts {
					cuts = append(cuts, len(sentSoFar)+c)
				}
				sentSoFar = append(sentSoFar, s.Event.Wire...)
			}
		}
		if !bytes.HasPrefix([]byte(login+lines), sentSoFar) {
			return // the session ended before, or a line was cut for display
		}
		for i, c := range cuts {
			if c != (i+1)*size && c != len(login+lines) {
				t.Fatalf("in segments of %d the cuts lie at %v", size, cuts)
			}
		}
	})
}

// TestDelay: octets take their time both ways, and pipelining saves it.
//
// req: CAP-22
func TestDelay(t *testing.T) {
	l, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, l, Input{Verb: Network, Device: "phone", Millis: 50}, Input{Verb: Connect, Device: "phone"})
	if took := l.Now() - demoNow; took != 100 {
		t.Errorf("the greeting is there after %d milliseconds, want 100", took)
	}
	steps := mustDo(t, l, send("phone", "CAPA\r\n"))
	if s := steps[0]; s.Now != demoNow+150 || s.Travel != 50 || l.Now() != demoNow+200 {
		t.Errorf("CAPA arrives at %d after %d, and its answer at %d; want 150, 50 and 200", s.Now-demoNow, s.Travel, l.Now()-demoNow)
	}
	before := l.Now()
	mustDo(t, l, send("phone", login+"STAT\r\nLIST\r\nQUIT\r\n"))
	if took := l.Now() - before; took != 100 {
		t.Errorf("five commands in one go take %d milliseconds, want 100", took)
	}
	steps = mustDo(t, l, Input{Verb: Connect, Device: "phone"}, Input{Verb: Network, Device: "phone", Millis: 2 * IdleMillis}, send("phone", "NOOP\r\n"))
	if last := steps[len(steps)-1]; !last.Lost || last.Happening == nil {
		t.Errorf("octets that take longer than the idle limit: the last step is %+v, want one that says they are lost", last.Event)
	}
}

// TestMailThatComesLater is there at its time, and a session that is open doesn't see it.
//
// req: OPN-08, OPN-10
func TestMailThatComesLater(t *testing.T) {
	w := Demo()
	w.Later = []Input{{Verb: Deliver, User: "mrose", Octets: []byte("Subject: later\r\n\r\n"), After: 30_000}}
	l, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, l, Input{Verb: Connect, Device: "phone"}, send("phone", login))
	if n := len(l.Steps()[0].World.Later); n != 1 {
		t.Errorf("%d happenings are to come, want 1", n)
	}
	mustDo(t, l, Input{Verb: Advance, Millis: 29_999})
	steps := mustDo(t, l, Input{Verb: Advance, Millis: 1})
	if len(steps) != 2 || steps[0].Happening.Verb != Deliver || steps[0].Now != demoNow+30_000 || len(steps[0].World.Later) != 0 {
		t.Fatalf("at its time: got %+v, want the mail, then the clock", steps)
	}
	if d := steps[0].World.Drops[1]; len(d.Messages) != 3 || !slices.Equal(d.Unseen, []bool{false, false, true}) || d.Owner != "phone/1" {
		t.Errorf("the maildrop is %+v, want a third message that phone/1 doesn't see", d)
	}
	if got := sent(mustDo(t, l, send("phone", "STAT\r\n")), "phone"); got != "+OK 2 320\r\n" {
		t.Errorf("STAT in the session that was open: got %q", got)
	}
	for _, in := range []Input{
		{Verb: Deliver, User: "nobody", After: 1}, {Verb: Deliver, User: "mrose", After: -1}, {Verb: Ail, User: "mrose", Ailment: "cough", After: 1},
		{Verb: Deliver, User: "mrose", After: 1 << 60}, {Verb: Advance, Millis: 1 << 60}, {Verb: Network, Device: "phone", Segment: -1},
		{Verb: Network, Device: "phone", Millis: -1}, {Verb: Serve, Persona: "nobody"}, {Verb: Serve, Faults: []string{"x"}},
	} {
		if _, err := l.Do(in); err == nil {
			t.Errorf("%+v is taken, want a sentence", in)
		}
	}
}

// TestAnotherServer takes the connections to come; a session that is open stays with its own.
func TestAnotherServer(t *testing.T) {
	l := demo(t, "USER mrose\r\n")
	mustDo(t, l, Input{Verb: Serve, Persona: "dovecot", Faults: []string{"refuses-in-use"}})
	if got := sent(mustDo(t, l, send("phone", "PASS tanstaaf\r\n")), "phone"); !strings.HasPrefix(got, "+OK mrose's maildrop") {
		t.Errorf("the session that was open: got %q, want the server it had", got)
	}
	steps := mustDo(t, l, Input{Verb: Connect, Device: "tablet"})
	if got := sent(steps, "tablet"); got != "+OK Dovecot ready.\r\n" || steps[1].Server != 1 || steps[1].World.Persona != "dovecot" {
		t.Errorf("a new connection: got %q of server %d", got, steps[1].Server)
	}
	if got := sent(mustDo(t, l, send("tablet", "USER dewey\r\nPASS secret\r\n")), "tablet"); !strings.Contains(got, "[IN-USE]") {
		t.Errorf("the new server's fault: got %q", got)
	}
	mustDo(t, l, Input{Verb: Serve}, Input{Verb: Connect, Device: "third"})
	if got := sent(mustDo(t, l, send("third", "USER dewey\r\nPASS secret\r\n")), "third"); !strings.Contains(got, "13 messages") {
		t.Errorf("the plain server again: got %q", got)
	}
}

// TestLoginDelay: between two logins lies the time that the server wants.
//
// req: CAP-15
func TestLoginDelay(t *testing.T) {
	w, err := ParseWorld("delay 10\n")
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	try := func() string {
		mustDo(t, l, Input{Verb: Connect, Device: "phone"})
		return sent(mustDo(t, l, send("phone", login+"QUIT\r\n")), "phone")
	}
	if got := try(); strings.Contains(got, "-ERR") {
		t.Errorf("the first login: got %q", got)
	}
	if got := try(); !strings.Contains(got, "-ERR [LOGIN-DELAY]") {
		t.Errorf("a login at once: got %q, want [LOGIN-DELAY]", got)
	}
	mustDo(t, l, Input{Verb: Advance, Millis: 10_000})
	if got := try(); strings.Contains(got, "-ERR") {
		t.Errorf("ten seconds later: got %q", got)
	}
}

// TestHalfALine is a step that says what the server keeps.
func TestHalfALine(t *testing.T) {
	l := demo(t, "")
	steps := mustDo(t, l, send("phone", "USER mrose\r\nPA"))
	last := steps[len(steps)-1]
	if last.Happening == nil || string(last.Event.Wire) != "PA" || string(last.Side.Pending) != "PA" {
		t.Errorf("half a line: the last step holds %q, and %q are pending; want PA", last.Event.Wire, last.Side.Pending)
	}
	steps = mustDo(t, l, send("phone", "SS tanstaaf\r\n"))
	if s := steps[0]; string(s.Event.Wire) != "PASS tanstaaf\r\n" || !slices.Equal(s.Cuts, []int{2, 15}) || len(s.Side.Pending) != 0 {
		t.Errorf("the rest: got %q cut at %v, want the whole line, cut after PA and at its end", s.Event.Wire, s.Cuts)
	}
}
