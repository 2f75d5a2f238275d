package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is promised depends on the profile.
func TestValidateSaysHowOftenMessagesArrive(t *testing.T) {
	s := newShop(t)
	s.write(t, "weavster.yaml", "name: shop\n")
	s.write(t, "connectors/file.yaml", "orders: {type: file, path: in.jsonl}\n")
	s.write(t, "connectors/postgres.yaml", "orders: {type: postgres, table: orders}\n")
	s.write(t, "profiles.yaml", "prod: {connectors: {postgres.orders: {url: \"{{ env_var('SHOP_DB', 'postgres://h/shop') }}\"}}}\n")
	s.write(t, "flows/orders.yaml", "input: file.orders\norder: key\nkey: customer.id\noutputs: [{to: postgres.orders}]\n")
	a := weavster(t, "validate", "--project", s.path(""))
	if want := "\nFLOW    EACH MESSAGE ARRIVES  ORDER\norders  exactly once          key customer.id\n"; a.code != 0 || !strings.HasSuffix(a.out, want) {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	const why = "postgres.orders isn't in the state's database, so a commit that is cut off writes its rows again; exactly once without `url`, or with that of the database that holds the state"
	a = weavster(t, "validate", "--project", s.path(""), "--profile", "prod")
	if a.code != 0 || !strings.HasSuffix(a.out, "orders  at least once         key customer.id\n\norders: "+why+"\n") {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	a = weavster(t, "validate", "--project", s.path(""), "--profile", "prod", "--json")
	var answer struct {
		Problems []any
		Flows    []map[string]any
	}
	if err := json.Unmarshal([]byte(a.out), &answer); err != nil || len(answer.Problems) != 0 || len(answer.Flows) != 1 {
		t.Fatal(a.out, err)
	}
	if f := answer.Flows[0]; f["flow"] != "orders" || f["arrives"] != "at least once" || f["weakest"] != "postgres.orders" || f["why"] != why || f["order"] != "key customer.id" {
		t.Error(a.out)
	}
}

// Nothing is promised for a flow whose connectors can't be read: the file's own
// mistake is the only one.
func TestNothingIsPromisedWhereAConnectorsFileIsBroken(t *testing.T) {
	s := newShop(t)
	s.write(t, "weavster.yaml", "name: shop\n")
	s.write(t, "connectors/file.yaml", "orders: {type: file, path: [\n")
	s.write(t, "connectors/postgres.yaml", "orders: {type: postgres, table: orders}\n")
	s.write(t, "flows/orders.yaml", "input: file.orders\noutputs: [{to: postgres.orders}]\n")
	a := weavster(t, "validate", "--project", s.path(""))
	if a.code != 1 || !strings.Contains(a.err, "connectors/file.yaml:") || strings.Contains(a.out, "ARRIVES") {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	a = weavster(t, "validate", "--project", s.path(""), "--json")
	if a.code != 1 || !strings.Contains(a.out, `"flows": []`) {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
}
