package view

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
)

// TestGenerated: the *_templ.go files are what templ makes of the *.templ files now.
func TestGenerated(t *testing.T) {
	sources, err := filepath.Glob("*.templ")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "tool", "templ", "generate", "-stdout", "-f", name)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		got, err := cmd.Output()
		if err != nil {
			t.Fatalf("templ generate -f %s: %v\n%s", name, err, &stderr)
		}
		have := strings.TrimSuffix(name, ".templ") + "_templ.go"
		want, err := os.ReadFile(have)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s isn't what templ makes of %s (%d octets): run make generate", have, name, len(text))
		}
	}
}

// TestRoads: the hand-routed diagram has the ways of the table, all of them and no other. A way from a
// state to itself isn't drawn, nor the one from nowhere, which the first state stands for.
func TestRoads(t *testing.T) {
	var want, got []string
	for _, a := range engine.Far.Arrows(engine.Edges(engine.POP3)) {
		if a.From != a.To && a.From != "" {
			want = append(want, a.From+">"+a.To)
		}
	}
	for _, r := range roads {
		got = append(got, r.From+">"+r.To)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("ways of the diagram: got %q, want %q, as the rows of engine.POP3 say", got, want)
	}
}

// TestBench: without any script the page shows a dialogue, in the words of the engine.
func TestBench(t *testing.T) {
	b, err := NewBench(Page{Site: &Site{}}, "", "office PC", []string{"USER mrose", "PASS tanstaaf", "STAT"})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := BenchPage(b).Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<b>+OK</b> POP3 server ready <u>&lt;`, `<b>USER</b> mrose<span class="eol">CRLF</span>`, `<b>+OK</b> 2 320<span`,
		`aria-label="Session state" aria-live="off">AUTHORIZATION</output>`, `placeholder="USER mrose"`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page without scripts lacks %s", want)
		}
	}
	for _, inline := range []string{"<style", " style=", " onclick="} {
		if strings.Contains(page.String(), inline) {
			t.Errorf("the page has %s in it, which its own Content-Security-Policy forbids", inline)
		}
	}
}
