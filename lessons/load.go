package lessons

import (
	"errors"
	"strconv"
	"strings"
)

// Load reads a lesson for one student. Seed 0 is the printed edition. What's wrong is said with the file's
// name, the line, and how to mend it.
func Load(name, text string, seed uint64) (*Lesson, error) {
	if len(text) > MaxText {
		return nil, errors.New(name + ": the file has more than " + strconv.Itoa(MaxText) + " octets; a lesson is shorter")
	}
	return load(&Lesson{Seed: seed, source: text, archive: split(name, text)})
}

// load reads what the lesson's archive holds.
func load(l *Lesson) (*Lesson, error) {
	l.Rev, l.Role, l.Browser = 1, Client, true
	for _, read := range []func() error{l.checkFiles, l.readHeader, l.vary, l.repeat, l.fillAll, l.readWorld, l.readBegin, l.readScript,
		l.readQuestions, l.readGoals, l.readFeedback, l.readHints} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	l.Prose = l.text("lesson.md")
	l.Experiment, l.Debrief, l.Notes = l.text("experiment.md"), l.text("debrief.md"), l.text("notes.md")
	return l, nil
}

// The files of a lesson, and what each is for.
var fileDocs = [][2]string{
	{"lesson.md", "the header between two lines ---, and what the student reads first"},
	{"vary", "names in braces, and what they stand for in each student's edition"},
	{"world", "fields of the world, one a line"},
	{"mail/USER/NAME.eml [uid=UID] [lf|octets] [times=N]", "a message in USER's maildrop; with times, so many, in which {i} counts"},
	{"letter/NAME.eml [uid=UID]", "a message that a dialogue delivers later"},
	{"begin.pop3", "what happens before the student comes"},
	{"goals", "what is to be reached"},
	{"questions", "what is to be answered"},
	{"feedback", "why a goal isn't met yet"},
	{"hints", "three rungs for each goal"},
	{"reference.pop3", "a dialogue that meets every goal"},
	{"reject/NAME.pop3", "a dialogue that must not"},
	{"experiment.md", "something odd to try at the end"},
	{"debrief.md", "what is said when all is done"},
	{"notes.md", "notes for whoever stands in front of a class"},
}

// Files are the files of a lesson's archive and what each is for.
func Files() [][2]string { return fileDocs }

func (l *Lesson) checkFiles() error {
	seen := map[string]bool{}
	for i := range l.files {
		f := &l.files[i]
		mail := strings.HasPrefix(f.name, "mail/") || strings.HasPrefix(f.name, "letter/")
		known := mail && strings.HasSuffix(f.name, ".eml") || strings.HasPrefix(f.name, "reject/") && strings.HasSuffix(f.name, ".pop3")
		for _, d := range fileDocs {
			known = known || d[0] == f.name
		}
		if !known {
			return l.fail(f.line, "a lesson has no section "+strconv.Quote(f.name)+"; see pop3lab lesson guide")
		}
		if seen[f.name] {
			return l.fail(f.line, "there is a section "+f.name+" already; put both into one, or give this one another name")
		}
		seen[f.name] = true
		if name, ok := strings.CutPrefix(f.name, "reject/"); ok {
			l.Rejects = append(l.Rejects, strings.TrimSuffix(name, ".pop3"))
		}
	}
	for _, name := range []string{"lesson.md", "goals", "reference.pop3"} {
		if !seen[name] {
			return errors.New(l.name + ": there is no section -- " + name + " --; add it")
		}
	}
	return nil
}
