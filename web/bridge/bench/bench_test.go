package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
	popserver "pop3lab/engine/server"
	"pop3lab/web/bridge"
)

// small is a load that takes a moment.
var small = options{sessions: 10, every: 20 * time.Millisecond, warm: 20 * time.Millisecond, lasts: 100 * time.Millisecond}

// started is a server in this process, with users as launch gives them, all but the last.
func started(t *testing.T, users int) *server {
	t.Helper()
	drops, accounts := memdrop.New(), engine.Accounts{}
	for i := range users {
		drops.Create(userOf(i))
		accounts[userOf(i)] = engine.User{Name: userOf(i), Secret: password}
	}
	b := bridge.New(bridge.Options{Users: accounts, Store: drops})
	srv := &popserver.Server{Protocol: engine.New(engine.Config{Users: b.Users(), Store: b.Store()})}
	b.Attach(srv)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	b.Routes(mux)
	site := httptest.NewServer(mux)
	go srv.Serve(l) // both end with srv
	go b.Serve()
	t.Cleanup(func() {
		b.Close()
		srv.Close()
		site.Close()
	})
	return &server{pop3: l.Addr().String(), http: strings.TrimPrefix(site.URL, "http://")}
}

// TestLoad: both ways measure every command that was due after the warm-up, and no other.
func TestLoad(t *testing.T) {
	for name, dial := range ways {
		s := started(t, small.sessions) // another one each time: the last one's maildrops may be locked for a moment yet
		times, memory, err := small.load(context.Background(), s, dial)
		if want := small.sessions * int(small.lasts/small.every); err != nil || len(times) != want {
			t.Errorf("%s: got %d answers and %v, want %d", name, len(times), err, want)
		}
		if memory >= 0 {
			t.Errorf("%s: got %d octets for a process that isn't known, want less than 0", name, memory)
		}
		for _, d := range times {
			if d <= 0 {
				t.Errorf("%s: an answer took %v, want more than no time", name, d)
			}
		}
	}
}

// TestWrongAnswer: an answer that isn't +OK is an error, and no fast one.
func TestWrongAnswer(t *testing.T) {
	for name, dial := range ways {
		s := started(t, small.sessions-1) // another one each time: the last one's maildrops may be locked for a moment yet
		if _, _, err := small.load(context.Background(), s, dial); err == nil || !strings.Contains(err.Error(), "session 10: ") {
			t.Errorf("%s, without the last user: got %v, want session 10's refusal", name, err)
		}
	}
}
