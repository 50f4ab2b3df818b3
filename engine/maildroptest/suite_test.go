package maildroptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pop3lab/engine"
	"pop3lab/engine/memdrop"
)

// A wrong store is memdrop with one thing wrong, and the check that has to notice it.
type wrong struct {
	check string // of Checks
	what  string
	make  func(*Subject, *memdrop.Store)
}

var wrongs = []wrong{
	{"no_maildrop", "a missing maildrop is some error", opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		m, err := s.Open(user, "")
		if errors.Is(err, engine.ErrNoMaildrop) {
			err = errors.New("no such user")
		}
		return m, err
	})},
	{"odd_names", "names are trimmed", opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		return s.Open(strings.Trim(user, " ./"), "")
	})},
	{"empty_maildrop", "an empty maildrop doesn't open", opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		if len(s.Messages(user)) == 0 {
			return nil, engine.ErrNoMaildrop
		}
		return s.Open(user, "")
	})},
	{"lock_exclusive", "no lock", noLock},
	{"lock_race", "no lock", noLock},
	{"lock_per_user", "one lock for all", opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		if _, locked := s.Owner("mrose"); locked {
			return nil, engine.ErrLocked
		}
		return s.Open(user, "")
	})},
	{"lock_after_release", "Release keeps the lock", drops(func(d *drop) {
		d.release = func() error { return nil }
	})},
	{"lock_after_update", "Update keeps the lock", drops(func(d *drop) {
		d.update = func([]int) error { return nil }
	})},
	{"lock_after_failed_update", "a failed Update keeps the lock", drops(func(d *drop) {
		d.update = func(deleted []int) error {
			if len(deleted) > 0 && deleted[len(deleted)-1] >= len(d.Maildrop.Messages()) {
				return errors.New("no such message")
			}
			return d.Maildrop.Update(deleted)
		}
	})},
	{"lock_ended_once", "a second Release takes the next session's lock", func(s *Subject, mem *memdrop.Store) {
		var current engine.Maildrop
		drops(func(d *drop) {
			current = d.Maildrop
			d.release = func() error { return current.Release() }
		})(s, mem)
	}},
	{"fixed_at_open", "messages are listed as they come", drops(func(d *drop) {
		d.messages = func() []engine.Message { return d.mem.Messages(d.user) }
	})},
	{"arrivals_next_session", "Update writes its own list back", writesBack},
	{"update_beside_delivery", "Update writes its own list back", writesBack},
	{"order_stable", "every other session counts from the end", func(s *Subject, mem *memdrop.Store) {
		n := 0
		drops(func(d *drop) {
			if n++; n%2 == 0 {
				list := slices.Clone(d.Maildrop.Messages())
				slices.Reverse(list)
				d.messages = func() []engine.Message { return list }
			}
		})(s, mem)
	}},
	{"uid_form", "a unique-id has a space", names(func(_, _ int, uid string, _ []byte) string { return uid[:4] + " " + uid[4:] })},
	{"uid_form", "a unique-id has 72 characters", names(func(_, _ int, uid string, _ []byte) string { return uid + uid + uid })},
	{"uid_form", "a unique-id is empty", names(func(int, int, string, []byte) string { return "" })},
	{"uid_unique", "a unique-id is a digest of the message", names(func(_, _ int, _ string, octets []byte) string {
		return fmt.Sprintf("%d", len(octets))
	})},
	{"uid_persists", "a unique-id is a number in the session", names(func(session, i int, _ string, _ []byte) string {
		return fmt.Sprintf("%d.%d", session, i)
	})},
	{"uid_never_reused", "a unique-id is the message-number", names(func(_, i int, _ string, _ []byte) string { return fmt.Sprint(i + 1) })},
	{"octets", "line ends aren't counted twice", sizes(func(_ engine.Message, stored int64) int64 { return stored })},
	{"octets", "a last line without an end isn't given one", drops(func(d *drop) {
		list := slices.Clone(d.Maildrop.Messages())
		for i := range list {
			if octets := d.octets(i); !bytes.HasSuffix(octets, []byte("\n")) && len(octets) > 0 {
				list[i].Octets -= 2
			}
		}
		d.messages = func() []engine.Message { return list }
	})},
	{"octets_after_restart", "a restart forgets the sizes", func(s *Subject, mem *memdrop.Store) {
		s.Restart = func() engine.Store {
			after := *s
			sizes(func(_ engine.Message, stored int64) int64 { return stored })(&after, mem)
			return after.Store
		}
	}},
	{"body_whole", "the last octet is lost", bodies(func(octets []byte) []byte { return octets[:max(0, len(octets)-1)] })},
	{"body_pieces", "a body opens once", func(s *Subject, mem *memdrop.Store) {
		drops(func(d *drop) {
			opened := map[int]bool{}
			d.body = func(i int) (engine.Body, error) {
				b, err := d.Maildrop.Body(i)
				if err == nil && opened[i] {
					return plain{bytes.NewReader(nil)}, nil
				}
				opened[i] = true
				return b, err
			}
		})(s, mem)
	}},
	{"direct_truth", "dots aren't told", drops(func(d *drop) {
		d.body = func(i int) (engine.Body, error) {
			b, err := d.Maildrop.Body(i)
			if err != nil {
				return nil, err
			}
			return noDots{b}, nil
		}
	})},
	{"direct_truth", "LF goes out as it stands", drops(func(d *drop) {
		d.body = func(i int) (engine.Body, error) {
			b, err := d.Maildrop.Body(i)
			if err != nil {
				return nil, err
			}
			return asItStands{b, d.octets(i)}, nil
		}
	})},
	{"eight_bit_header", "no header is marked", drops(func(d *drop) {
		list := slices.Clone(d.Maildrop.Messages())
		for i := range list {
			list[i].EightBitHeader = false
		}
		d.messages = func() []engine.Message { return list }
	})},
	{"large_message", "a message is cut at 4 MB", bodies(func(octets []byte) []byte { return octets[:min(len(octets), 4<<20)] })},
	{"update_exact", "one more is removed", drops(func(d *drop) {
		d.update = func(deleted []int) error {
			if len(deleted) > 0 && deleted[len(deleted)-1]+1 < len(d.Maildrop.Messages()) {
				deleted = append(slices.Clone(deleted), deleted[len(deleted)-1]+1)
			}
			return d.Maildrop.Update(deleted)
		}
	})},
	{"update_exact", "only one is removed", drops(func(d *drop) {
		d.update = func(deleted []int) error { return d.Maildrop.Update(deleted[:min(1, len(deleted))]) }
	})},
	{"update_nothing", "no DELE means all", drops(func(d *drop) {
		d.update = func(deleted []int) error {
			if len(deleted) == 0 {
				deleted = all(d.Maildrop)
			}
			return d.Maildrop.Update(deleted)
		}
	})},
	{"update_survives_restart", "a restart brings back what was removed", func(s *Subject, mem *memdrop.Store) {
		before := memdrop.New()
		deliver := s.Deliver
		s.Deliver = func(user string, message []byte) error {
			before.Deliver(user, message)
			return deliver(user, message)
		}
		s.Restart = func() engine.Store { return before }
	}},
	{"update_wrong_index", "an index too high means the last", drops(func(d *drop) {
		d.update = func(deleted []int) error {
			deleted = slices.Clone(deleted)
			for i := range deleted {
				deleted[i] = min(max(deleted[i], 0), len(d.Maildrop.Messages())-1)
			}
			d.Maildrop.Update(deleted)
			return errors.New("no such message")
		}
	})},
	{"release_removes_nothing", "Release removes the first", drops(func(d *drop) {
		d.release = func() error { return d.Maildrop.Update([]int{0}) }
	})},
	{"vanished_body", "a vanished message reads as empty", drops(func(d *drop) {
		d.body = func(i int) (engine.Body, error) {
			b, err := d.Maildrop.Body(i)
			if errors.Is(err, engine.ErrGone) {
				return plain{bytes.NewReader(nil)}, nil
			}
			return b, err
		}
	})},
	{"vanished_update", "Update fails over a vanished message", drops(func(d *drop) {
		d.update = func(deleted []int) error {
			for _, i := range deleted {
				if _, err := d.Maildrop.Body(i); err != nil {
					d.Maildrop.Release()
					return err
				}
			}
			return d.Maildrop.Update(deleted)
		}
	})},
	{"ten_thousand", "a maildrop shows 1,000 messages", drops(func(d *drop) {
		list := d.Maildrop.Messages()
		d.messages = func() []engine.Message { return list[:min(len(list), 1000)] }
	})},
}

