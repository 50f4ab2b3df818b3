package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
	"pop3lab/web/browse"
)

// TestFilesAreFresh: what is in the repository is what go generate writes.
func TestFilesAreFresh(t *testing.T) {
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is stale: run make generate", name)
		}
	}
}

// TestPageReadsWhatGoWrites: in a browser, the generated reader finds in a record what Go wrote, every field of it; Go finds
// in a page's record what the page wrote; and what is shared is read as one object.
func TestPageReadsWhatGoWrites(t *testing.T) {
	n := 0
	var frame record.Frame
	fill(reflect.ValueOf(&frame).Elem(), &n)
	var spec record.Spec
	fill(reflect.ValueOf(&spec).Elem(), &n)
	var lanes record.Lanes
	fill(reflect.ValueOf(&lanes).Elem(), &n)
	var catalogue record.Catalogue
	fill(reflect.ValueOf(&catalogue).Elem(), &n)
	var course record.Course
	fill(reflect.ValueOf(&course).Elem(), &n)
	var progress record.Progress
	fill(reflect.ValueOf(&progress).Elem(), &n)
	var shown record.Shown
	fill(reflect.ValueOf(&shown).Elem(), &n)
	tab := page(t)
	for name, test := range map[string]struct {
		octets []byte
		want   any
	}{
		"readFrame":     {frame.Append(nil), frame},
		"readSpec":      {spec.Append(nil), spec},
		"readLanes":     {lanes.Append(nil), lanes},
		"readCatalogue": {catalogue.Append(nil), catalogue},
		"readCourse":    {course.Append(nil), course},
		"readProgress":  {progress.Append(nil), progress},
		"readShown":     {shown.Append(nil), shown},
	} {
		same(t, tab, name, test.octets, test.want)
	}
	live := session(t)
	same(t, tab, "readFrame", live.Append(nil), *live)
	shared, err := tab.Eval("(f => f.steps[0].view === f.steps[1].view || f.steps.some((s, i) => i > 0 && s.view === f.steps[i-1].view))(" + call("readFrame", live.Append(nil)) + ")")
	if err != nil || shared != "true" {
		t.Errorf("steps that share a view share it in the page: got %s, %v, want true", shared, err)
	}

	var in record.Input
	fill(reflect.ValueOf(&in).Elem(), &n)
	object := encode(reflect.ValueOf(in))
	written, err := tab.Eval("btoa(String.fromCharCode(...pop3.writeInput(reviveOctets(" + object + "))))")
	if err != nil {
		t.Fatal(err)
	}
	octets, err := base64.StdEncoding.DecodeString(written)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := record.ReadInput(octets); err != nil || !reflect.DeepEqual(got, in) {
		t.Errorf("the page wrote %s, Go reads\n%+v, %v, want\n%+v", object, got, err, in)
	}
	for _, cut := range []int{0, 1, 17, len(live.Append(nil)) - 1} {
		if got, err := tab.Eval("(() => { try { " + call("readFrame", live.Append(nil)[:cut]) + "; return 'read' } catch (e) { return e.name } })()"); err != nil || got != "RangeError" {
			t.Errorf("a frame cut after %d octets: got %s, %v, want a RangeError", cut, got, err)
		}
	}
}

// page is a tab with the generated reader in it.
func page(t *testing.T) *browse.Tab {
	t.Helper()
	built := api.Build(api.BuildOptions{EntryPoints: []string{"../../../../web/app/record.ts"}, Bundle: true, GlobalName: "pop3", Format: api.FormatIIFE})
	if len(built.Errors) > 0 {
		t.Fatalf("record.ts: %+v", built.Errors)
	}
	root, stop, err := browse.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	tab, err := browse.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tab.Close)
	helpers := `
globalThis.octetsOf = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
globalThis.plain = value => JSON.stringify(value, (_, v) => v instanceof Uint8Array ? Array.from(v) : v);
globalThis.reviveOctets = value => ({ ...value, octets: Uint8Array.from(value.octets) });`
	if _, err := tab.Eval("(() => {" + string(built.OutputFiles[0].Contents) + "; globalThis.pop3 = pop3;" + helpers + "})()"); err != nil {
		t.Fatal(err)
	}
	return tab
}

func call(name string, octets []byte) string {
	return "pop3." + name + "(octetsOf('" + base64.StdEncoding.EncodeToString(octets) + "'))"
}

func same(t *testing.T, tab *browse.Tab, name string, octets []byte, want any) {
	t.Helper()
	got, err := tab.Eval("plain(" + call(name, octets) + ")")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if want := encode(reflect.ValueOf(want)); got != want {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		t.Errorf("%s of %d octets: the page reads, from %d on,\n%.300s\nGo wrote\n%.300s", name, len(octets), i, got[max(0, i-60):], want[max(0, i-60):])
	}
}

// encode is a record as the page's JSON.stringify writes it.
func encode(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct:
		s := "{"
		for i := range v.NumField() {
			if i > 0 {
				s += ","
			}
			s += fmt.Sprintf("%q:%s", lower(v.Type().Field(i).Name), encode(v.Field(i)))
		}
		return s + "}"
	case reflect.Pointer:
		return encode(v.Elem())
	case reflect.Slice:
		s := "["
		for i := range v.Len() {
			if i > 0 {
				s += ","
			}
			s += encode(v.Index(i))
		}
		return s + "]"
	case reflect.String:
		text, _ := json.Marshal(v.String())
		for escaped, plain := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
			text = []byte(strings.ReplaceAll(string(text), escaped, plain))
		}
		return string(text)
	}
	return fmt.Sprint(v.Interface())
}

// fill sets every field to what isn't zero, and numbers to what needs several octets or is negative.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d ü\ufeff", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(-*n * 1001))
	case reflect.Int64:
		v.SetInt(1<<52 - int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}

// session is the frame of a session that has something of everything.
func session(t *testing.T) *record.Frame {
	t.Helper()
	l, err := sim.New(sim.Demo())
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []sim.Input{
		{Verb: sim.Connect, Device: "phone"},
		{Verb: sim.Send, Device: "phone", Octets: []byte("USER dewey\r\nPASS secret\r\nRETR 2\r\nDELE 1\r\nXYZZY\r\nST")},
		{Verb: sim.Deliver, User: "dewey", Octets: []byte("Subject: new\r\n\r\n")},
		{Verb: sim.Network, Device: "phone", Segment: 4, Millis: 20},
		{Verb: sim.Send, Device: "phone", Octets: []byte("AT\nQUIT\r\n")},
		{Verb: sim.Advance, Millis: 1000},
	} {
		if _, err := l.Do(in); err != nil {
			t.Fatal(err)
		}
	}
	return record.NewBuilder(l).Frame(1, 0, len(l.Steps()))
}
