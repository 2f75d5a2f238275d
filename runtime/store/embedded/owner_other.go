//go:build !linux

package embedded

import "errors"

func unprivileged() (*owner, error) {
	return nil, errors.New("Postgres refuses to run as root; run as a plain user, or give runtime.database a URL")
}

// asOwner runs f: only Linux can run it as another user.
func (h home) asOwner(f func() error) error { return f() }
