// Package curriculum holds the lessons: one file a lesson, named by its id, and beside it NAME.LANGUAGE.txtar
// with a translation.
//
// To add a lesson, read GUIDE.md, write the file here, add its id to Order, and let
//
//	pop3lab lesson run --update lessons/curriculum/NAME.txtar
//	pop3lab lesson lint lessons/curriculum/NAME.txtar
//
// write what the server says, and tell what isn't right yet. The tests of this package prove every lesson.
package curriculum

import (
	"embed"
	"io/fs"
	"strings"

	"pop3lab/lessons"
)

// Files are the lessons and their translations.
//
//go:embed *.txtar
var Files embed.FS

// Order is every lesson's id, in the order in which they are taught.
var Order = []string{
	"hello-stat", "list-forms", "retr-dot", "top-budget", "dele-rset-quit", "line-drops",
	"polite-errors", "crlf-silence", "dot-stuffing", "octets", "chunks", "capa", "pipelining",
	"uidl", "download-delete", "download-keep", "two-devices", "lock", "uidl-disaster",
	"wiretap", "sasl", "stls-995", "stls-attack", "bad-server",
}

// Retired are ids of lessons that were there once. Progress is kept under ids, so none is used again.
var Retired = []string{}

// A Path is lessons for one purpose, in order.
type Path struct {
	ID, Title, Doc string
	Lessons        []string
}

// Paths are the ways through the curriculum.
var Paths = []Path{
	{"fifty-minutes", "A class of fifty minutes", "From the first line to what deletion promises, and what a dropped line does to it.", []string{
		"hello-stat", "list-forms", "retr-dot", "dele-rset-quit", "line-drops"}},
	{"mail-client", "Writing a mail program", "Lines, dots and packets first, then how copies are kept in step.", []string{
		"crlf-silence", "dot-stuffing", "octets", "chunks",
		"uidl", "download-delete", "download-keep", "two-devices", "lock", "uidl-disaster"}},
	{"two-weeks", "Two weeks of a networking course", "From the first line to several lines at once: grammar, states, and what the network does to both.", []string{
		"hello-stat", "list-forms", "retr-dot", "top-budget", "dele-rset-quit", "line-drops",
		"polite-errors", "crlf-silence", "dot-stuffing", "octets", "chunks", "capa", "pipelining"}},
	{"security", "A security course", "What can be read on the way, what keeps it from being read, and what somebody in between does about that.", []string{
		"hello-stat", "retr-dot", "capa", "wiretap", "sasl", "stls-995", "stls-attack"}},
}

// Text is the file of a lesson; false when there is none of that id.
func Text(id string) (string, bool) {
	text, err := Files.ReadFile(id + ".txtar")
	return string(text), err == nil
}

// Translation is the file that translates a lesson; false when there is none.
func Translation(id, language string) (string, bool) {
	text, err := Files.ReadFile(id + "." + language + ".txtar")
	return string(text), err == nil
}

// Names are the names of all files that hold a lesson, in alphabetical order.
func Names() []string {
	all, _ := fs.Glob(Files, "*.txtar") // the pattern is a good one
	var names []string
	for _, name := range all {
		if strings.Count(name, ".") == 1 {
			names = append(names, name)
		}
	}
	return names
}

// All loads every lesson of Order.
func All(seed uint64) ([]*lessons.Lesson, error) {
	var all []*lessons.Lesson
	for _, id := range Order {
		l, err := Load(id, seed)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// Load loads one lesson. The error of an id that isn't there is a *fs.PathError.
func Load(id string, seed uint64) (*lessons.Lesson, error) {
	text, err := Files.ReadFile(id + ".txtar")
	if err != nil {
		return nil, err
	}
	return lessons.Load(id+".txtar", string(text), seed)
}
