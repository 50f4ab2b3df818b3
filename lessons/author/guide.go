package author

import (
	"fmt"
	"strings"

	"pop3lab/engine"
	"pop3lab/engine/transcript"
	"pop3lab/lessons"
)

//go:generate go run ./gen

// Guide is how to write a lesson, as Markdown. Its tables are the checker's own.
func Guide() string {
	var b strings.Builder
	b.WriteString(guideHead)
	b.WriteString("## A lesson to begin with\n\n`pop3lab lesson new LESSON-ID` writes this file. It's a whole lesson, and it works.\n\n```\n")
	b.WriteString(Template("LESSON-ID"))
	b.WriteString("```\n\n## The sections\n\nA section begins with a line `-- NAME --`. `lesson.md`, `goals` and `reference.pop3` have to be there for the file to be read; lint wants the rest too, but for mail, letters and `begin.pop3`. What stands before the first section are notes for writers: they aren't shown, but they, like the solutions, are in the page's source.\n\n")
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
	b.WriteString("    " + strings.ReplaceAll(transcript.Words(), "\n", "\n    ") + "\n")
	b.WriteString(guideDialogues)
	servers(&b)
	return b.String()
}

// servers are the tables of what a world's server can be.
func servers(b *strings.Builder) {
	b.WriteString("\n## Personas, faults and switches\n\nThese names may stand in `persona:`, `fault:` and `switch:` of the world, and in `* serve`. Several faults or switches stand with commas between.\n\n")
	var rows [][2]string
	for _, p := range engine.Personas {
		rows = append(rows, [2]string{p.Name, p.Doc})
	}
	table(b, "persona", "whom the server is like", rows)
	rows = nil
	for _, f := range engine.AllFaults {
		rows = append(rows, [2]string{f.Name, f.Doc})
	}
	b.WriteString("\n")
	table(b, "fault", "what it does wrong", rows)
	rows = nil
	for _, s := range engine.Switches {
		rows = append(rows, [2]string{s.Name, s.On})
	}
	b.WriteString("\n")
	table(b, "switch", "what it does with the switch on", rows)
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
Ids are permanent: progress is kept under them. When goals change, raise ` + "`rev`" + `; students see that the lesson was updated since they did it. An id belongs to one lesson. lint finds fault with the id of a built-in lesson in a file that isn't called as that one is; ` + "`pop3lab lesson list`" + ` lists them.

### Where lessons are shown

` + "`pop3lab serve --lessons DIR`" + ` shows every ` + "`NAME.txtar`" + ` of the folder behind the built-in lessons and says at its start how many it read. Files that change are read again. A file that is called as a built-in lesson, such as ` + "`hello-stat.txtar`" + `, stands in that one's place. Any other file with an id that is there already isn't shown, and neither is one that can't be read; the list of lessons and the first screen say why. ` + "`--lessons-only`" + ` leaves out the built-in lessons.

### The prose

Paragraphs, lists (` + "`- item`" + `), headings (` + "`## words`" + `), lines of a dialogue (four spaces before them), ` + "`*emphasis*`, `` `octets` ``" + ` and links. Nothing else: a tag is shown as it stands.

### The world

Each line of ` + "`world`" + ` is a field: ` + "`user: NAME PASSWORD`" + ` (more than once for several), ` + "`persona: dovecot`, `fault: idle-short`, `switch: strict-lines`, `without: TOP`, `stls: yes`, `login-delay: 10`, `host: NAME`" + `. ` + "`device: home PC`" + ` names the client of the lines that name none. All names of personas, faults and switches stand at the end of this guide. Without any field the world is RFC 1939's own example: mrose, tanstaaf, two messages. ` + "`mailbox: USER dewey`" + ` puts in thirteen odd messages, ` + "`generate: USER COUNT OCTETS`" + ` many alike.

Mail stands in sections ` + "`mail/USER/NAME.eml`" + `, in the order in which it arrived. Write it as it's read: line ends become CR LF. With ` + "`lf`" + ` they stay LF, as some stores keep them; with ` + "`octets`" + ` only ` + "`\\r\\n`" + ` written out is a line end.

### Time

In the browser the clock stands still until the student moves it: the menu World of the bench has, under Time, ` + "`A minute passes`" + ` and ` + "`Ten minutes pass`" + `. Say so in the prose or in a hint when a goal needs time. In a dialogue ` + "`* advance 600000`" + ` does it; the number is milliseconds, so these are ten minutes. Over TCP time is real: a lesson that needs ten minutes there takes ten minutes, so give it ` + "`modes: browser`" + `.

` + "`waited 600`" + ` counts from the beginning of the lesson, over all sessions and between them; time before another goal counts too. ` + "`lasted 600`" + ` is about one session, from its connection on.

### Editions

Names in braces differ from student to student, so that answers do. The section ` + "`vary`" + ` says how: ` + "`n: 3..6`" + ` a number, ` + "`k: 1..{n} not {j}`" + ` a number but not that one, ` + "`who: mrose | dewey`" + ` one of these, ` + "`last: {n} + 1`" + ` a sum. A name can stand in prose, world, mail, goals, questions, feedback, hints and dialogues, but not in the header, which is the same for everybody. Seed 0 is the printed edition: the first value of each. Unique-ids and timestamps differ anyway. ` + "`pop3lab lesson run --seed 7 FILE`" + ` plays another edition; lint proves several.

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

In place of the command ` + "`a|b`" + ` stands for either, as in ` + "`sent USER|APOP * ok`" + `. Commands are those of the protocol's table; any other is ` + "`other`" + `.

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

Three rungs for each goal that isn't never: ` + "`2.1:`" + ` nudges, ` + "`2.2:`" + ` names the command, ` + "`2.3: > RSET`" + ` is the line, put in and not sent; it begins with a command of the table. For a question the third rung is words.

## Dialogues

` + "`C: LINE`" + ` is sent with CR LF. ` + "`C> OCTETS`" + ` sends just these, with ` + "`\\r \\n \\x00`" + ` and no line end of its own. ` + "`C+ LINE`" + ` travels together with the next; behind ` + "`C. LINE`" + ` the client sends nothing more, ever, though it listens still. ` + "`\\{500*x}`" + ` in ` + "`C>`" + ` is 500 times x. ` + "`[phone] C: STAT`" + ` is another device. ` + "`A: QUESTION ANSWER`" + ` is an answer, for choice and predict in the words of the option; ` + "`A: size = octets 2`" + ` answers with a fact, ` + "`A: end mark terminator of RETR`" + ` marks the last one there was. The first connection is made by itself unless the first line says how.

Leave out the S lines: ` + "`run --update`" + ` writes them, as the printed edition has them. They are for readers. Neither run nor lint compares them with what the server says, so update them after each change. (With ` + "`role: server`" + ` they are the student's answers, and stay.)

What happens besides octets is said in words, without a colon. What is in capitals is yours, what is in brackets may be left out; ` + "`C stays silent`" + ` means until the idle timer runs out, and ` + "`C vanishes`" + ` that the server isn't told:

`

const guideDialogues = `
The reference meets every goal, and with its last line only: no beginning of it does. A reject begins with the goal it fails and the sentence the student sees, word for word:

    # fails goal 3: You hung up. What state did the session never reach?

` + "`begin.pop3`" + ` is what happens before the student comes: a phone that holds the lock, a session to look at.

## Roles

With ` + "`role: server`" + ` the student is the server. The reference's C lines are what the client says, its S lines what a student answers; goals say ` + "`served LIST`" + `, ` + "`served all`" + `. An answer is judged by rule: status indicator, one line or many, the end, stuffed dots, numbers, a response code where it tells something. Wording is free.

With ` + "`role: attacker`" + ` the student sits between a mail program and its server and may change what the server says. ` + "`victim: naive`" + ` goes on in the clear when STLS is missing, and believes what came before TLS; ` + "`careful`" + ` does neither, and a question named ` + "`policy`" + ` with the answers ` + "`naive`" + ` and ` + "`careful`" + ` lets the student choose. In a dialogue ` + "`A: edit-1 +OK\\r\\n.\\r\\n`" + ` is what the mail program gets in place of the server's answer 1; the greeting is 0. Goals say ` + "`victim leaked`, `victim fooled`, `victim safe`" + `.

## Detours

Students take detours: commands too many, typing errors, LF alone, hanging up and beginning again. The goals must be met all the same. A test of the program puts thousands of detours into the references of the built-in lessons; lint doesn't, so think of them when you choose goals. Where a lesson is about one of them, its header says so: ` + "`detours: reconnect`" + `.

## What lint checks

In the printed edition and in eight others:

- The file can be read; each message names the line and what is wanted there.
- No goal is met before anything was done. The reference meets every goal, and no beginning of it does.
- Each reject fails the goal that it names, and the student sees just the sentence that it names.
- The answers to choice and predict in the dialogues are among their options; every question has a right answer, and something to say to wrong ones.
- Each goal has its three rungs; a third one that is a line begins with a command.
- The header's places in RFCs and the lessons it needs exist; the id is nobody else's; nothing that every lesson has is missing.
- Advice, with which the lesson works all the same: answers to which nothing is said, names that nothing uses, translations that are stale.

It can't know:

- Whether there is a shortcut: a way to the goals without the idea. Write each that you think of as a reject.
- Whether there is a dead end: something after which a goal can't be met any more, and no sentence says so. Write it as a reject too, with a feedback that says to begin the world anew.
- Whether detours break it, whether the S lines are fresh, whether the prose is true.

## Translations

Beside ` + "`NAME.txtar`" + ` stands ` + "`NAME.de.txtar`" + `. ` + "`pop3lab lesson translate NAME.txtar`" + ` prints one to begin with: each piece of text with the hash of the English. Write your words in their place and let markers, names in braces and commands stay. What isn't in it stays English; lint lists what was translated from something else than what stands there now. An option that was chosen counts in either language, so dialogues stay as they are.
`
