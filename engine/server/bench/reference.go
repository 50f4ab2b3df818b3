package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A reference is the yardstick: a bare loopback sender. It understands just enough of POP3 to be
// driven by the load program and has every reply ready made, message bodies included, so that what
// it costs is what the network, the scheduler and the client cost. It checks no password, takes no
// lock and reads no file after the first login.
type reference struct {
	root string // ROOT/USER/{new,cur}, read at the first login of each user

	mu    sync.Mutex
	drops map[string]*ready
}

// ready is a maildrop as replies.
type ready struct {
	stat []byte
	retr [][]byte
}

var (
	refGreeting = []byte("+OK reference ready\r\n")
	refOK       = []byte("+OK\r\n")
	refErr      = []byte("-ERR not known here\r\n")
)

// referenceMain listens on two ports of its choice, says which on standard output as `pop3lab
// serve` does, and serves until standard input ends: so it never outlives the load program.
func referenceMain(root string) error {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	r := &reference{root: root, drops: make(map[string]*ready)}
	go r.accept(plain)
	go r.accept(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{cert}}))
	fmt.Printf("listening on %s (pop3)\nlistening on %s (pop3s)\n", plain.Addr(), secure.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// accept serves the connections of ln, each in a goroutine of its own that ends with its client,
// until the process ends.
func (r *reference) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		go r.serve(c)
	}
}

// serve answers one client: all the whole lines that one read brings, with one write.
func (r *reference) serve(c net.Conn) {
	defer c.Close()
	if _, err := c.Write(refGreeting); err != nil {
		return
	}
	var (
		in   = make([]byte, 16<<10)
		have int
		out  []byte
		user string
		mail = &ready{}
	)
	for {
		n, err := c.Read(in[have:])
		if err != nil {
			return
		}
		have += n
		rest, quit := in[:have], false
		for !quit {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			verb, arg, _ := bytes.Cut(bytes.TrimSuffix(rest[:end], []byte("\r")), []byte(" "))
			rest = rest[end+1:]
			reply := refErr
			switch string(verb) {
			case "RETR":
				if i, err := strconv.Atoi(string(arg)); err == nil && i > 0 && i <= len(mail.retr) {
					reply = mail.retr[i-1]
				}
			case "NOOP":
				reply = refOK
			case "STAT":
				reply = mail.stat
			case "USER":
				user, reply = string(arg), refOK
			case "PASS":
				if m, err := r.open(user); err == nil {
					mail, reply = m, refOK
				}
			case "QUIT":
				reply, quit = refOK, true
			}
			if len(out) > 0 && len(out)+len(reply) > 64<<10 {
				if _, err := c.Write(out); err != nil {
					return
				}
				out = out[:0]
			}
			if len(reply) > 64<<10 {
				if _, err := c.Write(reply); err != nil {
					return
				}
			} else {
				out = append(out, reply...)
			}
		}
		if len(out) > 0 {
			if _, err := c.Write(out); err != nil {
				return
			}
			out = out[:0]
		}
		if have = copy(in, rest); quit || have == len(in) {
			return
		}
	}
}

// open gives the maildrop of user, made from its files when it's asked for the first time.
func (r *reference) open(user string) (*ready, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.drops[user]; m != nil {
		return m, nil
	}
	m, total := &ready{}, 0
	for _, sub := range []string{"new", "cur"} {
		dir := filepath.Join(r.root, user, sub)
		list, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, entry := range list {
			stored, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				return nil, err
			}
			stored = bytes.ReplaceAll(stored, []byte("\r\n"), []byte("\n"))
			message := bytes.ReplaceAll(stored, []byte("\n"), []byte("\r\n"))
			total += len(message)
			reply := fmt.Appendf(nil, "+OK %d octets\r\n", len(message))
			m.retr = append(m.retr, append(reply, onWire(message)...))
		}
	}
	m.stat = fmt.Appendf(nil, "+OK %d %d\r\n", len(m.retr), total)
	r.drops[user] = m
	return m, nil
}

// selfSigned makes the certificate of the reference. Nobody checks it.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "reference"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
