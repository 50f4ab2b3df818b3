package view

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"

	"pop3lab/engine/sasl"
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// A replay is a scene that was played.
type replay struct {
	lab   *sim.Lab
	steps []record.Step
	marks []int // how many steps there were before each thing said
	plain bool  // it's the demonstration's world, with nothing changed
}

// at is the part of a link that opens the bench where step i, counted from 0, has just happened.
func (r *replay) at(i int) (string, error) {
	s, err := r.lab.ScriptAt(i)
	return "#k=" + s.Text() + "&s=" + strconv.Itoa(i+1), err
}

// A player plays a scene: it knows who speaks, and what an exchange of SASL needs to be remembered.
type player struct {
	lab       *sim.Lab
	device    string
	connected bool
	scram     *scram.ClientConversation
}

// play plays a scene.
func play(s scene) (*replay, error) {
	w, err := sim.ParseWorld(s.world)
	if err != nil {
		return nil, err
	}
	lab, err := sim.New(w)
	if err != nil {
		return nil, err
	}
	p := &player{lab: lab, device: "office PC"}
	r := &replay{lab: lab, plain: s.world == ""}
	for i, line := range s.say {
		if !p.connected && !strings.HasPrefix(line, "(ail") && !strings.HasPrefix(line, "(connect") {
			if err := p.do(sim.Input{Verb: sim.Connect}); err != nil {
				return nil, err
			}
		}
		r.marks = append(r.marks, len(lab.Steps()))
		if err := p.say(line); err != nil {
			return nil, fmt.Errorf("%q, the line %d of the scene %q: %w", line, i+1, s.say, err)
		}
	}
	if !p.connected {
		if err := p.do(sim.Input{Verb: sim.Connect}); err != nil {
			return nil, err
		}
	}
	r.steps = record.NewBuilder(lab).Frame(1, 0, len(lab.Steps())).Steps
	return r, nil
}

func (p *player) do(in sim.Input) error {
	if in.Verb == sim.Connect {
		p.connected = true
	}
	if in.Verb != sim.Ail && in.Verb != sim.Remove {
		in.Device = p.device
	}
	_, err := p.lab.Do(in)
	return err
}

// say does what a line of a scene says.
func (p *player) say(line string) error {
	if !strings.HasPrefix(line, "(") {
		return p.send(line)
	}
	word, rest, _ := strings.Cut(strings.Trim(line, "()"), " ")
	switch word {
	case "connect":
		in := sim.Input{Verb: sim.Connect, TLS: strings.HasPrefix(rest, "tls"), Barred: rest == "barred"}
		_, in.User, _ = strings.Cut(rest, "as ")
		return p.do(in)
	case "device":
		p.device = rest
		return p.do(sim.Input{Verb: sim.Connect})
	case "suggested":
		if all := p.now().Suggest; len(all) > 0 {
			return p.send(all[0])
		}
		return errors.New("the engine suggests nothing here")
	case "apop":
		return p.send("APOP mrose " + sasl.APOPDigest(p.now().Stamp, "tanstaaf"))
	case "cram":
		mac := hmac.New(md5.New, []byte("tanstaaf"))
		mac.Write(p.challenge())
		return p.respond("mrose " + hex.EncodeToString(mac.Sum(nil)))
	case "scram":
		return p.prove()
	case "secured":
		return p.do(sim.Input{Verb: sim.Secure})
	case "expire":
		return p.do(sim.Input{Verb: sim.Expire})
	case "hangup":
		return p.do(sim.Input{Verb: sim.Hangup})
	case "remove":
		return p.do(sim.Input{Verb: sim.Remove, User: "mrose", UID: rest})
	case "ail":
		return p.do(sim.Input{Verb: sim.Ail, User: "mrose", Ailment: sim.Ailment(rest)})
	}
	return fmt.Errorf("a scene has no (%s)", word)
}

func (p *player) send(line string) error {
	return p.do(sim.Input{Verb: sim.Send, Octets: []byte(line + "\r\n")})
}

func (p *player) respond(response string) error {
	return p.send(base64.StdEncoding.EncodeToString([]byte(response)))
}

// now is how the session stands.
func (p *player) now() *record.View {
	n := len(p.lab.Steps())
	return record.NewBuilder(p.lab).Frame(1, n-1, n).Steps[0].View
}

// challenge is what the server asked last.
func (p *player) challenge() []byte {
	all := p.lab.Steps()
	line := strings.TrimSpace(strings.TrimPrefix(string(all[len(all)-1].Event.Wire), "+"))
	octets, _ := base64.StdEncoding.DecodeString(line) // what doesn't decode gets an answer that's refused
	return octets
}

// prove answers in SCRAM-SHA-256, always with the nonce of RFC 7677 section 3.
func (p *player) prove() error {
	if p.scram == nil {
		client, err := scram.SHA256.NewClient("mrose", "tanstaaf", "")
		if err != nil {
			return err
		}
		p.scram = client.WithNonceGenerator(func() string { return "rOprNGfwEbeRWgbNEkqO" }).NewConversation()
	}
	response, err := p.scram.Step(string(p.challenge()))
	if err != nil {
		return err
	}
	return p.respond(response)
}
