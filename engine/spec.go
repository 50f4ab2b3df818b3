package engine

// A State is where a session stands. RFC 1939 section 3 names three; AUTHORIZATION has rooms of its
// own here, because what is legal differs between them.
type State uint8

// The states, in the order in which a session lives through them.
const (
	Closed            State = iota // nothing more goes either way
	Connected                      // the connection is open, the greeting not yet sent
	Authorization                  // waiting for a command that says who the client is
	AuthorizationUser              // USER was accepted: PASS may follow
	AuthorizationSASL              // AUTH is under way: every line is a response
	AuthorizationTLS               // STLS was answered: the TLS handshake is under way
	Transaction                    // the maildrop is open and locked
	Update                         // QUIT was given in TRANSACTION: marked messages are being removed
	numStates
)

var stateNames = [numStates]string{"closed", "connected", "AUTHORIZATION", "AUTHORIZATION (user given)",
	"AUTHORIZATION (SASL exchange)", "AUTHORIZATION (TLS handshake)", "TRANSACTION", "UPDATE"}

// String is the state's name for people.
func (s State) String() string { return stateNames[s] }

// RFC is the state's name in RFC 1939 section 3: AUTHORIZATION, TRANSACTION, UPDATE, or empty
// before the greeting and after the end.
func (s State) RFC() string {
	switch s {
	case Authorization, AuthorizationUser, AuthorizationSASL, AuthorizationTLS:
		return "AUTHORIZATION"
	case Transaction, Update:
		return stateNames[s]
	}
	return ""
}

// A Verb is a command's keyword in capitals, or, in parentheses, an input that is no command.
type Verb string

// The inputs that are no command.
const (
	Connect  Verb = "(connect)"  // the connection is there
	Response Verb = "(response)" // a line of the client's in a SASL exchange
	Secured  Verb = "(secured)"  // the TLS handshake succeeded
	Commit   Verb = "(commit)"   // UPDATE: remove what is marked
	Expire   Verb = "(expire)"   // nothing came for the idle limit
	Hangup   Verb = "(hangup)"   // the client is gone
	Other    Verb = "(other)"    // any line that no other row of the state takes
)

// Command says whether v is a keyword a client can send.
func (v Verb) Command() bool { return v[0] != '(' }

// An ArgKind says how an argument is read.
type ArgKind uint8

// The kinds of argument.
const (
	ArgWord      ArgKind = iota // printable octets without a space
	ArgRest                     // all octets after one space: PASS
	ArgSecret                   // a word that displays must mask: APOP's digest
	ArgNum                      // a message-number: decimal, from 1
	ArgCount                    // a number of lines: decimal, from 0
	ArgMechanism                // a SASL mechanism's name (RFC 4422 section 3.1)
	ArgInitial                  // a SASL initial response: Base64 or "=" (RFC 5034 section 4)
	ArgLang                     // a language tag or "*" (RFC 6856 section 3)
)

// An Arg is one argument of a command.
type Arg struct {
	Kind     ArgKind
	Name     string // as the RFC's syntax names it
	Optional bool
}

// A Multi says when +OK is followed by lines up to a lone dot. It's a property of the command, so a
// client knows before it reads how to read the answer.
type Multi uint8

// When a positive reply has more than one line.
const (
	Never      Multi = iota
	Always           // RETR, TOP, CAPA
	WithoutArg       // LIST, UIDL, LANG: with an argument the reply is one line
)

// A Ref is the place in an RFC that decides a row.
type Ref struct {
	RFC     int
	Section string
	Reqs    string // ids of requirement rows, separated by spaces
}

func rfc(n int, section, reqs string) Ref { return Ref{n, section, reqs} }

// A Rule is one row of the protocol: what Verb means in From.
type Rule struct {
	From State
	Verb Verb
	Args []Arg
	// Multi says whether +OK is followed by lines.
	Multi Multi
	// Do does it and returns the one reply. A silent reply goes on to OK.
	Do func(*Session, *Command) Reply
	// OK, Err and More are the states after +OK, -ERR and "+ ".
	OK, Err, More State
	// Needs is the capability without which the row isn't there.
	Needs Cap
	// When and Unless are switches without which, or with which, the row isn't there.
	When, Unless Switch
	Ref          Ref
	// Doc says what it does, in one sentence for a learner.
	Doc string
}

