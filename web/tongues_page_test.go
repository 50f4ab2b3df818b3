package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pop3lab/lessons/curriculum"
	"pop3lab/web/tongues"
	"pop3lab/web/view"
)

// TestLessonTranslated solves a lesson on its German page by its reference: the goals are German, options are German while
// what is kept and handed in is the English answer, and the English page then goes on where the German one was left.
func TestLessonTranslated(t *testing.T) {
	const id = "hello-stat"
	l, err := curriculum.Load(id, seedTested)
	if err != nil {
		t.Fatal(err)
	}
	german, err := curriculum.Load(id, seedTested)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := curriculum.Translation(id, "de")
	if err := german.Translate(id+".de.txtar", text); err != nil {
		t.Fatal(err)
	}
	url := site(t, nil)
	p := open(t, "")
	p.must(p.Before(`if (!window.localStorage?.getItem("pop3lab:/:v1:` + id + `")) ` + edition(l))) // both pages keep what was done
	p.must(p.Go(url + "de/" + view.LessonPath(id)))
	p.ready()
	p.is("the page's language", "document.documentElement.lang", "de")
	p.is("the title", `document.querySelector("#course-title").textContent`, german.Title)
	p.is("the first goal", `document.querySelector('[data-goal="1"] .aim').firstChild.textContent`, german.Goals[0].Text)
	p.is("English that isn't marked", `document.querySelector("#note").closest("[lang]").lang + document.querySelector("#log .t").closest("[lang]").lang`, "enen")
	_, err = p.Eval(driver)
	p.must(err)
	way, err := l.Way("reference")
	if err != nil {
		t.Fatal(err)
	}
	lab, answers, err := l.Play(way, -1)
	if err != nil {
		t.Fatal(err)
	}
	list, err := moves(l, way, lab.Steps(), answers)
	if err != nil {
		t.Fatal(err)
	}
	octets, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	p.is("goals that are met", "drive("+string(octets)+")", strings.Repeat("1", len(l.Goals)))
	p.until("it's done, in German", `!document.querySelector("#done").hidden && document.querySelector("#done .count").textContent.startsWith("Alle Ziele sind erreicht")`)
	for _, q := range german.Questions {
		for _, o := range q.Options {
			if o.Text == o.Answer() {
				continue
			}
			said, err := json.Marshal([]string{o.Answer(), o.Text})
			if err != nil {
				t.Fatal(err)
			}
			p.is("the option "+o.Text, `(([answer, text]) => [...document.querySelectorAll('[data-question="`+q.Name+`"] input')].some(r => r.value === answer && r.nextSibling.textContent === text))(`+string(said)+`)`, "true")
		}
	}
	p.is("the link to the English page", `document.querySelector('.tongues a[hreflang="en"]').pathname`, "/"+view.LessonPath(id))
	p.must(p.Go(url + view.LessonPath(id)))
	p.ready()
	p.until("the English page knows what was done", `document.body.dataset.goals === "`+strings.Repeat("1", len(l.Goals))+`"`)
	p.is("the title in English", `document.querySelector("#course-title").textContent`, l.Title)
}

// TestShelfTranslated: a folder's lesson has its translation beside it; one that's wrong is told on the page, which has the
// lesson in English then.
func TestShelfTranslated(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, _ := curriculum.Text("hello-stat")
	words, _ := curriculum.Translation("hello-stat", "de")
	write("hello-stat.txtar", text)
	write("hello-stat.de.txtar", words)
	h, err := HandlerWith(&Shelf{Dir: dir, Only: true})
	if err != nil {
		t.Fatal(err)
	}
	page := func(path string, status int, wants ...string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != status {
			t.Errorf("GET %s: got %d, want %d", path, w.Code, status)
		}
		for _, want := range wants {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("GET %s: the page lacks %q", path, want)
			}
		}
	}
	page("/de/lessons", 200, `<html lang="de">`, `href="../de/lesson/hello-stat"`, "In drei Befehlen")
	page("/de/lesson/hello-stat", 200, "In drei Befehlen")
	page("/es/lessons", 200, `href="../lesson/hello-stat" lang="en"`)
	page("/es/lesson/hello-stat", 404)
	page("/de/lesson/list-forms", 404)
	page("/de", 200, `<html lang="de">`)
	write("hello-stat.de.txtar", "-- titel 00000000 --\nIn drei Befehlen\n")
	page("/de/lessons", 200, "hello-stat.de.txtar:1: the lesson has no piece", "Three commands to your mail")
	page("/de/lesson/hello-stat", 404)
}

// TestTongues: on every page that's there in several languages a control leads to the others and back, by the keyboard alone.
func TestTongues(t *testing.T) {
	url := site(t, nil)
	for _, path := range []string{"", "lessons", "lesson/hello-stat"} {
		p := open(t, url+path)
		p.turned("the page is drawn", `document.readyState === "complete"`)
		for _, l := range tongues.Languages {
			p.is("/"+path+": the language control", `(d => { d.open || d.querySelector("summary").click(); return d.open; })(document.querySelector(".tongues"))`, "true")
			_, err := p.Eval(`document.querySelector('.tongues a[hreflang="` + l.Tag + `"]').click()`)
			p.must(err)
			p.turned(l.Name, `document.documentElement?.lang === "`+l.Tag+`" && location.pathname === "/`+view.PathIn(l.Tag, path)+`" && document.readyState === "complete"`)
			p.is("/"+path+": the link to the lessons", `[...document.querySelectorAll(".top nav a")].some(a => a.pathname === "/`+l.Tag+`/lessons")`, "true")
		}
	}
}

// TestTonguesAxe: axe finds nothing on translated pages, and on a phone nothing is wider than the page.
func TestTonguesAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	url := site(t, nil)
	for _, path := range []string{"de", "de/lessons", "es/lesson/hello-stat"} {
		for _, width := range []int64{1440, 390} {
			t.Run(fmt.Sprint(path, " ", width), func(t *testing.T) {
				p := open(t, "")
				p.must(p.Look(width, 900, "light"))
				p.must(p.Go(url + path))
				if path != "de/lessons" {
					p.ready()
				}
				_, err := p.Eval("(() => {" + string(source) + "})()")
				p.must(err)
				p.is("the language control", `document.querySelector(".tongues").open = true`, "true")
				p.clean("/" + path)
				p.is("how far the page reaches over its width", `Math.max(0, document.documentElement.scrollWidth - innerWidth)`, "0")
				p.is("the languages are in sight", `(r => r.left >= 0 && r.right <= innerWidth)(document.querySelector(".tongues ul").getBoundingClientRect())`, "true")
			})
		}
	}
}
