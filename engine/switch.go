package engine

// A Switch is a place where the RFCs leave a choice, or where servers out there chose otherwise.
// Every switch is off in a Config's zero value; off is the decision that stands in the comment.
type Switch uint64

// The switches.
const (
	StrictUser                      Switch = 1 << iota
	StrictLines
	LenientSpace
	LenientZeros
	ListMechanisms
	UTF8AfterLogin
	ForgetAuthCaps
	AnswerTimeout
	NoLock
	DeleteRetrieved
	PassEightBit
	StrictUnknownUser                                  // USR-06
	CloseOnFailure                                     // STA-06
	ImplementationInTransactionOnly                    // CAP-37
	Legacy1460                                         // HIS-01
	OKContinuation                                     // SAS-05
	CloseOnUnoffered                                   // FRM-21
	CaplessFirst                                       // CAP-11
	numSwitches                     = iota
)

// Has says whether any switch of t is on in s.
func (s Switch) Has(t Switch) bool { return s&t != 0 }

// A SwitchDoc describes a switch for people.
type SwitchDoc struct {
	Switch Switch
	Name   string // as a command line names it
	Reqs   string // ambiguity or requirement rows
	Off    string // what happens with it off
	On     string
}

// Switches describes every switch, in the order of the constants.
var Switches = []SwitchDoc{
	{StrictUser, "strict-user", "A-05 USR-02", "USER or APOP after an accepted USER replaces the name", "after an accepted USER only PASS, AUTH, STLS, UTF8, LANG, CAPA and QUIT are taken"},
	{StrictLines, "strict-lines", "A-10 DFR-01", "a line that ends with LF alone, or CR NUL, is taken and marked in the trace", "the server waits for CR LF, and an LF inside a line is refused"},
	{LenientSpace, "lenient-space", "A-08 DFR-06", "spaces at the end of a line or twice between arguments are refused", "spaces too many between arguments or at the end of a line are ignored"},
	{LenientZeros, "lenient-zeros", "A-09 DFR-07", "RETR 01 is refused", "leading zeros are ignored; 0 is refused all the same"},
	{ListMechanisms, "auth-lists", "A-20 DAU-12", "AUTH without argument is refused", "AUTH without argument lists the mechanisms, as before RFC 5034"},
	{UTF8AfterLogin, "utf8-after-login", "A-23 I18-01", "UTF8 is refused after login", "UTF8 is taken after login too"},
	{ForgetAuthCaps, "capa-forgets", "A-04 CAP-06 SAS-35", "CAPA announces USER and SASL after login too", "CAPA drops USER and SASL after login"},
	{AnswerTimeout, "answer-timeout", "A-11 TMO-05", "the idle timer closes without a word", "the idle timer sends -ERR first"},
	{NoLock, "no-lock", "A-29 OPN-01", "one session at a time has the maildrop", "several sessions may have the same maildrop open"},
	{DeleteRetrieved, "download-and-delete", "A-17 CAP-28 CAP-29", "messages stay until DELE", "QUIT removes what RETR sent, as EXPIRE 0 allows"},
	{PassEightBit, "pass-8bit", "A-26 I18-04 I18-05", "with UTF8 announced, a message with a UTF-8 header goes out in UTF-8 mode only", "a message with a UTF-8 header is sent as it is in any mode, as RFC 1939 servers did"},
	{StrictUnknownUser, "user-tells", "USR-06 USR-07", "USER is answered alike for every name", "USER of an unknown name is refused, which tells attackers which names exist"},
	{CloseOnFailure, "close-on-failure", "STA-06", "after a failed login the client may try again", "the server closes after a failed login"},
	{ImplementationInTransactionOnly, "implementation-late", "CAP-37", "IMPLEMENTATION is announced in both states", "IMPLEMENTATION is announced after login only"},
	{Legacy1460, "legacy-1460", "HIS-01", "LAST is refused, as since RFC 1725", "LAST is answered"},
	{OKContinuation, "ok-continuation", "SAS-05", "a challenge begins with \"+ \"", "a challenge begins with +OK, as an old Exchange sent it"},
	{CloseOnUnoffered, "close-on-unoffered", "FRM-21", "a command that isn't offered gets -ERR", "a command that isn't offered ends the connection"},
	{CaplessFirst, "capa-late", "CAP-11 CAP-35", "TOP and UIDL are announced in both states", "TOP and UIDL are announced after login only"},
}

// SwitchNamed returns the switch of that name.
func SwitchNamed(name string) (Switch, bool) {
	for _, d := range Switches {
		if d.Name == name {
			return d.Switch, true
		}
	}
	return 0, false
}
