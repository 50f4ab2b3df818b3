package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"pop3lab/engine"
	pop3 "pop3lab/engine/client"
)

// talkOptions are the flags of talk.
type talkOptions struct {
	stls, tls, insecure, cleartext bool
	pin, passFile, origin          string
	secrets, quiet, all            bool
	timeout                        time.Duration
}

func talkCommand() command {
	return command{
		name: "talk", summary: "talk to a POP3 server, with notes", usage: "[FLAGS] HOST[:PORT] | pop://[USER@]HOST[:PORT] | pops://… | ws://… | wss://…",
		about: `Connects to any POP3 server, sends what you type line by line, and says below each
line what it means. STLS switches to TLS by itself. PASS alone asks for the password
without showing it. Ctrl-D ends the connection, without QUIT if you didn't send it.

With a user in the URL talk logs in first and shows the lines that this one call of a
mail program stands for. The method is the best that both sides have, or the one the
URL names (RFC 2384): ;AUTH=PLAIN, ;AUTH=SCRAM-SHA-256, ;AUTH=+APOP, ;AUTH=+USER.

ws:// and wss:// reach a lab through a WebSocket, where only web traffic gets through;
without a path that is /ws/pop3. HTTPS_PROXY and the like are honoured.

Without a terminal the lines come from standard input, each sent when the one before
is answered.`,
		example: `pop3lab talk localhost:1110
pop3lab talk --stls --pin AB:CD:… localhost:1110
pop3lab talk pops://pop.example.org
pop3lab talk wss://lab.example
pop3lab talk 'pop://mrose;AUTH=+APOP@localhost:1110'
printf 'USER mrose\nPASS tanstaaf\nSTAT\nQUIT\n' | pop3lab talk localhost:1110`,
		flags: func(fs *flag.FlagSet) func(context.Context, []string, stdio) error {
			var o talkOptions
			fs.BoolVar(&o.stls, "stls", false, "begin with STLS, and go on in TLS only")
			fs.BoolVar(&o.tls, "tls", false, "TLS from the first octet, as pops:// says; the port is 995 unless there is one")
			fs.StringVar(&o.pin, "pin", "", "accept the one certificate with this SHA-256 `FINGERPRINT`, as pop3lab serve prints it")
			fs.BoolVar(&o.insecure, "insecure", false, "accept any certificate, and so anybody in the middle")
			fs.StringVar(&o.origin, "origin", "", "with ws: and wss:, say that the page of this `ORIGIN` asks, such as https://lab.example")
			fs.StringVar(&o.passFile, "pass-file", "", "with a user in the URL: the password is the first line of `FILE`")
			fs.BoolVar(&o.cleartext, "allow-cleartext", false, "with a user in the URL: let the password go as it is, without TLS, to other machines too")
			fs.BoolVar(&o.secrets, "show-secrets", false, "leave passwords readable in the dialogue; they are masked otherwise")
			fs.BoolVar(&o.quiet, "quiet", false, "the dialogue alone, without notes")
			fs.BoolVar(&o.all, "all", false, "on a terminal too, show every line of long answers")
			fs.DurationVar(&o.timeout, "timeout", time.Minute, "give up when an answer takes longer than this `TIME`")
			return func(ctx context.Context, args []string, std stdio) error {
				if len(args) != 1 {
					return usagef("talk takes one HOST:PORT, pop: or ws: URL, not %d", len(args))
				}
				return o.run(ctx, args[0], std)
			}
		},
	}
}

// run connects, does what flags and URL ask for, and then talks.
func (o *talkOptions) run(ctx context.Context, where string, std stdio) error {
	web := isWebSocket(where)
	u, err := o.where(where)
	if err != nil {
		return err
	}
	t := newTalk(std, o)
	password, err := o.password(u, t)
	if err != nil {
		return err
	}
	opt := pop3.Options{Pin: o.pin, Insecure: o.insecure, AllowCleartext: o.cleartext, Timeout: o.timeout,
		ShowSecrets: o.secrets, Observe: t.show.step}
	if web {
		t.conn, err = o.dialWeb(ctx, where, opt, t.show)
	} else {
		t.conn, err = pop3.DialURL(ctx, u, opt)
	}
	if err != nil {
		return o.advise(err)
	}
	defer t.conn.Close()
	if u.TLS {
		t.secured(o)
	}
	if o.stls {
		if err := t.conn.StartTLS(ctx); err != nil {
			return o.advise(err)
		}
		t.secured(o)
	}
	if u.User != "" || u.Auth != "" {
		stop := context.AfterFunc(ctx, func() { t.conn.Close() })
		err := t.conn.Login(u.Credentials(password))
		stop()
		if err != nil {
			return o.advise(err)
		}
	}
	return o.advise(t.lines(ctx, o))
}

