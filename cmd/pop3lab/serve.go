package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/maildir"
	"pop3lab/engine/memdrop"
	"pop3lab/engine/sasl/prep"
	"pop3lab/engine/server"
	"pop3lab/web"
	"pop3lab/web/bridge"
)

// defaultHTTP is where the pages are unless told.
const defaultHTTP = "127.0.0.1:8110"

// serveOptions are the flags of serve.
type serveOptions struct {
	pop3, pop3s, http       string
	maildir, users          string
	tlsCert, tlsKey, caFile string
	persona                 string
	faults, switches        string
	trace, cleartext        bool
	secrets                 bool
	idle, failDelay         time.Duration
	maxConns, maxPerIP      int
	host, anonymous         string
	lessons                 string
	lessonsOnly             bool
	origins                 string
	log                     string
}

func serveCommand() command {
	return command{
		name: "serve", summary: "run the POP3 server", usage: "[FLAGS]",
		about: `Runs a POP3 server and says what to type next. Without flags it listens on this
machine alone, with a demonstration mailbox for mrose (password tanstaaf), which holds
the two messages of RFC 1939's examples, and a larger one for dewey (password secret);
what is deleted there comes back with the next start.

--persona, --fault and --switch make it another server; what each of them does tells
pop3lab spec md.

With --maildir and --users it serves real Maildirs, which other mail programs may use
at the same time. A user who has none yet gets an empty one.`,
		example: `pop3lab serve
pop3lab serve --trace
pop3lab serve --pop3 127.0.0.1:2110 --pop3s off --persona dovecot
pop3lab serve --fault stuffing-skips-first-line,sizes-wrong
pop3lab serve --maildir mail --users users.txt --tls-cert cert.pem --tls-key key.pem`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o serveOptions
			fs.StringVar(&o.pop3, "pop3", "127.0.0.1:1110", "the `ADDR`ess for POP3, in the clear and with STLS; port 0 takes any free one; off for none")
			fs.StringVar(&o.pop3s, "pop3s", "127.0.0.1:1995", "the `ADDR`ess for POP3 inside TLS (RFC 8314); port 0 takes any free one; off for none")
			fs.StringVar(&o.http, "http", defaultHTTP, "the `ADDR`ess for the pages, a web server with a sandbox of its own; port 0 takes any free one; off for none")
			fs.StringVar(&o.maildir, "maildir", "", "serve the Maildirs `ROOT`/USER/{cur,new,tmp}; needs --users")
			fs.StringVar(&o.users, "users", "", "the users: a `FILE` of lines name:password, the password is\neverything behind the first colon, spaces too; lines that begin with # are comments")
			fs.StringVar(&o.tlsCert, "tls-cert", "", "the certificate, a PEM `FILE`; without it one is made on the spot")
			fs.StringVar(&o.tlsKey, "tls-key", "", "the certificate's key, a PEM `FILE`")
			fs.StringVar(&o.caFile, "client-ca", "", "ask clients for certificates signed by those in this PEM `FILE`; AUTH EXTERNAL then opens the mailbox that the certificate names")
			fs.StringVar(&o.persona, "persona", "", "be another server, by `NAME`: "+names(engine.Personas, func(p engine.Persona) string { return p.Name }))
			fs.StringVar(&o.faults, "fault", "", "be wrong on purpose, by `NAME`s with commas between: "+names(engine.AllFaults, func(f engine.Fault) string { return f.Name }))
			fs.StringVar(&o.switches, "switch", "", "decide otherwise where the RFCs leave a choice, by `NAME`s with commas between: "+names(engine.Switches, func(d engine.SwitchDoc) string { return d.Name }))
			fs.BoolVar(&o.trace, "trace", false, "print every dialogue with notes, in colour on a terminal")
			fs.BoolVar(&o.secrets, "show-secrets", false, "leave passwords readable in the trace; they are masked otherwise")
			fs.DurationVar(&o.idle, "idle", 10*time.Minute, "close a connection on which nothing came for this `TIME`; RFC 1939 allows no less than 10m")
			fs.DurationVar(&o.failDelay, "fail-delay", time.Second, "the first failed login is answered after this `TIME`, further ones later, up to five times that; 0 turns it off")
			fs.IntVar(&o.maxConns, "max-conns", 12000, "serve at most `N` connections at once; more are told to try again")
			fs.IntVar(&o.maxPerIP, "max-conns-per-ip", 2000, "and at most `N` of one address")
			fs.BoolVar(&o.cleartext, "allow-cleartext", false, "take passwords without TLS from other machines too")
			fs.StringVar(&o.host, "host", "", "the server's `NAME` in greetings and challenges (default: pop3lab)")
			fs.StringVar(&o.anonymous, "anonymous", "", "let AUTH ANONYMOUS open the mailbox of `USER`; off otherwise")
			fs.StringVar(&o.lessons, "lessons", "", "show the lessons of a folder too: `DIR` with files NAME.txtar, which are read again when they change")
			fs.BoolVar(&o.lessonsOnly, "lessons-only", false, "leave out the lessons that are built in; needs --lessons")
			fs.StringVar(&o.origins, "origin", "", "where browsers see the pages when that isn't this machine's own name: `ORIGIN`s with commas between, such as https://lab.example behind a proxy")
			fs.StringVar(&o.log, "log", "text", "the log on standard error: `FORM` text, json or off")
			return func(ctx context.Context, args []string, std stdio) error {
				if len(args) > 0 {
					return usagef("serve takes flags only, and %q is none", args[0])
				}
				return o.serve(ctx, std)
			}
		},
	}
}

