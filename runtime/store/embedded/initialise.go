package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// initialise makes the data folder where there is none. It is made aside and
// renamed: whoever is killed on the way leaves no half of one, and an initdb
// that outlives its parent writes where nobody looks.
func initialise(ctx context.Context, h home, binaries, password string) error {
	if _, err := os.Stat(h.path("data")); err == nil {
		return nil
	}
	var last error
	for range starts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := clearAside(h, binaries); err != nil {
			return err
		}
		if last = h.asOwner(func() error { return makeAside(h, binaries, password) }); last == nil {
			return nil
		}
	}
	return fmt.Errorf("can't set up the embedded Postgres in %s: %w", h.folder, last)
}

func makeAside(h home, binaries, password string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	aside, err := os.MkdirTemp(h.folder, asidePrefix)
	if err != nil {
		return err
	}
	// The library makes users and databases on a running server.
	postgres := h.postgres(binaries, password, aside, port)
	if err := postgres.Start(); err != nil {
		return err
	}
	if err := postgres.Stop(); err != nil {
		return err
	}
	return os.Rename(aside, h.path("data"))
}

const asidePrefix = "new-"

// clearAside removes what killed starts left, their servers first. What a
// process still writes stays, and is removed by the next start that comes here.
func clearAside(h home, binaries string) error {
	left, err := filepath.Glob(h.path(asidePrefix + "*"))
	if err != nil {
		return err
	}
	for _, folder := range left {
		if pid, port, err := readPostmaster(filepath.Join(folder, "postmaster.pid")); err == nil && port != 0 && runs(pid) {
			pgCtl := filepath.Join(binaries, "bin", "pg_ctl")
			if err := h.asOwner(func() error { return pgStop(pgCtl, folder) }); err != nil {
				return err
			}
		}
		_ = os.RemoveAll(folder)
	}
	return nil
}
