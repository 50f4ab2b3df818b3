package curriculum

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pop3lab/lessons"
	"pop3lab/lessons/author"
)

// languages are those in which the lessons of translated are there besides English.
var languages = []string{"de", "es"}

// translated are the lessons that are there, whole, in every one of languages.
var translated = Order[:5]

// eachTranslation runs f for every translation that has to be there.
func eachTranslation(t *testing.T, f func(t *testing.T, id, name, text string)) {
	for _, id := range translated {
		for _, language := range languages {
			name := id + "." + language + ".txtar"
			t.Run(name, func(t *testing.T) {
				text, ok := Translation(id, language)
				if !ok {
					t.Fatalf("there is no file %s: the first five lessons are there in every language", name)
				}
				f(t, id, name, text)
			})
		}
	}
}

func english(t *testing.T, id string, seed uint64) *lessons.Lesson {
	t.Helper()
	l, err := Load(id, seed)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTranslationsAreWhole: nothing is missing, and nothing translates a sentence that has changed since.
func TestTranslationsAreWhole(t *testing.T) {
	eachTranslation(t, func(t *testing.T, id, name, text string) {
		source, _ := Text(id)
		stale, missing, err := author.Stale(english(t, id, 0), source, name, text)
		if err != nil || len(stale)+len(missing) > 0 {
			t.Errorf("got stale %v, missing %v, error %v; want none: pop3lab lesson translate prints the pieces with their hashes", stale, missing, err)
		}
	})
}

var (
	names = regexp.MustCompile(`\{[a-z][a-z0-9-]*\}`)
	spans = regexp.MustCompile("`[^`]*`")
	mark  = regexp.MustCompile(`\[[^]]*\]\([^)]*\)`)
	// wire is what is the same in every language: names, code and the octets of a line's end.
	wire = regexp.MustCompile("\\{[a-z][a-z0-9-]*\\}|`[^`]*`|\\b(CR|LF)\\b")
	word = regexp.MustCompile(`\pL`)
)

// TestTranslationsKeepTheWire: each piece has the names, the code and the links of its English, so that every
// edition is right and commands stay commands; and it isn't the English itself.
func TestTranslationsKeepTheWire(t *testing.T) {
	eachTranslation(t, func(t *testing.T, id, name, text string) {
		l := english(t, id, 0)
		before := l.Pieces()
		if err := l.Translate(name, text); err != nil {
			t.Fatal(err)
		}
		after := l.Pieces()
		if len(before) != len(after) || len(before) < 30 {
			t.Fatalf("got %d pieces of %d, want as many, and those of a whole lesson", len(after), len(before))
		}
		for i, p := range before {
			for what, re := range map[string]*regexp.Regexp{"names in braces": names, "code": spans, "links": mark} {
				got, want := re.FindAllString(after[i].Text, -1), re.FindAllString(p.Text, -1)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s: got %s %q, want %q as in %q", p.Key, what, got, want, p.Text)
				}
			}
			if after[i].Text == p.Text && word.MatchString(wire.ReplaceAllString(p.Text, "")) {
				t.Errorf("%s: got the English words %q, want them translated", p.Key, p.Text)
			}
			if items := strings.Count("\n"+p.Text, "\n- "); strings.Count("\n"+after[i].Text, "\n- ") != items {
				t.Errorf("%s: got another number of list items, want %d", p.Key, items)
			}
		}
	})
}

