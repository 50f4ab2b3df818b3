package web

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
	"pop3lab/web/tongues"
	"pop3lab/web/view"
)

// A lessonFile is a lesson as it's written, what it's called in messages, and its translations by their languages.
type lessonFile struct {
	name, text string
	words      map[string]string
}

// builtIn are the lessons of the curriculum, in teaching order.
func builtIn() []lessonFile {
	var all []lessonFile
	for _, id := range curriculum.Order {
		text, _ := curriculum.Text(id) // a test of the curriculum holds that each is there
		f := lessonFile{id + ".txtar", text, map[string]string{}}
		for _, l := range tongues.Languages {
			if text, ok := curriculum.Translation(id, l.Tag); ok {
				f.words[l.Tag] = text
			}
		}
		all = append(all, f)
	}
	return all
}

// school is the view of lessons. A file that holds none is a problem, told in a sentence; the rest go on.
func school(files []lessonFile) *view.School { return schoolIn("", files) }

// schoolIn is school in a language, as far as lessons are translated. What a translation doesn't have stays English.
func schoolIn(lang string, files []lessonFile) *view.School {
	s := &view.School{}
	for _, f := range files {
		l, err := lessons.Load(f.name, f.text, 0)
		if err == nil {
			if _, err = l.Way("reference"); err == nil && s.Named(l.ID) != nil {
				err = fmt.Errorf("%s: there is a lesson %s already; an id belongs to one lesson", f.name, l.ID)
			}
		}
		if err != nil {
			s.Problems = append(s.Problems, err.Error())
			continue
		}
		said := f.words[lang]
		if said != "" {
			if err := l.Translate(strings.TrimSuffix(f.name, ".txtar")+"."+lang+".txtar", said); err != nil {
				s.Problems = append(s.Problems, err.Error())
				l, _ = lessons.Load(f.name, f.text, 0) // which it did a moment ago; it's English then
				said = ""
			}
		}
		c := view.NewCourse(l, f.text)
		if said != "" {
			c.Lang, c.Words = lang, said
		}
		if n := len(s.Lessons); n > 0 {
			last := s.Lessons[n-1]
			c.Before, last.After = view.Neighbour{Path: view.LessonPath(last.ID), Title: last.Title}, view.Neighbour{Path: view.LessonPath(c.ID), Title: c.Title}
		}
		s.Lessons = append(s.Lessons, c)
	}
	for _, p := range curriculum.Paths {
		path := view.SchoolPath{ID: p.ID, Title: p.Title, Doc: p.Doc}
		for _, id := range p.Lessons {
			if c := s.Named(id); c != nil {
				path.Lessons = append(path.Lessons, c)
				path.Minutes += c.Minutes
			}
		}
		if len(path.Lessons) > 0 {
			s.Paths = append(s.Paths, path)
		}
	}
	s.Map = view.NewMap(s.Lessons)
	return s
}

// The list of lessons.
const (
	listTitle       = "Lessons: learn POP3 by speaking it"
	listDescription = "Lessons of 5 to 15 minutes, each with a server in the page to speak with, goals that notice what was understood, and hints."
	lessonTitle     = "{0}: a lesson on POP3"
)

// teachingIn are the pages of lessons in a language: the list of all, and those that are translated.
func teachingIn(add adder, s *view.School) []page {
	all := []page{add("lessons", listTitle, listDescription, func(p view.Page) (templ.Component, error) { return view.LessonsPage(p, s), nil })}
	for _, c := range s.Lessons {
		if c.Lang != "" {
			all = append(all, add(view.LessonPath(c.ID), tongues.Say(c.Lang, lessonTitle, c.Title), c.Summary, func(p view.Page) (templ.Component, error) { return lessonPage(p, c) }))
		}
	}
	return all
}

// teaching are the pages of lessons.
func teaching(add adder, s *view.School) []page {
	all := []page{
		add("lessons", listTitle, listDescription, func(p view.Page) (templ.Component, error) { return view.LessonsPage(p, s), nil }),
		add(view.OwnLesson, "A lesson from a file", "Opens a lesson that you have as a file. Nothing is sent.", func(p view.Page) (templ.Component, error) { return lessonPage(p, &view.Course{}) }),
	}
	for _, c := range s.Lessons {
		all = append(all, add(view.LessonPath(c.ID), tongues.Say("", lessonTitle, c.Title), c.Summary, func(p view.Page) (templ.Component, error) { return lessonPage(p, c) }),
			add(view.SheetPath(c.ID), c.Title+": print sheet", "The lesson on paper, with the answers on a page of their own.",
				func(p view.Page) (templ.Component, error) { return view.SheetPage(p, c), nil }))
	}
	return all
}

func lessonPage(p view.Page, c *view.Course) (templ.Component, error) {
	b, err := view.LessonBench(p, c)
	return view.BenchPage(b), err
}

// isTeaching says whether a page is one of teaching's.
func isTeaching(p page) bool {
	path := strings.TrimPrefix(p.Path, p.Lang+"/")
	return path == "lessons" || path == view.OwnLesson || strings.HasPrefix(path, "lesson/")
}

