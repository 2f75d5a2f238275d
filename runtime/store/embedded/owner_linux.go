package embedded

import (
	"fmt"
	"os/user"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// unprivileged is the user that Postgres runs as when root starts it.
func unprivileged() (*owner, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.Atoi(u.Uid)
		gid, gerr := strconv.Atoi(u.Gid)
		if uerr == nil && gerr == nil && uid != 0 {
			return &owner{uid: uid, gid: gid}, nil
		}
	}
	return nil, fmt.Errorf("Postgres refuses to run as root, and this machine has neither a user postgres nor nobody; run as a plain user, or give runtime.database a URL")
}

// asOwner runs f, and the processes that f starts, as the home's owner.
//
// Linux keeps user, group and working folder for each thread; f gets a thread
// of its own, which gives the rights up and ends with it. So the library that
// starts Postgres needs no helper process, and this one stays who it is.
func (h home) asOwner(f func() error) error {
	if h.owner == nil {
		return f()
	}
	done := make(chan error, 1)
	run := func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := h.owner.become(h.folder); err != nil {
			done <- fmt.Errorf("can't run as user %d: %w; run as a plain user, or give runtime.database a URL", h.owner.uid, err)
			return
		}
		done <- f()
	}
	go aside(run)
	return <-done
}

// aside runs f on any thread but the first: that one never ends, and stands
// for the process in what the kernel tells others of it.
func aside(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done // holding the first thread, so that f can't get it
	runtime.UnlockOSThread()
}

// become changes the calling thread alone: raw system calls, since those of
// package syscall change every thread.
func (o *owner) become(folder string) error {
	// A working folder that the owner can't read would stop initdb.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Chdir(folder); err != nil {
		return err
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(o.gid), uintptr(o.gid), uintptr(o.gid)); errno != 0 {
		return errno
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(o.uid), uintptr(o.uid), uintptr(o.uid)); errno != 0 {
		return errno
	}
	return nil
}
