package bridge

import (
	"crypto/rand"
	"encoding/base64"
	"math/big"
	"strconv"
	"strings"
)

// Names and passwords that are made on the spot: two words and digits, easy to read aloud and to type, and nobody's
// mail address.

var adjectives = strings.Fields(`amber blue brave brisk calm clear cosy early fair fine fresh gentle gold grand green
	happy honest keen kind late light lively loud lucky mild neat new nimble odd old pale plain proud quick quiet rare
	red round royal sharp shy silent silver simple sleek slow small smart soft solid sunny sweet swift tall tidy tiny
	true warm white wide wild wise young`)

var nouns = strings.Fields(`acorn anchor apple arrow badger basket beacon bell birch bridge brook cabin candle castle
	cedar clover cloud comet compass coral crane dune falcon feather fern field finch forest fox garden harbour hazel
	heron hill island kettle ladder lake lantern leaf lemon linden maple meadow mill moon oak otter pebble pine pond
	quill raven river robin sparrow stone swan tower valley violet wagon willow`)

// pick is one of the words by chance.
func pick(words []string) string { return words[chance(len(words))] }

// chance is a number below n that nobody can guess.
func chance(n int) int {
	x, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("bridge: the system's source of chance failed, which crypto/rand rules out: " + err.Error())
	}
	return int(x.Int64())
}

// someName is such as amber-otter-42.
func someName() string {
	return pick(adjectives) + "-" + pick(nouns) + "-" + strconv.Itoa(10+chance(90))
}

// somePassword is such as quiet-river-5821.
func somePassword() string {
	return pick(adjectives) + "-" + pick(nouns) + "-" + strconv.Itoa(1000+chance(9000))
}

// someToken is 256 bits, in letters that a subprotocol may have.
func someToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
