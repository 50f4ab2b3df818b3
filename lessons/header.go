package lessons

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// headerFields are the fields of the header, with what a writer has to know.
var headerFields = []struct {
	name, doc string
	set       func(l *Lesson, v string) error
}{
	{"id", "permanent: small letters, digits and -; progress is kept under it", func(l *Lesson, v string) error {
		if l.ID = v; !isName(v) {
			return errors.New("want small letters, digits and -, beginning with a letter")
		}
		return nil
	}},
	{"rev", "1, and one more whenever goals change", func(l *Lesson, v string) (err error) { l.Rev, err = positive(v); return }},
	{"title", "a few words", func(l *Lesson, v string) error { l.Title = v; return nil }},
	{"summary", "one sentence, for the list of lessons", func(l *Lesson, v string) error { l.Summary = v; return nil }},
	{"minutes", "how long it takes, 5 to 15", func(l *Lesson, v string) (err error) { l.Minutes, err = positive(v); return }},
	{"needs", "ids of lessons to do before, with commas between", func(l *Lesson, v string) error { l.Needs = list(v); return nil }},
	{"teaches", "ideas that come with this lesson, with commas between", func(l *Lesson, v string) error { l.Teaches = list(v); return nil }},
	{"rfc", "anchors: 1939/5/DELE, 2449/6.4", func(l *Lesson, v string) error { l.RFC = list(v); return nil }},
	{"case", "the real case: OWNER/REPO#NUMBER, with commas between", func(l *Lesson, v string) error { l.Case = v; return nil }},
	{"modes", "browser, or browser, tcp", func(l *Lesson, v string) error {
		modes := list(v)
		l.Browser, l.TCP = contains(modes, "browser"), contains(modes, "tcp")
		for _, m := range modes {
			if m != "browser" && m != "tcp" {
				return errors.New("there is no mode " + m + "; there are browser and tcp")
			}
		}
		return nil
	}},
	{"role", "client (what it is without this field), server or attacker", func(l *Lesson, v string) error {
		if l.Role = v; v != Client && v != Server && v != Attacker {
			return errors.New("there is no role " + v + "; there are client, server and attacker")
		}
		return nil
	}},
	{"victim", "of role attacker: naive or careful", func(l *Lesson, v string) error {
		if l.victim = v; v != Naive && v != Careful {
			return errors.New("want naive or careful")
		}
		return nil
	}},
	{"detours", "detours of the property test that break what this lesson is about: extra, typo, lf, reconnect", func(l *Lesson, v string) error { l.Detours = list(v); return nil }},
}

// HeaderFields are the header's fields and what each is for.
func HeaderFields() [][2]string {
	var docs [][2]string
	for _, f := range headerFields {
		docs = append(docs, [2]string{f.name, f.doc})
	}
	return docs
}

func (l *Lesson) readHeader() error {
	f := l.find("lesson.md")
	inside, end := false, -1
	for i, line := range f.lines {
		number := f.line + 1 + i
		line = strings.TrimSpace(line)
		switch {
		case line == "---" && !inside:
			inside = true
		case line == "---":
			end = i
		case line == "" && !inside, line != "" && line[0] == '#' && inside:
		case !inside:
			return l.fail(number, "want the header first: a line ---, the fields, a line ---")
		default:
			key, value, ok := strings.Cut(line, ":")
			if !ok {
				return l.fail(number, "want a field, NAME: VALUE; a line --- ends the header")
			}
			if value, _, ok = strings.Cut(value, " # "); ok { // a remark behind it
				value = strings.TrimSpace(value)
			}
			i := slices.IndexFunc(headerFields, func(h struct {
				name, doc string
				set       func(l *Lesson, v string) error
			}) bool {
				return h.name == key
			})
			if i < 0 {
				return l.fail(number, "the header has no field "+key+"; see pop3lab lesson guide")
			}
			if err := headerFields[i].set(l, strings.TrimSpace(value)); err != nil {
				return l.fail(number, key+": "+err.Error())
			}
		}
		if end >= 0 {
			break
		}
	}
	if end < 0 {
		return l.fail(f.line, "the header has no end; write a line --- behind its fields")
	}
	if l.ID == "" || l.Title == "" {
		return l.fail(f.line, "the header needs id: and title:")
	}
	f.line, f.lines = f.line+end+1, f.lines[end+1:]
	return nil
}

func positive(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, errors.New("want a number from 1 on")
	}
	return n, nil
}

func list(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}
