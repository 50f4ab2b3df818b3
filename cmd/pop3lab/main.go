// Command pop3lab is a POP3 teaching sandbox: a server that shows what it does, a line client
// that explains what it sees, and the table behind both.
//
// Read commands below for what there is. A command has a file of its own and says in a command
// struct what it's for; main only finds it and prints its errors.
//
// Rules of the terminal: what a person asked for goes to standard output; everything else goes to
// standard error behind "pop3lab:", in lower case, without a full stop, and says what to do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// A command is one word behind pop3lab.
type command struct {
	name    string
	summary string // one line, for the list of commands
	usage   string // what follows "pop3lab NAME"
	about   string // a paragraph
	example string // lines that work as they stand
	flags   func(*flag.FlagSet) func(context.Context, []string, stdio) error
}

// stdio is where a command reads and writes; tests bring their own.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// A usageError is a person's mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func commands() []command {
	return []command{serveCommand(), talkCommand(), tunnelCommand(), watchCommand(), deliverCommand(), exportCommand(), specCommand(), lessonCommand(), gradeCommand(), versionCommand()}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// run carries out one command line and returns the exit code: 0 done, 1 it couldn't be done, 2 the
// command line was wrong.
func run(ctx context.Context, args []string, std stdio) int {
	if len(args) == 0 {
		overview(std.err)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 {
			return run(ctx, []string{args[1], "--help"}, std)
		}
		overview(std.out)
		return 0
	case "-version", "--version":
		args = []string{"version"}
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], std)
		}
	}
	fmt.Fprintf(std.err, "pop3lab: there is no command %q; pop3lab help lists the commands\n", args[0])
	return 2
}

func overview(w io.Writer) {
	fmt.Fprint(w, "pop3lab is a POP3 teaching sandbox.\n\nUsage: pop3lab COMMAND [FLAGS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\npop3lab COMMAND --help tells more. To begin: pop3lab serve\n")
}

func (c command) run(ctx context.Context, args []string, std stdio) int {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	do := c.flags(fs)
	rest, err := parseFlags(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		c.help(std.out, fs)
		return 0
	}
	if err == nil {
		err = do(ctx, rest, std)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(std.err, "pop3lab: %v\n", err)
	if u := (usageError{}); errors.As(err, &u) {
		fmt.Fprintf(std.err, "pop3lab: see pop3lab %s --help\n", c.name)
		return 2
	}
	return 1
}

// parseMixed takes flags before, between and after the other arguments; behind -- there are none.
func parseMixed(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		taken := len(args) - fs.NArg()
		if fs.NArg() == 0 || taken > 0 && args[taken-1] == "--" {
			return append(rest, fs.Args()...), nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// help prints everything there is to know about a command.
func (c command) help(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintf(w, "Usage: pop3lab %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.usage), c.about)
	first := true
	fs.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprint(w, "\nFlags:\n")
			first = false
		}
		value, usage := flag.UnquoteUsage(f)
		name := "--" + f.Name
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(w, "  %s\n      %s", name, strings.ReplaceAll(usage, "\n", "\n      "))
		if f.DefValue != "" && f.DefValue != "false" {
			fmt.Fprintf(w, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(w)
	})
	fmt.Fprintf(w, "\nExamples:\n%s\n", indent(c.example))
}

func indent(s string) string { return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") }

func versionCommand() command {
	return command{
		name: "version", summary: "say which version this is", about: "Says which version this is, and which Go made it.",
		example: "pop3lab version",
		flags: func(*flag.FlagSet) func(context.Context, []string, stdio) error {
			return func(_ context.Context, _ []string, std stdio) error {
				fmt.Fprintln(std.out, version())
				return nil
			}
		},
	}
}
