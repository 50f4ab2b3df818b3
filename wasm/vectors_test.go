package main

import (
	"bytes"
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/engine/vectors"
)

// TestVectorsInTheModule runs every vector in the module and natively: the
// dialogues, what decided each answer, and the very records of the steps are the
// same, octet for octet.
//
// req: DUI-01, DUI-02
func TestVectorsInTheModule(t *testing.T) {
	h := theHost(t)
	all, err := vectors.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			native, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			k := &keeping{host: h}
			got, err := transcript.Run(d, k)
			if err != nil {
				t.Fatal(err)
			}
			if diff := transcript.Diff(string(native.Format()), string(got.Format())); diff != "" {
				t.Errorf("the module went otherwise; - is native, + is the module:\n%s", diff)
			}
			fresh, err := sim.New(d.World)
			if err != nil {
				t.Fatal(err)
			}
			for i, in := range native.Inputs {
				steps, err := fresh.Do(in)
				if err != nil {
					t.Fatal(err)
				}
				want := sim.AppendSteps(nil, steps, fresh.Protocol().ActiveRules())
				if !bytes.Equal(k.lab.records[i], want) {
					t.Errorf("input %d: the record of the steps is %d octets and another one than the native %d; both come from one encoder", i, len(k.lab.records[i]), len(want))
				}
			}
		})
	}
}

// keeping keeps the lab that it opened, so that its records can be looked at.
type keeping struct {
	*host
	lab *lab
}

func (k *keeping) Open(w sim.World) (transcript.Lab, error) {
	l, err := k.host.Open(w)
	if err == nil {
		k.lab = l.(*lab)
	}
	return l, err
}

// TestMistakesOfACaller: what a page does wrong comes back as a sentence, and the
// module goes on.
func TestMistakesOfACaller(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		record []byte
		export string
		args   []uint64
	}{
		{"a damaged world", []byte{1, 2, 3}, "open", []uint64{3}},
		{"a world that asks for a persona that isn't there", sim.AppendWorld(nil, sim.World{Persona: "nobody"}), "open", []uint64{uint64(len(sim.AppendWorld(nil, sim.World{Persona: "nobody"})))}},
		{"a record longer than its buffer", []byte{1}, "open", []uint64{1 << 30}},
		{"a lab that isn't there", sim.AppendInput(nil, sim.Input{}), "do", []uint64{7, uint64(len(sim.AppendInput(nil, sim.Input{})))}},
		{"closing lab 0", nil, "close", []uint64{0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := i.put(test.record); err != nil {
				t.Fatal(err)
			}
			if out, err := i.call(test.export, test.args...); err == nil {
				t.Errorf("%s: got output %q, want an error that says what is wrong", test.export, out)
			}
		})
	}
	if out, err := i.call("version"); err != nil || len(out) == 0 {
		t.Errorf("version after mistakes: got %q and error %v; a mistake must not break the module", out, err)
	}
}
