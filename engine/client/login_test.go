package client_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pop3lab/engine"
	"pop3lab/engine/client"
	"pop3lab/engine/sasl"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// capa is a server's answer to CAPA.
func capa(lines ...string) string {
	return "C: CAPA\nS: +OK\nS: " + strings.Join(append(lines, "."), "\nS: ") + "\n"
}

// Which way Login takes, by what the server announces and what the connection allows. The script
// ends where the method shows.
//
// req: SAS-37, SAS-38, SAS-43, SAS-11, CAP-05, URL-03, URL-04, TLS-17
func TestWhichWayLoginTakes(t *testing.T) {
	mrose := client.Credentials{User: "mrose", Password: "tanstaaf"}
	as := func(auth string) client.Credentials {
		c := mrose
		c.Auth = auth
		return c
	}
	const stamped = "S: +OK ready <1896.697170952@dbc.mtview.ca.us>\n"
	all := capa("USER", "SASL LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", "UTF8 USER")
	apop := "C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK"
	user := "C: USER mrose\nS: +OK\nC: PASS tanstaaf\nS: +OK"
	refused := "S: -ERR [AUTH] no"
	for _, tt := range []struct {
		name   string
		script string
		cred   client.Credentials
		secret bool   // no cleartext is allowed
		err    string // empty: none
	}{
		{"no CAPA, no timestamp", "S: +OK\nC: CAPA\nS: -ERR\n" + user, mrose, false, ""},
		{"no CAPA, a timestamp", stamped + "C: CAPA\nS: -ERR\n" + apop, mrose, false, ""},
		{"no CAPA, no cleartext", "S: +OK\nC: CAPA\nS: -ERR\n", mrose, true, "as it is"},
		{"no CAPA, no cleartext, a timestamp", stamped + "C: CAPA\nS: -ERR\n" + apop, mrose, true, ""},
		{"everything", "S: +OK\n" + all + "C: AUTH SCRAM-SHA-256 *\n" + refused, mrose, false, "[AUTH]"},
		{"SCRAM-SHA-1 before CRAM-MD5", "S: +OK\n" + capa("USER", "SASL CRAM-MD5 SCRAM-SHA-1") + "C: AUTH SCRAM-SHA-1 *\n" + refused, mrose, false, "[AUTH]"},
		{"CRAM-MD5 before APOP, without initial response", stamped + capa("USER", "SASL PLAIN CRAM-MD5") + "C: AUTH CRAM-MD5\n" + refused, mrose, false, "[AUTH]"},
		{"APOP before PLAIN", stamped + capa("USER", "SASL PLAIN") + apop, mrose, false, ""},
		{"PLAIN before USER", "S: +OK\n" + capa("USER", "SASL PLAIN LOGIN") + "C: AUTH PLAIN " + b64("\x00mrose\x00tanstaaf") + "\nS: +OK", mrose, false, ""},
		{"LOGIN before USER, without initial response", "S: +OK\n" + capa("USER", "SASL LOGIN") +
			"C: AUTH LOGIN\nS: + " + b64("Username:") + "\nC: " + b64("mrose") + "\nS: + " + b64("Password:") + "\nC: " + b64("tanstaaf") + "\nS: +OK", mrose, false, ""},
		{"mechanisms nobody knows", "S: +OK\n" + capa("USER", "SASL GSSAPI X-NEW") + user, mrose, false, ""},
		{"neither USER nor SASL", "S: +OK\n" + capa("TOP"), mrose, false, "doesn't announce it"},
		{"PLAIN in the clear", "S: +OK\n" + capa("USER", "SASL PLAIN LOGIN"), mrose, true, "as it is"},
		{"tags in small letters", "S: +OK\n" + capa("sasl plain") + "C: AUTH PLAIN *\nS: +OK", mrose, false, ""},
		{"asked for APOP", stamped + all + apop, as("+APOP"), false, ""},
		{"asked for APOP, no timestamp", "S: +OK\n" + all, as("+APOP"), false, "no timestamp"},
		{"asked for USER", "S: +OK\n" + all + user, as("+user"), false, ""},
		{"asked for PLAIN", "S: +OK\n" + all + "C: AUTH PLAIN *\nS: +OK", as("plain"), false, ""},
		{"asked for PLAIN in the clear", "S: +OK\n" + all, as("PLAIN"), true, "as it is"},
		{"asked for what isn't announced", "S: +OK\n" + capa("USER", "SASL PLAIN"), as("CRAM-MD5"), false, "doesn't announce it"},
		{"asked for PLAIN without CAPA: no initial response", "S: +OK\nC: CAPA\nS: -ERR\nC: AUTH PLAIN\nS: + \nC: " + b64("\x00mrose\x00tanstaaf") + "\nS: +OK", as("PLAIN"), false, ""},
		{"asked for PLAIN where there's no SASL", "S: +OK\n" + capa("USER"), as("PLAIN"), false, "doesn't announce it"},
		{"asked for any", "S: +OK\n" + capa("USER") + user, as("*"), false, ""},
		{"asked for nonsense", "S: +OK\n" + all, as("X-NEW"), false, "no method that this client knows"},
		{"a token is for TLS", "S: +OK\n" + capa("USER", "SASL OAUTHBEARER"), client.Credentials{User: "mrose", Token: "x"}, false, "inside TLS only"},
		{"no password", "S: +OK\n" + all, client.Credentials{User: "mrose"}, false, "no password was given"},
		{"ANONYMOUS only when asked for", "S: +OK\n" + capa("SASL ANONYMOUS"), mrose, false, "no way to log in"},
		{"ANONYMOUS", "S: +OK\n" + capa("SASL ANONYMOUS") + "C: AUTH ANONYMOUS " + b64("me") + "\nS: +OK", client.Credentials{Auth: "ANONYMOUS", Trace: "me"}, true, ""},
		{"ANONYMOUS without a word", "S: +OK\n" + capa("SASL ANONYMOUS") + "C: AUTH ANONYMOUS =\nS: +OK", client.Credentials{Auth: "ANONYMOUS"}, true, ""},
		{"on behalf of somebody", "S: +OK\n" + capa("SASL PLAIN") + "C: AUTH PLAIN " + b64("boss\x00mrose\x00tanstaaf") + "\nS: +OK",
			client.Credentials{User: "mrose", Password: "tanstaaf", Authzid: "boss"}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc, s := play(t, tt.script)
			c, err := connect(t, nc, func(o *client.Options) { o.AllowCleartext = !tt.secret })
			if err != nil {
				t.Fatal(err)
			}
			err = c.Login(tt.cred)
			var refused *client.ServerError
			switch {
			case tt.err == "" && (err != nil || c.State() != engine.Transaction):
				t.Errorf("got %v in state %v, want TRANSACTION", err, c.State())
			case tt.err == "[AUTH]" && (!errors.As(err, &refused) || !refused.AskAgain()):
				t.Errorf("got %v, want the server's [AUTH]", err)
			case tt.err != "" && tt.err != "[AUTH]" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %v, want an error with %q in it", err, tt.err)
			}
			if cleartext := errors.Is(err, client.ErrCleartext); cleartext != (tt.err == "as it is") {
				t.Errorf("%v is ErrCleartext: %v", err, cleartext)
			}
			for _, said := range s.said {
				if tt.secret && (strings.Contains(said, "tanstaaf") || strings.Contains(said, b64("\x00mrose\x00tanstaaf"))) {
					t.Errorf("the password went out: %q", said)
				}
			}
			c.Close()
			s.end()
		})
	}
}

