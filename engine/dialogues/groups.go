package dialogues

import (
	"sync"

	"pop3lab/engine"
)

// A Group is a shelf of the library.
type Group struct {
	Name      string // as it stands in an address
	Title     string
	About     string
	Dialogues []*Dialogue

	names []string
}

// shelves are the groups in teaching order, with the names of their files in theirs.
var shelves = []Group{
	{Name: "begin", Title: "To begin with", About: "A session from the greeting to the end, and what it consists of.",
		names: []string{"first-session", "harish-logs-in", "three-states"}},
	{Name: "rfc1939", Title: "The examples of RFC 1939", About: "What the standard prints, section by section, and its own session at the end.",
		names: []string{"rfc1939-greeting", "rfc1939-quit-authorization", "rfc1939-stat", "rfc1939-list", "rfc1939-retr", "rfc1939-dele",
			"rfc1939-noop", "rfc1939-rset", "rfc1939-update", "rfc1939-top", "rfc1939-uidl", "rfc1939-user", "rfc1939-pass", "rfc1939-apop",
			"rfc1939-session"}},
	{Name: "rules", Title: "Rules of the game", About: "How commands and answers look, and what a server does with everything else.",
		names: []string{"any-case", "two-indicators", "wrong-password", "not-pop3", "dewey-mrose-secret", "login-call", "login-call-today"}},
	{Name: "mailbox", Title: "One mailbox, several machines", About: "Locks, new mail, and who keeps what.",
		names: []string{"locked-mailbox", "locked-mailbox-hides-new-mail", "mail-while-you-wait", "download-and-delete", "download-and-keep"}},
	{Name: "ends", Title: "How a session ends", About: "With QUIT, or otherwise: what is removed, and what stays.",
		names: []string{"fails-before-quit", "plug-pulled-before-quit", "idle-autologout", "half-close", "update-fails",
			"leaving-in-every-room", "silence-in-every-room"}},
	{Name: "wire", Title: "Octets on the wire", About: "Dots, line ends and pieces of lines.",
		names: []string{"byte-stuffing", "lf-alone", "line-too-long", "segments", "pipelining"}},
	{Name: "login", Title: "Ways to log in", About: "After USER, PASS and APOP came AUTH, with a mechanism for every taste.",
		names: []string{"between-user-and-pass", "refused-after-user", "apop-after-user", "auth-plain", "auth-plain-in-two-steps", "auth-login", "auth-cram-md5",
			"auth-scram-sha-1", "auth-scram-sha-256", "auth-oauthbearer", "auth-xoauth2", "auth-external", "auth-anonymous", "auth-cancelled"}},
	{Name: "extensions", Title: "What came later", About: "Capabilities, TLS, languages, and codes that tell programs why.",
		names: []string{"capa", "stls", "stls-forgets", "cleartext-after-stls", "tls-from-the-start", "lang", "utf8", "utf8-missing",
			"code-in-use", "code-login-delay", "code-auth", "code-sys-temp", "code-sys-perm"}},
	{Name: "history", Title: "How POP3 grew", About: "RFC 1460, 1725, 1734, 1939, 2449, 3206: the same evening, told by the servers of its time.",
		names: []string{"history-1460", "history-1725", "history-1734", "history-1939", "history-2449", "history-3206"}},
	{Name: "servers", Title: "Servers", About: "One session with each server that this lab can be.",
		names: personas()},
	{Name: "faults", Title: "Faults", About: "One session with each thing that can be wrong: watch it here, then let it loose on your own client.",
		names: faults()},
}

func personas() (names []string) {
	for _, p := range engine.Personas {
		names = append(names, "persona-"+p.Name)
	}
	return names
}

func faults() (names []string) {
	for _, f := range engine.AllFaults {
		names = append(names, "fault-"+f.Name)
	}
	return names
}

// Groups are the shelves, in teaching order.
func Groups() []*Group { return shelved() }

var shelved = sync.OnceValue(func() []*Group {
	var groups []*Group
	for i := range shelves {
		g := &shelves[i]
		for _, name := range g.names {
			g.Dialogues = append(g.Dialogues, open(name, g))
		}
		groups = append(groups, g)
	}
	return groups
})
