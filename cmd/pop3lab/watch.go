package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"pop3lab/engine"
	pop3 "pop3lab/engine/client"
	"pop3lab/engine/server"
	"pop3lab/engine/watch"
)

// watchOptions are the flags of watch.
type watchOptions struct {
	listen, upstream  string
	http, origins     string
	upstreamTLS       bool
	terminate         bool
	tlsCert, tlsKey   string
	pin               string
	insecure, secrets bool
	maxConns          int
	log               string
}

func watchCommand() command {
	return command{
		name: "watch", summary: "stand between a mail program and its server, and explain", usage: "[FLAGS] --upstream HOST[:PORT]",
		about: `Listens on this machine, passes every connection on to the server of --upstream, and
prints what the two say, with notes, as serve --trace does; on a page it can be looked at
step by step. Octets go through untouched,
and the server needn't be pop3lab: point a mail program at the port that is printed, and
see what one click of it is on the wire.

What goes through TLS can't be read, and passes. With --terminate-tls this program ends
TLS with a certificate of its own, and begins another with the server: then what is said
inside is shown too, and the mail program will warn of the certificate, as it should.
Passwords are masked.`,
		example: `pop3lab watch --upstream pop.example.org
pop3lab watch --upstream pop.example.org:995 --upstream-tls
pop3lab watch --listen 127.0.0.1:2110 --upstream localhost:110 --terminate-tls`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o watchOptions
			fs.StringVar(&o.listen, "listen", "127.0.0.1:1110", "the `ADDR`ess to listen on; port 0 takes any free one")
			fs.StringVar(&o.upstream, "upstream", "", "the server's `ADDR`ess; the port is 110 unless there is one, 995 with --upstream-tls")
			fs.StringVar(&o.http, "http", defaultHTTP, "the `ADDR`ess for the page that shows it, live; port 0 takes any free one; off for none")
			fs.StringVar(&o.origins, "origin", "", "where browsers see the page when that isn't this machine's own name: `ORIGIN`s with commas between, such as https://lab.example behind a proxy")
			fs.BoolVar(&o.upstreamTLS, "upstream-tls", false, "TLS with the server from the first octet; the mail program speaks in the clear,\nor TLS too with --terminate-tls")
			fs.BoolVar(&o.terminate, "terminate-tls", false, "end the mail program's TLS here, to read what is said inside")
			fs.StringVar(&o.tlsCert, "tls-cert", "", "with --terminate-tls, the certificate to show, a PEM `FILE`; without it one is made on the spot")
			fs.StringVar(&o.tlsKey, "tls-key", "", "the certificate's key, a PEM `FILE`")
			fs.StringVar(&o.pin, "pin", "", "accept the one certificate of the server with this SHA-256 `FINGERPRINT`")
			fs.BoolVar(&o.insecure, "insecure", false, "accept any certificate of the server")
			fs.BoolVar(&o.secrets, "show-secrets", false, "leave passwords readable; they are masked otherwise")
			fs.IntVar(&o.maxConns, "max-conns", 256, "pass on at most `N` connections at once; more are told to try again")
			fs.StringVar(&o.log, "log", "text", "the log on standard error: `FORM` text, json or off")
			return func(ctx context.Context, args []string, std stdio) error {
				if len(args) > 0 {
					return usagef("watch takes flags only, and %q is none; the server goes behind --upstream", args[0])
				}
				return o.run(ctx, std)
			}
		},
	}
}

