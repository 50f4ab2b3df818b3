package watch

import (
	"errors"

	"pop3lab/engine"
	"pop3lab/engine/client"
)

// Explain puts the event that Next returned last in words. It says nothing about the maildrop that went by
// nowhere, and claims no reason for a refusal that gives none.
func (r *Reader) Explain() engine.Explanation {
	e := r.last
	switch {
	case e.Kind == engine.KindTLS:
		return engine.Explanation{Text: "Both sides begin TLS now. What they say in it nobody in between can read.",
			Ref: engine.Ref{RFC: 2595, Section: "4", Reqs: "TLS-05"}}
	case e.Err != nil:
		return lost(e)
	case e.Kind == engine.KindClose && r.cut:
		return engine.Explanation{Text: "The connection is closed, and an answer was due: who was cut off can't know whether the last command was carried out.",
			Ref: engine.Ref{RFC: 1939, Section: "6", Reqs: "STA-11"}}
	case e.Kind == engine.KindReply && e.Status == engine.Err && e.Text == engine.TextNone && e.Code == engine.CodeNone:
		return e.Note()
	}
	v, known := r.View()
	var view *engine.View
	switch {
	case known:
		view = &v
	case e.Kind == engine.KindLine && e.Verb != "QUIT":
		view = &engine.View{Secure: e.Secure} // what notes on lines look at
	}
	x := engine.Explain(e.Event, view)
	for _, d := range client.Odds {
		if e.Odd.Has(d.Odd) {
			x.Text += " Odd: " + d.Doc
		}
	}
	return x
}

// lost explains why the rest isn't explained.
func lost(e client.Event) engine.Explanation {
	var protocol *client.ProtocolError
	switch {
	case errors.Is(e.Err, ErrTLS):
		return engine.Explanation{Text: "The connection is closed. What went through TLS only the two sides know."}
	case e.Kind == engine.KindClose:
		return engine.Explanation{Text: "The connection is closed."}
	case errors.Is(e.Err, client.ErrInjected):
		return engine.Explanation{Text: "Octets came in the clear behind the answer to STLS: somebody put them there. A careful client gives up here. What follows isn't read.",
			Ref: engine.Ref{RFC: 2595, Section: "4", Reqs: "TLS-06 DAU-01"}}
	case errors.As(e.Err, &protocol):
		return engine.Explanation{Text: "That can't be read as an answer: " + protocol.What + ". The octets still go through, and nothing more is explained.",
			Ref: engine.Ref{RFC: 1939, Section: "3"}}
	}
	return engine.Explanation{Text: "From here on the conversation can't be followed. The octets still go through."}
}
