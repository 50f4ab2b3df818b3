package transcript

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
)

// A Dialogue is a file, parsed.
type Dialogue struct {
	Name string
	// Comment says in a sentence what it shows, RFC where that stands.
	Comment, RFC string
	// Reqs are the ids of the requirement rows that it shows.
	Reqs []string
	// Title and About present it to somebody who reads.
	Title, About string
	// Device is the device of the lines that name none.
	Device string
	// World is how things stand at its beginning.
	World sim.World

	fields   []string // the header, as it stands
	lines    []line
	sections []section // but for the events
	source   []byte
}

// A section is a file of the archive.
type section struct {
	name string
	text []string
}

// A letter is what a section mail or letter holds.
type letter struct {
	uid    string
	octets []byte
}

type parser struct {
	d       *Dialogue
	number  int // of the line at hand
	letters map[string]letter
}

// Parse reads a dialogue. Name is for messages.
func Parse(name string, source []byte) (*Dialogue, error) {
	p := &parser{d: &Dialogue{Name: name, source: source}, letters: map[string]letter{}}
	if err := p.parse(string(source)); err != nil {
		return nil, errors.New(name + ":" + strconv.Itoa(p.number) + ": " + err.Error())
	}
	return p.d, nil
}

func (p *parser) parse(source string) error {
	all := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	header := slices.Index(all, "")
	if header < 0 {
		header = len(all)
	}
	body := header
	for body < len(all) && !isMarker(all[body]) {
		body++
	}
	if err := p.parseSections(all[body:], body); err != nil {
		return err
	}
	for i, l := range all[:header] {
		p.number = i + 1
		if err := p.field(l); err != nil {
			return err
		}
	}
	if err := p.settle(); err != nil {
		return err
	}
	var held []byte
	var holder string
	for i := header + 1; i < body; i++ {
		p.number = i + 1
		l, err := p.line(all[i], &held, &holder)
		if err != nil {
			return err
		}
		p.d.lines = append(p.d.lines, l)
	}
	if held != nil {
		return errors.New("a C+ line must be followed by a C line")
	}
	return nil
}

// field reads a field of the header.
func (p *parser) field(l string) error {
	key, value, ok := strings.Cut(l, ":")
	if !ok {
		return errors.New("want a field, NAME: VALUE; a blank line ends the fields")
	}
	value = strings.TrimSpace(value)
	p.d.fields = append(p.d.fields, l)
	switch key {
	case "comment":
		p.d.Comment = value
	case "rfc":
		p.d.RFC = value
	case "title":
		p.d.Title = value
	case "about":
		p.d.About = strings.TrimSpace(p.d.About + " " + value)
	case "device":
		p.d.Device = value
	case "req":
		p.d.Reqs = append(p.d.Reqs, splitList(value)...)
	default:
		set, there := worldFields[key]
		if !there {
			return errors.New("there is no field " + key)
		}
		return set(p, value)
	}
	return nil
}

func isMarker(l string) bool {
	return strings.HasPrefix(l, "-- ") && strings.HasSuffix(l, " --") && len(l) > len("--  --")
}

func (p *parser) parseSections(all []string, before int) error {
	for i := 0; i < len(all); {
		p.number = before + i + 1
		s := section{name: all[i][len("-- ") : len(all[i])-len(" --")]}
		for i++; i < len(all) && !isMarker(all[i]); i++ {
			s.text = append(s.text, all[i])
		}
		if s.name == "events" {
			continue // written anew
		}
		if err := p.section(s); err != nil {
			return err
		}
		p.d.sections = append(p.d.sections, s)
	}
	return nil
}

// section reads "mail USER" or "letter NAME", either with uid=UID and with lf
// (line ends as some stores keep them) or octets (escapes, and line ends only
// where they are written out).
func (p *parser) section(s section) error {
	w, err := words(s.name)
	if err != nil || len(w) < 2 || w[0] != "mail" && w[0] != "letter" {
		return errors.New("a section is mail USER, letter NAME or events; uid=UID, lf or octets may follow")
	}
	m := letter{}
	end := "\r\n"
	escaped := false
	for _, option := range w[2:] {
		uid, named := strings.CutPrefix(option, "uid=")
		switch {
		case named:
			m.uid = uid
		case option == "lf":
			end = "\n"
		case option == "octets":
			escaped, end = true, ""
		default:
			return errors.New("a section has no " + option + "; there are uid=UID, lf and octets")
		}
	}
	for _, l := range s.text {
		octets := []byte(l)
		if escaped {
			if octets, err = Unescape(l); err != nil {
				return err
			}
		}
		m.octets = append(append(m.octets, octets...), end...)
	}
	if w[0] == "letter" {
		p.letters[w[1]] = m
	} else {
		p.d.World.Mail = append(p.d.World.Mail, sim.Mail{User: w[1], UID: m.uid, Octets: m.octets})
	}
	return nil
}