// Names and passwords beyond ASCII go out only where the server says that it takes them, prepared
// where a digest is made of them.
//
// req: I18-15, I18-14, APO-15
func TestNamesBeyondASCII(t *testing.T) {
	for _, tt := range []struct {
		name, script, user, password, err string
	}{
		{"USER, not announced", "S: +OK\n" + capa("USER", "UTF8"), "jürgen", "x", "UTF8 USER"},
		{"password, not announced", "S: +OK\n" + capa("USER"), "mrose", "geheim\u00df", "UTF8 USER"},
		{"no CAPA", "S: +OK\nC: CAPA\nS: -ERR", "jürgen", "x", "UTF8 USER"},
		{"announced", "S: +OK\n" + capa("USER", "UTF8 USER") + "C: USER jürgen\nS: +OK\nC: PASS x y\nS: +OK", "jürgen", "x y", ""},
		{"APOP, not announced", "S: +OK <1@x>\n" + capa("UTF8"), "jürgen", "x", "UTF8 USER"},
		{"APOP, prepared", "S: +OK <1@x>\n" + capa("UTF8 USER") + "C: APOP jürgen " + client.Digest("<1@x>", "geheim") + "\nS: +OK", "ju\u0308rgen", "ge\u00adheim", ""},
		{"APOP, nothing is left", "S: +OK <1@x>\n" + capa("UTF8 USER"), "mrose", "\u00ad", "password"},
		{"PLAIN is UTF-8 by itself", "S: +OK\n" + capa("SASL PLAIN") + "C: AUTH PLAIN " + b64("\x00jürgen\x00ß") + "\nS: +OK", "jürgen", "ß", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			converse(t, tt.script, func(c *client.Conn) {
				err := c.Login(client.Credentials{User: tt.user, Password: tt.password})
				if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q in it (RFC 6856 section 2.2)", err, tt.err)
				}
			})
		})
	}
}

