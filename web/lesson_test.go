package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
	"pop3lab/web/view"
)

// seedTested is the edition that the browser tests do: not the printed one, so that the page's own words count.
const seedTested = 7

// edition lets a page begin a lesson in that edition, with nothing done.
func edition(l *lessons.Lesson) string {
	return fmt.Sprintf(`if (location.host) localStorage.setItem("pop3lab:/:v1:%s", '{"rev": %d, "seed": "%d"}')`, l.ID, l.Rev, seedTested)
}

// anew chooses one of the ways to begin anew.
func (p *tab) anew(entry string) {
	p.Helper()
	p.is("the way to begin anew: "+entry, `([...document.querySelectorAll("#course-acts button")].find(b => b.textContent.startsWith("Begin anew")).click(),
		(b => { b?.click(); return b !== undefined; })([...document.querySelectorAll("#dialog button")].find(b => b.textContent === `+"`"+entry+"`"+`)))`, "true")
}

// driver does a student's moves through the page's own controls: the command line, the fields of questions, the conversation.
// What is no command goes in as the menus give it.
const driver = `window.drive = moves => {
	const $ = css => { const e = document.querySelector(css); if (!e) throw new Error("the page has no " + css); return e };
	for (const m of moves) {
		const ask = () => $('[data-question="' + m.question + '"]');
		switch (m.kind) {
		case "send": {
			const device = [...document.querySelectorAll("#devices button")].find(b => b.textContent.startsWith(m.device + ": "));
			if (device?.getAttribute("aria-pressed") === "false") device.click();
			$("#eol").value = m.eol;
			$("#command").value = m.text;
			$("#form").requestSubmit();
			$("#eol").value = "crlf";
			break; }
		case "input":
			document.dispatchEvent(new CustomEvent("pop3lab:input", {detail: {...m.input, octets: Uint8Array.from(atob(m.octets), c => c.charCodeAt(0))}}));
			break;
		case "choice": case "predict": {
			const radio = [...ask().querySelectorAll("input[type=radio]")].find(r => r.value === m.text);
			if (!radio) throw new Error("the question " + m.question + " has no answer " + m.text);
			radio.checked = true;
			ask().querySelector("button").click();
			break; }
		case "typed":
			ask().querySelector("input").value = m.text;
			ask().querySelector("form").requestSubmit();
			break;
		case "mark": {
			const row = document.querySelector('#log .col a.n[href="#s=' + m.step + '"]')?.closest("li").querySelector(".t") ?? $('#log .more > [data-step="' + m.step + '"]');
			[...row.children].filter(e => e.matches(".part, .eol"))[m.label].click();
			ask().querySelector(".marking button").click();
			break; }
		case "reply":
			ask().querySelector("textarea").value = m.text;
			ask().querySelector("form").requestSubmit();
			break;
		case "edit":
			ask().querySelector("button").click();
			ask().querySelector("textarea").value = m.text;
			ask().querySelector("button").click();
			break;
		}
	}
	return document.body.dataset.goals;
}`

// moves are a way through a lesson, for the driver. The page has made the first connection by itself. Answers are those that
// the way led to: what was to be marked is found.
func moves(l *lessons.Lesson, way *lessons.Dialogue, steps []sim.Step, answers []lessons.Answer) ([]map[string]any, error) {
	var all []map[string]any
	for i, m := range way.Moves {
		in := &m.Input
		switch {
		case i == 0 && m.Line == 0 && in.Verb == sim.Connect:
		case in.Verb == sim.Send && !in.Last:
			text, eol := transcript.Escape(in.Octets), "none"
			if rest, ok := strings.CutSuffix(text, `\r\n`); ok {
				text, eol = rest, "crlf"
			}
			all = append(all, map[string]any{"kind": "send", "device": in.Device, "text": text, "eol": eol})
		case in.Verb != sim.NoVerb:
			device := in.Device
			if device == "" {
				device = "office PC"
			}
			all = append(all, map[string]any{"kind": "input", "octets": in.Octets, "input": map[string]any{"kind": in.Verb.String(), "device": device, "user": in.User,
				"uid": in.UID, "last": in.Last, "millis": in.Millis, "after": in.After, "tls": in.TLS, "barred": in.Barred, "ailment": string(in.Ailment), "segment": in.Segment,
				"persona": in.Persona, "faults": in.Faults, "switches": in.Switches, "without": in.Without}})
		default:
			one, err := answer(l, answers[0], steps)
			answers = answers[1:]
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// answer is an answer for the driver. Marked octets are the label that they are, of the step that has them.
func answer(l *lessons.Lesson, a lessons.Answer, steps []sim.Step) (map[string]any, error) {
	one := map[string]any{"kind": "reply", "question": a.Question, "text": a.Text}
	if strings.HasPrefix(a.Question, "edit-") {
		one["kind"] = "edit"
	}
	if q := l.Question(a.Question); q != nil {
		one["kind"] = q.Kind
		if q.Kind == lessons.Mark {
			var step, start, end int
			if _, err := fmt.Sscanf(a.Text, "%d:%d-%d", &step, &start, &end); err != nil {
				return nil, err
			}
			one["step"] = step + 1
			for i, label := range engine.Labels(steps[step].Event) {
				if label.Start == start && label.End == end {
					one["label"] = i
				}
			}
		}
		return one, nil
	}
	// What ends with CR LF is written a line a line; anything else has its escapes.
	if text, ok := strings.CutSuffix(transcript.Escape([]byte(a.Text)), `\r\n`); ok {
		one["text"] = strings.ReplaceAll(text, `\r\n`, "\n")
		return one, nil
	}
	one["text"], one["bare"] = transcript.Escape([]byte(a.Text)), true
	return one, nil
}

// TestLessonsInThePage solves every lesson through the page by its reference, and goes every way that must fail: the page ticks
// the goals that the checker says are met, and shows why the next one isn't.
func TestLessonsInThePage(t *testing.T) {
	url := site(t, nil)
	for _, id := range curriculum.Order {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			throughThePage(t, url, id)
		})
	}
}

func throughThePage(t *testing.T, url, id string) {
	l, err := curriculum.Load(id, seedTested)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, "")
	p.must(p.Before(edition(l)))
	p.must(p.Go(url + view.LessonPath(id)))
	p.ready()
	_, err = p.Eval(driver)
	p.must(err)
	for i, name := range append([]string{"reference"}, l.Rejects...) {
		way, err := l.Way(name)
		if err != nil {
			t.Fatal(err)
		}
		lab, answers, err := l.Play(way, -1)
		if err != nil {
			t.Fatal(err)
		}
		want := l.Check(lab.Steps(), answers)
		list, err := moves(l, way, lab.Steps(), answers)
		if err != nil {
			t.Fatal(err)
		}
		octets, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			p.anew("The lesson’s world")
			p.anew("My answers")
		}
		goals := ""
		for _, g := range want.Goals {
			goals += map[bool]string{true: "1", false: "0"}[g.Met]
		}
		p.is(name+": goals that are met", "drive("+string(octets)+")", goals)
		if name == "reference" {
			p.is(name+": it's done", `!document.querySelector("#done").hidden && document.querySelector("#done .count").textContent.startsWith("Every goal is met")`, "true")
			continue
		}
		p.is(name+": the goal that isn't met", `document.querySelector(".goal:is(.next, .broken)").dataset.goal`, fmt.Sprint(want.Next+1))
		p.is(name+": why", `document.querySelector('[data-goal="`+fmt.Sprint(want.Next+1)+`"] .why').textContent`, want.Why)
	}
}
