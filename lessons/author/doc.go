// Package author is for people who write lessons: it proves that a lesson works, writes what the server says
// into its dialogues, begins a new one, and prints the guide from the tables that the checker reads.
//
// Prove is what a curriculum's tests call, and what pop3lab lesson lint prints. It keeps to what can be
// shown by running the lesson: nothing in it reads a lesson's words for style.
package author
