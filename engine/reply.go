package engine

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// A RespCode is a response code without its brackets (RFC 2449 section 8).
type RespCode string

// The response codes of IANA's registry.
const (
	CodeNone       RespCode = ""
	CodeLoginDelay RespCode = "LOGIN-DELAY" // RFC 2449 section 8.1.1
	CodeInUse      RespCode = "IN-USE"      // RFC 2449 section 8.1.2
	CodeSysTemp    RespCode = "SYS/TEMP"    // RFC 3206 section 4
	CodeSysPerm    RespCode = "SYS/PERM"    // RFC 3206 section 4
	CodeAuth       RespCode = "AUTH"        // RFC 3206 section 5
	CodeUTF8       RespCode = "UTF8"        // RFC 6856 section 5
)

// A Reply is what a row's function returns: exactly one, so two answers or none can't be written.
type Reply struct {
	Status Status
	Text   Text
	// Num, Size and Name stand for $n, $m and $s in the text.
	Num, Size int64
	Name      string
	// Challenge is the whole text of a More reply, in Base64.
	Challenge string
	// Lines is what follows a positive reply of a multi-line command; the session closes it.
	Lines Body
	// Msg is the message-number concerned.
	Msg int
	// tail stands behind the text, as it is.
	tail string
	// want is how many octets Lines must have; negative when it isn't known beforehand.
	want int64
	// failed says that credentials were refused.
	failed bool
	// stay says that the reply only informs: the session stays where it is.
	stay bool
	// close ends the session after the reply.
	close   bool
	removed []int
	err     error
}

func ok(t Text) Reply { return Reply{Status: OK, Text: t} }

func refuse(t Text) Reply { return Reply{Status: Err, Text: t} }

func refuseMsg(t Text, num int) Reply { return Reply{Status: Err, Text: t, Num: int64(num), Msg: num} }

// codeOf is the response code that goes out with a refusal: none unless CAPA announces them.
//
// RFC 2449 section 6.4: RESP-CODES says that "any response text issued by this server which begins with an
// open square bracket" is an extended response code.
func (s *Session) codeOf(r *Reply) RespCode {
	if r.Status != Err || !s.p.caps.Has(CapRespCodes) {
		return CodeNone
	}
	code := Refusals[r.Text].Code
	if code == CodeAuth && !s.p.caps.Has(CapAuthRespCode) || code == CodeUTF8 && !s.p.caps.Has(CapUTF8) {
		return CodeNone
	}
	return code
}

// appendReply appends the reply's first line: at most MaxReply octets, whatever it echoes.
func (s *Session) appendReply(dst []byte, r *Reply) []byte {
	start := len(dst)
	switch r.Status {
	case OK:
		dst = append(dst, "+OK"...)
	case Err:
		dst = append(dst, "-ERR"...)
	case More:
		return s.appendChallenge(dst, r)
	}
	text, code := s.wording(r.Text), s.codeOf(r)
	if code != CodeNone {
		dst = append(dst, " ["...)
		dst = append(dst, code...)
		dst = append(dst, ']')
	}
	if text != "" {
		dst = append(dst, ' ')
		at := len(dst)
		dst = bytes.TrimRight(s.appendText(dst, text, r), " ")
		// RFC 2449 section 6.4: a text that begins with "[" begins with a response code. One
		// that begins with a client's own word must not look like one.
		if code == CodeNone && at < len(dst) && dst[at] == '[' {
			dst[at] = '?'
		}
	}
	if r.tail != "" {
		dst = append(dst, ' ')
		dst = append(dst, r.tail...)
	}
	dst = cut(dst, start+MaxReply-2)
	return append(dst, '\r', '\n')
}

// appendChallenge appends "+ " and Base64, whatever its length.
//
// RFC 5034 section 4: if a challenge is empty, the server sends "a '+' followed by a single space".
func (s *Session) appendChallenge(dst []byte, r *Reply) []byte {
	switch {
	case s.p.Switches.Has(OKContinuation):
		dst = append(dst, "+OK "...)
	case s.p.Faults.Has(FaultChallengeWithoutSpace):
		dst = append(dst, '+')
	default:
		dst = append(dst, "+ "...)
	}
	dst = append(dst, r.Challenge...)
	return append(dst, '\r', '\n')
}

// wording is the text in the session's language; a persona speaks its own words in the first.
func (s *Session) wording(t Text) string {
	if s.lang == 0 {
		return s.p.texts[t]
	}
	return catalogues[s.lang].text(t)
}

// appendText fills a text's places: $n $m $s $h and {one|many}.
func (s *Session) appendText(dst []byte, text string, r *Reply) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				dst = strconv.AppendInt(dst, r.Num, 10)
			case 'm':
				dst = strconv.AppendInt(dst, r.Size, 10)
			case 's':
				if r.Name == "" { // what isn't repeated leaves no space
					dst = bytes.TrimRight(dst, " ")
				}
				dst = s.appendEcho(dst, r.Name)
			case 'h':
				dst = append(dst, s.p.Host...)
			default:
				dst = append(dst, '$', text[i])
			}
		case c == '{':
			one, many, rest := plural(text[i+1:])
			if r.Num == 1 {
				dst = append(dst, one...)
			} else {
				dst = append(dst, many...)
			}
			i = len(text) - len(rest) - 1
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// plural splits "one|many}rest".
func plural(s string) (one, many, rest string) {
	bar := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '|':
			bar = i
		case '}':
			return s[:bar], s[bar+1 : i], s[i+1:]
		}
	}
	return s, s, ""
}

// maxEcho is how many octets of the client's own words a reply repeats.
const maxEcho = 200

// appendEcho repeats a client's word so that it can't split or disguise the reply: control octets
// and, outside UTF-8 names, octets above 127 become "?".
func (s *Session) appendEcho(dst []byte, name string) []byte {
	valid := !s.p.NoUTF8User && s.p.caps.Has(CapUTF8) && utf8.ValidString(name)
	start := len(dst)
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c < ' ' || c == 0x7f || c >= 0x80 && !valid {
			c = '?'
		}
		dst = append(dst, c)
	}
	return cut(dst, start+maxEcho)
}

// cut shortens b to at most n octets, not in the middle of a UTF-8 sequence.
func cut(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && b[n]&0xc0 == 0x80 {
		n--
	}
	return b[:n]
}
