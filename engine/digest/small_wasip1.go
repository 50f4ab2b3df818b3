package digest

func (h Hash) sum(data []byte) []byte       { return smallSum(h, data) }
func (h Hash) hmac(key, data []byte) []byte { return smallHMAC(h, key, data) }
func (h Hash) pbkdf2(password, salt []byte, iterations, size int) []byte {
	return smallPBKDF2(h, password, salt, iterations, size)
}
func equal(a, b []byte) bool { return smallEqual(a, b) }
