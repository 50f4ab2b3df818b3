package view

import (
	"strconv"
	"strings"
)

// A Map is the lessons as a graph: a lesson stands in the column behind the last of those that it needs.
type Map struct {
	Width, Height int
	Nodes         []MapNode
	Roads         []string // paths of an SVG, from a lesson to one that needs it
}

// A MapNode is a lesson in the graph.
type MapNode struct {
	ID, Path string
	Lang     string // of the title
	X, Y     int
	Lines    []string // the title, in pieces that fit
}

// The measures of the drawing.
const (
	nodeWidth, nodeHeight = 160, 46
	columnGap, rowGap     = 34, 18
)

// NewMap draws the graph of lessons. What a lesson needs and isn't among them doesn't count.
func NewMap(all []*Course) Map {
	column, rows := map[string]int{}, map[int]int{}
	at := map[string]MapNode{}
	var m Map
	for _, c := range all { // in teaching order, so what is needed comes before
		col := 0
		for _, id := range c.Needs {
			if _, ok := at[id]; ok {
				col = max(col, column[id]+1)
			}
		}
		column[c.ID] = col
		n := MapNode{ID: c.ID, Lang: c.Lang, Path: LessonPath(c.ID), X: 4 + col*(nodeWidth+columnGap), Y: 4 + rows[col]*(nodeHeight+rowGap), Lines: wrap(c.Title, 20)}
		rows[col]++
		at[c.ID] = n
		m.Nodes = append(m.Nodes, n)
		m.Width, m.Height = max(m.Width, n.X+nodeWidth+4), max(m.Height, n.Y+nodeHeight+4)
		for _, id := range c.Needs {
			if from, ok := at[id]; ok {
				m.Roads = append(m.Roads, road(from, n))
			}
		}
	}
	return m
}

// road goes from the right side of a node to the left side of another.
func road(from, to MapNode) string {
	n := strconv.Itoa
	x1, y1, x2, y2 := from.X+nodeWidth, from.Y+nodeHeight/2, to.X, to.Y+nodeHeight/2
	bend := n(x2 - columnGap/2)
	return "M" + n(x1) + " " + n(y1) + "H" + n(x2-columnGap) + "C" + bend + " " + n(y1) + " " + bend + " " + n(y2) + " " + n(x2) + " " + n(y2)
}

// wrap cuts a title into at most two lines of about so many letters.
func wrap(title string, letters int) []string {
	if len(title) <= letters {
		return []string{title}
	}
	best, at := len(title), -1
	for i, c := range title {
		if c == ' ' && max(i, len(title)-i) < best {
			best, at = max(i, len(title)-i), i
		}
	}
	if at < 0 {
		return []string{title}
	}
	return []string{title[:at], strings.TrimSpace(title[at:])}
}

// viewBox is the frame of the drawing.
func (m Map) viewBox() string { return "0 0 " + strconv.Itoa(m.Width) + " " + strconv.Itoa(m.Height) }

// lineY is where a line of a node's title stands.
func (n MapNode) lineY(i int) string {
	return strconv.Itoa(n.Y + nodeHeight/2 + 5 - (len(n.Lines)-1)*8 + i*16)
}

// middle is the middle of a node.
func (n MapNode) middle() string { return strconv.Itoa(n.X + nodeWidth/2) }
