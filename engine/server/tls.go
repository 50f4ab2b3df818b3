package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"pop3lab/engine"
	"pop3lab/engine/sasl/binding"
)

// tlsConfig is conf with what this server insists on.
//
// RFC 8314 section 4: "it is RECOMMENDED that Mail User Agents and Mail Access Servers support TLS
// 1.2 or greater".
func tlsConfig(conf *tls.Config) *tls.Config {
	if conf == nil {
		return nil
	}
	conf = conf.Clone()
	conf.MinVersion = max(conf.MinVersion, tls.VersionTLS12)
	conf.DynamicRecordSizingDisabled = true // mail isn't read before it's there
	return conf
}

// handshake begins TLS on the connection.
func (c *conn) handshake() bool {
	s := c.srv
	until := s.now() + instant(orElse(s.HandshakeTime, 30*time.Second))
	c.readBy(until)
	c.raw.SetWriteDeadline(s.at(until))
	conf := s.tls
	if c.sess != nil && s.Protocol.Faults.Has(engine.FaultHandshakeFails) {
		conf = failingTLS
	}
	t := tls.Server(c.raw, conf)
	err := t.Handshake()
	c.armed, c.warmed = 0, 0
	if err != nil {
		c.why, c.err = handshakeFailure(err), err
		if s.closing.Load() {
			c.why = "shutdown"
		} else if c.sess == nil {
			c.hint(err)
		}
		return false
	}
	c.nc = t
	c.rc, c.try = nil, nil
	return true
}

// beginTLS begins TLS after STLS. RFC 2595 section 4: negotiation begins "immediately after the
// CRLF at the end of the +OK response"; if it fails the connection is over.
func (c *conn) beginTLS() bool {
	if !c.flush() {
		return false
	}
	if c.srv.tls == nil || !c.handshake() {
		c.eof = true // what the client sends now is of no use to anybody
		c.sess.Hangup()
		return true
	}
	t := c.nc.(*tls.Conn)
	c.sess.Bind(binding.OfTLS(t.ConnectionState()))
	c.sess.Secured(c.srv.external(t))
	return true
}

// hint tells a client without TLS on a port that begins with TLS what is wrong: in the clear,
// because it would understand nothing else, and only to what looks like a line of text. No session
// has begun, so these are not the engine's words.
func (c *conn) hint(err error) {
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || header.Conn == nil {
		return
	}
	for _, b := range header.RecordHeader {
		if (b < ' ' || b > '~') && b != '\r' && b != '\n' {
			return
		}
	}
	n, err := c.raw.Write([]byte("-ERR this port begins with TLS\r\n"))
	c.tally.out += int64(n)
	c.lingers = err == nil
}

// handshakeFailure says in the operator's words why a handshake failed.
func handshakeFailure(err error) string {
	var header tls.RecordHeaderError
	var alert *net.OpError
	switch {
	case errors.As(err, &alert) && alert.Op == "remote error":
		return "TLS handshake failed (perhaps the client doesn't trust the certificate)"
	case errors.As(err, &header):
		return "client speaks in the clear where TLS was due"
	case timedOut(err):
		return "no TLS handshake in time; perhaps a client without TLS"
	}
	return "TLS handshake failed"
}

// external is the mailbox that the client's certificate stands for. A certificate that nobody
// verified stands for none.
func (s *Server) external(t *tls.Conn) string {
	state := t.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return ""
	}
	if s.External != nil {
		return s.External(state.PeerCertificates[0])
	}
	return mailboxOf(state.PeerCertificates[0])
}

func mailboxOf(cert *x509.Certificate) string {
	if len(cert.EmailAddresses) > 0 {
		return cert.EmailAddresses[0]
	}
	return cert.Subject.CommonName
}
