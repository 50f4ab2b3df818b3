package sasl

// A step takes one response and returns the next challenge, and the step that takes the response
// to it. No further step means that the exchange has succeeded.
type step func(response []byte) (challenge []byte, next step, err error)

// An exchange is a Server that goes from step to step.
type exchange struct {
	next step
	id   Identity
}

func (x *exchange) Identity() Identity { return x.id }

func (x *exchange) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.next == nil {
		x.id = Identity{}
		return nil, false, malformed("the exchange is over")
	}
	challenge, x.next, err = x.next(response)
	if err != nil {
		x.next, x.id = nil, Identity{}
		return nil, false, err
	}
	if x.next == nil {
		return nil, true, nil
	}
	return challenge, false, nil
}

// clientFirst puts the empty challenge before first when there is no initial response.
//
// RFC 5034 section 4: "If the initial response argument is omitted and the chosen mechanism
// requires an initial client response, the server MUST proceed by issuing an empty challenge".
func clientFirst(first step) step {
	return func(response []byte) ([]byte, step, error) {
		if response == nil {
			return []byte{}, first, nil
		}
		return first(response)
	}
}

// serverFirst begins with a challenge, so it refuses an initial response.
//
// RFC 5034 section 4: "If the client uses an initial-response argument to the AUTH command with a
// SASL mechanism that does not support an initial client send, the server MUST reject the AUTH
// command with an -ERR reply."
func serverFirst(challenge []byte, answer step) step {
	return func(response []byte) ([]byte, step, error) {
		if response != nil {
			return nil, nil, malformed("the server speaks first in this mechanism, so there is no initial response")
		}
		return challenge, answer, nil
	}
}

// oneMessage makes exchanges in which the client says one thing and the server is content or not.
func oneMessage(verify func(env *Env, message []byte) (Identity, error)) func(*Env) Server {
	return func(env *Env) Server {
		x := &exchange{}
		x.next = clientFirst(func(response []byte) (_ []byte, _ step, err error) {
			x.id, err = verify(env, response)
			return nil, nil, err
		})
		return x
	}
}
