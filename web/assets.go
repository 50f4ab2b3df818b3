package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
)

// static has the sources of styles, and in dist what web/build made, if it ran.
//
//go:embed static
var static embed.FS

//go:embed static/icon.svg
var iconSVG []byte

// assets are what web/build made.
type assets struct {
	names map[string]string // "app.js" to its hashed name
	files map[string]packed // by hashed name
	// worker is the script of the service worker, which has no hash in its name: a browser knows a worker
	// by its address. offline.go writes before it what there is to keep.
	worker []byte
}

// packed is content as it travels.
type packed struct{ br, gz []byte }

// embedded reads the assets. There are none when web/build didn't run.
func embedded() (*assets, error) {
	a := &assets{names: map[string]string{}, files: map[string]packed{}}
	text, err := static.ReadFile("static/dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a.names); err != nil {
		return nil, err
	}
	for _, name := range a.names {
		var p packed
		if p.br, err = static.ReadFile("static/dist/" + name + ".br"); err != nil {
			return nil, err
		}
		if p.gz, err = static.ReadFile("static/dist/" + name + ".gz"); err != nil {
			return nil, err
		}
		a.files[name] = p
	}
	if name := a.names["worker.js"]; name != "" {
		if a.worker, err = a.files[name].plain(); err != nil {
			return nil, err
		}
		delete(a.files, name)
		delete(a.names, "worker.js")
	}
	return a, nil
}

// serve sends the form that the client takes and that is smallest: brotli, gzip, or as it is.
func (p packed) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept-Encoding")
	accepted := r.Header.Get("Accept-Encoding")
	body := p.br
	switch {
	case accepts(accepted, "br"):
		w.Header().Set("Content-Encoding", "br")
	case accepts(accepted, "gzip"):
		w.Header().Set("Content-Encoding", "gzip")
		body = p.gz
	default:
		plain, err := p.plain()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body = plain
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) // a client that has gone is no error of ours
}

// plain is the content as it is.
func (p packed) plain() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.gz))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// accepts says whether an Accept-Encoding names a coding, and not with a weight of 0.
//
// RFC 9110 section 12.4.2: "A weight value of 0 means 'not acceptable'."
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, weighted := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		n, err := strconv.ParseFloat(q, 64)
		return !weighted || err == nil && n > 0
	}
	return false
}

func br(content []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 6) // made while somebody waits
	w.Write(content)                  // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

func gz(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}
