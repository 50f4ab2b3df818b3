package client

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"pop3lab/engine"
)

// Capabilities are what a server's CAPA lists. The zero value lists nothing, as a server without
// CAPA does.
type Capabilities struct {
	// Known says that the server answered CAPA. When it's false, what isn't listed may be there
	// nevertheless, and only trying tells.
	//
	// RFC 2449 section 5: "An -ERR response indicates the capability command is not implemented
	// and the client will have to probe for capabilities as before."
	Known bool
	// Lines are the lines as they came.
	Lines []string
}

// maxCapabilities bounds how many lines CAPA may have.
const maxCapabilities = 1000

// Capabilities asks the server with CAPA, once for every state of the session that may change the
// answer: again after TLS, and again after login. A server that refuses CAPA is no error.
func (c *Conn) Capabilities() (Capabilities, error) {
	defer c.during("Capabilities")()
	if c.caps != nil && c.caps.state == c.State().RFC() {
		return c.caps.Capabilities, nil
	}
	caps := &capabilities{state: c.State().RFC()}
	_, err := c.Cmd("CAPA")
	var refused *ServerError
	switch {
	case errors.As(err, &refused):
	case err != nil:
		return Capabilities{}, err
	default:
		caps.Known = true
		err := c.open.each(func(line string) error {
			if tag, _, _ := strings.Cut(line, " "); tag == "" || len(caps.Lines) == maxCapabilities || strings.ContainsFunc(line, notCapability) {
				c.odd |= OddCapa
				return nil
			}
			caps.Lines = append(caps.Lines, line)
			return nil
		})
		if err != nil {
			return Capabilities{}, err
		}
	}
	c.caps = caps
	return caps.Capabilities, nil
}

// capabilities are Capabilities and the state they are for.
type capabilities struct {
	Capabilities
	state string
}

// notCapability is true of what RFC 2449 section 3 keeps out of CAPA's lines. A dot may stand in
// parameters: IMPLEMENTATION often holds a version.
func notCapability(r rune) bool { return r < ' ' || r == 0x7f }

// Params returns what stands behind a capability's tag, and false when it isn't listed. Tags are
// compared without regard to case (RFC 2449 section 5).
func (c Capabilities) Params(tag string) ([]string, bool) {
	for _, line := range c.Lines {
		words := strings.Fields(line)
		if strings.EqualFold(words[0], tag) {
			return words[1:], true
		}
	}
	return nil, false
}

// Has says whether a capability is listed.
func (c Capabilities) Has(tag string) bool {
	_, ok := c.Params(tag)
	return ok
}

// Mechanisms are the SASL mechanisms listed, in capitals.
func (c Capabilities) Mechanisms() []string {
	words, _ := c.Params("SASL")
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToUpper(w)
	}
	return out
}

// LoginDelay is how long to wait between two logins; zero when the server says nothing. Whoever
// polls does it no more often (RFC 2449 section 6.5). Before login it's the largest that any user
// has, if perUser says that they differ.
func (c Capabilities) LoginDelay() (delay time.Duration, perUser bool) {
	words, _ := c.Params("LOGIN-DELAY")
	if len(words) == 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(words[0], 10, 31)
	if err != nil {
		return 0, false
	}
	return time.Duration(n) * time.Second, len(words) > 1 && strings.EqualFold(words[1], "USER")
}

// Expire is how many days the server keeps messages: engine.ExpireNever, also when it says
// nothing, engine.ExpireAtOnce for EXPIRE 0, else days. A client that wants a message gone sends
// DELE all the same.
//
// RFC 1939 section 8: "Clients must not assume that a site policy will automate message deletions,
// and should continue to explicitly delete messages using the DELE command when appropriate."
func (c Capabilities) Expire() (days int, perUser bool) {
	words, _ := c.Params("EXPIRE")
	if len(words) == 0 {
		return engine.ExpireNever, false
	}
	perUser = len(words) > 1 && strings.EqualFold(words[1], "USER")
	n, err := strconv.ParseUint(words[0], 10, 31)
	switch {
	case err != nil:
		return engine.ExpireNever, perUser
	case n == 0:
		return engine.ExpireAtOnce, perUser
	}
	return int(n), perUser
}

// UTF8User says whether names and passwords may be UTF-8 (RFC 6856 section 2.2).
func (c Capabilities) UTF8User() bool {
	words, _ := c.Params("UTF8")
	return len(words) > 0 && strings.EqualFold(words[0], "USER")
}
