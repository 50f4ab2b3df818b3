// Package memdrop keeps maildrops in memory: for the browser, for tests and for demonstrations.
//
// It keeps engine's list of imports, reads no clock and draws no random number, so the same calls
// give the same maildrops, unique-ids included, everywhere.
//
// Read memdrop.go for the store and session.go for an open maildrop; demo.go and letters.go hold
// the mailboxes of mrose and dewey, which every demonstration starts from. What a store must do
// is said in package engine and checked by package maildroptest.
package memdrop

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"sync"

	"pop3lab/engine"
)

// A Store holds maildrops by the names of their users. The zero value is empty and ready, and its
// methods may be called from many goroutines.
type Store struct {
	// Seed picks the unique-ids that Deliver makes: the same seed and the same calls give the
	// same ones. It's set before the first call, or left at zero.
	Seed uint64

	mu    sync.Mutex
	drops map[string]*drop
	made  uint64 // how many unique-ids Deliver made
}

// A drop is one user's maildrop. Its slices are parallel, and sessions share them: they only ever
// grow at the end, and a removal puts new ones in their place.
type drop struct {
	msgs   []engine.Message
	items  []*item
	uids   map[string]bool // every unique-id a message ever had
	locked bool
	owner  string
}

// An item is a message and what the meter found.
type item struct {
	octets []byte
	dots   []int64
	direct bool
	gone   bool // guarded by Store.mu
}

// New returns an empty store.
func New() *Store { return &Store{} }

// A Letter is a prepared message and the unique-id it is to have. Without one, Deliver's way of
// making them gives it one.
type Letter struct {
	UID    string
	Octets []byte
}

// Deliver puts a message at the end of user's maildrop, which it makes if there is none, and
// returns the unique-id, 24 letters and digits, which no other message of the store ever has. An
// open session doesn't see the message; the next one does. The store keeps a copy.
func (s *Store) Deliver(user string, message []byte) (uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drop(user)
	uid = s.newUID(d)
	d.add(uid, message)
	return uid
}

// DeliverAs is Deliver with a unique-id of the caller's choice, so that a document can show the
// ones it wants. It fails, and delivers nothing, when uid is not 1 to 70 characters in the range
// 0x21 to 0x7E, or when the maildrop has or had it.
//
// RFC 1939 section 7, UIDL: "The server should never reuse an unique-id in a given maildrop, for
// as long as the entity using the unique-id exists."
func (s *Store) DeliverAs(user, uid string, message []byte) error {
	if err := checkUID(uid); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drop(user)
	if d.uids[uid] {
		return errors.New("memdrop: unique-id " + strconv.Quote(uid) + " was used before; choose another (RFC 1939 section 7)")
	}
	d.add(uid, message)
	return nil
}

// Create makes an empty maildrop for user, unless there is one.
func (s *Store) Create(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(user)
}

// Reset puts letters in the place of all that user's maildrop holds, and makes the maildrop if
// there is none. The letters' own unique-ids come back with them, as after a backup was played
// back. To a session that is open, what stood there before has vanished; it keeps its lock.
//
// It fails, and changes nothing, when a letter's unique-id is malformed or occurs twice.
func (s *Store) Reset(user string, letters ...Letter) error {
	seen := map[string]bool{}
	for _, l := range letters {
		if l.UID == "" {
			continue
		}
		if err := checkUID(l.UID); err != nil {
			return err
		}
		if seen[l.UID] {
			return errors.New("memdrop: unique-id " + strconv.Quote(l.UID) + " occurs twice among the letters")
		}
		seen[l.UID] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drop(user)
	for _, it := range d.items {
		it.gone = true
	}
	d.msgs, d.items = nil, nil
	for uid := range seen {
		d.uids[uid] = true
	}
	for _, l := range letters {
		uid := l.UID
		if uid == "" {
			uid = s.newUID(d)
		}
		d.add(uid, l.Octets)
	}
	return nil
}

// Remove takes a message away behind the back of any session that has the maildrop open, as an
// operator or another mail program might. It says whether the message was there.
func (s *Store) Remove(user, uid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[user]
	if d == nil {
		return false
	}
	for i := range d.msgs {
		if d.msgs[i].UID == uid {
			d.items[i].gone = true
			d.sweep()
			return true
		}
	}
	return false
}

// Users returns the names of all who have a maildrop, in ascending order. (They are inserted one by
// one: slices.Sort would add 6 kB to the browser's module.)
func (s *Store) Users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var users []string
	for user := range s.drops {
		at, _ := slices.BinarySearch(users, user)
		users = slices.Insert(users, at, user)
	}
	return users
}

// Owner says who has user's maildrop locked, if anybody has: the owner that Open was told.
func (s *Store) Owner(user string) (owner string, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[user]
	if d == nil {
		return "", false
	}
	return d.owner, d.locked
}

// Messages returns what a session that opened user's maildrop now would see, without opening it.
// The caller doesn't change the slice.
func (s *Store) Messages(user string) []engine.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[user]
	if d == nil {
		return nil
	}
	return d.msgs
}

// drop returns user's maildrop and makes it if there is none. The caller holds s.mu.
func (s *Store) drop(user string) *drop {
	d := s.drops[user]
	if d == nil {
		if s.drops == nil {
			s.drops = map[string]*drop{}
		}
		d = &drop{uids: map[string]bool{}}
		s.drops[user] = d
	}
	return d
}

// add puts a message at the end.
func (d *drop) add(uid string, message []byte) {
	it := &item{octets: bytes.Clone(message)}
	var m engine.Meter
	m.Write(it.octets)
	it.dots, it.direct = m.Direct()
	d.msgs = append(d.msgs, engine.Message{UID: uid, Octets: m.Octets(), EightBitHeader: m.EightBitHeader()})
	d.items = append(d.items, it)
	d.uids[uid] = true
}

// sweep puts new slices without what is gone in the place of the old ones, which sessions hold.
func (d *drop) sweep() {
	var msgs []engine.Message
	var items []*item
	for i, it := range d.items {
		if !it.gone {
			msgs = append(msgs, d.msgs[i])
			items = append(items, it)
		}
	}
	d.msgs, d.items = msgs, items
}

// checkUID refuses what UIDL may not show.
func checkUID(uid string) error {
	if len(uid) < 1 || len(uid) > 70 {
		return errors.New("memdrop: a unique-id has 1 to 70 characters, this one " + strconv.Itoa(len(uid)) + " (RFC 1939 section 7)")
	}
	for _, c := range []byte(uid) {
		if c < 0x21 || c > 0x7E {
			return errors.New("memdrop: unique-id " + strconv.Quote(uid) + " has a character outside 0x21 to 0x7E (RFC 1939 section 7)")
		}
	}
	return nil
}

const uidLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newUID makes the next unique-id. Two can't be equal: the first eleven characters are the count,
// scrambled by steps that can be undone; the rest only looks the part. The caller holds s.mu.
func (s *Store) newUID(d *drop) string {
	for {
		s.made++
		x := scramble(s.made ^ scramble(s.Seed))
		y := scramble(x + s.Seed)
		var b [24]byte
		for i := range b {
			n := &x
			if i >= 11 {
				n = &y
			}
			if i == 22 {
				y = scramble(s.made)
			}
			b[i] = uidLetters[*n%62]
			*n /= 62
		}
		if uid := string(b[:]); !d.uids[uid] {
			return uid
		}
	}
}

// scramble is a permutation of the 64-bit numbers (the finalizer of SplitMix64).
func scramble(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
