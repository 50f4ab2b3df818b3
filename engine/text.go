package engine

// A Text is what a reply says, whatever the language. Negative ones are also the reason why:
// Refusals tells the response code, the rule and an explanation for each.
type Text uint8

// The texts of positive replies.
const (
	TextNone Text = iota
	TextGreeting
	TextSendPass
	TextMaildropOpen
	TextCapabilities
	TextMechanisms
	TextBeginTLS
	TextUTF8
	TextLanguages
	TextLanguage
	TextStat
	TextScan
	TextScanOne
	TextOctets
	TextTop
	TextUniqueIDs
	TextUniqueIDOne
	TextLast
	TextDeleted
	TextNoop
	TextReset
	TextGoodbye
	TextGoodbyeEmpty
	TextGoodbyeLeft
	firstRefusal
)

// The texts of negative replies.
const (
	TextUnknown Text = iota + firstRefusal
	TextAskCAPA
	TextNotOffered
	TextLoginFirst
	TextAfterLogin
	TextWrongState
	TextUserFirst
	TextEmptyLine
	TextLineTooLong
	TextControl
	TextEightBit
	TextSpaces
	TextMissingArg
	TextExtraArg
	TextNameOnly
	TextNotANumber
	TextZero
	TextLeadingZero
	TextNumberTooBig
	TextNoSuchMessage
	TextNothingThere
	TextAlreadyDeleted
	TextMessageGone
	TextReadError
	TextNeedsUTF8
	TextCredentials
	TextNoSuchUser
	TextNoCleartext
	TextBadName
	TextLocked
	TextNoMaildrop
	TextDamaged
	TextTemporary
	TextLoginDelay
	TextNoMechanism
	TextMechanismName
	TextNoInitialResponse
	TextBadBase64
	TextCancelled
	TextMalformed
	TextAlreadyTLS
	TextAfterSTLS
	TextNoLanguage
	TextNotRemoved
	TextTooManyBad
	TextIdle
	TextBusy
	TextTLSOnPlain
	TextHTTP
	TextBodyChanged
	TextInjected
	TextFault
	numTexts
)

// A Refusal says of a negative text why it's said.
type Refusal struct {
	Code RespCode
	Ref  Ref
	Doc  string // one or two sentences for a learner: what is wrong and what to do
}

