package lessons

import (
	"errors"
	"pop3lab/engine/sim"
	"slices"
	"strconv"
	"strings"
)

// repeat makes as many of a message as its option times says.
func (l *Lesson) repeat() error {
	var files []file
	for _, f := range l.files {
		at := slices.IndexFunc(f.options, func(o string) bool { return strings.HasPrefix(o, "times=") })
		if at < 0 {
			files = append(files, f)
			continue
		}
		text, err := l.fill(strings.TrimPrefix(f.options[at], "times="))
		if err != nil {
			return l.fail(f.line, err.Error())
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > MaxMessages {
			return l.fail(f.line, "times= wants a number up to "+strconv.Itoa(MaxMessages))
		}
		if n*len(strings.Join(f.lines, "\r\n")) > MaxMail {
			return l.fail(f.line, "these messages have more than "+strconv.Itoa(MaxMail)+" octets together; make them fewer or shorter")
		}
		for i := 1; i <= n; i++ {
			one := f
			one.name += "#" + strconv.Itoa(i)
			one.options = slices.Delete(slices.Clone(f.options), at, at+1)
			one.lines = nil
			for _, line := range f.lines {
				one.lines = append(one.lines, strings.ReplaceAll(line, "{i}", strconv.Itoa(i)))
			}
			files = append(files, one)
		}
	}
	l.files = files
	return nil
}

// copies bounds what a text asks for in few letters, before it's made: generated messages, whole mailboxes, and
// copies of octets.
func (l *Lesson) copies() error {
	messages, octets := 0, 0
	err := l.each(l.find("world"), func(number int, line string) error {
		key, value, _ := strings.Cut(line, ":")
		switch w := strings.Fields(value); {
		case key == "mailbox":
			messages += 13 // the larger one
		case key == "generate" && len(w) == 3:
			count, _ := strconv.Atoi(w[1])
			size, _ := strconv.Atoi(w[2])
			if count > MaxMessages || size > MaxMail {
				return errManyMails
			}
			messages += max(0, count)
			octets += max(0, count) * max(0, size)
		}
		if messages > MaxMessages || octets > MaxMail {
			return errManyMails
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range l.files {
		for j, line := range l.files[i].lines {
			for rest := line; ; {
				_, after, ok := strings.Cut(rest, `\{`)
				if !ok {
					break
				}
				count, what, _ := strings.Cut(after, "*")
				what, _, _ = strings.Cut(what, "}")
				n, err := strconv.Atoi(count)
				if octets += max(0, n) * len(what); err == nil && (n > MaxMail || octets > MaxMail) {
					return l.fail(l.files[i].line+1+j, "the copies in this lesson have more than "+strconv.Itoa(MaxMail)+" octets together; make them fewer")
				}
				rest = after
			}
		}
	}
	return nil
}

var errManyMails = errors.New("the world has more than " + strconv.Itoa(MaxMessages) + " messages or " + strconv.Itoa(MaxMail) + " octets of mail; make it smaller")

func (l *Lesson) readWorld() error {
	if err := l.copies(); err != nil {
		return err
	}
	d, _, err := l.dialogue(nil)
	if err != nil {
		return err
	}
	w := d.World
	w.Narrated, w.ShowSecrets = true, true
	if l.Seed != 0 {
		w.Seed = l.Seed
		if l.find("world") == nil || !strings.Contains(l.text("world"), "stamp:") {
			w.Stamps = nil
		}
	}
	octets := 0
	for _, m := range w.Mail {
		octets += len(m.Octets)
	}
	if len(w.Mail) > MaxMessages || octets > MaxMail {
		return errors.New(l.name + ": " + errManyMails.Error())
	}
	if _, err := sim.New(w); err != nil {
		line := 1
		if f := l.find("world"); f != nil {
			line = f.line
		}
		return l.fail(line, err.Error())
	}
	l.world = w
	return nil
}

func (l *Lesson) readBegin() error {
	f := l.find("begin.pop3")
	if f == nil {
		return nil
	}
	d, _, err := l.dialogue(f)
	if err != nil {
		return err
	}
	for _, a := range d.Acts() {
		l.begin = append(l.begin, a.Input)
	}
	_, err = l.Lab()
	if err != nil {
		err = l.fail(f.line, err.Error())
	}
	return err
}

// readScript finds, in a lesson with role server, what the client says: the reference's C lines.
func (l *Lesson) readScript() error {
	if l.Role != Server {
		return nil
	}
	f := l.find("reference.pop3")
	d, _, err := l.dialogue(f)
	if err != nil {
		return err
	}
	lab, err := l.Lab()
	if err != nil {
		return err
	}
	for _, a := range d.Acts() {
		steps, err := lab.Do(a.Input)
		if err != nil {
			return l.fail(f.line, err.Error())
		}
		l.script = append(l.script, call{a.Input.Octets, steps})
	}
	return nil
}