// An initial response that would make AUTH too long is sent as a response; responses have no limit.
//
// req: SAS-14, SAS-19
func TestLongInitialResponses(t *testing.T) {
	for _, n := range []int{100, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 12_000} {
		password := strings.Repeat("x", n)
		response := b64("\x00mrose\x00" + password)
		script := "C: AUTH PLAIN " + response + "\nS: +OK"
		if len("AUTH PLAIN "+response+"\r\n") > 255 {
			script = "C: AUTH PLAIN\nS: + \nC: " + response + "\nS: +OK"
		}
		converse(t, "S: +OK\n"+capa("SASL PLAIN")+script, func(c *client.Conn) {
			if err := c.Login(client.Credentials{User: "mrose", Password: password}); err != nil {
				t.Errorf("a password of %d octets: %v (RFC 5034 section 4: 255 octets for the command)", n, err)
			}
		})
	}
}

// A client that can't or won't go on cancels with a lone *, and the session is as before.
//
// req: SAS-09, SAS-18, SAS-16, SAS-17
func TestExchangesThatAreCancelled(t *testing.T) {
	for _, tt := range []struct{ name, mechanism, challenge, want string }{
		{"no Base64", "CRAM-MD5", "!!!!", "isn't Base64"},
		{"padding at the front", "CRAM-MD5", "=AAA", "isn't Base64"},
		{"padding in the middle", "CRAM-MD5", "AAA=BBB=", "isn't Base64"},
		{"no padding", "CRAM-MD5", "AAAAA", "isn't Base64"},
		{"empty challenge", "CRAM-MD5", "", "isn't empty"},
		{"PLAIN is asked for more", "PLAIN", b64("more"), "more than there is to say"},
		{"SCRAM without a message", "SCRAM-SHA-256", "", "cancelled"},
		{"another nonce", "SCRAM-SHA-256", b64("r=mine,s=QSXCR+Q6sek8bf92,i=4096"), "nonce"},
		{"too few iterations", "SCRAM-SHA-1", "?i=1", "too few iterations"},
		{"too many iterations", "SCRAM-SHA-1", "?i=2000000000", "no honest number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc, s := newScript(t, goodCertificate(), "S: +OK\n"+capa("USER", "SASL "+tt.mechanism)+"C: AUTH "+tt.mechanism+"*\nS: + "+tt.challenge+
				"\nC: \\*\nS: -ERR cancelled\nC: NOOP\nS: -ERR\n")
			s.hook = func(line string) string {
				// A server-first message of SCRAM that goes on from the client's nonce.
				if iterations, ok := strings.CutPrefix(line, "S: + ?"); ok {
					first, _ := base64.StdEncoding.DecodeString(strings.Fields(s.said[len(s.said)-1])[2])
					_, nonce, _ := strings.Cut(string(first), ",r=")
					return "S: + " + b64("r="+nonce+"server,s=QSXCR+Q6sek8bf92,"+iterations)
				}
				return line
			}
			s.begin()
			c, err := connect(t, nc, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Login(client.Credentials{User: "mrose", Password: "tanstaaf", Auth: tt.mechanism})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q in it", err, tt.want)
			}
			if c.State() != engine.Authorization {
				t.Errorf("state: got %v, want AUTHORIZATION", c.State())
			}
			if _, err := c.Send("NOOP"); err != nil {
				t.Error(err)
			}
			if e, err := c.Receive(); err != nil || e.Status != engine.Err {
				t.Errorf("after it: %v, %v", e.Reply.Line, err)
			}
			c.Close()
			s.end()
		})
	}
}

