package memdrop_test

import (
	"testing"

	"pop3lab/engine/maildroptest"
	"pop3lab/engine/memdrop"
)

func TestStore(t *testing.T) {
	maildroptest.Run(t, func(t *testing.T) maildroptest.Subject {
		s := memdrop.New()
		return maildroptest.Subject{
			Store:   s,
			Deliver: func(user string, message []byte) error { s.Deliver(user, message); return nil },
			Vanish: func(user, uid string) error {
				if !s.Remove(user, uid) {
					t.Errorf("Remove(%q, %q): got false, want true for a message that is there", user, uid)
				}
				return nil
			},
		}
	})
}
