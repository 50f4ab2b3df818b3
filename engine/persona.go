package engine

// A Persona is a server out there, as data: its wording, what it lacks, and which choices it made.
// Whatever it is called, it's this engine that speaks.
type Persona struct {
	Name string
	Doc  string
	// Texts are wordings of its own, instead of English ones.
	Texts map[Text]string
	// Without are capabilities it lacks.
	Without  Cap
	Switches Switch
	// Rules are rows of its own, behind those of the protocol; a row for the same state and verb
	// replaces the earlier one.
	Rules []Rule
	// ExtraCapa are lines that its CAPA lists beside the registered ones.
	ExtraCapa []string
	// Mechanisms are the SASL mechanisms it has. Nil means all but the legacy ones.
	Mechanisms     []string
	Implementation string
	LoginDelay     int
	Expire         int
	Faults         Faults
}

// extensions are the capabilities that came with RFC 2449 and later.
const extensions = CapAll &^ (CapTOP | CapUIDL | CapUSER | CapAPOP)

// Personas are the servers this engine can be, the plainest first. A new one also wants
// vectors/persona_NAME.txtar, then make generate.
var Personas = []Persona{
	{Name: "pop3lab", Doc: "Everything on, in the wording of RFC 1939's examples."},
	{Name: "rfc1939-minimal", Doc: "What RFC 1939 requires and nothing else: USER and PASS, STAT, LIST, RETR, DELE, NOOP, RSET, QUIT.",
		Without: CapAll &^ CapUSER},
	{Name: "rfc1939-full", Doc: "All of RFC 1939, and nothing that came after it.", Without: extensions},
	{Name: "modern", Doc: "All thirteen capabilities of IANA's registry at once.", LoginDelay: 1},
	{Name: "apop-only", Doc: "No password ever travels as it is: APOP is the only way in.", Without: extensions | CapUSER},
	{Name: "no-uidl", Doc: "A server without UIDL: clients that leave mail on it have to find other ways to know what is new.", Without: CapUIDL},
	{Name: "no-top", Doc: "A server without TOP: no message can be looked at without fetching it.", Without: CapTOP},
	{Name: "gmail", Doc: "A large webmail: few mechanisms, a delay between logins, and a closed door for what CAPA doesn't offer.",
		Without: CapAPOP | CapUTF8 | CapLANG | CapAuthRespCode | CapPipelining | CapImplementation, Switches: CloseOnUnoffered,
		Mechanisms: []string{"PLAIN", "XOAUTH2", "OAUTHBEARER"}, ExtraCapa: []string{"X-GOOGLE-RICO"}, LoginDelay: 300, Expire: ExpireAtOnce,
		Texts: map[Text]string{TextGreeting: "Gpop ready", TextSendPass: "send PASS", TextMaildropOpen: "Welcome.", TextCredentials: "Username and password not accepted.",
			TextGoodbyeEmpty: "Farewell.", TextGoodbyeLeft: "Farewell.", TextGoodbye: "Farewell."}},
	{Name: "exchange", Doc: "A groupware server that announces little and, in old versions, continued AUTH with +OK.",
		Without: CapAPOP | CapRespCodes | CapAuthRespCode | CapUTF8 | CapLANG | CapExpire | CapPipelining | CapImplementation, Switches: OKContinuation | ListMechanisms,
		Mechanisms: []string{"PLAIN", "LOGIN"},
		Texts: map[Text]string{TextGreeting: "The POP3 service is ready.", TextSendPass: "", TextMaildropOpen: "User successfully logged on.",
			TextCredentials: "Logon failure: unknown user name or bad password.", TextGoodbyeEmpty: "POP3 server signing off.", TextGoodbyeLeft: "POP3 server signing off."}},
	{Name: "zimbra", Doc: "A large groupware server as providers run it: messages are kept for days the provider sets.",
		Without: CapAPOP | CapAuthRespCode | CapUTF8 | CapLANG | CapPipelining | CapLoginDelay, Mechanisms: []string{"PLAIN", "LOGIN"}, Expire: 31,
		ExtraCapa: []string{"XOIP"}, Implementation: "ZimbraInc",
		Texts: map[Text]string{TextGreeting: "$h POP3 server ready", TextSendPass: "hello $s, please enter your password", TextMaildropOpen: "server ready",
			TextCredentials: "invalid username/password"}},
	{Name: "dovecot", Doc: "A widely used free server: CAPA forgets USER and SASL after login, and the idle timer says a word.",
		Without:  CapAPOP | CapExpire | CapLoginDelay | CapImplementation | CapUTF8 | CapLANG,
		Switches: ForgetAuthCaps | AnswerTimeout | ListMechanisms, Mechanisms: []string{"PLAIN"}, ExtraCapa: []string{"CAPA"},
		Texts: map[Text]string{TextGreeting: "Dovecot ready.", TextSendPass: "", TextMaildropOpen: "Logged in.", TextScan: "$n messages:", TextGoodbye: "Logging out", TextGoodbyeEmpty: "Logging out, messages deleted.",
			TextGoodbyeLeft: "Logging out.", TextUniqueIDs: "", TextTop: "", TextNoop: "NOOP", TextReset: "", TextDeleted: "Marked to be deleted.", TextCredentials: "Authentication failed.",
			TextUnknown: "Unknown command: $s", TextAlreadyDeleted: "Message is deleted.", TextNoSuchMessage: "There's no message of this number.", TextIdle: "Disconnected for inactivity.", TextNoCleartext: "Cleartext authentication disallowed on non-secure (SSL/TLS) connections."}},
	{Name: "courier", Doc: "A free server that takes UTF8 after login. One of its releases renumbers after DELE: find the bug.",
		Without: CapAPOP | CapRespCodes | CapAuthRespCode | CapLANG | CapExpire, Switches: UTF8AfterLogin, Mechanisms: []string{"PLAIN", "LOGIN"}, LoginDelay: 10, Faults: FaultRenumbersAfterDele,
		Implementation: "Courier Mail Server",
		Texts: map[Text]string{TextGreeting: "Hello there.", TextSendPass: "Password required.", TextMaildropOpen: "logged in.", TextScan: "POP3 clients that break here, they violate STD53.",
			TextGoodbyeEmpty: "Bye-bye.", TextGoodbyeLeft: "Bye-bye.", TextGoodbye: "Better luck next time.", TextReset: "Resurrected.", TextNoop: "Yup.", TextDeleted: "Deleted.", TextCredentials: "Login failed."}},
	{Name: "legacy-1460", Doc: "A server of 1993: LAST is answered, and there is neither UIDL nor AUTH.", Without: extensions | CapUIDL, Switches: Legacy1460},
	{Name: "outlook-friendly", Doc: "A server that bends for a mail program: AUTH without argument lists mechanisms, LOGIN is there, UTF8 may come late.",
		Switches: ListMechanisms | UTF8AfterLogin | LenientSpace | LenientZeros, Mechanisms: []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}},
	{Name: "download-and-delete", Doc: "EXPIRE 0: what was retrieved is removed at QUIT, without DELE.", Switches: DeleteRetrieved, Expire: ExpireAtOnce},
	{Name: "no-lock", Doc: "A server that lets several sessions into one maildrop at once.", Switches: NoLock},
	{Name: "strict", Doc: "Every choice in favour of the letter: CRLF only, no second USER.", Switches: StrictUser | StrictLines},
	{Name: "hostile", Doc: "A server that means harm: look-alikes in the greeting, a stripped STLS, unique-ids too long, and lines without end.",
		Faults: FaultGreetingLookAlike | FaultSTLSStripped | FaultUIDLTooLong | FaultLongLine},
}

// PersonaNamed returns the persona of that name.
func PersonaNamed(name string) (Persona, bool) {
	for _, p := range Personas {
		if p.Name == name {
			return p, true
		}
	}
	return Persona{}, false
}
