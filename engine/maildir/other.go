//go:build !unix || aix || solaris

package maildir

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"pop3lab/engine"
)

var errSystem = fmt.Errorf("maildir: file names with a colon, file locks and renaming under open files need a Unix system: %w", errors.ErrUnsupported)

// A Store is the maildrops under ROOT, on the systems that can have one. This one can't.
type Store struct {
	Log         *slog.Logger
	MakeMissing bool
}

// New says that this system can't have a Maildir.
func New(string) (*Store, error) { return nil, errSystem }

func (s *Store) Close() error                              { return errSystem }
func (s *Store) Owner(string) (string, bool)               { return "", false }
func (s *Store) Open(_, _ string) (engine.Maildrop, error) { return nil, errSystem }

// Deliver says that this system can't have a Maildir.
func Deliver(_, _ string, _ io.Reader) (string, error) { return "", errSystem }
