package main

import (
	"context"
	"flag"
	"fmt"

	"pop3lab/engine"
	"pop3lab/engine/spec"
)

func specCommand() command {
	return command{
		name: "spec", summary: "print the protocol's table", usage: "md|mermaid|json",
		about: `Prints the table that the server, the client and the pages read: as Markdown for
people, as a Mermaid state diagram, or as JSON for programs. With --persona the table
is the one that persona has.`,
		example: `pop3lab spec md
pop3lab spec mermaid
pop3lab spec mermaid --near
pop3lab spec json --persona dovecot`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			persona := fs.String("persona", "", "print another server's table, by `NAME`: "+names(engine.Personas, func(p engine.Persona) string { return p.Name }))
			near := fs.Bool("near", false, "draw the rooms inside AUTHORIZATION too (mermaid)")
			return func(_ context.Context, args []string, std stdio) error {
				if len(args) != 1 {
					return usagef("say in which form: md, mermaid or json")
				}
				p := spec.Default()
				if *persona != "" {
					who, err := personaNamed(*persona)
					if err != nil {
						return err
					}
					p = engine.New(engine.Config{STLS: true, Persona: who})
				}
				switch args[0] {
				case "md":
					fmt.Fprint(std.out, spec.Markdown(p))
				case "mermaid":
					fmt.Fprint(std.out, spec.Mermaid(p, *near))
				case "json":
					std.out.Write(spec.JSON(p))
				default:
					return usagef("there is no form %q: md, mermaid or json", args[0])
				}
				return nil
			}
		},
	}
}

// personaNamed finds a persona, or says which there are.
func personaNamed(name string) (engine.Persona, error) {
	p, ok := engine.PersonaNamed(name)
	if !ok {
		return p, unknown("persona", name, names(engine.Personas, func(p engine.Persona) string { return p.Name }))
	}
	return p, nil
}