// In SCRAM the server has to prove itself too: +OK alone is no login.
//
// req: MEC-24, MEC-32
func TestScramServerHasToProveItself(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"success at once", "S: +OK welcome", "hasn't proved"},
		{"an empty challenge for a signature", "S: + ?i=4096\nC: *\nS: + \nC: \\*\nS: -ERR", "cancelled"},
		{"success behind the first message", "S: + ?i=4096\nC: *\nS: +OK welcome", "hasn't proved"},
		{"a wrong signature", "S: + ?i=4096\nC: *\nS: + " + b64("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=") + "\nC: \\*\nS: -ERR", "server validation failed"},
		{"an error for a signature", "S: + ?i=4096\nC: *\nS: + " + b64("e=other-error") + "\nC: \\*\nS: -ERR", "other-error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc, s := newScript(t, goodCertificate(), "S: +OK\n"+capa("SASL SCRAM-SHA-1")+"C: AUTH SCRAM-SHA-1 *\n"+tt.script)
			s.hook = func(line string) string {
				if iterations, ok := strings.CutPrefix(line, "S: + ?"); ok {
					first, _ := base64.StdEncoding.DecodeString(strings.Fields(s.said[len(s.said)-1])[2])
					_, nonce, _ := strings.Cut(string(first), ",r=")
					return "S: + " + b64("r="+nonce+"server,s=QSXCR+Q6sek8bf92,"+iterations)
				}
				return line
			}
			s.begin()
			c, err := connect(t, nc, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Login(client.Credentials{User: "mrose", Password: "tanstaaf"})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q in it (RFC 5802 section 5)", err, tt.want)
			}
			if c.State() == engine.Transaction && c.Noop() == nil {
				t.Error("the session goes on with a server that proved nothing")
			}
			c.Close()
			s.end()
		})
	}
}

// Every method logs in at our own server: over TLS by name, where the server has it.
//
// req: SAS-30, SAS-34, MEC-25, SAS-28, MEC-36
func TestEveryMethodAtOurServer(t *testing.T) { synctest.Test(t, everyMethod) }