// names lists the names of a table's rows.
func names[T any](rows []T, name func(T) string) string {
	var out []string
	for _, r := range rows {
		out = append(out, name(r))
	}
	return strings.Join(out, ", ")
}

// serve puts the parts together and runs until ctx ends.
func (o *serveOptions) serve(ctx context.Context, std stdio) error {
	if err := o.check(); err != nil {
		return err
	}
	config, err := o.protocol()
	if err != nil {
		return err
	}
	screen := startScreen{
		persona: config.Persona, root: o.maildir, self: os.Args[0], ownCert: o.tlsCert == "",
		faults: list(o.faults), switches: list(o.switches), remarks: o.remarks(),
	}
	if shelf := o.shelf(nil); shelf != nil {
		screen.lessonDir = o.lessons
		screen.lessons, screen.noLessons = shelf.Count()
	}
	if screen.mailboxes, err = o.mailboxes(&config); err != nil {
		return err
	}
	tlsConf, fp, err := tlsConfig(o.tlsCert, o.tlsKey, o.caFile)
	if err != nil {
		return err
	}
	screen.fingerprint = fp
	log, err := o.logger(std.err)
	if err != nil {
		return err
	}
	plain, err := listen(o.pop3, "--pop3")
	if err != nil {
		return err
	}
	secure, err := listen(o.pop3s, "--pop3s")
	if err != nil {
		return errors.Join(err, closeListener(plain))
	}
	pages, err := listen(o.http, "--http")
	if err != nil && o.http == defaultHTTP {
		// Nobody asked for pages: the mail is what matters.
		screen.noPages, err = err.Error(), nil
	}
	if err != nil {
		return errors.Join(err, closeListener(plain), closeListener(secure))
	}
	if plain == nil && secure == nil && pages == nil {
		return usagef("with --pop3 off, --pop3s off and --http off there is nothing to serve")
	}
	var live *bridge.Bridge
	if pages != nil {
		live = o.live(&config)
	}
	srv := o.server(config, tlsConf, log)
	screen.protocol = srv.Protocol
	if o.trace {
		srv.Observe = newTracer(std.out, srv.Protocol)
	}
	if live != nil {
		live.Attach(srv)
	}
	failed := make(chan error, 4)
	if plain != nil {
		screen.pop3 = plain.Addr().String()
		screen.loopback = isLoopback(plain.Addr())
		screen.cleartext = o.cleartext || screen.loopback
		go func() { failed <- srv.Serve(plain) }()
	}
	if secure != nil {
		screen.pop3s = secure.Addr().String()
		go func() { failed <- srv.ServeTLS(secure) }()
	}
	if pages != nil {
		live.Tell(screen.pop3, screen.pop3s)
		site, err := newPages(log, o.shelf(log), live.Routes)
		if err != nil {
			return errors.Join(err, closeListener(pages), srv.Close())
		}
		defer shutPages(site)
		screen.pages = pages.Addr().String()
		go func() { failed <- live.Serve() }()
		go func() { failed <- servePages(site, pages) }()
	}
	screen.write(std.out)
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	if live != nil {
		live.Close()
	}
	// Five seconds for replies that are under way; sessions are closed without UPDATE then.
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return srv.Shutdown(grace)
}

