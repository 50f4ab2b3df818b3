package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"pop3lab/web/tunnel"
)

// tunnelOptions are the flags of tunnel.
type tunnelOptions struct {
	listen, pin, origin, log, tab string
	insecure                      bool
	wait, ping                    time.Duration
	maxConns                      int
}

func tunnelCommand() command {
	return command{
		name: "tunnel", summary: "a local port that reaches a lab behind HTTPS", usage: "[FLAGS] wss://HOST[:PORT][/PATH]",
		about: `Listens on this machine, and carries every connection to a lab through a WebSocket of
its own: telnet and mail programs then reach a lab of which only the web site can be
reached. Without a path that is /ws/pop3. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are
honoured.

Octets go through untouched. A session that breaks off isn't taken up again, because the
lab has released its maildrop then; the next connection is a new session. If the lab is
away, it's tried again for a while (--wait); then the program gets one line, -ERR with
[SYS/TEMP] or [SYS/PERM], where the greeting would be, and its user can read why.

With --tab the other end isn't the lab's server but a page in your browser: the page Be
the server shows the code, and stays open.`,
		example: `pop3lab tunnel wss://lab.example
pop3lab tunnel --listen 127.0.0.1:2110 wss://lab.example/ws/pop3
pop3lab tunnel --tab CODE wss://lab.example
HTTPS_PROXY=http://proxy.example:3128 pop3lab tunnel wss://lab.example`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o tunnelOptions
			fs.StringVar(&o.listen, "listen", "127.0.0.1:1110", "the `ADDR`ess to listen on; port 0 takes any free one")
			fs.StringVar(&o.tab, "tab", "", "reach the page that shows this `CODE`, which is the server itself")
			fs.StringVar(&o.pin, "pin", "", "accept the one certificate with this SHA-256 `FINGERPRINT`")
			fs.BoolVar(&o.insecure, "insecure", false, "accept any certificate, and so anybody in the middle")
			fs.StringVar(&o.origin, "origin", "", "say that the page of this `ORIGIN` asks, such as https://lab.example")
			fs.DurationVar(&o.wait, "wait", 5*time.Second, "try for this `TIME` to reach a lab that is away; 0 tries once")
			fs.DurationVar(&o.ping, "ping", 30*time.Second, "ask a silent lab for a sign of life this often, a `TIME`; 0 never does")
			fs.IntVar(&o.maxConns, "max-conns", 256, "carry at most `N` connections at once; more are told to try again")
			fs.StringVar(&o.log, "log", "text", "the log on standard error: `FORM` text, json or off")
			return func(ctx context.Context, args []string, std stdio) error {
				if len(args) != 1 {
					return usagef("tunnel takes one ws: or wss: URL, not %d", len(args))
				}
				return o.run(ctx, args[0], std)
			}
		},
	}
}

// run listens and carries until ctx ends.
func (o *tunnelOptions) run(ctx context.Context, where string, std stdio) error {
	u, err := tunnel.ParseURL(where)
	switch {
	case err != nil:
		return usageError{err.Error()}
	case o.pin != "" && o.insecure:
		return usagef("--pin accepts one certificate and --insecure any; take one of them")
	case o.pin != "" && u.Scheme == "ws":
		return usagef("--pin is about a certificate, and with ws:// there is none; write wss://")
	case o.tab != "" && strings.ContainsFunc(o.tab, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '2' || c > '7') }):
		return usagef("--tab takes the CODE that the page Be the server shows, and %q is none", o.tab)
	case o.wait < 0:
		return usagef("--wait takes a TIME of 0 or more, such as 5s")
	case o.ping < 0:
		return usagef("--ping takes a TIME of 0 or more, such as 30s")
	case o.maxConns < 1:
		return usagef("--max-conns takes a number from 1 on")
	}
	if o.tab != "" && u.Path == tunnel.DefaultPath {
		u.Path = tunnel.TabPath
	}
	log, err := newLogger(o.log, std.err)
	if err != nil {
		return err
	}
	l, err := listenHere(o.listen)
	if err != nil {
		return err
	}
	t := &tunnel.Tunnel{
		URL:    u.String(),
		Dialer: tunnel.Dialer{Pin: o.pin, Insecure: o.insecure, Origin: o.origin, Tab: o.tab},
		Wait:   o.wait, Ping: o.ping, Max: o.maxConns, Log: log,
	}
	if o.ping == 0 {
		t.Ping = -1
	}
	tunnelScreen(std.out, l.Addr(), o.reaches(u.String()), u.Scheme == "wss")
	return t.Serve(ctx, l)
}

// reaches says in a few words what is at the other end.
func (o *tunnelOptions) reaches(url string) string {
	if o.tab != "" {
		return "the page with the code " + o.tab + ", by " + url
	}
	return url
}

// listenHere opens a port; its errors name --listen.
func listenHere(addr string) (net.Listener, error) {
	l, err := listen(addr, "--listen")
	if err == nil && l == nil {
		return nil, usagef("--listen takes an address, such as 127.0.0.1:1110, not off")
	}
	return l, err
}

// newLogger makes the log that --log asks for.
func newLogger(form string, w io.Writer) (*slog.Logger, error) {
	o := serveOptions{log: form}
	return o.logger(w)
}

// tunnelScreen tells what to type next.
func tunnelScreen(w io.Writer, addr net.Addr, url string, private bool) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("pop3lab: a port of this machine that is %s", url)
	if !private {
		p("  ws:// isn't encrypted: everybody on the way can read along; use wss:// where there is one")
	}
	p("")
	connectWays(p, addr)
	if !isLoopback(addr) {
		p("")
		p("  Other machines can use this port too, in the clear.")
	}
	p("")
	p("listening on %s (pop3)", addr)
	p("Ctrl-C ends it")
}

// connectWays tells how to connect to a plain port from another terminal.
func connectWays(p func(string, ...any), addr net.Addr) {
	host, port, ok := dialable(addr.String())
	if !ok {
		return
	}
	where := net.JoinHostPort(host, port)
	p("Connect from another terminal; any of these:")
	p("")
	p("  telnet %s %s", host, port)
	p("  curl -u USER pop3://%s/1", where)
	p("  %s talk %s", os.Args[0], where)
}
