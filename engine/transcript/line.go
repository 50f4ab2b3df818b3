package transcript

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine/sim"
)

// A kind says what a line of a dialogue is.
type kind uint8

const (
	remark kind = iota // a blank line, or one that begins with #
	act                // something happens
	answer             // what the server did
)

// A line is one line of a dialogue.
type line struct {
	number int
	source string
	kind   kind
	// input is what an act leads to. It has no verb when the act's octets
	// wait for the next line (C+).
	input sim.Input
}

// The words of what happens beside octets. What stands in capitals is a word
// of the writer's.
const actWords = `C connects [with TLS [as NAME]] [barred], C hangs up, C stays silent, C secures [as NAME],
* advance MILLISECONDS, * deliver USER LETTER, * remove USER UID, * ail USER AILMENT, * heal USER`

// What the server does beside octets.
const (
	closes    = "S closes"
	beginsTLS = "S begins TLS"
)

// line reads one line of the dialogue; held are octets of C+ lines before it.
func (p *parser) line(source string, held *[]byte, holder *string) (line, error) {
	l := line{number: p.number, source: source}
	rest := source
	device := ""
	if strings.HasPrefix(rest, "[") {
		name, after, ok := strings.Cut(rest[1:], "] ")
		if !ok || name == "" {
			return l, errors.New("want [DEVICE] before the line")
		}
		device, rest = name, after
	}
	switch {
	case rest == "" || rest[0] == '#':
		return l, nil
	case isAnswer(rest):
		l.kind = answer
		return l, nil
	}
	l.kind = act
	if len(*held) > 0 && (device != *holder || !strings.HasPrefix(rest, "C")) {
		return l, errors.New("a C+ line must be followed by a C line of the same device")
	}
	octets, sends, err := clientOctets(rest)
	switch {
	case err != nil:
		return l, err
	case !sends:
		l.input, err = p.happening(rest, device)
		return l, err
	}
	octets = append(*held, octets...)
	if rest[1] == '+' {
		*held, *holder = octets, device
		return l, nil
	}
	*held = nil
	l.input = sim.Input{Verb: sim.Send, Device: device, Octets: octets, Last: rest[1] == '.'}
	return l, nil
}

func isAnswer(rest string) bool {
	return rest == "S:" || strings.HasPrefix(rest, "S: ") || strings.HasPrefix(rest, "S> ") || rest == closes || rest == beginsTLS
}

// clientOctets returns what a C line sends, and false when it sends nothing.
func clientOctets(rest string) ([]byte, bool, error) {
	if len(rest) < 2 || rest[0] != 'C' {
		return nil, false, nil
	}
	switch text := strings.TrimPrefix(rest[2:], " "); rest[1] {
	case ':', '+', '.':
		if strings.HasSuffix(text, " ") {
			return nil, true, errors.New(`a space at the end can't be seen; write C> and \x20\r\n`)
		}
		return []byte(text + "\r\n"), true, nil
	case '>':
		octets, err := Unescape(text)
		return octets, true, err
	}
	return nil, false, nil
}

// happening reads what happens in words.
func (p *parser) happening(rest, device string) (sim.Input, error) {
	in := sim.Input{Device: device}
	w, err := words(rest)
	if err != nil {
		return in, err
	}
	unknown := errors.New("nothing of that kind can happen; there are " + actWords)
	if len(w) > 0 && w[0] == "*" && device == "" {
		return p.worldly(w[1:], unknown)
	}
	if len(w) < 2 || w[0] != "C" {
		return in, unknown
	}
	switch verb := strings.Join(w[1:min(3, len(w))], " "); {
	case w[1] == "connects":
		in.Verb = sim.Connect
		w = w[2:]
		if len(w) >= 2 && w[0] == "with" && w[1] == "TLS" {
			in.TLS, w = true, w[2:]
		}
	case w[1] == "secures":
		in.Verb, w = sim.Secure, w[2:]
	case verb == "hangs up":
		in.Verb, w = sim.Hangup, w[3:]
	case verb == "stays silent":
		in.Verb, w = sim.Expire, w[3:]
	default:
		return in, unknown
	}
	if len(w) >= 2 && w[0] == "as" && (in.TLS || in.Verb == sim.Secure) {
		in.User, w = w[1], w[2:]
	}
	if len(w) == 1 && w[0] == "barred" && in.Verb == sim.Connect {
		in.Barred, w = true, nil
	}
	if len(w) > 0 {
		return in, unknown
	}
	return in, nil
}

// worldly reads what happens to the world.
func (p *parser) worldly(w []string, unknown error) (sim.Input, error) {
	switch {
	case len(w) == 2 && w[0] == "advance":
		ms, err := strconv.ParseInt(w[1], 10, 64)
		return sim.Input{Verb: sim.Advance, Millis: ms}, err
	case len(w) == 3 && w[0] == "deliver":
		letter, ok := p.letters[w[2]]
		if !ok {
			return sim.Input{}, errors.New("there is no section -- letter " + w[2] + " --")
		}
		return sim.Input{Verb: sim.Deliver, User: w[1], UID: letter.uid, Octets: letter.octets}, nil
	case len(w) == 3 && w[0] == "remove":
		return sim.Input{Verb: sim.Remove, User: w[1], UID: w[2]}, nil
	case len(w) == 3 && w[0] == "ail":
		return sim.Input{Verb: sim.Ail, User: w[1], Ailment: sim.Ailment(w[2])}, nil
	case len(w) == 2 && w[0] == "heal":
		return sim.Input{Verb: sim.Ail, User: w[1]}, nil
	}
	return sim.Input{}, unknown
}
