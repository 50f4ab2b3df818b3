package web

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// The exports of the Share dialog, read by somebody else: a capture by tshark, an asciicast by its rules, a
// Mermaid diagram by its grammar.

// busy is a session with all that a capture and a diagram can show: segments of seven octets, a line in
// two halves, a half-closed client, a plug that is pulled, a hang-up, STLS, a login under it, mail with dots.
func busy(t *testing.T) *sim.Lab {
	t.Helper()
	lab, err := sim.New(sim.Demo())
	if err != nil {
		t.Fatal(err)
	}
	do := func(in sim.Input) {
		if _, err := lab.Do(in); err != nil {
			t.Fatalf("%s of %s: %v", in.Verb, in.Device, err)
		}
	}
	say := func(device string, lines ...string) {
		for _, l := range lines {
			do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(l + "\r\n")})
		}
	}
	do(sim.Input{Verb: sim.Connect, Device: "office PC"})
	say("office PC", "USER dewey", "PASS secret", "RETR 2", "NOOP\r\nSTAT")
	do(sim.Input{Verb: sim.Network, Device: "office PC", Segment: 7, Millis: 40})
	say("office PC", "RETR 3", "DELE 1")
	do(sim.Input{Verb: sim.Connect, Device: "home PC"})
	say("home PC", "USER dewey", "PASS secret")
	do(sim.Input{Verb: sim.Send, Device: "home PC", Octets: []byte("QU")})
	do(sim.Input{Verb: sim.Send, Device: "home PC", Octets: []byte("IT\r\n")})
	do(sim.Input{Verb: sim.Vanish, Device: "office PC", Octets: []byte("RETR")})
	do(sim.Input{Verb: sim.Connect, Device: "portable"})
	say("portable", "CAPA", "STLS")
	do(sim.Input{Verb: sim.Secure, Device: "portable"})
	say("portable", "USER mrose", "PASS tanstaaf", "LIST", "QUIT")
	do(sim.Input{Verb: sim.Advance, Millis: sim.IdleMillis})
	do(sim.Input{Verb: sim.Connect, Device: "office PC"})
	do(sim.Input{Verb: sim.Send, Device: "office PC", Octets: []byte("USER mrose\r\nPASS tanstaaf\r\nUIDL\r\n"), Last: true})
	do(sim.Input{Verb: sim.Connect, Device: "home PC"})
	say("home PC", "USER a;b #35; <b>%% $$x$$ : end")
	do(sim.Input{Verb: sim.Hangup, Device: "home PC"})
	return lab
}

