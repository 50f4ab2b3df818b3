package digest

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The tests call both implementations by name: what the build tag of this program chose, and
// the small one that the browser's module has.
var implementations = []struct {
	name   string
	sum    func(h Hash, data []byte) []byte
	hmac   func(h Hash, key, data []byte) []byte
	pbkdf2 func(h Hash, password, salt []byte, iterations, size int) []byte
	equal  func(a, b []byte) bool
}{
	{"chosen", Hash.Sum, Hash.HMAC, Hash.PBKDF2, Equal},
	{"small", smallSum, smallHMAC, smallPBKDF2, smallEqual},
}

var references = map[Hash]func() hash.Hash{MD5: md5.New, SHA1: sha1.New, SHA256: sha256.New}

func TestSumVectors(t *testing.T) {
	for _, v := range []struct {
		hash Hash
		data string
		want string
	}{
		// RFC 1321 appendix A.5.
		{MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
		{MD5, "a", "0cc175b9c0f1b6a831c399e269772661"},
		{MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
		{MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
		{MD5, "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
		{MD5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
		{MD5, strings.Repeat("1234567890", 8), "57edf4a22be3c955ac49da2e2107b67a"},
		// RFC 3174 section 7.3.
		{SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
		{SHA1, strings.Repeat("a", 1000000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
		{SHA1, strings.Repeat("0123456701234567012345670123456701234567012345670123456701234567", 10), "dea356a2cddd90c7a7ecedc5ebb563934f460452"},
		// RFC 6234 section 8.5.
		{SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{SHA256, strings.Repeat("a", 1000000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	} {
		for _, impl := range implementations {
			if got := Hex(impl.sum(v.hash, []byte(v.data))); got != v.want {
				t.Errorf("%s %v of %d octets: got %s, want %s (the vector of its RFC)", impl.name, v.hash, len(v.data), got, v.want)
			}
		}
	}
}

// Lengths up to 300 cross every boundary of the padding: 55, 56, 63, 64 and their multiples.
func TestSumAllLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for h, reference := range references {
		for n := range 301 {
			data := random(rnd, n)
			w := reference()
			w.Write(data)
			want := w.Sum(nil)
			for _, impl := range implementations {
				if got := impl.sum(h, data); !bytes.Equal(got, want) {
					t.Fatalf("%s %v of %d octets: got %x, want %x (the standard library's)", impl.name, h, n, got, want)
				}
			}
		}
	}
}

func TestHMACVectors(t *testing.T) {
	for _, v := range []struct {
		hash      Hash
		key, data string
		want      string
	}{
		// RFC 2202 sections 2 and 3.
		{MD5, rep("0b", 16), hex.EncodeToString([]byte("Hi There")), "9294727a3638bb1c13f48ef8158bfc9d"},
		{MD5, hex.EncodeToString([]byte("Jefe")), hex.EncodeToString([]byte("what do ya want for nothing?")), "750c783e6ab0b503eaa86e310a5db738"},
		{MD5, rep("aa", 80), hex.EncodeToString([]byte("Test Using Larger Than Block-Size Key - Hash Key First")), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
		{SHA1, rep("0b", 20), hex.EncodeToString([]byte("Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00"},
		{SHA1, rep("aa", 20), rep("dd", 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
		{SHA1, rep("aa", 80), hex.EncodeToString([]byte("Test Using Larger Than Block-Size Key - Hash Key First")), "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
		// RFC 4231 section 4.
		{SHA256, rep("0b", 20), hex.EncodeToString([]byte("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{SHA256, hex.EncodeToString([]byte("Jefe")), hex.EncodeToString([]byte("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{SHA256, rep("aa", 131), hex.EncodeToString([]byte("Test Using Larger Than Block-Size Key - Hash Key First")), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	} {
		key, _ := hex.DecodeString(v.key)
		data, _ := hex.DecodeString(v.data)
		for _, impl := range implementations {
			if got := Hex(impl.hmac(v.hash, key, data)); got != v.want {
				t.Errorf("%s HMAC-%v, key of %d octets: got %s, want %s (the vector of RFC 2202 or 4231)", impl.name, v.hash, len(key), got, v.want)
			}
		}
	}
}

// A key may be shorter than, as long as, or longer than a block: RFC 2104 section 2 treats each
// differently.
func TestHMACAllKeyLengths(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for h, reference := range references {
		for n := range 200 {
			key, data := random(rnd, n), random(rnd, rnd.IntN(300))
			w := hmac.New(reference, key)
			w.Write(data)
			want := w.Sum(nil)
			for _, impl := range implementations {
				if got := impl.hmac(h, key, data); !bytes.Equal(got, want) {
					t.Fatalf("%s HMAC-%v, key of %d octets: got %x, want %x (the standard library's)", impl.name, h, n, got, want)
				}
			}
		}
	}
}

func TestPBKDF2Vectors(t *testing.T) {
	for _, v := range []struct {
		hash             Hash
		password, salt   string
		iterations, size int
		want             string
	}{
		// RFC 6070 section 2.
		{SHA1, "password", "salt", 1, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
		{SHA1, "password", "salt", 2, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"},
		{SHA1, "password", "salt", 4096, 20, "4b007901b765489abead49d926f721d065a429c1"},
		{SHA1, "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"},
		{SHA1, "pass\x00word", "sa\x00lt", 4096, 16, "56fa6aa75548099dcc37d7f03425e0c3"},
		// RFC 7914 section 11.
		{SHA256, "passwd", "salt", 1, 64, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
	} {
		for _, impl := range implementations {
			if got := Hex(impl.pbkdf2(v.hash, []byte(v.password), []byte(v.salt), v.iterations, v.size)); got != v.want {
				t.Errorf("%s PBKDF2-%v of %q, %d rounds: got %s, want %s (the vector of its RFC)", impl.name, v.hash, v.password, v.iterations, got, v.want)
			}
		}
	}
}

func TestPBKDF2Random(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for h, reference := range references {
		for range 50 {
			password, salt := random(rnd, rnd.IntN(150)), random(rnd, rnd.IntN(100))
			iterations, size := 1+rnd.IntN(20), 1+rnd.IntN(100)
			want, err := pbkdf2.Key(reference, string(password), salt, iterations, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, impl := range implementations {
				if got := impl.pbkdf2(h, password, salt, iterations, size); !bytes.Equal(got, want) {
					t.Fatalf("%s PBKDF2-%v of %d octets, %d rounds, size %d: got %x, want %x (the standard library's)",
						impl.name, h, len(password), iterations, size, got, want)
				}
			}
		}
	}
}

// The arguments belong to the caller: none may change, and salt may have room behind it.
func TestArgumentsStay(t *testing.T) {
	for h := range references {
		for _, impl := range implementations {
			room := []byte("saltXXXXXXXX")
			password := []byte("password")
			impl.pbkdf2(h, password, room[:4], 2, 40)
			impl.hmac(h, password, room[:4])
			impl.sum(h, room[:4])
			if string(room) != "saltXXXXXXXX" || string(password) != "password" {
				t.Errorf("%s %v changed its arguments: %q, %q", impl.name, h, room, password)
			}
		}
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "", false}, {"a", "ab", false},
		{"abcd", "abcD", false}, {"Abcd", "abcd", false}, {"\x00", "\x80", false},
	} {
		for _, impl := range implementations {
			if got := impl.equal([]byte(c.a), []byte(c.b)); got != c.want {
				t.Errorf("%s: Equal(%q, %q): got %v, want %v", impl.name, c.a, c.b, got, c.want)
			}
		}
	}
}

// The tables of MD5 and SHA-256 have a rule, so they are checked by it and not only by use.
func TestTables(t *testing.T) {
	for i, got := range md5Table {
		if want := uint32(math.Floor(math.Abs(math.Sin(float64(i+1))) * (1 << 32))); got != want {
			t.Errorf("md5Table[%d]: got %#x, want %#x (RFC 1321 section 3.4)", i, got, want)
		}
	}
	n := 2
	for i, got := range sha256Table {
		for !isPrime(n) {
			n++
		}
		_, fraction := math.Modf(math.Cbrt(float64(n)))
		if want := uint32(fraction * (1 << 32)); got != want {
			t.Errorf("sha256Table[%d]: got %#x, want %#x (RFC 6234 section 5.1)", i, got, want)
		}
		n++
	}
}

func TestHex(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if got, want := Hex(all), hex.EncodeToString(all); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSizes(t *testing.T) {
	for h, reference := range references {
		if got, want := h.Size(), reference().Size(); got != want {
			t.Errorf("%v: size %d, want %d", h, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for h, want := range map[Hash]string{MD5: "MD5", SHA1: "SHA-1", SHA256: "SHA-256", 0: "no hash"} {
		if got := h.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What can't be meant panics instead of returning something that looks like a key.
func TestPanics(t *testing.T) {
	for name, call := range map[string]func(){
		"Sum of the zero Hash":   func() { Hash(0).Sum(nil) },
		"Size of the zero Hash":  func() { Hash(0).Size() },
		"PBKDF2 without rounds":  func() { SHA1.PBKDF2(nil, nil, 0, 20) },
		"PBKDF2 without a size":  func() { SHA1.PBKDF2(nil, nil, 1, 0) },
		"small sum of zero Hash": func() { smallSum(0, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("returned; want a panic")
				}
			}()
			call()
		})
	}
}

func random(rnd *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	return p
}

func rep(octet string, n int) string { return strings.Repeat(octet, n) }

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// BenchmarkHi is one SCRAM key: 4096 rounds (RFC 7677 section 4).
func BenchmarkHi(b *testing.B) {
	for _, impl := range implementations {
		for _, h := range []Hash{SHA1, SHA256} {
			b.Run(fmt.Sprintf("%s/%v", impl.name, h), func(b *testing.B) {
				for b.Loop() {
					impl.pbkdf2(h, []byte("pencil"), []byte("0123456789abcdef"), 4096, h.Size())
				}
			})
		}
	}
}
