package author

import (
	"fmt"
	"strings"

	"pop3lab/lessons"
)

//go:generate go run ./gen

// Guide is how to write a lesson, as Markdown. Its tables are the checker's own.
func Guide() string {
	var b strings.Builder
	b.WriteString(guideHead)
	b.WriteString("## A lesson to begin with\n\n`pop3lab lesson new LESSON-ID` writes this file. It's a whole lesson, and it works.\n\n```\n")
	b.WriteString(Template("LESSON-ID"))
	b.WriteString("```\n\n## The sections\n\nA section begins with a line `-- NAME --`. `lesson.md`, `goals` and `reference.pop3` have to be there for the file to be read; lint wants the rest too, but for mail, letters and `begin.pop3`.\n\n")
	table(&b, "section", "what it holds", lessons.Files())
	b.WriteString("\n### The header\n\n")
	table(&b, "field", "what it says", lessons.HeaderFields())
	b.WriteString(guideWorld)
	b.WriteString("## Goals\n" + guideGoals)
	for _, w := range lessons.Words() {
		level := ""
		if w.Level {
			level = " It's about how things stand, so it can stand behind `hold`."
		}
		fmt.Fprintf(&b, "**`%s`**\\\n%s%s\\\nAs in: `%s`\n\n", w.Usage, w.Doc, level, w.Example)
	}
	b.WriteString("### Classes of refusals\n\n")
	var classes [][2]string
	for _, c := range lessons.Classes() {
		classes = append(classes, [2]string{c.Name, c.Doc})
	}
	table(&b, "class", "why the server said -ERR", classes)
	b.WriteString(guideQuestions)
	table(&b, "fact", "what it is", lessons.Facts())
	b.WriteString(guideRest)
	return b.String()
}

func table(b *strings.Builder, one, other string, rows [][2]string) {
	fmt.Fprintf(b, "| %s | %s |\n|---|---|\n", one, other)
	for _, r := range rows {
		fmt.Fprintf(b, "| `%s` | %s |\n", strings.ReplaceAll(r[0], "|", "\\|"), strings.ReplaceAll(r[1], "|", "\\|"))
	}
}

const guideHead = `# How to write a lesson

<!-- Written by go generate ./lessons/author from the tables of package lessons. -->

A lesson is one text file. You write what the student reads, what is to be reached, and a dialogue that reaches it; the program plays the server. No code is in it, and nothing has to be rebuilt.

    pop3lab lesson new my-lesson            # writes my-lesson.txtar, a small lesson that works
    pop3lab lesson run my-lesson.txtar      # plays its dialogues, says which goals are met where
    pop3lab lesson run --update my-lesson.txtar   # and writes into the file what the server says
    pop3lab lesson lint my-lesson.txtar     # proves it, or says what isn't right and how to mend it

Work in this order: the goals, the reference, ` + "`run`" + `, the rejects with their feedback, the prose last. When a lesson is hard to write down as goals, it's often two lessons.

What makes a good one:

- One idea, in 5 to 15 minutes. A real case where there is one, named so that it can be looked up.
- Goals are about what happened, never about how it was typed. Whatever else a student does on the way costs nothing.
- Each way of not having understood it is a reject: a dialogue that fails, with the sentence that helps. The sentence says what happened and asks the question that leads on. It never holds the solution; the third rung of the hints does.
- Short sentences, plain words, the RFC's terms: maildrop, message-number, octets. Names are those of the RFC's examples (mrose, dewey, frated), hosts end in example.com.
- Something to predict before it happens, wherever a student may think it's otherwise.

`

const guideWorld = `
Ids are permanent: progress is kept under them. When goals change, raise ` + "`rev`" + `; students see that the lesson was updated since they did it.

### The prose

Paragraphs, lists (` + "`- item`" + `), headings (` + "`## words`" + `), lines of a dialogue (four spaces before them), ` + "`*emphasis*`, `` `octets` ``" + ` and links. Nothing else: a tag is shown as it stands.

### The world

Each line of ` + "`world`" + ` is a field: ` + "`user: NAME PASSWORD`" + ` (more than once for several), ` + "`persona: dovecot`, `fault: idle-short`, `switch: strict-lines`, `without: TOP`, `stls: yes`, `login-delay: 10`, `host: NAME`" + `. ` + "`device: home PC`" + ` names the client of the lines that name none. Without any the world is RFC 1939's own example: mrose, tanstaaf, two messages. ` + "`mailbox: USER dewey`" + ` puts in thirteen odd messages, ` + "`generate: USER COUNT OCTETS`" + ` many alike.

Mail stands in sections ` + "`mail/USER/NAME.eml`" + `, in the order in which it arrived. Write it as it's read: line ends become CR LF. With ` + "`lf`" + ` they stay LF, as some stores keep them; with ` + "`octets`" + ` only ` + "`\\r\\n`" + ` written out is a line end.

### Editions

Names in braces differ from student to student, so that answers do. The section ` + "`vary`" + ` says how: ` + "`n: 3..6`" + ` a number, ` + "`k: 1..{n} not {j}`" + ` a number but not that one, ` + "`who: mrose | dewey`" + ` one of these, ` + "`last: {n} + 1`" + ` a sum. A name can stand everywhere: in prose, world, mail, goals, hints, dialogues. Seed 0 is the printed edition: the first value of each. Unique-ids and timestamps differ anyway. ` + "`pop3lab lesson run --seed 7 FILE`" + ` plays another edition; lint proves several.

`

