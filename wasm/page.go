package main

import (
	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// The calls of a page. What they take and leave stands in the package comment.

// begin makes a lab of the world that the text describes.
func (r *reactor) begin(n uint32) int32 {
	return r.call(n, func(text []byte) error {
		w, err := sim.ParseWorld(string(text))
		if err != nil {
			return err
		}
		l, err := sim.New(w)
		if err != nil {
			return err
		}
		return r.frame(uint32(r.add(l)), 0)
	})
}

// frame leaves the steps from one on.
func (r *reactor) frame(number uint32, from int) error {
	l, err := r.shown(number)
	if err != nil {
		return err
	}
	r.out = l.builder.Frame(int(number), from, len(l.Steps())).Append(r.out)
	return nil
}

// act lets the input in the record happen. An input that makes no sense is no mistake of the page's but the
// student's: the frame then says why.
func (r *reactor) act(number, n uint32) int32 {
	return r.call(n, func(octets []byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		asked, err := record.ReadInput(octets)
		if err != nil {
			return err
		}
		from := len(l.Steps())
		in, err := asked.Sim()
		if err == nil {
			_, err = l.Do(in)
		}
		if err != nil {
			f := l.builder.Frame(int(number), from, from)
			f.Refused = err.Error()
			r.out = f.Append(r.out)
			return nil
		}
		return r.frame(number, from)
	})
}

// steps leaves the steps from..to-1.
func (r *reactor) steps(number, from, to uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		r.out = l.builder.Frame(int(number), int(from), int(to)).Append(r.out)
		return nil
	})
}

// fork makes a lab of the inputs that led to a step.
func (r *reactor) fork(number, step uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		other, err := l.Fork(int(step))
		if err != nil {
			return err
		}
		return r.frame(uint32(r.add(other)), 0)
	})
}

// script leaves the lab's script.
func (r *reactor) script(number uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		r.out = append(r.out, l.Script().Text()...)
		return nil
	})
}

// scriptAt leaves the script up to the input that led to a step.
func (r *reactor) scriptAt(number, step uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		s, err := l.ScriptAt(int(step))
		if err != nil {
			return err
		}
		r.out = append(r.out, s.Text()...)
		return nil
	})
}

// replay makes a lab in which everything of the script in the text has happened. Where that lab was kept, it
// is there already.
func (r *reactor) replay(n uint32) int32 {
	return r.call(n, func(text []byte) error {
		if r.kept != nil && string(text) == r.opening.script {
			r.labs = append(r.labs, r.kept)
			r.kept = nil
			return r.frame(uint32(len(r.labs)), 0)
		}
		l, err := replayed(text)
		if err != nil {
			return err
		}
		return r.frame(uint32(r.add(l)), 0)
	})
}

func replayed(text []byte) (*sim.Lab, error) {
	s, err := sim.ParseScript(string(text))
	if err != nil {
		return nil, err
	}
	s.World.Narrated = true
	return s.Replay()
}

// keep makes the lab of the script in the text, for the replay that asks for it first. It's called while the
// module is built, and is no export of what is shipped.
func (r *reactor) keep(n uint32) int32 {
	return r.call(n, func(text []byte) error {
		l, err := replayed(text)
		if err != nil {
			return err
		}
		r.opening = opening{string(text), newRoom(l)}
		r.out = r.kept.builder.Frame(0, 0, len(l.Steps())).Append(r.out) // what that takes is made once, too
		return nil
	})
}

// spec leaves the table that a server of the lab goes by.
func (r *reactor) spec(number, server uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		if int(server) >= len(l.Servers()) {
			return errServer
		}
		r.out = record.SpecOf(l.Servers()[server]).Append(r.out)
		return nil
	})
}

// lanes leaves the message of a step three times.
func (r *reactor) lanes(number, step uint32) int32 {
	return r.call(0, func([]byte) error {
		l, err := r.shown(number)
		if err != nil {
			return err
		}
		lanes, err := l.builder.Lanes(int(step))
		if err != nil {
			return err
		}
		r.out = lanes.Append(r.out)
		return nil
	})
}

// catalogue leaves what a world may be made of.
func (r *reactor) catalogue() int32 {
	return r.call(0, func([]byte) error {
		r.out = record.All().Append(r.out)
		return nil
	})
}
