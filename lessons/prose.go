package lessons

import "strings"

// The prose of a lesson is a small part of Markdown: paragraphs, lists of items that begin with "- ",
// headings that begin with "## ", and lines of a dialogue that begin with four spaces; in a line *emphasis*,
// `octets` and links [words](address), whose address is another page of this site or begins with https://.
// It becomes data, and a renderer makes elements of it: text from a stranger never becomes markup.

// The kinds of Block.
const (
	Paragraph = "p"
	Item      = "li"
	Heading   = "h2"
	Code      = "pre"
)

// A Block is a paragraph, an item of a list, a heading, or lines to be shown as they are.
type Block struct {
	Kind  string
	Spans []Span
}

// A Span is text of one kind: plain, em, code, a.
type Span struct {
	Kind string
	Text string
	To   string // of a link
}

// Blocks reads prose.
func Blocks(prose string) []Block {
	var blocks []Block
	open := "" // kind of the block that the next line may belong to
	for _, line := range strings.Split(prose, "\n") {
		last := len(blocks) - 1
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			open = ""
		case strings.HasPrefix(line, "    ") && open == Code:
			blocks[last].Spans[0].Text += "\n" + line[4:]
		case strings.HasPrefix(line, "    ") && open == "":
			blocks, open = append(blocks, Block{Code, []Span{{"code", line[4:], ""}}}), Code
		case strings.HasPrefix(trimmed, "## "):
			blocks, open = append(blocks, Block{Heading, spans(trimmed[3:])}), ""
		case strings.HasPrefix(trimmed, "- "):
			blocks, open = append(blocks, Block{Item, []Span{{"", trimmed[2:], ""}}}), Item
		case open == Paragraph || open == Item:
			blocks[last].Spans[0].Text += " " + trimmed
		default:
			blocks, open = append(blocks, Block{Paragraph, []Span{{"", trimmed, ""}}}), Paragraph
		}
	}
	for i := range blocks {
		if b := &blocks[i]; b.Kind == Paragraph || b.Kind == Item {
			b.Spans = spans(b.Spans[0].Text)
		}
	}
	return blocks
}

// spans reads what stands in a line.
func spans(text string) []Span {
	var all []Span
	plain := func(s string) {
		if s != "" {
			all = append(all, Span{"", s, ""})
		}
	}
	start := 0
	for i := 0; i < len(text); i++ {
		rest := text[i+1:]
		switch text[i] {
		case '`', '*':
			end := strings.IndexByte(rest, text[i])
			if end < 1 || text[i] == '*' && (rest[0] == ' ' || rest[end-1] == ' ') {
				continue
			}
			plain(text[start:i])
			kind := "em"
			if text[i] == '`' {
				kind = "code"
			}
			all = append(all, Span{kind, rest[:end], ""})
			i += end + 1
			start = i + 1
		case '[':
			words, after, ok := strings.Cut(rest, "](")
			to, _, closed := strings.Cut(after, ")")
			if !ok || !closed || !safe(to) || strings.ContainsAny(words, "[]") {
				continue
			}
			plain(text[start:i])
			all = append(all, Span{"a", words, to})
			i += len(words) + len(to) + 3
			start = i + 1
		}
	}
	plain(text[start:])
	return all
}

// safe says whether a link leads to a page of this site or, encrypted, elsewhere; never to a script.
func safe(to string) bool {
	return strings.HasPrefix(to, "https://") || !strings.ContainsAny(to, ":\\") && !strings.HasPrefix(to, "//") && to != ""
}
