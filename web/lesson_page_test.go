package web

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"pop3lab/lessons"
	"pop3lab/lessons/author"
	"pop3lab/lessons/curriculum"
	"pop3lab/web/view"
)

// saving keeps what the page gives to be saved in window.saved, a text a file.
const saving = `{ window.saved = []; const make = URL.createObjectURL; URL.createObjectURL = b => { b.text().then(t => saved.push(t)); return make.call(URL, b); } }`

// lessonTab opens a lesson in the tested edition, with nothing done yet.
func lessonTab(t *testing.T, url, id string) (*tab, *lessons.Lesson) {
	t.Helper()
	l, err := curriculum.Load(id, seedTested)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, "")
	p.must(p.Before("if (!localStorage.getItem('begun')) { localStorage.setItem('begun', 'yes'); " + edition(l) + " } " + saving))
	p.must(p.Go(url + view.LessonPath(id)))
	p.ready()
	return p, l
}

// play goes a way through the lesson.
func (p *tab) play(l *lessons.Lesson, name string) {
	p.Helper()
	way, err := l.Way(name)
	p.must(err)
	lab, answers, err := l.Play(way, -1)
	p.must(err)
	list, err := moves(l, way, lab.Steps(), answers)
	p.must(err)
	octets, err := json.Marshal(list)
	p.must(err)
	_, err = p.Eval(driver)
	p.must(err)
	_, err = p.Eval("drive(" + string(octets) + ")")
	p.must(err)
}

// pushed presses the button of the lesson that says so.
func (p *tab) pushed(name string) {
	p.Helper()
	p.is("there is a button "+name, `(b => { b?.click(); return b !== undefined; })([...document.querySelectorAll("#course button:not([hidden]), #dialog button, #keep button")].find(b => b.textContent.startsWith(`+"`"+name+"`"+`) && !b.closest("[hidden]")))`, "true")
}