func everyMethod(t *testing.T) {
	l := newLab(t, func(c *engine.Config, _ *serverOf) {
		c.Persona.Mechanisms = []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER", "ANONYMOUS", "EXTERNAL"}
	})
	probe := l.dialTLS(t, nil)
	caps, err := probe.Capabilities()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range client.Methods {
		if !strings.HasPrefix(m.Name, "+") && !slices.Contains(caps.Mechanisms(), m.Name) {
			// This client shows no certificate.
			if m.Name != "EXTERNAL" {
				t.Errorf("the server doesn't announce %s: %v", m.Name, caps.Mechanisms())
			}
			continue
		}
		c := l.dialTLS(t, nil)
		cred := client.Credentials{User: "mrose", Password: "tanstaaf", Auth: m.Name}
		if m.Token {
			cred.Token = "teaching-token"
		}
		if err := c.Login(cred); err != nil || c.State() != engine.Transaction {
			t.Errorf("%s: got %v in state %v, want TRANSACTION", m.Name, err, c.State())
			continue
		}
		if err := c.Quit(); err != nil {
			t.Errorf("%s: Quit: %v", m.Name, err)
		}
		if m.Password {
			c = l.dialTLS(t, nil)
			cred.Password = "wrong"
			var refused *client.ServerError
			if err := c.Login(cred); !errors.As(err, &refused) || !refused.AskAgain() {
				t.Errorf("%s with a wrong password: got %v, want [AUTH]", m.Name, err)
			}
			// The session is still there for another try.
			cred.Password = "tanstaaf"
			if err := c.Login(cred); err != nil {
				t.Errorf("%s again with the right one: %v", m.Name, err)
			}
			if err := c.Quit(); err != nil {
				t.Errorf("%s: Quit: %v", m.Name, err)
			}
		}
	}
}

// A token that isn't accepted: the server says so in a challenge, the client answers with one
// octet, and only then comes -ERR.
//
// req: MEC-41
func TestBearerTokenThatIsRefused(t *testing.T) { synctest.Test(t, bearerRefused) }

func bearerRefused(t *testing.T) {
	l := newLab(t, nil)
	var lines []string
	c := l.dialTLS(t, func(o *client.Options) {
		o.ShowSecrets = true
		o.Observe = func(s client.Step) {
			if s.Kind == engine.KindLine {
				lines = append(lines, strings.TrimSpace(string(s.Wire)))
			}
		}
	})
	err := c.Login(client.Credentials{User: "mrose", Token: "stolen"})
	var refused *client.ServerError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "invalid_token") {
		t.Errorf("got %v, want the server's status invalid_token and its -ERR (RFC 7628 section 3.2.3)", err)
	}
	if len(lines) == 0 || lines[len(lines)-1] != "AQ==" {
		t.Errorf("the client said %q, want a single %%x01 last", lines)
	}
	if err := c.Login(client.Credentials{User: "mrose", Token: "teaching-token"}); err != nil {
		t.Errorf("with the right one: %v", err)
	}
}

// Methods have the names that SASL allows, and NUL can't be smuggled into PLAIN's message.
//
// req: SAS-40, MEC-02
func TestNamesOfMethodsAndNUL(t *testing.T) {
	for _, m := range client.Methods {
		if !strings.HasPrefix(m.Name, "+") && !sasl.ValidName(m.Name) {
			t.Errorf("%q is no mechanism's name (RFC 4422 section 3.1)", m.Name)
		}
		if m.Doc == "" {
			t.Errorf("%s has no sentence", m.Name)
		}
	}
	for _, cred := range []client.Credentials{
		{User: "mrose\x00x", Password: "p"}, {User: "mrose", Password: "p\x00"}, {User: "mrose", Password: "p", Authzid: "\x00"},
	} {
		converse(t, "S: +OK\n"+capa("SASL PLAIN"), func(c *client.Conn) {
			if err := c.Login(cred); err == nil || !strings.Contains(err.Error(), "NUL") {
				t.Errorf("%q: got %v, want a refusal, and nothing sent (RFC 4616 section 2)", cred, err)
			}
		})
	}
}

// Servers that begin challenges with +OK are understood, and not taken for a success.
func TestContinuationWithOK(t *testing.T) { synctest.Test(t, continuationWithOK) }

func continuationWithOK(t *testing.T) {
	l := newLab(t, func(c *engine.Config, _ *serverOf) { c.Persona, _ = engine.PersonaNamed("exchange") })
	c := l.dialTLS(t, nil)
	if err := c.Login(client.Credentials{User: "mrose", Password: "tanstaaf", Auth: "LOGIN"}); err != nil {
		t.Errorf("LOGIN: %v", err)
	}
	if !c.Odd().Has(client.OddOKMore) || c.State() != engine.Transaction {
		t.Errorf("odd %v in state %v, want ok-continuation in TRANSACTION", c.Odd(), c.State())
	}
}
