package crash

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/tests/crash/oracle"
	"github.com/weavster/weavster/tests/crash/rig"
	"github.com/weavster/weavster/tools/tree"
)

// small has each fate, and a few batches.
var small = oracle.Plan{Messages: 600, Files: 6, Seed: 1, Pad: 20}

// Rules 1 to 6 at every named point of the program: the process dies there,
// or what is done there fails, at its first and its last time.
func TestEveryPointMayBreak(t *testing.T) {
	w := rig.NewWorld(t)
	times := timesHit(t, w)
	for _, name := range slices.Sorted(maps.Keys(times)) {
		for _, action := range []string{"kill", "error"} {
			for _, hit := range slices.Compact([]int{1, times[name]}) {
				breakAt(t, w, fmt.Sprintf("%s=%s@%d", name, action, hit))
			}
		}
	}
}

func breakAt(t *testing.T, w *rig.World, plan string) {
	t.Helper()
	p := w.NewProject(t, oracle.Fan, small)
	defer p.Drop(t)
	code := p.Run(t, plan).Wait(t)
	if strings.Contains(plan, "kill") && strings.HasSuffix(plan, "@1") && code == 0 {
		t.Errorf("%s: nobody was killed", plan)
	}
	p.Run(t, "").MustFinish(t)
	if err := p.Check(t).Err(); err != nil {
		t.Errorf("%s: %v", plan, err)
	}
}

// timesHit runs the project once and counts. What isn't broken repeats nothing.
func timesHit(t *testing.T, w *rig.World) map[string]int {
	t.Helper()
	p := w.NewProject(t, oracle.Fan, small)
	defer p.Drop(t)
	file := filepath.Join(t.TempDir(), "hits")
	p.RunCounted(t, file).MustFinish(t)
	if verdict := p.Check(t); verdict.Err() != nil || verdict.Repeats > 0 {
		t.Errorf("%d repeats, %v", verdict.Repeats, verdict.Err())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for name := range strings.Lines(string(text)) {
		times[strings.TrimSpace(name)]++
	}
	for _, name := range declared(t) {
		if times[name] == 0 {
			t.Errorf("no run hits failpoint %s", name)
		}
	}
	return times
}

var literal = regexp.MustCompile(`failpoint\.Hit\("([^"]+)"\)`)

// declared are the points that the source has.
func declared(t *testing.T) []string {
	t.Helper()
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := tree.Files(root, func(name string) bool {
		return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			if slices.Contains(names, m[1]) {
				t.Errorf("%s: there is a failpoint %s already", file, m[1])
			}
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		t.Error("the source has no failpoints")
	}
	return names
}
