package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pop3lab/lessons/author"
	"pop3lab/lessons/curriculum"
	"pop3lab/web/view"
)

// TestLessonsArePages: every lesson of the curriculum has a page and a print sheet, the list leads to each, and none has a problem.
func TestLessonsArePages(t *testing.T) {
	s := school(builtIn())
	if len(s.Problems) > 0 || len(s.Lessons) != len(curriculum.Order) {
		t.Fatalf("got %d lessons and problems %q, want %d and none", len(s.Lessons), s.Problems, len(curriculum.Order))
	}
	html := map[string]string{}
	for _, p := range teaching(adderOf(&view.Site{}), s) {
		content, err := p.render()
		if err != nil {
			t.Fatalf("page /%s: %v", p.Path, err)
		}
		html[p.Path] = string(content)
	}
	for _, id := range curriculum.Order {
		if !strings.Contains(html["lessons"], `href="lesson/`+id+`"`) {
			t.Errorf("the list doesn't lead to %s", id)
		}
		for _, path := range []string{view.LessonPath(id), view.SheetPath(id)} {
			if len(html[path]) < 2000 {
				t.Errorf("/%s has %d octets, want a page", path, len(html[path]))
			}
		}
		if !strings.Contains(html[view.SheetPath(id)], "Answer key") || !strings.Contains(html[view.SheetPath(id)], "<b>Right:</b>") {
			t.Errorf("the print sheet of %s has no answer key", id)
		}
	}
	for _, p := range curriculum.Paths {
		if !strings.Contains(html["lessons"], p.Title) {
			t.Errorf("the list doesn't name the path %q", p.Title)
		}
	}
}

// TestMapGoesForward: every lesson of the map stands right of those that it needs, and no two stand on each other.
func TestMapGoesForward(t *testing.T) {
	s := school(builtIn())
	at := map[string]view.MapNode{}
	for _, n := range s.Map.Nodes {
		for _, other := range at {
			if other.X == n.X && other.Y == n.Y {
				t.Errorf("%s and %s stand at the same place", n.ID, other.ID)
			}
		}
		at[n.ID] = n
	}
	for _, c := range s.Lessons {
		for _, id := range c.Needs {
			if at[id].X >= at[c.ID].X {
				t.Errorf("%s needs %s, and stands at %d, not right of %d", c.ID, id, at[c.ID].X, at[id].X)
			}
		}
	}
}

// TestShelf: the lessons of a folder stand beside the built-in ones or in their place; what changes is read anew, what is broken
// is told on the page and once in the log, and the rest go on.
func TestShelf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, at int64) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Unix(at, 0), time.Unix(at, 0)); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	shelf := &Shelf{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))}
	h, err := HandlerWith(shelf)
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string, status int) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != status {
			t.Errorf("GET %s: got %d, want %d", path, w.Code, status)
		}
		return w.Body.String()
	}
	write("mine.txtar", author.Template("mine"), 1000)
	if page := get("/lessons", 200); !strings.Contains(page, `href="lesson/mine"`) || !strings.Contains(page, `href="lesson/hello-stat"`) {
		t.Error("the list lacks the folder's lesson or the built-in ones")
	}
	get("/lesson/mine", 200)
	get("/lesson/mine/sheet", 200)
	get("/lesson/nobody", 404)

	write("mine.txtar", strings.Replace(author.Template("mine"), "sent NOOP ok", "snet NOOP ok", 1), 2000)
	for range 2 {
		page := get("/lessons", 200)
		if !strings.Contains(page, "mine.txtar:") || !strings.Contains(page, "there is no goal word") || strings.Contains(page, `href="lesson/mine"`) || !strings.Contains(page, `href="lesson/hello-stat"`) {
			t.Error("a broken file: the list doesn't name file and line, or the rest is gone")
		}
	}
	if n := strings.Count(log.String(), "there is no goal word"); n != 1 {
		t.Errorf("the log has the problem %d times, want once:\n%s", n, log.String())
	}
	get("/lesson/mine", 404)

	write("mine.txtar", strings.Replace(author.Template("mine"), "A title of a few words", "Mended <b>", 1), 3000)
	if page := get("/lesson/mine", 200); !strings.Contains(page, "Mended &lt;b&gt;") {
		t.Error("the mended file isn't read anew, or its title is markup")
	}
	own, _ := curriculum.Text("hello-stat")
	write("hello-stat.txtar", strings.Replace(own, "title: Three commands to your mail", "title: Mine instead", 1), 4000)
	if page := get("/lessons", 200); !strings.Contains(page, "Mine instead") || strings.Contains(page, "Three commands to your mail</a>") {
		t.Error("a file with the id of a built-in lesson doesn't stand in its place")
	}
	write("again.txtar", author.Template("mine"), 5000)
	if page := get("/lessons", 200); !strings.Contains(page, "there is a lesson mine already") {
		t.Error("two files of one id: the list doesn't say so")
	}
	shelf.Only, shelf.now = true, nil
	if page := get("/lessons", 200); strings.Contains(page, `href="lesson/list-forms"`) || !strings.Contains(page, `href="lesson/mine"`) {
		t.Error("with the folder's lessons only, the list has others, or lacks them")
	}
	if err := (&Shelf{Dir: filepath.Join(dir, "none")}).Check(); err == nil || !strings.Contains(err.Error(), "name a folder") {
		t.Errorf("a folder that isn't there: got %v, want an error that says what to name", err)
	}
}

// TestShelfHidesPaths: what the system says of a file's path is no page's business.
func TestShelfHidesPaths(t *testing.T) {
	shelf := &Shelf{Dir: filepath.Join(t.TempDir(), "gone")}
	s := shelf.school()
	if len(s.Problems) == 0 {
		t.Fatal("a folder that's gone is no problem, want one")
	}
	for _, p := range s.Problems {
		if strings.Contains(p, os.TempDir()) {
			t.Errorf("the page says %q, want no path of this machine", p)
		}
	}
}
