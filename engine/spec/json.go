package spec

import (
	"encoding/json"

	"pop3lab/engine"
)

// A Document is the table as JSON. Fields are only added, never renamed or taken away; Version would
// change with that promise. An empty field is there all the same, a list as [].
type Document struct {
	Version int `json:"version"`
	// States are every state, in the order in which a session lives through them.
	States []State `json:"states"`
	// Rules are the rows that the server has, in the table's order.
	Rules []Rule `json:"rules"`
	// Edges are the rows as ways from state to state.
	Edges         []Edge         `json:"edges"`
	Capabilities  []Capability   `json:"capabilities"`
	Mechanisms    []Mechanism    `json:"mechanisms"`
	ResponseCodes []ResponseCode `json:"responseCodes"`
	Refusals      []Refusal      `json:"refusals"`
	Personas      []Persona      `json:"personas"`
	Switches      []Switch       `json:"switches"`
	Faults        []Fault        `json:"faults"`
	// Parts are what octets on the wire may be.
	Parts []Part `json:"parts"`
}

// A State is a state. ID is what other objects name it by; RFC is its name in RFC 1939 section 3, empty before the
// greeting and after the end.
type State struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	RFC  string `json:"rfc"`
}

// A Ref is a place in an RFC and the ids of the requirements it stands for.
type Ref struct {
	RFC          int      `json:"rfc"`
	Section      string   `json:"section"`
	Requirements []string `json:"requirements"`
}

// A Rule is a row. Multi is never, always or without-argument; OK, Err and More are the ids of states
// and empty where that answer can't come; Capability is what has to be there for the row to be there,
// When and Unless are switches.
type Rule struct {
	From       string `json:"from"`
	Verb       string `json:"verb"`
	Command    bool   `json:"command"`
	Syntax     string `json:"syntax"`
	Args       []Arg  `json:"args"`
	Multi      string `json:"multi"`
	OK         string `json:"ok"`
	Err        string `json:"err"`
	More       string `json:"more"`
	Capability string `json:"capability"`
	When       string `json:"when"`
	Unless     string `json:"unless"`
	Ref        Ref    `json:"ref"`
	Doc        string `json:"doc"`
}

// An Arg is an argument. Kind is word, rest, secret, number, count, mechanism, initial-response or
// language.
type Arg struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Optional bool   `json:"optional"`
}

// An Edge is a way from state to state. Outcome is +OK, -ERR, + or empty for no answer.
type Edge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Verb    string `json:"verb"`
	Outcome string `json:"outcome"`
}

// A Capability is a line of CAPA. There says whether this server has it.
type Capability struct {
	Tag   string `json:"tag"`
	There bool   `json:"there"`
	Ref   Ref    `json:"ref"`
	Doc   string `json:"doc"`
}

// A Mechanism is a SASL mechanism that the server has.
type Mechanism struct {
	Name        string `json:"name"`
	ClientFirst bool   `json:"clientFirst"`
	Cleartext   bool   `json:"cleartext"`
	NeedsTLS    bool   `json:"needsTLS"`
	Legacy      bool   `json:"legacy"`
	Ref         Ref    `json:"ref"`
	Doc         string `json:"doc"`
}

// A ResponseCode is a code without its brackets.
type ResponseCode struct {
	Code string `json:"code"`
	Ref  Ref    `json:"ref"`
	Doc  string `json:"doc"`
}

// A Refusal is a reason for an -ERR or a close.
type Refusal struct {
	Code string `json:"code"`
	Ref  Ref    `json:"ref"`
	Doc  string `json:"doc"`
}

// A Persona is a server out there. Expire is in days, 0 for NEVER, -1 for EXPIRE 0.
type Persona struct {
	Name       string   `json:"name"`
	Doc        string   `json:"doc"`
	Without    []string `json:"without"`
	Switches   []string `json:"switches"`
	Faults     []string `json:"faults"`
	Mechanisms []string `json:"mechanisms"`
	ExtraCapa  []string `json:"extraCapa"`
	LoginDelay int      `json:"loginDelay"`
	Expire     int      `json:"expire"`
}

// A Switch is a choice; On and Off say what happens.
type Switch struct {
	Name         string   `json:"name"`
	Requirements []string `json:"requirements"`
	Off          string   `json:"off"`
	On           string   `json:"on"`
}

// A Fault is a defect. Network says that the driver shows it, not the engine.
type Fault struct {
	Name         string   `json:"name"`
	Requirements []string `json:"requirements"`
	Network      bool     `json:"network"`
	Doc          string   `json:"doc"`
}

// A Part is what an octet range may be.
type Part struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// JSON is the server's Document, indented.
func JSON(p *engine.Protocol) []byte {
	out, err := json.MarshalIndent(Describe(p), "", "  ")
	if err != nil {
		panic("spec: a Document holds strings, numbers and lists of them, yet: " + err.Error())
	}
	return append(out, '\n')
}

