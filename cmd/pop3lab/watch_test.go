package main

import (
	"net"
	"strings"
	"testing"
)

// watchTrace runs a dialogue through watch, and returns what watch printed behind its first screen.
func watchTrace(t *testing.T, input string, upstream string, talk []string, flags ...string) string {
	t.Helper()
	r, screen := begin(t, append([]string{"watch", "--listen", "127.0.0.1:0", "--http", "off", "--log", "off", "--upstream", upstream}, flags...)...)
	addr := listeningOn.FindStringSubmatch(screen)[1]
	for _, want := range []string{upstream, addr} {
		if !strings.Contains(screen, want) {
			t.Errorf("the first screen is\n%s\nwant %q in it", screen, want)
		}
	}
	trace := make(chan string, 1)
	go func() { // ends with the connection
		var b strings.Builder
		for {
			line, err := r.out.ReadString('\n')
			if b.WriteString(line); err != nil || strings.HasSuffix(line, " --\n") && !strings.Contains(line, "connected") {
				trace <- b.String()
				return
			}
		}
	}()
	if _, stderr, code := talkTo(t, input, append(append([]string{"--quiet"}, talk...), addr)...); code != 0 {
		t.Fatalf("talk through watch ended with exit code %d and %q", code, stderr)
	}
	return stampAndChallenges.ReplaceAllString(<-trace, "<stamp>")
}

// What watch prints is what serve --trace would: the dialogue, what each line means, and how the state changes.
func TestWatchTrace(t *testing.T) {
	l := newTalkLab(t, 0)
	got := watchTrace(t, "USER mrose\nPASS tanstaaf\nLIST\nDELE 1\nDELE 9\nQUIT\n", l.plain, nil)
	_, got, _ = strings.Cut(got, "\n") // who connected
	got, why, _ := strings.Cut(got, "[w1] -- ")
	want := `[w1] S: +OK POP3 server ready <stamp>
[w1]       The server speaks first, with exactly one line. Now it waits to hear who is there. The
[w1]       timestamp at its end is for APOP: another one in every greeting. (RFC 1939 section 4)
[w1]       connected → AUTHORIZATION
[w1] C: USER mrose
[w1] S: +OK mrose, now send PASS
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
	for _, want := range []string{
		"[w1] C: PASS ********\n", "[w1]       AUTHORIZATION (user given) → TRANSACTION\n", "[w1] S: 1 120\n[w1] S: 2 200\n[w1] S: .\n",
		"there to fetch; 1 is marked.", "The server says no. Why, only its words say",
		"[w1]       TRANSACTION → UPDATE\n", "[w1]       UPDATE → closed\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %q in it", got, want)
		}
	}
	if why != "the server closed --\n" && why != "the client closed --\n" {
		t.Errorf("at the end got %q, want who closed", why)
	}
}

// TLS that isn't ended here passes, and the trace says so; ended here it's read.
func TestWatchSTLS(t *testing.T) {
	l := newTalkLab(t, 0)
	got := watchTrace(t, "CAPA\nQUIT\n", l.plain, []string{"--stls", "--pin", l.pin})
	if !strings.Contains(got, "nobody in between can read") || strings.Contains(got, "C: QUIT") {
		t.Errorf("got\n%s\nwant the beginning of TLS, and nothing behind it", got)
	}
	got = watchTrace(t, "QUIT\n", l.plain, []string{"--stls", "--insecure"}, "--terminate-tls", "--pin", l.pin)
	if !strings.Contains(got, "[w1] C: STLS") || !strings.Contains(got, "[w1] C: QUIT") {
		t.Errorf("got\n%s\nwant what is said inside TLS too", got)
	}
}

// A URL's default ports are those of the two ways.
func TestWatchPorts(t *testing.T) {
	for _, c := range []struct {
		o    watchOptions
		want string
	}{
		{watchOptions{upstream: "pop.example.org", maxConns: 1}, "pop.example.org:110"},
		{watchOptions{upstream: "pop.example.org", upstreamTLS: true, maxConns: 1}, "pop.example.org:995"},
		{watchOptions{upstream: "pop.example.org:2110", upstreamTLS: true, maxConns: 1}, "pop.example.org:2110"},
		{watchOptions{upstream: "[::1]", maxConns: 1}, net.JoinHostPort("::1", "110")},
	} {
		if got, err := c.o.check(); got != c.want || err != nil {
			t.Errorf("--upstream %s: got %q, %v, want %q", c.o.upstream, got, err, c.want)
		}
	}
}
