package author

import (
	"fmt"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/lessons"
)

// Update returns a lesson's file with the S lines of its dialogues as the server says them in the printed
// edition. In a lesson with role server the S lines are the student's, and stay.
func Update(name, text string) (string, error) {
	l, err := lessons.Load(name, text, 0)
	if err != nil {
		return "", err
	}
	if l.Role != lessons.Client {
		return text, nil
	}
	all := strings.Split(text, "\n")
	var out []string
	for i := 0; i < len(all); i++ {
		out = append(out, all[i])
		file, is := dialogueName(all[i])
		if !is {
			continue
		}
		d, err := l.Way(file)
		if err != nil {
			return "", err
		}
		r, err := transcript.Run(d.Text, begun{l})
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", name, file, err)
		}
		said := told(r)
		// The writer's own lines stay as they are, with names in braces; what the server says comes from the run.
		j := i + 1
		var own []string
		for ; j < len(all) && !strings.HasPrefix(all[j], "-- "); j++ {
			if !isServer(all[j]) {
				own = append(own, all[j])
			}
		}
		tail := 0
		for tail < len(own) && own[len(own)-1-tail] == "" && j == len(all) {
			tail++
		}
		out = append(out, weave(own[:len(own)-tail], said)...)
		out = append(out, own[len(own)-tail:]...)
		i = j - 1
	}
	return strings.Join(out, "\n"), nil
}

// begun is the host of a lesson's dialogues: what the lesson's begin.pop3 says has happened already.
type begun struct{ l *lessons.Lesson }

func (b begun) Open(sim.World) (transcript.Lab, error) {
	lab, err := b.l.Lab()
	return begunLab{lab}, err
}

type begunLab struct{ *sim.Lab }

func (begunLab) Close() error { return nil }

// dialogueName is what Way calls the dialogue behind a marker.
func dialogueName(line string) (string, bool) {
	name := strings.TrimSuffix(strings.TrimPrefix(line, "-- "), " --")
	if name == "reference.pop3" && line != name {
		return "reference", true
	}
	rest, is := strings.CutPrefix(name, "reject/")
	return strings.TrimSuffix(rest, ".pop3"), is && line != name
}

func isServer(line string) bool {
	if strings.HasPrefix(line, "[") {
		_, line, _ = strings.Cut(line, "] ")
	}
	return line == "S:" || strings.HasPrefix(line, "S: ") || strings.HasPrefix(line, "S> ") || line == "S closes" || line == "S begins TLS"
}

// told is what the server says before the first line that isn't its own, then behind each of those.
func told(r *transcript.Record) [][]string {
	_, body, _ := strings.Cut(r.Lines(), "\n\n")
	if strings.HasPrefix(r.Lines(), "\n") { // no fields
		body = r.Lines()[1:]
	}
	blocks := [][]string{nil}
	for _, line := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		if isServer(line) {
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], line)
		} else {
			blocks = append(blocks, nil)
		}
	}
	return blocks
}

// weave puts what the server says behind the line that it answers. The greeting stands behind the comment
// at the head.
func weave(own []string, said [][]string) []string {
	head := 0
	for head < len(own) && strings.HasPrefix(own[head], "#") {
		head++
	}
	var out []string
	for i := 0; i <= len(own); i++ {
		if i == head {
			out = append(out, said[0]...)
		}
		if i < len(own) {
			out = append(out, own[i])
			if i+1 < len(said) {
				out = append(out, said[i+1]...)
			}
		}
	}
	return out
}

// Stale are the pieces of a translation that translate something else than what the lesson says now, and
// those that aren't translated at all.
func Stale(l *lessons.Lesson, source, name, translation string) (stale, missing []string, err error) {
	keys, err := lessons.Translated(name, translation)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range l.Pieces() {
		switch hash, there := keys[p.Key]; {
		case !there:
			missing = append(missing, p.Key)
		case hash != lessons.Hash(p.Text):
			stale = append(stale, p.Key+" (now "+lessons.Hash(p.Text)+", translated from "+hash+")")
		}
		delete(keys, p.Key)
	}
	for key := range keys {
		return nil, nil, fmt.Errorf("%s: the lesson has no piece %s any more; take it out", name, strconv.Quote(key))
	}
	return stale, missing, nil
}

// Untranslated is a translation to begin with: every piece with its hash, in English.
func Untranslated(l *lessons.Lesson) string {
	var b strings.Builder
	for _, p := range l.Pieces() {
		fmt.Fprintf(&b, "-- %s %s --\n%s\n", p.Key, lessons.Hash(p.Text), p.Text)
	}
	return b.String()
}
