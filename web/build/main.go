// Command build makes what the pages load: the engine as a WebAssembly module, once without lessons and once
// with them, the scripts as one
// file, the styles as one file. Each gets a name with a hash of its content, so that a browser may
// keep it for ever, and is written as brotli and gzip only, so that the program that embeds it stays
// small; whoever wants it plain gets the gzip unpacked. A manifest says which name is which.
//
//	go run ./web/build
//
// It needs Go alone: esbuild is a Go package here. What is there already under its hash is left, so
// that a second run takes no time but the compiler's.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"

	"pop3lab/engine/conform"
	"pop3lab/wasm/build"
)

const dist = "web/static/dist"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run() error {
	if _, err := os.Stat("go.mod"); err != nil {
		return errors.New("run it where go.mod is")
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	module, err := build.Module()
	if err != nil {
		return err
	}
	lessons, err := build.Lessons()
	if err != nil {
		return err
	}
	assets := map[string][]byte{"pop3lab.wasm": module, "lessons.wasm": lessons}
	for name, entry := range map[string]string{"app.js": "web/app/main.ts", "worker.js": "web/app/worker.ts", "style.css": "web/static/style.css"} {
		if assets[name], err = bundle(entry); err != nil {
			return err
		}
	}
	if assets["rules.json"], err = rules(); err != nil {
		return err
	}
	manifest := map[string]string{}
	for name, content := range assets {
		manifest[name] = hashed(name, content)
	}
	if err := write(assets, manifest); err != nil {
		return err
	}
	return clean(manifest)
}

// bundle is a script or style with all that it imports.
func bundle(entry string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Format: api.FormatIIFE, Target: api.ES2022,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true, LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), "\n"))
	}
	return result.OutputFiles[0].Contents, nil
}

// A rule is a requirement row as the page shows it: the RFC's own sentence, where one decided it, and
// the parts of lines that it explains.
type rule struct {
	ID    string   `json:"id"`
	Place string   `json:"place"`
	Level string   `json:"level"`
	Text  string   `json:"text"`
	Said  string   `json:"said,omitempty"`
	Parts []string `json:"parts,omitempty"`
}

// rules are the requirement rows, for the lens that shows what decided a step.
func rules() ([]byte, error) {
	parts := map[string][]string{}
	for name, ids := range conform.Parts() {
		for _, id := range ids {
			parts[id] = append(parts[id], name)
		}
	}
	var out []rule
	for _, r := range conform.Requirements() {
		place := r.Source
		if place != "" && place[0] >= '0' && place[0] <= '9' {
			place = "RFC " + place
		}
		slices.Sort(parts[r.ID])
		out = append(out, rule{r.ID, place, r.Level, strings.ReplaceAll(r.Text, "`", ""), conform.Sentence(r.ID), parts[r.ID]})
	}
	return json.Marshal(out)
}

// hashed is name with twelve digits of its content's SHA-256 before the dot.
func hashed(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
}

// write writes the packed forms that aren't there, each in a goroutine of its own that ends with it,
// and then the manifest.
func write(assets map[string][]byte, manifest map[string]string) error {
	var work sync.WaitGroup
	errs := make(chan error, 2*len(assets))
	for name, content := range assets {
		for ext, pack := range map[string]func([]byte) []byte{".br": br, ".gz": gz} {
			path := filepath.Join(dist, manifest[name]+ext)
			if _, err := os.Stat(path); err == nil {
				continue
			}
			work.Go(func() { errs <- replace(path, pack(content)) })
		}
	}
	work.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	if all != nil {
		return all
	}
	text, err := json.MarshalIndent(manifest, "", "\t")
	if err != nil {
		return err
	}
	return replace(filepath.Join(dist, "manifest.json"), append(text, '\n'))
}

// replace writes a file that's never seen half written.
func replace(path string, content []byte) error {
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func br(content []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	w.Write(content) // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

func gz(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one that exists
	w.Write(content)
	w.Close()
	return b.Bytes()
}

// clean removes what the manifest doesn't name.
func clean(manifest map[string]string) error {
	keep := map[string]bool{"manifest.json": true}
	for _, name := range manifest {
		keep[name+".br"], keep[name+".gz"] = true, true
	}
	files, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !keep[f.Name()] {
			if err := os.Remove(filepath.Join(dist, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
