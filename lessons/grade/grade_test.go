package grade

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pop3lab/lessons"
	"pop3lab/lessons/curriculum"
)

// handIn is what a student hands in who did what a dialogue of the lesson does.
func handIn(t testing.TB, id, way string, seed uint64) *lessons.HandIn {
	t.Helper()
	l, err := curriculum.Load(id, seed)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Way(way)
	if err != nil {
		t.Fatal(err)
	}
	lab, answers, err := l.Play(d, -1)
	if err != nil {
		t.Fatal(err)
	}
	return &lessons.HandIn{Lesson: id, Rev: l.Rev, Seed: seed, Script: lab.Script(), Answers: answers}
}

// TestReferences: whoever does a lesson as its reference does has done it, in any edition; whoever does as a
// reject hasn't, and is told why.
func TestReferences(t *testing.T) {
	for _, id := range curriculum.Order {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			r := One(File{"a", handIn(t, id, "reference", 11).Text()}, curriculum.Load)
			if r.Verdict != Done || r.Met != len(r.Goals) {
				t.Errorf("the reference: got %s, %d of %d goals, %s; want done", r.Verdict, r.Met, len(r.Goals), r.Trouble)
			}
			l, err := curriculum.Load(id, 11)
			if err != nil {
				t.Fatal(err)
			}
			for _, way := range l.Rejects {
				r := One(File{"a", handIn(t, id, way, 11).Text()}, curriculum.Load)
				if r.Verdict != Partly {
					t.Errorf("reject %s: got %s %s, want partly", way, r.Verdict, r.Trouble)
				}
				for _, g := range r.Goals {
					if !g.Met && g.Why == "" {
						t.Errorf("reject %s: nothing is said about %q, which isn't met", way, g.Text)
					}
				}
			}
		})
	}
}

// TestRefused: what no page writes is refused, with the reason.
func TestRefused(t *testing.T) {
	good := handIn(t, "dele-rset-quit", "reference", 5)
	text := good.Text()
	other, late, much := *good, *good, *good
	other.Seed = 6
	late.Answers = append([]lessons.Answer(nil), good.Answers...)
	late.Answers[0].At = 100_000
	much.Script.Inputs = append(much.Script.Inputs[:len(much.Script.Inputs):len(much.Script.Inputs)], much.Script.Inputs[1])
	much.Script.Inputs[len(much.Script.Inputs)-1].Octets = make([]byte, MaxSent)
	cut := func(s, field string) string {
		at := strings.Index(s, field)
		return s[:at+len(field)+20] + s[at+len(field)+24:]
	}
	for _, c := range []struct{ name, text, want string }{
		{"something else", "Dear teacher,", "this is no hand-in"},
		{"nothing", "", "this is no hand-in"},
		{"a later form", strings.Replace(text, "hand-in 1", "hand-in 2", 1), "this is no hand-in"},
		{"another revision", strings.Replace(text, "rev: 1", "rev: 7", 1), "wrong version"},
		{"a lesson that isn't here", strings.Replace(text, "lesson: dele-rset-quit", "lesson: dele-rset", 1), "there is no lesson dele-rset here"},
		{"another seed put in", other.Text(), "tampered or damaged: the session doesn't begin as this lesson does"},
		{"letters taken out", cut(text, "script: "), ""},
		{"an answer from the future", late.Text(), "tampered or damaged: an answer stands where there was no step"},
		{"more octets than anybody types", much.Text(), "tampered or damaged: its devices send"},
		{"a later script", strings.Replace(text, "script: 1.", "script: 9.", 1), "a newer program replays it"},
	} {
		r := One(File{"x", c.text}, curriculum.Load)
		if r.Verdict != Refused || !strings.Contains(r.Trouble, c.want) || r.Trouble == "" {
			t.Errorf("%s: got %s, %q; want it refused with %q", c.name, r.Verdict, r.Trouble, c.want)
		}
	}
}

