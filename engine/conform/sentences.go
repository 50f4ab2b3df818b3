package conform

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// sentences.json has the sentence of the RFC that decided a row, word for word but for its line breaks,
// by the row's id. Rows that follow from several sentences, or from none, have none.
//
//go:embed sentences.json
var sentences []byte

var said = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	if err := json.Unmarshal(sentences, &out); err != nil {
		panic("conform: sentences.json is embedded and was tested, yet: " + err.Error())
	}
	return out
})

// Sentence is what the RFC that a row cites says, in its own words; empty where no one sentence
// decided it.
func Sentence(id string) string { return said()[id] }

// parts says which rows decide what may be relied on in a part of a line, by the part's name
// (engine.Part).
var parts = map[string][]string{
	"keyword":               {"FRM-03", "FRM-07"},
	"space":                 {"FRM-06"},
	"argument":              {"FRM-05", "FRM-08"},
	"secret":                {"FMT-04"},
	"one argument too many": {"FRM-22"},
	"status indicator":      {"FRM-09", "FRM-10"},
	"response code":         {"RSP-01", "RSP-05"},
	"text":                  {"FRM-27"},
	"timestamp":             {"APO-01"},
	"number":                {"OPN-07", "OPN-11"},
	"octets":                {"FMT-02"},
	"unique-id":             {"UID-07", "UID-12"},
	"language tag":          {"I18-22"},
	"capability tag":        {"CAP-02"},
	"capability argument":   {"CAP-02"},
	"mechanism":             {"SAS-40"},
	"Base64":                {"SAS-05", "SAS-15"},
	"cancel":                {"SAS-09"},
	"payload line":          {"FRM-13"},
	"stuffed dot":           {"FRM-15"},
	"terminator":            {"FRM-14"},
	"CR LF":                 {"FRM-04", "FRM-11"},
	"LF alone":              {"FRM-04"},
	"CR NUL":                {"FRM-04"},
	"stray octets":          {"FRM-25"},
}

// Parts are the rows that decide what a part of a line is, by the part's name. The caller doesn't
// change them.
func Parts() map[string][]string { return parts }
