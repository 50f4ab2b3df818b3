package engine_test

import (
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/conform"
	"pop3lab/engine/memdrop"
)

// states are those a session can stand in when something happens.
var states = []engine.State{engine.Connected, engine.Authorization, engine.AuthorizationUser, engine.AuthorizationSASL,
	engine.AuthorizationTLS, engine.Transaction, engine.Update}

// servers are the configurations that the table is checked in: every persona, and every switch alone.
func servers() map[string]engine.Config {
	out := map[string]engine.Config{}
	for _, p := range engine.Personas {
		out["persona "+p.Name] = engine.Config{Persona: p, STLS: true}
	}
	for _, s := range engine.Switches {
		out["switch "+s.Name] = engine.Config{Switches: s.Switch, STLS: true}
	}
	out["all switches"] = engine.Config{Switches: 1<<len(engine.Switches) - 1, STLS: true}
	return out
}

func protocol(c engine.Config) *engine.Protocol {
	c.Users, c.Store = engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf"}), memdrop.Demo()
	return engine.New(c)
}

// TestTableIsTotal: whatever happens in whatever state, exactly one row says what it means.
//
// req: FRM-20, FRM-21, FRM-23, STA-03, STA-13
func TestTableIsTotal(t *testing.T) {
	for name, c := range servers() {
		rows := protocol(c).ActiveRules()
		count := map[engine.State]map[engine.Verb]int{}
		for _, s := range states {
			count[s] = map[engine.Verb]int{}
		}
		for _, r := range rows {
			count[r.From][r.Verb]++
		}
		for s, verbs := range count {
			for verb, n := range verbs {
				if n > 1 {
					t.Errorf("%s: %d rows for %s in %s, want one: nobody could say which applies", name, n, verb, s)
				}
			}
		}
		want := map[engine.State][]engine.Verb{
			engine.Connected:         {engine.Connect},
			engine.Authorization:     {engine.Other, engine.Hangup, engine.Expire},
			engine.AuthorizationUser: {engine.Other, engine.Hangup, engine.Expire},
			engine.AuthorizationSASL: {engine.Response, engine.Hangup, engine.Expire},
			engine.AuthorizationTLS:  {engine.Secured, engine.Other, engine.Hangup, engine.Expire},
			engine.Transaction:       {engine.Other, engine.Hangup, engine.Expire},
			engine.Update:            {engine.Commit},
		}
		for s, verbs := range want {
			for _, verb := range verbs {
				missing := count[s][verb] == 0
				if missing && (s == engine.AuthorizationSASL || s == engine.AuthorizationTLS) && !reachable(rows, s) {
					continue
				}
				if missing {
					t.Errorf("%s: no row for %s in %s: the session wouldn't know what to do", name, verb, s)
				}
			}
		}
	}
}

// reachable says whether any row leads to s.
func reachable(rows []engine.Rule, s engine.State) bool {
	return slices.ContainsFunc(rows, func(r engine.Rule) bool { return r.OK == s || r.Err == s || r.More == s })
}

// TestRowsSayWhy: each row cites an RFC, names requirement rows that exist, and has a sentence.
//
// req: FRM-07, DUI-02
func TestRowsSayWhy(t *testing.T) {
	for _, r := range engine.POP3 {
		row := string(r.Verb) + " in " + r.From.String()
		checkRef(t, row, r.Ref)
		if r.Doc == "" || !strings.HasSuffix(r.Doc, ".") || strings.Contains(r.Doc, "\n") {
			t.Errorf("%s: Doc %q, want a sentence for a learner", row, r.Doc)
		}
		if r.Do == nil {
			t.Errorf("%s: nothing is done", row)
		}
		if n := len(r.Verb); r.Verb.Command() && (n < 3 || n > 4 || strings.ToUpper(string(r.Verb)) != string(r.Verb)) {
			t.Errorf("%s: a keyword has three or four letters, in capitals here (RFC 1939 section 3)", row)
		}
		for i, a := range r.Args {
			if a.Name == "" {
				t.Errorf("%s: argument %d has no name", row, i+1)
			}
			if i > 0 && r.Args[i-1].Optional && !a.Optional {
				t.Errorf("%s: argument %s is required behind one that may be missing", row, a.Name)
			}
			if a.Kind == engine.ArgRest && i != len(r.Args)-1 {
				t.Errorf("%s: nothing can follow an argument that takes the rest", row)
			}
		}
		if r.Multi == engine.WithoutArg && (len(r.Args) == 0 || !r.Args[0].Optional) {
			t.Errorf("%s: lines without an argument, but the argument can't be left out", row)
		}
	}
}