// Refusals holds a row for every negative text.
var Refusals = [numTexts]Refusal{
	TextUnknown:           {Ref: rfc(1939, "3", "FRM-20"), Doc: "This server knows no such command. Keywords have three or four letters, in any case."},
	TextAskCAPA:           {Ref: rfc(1939, "3", "FRM-20 CAP-10"), Doc: "This server knows no such command. Keywords have three or four letters, in any case; CAPA lists what goes beyond the minimum."},
	TextNotOffered:        {Ref: rfc(1939, "3", "FRM-21 CAP-10"), Doc: "The command exists in POP3, but this server doesn't offer it; CAPA lists what is offered."},
	TextLoginFirst:        {Ref: rfc(1939, "3", "FRM-23"), Doc: "The command is right, the moment is wrong: it's about a maildrop, and none is open before somebody has logged in."},
	TextAfterLogin:        {Ref: rfc(1939, "3", "FRM-23"), Doc: "The command is right, the moment is wrong: it belongs before login, and this client has logged in already."},
	TextWrongState:        {Ref: rfc(1939, "7", "FRM-23 USR-02"), Doc: "The command is right, the moment is wrong: after USER this server takes PASS or QUIT, as the RFC has it."},
	TextUserFirst:         {Ref: rfc(1939, "7", "USR-08 USR-09 USR-10"), Doc: "PASS may only come immediately after a USER that was accepted; after a failed PASS, USER has to be given again."},
	TextEmptyLine:         {Ref: rfc(1939, "3", "DFR-05"), Doc: "An empty line is no command. It's answered all the same: one reply for each line."},
	TextLineTooLong:       {Ref: rfc(2449, "4", "FRM-32 DFR-03"), Doc: "A command has at most 255 octets with its CRLF. The rest of this line was thrown away up to its end."},
	TextControl:           {Ref: rfc(1939, "3", "FRM-05 DFR-02 DFR-04"), Doc: "Commands consist of printable ASCII; a control octet, such as TAB, NUL or a CR alone, isn't printable."},
	TextEightBit:          {Ref: rfc(1939, "3", "FRM-05 I18-13"), Doc: "An octet above 127 is allowed in names and passwords only, as UTF-8, and only where CAPA says UTF8 USER."},
	TextSpaces:            {Ref: rfc(1939, "3", "FRM-06 DFR-06"), Doc: "Keyword and arguments are separated by exactly one space, and none follows the last. The RFC says so of neither in so many words: it's this server's reading of it (A-08), and the switch lenient-space ignores spaces too many."},
	TextMissingArg:        {Ref: rfc(1939, "3", "FRM-22"), Doc: "The command needs an argument that isn't there. The reply names those that it takes at least."},
	TextExtraArg:          {Ref: rfc(1939, "3", "FRM-22"), Doc: "The command takes fewer arguments than it was given."},
	TextNameOnly:          {Ref: rfc(1939, "7", "FRM-22 USR-01"), Doc: "USER takes a name and nothing else; the password follows in a command of its own, PASS."},
	TextNotANumber:        {Ref: rfc(1939, "3", "FRM-22 OPN-11 DFR-07"), Doc: "A number consists of decimal digits only."},
	TextZero:              {Ref: rfc(1939, "4", "OPN-07 DFR-07"), Doc: "Message-numbers begin with 1."},
	TextLeadingZero:       {Ref: rfc(1939, "4", "OPN-11 DFR-07"), Doc: "This server takes numbers without leading zeros only; others are more lenient."},
	TextNumberTooBig:      {Ref: rfc(1939, "3", "DFR-07"), Doc: "The number is larger than any that can be meant."},
	TextNoSuchMessage:     {Ref: rfc(1939, "5", "LST-08 RET-03 DEL-05 TOP-09 UID-06"), Doc: "The maildrop has no message of this number; numbers go from 1 to what STAT said at the beginning."},
	TextNothingThere:      {Ref: rfc(1939, "5", "LST-08 RET-03 DEL-05 TOP-09 UID-06"), Doc: "The maildrop had no message when it was opened, so there is no number to ask for. New mail is there in the next session."},
	TextAlreadyDeleted:    {Ref: rfc(1939, "5", "DEL-03 DEL-04 LST-09 RET-04"), Doc: "The message is marked as deleted: until RSET every reference to its number is an error."},
	TextMessageGone:       {Code: CodeSysTemp, Ref: rfc(3206, "4", "DST-05"), Doc: "Somebody removed the message from the maildrop during this session. Its number stays its own; the next session won't have it."},
	TextReadError:         {Code: CodeSysTemp, Ref: rfc(3206, "4", "RSP-10"), Doc: "The server couldn't read the message. It may go better later."},
	TextNeedsUTF8:         {Code: CodeUTF8, Ref: rfc(6856, "5", "RSP-19 I18-05"), Doc: "The message's header is UTF-8 and the client hasn't said that it understands that: send UTF8 before logging in."},
	TextCredentials:       {Code: CodeAuth, Ref: rfc(3206, "5", "RSP-13 USR-13 DAU-06"), Doc: "Name and password don't go together. Which of the two is wrong is nobody's business: the reply is the same."},
	TextNoSuchUser:        {Code: CodeAuth, Ref: rfc(1939, "7", "USR-06 USR-07"), Doc: "This server tells that there is no such mailbox, which helps whoever is guessing names."},
	TextNoCleartext:       {Code: CodeNone, Ref: rfc(2595, "2.3", "TLS-13 SAS-31 TLS-26"), Doc: "The password would travel as it is, for everybody on the way to read: use STLS first, or a mechanism that doesn't send it."},
	TextBadName:           {Code: CodeAuth, Ref: rfc(6856, "2.2", "I18-12 I18-13"), Doc: "The name or password isn't valid UTF-8, or has a character that SASLprep prohibits."},
	TextLocked:            {Code: CodeInUse, Ref: rfc(1939, "4", "OPN-02 OPN-03 RSP-08 RSP-09"), Doc: "Somebody else has this maildrop open; POP3 lets in one session at a time. The credentials were right."},
	TextNoMaildrop:        {Code: CodeSysPerm, Ref: rfc(3206, "4", "OPN-03 RSP-10"), Doc: "The credentials are right but there is no maildrop to open. It won't mend itself."},
	TextDamaged:           {Code: CodeSysPerm, Ref: rfc(3206, "4", "OPN-03 RSP-10"), Doc: "The maildrop can't be used until somebody mends it."},
	TextTemporary:         {Code: CodeSysTemp, Ref: rfc(3206, "4", "OPN-03 RSP-10"), Doc: "Something on the server went wrong that is likely to pass. The credentials aren't to blame."},
	TextLoginDelay:        {Code: CodeLoginDelay, Ref: rfc(2449, "8.1.1", "RSP-06 CAP-16 CAP-17"), Doc: "The last login was too short ago; CAPA's LOGIN-DELAY says how long to wait. The credentials were right."},
	TextNoMechanism:       {Ref: rfc(5034, "4", "SAS-04"), Doc: "The mechanism isn't offered here and now; CAPA's SASL line lists those that are."},
	TextMechanismName:     {Ref: rfc(4422, "3.1", "SAS-40"), Doc: "A mechanism's name has 1 to 20 letters, digits, hyphens and underscores."},
	TextNoInitialResponse: {Ref: rfc(5034, "4", "SAS-12"), Doc: "In this mechanism the server speaks first, so there is nothing yet that a response could answer."},
	TextBadBase64:         {Ref: rfc(5034, "4", "SAS-15 SAS-16 SAS-17 DAU-11"), Doc: "Inside AUTH every line is a response in Base64, and this one doesn't decode."},
	TextCancelled:         {Ref: rfc(5034, "4", "SAS-10"), Doc: "The client gave the exchange up with a lone *. The session is as if AUTH had not been sent."},
	TextMalformed:         {Ref: rfc(5034, "4", "SAS-20"), Doc: "The response decodes, but isn't what the mechanism's syntax wants."},
	TextAlreadyTLS:        {Ref: rfc(2595, "4", "TLS-07"), Doc: "TLS is active already."},
	TextAfterSTLS:         {Ref: rfc(2595, "4", "TLS-06 DAU-01"), Doc: "Octets came behind STLS before TLS had begun. They might be an attacker's, so the connection is closed."},
	TextNoLanguage:        {Ref: rfc(6856, "3.2", "I18-19"), Doc: "The server has no texts in this language; the language in force stays."},
	TextNotRemoved:        {Code: CodeSysTemp, Ref: rfc(1939, "6", "QUT-02 QUT-03 DST-02"), Doc: "UPDATE couldn't remove every marked message. Those that are left will be there in the next session."},
	TextTooManyBad:        {Ref: rfc(1939, "3", "DFR-13"), Doc: "So many commands in a row were wrong that this is no conversation; the server closes."},
	TextIdle:              {Ref: rfc(1939, "3", "TMO-05"), Doc: "Nothing came for too long. The RFC has the server close without a word; this persona says one."},
	TextBusy:              {Code: CodeSysTemp, Ref: rfc(3206, "4", "DAU-15"), Doc: "The server has as many connections as it wants at once. Try again later."},

	// These are no replies: they say why a connection is closed without one.
	TextTLSOnPlain:  {Ref: rfc(8314, "3.1", "DFR-14"), Doc: "The client began with a TLS ClientHello, on the port that speaks in the clear first. Use the pop3s port, or STLS."},
	TextHTTP:        {Ref: rfc(1939, "3", "DFR-14"), Doc: "The client spoke HTTP. This is no web server, and a browser tricked into speaking POP3 must not succeed."},
	TextBodyChanged: {Ref: rfc(1939, "5", "OPN-08 DST-05"), Doc: "The message couldn't be sent as it was announced. Its end isn't sent, so that the client knows it has only a part."},
	TextFault:       {Ref: rfc(1939, "6", "DUI-04"), Doc: "A fault that was asked for breaks the connection here."},
	TextInjected:    {Ref: rfc(2595, "4", "TLS-06 DAU-01"), Doc: "Octets in the clear came while the TLS handshake was due."},
}

