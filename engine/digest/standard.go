//go:build !wasip1

package digest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
)

func (h Hash) sum(data []byte) []byte {
	w := h.standard()()
	w.Write(data)
	return w.Sum(nil)
}

func (h Hash) hmac(key, data []byte) []byte {
	w := hmac.New(h.standard(), key)
	w.Write(data)
	return w.Sum(nil)
}

func (h Hash) pbkdf2(password, salt []byte, iterations, size int) []byte {
	key, err := pbkdf2.Key(h.standard(), string(password), salt, iterations, size)
	if err != nil {
		panic("digest: " + err.Error()) // a size of more than 2³²-1 blocks, or FIPS 140-only mode
	}
	return key
}

func (h Hash) standard() func() hash.Hash {
	switch h {
	case MD5:
		return md5.New
	case SHA1:
		return sha1.New
	case SHA256:
		return sha256.New
	}
	panic("digest: the zero Hash hashes nothing")
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
