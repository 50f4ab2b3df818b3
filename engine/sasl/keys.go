package sasl

import (
	"sync"

	"pop3lab/engine/digest"
)

// Keys are what a SCRAM server computes with: neither gives the password away, nor lets anybody
// log in who steals it (RFC 5802 section 3).
type Keys struct{ Stored, Server []byte }

// A KeyID is everything that Keys follow from. Equal ids have equal keys, whoever they belong to.
type KeyID struct {
	Hash       digest.Hash
	Secret     string // prepared
	Salt       string
	Iterations int
}

// Compute takes as long as Iterations says, for 4096 about a millisecond, which is what makes
// guessing passwords slow.
//
// RFC 5802 section 3: "SaltedPassword := Hi(Normalize(password), salt, i)".
func (id KeyID) Compute() Keys {
	salted := id.Hash.PBKDF2([]byte(id.Secret), []byte(id.Salt), id.Iterations, id.Hash.Size())
	return Keys{
		Stored: id.Hash.Sum(id.Hash.HMAC(salted, []byte("Client Key"))),
		Server: id.Hash.HMAC(salted, []byte("Server Key")),
	}
}

// keyCacheSize is how many keys a KeyCache keeps at least of those used last; it holds at most
// twice as many, some 600 octets each.
const keyCacheSize = 1024

// A KeyCache keeps SCRAM's keys, so that only a user's first login takes 4096 rounds. It holds
// passwords, as their keys' ids, so keep it where the passwords may be. The keys of unknown users'
// made-up secrets are kept like all others: an answer's time doesn't tell who exists. The zero
// KeyCache is ready, for any number of goroutines.
type KeyCache struct {
	mu          sync.Mutex
	young, aged map[KeyID]Keys // when young is full it becomes aged, and the aged ones go
}

// Keys returns compute's result for id, kept from an earlier call if there was one. It fits
// Env.Keys.
func (c *KeyCache) Keys(id KeyID, compute func() Keys) Keys {
	c.mu.Lock()
	keys, found := c.young[id]
	if !found {
		keys, found = c.aged[id]
	}
	c.mu.Unlock()
	if !found {
		keys = compute() // outside the lock: other users don't wait for these rounds
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, kept := c.young[id]; kept {
		return keys
	}
	if len(c.young) >= keyCacheSize || c.young == nil {
		c.young, c.aged = make(map[KeyID]Keys), c.young
	}
	c.young[id] = keys
	return keys
}
