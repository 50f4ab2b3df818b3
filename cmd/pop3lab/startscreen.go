package main

import (
	"fmt"
	"io"
	"net"
	"strings"

	"pop3lab/engine"
)

// A startScreen is what serve prints when it's ready: one screen that tells what to type next. What
// it tells is what the server's table has.
type startScreen struct {
	protocol    *engine.Protocol
	pop3, pop3s string   // addresses, empty when off
	pages       string   // the same of the pages
	noPages     string   // why there are none
	lessonDir   string   // of --lessons; empty for none
	lessons     int      // read from it
	noLessons   []string // what is wrong with its other files
	fingerprint string
	ownCert     bool // made on the spot
	mailboxes   []mailbox
	persona     engine.Persona
	faults      []string
	switches    []string
	root        string // of the Maildirs; empty: in memory
	self        string // what this program is called on this command line
	cleartext   bool   // passwords may travel as they are on pop3, from anywhere
	loopback    bool   // pop3 is reached from this machine alone
	remarks     []string
}

// A mailbox is a user to try. What isn't to be shown is empty.
type mailbox struct {
	user, password string
	messages       int
	token          string
}

func (s startScreen) write(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("pop3lab: a POP3 server that shows what it does")
	p("")
	switch {
	case s.pages != "":
		p("  In the browser, nothing to install: http://%s/", s.pages)
		p("  What programs say to this server, live on a page: http://%s/live", s.pages)
		if s.lessonDir != "" {
			p("  Lessons: http://%s/lessons, with %s read from %s", s.pages, count(s.lessons, "lesson"), s.lessonDir)
			for _, problem := range s.noLessons {
				p("  not shown: %s", problem)
			}
		}
		p("")
	case s.noPages != "":
		p("  No pages: %s", s.noPages)
		p("")
	}
	s.whatItIs(p)
	p("")
	p("Connect from another terminal; any of these:")
	p("")
	s.ways(func(note, format string, args ...any) { p("  %-70s%s", fmt.Sprintf(format, args...), note) })
	if s.pop3 != "" && !s.cleartext {
		p("")
		p("  From other machines, passwords in the clear are refused: use STLS or TLS, or say")
		p("  --allow-cleartext.")
	}
	p("")
	p("Then type, and press Enter after each line:")
	p("")
	s.script(p)
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

// whatItIs tells of mailboxes, and of what is unusual about this server.
func (s startScreen) whatItIs(p func(string, ...any)) {
	for _, m := range s.mailboxes {
		if m.password != "" {
			p("  user %-8s password %-10s %2d messages   (token %s)", m.user, m.password, m.messages, m.token)
		}
	}
	if s.root == "" && len(s.mailboxes) > 0 && s.mailboxes[0].password != "" {
		p("  What QUIT removes comes back with the next start.")
	}
	if s.root != "" {
		p("  mail: %s/NAME/{cur,new,tmp}; put some there with", s.root)
		p("        %s deliver --maildir %s %s < message", s.self, s.root, s.someone())
	}
	if s.persona.Name != "" {
		p("  persona %s: %s", s.persona.Name, s.persona.Doc)
	}
	if len(s.switches) > 0 {
		p("  switches: %s", strings.Join(s.switches, ", "))
	}
	if len(s.faults) > 0 {
		p("  it's broken on purpose: %s", strings.Join(s.faults, ", "))
	}
	for _, r := range s.remarks {
		p("  %s", r)
	}
}

// someone is a name to try.
func (s startScreen) someone() string {
	if len(s.mailboxes) == 0 {
		return "NAME"
	}
	return s.mailboxes[0].user
}

// ways tells how to connect.
func (s startScreen) ways(try func(note, format string, args ...any)) {
	user, password := s.someone(), "PASSWORD"
	if len(s.mailboxes) > 0 && s.mailboxes[0].password != "" {
		password = s.mailboxes[0].password
	}
	caps := s.protocol.Caps()
	if host, port, ok := dialable(s.pop3); ok {
		addr := net.JoinHostPort(host, port)
		try("Linux, macOS, Windows (optional feature)", "telnet %s %s", host, port)
		try("Linux (nc -c on macOS)", "nc -C %s %s", host, port)
		try("wherever Nmap is", "ncat -C %s %s", host, port)
		if caps.Has(engine.CapUSER) {
			try("fetches message 1", "curl -u %s:%s pop3://%s/1", user, password, addr)
		}
		try("a note beside each line", "%s talk %s", s.self, addr)
		if caps.Has(engine.CapSTLS) {
			try("STLS", "openssl s_client -quiet -crlf -starttls pop3 -connect %s", addr)
		}
		if !s.loopback {
			try("from other machines", "telnet %s %s", otherHost(host), port)
		}
	}
	if host, port, ok := dialable(s.pop3s); ok {
		addr := net.JoinHostPort(host, port)
		try("TLS from the first octet", "openssl s_client -quiet -crlf -connect %s", addr)
		if caps.Has(engine.CapUSER) {
			try("the same; -k trusts any certificate", "curl -k -u %s:%s pop3s://%s/1", user, password, addr)
		}
	}
}

// script tells what to type. A row that isn't there isn't told of.
func (s startScreen) script(p func(string, ...any)) {
	caps := s.protocol.Caps()
	if caps.Has(engine.CapUSER) {
		p("  USER %s", s.someone())
		if len(s.mailboxes) > 0 && s.mailboxes[0].password != "" {
			p("  PASS %s", s.mailboxes[0].password)
		} else {
			p("  PASS ...    the password of the users file")
		}
	} else if host, port, ok := dialable(s.pop3); ok {
		p("  (USER and PASS aren't offered; APOP wants a digest, which talk computes:")
		p("   printf '%%s' PASSWORD > secret; %s talk --pass-file secret 'pop://%s;AUTH=+APOP@%s')", s.self, s.someone(), net.JoinHostPort(host, port))
	}
	p("  STAT        how many messages, how many octets")
	p("  LIST        the size of each")
	p("  RETR 1      the first message")
	p("  DELE 1      marks it; only QUIT removes it")
	p("  RSET        takes the mark away again")
	p("  QUIT")
}

// otherHost is this machine's address on the network, for people on other machines.
func otherHost(bound string) string {
	if ip := net.ParseIP(bound); ip != nil && !ip.IsLoopback() {
		return bound
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "THIS-MACHINE"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "THIS-MACHINE"
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
