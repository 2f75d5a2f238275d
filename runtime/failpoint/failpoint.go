// Package failpoint has named points in the program at which tests break it:
// a binary that a test was linked for dies, fails or stops at them, as its
// environment says. See README.md.
package failpoint

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// linked is set by the linker alone, in binaries made for tests: no
// environment can break a binary that is shipped.
var linked string

// The environment of such a binary.
const (
	// Plan says what happens where: `engine/commit/before=kill@3`.
	Plan = "WEAVSTER_FAILPOINTS"
	// Hits names a file to which the name of each point is added when it is hit.
	Hits = "WEAVSTER_FAILPOINT_HITS"
)

// ErrInjected is the error of a point that was told to fail.
var ErrInjected = errors.New("injected by a failpoint")

// Hit does what the environment says shall happen here. In all binaries but
// those made for tests it is one comparison, and nil. Where nothing can fail,
// the error isn't looked at.
func Hit(name string) error {
	if linked == "" {
		return nil
	}
	return hit(name)
}

// Enabled says whether this binary can be broken.
func Enabled() bool { return linked != "" }

// A state counts the points that were hit.
type state struct {
	sync.Mutex
	rules []rule
	total int
	times map[string]int
	hits  *os.File // or nil
}

var current = sync.OnceValue(func() *state {
	s, err := newState(os.Getenv(Plan), os.Getenv(Hits))
	if err != nil {
		fmt.Fprintln(os.Stderr, "weavster:", err)
		os.Exit(2) // a test that is wrong mustn't pass
	}
	return s
})

func newState(plan, hits string) (*state, error) {
	s := &state{times: map[string]int{}}
	var err error
	if s.rules, err = parse(plan); err != nil || hits == "" {
		return s, err
	}
	s.hits, err = os.OpenFile(hits, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	return s, err
}

func hit(name string) error {
	s := current()
	act, err := s.count(name)
	if act == nil || err != nil {
		return err
	}
	return act() // others may hit points while this one waits
}

// count gives what is to be done at this hit; nil: nothing.
func (s *state) count(name string) (func() error, error) {
	s.Lock()
	defer s.Unlock()
	s.total++
	s.times[name]++
	if s.hits != nil {
		if _, err := s.hits.WriteString(name + "\n"); err != nil {
			return nil, err
		}
	}
	for _, r := range s.rules {
		n := s.times[name]
		if r.point == anyPoint {
			n = s.total
		}
		if (r.point == name || r.point == anyPoint) && (r.at == 0 || r.at == n) {
			return func() error { return r.action(name) }, nil
		}
	}
	return nil, nil
}
