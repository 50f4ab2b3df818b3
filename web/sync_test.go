package web

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pop3lab/engine/sim"
	"pop3lab/engine/sim/record"
)

// The sync contract in the page: at every step n, each panel shows what the record of step n says, whichever way the
// step was come to. That the records agree with each other is shown by TestSync of engine/sim/record.

// A shown is what the panels of the page show.
type shown struct {
	Slider, Count, Mode, State, Now string
	Row, Part                       string   // the number of the row that's marked, and of the part in it
	Sooner                          []string // the numbers of the rows that aren't dimmed
	Note, Strip, Bytes              string
	Arrow                           string
	SoonerArrows                    []string
	Maildrop                        [][]string
	Lock                            string
	States                          string
}

// look reads the panels, each lens in front in its turn.
const look = `(() => {
	const text = (css) => document.querySelector(css)?.textContent ?? "", all = (css) => [...document.querySelectorAll(css)];
	const front = (name) => document.querySelector("#tab-" + name).click();
	const hex = (css) => all(css + " .hx").map(e => e.textContent.slice(0, 2)).join("").toLowerCase();
	window.look = () => {
		front("ladder");
		const Arrow = text("#panel-ladder [aria-current] .n"), SoonerArrows = all("#panel-ladder li:not(.later) button .n").map(e => e.textContent);
		front("bytes");
		const Bytes = hex("#panel-bytes");
		front("states");
		const States = text("#panel-states .legal th:nth-child(2)");
		front("notes");
		return { Arrow, SoonerArrows, Bytes, States,
			Slider: document.querySelector("#slider").value, Count: text("#count"), Mode: text("#mode"), State: text("#state"),
			Now: all("#diagram .box.now").map(e => e.dataset.state).join(),
			Row: text("#log [aria-current] > .n"), Part: document.querySelector("#log [aria-current] .more .on")?.dataset.step ?? "",
			Sooner: all("#log ol.col > li:not(.later) > .n").map(e => e.textContent),
			Note: text("#note p"), Strip: hex("#strip"),
			Maildrop: all("#maildrop tbody tr:not(.none)").map(r => [...r.cells].map(c => c.textContent)),
			Lock: all("#facts dt").filter(e => e.textContent.startsWith("lock on")).map(e => e.textContent + ": " + e.nextSibling.textContent).join() };
	};
	window.walk = (list) => JSON.stringify(list.map(n => {
		const s = document.querySelector("#slider");
		s.value = n;
		s.dispatchEvent(new Event("input"));
		return window.look();
	}));
})()`

// TestSync: random sessions of two devices, each step looked at forwards, backwards, by leaps, and after a fork, in the fork and in what it
// is a fork of.
func TestSync(t *testing.T) {
	url := site(t, nil)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1939))
			lab := randomSession(t, random)
			p := open(t, url+"#k="+lab.Script().Text())
			p.ready()
			_, err := p.Eval(look)
			p.must(err)
			n := len(lab.Steps())
			c := contract{tab: p, steps: steps(lab)}
			c.device = lastDevice(c.steps)
			c.walk("forwards", span(1, n))
			c.walk("backwards", span(n, 1))
			c.walk("by leaps", random.Perm(n)) // 0 is as 1

			// What is sent in the past makes a fork.
			at := 1 + random.IntN(n-1)
			c.walk("to the fork", []int{at})
			fork, err := lab.Fork(at - 1)
			p.must(err)
			p.say("NOOP")
			if _, err := fork.Do(sim.Input{Verb: sim.Send, Device: c.device, Octets: []byte("NOOP\r\n")}); err != nil {
				p.until("a refusal", `!document.querySelector("#trouble").hidden`)
				return
			}
			p.until("the fork", `document.querySelectorAll("#branches option").length === 2`)
			other := contract{tab: p, steps: steps(fork), device: c.device}
			other.walk("backwards in the fork", span(len(other.steps), 1))
			other.walk("forwards in the fork", span(1, len(other.steps)))
			p.is("turning back", `(s => { s.selectedIndex = 0; return s.dispatchEvent(new Event("change")); })(document.querySelector("#branches select"))`, "true")
			c.walk("backwards after the fork", span(n, 1))
		})
	}
}

func steps(lab *sim.Lab) []record.Step {
	return record.NewBuilder(lab).Frame(1, 0, len(lab.Steps())).Steps
}

