package view

import "pop3lab/engine"

// A scene is a session in the world of the demonstration, told by what the client does. What stands in
// it is said to the engine, and the pages show what the engine answered: no answer is written down.
//
// A line is sent with CR LF. What stands in parentheses is no line:
//
//	(connect tls)       connects, and may be the first thing only or follow the end of a session;
//	(connect barred)    a scene that begins otherwise begins with (connect)
//	(device home PC)    from here on it's another device, which connects
//	(suggested)         sends what the engine suggests first
//	(apop)              sends APOP with mrose's digest
//	(cram) (scram)      answers the challenge that came last, as mrose
//	(secured)           completes the TLS handshake
//	(ail stuck)         mrose's maildrop ails (sim.Ailments)
//	(remove UID)        a message vanishes from mrose's maildrop
//	(expire) (hangup)   the idle limit runs out, the client is gone
type scene struct {
	world string // what differs from the demonstration, as sim.ParseWorld reads it
	say   []string
}

func say(lines ...string) scene { return scene{say: lines} }

// then is a scene that goes on.
func then(before []string, lines ...string) scene {
	return scene{say: append(before[:len(before):len(before)], lines...)}
}

var (
	named = []string{"USER mrose"}
	login = []string{"USER mrose", "PASS tanstaaf"}
)

// A part is what the reference has recorded about a verb: before leads to the place where show is said,
// which is the page's example, and more are further sessions whose answers it shows.
type part struct {
	verb   engine.Verb
	world  string
	before []string
	show   []string
	more   []scene
}

