package view

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"pop3lab/engine/dialogues"
	"pop3lab/engine/sim/record"
	"pop3lab/engine/transcript"
)

// A Tale is a recorded dialogue on the bench: what stands above it, its rows as they are read without
// scripts, and what scripts play it from.
type Tale struct {
	Title string
	About []Passage
	// Group is the shelf's title, Shelf its address in the library.
	Group, Shelf string
	// Before and After are the neighbours in teaching order; empty at the ends.
	Before, After Neighbour
	Rows          []TaleRow
	// Many says that more than one device takes part, so that rows name theirs.
	Many bool
	// Recording is the frame of all steps, packed with gzip, in base64; Script gives the same steps.
	Recording, Script string
}

// A Neighbour is a dialogue to go on to.
type Neighbour struct{ Path, Title string }

// A TaleRow is a row of the dialogue, with the lines of a reply below its first.
type TaleRow struct {
	Line
	Device string
	More   []string
	// Remark is said above the row; it's about the steps First..Last, counted from 1.
	Remark      string
	First, Last int
}

// DialoguePath is where the page of a dialogue stands.
func DialoguePath(name string) string { return "dialogues/" + name }

// DialogueBench is the bench with a dialogue, at its first step.
func DialogueBench(p Page, d *dialogues.Dialogue) Bench {
	frame := d.Frame()
	first := frame.Steps[0]
	b := Bench{Page: p, Device: d.Devices()[0], State: first.View.State.Name, Note: first.Note, Wire: capital(first.Title),
		Suggestions: first.View.Suggest, Tale: tale(d, frame)}
	if len(b.Suggestions) == 0 {
		b.Suggestions = []string{"CAPA"} // nothing is connected yet: it's what one may always ask
	}
	b.Lesson = strings.Join(b.Suggestions, "\n")
	return b
}

func tale(d *dialogues.Dialogue, frame *record.Frame) *Tale {
	t := &Tale{Title: d.Title, About: passages(d.About, "RFC "+d.RFC), Group: d.Group.Title,
		Shelf: "dialogues#" + d.Group.Name, Many: len(d.Devices()) > 1, Rows: taleRows(frame.Steps, d.Remarks()),
		Recording: packed(frame), Script: d.Script().Text()}
	all := dialogues.All()
	for i, other := range all {
		if other != d {
			continue
		}
		if i > 0 {
			t.Before = Neighbour{DialoguePath(all[i-1].Name), all[i-1].Title}
		}
		if i+1 < len(all) {
			t.After = Neighbour{DialoguePath(all[i+1].Name), all[i+1].Title}
		}
	}
	return t
}

// A Passage is text, or a place in an RFC with its address.
type Passage struct{ Text, Source string }

// place is a place in an RFC, as a text names it.
var place = regexp.MustCompile(`RFC (\d{3,4}) ((?:section|appendix) [A-Z0-9]+(?:\.[0-9]+)*)`)

// passages takes a text apart at the places that it names. If last isn't among them it's put at the end.
func passages(text, last string) []Passage {
	var out []Passage
	if !strings.Contains(text+" ", last+" ") && !strings.Contains(text, last+".") && !strings.Contains(text, last+",") {
		text += " " + last
	}
	for at := place.FindStringSubmatchIndex(text); at != nil; at = place.FindStringSubmatchIndex(text) {
		name := text[at[0]:at[1]]
		out = append(out, Passage{Text: text[:at[0]]}, Passage{name, "https://www.rfc-editor.org/rfc/rfc" + text[at[2]:at[3]] + "#" +
			strings.ReplaceAll(text[at[4]:at[5]], " ", "-")})
		text = text[at[1]:]
	}
	return append(out, Passage{Text: text})
}

// text is passages as they're read. It's written here because a template puts white space between
// elements, also before a full stop.
func text(passages []Passage) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, p := range passages {
			if p.Source == "" {
				b.WriteString(templ.EscapeString(p.Text))
				continue
			}
			b.WriteString(`<a class="place" href="` + templ.EscapeString(p.Source) + `" rel="noreferrer" target="_blank">` + templ.EscapeString(p.Text) + `</a>`)
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// packed is a frame as the page's scripts take it.
func packed(frame *record.Frame) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one that exists
	w.Write(frame.Append(nil))                            // a bytes.Buffer takes everything
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// taleRows are all rows, with nothing folded and each remark above its row.
func taleRows(steps []record.Step, remarks []transcript.Remark) []TaleRow {
	var rows []TaleRow
	last := map[string]int{} // by device, its row to which lines belong
	for i := range steps {
		s := &steps[i]
		if at, ok := last[s.Device]; ok && (s.Kind == "data" || s.Kind == "end") {
			rows[at].More = append(rows[at].More, textLines(s.Octets)...)
			continue
		}
		row := TaleRow{Line: line(s), Device: s.Device}
		for j := range row.Runs {
			row.Runs[j].Text = short(row.Runs[j].Text)
		}
		if len(remarks) > 0 && remarks[0].First == i {
			row.Remark, row.First, row.Last = remarks[0].Text, remarks[0].First+1, remarks[0].Last+1
			remarks = remarks[1:]
		}
		last[s.Device] = len(rows)
		rows = append(rows, row)
	}
	return rows
}

// textLines are octets as lines of text; an octet that has no glyph becomes an escape.
func textLines(octets []byte) []string {
	var lines []string
	for l := range bytes.Lines(octets) {
		lines = append(lines, short(strings.TrimRight(string(l), "\r\n")))
	}
	return lines
}

// longest is how much of a line stands in a page without scripts.
const longest = 300

// short is a line as it can be shown, cut where it would never end.
func short(text string) string {
	if n := longest; len(text) > n {
		for !utf8.RuneStart(text[n]) {
			n--
		}
		return printable(text[:n]) + " … (" + strconv.Itoa(len(text)) + " octets)"
	}
	return printable(text)
}

// printable is text in which an octet that has no glyph is an escape, as the command line takes it.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r < ' ' && r != '\t' || r == 0x7f || r == utf8.RuneError && n == 1 {
			b.WriteString(`\x` + strconv.FormatInt(int64(text[0])|0x100, 16)[1:])
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// A Library is the list of all dialogues.
type Library struct {
	Shelves []Shelf
	Count   int
}

// A Shelf is a group of them.
type Shelf struct {
	ID, Title, About string
	Entries          []Entry
}

// An Entry is one dialogue of the list.
type Entry struct {
	Path, Title, About string
	Size               string // "24 steps, 3 devices"
}

// NewLibrary lists the dialogues.
func NewLibrary() Library {
	var l Library
	for _, g := range dialogues.Groups() {
		s := Shelf{ID: g.Name, Title: g.Title, About: g.About}
		for _, d := range g.Dialogues {
			size := plural(len(d.Steps()), "step")
			if n := len(d.Devices()); n > 1 {
				size += ", " + plural(n, "device")
			}
			s.Entries = append(s.Entries, Entry{DialoguePath(d.Name), d.Title, d.About, size})
		}
		l.Count += len(s.Entries)
		l.Shelves = append(l.Shelves, s)
	}
	return l
}
