package main_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reference says whether POP3LAB_REFERENCE=dovecot puts Dovecot in the lab's place, for whoever
// doubts what is said here about a client and wants a second opinion. It needs root, and Debian's
// dovecot-pop3d. Four things are Dovecot's own (2.3.19): a dot that is the first octet of a
// message isn't stuffed, and an empty message has a line, so such letters are left out; it stops
// sending when a client ends its half of a TLS connection, so ncat/tls fails; its timestamp isn't
// in RFC 1939's form, so mpop/apop fails.
func reference() bool { return os.Getenv("POP3LAB_REFERENCE") == "dovecot" }

// dovecotCan says whether Dovecot sends the letter as it is.
func dovecotCan(l letter) bool { return len(l.file) > 0 && l.file[0] != '.' }

// dovecot starts Dovecot over the maildrops, and ends it with the test.
func dovecot(t *testing.T, drops []maildrop) *server {
	owner, err := user.Lookup("mail")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	// Not t.TempDir, which others may not enter.
	folder, err := os.MkdirTemp("", "pop3lab-dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	s := &server{root: filepath.Join(folder, "mail")}
	cert, key := s.certify(t, folder)
	fill(t, s.root, drops)
	if err := filepath.WalkDir(s.root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	}); err != nil {
		t.Fatal(err)
	}
	var users strings.Builder
	for _, d := range drops {
		fmt.Fprintf(&users, "%s:{PLAIN}%s\n", d.user, password)
	}
	if err := os.WriteFile(filepath.Join(folder, "users"), []byte(users.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	// Dovecot can't be given port 0: take two that are free now.
	s.port = map[security]string{}
	for _, sec := range []security{plain, tls} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, s.port[sec], _ = net.SplitHostPort(l.Addr().String())
		l.Close()
	}
	s.port[stls] = s.port[plain]
	config := filepath.Join(folder, "dovecot.conf")
	write(t, config, fmt.Sprintf(`
base_dir = %[1]s/run
log_path = /dev/stderr
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <%[2]s
ssl_key = <%[3]s
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login apop cram-md5 scram-sha-1 scram-sha-256
mail_max_userip_connections = 100
first_valid_uid = 1
mail_location = maildir:%[1]s/mail/%%u
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = static
  args = uid=%[4]d gid=%[5]d home=%[1]s/mail/%%u
}
service pop3-login {
  inet_listener pop3 {
    port = %[6]s
  }
  inet_listener pop3s {
    port = %[7]s
    ssl = yes
  }
}
`, folder, cert, key, uid, gid, s.port[plain], s.port[tls]))
	cmd := exec.Command("dovecot", "-F", "-c", config)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started := make(chan bool)
	go func() { // lives as long as Dovecot has its standard error open
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if strings.Contains(lines.Text(), "starting up") {
				close(started)
			} else if !strings.Contains(lines.Text(), "Info: ") {
				fmt.Fprintln(os.Stderr, "dovecot:", lines.Text())
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	select {
	case <-started:
	case <-time.After(30 * time.Second):
		t.Fatal("dovecot does not start")
	}
	return s
}
