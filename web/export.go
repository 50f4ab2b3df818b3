package web

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/web/view"
)

// A File is a file of the exported site. Its name has slashes.
type File struct {
	Name    string
	Content []byte
}

// errUnbuilt says what to do about a program without pages.
var errUnbuilt = errors.New("the pages aren't in this program: it was built by go build alone; type make build where its sources are")

// Files is the whole site as files, in the order of their names, for any folder of any host: no file
// refers to an absolute path, and pages state the policy themselves that a host sends none of. The same
// program makes the same octets each time.
//
// Each module is there twice: many hosts pack no .wasm file, so pages ask for it as .gz, which takes a third
// of the way, and unpack it themselves; where that fails they take the plain one. A host that would have
// packed it with brotli loses a fifth by that, and no host needs to be asked what it does.
func Files() ([]File, error) {
	a, err := built()
	if err != nil {
		return nil, err
	}
	out := []File{{"icon.svg", iconSVG}}
	for name, p := range a.files {
		content, err := p.plain()
		if err != nil {
			return nil, err
		}
		out = append(out, File{name, content})
	}
	names := maps.Clone(a.names)
	for _, module := range []string{"pop3lab.wasm", "lessons.wasm"} {
		packed := a.names[module] + ".gz"
		out = append(out, File{packed, a.files[a.names[module]].gz})
		names[module] = packed
	}
	site := &view.Site{Assets: names, Suffix: ".html", Files: true, Policy: metaPolicy}
	all, err := pages(site)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		content, err := p.render()
		if err != nil {
			return nil, fmt.Errorf("page /%s: %w", p.Path, err)
		}
		out = append(out, File{p.address(), content})
	}
	missing, err := missingFile(a, all)
	if err != nil {
		return nil, err
	}
	script, err := worker(a.worker, all, slices.Sorted(maps.Values(names)))
	if err != nil {
		return nil, err
	}
	out = append(out, File{"404.html", missing}, File{"worker.js", script})
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// built are the assets, or a sentence.
func built() (*assets, error) {
	a, err := embedded()
	if err == nil && len(a.files) == 0 {
		err = errUnbuilt
	}
	return a, err
}

// missingPage is what is shown in place of a page that isn't there.
func missingPage(site *view.Site) page {
	return page{view.Page{Site: site, Path: "404", Title: "pop3lab: there is no such page", Description: "The address leads to no page of this site."},
		func(p view.Page) (templ.Component, error) { return view.MissingPage(p), nil }}
}

// missingFile is 404.html. A host sends it for an address at any depth, so it can refer to no file: its
// style stands in it, and a script finds the site's folder, which is the part of the address before the
// first folder that the site has.
func missingFile(a *assets, all []page) ([]byte, error) {
	var folders []string
	for _, p := range all {
		if folder, _, deep := strings.Cut(p.Path, "/"); deep && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	style, err := a.text("style.css")
	if err != nil {
		return nil, err
	}
	script := fmt.Sprintf(`const at=location.pathname.split("/"),i=at.findIndex(p=>%s.includes(p));`+
		`for(const a of document.querySelectorAll("a:not([href*=':'])"))a.href=at.slice(0,i<0?-1:i).join("/")+"/"+a.getAttribute("href")`, list(folders))
	return missingPage(&view.Site{
		Suffix: ".html", Files: true,
		Policy: fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'", hash(script), hash(style)),
		Head:   templ.Raw(iconLink + "<style>" + style + "</style>"),
		Foot:   templ.Raw("<script>" + script + "</script>"),
	}).render()
}

// list writes names as JavaScript does: they are paths of pages, which have nothing to escape.
func list(names []string) string {
	if len(names) == 0 {
		return "[]"
	}
	return `["` + strings.Join(names, `","`) + `"]`
}

// text is an asset as it stands in a page. One that would end its element early is refused: nothing that we
// build has it.
func (a *assets) text(name string) (string, error) {
	content, err := a.files[a.names[name]].plain()
	if err != nil {
		return "", err
	}
	lower := bytes.ToLower(content)
	for _, end := range []string{"</script", "</style", "<!--"} {
		if bytes.Contains(lower, []byte(end)) {
			return "", fmt.Errorf("%s has %q in it, so it can't stand in a page", name, end)
		}
	}
	return string(content), nil
}