// exports opens a session in the page and takes its exports, by file name.
func exports(t *testing.T, lab *sim.Lab) map[string][]byte {
	t.Helper()
	p := open(t, site(t, nil)+"#k="+lab.Script().Text())
	p.ready()
	p.is("a hook for what is saved", `(() => {
		window.saved = [];
		const make = URL.createObjectURL;
		URL.createObjectURL = (b) => { const at = window.saved.push({}) - 1; b.arrayBuffer().then(a => window.saved[at].octets = new Uint8Array(a).toBase64?.() ?? btoa(Array.from(new Uint8Array(a), c => String.fromCharCode(c)).join(""))); return make.call(URL, b); };
		HTMLAnchorElement.prototype.click = function () { window.saved.at(-1).name = this.download; };
		return "ok";
	})()`, "ok")
	p.must(p.Click("#share"))
	p.is("the exports", `(b => { b.forEach(x => x.click()); return b.length; })([...document.querySelectorAll("#dialog .entry button")])`, "6")
	p.until("the files", `window.saved.length === 6 && window.saved.every(s => s.octets)`)
	text, err := p.Eval(`JSON.stringify(window.saved)`)
	p.must(err)
	var list []struct{ Name, Octets string }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range list {
		if files[f.Name], err = base64.StdEncoding.DecodeString(f.Octets); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// tshark asks Wireshark's own dissectors about a capture.
func tshark(t *testing.T, capture string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("tshark", append([]string{"-r", capture, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %q: %v\n%s\nIs Debian's package tshark here? make test installs it where it can.", args, err, &stderr)
	}
	var lines []string
	for l := range strings.Lines(string(out)) {
		if l = strings.TrimRight(l, "\n"); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestExports: what the Share dialog writes is what other tools read.
func TestExports(t *testing.T) {
	lab := busy(t)
	files := exports(t, lab)
	if dir := os.Getenv("POP3LAB_EXPORTS"); dir != "" { // to look at them with the tools themselves
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := string(files["session.pop3lab"]), lab.Script().Text(); got != want {
		t.Errorf("the session's file: got %q, want the script %q", got, want)
	}
	t.Run("pcap", func(t *testing.T) { capture(t, lab, files["session.pcap"]) })
	t.Run("asciicast", func(t *testing.T) { asciicast(t, lab, files["session.cast"]) })
	t.Run("Mermaid", func(t *testing.T) { diagram(t, lab, string(files["session.mmd"])) })
	t.Run("text", func(t *testing.T) {
		for _, want := range []string{"    [office PC] C: USER dewey\n", "    [office PC] S: ...\n", "    [portable] C: PASS tanstaaf\n", "    <[home PC] home PC hangs up>\n"} {
			if !strings.Contains(string(files["session.txt"]), want) {
				t.Errorf("the text lacks %q", want)
			}
		}
	})
}

// capture: tshark finds every command and reply, each connection as one stream, the segments of the
// network, and nothing to complain of.
func capture(t *testing.T, lab *sim.Lab, content []byte) {
	file := filepath.Join(t.TempDir(), "session.pcap")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"_ws.malformed", "tcp.analysis.flags", "tcp.checksum.status == 0 || ip.checksum.status == 0", "_ws.expert.severity >= 6291456"} {
		if bad := tshark(t, file, "-Y", filter); len(bad) > 0 {
			t.Errorf("tshark -Y %q: got %d frames, want none:\n%s", filter, len(bad), strings.Join(bad[:min(len(bad), 5)], "\n"))
		}
	}
	var whole, said []string // commands that a segment holds by itself, and all octets of clients in the clear
	connections, secure, shared, octets := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	for _, s := range lab.Steps() {
		name := fmt.Sprintf("%s/%d", s.Device, s.Session)
		if s.Session > 0 {
			connections[name] = true
		}
		if s.Event.Verb == engine.Secured {
			secure[name] = true
		}
		if s.Event.Kind == engine.KindLine && !secure[name] {
			said = append(said, string(s.Event.Wire))
			line := string(s.Event.Wire)
			alone := slices.Equal(s.Cuts, []int{len(line)})
			if alone && !shared[name] {
				verb, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
				whole = append(whole, verb)
			}
			shared[name] = !slices.Contains(s.Cuts, len(line)) // the next line begins in the same segment
		}
		if !secure[name] && s.Device == "office PC" && s.Session == 1 {
			octets += len(s.Event.Out())
		}
	}
	// Wireshark takes a segment for a command, as many servers did: it knows those that have one to themselves.
	got := tshark(t, file, "-Y", "pop.request", "-T", "fields", "-e", "pop.request.command")
	for _, verb := range whole {
		if at := slices.Index(got, verb); at < 0 {
			t.Errorf("tshark dissects no %s in its place; the commands: %q, want among them, in this order, %q", verb, got, whole)
		} else {
			got = got[at+1:]
		}
	}
	var sent strings.Builder
	for _, line := range tshark(t, file, "-Y", "tcp.dstport == 110 && tcp.len > 0 && !tls", "-T", "fields", "-e", "tcp.payload") {
		octets, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		sent.Write(octets)
	}
	want := strings.Join(said[:slices.Index(said, "QUIT\r\n")+1], "") + "RETR" + strings.Join(said[slices.Index(said, "QUIT\r\n")+1:], "") // the plug is pulled behind RETR
	if sent.String() != want {
		t.Errorf("octets of the clients: got %q, want %q", sent.String(), want)
	}
	if together := tshark(t, file, "-Y", "tcp.payload == 4e:4f:4f:50:0d:0a:53:54:41:54:0d:0a"); len(together) != 1 {
		t.Errorf("segments that hold NOOP and STAT together: got %d, want 1, as they were sent", len(together))
	}
	streams := tshark(t, file, "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "-T", "fields", "-e", "tcp.stream")
	if len(streams) != len(connections) {
		t.Errorf("streams: got %d, want %d, one a connection", len(streams), len(connections))
	}
	if got := strings.Join(tshark(t, file, "-Y", "tls.handshake.type", "-T", "fields", "-e", "tls.handshake.type"), " "); got != "1 2" {
		t.Errorf("TLS handshakes: got %q, want a ClientHello and a ServerHello", got)
	}
	if found := bytes.Contains(content, []byte("tanstaaf")) && !bytes.Contains(content, []byte("PASS tanstaaf")); found {
		t.Error("what went under TLS can be read")
	}
	sizes := tshark(t, file, "-Y", "tcp.stream == 0 && tcp.srcport == 110 && tcp.len > 0", "-T", "fields", "-e", "tcp.len")
	sum, sevens := 0, 0
	for _, s := range sizes {
		var n int
		fmt.Sscan(s, &n)
		sum += n
		if n == 7 {
			sevens++
		}
	}
	if sum != octets || sevens < 20 {
		t.Errorf("what the server sent on the first connection: got %d octets with %d segments of 7, want %d octets and most of its last message in sevens", sum, sevens, octets)
	}
	ends := tshark(t, file, "-Y", "tcp.flags.fin == 1 || tcp.flags.reset == 1", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.srcport", "-e", "tcp.flags.reset")
	// The plug was pulled on the first: only the server says good-bye, to nobody. The rest end on both sides.
	var first int
	for _, e := range ends {
		if strings.HasPrefix(e, "0\t") {
			first++
			if e != "0\t110\t0" {
				t.Errorf("the end of the connection whose plug was pulled: got %q, want a FIN of the server's alone", e)
			}
		}
	}
	if first != 1 || len(ends) != 2*len(connections)-1 {
		t.Errorf("ends: got %d, %d of the first connection, want a FIN each way, but one alone on the first:\n%s", len(ends), first, strings.Join(ends, "\n"))
	}
}

// asciicast: the header and the events of version 3, with a marker for each step.
func asciicast(t *testing.T, lab *sim.Lab, content []byte) {
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	var header struct {
		Version int
		Term    struct{ Cols, Rows int }
	}
	if err := json.Unmarshal([]byte(lines[0]), &header); err != nil || header.Version != 3 || header.Term.Cols < 80 || header.Term.Rows < 24 {
		t.Errorf("header: %s (%v); want version 3 and the size of a terminal", lines[0], err)
	}
	markers, said := 0, ""
	for _, l := range lines[1:] {
		var e []any
		if err := json.Unmarshal([]byte(l), &e); err != nil || len(e) != 3 {
			t.Fatalf("event %s: %v; want [interval, code, data]", l, err)
		}
		interval, ok := e[0].(float64)
		if code, data := e[1].(string), e[2].(string); !ok || interval < 0 || interval > 10 || !strings.Contains("omx", code) {
			t.Errorf("event %s: want an interval of some seconds and one of o, m, x", l)
		} else if code == "m" {
			markers++
		} else if code == "o" {
			said += data
		}
	}
	if markers != len(lab.Steps()) {
		t.Errorf("markers: got %d, want %d, one a step", markers, len(lab.Steps()))
	}
	if strings.Contains(regexp.MustCompile(`\x1b\[[012]m`).ReplaceAllString(said, ""), "\x1b") || !strings.Contains(said, "RETR 2") {
		t.Error("the output lacks what was said, or holds escapes that aren't ours")
	}
}

// diagram: each line is one that Mermaid's grammar has, and in no text is a letter that means something.
func diagram(t *testing.T, lab *sim.Lab, text string) {
	grammar := regexp.MustCompile(`^(sequenceDiagram|    (participant d\d+ as TEXT|participant server|rect rgb\(\d+, \d+, \d+\)|end|Note over (d\d+,)?server: TEXT|Note right of server: TEXT|d\d+-(>>|x)server: TEXT|server--(>>|x)d\d+: TEXT))$`)
	safe := regexp.MustCompile(`: .*| as .*`)
	letters := regexp.MustCompile(`^([\p{L}\p{N} .,@/()*_='!?+\[\]-]|#\d+;)+$`)
	arrows, depth := 0, 0
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		said := safe.FindString(l)
		if said != "" && !strings.HasPrefix(l, "    rect") {
			word, rest := said[:2], said[2:]
			if word == " a" {
				word, rest = " as ", said[4:]
			}
			if !letters.MatchString(rest) {
				t.Errorf("line %d has text that Mermaid reads as something else: %s", i+1, l)
			}
			l = strings.Replace(l, said, word+"TEXT", 1)
		}
		if !grammar.MatchString(l) {
			t.Errorf("line %d isn't of the grammar of sequence diagrams: %s", i+1, l)
		}
		switch {
		case strings.HasPrefix(l, "    rect"):
			depth++
		case l == "    end":
			depth--
		case strings.Contains(l, "server: TEXT") && strings.Contains(l, "-"):
			arrows++
		}
		if depth < 0 || depth > 1 {
			t.Errorf("line %d: a frame that is closed before it's open, or open twice", i+1)
		}
	}
	want := 0
	for _, s := range lab.Steps() {
		if s.Event.Kind == engine.KindLine {
			want++
		}
	}
	if arrows != want || depth != 0 || !strings.Contains(text, "participant d2 as portable") {
		t.Errorf("arrows of clients: got %d, want %d; frames left open: %d; three devices", arrows, want, depth)
	}
}

// TestOpenFile: a session file opens as a link does, at its last step; one that is none is explained.
func TestOpenFile(t *testing.T) {
	lab := busy(t)
	p := open(t, site(t, nil))
	p.ready()
	choose := func(text string) {
		p.must(p.Click("#share"))
		p.is("choosing a file", `(i => { const d = new DataTransfer(); d.items.add(new File([`+"`"+text+"`"+`], "x.pop3lab")); i.files = d.files; return i.dispatchEvent(new Event("change")); })(document.querySelector("#dialog input[type=file]"))`, "true")
	}
	choose(lab.Script().Text() + "\n")
	p.loads("the session of the file", fmt.Sprintf(`document.body.dataset.ready === "yes" && document.querySelector("#slider").max === "%d"`, len(lab.Steps())))
	p.is("the step shown", `document.querySelector("#slider").value`, fmt.Sprint(len(lab.Steps())))
	choose("this is no session")
	p.loads("the explanation", `document.querySelector("#trouble").innerText.includes("begin with a version and a dot")`)
}

// loads waits until an expression is true in a page that is being loaded anew, which ends whatever waits in
// the one before.
func (p *tab) loads(what, js string) {
	p.Helper()
	for range 3 {
		if p.Until(js) == nil {
			return
		}
	}
	p.until(what, js)
}
