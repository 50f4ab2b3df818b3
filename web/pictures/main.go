// Command pictures takes pictures of the pages at three widths, light and dark, to be looked at.
//
//	go run ./web/pictures -dir screenshots
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp/kb"

	"pop3lab/web"
	"pop3lab/web/browse"
)

// sizes are the windows: a desk, a tablet, a phone.
var sizes = []struct{ width, height int64 }{{1440, 900}, {1024, 768}, {390, 844}}

func main() {
	dir := flag.String("dir", "screenshots", "where the pictures go")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	handler, err := web.Handler()
	if err != nil {
		return err
	}
	site := httptest.NewServer(handler)
	defer site.Close()
	root, stop, err := browse.Start()
	if err != nil {
		return err
	}
	defer stop()
	for _, size := range sizes {
		for _, theme := range []string{"light", "dark"} {
			if err := bench(root, site.URL, dir, size.width, size.height, theme); err != nil {
				return err
			}
			if err := tales(root, site.URL, dir, size.width, size.height, theme); err != nil {
				return err
			}
			if err := reading(root, site.URL, dir, size.width, size.height, theme); err != nil {
				return err
			}
		}
	}
	return nil
}

// tales takes the bench with something beside it: a dialogue in its middle, a lesson under way.
func tales(root context.Context, url, dir string, width, height int64, theme string) error {
	for name, page := range map[string]struct {
		path  string
		press []string // keys, where the focus is
	}{
		"dialogue": {"dialogues/plug-pulled-before-quit#s=12", nil},
		"lesson":   {"lesson/dele-rset-quit", []string{kb.Enter, kb.Enter, "DELE 1", kb.Enter}},
	} {
		tab, err := browse.Open(root)
		if err != nil {
			return err
		}
		err = errors.Join(tab.Look(width, height, theme), tab.Go(url+"/"+page.path), tab.Until(`document.body.dataset.ready === "yes"`))
		if err == nil && len(page.press) > 0 {
			err = errors.Join(tab.Focus("#command"), tab.Key(page.press...))
		}
		var png []byte
		if err == nil {
			png, err = tab.Picture(width < 900)
		}
		tab.Close()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), png, 0o644)
		}
		if err != nil {
			return fmt.Errorf("/%s: %w", page.path, err)
		}
	}
	return nil
}

// reading takes the pages to be read, one of each kind, from top to bottom.
func reading(root context.Context, url, dir string, width, height int64, theme string) error {
	for name, path := range map[string]string{"reference": "reference", "reference-retr": "reference/RETR", "reference-auth": "reference/AUTH",
		"reference-events": "reference/events", "reference-answers": "reference/answers", "states": "states", "coverage": "coverage#RET-03", "dialogues": "dialogues",
		"lessons": "lessons", "sheet": "lesson/dele-rset-quit/sheet"} {
		tab, err := browse.Open(root)
		if err != nil {
			return err
		}
		err = errors.Join(tab.Look(width, height, theme), tab.Go(url+"/"+path))
		var png []byte
		if err == nil {
			png, err = tab.Picture(true)
		}
		tab.Close()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), png, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// lines is the session that the pictures show.
var lines = []string{"USER mrose", "PASS tanstaaf", "RETR 1", "DELE 1", "RETR 1", "STAT"}

// bench takes the bench at its beginning, in the past, and with each lens.
func bench(root context.Context, url, dir string, width, height int64, theme string) error {
	tab, err := browse.Open(root)
	if err != nil {
		return err
	}
	defer tab.Close()
	picture := func(name string) error {
		png, err := tab.Picture(width < 900)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), png, 0o644)
	}
	if err := tab.Look(width, height, theme); err != nil {
		return err
	}
	if err := tab.Go(url); err != nil {
		return err
	}
	if err := tab.Until(`document.body.dataset.ready === "yes"`); err != nil {
		return err
	}
	if err := picture("bench-begin"); err != nil {
		return err
	}
	for _, l := range lines {
		if err := tab.Key(l, kb.Enter); err != nil {
			return err
		}
	}
	for range 3 {
		if err := tab.Click("#prev"); err != nil {
			return err
		}
	}
	for _, lens := range []string{"notes", "bytes", "ladder", "states", "rfc"} {
		if err := tab.Click("#tab-" + lens); err != nil {
			return err
		}
		if err := picture("bench-" + lens); err != nil {
			return err
		}
	}
	if err := tab.Click("#world"); err != nil {
		return err
	}
	if err := picture("world"); err != nil {
		return err
	}
	if err := tab.Click("#dialog .entry button"); err != nil { // adds a device
		return err
	}
	for _, l := range []string{"USER mrose", "PASS tanstaaf"} {
		if err := tab.Key(l, kb.Enter); err != nil {
			return err
		}
	}
	if err := tab.Click("#tab-ladder"); err != nil {
		return err
	}
	return picture("devices")
}
