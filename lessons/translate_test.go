package lessons_test

import (
	"strings"
	"testing"

	"pop3lab/lessons"
)

// colours is a lesson whose words have names in braces wherever a name may stand.
const colours = `-- lesson.md --
---
id: x
title: X
summary: Nothing much.
---
First for ` + "`{who}`" + `, message {k}.

Second, without a name.

Third for {who}.
-- vary --
who: mrose | dewey | frated | carol
k: 1..2
other: 3 - {k}
-- world --
user: {who} tanstaaf
-- mail/{who}/a.eml --
Subject: A

One line.
-- mail/{who}/b.eml --
Subject: B

Two
lines.
-- goals --
# Fetch message {k}.
sent RETR {k} ok
# Say what comes then.
answered fate
# Say how large it is.
answered size
-- questions --
predict fate: What becomes of message {other}?
+ Nothing happens to {other} :: Right, {who}.
- It's gone :: No, {who}.
typed size: How large is {k}?
= octets {k} :: Right.
- octets {other} :: That's {other}.
else: Ask LIST about {k}.
-- feedback --
when 1 and sent RETR {other} ok: That was {other}, not {k}.
when 1: Fetch {k}.
-- hints --
1.1: It's {k}.
1.3: > RETR {k}
-- debrief.md --
That was {k}.
-- reference.pop3 --
C: USER {who}
C: PASS tanstaaf
C: RETR {k}
A: fate Nothing happens to {other}
A: size = octets {k}
-- reject/other.pop3 --
# fails goal 1: That was {other}, not {k}.
C: USER {who}
C: PASS tanstaaf
C: RETR {other}
`

func pieces(t *testing.T, l *lessons.Lesson) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, p := range l.Pieces() {
		all[p.Key] = p.Text
	}
	return all
}

// TestPiecesKeepNames: a translator reads the file's words, whatever the seed. With one edition's values in
// their place a translation would tell every other student wrong numbers.
func TestPiecesKeepNames(t *testing.T) {
	for _, seed := range []uint64{0, 1, 2, 3} {
		l, err := lessons.Load("x.txtar", colours, seed)
		if err != nil {
			t.Fatal(err)
		}
		got := pieces(t, l)
		for key, want := range map[string]string{
			"prose/1": "First for `{who}`, message {k}.", "prose/3": "Third for {who}.", "debrief/1": "That was {k}.",
			"goal/1": "Fetch message {k}.", "question/fate": "What becomes of message {other}?",
			"question/fate/1": "Nothing happens to {other}", "question/fate/2/reply": "No, {who}.",
			"question/size/2/reply": "That's {other}.", "question/size/else": "Ask LIST about {k}.",
			"feedback/1": "That was {other}, not {k}.", "hint/1.1": "It's {k}.",
		} {
			if got[key] != want {
				t.Errorf("seed %d: piece %s: got %q, want %q: names stay in braces", seed, key, got[key], want)
			}
		}
		if strings.Contains(l.Prose, "{") {
			t.Errorf("seed %d: got prose %q, want no brace: Pieces changes nothing that a student reads", seed, l.Prose)
		}
	}
}

const farben = `-- title 00000000 --
Das X
-- prose/1 00000000 --
Zuerst für {who}, Nachricht {k}.
-- prose/3 00000000 --
Drittens für {who}.
-- goal/1 00000000 --
Hol Nachricht {k}.
-- question/fate/1 00000000 --
Mit {other} geschieht nichts
-- question/fate/2 00000000 --
Sie ist weg
-- feedback/1 00000000 --
Das war {other}, nicht {k}.
`

