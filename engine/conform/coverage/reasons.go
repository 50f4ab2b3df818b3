package coverage

// Reasons say of rows why no test names them, or, for those in Unmet, why they aren't met.
var Reasons = map[string]string{
	"UID-13": "A permission that isn't used: maildrops in memory draw their ids from a seed, Maildirs take them from file names.",
	"SAS-24": "No mechanism here negotiates a security layer; TLS does that work.",
	"CAP-09": "No mechanism here negotiates a security layer; TLS does that work.",
	"SAS-44": "No mechanism here negotiates a security layer; TLS does that work.",
	"SAS-26": "No mechanism here negotiates a security layer; TLS does that work.",
	"I18-06": "Isn't done: what is converted has other octets, so sizes found at open would be wrong and signatures over the message would break. A message goes out as it was delivered.",
	"I18-07": "Isn't checked: a message goes out as it was delivered, line by line, whatever its MIME fields say of it.",
	"I18-21": "A permission that isn't used: LANG * is the same for every user.",
	"DAU-08": "Time can't be measured so finely in a test on a shared machine. sasl.SameSecret and digest.Equal look at every octet, and nothing else compares secrets.",
}

// Unmet are the rows that this server doesn't meet, on purpose.
var Unmet = map[string]bool{"I18-06": true, "I18-07": true}

// A Place is where something is documented.
type Place struct {
	Path  string // from the repository's root
	Quote string // words that stand there
}

// Documented says of rows that are a matter of documentation, or of what a person should do, where it
// stands.
var Documented = map[string]Place{
	"FMT-04": {"engine/explain.go", "everybody on the way can read it"},
	"TLS-14": {"engine/maildrop.go", "NoCleartext bars the user from every method that sends the password as it is"},
}

// Advice is what operators should know and no program can do for them; it stands on the page itself.
var Advice = map[string]string{
	"FRM-01": "The registered ports are 110 for POP3 and 995 for POP3 inside TLS. `pop3lab serve` takes 1110 and 1995, because ports below 1024 want privileges; `--pop3` and `--pop3s` name others.",
	"USR-15": "A user whose secret APOP uses should not send it with PASS as well: whoever overhears one PASS can answer every APOP. `--persona apop-only` shows a server without PASS.",
	"MEC-16": "Nor should a user's secret serve CRAM-MD5 or SCRAM and go over the wire with PLAIN or LOGIN as well.",
	"APO-12": "Secrets for APOP and CRAM-MD5 should be long, considerably longer than 8 characters: one greeting and one digest are enough to try out every short one at home.",
	"QUT-11": "Where mail is removed after some time, say so to everybody who has a mailbox.",
	"CAP-31": "A policy of removing mail belongs into CAPA too, as `EXPIRE`. The engine announces what `Config.Expire` says; removing is up to whoever runs the store.",
	"TLS-18": "Which mechanisms there are is a persona's choice, and which versions and suites of TLS is the Go library's: TLS 1.2 and 1.3 with suites that are good today.",
	"TLS-31": "Programs find a server by SRV records: `_pop3s._tcp` for TLS from the first octet on, `_pop3._tcp` for STLS.",
	"TLS-32": "The lowest priority is tried first, across services too; a target of `.` says that a service isn't offered.",
	"TLS-33": "TLS from the first octet on should come first, then STLS; nothing should be offered in the clear. For the domain example.org:\n\n```\n_pop3s._tcp SRV 0 1 995 pop.example.org.\n_pop3._tcp  SRV 10 1 110 pop.example.org.\n```",
}
