package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// adopt gives the URL of a server that already runs on the data folder, or ""
// where none does. A server that is recovering is waited for.
func adopt(ctx context.Context, h home) (string, error) {
	deadline := time.Now().Add(startTimeout)
	for {
		pid, port, err := readPostmaster(h.path("data/postmaster.pid"))
		if err != nil || pid == 0 || !runs(pid) {
			return "", err // Postgres itself clears a stale file away
		}
		password, err := h.password()
		if err != nil {
			return "", err
		}
		url := connectionURL(password, port)
		if port != 0 {
			if err = serves(ctx, url, h.path("data")); err == nil {
				return url, nil
			}
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("process %d holds the embedded Postgres in %s but doesn't answer: %w; stop it and try again", pid, h.folder, err)
		}
		wait(ctx, 50*time.Millisecond)
	}
}

// readPostmaster reads the first lines of postmaster.pid: process, folder,
// start time, port. Both are 0 where there is no such file.
// https://www.postgresql.org/docs/current/storage-file-layout.html
func readPostmaster(name string) (pid int, port uint32, err error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	lines := strings.Split(string(text), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, 0, nil // being written: a new postmaster is at it
	}
	if len(lines) > 3 {
		n, _ := strconv.ParseUint(strings.TrimSpace(lines[3]), 10, 16)
		port = uint32(n)
	}
	return pid, port, nil
}

// runs says whether a process is there, ours or another user's.
func runs(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// serves says whether the server at url is the one of the data folder: after
// a reboot the process number in postmaster.pid may be anybody's.
func serves(ctx context.Context, url, data string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var folder string
	if err := conn.QueryRow(ctx, "show data_directory").Scan(&folder); err != nil {
		return err
	}
	if folder != data {
		return fmt.Errorf("it serves %s", folder)
	}
	return nil
}

// pgStop ends the server, rolling open transactions back.
func pgStop(pgCtl, data string) error {
	out, err := exec.Command(pgCtl, "stop", "-w", "-m", "fast", "-D", data).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the embedded Postgres doesn't stop: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
