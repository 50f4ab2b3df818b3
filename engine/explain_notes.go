package engine

// What Explain says, as data. In the texts $n is the message-number, $m the event's octets, $s the
// verb, $d the dots that were stuffed; {one|many} is chosen by the number before it.

// A note says what something means, and what is known to go wrong there.
type note struct {
	text string
	// bare is said instead of text when no message-number is concerned; empty means text.
	bare string
	// mistake is what implementations are known to get wrong here, known the requirement rows that
	// say so.
	mistake, known string
}

// asks are notes on the client's lines.
var asks = map[Verb]note{
	"USER": {text: "Says which mailbox it's about. That's no login yet: PASS has to follow.",
		mistake: "Some servers say -ERR for names they don't know, and so tell strangers which names exist.", known: "USR-05 USR-07"},
	"PASS": {text: "Sends the password. Everything behind the one space belongs to it, spaces too.",
		mistake: "Some servers cut the password at its first space, or trim it.", known: "USR-12 DAU-10"},
	"APOP": {text: "Proves that the client knows the secret: the digest is MD5 over the greeting's timestamp and the secret, so the secret itself stays at home.",
		mistake: "The digest is lower-case hexadecimal, and the timestamp goes into it with its angle brackets.", known: "APO-06 APO-08"},
	"AUTH": {text: "Begins a SASL exchange. Until it's over, every line the client sends is a response and no command.",
		mistake: "A lone = is an empty initial response. Some servers take it for none at all.", known: "SAS-11"},
	"STLS": {text: "Asks to go on inside TLS. The client says nothing more until the handshake is through.",
		mistake: "Some servers carry out inside TLS what came in the clear behind STLS: it may be an attacker's.", known: "DAU-01"},
	"UTF8": {text: "Says that the client understands headers in UTF-8, so that the server may send them as they are.",
		mistake: "Some clients ask only after login, where RFC 6856 doesn't allow it.", known: "I18-01"},
	"LANG": {text: "Asks for the languages of the replies, or chooses one."},
	"CAPA": {text: "Asks what this server can do beyond the minimum. It's allowed before login and after.",
		mistake: "A client that asks once only misses what changes with TLS and with login.", known: "STA-14 TLS-10"},
	"QUIT": {text: "Says goodbye."},
	"STAT": {text: "Asks how many messages there are and how many octets they have together."},
	"LIST": {text: "Asks for the size of message $n.", bare: "Asks for number and size of every message.",
		mistake: "Some servers know LIST without an argument only; some clients put a space behind it, which is a mistake too.", known: "LST-07 DFR-06"},
	"RETR": {text: "Asks for the whole of message $n.", bare: "RETR wants one message-number behind it."},
	"DELE": {text: "Asks to mark message $n as deleted.", bare: "DELE wants one message-number behind it."},
	"NOOP": {text: "Asks for nothing but an answer, which keeps the idle timer from running out.",
		mistake: "Some servers take it before login too, where it isn't a command yet.", known: "NOP-02"},
	"RSET": {text: "Asks to take every deletion mark away.",
		mistake: "Some servers do nothing, and the marked mail is gone after QUIT all the same; some log out.", known: "NOP-03 NOP-07"},
	"TOP": {text: "Asks for the header of message $n and the first lines of its body.", bare: "TOP wants a message-number and a number of lines behind it.",
		mistake: "The lines are those of the body: some servers count from the first line of the header.", known: "TOP-03"},
	"UIDL": {text: "Asks for the unique-id of message $n.", bare: "Asks for the unique-id of every message.",
		mistake: "Clients have to compare the id alone. One that compares the whole line fetches everything again when the numbers move.", known: "UID-05 FRM-27"},
	"LAST": {text: "Asks for the highest message-number accessed, a command of 1988 that RFC 1725 dropped."},
	Response: {text: "Answers the server's challenge, in Base64. Inside AUTH even QUIT is a response: it's valid Base64.",
		mistake: "Every four-letter command decodes as Base64, so a server that looks for commands here is wrong.", known: "DAU-11 SAS-15"},
}

