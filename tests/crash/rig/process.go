package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/weavster/weavster/runtime/failpoint"
	"github.com/weavster/weavster/tools/runfile"
)

// A Process is one `weavster run`.
type Process struct {
	command *exec.Cmd
	log     buffer
	ended   chan struct{}
	err     error // of Wait, once ended is closed
}

// patience bounds what a test waits for a process: far longer than any takes.
const patience = 90 * time.Second

// Run starts `weavster run` ; a plan of failpoints may be "".
func (p *Project) Run(t testing.TB, failpoints string, args ...string) *Process {
	t.Helper()
	return p.start(t, args, failpoint.Plan+"="+failpoints)
}

// RunCounted is Run with nothing broken, which lists in a file what is hit.
func (p *Project) RunCounted(t testing.TB, file string) *Process {
	t.Helper()
	return p.start(t, nil, failpoint.Hits+"="+file)
}

func (p *Project) start(t testing.TB, args []string, env ...string) *Process {
	t.Helper()
	args = append([]string{"run", "--flow", p.Flow.Name, "--bundle", runfile.Need(t, "CRASH_BUNDLE"), "--project", p.root}, args...)
	r := &Process{command: exec.Command(runfile.Need(t, "BREAKABLE"), args...), ended: make(chan struct{})}
	r.command.Env = append(slices.Clip(p.env), env...)
	r.command.Stdout, r.command.Stderr = &r.log, &r.log
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		r.err = r.command.Wait()
		close(r.ended)
	}()
	t.Cleanup(func() { r.Signal(syscall.SIGKILL) })
	return r
}

// Signal sends one, unless the process has ended.
func (r *Process) Signal(s syscall.Signal) { _ = r.command.Process.Signal(s) }

// Ended is closed when the process has ended.
func (r *Process) Ended() <-chan struct{} { return r.ended }

// Wait waits for the end. The code is that of an exit, or the negative number
// of the signal that ended the process.
func (r *Process) Wait(t testing.TB) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-r.ended:
	case <-ctx.Done():
		r.Signal(syscall.SIGQUIT) // Go prints what each goroutine waits for
		<-r.ended
		t.Fatalf("the process doesn't end:\n%s", r.Log())
	}
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) {
		t.Fatal(r.err)
	}
	status, ok := r.command.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		t.Fatal("no wait status")
	}
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

// MustFinish waits for an end without an error.
func (r *Process) MustFinish(t testing.TB) {
	t.Helper()
	if code := r.Wait(t); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, r.Log())
	}
}

// Log is what the process has said.
func (r *Process) Log() string { return r.log.String() }

// PeakMemory watches the process until it ends, and gives the most memory that
// it had in core, in bytes. (What wait4 tells counts the parent's too, as it
// was when it forked.)
func (r *Process) PeakMemory(ctx context.Context) (peak int64, err error) {
	status := fmt.Sprintf("/proc/%d/status", r.command.Process.Pid)
	err = Until(ctx, func() (bool, error) {
		select {
		case <-r.ended:
			return true, nil
		default:
		}
		text, err := os.ReadFile(status)
		if err != nil {
			return true, nil // it has just ended
		}
		if _, after, ok := strings.Cut(string(text), "VmHWM:"); ok {
			var kilobytes int64
			if _, err := fmt.Sscan(after, &kilobytes); err != nil {
				return true, err
			}
			peak = kilobytes << 10
		}
		return false, nil
	})
	return peak, err
}

// A buffer is written by one goroutine and read by another.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is what was written.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
