//go:build unix && !aix && !solaris

package maildir

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pop3lab/engine"
)

// fill puts count messages of size octets into user's cur, and lets their folders' times lie far
// enough back for a listing to be trusted.
func fill(b testing.TB, root, user string, count, size int) {
	b.Helper()
	cur := filepath.Join(root, user, "cur")
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(root, user, sub), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	message := []byte("From: ada@example.org\r\nSubject: bench\r\n\r\n")
	message = append(message, bytes.Repeat([]byte("A line of seventy-eight octets, which is what mail programs like to write.  \r\n"), size/78+1)...)[:size-2]
	message = append(message, "\r\n"...)
	for i := range count {
		name := fmt.Sprintf("%d.M%06dP4711Q%dRcafe.mail.example.org:2,S", 1_700_000_000+i/10, i%10, i)
		if err := os.WriteFile(filepath.Join(cur, name), message, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	age(b, root, user)
}

// age sets the times of the user's folders back.
func age(tb testing.TB, root, user string) {
	tb.Helper()
	then := time.Now().Add(-time.Hour)
	for _, sub := range []string{"new", "cur", "."} {
		if err := os.Chtimes(filepath.Join(root, user, sub), then, then); err != nil {
			tb.Fatal(err)
		}
	}
}

// Opening and closing a maildrop, which is what a session costs that only asks STAT.
func BenchmarkOpen(b *testing.B) {
	const count = 10_000
	open := func(b *testing.B, s *Store) {
		m, err := s.Open("mrose", "bench")
		if err != nil {
			b.Fatal(err)
		}
		if n := len(m.Messages()); n == 0 {
			b.Fatal("no messages")
		}
		if err := m.Release(); err != nil {
			b.Fatal(err)
		}
	}
	for _, count := range []int{1, count} {
		root := b.TempDir()
		fill(b, root, "mrose", count, 1024)
		index := filepath.Join(root, "mrose", indexName)
		b.Run(fmt.Sprintf("unchanged/%d", count), func(b *testing.B) {
			s := newStore(b, root)
			for open(b, s); !s.drops["mrose"].known.listKnown; { // until the folders' times can be trusted
				open(b, s)
			}
			b.ReportAllocs()
			for b.Loop() {
				open(b, s)
			}
		})
		b.Run(fmt.Sprintf("new_mail/%d", count), func(b *testing.B) {
			s := newStore(b, root)
			for b.Loop() {
				b.StopTimer()
				open(b, s)
				name := filepath.Join(root, "mrose", "new", "1800000000.x.y")
				os.Remove(name)
				os.WriteFile(name, []byte("Subject: new\r\n\r\n"), 0o600)
				b.StartTimer()
				open(b, s)
			}
			os.Remove(filepath.Join(root, "mrose", "new", "1800000000.x.y"))
		})
		b.Run(fmt.Sprintf("second_process/%d", count), func(b *testing.B) {
			for b.Loop() {
				s, err := New(root)
				if err != nil {
					b.Fatal(err)
				}
				open(b, s)
				s.Close()
			}
		})
		b.Run(fmt.Sprintf("first/%d", count), func(b *testing.B) {
			for b.Loop() {
				os.Remove(index)
				s, err := New(root)
				if err != nil {
					b.Fatal(err)
				}
				open(b, s)
				s.Close()
			}
		})
	}
}

// The least that a message of 1 KB can cost when it's read from its file: what BenchmarkBody/1KB is
// to be compared with.
func BenchmarkBareFile(b *testing.B) {
	root := b.TempDir()
	fill(b, root, "mrose", 1, 1024)
	path := names(b, root, "mrose")[0]
	dir, err := openFolder(filepath.Join(root, "mrose"))
	if err != nil {
		b.Fatal(err)
	}
	defer dir.close()
	buf := make([]byte, 4096)
	for b.Loop() {
		fd, err := dir.open(path, unix.O_RDONLY)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := unix.Read(fd, buf); n != 1024 || err != nil {
			b.Fatal(n, err)
		}
		unix.Close(fd)
	}
}

// A message from the file to nowhere, as RETR has it.
func BenchmarkBody(b *testing.B) {
	for name, size := range map[string]int{"1KB": 1 << 10, "60KB": 60 << 10, "10MB": 10 << 20} {
		b.Run(name, func(b *testing.B) {
			root := b.TempDir()
			fill(b, root, "mrose", 10, size)
			s := newStore(b, root)
			m, err := s.Open("mrose", "bench")
			if err != nil {
				b.Fatal(err)
			}
			defer m.Release()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				body, err := m.Body(i % 10)
				if err != nil {
					b.Fatal(err)
				}
				r, _, ok := body.(engine.Direct).Direct()
				if !ok {
					b.Fatal("a message of CRLF lines isn't direct")
				}
				if n, err := io.Copy(io.Discard, r); n != int64(size) || err != nil {
					b.Fatal(n, err)
				}
				body.Close()
			}
		})
	}
}
