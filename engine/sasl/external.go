package sasl

// external verifies EXTERNAL's only message, the authorization identity or nothing: TLS has
// already proved who the client is.
//
// RFC 4422 appendix A.1: "If empty, the client is requesting to act as the identity the server has
// associated with the client's credentials."
func external(env *Env, message []byte) (Identity, error) {
	if env.External == "" {
		return Identity{}, refused("the client has shown no certificate that names a user")
	}
	c, err := env.find(env.External)
	if err != nil {
		return Identity{}, err
	}
	if !c.exists {
		return Identity{}, refused("the certificate names " + c.name + ", who is no user here")
	}
	return env.authorize(c, string(message))
}