// A suite that passes whatever it's given is worth nothing.
func TestSuiteNoticesWrongStores(t *testing.T) {
	untested := map[string]bool{}
	for _, c := range Checks {
		untested[c.Name] = true
	}
	for _, w := range wrongs {
		t.Run(w.check+"/"+strings.ReplaceAll(w.what, " ", "_"), func(t *testing.T) {
			i := slices.IndexFunc(Checks, func(c Check) bool { return c.Name == w.check })
			if i < 0 {
				t.Fatalf("there is no check %q", w.check)
			}
			mem := memdrop.New()
			s := memory(mem)
			w.make(&s, mem)
			if said := outcome(Checks[i], s); len(said) == 0 {
				t.Errorf("a store where %s: check %s got no failure, want one (%s)", w.what, w.check, Checks[i].Rule)
			} else if !strings.Contains(said[0], Checks[i].Ref) {
				t.Errorf("got failure %q, want one that names %s", said[0], Checks[i].Ref)
			}
		})
		delete(untested, w.check)
	}
	for name := range untested {
		t.Errorf("check %s: no wrong store above shows that it can fail; add one", name)
	}
}

func TestSuitePassesARightStore(t *testing.T) {
	Run(t, func(*testing.T) Subject { return memory(memdrop.New()) })
}

