package main_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// password opens every maildrop of these tests, and those of the demonstration.
const password = "tanstaaf"

// A server is a running POP3 server over Maildirs.
type server struct {
	port  map[security]string // plain and stls are one port
	ca    string              // the file of the certificate that signed the server's
	other string              // the file of a certificate that signed nothing
	root  string              // the Maildirs: root/USER/{cur,new,tmp}
}

// security is how a session is protected.
type security string

const (
	plain security = "plain" // not at all
	stls  security = "stls"  // STLS on the plain port (RFC 2595)
	tls   security = "tls"   // from the first octet on (RFC 8314)
)

// A maildrop is who has it and what is in it.
type maildrop struct {
	user string
	box  []letter
}

// build builds the binary as make build does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pop3lab")
	if output, err := exec.Command("go", "build", "-trimpath", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}

// lab starts the binary over the maildrops, and ends it with the test.
func lab(t *testing.T, drops []maildrop) *server {
	folder := t.TempDir()
	s := &server{root: filepath.Join(folder, "mail")}
	cert, key := s.certify(t, folder)
	fill(t, s.root, drops)
	users := filepath.Join(folder, "users")
	var list strings.Builder
	for _, d := range drops {
		fmt.Fprintf(&list, "%s:%s\n", d.user, password)
	}
	write(t, users, list.String())
	s.port = serve(t, build(t), "--maildir", s.root, "--users", users, "--fail-delay", "0", "--tls-cert", cert, "--tls-key", key)
	return s
}

// serve starts the binary on free ports of the loopback and returns them once it listens. The test
// ends it.
func serve(t *testing.T, binary string, args ...string) map[security]string {
	cmd := exec.Command(binary, append([]string{"serve", "--pop3", "127.0.0.1:0", "--pop3s", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
	output := &tail{ports: make(chan [2]string, 2)}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // lives as long as the process, which the test ends
	t.Cleanup(func() {
		if cmd.Process.Signal(syscall.SIGTERM) == nil {
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				cmd.Process.Kill()
				t.Error("pop3lab serve: still there 20 s after SIGTERM, want it to end")
			}
		}
		if t.Failed() {
			t.Logf("the end of what pop3lab serve said:\n%s", output)
		}
	})
	ports := map[security]string{}
	for len(ports) < 3 {
		select {
		case p := <-output.ports:
			if p[0] == "pop3s" {
				ports[tls] = p[1]
			} else {
				ports[plain], ports[stls] = p[1], p[1]
			}
		case err := <-ended:
			ended <- err
			t.Fatalf("pop3lab serve ended (%v) before it listened:\n%s", err, output)
		case <-time.After(30 * time.Second):
			t.Fatalf("pop3lab serve: no two lines \"listening on 127.0.0.1:PORT (pop3)\" and \"(pop3s)\" in 30 s:\n%s", output)
		}
	}
	return ports
}

// A tail keeps the end of what a program says, and finds its lines "listening on ...".
type tail struct {
	ports chan [2]string // name and port; there are two
	mu    sync.Mutex
	line  []byte
	end   []byte
}

func (o *tail) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end = append(o.end, p...); len(o.end) > 1<<16 {
		o.end = o.end[len(o.end)-1<<15:]
	}
	o.line = append(o.line, p...)
	for {
		line, rest, whole := bytes.Cut(o.line, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		o.line = rest
		_, where, found := strings.Cut(string(line), "listening on 127.0.0.1:")
		if port, name, ok := strings.Cut(where, " "); found && ok {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "("), ")")
			select {
			case o.ports <- [2]string{name, port}:
			default: // a third one is somebody else's line
			}
		}
	}
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.end)
}

// fill makes a Maildir for each maildrop. Equal letters are links to one file: thirty clients fetch
// the same megabytes.
func fill(t *testing.T, root string, drops []maildrop) {
	first := map[string]string{}
	for _, d := range drops {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(root, d.user, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for i, l := range d.box {
			// Names that sort as the letters do.
			file := filepath.Join(root, d.user, "cur", fmt.Sprintf("%d.M%03dP1.lab:2,", 1795428000+i, i))
			if old, ok := first[l.name]; ok {
				if err := os.Link(old, file); err != nil {
					t.Fatal(err)
				}
				continue
			}
			write(t, file, string(l.file))
			first[l.name] = file
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certify makes a certificate for localhost and 127.0.0.1, signed by an authority made on the spot
// too, and a second authority that clients must not take for the first.
func (s *server) certify(t *testing.T, folder string) (certFile, keyFile string) {
	make := func(name string, signer *x509.Certificate, with *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, string) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(now.UnixNano()),
			Subject:               pkix.Name{CommonName: name},
			NotBefore:             now.Add(-time.Hour),
			NotAfter:              now.Add(24 * time.Hour),
			BasicConstraintsValid: true,
		}
		if signer == nil {
			template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
			signer, with = template, key
		} else {
			template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			template.DNSNames, template.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, signer, &key.PublicKey, with)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".pem")
		write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
		return cert, key, file
	}
	authority, signing, ca := make("pop3lab test authority", nil, nil)
	_, _, other := make("pop3lab other authority", nil, nil)
	_, key, certFile := make("localhost", authority, signing)
	s.ca, s.other = ca, other
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile = filepath.Join(folder, "key.pem")
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return certFile, keyFile
}
