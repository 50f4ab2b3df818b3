// Package lessons reads lessons, runs them and checks what a student did.
//
// A lesson is one text file. It holds what the student reads, a world, goals over what happens in
// that world, questions, hints, and a dialogue that meets every goal. It holds no code: a goal is
// made of the words of one table, so a file from a stranger can do nothing but be a lesson.
//
// Read lesson.go for what a lesson consists of and load.go for how it's read: header.go, world.go and
// goals.go read its parts, way.go its dialogues. words.go is the table of goal words; condition.go reads
// goals, memory.go remembers what happened, check.go says which goals are met and why the next one
// isn't. vary.go makes each student's edition differ by a seed. question.go and fact.go are about
// answers, serve.go about lessons in which the student is the server, attack.go about the one in which
// the student sits in between.
//
// Everything here is a function of a lesson's text, a seed, the steps of a world (engine/sim) and
// the answers given, so a page, a command and a grader find the same. The package keeps to the
// engine's list of imports, because it runs in a browser. What only a writer of lessons or a teacher
// needs stands in lessons/author and lessons/grade, the lessons themselves in lessons/curriculum.
package lessons