// protocol makes the engine's Config of the flags.
func (o *serveOptions) protocol() (engine.Config, error) {
	c := engine.Config{
		Host: o.host, STLS: true, ShowSecrets: o.secrets, Anonymous: o.anonymous,
		Clock:     func() int64 { return time.Now().UnixMilli() },
		Random:    func(p []byte) { rand.Read(p) },
		Normalize: prep.NFKC,
	}
	if o.persona != "" {
		var err error
		if c.Persona, err = personaNamed(o.persona); err != nil {
			return c, err
		}
	}
	for _, name := range list(o.faults) {
		f, ok := engine.FaultNamed(name)
		if !ok {
			return c, unknown("fault", name, names(engine.AllFaults, func(f engine.Fault) string { return f.Name }))
		}
		c.Faults |= f
	}
	for _, name := range list(o.switches) {
		s, ok := engine.SwitchNamed(name)
		if !ok {
			return c, unknown("switch", name, names(engine.Switches, func(d engine.SwitchDoc) string { return d.Name }))
		}
		c.Switches |= s
	}
	return c, nil
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// unknown is the error for a name that isn't in a table, with the nearest one that is.
func unknown(what, name, all string) error {
	near, distance := "", 4
	for _, candidate := range strings.Split(all, ", ") {
		if d := editDistance(name, candidate); d < distance {
			near, distance = candidate, d
		}
	}
	if near != "" {
		return usagef("there is no %s %q; did you mean %s?", what, name, near)
	}
	return usagef("there is no %s %q; there are %s", what, name, all)
}

// editDistance is how many letters to insert, delete or replace (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// mailboxes gives the config its users and maildrops, and returns what the start screen may tell.
func (o *serveOptions) mailboxes(c *engine.Config) ([]mailbox, error) {
	if o.maildir != "" {
		if o.users == "" {
			return nil, usagef("--maildir needs to know who may log in: add --users FILE")
		}
		users, err := loadUsers(o.users)
		if err != nil {
			return nil, err
		}
		store, err := maildir.New(o.maildir)
		if err != nil {
			return nil, err
		}
		store.MakeMissing = true
		c.Users, c.Store = users, store
		return firstOf(users), nil
	}
	store := memdrop.Demo()
	accounts := engine.NewAccounts(
		engine.User{Name: "mrose", Secret: "tanstaaf", Tokens: []string{"teaching-token-of-mrose"}},
		engine.User{Name: "dewey", Secret: "secret", Tokens: []string{"teaching-token-of-dewey"}},
	)
	if o.users != "" {
		users, err := loadUsers(o.users)
		if err != nil {
			return nil, err
		}
		for name := range users {
			if !slices.Contains(store.Users(), name) {
				if err := store.Reset(name, memdrop.Mrose()...); err != nil {
					return nil, err
				}
			}
		}
		c.Users, c.Store = users, store
		return firstOf(users), nil
	}
	c.Users, c.Store = accounts, store
	var boxes []mailbox
	for _, name := range []string{"mrose", "dewey"} {
		u := accounts[name]
		boxes = append(boxes, mailbox{name, u.Secret, len(store.Messages(name)), u.Tokens[0]})
	}
	return boxes, nil
}

// firstOf is one of the users of a file, to name on the first screen. Its password isn't shown.
func firstOf(users engine.Accounts) []mailbox {
	return []mailbox{{user: slices.Sorted(maps.Keys(users))[0]}}
}

// check refuses values that make no sense.
func (o *serveOptions) check() error {
	switch {
	case o.idle <= 0:
		return usagef("--idle takes a TIME above 0, such as 10m")
	case o.failDelay < 0:
		return usagef("--fail-delay takes a TIME of 0 or more, such as 1s")
	case o.maxConns < 1:
		return usagef("--max-conns takes a number from 1 on")
	case o.maxPerIP < 1:
		return usagef("--max-conns-per-ip takes a number from 1 on")
	}
	if shelf := o.shelf(nil); shelf != nil {
		if err := shelf.Check(); err != nil {
			return usageError{err.Error()}
		}
	} else if o.lessonsOnly {
		return usagef("--lessons-only leaves out the lessons that are built in: add --lessons DIR with others")
	}
	if err := o.checkOrigins(); err != nil {
		return err
	}
	if len(o.host) > 255 {
		return usagef("--host takes a name of at most 255 letters")
	}
	for _, c := range []byte(o.host) {
		if c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return usagef("--host takes letters, digits, dots and hyphens, and %q has another", o.host)
		}
	}
	return nil
}