// TestLessonHandIn: what the page hands in is read by the grader's side, replayed, and done.
func TestLessonHandIn(t *testing.T) {
	p, l := lessonTab(t, site(t, nil), "line-drops")
	p.play(l, "reference")
	p.pushed("Hand in")
	p.until("the file", `window.saved.length === 1`)
	text, err := p.Eval(`window.saved[0]`)
	p.must(err)
	h, err := lessons.ParseHandIn("page", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if h.Lesson != l.ID || h.Rev != l.Rev || h.Seed != seedTested {
		t.Errorf("got lesson %s, rev %d, seed %d, want %s, %d, %d", h.Lesson, h.Rev, h.Seed, l.ID, l.Rev, seedTested)
	}
	lab, err := l.Replay(h.Script)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Check(lab.Steps(), h.Answers); !got.Done {
		t.Errorf("replayed, the hand-in isn't done: %s", got.Why)
	}
}

// TestLessonKept: somebody who comes back finds the lesson where it was left, and the list says that it's done. A file carries
// that to another browser.
func TestLessonKept(t *testing.T) {
	url := site(t, nil)
	p, l := lessonTab(t, url, "hello-stat")
	p.is("goals at the beginning", `document.body.dataset.goals`, "000")
	p.play(l, "reference")
	p.is("goals after the reference", `document.body.dataset.goals`, "111")
	p.must(p.Go(url + view.LessonPath(l.ID)))
	p.ready()
	p.is("goals after coming back", `document.body.dataset.goals`, "111")
	p.is("the answer", `document.querySelector("[data-question] input").value !== ""`, "true")
	p.must(p.Go(url + "lessons"))
	p.until("the list", `document.body.dataset.mapped === "yes"`)
	standing := `document.querySelector('#lessons [data-lesson="hello-stat"] .mark-of').textContent`
	p.is("the lesson's standing", standing, "✓ done")
	p.is("what comes next", `document.querySelector("#standing").textContent`, "1 of "+fmt.Sprint(len(curriculum.Order))+" done. Go on with How many, how big.")
	p.is("on the map", `document.querySelector('#map [data-lesson="hello-stat"]').getAttribute("aria-label").endsWith(", done")`, "true")
	p.pushed("Save it as a file")
	p.until("the file", `window.saved.length === 1`)
	file, err := p.Eval(`JSON.stringify(window.saved[0])`)
	p.must(err)

	other := open(t, url+"lessons")
	other.until("the list", `document.body.dataset.mapped === "yes"`)
	other.is("the lesson's standing in another browser", standing, "")
	give := func(name, text string) {
		_, err := other.Eval(`(i => { const d = new DataTransfer(); d.items.add(new File([` + text + `], "` + name + `")); i.files = d.files; return i.dispatchEvent(new Event("change")); })(document.querySelector("#progress-file"))`)
		other.must(err)
	}
	give("a.json", file)
	other.until("what came from the file", `document.querySelector("#status").textContent === "1 lesson came from the file."`)
	other.is("the lesson's standing then", standing, "✓ done")
	give("b.json", `"{}"`)
	other.until("the refusal of another file", `document.querySelector("#status").textContent.startsWith("This file holds no progress")`)
}

// TestLessonUpdated: progress under an older revision is told as such, on the list and in the lesson, which begins anew.
func TestLessonUpdated(t *testing.T) {
	url := site(t, nil)
	p := open(t, "")
	p.must(p.Before(`if (location.host) localStorage.setItem("pop3lab:/:v1:hello-stat", JSON.stringify({rev: 1e6, seed: "3", script: "1.AA", answers: ["count 2 2"], done: {rev: 1e6, commands: 3}}))`))
	p.must(p.Go(url + "lessons"))
	p.until("the list", `document.body.dataset.mapped === "yes"`)
	p.is("the standing", `document.querySelector('#lessons [data-lesson="hello-stat"] .mark-of').textContent`, "updated since you did it")
	p.must(p.Go(url + view.LessonPath("hello-stat")))
	p.ready()
	p.is("what the lesson says", `document.querySelector(".note-of").textContent`, "This lesson was updated since you did it. It begins anew.")
	p.is("goals", `document.body.dataset.goals`, "000")
}

// TestLessonForgetful: where the browser keeps nothing the page works, and says so.
func TestLessonForgetful(t *testing.T) {
	p := open(t, "")
	p.must(p.Before(`Object.defineProperty(window, "localStorage", {get() { throw new DOMException("denied", "SecurityError"); }})`))
	p.must(p.Go(site(t, nil) + view.LessonPath("hello-stat")))
	p.ready()
	p.is("the note", `document.querySelector("#course-acts").textContent.includes("This browser keeps nothing for this page")`, "true")
	p.say("CAPA")
	p.shows("+OK")
	p.is("why the first goal isn't met", `document.querySelector(".goal.next .why").textContent !== ""`, "true")
}

// TestLessonHints: the ladder gives a rung at a time, asks before the last, and puts the line in without sending it.
func TestLessonHints(t *testing.T) {
	p, _ := lessonTab(t, site(t, nil), "retr-dot")
	hints := `document.querySelectorAll('[data-goal="1"] .hint-text').length`
	rung := func(name string) {
		p.Helper()
		p.is("the button", `(b => { const t = b.textContent; b.click(); return t; })(document.querySelector('[data-goal="1"] .hints > button'))`, name)
	}
	rung("Hint")
	rung("Another hint")
	p.is("hints after two", hints, "2")
	rung("The last hint")
	p.is("hints before it's confirmed", hints, "2")
	rung("Yes, show the last one")
	p.is("hints after three", hints, "3")
	p.is("putting the line in", `(b => { b.click(); return document.querySelector("#command").value + " " + document.activeElement.id; })(document.querySelector('[data-goal="1"] .hint-text button')).startsWith("RETR ")`, "true")
	p.is("nothing was sent", where, "LIVE 2 AUTHORIZATION")
	p.pushed("Hand in")
	p.until("the file", `window.saved.length === 1`)
	p.is("the rungs that were looked at are told", `["1.1", "1.2", "1.3"].every(h => saved[0].includes("\nhint: " + h + "\n"))`, "true")
}

// TestLessonShown: the reference is a branch that counts for nothing, also when it's gone on from; the student's own work stays.
func TestLessonShown(t *testing.T) {
	p, l := lessonTab(t, site(t, nil), "hello-stat")
	p.say("CAPA")
	p.shows("+OK Capability list follows")
	p.pushed("Show me")
	p.until("the reference", `document.querySelectorAll("#branches option").length === 2`)
	p.must(p.Click("#live"))
	p.shows("STAT")
	p.is("goals while it's shown", `document.body.dataset.goals`, "000")
	p.say("NOOP")
	p.is("goals when it's gone on from", `document.body.dataset.goals`, "000")
	p.is("what is said then", `document.querySelector("#course-acts").textContent.includes("nothing of it counts as yours")`, "true")
	p.pushed("Back to my work")
	p.shows("+OK Capability list follows")
	p.play(l, "reference")
	p.is("goals of one's own work", `document.body.dataset.goals`, "111")
}

// TestLessonPrediction: the first prediction stays, and is judged when what it's about has happened.
func TestLessonPrediction(t *testing.T) {
	p, l := lessonTab(t, site(t, nil), "line-drops")
	var q *lessons.Question
	for i := range l.Questions {
		if l.Questions[i].Kind == lessons.Predict {
			q = &l.Questions[i]
		}
	}
	if q == nil {
		t.Fatal("line-drops has no prediction any more: choose another lesson for this test")
	}
	ask := `document.querySelector('[data-question="` + q.Name + `"]')`
	p.is("predicting", `(a => { a.querySelector("input").checked = true; a.querySelector("button").click(); return [...a.querySelectorAll("input")].every(r => r.disabled); })(`+ask+`)`, "true")
	p.is("what is said", ask+`.querySelector(".said").textContent`, "Your prediction is kept. Now let it happen.")
	p.anew("My answers")
	p.is("after forgetting it", ask+`.querySelector("input").disabled`, "false")
	p.pushed("Take my answers back in")
	p.is("after bringing it back", ask+`.querySelector("input").disabled`, "true")
}

// hostile is a lesson that tries to be more than text.
func hostile(t *testing.T) string {
	t.Helper()
	text, err := author.Update("mine.txtar", author.Template("mine"))
	if err != nil {
		t.Fatal(err)
	}
	const evil = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>[a](javascript:window.hit=1) [b](//evil.example/) "><svg onload=window.hit=1>`
	for _, at := range []string{"The first paragraph says", "title: A title", "# Ask the server", "typed count: How many", "choice exit: What", "when 2: The first", "1.1: There is", "Send NOOP before", "The server answers every"} {
		if !strings.Contains(text, at) {
			t.Fatalf("the template has no %q any more", at)
		}
		text = strings.Replace(text, at, at+" "+evil, 1)
	}
	return text
}

// arrives waits until an expression is true on the page that another one leads to.
func (p *tab) arrives(what, js string) {
	p.Helper()
	var err error
	for range 5 {
		if err = p.Until(js); err == nil || !strings.Contains(err.Error(), "navigated") {
			break
		}
	}
	if err != nil {
		p.Fatalf("waited in vain for %s: %v", what, err)
	}
}

// openFile gives the page a lesson's file.
func (p *tab) openFile(name, text string) {
	p.Helper()
	content, err := json.Marshal(text)
	p.must(err)
	p.until("the place for a file", `document.querySelector("#open input") !== null`)
	_, err = p.Eval(`(i => { const d = new DataTransfer(); d.items.add(new File([` + string(content) + `], "` + name + `")); i.files = d.files; return i.dispatchEvent(new Event("change")); })(document.querySelector("#open input"))`)
	p.must(err)
}

// TestLessonFromAStranger: a lesson from a file is played in the page; whatever it says is text, and none of it becomes markup,
// runs, or leads to a script. What is no lesson is refused with the line and what to mend.
func TestLessonFromAStranger(t *testing.T) {
	url := site(t, nil)
	p := open(t, url+view.OwnLesson)
	p.ready()
	p.openFile("mine.txtar", hostile(t))
	p.arrives("the lesson", `document.querySelectorAll("#goals .goal").length === 2 && document.body.dataset.ready === "yes"`)
	for _, command := range []string{"NOOP", "STAT"} {
		p.say(command)
	}
	_, err := p.Eval(`document.querySelectorAll(".hints > button").forEach(b => { b.click(); b.click(); })`)
	p.must(err)
	p.is("elements that came in with the text", `document.querySelectorAll("#course img, #course script, #course svg, #course [onerror], #course a[href^='javascript']").length + " " + window.hit`, "0 undefined")
	p.is("what it says is shown as it stands", `document.querySelector("#prose").textContent.includes("<img src=x onerror=")`, "true")
	p.is("links elsewhere", `[...document.querySelectorAll("#prose a")].map(a => a.href).join()`, "https://www.rfc-editor.org/rfc/rfc1939")
	p.is("where it's kept", `Object.keys(localStorage).filter(k => k.includes("mine")).join()`, "pop3lab:/:v1:file:mine")

	for name, c := range map[string]struct{ text, want string }{
		"no lesson":      {"hello", "mine.txtar: there is no section -- lesson.md --; add it"},
		"a goal's code":  {strings.Replace(author.Template("mine"), "sent NOOP ok", "eval alert(1)", 1), `there is no goal word "eval"`},
		"too many goals": {strings.Replace(author.Template("mine"), "# Ask the", strings.Repeat("# x\nsent NOOP ok\n", 21)+"# Ask the", 1), "a lesson has 1 to 20 goals"},
		"too much mail":  {strings.Replace(author.Template("mine"), "times={n}", "times=201", 1), "times= wants a number up to 200"},
	} {
		other := open(t, url+view.OwnLesson)
		other.ready()
		other.openFile("mine.txtar", c.text)
		other.arrives(name+": the refusal", `document.querySelector("#trouble").textContent.includes("This file holds no lesson that can be shown")`)
		said, err := other.Words("#trouble")
		other.must(err)
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: the page says %q, want it to say %q", name, said, c.want)
		}
	}
	big := open(t, url+view.OwnLesson)
	big.ready()
	big.openFile("big.txtar", strings.Repeat("x", lessons.MaxText+1))
	big.until("the refusal of what is too large", `document.querySelector("#trouble").textContent.includes("a lesson has at most")`)
}

// TestLessonDropped: a file that's dropped on the list of lessons opens.
func TestLessonDropped(t *testing.T) {
	p := open(t, site(t, nil)+"lessons")
	p.until("the list", `document.body.dataset.mapped === "yes"`)
	content, err := json.Marshal(author.Template("mine"))
	p.must(err)
	_, err = p.Eval(`(d => { d.items.add(new File([` + string(content) + `], "mine.txtar")); return document.dispatchEvent(new DragEvent("drop", {dataTransfer: d, cancelable: true, bubbles: true})); })(new DataTransfer())`)
	p.must(err)
	p.arrives("the lesson", `location.pathname === "/`+view.OwnLesson+`" && document.querySelectorAll("#goals .goal").length === 2`)
}

// TestLessonDraft: a session on the bench, saved as a draft, is a lesson that lint has nothing against.
func TestLessonDraft(t *testing.T) {
	p := open(t, "")
	p.must(p.Before(saving))
	p.must(p.Go(site(t, nil)))
	p.ready()
	for _, l := range []string{"USER mrose", "PASS tanstaaf", "LIST", "RETR 1"} {
		p.say(l)
	}
	p.must(p.Click("#share"))
	p.pushed("Save as a lesson’s draft")
	p.until("the file", `window.saved.length === 1`)
	text, err := p.Eval(`window.saved[0]`)
	p.must(err)
	text, err = author.Update("my-lesson.txtar", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, f := range author.Prove("my-lesson.txtar", text, []string{"my-lesson"}) {
		t.Errorf("lint says of the draft: %+v\n%s", f, text)
	}
}

// TestLessonWithoutScripts: all of a lesson can be read without scripts: what to do, goals, questions, hints, what it was about.
func TestLessonWithoutScripts(t *testing.T) {
	p := open(t, "")
	p.must(p.NoScripts())
	p.must(p.Go(site(t, nil) + view.LessonPath("retr-dot")))
	text, err := p.Eval(`document.querySelector("#course").textContent`)
	p.must(err)
	l, err := curriculum.Load("retr-dot", 0)
	p.must(err)
	for _, want := range []string{l.Title, l.Goals[0].Text, l.Goals[2].Text, l.Questions[0].Text, l.Questions[2].Options[0].Text, l.Hints[0].Text, l.Hints[2].Text, "An answer of many lines ends with a line that holds a dot alone"} {
		if !strings.Contains(text, want) {
			t.Errorf("without scripts the lesson doesn't say %q", want)
		}
	}
}

// TestLessonAxe: axe finds nothing on the list of lessons, a lesson at its beginning and when it's done, in each role, and on a
// print sheet; nothing is wider than the window.
func TestLessonAxe(t *testing.T) {
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("the accessibility test needs axe-core: make tools fetches it with npm (%v)", err)
	}
	url := site(t, nil)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1440}, {"dark", 1024}, {"light", 390}} {
		t.Run(fmt.Sprintf("%s %d", look.theme, look.width), func(t *testing.T) {
			p := open(t, "")
			p.must(p.Look(look.width, 900, look.theme))
			seen := func(path, when string) {
				t.Helper()
				_, err := p.Eval("(() => {" + string(source) + "})()")
				p.must(err)
				p.clean(path + when)
				p.is(path+when+": wider than the window", `document.documentElement.scrollWidth > innerWidth`, "false")
			}
			for _, path := range []string{"lessons", "lesson/retr-dot/sheet", "lesson/retr-dot", "lesson/dot-stuffing", "lesson/stls-attack", view.OwnLesson} {
				p.must(p.Go(url + path))
				if !strings.Contains(path, "s/") && path != "lessons" && !strings.HasSuffix(path, "sheet") {
					p.ready()
				}
				seen(path, "")
			}
			l, err := curriculum.Load("hello-stat", seedTested)
			p.must(err)
			p.must(p.Before(edition(l)))
			p.must(p.Go(url + "lesson/hello-stat"))
			p.ready()
			p.say("STAT")
			p.pushed("Hint")
			p.anew("My answers")
			p.play(l, "reference")
			seen("lesson/hello-stat", ", done")
		})
	}
}