// commandParts are the commands, in the order of the reference.
var commandParts = []part{
	{verb: "USER", show: []string{"USER mrose", "PASS tanstaaf"}, more: []scene{
		say("USER"), say("USER mrose tanstaaf"), say("USER dewey", "USER mrose"), then(login, "USER mrose"), then(named, "USER"),
		{"switch user-tells", []string{"USER nobody"}}, say("(connect barred)", "USER mrose"), {"without USER", []string{"USER mrose"}},
		say("USER  mrose"), say("USER " + longName), {"switch strict-user", []string{"USER dewey", "USER mrose"}}}},
	{verb: "PASS", before: named, show: []string{"PASS tanstaaf"}, more: []scene{
		say("PASS tanstaaf"), then(named, "PASS wrong"), then(named, "NOOP", "PASS tanstaaf"), then(named, "PASS"), then(named, "PASS \xff"), then(login, "PASS tanstaaf"),
		then(login, "(device home PC)", "USER mrose", "PASS tanstaaf"),
		{"delay 60", []string{"USER mrose", "PASS tanstaaf", "QUIT", "(connect)", "USER mrose", "PASS tanstaaf"}},
		say("(ail busy)", "USER mrose", "PASS tanstaaf"), say("(ail missing)", "USER mrose", "PASS tanstaaf"), say("(ail damaged)", "USER mrose", "PASS tanstaaf")}},
	{verb: "APOP", show: []string{"(apop)"}, more: []scene{
		say("APOP mrose c4c9334bac560ecc979e58001b3e22fb"), say("APOP mrose"), then(named, "(apop)"), then(named, "APOP mrose c4c9334bac560ecc979e58001b3e22fb"),
		then(login, "APOP mrose c4c9334bac560ecc979e58001b3e22fb"), then(login, "(device home PC)", "(apop)")}},
	{verb: "AUTH", show: []string{"AUTH PLAIN", "(suggested)"}, more: []scene{
		say("AUTH PLAIN AG1yb3NlAHRhbnN0YWFm"), say("AUTH PLAIN AG1yb3NlAHdyb25n"), say("AUTH FROB"), say("AUTH"), say("AUTH CRAM-MD5 AAAA"), say("AUTH #1"),
		then(named, "AUTH PLAIN", "(suggested)"), then(named, "AUTH PLAIN AG1yb3NlAHRhbnN0YWFm"), then(named, "AUTH FROB"), then(login, "AUTH PLAIN"),
		say("(connect barred)", "AUTH PLAIN"), {"switch auth-lists", []string{"AUTH"}}}},
	{verb: "STLS", show: []string{"STLS", "(secured)", "USER mrose"}, more: []scene{
		say("STLS", "(secured)", "STLS"), say("STLS now"), then(named, "STLS", "(secured)"), then(named, "STLS now"), then(login, "STLS"), {"without STLS", []string{"STLS"}},
		say("STLS\r\nUSER mrose")}},
	{verb: "UTF8", show: []string{"UTF8", "USER mrose"}, more: []scene{
		say("UTF8 now"), then(named, "UTF8"), then(named, "UTF8 now"), then(login, "UTF8"), {"without UTF8", []string{"UTF8"}}}},
	{verb: "LANG", show: []string{"LANG", "LANG de", "NOOP"}, more: []scene{
		say("LANG tlh"), say("LANG de fr"), then(named, "LANG"), then(named, "LANG tlh"), then(login, "LANG fr"), then(login, "LANG tlh"), {"without LANG", []string{"LANG"}}}},
	{verb: "CAPA", show: []string{"CAPA"}, more: []scene{
		say("CAPA all"), then(named, "CAPA"), then(named, "CAPA all"), then(login, "CAPA"), then(login, "CAPA all"), {"without CAPA", []string{"CAPA"}}}},
	{verb: "QUIT", before: []string{"USER mrose", "PASS tanstaaf", "DELE 1"}, show: []string{"QUIT"}, more: []scene{
		say("QUIT"), then(named, "QUIT"), then(login, "QUIT"), then(login, "DELE 1", "DELE 2", "QUIT"), then(login, "DELE 1", "(ail stuck)", "QUIT"),
		say("QUIT now"), then(named, "QUIT now"), then(login, "QUIT now")}},

	{verb: "STAT", before: login, show: []string{"STAT"}, more: []scene{then(login, "DELE 1", "STAT"), then(login, "STAT 1"), say("STAT"), then(named, "STAT")}},
	{verb: "LIST", before: []string{"USER mrose", "PASS tanstaaf", "STAT"}, show: []string{"LIST", "LIST 2"}, more: []scene{
		then(login, "DELE 1", "LIST"), then(login, "LIST 3"), then(login, "DELE 1", "LIST 1"), then(login, "LIST 0"), then(login, "LIST 01"), then(login, "LIST one"), then(login, "LIST 99999999999999999999"), then(login, "LIST 1 2"),
		{"user carol xyzzy", []string{"USER carol", "PASS xyzzy", "LIST 1"}}, say("LIST")}},
	{verb: "RETR", before: []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST"}, show: []string{"RETR 1"}, more: []scene{
		then(login, "RETR 3"), then(login, "DELE 1", "RETR 1"), then(login, "RETR"), then(login, "RETR 0"), then(login, "RETR 1 2"), then(login, "(remove whqtswO00WBw418f9t5JxYwZ)", "RETR 1"),
		then(login, "(ail unreadable)", "RETR 1"), {"mail mrose\n| Subject: Grüße\n|\n| Servus.", []string{"USER mrose", "PASS tanstaaf", "RETR 3"}}, say("RETR 1")}},
	{verb: "DELE", before: []string{"USER mrose", "PASS tanstaaf", "STAT", "LIST", "RETR 1"}, show: []string{"DELE 1", "LIST"}, more: []scene{
		then(login, "DELE 3"), then(login, "DELE 1", "DELE 1"), then(login, "DELE"), then(login, "DELE one"), say("DELE 1")}},
	{verb: "NOOP", before: login, show: []string{"NOOP"}, more: []scene{then(login, "NOOP 1"), say("NOOP")}},
	{verb: "RSET", before: []string{"USER mrose", "PASS tanstaaf", "DELE 1"}, show: []string{"LIST", "RSET", "LIST"}, more: []scene{then(login, "RSET 1"), say("RSET")}},
	{verb: "TOP", before: login, show: []string{"TOP 1 0", "TOP 1 1"}, more: []scene{
		then(login, "TOP 3 0"), then(login, "DELE 1", "TOP 1 0"), then(login, "TOP 1"), then(login, "TOP 1 ten"), say("TOP 1 0"),
		{"without TOP", []string{"USER mrose", "PASS tanstaaf", "TOP 1 0"}}}},
	{verb: "UIDL", before: login, show: []string{"UIDL", "UIDL 2"}, more: []scene{
		then(login, "DELE 1", "UIDL"), then(login, "UIDL 3"), then(login, "DELE 1", "UIDL 1"), then(login, "UIDL 0"), say("UIDL"),
		{"without UIDL", []string{"USER mrose", "PASS tanstaaf", "UIDL"}}}},
	{verb: "LAST", world: "switch legacy-1460", before: []string{"USER mrose", "PASS tanstaaf", "RETR 2"}, show: []string{"LAST"}, more: []scene{
		then(login, "LAST"), {"switch legacy-1460", []string{"USER mrose", "PASS tanstaaf", "LAST"}}}},
}

