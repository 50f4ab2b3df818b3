package sim

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// held is the demonstration as dewey sees it, whose answer to the last of the lines waits. The greeting is no line:
// without lines it's the greeting that waits.
func held(t testing.TB, lines ...string) *Lab {
	t.Helper()
	l, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range append([]string{""}, lines...) {
		if i == len(lines) {
			mustDo(t, l, Input{Verb: Hold})
		}
		if line == "" {
			mustDo(t, l, Input{Verb: Connect, Device: "phone"})
		} else {
			mustDo(t, l, send("phone", line+"\r\n"))
		}
	}
	return l
}

func answer(octets string) Input {
	return Input{Verb: Answer, Device: "phone", Octets: []byte(octets)}
}

var deweys = []string{"USER dewey", "PASS secret"}

// in is dewey logged in, and then the lines.
func in(lines ...string) []string { return append(slices.Clone(deweys), lines...) }

// dotty is the message of dewey's that begins lines with dots.
const dotty = "RETR 2"

// TestLaws: for every law there's an answer that breaks it and names it, in the first place; and where the client's
// half of the table finds something odd in such an answer, it's by the same requirement.
func TestLaws(t *testing.T) {
	replace := func(old, by string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, by, 1) }
	}
	is := func(text string) func(string) string { return func(string) string { return text } }
	behind := func(text string) func(string) string { return func(s string) string { return s + text } }
	cases := []struct {
		law   int
		lines []string
		edit  func(due string) string
	}{
		{lawSilent, in("STAT"), is("")},
		{lawSilent, nil, is("")},
		{lawNoEnd, in("NOOP"), is("+OK")},
		{lawLF, in("NOOP"), is("+OK\n")},
		{lawLF, in("LIST"), replace("493\r\n", "493\n")},
		{lawDotLF, in("LIST"), replace(".\r\n", ".\n")},
		{lawIndicator, in("NOOP"), is("OK\r\n")},
		{lawIndicator, in("NOOP"), is("+ \r\n")},
		{lawCapitals, in("NOOP"), is("+ok fine\r\n")},
		{lawSpace, in("NOOP"), is("+OKay\r\n")},
		{lawLong, in("NOOP"), is("+OK " + strings.Repeat("x", 600) + "\r\n")},
		{lawControl, in("NOOP"), is("+OK \x1b[2J\r\n")},
		{lawRefused, []string{"USER dewey", "PASS wrong"}, is("+OK come in\r\n")},
		{lawDone, in("DELE 1"), is("-ERR no\r\n")},
		{lawChallenge, []string{"AUTH PLAIN"}, is("+OK go on\r\n")},
		{lawBase64, []string{"AUTH PLAIN"}, is("+ go on!\r\n")},
		{lawCode, in("NOOP"), is("+OK [what] fine\r\n")},
		{lawGreeting, nil, is("+OK hello\r\n")},
		{lawStat, in("STAT"), is("+OK 1 1\r\n")},
		{lawScan, in("LIST 1"), is("+OK 1 1\r\n")},
		{lawUnique, in("UIDL 1"), is("+OK 1 other\r\n")},
		{lawErrLines, in("LIST 99"), is("-ERR no\r\n1 2\r\n.\r\n")},
		{lawSecond, in("NOOP"), behind("+OK\r\n")},
		{lawTerminator, in("LIST"), replace("\r\n.\r\n", "\r\n")},
		{lawBehind, in("LIST"), behind("+OK\r\n")},
		{lawStuffing, in(dotty), replace("\r\n..", "\r\n.")},
		{lawNeedless, in("RETR 1"), replace("\r\nTo:", "\r\n.To:")},
		{lawMissing, in("RETR 1"), replace("\r\n.\r\n", "\r\n\r\n.\r\n")},
		{lawOther, in("RETR 1"), replace("Subject:", "subject:")},
		{lawListing, in("LIST"), replace("1 ", "01 ")},
		{lawUniqueID, in("UIDL"), replace("1 ", "1 x")},
		{lawTwice, in("UIDL"), replace("1 ", "1 "+strings.Repeat("x", 71))},
		{lawCapa, []string{"CAPA"}, replace("TOP\r\n", "")},
	}
	broken := map[int]bool{}
	for _, c := range cases {
		l := held(t, c.lines...)
		k := l.device("phone").link
		due := string(k.due())
		text := c.edit(due)
		if text == due {
			t.Fatalf("%q: the edit leaves %q as it is", c.lines, due)
		}
		steps := mustDo(t, l, answer(text))
		if got := sent(steps, "phone"); got != text {
			t.Errorf("%q: the client gets %q, want %q: an answer goes out octet for octet as it was written", c.lines, got, text)
		}
		x := steps[0].Edit
		if x == nil || string(x.Due) != due {
			t.Fatalf("%q: the step has %+v, want what was due, %q", c.lines, x, due)
		}
		broken[c.law] = true
		if !slices.ContainsFunc(x.Breaches, func(b Breach) bool { return b.Law == &Laws[c.law] }) {
			t.Errorf("%q answered with %q: got %s, want the law %q", c.lines, text, texts(x.Breaches), Laws[c.law].Text)
		}
		agrees(t, c.lines, text, x.Breaches)
	}
	for i := range Laws {
		if !broken[i] {
			t.Errorf("no answer breaks the law %q", Laws[i].Text)
		}
		if r := Laws[i].Ref; r.RFC == 0 || r.Section == "" || r.Reqs == "" {
			t.Errorf("the law %q has no place: %+v", Laws[i].Text, r)
		}
	}
}

