package memdrop

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// crlf gives text the line ends of the wire, RFC 5322 section 2.1.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

const welcome = `From: Postmaster <postmaster@example.org>
To: dewey@dbc.mtview.ca.us
Date: Mon, 06 Jan 2025 08:00:00 +0000
Subject: Welcome, and how long is this message?
Message-ID: <welcome.1@example.org>

This message lies in the maildrop with line ends of one octet. POP3
sends every line end as two, CR and LF, and counts them as two: the
size that LIST shows is larger than the file (RFC 1939 section 11).

Count the lines of this message, header and blank line too. That is
the difference.
`

const dots = `From: Ada Example <ada@example.com>
To: dewey@dbc.mtview.ca.us
Date: Tue, 07 Jan 2025 09:30:00 +0000
Subject: Lines that begin with a dot
Message-ID: <dots.2@example.com>

.
The line above is a dot alone. On the wire a second dot goes before
it, or it would end the message here.
..
.. two dots become three, and a client takes one away again
.hidden is a file name, and the first thing on its line
 . a dot after a space is left as it is
...
The octets that are put in are not counted in the size.
.
`

const multipart = `From: Bo Example <bo@example.net>
To: Dewey <dewey@dbc.mtview.ca.us>
Date: Thu, 09 Jan 2025 17:05:00 +0100
Subject: The same text twice, plain and HTML
Message-ID: <multi.4@example.net>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_half_and_half"

A program that knows MIME doesn't show this line.

--=_half_and_half
Content-Type: text/plain; charset=us-ascii

Dear Dewey,

TOP 4 12 stops in the middle of this part. To POP3 a message is a
header, a blank line and lines; of parts it knows nothing.

Bo

--=_half_and_half
Content-Type: text/html; charset=us-ascii

<p>Dear Dewey,</p>
<p><code>TOP 4 12</code> stops before <em>this</em> part.</p>
<p>Bo</p>

--=_half_and_half--
`

const utf8Header = `From: Zoë Müller <zoe@example.org>
To: dewey@dbc.mtview.ca.us
Date: Sat, 11 Jan 2025 12:00:00 +0100
Subject: Grüße — a header in UTF-8
Message-ID: <utf8.6@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

The header of this message holds octets above 127, as RFC 6532 allows.
A client should say UTF8 before it fetches it (RFC 6856 section 2.1).
Καλημέρα.
`

const encodedWord = `From: =?utf-8?q?Zo=C3=AB_M=C3=BCller?= <zoe@example.org>
To: dewey@dbc.mtview.ca.us
Date: Sun, 12 Jan 2025 12:00:00 +0100
Subject: =?utf-8?b?R3LDvMOfZSDigJQgdGhlIHNhbWUgaGVhZGVyIGluIEFTQ0lJ?=
Message-ID: <encoded.7@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Compare this header with the one before: every octet is below 128, and
RFC 2047 says how to read it. The text is encoded too: =CE=9A=CE=B1=CE=BB=
=CE=B7=CE=BC=CE=AD=CF=81=CE=B1.
`

// The last line has no end. The server gives it one and counts it: two octets.
const noFinalNewline = `From: Cal Example <cal@example.com>
To: dewey@dbc.mtview.ca.us
Date: Mon, 13 Jan 2025 07:45:00 -0500
Subject: The last line has no end
Message-ID: <noend.8@example.com>

Some programs stop writing in the middle of a line, like this`

const headerOnly = `From: Cron <cron@example.net>
To: dewey@dbc.mtview.ca.us
Date: Wed, 15 Jan 2025 00:00:00 +0000
Subject: A header and no body: not even the blank line
Message-ID: <header.11@example.net>
`

const folded = `Received: from mx.example.org (mx.example.org [192.0.2.25])
	by mail.example.com with ESMTPS id 4f7a;
	Thu, 16 Jan 2025 10:00:02 +0000
Received: from desk.example.org (desk.example.org [192.0.2.7])
	by mx.example.org with ESMTPSA id 19c2;
	Thu, 16 Jan 2025 10:00:01 +0000
From: Di Example <di@example.org>
To: "Dewey, Decimal" <dewey@dbc.mtview.ca.us>,
	mrose@dbc.mtview.ca.us
Date: Thu, 16 Jan 2025 10:00:00 +0000
Subject: A header whose lines are folded, and which is
 longer than the body
Message-ID: <folded.12@example.org>
In-Reply-To: <dots.2@example.com>
References: <welcome.1@example.org>
 <dots.2@example.com>

TOP 12 0 shows all of the above and not this line.
`

