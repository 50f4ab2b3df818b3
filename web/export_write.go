package web

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mark is the file by which an export knows a folder, and what in it is its own: a sentence, and then a
// name a line.
const mark = ".pop3lab-export"

const markHead = "# pop3lab export wrote these files. It writes and removes no others.\n"

// WriteFiles writes the site's files into a folder, which it makes when it isn't there. Of an earlier
// export it removes what has no place in this one. A folder that has files and no export is left alone,
// as is every file that no export wrote.
func WriteFiles(dir string, files []File) error {
	old, err := exported(dir)
	if err != nil {
		return err
	}
	names := []string{}
	for _, f := range files {
		names = append(names, f.Name)
		if !slices.Contains(old, f.Name) {
			if _, err := os.Lstat(at(dir, f.Name)); err == nil {
				return fmt.Errorf("%s is in the way, and no export wrote it: move it, or name another folder", at(dir, f.Name))
			}
		}
	}
	// Should this end early, all that it wrote is known to the next one.
	if err := writeMark(dir, append(slices.Clone(old), names...)); err != nil {
		return err
	}
	for _, f := range files {
		if err := replace(at(dir, f.Name), f.Content); err != nil {
			return err
		}
	}
	for _, name := range old {
		if slices.Contains(names, name) {
			continue
		}
		if err := os.Remove(at(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for d := filepath.Dir(at(dir, name)); d != filepath.Clean(dir); d = filepath.Dir(d) {
			if os.Remove(d) != nil { // it has files still
				break
			}
		}
	}
	return writeMark(dir, names)
}

// WriteSingle writes a single file, over an earlier one of ours or where nothing is.
func WriteSingle(path string, content []byte) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a FILE in it", path)
	}
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.Contains(old, []byte(generator)):
		return fmt.Errorf("%s is there and no export wrote it: move it, or name another file", path)
	}
	return replace(path, content)
}

// exported are the files of an export in a folder; none when the folder is empty or isn't there.
func exported(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file, not a folder", dir)
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, mark))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds something else, %s for one: name a folder that is new or empty, or one that an export made", dir, entries[0].Name())
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range strings.Lines(string(text)) {
		name = strings.TrimSuffix(name, "\n")
		if name == "" || name[0] == '#' {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%s names %q, which isn't in the folder: no export wrote that; name another folder", filepath.Join(dir, mark), name)
		}
		names = append(names, name)
	}
	return names, nil
}

func writeMark(dir string, names []string) error {
	slices.Sort(names)
	return replace(filepath.Join(dir, mark), []byte(markHead+strings.Join(slices.Compact(names), "\n")+"\n"))
}

// replace writes a file that is never seen half written, and its folder.
func replace(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func at(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
