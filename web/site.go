package web

import (
	"bytes"
	"context"

	"github.com/a-h/templ"

	"pop3lab/web/tongues"
	"pop3lab/web/view"
)

// A page is one page of the site: where it stands, and how it's made. Pages are a list, which the
// handler serves and the export writes.
type page struct {
	view.Page
	content func(view.Page) (templ.Component, error)
}

// adderOf makes pages of a site.
func adderOf(site *view.Site) adder {
	return func(path, title, description string, content func(view.Page) (templ.Component, error)) page {
		return page{view.Page{Site: site, Path: path, Title: title, Description: description}, content}
	}
}

// translator makes pages in a language: their paths begin with it, and titles and descriptions are translated.
func translator(site *view.Site, lang string) adder {
	if site.Translated == nil {
		site.Translated = map[string]bool{}
	}
	return func(path, title, description string, content func(view.Page) (templ.Component, error)) page {
		p := view.Page{Site: site, Path: view.PathIn(lang, path), Lang: lang}
		site.Translated[p.Path] = true
		p.Title, p.Description = p.T(title), p.T(description)
		return page{p, content}
	}
}

// What the first page is called, and what it's said to be.
const (
	benchTitle       = "pop3lab: speak POP3 with a server in this page"
	benchDescription = "A live POP3 session in the page: type commands, see every octet, step back and forth, break things."
)

// pages are all pages of a site.
func pages(site *view.Site) ([]page, error) {
	add := adderOf(site)
	all := []page{
		add("", benchTitle, benchDescription, bench),
	}
	if site.Live() {
		all = append(all, add("live", "Real sessions: pop3lab",
			"What telnet, curl or a mail program says to the real POP3 server appears here line by line, as it happens.",
			func(p view.Page) (templ.Component, error) { return view.BenchPage(view.LiveBench(p)), nil }),
			add("be-the-server", "Be the server: pop3lab",
				"Programs connect to this page: read what they send, hold the answers, change them by hand, and see what a client makes of it.",
				func(p view.Page) (templ.Component, error) { return view.BenchPage(view.ServeBench(p)), nil }))
	}
	all = append(all, teaching(add, school(builtIn()))...)
	for _, l := range tongues.Languages {
		add := translator(site, l.Tag)
		all = append(all, add("", benchTitle, benchDescription, bench))
		all = append(all, teachingIn(add, schoolIn(l.Tag, builtIn()))...)
	}
	return append(append(all, library(add)...), reading(add)...), nil
}

// render makes a page.
func (p page) render() ([]byte, error) {
	c, err := p.content(p.Page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = c.Render(context.Background(), &b)
	return b.Bytes(), err
}

// What the bench opens: the demonstration's world as it is (sim.Demo), who speaks in it at first, and
// what somebody who knows nothing may say.
const (
	world  = ""
	device = "office PC"
)

var lesson = []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"}

// bench is the first page.
func bench(p view.Page) (templ.Component, error) {
	b, err := view.NewBench(p, world, device, lesson)
	return view.BenchPage(b), err
}
