// Package digest has the hash functions that POP3's authentication needs: sums, keyed sums
// (HMAC) and stretched keys (PBKDF2) over MD5, SHA-1 and SHA-256.
//
// The methods of Hash are all there is. In a program for a computer they call the standard library
// (standard.go). In the browser's module, where crypto/md5 alone adds a fifth to what has to be
// loaded, they call small.go, some 150 lines that compute the same. Tests compare the two.
//
// MD5 and SHA-1 are here because APOP, CRAM-MD5 and SCRAM-SHA-1 name them. Don't choose them
// for anything new.
package digest

// A Hash names a hash function. The zero Hash is none of them; using it panics.
type Hash uint8

const (
	MD5    Hash = iota + 1 // RFC 1321, for APOP and CRAM-MD5
	SHA1                   // RFC 3174, for SCRAM-SHA-1
	SHA256                 // RFC 6234, for SCRAM-SHA-256
)

// String is the name of the hash as RFCs write it.
func (h Hash) String() string {
	switch h {
	case MD5:
		return "MD5"
	case SHA1:
		return "SHA-1"
	case SHA256:
		return "SHA-256"
	}
	return "no hash"
}

// Size is how many octets a sum has.
func (h Hash) Size() int {
	switch h {
	case MD5:
		return 16
	case SHA1:
		return 20
	case SHA256:
		return 32
	}
	panic("digest: the zero Hash has no size")
}

// Sum is the hash of data.
func (h Hash) Sum(data []byte) []byte { return h.sum(data) }

// HMAC is the keyed hash of data.
//
// RFC 2104 section 2: H(K XOR opad, H(K XOR ipad, text)).
func (h Hash) HMAC(key, data []byte) []byte { return h.hmac(key, data) }

// PBKDF2 stretches a password into a key of size octets, by iterations rounds of HMAC for each
// Size octets (RFC 8018 section 5.2). SCRAM's Hi() is PBKDF2 with size h.Size() (RFC 5802
// section 2.2). It panics when iterations or size is below 1.
func (h Hash) PBKDF2(password, salt []byte, iterations, size int) []byte {
	if iterations < 1 || size < 1 {
		panic("digest: PBKDF2 needs at least one iteration and one octet")
	}
	return h.pbkdf2(password, salt, iterations, size)
}

// Equal says whether a and b hold the same octets. For two slices of one length the time it
// takes doesn't depend on what is in them, so that nobody can measure how much of a guess was right.
// Slices of different lengths are told apart at once: compare sums where the length is secret too.
func Equal(a, b []byte) bool { return equal(a, b) }

// Hex writes p in lower-case hexadecimal, as APOP and CRAM-MD5 send their digests (RFC 1939
// section 7: "a 16-octet value which is sent in hexadecimal format, using lower-case ASCII
// characters").
func Hex(p []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(p))
	for _, c := range p {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
