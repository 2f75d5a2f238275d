package crash

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/crash/oracle"
	"github.com/weavster/weavster/tests/crash/rig"
)

var (
	rounds  = flag.Int("rounds", 200, "how many faults")
	seed    = flag.Uint64("seed", 0, "0: a random one; a failure prints it")
	worlds  = flag.Int("worlds", 2, "how many are broken side by side")
	verbose = flag.Bool("each", false, "tell each round")
)

// perProject is how many faults befall one project before it is checked.
const perProject = 4

// Rules 1 to 9 of runtime/delivery, under whatever befalls a process, its
// servers, its network and its disk.
func TestEveryMessageSurvivesFaults(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed=%d", *seed)
	var count tally
	var next atomic.Uint64
	t.Run("worlds", func(t *testing.T) {
		for i := range *worlds {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				w := rig.NewWorld(t)
				for count.total() < *rounds && !t.Failed() {
					episode(t, w, *seed+next.Add(1)-1, &count)
				}
			})
		}
	})
	t.Log(count.String())
}

// episode breaks one project a few times, and then looks for every message.
func episode(t *testing.T, w *rig.World, number uint64, count *tally) {
	t.Helper()
	random := rand.New(rand.NewPCG(number, 0))
	p := w.NewProject(t, oracle.Fan, oracle.Plan{Messages: 6000, Files: 60, Seed: number, Pad: 200})
	e := &trouble{t: t, project: p, random: random, count: count}
	for e.struck < perProject && e.run() {
	}
	p.Run(t, "").MustFinish(t)
	verdict := p.Check(t)
	count.repeats(verdict.Repeats)
	if err := verdict.Err(); err != nil {
		t.Errorf("-seed=%d -rounds=1 -worlds=1: after %s:\n%v", number, strings.Join(e.story, ", "), err)
	}
	if *verbose {
		t.Logf("seed %d: %s; %d repeats", number, strings.Join(e.story, ", "), verdict.Repeats)
	}
	p.Drop(t)
}

// trouble is what befalls one project.
type trouble struct {
	t       *testing.T
	project *rig.Project
	random  *rand.Rand
	count   *tally
	struck  int
	story   []string
}

// run runs the project until it ends, or a fault ends it: then there is more
// to run.
func (e *trouble) run() bool {
	points := e.points()
	r := e.project.Run(e.t, plan(points))
	mayEnd := false
	for _, point := range points {
		if !point.reached(e.t, r) {
			break
		}
		f := faults[e.random.IntN(len(faults))]
		e.story = append(e.story, fmt.Sprintf("%s at hit %d", f.name, point.hit))
		e.struck++
		e.count.add(f.name)
		s := &strike{e.t, e.project, r, e.random, point.release}
		if e.random.IntN(2) == 0 { // between two points
			s.release()
			time.Sleep(time.Duration(e.random.IntN(int(10 * time.Millisecond))))
		}
		f.strike(s)
		s.release()
		if f.ends {
			mayEnd = true
			break
		}
	}
	for _, point := range points {
		point.release() // those that weren't reached stop nobody
	}
	code := r.Wait(e.t)
	if code != 0 && !mayEnd {
		e.t.Errorf("-seed=%d -rounds=1 -worlds=1: after %s: exit code %d\n%s", e.project.Plan.Seed, strings.Join(e.story, ", "), code, r.Log())
	}
	return code != 0
}

// hits is about how often a run of the project hits failpoints.
const hits = 600

// points are where a run will wait for faults, in their order.
func (e *trouble) points() []*point {
	at := map[int]bool{}
	for range perProject - e.struck {
		at[1+e.random.IntN(hits/2)] = true
	}
	var list []*point
	for _, hit := range slices.Sorted(maps.Keys(at)) {
		list = append(list, &point{hit, filepath.Join(e.t.TempDir(), "go")})
	}
	return list
}

// A point is a hit at which the process waits for a file.
type point struct {
	hit  int
	file string
}

func plan(points []*point) string {
	var rules []string
	for _, p := range points {
		rules = append(rules, fmt.Sprintf("*=pause:%s@%d", p.file, p.hit))
	}
	return strings.Join(rules, ",")
}

// reached waits for the process to wait, and says whether it didn't end before.
func (p *point) reached(t *testing.T, r *rig.Process) (ok bool) {
	err := rig.Until(t.Context(), func() (bool, error) {
		_, err := os.Stat(p.file + ".reached")
		ok = err == nil
		select {
		case <-r.Ended():
			return true, nil
		default:
			return ok, nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func (p *point) release() { _ = os.WriteFile(p.file, nil, 0o666) }

// A tally counts what befell runs.
type tally struct {
	mu     sync.Mutex
	struck map[string]int
	again  int
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.struck == nil {
		c.struck = map[string]int{}
	}
	c.struck[name]++
}

func (c *tally) repeats(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.again += n
}

func (c *tally) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.struck {
		n += times
	}
	return n
}

// String says how often each fault struck a running process.
func (c *tally) String() string {
	total := c.total()
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []string
	for name, n := range c.struck {
		lines = append(lines, fmt.Sprintf("%-46s %4d", name, n))
	}
	sort.Strings(lines)
	return fmt.Sprintf("%s\n%d faults struck a run; %d rows came again where they may", strings.Join(lines, "\n"), total, c.again)
}
