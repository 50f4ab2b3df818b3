package main_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A visit is one run of a client: it logs in as user, fetches the messages, and leaves them in a
// folder of its own.
type visit struct {
	server   *server
	security security
	user     string
	count    int    // how many messages there are
	ca       string // the file of the authority to trust
	home     string // HOME, for settings
	mail     string // where the messages go, at first empty
	method   string // how to log in, as curl or mpop calls it; empty is the client's choice
}

// newVisit makes the folders of a visit to a maildrop of count messages.
func newVisit(t *testing.T, s *server, sec security, user string, count int) *visit {
	v := &visit{server: s, security: sec, user: user, count: count, ca: s.ca}
	folder := t.TempDir()
	v.home, v.mail = filepath.Join(folder, "home"), filepath.Join(folder, "mail")
	for _, f := range []string{v.home, v.mail} {
		if err := os.Mkdir(f, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func (v *visit) port() string { return v.server.port[v.security] }

// setting writes a file of the client's settings and returns its name. Clients want it to be
// private.
func (v *visit) setting(name, content string) string {
	file := filepath.Join(v.home, name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		panic(err) // the folder is ours
	}
	return file
}

// run runs a program in the visit's home until it ends, and returns what it said on its standard
// output. A program that still runs after a minute is ended.
func (v *visit) run(input, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = v.home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + v.home, "TMPDIR=" + v.home, "LC_ALL=C.UTF-8", "TERM=vt100"}
	cmd.Stdin = strings.NewReader(input)
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if ctx.Err() != nil {
		err = errors.New("still running after a minute")
	}
	if err != nil {
		said := append(bytes.Clone(output[max(0, len(output)-500):]), stderr.Bytes()[max(0, stderr.Len()-2000):]...)
		return output, fmt.Errorf("%s: %w; it said:\n%s", name, err, said)
	}
	return output, nil
}

// numbered reads the files 1, 2, ... of the visit's mail.
func (v *visit) numbered() ([][]byte, error) {
	var messages [][]byte
	for num := 1; num <= v.count; num++ {
		m, err := os.ReadFile(filepath.Join(v.mail, strconv.Itoa(num)))
		if err != nil {
			return messages, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// stored reads the files that a client named by itself, in the visit's mail or the Maildir there,
// by their names.
func (v *visit) stored() ([][]byte, error) {
	var messages [][]byte
	for _, pattern := range []string{"*", "new/*", "cur/*"} {
		names, err := filepath.Glob(filepath.Join(v.mail, pattern)) // sorted
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() {
				continue
			}
			m, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			messages = append(messages, m)
		}
	}
	return messages, nil
}

// mda writes a shell script that keeps the message it gets as the next file of the visit's mail,
// and then does what is in after.
func (v *visit) mda(after string) string {
	return v.setting("mda", "cat >'"+v.mail+"'/$(printf %05d $(ls '"+v.mail+"' | wc -l))\n"+after)
}

// emptyMaildir makes a Maildir of the visit's mail, if it isn't one: mpop and s-nail don't.
func (v *visit) emptyMaildir() {
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(v.mail, sub), 0o700); err != nil {
			panic(err) // the folder is ours
		}
	}
}

// script runs a program of testdata/clients that takes the words of a visit.
func (v *visit) script(interpreter, name string) ([][]byte, error) {
	file, err := filepath.Abs(filepath.Join("testdata", "clients", name))
	if err != nil {
		return nil, err
	}
	if _, err := v.run("", interpreter, file, string(v.security), "localhost", v.port(), v.user, password, v.ca, v.mail); err != nil {
		return nil, err
	}
	return v.numbered()
}

func poplib(v *visit) ([][]byte, error)  { return v.script("python3", "fetch_poplib.py") }
func netPOP3(v *visit) ([][]byte, error) { return v.script("perl", "net_pop3.pl") }
func netPOP(v *visit) ([][]byte, error)  { return v.script("ruby", "net_pop.rb") }

// curl fetches by message-number, in one connection.
func curl(v *visit) ([][]byte, error) {
	var config strings.Builder
	scheme := "pop3"
	switch v.security {
	case stls:
		config.WriteString("ssl-reqd\n")
	case tls:
		scheme = "pop3s"
	}
	if v.method != "" {
		fmt.Fprintf(&config, "login-options = %q\n", "AUTH="+v.method)
	}
	fmt.Fprintf(&config, "silent\nshow-error\nfail-early\nuser = %q\ncacert = %q\n", v.user+":"+password, v.ca)
	for num := 1; num <= v.count; num++ {
		fmt.Fprintf(&config, "url = \"%s://localhost:%s/%d\"\noutput = %q\n", scheme, v.port(), num, filepath.Join(v.mail, strconv.Itoa(num)))
	}
	if _, err := v.run("", "curl", "--disable", "--config", v.setting("curl", config.String())); err != nil {
		return nil, err
	}
	return v.numbered()
}

// fetchmail hands each message to a script that keeps what it gets. Its own Received line is
// switched off (invisible), and so are changes of addresses (no rewrite) and of line ends (no
// stripcr).
func fetchmail(v *visit) ([][]byte, error) { return fetchmailWith(v, "fetchall keep") }

func fetchmailWith(v *visit, options string) ([][]byte, error) {
	tlsOptions := map[security]string{
		plain: "sslproto ''",
		stls:  "sslproto 'TLS1.2+' sslcertck sslcertfile '" + v.ca + "'",
		tls:   "ssl sslproto 'TLS1.2+' sslcertck sslcertfile '" + v.ca + "'",
	}[v.security]
	config := v.setting("fetchmailrc", fmt.Sprintf(`set invisible
set no bouncemail
set no syslog
poll localhost protocol POP3 service %s uidl bad-header accept
  user '%s' password '%s' %s
  no rewrite no stripcr no forcecr no mimedecode
  mda 'sh %s' %s
`, v.port(), v.user, password, tlsOptions, v.mda(""), options))
	_, err := v.run("", "fetchmail", "--fetchmailrc", config, "--idfile", filepath.Join(v.home, "ids"), "--pidfile", filepath.Join(v.home, "pid"), "--nosyslog")
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // there was no mail to fetch
	}
	if err != nil {
		return nil, err
	}
	return v.stored()
}

// mpop delivers into a Maildir, with LF. Its own Received line is switched off.
func mpop(v *visit) ([][]byte, error) { return mpopWith(v, "keep on") }

func mpopWith(v *visit, options string) ([][]byte, error) {
	v.emptyMaildir()
	tlsOptions := map[security]string{
		plain: "tls off",
		stls:  "tls on\ntls_starttls on\ntls_trust_file " + v.ca,
		tls:   "tls on\ntls_starttls off\ntls_trust_file " + v.ca,
	}[v.security]
	config := v.setting("mpoprc", fmt.Sprintf(`account default
host localhost
port %s
user %s
password %s
auth %s
%s
received_header off
uidls_file %s
delivery maildir %s
%s
`, v.port(), v.user, password, cmp.Or(v.method, "user"), tlsOptions, filepath.Join(v.home, "uidls"), v.mail, options))
	if _, err := v.run("", "mpop", "--file="+config, "--quiet"); err != nil {
		return nil, err
	}
	return v.stored()
}

// getmail hands each message, with LF, to a script that keeps what it gets (it doesn't write a
// Maildir as root). Its own Delivered-To and Received lines are switched off; its Return-Path line
// can't be, and is taken away here. It has no STLS.
func getmail(v *visit) ([][]byte, error) {
	kind, trust := "SimplePOP3Retriever", ""
	if v.security == tls {
		kind, trust = "SimplePOP3SSLRetriever", "ca_certs = "+v.ca
	}
	// getmail 6.18 takes no note of a child that ends before it began to wait for it, and waits for
	// a minute: the script ends once getmail sleeps.
	mda := v.mda("while [ -e /proc/$PPID/status ] && ! grep -q '^State:.*sleeping' /proc/$PPID/status; do :; done\n")
	v.setting("getmailrc", fmt.Sprintf(`[retriever]
type = %s
server = localhost
port = %s
username = %s
password = %s
%s
[destination]
type = MDA_external
path = /bin/sh
arguments = ("%s",)
allow_root_commands = true
unixfrom = false
[options]
read_all = true
delete = false
delivered_to = false
received = false
verbose = 0
`, kind, v.port(), v.user, password, trust, mda))
	if _, err := v.run("", "getmail", "--getmaildir="+v.home, "--rcfile=getmailrc"); err != nil {
		return nil, err
	}
	messages, err := v.stored()
	for i, m := range messages {
		rest, ok := bytes.CutPrefix(m, []byte("Return-Path: <unknown>\n"))
		if !ok {
			return messages, fmt.Errorf("getmail: message %d does not begin with the Return-Path that getmail puts there: %s", i+1, excerpt(m, 0))
		}
		messages[i] = rest
	}
	return messages, err
}

// snail copies the mailbox into a Maildir.
func snail(v *visit) ([][]byte, error) {
	scheme := "pop3"
	if v.security == tls {
		scheme = "pop3s"
	}
	v.emptyMaildir()
	args := []string{"-:/", "-S", "v15-compat", "-S", "noheader", "-S", "pop3-auth=plain", "-S", "pop3-no-apop",
		"-S", "tls-verify=strict", "-S", "tls-ca-no-defaults", "-S", "tls-ca-file=" + v.ca}
	if v.security == stls {
		args = append(args, "-S", "pop3-use-starttls")
	}
	args = append(args, "-R", "-f", fmt.Sprintf("%s://%s:%s@localhost:%s", scheme, v.user, password, v.port()))
	if _, err := v.run("copy * maildir://"+v.mail+"\nexit\n", "s-nail", args...); err != nil {
		return nil, err
	}
	return v.stored()
}

// mutt pipes each message, with LF, into a script that keeps what it gets, by the keys that a
// person would press. (Its copies in a Maildir have lines of its own in the header.)
func mutt(v *visit) ([][]byte, error) {
	scheme := "pop"
	if v.security == tls {
		scheme = "pops"
	}
	startTLS := map[security]string{plain: "no ssl_force_tls=no", stls: "yes", tls: "no"}[v.security]
	config := v.setting("muttrc", fmt.Sprintf(`set pop_user="%s" pop_pass="%s" pop_authenticators="user" pop_delete=no pop_reconnect=no
set ssl_starttls=%s ssl_verify_host=yes ssl_ca_certificates_file="%s" certificate_file="%s/certificates"
set pipe_decode=no pipe_split=yes pipe_sep="" sort=mailbox-order quit=yes move=no delete=no
set folder="%s" header_cache="" message_cachedir="" wait_key=no beep=no mail_check=600
push "<tag-pattern>~A<enter><tag-prefix><pipe-message>sh %s<enter><exit>"
`, v.user, password, startTLS, v.ca, v.home, v.home, v.mda("")))
	script, err := filepath.Abs(filepath.Join("testdata", "clients", "mutt.exp"))
	if err != nil {
		return nil, err
	}
	if _, err := v.run("", "expect", script, config, fmt.Sprintf("%s://localhost:%s/", scheme, v.port())); err != nil {
		return nil, err
	}
	return v.stored()
}
