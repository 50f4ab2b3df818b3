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
// A piece that isn't there stays English. Names in braces stand in translations too, and each student's edition
// puts its own values there.

// A Piece is text of a lesson that can be translated.
type Piece struct {
	Key string
	// Text is what the file has, with names in braces: the same whatever the seed.
	Text string
	set  func(string) error
}

// Pieces are all of a lesson's texts that a student or a teacher reads, by permanent keys. Prose is cut
// into its paragraphs.
func (l *Lesson) Pieces() []Piece {
	w := l.raws()
	var all []Piece
	// add takes the words as they're written, and where they stand once the names have their values.
	add := func(key string, raw, text *string) {
		if *raw != "" {
			all = append(all, Piece{key, *raw, func(s string) error { return l.put(s, raw, text) }})
		}
	}
	add("title", &w.Title, &l.Title)
	add("summary", &w.Summary, &l.Summary)
	for _, p := range []struct {
		key       string
		raw, text *string
	}{{"prose", &w.Prose, &l.Prose}, {"experiment", &w.Experiment, &l.Experiment}, {"debrief", &w.Debrief, &l.Debrief}, {"notes", &w.Notes, &l.Notes}} {
		for i, part := range paragraphs(*p.raw) {
			all = append(all, Piece{p.key + "/" + strconv.Itoa(i+1), part, func(s string) error {
				parts := paragraphs(*p.raw)
				parts[i] = strings.Join(paragraphs(s), "\n")
				return l.put(strings.Join(parts, "\n\n"), p.raw, p.text)
			}})
		}
	}
	for i := range l.Goals {
		add("goal/"+strconv.Itoa(i+1), &w.Goals[i].Text, &l.Goals[i].Text)
	}
	for i := range l.Questions {
		raw, q := &w.Questions[i], &l.Questions[i]
		key := "question/" + q.Name
		add(key, &raw.Text, &q.Text)
		for j := range q.Options {
			o, key := &q.Options[j], key+"/"+strconv.Itoa(j+1)
			if q.Kind == Choice || q.Kind == Predict {
				if o.english == "" {
					o.english = o.Text
				}
				add(key, &raw.Options[j].Text, &o.Text)
			}
			add(key+"/reply", &raw.Options[j].Reply, &o.Reply)
		}
		add(key+"/else", &raw.Else, &q.Else)
	}
	for i := range l.Feedback {
		add("feedback/"+strconv.Itoa(i+1), &w.Feedback[i].Text, &l.Feedback[i].Text)
	}
	for i := range l.Hints {
		if h := &l.Hints[i]; !h.Line {
			add("hint/"+strconv.Itoa(h.Goal)+"."+strconv.Itoa(h.Rung), &w.Hints[i].Text, &h.Text)
		}
	}
	return all
}

// raws is the lesson read once more, its words as they're written: "Fetch message {k}."
func (l *Lesson) raws() *Lesson {
	if l.words == nil {
		// No error: the same text has been read with the same seed, and what is left out can't go wrong.
		l.words, _ = load(&Lesson{Seed: l.Seed, source: l.source, raw: true, archive: split(l.name, l.source)})
	}
	return l.words
}

// put writes words, and their values where a student reads them.
func (l *Lesson) put(words string, raw, text *string) error {
	filled, err := l.fill(words)
	if err == nil {
		*raw, *text = words, filled
	}
	return err
}

// fillLine fills a line of the lesson's file. Of a raw lesson only what isn't for reading is filled.
func (l *Lesson) fillLine(file, line string) (string, error) {
	switch {
	case !l.raw:
	case strings.HasSuffix(file, ".md"), file == "questions", file == "hints", file == "goals" && strings.HasPrefix(strings.TrimSpace(line), "#"):
		return line, nil
	case file == "feedback":
		if head, text, ok := cutSentence(line); ok {
			head, err := l.fill(head)
			return head + ": " + text, err
		}
	}
	return l.fill(line)
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

// Hash is what a marker of a translation says of the English text, as a Piece has it.
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
			known = true
			if words := strings.TrimSpace(strings.Join(f.lines, "\n")); words != "" {
				if err := p.set(words); err != nil {
					return a.fail(f.line, err.Error())
				}
			}
		}
		if !known {
			return a.fail(f.line, "the lesson has no piece "+strconv.Quote(f.name)+"; pop3lab lesson translate prints those that there are")
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