func texts(all []Breach) string {
	var out []string
	for _, b := range all {
		out = append(out, b.Law.Ref.Reqs+": "+b.Law.Text)
	}
	return strings.Join(out, "; ")
}

// agrees lets a client read the answer: what it finds odd is found here too, by one of the same requirements.
func agrees(t *testing.T, lines []string, text string, found []Breach) {
	t.Helper()
	d := &client.Dialogue{}
	var odd client.Odd
	for i, line := range append([]string{""}, lines...) {
		if line != "" {
			d.Send(line)
		}
		if i == len(lines) {
			d.Feed([]byte(text))
		} else {
			d.Feed([]byte("+OK\r\n"))
		}
		for e, ok := d.Next(); ok; e, ok = d.Next() {
			odd |= e.Odd
		}
	}
	for _, o := range client.Odds {
		if odd.Has(o.Odd) && o.Odd != client.OddOKMore && !slices.ContainsFunc(found, func(b Breach) bool {
			return slices.ContainsFunc(b.Law.Ref.IDs(), func(id string) bool { return slices.Contains(o.Ref.IDs(), id) })
		}) {
			t.Errorf("%q answered with %q: the client finds %q (%s), the laws find %s", lines, text, o.Name, o.Ref.Reqs, texts(found))
		}
	}
}

// TestDueBreaksNoLaw: what the server has to say breaks none, in a world without faults, whatever the client says.
//
// req: FRM-09, FRM-10, FRM-11, FRM-12, FRM-14, FRM-25, FRM-26, FRM-28, FRM-29
func TestDueBreaksNoLaw(t *testing.T) {
	lines := in("CAPA", "STAT", "LIST", "LIST 2", "LIST 99", "UIDL", "UIDL 3", "TOP 2 1", "TOP 2 0", dotty, "RETR 4", "RETR 13", "DELE 1", "DELE 1", "LIST", "UIDL", "LAST", "NOOP", "RSET", "nonsense", "LANG", "UTF8", "QUIT")
	lines = append([]string{"CAPA", "AUTH", "AUTH PLAIN", "*", "APOP dewey 0", "STLS x"}, lines...)
	for i := range len(lines) + 1 {
		l := held(t, lines[:i]...)
		k := l.device("phone").link
		due := k.due()
		if len(due) == 0 {
			t.Fatalf("nothing waits after %q", lines[:i])
		}
		if found := readAnswer(k.held, due).judge(); len(found) > 0 {
			t.Errorf("%q after %q breaks %s, want no law", due, lines[:i], texts(found))
		}
	}
}

// TestHeld: a client hears nothing until its answer is let go; what it sent ahead waits too, its lock stays, and its
// idle timer doesn't run.
func TestHeld(t *testing.T) {
	l := held(t, in("STAT")...)
	mustDo(t, l, send("phone", "NOOP\r\nNOOP\r\n"), Input{Verb: Advance, Millis: 3 * IdleMillis})
	steps := l.Steps()
	if got := sent(l.Steps()[len(l.Steps())-1:], "phone"); got != "" || !l.Connected("phone") {
		t.Errorf("while an answer waits the client gets %q (connected: %v), want silence", got, l.Connected("phone"))
	}
	if side := steps[len(steps)-1].Side; string(side.Held) != "+OK 13 36154\r\n" {
		t.Errorf("what waits: got %q, want STAT's answer", side.Held)
	}
	if _, err := l.Do(Input{Verb: Expire, Device: "phone"}); err == nil {
		t.Error("the idle timer can run out while the client waits for its answer; want a refusal")
	}
	for _, want := range []string{"+OK 13 ", "+OK"} {
		if got := sent(mustDo(t, l, Input{Verb: Answer, Device: "phone", Last: true}), "phone"); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("let go: got %q, want one line that begins with %q: answers go one by one", got, want)
		}
	}
	if got := sent(mustDo(t, l, Input{Verb: Hold, Last: true}), "phone"); !strings.HasPrefix(got, "+OK") {
		t.Errorf("when answers wait no more: got %q, want the one that waited", got)
	}
	if _, err := l.Do(answer("+OK\r\n")); err == nil {
		t.Error("an answer that doesn't wait can be given; want a refusal")
	}
}

