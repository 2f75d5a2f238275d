package crash

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/crash/oracle"
	"github.com/weavster/weavster/tests/crash/rig"
)

// takeover is how long the work of a process that died may lie still.
const takeover = 15 * time.Second

// pausedProject is a project that one process runs, and another one waits for.
// The first one waits in the middle of its work.
func pausedProject(t *testing.T, w *rig.World, flow oracle.Flow) (p *rig.Project, first, second *rig.Process, at *point) {
	t.Helper()
	p = w.NewProject(t, flow, oracle.Plan{Messages: 3000, Files: 30, Seed: 3, Pad: 50})
	at = &point{hit: 3, file: filepath.Join(t.TempDir(), "go")}
	first = p.Run(t, "engine/commit/before=pause:"+at.file+"@3")
	if !at.reached(t, first) {
		t.Fatalf("it ended:\n%s", first.Log())
	}
	return p, first, p.Run(t, "", "--wait"), at
}

func finishInTime(t *testing.T, p *rig.Project, second *rig.Process, began time.Time) {
	t.Helper()
	second.MustFinish(t)
	took := time.Since(began)
	t.Logf("everything had arrived after %s", took)
	if took > takeover {
		t.Errorf("that is more than %s", takeover)
	}
	if err := p.Check(t).Err(); err != nil {
		t.Error(err)
	}
}

// Rule 5: what a killed process had, another one goes on with.
func TestAKilledProcessIsTakenOver(t *testing.T) {
	p, first, second, _ := pausedProject(t, rig.NewWorld(t), oracle.Fan)
	began := time.Now()
	first.Signal(syscall.SIGKILL)
	finishInTime(t, p, second, began)
}

// Rule 5: a process that froze, and whose connections the network dropped,
// was taken over in the meantime: it commits nothing, and writes nothing that
// stays, when it goes on.
func TestAFrozenProcessThatWasTakenOverCommitsNothing(t *testing.T) {
	w := rig.NewWorld(t)
	p, first, second, at := pausedProject(t, w, oracle.Tables)
	first.Signal(syscall.SIGSTOP)
	at.release()
	began := time.Now()
	if _, err := w.State.Terminate(t.Context(), p.Database); err != nil {
		t.Fatal(err)
	}
	// The one that waits loses its session too, and may say so and end.
	if second.Wait(t) != 0 {
		second = p.Run(t, "", "--wait")
	}
	finishInTime(t, p, second, began)
	first.Signal(syscall.SIGCONT)
	if code := first.Wait(t); code == 0 || !strings.Contains(first.Log(), "took the flow over") {
		t.Errorf("exit code %d:\n%s", code, first.Log())
	}
	if err := p.Check(t).Err(); err != nil {
		t.Errorf("after the first one went on: %v", err)
	}
}
