package author

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"pop3lab/lessons"
)

// TestGuideIsFresh: the guide that is committed is the one that the tables make.
func TestGuideIsFresh(t *testing.T) {
	got, err := os.ReadFile("../GUIDE.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Guide() {
		t.Error("lessons/GUIDE.md isn't what the tables make; go generate ./lessons/author writes it")
	}
}

// TestTemplate: what lesson new writes is a lesson that lint accepts, once its S lines are written.
func TestTemplate(t *testing.T) {
	text, err := Update("x.txtar", Template("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Prove("x.txtar", text, []string{"hello-stat", "x"}) {
		if !f.Advice {
			t.Error(f)
		}
	}
	if again, err := Update("x.txtar", text); err != nil || again != text {
		t.Errorf("a second update changes the file, or fails: %v", err)
	}
}

// TestUpdateBegins: the S lines are what the server says after what the lesson begins with.
func TestUpdateBegins(t *testing.T) {
	text := strings.Replace(Template("x"), "-- goals --", "-- begin.pop3 --\n[phone] C connects\n[phone] C: USER {who}\n[phone] C: PASS {secret}\n-- goals --", 1)
	got, err := Update("x.txtar", text)
	if err != nil {
		t.Fatal(err)
	}
	if want := "S: -ERR [IN-USE]"; !strings.Contains(got, want) {
		t.Errorf("got no line %q: the phone has the lock since before the student came", want)
	}
}

// TestWordsSayTheirOwnExample: each goal word's example is a goal that can be read.
func TestWordsSayTheirOwnExample(t *testing.T) {
	for _, w := range lessons.Words() {
		text := Template("x")
		switch {
		case strings.HasPrefix(w.Name, "served"):
			text = strings.Replace(text, "modes:", "role: server\nmodes:", 1)
		case strings.HasPrefix(w.Name, "victim"):
			text = strings.Replace(text, "modes:", "role: attacker\nvictim: naive\nmodes:", 1)
		}
		text = strings.Replace(text, "-- questions --", "-- questions --\nchoice size: ?\n+ a :: b\nchoice fate: ?\n+ a :: b", 1)
		text = strings.Replace(text, "sent NOOP ok", "sent NOOP ok\n# The example.\n"+w.Example, 1)
		if _, err := lessons.Load("x.txtar", text, 0); err != nil {
			t.Errorf("%s: its example %q: %v", w.Name, w.Example, err)
		}
		if w.Doc == "" || w.Missing == "" || !strings.HasPrefix(w.Usage, w.Name) {
			t.Errorf("%s: usage, explanation or what's said when it's missing isn't there", w.Name)
		}
	}
}

// broken are changes to the template that lint has to notice. A finding that begins with a colon follows the
// file and the line of the change.
var broken = []struct{ name, old, new, want string }{
	{"goal met by nothing", "sent NOOP ok", "waited 0", "goal 1 is met before anything was done"},
	{"goal that can't be met", "sent NOOP ok", "state closed", "it doesn't meet goal 1"},
	{"reference misses a goal", "C: NOOP\nA: count = count", "A: count = count", "reference: it doesn't meet goal 1"},
	{"reference goes on too long", "A: count = count", "A: count = count\nC: NOOP", "before its last move"},
	{"reject that succeeds", "A: count = total", "A: count = count", "it meets every goal"},
	{"reject for another reason", "# fails goal 2: These are octets.", "# fails goal 2: Something else.", "for another reason"},
	{"reject that fails another goal", "# fails goal 2: These are octets.", "# fails goal 1: These are octets.", "it fails goal 2, want goal 1"},
	{"reject without reason", "# fails goal 2: These are octets.", "# hm", "has to say why it fails"},
	{"no such lesson", "needs: hello-stat", "needs: hello-world", "there is no lesson hello-world"},
	{"no such section of an RFC", "1939/5/NOOP", "1939/55", "there is no 1939/55"},
	{"no such command in a section", "1939/5/NOOP", "1939/5/PASS", "there is no 1939/5/PASS"},
	{"rung missing", "1.2: It's called NOOP.\n", "", "2 rungs of hints, want 3"},
	{"no exit question", "choice exit:", "choice other:", "no question named exit"},
	{"nothing right", "+ Nothing ::", "- Nothing ::", "has no right answer"},
	{"unknown word", "sent NOOP ok", "said NOOP ok", `: there is no goal word "said"`},
	{"unknown question", "answered count", "answered size", ": answered: want the name of a question"},
	{"unknown section", "-- notes.md --", "-- note.md --", `no section "note.md"`},
	{"unknown field", "minutes: 5", "minute: 5", ": the header has no field minute"},
	{"unknown name in braces", "There are {n}", "There are {m}", ": there is no {m}"},
	{"unknown world", "user: {who}", "users: {who}", ": there is no field users"},
	{"goal without sentence", "# Ask the server for a sign of life.\n", "", "no sentence for the student"},
	{"a line nobody understands", "C: NOOP\nA: count = count", "C NOOP\nA: count = count", "nothing of that kind can happen"},
	{"answer that isn't offered", "A: count = count", "A: exit Bananas\nA: count = count", "question exit has no answer \"Bananas\"; there are:\n  Nothing\n  It marks"},
	{"word for a happening sent", "C: NOOP\nA: count = count", "C: connects\nC: NOOP\nA: count = count", "did you mean C connects, without the colon?"},
	{"hint that is no command", "1.3: > NOOP", "1.3: > NOPE", "1.3: there is no command NOPE"},
	{"goal with a command that isn't", "sent NOOP ok", "sent NOPE ok", ": sent: there is no command NOPE"},
	{"name that nothing uses", "n: 2..5", "n: 2..5\nk: 1..2", "nothing uses {k}"},
	{"name in the title", "title: A title", "title: A title for {who}", "title: holds {who}"},
	{"name in the summary", "One sentence for", "One sentence of {word} for", "summary: holds {word}"},
	{"chain that ends early", "sent NOOP ok", "sent NOOP ok then sent RSET ok", "Of its 2 steps it came to number 1, sent NOOP ok; what didn't follow is sent RSET ok."},
	{"chain that never begins", "sent NOOP ok", "sent RSET ok then sent NOOP ok", "Not even its first step came: sent RSET ok."},
	{"time with a unit", "C: NOOP\nA: count = count", "* advance 11m\nC: NOOP\nA: count = count", "want milliseconds, such as 600000"},
	{"device that isn't there", "C: USER {who}\nC: PASS {secret}\nC: NOOP\nA: count = count", "C connects\nC hangs up\nC: NOOP\nA: count = count", "the device isn't connected; connect it first"},
	{"number that vary made", "sent NOOP ok", "removed {who}", `: removed: want message-numbers from 1 on, or none, or all, not "mrose"; the section vary made {who} "mrose"`},
	{"what must not happen", "sent NOOP ok", "never sent NOOP", `has happened. The goal says: "Ask the server for a sign of life." Begin the lesson's world anew.`},
	{"no such fault", "user: {who}", "fault: idle-shot\nuser: {who}", "there is no fault \"idle-shot\"; there are "},
	{"attempt to do too much", "times={n}", "times=999", "times= wants a number up to 200"},
}

// TestProve: lint notices what it's there to notice, and says where.
func TestProve(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			text := strings.Replace(Template("x"), b.old, b.new, 1)
			if text == Template("x") {
				t.Fatalf("the template has no %q", b.old)
			}
			var all []string
			for _, f := range Prove("x.txtar", text, []string{"hello-stat", "x"}) {
				all = append(all, f.String())
			}
			want := b.want
			if strings.HasPrefix(want, ": ") { // it tells the line
				before, _, _ := strings.Cut(text, b.new)
				want = "x.txtar:" + strconv.Itoa(1+strings.Count(before, "\n")) + want
			}
			if got := strings.Join(all, "\n"); !strings.Contains(got, want) {
				t.Errorf("got %q, want a finding with %q", got, want)
			}
		})
	}
}
