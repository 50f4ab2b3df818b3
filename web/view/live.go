package view

import "pop3lab/engine/sim"

// The bench with the real server: the ways into it, which the page fills in with the name and the password of the
// visitor's maildrop.

// A Door is how a program reaches the server. In Line, {host}, {port}, {at}, {tlsport}, {tlsat}, {user}, {password} and
// {lab} are filled in by the page, which knows them when it has a room.
type Door struct {
	Client, Line, Note string
	// Needs is what the server has to offer for it: pop3, pop3s, stls, or cleartext, which is pop3 with passwords in the
	// clear. Empty for nothing.
	Needs string
}

// A System is an operating system with the programs that people have there.
type System struct {
	ID, Name string
	Doors    []Door
}

// What is the same on every system.
var (
	ncat     = Door{"ncat", "ncat -C {host} {port}", "Comes with Nmap. -C ends lines with CR LF.", "pop3"}
	tls      = Door{"openssl, TLS", "openssl s_client -quiet -crlf -connect {tlsat}", "TLS from the first octet. Without -quiet a line that begins with R or Q is taken for a command of its own.", "pop3s"}
	starttls = Door{"openssl, STLS", "openssl s_client -quiet -crlf -starttls pop3 -connect {at}", "Begins in the clear, asks for STLS, and goes on in TLS.", "stls"}
	mutt     = Door{"mutt", "mutt -f pop://{user}:{password}@{at}/", "Asks about the certificate when the server has TLS: o accepts it once.", "pop3"}
	talk     = Door{"pop3lab talk", "pop3lab talk {at}", "Explains each line beside it.", "pop3"}
	through  = Door{"pop3lab tunnel", "pop3lab tunnel {lab}", "Where only web pages get through: programs on your machine then connect to 127.0.0.1, port 1110.", ""}
)

// curls are three fetches of the first message, by a curl of that name.
func curls(curl string) []Door {
	return []Door{
		{"curl", curl + " -u {user}:{password} pop3://{at}/1", "Fetches the first message.", "cleartext"},
		{"curl, STLS", curl + " -k --ssl-reqd -u {user}:{password} pop3://{at}/1", "-k takes any certificate: this server may have made its own.", "stls"},
		{"curl, TLS", curl + " -k -u {user}:{password} pop3s://{tlsat}/1", "", "pop3s"},
	}
}

// systems are in the order in which they are offered.
var systems = []System{
	{"windows", "Windows", append(append([]Door{
		{"telnet", "telnet {host} {port}", "Turn it on first: optionalfeatures, Telnet Client.", "pop3"}, ncat}, curls("curl.exe")...), starttls, tls, talk, through)},
	{"macos", "macOS", append(append([]Door{
		{"nc", "nc -c {host} {port}", "-c ends lines with CR LF.", "pop3"},
		{"telnet", "telnet {host} {port}", "From Homebrew: brew install telnet.", "pop3"}, ncat}, curls("curl")...), starttls, tls, mutt, talk, through)},
	{"linux", "Linux", append(append([]Door{
		{"telnet", "telnet {host} {port}", "Debian, Ubuntu: apt install telnet.", "pop3"},
		{"nc", "nc -C {host} {port}", "-C ends lines with CR LF.", "pop3"}, ncat}, curls("curl")...), starttls, tls, mutt, talk, through)},
}

// A Setting is a field of a mail program's account.
type Setting struct{ Name, Value string }

// thunderbird are the settings of an account in Thunderbird, by what the server needs.
var thunderbird = []struct {
	Needs    string
	Settings []Setting
}{
	{"cleartext", []Setting{{"Protocol", "POP3"}, {"Hostname", "{host}"}, {"Port", "{port}"}, {"Connection security", "None"},
		{"Authentication", "Password, transmitted insecurely"}, {"Username", "{user}"}, {"Password", "{password}"}}},
	{"pop3s", []Setting{{"Protocol", "POP3"}, {"Hostname", "{host}"}, {"Port", "{tlsport}"}, {"Connection security", "SSL/TLS"},
		{"Authentication", "Normal password"}, {"Username", "{user}"}, {"Password", "{password}"}}},
}

// LiveBench is the bench whose steps come from the real server.
func LiveBench(p Page) Bench {
	b := Bench{Page: p, Device: "this page", Live: true, State: "not connected", Wire: "Nothing has happened yet"}
	b.Note.Text = "What you send from here, and what any program does on your maildrop, appears here line by line as it happens."
	return b
}

// ailments are what a maildrop can be ill with.
var ailments = sim.Ailments