// run listens and passes on until ctx ends.
func (o *watchOptions) run(ctx context.Context, std stdio) error {
	upstream, err := o.check()
	if err != nil {
		return err
	}
	log, err := newLogger(o.log, std.err)
	if err != nil {
		return err
	}
	p, fingerprint, err := o.proxy(upstream, std.out, log)
	if err != nil {
		return err
	}
	l, err := listenHere(o.listen)
	if err != nil {
		return err
	}
	pages, err := o.pages(p, l.Addr(), log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	o.screen(std.out, l.Addr(), upstream, fingerprint, pages)
	return pages.while(ctx, func(ctx context.Context) error { return p.Serve(ctx, l) })
}

// check refuses what makes no sense, and completes the server's address.
func (o *watchOptions) check() (upstream string, err error) {
	switch {
	case o.upstream == "":
		return "", usagef("watch needs to know the server: add --upstream HOST:PORT")
	case strings.Contains(o.upstream, "://"):
		return "", usagef("--upstream takes HOST:PORT, not a URL; for pops:// add --upstream-tls")
	case o.pin != "" && o.insecure:
		return "", usagef("--pin accepts one certificate and --insecure any; take one of them")
	case (o.pin != "" || o.insecure) && !o.upstreamTLS && !o.terminate:
		return "", usagef("--pin and --insecure are about TLS with the server, which this program begins only with --upstream-tls or --terminate-tls")
	case (o.tlsCert != "" || o.tlsKey != "") && !o.terminate:
		return "", usagef("--tls-cert and --tls-key go with --terminate-tls")
	case o.http == "off" && o.origins != "":
		return "", usagef("--origin is about the page, and with --http off there is none")
	case o.maxConns < 1:
		return "", usagef("--max-conns takes a number from 1 on")
	}
	if err := checkOrigins(o.origins); err != nil {
		return "", err
	}
	if _, _, err := net.SplitHostPort(o.upstream); err == nil {
		return o.upstream, nil
	}
	port := "110"
	if o.upstreamTLS {
		port = "995"
	}
	return net.JoinHostPort(strings.Trim(o.upstream, "[]"), port), nil
}

// proxy makes the proxy of the flags. fingerprint is that of the certificate that clients get to see.
func (o *watchOptions) proxy(upstream string, out io.Writer, log *slog.Logger) (p *watch.Proxy, fingerprint string, err error) {
	t := newTrace(out)
	p = &watch.Proxy{
		Upstream: upstream, ShowSecrets: o.secrets, Max: o.maxConns, Log: log,
		Observe: func(c watch.Conn) server.Observer {
			return t.dialogue(c.Conn, func(engine.Event) engine.Explanation { return c.Explain() })
		},
	}
	config, err := o.serverTLS(upstream)
	if err != nil {
		return nil, "", err
	}
	if p.UpstreamSTLS = config; o.upstreamTLS {
		p.UpstreamTLS = config
	}
	if o.terminate {
		p.Terminate, fingerprint, err = tlsConfig(o.tlsCert, o.tlsKey, "")
	}
	return p, fingerprint, err
}

// serverTLS is how TLS with the server begins: with the system's roots, a pin, or no check.
func (o *watchOptions) serverTLS(upstream string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(upstream)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.insecure || o.pin != ""}
	if o.pin == "" {
		return c, nil
	}
	pin := strings.ToUpper(strings.NewReplacer(":", "", " ", "").Replace(o.pin))
	if len(pin) != 2*sha256.Size {
		return nil, usagef("--pin takes a SHA-256 fingerprint: 64 hexadecimal digits, with colons or without")
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		got := pop3.Fingerprint(s.PeerCertificates[0])
		if strings.ReplaceAll(got, ":", "") != pin {
			return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{s.PeerCertificates[0]},
				Err: errors.New("the server's certificate isn't the pinned one, but " + got)}
		}
		return nil
	}
	return c, nil
}

// screen tells what to type next.
func (o *watchOptions) screen(w io.Writer, addr net.Addr, upstream, fingerprint string, pages *watchPages) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("pop3lab: passes connections on to %s, and explains what is said", upstream)
	p("")
	host, port, _ := dialable(addr.String())
	where := net.JoinHostPort(host, port)
	if inside := o.upstreamTLS && o.terminate; inside {
		p("Point a mail program at this port, with TLS from the first octet, or connect from another terminal:")
		p("")
		p("  openssl s_client -quiet -crlf -connect %s", where)
		p("  curl -k -u USER pop3s://%s/1", where)
		p("  %s talk --pin FINGERPRINT pops://%s", os.Args[0], where)
	} else {
		p("Point a mail program at this port, or connect from another terminal; any of these:")
		p("")
		p("  telnet %s %s", host, port)
		p("  curl -u USER pop3://%s/1", where)
		p("  %s talk %s", os.Args[0], where)
	}
	if fingerprint != "" {
		p("")
		p("TLS ends here, with a certificate that no program trusts by itself. SHA-256:")
		p("  %s", fingerprint)
	}
	if !isLoopback(addr) {
		p("")
		p("  Other machines can use this port too: you'll see what they say.")
	}
	pages.screen(p)
	p("")
	p("listening on %s (pop3)", addr)
	p("Ctrl-C ends it")
}
