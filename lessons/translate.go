package lessons

import (
	"errors"
	"strconv"
	"strings"
)

// A translation is a file beside the lesson: for each piece of text a marker with its key and the hash of the
// English that it translates, and below it the words.
//
//	-- title 5f2b81c0 --
//	Drei Befehle bis zur Post
//	-- prose/1 a01c33d2 --
//	...
//
// A piece that isn't there stays English. Names in braces stand in translations too.

// A Piece is text of a lesson that can be translated.
type Piece struct {
	Key  string
	Text string
	set  func(string)
}

// Pieces are all of a lesson's texts that a student or a teacher reads, by permanent keys. Prose is cut
// into its paragraphs.
func (l *Lesson) Pieces() []Piece {
	var all []Piece
	add := func(key string, text *string) {
		if *text != "" {
			all = append(all, Piece{key, *text, func(s string) { *text = s }})
		}
	}
	add("title", &l.Title)
	add("summary", &l.Summary)
	for _, p := range []struct {
		key  string
		text *string
	}{{"prose", &l.Prose}, {"experiment", &l.Experiment}, {"debrief", &l.Debrief}, {"notes", &l.Notes}} {
		for i, part := range paragraphs(*p.text) {
			text := p.text
			all = append(all, Piece{p.key + "/" + strconv.Itoa(i+1), part, func(s string) {
				parts := paragraphs(*text)
				parts[i] = strings.ReplaceAll(s, "\n\n", "\n")
				*text = strings.Join(parts, "\n\n")
			}})
		}
	}
	for i := range l.Goals {
		add("goal/"+strconv.Itoa(i+1), &l.Goals[i].Text)
	}
	for i := range l.Questions {
		q := &l.Questions[i]
		key := "question/" + q.Name
		add(key, &q.Text)
		for j := range q.Options {
			o := &q.Options[j]
			if q.Kind == Choice || q.Kind == Predict {
				add(key+"/"+strconv.Itoa(j+1), &o.Text)
			}
			add(key+"/"+strconv.Itoa(j+1)+"/reply", &o.Reply)
		}
		add(key+"/else", &q.Else)
	}
	for i := range l.Feedback {
		add("feedback/"+strconv.Itoa(i+1), &l.Feedback[i].Text)
	}
	for i := range l.Hints {
		if h := &l.Hints[i]; !h.Line {
			add("hint/"+strconv.Itoa(h.Goal)+"."+strconv.Itoa(h.Rung), &h.Text)
		}
	}
	return all
}

// paragraphs cuts prose at its blank lines.
func paragraphs(prose string) []string {
	var all []string
	for _, p := range strings.Split(prose, "\n\n") {
		if p = strings.Trim(p, "\n"); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// Hash is what a marker of a translation says of the English text, in the printed edition.
func Hash(text string) string {
	h := uint32(2166136261) // FNV-1a, 32 bits
	for i := 0; i < len(text); i++ {
		h = (h ^ uint32(text[i])) * 16777619
	}
	s := strconv.FormatUint(uint64(h), 16)
	return strings.Repeat("0", 8-len(s)) + s
}

// Translate puts a translation's words in the place of the English ones. What the translation doesn't have
// stays as it is. Name is for messages.
func (l *Lesson) Translate(name, text string) error {
	a := split(name, text)
	pieces := l.Pieces()
	for i := range a.files {
		f := &a.files[i]
		known := false
		for _, p := range pieces {
			if p.Key != f.name {
				continue
			}
			words, err := l.fill(strings.TrimSpace(strings.Join(f.lines, "\n")))
			if err != nil {
				return a.fail(f.line, err.Error())
			}
			if known = true; words != "" {
				p.set(words)
			}
		}
		if !known {
			return a.fail(f.line, "the lesson has no piece "+strconv.Quote(f.name)+"; pop3lab lesson lint lists what there is")
		}
	}
	return nil
}

// Translated are the keys of a translation and the hashes behind them.
func Translated(name, text string) (map[string]string, error) {
	a := split(name, text)
	keys := map[string]string{}
	for i := range a.files {
		f := &a.files[i]
		if len(f.options) != 1 {
			return nil, a.fail(f.line, "want -- KEY HASH --")
		}
		if keys[f.name] != "" {
			return nil, a.fail(f.line, "there is a piece "+f.name+" already")
		}
		keys[f.name] = f.options[0]
	}
	if len(keys) == 0 {
		return nil, errors.New(name + ": a translation holds at least one piece, -- KEY HASH -- and its words")
	}
	return keys, nil
}
