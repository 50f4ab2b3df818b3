// Package binding has the channel binding data of TLS connections, for sasl.Env.Binding. With it a
// SCRAM exchange proves that client and server are the two ends of one TLS connection, and that
// nobody sits between two.
package binding

import "crypto/tls"

// OfTLS returns the function that sasl.Env wants as Binding, for the connection whose state this
// is, after the handshake. It knows two types of channel binding: "tls-exporter" (RFC 9266), and
// before TLS 1.3 "tls-unique" (RFC 5929 section 3).
//
// Neither is there where it would prove nothing. RFC 7677 section 4: "SCRAM-SHA-256-PLUS and
// SCRAM-SHA-1-PLUS MUST be used over a TLS channel that has had the session hash extension
// [RFC7627] negotiated, or session resumption MUST NOT have been used." Package tls sees to it: it
// exports keys with that extension or TLS 1.3 only, and has no tls-unique for a session that was
// resumed without the extension. A connection with neither type gets a nil function: then the
// server offers no channel binding.
func OfTLS(state tls.ConnectionState) func(kind string) []byte {
	exported, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		exported = nil
	}
	if exported == nil && state.TLSUnique == nil {
		return nil
	}
	return func(kind string) []byte {
		switch kind {
		case "tls-exporter":
			return exported
		case "tls-unique":
			return state.TLSUnique
		}
		return nil
	}
}
