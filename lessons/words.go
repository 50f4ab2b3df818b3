package lessons

import (
	"errors"
	"strconv"
	"strings"

	"pop3lab/engine"
)

// A Word is one of the words that goals are made of. This table is all there is: the parser, the checker
// and the writer's guide read it.
type Word struct {
	Name    string
	Usage   string
	Doc     string
	Example string
	// Level says that the word is about how things stand, not about a moment. Only such a word can stand
	// behind hold.
	Level bool
	// Missing is said when a goal waits for it and the lesson has no feedback of its own.
	Missing string

	check func(l *Lesson, args []string) error
	met   func(c *condition, m *memory) bool
}

// Words are the goal words.
func Words() []Word { return words }

// words is filled by init: what the rows check asks for names of rows.
var words []Word

func init() {
	words = table()
}

func table() []Word {
	return []Word{
		{Name: "sent", Usage: "sent VERB [ARGUMENT...] [ok|err [CODE]|more]",
			Doc:     "A command was sent and answered: with +OK, with -ERR (and that response code), with a challenge, or anyhow. Without arguments the command had none; * stands for any one, ... for any that are left, a|b for either, in the place of VERB too: USER|APOP. response is a line inside AUTH, other a line that is no command.",
			Example: "sent LIST * ok", Missing: "The command it asks for hasn't been sent yet.",
			check: checkSent, met: metSent},
		{Name: "refused", Usage: "refused CLASS",
			Doc: "The server said -ERR for that reason. The classes stand below.", Example: "refused locked",
			Missing: "The server hasn't refused anything for this reason yet.",
			check: func(l *Lesson, args []string) error {
				if len(args) != 1 || classIndex(args[0]) < 0 {
					return errors.New("want refused CLASS; there are " + classNames())
				}
				return nil
			},
			met: func(c *condition, m *memory) bool { return m.refusal >= 0 && classes[m.refusal].Name == c.args[0] }},
		{Name: "refusals", Usage: "refusals NUMBER",
			Doc: "So many different classes of refusal were met.", Example: "refusals 5", Missing: "The server can be refused for more reasons than those seen so far.",
			check: oneNumber, met: func(c *condition, m *memory) bool { return m.refusal >= 0 && m.classCount() >= c.n }},
		{Name: "ended", Usage: "ended quit|hangup|idle|server [marked]",
			Doc:     "A session came to its end: by QUIT, because the client was gone, because the idle timer ran out, or because the server closed it. With marked, messages were marked as deleted then.",
			Example: "ended hangup marked", Missing: "No session has ended that way yet.",
			check: func(l *Lesson, args []string) error {
				if len(args) == 0 || len(args) > 2 || !contains([]string{"quit", "hangup", "idle", "server"}, args[0]) || len(args) == 2 && args[1] != "marked" {
					return errors.New("want ended quit, hangup, idle or server, and perhaps marked")
				}
				return nil
			},
			met: func(c *condition, m *memory) bool { return m.ended == c.args[0] && (len(c.args) == 1 || m.marked) }},
		{Name: "left", Usage: "left MESSAGES",
			Doc:     "A session reached UPDATE, the server removed what was marked, and just these messages are left of those that the session had. A message is named by the number it had in the lesson's world (later mail goes on counting); none and all are lists too.",
			Example: "left 2 3", Missing: "The maildrop isn't yet as it should be after an UPDATE.",
			check: messages, met: func(c *condition, m *memory) bool { return m.update && same(m.left, c.list(len(m.s.msgs))) }},
		{Name: "removed", Usage: "removed MESSAGES",
			Doc: "An UPDATE removed these messages, and perhaps others.", Example: "never removed 2", Missing: "These messages are still there.",
			check: messages, met: func(c *condition, m *memory) bool { return m.update && within(c.list(len(m.s.msgs)), m.removed) }},
		{Name: "marked", Usage: "marked MESSAGES", Level: true,
			Doc: "Just these messages are marked as deleted now.", Example: "hold marked none", Missing: "Other messages are marked than should be.",
			check: messages, met: func(c *condition, m *memory) bool {
				return m.s != nil && m.s.msgs != nil && same(m.s.marks(), c.list(len(m.s.msgs)))
			}},
		{Name: "state", Usage: "state AUTHORIZATION|TRANSACTION|UPDATE|closed", Level: true,
			Doc: "The session is in that state.", Example: "state TRANSACTION", Missing: "The session isn't in that state.",
			check: func(l *Lesson, args []string) error {
				if len(args) != 1 || !contains(states, args[0]) {
					return errors.New("want state " + strings.Join(states, ", "))
				}
				return nil
			},
			met: func(c *condition, m *memory) bool { return m.s != nil && stateName(m.s.state) == c.args[0] }},
		{Name: "connected", Usage: "connected", Doc: "A connection was greeted.", Example: "connected over TLS", Missing: "No such connection was made yet.",
			check: noArgs, met: func(c *condition, m *memory) bool {
				return m.e.Kind == engine.KindReply && m.e.Verb == engine.Connect && m.e.Status == engine.OK
			}},
		{Name: "secured", Usage: "secured", Doc: "TLS began after STLS.", Example: "secured then sent CAPA ok", Missing: "The session isn't protected by TLS yet.",
			check: noArgs, met: func(c *condition, m *memory) bool {
				return m.e.Kind == engine.KindInput && m.e.Verb == engine.Secured
			}},
		{Name: "lf", Usage: "lf", Doc: "A line was sent that ends with LF alone.", Example: "lf then sent NOOP ok", Missing: "No line with LF alone was sent yet.",
			check: noArgs, met: func(c *condition, m *memory) bool { return m.lf }},
		{Name: "pipelined", Usage: "pipelined NUMBER", Doc: "So many commands travelled together, before any of their answers.", Example: "pipelined 4",
			Missing: "Not enough commands have been sent at once.",
			check:   oneNumber, met: func(c *condition, m *memory) bool { return m.e.Kind == engine.KindLine && m.together >= c.n }},
		{Name: "pieces", Usage: "pieces NUMBER [CRLF]",
			Doc:     "A command was sent in so many pieces or more, one after the other. With CRLF, one piece ended between CR and LF.",
			Example: "pieces 3 CRLF", Missing: "No command has been sent in that many pieces yet.",
			check: func(l *Lesson, args []string) error {
				if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "CRLF" || oneNumber(l, args[:1]) != nil {
					return errors.New("want pieces NUMBER, and perhaps CRLF")
				}
				return nil
			},
			met: func(c *condition, m *memory) bool {
				n, _ := strconv.Atoi(c.args[0])
				return m.pieces >= n && (len(c.args) == 1 || m.split)
			}},
		{Name: "has", Usage: "has MESSAGES", Doc: "The device has fetched these messages whole, at any time, and perhaps others.", Example: "[phone] has 1 2",
			Missing: "Not all of these messages have been fetched yet.",
			check:   messages, met: func(c *condition, m *memory) bool { return m.fetchedNow && within(c.list(len(m.s.msgs)), m.has()) }},
		{Name: "run", Usage: "run MESSAGES", Doc: "A session that ended with QUIT had fetched just these messages.", Example: "[phone] run 3",
			Missing: "No session has fetched just these messages and said goodbye.",
			check:   messages, met: func(c *condition, m *memory) bool {
				return m.ended == "quit" && m.s.msgs != nil && same(m.s.fetched, c.list(len(m.s.msgs)))
			}},
		{Name: "unread", Usage: "unread", Doc: "A message was marked as deleted that the device has never fetched whole.", Example: "never unread",
			Missing: "Every message that was marked had been fetched before.",
			check:   noArgs, met: func(c *condition, m *memory) bool { return m.unread }},
		{Name: "again", Usage: "again", Doc: "A message was fetched whole that the device had whole already.", Example: "never again",
			Missing: "Nothing has been fetched twice so far.",
			check:   noArgs, met: func(c *condition, m *memory) bool { return m.again }},
		{Name: "fetched", Usage: "fetched NUMBER", Doc: "More octets of messages than that have come, over RETR and TOP together.", Example: "never fetched 2000",
			Missing: "Less has been fetched so far.",
			check:   oneNumber, met: func(c *condition, m *memory) bool { return m.octets > int64(c.n) }},
		{Name: "commands", Usage: "commands NUMBER", Doc: "More commands than that were sent.", Example: "never commands 8", Missing: "Fewer commands have been sent so far.",
			check: oneNumber, met: func(c *condition, m *memory) bool { return m.lines > c.n }},
		{Name: "waited", Usage: "waited SECONDS", Doc: "So much time has passed since the lesson began, in whatever session and between sessions. Behind then it counts from the beginning too, not from what came before.", Example: "waited 600", Missing: "Not enough time has passed.",
			check: oneNumber, met: func(c *condition, m *memory) bool { return m.now-m.began >= int64(c.n)*1000 }},
		{Name: "lasted", Usage: "lasted SECONDS", Doc: "Something happens in a session that was connected so long ago. Time alone is nothing that happens in it: send a command after waiting, or let the server close it.", Example: "lasted 540 then sent NOOP ok", Missing: "No session has lasted that long yet.",
			check: oneNumber, met: func(c *condition, m *memory) bool {
				for i := range m.steps {
					if s := m.s; s != nil && m.steps[i].Device == s.device && m.steps[i].Session == s.number {
						return m.now-m.steps[i].Now >= int64(c.n)*1000
					}
				}
				return false
			}},
		{Name: "answered", Usage: "answered QUESTION", Doc: "The question was answered, and rightly.", Example: "answered size", Missing: "There is a question to answer.",
			check: aQuestion, met: func(c *condition, m *memory) bool {
				return m.answer != nil && m.answer.Question == c.args[0] && m.right
			}},
		{Name: "predicted", Usage: "predicted QUESTION", Doc: "The question was answered, rightly or not.", Example: "predicted fate then ended hangup",
			Missing: "There is something to predict first.",
			check:   aQuestion, met: func(c *condition, m *memory) bool { return m.answer != nil && m.answer.Question == c.args[0] }},
		{Name: "served", Usage: "served VERB|greeting|all", Doc: "In a lesson where the student is the server: every such command was answered by the rules.", Example: "served LIST",
			Missing: "Not every command has a right answer yet.",
			check: func(l *Lesson, args []string) error {
				if len(args) != 1 || l.Role != Server {
					return errors.New("want served VERB, served greeting or served all, in a lesson with role: server")
				}
				return nil
			},
			met: func(c *condition, m *memory) bool { return m.answer != nil && m.l.served(c.args[0], m.served) }},
		{Name: "victim", Usage: "victim leaked|fooled|safe", Doc: "In the attacker's chair: the mail program sent its password in the clear, took an answer for the server's that wasn't, or ended without either.",
			Example: "victim leaked", Missing: "The mail program hasn't been brought to that yet.",
			check: func(l *Lesson, args []string) error {
				if len(args) != 1 || l.Role != Attacker || !contains([]string{"leaked", "fooled", "safe"}, args[0]) {
					return errors.New("want victim leaked, victim fooled or victim safe, in a lesson with role: attacker")
				}
				return nil
			},
			met: func(c *condition, m *memory) bool { return m.answer != nil && m.victim.is(c.args[0]) }},
	}
}

