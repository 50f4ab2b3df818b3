package engine_test

import (
	"strings"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// TestOfferedOnlyWhereUsable: mechanisms that nobody could log in by aren't announced: bearer tokens where
// nobody has one, channel binding where there is no channel.
//
// req: SAS-35, MEC-31
func TestOfferedOnlyWhereUsable(t *testing.T) {
	bound := func(string) []byte { return []byte("data") }
	for _, test := range []struct {
		name           string
		tokens         []string
		binding        func(string) []byte
		bearer, plus   bool
		withMechanisms []string
	}{
		{"nothing", nil, nil, false, false, nil},
		{"a token", []string{"t"}, nil, true, false, nil},
		{"a channel", nil, bound, false, true, nil},
		{"a channel that the persona doesn't bind to", nil, bound, false, false, []string{"SCRAM-SHA-256"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := engine.Config{Users: engine.NewAccounts(engine.User{Name: "mrose", Secret: "tanstaaf", Tokens: test.tokens}), Store: memdrop.New(),
				Persona: engine.Persona{Mechanisms: test.withMechanisms}}
			var capa string
			for _, e := range happened(c, engine.Peer{Secure: true, Binding: test.binding}, "CAPA\r\n") {
				capa += string(e.Out())
			}
			if got := strings.Contains(capa, " OAUTHBEARER"); got != test.bearer {
				t.Errorf("OAUTHBEARER is announced: %v, want %v\n%s", got, test.bearer, capa)
			}
			if got := strings.Contains(capa, "-PLUS"); got != test.plus {
				t.Errorf("a mechanism with -PLUS is announced: %v, want %v\n%s", got, test.plus, capa)
			}
		})
	}
}
