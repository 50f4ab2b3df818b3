package view

import (
	"strings"

	"github.com/a-h/templ"
)

// A Site is what every page of one build has in common: the assets, and how pages refer to each other.
type Site struct {
	// Assets are the names of the built files, by what they're called in the source: "app.js" to its
	// hashed name. Empty when nothing is built.
	Assets map[string]string
	// Suffix ends the address of every page but the first: empty over HTTP, ".html" for files.
	Suffix string
	// Files says that pages are files in a folder, so that the first one is named too: a folder has no
	// index without a server.
	Files bool
	// Single says that all pages are in one file: a page is the part of it that begins with "#/", and
	// assets are blocks of the file, which scripts ask for as "embedded:NAME".
	Single bool
	// Policy is the Content-Security-Policy that pages state themselves, where no server states it in a
	// header. Empty over HTTP.
	Policy string
	// Head stands in place of the references to icon, style and script, Foot at the end of the body; nil
	// means the references, and nothing.
	Head, Foot templ.Component
	// Translated are the paths of all pages that aren't English: "de", "de/lessons".
	Translated map[string]bool
}

// A Page is what the frame around each page needs. It stands at Path, without a slash before or after:
// empty for the bench, "reference/RETR" for a command. All its links are relative, so that the site works in any
// folder of any host.
type Page struct {
	*Site
	Path, Title, Description string
	// Lang is the page's language, and its path begins with it; empty for English.
	Lang string
}

// Live says whether a server stands behind the pages: files have none.
func (s *Site) Live() bool { return !s.Files && !s.Single }

// Link is the address of another page, or of a part of one: "reference/RETR", "states#UPDATE", "#k=1.AA".
// It leads to the page in this page's language, where there is one.
// A script makes it from the body's attributes: data-root, the page's path, data-suffix.
func (p Page) Link(to string) string {
	path, part, marked := strings.Cut(to, "#")
	if in := PathIn(p.Lang, path); p.Translated[in] {
		path = in
	}
	return p.link(path, part, marked)
}

func (p Page) link(path, part string, marked bool) string {
	switch {
	case p.Single && path == "" && marked:
		return "#" + part
	case path != "":
		path += p.Suffix
	case p.Files:
		path = "index.html"
	case p.Root() == "":
		path = "./"
	}
	if marked {
		path += "#" + part
	}
	return p.Root() + path
}

// Asset is the address of a built file; empty when nothing is built.
func (p Page) Asset(name string) string {
	if p.Single {
		if name == "pop3lab.wasm" {
			name = "lessons.wasm" // which has all of it, and stands there once
		}
		return "embedded:" + name
	}
	if hashed := p.Assets[name]; hashed != "" {
		return p.Root() + hashed
	}
	return ""
}

// File is the address of a file that stands at the root of the site under a name of its own.
func (p Page) File(name string) string { return p.Root() + name }

// Root is the way from the page up to the first one; behind it stands another page's path.
func (p Page) Root() string {
	if p.Single {
		return "#/"
	}
	return strings.Repeat("../", strings.Count(p.Path, "/"))
}

// worker is the address of the script that keeps the site for offline use; empty in a single file, which
// needs no network.
func (p Page) worker() string {
	if p.Single {
		return ""
	}
	return p.File("worker.js")
}

// within says whether the page is that of a navigation entry, or below it.
func (p Page) within(entry string) bool {
	path := p.plainPath()
	if entry == "lessons" && (path == OwnLesson || strings.HasPrefix(path, "lesson/")) {
		return true
	}
	return path == entry || entry != "" && strings.HasPrefix(path, entry+"/")
}

// An entry is a page of the navigation.
type entry struct{ Path, Name string }

// pages are the navigation, in its order.
var pages = []entry{{"", word("Bench")}, {"lessons", word("Lessons")}, {"dialogues", word("Dialogues")}, {"reference", word("Reference")}}

// Pictures of controls, as paths on a square of 16.
const (
	iconFirst        = "M3 3v10M12 3 6 8l6 5"
	iconPrevExchange = "M8 3 3 8l5 5M13 3 8 8l5 5"
	iconPrev         = "M10 3 5 8l5 5"
	iconNext         = "M6 3l5 5-5 5"
	iconNextExchange = "M3 3l5 5-5 5M8 3l5 5-5 5"
	iconPlay         = "M4.5 3v10l8-5z"
	iconPause        = "M5.5 3.5v9M10.5 3.5v9"
)

// lenses are the tabs of the lens, each with its panel.
var lenses = []struct{ ID, Name string }{
	{"notes", word("Notes")}, {"bytes", word("Bytes")}, {"ladder", word("Ladder")}, {"states", word("States")}, {"rfc", word("RFC")},
}
