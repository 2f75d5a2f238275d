package crash

import (
	"flag"
	"testing"

	"github.com/weavster/weavster/tests/crash/oracle"
	"github.com/weavster/weavster/tests/crash/proxy"
	"github.com/weavster/weavster/tests/crash/rig"
)

var megabytes = flag.Int("megabytes", 1024, "how much is read by the test of bounded memory")

// budget is what a process may take beyond what it has with nothing to do:
// product.md's, for guests and queues together.
const budget = 256 << 20

// However much is read, and however slow an output is, a process takes no
// more than its budget.
func TestMemoryIsBounded(t *testing.T) {
	w := rig.NewWorld(t)
	base := peak(t, w, oracle.Plan{Messages: 10, Files: 1, Seed: 1, Plain: true})
	if err := w.Proxy.Set(proxy.Slow); err != nil {
		t.Fatal(err)
	}
	const kilobyte = 900 // of padding, and the rest of a message
	got := peak(t, w, oracle.Plan{Messages: *megabytes << 10, Files: 1, Seed: 2, Pad: kilobyte, Plain: true})
	t.Logf("%d MiB read with a slow output: %d MiB of memory at most, %d MiB of them with nothing to do", *megabytes, got>>20, base>>20)
	if got > base+budget {
		t.Errorf("more than the budget of %d MiB", budget>>20)
	}
}

// peak runs a project to its end, and says how much memory it took.
func peak(t *testing.T, w *rig.World, plan oracle.Plan) int64 {
	t.Helper()
	p := w.NewProject(t, oracle.Tables, plan)
	defer p.Drop(t)
	r := p.Run(t, "")
	bytes, err := r.PeakMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.MustFinish(t)
	if err := p.Check(t).Err(); err != nil {
		t.Error(err)
	}
	return bytes
}