const guideGoals = `
Each goal is a sentence for the student, behind ` + "`#`" + `, and below it one line:

    # Mark a message, then take the mark back.
    sent DELE 1 ok then sent RSET ok

Goals are met in any order, and a goal once met stays met. Around the words below stand:

- ` + "`A then B`" + `: B after A, at any distance. Also ` + "`A then B then C`" + `.
- ` + "`in one session: A then B`" + `: the same, within one connection.
- ` + "`[phone] A`" + `: of that device alone.
- ` + "`A in TRANSACTION`, `A in clear`, `A over TLS`" + `: only where the session stood so.
- ` + "`never A`" + `: must not happen. It's met when all others are; when it's broken only a fresh start helps.
- ` + "`hold A`" + `: has to be so at the end, whatever was before.

Messages are named by the number they have in the world at the beginning, also in later sessions that number them otherwise.

### The words

`

const guideQuestions = `
## Questions

` + "`choice`" + ` is one of several; ` + "`predict`" + ` too, but before it happens, and the first answer stays (a goal ` + "`predicted NAME then ...`" + ` makes sure it's before); ` + "`typed`" + ` is a word or number; ` + "`mark`" + ` is octets that the student clicks. The right answers of choice and predict begin with ` + "`+`" + `, those of typed and mark with ` + "`=`" + `, wrong ones with ` + "`-`" + `. Behind ` + "` :: `" + ` stands what is said then, and ` + "`else:`" + ` to any other answer. The question named ` + "`exit`" + ` ends the lesson and belongs to no goal.

    typed size: How many octets has message 2?
    = octets 2 :: Right.
    - total :: That's all of them.
    else: Ask LIST.
    mark end: Click the line that ends the message.
    = terminator of RETR :: A dot, alone.
    else: It's a line with one octet before its CR LF.

What is marked is named as the page names it when one points at it: keyword, argument, status indicator, response code, text, number, octets, unique-id, capability tag, stuffed dot, terminator, CR LF, LF alone; with ` + "`of VERB`" + ` only there.

Typed answers are compared without regard to case, spaces, units and the way of writing thousands. In place of an answer may stand a fact, so that each edition has its own:

`

const guideRest = `
## Feedback

    when 3 and ended hangup: You hung up. What state did the session never reach?
    when 2 and 1 met and refused deleted: It's marked already.

The number is that of the goal that isn't met; what follows are goal words, or ` + "`N met`, `N unmet`" + `. Of several that fit, the one whose conditions came true last is shown, so the last thing a student did is what it talks about. Where none fits the program says itself what is near. To a wrong answer the question's own sentence is said.

## Hints

Three rungs for each goal that isn't never: ` + "`2.1:`" + ` nudges, ` + "`2.2:`" + ` names the command, ` + "`2.3: > RSET`" + ` is the line, put in and not sent. For a question the third rung is words.

## Dialogues

` + "`C: LINE`" + ` is sent with CR LF. ` + "`C> OCTETS`" + ` sends just these, with ` + "`\\r \\n \\x00`" + ` and no line end of its own. ` + "`C+ LINE`" + ` travels together with the next. ` + "`C hangs up`, `C connects`, `C connects with TLS`, `C secures`, `C stays silent`, `* advance 600000`" + ` are happenings, ` + "`[phone] C: STAT`" + ` is another device. package transcript has them all. ` + "`A: QUESTION ANSWER`" + ` is an answer; ` + "`A: size = octets 2`" + ` answers with a fact, ` + "`A: end mark terminator of RETR`" + ` marks the last one there was. Leave out the S lines: ` + "`run --update`" + ` writes them.

The reference meets every goal, and with its last line only: no beginning of it does. A reject begins with the goal it fails and the sentence the student sees, word for word:

    # fails goal 3: You hung up. What state did the session never reach?

` + "`begin.pop3`" + ` is what happens before the student comes: a phone that holds the lock, a session to look at.

## Roles

With ` + "`role: server`" + ` the student is the server. The reference's C lines are what the client says, its S lines what a student answers; goals say ` + "`served LIST`" + `, ` + "`served all`" + `. An answer is judged by rule: status indicator, one line or many, the end, stuffed dots, numbers, a response code where it tells something. Wording is free.

With ` + "`role: attacker`" + ` the student sits between a mail program and its server and may change what the server says. ` + "`victim: naive`" + ` goes on in the clear when STLS is missing, and believes what came before TLS; ` + "`careful`" + ` does neither, and a question named ` + "`policy`" + ` with the answers ` + "`naive`" + ` and ` + "`careful`" + ` lets the student choose. In a dialogue ` + "`A: edit-1 +OK\\r\\n.\\r\\n`" + ` is what the mail program gets in place of the server's answer 1; the greeting is 0. Goals say ` + "`victim leaked`, `victim fooled`, `victim safe`" + `.

## Detours

A test puts thousands of detours into every reference: commands too many, typing errors, LF alone, hanging up and beginning again. The goals must be met all the same. Where a lesson is about one of them, its header says so: ` + "`detours: reconnect`" + `.

## Translations

Beside ` + "`NAME.txtar`" + ` stands ` + "`NAME.de.txtar`" + `. ` + "`pop3lab lesson translate NAME.txtar`" + ` prints one to begin with: each piece of text with the hash of the English. Write your words in their place and let markers, names in braces and commands stay. What isn't in it stays English; lint lists what was translated from something else than what stands there now. An option that was chosen counts in either language, so dialogues stay as they are.
`
