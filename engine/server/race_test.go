//go:build race

package server

// raceDetector says that the tests run with it, which makes them some ten times slower.
const raceDetector = true