// eventParts are what happens without a command, in the order in which a session lives through it.
var eventParts = []part{
	{verb: engine.Connect, show: []string{"(connect)"}},
	{verb: engine.Other, show: []string{"FROB", "USER mrose", "FROB", "PASS tanstaaf"}, more: []scene{
		say(""), say("FROB\t1"), say("US\xc3\xa9R"), {"without CAPA", []string{"FROB"}}, then(login, "FROB"), say("XTND XLST"),
		say("STLS", "USER mrose")}},
	{verb: engine.Response, before: []string{"AUTH PLAIN"}, show: []string{"(suggested)"}, more: []scene{
		say("AUTH PLAIN", "*"), say("AUTH PLAIN", "not Base64"), say("AUTH PLAIN", "QUIT"), say("AUTH PLAIN", "AG1yb3NlAHdyb25n"),
		say("AUTH CRAM-MD5", "(cram)"), say("AUTH SCRAM-SHA-256", "(scram)")}},
	{verb: engine.Secured, before: []string{"STLS"}, show: []string{"(secured)", "CAPA"}},
	{verb: engine.Expire, before: login, show: []string{"DELE 1", "(expire)"}, more: []scene{
		say("(expire)"), then(named, "(expire)"), say("AUTH PLAIN", "(expire)"), say("STLS", "(expire)"),
		{"switch answer-timeout", []string{"(expire)"}}, {"switch answer-timeout", []string{"USER mrose", "(expire)"}}, {"switch answer-timeout", []string{"AUTH PLAIN", "(expire)"}},
		{"switch answer-timeout", []string{"STLS", "(expire)"}}, {"switch answer-timeout", []string{"USER mrose", "PASS tanstaaf", "(expire)"}}}},
	{verb: engine.Hangup, before: login, show: []string{"DELE 1", "(hangup)"}, more: []scene{
		say("(hangup)"), then(named, "(hangup)"), say("AUTH PLAIN", "(hangup)"), say("STLS", "(hangup)")}},
	{verb: engine.Commit, before: []string{"USER mrose", "PASS tanstaaf", "DELE 1"}, show: []string{"QUIT"}, more: []scene{
		then(login, "DELE 1", "(ail stuck)", "QUIT"), then(login, "QUIT")}},
}

// mechanismParts are SASL mechanisms that a session of the demonstration can show.
var mechanismParts = map[string]scene{
	"PLAIN":         say("STLS", "(secured)", "AUTH PLAIN", "(suggested)"),
	"CRAM-MD5":      say("AUTH CRAM-MD5", "(cram)"),
	"SCRAM-SHA-256": say("AUTH SCRAM-SHA-256", "(scram)", "(scram)", ""),
	"OAUTHBEARER":   say("(connect tls)", "AUTH OAUTHBEARER bixhPW1yb3NlLAFhdXRoPUJlYXJlciB0ZWFjaGluZy10b2tlbi1vZi1tcm9zZQEB"),
	"EXTERNAL":      say("(connect tls as mrose)", "AUTH EXTERNAL ="),
}

// longName makes USER longer than the 255 octets of RFC 2449 section 4.
const longName = "mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose." +
	"mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose.mrose"
