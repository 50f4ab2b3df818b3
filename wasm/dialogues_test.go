package main

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pop3lab/engine/dialogues"
)

// TestDialoguesInTheModule: every dialogue of the library, replayed in the module, gives the frame of steps that
// the library makes of it, octet for octet: what a page shows of a recording is what it shows when it's taken over.
//
// req: DUI-01, DUI-02
func TestDialoguesInTheModule(t *testing.T) {
	i, err := theHost(t).instantiate()
	if err != nil {
		t.Fatal(err)
	}
	for n, d := range dialogues.All() {
		script := []byte(d.Script().Text())
		if err := i.put(script); err != nil {
			t.Fatal(err)
		}
		got, err := i.call("replay", uint64(len(script)))
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			continue
		}
		number, size := binary.Varint(got) // the lab's own, and no matter of the dialogue's
		if number != int64(n+1) {
			t.Errorf("%s: the module calls the lab %d, want %d", d.Name, number, n+1)
		}
		native := d.Frame().Append(nil)
		_, before := binary.Varint(native)
		if want := native[before:]; !bytes.Equal(got[size:], want) {
			t.Errorf("%s: the module's frame has %d octets, want the %d of the native one, octet for octet", d.Name, len(got)-size, len(want))
		}
		if _, err := i.call("close", uint64(n+1)); err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
	}
}
