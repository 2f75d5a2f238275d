// Package leasetest gives tests a process that flows are leased to.
package leasetest

import (
	"testing"

	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/store"
)

// Join is a process that leaves with the test.
func Join(t testing.TB, s *store.Store) *lease.Process {
	t.Helper()
	p, err := lease.Join(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}
