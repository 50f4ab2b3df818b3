package lessons

import (
	"errors"
	"strconv"
	"strings"
)

// An archive is a lesson's file, cut at its markers: lines "-- NAME --", as in txtar. What stands before
// the first one is the writer's own.
type archive struct {
	name  string // of the file, for messages
	files []file
}

// A file is what stands behind one marker.
type file struct {
	name    string
	options []string // words behind the name
	line    int      // number of the marker's line
	lines   []string
}

func isMarker(line string) bool {
	return strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") && len(line) > len("--  --")
}

// split cuts a text at its markers.
func split(name, text string) archive {
	a := archive{name: name}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case isMarker(line):
			words := strings.Fields(line[len("-- ") : len(line)-len(" --")])
			if len(words) == 0 {
				words = []string{""}
			}
			a.files = append(a.files, file{name: words[0], options: words[1:], line: i + 1})
		case len(a.files) > 0:
			f := &a.files[len(a.files)-1]
			f.lines = append(f.lines, line)
		}
	}
	return a
}

// find returns the file of that name; nil when there is none.
func (a *archive) find(name string) *file {
	for i := range a.files {
		if a.files[i].name == name {
			return &a.files[i]
		}
	}
	return nil
}

// text is a file as one text.
func (a *archive) text(name string) string {
	f := a.find(name)
	if f == nil {
		return ""
	}
	return strings.TrimSpace(strings.Join(f.lines, "\n"))
}

// fail says of a line what is wrong with it and how to mend it.
func (a *archive) fail(line int, what string) error {
	return errors.New(a.name + ":" + strconv.Itoa(line) + ": " + what)
}

// fail says of a line what is wrong with it, how to mend it, and what stands in it for names in braces.
func (l *Lesson) fail(line int, what string) error {
	drawn := ""
	if all := strings.Split(l.source, "\n"); line >= 1 && line <= len(all) {
		for _, v := range l.Vars {
			if name := "{" + v.Name + "}"; strings.Contains(all[line-1], name) {
				drawn += "; the section vary made " + name + " " + strconv.Quote(v.Value)
			}
		}
	}
	return l.archive.fail(line, what+drawn)
}

// each calls f for every line of a file that holds something: no blank line, no comment.
func (l *Lesson) each(fl *file, f func(number int, line string) error) error {
	if fl == nil {
		return nil
	}
	for i, line := range fl.lines {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := f(fl.line+1+i, line); err != nil {
			return l.fail(fl.line+1+i, err.Error())
		}
	}
	return nil
}
