// Package coverage finds out which test shows which requirement, and writes it down as a page.
//
// Nothing is registered anywhere: a vector names the rows it shows in its field req; a Go test names them in a
// comment, "req: TOP-03, TOP-04" or "TOP-03: why"; and a subtest by a name that begins with them. Scan reads the repository's
// files; page.go makes the page; reasons.go says of the rows without a test why there is none, and
// decisions.go what was decided where the RFCs leave a choice.
package coverage

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine/conform"
)

//go:generate go run ./gen

// A Mention is a place where a test names a row.
type Mention struct {
	Path string // from the repository's root, with slashes
	Name string // of the test function; empty for a vector
}

// Coverage is who names what.
type Coverage struct {
	// Tests are the mentions of each id, in the order of paths and names, each once.
	Tests map[string][]Mention
}

// Rows are GROUP-NN; decisions are A-NN.
var (
	id     = regexp.MustCompile(`\b(?:[A-Z][A-Z0-9]{2}|A)-[0-9]{2}\b`)
	req    = regexp.MustCompile(`(?m)(?:\breq:[ \t]*(.*)|^((?:(?:[A-Z][A-Z0-9]{2}|A)-[0-9]{2}[, ]*)+):.*)$`)
	titled = regexp.MustCompile(`^(?:(?:[A-Z][A-Z0-9]{2}|A)-[0-9]{2}[, ]+)+`)
)

// Scan reads every test and every vector below root.
func Scan(root fs.FS) (*Coverage, error) {
	c := &Coverage{Tests: map[string][]Mention{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "dist"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		case strings.HasSuffix(name, "_test.go"):
			return c.goTest(root, name)
		case path.Ext(name) == ".txtar":
			return c.dialogue(root, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, mentions := range c.Tests {
		slices.SortFunc(mentions, func(a, b Mention) int {
			return strings.Compare(a.Path+" "+a.Name, b.Path+" "+b.Name)
		})
		c.Tests[i] = slices.Compact(mentions)
	}
	return c, nil
}

func (c *Coverage) add(ids []string, m Mention) {
	for _, i := range ids {
		c.Tests[i] = append(c.Tests[i], m)
	}
}

// dialogue reads the head of a vector, or of a script for the command: its fields, or the remarks before
// its first file.
func (c *Coverage) dialogue(root fs.FS, name string) error {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(string(source), "\n-- ")
	for _, line := range strings.Split(head, "\n") {
		field, value, _ := strings.Cut(strings.TrimLeft(line, "# "), ":")
		if field == "req" {
			c.add(id.FindAllString(value, -1), Mention{Path: name})
		}
	}
	return nil
}

// goTest reads comments that say req:, and texts that begin as a subtest's name does.
func (c *Coverage) goTest(root fs.FS, name string) error {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	in := func(at token.Pos) Mention {
		m := Mention{Path: name}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from := f.Pos()
			if f.Doc != nil {
				from = f.Doc.Pos()
			}
			if from <= at && at < f.End() {
				m.Name = f.Name.Name
			}
		}
		return m
	}
	for _, group := range file.Comments {
		for _, found := range req.FindAllStringSubmatch(group.Text(), -1) {
			c.add(id.FindAllString(found[1]+" "+found[2], -1), in(group.Pos()))
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr: // t.Run("TOP-03", ...)
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Run" && len(n.Args) == 2 {
				c.add(id.FindAllString(text(n.Args[0]), -1), in(n.Pos()))
			}
		case *ast.BasicLit: // a table's name for a case
			c.add(id.FindAllString(titled.FindString(text(n)), -1), in(n.Pos()))
		}
		return true
	})
	return nil
}

// text is what a string literal holds; empty for anything else.
func text(n ast.Expr) string {
	if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s
		}
	}
	return ""
}

// Wrong lists what is wrong, in the order of the rows: rows that have to be shown and aren't, names that
// don't exist, and reasons that aren't needed or don't fit.
func (c *Coverage) Wrong() []string {
	var wrong []string
	for _, r := range conform.Requirements() {
		shown, reason := len(c.Tests[r.ID]) > 0, Reasons[r.ID]
		switch {
		case r.Server() && !shown && reason == "":
			wrong = append(wrong, r.ID+" has neither a test that names it nor a reason in reasons.go: "+r.Text)
		case shown && reason != "" && !Unmet[r.ID]:
			wrong = append(wrong, r.ID+" has a reason in reasons.go for having no test, and has one: "+c.Tests[r.ID][0].Path)
		case r.Test == "D" && r.Side != "C" && Documented[r.ID].Path == "" && Advice[r.ID] == "" && !shown && reason == "":
			wrong = append(wrong, r.ID+" is to be documented, and reasons.go doesn't say where: "+r.Text)
		}
	}
	for _, d := range Decisions {
		if len(c.Tests[d.ID]) == 0 {
			wrong = append(wrong, d.ID+" is a decision that no test names: "+d.Decided)
		}
	}
	for _, i := range slices.Sorted(keys(c.Tests)) {
		if !exists(i) {
			wrong = append(wrong, c.Tests[i][0].Path+" "+c.Tests[i][0].Name+" names "+i+", which doesn't exist")
		}
	}
	for _, table := range []map[string]bool{known(Reasons), known(Documented), known(Advice), Unmet} {
		for _, i := range slices.Sorted(keys(table)) {
			if _, ok := conform.Lookup(i); !ok {
				wrong = append(wrong, "reasons.go names "+i+", which doesn't exist")
			}
		}
	}
	return wrong
}

func exists(i string) bool {
	_, row := conform.Lookup(i)
	return row || slices.ContainsFunc(Decisions, func(d Decision) bool { return d.ID == i })
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func known[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}
