//go:build race

package bridge

// raced makes tests smaller under the race detector, which is slow and needs no large numbers.
const raced = true
