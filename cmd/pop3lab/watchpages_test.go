package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// watchWith runs pop3lab watch with flags in this process until stop is called. It returns where it listens, and where its
// page is, if there's one.
func watchWith(t *testing.T, flags ...string) (port, page string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() { // ends with stop
		code <- run(ctx, append([]string{"watch", "--listen", "127.0.0.1:0", "--log", "off"}, flags...), stdio{strings.NewReader(""), w, w})
		w.Close()
	}()
	var said bytes.Buffer
	var mu sync.Mutex
	ready, read := make(chan bool), make(chan bool)
	go func() { // ends with the pipe
		defer close(read)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			line := lines.Text()
			mu.Lock()
			said.WriteString(line + "\n")
			mu.Unlock()
			if _, at, is := strings.Cut(line, "step by step: "); is {
				page = at
			}
			if addr, is := strings.CutSuffix(line, " (pop3)"); is {
				port = strings.TrimPrefix(addr, "listening on ")
				close(ready)
			}
		}
	}()
	stop = sync.OnceValue(func() string {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("watch ended with %d", c)
		}
		<-read
		return said.String()
	})
	select {
	case <-ready:
	case <-read:
		t.Fatalf("watch %v ended: %s", flags, stop())
	}
	t.Cleanup(func() { stop() })
	return port, page, stop
}

// TestWatchPages: what passes is in the steps that the page gets, in their order and without the password; who shows no
// token, or comes from elsewhere, gets nothing, and what can't be done to somebody else's server is refused with a reason.
func TestWatchPages(t *testing.T) {
	lab := serveWith(t)
	port, page, stop := watchWith(t, "--upstream", lab.pop3, "--http", "127.0.0.1:0")
	if page == "" {
		t.Fatal("the screen names no page")
	}
	home := strings.TrimSuffix(page, "/live")
	ask := func(method, path, token, origin string) *http.Response {
		t.Helper()
		r, err := http.NewRequest(method, home+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
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
	var room, other struct {
		Token, User, POP3 string
		Watch             bool
	}
	if err := json.NewDecoder(ask("POST", "/live/room", "", home).Body).Decode(&room); err != nil || room.Token == "" || !room.Watch || room.POP3 != port || room.User != "" {
		t.Fatalf("a token: got %+v, %v; want one, of a watch at %s without a maildrop", room, err, port)
	}
	if err := json.NewDecoder(ask("POST", "/live/room", "", home).Body).Decode(&other); err != nil || other.Token == room.Token {
		t.Errorf("a second page's token: got %+v, %v; want one of its own", other, err)
	}
	for _, tt := range []struct {
		method, path, token, origin string
		want                        int
		say                         string
	}{
		{"POST", "/live/room", "", "http://elsewhere.example", 403, "another origin"},
		{"POST", "/live/room", "", "", 403, "no origin"},
		{"GET", "/live/steps", "", home, 401, "token"},
		{"GET", "/live/steps", "guess", home, 401, "no such room"},
		{"GET", "/live/steps", room.Token, "http://elsewhere.example", 403, "another origin"},
		{"POST", "/live/room/deliver", room.Token, home, 409, "somebody else's"},
		{"POST", "/live/room/reset", room.Token, home, 409, "somebody else's"},
		{"POST", "/live/room/cut", room.Token, home, 200, `"done":0`},
		{"GET", "/live/steps", other.Token, home, 200, ""},
		{"DELETE", "/live/room", room.Token, home, 405, ""},
	} {
		answer := ask(tt.method, tt.path, tt.token, tt.origin)
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != tt.want || !strings.Contains(string(body), tt.say) {
			t.Errorf("%s %s, origin %q: got %d %q, want %d with %q", tt.method, tt.path, tt.origin, answer.StatusCode, body, tt.want, tt.say)
		}
	}
	if at := ask("GET", "/be-the-server", "", "").Request.URL.Path; at != "/live" {
		t.Errorf("/be-the-server leads to %s, want /live: a tab can't be somebody else's server", at)
	}
	nc, err := net.Dial("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(nc, "USER mrose\r\nPASS tanstaaf\r\nLIST\r\nQUIT\r\n")
	if said, err := io.ReadAll(nc); err != nil || strings.Count(string(said), "+OK") != 5 {
		t.Errorf("through watch: got %q, %v; want five +OK", said, err)
	}
	watching := ask("GET", "/live/events", room.Token, home)
	var all string
	for end := time.Now().Add(20 * time.Second); !strings.Contains(all, "QUIT") && time.Now().Before(end); {
		steps, _ := io.ReadAll(ask("GET", "/live/steps", room.Token, home).Body)
		all = string(steps)
	}
	at := 0
	for _, want := range []string{"the watch begins", "USER mrose", "PASS ********", "LIST", "QUIT"} {
		i := strings.Index(all[at:], want)
		if i < 0 {
			t.Errorf("the steps lack %q in its place", want)
			continue
		}
		at += i
	}
	if strings.Contains(all, "tanstaaf") {
		t.Error("the steps show the password")
	}
	if strings.Contains(all, lab.pop3) || strings.Contains(all, port) {
		t.Error("the steps name an address; want none")
	}
	ended := make(chan string, 1)
	go func() { ended <- stop() }() // ends with watch
	if rest, err := io.ReadAll(watching.Body); err != nil || !strings.Contains(string(rest), "shuts down") {
		t.Errorf("a watcher at the end: got %v and %q, want to be told of it", err, rest[max(0, len(rest)-80):])
	}
	if out := <-ended; !strings.Contains(out, "C: USER mrose") {
		t.Errorf("the terminal shows the session no more, now that there is a page:\n%s", out)
	}
}

// TestWatchAway: when the server can't be reached, the client is told, and a page sees that, without an address.
func TestWatchAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	port, page, _ := watchWith(t, "--upstream", gone, "--http", "127.0.0.1:0")
	nc, err := net.Dial("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	if said, err := bufio.NewReader(nc).ReadString('\n'); err != nil || !strings.HasPrefix(said, "-ERR [SYS/TEMP] ") {
		t.Errorf("got %q, %v; want -ERR [SYS/TEMP] (RFC 3206 section 4)", said, err)
	}
	nc.Close()
	home := strings.TrimSuffix(page, "/live")
	r, _ := http.NewRequest("POST", page+"/room", nil)
	r.Header.Set("Origin", home)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var room struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&room); err != nil {
		t.Fatal(err)
	}
	var steps []byte
	for end := time.Now().Add(20 * time.Second); !bytes.Contains(steps, []byte("be reached")) && time.Now().Before(end); {
		r, _ := http.NewRequest("GET", page+"/steps", nil)
		r.Header.Set("Authorization", "Bearer "+room.Token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		steps, _ = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if !bytes.Contains(steps, []byte("the server can't be reached")) || bytes.Contains(steps, []byte(gone)) {
		t.Errorf("the steps: got %q, want that the server can't be reached, and not its address", steps)
	}
}
