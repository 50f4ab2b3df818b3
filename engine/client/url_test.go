package client_test

import (
	"strings"
	"testing"

	"pop3lab/engine/client"
)

// Every pop: URL of the grammar is read, and written again in its canonical form.
//
// req: URL-01, URL-02, URL-03, URL-06, URL-10
func TestURLs(t *testing.T) {
	for _, tt := range []struct {
		url  string
		want client.URL
		addr string
		back string // empty: the same
	}{
		{"pop://rg@mailsrv.qualcomm.com", client.URL{User: "rg", Host: "mailsrv.qualcomm.com"}, "mailsrv.qualcomm.com:110", ""},
		{"pop://rg;AUTH=+APOP@mail.eudora.com:8110", client.URL{User: "rg", Auth: "+APOP", Host: "mail.eudora.com", Port: 8110}, "mail.eudora.com:8110", ""},
		{"pop://baz;AUTH=SCRAM-MD5@foo.bar", client.URL{User: "baz", Auth: "SCRAM-MD5", Host: "foo.bar"}, "foo.bar:110", ""},
		{"pop://host", client.URL{Host: "host"}, "host:110", ""},
		{"pops://host", client.URL{TLS: true, Host: "host"}, "host:995", ""},
		{"pops://host:1995", client.URL{TLS: true, Host: "host", Port: 1995}, "host:1995", ""},
		{"POP://Host/", client.URL{Host: "Host"}, "Host:110", "pop://Host"},
		{"pop://a;auth=*@h", client.URL{User: "a", Auth: "*", Host: "h"}, "h:110", "pop://a;AUTH=*@h"},
		{"pop://;AUTH=+APOP@h", client.URL{Auth: "+APOP", Host: "h"}, "h:110", ""},
		{"pop://a%20b%3Bc%40d@h", client.URL{User: "a b;c@d", Host: "h"}, "h:110", ""},
		{"pop://J%C3%BCrgen@h", client.URL{User: "Jürgen", Host: "h"}, "h:110", ""},
		{"pop://a&b=c~d@h", client.URL{User: "a&b=c~d", Host: "h"}, "h:110", ""},
		{"pop://a%3ab@h", client.URL{User: "a:b", Host: "h"}, "h:110", "pop://a%3Ab@h"},
		{"pop://a;AUTH=x%2Fy@h", client.URL{User: "a", Auth: "x/y", Host: "h"}, "h:110", ""},
		{"pop://a;AUTH=+x%2Fy@h", client.URL{User: "a", Auth: "+x/y", Host: "h"}, "h:110", ""},
		{"pop://[2001:db8::1]:110", client.URL{Host: "2001:db8::1", Port: 110}, "[2001:db8::1]:110", ""},
		{"pop://192.0.2.1", client.URL{Host: "192.0.2.1"}, "192.0.2.1:110", ""},
	} {
		got, err := client.ParseURL(tt.url)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v (RFC 2384 section 8)", tt.url, got, err, tt.want)
			continue
		}
		if got.Addr() != tt.addr {
			t.Errorf("%s: connects to %s, want %s", tt.url, got.Addr(), tt.addr)
		}
		if back := got.String(); back != tt.back && back != tt.url {
			t.Errorf("%s: is written %s", tt.url, back)
		}
	}
}

// What isn't a pop: URL is refused, with a reason.
//
// req: URL-01, URL-06, URL-08, URL-10
func TestURLsThatAreNone(t *testing.T) {
	for _, tt := range []struct{ url, why string }{
		{"", "begins with pop://"},
		{"host", "begins with pop://"},
		{"//host", "never relative"},
		{"pop:host", "begins with pop://"},
		{"pop:/host", "begins with pop://"},
		{"/1", "never relative"},
		{"imap://host", "begins with pop://"},
		{"pop3://host", "write pop://"},
		{"pop3s://host", "write pop://"},
		{"pop://", "no host"},
		{"pop://a@", "no host"},
		{"pop://@host", "no user"},
		{"pop://a:secret@host", "no place for a password"},
		{"pop://a:@host", "no place for a password"},
		{"pop://a;AUTH=PLAIN:secret@host", "percent-encoded"},
		{"pop://a b@host", "percent-encoded"},
		{"pop://a@b@host", "character that no host name has"},
		{"pop://J\u00fcrgen@host", "percent-encoded"},
		{"pop://a%@host", "two hexadecimal digits"},
		{"pop://a%4@host", "two hexadecimal digits"},
		{"pop://a%zz@host", "two hexadecimal digits"},
		{"pop://a%+1@host", "two hexadecimal digits"},
		{"pop://a%0D%0ADELE%201@host", "control octet"},
		{"pop://a%00@host", "control octet"},
		{"pop://a%FF@host", "isn't UTF-8"},
		{"pop://a;AUTH=@host", "names no method"},
		{"pop://a;AUTH=+@host", "names no method"},
		{"pop://a;x=y@host", "only ;AUTH="},
		{"pop://a;@host", "only ;AUTH="},
		{"pop://host:", "port"},
		{"pop://host:0", "port"},
		{"pop://host:65536", "port"},
		{"pop://host:x", "port"},
		{"pop://host:+1", "port"},
		{"pop://host/1", "nothing follows"},
		{"pop://host?x", "nothing follows"},
		{"pop://host#x", "nothing follows"},
		{"pop://host//", "nothing follows"},
		{"pop://[::1", "bracket"},
		{"pop://[host]", "no IPv6 address"},
		{"pop://[127.0.0.1]", "no IPv6 address"},
		{"pop://[::1%25eth0]", "no IPv6 address"},
		{"pop://[::1]x", "bracket"},
		{"pop://h\u00f6st", "character that no host name has"},
		{"pop://ho st", "character that no host name has"},
	} {
		if u, err := client.ParseURL(tt.url); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: got %+v, %v, want an error with %q in it (RFC 2384 section 8)", tt.url, u, err, tt.why)
		}
	}
}

// FuzzURL: what is read can be written and read again; it can't hold what would end a command.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"pop://rg;AUTH=+APOP@mail.eudora.com:8110", "pops://a%20b@[::1]:1", "pop://;AUTH=*@h", "pop://a%3A@h/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := client.ParseURL(s)
		if err != nil {
			return
		}
		again, err := client.ParseURL(u.String())
		if err != nil || again != u {
			t.Errorf("%q: read as %+v, written as %s, read again as %+v, %v", s, u, u, again, err)
		}
		if strings.ContainsFunc(u.User+u.Auth+u.Host, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q: %+v holds a control octet", s, u)
		}
	})
}