// TestCopies: two hand-ins with one seed name each other; the printed edition is everybody's.
func TestCopies(t *testing.T) {
	text := handIn(t, "dele-rset-quit", "reference", 9).Text()
	less := handIn(t, "dele-rset-quit", handInReject(t, "dele-rset-quit"), 9).Text()
	printed := handIn(t, "dele-rset-quit", "reference", 0).Text()
	all := All([]File{{"ann", text}, {"bob", text}, {"eve", less}, {"p", printed}, {"q", printed}}, curriculum.Load)
	for i, want := range [][]string{
		{"the same seed and the same inputs as bob", "the same seed as eve"}, {"the same seed and the same inputs as ann", "the same seed as eve"}, {"the same seed as ann", "the same seed as bob"}, nil, nil,
	} {
		if got := fmt.Sprint(all[i].Remarks); got != fmt.Sprint(want) {
			t.Errorf("%s: got remarks %s, want %s", all[i].File, got, want)
		}
	}
}

func handInReject(t *testing.T, id string) string {
	l, err := curriculum.Load(id, 0)
	if err != nil || len(l.Rejects) == 0 {
		t.Fatalf("%s has no reject: %v", id, err)
	}
	return l.Rejects[0]
}

// hostile is a file name that a spreadsheet or a browser would make something of.
const hostile = `=1+1<script>alert(1)</script>.pop3lab`

// TestReports: every report has every hand-in; no word of a hand-in becomes a formula or a tag.
func TestReports(t *testing.T) {
	evil := handIn(t, "hello-stat", "reference", 3)
	evil.Answers[0].Text = "<img src=x onerror=alert(1)>"
	all := All([]File{{hostile, evil.Text()}, {"good", handIn(t, "hello-stat", "reference", 4).Text()}, {"bad", "nonsense"}}, curriculum.Load)
	var table, sheet, array bytes.Buffer
	Table(&table, all)
	for _, want := range []string{"good: done, 3 of 3 goals of hello-stat", "bad: refused: ", "3 hand-ins: 1 done, 1 not yet, 1 refused"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	if err := CSV(&sheet, all); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&sheet).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("CSV: got %d rows, %v; want a head and three", len(rows), err)
	}
	if got := rows[1][0]; !strings.HasPrefix(got, "'=") {
		t.Errorf("a field that a spreadsheet takes for a formula: got %q, want an apostrophe before it", got)
	}
	if err := JSON(&array, all); err != nil {
		t.Fatal(err)
	}
	var back []Result
	if err := json.Unmarshal(array.Bytes(), &back); err != nil || len(back) != 3 || back[1].Met != 3 {
		t.Errorf("JSON doesn't come back: %v, %d results", err, len(back))
	}
	dir := filepath.Join(t.TempDir(), "marks")
	for range 2 { // a second time the folder is ours
		if err := Pages(dir, all); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(files) != 4 {
		t.Fatalf("pages: got %d, %v; want the list and three", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("<script")) || bytes.Contains(text, []byte("<img")) {
			t.Errorf("%s holds a tag that a hand-in brought:\n%s", name, text)
		}
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "diary.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Pages(full, all); err == nil || !strings.Contains(err.Error(), "holds other files") {
		t.Errorf("a folder with somebody's files: got %v, want it refused", err)
	}
}

// BenchmarkGrade judges hand-ins of every lesson, each by full replay.
func BenchmarkGrade(b *testing.B) {
	var files []File
	for i := range 20 * len(curriculum.Order) {
		id := curriculum.Order[i%len(curriculum.Order)]
		files = append(files, File{fmt.Sprint(i), handIn(b, id, "reference", uint64(i+1)).Text()})
	}
	b.ReportAllocs()
	for b.Loop() {
		All(files, curriculum.Load)
	}
	b.ReportMetric(float64(b.N*len(files))/b.Elapsed().Seconds(), "hand-ins/s")
}
