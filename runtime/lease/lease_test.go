package lease_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestOneOwnerAtATime(t *testing.T) {
	url := storetest.Open(t).URL()
	first, second := storetest.Connect(t, url), storetest.Connect(t, url)
	before, err := lease.Acquire(t.Context(), first, "shop", "orders", false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lease.Acquire(t.Context(), second, "shop", "orders", false)
	var taken *lease.Taken
	if !errors.As(err, &taken) || !strings.Contains(taken.Owner, fmt.Sprint(os.Getpid())) {
		t.Fatalf("a flow that is taken: %v", err)
	}
	for _, free := range [][2]string{{"shop", "clicks"}, {"bank", "orders"}} {
		if _, err := lease.Acquire(t.Context(), second, free[0], free[1], false); err != nil {
			t.Errorf("%s is free: %v", free, err)
		}
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := lease.Acquire(t.Context(), second, "shop", "orders", false)
	if err != nil || after <= before {
		t.Errorf("epoch %d follows %d: %v", after, before, err)
	}
}

func TestWaitingEndsWhenTheOwnersConnectionDoes(t *testing.T) {
	url := storetest.Open(t).URL()
	first, second, third := storetest.Connect(t, url), storetest.Connect(t, url), storetest.Connect(t, url)
	if _, err := lease.Acquire(t.Context(), first, "shop", "orders", false); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() {
		_, err := lease.Acquire(t.Context(), second, "shop", "orders", true)
		got <- err
	}()
	if _, err := third.Exec(t.Context(), "select pg_terminate_backend($1)", int32(first.PgConn().PID())); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}
