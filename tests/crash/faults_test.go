package crash

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/crash/proxy"
	"github.com/weavster/weavster/tests/crash/rig"
)

// A fault strikes a process that waits at a failpoint, lets it go, and ends.
type fault struct {
	name   string
	strike func(s *strike)
	ends   bool // the process may end by it; else it outlives it
}

// A strike is one fault at work.
type strike struct {
	t       *testing.T
	project *rig.Project
	process *rig.Process
	random  *rand.Rand
	release func() // has the process go on
}

var faults = []fault{
	{"SIGKILL", func(s *strike) { s.process.Signal(syscall.SIGKILL) }, true},
	{"SIGTERM", func(s *strike) { s.process.Signal(syscall.SIGTERM) }, true},
	{"SIGSTOP for a while", freeze, false},
	{"sessions of the state are terminated", func(s *strike) { s.terminate(s.project.World.State) }, false},
	{"sessions of the other database are terminated", func(s *strike) { s.terminate(s.project.World.Other) }, false},
	{"the state's server crashes", func(s *strike) { s.crash(s.project.World.State) }, false},
	{"the other server crashes", func(s *strike) { s.crash(s.project.World.Other) }, false},
	{"connections are cut", func(s *strike) { s.project.World.Proxy.Cut() }, false},
	{"nobody listens", network(proxy.Refuse), false},
	{"a black hole", network(proxy.Hang), false},
	{"half of a connection is open", network(proxy.Deaf), false},
	{"connections are flaky", network(proxy.Flaky), false},
	{"connections are slow", network(proxy.Slow), false},
	{"the disk is full", fillDisk, false},
}

// stand is how long a fault stands: its length, and not a wait for something.
func (s *strike) stand() {
	s.release()
	time.Sleep(time.Duration(20+s.random.IntN(200)) * time.Millisecond)
}

func freeze(s *strike) {
	s.process.Signal(syscall.SIGSTOP)
	s.stand()
	s.process.Signal(syscall.SIGCONT)
}

func (s *strike) check(err error) {
	if err != nil {
		s.t.Error(err)
	}
}

func (s *strike) terminate(server *rig.Server) {
	_, err := server.Terminate(s.t.Context(), s.project.Database)
	s.check(err)
}

func (s *strike) crash(server *rig.Server) {
	s.check(server.Crash(s.t.Context()))
	s.stand()
	s.check(server.Start(s.t.Context()))
}

func network(f proxy.Fault) func(*strike) {
	return func(s *strike) {
		p := s.project.World.Proxy
		s.check(p.Set(f))
		s.stand()
		if f == proxy.Hang || f == proxy.Deaf {
			p.Cut() // as a firewall does that forgets a connection
		}
		s.check(p.Set(proxy.None))
	}
}

// fillDisk leaves no room on the small disk that the outputs lie on.
func fillDisk(s *strike) {
	if !s.project.HasDisk() {
		return
	}
	empty, err := s.project.FillDisk()
	s.check(err)
	s.stand()
	if err == nil {
		s.check(empty())
	}
}
