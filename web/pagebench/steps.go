package main

import (
	"context"
	"fmt"
	"strings"

	"pop3lab/engine/sim"
)

// session is a script of at least so many steps: one device that logs in, reads, marks, quits, and comes again; and the
// number of its steps.
func session(n int) (script string, steps int, err error) {
	lab, err := sim.New(sim.Demo())
	if err != nil {
		return "", 0, err
	}
	const device = "office PC"
	letter := "Subject: a long letter\r\n\r\n" + strings.Repeat("A line of the letter, as long as lines of letters are in most of all cases.\r\n", 60)
	if _, err := lab.Do(sim.Input{Verb: sim.Deliver, User: "mrose", Octets: []byte(letter)}); err != nil {
		return "", 0, err
	}
	visit := []string{"CAPA", "USER mrose", "PASS tanstaaf", "STAT", "LIST", "UIDL", "RETR 1", "TOP 2 0", "DELE 2", "RETR 2", "LIST 2", "RETR 3", "NOOP", "RSET", "XYZZY", "STAT"}
	for {
		if _, err := lab.Do(sim.Input{Verb: sim.Connect, Device: device}); err != nil {
			return "", 0, err
		}
		for _, l := range visit {
			if _, err := lab.Do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte(l + "\r\n")}); err != nil {
				return "", 0, err
			}
		}
		if len(lab.Steps()) >= n {
			return lab.Script().Text(), len(lab.Steps()), nil
		}
		if _, err := lab.Do(sim.Input{Verb: sim.Send, Device: device, Octets: []byte("QUIT\r\n")}); err != nil {
			return "", 0, err
		}
	}
}

const (
	ready = `document.body.dataset.ready === "yes"`
	lines = `["NOOP", "STAT", "LIST 1", "UIDL 1", "LIST", "RETR 1", "TOP 1 2"]`
)

// send measures one command in a session of 500 steps: by the engine, with its steps read, and with all panels drawn.
func send(root context.Context, url string) error {
	script, n, err := session(500)
	if err != nil {
		return err
	}
	bare, _, err := measured(root, url, ready, `
		const address = document.querySelector<HTMLElement>("#bench")!.dataset.module!;
		load(address).then((module) => {
			const s = new Session(Lab.replay(module, "`+script+`"), "office PC"), all: number[] = [], lines = `+lines+`;
			for (let i = 0; i < 200; i++) {
				const input = { kind: "send", device: s.device, octets: octets(lines[i % lines.length]!) }, from = performance.now();
				if (!s.act(input).length) throw new Error("nothing followed: " + s.trouble);
				all.push(performance.now() - from);
			}
			leave(all);
		});`)
	if err != nil {
		return err
	}
	drawn, _, err := measured(root, url+"/#k="+script, ready, `
		const all: number[] = [], lines = `+lines+`;
		frames(100, (i) => { all.push(work(() => enter(lines[i % lines.length]!))); }).then(() => leave(all));`)
	if err != nil {
		return err
	}
	fmt.Printf("one command, session of %d steps:   steps made and read  median %.1f ms, p99 %.1f ms (budget: 2 ms at the median)\n", n, median(bare), quantile(bare, 0.99))
	fmt.Printf("                                     and drawn            median %.1f ms, p99 %.1f ms\n", median(drawn), quantile(drawn, 0.99))
	return nil
}

// steps measures stepping through a thousand steps, one a frame, with each lens.
func steps(root context.Context, url string) error {
	script, n, err := session(1000)
	if err != nil {
		return err
	}
	for _, lens := range []string{"notes", "bytes", "ladder", "states"} {
		idle, _, err := measured(root, url+"/#k="+script, ready, `frames(200, () => {}).then(leave);`)
		if err != nil {
			return err
		}
		open := fmt.Sprintf(`document.querySelector<HTMLElement>("#tab-%s")!.click();`, lens)
		gaps, spent, err := measured(root, url+"/#k="+script, ready, open+fmt.Sprintf(`frames(%d, () => key("ArrowLeft")).then(leave);`, n))
		if err != nil {
			return err
		}
		fmt.Printf("%d steps back, lens %-7s processor %4.1f ms a step; frames median %4.1f ms, p99 %5.1f, worst %5.1f, over 50 ms: %d (nothing done: worst %.1f ms)\n",
			n, lens+":", spent/float64(n), median(gaps), quantile(gaps, 0.99), quantile(gaps, 1), over(gaps, 50), quantile(idle, 1))
	}
	return nil
}

func over(all []float64, most float64) (n int) {
	for _, f := range all {
		if f > most {
			n++
		}
	}
	return n
}
