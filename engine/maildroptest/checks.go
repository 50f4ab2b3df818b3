package maildroptest

// Checks is the suite, in the order in which it runs.
var Checks = []Check{
	{"no_maildrop", "a user without a maildrop is refused with ErrNoMaildrop, and nothing stays locked", "RFC 1939 section 4", noMaildrop},
	{"odd_names", "a name comes from the network: no name opens what isn't that user's maildrop", "RFC 1939 section 4", oddNames},
	{"empty_maildrop", "a maildrop may be empty: it opens and has no message", "RFC 1939 section 5, LIST", emptyMaildrop},

	{"lock_exclusive", "one session has the maildrop at a time; the next gets ErrLocked", "RFC 1939 section 4", lockExclusive},
	{"lock_per_user", "the lock is on one maildrop, not on the store", "RFC 1939 section 4", lockPerUser},
	{"lock_after_release", "a session that ends without QUIT gives the lock back", "RFC 1939 section 4", lockAfterRelease},
	{"lock_after_update", "the lock is released when UPDATE is over", "RFC 1939 section 6", lockAfterUpdate},
	{"lock_after_failed_update", "the lock is released after UPDATE whether or not removal succeeded", "RFC 1939 section 6", lockAfterFailedUpdate},
	{"lock_ended_once", "only the owner gives the lock back, and once: a second end doesn't free the next session's lock", "RFC 1939 section 4", lockEndedOnce},
	{"lock_race", "of many that open at the same moment exactly one gets the maildrop, the others ErrLocked", "RFC 1939 section 4", lockRace},

	{"fixed_at_open", "mail that arrives during a session is not in it: numbers and sizes stay", "RFC 1939 sections 4 and 5", fixedAtOpen},
	{"arrivals_next_session", "mail that arrived during a session is there in the next one, whatever the session removed", "RFC 1939 section 6", arrivalsNextSession},
	{"order_stable", "the messages of one session come in the same order in the next", "RFC 1939 section 4", orderStable},
	{"uid_form", "a unique-id is 1 to 70 characters in the range 0x21 to 0x7E", "RFC 1939 section 7, UIDL", uidForm},
	{"uid_unique", "a unique-id names one message of the maildrop, even among identical ones", "RFC 1939 section 7, UIDL", uidUnique},
	{"uid_persists", "a unique-id persists across sessions, with or without UPDATE, and across a restart", "RFC 1939 section 7, UIDL", uidPersists},
	{"uid_never_reused", "a unique-id is never used again, even when its message is gone", "RFC 1939 section 7, UIDL", uidNeverReused},

	{"octets", "the size is what RETR sends: a line end counts two, stuffed dots don't count", "RFC 1939 section 11", octets},
	{"octets_after_restart", "sizes are the same when a new process finds them", "RFC 1939 section 11", octetsAfterRestart},
	{"body_whole", "RETR sends the entire message, nothing added and nothing lost but line ends made CRLF", "RFC 1939 section 5, RETR", bodyWhole},
	{"body_pieces", "a body may be read in pieces of any size, twice, or left unread", "RFC 1939 section 7, TOP", bodyPieces},
	{"direct_truth", "what Direct returns, with a dot put in at each offset, is what RETR must send", "RFC 1939 section 3", directTruth},
	{"eight_bit_header", "a message whose header holds UTF-8 beyond ASCII is marked, as a Meter marks it", "RFC 6856 section 2.1", eightBitHeader},
	{"large_message", "a message of 10 MB comes whole", "RFC 1939 section 5, RETR", largeMessage},

	{"update_exact", "UPDATE removes the messages marked as deleted and no other", "RFC 1939 section 6", updateExact},
	{"update_nothing", "QUIT without DELE removes nothing", "RFC 1939 section 6", updateNothing},
	{"update_survives_restart", "what UPDATE removed stays removed", "RFC 1939 section 6", updateSurvivesRestart},
	{"update_wrong_index", "an index that is no message fails, and takes no message that wasn't named", "RFC 1939 section 6", updateWrongIndex},
	{"release_removes_nothing", "a session that ends otherwise than by QUIT removes nothing", "RFC 1939 section 6", releaseRemovesNothing},
	{"vanished_body", "a message that vanished answers ErrGone; the numbers of the others stay", "RFC 1939 section 4", vanishedBody},
	{"vanished_update", "a message that vanished counts as removed, and takes no other with it", "RFC 1939 section 6", vanishedUpdate},
	{"update_beside_delivery", "mail that arrives while UPDATE works is not lost", "RFC 1939 section 6", updateBesideDelivery},

	{"ten_thousand", "a maildrop of 10,000 messages opens, and loses exactly those that were marked", "RFC 1939 section 8", tenThousand},
}