// A catalogue holds the texts of one language. Behind TextMissingArg stand the arguments' names. $n and $m are numbers, $s is a name or keyword, $h
// the host; {one|many} is chosen by $n.
type catalogue struct {
	tag, name string // RFC 5646 tag; the language's name in itself
	texts     [numTexts]string
}

// catalogues are the languages of the replies; the first is the one a session begins with.
var catalogues = []catalogue{
	{"en", "English", english},
	{"de", "Deutsch", german},
	{"fr", "français", french},
	{"es", "español", spanish},
}

// finer are texts that say another one more exactly: a persona that words the other speaks those too in
// its own words.
var finer = map[Text]Text{
	TextAskCAPA:      TextUnknown,
	TextNothingThere: TextNoSuchMessage,
}

// text returns the template for t; what a language doesn't say is said in English.
func (c *catalogue) text(t Text) string {
	if c.texts[t] != "" {
		return c.texts[t]
	}
	return english[t]
}

// english follows the wording of RFC 1939's examples where it has one.
var english = [numTexts]string{
	TextGreeting:     "POP3 server ready",
	TextSendPass:     "$s, now send PASS",
	TextMaildropOpen: "$s's maildrop has $n {message|messages} ($m octets)",
	TextCapabilities: "Capability list follows",
	TextMechanisms:   "Mechanisms follow",
	TextBeginTLS:     "Begin TLS negotiation",
	TextUTF8:         "UTF-8 mode is on",
	TextLanguages:    "Language listing follows",
	TextLanguage:     "$s replies in English",
	TextStat:         "$n $m",
	TextScan:         "$n {message|messages} ($m octets)",
	TextScanOne:      "$n $m",
	TextUniqueIDOne:  "$n $s",
	TextLast:         "$n",
	TextOctets:       "$m octets",
	TextTop:          "top of message follows",
	TextUniqueIDs:    "unique-id listing follows",
	TextDeleted:      "message $n deleted",
	TextNoop:         "nothing done",
	TextReset:        "maildrop has $n {message|messages} ($m octets)",
	TextGoodbye:      "$h POP3 server signing off",
	TextGoodbyeEmpty: "$h POP3 server signing off (maildrop empty)",
	TextGoodbyeLeft:  "$h POP3 server signing off ($n {message|messages} left)",

	TextUnknown:           "unknown command $s",
	TextAskCAPA:           "unknown command $s; CAPA lists what is there",
	TextNotOffered:        "$s isn't offered here",
	TextLoginFirst:        "$s needs a login first",
	TextAfterLogin:        "$s isn't valid after login",
	TextWrongState:        "$s isn't valid between USER and PASS",
	TextUserFirst:         "send USER first",
	TextEmptyLine:         "that was an empty line",
	TextLineTooLong:       "line too long, $n octets at most",
	TextControl:           "control octet in the line",
	TextEightBit:          "octet above 127 in the line",
	TextSpaces:            "a space too many: one between arguments, none at the end",
	TextMissingArg:        "$s wants",
	TextExtraArg:          "too many arguments for $s",
	TextNameOnly:          "$s takes the name only; the password goes into PASS",
	TextNotANumber:        "that's no number",
	TextZero:              "message-numbers begin with 1",
	TextLeadingZero:       "no leading zeros in numbers",
	TextNumberTooBig:      "number too large",
	TextNoSuchMessage:     "no such message, only $n {message|messages} in maildrop",
	TextNothingThere:      "no such message, the maildrop is empty",
	TextAlreadyDeleted:    "message $n already deleted",
	TextMessageGone:       "message $n has vanished from the maildrop",
	TextReadError:         "message $n can't be read at the moment",
	TextNeedsUTF8:         "message $n needs UTF-8 mode",
	TextCredentials:       "authentication failed",
	TextNoSuchUser:        "sorry, no mailbox for $s here",
	TextNoCleartext:       "no cleartext passwords here, use STLS first",
	TextBadName:           "name or password isn't acceptable UTF-8",
	TextLocked:            "maildrop already locked",
	TextNoMaildrop:        "there is no maildrop for $s",
	TextDamaged:           "the maildrop is damaged",
	TextTemporary:         "the maildrop can't be opened at the moment",
	TextLoginDelay:        "minimum time between logins hasn't passed",
	TextNoMechanism:       "mechanism not offered",
	TextMechanismName:     "that's no mechanism's name",
	TextNoInitialResponse: "the server speaks first in $s",
	TextBadBase64:         "invalid Base64, the exchange is over",
	TextCancelled:         "authentication cancelled",
	TextMalformed:         "malformed response, the exchange is over",
	TextAlreadyTLS:        "TLS is active already",
	TextAfterSTLS:         "nothing may follow STLS before TLS has begun",
	TextNoLanguage:        "no texts in that language",
	TextNotRemoved:        "some deleted messages not removed",
	TextTooManyBad:        "too many bad commands, closing",
	TextIdle:              "idle for too long, closing",
	TextBusy:              "too many connections, try again later",
	TextTLSOnPlain:        "TLS on the port without it",
	TextHTTP:              "HTTP on a POP3 port",
	TextBodyChanged:       "the message isn't what it was",
	TextFault:             "a fault breaks the connection",
	TextInjected:          "octets in the clear where TLS was due",
}

