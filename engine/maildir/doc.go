// Package maildir keeps maildrops on the disk, as Maildir: ROOT/USER/{cur,new,tmp}, one file a
// message. Other mail programs read and write the same folders at the same time: files appear,
// vanish, and are renamed when they move from new to cur or change their flags.
//
// A message is a regular file in new or cur; its name up to the colon says which message it is,
// gives the order, and is the unique-id. A session moves and renames nothing. What it removes, it
// removes in Update and all at once, over a kill or a power failure at any moment; removal.go
// says how. Deliver brings new mail in.
//
// What is slow is done once. A message is read once, by an engine.Meter, and what the Meter found
// is kept in memory and in an index file. As long as the times of new and cur stand still, a
// maildrop is opened without listing it. A small message is sent from memory, and a large one by
// the operating system, out of its file.
//
// In the user's folder there are, beside Maildir's own, at most three files: pop3lab-index, which
// may be deleted at any time, pop3lab-index.tmp while it is written, and pop3lab-removal while
// messages are removed. In ROOT there is .pop3lab-locks. User names come from the network and
// folders belong to users, so no name is looked up through a path: see CheckUser and folder.
//
// Read store.go first, which has Open and the lock; drop.go puts a maildrop together out of
// listing.go (what is in the folders) and index.go (what is known already); session.go is an open
// maildrop; removal.go is UPDATE. The rest is below them.
//
// github.com/emersion/go-maildir is the other mail program of the tests: it delivers, moves, sets
// flags and removes while our sessions are open. At run time it isn't used. It opens by path and
// follows links, where we mustn't; its delivery doesn't wait for the disk; reading new mail with
// it moves the files; and it passes over files in cur that have no flags.
package maildir
