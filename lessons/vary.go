package lessons

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A Var is a name in braces and what stands in its place.
type Var struct{ Name, Value string }

// Seed 0 is the printed edition: each name has the first of its values. Any other seed draws.
//
//	n: 3..6               a number
//	k: 1..{n} not {j}     a number, and not that one
//	who: mrose | carol    one of these
//	last: {n} + 1         a sum, or a difference with -
//	word: anything else   just that
func (l *Lesson) vary() error {
	return l.each(l.find("vary"), func(number int, line string) error {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isName(name) {
			return errors.New("want NAME: VALUE; a name has small letters and digits only")
		}
		value, err := l.fill(strings.TrimSpace(value))
		if err != nil {
			return err
		}
		pick := func(n int) int { return 0 }
		if l.Seed != 0 {
			pick = rand.New(rand.NewPCG(l.Seed, uint64(len(l.Vars))+1)).IntN
		}
		if value, err = draw(value, pick); err != nil {
			return err
		}
		l.Vars = append(l.Vars, Var{name, value})
		return nil
	})
}

// draw picks a value; pick returns a number below its argument.
func draw(value string, pick func(int) int) (string, error) {
	if strings.Contains(value, "|") {
		all := strings.Split(value, "|")
		return strings.TrimSpace(all[pick(len(all))]), nil
	}
	span, not, _ := strings.Cut(value, " not ")
	if low, high, ok := strings.Cut(span, ".."); ok {
		a, err1 := strconv.Atoi(low)
		b, err2 := strconv.Atoi(strings.TrimSpace(high))
		if err1 != nil || err2 != nil || a > b || b-a > 1e6 {
			return "", errors.New("want LOWEST..HIGHEST, two numbers, the lower one first")
		}
		var all []int
		for n := a; n <= b; n++ {
			if !contains(strings.Fields(not), strconv.Itoa(n)) {
				all = append(all, n)
			}
		}
		if len(all) == 0 {
			return "", errors.New("nothing is left of " + value + "; make the span wider")
		}
		return strconv.Itoa(all[pick(len(all))]), nil
	}
	if f := strings.Fields(value); len(f) == 3 && (f[1] == "+" || f[1] == "-") {
		a, err1 := strconv.Atoi(f[0])
		b, err2 := strconv.Atoi(f[2])
		if f[1] == "-" {
			b = -b
		}
		if err1 == nil && err2 == nil {
			return strconv.Itoa(a + b), nil
		}
	}
	return value, nil
}

// fill puts values in the place of names. A brace behind a backslash stays: \{3*x} is a repetition in a
// dialogue.
func (l *Lesson) fill(text string) (string, error) {
	if !strings.Contains(text, "{") {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		name, _, closed := strings.Cut(text[i+1:], "}")
		if text[i] != '{' || !closed || !isName(name) || i > 0 && text[i-1] == '\\' {
			b.WriteByte(text[i])
			continue
		}
		value, ok := l.value(name)
		if !ok {
			return "", errors.New("there is no {" + name + "} in the section vary; name it there, or write \\{ for a brace")
		}
		b.WriteString(value)
		i += len(name) + 1
	}
	return b.String(), nil
}

func (l *Lesson) value(name string) (string, bool) {
	for _, v := range l.Vars {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// fillAll fills every file but those whose braces are their own: what a server said is written anew.
func (l *Lesson) fillAll() error {
	for i := range l.files {
		f := &l.files[i]
		if f.name == "vary" {
			continue
		}
		var err error
		if f.name, err = l.fill(f.name); err != nil {
			return l.fail(f.line, err.Error())
		}
		for j, line := range f.lines {
			if strings.HasSuffix(f.name, ".pop3") && l.Role != Server && isServerLine(line) {
				continue
			}
			filled, err := l.fillLine(f.name, line)
			if err != nil {
				return l.fail(f.line+1+j, err.Error())
			}
			f.lines[j] = filled
		}
		for j, o := range f.options {
			filled, err := l.fill(o)
			if err != nil {
				return l.fail(f.line, err.Error())
			}
			f.options[j] = filled
		}
	}
	return nil
}

// isName says whether s can name a variable, a question or a dialogue.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}
