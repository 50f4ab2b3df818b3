// Package conform holds the requirements this project answers to: what the
// RFCs of POP3 ask of a server and a client, row by row, each with a permanent
// id (TOP-04) by which the table, the notes beside a dialogue, the vectors,
// the coverage page and the lessons name it.
//
// The rows are data (requirements.json); where a row and the RFC it cites
// disagree, the RFC is right. The runner that checks any server over the wire
// will live here too. The package parses JSON, so it stays out of the engine
// and of everything that runs in a browser.
package conform

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// A Requirement is one row.
type Requirement struct {
	// Num numbers the rows in reading order: R001 for what an RFC says, X001
	// for what is derived from the experience of other implementations.
	Num string `json:"num"`
	// ID is permanent: FRM-01. Everything refers to a row by it.
	ID string `json:"id"`
	// Group is the letters of ID, GroupTitle what they stand for.
	Group      string `json:"group"`
	GroupTitle string `json:"group_title"`
	// Source is the RFC and section: "1939 §3".
	Source string `json:"source"`
	// Level is upper-case where the RFC uses that key word in capitals
	// (MUST, SHOULD, MAY), lower-case where it says so in plain language, REC
	// for a derived row, note for an informative one.
	Level string `json:"level"`
	// Side is S for the server, C for the client, B for both.
	Side string `json:"side"`
	// Test is how the row can be tested: W one session on the wire, 2 two
	// sessions, T control of the clock, F fault injection, S TLS, U a unit or
	// vector, C a client against a scripted server, D documentation.
	Test string `json:"test"`
	// Text is the requirement; Note says who is known to get it wrong.
	Text string `json:"text"`
	Note string `json:"note"`
}

//go:embed requirements.json
var source []byte

// Requirements returns all rows in reading order. The slice is the caller's.
func Requirements() []Requirement {
	return append([]Requirement(nil), rows()...)
}

// Lookup finds a row by its id.
func Lookup(id string) (Requirement, bool) {
	for _, r := range rows() {
		if r.ID == id {
			return r, true
		}
	}
	return Requirement{}, false
}

var rows = sync.OnceValue(func() []Requirement {
	d := json.NewDecoder(bytes.NewReader(source))
	d.DisallowUnknownFields()
	var out []Requirement
	if err := d.Decode(&out); err != nil {
		panic("conform: requirements.json is embedded and was tested, yet: " + err.Error())
	}
	return out
})

// Server reports whether the row binds a server and can be shown by a program:
// these are the rows that a vector or a test has to name.
func (r Requirement) Server() bool {
	return strings.Contains("SB", r.Side) && strings.Contains("W2TFSU", r.Test)
}
