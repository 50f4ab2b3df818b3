package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
	"pop3lab/lessons/grade"
)

func gradeCommand() command {
	return command{
		name: "grade", summary: "judge hand-ins by replaying them", usage: "[FLAGS] FILES...",
		about: `Judges hand-ins, which the page of a lesson saves. Each is replayed with the engine: the goals
that the replay meets count, and nothing that a file claims. For each goal that isn't met it says why.

It tells files that were changed or damaged, files of another revision of the lesson, and two files with
the same seed, which one student alone should have. A folder in place of a file means every file in it.

The exit code is 0 when every file could be judged, done or not.`,
		example: `pop3lab grade handins
pop3lab grade --csv *.pop3lab >marks.csv
pop3lab grade --html marks --lessons mine handins`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o gradeOptions
			fs.BoolVar(&o.csv, "csv", false, "print a table for a spreadsheet")
			fs.BoolVar(&o.json, "json", false, "print everything, as JSON")
			fs.StringVar(&o.html, "html", "", "write pages into the folder `DIR`: one for all, one for each hand-in")
			fs.StringVar(&o.lessons, "lessons", "", "know the lessons of the folder `DIR` too")
			return func(_ context.Context, args []string, std stdio) error { return o.grade(args, std) }
		},
	}
}

type gradeOptions struct {
	csv, json     bool
	html, lessons string
}

func (o gradeOptions) grade(args []string, std stdio) error {
	if o.csv && o.json {
		return usagef("choose --csv or --json")
	}
	files, err := handIns(args)
	if err != nil {
		return err
	}
	if o.lessons != "" {
		if at, err := os.Stat(o.lessons); err != nil || !at.IsDir() {
			return usagef("--lessons names a folder, and %s is none", o.lessons)
		}
	}
	all := grade.All(files, o.load)
	switch {
	case o.csv:
		err = grade.CSV(std.out, all)
	case o.json:
		err = grade.JSON(std.out, all)
	default:
		grade.Table(std.out, all)
	}
	if o.html != "" {
		err = errors.Join(err, grade.Pages(o.html, all))
	}
	if err != nil {
		return err
	}
	refused := 0
	for i := range all {
		if all[i].Verdict == grade.Refused {
			refused++
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d hand-ins couldn't be judged", refused, len(all))
	}
	return nil
}

// load finds a lesson: in the folder, else among those that are built in.
func (o gradeOptions) load(id string, seed uint64) (*lessons.Lesson, error) {
	if o.lessons != "" {
		name := filepath.Join(o.lessons, id+".txtar") // an id has no slash in it: ParseHandIn saw to that
		if text, err := os.ReadFile(name); err == nil {
			return lessons.Load(name, string(text), seed)
		}
	}
	return curriculum.Load(id, seed)
}

// handIns reads the files that are named, and those in folders that are.
func handIns(args []string) ([]grade.File, error) {
	if len(args) == 0 {
		return nil, usagef("name the hand-ins, or a folder of them")
	}
	var files []grade.File
	for _, arg := range args {
		at, err := os.Stat(arg)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s", arg)
		}
		names := []string{arg}
		if err == nil && at.IsDir() {
			if names, err = within(arg); err == nil && len(names) == 0 {
				return nil, fmt.Errorf("the folder %s has no files", arg)
			}
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			f, err := handIn(name)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}

func within(dir string) (names []string, err error) {
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, err
}

// handIn reads one file. What's too large is cut, which ParseHandIn says.
func handIn(name string) (grade.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return grade.File{}, err
	}
	defer f.Close()
	text := make([]byte, 0, 4096)
	for len(text) <= lessons.MaxHandIn {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		n, err := f.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err != nil {
			break // the end, or as good as one: what can't be read can't be judged, and is said so
		}
	}
	return grade.File{Name: name, Text: string(text)}, nil
}
