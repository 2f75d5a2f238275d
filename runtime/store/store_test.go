package store_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestProcessesThatStartAtOnceMigrateOnce(t *testing.T) {
	url := storetest.URL(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := store.Open(t.Context(), store.Options{Database: url, Project: "shop"})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
	got := storetest.Query(t, url, "select version || ' ' || name from weavster.migration order by version")
	if diff := cmp.Diff([]string{"1 migrations/0001_state.sql", "2 migrations/0002_delivery.sql"}, got); diff != "" {
		t.Errorf("migrations (-want +got):\n%s", diff)
	}
}

func TestAStateOfANewerProgramIsRefused(t *testing.T) {
	url := storetest.Open(t).URL()
	conn := storetest.Connect(t, url)
	if _, err := conn.Exec(t.Context(), "insert into weavster.migration (version, name) values (99, 'x')"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), store.Options{Database: url})
	if err == nil || !strings.Contains(err.Error(), "a newer weavster made it") {
		t.Error(err)
	}
}

func TestABadDatabaseIsOneSentenceWithoutItsPassword(t *testing.T) {
	good := storetest.URL(t)
	for url, want := range map[string]string{
		"postgres://u:hunter2@127.0.0.1:1/x":                      "the database at 127.0.0.1:1 can't be reached: connection refused",
		"mysql://u:hunter2@h/x y":                                 "isn't a URL of Postgres",
		"postgres://u:hunter2@no.such.host.invalid:5/x":           "the database at no.such.host.invalid:5 can't be reached",
		strings.Replace(good, "weavster:", "weavster:hunter2", 1): "password authentication failed",
		strings.Replace(good, "/test_", "/none_", 1):              "does not exist (SQLSTATE 3D000)",
	} {
		_, err := store.Open(t.Context(), store.Options{Database: url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v lacks %q", url, err, want)
		}
	}
}

func TestTheEmbeddedDatabaseKeepsItsStateBetweenRuns(t *testing.T) {
	t.Setenv("WEAVSTER_POSTGRES_BINARIES", storetest.Binaries())
	folder := t.TempDir()
	for range 2 {
		s, err := store.Open(t.Context(), store.Options{Database: store.Embedded, Folder: folder, Project: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		if got := storetest.Query(t, s.URL(), "select count(*)::text from weavster.migration"); got[0] != "2" {
			t.Errorf("%s migrations", got[0])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A database may hold the states of several programs, each in a schema of its own.
func TestAStateStaysInItsSchema(t *testing.T) {
	url := storetest.URL(t)
	for _, name := range []string{"", "shop_state"} {
		s, err := store.Open(t.Context(), store.Options{Database: url, Project: "shop", Schema: name})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Pool().Exec(t.Context(), s.SQL("insert into weavster.checkpoint (project, flow, partition, position, epoch) values ('shop', $1, '', '1', 1)"), name)
		if err != nil {
			t.Error(err)
		}
		s.Close()
	}
	for table, want := range map[string]string{"weavster.checkpoint": "", "shop_state.checkpoint": "shop_state"} {
		if got := storetest.Query(t, url, "select flow from "+table); len(got) != 1 || got[0] != want {
			t.Errorf("%s holds %q", table, got)
		}
	}
	tables := storetest.Query(t, url, "select string_agg(nspname, ' ' order by nspname) from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname !~ '^pg_|^information_' group by relname")
	for _, schemas := range tables {
		if schemas != "shop_state weavster" {
			t.Errorf("a table is in %q alone", schemas)
		}
	}
}

func TestSchemasWithNamesThatSomePartCantTake(t *testing.T) {
	url := storetest.URL(t)
	for name, want := range map[string]string{
		"Shop": "lower-case letters", "pg_shop": "the server's own", "information_schema": "the server's own", `a"; drop`: "lower-case letters",
		strings.Repeat("x", 41): "1 to 40", "order": "is a word of SQL",
	} {
		_, err := store.Open(t.Context(), store.Options{Database: url, Project: "shop", Schema: name})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
