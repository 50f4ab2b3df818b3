package transcript

import (
	"slices"
	"strings"
)

// context is how many equal lines a diff shows around what differs.
const context = 4

// Diff shows where two texts differ, line by line with what stands around it: lines of
// want alone begin with -, those of got alone with +. It is empty when they
// are equal.
func Diff(want, got string) string {
	if want == got {
		return ""
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []string
	for _, l := range a[max(0, head-context):head] {
		out = append(out, "  "+l)
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, l := range a[len(a)-tail : min(len(a), len(a)-tail+context)] {
		out = append(out, "  "+l)
	}
	return strings.Join(out, "\n") + "\n"
}

// maxMiddle is how many lines are compared with each other; beyond it a diff shows
// all of both.
const maxMiddle = 2000

// middle aligns lines along the longest common subsequence.
func middle(a, b []string) []string {
	if len(a) > maxMiddle || len(b) > maxMiddle {
		return append(prefixed("- ", a), prefixed("+ ", b)...)
	}
	// length[i][j] is the length of the longest subsequence of a[i:] and b[j:].
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || length[i+1][j] >= length[i][j+1]):
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

func prefixed(prefix string, lines []string) []string {
	out := slices.Clone(lines)
	for i := range out {
		out[i] = prefix + out[i]
	}
	return out
}
