package sim

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"pop3lab/engine"
)

// fill sets every field of a value to something that isn't zero, so that a field that a record forgets is noticed,
// also one that is added later.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 5))
	case reflect.Uint64:
		v.SetUint(1<<60 + uint64(*n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), n)
			}
		}
	}
}

// TestRecordsHoldEverything: what is written is read, every field of it.
func TestRecordsHoldEverything(t *testing.T) {
	n := 0
	var w World
	fill(reflect.ValueOf(&w).Elem(), &n)
	if got, err := ReadWorld(AppendWorld(nil, w)); err != nil || !reflect.DeepEqual(got, w) {
		t.Errorf("world:\ngot  %+v, %v\nwant %+v", got, err, w)
	}
	var in Input
	fill(reflect.ValueOf(&in).Elem(), &n)
	if got, err := ReadInput(AppendInput(nil, in)); err != nil || !reflect.DeepEqual(got, in) {
		t.Errorf("input:\ngot  %+v, %v\nwant %+v", got, err, in)
	}
	rules := engine.POP3
	var view engine.View
	fill(reflect.ValueOf(&view).Elem(), &n)
	s := Step{View: &view}
	fill(reflect.ValueOf(&s.Event).Elem(), &n)
	fill(reflect.ValueOf(&s.Input).Elem(), &n)
	fill(reflect.ValueOf(&s.Now).Elem(), &n)
	fill(reflect.ValueOf(&s.Device).Elem(), &n)
	s.Event.Rule, s.Event.Err = &rules[3], errors.New("what the store said")
	other := s
	other.Event.Rule, other.Event.Err = nil, nil
	want := []Step{s, other, {View: &engine.View{}}}
	got, err := ReadSteps(AppendSteps(nil, want, rules), rules)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("steps:\ngot  %+v, %v\nwant %+v", got, err, want)
	}
	if len(got) == 3 && (got[0].View != got[1].View || got[1].View == got[2].View) {
		t.Error("steps that shared a view don't, or others do")
	}
}

// TestDamagedRecords: a record that is cut or changed anywhere is an error, or another value; it's never a panic, and
// takes no more memory than it brings.
func TestDamagedRecords(t *testing.T) {
	n := 0
	var w World
	fill(reflect.ValueOf(&w).Elem(), &n)
	record := AppendWorld(nil, w)
	for i := range record {
		if _, err := ReadWorld(record[:i]); err == nil {
			t.Fatalf("a world's record of %d octets, cut after %d, is read without an error", len(record), i)
		}
	}
	if _, err := ReadWorld(append(bytes.Clone(record), 0)); err == nil {
		t.Error("a world's record with an octet more is read without an error")
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(record)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "octet")
		}
		ReadWorld(damaged)
		ReadInput(damaged)
		ReadSteps(damaged, engine.POP3)
	})
}

// FuzzRecords reads anything.
func FuzzRecords(f *testing.F) {
	f.Add(AppendWorld(nil, World{Users: []engine.User{{Name: "a"}}}))
	f.Add(AppendInput(nil, Input{Verb: Send, Octets: []byte("NOOP\r\n")}))
	f.Add(AppendSteps(nil, []Step{{View: &engine.View{Lang: "en"}}}, nil))
	f.Fuzz(func(t *testing.T, record []byte) {
		if w, err := ReadWorld(record); err == nil {
			if again, err := ReadWorld(AppendWorld(nil, w)); err != nil || !reflect.DeepEqual(again, w) {
				t.Fatalf("a world that was read, written and read again is another: %+v, %v, then %+v", w, err, again)
			}
		}
		if in, err := ReadInput(record); err == nil {
			if again, err := ReadInput(AppendInput(nil, in)); err != nil || !reflect.DeepEqual(again, in) {
				t.Fatalf("an input that was read, written and read again is another: %+v, %v, then %+v", in, err, again)
			}
		}
		ReadSteps(record, engine.POP3)
	})
}