// where reads the argument: a URL, or a host with or without a port.
func (o *talkOptions) where(arg string) (pop3.URL, error) {
	if isWebSocket(arg) {
		return pop3.URL{}, o.checkWeb(arg)
	}
	if !strings.Contains(arg, "://") {
		if strings.ContainsAny(arg, "@;") {
			return pop3.URL{}, usagef("%q has a user but no scheme; write pop://%s", arg, arg)
		}
		arg = "pop://" + arg
	}
	u, err := pop3.ParseURL(arg)
	if err != nil {
		return u, usageError{strings.TrimPrefix(err.Error(), "client: ")}
	}
	u.TLS = u.TLS || o.tls
	switch {
	case u.TLS && o.stls:
		return u, usagef("--stls begins in the clear, and --tls and pops:// don't; take one of them")
	case o.pin != "" && o.insecure:
		return u, usagef("--pin accepts one certificate and --insecure any; take one of them")
	case o.timeout <= 0:
		return u, usagef("--timeout has to be more than nothing")
	case o.origin != "":
		return u, usagef("--origin goes with ws:// and wss://")
	case o.passFile != "" && u.User == "":
		return u, usagef("--pass-file goes with a user in the URL: pop://USER@HOST")
	}
	return u, nil
}

// password finds the password for the URL's user: only what was given for this very server.
//
// RFC 2384 section 4: "If authentication credentials are supplied to the wrong server, it may
// compromise the security of the user's account."
func (o *talkOptions) password(u pop3.URL, t *talk) (string, error) {
	switch {
	case u.User == "" || strings.EqualFold(u.Auth, "ANONYMOUS") || strings.EqualFold(u.Auth, "EXTERNAL"):
		return "", nil
	case o.passFile != "":
		b, err := os.ReadFile(o.passFile)
		if err != nil {
			return "", fmt.Errorf("--pass-file: %w", err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	case t.hidden == nil:
		return "", usagef("the URL names a user, and there is no terminal to ask for the password; add --pass-file FILE, or leave the user out and send USER and PASS")
	}
	return t.hidden(fmt.Sprintf("password of %s, for %s: ", u.User, u.Addr()))
}

// advise adds to an error what to do about it on the command line.
func (o *talkOptions) advise(err error) error {
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), "client: ", "")
	var certificate *pop3.CertificateError
	switch {
	case errors.As(err, &certificate):
		text += ": --pin " + pop3.Fingerprint(certificate.Cert)
	case errors.Is(err, pop3.ErrCleartext):
		text = strings.ReplaceAll(text, "use STLS or TLS, or allow it with Options.AllowCleartext", "use --stls, --tls or pops://, or allow it with --allow-cleartext")
	case errors.Is(err, pop3.ErrNoSTLS):
		text += "; that would be --tls"
	}
	return errors.New(text)
}

// A talk is one conversation.
type talk struct {
	conn *pop3.Conn
	show *transcriber
	in   *bufio.Reader
	// interactive says that a person types at a terminal, who sees what they type.
	interactive bool
	// hidden asks for a line without showing it; nil where nobody can be asked.
	hidden func(prompt string) (string, error)
}

func newTalk(std stdio, o *talkOptions) *talk {
	t := &talk{in: bufio.NewReader(std.in), show: newTranscriber(std.out)}
	t.show.notes, t.show.fold = !o.quiet, isTerminal(std.out) && !o.all
	if f, ok := std.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		t.interactive = isTerminal(std.out)
		t.hidden = func(prompt string) (string, error) {
			fmt.Fprint(std.err, prompt)
			defer fmt.Fprintln(std.err)
			line, err := term.ReadPassword(int(f.Fd()))
			return string(line), err
		}
	}
	return t
}