func wordNamed(name string) *Word {
	for i := range words {
		if words[i].Name == name {
			return &words[i]
		}
	}
	return nil
}

// states are the names that state takes.
var states = []string{"AUTHORIZATION", "TRANSACTION", "UPDATE", "closed"}

func stateName(s engine.State) string {
	if s == engine.Closed {
		return "closed"
	}
	return s.RFC()
}

// A Class is why a server refuses, as coarse as a student should tell reasons apart.
type Class struct {
	Name, Doc string
	texts     []engine.Text
}

// Classes are the classes of refusals.
func Classes() []Class { return classes }

var classes = []Class{
	{"unknown", "no such command, or none that this server has", []engine.Text{engine.TextUnknown, engine.TextAskCAPA, engine.TextNotOffered}},
	{"state", "a command of another state", []engine.Text{engine.TextLoginFirst, engine.TextAfterLogin, engine.TextWrongState, engine.TextUserFirst}},
	{"missing", "an argument is missing", []engine.Text{engine.TextMissingArg}},
	{"extra", "an argument too many", []engine.Text{engine.TextExtraArg, engine.TextNameOnly}},
	{"number", "an argument that is no number, or none that can be meant", []engine.Text{engine.TextNotANumber, engine.TextZero, engine.TextLeadingZero, engine.TextNumberTooBig}},
	{"message", "no message of that number", []engine.Text{engine.TextNoSuchMessage, engine.TextNothingThere}},
	{"deleted", "a message that is marked as deleted", []engine.Text{engine.TextAlreadyDeleted}},
	{"spaces", "spaces where none belong, or too many", []engine.Text{engine.TextSpaces}},
	{"octets", "an octet that may not stand in a command, such as TAB", []engine.Text{engine.TextControl, engine.TextEightBit}},
	{"long", "a line over the limit", []engine.Text{engine.TextLineTooLong}},
	{"empty", "an empty line", []engine.Text{engine.TextEmptyLine}},
	{"credentials", "name and password don't go together", []engine.Text{engine.TextCredentials, engine.TextNoSuchUser, engine.TextBadName}},
	{"cleartext", "a password that would travel in the clear", []engine.Text{engine.TextNoCleartext}},
	{"locked", "another session has the maildrop", []engine.Text{engine.TextLocked}},
	{"delay", "a login too soon after the last one", []engine.Text{engine.TextLoginDelay}},
	{"temporary", "the server's own trouble, which may pass", []engine.Text{engine.TextTemporary, engine.TextReadError, engine.TextMessageGone, engine.TextNotRemoved}},
	{"permanent", "the server's own trouble, which won't pass by itself", []engine.Text{engine.TextNoMaildrop, engine.TextDamaged}},
	{"cancelled", "an AUTH exchange that the client gave up", []engine.Text{engine.TextCancelled}},
	{"exchange", "an AUTH exchange that couldn't be understood", []engine.Text{engine.TextBadBase64, engine.TextMalformed, engine.TextNoMechanism, engine.TextMechanismName, engine.TextNoInitialResponse}},
}