// TestHeldAndGone: a client that goes while its answer waits gets none, and a server's QUIT that waits ends the session
// when it's let go.
func TestHeldAndGone(t *testing.T) {
	for _, v := range []Verb{Hangup, Vanish} {
		l := held(t, in("STAT")...)
		for _, s := range mustDo(t, l, Input{Verb: v, Device: "phone"}) {
			if len(s.Event.Out()) > 0 && !s.Lost {
				t.Errorf("%v: %q arrives at a client that is gone", v, s.Event.Wire)
			}
		}
	}
	l := held(t, in("DELE 1", "QUIT")...)
	if n := len(l.Store().Drops().Messages("dewey")); n != 12 {
		t.Errorf("while the answer to QUIT waits there are %d messages, want 12: what the server does is done", n)
	}
	if steps := mustDo(t, l, answer("-ERR not yet\r\n")); steps[len(steps)-1].Event.Kind != engine.KindClose || l.Connected("phone") {
		t.Error("behind the answer to QUIT the connection stays, want it closed")
	}
}

// TestHoldingChangesNothing: whatever clients say, answers that wait and are let go as they are make the same octets as
// answers that don't wait; and a script brings an edited answer back.
func TestHoldingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := in(rapid.SliceOfN(rapid.SampledFrom([]string{"STAT", "LIST", "RETR 2", "RETR 99", "TOP 3 1", "DELE 1", "NOOP", "RSET", "UIDL", "x", "QUIT"}), 1, 8).Draw(t, "lines")...)
		all := strings.Join(lines, "\r\n") + "\r\n"
		fault := rapid.SampledFrom([]string{"", "reply-twice", "terminator-missing", "drops-during-retr", "split-every-octet"}).Draw(t, "fault")
		world := Demo()
		if fault != "" {
			world.Faults = []string{fault}
		}
		run := func(hold bool) (string, *Lab) {
			l, err := New(world)
			if err != nil {
				t.Fatal(err)
			}
			do := func(in Input) {
				if _, err := l.Do(in); err != nil {
					t.Fatalf("%+v: %v", in, err)
				}
			}
			if hold {
				do(Input{Verb: Hold})
			}
			do(Input{Verb: Connect, Device: "phone"})
			if l.Connected("phone") {
				do(send("phone", all))
			}
			for l.Connected("phone") && l.device("phone").link.waits() {
				do(Input{Verb: Answer, Device: "phone", Last: true})
			}
			return sent(l.Steps(), "phone"), l
		}
		want, _ := run(false)
		got, l := run(true)
		if got != want {
			t.Fatalf("answers that waited: got %q, want %q", got, want)
		}
		script, err := ParseScript(l.Script().Text())
		if err != nil {
			t.Fatal(err)
		}
		again, err := script.Replay()
		if err != nil {
			t.Fatal(err)
		}
		if got := sent(again.Steps(), "phone"); got != want {
			t.Fatalf("replayed: got %q, want %q", got, want)
		}
	})
}

// TestLongAnswersDontWait: an answer of more than a mebibyte goes out as it is.
func TestLongAnswersDontWait(t *testing.T) {
	l := held(t, deweys...)
	mustDo(t, l, Input{Verb: Hold, Last: true}, Input{Verb: Hangup, Device: "phone"},
		Input{Verb: Deliver, User: "dewey", Octets: []byte("Subject: long\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 20_000))},
		Input{Verb: Connect, Device: "phone"}, send("phone", strings.Join(deweys, "\r\n")+"\r\n"), Input{Verb: Hold})
	steps := mustDo(t, l, send("phone", "RETR 14\r\nNOOP\r\n"))
	if got := sent(steps, "phone"); len(got) < maxHeld || !strings.HasSuffix(got, "\r\n.\r\n") {
		t.Errorf("RETR of 1.4 million octets: got %d octets at once, want all", len(got))
	}
	if got := string(l.device("phone").link.due()); !strings.HasPrefix(got, "+OK") {
		t.Errorf("behind it %q waits, want the answer to NOOP", got)
	}
}

// TestDevicesInTime: what a device does may come some time after the input before, and what is due meanwhile happens
// first; what comes too late finds its connection closed, and a replay agrees.
func TestDevicesInTime(t *testing.T) {
	l := demo(t, login)
	late := send("phone", "STAT\r\n")
	other := Input{Verb: Connect, Device: "home", After: IdleMillis - 1}
	mustDo(t, l, other)
	if !l.Connected("phone") {
		t.Fatal("before ten minutes have gone by the phone's connection is closed")
	}
	late.After = 1
	steps := mustDo(t, l, late)
	if last := steps[len(steps)-1]; l.Connected("phone") || !last.Lost || string(last.Event.Wire) != "STAT\r\n" {
		t.Errorf("what is sent when the idle timer has run out: %+v, want it lost", last)
	}
	if _, err := l.Do(late); err == nil {
		t.Error("a device that isn't connected can send, if only later; want a refusal")
	}
	again, err := l.Script().Replay()
	if err != nil || len(again.Steps()) != len(l.Steps()) || again.Now() != l.Now() {
		t.Errorf("replayed: %v, want the same steps", err)
	}
}
