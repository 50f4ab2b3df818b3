package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"pop3lab/engine/maildir"
)

func deliverCommand() command {
	return command{
		name: "deliver", summary: "put a message into a user's Maildir", usage: "--maildir ROOT USER < message",
		about: `Puts the message on standard input into USER's Maildir, ROOT/USER/new, whether a
server runs on it or not. A session that is open doesn't see it: numbers were given
when it began (RFC 1939 section 4). The next one does. USER's folder is made when it's
missing; ROOT must be there.`,
		example: `printf 'Subject: hello\n\nfirst line\n' | pop3lab deliver --maildir mail mrose
pop3lab deliver --maildir mail mrose < message.eml`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			root := fs.String("maildir", "", "the `ROOT` folder, in which each user has a folder with cur, new and tmp")
			return func(_ context.Context, args []string, std stdio) error {
				switch {
				case len(args) != 1:
					return usagef("deliver takes one USER, not %d", len(args))
				case *root == "":
					return usagef("say where the mail is with --maildir ROOT")
				}
				in := bufio.NewReader(std.in)
				// Whoever named a ROOT or a USER that can't be is told at once, not after typing
				// a message.
				if _, err := os.Stat(*root); err == nil && maildir.CheckUser(args[0]) == nil {
					if _, err := in.Peek(1); err == io.EOF {
						return errors.New("nothing came on standard input; no message was delivered")
					}
				}
				if _, err := maildir.Deliver(*root, args[0], in); err != nil {
					return fmt.Errorf("the message wasn't delivered: %w", err)
				}
				return nil
			}
		},
	}
}
