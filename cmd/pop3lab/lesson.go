package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pop3lab/lessons"
	"pop3lab/lessons/author"
	"pop3lab/lessons/curriculum"
)

func lessonCommand() command {
	return command{
		name: "lesson", summary: "write lessons: new, lint, run, list, guide, translate", usage: "new|lint|run|list|guide|translate [NAME|FILE...]",
		about: `Helps to write lessons, which are text files.

  new ID...          write ID.txtar, a small lesson that works
  lint [FILE...]     prove each lesson, or say what isn't right and how to mend it
  run FILE           play a lesson's dialogues and say which goals are met where
  list               list the lessons that are built in
  guide              print how to write a lesson
  translate FILE     print a translation to begin with

In place of FILE the id of a built-in lesson may stand; a folder means every lesson in it.
lint without FILE proves the built-in lessons.`,
		example: `pop3lab lesson new my-lesson
pop3lab lesson run --update my-lesson.txtar
pop3lab lesson lint my-lesson.txtar
pop3lab lesson run --seed 7 dele-rset-quit`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o lessonOptions
			fs.BoolVar(&o.update, "update", false, "write into the file what the server says (run)")
			fs.Uint64Var(&o.seed, "seed", 0, "the edition, by the seed `N` of a student; 0 is the printed one (run)")
			return func(_ context.Context, args []string, std stdio) error {
				if len(args) == 0 {
					return usagef("say what to do: new, lint, run, list, guide or translate")
				}
				do, ok := lessonVerbs[args[0]]
				if !ok {
					return usagef("there is no lesson %s; there are new, lint, run, list, guide and translate", args[0])
				}
				return do(args[1:], std, o)
			}
		},
	}
}

type lessonOptions struct {
	update bool
	seed   uint64
}

var lessonVerbs = map[string]func(args []string, std stdio, o lessonOptions) error{
	"new": lessonNew, "lint": lessonLint, "run": lessonRun, "list": lessonList, "guide": lessonGuide, "translate": lessonTranslate,
}

func lessonNew(args []string, std stdio, _ lessonOptions) error {
	if len(args) == 0 {
		return usagef("say how the lesson is to be called: small letters, digits and -")
	}
	for _, id := range args {
		id = strings.TrimSuffix(id, ".txtar")
		name := id + ".txtar"
		text, err := author.Update(name, author.Template(filepath.Base(id)))
		if err != nil {
			return err
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("there is a file %s already; choose another name", name)
		}
		if err != nil {
			return err
		}
		_, err = f.WriteString(text)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s is written. Next: change it, then pop3lab lesson lint %s\n", name, name)
	}
	return nil
}

// A lessonFile is a lesson's text and where it comes from.
type lessonFile struct{ name, text string }

// id is what the header says, for lists of what there is; empty when the header can't be read.
func (f lessonFile) id() string {
	for _, line := range strings.Split(f.text, "\n") {
		if rest, ok := strings.CutPrefix(line, "id:"); ok {
			return strings.TrimSpace(strings.Split(rest, "#")[0])
		}
	}
	return ""
}

// lessonFiles reads files, folders and built-in lessons.
func lessonFiles(args []string) ([]lessonFile, error) {
	var files []lessonFile
	for _, arg := range args {
		if text, ok := curriculum.Text(arg); ok {
			files = append(files, lessonFile{arg + ".txtar", text})
			continue
		}
		names := []string{arg}
		switch info, err := os.Stat(arg); {
		case errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("there is no file %s, and no built-in lesson of that name; pop3lab lesson list lists those", arg)
		case err != nil:
			return nil, err
		case info.IsDir():
			all, err := filepath.Glob(filepath.Join(arg, "*.txtar"))
			if err != nil {
				return nil, err
			}
			names = slices.DeleteFunc(all, isTranslation)
			if len(names) == 0 {
				return nil, fmt.Errorf("there is no lesson in %s: want files NAME.txtar", arg)
			}
		case info.Size() > lessons.MaxText:
			return nil, fmt.Errorf("%s has more than %d octets; a lesson is shorter", arg, lessons.MaxText)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files = append(files, lessonFile{name, string(text)})
		}
	}
	return files, nil
}

// isTranslation says whether a file is NAME.LANGUAGE.txtar.
func isTranslation(name string) bool { return strings.Count(filepath.Base(name), ".") > 1 }

