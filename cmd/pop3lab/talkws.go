package main

import (
	"context"
	"crypto/tls"
	"strings"

	pop3 "pop3lab/engine/client"
	"pop3lab/web/tunnel"
)

// How talk reaches a lab through a WebSocket: the connection is another, everything else is the same.

// isWebSocket says whether an argument names a WebSocket.
func isWebSocket(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	return ok && (strings.EqualFold(scheme, "ws") || strings.EqualFold(scheme, "wss"))
}

// checkWeb refuses what makes no sense with a WebSocket.
func (o *talkOptions) checkWeb(arg string) error {
	u, err := tunnel.ParseURL(arg)
	switch {
	case err != nil:
		return usageError{err.Error()}
	case o.tls:
		return usagef("--tls is for POP3 inside TLS; write wss:// instead of ws://")
	case o.passFile != "":
		return usagef("--pass-file goes with a user in a pop: URL; here send USER and PASS")
	case o.cleartext:
		return usagef("--allow-cleartext goes with a user in a pop: URL; here send USER and PASS")
	case o.pin != "" && o.insecure:
		return usagef("--pin accepts one certificate and --insecure any; take one of them")
	case o.pin != "" && u.Scheme == "ws" && !o.stls:
		return usagef("--pin is about a certificate, and with ws:// there is none; write wss://, or add --stls")
	case o.timeout <= 0:
		return usagef("--timeout has to be more than nothing")
	}
	return nil
}

// dialWeb opens the WebSocket and reads the greeting.
func (o *talkOptions) dialWeb(ctx context.Context, where string, opt pop3.Options, show *transcriber) (*pop3.Conn, error) {
	u, err := tunnel.ParseURL(where)
	if err != nil {
		return nil, err
	}
	d := tunnel.Dialer{Insecure: o.insecure, Origin: o.origin, Timeout: o.timeout}
	if u.Scheme == "wss" {
		d.Pin = o.pin
	}
	nc, err := d.Dial(ctx, where)
	if err != nil {
		return nil, err
	}
	below := "a WebSocket, in the clear: everybody on the way can read along"
	if s := nc.TLS(); s != nil {
		below = "a WebSocket in " + tls.VersionName(s.Version) + " with " + tls.CipherSuiteName(s.CipherSuite)
	}
	show.aside(below)
	opt.Host = u.Hostname()
	return pop3.New(ctx, nc, opt)
}