// span are the numbers from one to another, up or down.
func span(from, to int) []int {
	var all []int
	for n := min(from, to); n <= max(from, to); n++ {
		all = append(all, n)
	}
	if from > to {
		slices.Reverse(all)
	}
	return all
}

func lastDevice(steps []record.Step) string {
	for _, s := range slices.Backward(steps) {
		if s.Device != "" {
			return s.Device
		}
	}
	return device
}

// A contract is what the page has to show of a branch.
type contract struct {
	*tab
	steps  []record.Step
	device string
}

// walk goes from step to step and compares what the panels show with the records.
func (c *contract) walk(how string, list []int) {
	c.Helper()
	asked, _ := json.Marshal(list)
	text, err := c.Eval("window.walk(" + string(asked) + ")")
	c.must(err)
	var got []shown
	c.must(json.Unmarshal([]byte(text), &got))
	for i, n := range list {
		n = max(n, 1)
		want := c.want(n)
		g, _ := json.Marshal(got[i])
		w, _ := json.Marshal(want)
		if string(g) != string(w) {
			c.Fatalf("%s, step %d of %d, %q: the panels show\n%s\nwant\n%s\n(every panel shows step n: the sync contract)", how, n, len(c.steps), c.steps[n-1].Title, g, w)
		}
	}
}

// want is what the records say that the page shows at step n.
func (c *contract) want(n int) shown {
	s := &c.steps[n-1]
	w := shown{Slider: fmt.Sprint(n), Count: fmt.Sprintf("step %d of %d", n, len(c.steps)), Mode: "REVIEW", State: "not connected", Note: s.Note.Text,
		Sooner: []string{}, SoonerArrows: []string{}, Maildrop: [][]string{}}
	if n == len(c.steps) {
		w.Mode = "LIVE"
	}
	if s.Kind != "world" || len(s.Labels) > 0 {
		w.Strip = hex.EncodeToString(s.Octets[:min(len(s.Octets), labelled(s))])
	}
	w.Bytes = w.Strip
	row, arrow, last := folded(c.steps, false), folded(c.steps, true), -1
	for i := range n {
		if c.steps[i].Device == c.device {
			last = i
		}
		if row[i] == i {
			w.Sooner = append(w.Sooner, fmt.Sprint(i+1))
		}
		if arrow[i] == i {
			w.SoonerArrows = append(w.SoonerArrows, fmt.Sprint(i+1))
		}
	}
	w.Row, w.Arrow = fmt.Sprint(row[n-1]+1), fmt.Sprint(arrow[n-1]+1)
	if row[n-1] != n-1 {
		w.Part = fmt.Sprint(n)
	}
	w.Sooner = c.columns(w.Sooner)
	of := s
	if last >= 0 {
		v := c.steps[last].View
		of = &c.steps[last]
		w.State = "closed"
		if v.Open {
			w.State, w.Now = v.State.Name, v.State.RFC
		}
		w.Maildrop = c.maildrop(last, n)
	}
	w.States = "in " + of.View.State.Name
	w.Lock = c.lock(n)
	return w
}

// labelled is how many octets the strip shows: the labels that begin within its bound.
func labelled(s *record.Step) int {
	end := 0
	for _, l := range s.Labels {
		if l.Start < 2048 {
			end = l.End
		}
	}
	return end
}

// columns orders rows as the page has them: a column after the other, in the order in which devices came.
func (c *contract) columns(rows []string) []string {
	var order []string
	in := map[string][]string{}
	for i, s := range c.steps {
		device := s.Device
		if device == "" {
			if device = c.device; len(order) > 0 {
				device = order[len(order)-1]
			}
		}
		if !slices.Contains(order, device) {
			order = append(order, device)
		}
		if n := fmt.Sprint(i + 1); slices.Contains(rows, n) {
			in[device] = append(in[device], n)
		}
	}
	all := []string{}
	for _, d := range order {
		all = append(all, in[d]...)
	}
	return all
}

// folded is for each step the step whose row, or whose arrow, shows it: what follows a reply is folded into it; in the
// ladder the lines are an arrow of their own.
func folded(steps []record.Step, ladder bool) []int {
	at := make([]int, len(steps))
	last := map[string]int{}
	for i, s := range steps {
		at[i] = i
		before, ok := last[s.Device]
		switch {
		case !ok:
		case ladder && (s.Kind == "end" || s.Kind == "data" && steps[before].Kind == "data"),
			!ladder && (s.Kind == "data" || s.Kind == "end") && steps[before].Kind == "reply":
			at[i] = before
			continue
		}
		last[s.Device] = i
	}
	return at
}