var german = [numTexts]string{
	TextGreeting:     "POP3-Server bereit",
	TextSendPass:     "$s, jetzt PASS senden",
	TextMaildropOpen: "Postfach von $s: $n {Nachricht|Nachrichten} ($m Oktette)",
	TextCapabilities: "Es folgen die Fähigkeiten",
	TextMechanisms:   "Es folgen die Verfahren",
	TextBeginTLS:     "Jetzt TLS aushandeln",
	TextUTF8:         "UTF-8 ist eingeschaltet",
	TextLanguages:    "Es folgen die Sprachen",
	TextLanguage:     "$s Antworten auf Deutsch",
	TextScan:         "$n {Nachricht|Nachrichten} ($m Oktette)",
	TextOctets:       "$m Oktette",
	TextTop:          "Anfang der Nachricht folgt",
	TextUniqueIDs:    "Es folgen die Kennungen",
	TextDeleted:      "Nachricht $n gelöscht",
	TextNoop:         "nichts getan",
	TextReset:        "das Postfach hat $n {Nachricht|Nachrichten} ($m Oktette)",
	TextGoodbye:      "POP3-Server $h meldet sich ab",
	TextGoodbyeEmpty: "POP3-Server $h meldet sich ab (Postfach leer)",
	TextGoodbyeLeft:  "POP3-Server $h meldet sich ab (noch $n {Nachricht|Nachrichten})",

	TextUnknown:           "unbekannter Befehl $s",
	TextAskCAPA:           "unbekannter Befehl $s; CAPA listet auf, was es gibt",
	TextNotOffered:        "$s gibt es hier nicht",
	TextLoginFirst:        "$s gilt erst nach der Anmeldung",
	TextAfterLogin:        "$s gilt nach der Anmeldung nicht mehr",
	TextWrongState:        "$s gilt zwischen USER und PASS nicht",
	TextUserFirst:         "zuerst USER senden",
	TextEmptyLine:         "das war eine leere Zeile",
	TextLineTooLong:       "Zeile zu lang, höchstens $n Oktette",
	TextControl:           "Steuerzeichen in der Zeile",
	TextEightBit:          "Oktett über 127 in der Zeile",
	TextSpaces:            "ein Leerzeichen zu viel: eines zwischen Argumenten, keines am Ende",
	TextMissingArg:        "$s braucht",
	TextExtraArg:          "zu viele Argumente für $s",
	TextNameOnly:          "$s nimmt nur den Namen; das Kennwort kommt mit PASS",
	TextNotANumber:        "das ist keine Zahl",
	TextZero:              "Nachrichten zählen ab 1",
	TextLeadingZero:       "keine führenden Nullen",
	TextNumberTooBig:      "Zahl zu groß",
	TextNoSuchMessage:     "keine solche Nachricht, nur $n {Nachricht|Nachrichten} im Postfach",
	TextNothingThere:      "keine solche Nachricht, das Postfach ist leer",
	TextAlreadyDeleted:    "Nachricht $n ist schon gelöscht",
	TextMessageGone:       "Nachricht $n ist aus dem Postfach verschwunden",
	TextReadError:         "Nachricht $n ist zurzeit nicht lesbar",
	TextNeedsUTF8:         "Nachricht $n braucht UTF8",
	TextCredentials:       "Anmeldung fehlgeschlagen",
	TextNoSuchUser:        "kein Postfach für $s",
	TextNoCleartext:       "keine Kennwörter im Klartext, zuerst STLS senden",
	TextBadName:           "Name oder Kennwort ist kein zulässiges UTF-8",
	TextLocked:            "Postfach ist schon gesperrt",
	TextNoMaildrop:        "es gibt kein Postfach für $s",
	TextDamaged:           "das Postfach ist beschädigt",
	TextTemporary:         "das Postfach lässt sich zurzeit nicht öffnen",
	TextLoginDelay:        "die Mindestzeit zwischen Anmeldungen ist nicht um",
	TextNoMechanism:       "Verfahren nicht angeboten",
	TextMechanismName:     "das ist kein Name eines Verfahrens",
	TextNoInitialResponse: "bei $s spricht zuerst der Server",
	TextBadBase64:         "ungültiges Base64, der Austausch ist beendet",
	TextCancelled:         "Anmeldung abgebrochen",
	TextMalformed:         "fehlerhafte Antwort, der Austausch ist beendet",
	TextAlreadyTLS:        "TLS ist schon aktiv",
	TextAfterSTLS:         "nach STLS darf vor TLS nichts folgen",
	TextNoLanguage:        "keine Texte in dieser Sprache",
	TextNotRemoved:        "einige gelöschte Nachrichten nicht entfernt",
	TextTooManyBad:        "zu viele falsche Befehle, Verbindung wird geschlossen",
	TextIdle:              "zu lange untätig, Verbindung wird geschlossen",
	TextBusy:              "zu viele Verbindungen, bitte später",
}

