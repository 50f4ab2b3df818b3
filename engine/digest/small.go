package digest

import (
	"encoding/binary"
	"math/bits"
)

// MD5, SHA-1 and SHA-256 are one construction: a state of a few 32-bit words; a function that
// stirs a block of 64 octets into it; a message cut into blocks, the last of them filled with a
// 1 bit, zeros and the message's length in bits. A function is an entry of functions; it differs
// in its first state, in its stirring, and in whether the lowest octet of a word comes first.

const blockSize = 64

// A state is the words of the hash so far. MD5 uses four, SHA-1 five, SHA-256 all eight.
type state [8]uint32

type function struct {
	start state
	stir  func(s *state, block *[blockSize]byte)
	order binary.ByteOrder
}

var functions = [...]function{
	MD5: {
		start: state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476},
		stir:  stirMD5,
		order: binary.LittleEndian,
	},
	SHA1: {
		start: state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
		stir:  stirSHA1,
		order: binary.BigEndian,
	},
	SHA256: {
		start: state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
		stir:  stirSHA256,
		order: binary.BigEndian,
	},
}

// finish stirs the rest of a message into s and returns the sum. before is how many octets s
// has taken already, a multiple of the block size.
func (f *function) finish(s state, before int, data []byte, size int) []byte {
	length := uint64(before+len(data)) * 8
	var block [blockSize]byte
	for len(data) >= blockSize {
		copy(block[:], data)
		f.stir(&s, &block)
		data = data[blockSize:]
	}
	n := copy(block[:], data)
	block[n] = 0x80
	clear(block[n+1:])
	if n+1 > blockSize-8 { // no room for the length: it goes into a block of its own
		f.stir(&s, &block)
		clear(block[:])
	}
	f.order.PutUint64(block[blockSize-8:], length)
	f.stir(&s, &block)

	var out [len(s) * 4]byte
	for i, word := range s {
		f.order.PutUint32(out[4*i:], word)
	}
	return out[:size:size]
}

func smallSum(h Hash, data []byte) []byte {
	f := &functions[h]
	return f.finish(f.start, 0, data, h.Size())
}

// A keyed is an HMAC whose key has been stirred in: one key, many messages.
type keyed struct {
	h            Hash
	inner, outer state
}

func newKeyed(h Hash, key []byte) keyed {
	f := &functions[h]
	if len(key) > blockSize {
		key = smallSum(h, key)
	}
	k := keyed{h, f.start, f.start}
	var ipad, opad [blockSize]byte
	copy(ipad[:], key)
	copy(opad[:], key)
	for i := range ipad {
		ipad[i] ^= 0x36
		opad[i] ^= 0x5c
	}
	f.stir(&k.inner, &ipad)
	f.stir(&k.outer, &opad)
	return k
}

func (k *keyed) sum(data []byte) []byte {
	f, size := &functions[k.h], k.h.Size()
	return f.finish(k.outer, blockSize, f.finish(k.inner, blockSize, data, size), size)
}

func smallHMAC(h Hash, key, data []byte) []byte {
	k := newKeyed(h, key)
	return k.sum(data)
}

func smallPBKDF2(h Hash, password, salt []byte, iterations, size int) []byte {
	k := newKeyed(h, password)
	var key []byte
	for block := uint32(1); len(key) < size; block++ {
		u := k.sum(binary.BigEndian.AppendUint32(append([]byte(nil), salt...), block))
		t := append([]byte(nil), u...)
		for range iterations - 1 {
			u = k.sum(u)
			for i := range t {
				t[i] ^= u[i]
			}
		}
		key = append(key, t...)
	}
	return key[:size]
}

func smallEqual(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	var differ byte
	for i := range a {
		differ |= a[i] ^ b[i]
	}
	return differ == 0
}

// stirMD5 is RFC 1321 section 3.4: four rounds of sixteen steps.
func stirMD5(s *state, block *[blockSize]byte) {
	a, b, c, d := s[0], s[1], s[2], s[3]
	for i, t := range md5Table {
		var f uint32
		var word int
		switch i / 16 {
		case 0:
			f, word = b&c|^b&d, i
		case 1:
			f, word = b&d|c&^d, 5*i+1
		case 2:
			f, word = b^c^d, 3*i+5
		case 3:
			f, word = c^(b|^d), 7*i
		}
		x := binary.LittleEndian.Uint32(block[word%16*4:])
		a, b, c, d = d, b+bits.RotateLeft32(a+f+x+t, md5Shift[i/16][i%4]), b, c
	}
	s[0] += a
	s[1] += b
	s[2] += c
	s[3] += d
}

var md5Shift = [4][4]int{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}

// md5Table is the RFC's T[i]: the integer part of 4294967296 times abs(sin(i)), i in radians.
var md5Table = [64]uint32{
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
}

// stirSHA1 is RFC 3174 section 6.1: four rounds of twenty steps.
func stirSHA1(s *state, block *[blockSize]byte) {
	var w [80]uint32
	for i := range w {
		if i < 16 {
			w[i] = binary.BigEndian.Uint32(block[4*i:])
		} else {
			w[i] = bits.RotateLeft32(w[i-3]^w[i-8]^w[i-14]^w[i-16], 1)
		}
	}
	a, b, c, d, e := s[0], s[1], s[2], s[3], s[4]
	for i, x := range w {
		var f, k uint32
		switch i / 20 {
		case 0:
			f, k = b&c|^b&d, 0x5a827999
		case 1:
			f, k = b^c^d, 0x6ed9eba1
		case 2:
			f, k = b&c|b&d|c&d, 0x8f1bbcdc
		case 3:
			f, k = b^c^d, 0xca62c1d6
		}
		a, b, c, d, e = bits.RotateLeft32(a, 5)+f+e+k+x, a, bits.RotateLeft32(b, 30), c, d
	}
	s[0] += a
	s[1] += b
	s[2] += c
	s[3] += d
	s[4] += e
}

// stirSHA256 is RFC 6234 section 6.2: 64 steps.
func stirSHA256(s *state, block *[blockSize]byte) {
	var w [64]uint32
	for i := range w {
		if i < 16 {
			w[i] = binary.BigEndian.Uint32(block[4*i:])
			continue
		}
		p, q := w[i-15], w[i-2]
		w[i] = w[i-16] + w[i-7] +
			(bits.RotateLeft32(p, -7) ^ bits.RotateLeft32(p, -18) ^ p>>3) +
			(bits.RotateLeft32(q, -17) ^ bits.RotateLeft32(q, -19) ^ q>>10)
	}
	a, b, c, d, e, f, g, h := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	for i, x := range w {
		t := h + x + sha256Table[i] + (e&f ^ ^e&g) +
			(bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25))
		u := (a&b ^ a&c ^ b&c) +
			(bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22))
		a, b, c, d, e, f, g, h = t+u, a, b, c, d+t, e, f, g
	}
	for i, x := range [...]uint32{a, b, c, d, e, f, g, h} {
		s[i] += x
	}
}

// sha256Table is the first 32 bits of the fractions of the cube roots of the first 64 primes.
var sha256Table = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
