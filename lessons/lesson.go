package lessons

import (
	"pop3lab/engine/sim"
	"pop3lab/engine/transcript"
)

// Bounds of a lesson from a stranger.
const (
	MaxText     = 256 << 10 // octets of the file
	MaxGoals    = 20
	MaxMessages = 200
	MaxMail     = 1 << 20 // octets of all messages
	MaxActs     = 500     // of a dialogue
	MaxSteps    = 20_000  // that are checked; what follows isn't looked at
)

// The roles of a student.
const (
	Client   = "client"   // sends commands
	Server   = "server"   // answers a client whose commands the lesson holds
	Attacker = "attacker" // sits between a mail program and its server
)

// A Lesson is one lesson for one student: the seed's values stand where the file has names in
// braces. It isn't changed after Load but by Translate.
type Lesson struct {
	// ID is permanent: progress is kept under it, never under a number or a title.
	ID string
	// Rev grows when the goals change.
	Rev   int
	Seed  uint64
	Title string
	// Summary is one sentence for a list of lessons.
	Summary string
	Minutes int
	// Needs are ids of lessons to do before; Teaches are the ideas that come with this one.
	Needs, Teaches []string
	// RFC holds anchors: 1939/5/DELE is RFC 1939 section 5, DELE.
	RFC []string
	// Case is the real case that the story is based on, OWNER/REPO#NUMBER, or none.
	Case string
	Role string
	// Browser and TCP say where it can be done.
	Browser, TCP bool
	// Detours names the property test's detours that would break what the lesson is about.
	Detours []string

	// Prose, Experiment and Debrief are in the Markdown of prose.go: what is read first, the weird experiment
	// at the end, what is said when all is done. Notes are the speaker's.
	Prose, Experiment, Debrief, Notes string

	Goals     []Goal
	Questions []Question
	Hints     []Hint
	Feedback  []Feedback
	// Vars are the names in braces and what they stand for, in the order of the file.
	Vars []Var
	// Rejects are the names of the dialogues that must fail.
	Rejects []string

	world  sim.World
	begin  []sim.Input
	script []call  // of role server: what the client says, and how the engine answers it
	victim string  // of role attacker
	source string  // the file
	raw    bool    // its words keep their names in braces, for translators
	words  *Lesson // the same, raw; nil until it's asked for
	archive
}

// A Goal is one thing to reach.
type Goal struct {
	// Text is the sentence that the student sees.
	Text string
	// Never says that what the goal names must not happen; Hold that it must be so at the end.
	// A goal of neither kind, once met, stays met.
	Never, Hold bool
	// Source is the goal as the file has it.
	Source string
	seq    sequence
	line   int
}

// A Hint is a rung of the ladder for a goal: 1 nudges, 2 names the command, 3 is the line.
type Hint struct {
	Goal, Rung int // Goal counts from 1
	Text       string
	// Line says that Text is a line to be put into the input, not sent.
	Line bool
}

// A Feedback is a sentence for a goal that isn't met yet.
type Feedback struct {
	Goal   int // counts from 1
	When   string
	Text   string
	conds  []sequence
	ifMet  []int // other goals that have to be met, from 1
	notMet []int
	line   int
}

// World is how things stand at the beginning of the lesson.
func (l *Lesson) World() sim.World { return l.world }

// Lab begins the lesson: its world, in which what the file's begin.pop3 says has happened.
func (l *Lesson) Lab() (*sim.Lab, error) {
	lab, err := sim.New(l.world)
	if err != nil {
		return nil, err
	}
	for _, in := range l.begin {
		if _, err := lab.Do(in); err != nil {
			return nil, err
		}
	}
	return lab, nil
}

// Begin is what happened before the student came.
func (l *Lesson) Begin() []sim.Input { return l.begin }

// A Dialogue is a way through a lesson: its reference, or one that must fail.
type Dialogue struct {
	// Name is reference, or the name behind reject/.
	Name string
	// Comment is what the lines with # at its head say.
	Comment []string
	// Moves are what is done, in order.
	Moves []Move
	Text  *transcript.Dialogue
}

// A Move is an input or an answer.
type Move struct {
	Line   int       // of the file; 0 for a first connection that no line mentions
	Input  sim.Input // has no verb when the move is an answer
	Answer Answer
}

// An Answer is what a student said to a question.
type Answer struct {
	Question string
	Text     string
	// At is how many steps there were when it was given.
	At int
}