// Arguments of the rows below.
var (
	argName    = Arg{Kind: ArgWord, Name: "name"}
	argPass    = Arg{Kind: ArgRest, Name: "string"}
	argDigest  = Arg{Kind: ArgSecret, Name: "digest"}
	argMsg     = Arg{Kind: ArgNum, Name: "msg"}
	argOptMsg  = Arg{Kind: ArgNum, Name: "msg", Optional: true}
	argCount   = Arg{Kind: ArgCount, Name: "n"}
	argMech    = Arg{Kind: ArgMechanism, Name: "mechanism"}
	argOptMech = Arg{Kind: ArgMechanism, Name: "mechanism", Optional: true}
	argIR      = Arg{Kind: ArgInitial, Name: "initial-response", Optional: true}
	argLang    = Arg{Kind: ArgLang, Name: "lang-tag", Optional: true}
)

// POP3 is the protocol: one row per state and input. A (state, command) that has no row of its own
// is refused by the state's row for Other.
//
// A decision that the RFCs leave open is a Switch on the row; what a server may leave out is its
// capability. Personas add rows of their own (see Persona.Rules).
var POP3 = []Rule{
	{From: Connected, Verb: Connect, Do: greet, OK: Authorization, Err: Closed,
		Ref: rfc(1939, "4", "FRM-02 STA-01 STA-02 STA-03 APO-01"), Doc: "The server speaks first: one positive line, with a timestamp when APOP is offered."},

	// AUTHORIZATION: who is there?
	{From: Authorization, Verb: "USER", Args: []Arg{argName}, Do: user, OK: AuthorizationUser, Err: Authorization, Needs: CapUSER,
		Ref: rfc(1939, "7", "USR-01 USR-02 USR-05"), Doc: "Names the mailbox; the password follows with PASS."},
	{From: Authorization, Verb: "PASS", Args: []Arg{argPass}, Do: passFirst, OK: Authorization, Err: Authorization, Needs: CapUSER,
		Ref: rfc(1939, "7", "USR-08 USR-09 USR-10"), Doc: "Is refused here: PASS may only follow a USER that was accepted."},
	{From: Authorization, Verb: "APOP", Args: []Arg{argName, argDigest}, Do: apop, OK: Transaction, Err: Authorization, Needs: CapAPOP,
		Ref: rfc(1939, "7", "APO-05 APO-09 APO-10 APO-11"), Doc: "Proves knowledge of the secret by a digest over the greeting's timestamp; the secret isn't sent."},
	{From: Authorization, Verb: "AUTH", Args: []Arg{argMech, argIR}, Do: auth, OK: Transaction, Err: Authorization, More: AuthorizationSASL, Needs: CapSASL, Unless: ListMechanisms,
		Ref: rfc(5034, "4", "SAS-01 SAS-02 SAS-21"), Doc: "Starts an exchange of the SASL mechanism named."},
	{From: Authorization, Verb: "AUTH", Args: []Arg{argOptMech, argIR}, Multi: WithoutArg, Do: auth, OK: Transaction, Err: Authorization, More: AuthorizationSASL, Needs: CapSASL, When: ListMechanisms,
		Ref: rfc(5034, "4", "SAS-02 DAU-12"), Doc: "Starts an exchange, or, without argument, lists the mechanisms, as some servers do."},
	{From: Authorization, Verb: "STLS", Do: stls, OK: AuthorizationTLS, Err: Authorization, Needs: CapSTLS,
		Ref: rfc(2595, "4", "TLS-03 TLS-04 TLS-05"), Doc: "Switches the connection to TLS; everything said before is forgotten."},
	{From: Authorization, Verb: "UTF8", Do: utf8Mode, OK: Authorization, Err: Authorization, Needs: CapUTF8,
		Ref: rfc(6856, "2", "I18-01 I18-02"), Doc: "Asks the server to send UTF-8 in headers as it is."},
	{From: Authorization, Verb: "LANG", Args: []Arg{argLang}, Multi: WithoutArg, Do: lang, OK: Authorization, Err: Authorization, Needs: CapLANG,
		Ref: rfc(6856, "3", "I18-16 I18-17 I18-22"), Doc: "Lists the languages of the replies, or chooses one."},
	{From: Authorization, Verb: "CAPA", Multi: Always, Do: capa, OK: Authorization, Err: Authorization, Needs: CapCAPA,
		Ref: rfc(2449, "5", "CAP-01 CAP-02"), Doc: "Lists what this server can do beyond the minimum."},
	{From: Authorization, Verb: "QUIT", Do: quit, OK: Closed, Err: Authorization,
		Ref: rfc(1939, "4", "STA-08 STA-09"), Doc: "Ends the session. Nothing is removed: UPDATE is entered from TRANSACTION only."},
	{From: Authorization, Verb: Other, Do: refuseOther, OK: Authorization, Err: Authorization,
		Ref: rfc(1939, "3", "FRM-20 FRM-21 FRM-23"), Doc: "Is refused: no row of this state takes it."},

	// AUTHORIZATION, after a USER that was accepted. What isn't PASS forgets the name, but
	// for CAPA and LANG, which RFC 2449 and RFC 6856 allow everywhere.
	{From: AuthorizationUser, Verb: "PASS", Args: []Arg{argPass}, Do: pass, OK: Transaction, Err: Authorization, Needs: CapUSER,
		Ref: rfc(1939, "7", "USR-08 USR-11 USR-12 USR-13"), Doc: "Gives the password; when it's right the maildrop is locked and opened."},
	{From: AuthorizationUser, Verb: "USER", Args: []Arg{argName}, Do: user, OK: AuthorizationUser, Err: Authorization, Needs: CapUSER, Unless: StrictUser,
		Ref: rfc(1939, "7", "USR-02"), Doc: "Replaces the name given before (the RFC allows PASS or QUIT only; every server we know takes it)."},
	{From: AuthorizationUser, Verb: "APOP", Args: []Arg{argName, argDigest}, Do: apop, OK: Transaction, Err: Authorization, Needs: CapAPOP, Unless: StrictUser,
		Ref: rfc(1939, "7", "APO-11"), Doc: "Proves knowledge of the secret by a digest; the name given before is forgotten."},
	{From: AuthorizationUser, Verb: "AUTH", Args: []Arg{argMech, argIR}, Do: auth, OK: Transaction, Err: Authorization, More: AuthorizationSASL, Needs: CapSASL, Unless: ListMechanisms,
		Ref: rfc(5034, "4", "SAS-02"), Doc: "Starts a SASL exchange; the name given before is forgotten."},
	{From: AuthorizationUser, Verb: "AUTH", Args: []Arg{argOptMech, argIR}, Multi: WithoutArg, Do: auth, OK: Transaction, Err: Authorization, More: AuthorizationSASL, Needs: CapSASL, When: ListMechanisms,
		Ref: rfc(5034, "4", "SAS-02 DAU-12"), Doc: "Starts an exchange, or, without argument, lists the mechanisms, as some servers do."},
	{From: AuthorizationUser, Verb: "STLS", Do: stls, OK: AuthorizationTLS, Err: Authorization, Needs: CapSTLS,
		Ref: rfc(2595, "4", "TLS-04 DAU-03"), Doc: "Switches the connection to TLS; the name given before is forgotten."},
	{From: AuthorizationUser, Verb: "UTF8", Do: utf8Mode, OK: Authorization, Err: Authorization, Needs: CapUTF8,
		Ref: rfc(6856, "2", "I18-01"), Doc: "Asks for UTF-8 in headers; the name given before is forgotten."},
	{From: AuthorizationUser, Verb: "LANG", Args: []Arg{argLang}, Multi: WithoutArg, Do: lang, OK: AuthorizationUser, Err: AuthorizationUser, Needs: CapLANG,
		Ref: rfc(6856, "3", "I18-16"), Doc: "Lists or chooses a language; PASS may still follow."},
	{From: AuthorizationUser, Verb: "CAPA", Multi: Always, Do: capa, OK: AuthorizationUser, Err: AuthorizationUser, Needs: CapCAPA,
		Ref: rfc(2449, "5", "CAP-01"), Doc: "Lists what this server can do; PASS may still follow."},
	{From: AuthorizationUser, Verb: "QUIT", Do: quit, OK: Closed, Err: Authorization,
		Ref: rfc(1939, "4", "STA-08"), Doc: "Ends the session. Nothing is removed."},
	{From: AuthorizationUser, Verb: Other, Do: refuseOther, OK: Authorization, Err: Authorization,
		Ref: rfc(1939, "7", "USR-08 FRM-23"), Doc: "Is refused, and the name is forgotten: PASS must come immediately after USER."},

	// AUTHORIZATION, inside AUTH.
	{From: AuthorizationSASL, Verb: Response, Do: response, OK: Transaction, Err: Authorization, More: AuthorizationSASL, Needs: CapSASL,
		Ref: rfc(5034, "4", "SAS-09 SAS-10 SAS-15 SAS-20 DAU-11"), Doc: "Answers the challenge. Every line is a response here, even QUIT, which is valid Base64."},

	// AUTHORIZATION, between STLS and the end of the handshake.
	{From: AuthorizationTLS, Verb: Secured, Do: secured, OK: Authorization, Err: Closed, Needs: CapSTLS,
		Ref: rfc(2595, "4", "TLS-08 DAU-03"), Doc: "The handshake succeeded: AUTHORIZATION begins anew, with nothing remembered."},

	{From: AuthorizationTLS, Verb: Other, Do: intruder, OK: Closed, Err: Closed, Needs: CapSTLS,
		Ref: rfc(2595, "4", "TLS-06 DAU-01"), Doc: "Octets in the clear after STLS: somebody put them there; the connection is closed."},

	// TRANSACTION: the maildrop is open.
	{From: Transaction, Verb: "STAT", Do: stat, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "STT-01 STT-02 STT-03"), Doc: "Says how many messages there are and how many octets they have together."},
	{From: Transaction, Verb: "LIST", Args: []Arg{argOptMsg}, Multi: WithoutArg, Do: list, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "LST-01 LST-02 LST-07"), Doc: "Lists number and size of each message, or of one."},
	{From: Transaction, Verb: "RETR", Args: []Arg{argMsg}, Multi: Always, Do: retr, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "RET-01 RET-02 RET-06"), Doc: "Sends the whole message."},
	{From: Transaction, Verb: "DELE", Args: []Arg{argMsg}, Do: dele, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "DEL-01 DEL-02 DEL-03"), Doc: "Marks the message as deleted; it's removed in UPDATE."},
	{From: Transaction, Verb: "NOOP", Do: noop, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "NOP-01 NOP-02"), Doc: "Does nothing but answer, and so keeps the session awake."},
	{From: Transaction, Verb: "RSET", Do: rset, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "5", "NOP-03 NOP-04"), Doc: "Takes every deletion mark away."},
	{From: Transaction, Verb: "QUIT", Do: quitUpdate, OK: Update, Err: Transaction,
		Ref: rfc(1939, "6", "STA-10 QUT-06"), Doc: "Ends the session and enters UPDATE; the answer comes when the marked messages are gone."},
	{From: Transaction, Verb: "TOP", Args: []Arg{argMsg, argCount}, Multi: Always, Do: top, OK: Transaction, Err: Transaction, Needs: CapTOP,
		Ref: rfc(1939, "7", "TOP-01 TOP-03 TOP-08"), Doc: "Sends the header, the blank line and the first n lines of the body."},
	{From: Transaction, Verb: "UIDL", Args: []Arg{argOptMsg}, Multi: WithoutArg, Do: uidl, OK: Transaction, Err: Transaction, Needs: CapUIDL,
		Ref: rfc(1939, "7", "UID-01 UID-02 UID-05"), Doc: "Lists number and unique-id of each message, or of one; the id stays the same in later sessions."},
	{From: Transaction, Verb: "LAST", Do: last, OK: Transaction, Err: Transaction, When: Legacy1460,
		Ref: rfc(1460, "5", "HIS-01"), Doc: "Says the highest message-number accessed; it was dropped in RFC 1725."},
	{From: Transaction, Verb: "UTF8", Do: utf8Mode, OK: Transaction, Err: Transaction, Needs: CapUTF8, When: UTF8AfterLogin,
		Ref: rfc(6856, "2", "I18-01"), Doc: "Is taken after login by some servers, for a mail program that asks too late."},
	{From: Transaction, Verb: "LANG", Args: []Arg{argLang}, Multi: WithoutArg, Do: lang, OK: Transaction, Err: Transaction, Needs: CapLANG,
		Ref: rfc(6856, "3", "I18-16"), Doc: "Lists the languages of the replies, or chooses one."},
	{From: Transaction, Verb: "CAPA", Multi: Always, Do: capa, OK: Transaction, Err: Transaction, Needs: CapCAPA,
		Ref: rfc(2449, "5", "CAP-01 CAP-06 STA-14"), Doc: "Lists what this server can do beyond the minimum."},
	{From: Transaction, Verb: Other, Do: refuseOther, OK: Transaction, Err: Transaction,
		Ref: rfc(1939, "3", "FRM-20 FRM-21 FRM-23 STA-13"), Doc: "Is refused: no row of this state takes it."},

	// UPDATE: the RFC's third state has one input, and the client doesn't send it.
	{From: Update, Verb: Commit, Do: commit, OK: Closed, Err: Closed,
		Ref: rfc(1939, "6", "QUT-01 QUT-02 OPN-05"), Doc: "Removes the marked messages, releases the lock, and only then answers QUIT."},

	// The ends that aren't QUIT: no UPDATE, whatever was marked.
	{From: Authorization, Verb: Hangup, Do: gone, OK: Closed, Ref: rfc(1939, "6", "STA-11"), Doc: "The client left; nothing had been opened."},
	{From: AuthorizationUser, Verb: Hangup, Do: gone, OK: Closed, Ref: rfc(1939, "6", "STA-11"), Doc: "The client left; nothing had been opened."},
	{From: AuthorizationSASL, Verb: Hangup, Do: gone, OK: Closed, Needs: CapSASL, Ref: rfc(1939, "6", "STA-11"), Doc: "The client left in the middle of AUTH; nothing had been opened."},
	{From: AuthorizationTLS, Verb: Hangup, Do: gone, OK: Closed, Needs: CapSTLS, Ref: rfc(2595, "4", "TLS-16 DAU-04"), Doc: "The TLS handshake came to nothing: the connection is over."},
	{From: Transaction, Verb: Hangup, Do: gone, OK: Closed, Ref: rfc(1939, "6", "STA-11 OPN-06"), Doc: "The client left without QUIT: nothing is removed, the lock is released."},
	{From: Authorization, Verb: Expire, Do: expired, OK: Closed, Err: Closed, Ref: rfc(1939, "3", "TMO-05"), Doc: "Nothing came for the idle limit: the server closes without a word."},
	{From: AuthorizationUser, Verb: Expire, Do: expired, OK: Closed, Err: Closed, Ref: rfc(1939, "3", "TMO-05"), Doc: "Nothing came for the idle limit: the server closes without a word."},
	{From: AuthorizationSASL, Verb: Expire, Do: expired, OK: Closed, Err: Closed, Needs: CapSASL, Ref: rfc(1939, "3", "TMO-05"), Doc: "Nothing came for the idle limit: the server closes without a word."},
	{From: AuthorizationTLS, Verb: Expire, Do: expired, OK: Closed, Err: Closed, Needs: CapSTLS, Ref: rfc(1939, "3", "TMO-05"), Doc: "The handshake took longer than the idle limit: the server closes."},
	{From: Transaction, Verb: Expire, Do: expired, OK: Closed, Err: Closed, Ref: rfc(1939, "3", "TMO-04 TMO-05 TMO-06"), Doc: "Nothing came for the idle limit: no UPDATE, the lock is released, the server closes without a word."},
}
