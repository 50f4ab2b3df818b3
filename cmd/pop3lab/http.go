package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"pop3lab/web"
)

// newPages is the server of the pages and of what routes add to them, with the lessons of a shelf; nil means those that
// are built in.
func newPages(log *slog.Logger, shelf *web.Shelf, routes ...func(*http.ServeMux)) (*http.Server, error) {
	handler, err := web.HandlerWith(shelf, routes...)
	if err != nil {
		return nil, err
	}
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}, nil
}

// servePages serves until the server is shut down, which is no error.
func servePages(s *http.Server, l net.Listener) error {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shutPages gives requests under way half a second: an answer is small and ready.
func shutPages(s *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second/2)
	defer cancel()
	if s.Shutdown(ctx) != nil {
		s.Close()
	}
}
