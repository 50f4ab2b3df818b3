package main

import (
	"errors"
	"flag"
	"strings"
	"time"
)

// Package flag's errors are a programmer's words ("parse error", one dash). Here they become
// sentences, by the type of the flag that they are about. What isn't recognized stays as it is.

// flagMistake is the sentence for err, which parsing args by fs ended with.
func flagMistake(fs *flag.FlagSet, args []string, err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		if near := nearFlag(fs, name); near != "" {
			return usagef("there is no flag %s; did you mean --%s?", asTyped(args, name), near)
		}
		return usagef("there is no flag %s", asTyped(args, name))
	}
	if arg, ok := strings.CutPrefix(text, "bad flag syntax: "); ok {
		return usagef("%q is no flag; a flag is two dashes and a name", arg)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		if f := fs.Lookup(name); f != nil {
			return usagef("--%s wants %s behind it", name, withArticle(valueName(f)))
		}
	}
	if value, f := wrongValue(fs, text); f != nil {
		return wrongFor(f, value, strings.HasSuffix(text, "value out of range"))
	}
	return usageError{text}
}

// wrongValue takes apart the errors about a value that couldn't be parsed.
func wrongValue(fs *flag.FlagSet, text string) (value string, f *flag.Flag) {
	fs.VisitAll(func(candidate *flag.Flag) {
		for _, form := range []struct{ before, between string }{
			{"invalid value ", " for flag -" + candidate.Name + ": "},
			{"invalid boolean value ", " for -" + candidate.Name + ": "},
		} {
			rest, ok := strings.CutPrefix(text, form.before)
			if i := strings.LastIndex(rest, form.between); ok && i >= 0 {
				value, f = rest[:i], candidate // %q made value
			}
		}
	})
	return value, f
}

// wrongFor says what f takes instead of value, which is quoted.
func wrongFor(f *flag.Flag, value string, outOfRange bool) error {
	var kind any
	if g, ok := f.Value.(flag.Getter); ok {
		kind = g.Get()
	}
	switch kind.(type) {
	case time.Duration:
		return usagef("--%s takes a TIME such as 30s or 10m, not %s", f.Name, value)
	case bool:
		return usagef("--%s stands alone; to turn it off write --%s=false, not %s", f.Name, f.Name, value)
	case int, int64, uint, uint64:
		if outOfRange {
			return usagef("--%s takes a smaller number than %s", f.Name, value)
		}
		return usagef("--%s takes a number, not %s", f.Name, value)
	}
	return usagef("--%s takes %s, not %s", f.Name, withArticle(valueName(f)), value)
}

// valueName is what the help calls f's value.
func valueName(f *flag.Flag) string {
	name, _ := flag.UnquoteUsage(f)
	if name == "" {
		return "value"
	}
	return name
}

func withArticle(noun string) string {
	if strings.ContainsRune("AEIOaeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// asTyped is the flag called name as it stands in args, which may have one dash or two.
func asTyped(args []string, name string) string {
	for _, a := range args {
		before, _, _ := strings.Cut(a, "=")
		if before == "-"+name || before == "--"+name {
			return before
		}
	}
	return "--" + name
}

// nearFlag is the flag that was probably meant, or empty: one that begins so, or one with a letter
// or two mistyped.
func nearFlag(fs *flag.FlagSet, name string) string {
	near, distance := "", 2+len(name)/4
	fs.VisitAll(func(f *flag.Flag) {
		d := editDistance(name, f.Name)
		if len(name) > 1 && strings.HasPrefix(f.Name, name) {
			d = 0
		}
		if d < distance {
			near, distance = f.Name, d
		}
	})
	return near
}

// parseFlags is parseMixed with errors for people.
func parseFlags(fs *flag.FlagSet, args []string) ([]string, error) {
	rest, err := parseMixed(fs, args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return rest, err
	}
	return nil, flagMistake(fs, args, err)
}
