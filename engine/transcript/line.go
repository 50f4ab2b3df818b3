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

// Words says what can happen beside octets, with what a writer puts in in capitals.
func Words() string { return actWords }

// The words of what happens beside octets. What stands in capitals is a word
// of the writer's.
const actWords = `C connects [with TLS [as NAME]] [barred], C hangs up [after OCTETS], C vanishes [after OCTETS], C stays silent,
C secures [as NAME], C's network carries N octets [and takes N ms], C's network takes N ms, C's network is perfect,
* advance MILLISECONDS, * deliver USER LETTER, * remove USER UID, * ail USER AILMENT, * heal USER, each with [in MILLISECONDS],
* serve [persona=NAME] [fault=LIST] [switch=LIST] [without=LIST]`

// What the server does beside octets.
const (
	closes    = "S closes"
	beginsTLS = "S begins TLS"
)

// line reads one line of the dialogue; held are octets of C+ lines before it.
func (p *parser) line(source string, held *[]byte, holder *string) (line, error) {
	l := line{number: p.number, source: source}
	rest := source
	device, bracketed := p.d.Device, false
	if strings.HasPrefix(rest, "[") {
		name, after, ok := strings.Cut(rest[1:], "] ")
		if !ok || name == "" {
			return l, errors.New("want [DEVICE] before the line")
		}
		device, rest, bracketed = name, after, true
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
	case sends:
	case rest[0] == '*' && !bracketed:
		l.input, err = p.worldly(rest[1:])
		return l, err
	default:
		l.input, err = happening(rest, device)
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

var errUnknown = errors.New("nothing of that kind can happen; there are " + actWords)

// happening reads what happens in words to a client.
func happening(rest, device string) (sim.Input, error) {
	in := sim.Input{Device: device}
	if words, ok := strings.CutPrefix(rest, "C's network "); ok {
		in.Verb = sim.Network
		return in, network(&in, words)
	}
	rest, last, cut := strings.Cut(rest, " after ")
	w, err := words(rest)
	if err != nil {
		return in, err
	}
	if len(w) < 2 || w[0] != "C" {
		return in, errUnknown
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
	case w[1] == "vanishes":
		in.Verb, w = sim.Vanish, w[2:]
	case verb == "hangs up":
		in.Verb, w = sim.Hangup, w[3:]
	case verb == "stays silent":
		in.Verb, w = sim.Expire, w[3:]
	default:
		return in, errUnknown
	}
	if len(w) >= 2 && w[0] == "as" && (in.TLS || in.Verb == sim.Secure) {
		in.User, w = w[1], w[2:]
	}
	if len(w) == 1 && w[0] == "barred" && in.Verb == sim.Connect {
		in.Barred, w = true, nil
	}
	if len(w) > 0 || cut && in.Verb != sim.Hangup && in.Verb != sim.Vanish {
		return in, errUnknown
	}
	if strings.HasSuffix(last, " ") {
		return in, errors.New(`a space at the end can't be seen; write \x20`)
	}
	in.Octets, err = Unescape(last)
	return in, err
}

// network reads what is said of a client's network.
func network(in *sim.Input, words string) error {
	if words == "is perfect" {
		return nil
	}
	for _, part := range strings.Split(words, " and ") {
		octets, carries := strings.CutPrefix(part, "carries ")
		millis, takes := strings.CutPrefix(part, "takes ")
		var err error
		switch {
		case carries && in.Segment == 0 && strings.HasSuffix(octets, " octets"):
			in.Segment, err = strconv.Atoi(strings.TrimSuffix(octets, " octets"))
		case takes && in.Millis == 0 && strings.HasSuffix(millis, " ms"):
			in.Millis, err = strconv.ParseInt(strings.TrimSuffix(millis, " ms"), 10, 64)
		default:
			return errUnknown
		}
		if err != nil {
			return errors.New("want a number of octets or milliseconds: " + part)
		}
	}
	return nil
}

// worldly reads what happens to the world.
func (p *parser) worldly(rest string) (sim.Input, error) {
	w, err := words(rest)
	if err != nil || len(w) == 0 {
		return sim.Input{}, errUnknown
	}
	switch {
	case w[0] == "serve":
		return serve(w[1:])
	case len(w) == 2 && w[0] == "advance":
		ms, err := strconv.ParseInt(w[1], 10, 64)
		if err != nil {
			err = errors.New("want milliseconds, such as 600000 for ten minutes, not " + w[1])
		}
		return sim.Input{Verb: sim.Advance, Millis: ms}, err
	}
	var after int64
	if n := len(w); n > 3 && w[n-2] == "in" {
		if after, err = strconv.ParseInt(w[n-1], 10, 64); err != nil {
			return sim.Input{}, errors.New("want a number of milliseconds: " + w[n-1])
		}
		w = w[:n-2]
	}
	in := sim.Input{After: after}
	switch {
	case len(w) == 3 && w[0] == "deliver":
		letter, ok := p.letters[w[2]]
		if !ok {
			return in, errors.New("there is no section -- letter " + w[2] + " --")
		}
		in.Verb, in.UID, in.Octets = sim.Deliver, letter.uid, letter.octets
	case len(w) == 3 && w[0] == "remove":
		in.Verb, in.UID = sim.Remove, w[2]
	case len(w) == 3 && w[0] == "ail":
		in.Verb, in.Ailment = sim.Ail, sim.Ailment(w[2])
	case len(w) == 2 && w[0] == "heal":
		in.Verb = sim.Ail
	default:
		return in, errUnknown
	}
	in.User = w[1]
	return in, nil
}

// serve reads what the server of the connections to come is like.
func serve(options []string) (sim.Input, error) {
	in := sim.Input{Verb: sim.Serve}
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "persona":
			in.Persona = value
		case "fault":
			in.Faults = splitList(value)
		case "switch":
			in.Switches = splitList(value)
		case "without":
			in.Without = splitList(value)
		default:
			return in, errors.New("a server has no " + option + "; there are persona=NAME fault=LIST switch=LIST without=LIST")
		}
	}
	return in, nil
}