const dialogue = `From: Ada Example <ada@example.com>
To: dewey@dbc.mtview.ca.us
Date: Fri, 17 Jan 2025 21:10:00 +0000
Subject: What the end of a message looks like
Message-ID: <dialogue.13@example.com>

You asked what goes over the wire:

    C: RETR 1
    S: +OK 120 octets
    S: <the POP3 server sends message 1>
    S: .

And then somebody sent me this as a test, at the left margin:

+OK
-ERR
.
QUIT

My client showed all of it. Does yours?
`

// longLine is a message with a line of 4,000 octets. RFC 5322 section 2.1.1 allows 998 before the
// CRLF, and mail programs send longer ones all the same.
func longLine() []byte {
	var b bytes.Buffer
	b.Write(crlf(`From: Report <report@example.net>
To: dewey@dbc.mtview.ca.us
Date: Wed, 08 Jan 2025 03:00:00 +0000
Subject: A line of 4,000 octets
Message-ID: <long.3@example.net>

`))
	for i := 0; i < 400; i++ {
		b.WriteString("octet ")
		for n, digit := i*10, 1000; digit > 0; digit /= 10 {
			b.WriteByte('0' + byte(n/digit%10))
		}
	}
	b.Write(crlf("\nThe line before this one came in one piece, or your client broke it.\n"))
	return b.Bytes()
}

// latin1 is a message with an 8-bit body in ISO 8859-1, which is no UTF-8, under a 7-bit header.
func latin1() []byte {
	return crlf("From: Ernst Beispiel <ernst@example.com>\n" +
		"To: dewey@dbc.mtview.ca.us\n" +
		"Date: Fri, 10 Jan 2025 15:20:00 +0100\n" +
		"Subject: Eight bits in the body\n" +
		"Message-ID: <latin1.5@example.com>\n" +
		"MIME-Version: 1.0\n" +
		"Content-Type: text/plain; charset=iso-8859-1\n" +
		"Content-Transfer-Encoding: 8bit\n" +
		"\n" +
		"Die Stra\xDFe zum Caf\xE9 ist gesperrt, bitte \xFCber die Br\xFCcke fahren.\n" +
		"These octets are sent as they stand; nobody has to guess their charset.\n")
}

// picture is a message of some 27 kB: a text and a picture of 160 by 120 dots, which is drawn
// here, as a BMP file in Base64.
func picture() []byte {
	const width, height, colours = 160, 120, 64
	var bmp bytes.Buffer
	le := binary.LittleEndian
	head := make([]byte, 0, 54)
	head = append(head, 'B', 'M')
	head = le.AppendUint32(head, 54+4*colours+width*height) // the file's size
	head = le.AppendUint32(head, 0)
	head = le.AppendUint32(head, 54+4*colours) // where the dots begin
	head = le.AppendUint32(head, 40)           // the size of what follows
	head = le.AppendUint32(head, width)
	head = le.AppendUint32(head, height)
	head = le.AppendUint16(head, 1) // planes
	head = le.AppendUint16(head, 8) // bits a dot
	head = le.AppendUint32(head, 0) // not compressed
	head = le.AppendUint32(head, width*height)
	head = le.AppendUint32(head, 2835) // 72 dots an inch
	head = le.AppendUint32(head, 2835)
	head = le.AppendUint32(head, colours)
	head = le.AppendUint32(head, 0)
	bmp.Write(head)
	for c := range colours { // blue, green, red, 0: from night to day
		bmp.Write([]byte{byte(64 + 2*c), byte(3 * c), byte(4 * c), 0})
	}
	for y := range height { // from the bottom up: a sun over the sea
		for x := range width {
			dx, dy := x-80, y-60
			c := y * 40 / height
			switch {
			case y < 40:
				c = (x*x/7 + y*y) / 16 % 24 // waves
			case dx*dx+dy*dy < 900:
				c = 63
			}
			bmp.WriteByte(byte(c))
		}
	}

	var b bytes.Buffer
	b.Write(crlf(`From: Flo Example <flo@example.org>
To: dewey@dbc.mtview.ca.us
Date: Tue, 14 Jan 2025 18:30:00 +0000
Subject: A picture: RETR is long, TOP 9 0 is short
Message-ID: <picture.9@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_picture"

--=_picture
Content-Type: text/plain; charset=us-ascii

The sun over the sea, as an attachment.

--=_picture
Content-Type: image/bmp; name="sea.bmp"
Content-Disposition: attachment; filename="sea.bmp"
Content-Transfer-Encoding: base64

`))
	// 76 characters a line, RFC 2045 section 6.8.
	for text := base64.StdEncoding.EncodeToString(bmp.Bytes()); len(text) > 0; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	b.Write(crlf("\n--=_picture--\n"))
	return b.Bytes()
}
