package connectors

import (
	"errors"
	"fmt"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Unavailable says that something is away for now: it is waited for, and no
// message is given up for it.
type Unavailable struct {
	What string // "postgres.orders", "the database"
	Err  error
}

// Error names what is away, and why.
func (u *Unavailable) Error() string { return fmt.Sprintf("%s is not available: %v", u.What, u.Err) }

// Unwrap gives the cause.
func (u *Unavailable) Unwrap() error { return u.Err }

// IsUnavailable says whether waiting may help.
func IsUnavailable(err error) bool {
	var u *Unavailable
	return errors.As(err, &u)
}

// OptionError is an error about one option's value, which says where it stands.
func OptionError(f *syntax.Fields, option string, code source.Code, format string, args ...any) error {
	var diags source.Diagnostics
	at := f.Get(option)
	if at == nil {
		at = f.Node
	}
	at.Errorf(&diags, code, format, args...)
	return diags.Err()
}
