package lease_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/lease/leasetest"
	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimDatabase); url != "" {
		os.Exit(victim(url))
	}
	os.Exit(storetest.Main(m))
}

const victimDatabase = "WEAVSTER_TEST_DATABASE"

// victim is a process that runs the flow, until it is killed.
func victim(url string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Database: url, Project: "shop"})
	if err == nil {
		var p *lease.Process
		if p, err = lease.Join(ctx, s); err == nil {
			if _, err = lease.Acquire(ctx, p, "orders", false); err == nil {
				fmt.Println(p.ID)
				select {}
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// startVictim gives another process that has the flow, and its id.
func startVictim(t *testing.T, url string) (*exec.Cmd, string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), victimDatabase+"="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	var id string
	if _, err := fmt.Fscanln(out, &id); err != nil {
		t.Fatal(err)
	}
	return child, id
}

// until polls what comes about by itself.
func until(t *testing.T, limit time.Duration, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s isn't so after %s", what, limit)
		}
	}
}

func TestOneOwnerAtATime(t *testing.T) {
	s := storetest.Open(t)
	first, second := leasetest.Join(t, s), leasetest.Join(t, s)
	before, err := lease.Acquire(t.Context(), first, "orders", false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lease.Acquire(t.Context(), second, "orders", false)
	var taken *lease.Taken
	if !errors.As(err, &taken) || !strings.Contains(taken.Owner, fmt.Sprint(os.Getpid())) {
		t.Fatalf("a flow that is taken: %v", err)
	}
	if _, err := lease.Acquire(t.Context(), second, "clicks", false); err != nil {
		t.Errorf("clicks is free: %v", err)
	}
	if err := lease.Release(t.Context(), first, "orders", before); err != nil {
		t.Fatal(err)
	}
	after, err := lease.Acquire(t.Context(), second, "orders", false)
	if err != nil || after <= before {
		t.Errorf("epoch %d follows %d: %v", after, before, err)
	}
}

func TestWaitingEndsWhenTheOwnerLeaves(t *testing.T) {
	s := storetest.Open(t)
	first, second := leasetest.Join(t, s), leasetest.Join(t, s)
	if _, err := lease.Acquire(t.Context(), first, "orders", false); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() {
		_, err := lease.Acquire(t.Context(), second, "orders", true)
		got <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// Rule 5: what a killed process had is free before anybody is told that it is taken.
func TestAFlowOfAKilledProcessIsTakenOver(t *testing.T) {
	s := storetest.Open(t)
	child, id := startVictim(t, s.URL())
	p := leasetest.Join(t, s)
	if dead, err := p.Dead(t.Context()); err != nil || len(dead) > 0 {
		t.Fatalf("dead: %v, %v", dead, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := lease.Acquire(t.Context(), p, "orders", false); err != nil {
		t.Error(err)
	}
	for range 2 { // it isn't forgotten when somebody has heard of it
		if dead, err := p.Dead(t.Context()); err != nil || !slices.Equal(dead, []string{id}) {
			t.Errorf("dead: %v, want %s; %v", dead, id, err)
		}
	}
}

// A session that is ended says nothing about its process, which is back at once.
func TestAProcessOutlivesItsSession(t *testing.T) {
	s := storetest.Open(t)
	first, second := leasetest.Join(t, s), leasetest.Join(t, s)
	before, err := lease.Acquire(t.Context(), first, "orders", false)
	if err != nil {
		t.Fatal(err)
	}
	killer := storetest.Connect(t, s.URL())
	const sessions = "from pg_stat_activity where application_name = $1"
	for range 5 {
		var pid int
		until(t, 5*time.Second, "the process has a session", func() bool {
			return killer.QueryRow(t.Context(), "select pid "+sessions, "weavster "+first.ID).Scan(&pid) == nil
		})
		if _, err := killer.Exec(t.Context(), "select pg_terminate_backend($1, 5000)", pid); err != nil {
			t.Fatal(err)
		}
		if dead, err := second.Dead(t.Context()); err != nil || len(dead) > 0 {
			t.Errorf("dead: %v, %v", dead, err)
		}
	}
	if _, err := lease.Acquire(t.Context(), second, "orders", false); err == nil {
		t.Error("the flow of a process that lives was taken over")
	}
	if err := lease.Release(t.Context(), first, "orders", before); err != nil {
		t.Error(err)
	}
}
