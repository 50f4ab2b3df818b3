package web

import (
	"github.com/a-h/templ"

	"pop3lab/web/view"
)

// An adder makes a page of a path, a title, a description and a content.
type adder func(path, title, description string, content func(view.Page) (templ.Component, error)) page

// reading are the pages to be read: the reference, the states, the coverage. They share what
// view.NewReference found out by playing its sessions.
func reading(add adder) []page {
	of := func(show func(view.Page, *view.Reference) (templ.Component, error)) func(view.Page) (templ.Component, error) {
		return func(p view.Page) (templ.Component, error) {
			r, err := view.NewReference()
			if err != nil {
				return nil, err
			}
			return show(p, r)
		}
	}
	all := []page{
		add("reference", "Reference: the commands of POP3", "Every command of POP3: syntax, states, what it does, and how a client learns that it's there.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) { return view.ReferencePage(p, r), nil })),
		add("reference/events", "Without a command: what else happens to a POP3 session", "Connections, hang-ups, the idle limit, TLS and UPDATE: what happens to a session without a command.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) { return view.EventsPage(p, r), nil })),
		add("reference/answers", "Answers: response codes and refusals of POP3", "Every reason a POP3 server has for an -ERR, with its words, and the response codes.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) { return view.AnswersPage(p, r), nil })),
		add("states", "States of a POP3 session", "The states of a POP3 session as a picture and as lists, each way with a session that walks it.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) {
				s, err := view.NewStates(r)
				return view.StatesPage(p, s), err
			})),
		add("coverage", "Coverage: what the RFCs ask, and the tests that show it", "The requirements of POP3's RFCs, row by row, and the tests that show each of them.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) {
				return view.CoveragePage(p, view.NewCoverage(r)), nil
			})),
	}
	for _, name := range view.CommandNames() {
		all = append(all, add("reference/"+name, name+": a command of POP3", "The POP3 command "+name+": syntax, states, answers, what is known to go wrong, and a session to try it.",
			of(func(p view.Page, r *view.Reference) (templ.Component, error) {
				c, err := r.Lookup(name)
				return view.CommandPage(p, r, c), err
			})))
	}
	return all
}