// TestTranslationsTeach: in every language and several editions the reference meets all goals, and each reject
// fails with a sentence in that language: a student who reads German isn't told in English why.
func TestTranslationsTeach(t *testing.T) {
	eachTranslation(t, func(t *testing.T, id, name, text string) {
		for _, seed := range []uint64{0, 1, 77, 4711} {
			plain, l := english(t, id, seed), english(t, id, seed)
			if err := l.Translate(name, text); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			check := func(l *lessons.Lesson, name string) (lessons.Progress, string) {
				d, err := l.Way(name)
				if err != nil {
					t.Fatal(err)
				}
				lab, answers, err := l.Play(d, -1)
				if err != nil {
					t.Fatal(err)
				}
				p := l.Check(lab.Steps(), answers)
				return p, p.Why
			}
			if p, why := check(l, "reference"); !p.Done {
				t.Errorf("seed %d: the reference doesn't meet all goals: %s", seed, why)
			}
			for _, reject := range l.Rejects {
				p, why := check(l, reject)
				_, englishWhy := check(plain, reject)
				if p.Done || why == "" || why == englishWhy {
					t.Errorf("seed %d, reject %s: got done %v and the sentence %q, want a sentence translated from %q", seed, reject, p.Done, why, englishWhy)
				}
			}
			for i, q := range l.Questions {
				if (q.Kind == lessons.Choice || q.Kind == lessons.Predict) && options(q) != options(plain.Questions[i]) {
					t.Errorf("seed %d: question %s: got the right options %s, want %s", seed, q.Name, options(q), options(plain.Questions[i]))
				}
				seen := map[string]bool{}
				for _, o := range q.Options {
					if seen[o.Text] {
						t.Errorf("seed %d: question %s has the option %q twice", seed, q.Name, o.Text)
					}
					seen[o.Text] = true
				}
			}
			if all := l.Title + l.Summary + l.Prose + l.Experiment + l.Debrief + l.Notes; strings.ContainsAny(all, "{}") {
				t.Errorf("seed %d: a brace is left in %q", seed, all)
			}
		}
	})
}

// options says which of a question's options are right.
func options(q lessons.Question) string {
	var b strings.Builder
	for _, o := range q.Options {
		b.WriteString(map[bool]string{true: "+", false: "-"}[o.Right])
	}
	return b.String()
}

// TestTranslationFallsBack: a paragraph that isn't translated stays English between its neighbours; lint hears
// of it, and of one that translates what isn't there any more.
func TestTranslationFallsBack(t *testing.T) {
	eachTranslation(t, func(t *testing.T, id, name, text string) {
		marker := regexp.MustCompile(`(?m)^-- prose/2 ([0-9a-f]{8}) --$`).FindString(text)
		if marker == "" {
			t.Fatal("there is no second paragraph to try it with")
		}
		head, rest, _ := strings.Cut(text, marker)
		_, tail, _ := strings.Cut(rest, "\n-- ")
		without := head + "-- " + tail

		plain, whole, l := english(t, id, 7), english(t, id, 7), english(t, id, 7)
		for l, text := range map[*lessons.Lesson]string{whole: text, l: without} {
			if err := l.Translate(name, text); err != nil {
				t.Fatal(err)
			}
		}
		of := func(l *lessons.Lesson) []string { return strings.Split(l.Prose, "\n\n") }
		want := slices.Clone(of(whole))
		want[1] = of(plain)[1]
		if got := of(l); !slices.Equal(got, want) {
			t.Errorf("got prose %q, want %q: what isn't translated stays English, and only that", got, want)
		}

		source, _ := Text(id)
		printed := english(t, id, 0)
		if _, missing, err := author.Stale(printed, source, name, without); err != nil || !slices.Equal(missing, []string{"prose/2"}) {
			t.Errorf("got missing %v, error %v; want prose/2", missing, err)
		}
		stale, _, err := author.Stale(printed, source, name, strings.Replace(text, marker, "-- prose/2 0badcafe --", 1))
		if err != nil || len(stale) != 1 || !strings.HasPrefix(stale[0], "prose/2 ") || !strings.Contains(stale[0], "0badcafe") {
			t.Errorf("got stale %v, error %v; want prose/2, translated from 0badcafe", stale, err)
		}
	})
}

// TestTranslationsHaveLessons: a file NAME.LANGUAGE.txtar stands beside a lesson NAME.
func TestTranslationsHaveLessons(t *testing.T) {
	files, err := Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		parts := strings.Split(f.Name(), ".")
		if len(parts) == 2 {
			continue
		}
		found++
		if len(parts) != 3 || !slices.Contains(Order, parts[0]) {
			t.Errorf("%s: there is no lesson %s; a translation is named ID.LANGUAGE.txtar", f.Name(), parts[0])
		}
	}
	if want := len(translated) * len(languages); found < want {
		t.Errorf("got %d translations, want %d at least", found, want)
	}
}
