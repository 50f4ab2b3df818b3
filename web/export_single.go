package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"pop3lab/web/view"
)

// generator marks a single file as one of ours, so that it may be written again.
const generator = `<meta name="generator" content="pop3lab export"/>`

// turning hides the first page while a script brings the one that the address names.
const turning = `if(/^#\/./.test(location.hash))document.documentElement.classList.add("turning")`

// iconLink is the icon without a file.
var iconLink = `<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString(iconSVG) + `"/>`

// Single is the whole site as one file, which opens from disk and asks for nothing: its policy allows no
// request, and the scripts and the style that stand in it by their hashes alone. The first page stands in
// it as it is, for those without scripts too; the others, and what pages load, are blocks of gzip in
// base64. The same program makes the same octets each time.
func Single() ([]byte, error) {
	a, err := built()
	if err != nil {
		return nil, err
	}
	style, err := a.text("style.css")
	if err != nil {
		return nil, err
	}
	script, err := a.text("app.js")
	if err != nil {
		return nil, err
	}
	var blocks strings.Builder
	// One module is enough: that of the lessons has all that the other has.
	for _, name := range []string{"lessons.wasm", "rules.json"} {
		block(&blocks, name, a.files[a.names[name]].gz)
	}
	others, err := otherPages()
	if err != nil {
		return nil, err
	}
	block(&blocks, "pages.json", gz(others))
	all, err := pages(&view.Site{
		Single: true,
		Policy: fmt.Sprintf("default-src 'none'; script-src %s %s 'wasm-unsafe-eval'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'",
			hash(turning), hash(script), hash(style)),
		Head: templ.Raw(generator + iconLink + "<style>" + style + "</style><script>" + turning + "</script>"),
		Foot: templ.Raw(blocks.String() + "<script>" + script + "</script>"),
	})
	if err != nil {
		return nil, err
	}
	return all[0].render()
}

// otherPages are all pages by their paths, and the one that is shown in place of a missing one.
func otherPages() ([]byte, error) {
	site := &view.Site{Single: true, Head: templ.NopComponent}
	all, err := pages(site)
	if err != nil {
		return nil, err
	}
	html := map[string]string{}
	for _, p := range append(all[1:], missingPage(site)) {
		content, err := p.render()
		if err != nil {
			return nil, fmt.Errorf("page /%s: %w", p.Path, err)
		}
		html[p.Path] = string(content)
	}
	return json.Marshal(html) // in the order of the paths
}

// block writes a file as a script element of a type that no browser runs. Page.Asset gives its address.
func block(b *strings.Builder, name string, gz []byte) {
	fmt.Fprintf(b, `<script type="application/gzip" id="embedded:%s">%s</script>`, name, base64.StdEncoding.EncodeToString(gz))
}

// hash is what a policy calls a script or a style by (CSP Level 3 section 6.7.3.3).
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
