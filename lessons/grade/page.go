package grade

import (
	"errors"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// marker is the file that says that a folder of pages is ours to write anew.
const marker = ".pop3lab-grades"

// Pages writes results as pages into a folder: index.html with all hand-ins, those that need a look first, and a page for each.
// The folder is made if it isn't there; one that holds something else is refused. A hand-in's words are shown
// as text, whatever they are.
func Pages(dir string, all []Result) error {
	if err := ours(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, marker), nil, 0o644); err != nil {
		return err
	}
	rows := make([]row, len(all))
	taken := map[string]bool{"index": true}
	for i := range all {
		rows[i] = row{&all[i], fileName(all[i].File, taken) + ".html"}
	}
	var sorted []row // those that need a look before those that don't
	for _, verdict := range []string{Refused, Partly, Done} {
		for _, r := range rows {
			if r.Verdict == verdict {
				sorted = append(sorted, r)
			}
		}
	}
	if err := write(filepath.Join(dir, "index.html"), "index", sorted); err != nil {
		return err
	}
	for _, r := range rows {
		if err := write(filepath.Join(dir, r.Page), "student", r); err != nil {
			return err
		}
	}
	return nil
}

type row struct {
	*Result
	Page string
}

// ours refuses a folder with what isn't of this package in it.
func ours(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(files) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
		return errors.New(dir + " holds other files; name a folder that is empty or not there yet")
	}
	return nil
}

// fileName is a name for a page: letters, digits and hyphens of the hand-in's own name, and another number
// if that's taken.
func fileName(name string, taken map[string]bool) string {
	name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
	for base, n := name, 2; taken[name] || name == ""; n++ {
		name = base + "-" + template.URLQueryEscaper(n)
	}
	taken[name] = true
	return name
}

func write(path, name string, data any) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pages.ExecuteTemplate(f, name, data), f.Close())
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{"inc": func(n int) int { return n + 1 }}).Parse(`
{{define "head"}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.}}</title>
<style>
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1d1c1a; --soft: #66625a; --hair: #e6e2d9; --accent: #0a6b6b; --bad: #a8261c; }
@media (prefers-color-scheme: dark) { :root { --paper: #161614; --ink: #ece9e2; --soft: #a09b91; --hair: #33312d; --accent: #63c7c1; --bad: #f0857b; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
a { color: var(--accent); } h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 500; color: var(--soft); }
td, th { border-bottom: 1px solid var(--hair); padding: .4rem .8rem .4rem 0; vertical-align: top; } .num { text-align: right; }
.refused { color: var(--bad); } .why { color: var(--soft); } li { margin: .5rem 0; }
</style></head><body>{{end}}

{{define "index"}}{{template "head" "Hand-ins"}}<main><h1>Hand-ins</h1>
<p>Each was replayed with the engine; what the replay shows counts. Those that need a look stand first.</p>
<div class="wide"><table><thead><tr><th scope="col">hand-in</th><th scope="col">lesson</th><th scope="col">verdict</th><th scope="col" class="num">goals</th><th scope="col" class="num">commands</th><th scope="col">remarks</th></tr></thead><tbody>
{{range .}}<tr><td><a href="{{.Page}}">{{.File}}</a></td><td>{{.Title}}</td><td class="{{.Verdict}}">{{.Verdict}}</td><td class="num">{{if .Goals}}{{.Met}} of {{len .Goals}}{{end}}</td><td class="num">{{if .Goals}}{{.Commands}}{{end}}</td><td>{{.Trouble}}{{range .Remarks}} {{.}}.{{end}}</td></tr>
{{end}}</tbody></table></div></main></body></html>{{end}}

{{define "student"}}{{template "head" .File}}<main><p><a href="index.html">All hand-ins</a></p><h1>{{.File}}</h1>
<p><strong class="{{.Verdict}}">{{.Verdict}}</strong>{{if .Title}}: {{.Title}} ({{.Lesson}}, revision {{.Rev}}, seed {{.Seed}}){{end}}</p>
{{if .Trouble}}<p>{{.Trouble}}</p>{{end}}{{range .Remarks}}<p>It has {{.}}.</p>{{end}}
{{if .Goals}}<h2>Goals</h2><ol>{{range .Goals}}<li>{{.Text}} {{if .Met}}<strong>met</strong> at step {{.Step}}{{else}}<strong class="refused">not met</strong><br><span class="why">{{.Why}}</span>{{end}}</li>{{end}}</ol>
<p>{{.Commands}} commands were sent{{if .Par}}; the shortest known way takes {{.Par}}{{end}}.{{if .Hints}} Hints looked at: {{range $i, $h := .Hints}}{{if $i}}, {{end}}{{$h}}{{end}}.{{end}}</p>{{end}}
{{if .Answers}}<h2>Answers</h2><div class="wide"><table><thead><tr><th scope="col">question</th><th scope="col">answer</th><th scope="col">right</th></tr></thead><tbody>
{{range .Answers}}<tr><td>{{.Question}}</td><td>{{.Text}}</td><td>{{if .Right}}yes{{else}}no{{end}}</td></tr>{{end}}</tbody></table></div>{{end}}
</main></body></html>{{end}}
`))
