package view

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/web/tongues"
)

// T is what the page says in its language, in the place of the English text; {0} and {1} stand for args.
func (p Page) T(text string, args ...string) string { return tongues.Say(p.Lang, text, args...) }

// Count is a number with its noun.
func (p Page) Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + p.T(noun)
}

// word marks English text that T says later.
func word(text string) string { return text }

// Tag is the page's language, as RFC 5646 writes it.
func (p Page) Tag() string {
	if p.Lang == "" {
		return "en"
	}
	return p.Lang
}

// English marks an element whose words are English on a page that isn't: what the engine says.
func (p Page) English() templ.Attributes { return p.written("") }

// written marks an element whose words are in a language, empty for English, where that isn't the page's.
func (p Page) written(lang string) templ.Attributes {
	if lang == p.Lang {
		return nil
	}
	return templ.Attributes{"lang": Page{Lang: lang}.Tag()}
}

// plainPath is the path of the page in English.
func (p Page) plainPath() string {
	if p.Lang == "" {
		return p.Path
	}
	return strings.TrimPrefix(strings.TrimPrefix(p.Path, p.Lang), "/")
}

// PathIn is where a page stands in a language; its English path is empty for the first one.
func PathIn(lang, path string) string {
	if lang == "" || path == "" {
		return lang + path
	}
	return lang + "/" + path
}

// A tongue is a language that this page is there in.
type tongue struct {
	tongues.Language
	Path string
}

// tongues are the languages that this page is there in; none if it's there in one only.
func (p Page) tongues() []tongue {
	all := []tongue{{tongues.Language{Tag: "en", Name: "English"}, p.plainPath()}}
	for _, l := range tongues.Languages {
		if path := PathIn(l.Tag, p.plainPath()); p.Site.Translated[path] {
			all = append(all, tongue{l, path})
		}
	}
	if len(all) == 1 {
		return nil
	}
	return all
}
