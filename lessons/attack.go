package lessons

import (
	"strconv"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/sim"
)

// The attacker's chair: a mail program and its server talk, and the student, who sits in between, may change
// what the server says as long as it can be read. The mail program is a machine of its own with two
// characters; it never hears the student but through the server's answers. All of it happens in a simulation
// and nowhere else.

// The characters of the mail program.
const (
	Naive   = "naive"   // goes on in the clear when there's no STLS, and keeps what came before TLS
	Careful = "careful" // gives up without STLS (RFC 2595 section 2.2), and takes octets before TLS for what they are
)

// A Tapped is one answer of the server, on its way past the attacker.
type Tapped struct {
	// Question names the answer to it, edit-0, edit-1, ...; empty under TLS, where nothing can be read.
	Question string
	// Sent is what the mail program had sent; empty for the greeting.
	Sent []byte
	// True is what the server said, or would have said to a question that was kept from it; Delivered is what the
	// mail program got.
	True, Delivered []byte
	// TLS says that the attacker sees octets that mean nothing.
	TLS bool
	// Thought is what the mail program makes of it, in a sentence.
	Thought string
}

// A victim is the mail program's run with the edits so far.
type victim struct {
	policy         string
	edits          []Answer
	leaked, fooled bool
	done           bool
	tapped         []Tapped
}

func (v *victim) is(what string) bool {
	switch what {
	case "leaked":
		return v.leaked
	case "fooled":
		return v.fooled
	}
	return v.done && !v.leaked && !v.fooled
}

// told takes an edit, or the choice of the mail program's character, and runs the mail program again.
func (v *victim) told(l *Lesson, a *Answer) (taken bool, reply string) {
	number, isEdit := strings.CutPrefix(a.Question, "edit-")
	if _, err := strconv.Atoi(number); !isEdit || err != nil {
		if a.Question == "policy" && (a.Text == Naive || a.Text == Careful) {
			v.policy = a.Text
			v.run(l)
		}
		return false, ""
	}
	for i := range v.edits {
		if v.edits[i].Question == a.Question {
			v.edits = append(v.edits[:i:i], v.edits[i+1:]...)
			break
		}
	}
	v.edits = append(v.edits, *a)
	v.run(l)
	return true, v.tapped[len(v.tapped)-1].Thought
}

// Attack runs the mail program with the answers given, and returns what passed the attacker.
func (l *Lesson) Attack(answers []Answer) []Tapped {
	v := victim{}
	v.run(l)
	for i := range answers {
		v.told(l, &answers[i])
	}
	return v.tapped
}

// run lets the mail program fetch its mail.
func (v *victim) run(l *Lesson) {
	*v = victim{policy: v.policy, edits: v.edits}
	lab, err := l.Lab()
	if err != nil {
		panic("lessons: the world was read before: " + err.Error())
	}
	r := run{v: v, lab: lab, careful: v.policy == Careful}
	if v.policy == "" {
		r.careful = l.victim == Careful
	}
	u := l.world.Users[0]
	r.fetch(u.Name, u.Secret)
	v.done = true
}

// A run is one session of the mail program.
type run struct {
	v       *victim
	lab     *sim.Lab
	careful bool
	tls     bool
	left    []byte // octets that came and weren't read yet
}

const program = "mail program"

func (r *run) fetch(name, secret string) {
	if !r.ask("", sim.Input{Verb: sim.Connect}, "The server is there.") {
		r.think("No greeting as it should be: it gives up.")
		return
	}
	r.command("CAPA", "")
	offered := strings.Contains(strings.ToUpper("\r\n"+string(r.last().Delivered)), "\r\nSTLS\r\n")
	if offered && r.command("STLS", "") {
		r.handshake()
		if r.left != nil && r.careful {
			r.think("Octets came behind the answer to STLS, before TLS began. Nobody who is entitled to speak did that: it hangs up.")
			return
		}
		r.command("CAPA", "")
	} else if r.careful {
		r.think("There's no STLS, and the password must not go in the clear: it gives up and says so.")
		return
	}
	r.command("USER "+name, "")
	if r.command("PASS "+secret, "") && r.command("STAT", "") {
		r.command("QUIT", "")
	}
}

func (r *run) last() *Tapped { return &r.v.tapped[len(r.v.tapped)-1] }

func (r *run) think(what string) {
	if t := r.last(); t.Thought == "" {
		t.Thought = what
	} else {
		t.Thought += " " + what
	}
}

// command sends a line and says whether the answer was positive.
func (r *run) command(line, thought string) bool {
	return r.ask(line, sim.Input{Verb: sim.Send, Octets: []byte(line + "\r\n")}, thought)
}

func (r *run) ask(line string, in sim.Input, thought string) bool {
	in.Device = program
	server := r.lab
	edit, edited := r.edit()
	if line == "STLS" && edited && !strings.HasPrefix(edit, "+OK") {
		// A server that was asked would wait for TLS, and an attacker who says no has to keep the question from it.
		fork, err := r.lab.Script().Replay()
		if err != nil {
			panic("lessons: what has happened can't be replayed: " + err.Error())
		}
		server = fork
	}
	steps, err := server.Do(in)
	if err != nil {
		return false // the server has gone
	}
	if strings.HasPrefix(line, "PASS ") && !r.tls {
		r.v.leaked = true
		thought = "It has sent the password, and you have read it."
	}
	t := Tapped{Sent: in.Octets, TLS: r.tls, Thought: thought}
	for i := range steps {
		t.True = append(t.True, steps[i].Event.Out()...)
	}
	t.Delivered = t.True
	if !r.tls {
		t.Question = r.question()
		if edited {
			t.Delivered = []byte(edit)
		}
	}
	r.v.tapped = append(r.v.tapped, t)
	if r.tls && r.left != nil {
		r.v.fooled = true
		r.think("It reads what came before TLS as if the server had said it under TLS.")
	}
	r.left = append(r.left, t.Delivered...)
	return r.answer(line)
}

// question names the answer that comes next.
func (r *run) question() string { return "edit-" + strconv.Itoa(len(r.v.tapped)) }

// edit is what the attacker makes of the answer that comes next.
func (r *run) edit() (text string, edited bool) {
	for i := range r.v.edits {
		if r.v.edits[i].Question == r.question() {
			return r.v.edits[i].Text, true
		}
	}
	return "", false
}

// answer takes one answer off what came, as the table says that it ends.
func (r *run) answer(line string) bool {
	text := string(r.left)
	first, rest, _ := strings.Cut(text, "\r\n")
	ok := strings.HasPrefix(first, "+OK")
	if ok && line == "CAPA" {
		if i := strings.Index("\r\n"+rest, "\r\n.\r\n"); i >= 0 {
			rest = rest[i+3:]
		} else {
			rest = ""
		}
	}
	r.left = nil
	if rest != "" {
		r.left = []byte(rest)
	}
	return ok
}

// handshake begins TLS at both ends.
func (r *run) handshake() {
	for _, d := range r.lab.Steps() {
		if d.Event.Kind == engine.KindTLS {
			r.lab.Do(sim.Input{Verb: sim.Secure, Device: program})
			r.tls = true
			return
		}
	}
	// The server was never asked for TLS, or said no; the attacker's +OK leads nowhere.
	r.think("The handshake comes to nothing, because the server knows nothing of it.")
}
