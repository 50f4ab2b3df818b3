package tongues

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pop3lab/lessons/curriculum"
)

// Where words are said. A list of words that are said later marks each with word.
var (
	inPages   = regexp.MustCompile(`(?:\.T|\bword)\("((?:[^"\\]|\\.)*)"`)
	inSite    = regexp.MustCompile(`(?:Title|Description) += "((?:[^"\\]|\\.)*)"`) // what site.go and lessons.go call pages
	inScripts = regexp.MustCompile(`\b(?:t|word)\("((?:[^"\\]|\\.)*)"`)
	countPage = regexp.MustCompile(`\.Count\([^"\n]*"(\w+)"\)`)
	countApp  = regexp.MustCompile(`\bplural\([^"\n]*?, "([\w ]+)"\)`)
	slot      = regexp.MustCompile(`\{\d\}`)
)

// said are the words that files say, each with one of the files.
func said(t *testing.T, into map[string]string, words, nouns *regexp.Regexp, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range words.FindAllStringSubmatch(string(text), -1) {
				into[m[1]] = name
			}
			if nouns == nil {
				continue
			}
			for _, m := range nouns.FindAllStringSubmatch(string(text), -1) {
				into[m[1]], into[m[1]+"s"] = name, name
			}
		}
	}
}

// TestWords: every word that the pages say has a translation in every language, scripts find theirs among those that
// travel with the page, each has the places for names and numbers of its English, and nothing is translated that nobody
// says.
func TestWords(t *testing.T) {
	pages, scripts := map[string]string{}, map[string]string{}
	said(t, pages, inPages, countPage, "../view/*.templ", "../view/*.go")
	said(t, pages, inSite, nil, "../site.go", "../lessons.go")
	for _, p := range curriculum.Paths {
		pages[p.Title], pages[p.Doc] = "the curriculum", "the curriculum"
	}
	said(t, scripts, inScripts, countApp, "../app/*.ts")
	for name, want := range map[string]string{"../view/bench.templ": "Conversation", "../site.go": "pop3lab: speak POP3 with a server in this page"} {
		if pages[want] == "" {
			t.Fatalf("%s: %q wasn't found there: this test looks in vain", name, want)
		}
	}
	if scripts["Show me"] == "" || scripts["octets"] == "" {
		t.Fatalf("of the scripts' words were found %d, without “Show me” or “octets”: this test looks in vain", len(scripts))
	}
	for _, l := range Languages {
		list := Of(l.Tag)
		for text, name := range pages {
			if list.Pages[text] == "" && list.Scripts[text] == "" {
				t.Errorf("%s.json: no translation of %q, which %s says; it stays English", l.Tag, text, name)
			}
		}
		for text, name := range scripts {
			if list.Scripts[text] == "" {
				t.Errorf("%s.json: the scripts' words lack %q, which %s says; it stays English", l.Tag, text, name)
			}
		}
		for text := range list.Pages {
			if pages[text] == "" {
				t.Errorf("%s.json: %q is translated, and no page says it", l.Tag, text)
			}
			if list.Scripts[text] != "" {
				t.Errorf("%s.json: %q stands there twice; a word of pages and scripts stands with the scripts", l.Tag, text)
			}
		}
		for text := range list.Scripts {
			if scripts[text] == "" {
				t.Errorf("%s.json: %q is translated for scripts, and none says it", l.Tag, text)
			}
		}
		for _, words := range []map[string]string{list.Pages, list.Scripts} {
			for text, other := range words {
				want, got := slot.FindAllString(text, -1), slot.FindAllString(other, -1)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%s.json: %q has the places %q, want %q as in %q", l.Tag, other, got, want, text)
				}
			}
		}
	}
}

// TestSay: a word comes in the language that is asked for, with what belongs into it; what isn't there stays English.
func TestSay(t *testing.T) {
	for _, c := range []struct{ tag, text, arg, want string }{
		{"de", "session {0}", "3", "Sitzung 3"}, {"es", "session {0}", "3", "sesión 3"}, {"", "session {0}", "3", "session 3"},
		{"de", "nobody has translated {0}", "this", "nobody has translated this"}, {"xx", "World", "", "World"},
	} {
		if got := Say(c.tag, c.text, c.arg); got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.text, c.tag, got, c.want)
		}
	}
}
