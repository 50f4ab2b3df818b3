package coverage

// A Decision is a place where the RFCs leave a choice, and what was chosen.
type Decision struct {
	ID      string
	Asked   string
	Decided string
	Switch  string // the switch that chooses otherwise, if there is one
}

// Decisions are. Tests name them as they name rows.
var Decisions = []Decision{
	{"A-01", "RFC 2449 section 3 leaves the space out of the characters that a text may have, though every example has spaces.", "A slip: texts have spaces.", ""},
	{"A-02", "May a text hold [ behind its beginning?", "Yes. Only at its beginning stands nothing but a response code.", ""},
	{"A-03", "Is STLS announced in both states or in AUTHORIZATION?", "In AUTHORIZATION only, and only while it would be taken.", ""},
	{"A-04", "Are USER and SASL announced after login?", "Yes.", "capa-forgets"},
	{"A-05", "USER after a USER that was accepted?", "It replaces the name.", "strict-user"},
	{"A-06", "What is immediately after, for PASS?", "Any command but PASS forgets the name, except CAPA and LANG, which are allowed everywhere.", ""},
	{"A-07", "Spaces before, within and behind a password?", "Everything behind the one space is the password.", ""},
	{"A-08", "A space too many, between arguments or at the end?", "Is refused, with a sentence that says so.", "lenient-space"},
	{"A-09", "Leading zeros in numbers?", "Are refused. 0 is refused always.", "lenient-zeros"},
	{"A-10", "A line that ends with LF alone?", "Is taken, and so is CR NUL; the event says how the line ended.", "strict-lines"},
	{"A-11", "What does the idle timer say?", "Nothing: it closes.", "answer-timeout"},
	{"A-12", "Does mail that arrives during a session appear?", "Not before the next session.", ""},
	{"A-13", "A message whose last line has no end?", "Gets CRLF, which counts in its size, in STAT, LIST, RETR and TOP alike.", ""},
	{"A-14", "TOP of a message without a blank line?", "All of it is header; no blank line is made up.", ""},
	{"A-15", "TOP 0 of a message that ends with its blank line?", "The header and the blank line.", ""},
	{"A-16", "STAT's size in a maildrop with UTF-8?", "Exact, though RFC 6856 section 2.1 would let it be an estimate.", ""},
	{"A-17", "Does EXPIRE 0 remove what was retrieved?", "Only with the switch.", "download-and-delete"},
	{"A-18", "When is LOGIN-DELAY said?", "When the credentials have proved right: it tells nobody who has a mailbox.", ""},
	{"A-19", "[IN-USE] tells that the password was right. In the clear too?", "Yes, but a user who is barred from the clear is refused before anything is checked.", ""},
	{"A-20", "AUTH without argument?", "Is refused.", "auth-lists"},
	{"A-21", "A line inside AUTH that looks like a command?", "Is a response: every keyword of four letters is valid Base64.", ""},
	{"A-22", "May AUTH be pipelined?", "Octets are taken in their order, so it works where the client knows how many responses there are.", ""},
	{"A-23", "UTF8 after login?", "Is refused.", "utf8-after-login"},
	{"A-24", "How does SCRAM's last message go out?", "As a challenge, which the client answers with an empty line; then comes +OK.", ""},
	{"A-25", "Does the limit of 40 characters for an argument hold beside the 255 octets for a command?", "No.", ""},
	{"A-26", "8-bit mail outside UTF-8 mode?", "Where UTF8 is announced, a message with UTF-8 in its header is refused; elsewhere all mail passes as it is.", "pass-8bit"},
	{"A-27", "Is UTF8 announced after login too, where it isn't taken?", "Yes, as RFC 6856 section 2 says.", ""},
	{"A-28", "The maildrop was changed behind the session's back?", "The listing stays; a message that vanished is refused with [SYS/TEMP].", ""},
	{"A-29", "Is a lock always needed?", "One session at a time.", "no-lock"},
}
