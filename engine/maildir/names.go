package maildir

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckUser refuses names that can't be a folder's in ROOT, and so can't be a user's with Open and
// Deliver. They come from the network, so what isn't surely harmless is refused: separators, a leading dot (".." and hidden files), NUL and all
// else that can't be printed, octets that are no UTF-8, more than the 255 octets a name may have.
func CheckUser(name string) error {
	switch {
	case name == "":
		return errors.New("a user's name can't be empty")
	case len(name) > 255:
		return fmt.Errorf("a user's name has at most 255 octets, this one %d", len(name))
	case name[0] == '.':
		return fmt.Errorf("user %q: a name can't begin with a dot", name)
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("user %q: a name can't hold a separator", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("user %q: a name has to be UTF-8", name)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("user %q: a name can't hold %U", name, r)
		}
	}
	return nil
}

// baseLen is how much of a message's file name never changes. What follows the colon are flags,
// which mail programs change by renaming the file.
func baseLen(name string) int {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return i
	}
	return len(name)
}

// deliveryTime is the number of seconds with which a base name begins, up to the first dot. A name
// that some other program made up has none, and counts as delivered last.
func deliveryTime(base string) uint64 {
	var t uint64
	for i := 0; i < len(base) && i <= 18; i++ {
		c := base[i]
		if c == '.' && i > 0 {
			return t
		}
		if c < '0' || c > '9' {
			break
		}
		t = t*10 + uint64(c-'0')
	}
	return math.MaxUint64
}

// order is the order of messages in a maildrop: by time of delivery, then by name. The number of
// the inode only tells apart what nothing else does.
func order(aTime uint64, aBase string, aIno uint64, bTime uint64, bBase string, bIno uint64) int {
	if c := cmp.Compare(aTime, bTime); c != 0 {
		return c
	}
	if c := strings.Compare(aBase, bBase); c != 0 {
		return c
	}
	return cmp.Compare(aIno, bIno)
}

// uniqueID is the unique-id for the name of a file that never changes: the name itself where it
// has the form of one, or else a digest of it.
//
// RFC 1939 section 7, UIDL: "consisting of one to 70 characters in the range 0x21 to 0x7E".
func uniqueID(name string) string {
	if len(name) < 1 || len(name) > 70 {
		return digest(name)
	}
	for _, c := range []byte(name) {
		if c < 0x21 || c > 0x7E {
			return digest(name)
		}
	}
	return name
}

func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "sha256-" + hex.EncodeToString(sum[:16])
}

// hash64 is FNV-1a, which gives the same number in every process.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(s) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
