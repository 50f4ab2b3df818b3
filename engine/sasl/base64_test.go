package sasl_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"pop3lab/engine/sasl"
)

func TestDecodeBase64(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"the empty response", "", ""},
		{"RFC 5034 section 6", "dGVzdAB0ZXN0AHRlc3Q=", "test\x00test\x00test"},
		{"A-21 QUIT is valid", "QUIT", "\x41\x42\x13"},
		{"plus and slash", "+/+/", "\xfb\xff\xbf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := sasl.DecodeBase64(c.line)
			if err != nil || got == nil || string(got) != c.want {
				t.Errorf("%q: got %q, %v; want %q", c.line, got, err, c.want)
			}
		})
	}
	for _, c := range []struct{ name, line string }{
		{"SAS-15 not Base64 at all", "!!!"},
		{"SAS-15 one character too many", "QUITQ"},
		{"SAS-15 padding missing", "dGVzdA"},
		{"SAS-15 half the padding", "dGVzdA="},
		{"SAS-15 too much padding", "dGVzdA==="},
		{"SAS-15 bits in the padding", "dGVzdB=="},
		{"SAS-16 space", "QU IT"},
		{"SAS-16 space behind", "QUIT "},
		{"SAS-16 carriage return", "QUIT\r"},
		{"SAS-16 line feed inside", "QU\nIT"},
		{"SAS-16 alphabet of file names", "-_-_"},
		{"SAS-16 NUL", "QUI\x00"},
		{"SAS-16 8-bit", "QUI\xe9"},
		{"SAS-16 cancel", "*"},
		{"SAS-17 RFC 5034's =AAA", "=AAA"},
		{"SAS-17 RFC 5034's AAA=BBB", "AAA=BBB"},
		{"SAS-17 two texts", "QQ==QQ=="},
		{"SAS-17 = alone", "="},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := sasl.DecodeBase64(c.line); !errors.Is(err, sasl.ErrMalformed) || got != nil {
				t.Errorf("%q: got %q, %v; want %v (RFC 5034 section 4)", c.line, got, err, sasl.ErrMalformed)
			}
		})
	}
}

// req: SAS-11
func TestDecodeInitial(t *testing.T) {
	for argument, want := range map[string]string{"=": "", "QUIT": "\x41\x42\x13"} {
		got, err := sasl.DecodeInitial(argument)
		if err != nil || got == nil || string(got) != want {
			t.Errorf("%q: got %q, %v; want %q (RFC 5034 section 4)", argument, got, err, want)
		}
	}
	for _, argument := range []string{"", "==", "= ", "QUIT="} {
		if got, err := sasl.DecodeInitial(argument); !errors.Is(err, sasl.ErrMalformed) {
			t.Errorf("%q: got %q, %v; want %v (RFC 5034 section 4)", argument, got, err, sasl.ErrMalformed)
		}
	}
}

// What decodes, encodes to the same line: there is one way to write a response.
func FuzzDecodeBase64(f *testing.F) {
	for _, line := range []string{"", "=", "QUIT", "dGVzdAB0ZXN0AHRlc3Q=", "dGVzdA==", "dGVzdB==", "QU\r\nIT", "AAA=BBB"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := sasl.DecodeBase64(line)
		if err != nil {
			return
		}
		if again := sasl.EncodeBase64(got); again != line {
			t.Errorf("%q decodes to %q, which is written %q", line, got, again)
		}
		if want, err := base64.StdEncoding.DecodeString(line); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: got %q, package base64 %q, %v", line, got, want, err)
		}
	})
}