func lessonLint(args []string, std stdio, _ lessonOptions) error {
	if len(args) == 0 {
		args = curriculum.Order
	}
	files, err := lessonFiles(args)
	if err != nil {
		return err
	}
	ids := slices.Clone(curriculum.Order)
	seen := map[string]string{}
	for _, f := range files {
		ids = append(ids, f.id())
	}
	wrong := 0
	for _, f := range files {
		findings := author.Prove(f.name, f.text, ids)
		if other, twice := seen[f.id()]; twice {
			findings = append(findings, author.Finding{Rule: "id", Text: f.id() + " is the id of " + other + " too; progress is kept under it, so choose another"})
		}
		if slices.Contains(curriculum.Retired, f.id()) {
			findings = append(findings, author.Finding{Rule: "id", Text: f.id() + " was the id of a lesson that is gone; choose another"})
		}
		if _, builtIn := curriculum.Text(f.id()); builtIn && filepath.Base(f.name) != f.id()+".txtar" {
			findings = append(findings, author.Finding{Rule: "id", Text: f.id() + " is the id of a built-in lesson; choose another, or call the file " + f.id() + ".txtar if it's to stand in that one's place"})
		}
		seen[f.id()] = f.name
		findings = append(findings, lintTranslations(f)...)
		broken := false
		for _, x := range findings {
			// What can't be read names the file and its line already.
			text, placed := strings.CutPrefix(x.String(), "format: ")
			if !placed {
				text = f.name + ": " + text
			}
			fmt.Fprintln(std.out, text)
			broken = broken || !x.Advice
		}
		if broken {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d lessons need mending", wrong, len(files))
	}
	fmt.Fprintf(std.out, "%s: nothing to mend\n", count(len(files), "lesson"))
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lintTranslations looks at the files NAME.LANGUAGE.txtar beside a lesson.
func lintTranslations(f lessonFile) []author.Finding {
	l, err := lessons.Load(f.name, f.text, 0)
	if err != nil {
		return nil // Prove has said so
	}
	var found []author.Finding
	names, _ := filepath.Glob(strings.TrimSuffix(f.name, ".txtar") + ".*.txtar") // the pattern is a good one
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			found = append(found, author.Finding{Rule: "translation", Text: err.Error()})
			continue
		}
		stale, missing, err := author.Stale(l, f.text, name, string(text))
		if err != nil {
			found = append(found, author.Finding{Rule: "translation", Text: err.Error()})
			continue
		}
		for _, key := range stale {
			found = append(found, author.Finding{Rule: "stale", Text: filepath.Base(name) + ": " + key, Advice: true})
		}
		if len(missing) > 0 {
			found = append(found, author.Finding{Rule: "untranslated", Text: filepath.Base(name) + ": " + strings.Join(missing, ", "), Advice: true})
		}
	}
	return found
}

func lessonRun(args []string, std stdio, o lessonOptions) error {
	if len(args) != 1 {
		return usagef("name one lesson to run")
	}
	files, err := lessonFiles(args)
	if err != nil {
		return err
	}
	for _, f := range files {
		if o.update {
			if f, err = updated(f); err != nil {
				return err
			}
		}
		l, err := lessons.Load(f.name, f.text, o.seed)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s, rev %d: %s\n", l.ID, l.Rev, l.Title)
		for _, v := range l.Vars {
			fmt.Fprintf(std.out, "  {%s} is %s\n", v.Name, v.Value)
		}
		for _, name := range append([]string{"reference"}, l.Rejects...) {
			if err := runDialogue(std, l, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// updated writes what the server says into a lesson's file.
func updated(f lessonFile) (lessonFile, error) {
	text, err := author.Update(f.name, f.text)
	if err != nil {
		return f, err
	}
	if _, builtIn := curriculum.Text(strings.TrimSuffix(f.name, ".txtar")); builtIn {
		if _, err := os.Stat(f.name); err != nil {
			return f, fmt.Errorf("%s is built in; name its file to update it", f.id())
		}
	}
	if text != f.text {
		if err := os.WriteFile(f.name, []byte(text), 0o644); err != nil {
			return f, err
		}
	}
	return lessonFile{f.name, text}, nil
}

// runDialogue plays a dialogue move by move and prints when each goal is met.
func runDialogue(std stdio, l *lessons.Lesson, name string) error {
	d, err := l.Way(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "\n%s\n", name)
	met := make([]bool, len(l.Goals))
	var p lessons.Progress
	for n := 0; n <= len(d.Moves); n++ {
		lab, answers, err := l.Play(d, n)
		if err != nil {
			return err
		}
		p = l.Check(lab.Steps(), answers)
		for i, g := range p.Goals {
			switch {
			case g.Met && !met[i]:
				fmt.Fprintf(std.out, "  line %d meets goal %d: %s\n", lineOf(d, n), i+1, l.Goals[i].Text)
			case !g.Met && met[i]:
				fmt.Fprintf(std.out, "  line %d: goal %d isn't met any more: %s\n", lineOf(d, n), i+1, l.Goals[i].Text)
			}
			met[i] = g.Met
		}
	}
	if p.Done {
		fmt.Fprintf(std.out, "  every goal is met, with %s\n", count(p.Commands, "command"))
	} else {
		fmt.Fprintf(std.out, "  goal %d isn't met: %s\n  the student sees: %s\n", p.Next+1, l.Goals[p.Next].Text, p.Why)
	}
	return nil
}

func lineOf(d *lessons.Dialogue, n int) int {
	if n == 0 {
		return 0
	}
	return d.Moves[n-1].Line
}

func lessonList(_ []string, std stdio, _ lessonOptions) error {
	all, err := curriculum.All(0)
	if err != nil {
		return err
	}
	for i, l := range all {
		fmt.Fprintf(std.out, "%2d  %-16s %2d min  %s\n", i+1, l.ID, l.Minutes, l.Title)
	}
	return nil
}

func lessonGuide(_ []string, std stdio, _ lessonOptions) error {
	_, err := fmt.Fprint(std.out, author.Guide())
	return err
}

func lessonTranslate(args []string, std stdio, _ lessonOptions) error {
	if len(args) != 1 {
		return usagef("name one lesson to translate")
	}
	files, err := lessonFiles(args)
	if err != nil {
		return err
	}
	l, err := lessons.Load(files[0].name, files[0].text, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, author.Untranslated(l))
	return err
}