var french = [numTexts]string{
	TextGreeting:     "serveur POP3 prêt",
	TextSendPass:     "$s, envoyez maintenant PASS",
	TextMaildropOpen: "la boîte de $s contient $n {message|messages} ($m octets)",
	TextCapabilities: "voici les capacités",
	TextMechanisms:   "voici les mécanismes",
	TextBeginTLS:     "commencez la négociation TLS",
	TextUTF8:         "mode UTF-8 activé",
	TextLanguages:    "voici les langues",
	TextLanguage:     "$s réponses en français",
	TextScan:         "$n {message|messages} ($m octets)",
	TextOctets:       "$m octets",
	TextTop:          "voici le début du message",
	TextUniqueIDs:    "voici les identifiants",
	TextDeleted:      "message $n supprimé",
	TextNoop:         "rien de fait",
	TextReset:        "la boîte contient $n {message|messages} ($m octets)",
	TextGoodbye:      "le serveur POP3 $h se retire",
	TextGoodbyeEmpty: "le serveur POP3 $h se retire (boîte vide)",
	TextGoodbyeLeft:  "le serveur POP3 $h se retire ($n {message restant|messages restants})",

	TextUnknown:           "commande inconnue $s",
	TextAskCAPA:           "commande inconnue $s ; CAPA dit ce qui existe",
	TextNotOffered:        "$s n'est pas proposée ici",
	TextLoginFirst:        "$s demande d'abord une connexion",
	TextAfterLogin:        "$s n'est plus valable après la connexion",
	TextWrongState:        "$s n'est pas valable entre USER et PASS",
	TextUserFirst:         "envoyez d'abord USER",
	TextEmptyLine:         "c'était une ligne vide",
	TextLineTooLong:       "ligne trop longue, $n octets au plus",
	TextControl:           "octet de contrôle dans la ligne",
	TextEightBit:          "octet au-dessus de 127 dans la ligne",
	TextSpaces:            "une espace de trop : une entre les arguments, aucune à la fin",
	TextMissingArg:        "$s demande",
	TextExtraArg:          "trop d'arguments pour $s",
	TextNameOnly:          "$s ne prend que le nom; le mot de passe va dans PASS",
	TextNotANumber:        "ce n'est pas un nombre",
	TextZero:              "les numéros de message commencent à 1",
	TextLeadingZero:       "pas de zéros en tête",
	TextNumberTooBig:      "nombre trop grand",
	TextNoSuchMessage:     "pas de tel message, seulement $n {message|messages} dans la boîte",
	TextNothingThere:      "pas de tel message, la boîte est vide",
	TextAlreadyDeleted:    "message $n déjà supprimé",
	TextMessageGone:       "le message $n a disparu de la boîte",
	TextReadError:         "le message $n est illisible pour le moment",
	TextNeedsUTF8:         "le message $n demande le mode UTF-8",
	TextCredentials:       "échec de l'authentification",
	TextNoSuchUser:        "pas de boîte pour $s ici",
	TextNoCleartext:       "pas de mot de passe en clair, envoyez d'abord STLS",
	TextBadName:           "le nom ou le mot de passe n'est pas de l'UTF-8 admis",
	TextLocked:            "boîte déjà verrouillée",
	TextNoMaildrop:        "il n'y a pas de boîte pour $s",
	TextDamaged:           "la boîte est endommagée",
	TextTemporary:         "la boîte ne peut pas être ouverte pour le moment",
	TextLoginDelay:        "le délai minimal entre connexions n'est pas écoulé",
	TextNoMechanism:       "mécanisme non proposé",
	TextMechanismName:     "ce n'est pas un nom de mécanisme",
	TextNoInitialResponse: "dans $s le serveur parle d'abord",
	TextBadBase64:         "Base64 invalide, échange terminé",
	TextCancelled:         "authentification annulée",
	TextMalformed:         "réponse mal formée, échange terminé",
	TextAlreadyTLS:        "TLS est déjà actif",
	TextAfterSTLS:         "rien ne peut suivre STLS avant TLS",
	TextNoLanguage:        "pas de textes dans cette langue",
	TextNotRemoved:        "certains messages supprimés n'ont pas été retirés",
	TextTooManyBad:        "trop de commandes erronées, fermeture",
	TextIdle:              "inactif trop longtemps, fermeture",
	TextBusy:              "trop de connexions, réessayez plus tard",
}