// TestEveryCommandIsAnsweredOnce: in whatever state it comes, there is one reply; QUIT's comes from
// UPDATE, which nothing else leads to.
//
// req: FRM-25, STA-11
func TestEveryCommandIsAnsweredOnce(t *testing.T) {
	for _, r := range engine.POP3 {
		if r.OK == engine.Update && r.Verb != "QUIT" {
			t.Errorf("%s leads to UPDATE; only QUIT does (RFC 1939 section 6)", r.Verb)
		}
		if (r.Verb == engine.Hangup || r.Verb == engine.Expire) && r.OK != engine.Closed {
			t.Errorf("%s in %s leads to %s, want closed, without UPDATE (STA-11)", r.Verb, r.From, r.OK)
		}
	}
	p := protocol(engine.Config{STLS: true})
	for _, setup := range [][]string{nil, {"USER mrose"}, {"AUTH PLAIN"}, {"USER mrose", "PASS tanstaaf"}} {
		for _, r := range engine.POP3 {
			if !r.Verb.Command() {
				continue
			}
			s := p.NewSession(engine.Peer{ID: "x", Cleartext: true, Stamp: "<1.1@x>"})
			for _, l := range setup {
				s.Feed([]byte(l + "\r\n"))
			}
			drain(s)
			s.Feed([]byte(string(r.Verb) + "\r\n"))
			replies := 0
			for _, e := range drain(s) {
				if e.Kind == engine.KindReply {
					replies++
				}
			}
			if replies != 1 {
				t.Errorf("%s after %q: got %d replies, want one (FRM-25)", r.Verb, setup, replies)
			}
			s.Hangup()
			drain(s)
		}
	}
}

// drain takes all events, with copies of their octets.
func drain(s *engine.Session) []engine.Event {
	var out []engine.Event
	for e, ok := s.Next(); ok; e, ok = s.Next() {
		e.Wire = slices.Clone(e.Wire)
		out = append(out, e)
	}
	return out
}

// TestTablesBeside: capabilities, switches, faults and personas say what they are, too.
//
// req: CAP-08, FRM-31, DUI-03, STA-04
func TestTablesBeside(t *testing.T) {
	for _, c := range engine.Capabilities {
		name := "capability " + c.Tag
		checkRef(t, name, c.Ref)
		if c.Doc == "" || strings.ContainsAny(c.Tag, ". ") || strings.ToUpper(c.Tag) != c.Tag {
			t.Errorf("%s: want a sentence, and a tag in capitals without dot or space (RFC 2449 section 3)", name)
		}
	}
	for i, s := range engine.Switches {
		if s.Switch != 1<<i || s.Name == "" || s.Off == "" || s.On == "" {
			t.Errorf("switch %d, %q: want its place in the order of the constants, a name, and what it means off and on", i, s.Name)
		}
		checkReqs(t, "switch "+s.Name, s.Reqs)
	}
	for i, f := range engine.AllFaults {
		if f.Fault != 1<<i || f.Name == "" || f.Doc == "" {
			t.Errorf("fault %d, %q: want its place in the order of the constants, a name and a sentence", i, f.Name)
		}
		checkReqs(t, "fault "+f.Name, f.Reqs)
	}
	names := map[string]bool{}
	for _, p := range engine.Personas {
		if names[p.Name] || p.Name == "" || p.Doc == "" {
			t.Errorf("persona %q: want a name of its own and a sentence", p.Name)
		}
		names[p.Name] = true
		server := protocol(engine.Config{Persona: p})
		if caps := server.Caps(); !caps.Has(engine.CapUSER) && !caps.Has(engine.CapAPOP) && !caps.Has(engine.CapSASL) {
			t.Errorf("persona %s: no way to log in (RFC 1939 section 4 wants one)", p.Name)
		}
	}
}

func checkRef(t *testing.T, what string, r engine.Ref) {
	t.Helper()
	if r.RFC < 918 || r.RFC > 9999 || r.Section == "" || r.Reqs == "" {
		t.Errorf("%s: reference %+v, want an RFC, a section and requirement rows", what, r)
	}
	checkReqs(t, what, r.Reqs)
}

func checkReqs(t *testing.T, what, reqs string) {
	t.Helper()
	for id := range strings.FieldsSeq(reqs) {
		if strings.HasPrefix(id, "A-") {
			continue // a decision
		}
		if _, ok := conform.Lookup(id); !ok {
			t.Errorf("%s: %s is no requirement row", what, id)
		}
	}
}