// Notes on client's lines that no row of the state takes.
var (
	askEmpty   = note{text: "An empty line. It's no command, but it gets an answer like any other."}
	askUnknown = note{text: "No command of this server begins like this.",
		mistake: "Some servers close the connection here, and some answer twice.", known: "FRM-20 FRM-25"}
	askMisplaced = note{text: "$s is a command of POP3, but not here: it belongs to another state, or this server lacks it.",
		mistake: "Some servers take commands in any state.", known: "FRM-23"}
	askCancel = note{text: "A lone * gives the exchange up."}
)

// answers are notes on positive replies, and on the refusals where more is to be said than Refusals do.
var answers = [numTexts]note{
	TextGreeting: {text: "The server speaks first, with exactly one line. Now it waits to hear who is there.",
		mistake: "Clients that take the first < of a greeting for the timestamp fall for look-alikes.", known: "APO-02 DAU-16"},
	TextSendPass: {text: "The name is noted, and PASS may follow. It doesn't have to mean that there is such a mailbox: most servers answer alike for every name.",
		mistake: "Some servers still take PASS when another command came in between.", known: "USR-08"},
	TextMaildropOpen: {text: "The credentials are right and the maildrop is open, locked for this session. Numbers and sizes are fixed from here on; mail that arrives now waits for the next session.",
		mistake: "Many servers take no lock, so that two sessions delete under each other.", known: "OPN-01"},
	TextCapabilities: {text: "One capability a line follows, up to a lone dot. What isn't listed isn't there, or not at the moment.",
		mistake: "A client that takes one read from the network for the whole list misses its end.", known: "CAP-02"},
	TextMechanisms: {text: "The mechanisms follow, one a line. It's a habit from before RFC 5034, which wants AUTH to name one; CAPA's SASL line is the place to look."},
	TextBeginTLS: {text: "The next octets are TLS. Everything said so far counts for nothing: somebody on the way might have said it.",
		mistake: "A client must not read on in the clear: an attacker may put a made-up reply behind this one.", known: "DAU-02"},
	TextUTF8:      {text: "From now on headers may come in UTF-8, just as they are stored."},
	TextLanguages: {text: "The languages follow, one a line: the tag to send, and the language's name in itself."},
	TextLanguage: {text: "The language has changed, and this very reply is the first in it. Only texts change: +OK stays +OK.",
		mistake: "The exact tag comes first in the text. Some servers put words before it.", known: "I18-17"},
	TextStat: {text: "Two numbers: messages, and their octets together. Messages marked as deleted aren't counted.",
		mistake: "Some servers go on counting marked messages.", known: "STT-02"},
	TextScan: {text: "One line a message follows, number and size, up to a lone dot. Marked messages are left out and the others keep their numbers, so there may be gaps.",
		mistake: "Some servers close the gaps: then the next DELE hits another message than the client means.", known: "LST-04 OPN-08"},
	TextScanOne: {text: "Number and size of message $n. RETR will send exactly that many octets.",
		mistake: "Some servers are off by two where the message lacks its last line end.", known: "LST-12 DMS-01"},
	TextOctets: {text: "Message $n follows, up to a lone dot. Fetching it neither marks nor removes it.",
		mistake: "The figure in this text is for people; the one to rely on is LIST's.", known: "FRM-27 LST-12"},
	TextTop: {text: "The header of message $n follows, the blank line, and as many lines of the body as were asked for.",
		mistake: "Some servers forget byte-stuffing in TOP, and some send the rest of the body as one line.", known: "TOP-03 TOP-08"},
	TextUniqueIDs: {text: "One line a message follows, number and unique-id, up to a lone dot. Numbers change from session to session, the ids don't.",
		mistake: "Some servers change the ids at every start: their clients fetch all mail again.", known: "UID-10 UID-12"},
	TextUniqueIDOne: {text: "The unique-id of message $n: the same one in every session.",
		mistake: "Some servers leave the number out.", known: "UID-05"},
	TextLast: {text: "The highest message-number that RETR, TOP or DELE touched in this session. UIDL replaced it."},
	TextDeleted: {text: "DELE only marks message $n: it's still in the maildrop until QUIT. Its number means nothing more till then, and RSET takes the mark away.",
		mistake: "Some servers delete at once, so that a broken connection costs mail.", known: "DEL-02"},
	TextNoop:  {text: "Nothing happened, and that was the point: the idle timer begins anew."},
	TextReset: {text: "No message is marked any more: it's as it was after login."},
	TextGoodbye: {text: "The session is over. Nobody was logged in, so there was nothing to remove.",
		mistake: "Some servers remove mail on a QUIT before login.", known: "STA-09"},
	TextGoodbyeEmpty: {text: "UPDATE is done, and the maildrop is empty now.",
		mistake: "Some servers say +OK before they have removed anything: the client never learns that it failed.", known: "QUT-02"},
	TextGoodbyeLeft: {text: "UPDATE is done; the messages without a mark stay for next time.",
		mistake: "Some servers say +OK before they have removed anything: the client never learns that it failed.", known: "QUT-02"},

	TextUnknown:        {mistake: "Some servers close the connection over it, and some answer twice.", known: "FRM-20"},
	TextAskCAPA:        {mistake: "Some servers close the connection over it, and some answer twice.", known: "FRM-20"},
	TextLoginFirst:     {mistake: "Some servers take commands in any state.", known: "FRM-23"},
	TextAfterLogin:     {mistake: "Some servers take commands in any state.", known: "FRM-23"},
	TextWrongState:     {mistake: "Some servers take commands in any state.", known: "FRM-23"},
	TextUserFirst:      {mistake: "Some servers remember the name after a wrong password, or after another command.", known: "USR-08 USR-10"},
	TextLineTooLong:    {mistake: "Some servers take the rest of such a line for the next command.", known: "DFR-03"},
	TextMissingArg:     {mistake: "Some servers close the connection over a missing argument, and one crashed.", known: "FRM-22"},
	TextExtraArg:       {mistake: "Some servers overlook what is too much.", known: "FRM-22"},
	TextNameOnly:       {mistake: "Some servers overlook what is too much.", known: "FRM-22"},
	TextZero:           {mistake: "One server takes 0 for message 1.", known: "RET-03 DFR-07"},
	TextAlreadyDeleted: {mistake: "Some servers go on sending messages that are marked.", known: "RET-04 DEL-04"},
	TextCredentials:    {mistake: "A server that answers unknown names in another way tells strangers which names exist.", known: "DAU-06"},
	TextLocked:         {mistake: "Said before the password was checked, [IN-USE] tells strangers who is reading mail.", known: "RSP-09"},
	TextNotRemoved:     {mistake: "Some servers say +OK whatever happened.", known: "QUT-02"},
	TextBadBase64:      {mistake: "Some decoders skip what isn't Base64. Here it has to be refused.", known: "SAS-16"},
	TextAfterSTLS:      {mistake: "Some servers carry such octets out inside TLS, as if the client had sent them there.", known: "DAU-01"},
	TextIdle: {mistake: "Many servers say -ERR first. A client that isn't waiting for anything takes it for the answer to its next command.",
		known: "TMO-05"},
}

