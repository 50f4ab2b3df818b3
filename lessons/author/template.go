package author

import "strings"

// Template is a lesson to begin with: small, complete, and proved by a test. Everything in it is meant to be
// replaced.
func Template(id string) string { return strings.ReplaceAll(template, "LESSON-ID", id) }

const template = `What stands before the first marker are notes for writers. They aren't shown; they, like the solutions, are in the page's source.
-- lesson.md --
---
id: LESSON-ID
rev: 1
title: A title of a few words
summary: One sentence for the list of lessons.
minutes: 5
needs: hello-stat
teaches: noop
rfc: 1939/5/NOOP
modes: browser, tcp
---
The first paragraph says what this is about. Log in as ` + "`{who}`" + ` with the password ` + "`{secret}`" + `.

- A list item begins with a dash.
- *Emphasis* and ` + "`octets`" + ` are there, and [links](https://www.rfc-editor.org/rfc/rfc1939).

Then ask the server for a sign of life.
-- vary --
who: mrose | dewey | frated
secret: tanstaaf | swordfish
n: 2..5
-- world --
user: {who} {secret}
-- mail/{who}/note.eml times={n} --
From: postmaster@dbc.mtview.ca.us
Subject: Note {i}

There are {n} of these.
-- goals --
# Ask the server for a sign of life.
sent NOOP ok
# Say how many messages there are.
answered count
-- questions --
typed count: How many messages are there?
= count :: Right.
- total :: These are octets.
else: STAT tells it.
choice exit: What does NOOP change in the maildrop?
+ Nothing :: Right. It resets the idle timer, and that isn't in the maildrop.
- It marks all messages as seen :: POP3 keeps no such mark.
-- feedback --
when 1 and refused state: NOOP is there once you have logged in.
when 2: The first number of STAT's answer counts messages.
-- hints --
1.1: There is a command that does nothing but answer.
1.2: It's called NOOP.
1.3: > NOOP
2.1: Ask the server.
2.2: STAT tells it.
2.3: > STAT
-- experiment.md --
Send NOOP before you log in. What does the refusal say?
-- debrief.md --
The server answers every line. NOOP is the line that asks for nothing else.
-- notes.md --
For whoever stands in front of the class.
-- reference.pop3 --
C: USER {who}
C: PASS {secret}
C: NOOP
A: count = count
-- reject/octets.pop3 --
# fails goal 2: These are octets.
C: USER {who}
C: PASS {secret}
C: NOOP
A: count = total
`
