package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
	"pop3lab/wasm/build"
)

// taught is the module with lessons, built and compiled once for all tests.
var taught = sync.OnceValues(func() (*host, error) {
	octets, err := build.Lessons()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	h := &host{runtime: wazero.NewRuntime(ctx)}
	wasi_snapshot_preview1.MustInstantiate(ctx, h.runtime)
	if h.module, err = h.runtime.CompileModule(ctx, octets); err != nil {
		return nil, err
	}
	return h, nil
})

func answersOf(answers []lessons.Answer) []byte {
	var b strings.Builder
	for _, a := range answers {
		b.WriteString(lessons.AnswerLine(a) + "\n")
	}
	return []byte(b.String())
}

// TestLessonsInTheModule: what a page gets of every lesson, of its reference, and of how far it leads is in the module,
// octet for octet, what it is natively; and the reference, shown, meets every goal.
func TestLessonsInTheModule(t *testing.T) {
	h, err := taught()
	if err != nil {
		t.Fatal(err)
	}
	i, err := h.instantiate()
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{instance: i}
	for _, id := range curriculum.Order {
		text, _ := curriculum.Text(id)
		file := []byte("7 " + id + ".txtar\n" + text)
		p.same(t, "lesson", file, uint32(len(file)))
		number, begun := uint32(len(p.native.lessons)), uint32(len(p.native.labs))
		p.same(t, "steps", nil, begun, 0, 1<<20)
		p.same(t, "check", nil, number, begun, 0)
		p.same(t, "show", nil, number)
		shown := uint32(len(p.native.labs))
		l := p.native.lessons[number-1]
		way, err := l.Way("reference")
		if err != nil {
			t.Fatal(err)
		}
		_, answers, err := l.Play(way, -1)
		if err != nil {
			t.Fatal(err)
		}
		given := answersOf(answers)
		p.same(t, "check", given, number, shown, uint32(len(given)))
		if got := l.Check(p.native.labs[shown-1].Steps(), answers); !got.Done {
			t.Errorf("%s: the reference, shown, doesn't meet every goal: %s", id, got.Why)
		}
		script := p.same(t, "script", nil, shown)
		p.same(t, "resume", script, number, uint32(len(script)))
		p.same(t, "check", given, number, uint32(len(p.native.labs)), uint32(len(given)))
	}
}

// TestTranslatedInTheModule: in another language a page has other words for the same answers, in the same order; and the
// English answers of the reference meet every goal.
func TestTranslatedInTheModule(t *testing.T) {
	h, err := taught()
	if err != nil {
		t.Fatal(err)
	}
	i, err := h.instantiate()
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{instance: i}
	for _, id := range curriculum.Order[:5] {
		text, _ := curriculum.Text(id)
		file := []byte("7 " + id + ".txtar\n" + text)
		p.same(t, "lesson", file, uint32(len(file)))
		number, begun := uint32(len(p.native.lessons)), uint32(len(p.native.labs))
		l := p.native.lessons[number-1]
		before, err := courseOf(l)
		if err != nil {
			t.Fatal(err)
		}
		said, _ := curriculum.Translation(id, "de")
		file = []byte(id + ".de.txtar\n" + said)
		p.same(t, "translate", file, number, begun, uint32(len(file)))
		after, err := courseOf(l)
		if err != nil {
			t.Fatal(err)
		}
		if after.Title == before.Title {
			t.Errorf("%s: got the title %q, want it in German", id, after.Title)
		}
		for n, q := range before.Questions {
			other := after.Questions[n]
			if !slices.Equal(other.Options, q.Options) || q.Words != nil || other.Text == q.Text || len(other.Words) != 0 && len(other.Words) != len(q.Options) {
				t.Errorf("%s: question %s: got the answers %q, said as %q, want %q: hand-ins say the same in every language", id, q.Name, other.Options, other.Words, q.Options)
			}
		}
		p.same(t, "show", nil, number)
		shown := uint32(len(p.native.labs))
		way, err := l.Way("reference")
		if err != nil {
			t.Fatal(err)
		}
		_, answers, err := l.Play(way, -1)
		if err != nil {
			t.Fatal(err)
		}
		given := answersOf(answers)
		p.same(t, "check", given, number, shown, uint32(len(given)))
		if got := l.Check(p.native.labs[shown-1].Steps(), answers); !got.Done {
			t.Errorf("%s: the reference doesn't meet every goal: %s", id, got.Why)
		}
	}
}

// TestLessonsOfNonsense: what isn't a lesson, an answer or a session of it is refused in a sentence, and does no harm.
func TestLessonsOfNonsense(t *testing.T) {
	r := &reactor{}
	put := func(text string) uint32 {
		copy(r.input(uint32(len(text))), text)
		return uint32(len(text))
	}
	says := func(what string, size int32, want string) {
		t.Helper()
		if size >= 0 || !strings.Contains(string(r.out), want) {
			t.Errorf("%s: got %d, %q, want an error with %q", what, size, r.out, want)
		}
	}
	text, _ := curriculum.Text("hello-stat")
	says("no seed", r.lesson(put("x my.txtar\n"+text)), "invalid syntax")
	says("no lesson", r.lesson(put("1 my.txtar\nhello")), "my.txtar: there is no section")
	says("a goal word that isn't", r.lesson(put("1 my.txtar\n"+strings.Replace(text, "sent STAT ok", "run STAT ok; rm", 1))), "my.txtar:")
	says("too long", r.lesson(put("1 my.txtar\n"+strings.Repeat("x", lessons.MaxText+1))), "a lesson is shorter")
	says("a translation of no lesson", r.translate(1, 1, put("a.de.txtar\n")), "there is no lesson 1")
	says("no such lesson", r.check(1, 1, 0), "there is no lesson 1")
	if r.lesson(put("1 my.txtar\n"+text)) < 0 {
		t.Fatalf("a lesson: %s", r.out)
	}
	says("an answer that is none", r.check(1, 1, put("count\n")), "want the question's name")
	says("a script of another world", r.resume(1, put("1.AAEAAAAAAAAA")), "")
	if r.begin(0) < 0 || r.script(2) < 0 {
		t.Fatalf("begin: %s", r.out)
	}
	says("a script of the demonstration", r.resume(1, put(string(r.out))), "doesn't begin as this lesson does")
}

// TestQuestionsAreShuffled: a lesson's file has the right answer first; the page hasn't, and editions differ.
func TestQuestionsAreShuffled(t *testing.T) {
	first, orders := 0, map[string]bool{}
	for seed := range uint64(40) {
		l, err := curriculum.Load("line-drops", seed+1)
		if err != nil {
			t.Fatal(err)
		}
		c, err := courseOf(l)
		if err != nil {
			t.Fatal(err)
		}
		q := c.Questions[0]
		orders[strings.Join(q.Options, "|")] = true
		if l.Question(q.Name).Options[0].Text == q.Options[0] {
			first++
		}
	}
	if first == 40 || first == 0 || len(orders) < 2 {
		t.Errorf("of 40 editions %d have the file's first answer first, in %d orders; want a mixture", first, len(orders))
	}
}
