package sim

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// A script in letters: its version, a dot, and in Base64 for URLs (RFC 4648
// section 5) the world and the inputs. What the world has in common with Demo
// isn't written, so that a session of the demonstration fits into a link.

// maxInputs bounds the inputs of a script that comes from outside.
const maxInputs = 100_000

// Text is the script in letters that stand in a URL's fragment as they are.
func (s Script) Text() string {
	var w Writer
	world := s.World
	world.Version = Version
	demo := Demo()
	demo.Seed, demo.Persona, demo.Faults, demo.Switches, demo.Without = world.Seed, world.Persona, world.Faults, world.Switches, world.Without
	if whole := AppendWorld(nil, world); bytes.Equal(whole, AppendWorld(nil, demo)) {
		w.Flag(false)
		w.Unum(world.Seed)
		w.Text(world.Persona)
		w.Texts(world.Faults)
		w.Texts(world.Switches)
		w.Texts(world.Without)
	} else {
		w.Flag(true)
		w.Octets(whole)
	}
	w.Unum(uint64(len(s.Inputs)))
	for i := range s.Inputs {
		w.input(&s.Inputs[i])
	}
	return strconv.Itoa(Version) + "." + base64.RawURLEncoding.EncodeToString(w)
}

// ParseScript reads what Text wrote. It refuses a script of a version that this
// program can't replay, and says so.
func ParseScript(text string) (Script, error) {
	version, letters, ok := strings.Cut(strings.TrimSpace(text), ".")
	n, err := strconv.Atoi(version)
	switch {
	case !ok || err != nil || n < 1:
		return Script{}, errors.New("sim: this is no script: it should begin with a version and a dot")
	case n > Version:
		return Script{}, errors.New("sim: the script has version " + version + ", and this program knows versions up to " + strconv.Itoa(Version) + "; a newer program replays it")
	}
	octets, err := base64.RawURLEncoding.DecodeString(letters)
	if err != nil {
		return Script{}, errors.New("sim: the script is damaged: part of it is missing, or other letters came in; ask for it anew")
	}
	r := Reader{Rest: octets}
	var s Script
	if r.Flag() {
		if s.World, err = ReadWorld(r.Octets()); err != nil {
			return Script{}, err
		}
	} else {
		s.World = Demo()
		s.World.Seed, s.World.Persona = r.Unum(), r.Text()
		s.World.Faults, s.World.Switches, s.World.Without = r.Texts(), r.Texts(), r.Texts()
	}
	r.List(func() { s.Inputs = append(s.Inputs, r.input()) })
	if len(s.Inputs) > maxInputs {
		return Script{}, errors.New("sim: the script has more than " + strconv.Itoa(maxInputs) + " inputs")
	}
	return s, r.End()
}
