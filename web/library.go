package web

import (
	"github.com/a-h/templ"

	"pop3lab/engine/dialogues"
	"pop3lab/web/view"
)

// library are the list of recorded dialogues and the bench with each of them.
func library(add adder) []page {
	all := []page{add("dialogues", "Dialogues: recorded POP3 sessions to step through",
		"Recorded POP3 sessions, from the examples of RFC 1939 to servers that are wrong: step through each, and take over at any step.",
		func(p view.Page) (templ.Component, error) { return view.DialoguesPage(p, view.NewLibrary()), nil })}
	for _, d := range dialogues.All() {
		all = append(all, add(view.DialoguePath(d.Name), d.Title+": a POP3 dialogue", d.About,
			func(p view.Page) (templ.Component, error) { return view.BenchPage(view.DialogueBench(p, d)), nil }))
	}
	return all
}