// maildrop is the table after step n, of which the device's last step is the one at index last.
func (c *contract) maildrop(last, n int) [][]string {
	rows := [][]string{}
	v := c.steps[last].View
	messages, removed := v.Messages, []int(nil)
	if !v.Open {
		// UPDATE's work stays to be seen.
		var done *record.Step
		for i := range n {
			s := &c.steps[i]
			if s.Device != c.device || s.Session != c.steps[last].Session {
				continue
			}
			if len(s.View.Messages) > 0 {
				messages = s.View.Messages
			}
			if s.Kind == "reply" && s.Before.RFC == "UPDATE" && done == nil {
				done = s
			}
		}
		if done == nil {
			return rows
		}
		if done.Status == "+OK" {
			removed = done.Removed
		}
	}
	for _, m := range messages {
		mark := ""
		switch {
		case v.Open && m.Deleted:
			mark = "deleted"
		case !v.Open && slices.Contains(removed, m.Num):
			mark = "removed"
		case m.Retrieved:
			mark = "read"
		}
		rows = append(rows, []string{fmt.Sprint(m.Num), fmt.Sprint(m.Octets), m.UID, mark})
	}
	return rows
}

// lock is what is said of the lock: that of the maildrop which the device has, or had, open; else of one that's locked.
func (c *contract) lock(n int) string {
	user := ""
	for _, s := range slices.Backward(c.steps[:n]) {
		if s.Device == c.device && s.View.User != "" {
			user = s.View.User
			break
		}
	}
	drops := c.steps[n-1].World.Drops.List
	i := slices.IndexFunc(drops, func(d record.Drop) bool { return d.User == user })
	if i < 0 {
		i = slices.IndexFunc(drops, func(d record.Drop) bool { return d.Owner != "" })
	}
	switch {
	case i < 0:
		return ""
	case drops[i].Owner == "":
		return "lock on " + drops[i].User + ": free"
	}
	return fmt.Sprintf("lock on %s: held by %s, session %d", drops[i].User, drops[i].Owner, drops[i].Session)
}

// randomSession is what two devices did at random in the demonstration's world.
func randomSession(t *testing.T, random *rand.Rand) *sim.Lab {
	t.Helper()
	lab, err := sim.New(sim.Demo())
	if err != nil {
		t.Fatal(err)
	}
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	for len(lab.Steps()) < 70 {
		in := sim.Input{Verb: sim.Send, Device: one("office PC", "phone")}
		switch what := random.IntN(20); {
		case !lab.Connected(in.Device):
			in.Verb = sim.Connect
		case what < 4:
			in.Octets = []byte("USER mrose\r\nPASS tanstaaf\r\n")
		case what == 4:
			in.Octets = []byte("USER dewey\r\nPASS secret\r\nRETR 2\r\n")
		case what == 5:
			in = sim.Input{Verb: sim.Network, Device: in.Device, Segment: random.IntN(9), Millis: 30 * random.Int64N(2)}
		case what == 6:
			in = sim.Input{Verb: sim.Advance, Millis: 60_000}
		case what == 7:
			in = sim.Input{Verb: sim.Deliver, User: "mrose", Octets: []byte("Subject: new\r\n\r\n"), After: 30_000 * random.Int64N(2)}
		case what == 8:
			in = sim.Input{Verb: sim.Serve, Persona: one("", "dovecot", "gmail"), Faults: []string{one("split-every-octet", "stuffing-missing", "reply-twice", "sizes-wrong", "drops-during-retr")}}
		case what == 9:
			in = sim.Input{Verb: sim.Vanish, Device: in.Device, Octets: []byte("DEL")}
		default:
			in.Octets = []byte(one("RETR 1", "TOP 2 1", "LIST", "UIDL", "DELE 1", "DELE 2", "RSET", "STAT", "QUIT", "XYZZY", "CAPA", "QUIT") + one("\r\n", "\r\n", "\r\n", "\n", ""))
		}
		lab.Do(in) // what makes no sense here didn't happen
	}
	return lab
}
