package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// diskBytes is the size of the small disk: room for the outputs of a project,
// and little more.
const diskBytes = 16 << 20

// mountDisk puts a small disk of its own under the project's outputs, where
// the system lets this process mount one.
func (p *Project) mountDisk(t testing.TB) {
	t.Helper()
	folder := filepath.Join(p.Folder, "out")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); err != nil {
		t.Logf("no small disk: %v", err)
		return
	}
	p.unmount = func() error { return syscall.Unmount(folder, syscall.MNT_DETACH) }
	t.Cleanup(func() { p.unmountDisk(t) })
}

func (p *Project) unmountDisk(t testing.TB) {
	if p.unmount == nil {
		return
	}
	if err := p.unmount(); err != nil {
		t.Error(err)
	}
	p.unmount = nil
}

// HasDisk says whether the outputs lie on a small disk.
func (p *Project) HasDisk() bool { return p.unmount != nil }

// FillDisk takes all of the room that is left on the disk of the project's
// outputs; what it returns gives it back.
func (p *Project) FillDisk() (empty func() error, err error) {
	name := filepath.Join(p.Folder, "out", "ballast")
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	empty = func() error { return os.Remove(name) }
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2] // the last of it too
		}
	}
	return empty, nil
}