var spanish = [numTexts]string{
	TextGreeting:     "servidor POP3 listo",
	TextSendPass:     "$s, ahora envíe PASS",
	TextMaildropOpen: "el buzón de $s tiene $n {mensaje|mensajes} ($m octetos)",
	TextCapabilities: "siguen las capacidades",
	TextMechanisms:   "siguen los mecanismos",
	TextBeginTLS:     "inicie la negociación TLS",
	TextUTF8:         "modo UTF-8 activado",
	TextLanguages:    "siguen los idiomas",
	TextLanguage:     "$s respuestas en español",
	TextScan:         "$n {mensaje|mensajes} ($m octetos)",
	TextOctets:       "$m octetos",
	TextTop:          "sigue el comienzo del mensaje",
	TextUniqueIDs:    "siguen los identificadores",
	TextDeleted:      "mensaje $n borrado",
	TextNoop:         "nada hecho",
	TextReset:        "el buzón tiene $n {mensaje|mensajes} ($m octetos)",
	TextGoodbye:      "el servidor POP3 $h se despide",
	TextGoodbyeEmpty: "el servidor POP3 $h se despide (buzón vacío)",
	TextGoodbyeLeft:  "el servidor POP3 $h se despide (quedan $n {mensaje|mensajes})",

	TextUnknown:           "orden desconocida $s",
	TextAskCAPA:           "orden desconocida $s; CAPA dice lo que hay",
	TextNotOffered:        "$s no se ofrece aquí",
	TextLoginFirst:        "$s requiere iniciar sesión antes",
	TextAfterLogin:        "$s no es válida tras iniciar sesión",
	TextWrongState:        "$s no es válida entre USER y PASS",
	TextUserFirst:         "envíe primero USER",
	TextEmptyLine:         "era una línea vacía",
	TextLineTooLong:       "línea demasiado larga, $n octetos como máximo",
	TextControl:           "octeto de control en la línea",
	TextEightBit:          "octeto mayor que 127 en la línea",
	TextSpaces:            "un espacio de más: uno entre argumentos, ninguno al final",
	TextMissingArg:        "$s necesita",
	TextExtraArg:          "demasiados argumentos para $s",
	TextNameOnly:          "$s solo admite el nombre; la contraseña va en PASS",
	TextNotANumber:        "eso no es un número",
	TextZero:              "los números de mensaje empiezan en 1",
	TextLeadingZero:       "sin ceros a la izquierda",
	TextNumberTooBig:      "número demasiado grande",
	TextNoSuchMessage:     "no hay tal mensaje, solo $n {mensaje|mensajes} en el buzón",
	TextNothingThere:      "no hay tal mensaje, el buzón está vacío",
	TextAlreadyDeleted:    "mensaje $n ya borrado",
	TextMessageGone:       "el mensaje $n ha desaparecido del buzón",
	TextReadError:         "el mensaje $n no se puede leer por ahora",
	TextNeedsUTF8:         "el mensaje $n necesita el modo UTF-8",
	TextCredentials:       "autenticación fallida",
	TextNoSuchUser:        "no hay buzón para $s aquí",
	TextNoCleartext:       "sin contraseñas en claro, envíe primero STLS",
	TextBadName:           "el nombre o la contraseña no es UTF-8 admisible",
	TextLocked:            "buzón ya bloqueado",
	TextNoMaildrop:        "no hay buzón para $s",
	TextDamaged:           "el buzón está dañado",
	TextTemporary:         "el buzón no se puede abrir por ahora",
	TextLoginDelay:        "no ha pasado el tiempo mínimo entre entradas",
	TextNoMechanism:       "mecanismo no ofrecido",
	TextMechanismName:     "eso no es el nombre de un mecanismo",
	TextNoInitialResponse: "en $s habla primero el servidor",
	TextBadBase64:         "Base64 no válido, intercambio terminado",
	TextCancelled:         "autenticación cancelada",
	TextMalformed:         "respuesta mal formada, intercambio terminado",
	TextAlreadyTLS:        "TLS ya está activo",
	TextAfterSTLS:         "nada puede seguir a STLS antes de TLS",
	TextNoLanguage:        "no hay textos en ese idioma",
	TextNotRemoved:        "algunos mensajes borrados no se han eliminado",
	TextTooManyBad:        "demasiadas órdenes erróneas, se cierra",
	TextIdle:              "inactivo demasiado tiempo, se cierra",
	TextBusy:              "demasiadas conexiones, inténtelo más tarde",
}