// shelf is the folder of lessons; nil for none.
func (o *serveOptions) shelf(log *slog.Logger) *web.Shelf {
	if o.lessons == "" {
		return nil
	}
	return &web.Shelf{Dir: o.lessons, Only: o.lessonsOnly, Log: log}
}

// remarks are what a person should know about values that are taken.
func (o *serveOptions) remarks() []string {
	var out []string
	if o.idle < 10*time.Minute {
		out = append(out, fmt.Sprintf("idle limit %v: RFC 1939 section 3 wants 10m at the least", o.idle))
	}
	if o.users != "" && o.maildir == "" {
		out = append(out, "without --maildir, each user of the file has the two demonstration messages")
	}
	if o.cleartext {
		out = append(out, "passwords in the clear are taken from other machines too; use none that is worth anything")
	}
	return out
}

func (o *serveOptions) server(c engine.Config, tlsConf *tls.Config, log *slog.Logger) *server.Server {
	return &server.Server{
		Protocol: engine.New(c), TLS: tlsConf, Log: log,
		Idle: o.idle, FailDelay: o.failDelay, MaxConns: o.maxConns, MaxConnsPerAddr: o.maxPerIP,
		Cleartext: o.cleartext, Host: o.host,
	}
}

func (o *serveOptions) logger(w io.Writer) (*slog.Logger, error) {
	switch o.log {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	case "off":
		return slog.New(slog.DiscardHandler), nil
	}
	return nil, usagef("--log is text, json or off, not %q", o.log)
}

// listen opens a listener, or none for "off"; its errors say what to do.
func listen(addr, flagName string) (net.Listener, error) {
	if addr == "off" {
		return nil, nil
	}
	if addr == "" {
		return nil, usagef("%s is empty; write HOST:PORT, such as 127.0.0.1:1110, or off for none", flagName)
	}
	network := "tcp"
	if host, _, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host).To4() != nil {
		network = "tcp4" // 0.0.0.0 isn't to mean IPv6 too
	}
	l, err := net.Listen(network, addr)
	var missing *net.AddrError
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use, perhaps by another pop3lab; choose another port with %s, port 0 takes any free one", addr, flagName)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("this user may not listen on %s; ports below 1024 are for the administrator, choose another with %s", addr, flagName)
	case errors.As(err, &missing):
		return nil, usagef("%s: %q is no address; write HOST:PORT, such as 127.0.0.1:1110", flagName, addr)
	}
	return nil, fmt.Errorf("can't listen on %s: %w; choose another address with %s", addr, err, flagName)
}

func closeListener(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

func isLoopback(a net.Addr) bool {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
