package server

import (
	"crypto/tls"
	"errors"
	"time"
)

// The faults of engine.AllFaults that the network shows.

const (
	greetingDelay = 3 * time.Second  // greeting-delayed
	shortIdle     = 10 * time.Second // idle-short
)

// failingTLS refuses every handshake, with an alert (handshake-fails).
var failingTLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return nil, errors.New("a fault that was asked for breaks the handshake")
}}

// writeApart sends each octet by itself (split-every-octet).
func (c *conn) writeApart(p []byte) bool {
	for i := range p {
		c.writeSoon()
		n, err := c.nc.Write(p[i : i+1])
		if !c.wrote(int64(n), err) {
			return false
		}
	}
	return true
}
