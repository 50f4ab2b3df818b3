package main

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// A startScreen is what serve prints when it's ready: one screen that tells what to type next.
type startScreen struct {
	pop3, pop3s string // addresses, empty when off
	pages       string // the same of the pages
	noPages     string // why there are none
	fingerprint string
	ownCert     bool // made on the spot
	mailboxes   []mailbox
	persona     string
	faults      []string
	root        string // of the Maildirs; empty: in memory
	self        string // what this program is called on this command line
	cleartext   bool   // passwords may travel as they are on pop3
}

// A mailbox is one line of the screen: a user whose password may be shown.
type mailbox struct {
	user, password string
	messages       int
}

func (s startScreen) write(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("pop3lab: a POP3 server that shows what it does")
	p("")
	switch {
	case s.pages != "":
		p("  In the browser, nothing to install: http://%s/", s.pages)
		p("")
	case s.noPages != "":
		p("  No pages: %s", s.noPages)
		p("")
	}
	for _, m := range s.mailboxes {
		p("  user %-8s password %-10s %2d messages", m.user, m.password, m.messages)
	}
	if s.root != "" {
		p("  mail: %s/USER/{cur,new,tmp}, put some there with: %s deliver --maildir %s USER < message", s.root, s.self, s.root)
	}
	if s.persona != "" {
		p("  persona: %s", s.persona)
	}
	if len(s.faults) > 0 {
		p("  it's broken on purpose: %s", strings.Join(s.faults, ", "))
	}
	user, password := "USER", "PASSWORD"
	if len(s.mailboxes) > 0 {
		user, password = s.mailboxes[0].user, s.mailboxes[0].password
	}
	p("")
	p("Connect from another terminal; any of these:")
	p("")
	try := func(note, format string, args ...any) { p("  %-70s%s", fmt.Sprintf(format, args...), note) }
	if host, port, ok := dialable(s.pop3); ok {
		addr := net.JoinHostPort(host, port)
		try("Linux, macOS, Windows (optional feature)", "telnet %s %s", host, port)
		try("Linux (nc -c on macOS)", "nc -C %s %s", host, port)
		try("wherever Nmap is", "ncat -C %s %s", host, port)
		try("fetches message 1", "curl -u %s:%s pop3://%s/1", user, password, addr)
		try("a note beside each line", "%s talk %s", s.self, addr)
		try("STLS", "openssl s_client -quiet -crlf -starttls pop3 -connect %s", addr)
	}
	if host, port, ok := dialable(s.pop3s); ok {
		addr := net.JoinHostPort(host, port)
		try("TLS from the first octet", "openssl s_client -quiet -crlf -connect %s", addr)
		try("the same; -k trusts any certificate", "curl -k -u %s:%s pop3s://%s/1", user, password, addr)
	}
	if s.pop3 != "" && !s.cleartext {
		p("")
		p("  Passwords in the clear are refused on %s: it's reachable from other machines.", s.pop3)
		p("  Use STLS or TLS, or say --allow-cleartext.")
	}
	p("")
	p("Then type, and press Enter after each line:")
	p("")
	p("  USER %s", user)
	p("  PASS %s", password)
	p("  STAT        how many messages, how many octets")
	p("  LIST        the size of each")
	p("  RETR 1      the first message")
	p("  DELE 1      marks it; only QUIT removes it")
	p("  QUIT")
	if s.fingerprint != "" {
		p("")
		how := "TLS certificate"
		if s.ownCert {
			how = "TLS certificate, made for this run; no program trusts it by itself"
		}
		p("%s. SHA-256:", how)
		p("  %s", s.fingerprint)
		if host, port, ok := dialable(s.pop3s); ok && s.ownCert {
			p("  %s talk --pin FINGERPRINT pops://%s", s.self, net.JoinHostPort(host, port))
		}
	}
	p("")
	if s.pop3 != "" {
		p("listening on %s (pop3)", s.pop3)
	}
	if s.pop3s != "" {
		p("listening on %s (pop3s)", s.pop3s)
	}
	p("Ctrl-C ends it")
}

// dialable is the address that a program on this machine connects to.
func dialable(addr string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", "", false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return host, port, true
}
