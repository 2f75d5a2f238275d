package crash

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/shop"
)

// kills is how many runs are killed while they run.
const kills = 50

// Rules 1 to 5 of runtime/delivery: whatever is killed when, nothing is lost
// and nothing comes twice.
func TestEveryMessageSurvivesKills(t *testing.T) {
	random := seeded(t)
	want := shop.Expect(t)
	killed, projects := 0, 0
	for killed < kills {
		s := shop.New(t)
		projects++
		for killed < kills && killAtRandom(t, s, random) {
			killed++
		}
		s.Run(t, "run")
		s.Check(t, want)
		if t.Failed() {
			t.Fatalf("after %d kills in %d projects", killed, projects)
		}
	}
	t.Logf("%d kills in %d projects", killed, projects)
}

// An interrupt is a graceful stop: the next run goes on.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	s, random := shop.New(t), seeded(t)
	for range 5 {
		stop(t, s, syscall.SIGINT, time.Duration(200+random.IntN(1500))*time.Millisecond)
	}
	s.Run(t, "run")
	s.Check(t, shop.Expect(t))
}

// killAtRandom says whether the kill came before the run's end.
func killAtRandom(t *testing.T, s *shop.Shop, random *rand.Rand) bool {
	t.Helper()
	return stop(t, s, syscall.SIGKILL, time.Duration(50+random.IntN(2000))*time.Millisecond)
}

// stop starts a run and sends it a signal after a while: the random moment is
// the point, so a clock decides it and not a condition.
func stop(t *testing.T, s *shop.Shop, signal syscall.Signal, after time.Duration) bool {
	t.Helper()
	command := s.Command(t, "run")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = command.Process.Signal(signal) })
	defer timer.Stop()
	err := command.Wait()
	return err != nil
}

func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("WEAVSTER_CRASH_SEED"); given != "" {
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("WEAVSTER_CRASH_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
