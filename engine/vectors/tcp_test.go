package vectors

import (
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
	"pop3lab/engine/transcript/tcp"
)

// TestVectorsOverTCP runs every vector over TCP, with TLS where a dialogue has it: what travels
// is the same, octet for octet, as in the engine alone.
//
// req: DUI-01, DUI-02, DFR-10, DFR-12, TLS-05, TLS-19, DAU-05, DST-08
func TestVectorsOverTCP(t *testing.T) {
	for _, d := range all(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			native, err := transcript.Run(d, transcript.Simulation)
			if err != nil {
				t.Fatal(err)
			}
			h := &tcp.Host{Native: native}
			got, err := transcript.Run(d, h)
			if err != nil {
				t.Fatal(err)
			}
			if diff := transcript.Diff(native.Lines(), got.Lines()); diff != "" {
				t.Errorf("over TCP it went otherwise; - is the engine alone, + is over TCP:\n%s", diff)
			}
			compareEvents(t, native, h.Lab().Events())
		})
	}
}

// compareEvents: what decided each answer is the same, too, connection by connection, but for
// what the driver sees before the session does: whatever ends a handshake is a hang-up to it.
func compareEvents(t *testing.T, native *transcript.Record, events [][]engine.Event) {
	t.Helper()
	connections := map[string]int{}
	var want [][]sim.Step
	for i, steps := range native.Steps {
		if in := native.Inputs[i]; in.Verb == sim.Connect {
			connections[in.Device] = len(want)
			want = append(want, nil)
		}
		for _, s := range steps {
			n := connections[s.Device]
			s.Device = ""
			want[n] = append(want[n], s)
		}
	}
	if len(events) != len(want) {
		t.Fatalf("got %d connections, want %d", len(events), len(want))
	}
	for n := range want {
		var got []sim.Step
		for _, e := range events[n] {
			got = append(got, sim.Step{Event: e})
		}
		wanted := (&transcript.Record{Steps: [][]sim.Step{want[n]}}).Events()
		heard := (&transcript.Record{Steps: [][]sim.Step{got}}).Events()
		if strings.Contains(wanted, "AUTHORIZATION (TLS handshake) → closed") {
			wanted, _, _ = strings.Cut(wanted, "close,")
		}
		// A session that the dialogue leaves open ends with the test.
		if !strings.HasPrefix(heard, wanted) {
			t.Errorf("connection %d was decided otherwise over TCP; - is the engine alone, + is over TCP:\n%s", n+1, transcript.Diff(wanted, heard))
		}
	}
}
