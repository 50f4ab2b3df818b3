package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestServeLive: serve joins the pages to its server: a visitor's maildrop can be opened over TCP, what happens there is
// in its steps, the configured maildrops are there as before, and a watcher doesn't hold up the end.
func TestServeLive(t *testing.T) {
	s := serveWith(t, "--http", "127.0.0.1:0")
	s.mu.Lock()
	_, at, _ := strings.Cut(s.out.String(), "live on a page: ")
	s.mu.Unlock()
	page, _, _ := strings.Cut(at, "\n")
	port := s.pop3
	ask := func(method, path, token string) *http.Response {
		t.Helper()
		r, err := http.NewRequest(method, page+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", strings.TrimSuffix(page, "/live"))
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	var room struct{ User, Password, Token, POP3 string }
	if err := json.NewDecoder(ask("POST", "/room", "").Body).Decode(&room); err != nil || room.POP3 != port {
		t.Fatalf("a room: got %+v, %v; want one that names the port %s", room, err, port)
	}
	for _, who := range [][2]string{{"mrose", "tanstaaf"}, {room.User, room.Password}} {
		nc, err := net.Dial("tcp", port)
		if err != nil {
			t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(nc, "USER %s\r\nPASS %s\r\nQUIT\r\n", who[0], who[1])
		said, err := io.ReadAll(nc)
		if err != nil || strings.Count(string(said), "+OK") != 4 {
			t.Errorf("a login of %s: got %q, %v; want four +OK", who[0], said, err)
		}
		nc.Close()
	}
	steps, err := io.ReadAll(ask("GET", "/steps", room.Token).Body)
	if err != nil || !strings.Contains(string(steps), "USER "+room.User) || strings.Contains(string(steps), "mrose") {
		t.Errorf("the room's steps (%d octets, %v): want its own login among them, and not mrose's", len(steps), err)
	}
	watching := ask("GET", "/events", room.Token)
	ended := make(chan string, 1)
	go func() { ended <- s.stop() }() // ends with the server
	rest, err := io.ReadAll(watching.Body)
	if err != nil || !strings.Contains(string(rest), "shuts down") {
		t.Errorf("a watcher at the end: got %v and %q, want to be told that the server shuts down", err, rest[max(0, len(rest)-80):])
	}
	<-ended
}

// TestServeOrigin: --origin takes an origin and nothing more, and says so.
func TestServeOrigin(t *testing.T) {
	for origin, want := range map[string]bool{"https://lab.example": true, "http://lab.example:8080": true, "https://a.example,https://b.example": true,
		"https://lab.example/": false, "lab.example": false, "https://user@lab.example": false, "ws://lab.example": false, "https://lab.example/live": false} {
		o := serveOptions{origins: origin}
		if err := o.checkOrigins(); (err == nil) != want {
			t.Errorf("--origin %s: got %v, want it taken: %v (RFC 6454 section 6.2: scheme, host, port)", origin, err, want)
		}
	}
}
