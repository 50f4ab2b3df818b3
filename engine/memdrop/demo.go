package memdrop

// Demo returns a store with the mailboxes that every demonstration starts from: Mrose's and
// Dewey's, under the names mrose and dewey.
func Demo() *Store {
	s := New()
	for user, letters := range map[string][]Letter{"mrose": Mrose(), "dewey": Dewey()} {
		if err := s.Reset(user, letters...); err != nil {
			panic("memdrop: the demonstration's own letters don't fit: " + err.Error())
		}
	}
	return s
}

// Mrose returns the mailbox of RFC 1939's own example: two messages, of exactly 120 and 200
// octets, with the unique-ids that its UIDL section shows.
//
// RFC 1939 section 10: "S: +OK mrose's maildrop has 2 messages (320 octets)".
func Mrose() []Letter {
	return []Letter{
		{"whqtswO00WBw418f9t5JxYwZ", crlf(`From: dewey@dbc.mtview.ca.us
Date: Tue, 14 May 1996 09:12:00 -0700
Subject: Friday

The review's on Friday at ten.
`)},
		{"QhdPYR:00WBw1Ph7x7", crlf(`From: dewey@dbc.mtview.ca.us
To: mrose@dbc.mtview.ca.us
Date: Tue, 14 May 1996 16:40:00 -0700
Subject: Minutes

Two notes on the draft:
 1. maildrops have one owner at a time
 2. QUIT removes
`)},
	}
}

// Dewey returns a larger mailbox: thirteen messages, each of which holds something that a POP3
// program may get wrong. Its subjects say what.
func Dewey() []Letter {
	return []Letter{
		{"0001.welcome", []byte(welcome)}, // LF line ends, as many stores keep them
		{"0002.dots", crlf(dots)},
		{"0003.long-line", longLine()},
		{"0004.multipart", crlf(multipart)},
		{"0005.latin1", latin1()},
		{"0006.utf8-header", crlf(utf8Header)},
		{"0007.encoded-word", crlf(encodedWord)},
		{"0008.no-final-newline", crlf(noFinalNewline)},
		{"0009.picture", picture()},
		{"0010.empty", nil},
		{"0011.header-only", crlf(headerOnly)},
		{"0012.folded", crlf(folded)},
		{"0013.a-dialogue", crlf(dialogue)},
	}
}
