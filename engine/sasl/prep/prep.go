// Package prep has the Unicode normalization that SASLprep needs (RFC 4013 section 2.2), for
// programs that have room for its tables: give NFKC to sasl.Prepare, or to sasl.Env as Normalize.
package prep

import "golang.org/x/text/unicode/norm"

// NFKC returns the Unicode normalization form KC of s.
func NFKC(s string) string { return norm.NFKC.String(s) }
