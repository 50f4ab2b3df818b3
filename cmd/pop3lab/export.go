package main

import (
	"context"
	"flag"
	"fmt"

	"pop3lab/web"
)

func exportCommand() command {
	return command{
		name: "export", summary: "write the pages as files", usage: "DIR | --single FILE.html",
		about: `Writes all pages as files that need no pop3lab to serve them: the POP3 server that one
speaks with runs in the page.

DIR can be put into any folder of any web server. A folder that has other files in it
is left alone; one that an export made is brought up to date. With --single all is in
one file, which opens from disk by double click, needs no network, and can travel as
an attachment.`,
		example: `pop3lab export site
pop3lab export --single pop3lab.html`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			single := fs.String("single", "", "write one `FILE` with everything in it")
			return func(_ context.Context, args []string, std stdio) error {
				switch {
				case *single != "" && len(args) > 0:
					return usagef("--single writes %s and no folder; leave %q out, or run export twice", *single, args[0])
				case *single != "":
					return exportSingle(*single, std)
				case len(args) != 1:
					return usagef("say where the pages go: one DIR, or --single FILE.html")
				}
				return exportFiles(args[0], std)
			}
		},
	}
}

func exportFiles(dir string, std stdio) error {
	files, err := web.Files()
	if err != nil {
		return err
	}
	if err := web.WriteFiles(dir, files); err != nil {
		return fmt.Errorf("the pages weren't written: %w", err)
	}
	sum := 0
	for _, f := range files {
		sum += len(f.Content)
	}
	fmt.Fprintf(std.out, "%s: %d files, %s; put it on any web server, in any folder\n", dir, len(files), megabytes(sum))
	return nil
}

func exportSingle(path string, std stdio) error {
	content, err := web.Single()
	if err != nil {
		return err
	}
	if err := web.WriteSingle(path, content); err != nil {
		return fmt.Errorf("the file wasn't written: %w", err)
	}
	fmt.Fprintf(std.out, "%s: %s; open it in a browser, with or without a network\n", path, megabytes(len(content)))
	return nil
}

// megabytes is a size for people.
func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
