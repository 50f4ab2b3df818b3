package sasl

// newLogin begins LOGIN, which asks for the name and for the password. It has no RFC, only a draft
// (draft-murchison-sasl-login-00) that says to use PLAIN instead. The draft lets the server
// begin, but clients exist that send the name as initial response, and servers take it.
//
// Nothing is said about the name before the password is there, so that nobody learns who exists.
func newLogin(env *Env) Server {
	x := &exchange{}
	var name string
	password := func(response []byte) (_ []byte, _ step, err error) {
		x.id, err = login(env, name, string(response))
		return nil, nil, err
	}
	user := func(response []byte) ([]byte, step, error) {
		name = string(response)
		return []byte("Password:"), password, nil
	}
	x.next = func(response []byte) ([]byte, step, error) {
		if response == nil {
			return []byte("Username:"), user, nil
		}
		return user(response)
	}
	return x
}

func login(env *Env, name, password string) (Identity, error) {
	c, err := env.find(name)
	if err != nil {
		return Identity{}, err
	}
	if err := env.check(c, password); err != nil {
		return Identity{}, err
	}
	return env.authorize(c, "")
}
