package lessons_test

import (
	"strconv"
	"strings"
	"testing"

	"pop3lab/lessons"
	"pop3lab/lessons/author"
	"pop3lab/lessons/curriculum"
)

// TestBounds: a file from a stranger can't ask for more than a lesson needs. It's refused with a sentence.
func TestBounds(t *testing.T) {
	const head, goals = "-- lesson.md --\n---\nid: x\ntitle: X\n---\n", "-- goals --\n# It.\nsent STAT ok\n"
	const way = "-- reference.pop3 --\nC: STAT\n"
	for name, c := range map[string]struct{ text, want string }{
		"a file too long":     {head + strings.Repeat("words ", lessons.MaxText/6) + "\n" + goals + way, "octets; a lesson is shorter"},
		"messages too many":   {head + goals + way + "-- world --\nuser: mrose x\ngenerate: mrose " + strconv.Itoa(lessons.MaxMessages+1) + " 100\n", "messages"},
		"mail too large":      {head + goals + way + "-- world --\nuser: mrose x\ngenerate: mrose 1 " + strconv.Itoa(lessons.MaxMail+1) + "\n", "octets of mail"},
		"repeated too often":  {head + goals + way + "-- mail/mrose/a.eml times=100000 --\nx\n", "up to " + strconv.Itoa(lessons.MaxMessages)},
		"goals too many":      {head + "-- goals --\n" + strings.Repeat("# It.\nsent STAT ok\n", lessons.MaxGoals+1) + way, "1 to " + strconv.Itoa(lessons.MaxGoals)},
		"a span too wide":     {head + goals + way + "-- vary --\nn: 1..99999999\n", "LOWEST..HIGHEST"},
		"copies without end":  {head + goals + way + "-- mail/mrose/a.eml octets --\n\\{99999999*x}\n", "copies in this lesson"},
		"a message of copies": {head + goals + way + "-- mail/mrose/a.eml octets --\n\\{999999*x}\n\\{999999*x}\n", "copies in this lesson"},
		"copies in a line":    {head + goals + "-- reference.pop3 --\nC> \\{67108864*x}\n", "copies in this lesson"},
		"mailboxes too many":  {head + goals + way + "-- world --\nuser: mrose x\n" + strings.Repeat("mailbox: mrose dewey\n", 16), "messages"},
		"repeated and large":  {head + goals + way + "-- mail/mrose/a.eml times=200 --\n" + strings.Repeat("x", 6000) + "\n", "octets together"},
	} {
		l, err := lessons.Load("x.txtar", c.text, 0)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", name, l != nil, err, c.want)
		}
	}
	l, err := lessons.Load("x.txtar", head+goals+"-- reference.pop3 --\n"+strings.Repeat("C: STAT\n", lessons.MaxActs+1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Way("reference"); err == nil || !strings.Contains(err.Error(), "moves") {
		t.Errorf("a dialogue too long: got %v, want it refused", err)
	}
}

// TestStepsAreBounded: however long a session grows, no more is checked than the bound.
func TestStepsAreBounded(t *testing.T) {
	l, steps := long(t)
	c := l.Checker()
	for n := 0; n < lessons.MaxSteps; n += len(steps) {
		c.Steps(steps)
	}
	before := c.Progress().Commands
	c.Steps(steps)
	if got := c.Progress().Commands; got != before {
		t.Errorf("got %d commands after the bound, want %d: what follows isn't looked at", got, before)
	}
}

// TestProseIsNoMarkup: prose becomes text and links, never markup; a link leads to a page, never to a script.
func TestProseIsNoMarkup(t *testing.T) {
	for _, to := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//example.com", "http://example.com", "java\tscript:x", `\\example.com`, "vbscript:x"} {
		for _, b := range lessons.Blocks("See [this](" + to + ") now.") {
			for _, s := range b.Spans {
				if s.Kind == "a" {
					t.Errorf("got a link to %q, want words: only https:// and pages of this site are linked", s.To)
				}
			}
		}
	}
	for _, good := range []string{"https://www.rfc-editor.org/rfc/rfc1939", "../reference/RETR", "reference/RETR#RET-01"} {
		if b := lessons.Blocks("[this](" + good + ")"); len(b) != 1 || b[0].Spans[0].Kind != "a" || b[0].Spans[0].To != good {
			t.Errorf("got %+v, want a link to %s", b, good)
		}
	}
	const tag = `<img src=x onerror=alert(1)> <script>alert(1)</script>`
	if b := lessons.Blocks(tag); len(b) != 1 || len(b[0].Spans) != 1 || b[0].Spans[0] != (lessons.Span{Text: tag}) {
		t.Errorf("got %+v, want the tag as plain text", b)
	}
}

// TestBlocks reads one of everything.
func TestBlocks(t *testing.T) {
	got := lessons.Blocks("One *two* `three`\nfour.\n\n## Five\n\n- six\n  seven\n- eight\n\n    C: NINE\n    S: ten\n\n2 * 3 * 4")
	want := []lessons.Block{
		{Kind: "p", Spans: []lessons.Span{{Text: "One "}, {Kind: "em", Text: "two"}, {Text: " "}, {Kind: "code", Text: "three"}, {Text: " four."}}},
		{Kind: "h2", Spans: []lessons.Span{{Text: "Five"}}},
		{Kind: "li", Spans: []lessons.Span{{Text: "six seven"}}},
		{Kind: "li", Spans: []lessons.Span{{Text: "eight"}}},
		{Kind: "pre", Spans: []lessons.Span{{Kind: "code", Text: "C: NINE\nS: ten"}}},
		{Kind: "p", Spans: []lessons.Span{{Text: "2 * 3 * 4"}}},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d blocks, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i].Kind != want[i].Kind || len(got[i].Spans) != len(want[i].Spans) {
			t.Errorf("block %d: got %+v, want %+v", i, got[i], want[i])
			continue
		}
		for j := range want[i].Spans {
			if got[i].Spans[j] != want[i].Spans[j] {
				t.Errorf("block %d: got %+v, want %+v", i, got[i].Spans[j], want[i].Spans[j])
			}
		}
	}
}

// FuzzLoad: whatever stands in a file, it's a lesson or an error with the file's name; a lesson can be begun,
// played and checked, and its prose read.
func FuzzLoad(f *testing.F) {
	for _, id := range curriculum.Order {
		text, _ := curriculum.Text(id)
		f.Add(text, uint64(1))
	}
	f.Add(author.Template("x"), uint64(0))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		l, err := lessons.Load("x.txtar", text, seed)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.txtar") {
				t.Errorf("got the error %q, want it to begin with the file", err)
			}
			return
		}
		lessons.Blocks(l.Prose)
		for _, name := range append([]string{"reference"}, l.Rejects...) {
			d, err := l.Way(name)
			if err != nil {
				continue
			}
			lab, answers, err := l.Play(d, -1)
			if err != nil {
				continue
			}
			l.Check(lab.Steps(), answers)
			if l.Role == lessons.Attacker {
				l.Attack(answers)
			}
		}
	})
}
