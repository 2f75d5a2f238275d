package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel drops a flock when its process ends, however it ends: no stale
// lock has to be found out.

func lockExclusive(ctx context.Context, name string) (*os.File, error) {
	return lock(ctx, name, unix.LOCK_EX)
}

func lockShared(ctx context.Context, name string) (*os.File, error) {
	return lock(ctx, name, unix.LOCK_SH)
}

func lock(ctx context.Context, name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || ctx.Err() != nil {
			return nil, errors.Join(fmt.Errorf("can't lock %s: %w", name, err), ctx.Err(), f.Close())
		}
		wait(ctx, 20*time.Millisecond)
	}
}

// upgradeLock turns a shared lock into an exclusive one, if no other process
// shares it.
func upgradeLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