func memory(s *memdrop.Store) Subject {
	return Subject{
		Store:   s,
		Deliver: func(user string, message []byte) error { s.Deliver(user, message); return nil },
		Vanish:  func(user, uid string) error { s.Remove(user, uid); return nil },
	}
}

// outcome runs a check on the side and returns what it reported.
func outcome(c Check, s Subject) []string {
	r := &recorder{}
	done := make(chan struct{})
	go func() { // ends with the check; FailNow ends it early
		defer close(done)
		c.run(&bench{tb: r, check: c, Subject: s})
	}()
	<-done
	return r.said
}

type recorder struct {
	mu   sync.Mutex
	said []string
}

func (r *recorder) Helper()  {}
func (r *recorder) FailNow() { runtime.Goexit() }
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// A hook is a store whose Open is a function.
type hook func(user, owner string) (engine.Maildrop, error)

func (h hook) Open(user, owner string) (engine.Maildrop, error) { return h(user, owner) }

// opens makes a wrong store of a wrong Open.
func opens(open func(*memdrop.Store, string) (engine.Maildrop, error)) func(*Subject, *memdrop.Store) {
	return func(s *Subject, mem *memdrop.Store) {
		s.Store = hook(func(user, _ string) (engine.Maildrop, error) { return open(mem, user) })
	}
}

// A drop is an open maildrop with methods put in the place of others.
type drop struct {
	engine.Maildrop
	mem      *memdrop.Store
	user     string
	messages func() []engine.Message
	body     func(int) (engine.Body, error)
	update   func([]int) error
	release  func() error
}

func (d *drop) Messages() []engine.Message      { return d.messages() }
func (d *drop) Body(i int) (engine.Body, error) { return d.body(i) }
func (d *drop) Update(deleted []int) error      { return d.update(deleted) }
func (d *drop) Release() error                  { return d.release() }
func (d *drop) octets(i int) (octets []byte) {
	if body, err := d.Maildrop.Body(i); err == nil {
		octets, _ = io.ReadAll(body)
	}
	return octets
}

// drops makes a wrong store of a change to every open maildrop.
func drops(change func(*drop)) func(*Subject, *memdrop.Store) {
	return opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		m, err := s.Open(user, "session")
		if err != nil {
			return nil, err
		}
		d := &drop{m, s, user, m.Messages, m.Body, m.Update, m.Release}
		change(d)
		return d, nil
	})
}

// names makes a wrong store of a way to name messages.
func names(name func(session, i int, uid string, octets []byte) string) func(*Subject, *memdrop.Store) {
	return func(s *Subject, mem *memdrop.Store) {
		session := 0
		drops(func(d *drop) {
			session++
			list := slices.Clone(d.Maildrop.Messages())
			for i := range list {
				list[i].UID = name(session, i, list[i].UID, d.octets(i))
			}
			d.messages = func() []engine.Message { return list }
		})(s, mem)
	}
}

// sizes makes a wrong store of a way to count.
func sizes(size func(m engine.Message, stored int64) int64) func(*Subject, *memdrop.Store) {
	return drops(func(d *drop) {
		list := slices.Clone(d.Maildrop.Messages())
		for i := range list {
			list[i].Octets = size(list[i], int64(len(d.octets(i))))
		}
		d.messages = func() []engine.Message { return list }
	})
}

// bodies makes a wrong store of a change to every body.
func bodies(change func([]byte) []byte) func(*Subject, *memdrop.Store) {
	return drops(func(d *drop) {
		d.body = func(i int) (engine.Body, error) {
			if body, err := d.Maildrop.Body(i); err != nil {
				return body, err
			}
			return plain{bytes.NewReader(change(d.octets(i)))}, nil
		}
	})
}

var (
	noLock = opens(func(s *memdrop.Store, user string) (engine.Maildrop, error) {
		m, err := s.Open(user, "first")
		if errors.Is(err, engine.ErrLocked) {
			d := &drop{mem: s, user: user}
			d.messages = func() []engine.Message { return s.Messages(user) }
			d.release = func() error { return nil }
			return d, nil
		}
		return m, err
	})
	writesBack = drops(func(d *drop) {
		d.update = func(deleted []int) error {
			var kept []memdrop.Letter
			for i, m := range d.Maildrop.Messages() {
				if !slices.Contains(deleted, i) {
					kept = append(kept, memdrop.Letter{UID: m.UID, Octets: d.octets(i)})
				}
			}
			err := d.Maildrop.Release()
			return errors.Join(err, d.mem.Reset(d.user, kept...))
		}
	})
)

type plain struct{ *bytes.Reader }

func (plain) Close() error { return nil }

type noDots struct{ engine.Body }

func (b noDots) Direct() (io.Reader, []int64, bool) {
	r, _, ok := b.Body.(engine.Direct).Direct()
	return r, nil, ok
}

type asItStands struct {
	engine.Body
	octets []byte
}

func (b asItStands) Direct() (io.Reader, []int64, bool) { return bytes.NewReader(b.octets), nil, true }