// TestTranslateFills: what is translated has each edition's values; what isn't stays English, paragraph by
// paragraph.
func TestTranslateFills(t *testing.T) {
	values := map[string]bool{}
	for seed := range uint64(12) {
		l, err := lessons.Load("x.txtar", colours, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Translate("x.de.txtar", farben); err != nil {
			t.Fatal(err)
		}
		who, k, other := l.Vars[0].Value, l.Vars[1].Value, l.Vars[2].Value
		values[who+k] = true
		prose := "Zuerst für " + who + ", Nachricht " + k + ".\n\nSecond, without a name.\n\nDrittens für " + who + "."
		for _, c := range []struct{ what, got, want string }{
			{"title", l.Title, "Das X"},
			{"summary", l.Summary, "Nothing much."},
			{"prose", l.Prose, prose},
			{"goal 1", l.Goals[0].Text, "Hol Nachricht " + k + "."},
			{"goal 2", l.Goals[1].Text, "Say what comes then."},
			{"option 1", l.Questions[0].Options[0].Text, "Mit " + other + " geschieht nichts"},
			{"reply 1", l.Questions[0].Options[0].Reply, "Right, " + who + "."},
			{"hint 1.1", l.Hints[0].Text, "It's " + k + "."},
		} {
			if c.got != c.want {
				t.Errorf("seed %d: %s: got %q, want %q", seed, c.what, c.got, c.want)
			}
		}
	}
	if len(values) < 4 {
		t.Errorf("twelve seeds gave the values %v, want several: the editions have to differ for this test to say anything", values)
	}
}

// TestTranslatedIsJudged: goals are met in every language, the feedback is the translated one, and an option
// counts in the words of both languages: the reference names it in English, the page's student in German.
func TestTranslatedIsJudged(t *testing.T) {
	for _, seed := range []uint64{0, 5} {
		l, err := lessons.Load("x.txtar", colours, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Translate("x.de.txtar", farben); err != nil {
			t.Fatal(err)
		}
		play := func(name string) ([]lessons.Answer, lessons.Progress, func([]lessons.Answer) lessons.Progress) {
			d, err := l.Way(name)
			if err != nil {
				t.Fatal(err)
			}
			lab, answers, err := l.Play(d, -1)
			if err != nil {
				t.Fatal(err)
			}
			check := func(a []lessons.Answer) lessons.Progress { return l.Check(lab.Steps(), a) }
			return answers, check(answers), check
		}
		answers, p, check := play("reference")
		if !p.Done {
			t.Errorf("seed %d: got goals %+v, want all met by the English reference", seed, p.Goals)
		}
		answers[0].Text = l.Questions[0].Options[0].Text
		if p := check(answers); !p.Done {
			t.Errorf("seed %d: got goals %+v for the answer %q, want all met", seed, p.Goals, answers[0].Text)
		}
		if got, want := l.Questions[0].Options[0].Answer(), "Nothing happens to "+l.Vars[2].Value; got != want {
			t.Errorf("seed %d: the option is answered with %q, want %q: hand-ins say the same in every language", seed, got, want)
		}
		answers[0].Text = "Sie ist weg"
		if p := check(answers); p.Goals[1].Met {
			t.Errorf("seed %d: got goal 2 met by a wrong answer in German", seed)
		}
		_, p, _ = play("other")
		if want := "Das war " + l.Vars[2].Value + ", nicht " + l.Vars[1].Value + "."; p.Why != want {
			t.Errorf("seed %d: got the sentence %q, want %q", seed, p.Why, want)
		}
	}
}

// TestTranslateMistakes: a person's mistake is said with its line.
func TestTranslateMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-- title 00000000 --\nX\n-- prose/9 00000000 --\nNeun\n", "x.de.txtar:3: the lesson has no piece"},
		{"-- goal/1 00000000 --\nHol {wer}.\n", "x.de.txtar:1: there is no {wer}"},
	} {
		l, err := lessons.Load("x.txtar", colours, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Translate("x.de.txtar", c.text); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got error %v, want %q", c.text, err, c.want)
		}
	}
}

// TestUnitsAndThousands: a number counts in the way in which German and Spanish write it, too.
func TestUnitsAndThousands(t *testing.T) {
	long := strings.Replace(colours, "One line.", strings.Repeat(strings.Repeat("x", 70)+"\n", 20), 1)
	l, err := lessons.Load("x.txtar", long, 0)
	if err != nil {
		t.Fatal(err)
	}
	lab, err := l.Lab()
	if err != nil {
		t.Fatal(err)
	}
	size := l.Questions[1].Options[0].Text
	if len(size) != 4 {
		t.Fatalf("message 1 has %s octets, want a number of four digits to try this with", size)
	}
	for text, want := range map[string]bool{
		size + " Oktette": true, size + " octetos": true, size[:1] + "." + size[1:]: true, size[:1] + "," + size[1:] + " octets": true,
		size[:1] + "\u202f" + size[1:] + " Oktette.": true, size + " Meter": false, size[:3]: false,
	} {
		p := l.Check(lab.Steps(), []lessons.Answer{{Question: "size", Text: text}})
		if len(p.Answers) != 1 || p.Answers[0].Right != want {
			t.Errorf("the answer %q for %s octets: got %+v, want right %v", text, size, p.Answers, want)
		}
	}
}
