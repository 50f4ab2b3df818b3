package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"pop3lab/engine/live"
	"pop3lab/engine/watch"
	"pop3lab/web/bridge"
)

// watchPages are the pages of watch, with /live for what passes. Nil means none.
type watchPages struct {
	follow *bridge.Follow
	site   *http.Server
	l      net.Listener
	none   string // why there are none, when nobody asked for them to be off
}

// pages listens for the pages and lets them see what p passes on. addr is where p's clients connect.
func (o *watchOptions) pages(p *watch.Proxy, addr net.Addr, log *slog.Logger) (*watchPages, error) {
	l, err := listen(o.http, "--http")
	switch {
	case err != nil && o.http == defaultHTTP:
		return &watchPages{none: err.Error()}, nil // nobody asked for pages: the terminal shows it all
	case l == nil:
		return nil, err
	}
	w := &watchPages{l: l, follow: bridge.NewFollow(bridge.Options{Origins: list(o.origins)}, o.secrets)}
	if o.upstreamTLS && o.terminate {
		w.follow.Tell("", addr.String())
	} else {
		w.follow.Tell(addr.String(), "")
	}
	if w.site, err = newPages(log, nil, w.follow.Routes); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	w.site.Handler = watching(w.site.Handler)
	p.Observe = live.Both(p.Observe, w.follow.Observe)
	return w, nil
}

// watching leads from the page for which there would have to be a server to the one that shows somebody else's.
func watching(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/be-the-server" {
			http.Redirect(w, r, "live", http.StatusSeeOther)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// while serves the pages until f returns, which is told by its context when the pages can't be served any more.
func (w *watchPages) while(ctx context.Context, f func(context.Context) error) error {
	if w == nil || w.l == nil {
		return f(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, 1)
	// Ends when the pages are shut down below.
	go func() {
		defer cancel()
		failed <- servePages(w.site, w.l)
	}()
	err := f(ctx)
	w.follow.Close()
	shutPages(w.site)
	return errors.Join(err, <-failed)
}

// screen tells where the page is.
func (w *watchPages) screen(p func(format string, args ...any)) {
	switch {
	case w == nil:
	case w.l == nil:
		p("")
		p("No page shows it: %s", w.none)
	default:
		host, port, _ := dialable(w.l.Addr().String())
		p("")
		p("The same on a page, step by step: http://%s/live", net.JoinHostPort(host, port))
		if !isLoopback(w.l.Addr()) {
			p("  Whoever can open the page reads along.")
		}
	}
}
