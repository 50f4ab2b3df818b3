package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// worker is the service worker's script for a site: what there is to keep, and the script that keeps it.
//
// Its version is a hash over all pages and the names of all files, which hold hashes of their own. So it
// changes when any octet of the site does, which is how a browser notices a new build.
func worker(script []byte, all []page, files []string) ([]byte, error) {
	type build struct {
		Version string   `json:"version"`
		Pages   []string `json:"pages"`
		Files   []string `json:"files"`
	}
	b := build{Files: files}
	sum := sha256.New() // takes everything
	for _, p := range all {
		content, err := p.render()
		if err != nil {
			return nil, fmt.Errorf("page /%s: %w", p.Path, err)
		}
		b.Pages = append(b.Pages, p.address())
		fmt.Fprintf(sum, "%s %d\n%s", p.Path, len(content), content)
	}
	b.Pages = append(b.Pages, "icon.svg") // has no hash in its name, so it's asked for anew like a page
	fmt.Fprintf(sum, "%s\n%s\n%s", files, iconSVG, script)
	b.Version = hex.EncodeToString(sum.Sum(nil)[:6])
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{[]byte("const build="), text, []byte(";\n"), script}, nil), nil
}

// address is where a page stands, seen from the site's folder.
func (p page) address() string {
	switch {
	case p.Path != "":
		return p.Path + p.Site.Suffix
	case p.Site.Files:
		return "index.html"
	}
	return "./"
}