// secured says what TLS has come to.
func (t *talk) secured(o *talkOptions) {
	s, ok := t.conn.TLS()
	if !ok {
		return
	}
	cert := s.PeerCertificates[0]
	name := cert.Subject.CommonName
	if len(cert.DNSNames) > 0 {
		name = cert.DNSNames[0]
	}
	trust := "checked against the system's roots"
	switch {
	case o.pin != "":
		trust = "the pinned one"
	case o.insecure:
		trust = "not checked: this may be anybody"
	}
	t.show.aside(fmt.Sprintf("%s with %s; certificate of %s, %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), visible([]byte(name)), trust))
}

// heard is what the receiving goroutine tells.
type heard struct {
	kind          engine.Kind
	multi         bool
	before, after engine.State
	err           error
	more          bool // more was read together with it
}

// listen receives until TLS begins, the connection ends, or nobody wants to know any more. The
// observer has printed what it tells.
func (t *talk) listen(to chan<- heard, done <-chan struct{}) {
	for {
		e, err := t.conn.Receive()
		select {
		case to <- heard{e.Kind, e.Multi, e.Before, e.After, err, t.conn.Pending() > 0}:
		case <-done:
			return
		}
		if err != nil || e.Kind == engine.KindClose || e.Kind == engine.KindTLS {
			return
		}
	}
}

// typed is a line of the input, or its end.
type typed struct {
	line string
	err  error
}

// lines sends line after line, each when the one before is answered, and shows what the server
// says meanwhile, asked or not.
func (t *talk) lines(ctx context.Context, o *talkOptions) error {
	events, input, ask, done := make(chan heard), make(chan typed, 1), make(chan struct{}, 1), make(chan struct{})
	defer close(ask)
	defer close(done)
	go func() {
		for range ask {
			line, err := t.in.ReadString('\n')
			if line != "" {
				err = nil
			}
			input <- typed{strings.TrimRight(line, "\r\n"), err}
		}
	}()
	t.conn.NetConn().SetDeadline(time.Time{})
	go t.listen(events, done)
	over, answered := false, false // the input has ended; the last line has its answer
	t.next(ask)
	for {
		select {
		case <-ctx.Done():
			t.conn.Close()
			return errors.New("interrupted; the connection was closed without QUIT, so nothing was removed")
		case l := <-input:
			if l.err != nil {
				over = true
				if t.conn.State() == engine.Transaction {
					t.show.aside("end of input without QUIT: nothing is removed")
				}
				t.conn.NetConn().SetReadDeadline(time.Now().Add(o.timeout))
				t.conn.CloseWrite()
				continue
			}
			if err := t.say(l.line, o); err != nil {
				return err
			}
		case h := <-events:
			switch {
			case h.err != nil && over && !errors.As(h.err, new(*pop3.ProtocolError)):
				return nil // the server took the end of the input as it liked
			case h.err != nil:
				return h.err
			case h.kind == engine.KindClose && h.before != engine.Closed && !over:
				return errors.New("the server closed the connection before QUIT")
			case h.kind == engine.KindClose:
				return nil
			case h.kind == engine.KindTLS:
				if err := t.conn.Handshake(ctx); err != nil {
					return err
				}
				t.secured(o)
				t.conn.NetConn().SetDeadline(time.Time{})
				go t.listen(events, done)
				t.next(ask)
			case h.kind == engine.KindData:
				t.conn.NetConn().SetReadDeadline(time.Now().Add(o.timeout)) // it goes on
			case h.after == engine.Closed: // after QUIT the server closes
			case h.kind == engine.KindReply && !h.multi && h.after != engine.AuthorizationTLS, h.kind == engine.KindEnd, h.kind == engine.KindExtra:
				answered = answered || h.kind != engine.KindExtra
				switch {
				case h.more: // what came with the answer is shown before the next line
				case answered:
					answered = false
					t.conn.NetConn().SetReadDeadline(time.Time{})
					t.next(ask)
				case t.interactive && !over:
					t.show.prompt()
				}
			}
		}
	}
}

// next asks for the next line.
func (t *talk) next(ask chan<- struct{}) {
	if t.interactive {
		t.show.prompt()
	}
	ask <- struct{}{}
}

// say sends a line. PASS alone, where somebody can be asked, asks for the password.
func (t *talk) say(line string, o *talkOptions) error {
	t.show.entered(t.interactive)
	if strings.EqualFold(line, "PASS") && t.hidden != nil && t.conn.State() == engine.AuthorizationUser {
		secret, err := t.hidden("password: ")
		if err != nil {
			return fmt.Errorf("the password couldn't be read: %w", err)
		}
		line += " " + secret
		t.show.entered(false)
	}
	t.conn.NetConn().SetReadDeadline(time.Now().Add(o.timeout))
	_, err := t.conn.Send(strings.ReplaceAll(line, "\r", ""))
	var network interface{ Timeout() bool }
	if errors.As(err, &network) || errors.Is(err, io.ErrClosedPipe) {
		return nil // the receiver sees why
	}
	return err
}