func classOf(t engine.Text) int {
	for i := range classes {
		for _, one := range classes[i].texts {
			if one == t {
				return i
			}
		}
	}
	return -1
}

func classIndex(name string) int {
	for i := range classes {
		if classes[i].Name == name {
			return i
		}
	}
	return -1
}

func classNames() string {
	var names []string
	for _, c := range classes {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// Checks of arguments.

func noArgs(l *Lesson, args []string) error {
	if len(args) > 0 {
		return errors.New("nothing stands behind this word but in STATE, in clear, over TLS")
	}
	return nil
}

func oneNumber(l *Lesson, args []string) error {
	if len(args) == 1 {
		if n, err := strconv.Atoi(args[0]); err == nil && n >= 0 {
			return nil
		}
	}
	return errors.New("want one number behind this word")
}

func messages(l *Lesson, args []string) error {
	for i, a := range args {
		n, err := strconv.Atoi(a)
		if (a == "none" || a == "all") && len(args) == 1 || err == nil && n > 0 && (i == 0 || args[i-1] != "none") {
			continue
		}
		return errors.New("want message-numbers from 1 on, or none, or all, not " + strconv.Quote(a))
	}
	if len(args) == 0 {
		return errors.New("want message-numbers, or none, or all")
	}
	return nil
}

func aQuestion(l *Lesson, args []string) error {
	if len(args) != 1 || l.Question(args[0]) == nil {
		return errors.New("want the name of a question of the section questions")
	}
	return nil
}