// Notes on what has neither a verb's nor a text's.
var (
	sayChallenge = note{text: "A challenge of the mechanism, in Base64. It's no success yet: the client has to answer.",
		mistake: "Some servers leave out the space behind the plus, and an old one said +OK instead.", known: "SAS-05 SAS-07"}
	sayFirst = note{text: "An empty challenge: plus, a space, nothing. The client is to begin.",
		mistake: "The space is part of it. Some servers leave it out, and some clients wait for more.", known: "SAS-07"}
	sayMessage = note{text: "$m {octet|octets} of message $n, each line with CR LF at its end.",
		mistake: "Some clients read lines into a buffer that is too small for them.", known: "DMS-06"}
	sayScans     = note{text: "One line a message: its number and its size in octets."}
	sayUniqueIDs = note{text: "One line a message: its number and its unique-id.",
		mistake: "Exactly one space stands between the two. Some servers send more.", known: "UID-02"}
	sayCapabilities = note{text: "One capability a line: a tag, and behind it perhaps arguments."}
	sayLanguages    = note{text: "One language a line: its tag, and its name in itself."}
	sayMechanisms   = note{text: "One mechanism a line."}
	sayLines        = note{text: "Lines of the reply."}
	sayStuffed      = note{text: "$d {line begins|lines begin} with a dot and got another one in front, so that none looks like the end; the client takes it away again, and sizes don't count it.",
		mistake: "Some servers look for a line end and a dot, and so miss a dot in the message's very first line.", known: "FRM-17"}
	sayStuffing = note{text: "One dot more, because the line that follows begins with one: otherwise it might look like the end. The client takes it away again, and sizes don't count it.",
		mistake: "Some servers look for a line end and a dot, and so miss a dot in the message's very first line.", known: "FRM-17"}
	sayBody    = note{text: "$m {octet|octets} of message $n, sent just as the store holds them."}
	sayMessEnd = note{text: "A lone dot: message $n is whole, with its $m {octet|octets}. The dot is no part of it.",
		mistake: "Some servers send one blank line more before the dot than the message has.", known: "RET-07"}
	sayTopEnd = note{text: "A lone dot ends what was asked of message $n."}
	sayEnd    = note{text: "A lone dot ends the reply.",
		mistake: "A list of nothing ends with its dot too. Some servers forget it, and their clients wait for ever.", known: "LST-05"}
	sayNoEnd = note{text: "Here the lone dot should come, and it doesn't: the client can't know that the reply is over, and waits.",
		mistake: "A list of nothing ends with its dot too. Some servers forget it.", known: "LST-05 FRM-14"}
	sayBareEnd = note{text: "A dot with LF alone. The end is a dot with CR LF: a careful client waits for more.",
		mistake: "A message that ended with a CR made one server send such an end.", known: "FRM-14"}
	sayStray = note{text: "These octets answer nothing: the reply was sent already. A client that takes them for the next answer is one answer behind from here on."}
	sayTLS   = note{text: "The TLS handshake begins. When it's through, AUTHORIZATION begins anew; when it fails, the connection is over.",
		mistake: "Some servers went on in the clear when the handshake had failed.", known: "DAU-04 TLS-16"}
	sayClosed = note{text: "The connection is closed, as it should be after QUIT."}
	sayLost   = note{mistake: "Some servers remove marked messages even though nobody said QUIT.", known: "STA-11"}
)

// A ResponseCode describes a response code for people.
type ResponseCode struct {
	Code RespCode
	Ref  Ref
	Doc  string // follows "[CODE] says: "
}

// ResponseCodes are those of IANA's registry.
var ResponseCodes = []ResponseCode{
	{CodeLoginDelay, rfc(2449, "8.1.1", "RSP-06 RSP-07"), "logged in a moment ago, try later"},
	{CodeInUse, rfc(2449, "8.1.2", "RSP-08 RSP-09"), "right credentials, but another session has the maildrop"},
	{CodeSysTemp, rfc(3206, "4", "RSP-10 RSP-11"), "something is wrong on the server, and likely to pass"},
	{CodeSysPerm, rfc(3206, "4", "RSP-10 RSP-11"), "something is wrong on the server that somebody has to mend"},
	{CodeAuth, rfc(3206, "5", "RSP-13 RSP-14 RSP-15"), "it's the credentials"},
	{CodeUTF8, rfc(6856, "5", "RSP-19"), "the message needs UTF-8 mode"},
}
