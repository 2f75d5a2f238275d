package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

const inside = "WEAVSTER_CRASH_NAMESPACE"

// capSysAdmin is what mounting takes. (linux/capability.h)
const capSysAdmin = 21

// Main runs a package's tests: as root as they are, else in a namespace of
// their own, where any user may mount a small disk.
func Main(m *testing.M) int {
	if os.Geteuid() == 0 || os.Getenv(inside) != "" {
		return m.Run()
	}
	command := exec.Command("/proc/self/exe", os.Args[1:]...)
	command.Env = append(os.Environ(), inside+"=yes")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{capSysAdmin},
		Pdeathsig:   syscall.SIGKILL,
	}
	var exit *exec.ExitError
	err := command.Run()
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil: // this system gives no namespaces to users
		fmt.Fprintln(os.Stderr, "without a small disk:", err)
		return m.Run()
	}
	return 0
}