var stateIDs = map[engine.State]string{
	engine.Closed: "closed", engine.Connected: "connected", engine.Authorization: "authorization", engine.AuthorizationUser: "authorization-user",
	engine.AuthorizationSASL: "authorization-sasl", engine.AuthorizationTLS: "authorization-tls", engine.Transaction: "transaction", engine.Update: "update",
}

var argKinds = map[engine.ArgKind]string{
	engine.ArgWord: "word", engine.ArgRest: "rest", engine.ArgSecret: "secret", engine.ArgNum: "number", engine.ArgCount: "count",
	engine.ArgMechanism: "mechanism", engine.ArgInitial: "initial-response", engine.ArgLang: "language",
}

var multis = map[engine.Multi]string{engine.Never: "never", engine.Always: "always", engine.WithoutArg: "without-argument"}

func ref(r engine.Ref) Ref { return Ref{r.RFC, r.Section, list(r.IDs())} }

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Describe gathers the server's Document.
func Describe(p *engine.Protocol) Document {
	d := Document{Version: 1}
	for s := engine.Connected; s <= engine.Update; s++ {
		d.States = append(d.States, State{stateIDs[s], s.String(), s.RFC()})
	}
	d.States = append(d.States, State{stateIDs[engine.Closed], engine.Closed.String(), ""})
	d.addRules(p)
	for i := range engine.Capabilities {
		if c := &engine.Capabilities[i]; c.Tag != "" {
			d.Capabilities = append(d.Capabilities, Capability{c.Tag, p.Caps().Has(c.Cap), ref(c.Ref), c.Doc})
		}
	}
	for _, m := range mechanisms(p) {
		d.Mechanisms = append(d.Mechanisms, Mechanism{m.Name, m.ClientFirst, m.Cleartext, m.NeedsTLS, m.Legacy, ref(engine.Ref{RFC: m.RFC, Section: m.Section}), m.Doc})
	}
	for _, c := range engine.ResponseCodes {
		d.ResponseCodes = append(d.ResponseCodes, ResponseCode{string(c.Code), ref(c.Ref), c.Doc})
	}
	for _, r := range engine.Refusals {
		if r.Doc != "" {
			d.Refusals = append(d.Refusals, Refusal{string(r.Code), ref(r.Ref), r.Doc})
		}
	}
	for _, r := range engine.Personas {
		d.Personas = append(d.Personas, Persona{r.Name, r.Doc, list(capNames(r.Without)), list(switchNames(r.Switches)), list(faultNames(r.Faults)),
			list(r.Mechanisms), list(r.ExtraCapa), r.LoginDelay, r.Expire})
	}
	for _, s := range engine.Switches {
		d.Switches = append(d.Switches, Switch{s.Name, engine.Ref{Reqs: s.Reqs}.IDs(), s.Off, s.On})
	}
	for _, f := range engine.AllFaults {
		d.Faults = append(d.Faults, Fault{f.Name, engine.Ref{Reqs: f.Reqs}.IDs(), f.Network, f.Doc})
	}
	for part := engine.PartKeyword; part <= engine.PartStray; part++ {
		d.Parts = append(d.Parts, Part{part.String(), part.Doc()})
	}
	return d
}

// addRules gathers rows and edges; which answers a row can give is what its edges say.
func (d *Document) addRules(p *engine.Protocol) {
	type key struct {
		from engine.State
		verb engine.Verb
	}
	answers := map[key]map[engine.Status]engine.State{}
	for _, e := range engine.Edges(p.ActiveRules()) {
		k := key{e.From, e.Verb}
		if answers[k] == nil {
			answers[k] = map[engine.Status]engine.State{}
		}
		answers[k][e.Outcome] = e.To
		d.Edges = append(d.Edges, Edge{stateIDs[e.From], stateIDs[e.To], string(e.Verb), e.Outcome.String()})
	}
	for _, r := range p.ActiveRules() {
		to := func(s engine.Status) string {
			if next, ok := answers[key{r.From, r.Verb}][s]; ok {
				return stateIDs[next]
			}
			return ""
		}
		out := Rule{From: stateIDs[r.From], Verb: string(r.Verb), Command: r.Verb.Command(), Args: []Arg{}, Multi: multis[r.Multi],
			OK: to(engine.OK), Err: to(engine.Err), More: to(engine.More), Ref: ref(r.Ref), Doc: r.Doc}
		if out.OK == "" {
			out.OK = to(engine.Silent)
		}
		if out.Command {
			out.Syntax = syntax(&r)
		}
		for _, a := range r.Args {
			out.Args = append(out.Args, Arg{a.Name, argKinds[a.Kind], a.Optional})
		}
		for _, names := range []struct {
			to   *string
			from []string
		}{{&out.Capability, capNames(r.Needs)}, {&out.When, switchNames(r.When)}, {&out.Unless, switchNames(r.Unless)}} {
			if len(names.from) == 1 {
				*names.to = names.from[0]
			}
		}
		d.Rules = append(d.Rules, out)
	}
}