// A Shelf is the lessons of a folder, NAME.txtar, beside the built-in ones or in their place. A file whose lesson has
// the id of a built-in one stands in its place. Whenever a page is asked for, files that changed are read anew; one
// that holds no lesson is told on the page and in the log, once, and the rest go on.
type Shelf struct {
	// Dir is the folder, Only says that the built-in lessons are left out.
	Dir  string
	Only bool
	// Log takes what is wrong with files. Nil means nobody wants to know.
	Log *slog.Logger

	mu     sync.Mutex
	seen   string // the files as they were read last: names, sizes, times
	now    *view.School
	files  []lessonFile // of now
	own    int          // lessons of now that are the folder's
	logged []string
}

// Check says whether the folder is there.
func (s *Shelf) Check() error {
	info, err := os.Stat(s.Dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return fmt.Errorf("--lessons %s: %w; name a folder with files NAME.txtar", s.Dir, err)
	}
	return nil
}

// Count is how many lessons the folder's files hold, and what is wrong with those that hold none.
func (s *Shelf) Count() (read int, problems []string) {
	all := s.school()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own, all.Problems
}

// school is the lessons as the files are now.
func (s *Shelf) school() *view.School {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := os.ReadDir(s.Dir)
	var names []string
	seen := fmt.Sprint(err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".txtar") {
			continue // none of ours
		}
		if strings.Count(e.Name(), ".") == 1 { // more are a translation's
			names = append(names, e.Name())
		}
		if info, err := os.Stat(filepath.Join(s.Dir, e.Name())); err == nil {
			seen += fmt.Sprintln(e.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	if s.now != nil && s.seen == seen {
		return s.now
	}
	s.seen, s.now = seen, s.read(names, err)
	for _, problem := range s.now.Problems {
		if s.Log != nil && !slices.Contains(s.logged, problem) {
			s.Log.Warn("lesson", "problem", problem)
		}
	}
	s.logged = s.now.Problems
	return s.now
}

// schoolIn is the lessons in a language, as far as they're translated.
func (s *Shelf) schoolIn(lang string) *view.School {
	s.mu.Lock()
	defer s.mu.Unlock()
	return schoolIn(lang, s.files)
}

// read reads the files. Those of the folder stand in the place of built-in ones of the same id, the others behind them.
func (s *Shelf) read(names []string, failed error) *view.School {
	var problems []string
	if failed != nil {
		problems = append(problems, "the folder of lessons: "+reason(failed).Error())
	}
	var own []lessonFile
	for _, name := range names {
		text, err := readLesson(filepath.Join(s.Dir, name))
		if err != nil {
			problems = append(problems, name+": "+err.Error())
			continue
		}
		f := lessonFile{name, text, map[string]string{}}
		for _, l := range tongues.Languages {
			text, err := readLesson(filepath.Join(s.Dir, strings.TrimSuffix(name, ".txtar")+"."+l.Tag+".txtar"))
			if err == nil {
				f.words[l.Tag] = text
			}
		}
		own = append(own, f)
	}
	var files []lessonFile
	if !s.Only {
		files = builtIn()
		for i, f := range files {
			at := slices.IndexFunc(own, func(o lessonFile) bool { return o.name == f.name })
			if at < 0 {
				continue
			}
			if _, err := lessons.Load(f.name, own[at].text, 0); err == nil {
				files[i] = own[at]
				own = slices.Delete(own, at, at+1)
			}
		}
	}
	s.files = append(files, own...)
	all := school(s.files)
	all.Problems = append(problems, all.Problems...)
	s.own = max(0, len(names)-len(all.Problems)) // a file has one problem at the most
	return all
}

// readLesson reads a file that isn't larger than a lesson may be.
func readLesson(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", reason(err)
	}
	if info.Size() > lessons.MaxText {
		return "", fmt.Errorf("the file has more than %d octets; a lesson is shorter", lessons.MaxText)
	}
	text, err := os.ReadFile(name)
	return string(text), reason(err)
}

// reason is what the system says, without the path, which is nobody's business on a page.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// serve adds the pages of the shelf's lessons to a mux.
func (s *Shelf) serve(mux *http.ServeMux, a *assets, missing func(w http.ResponseWriter, r *http.Request)) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		path := strings.Trim(r.URL.Path, "/")
		site := &view.Site{Assets: a.names}
		all := teaching(adderOf(site), s.school())
		for _, l := range tongues.Languages {
			add := translator(site, l.Tag)
			add("", benchTitle, benchDescription, bench) // which is elsewhere, and links lead there
			all = append(all, teachingIn(add, s.schoolIn(l.Tag))...)
		}
		i := slices.IndexFunc(all, func(p page) bool { return p.Path == path })
		if i < 0 {
			missing(w, r)
			return
		}
		content, err := all[i].render()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		servePage(w, r, packed{br: br(content), gz: gz(content)})
	}
	patterns := []string{"GET /lessons", "GET /" + view.OwnLesson, "GET /lesson/"}
	for _, l := range tongues.Languages {
		patterns = append(patterns, "GET /"+l.Tag+"/lessons", "GET /"+l.Tag+"/lesson/")
	}
	for _, pattern := range patterns {
		mux.HandleFunc(pattern, answer)
	}
}
