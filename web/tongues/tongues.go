// Package tongues is what the pages say in other languages than English.
//
// English words stand where they're used, in templates and scripts, and are the keys here: a word that a language
// doesn't have stays English. de.json and es.json hold two lists each: what templates say, and what scripts say, which
// travels with the page. A word of both stands with the scripts. The tests name words that have no translation, and
// translations of words that nobody says any more.
//
// What the engine says (steps, notes, reasons) is English everywhere, and pages mark it so. Lessons have files of their
// own beside them.
package tongues

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"
)

// A Language is one that pages are there in, besides English.
type Language struct {
	Tag  string // as RFC 5646 writes it
	Name string // what it calls itself
}

// Languages are all of them.
var Languages = []Language{{"de", "Deutsch"}, {"es", "Español"}}

//go:embed *.json
var files embed.FS

// A List is one language's words, by the English ones.
type List struct {
	Pages   map[string]string `json:"pages"`
	Scripts map[string]string `json:"scripts"`
}

var lists = sync.OnceValue(func() map[string]List {
	all := map[string]List{}
	for _, l := range Languages {
		var list List
		text, err := files.ReadFile(l.Tag + ".json")
		if err == nil {
			err = json.Unmarshal(text, &list)
		}
		if err != nil {
			panic(err) // the file is in the program, and a test reads it
		}
		all[l.Tag] = list
	}
	return all
})

// Of is the list of a language; an empty one for English.
func Of(tag string) List { return lists()[tag] }

// Say is text in a language, with args in the place of {0}, {1}. What isn't translated is English.
func Say(tag, text string, args ...string) string {
	list := Of(tag)
	if said := list.Pages[text]; said != "" {
		text = said
	} else if said := list.Scripts[text]; said != "" {
		text = said
	}
	for i, arg := range args {
		text = strings.ReplaceAll(text, "{"+string(rune('0'+i))+"}", arg)
	}
	return text
}
